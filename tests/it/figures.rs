//! Figures over what people did: how long customers waited for a first act, which offers they accept, whether they are
//! still here; what stays of all of it when people are erased; what files of others come to.

use std::fmt::Write as _;

use chrono::{NaiveDate, TimeDelta};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use savedesk::accounts;
use savedesk::auth::{Can, MakeOffers, Role};
use savedesk::calendar;
use savedesk::cases::{self, Closing, Outcome};
use savedesk::ids::CaseId;
use savedesk::intake::FileOptions;
use savedesk::money::{Currency, Money};
use savedesk::{offers, outcomes, promises};
use sqlx::{AssertSqlSafe, Executor as _};

use crate::catalogue;
use crate::guarantees::audited;
use crate::imports::{data, import};
use crate::outcomes::sums_agree;
use crate::reports::{CURRENCIES, DAY, SAVED, any_seed, happened, manager, opened, plainly};
use crate::service_figures::COUNTED_ALONE;
use crate::support::{Client, Page, Person, TestApp, filled, percent};

/// Some saves were looked at 30, 60 or 90 days on, and found here or gone.
pub(crate) async fn looked_at(app: &TestApp, seed: u64) {
    let mut owner = app.owner().await;
    let saves = format!("select id from cases c where stage = 'closed' and {SAVED} order by id");
    let saves: Vec<CaseId> = sqlx::query_scalar(AssertSqlSafe(saves)).fetch_all(&mut owner).await.unwrap();
    let mut dice = StdRng::seed_from_u64(seed);
    let mut sql = String::new();
    for case in saves {
        let (day, found) = ([0, 30, 60, 90][dice.random_range(0..4)], ["yes", "yes", "no"][dice.random_range(0..3)]);
        if day > 0 {
            write!(
                sql,
                "insert into follow_ups (id, case_id, kind, what, due_at, because, made_at, check_day, saved_at, stage,
                    ended_at, still_here)
                select gen_random_uuid(), id, 'check', 'Look', closed_at + interval '{day} days', 'x', closed_at, {day},
                    closed_at, 'done', closed_at + interval '{day} days', '{found}' from cases where id = '{case}';"
            )
            .unwrap();
        }
    }
    owner.execute(AssertSqlSafe(audited(&sql))).await.unwrap();
}

/// Nine offers: six of version 1 of a discount, of which two were accepted and one declined, and three of version 2, of
/// which one was. Whose were accepted are saved.
pub(crate) async fn dealt(app: &TestApp) {
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    for n in 0..9 {
        if n == 6 {
            let manager = app.sign_in(Role::Manager).await;
            let form = catalogue::opened(&manager, catalogue::NEW).await;
            catalogue::publish(&manager, &form, &[("open_days", "7")]).await.expect(303);
        }
        let on = app.given_case_to_save(&format!("Offered {n}")).await;
        app.clock.advance(TimeDelta::minutes(7));
        let offer = app.given_offer(&agent, on, percent(5, 12)).await.unwrap();
        app.present(&agent, offer.id, 1).await.unwrap();
        let mut tx = app.begin_as(&agent).await;
        match n {
            0 | 4 | 8 => {
                let answered = offers::accept(&mut tx, &agent, offer.id, 1).await.unwrap();
                promises::make_for_offer(&mut tx, &answered).await.unwrap();
                let closing = Closing {
                    outcome: Outcome::SavedWithOffer,
                    reason: Some("price.too_high".to_owned()),
                    note: "Five percent for a year".to_owned(),
                    kept: Money::new(2_633_400, Currency::USD),
                    duplicate_of: None,
                };
                cases::close(&mut tx, &Can::desk(), on.0, closing).await.unwrap();
            }
            1 => drop(offers::decline(&mut tx, &agent, offer.id, 1, "price", None).await.unwrap()),
            _ => {}
        }
        tx.commit().await.unwrap();
    }
    // what happens at this very moment is counted in the next
    app.clock.advance(TimeDelta::minutes(1));
}

#[tokio::test]
async fn offers_are_accepted_version_by_version_and_concessions_are_what_they_cost() {
    let app = TestApp::start().await;
    dealt(&app).await;
    let helen = manager(&app).await;
    let page = helen.get("/dashboard?currency=USD").await.expect(200);
    let cells = page.texts("section[aria-labelledby=acceptance] tbody td");
    let first = ["Percent discountVersion 1", "6", "2", "3", "33.3%"];
    let second = ["Percent discountVersion 2", "3", "1", "2", "33.3%"];
    let cells: Vec<String> =
        cells.into_iter().map(|cell| cell.replace("discount Version", "discountVersion")).collect();
    assert_eq!(cells, [first, second].concat());
    let links = page.attributes("section[aria-labelledby=acceptance] tbody tr:last-child a", "href");
    for (link, rows) in links.iter().zip([3, 1, 2, 1]) {
        let (said, sum) = opened(&helen, link, 2).await;
        assert_eq!((said.0, sum.0), (rows, rows), "{link}");
    }
    // R1: what the accepted offers cost, reckoned from the offers themselves
    let plain: i64 = sqlx::query_scalar(
        "select sum(r.exposure_minor)::bigint
        from offers o
        join offer_revisions r on r.offer_id = o.id and r.revision = o.presented_revision
        where o.stage in ('accepted', 'fulfilled')",
    )
    .fetch_one(&mut app.owner().await)
    .await
    .unwrap();
    assert_eq!(plain, 3 * 138_600);
    let href = "/reports/rows?figure=concessions&from=2026-03-01&to=2026-03-31&currency=USD";
    assert_eq!(opened(&helen, href, 2).await, ((3, plain), (3, plain)));
    let per_save = page.texts(".tile .v")[3].clone();
    assert_eq!(per_save, "$1,386", "a third of it");
    assert!(page.texts(".tile .d")[3].contains("concessions only"));
}

#[tokio::test]
async fn first_acts_are_timed_by_both_clocks() {
    let app = TestApp::start().await;
    let mut dice = StdRng::seed_from_u64(4);
    let calendar = accounts::calendar_of(&mut app.db.read().await.unwrap(), None).await.unwrap();
    let (mut working, mut passed) = (Vec::new(), Vec::new());
    // over nights, a weekend and the change of the clocks on 8 March
    for n in 0..12 {
        let customer = app.given_customer(&format!("Waiting {n}")).await;
        let case = app.given_case(customer).await;
        let since = app.clock.now();
        app.clock.advance(TimeDelta::minutes(dice.random_range(1..2_000)));
        let mut tx = app.begin().await;
        cases::first_act(&mut tx, case).await.unwrap();
        tx.commit().await.unwrap();
        working.push(calendar.working_between(since, app.clock.now()));
        passed.push(app.clock.now() - since);
    }
    // nobody acted: not counted
    app.given_case(app.given_customer("Nobody acted").await).await;
    app.clock.advance(TimeDelta::minutes(1));
    working.sort_unstable();
    passed.sort_unstable();
    let helen = manager(&app).await;
    let page = helen.get("/dashboard?range=quarter").await.expect(200);
    let texts = page.texts("section[aria-labelledby=first-acts] tbody td");
    let hours = |time: TimeDelta| match (time.num_minutes() / 60, time.num_minutes() % 60) {
        (0, minutes) => format!("{minutes} m"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} m"),
    };
    // the sixth and the eleventh of twelve
    assert_eq!(texts[..3], ["Working time".to_owned(), hours(working[5]), hours(working[10])]);
    assert_eq!(
        texts[4..7],
        ["Calendar time".to_owned(), calendar::duration(passed[5]), calendar::duration(passed[10])]
    );
    let href = page.attributes("section[aria-labelledby=first-acts] footer a", "href").pop().unwrap();
    let rows = helen.get(&href).await.expect(200);
    assert_eq!((rows.text("#count").as_str(), rows.texts("tbody tr").len()), ("12", 12));
    assert!(rows.body.contains(&calendar::working(working[5])), "each row says how long it took");
}

#[tokio::test]
async fn what_is_overdue_and_what_was_taken_off_overdue_was_missed() {
    let app = TestApp::start().await;
    let mut owner = app.owner().await;
    owner.execute(COUNTED_ALONE).await.unwrap();
    let cases = [
        ("met", "'2026-03-02 12:00+00'", "'2026-03-02 11:00+00'", "null"),
        ("missed", "'2026-03-02 12:00+00'", "'2026-03-02 13:00+00'", "null"),
        // its case was closed, late and in time
        ("cleared", "'2026-03-02 12:00+00'", "'2026-03-03 12:00+00'", "null"),
        ("cleared", "'2026-03-02 12:00+00'", "'2026-03-01 12:00+00'", "null"),
        // it waits: overdue, not yet due, standing still
        ("open", "'2026-03-02 12:00+00'", "null", "null"),
        ("open", "'2026-03-30 12:00+00'", "null", "null"),
        ("open", "'2026-03-02 12:00+00'", "null", "'2026-03-01 12:00+00'"),
        // taken off while it stood still: it had time left; and after it had been late already
        ("cleared", "'2026-03-02 12:00+00'", "'2026-03-03 12:00+00'", "'2026-03-01 12:00+00'"),
        ("cleared", "'2026-03-02 12:00+00'", "'2026-03-03 12:00+00'", "'2026-03-02 13:00+00'"),
        // due before the days that are looked at, done in them
        ("missed", "'2026-02-20 12:00+00'", "'2026-03-02 12:00+00'", "null"),
    ];
    for (n, (stage, due, ended, paused)) in cases.into_iter().enumerate() {
        let case = app.given_case(app.given_customer(&format!("Waiting {n}")).await).await;
        let sql = format!(
            "delete from deadlines where case_id = '{case}';
            insert into deadlines (id, case_id, kind, what, due_at, because, set_at, stage, ended_at, paused_at,
                paused_minutes)
            values (gen_random_uuid(), '{case}', 'cancel_request', 'Cancel', {due}, 'x', '2026-02-01', '{stage}', {ended},
                {paused}, case when {paused} is not null then 5 end)"
        );
        owner.execute(AssertSqlSafe(sql)).await.unwrap();
    }
    let helen = manager(&app).await;
    let page = helen.get("/dashboard").await.expect(200);
    assert_eq!(page.texts("section[aria-labelledby=met] tbody td"), ["Cancel request", "1", "4", "20.0%"]);
    let links = page.attributes("section[aria-labelledby=met] tbody a", "href");
    for (link, rows) in links.iter().zip([1, 4, 5]) {
        let (said, sum) = opened(&helen, link, 2).await;
        assert_eq!((said.0, sum.0), (rows, rows), "{link}");
    }
}

#[tokio::test]
async fn what_departments_passed_on_opens_each_pass() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Ada").await).await;
    let mut owner = app.owner().await;
    let departments: Vec<String> = sqlx::query_scalar("select id::text from departments order by name limit 3")
        .fetch_all(&mut owner)
        .await
        .unwrap();
    owner.execute(COUNTED_ALONE).await.unwrap();
    // handed over twice and answered; handed over once and answered; handed over and still open
    for (passes, stage, ended) in
        [(2, "answered", "'2026-03-03'"), (1, "answered", "'2026-03-02'"), (1, "open", "null")]
    {
        let request = uuid::Uuid::now_v7();
        let mut sql = format!(
            "insert into requests (id, case_id, customer_id, department_id, kind, what, asked_at, stage, passes, due_at,
                because, ended_at)
            select '{request}', c.id, c.customer_id, '{}', 'question', 'Why', '2026-03-01', '{stage}', {passes},
                '2026-03-09', 'x', {ended}
            from cases c where c.id = '{case}';",
            departments[0]
        );
        for pass in 0..passes {
            write!(
                sql,
                "insert into request_entries (id, request_id, case_id, at, what, department_id, theirs)
                values (gen_random_uuid(), '{request}', '{case}', '2026-03-01 0{pass}:00+00', 'handed', '{}', true);",
                departments[1 + pass % 2]
            )
            .unwrap();
        }
        owner.execute(AssertSqlSafe(sql)).await.unwrap();
    }
    let helen = manager(&app).await;
    let page = helen.get("/dashboard").await.expect(200);
    let passed = page.texts("section[aria-labelledby=departments] tbody td:last-child");
    assert_eq!(passed, ["3"]);
    let link = page.attributes("section[aria-labelledby=departments] tbody td:last-child a", "href").remove(0);
    let (said, sum) = opened(&helen, &link, 2).await;
    assert_eq!((said.0, sum.0), (3, 3), "{link}");
    let rows = helen.get(&link).await.expect(200).texts("tbody td:nth-child(3)");
    assert!(rows.iter().all(|row| row.starts_with("To ")), "{rows:?}");
}

/// Two credits of $50.00 to one customer, promised at once.
async fn promised_twice(app: &TestApp) -> CaseId {
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let (case, _) = app.given_case_to_save("Harborview").await;
    let offer = app.given_promised_credit(&agent, case, 50).await;
    let (one, other) = (offer, uuid::Uuid::now_v7());
    let again = format!(
        "set session_replication_role = replica;
        insert into offers
        select (jsonb_populate_record(o, jsonb_build_object('id', '{other}', 'number', o.number + 1000))).*
        from offers o where o.id = '{one}';
        insert into offer_revisions
        select (jsonb_populate_record(r, jsonb_build_object('offer_id', '{other}'))).*
        from offer_revisions r where r.offer_id = '{one}';
        insert into promises
        select (jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(), 'offer_id', '{other}'))).*
        from promises p where p.offer_id = '{one}'"
    );
    app.owner().await.execute(AssertSqlSafe(again)).await.unwrap();
    case
}

/// What can be done about the first credit of a list: ask billing, with the form filled in, and note the evidence.
async fn billing_is_asked(app: &TestApp, helen: &Client, page: &Page, case: CaseId) {
    let deeds = page.attributes("tbody tr:first-child td:last-child a", "href");
    let promise: String = deeds[1].strip_prefix(&format!("/cases/{case}#promise-")).unwrap().to_owned();
    let its = helen.get(&format!("/cases/{case}")).await.expect(200);
    assert!(its.has(&format!("[id='promise-{promise}'] form[action='/promises/{promise}/completion']")));
    let form = helen.get(&deeds[0]).await.expect(200).form("#ask-department");
    let field = |name: &str| form.iter().find(|field| field.0 == name).unwrap().1.clone();
    assert_eq!(field("department"), app.department("Billing").await.to_string());
    assert!(field("what").starts_with("Put the credit of offer ") && field("kind") == "job", "{form:?}");
    let asked = helen.post_form("/requests/new", &filled(&form, &[])).await.expect(303);
    assert!(asked.location().starts_with("/reports/credits"), "{}", asked.location());
}

#[tokio::test]
async fn a_line_of_a_bill_shows_one_credit() {
    let app = TestApp::start().await;
    let case = promised_twice(&app).await;
    app.clock.advance(TimeDelta::days(90));
    let helen = manager(&app).await;
    let of_west = Person { name: "Sam Whitlock", roles: &[Role::Supervisor], team: Some("West"), department: None };
    let sam = app.sign_in_as(of_west).await;
    // a credit that was promised to nobody, the newest bill, then the credits one by one
    for (n, (day, minor, missing)) in
        [("2026-03-01", -5_000, 0), ("2026-05-30", 2_000, 2), ("2026-05-20", -5_000, 1), ("2026-05-21", -5_000, 0)]
            .into_iter()
            .enumerate()
    {
        let line = format!(
            "insert into billing_lines (id, customer_id, invoice_number, billed_on, description, amount_minor, currency,
                brought_at)
            select gen_random_uuid(), customer_id, 'R-{n}', '{day}', 'A line', {minor}, 'USD', '2026-05-31'
            from cases where id = '{case}'"
        );
        app.owner().await.execute(AssertSqlSafe(audited(&line))).await.unwrap();
        let page = helen.get("/reports/credits").await.expect(200);
        assert_eq!(page.texts("tbody tr").len(), missing, "after the line of {day}");
        if missing > 0 {
            billing_is_asked(&app, &helen, &page, case).await;
        }
        let of_other_teams = sam.get("/reports/credits?team=").await.expect(200).texts("tbody tr").len();
        assert_eq!(of_other_teams, 0);
    }
}

/// By the definition alone: of decided cases whose day fell in the span, those that were not lost again or found gone by
/// then and that a check then or later found here; those that were; all saves; all decided.
async fn here_gone_saves_decided(app: &TestApp, after: i32, (from, to): (&str, &str), currency: &str) -> [i64; 4] {
    let day_of_loss = DAY.replace("c.", "l.");
    let gone = format!(
        "(exists (
            select from cases l
            where l.customer_id = c.customer_id and l.outcome = 'lost' and l.closed_at > c.closed_at
                and (l.kind = 'order_cancellation') = (c.kind = 'order_cancellation')
                and {day_of_loss} <= {DAY} + {after})
        or exists (select from follow_ups f where f.case_id = c.id and f.still_here = 'no' and f.check_day <= {after}))"
    );
    let here = format!(
        "(not {gone} and exists (
            select from follow_ups f where f.case_id = c.id and f.still_here = 'yes' and f.check_day >= {after}))"
    );
    let earlier = |day: &str| (day.parse::<NaiveDate>().unwrap() - TimeDelta::days(after.into())).to_string();
    let (from, to) = (earlier(from), earlier(to));
    let mut counts = [0; 4];
    for (count, which) in counts.iter_mut().zip([
        format!("{SAVED} and {here}"),
        format!("{SAVED} and {gone}"),
        SAVED.to_owned(),
        format!("({SAVED} or c.outcome = 'lost')"),
    ]) {
        *count = plainly(app, &from, &to, currency, &which, "0").await.0;
    }
    counts
}

#[tokio::test]
async fn the_net_save_rate_is_of_decided_cases_and_unknown_is_a_slice_of_its_own() {
    let app = TestApp::start().await;
    happened(&app, 31, 240).await;
    looked_at(&app, 31).await;
    app.clock.advance(TimeDelta::days(100));
    let helen = manager(&app).await;
    let span = ("2026-03-20", "2026-06-01");
    for currency in CURRENCIES {
        let address = format!("/dashboard?range=custom&from={}&to={}&currency={currency}", span.0, span.1);
        let page = helen.get(&address).await.expect(200);
        let rows = page.texts("section[aria-labelledby=net] tbody td");
        for (row, after) in rows.chunks(8).zip([30, 60, 90]) {
            let [here, gone, saves, decided] = here_gone_saves_decided(&app, after, span, currency).await;
            let expected = [here, gone, saves - here - gone, decided - saves, decided].map(|count| count.to_string());
            assert_eq!(row[2..7], expected, "{currency} after {after} days");
            #[expect(clippy::cast_precision_loss, reason = "a percentage")]
            let rate = format!("{:.1}%", here as f64 / decided as f64 * 100.0);
            assert!(row[1].starts_with(&rate), "{} is not {rate}", row[1]);
        }
        assert!(rows.len() >= 16, "{currency}: {rows:?}");
    }
}

/// R5, as a property of histories that nobody chose: whatever the dashboard says, it says to the cent once people are
/// erased, and the sums are those of the rows.
#[tokio::test]
async fn r5_no_figure_changes_when_people_are_erased() {
    let seed = any_seed();
    let app = TestApp::start().await;
    happened(&app, seed, 150).await;
    looked_at(&app, seed).await;
    outcomes::fold(&app.db).await.unwrap();
    let helen = manager(&app).await;
    let address = |currency: &str| format!("/dashboard?range=custom&from=2026-01-15&to=2026-03-04&currency={currency}");
    let mut before = Vec::new();
    for currency in CURRENCIES {
        before.push(helen.get(&address(currency)).await.expect(200).texts("main td, main .tile, main svg text"));
    }
    // every third customer with all that names them
    let gone = "create temporary table gone as
            select id from (select id, row_number() over (order by id) as nth from customers) c where nth % 3 = 0;
        delete from follow_ups where case_id in (select id from cases where customer_id in (select id from gone));
        delete from cases where customer_id in (select id from gone)";
    app.owner().await.execute(AssertSqlSafe(audited(gone))).await.unwrap();
    sums_agree(&app).await;
    for (currency, before) in CURRENCIES.into_iter().zip(before) {
        let digits = if currency == "JPY" { 0 } else { 2 };
        let after = helen.get(&address(currency)).await.expect(200).texts("main td, main .tile, main svg text");
        assert_eq!(after, before, "{currency}");
        for figure in ["gross", "net", "rechurn", "saves", "at_risk"] {
            let href = format!("/reports/rows?figure={figure}&from=2026-01-15&to=2026-03-04&currency={currency}");
            let (said, sum) = opened(&helen, &href, digits).await;
            assert_eq!(said, sum, "{href}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_telecom_file_is_on_the_dashboard_as_it_counts_itself() {
    let Some(path) = data("churn/telecom_customer_churn.csv") else { return };
    let app = TestApp::start().await;
    import(&app.db, FileOptions { path, ..FileOptions::default() }).await;
    let days: (String, String) = sqlx::query_as("select min(closed_on)::text, max(closed_on)::text from outcomes")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    let helen = manager(&app).await;
    let page = helen.get(&format!("/dashboard?range=custom&from={}&to={}", days.0, days.1)).await.expect(200);
    assert!(page.texts(".tile .d")[2].contains("0 of 1869 decided"), "{:?}", page.texts(".tile .d"));
    let cells = page.texts("section[aria-labelledby=categories] tbody td");
    let counts: Vec<(&str, &str)> = cells.chunks(4).map(|row| (row[0].as_str(), row[2].as_str())).collect();
    assert_eq!(
        counts,
        [("Competitor", "841"), ("Dissatisfaction", "321"), ("Attitude", "314"), ("Price", "211"), ("Other", "182")]
    );
    for (link, rows) in page
        .attributes("section[aria-labelledby=categories] tbody tr td:nth-child(3) a", "href")
        .iter()
        .zip([841, 321, 314, 211, 182])
    {
        assert_eq!(helen.get(link).await.expect(200).text("#count"), rows.to_string(), "{link}");
    }
    // all reasons, with those that share the last bar
    let cases: i64 = page
        .texts("section[aria-labelledby=drivers] tbody td:nth-child(2)")
        .iter()
        .map(|text| text.parse::<i64>().unwrap())
        .sum();
    assert_eq!(cases, 1_869);
    sums_agree(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cancelled_orders_of_the_retail_file_are_on_the_dashboard() {
    let Some(path) = data("orders/online_retail_2010-12.csv") else { return };
    let app = TestApp::start().await;
    import(&app.db, FileOptions { path, ..FileOptions::default() }).await;
    let helen = manager(&app).await;
    let page = helen.get("/dashboard?range=custom&from=2010-12-01&to=2010-12-31&currency=GBP").await.expect(200);
    assert_eq!(page.texts("section[aria-labelledby=orders] tbody td"), ["Cancelled", "326", "£0"]);
    let link = page.attributes("section[aria-labelledby=orders] tbody a", "href").remove(0);
    assert_eq!(opened(&helen, &link, 2).await.1.0, 326);
    let risk = "/reports/rows?figure=at_risk&from=2010-12-01&to=2010-12-31&currency=GBP";
    assert_eq!(helen.get(risk).await.expect(200).text("#total"), "£74,789.12");
}
