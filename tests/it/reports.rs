//! Figures: each number of the dashboard is the sum of the rows it opens, and what plain SQL over the cases says, whatever
//! happened, in every currency, over the borders of days and months.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use savedesk::auth::Role;
use savedesk::money::{Currency, Money};
use savedesk::web::Cursor;
use sqlx::{AssertSqlSafe, Executor as _};

use crate::guarantees::audited;
use crate::outcomes::sums_agree;
use crate::support::{Client, Page, Person, TestApp};

const OUTCOMES: [&str; 6] =
    ["saved_with_offer", "saved_without_offer", "modified", "partly_saved", "lost", "unreachable"];
const REASONS: [&str; 5] = ["price", "price.too_high", "service.outage", "other.dont_know", "delivery.late"];
const CHANNELS: [&str; 3] = ["phone", "email", "web_form"];
pub(crate) const CURRENCIES: [&str; 3] = ["USD", "EUR", "JPY"];

/// So many closed cases of few customers, in two teams on two sides of the date line, many of them about midnight at the
/// end of a month; some saves lost again.
pub(crate) async fn happened(app: &TestApp, seed: u64, cases: usize) {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut owner = app.owner().await;
    let teams = "insert into teams (id, name, time_zone) values
        ('00000000-0000-0000-0000-0000000000a1', 'West', 'America/Los_Angeles'),
        ('00000000-0000-0000-0000-0000000000a2', 'East', 'Pacific/Auckland')";
    owner.execute(AssertSqlSafe(audited(teams))).await.unwrap();
    let mut customers = Vec::new();
    for at in 0..cases.div_ceil(3) {
        customers.push(app.given_customer(&format!("Customer {at}")).await);
    }
    let mut values = Vec::new();
    for _ in 0..cases {
        let outcome = OUTCOMES[dice.random_range(0..OUTCOMES.len())];
        let risk: i64 = dice.random_range(0..5_000_000);
        let kept = match outcome {
            "lost" | "unreachable" => 0,
            "partly_saved" => dice.random_range(0..=risk),
            _ => risk + dice.random_range(0..2) * 1_000,
        };
        let team = ["null", "'00000000-0000-0000-0000-0000000000a1'", "'00000000-0000-0000-0000-0000000000a2'"]
            [dice.random_range(0..3)];
        let month = ["2025-12-31", "2026-01-31", "2026-02-28", "2026-02-14"][dice.random_range(0..4)];
        values.push(format!(
            "(gen_random_uuid(), '{}', '{}', '{}', 'closed', '{}', {risk}, '{}', timestamptz '{month}' - interval '9 days',
                {team}::uuid, '{outcome}', {kept}, timestamptz '{month} 23:30+00' + interval '{} minutes')",
            customers[dice.random_range(0..customers.len())],
            ["cancellation", "order_cancellation", "downgrade"][dice.random_range(0..3)],
            CHANNELS[dice.random_range(0..CHANNELS.len())],
            REASONS[dice.random_range(0..REASONS.len())],
            CURRENCIES[dice.random_range(0..CURRENCIES.len())],
            dice.random_range(-900..900),
        ));
    }
    let sql = format!(
        "insert into cases (id, customer_id, kind, channel, stage, reason, value_at_risk_minor, currency, opened_at,
            team_id, outcome, value_kept_minor, closed_at) values {}",
        values.join(", ")
    );
    owner.execute(AssertSqlSafe(audited(&sql))).await.unwrap();
}

/// Another history each time; which one, a test that fails says.
pub(crate) fn any_seed() -> u64 {
    let seed = rand::random();
    eprintln!("the history of seed {seed}");
    seed
}

/// The day of a case's close on its team's clock.
pub(crate) const DAY: &str =
    "(c.closed_at at time zone coalesce((select t.time_zone from teams t where t.id = c.team_id),
    'America/New_York'))::date";
pub(crate) const SAVED: &str = "c.outcome in ('saved_with_offer', 'saved_without_offer', 'modified', 'partly_saved')";

/// What plain SQL over the cases says: how many, and how much.
pub(crate) async fn plainly(
    app: &TestApp,
    from: &str,
    to: &str,
    currency: &str,
    which: &str,
    amount: &str,
) -> (i64, i64) {
    let sql = format!(
        "select count(*), coalesce(sum({amount}), 0)::bigint from cases c
        where c.currency = '{currency}' and {DAY} between '{from}' and '{to}' and {which}"
    );
    sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut app.owner().await).await.unwrap()
}

/// An amount as pages write it, in minor units.
pub(crate) fn minor(text: &str, digits: u32) -> i64 {
    let number: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let (whole, part) = number.split_once('.').unwrap_or((&number, ""));
    let part: i64 = if part.is_empty() { 0 } else { part.parse().unwrap() };
    let amount = whole.parse::<i64>().unwrap() * 10_i64.pow(digits) + part;
    if text.starts_with('\u{2212}') { -amount } else { amount }
}

/// All rows of a figure, page by page: how many, and their sum; and what the page says of them.
pub(crate) async fn opened(client: &Client, href: &str, digits: u32) -> ((i64, i64), (i64, i64)) {
    let mut page = client.get(href).await.expect(200);
    let said = (
        page.text("#count").parse().unwrap(),
        if page.has("#total") { minor(&page.text("#total"), digits) } else { 0 },
    );
    let mut sum = (0, 0);
    loop {
        sum.0 += i64::try_from(page.texts("tbody tr").len()).unwrap();
        sum.1 += page.texts("tbody td.money").iter().map(|text| minor(text, digits)).sum::<i64>();
        let Some(next) = page.attributes("a[rel=next]", "href").pop() else { return (said, sum) };
        page = client.get(&next).await.expect(200);
    }
}

pub(crate) async fn manager(app: &TestApp) -> Client {
    app.sign_in_as(Person { name: "Helen Strand", roles: &[Role::Manager], ..Person::default() }).await
}

#[tokio::test]
async fn a_figure_is_the_sum_of_its_rows_and_what_plain_sql_says() {
    let app = TestApp::start().await;
    happened(&app, any_seed(), 160).await;
    sums_agree(&app).await;
    let helen = manager(&app).await;
    for (currency, digits) in [("USD", 2), ("EUR", 2), ("JPY", 0)] {
        for (from, to) in [("2026-01-01", "2026-01-31"), ("2026-02-28", "2026-02-28"), ("2025-12-31", "2026-03-01")] {
            for (figure, which, amount) in [
                ("gross", format!("{SAVED} and c.value_kept_minor <> 0"), "c.value_kept_minor"),
                (
                    "one_off",
                    format!("{SAVED} and c.kind = 'order_cancellation' and c.value_kept_minor <> 0"),
                    "c.value_kept_minor",
                ),
                (
                    "recurring",
                    format!("{SAVED} and c.kind <> 'order_cancellation' and c.value_kept_minor <> 0"),
                    "c.value_kept_minor",
                ),
                ("decided", format!("({SAVED} or c.outcome = 'lost')"), "c.value_kept_minor"),
                ("saves", SAVED.to_owned(), "c.value_kept_minor"),
                ("lost", "c.outcome = 'lost'".to_owned(), "c.value_at_risk_minor"),
                (
                    "at_risk",
                    format!("({SAVED} or c.outcome = 'lost') and c.value_at_risk_minor <> 0"),
                    "c.value_at_risk_minor",
                ),
            ] {
                let href = format!("/reports/rows?figure={figure}&from={from}&to={to}&currency={currency}");
                let (said, rows) = opened(&helen, &href, digits).await;
                assert_eq!(said, rows, "{href}");
                assert_eq!(said, plainly(&app, from, to, currency, &which, amount).await, "{href}");
            }
        }
    }
}

/// Net saved revenue by the definition alone: what is kept of saves that no loss of the same kind of revenue of the same
/// customer followed within 90 days.
#[tokio::test]
async fn net_leaves_out_what_was_lost_again() {
    let app = TestApp::start().await;
    happened(&app, any_seed(), 120).await;
    let helen = manager(&app).await;
    let undone = format!(
        "exists (
            select from cases l
            where l.customer_id = c.customer_id and l.outcome = 'lost' and l.closed_at > c.closed_at
                and (l.kind = 'order_cancellation') = (c.kind = 'order_cancellation')
                and {} <= {DAY} + 90)",
        DAY.replace("c.", "l.")
    );
    for currency in CURRENCIES {
        let digits = if currency == "JPY" { 0 } else { 2 };
        let (from, to) = ("2025-12-01", "2026-03-01");
        let href = |figure| format!("/reports/rows?figure={figure}&from={from}&to={to}&currency={currency}");
        let (said, rows) = opened(&helen, &href("net"), digits).await;
        assert_eq!(said, rows);
        let amount = format!("case when {undone} then 0 else c.value_kept_minor end");
        assert_eq!(said, plainly(&app, from, to, currency, SAVED, &amount).await, "{currency}");
        let lost_again = plainly(
            &app,
            from,
            to,
            currency,
            &format!("{SAVED} and {undone} and c.value_kept_minor <> 0"),
            "c.value_kept_minor",
        )
        .await;
        assert_eq!(opened(&helen, &href("rechurn"), digits).await, (lost_again, lost_again), "{currency}");
    }
}

/// Links to rows with what stands in them.
pub(crate) fn numbers(page: &Page) -> Vec<(String, String)> {
    let links = "main a[href^='/reports/rows']:not(.tile):not(.go)";
    let mut numbers: Vec<(String, String)> =
        page.texts(links).into_iter().zip(page.attributes(links, "href")).collect();
    let tiles = page.texts(".tile .v").into_iter().zip(page.attributes("a.tile, .tile .go", "href"));
    // what is spread over saves is no sum; not every page tells it
    let spread = page.texts(".tile .k").iter().position(|label| label == "Cost per save");
    numbers.extend(tiles.enumerate().filter(|(at, _)| Some(*at) != spread).map(|(_, tile)| tile));
    numbers
}

/// How many amounts and counts of a page were looked at: each opens rows that come to it.
async fn rows_come_to_numbers(client: &Client, page: &Page, digits: u32) -> (usize, usize) {
    let (mut amounts, mut counts) = (0, 0);
    for (text, href) in numbers(page) {
        let words = [" unknown", " gone", " due", " saves", " save", " cases", " case"];
        let text = words.iter().fold(text.as_str(), |text, word| text.trim_end_matches(word));
        let rows = client.get(&href).await.expect(200);
        // rates, bars and times are no sums
        let is_time = [" m", " h", " d"].iter().any(|unit| text.ends_with(unit));
        if text.is_empty() || text.contains('%') || text == "–" || is_time {
            continue;
        }
        if let Ok(count) = text.parse::<i64>() {
            assert_eq!(rows.text("#count"), count.to_string(), "{text} opens {href}");
            counts += 1;
        } else {
            let total = minor(&rows.text("#total"), digits);
            let whole = 10_i64.pow(digits);
            let rounded = (total.abs() + whole / 2) / whole * total.signum();
            assert_eq!(minor(text, 0), rounded, "{text} opens {href}");
            amounts += 1;
        }
    }
    (amounts, counts)
}

#[tokio::test]
async fn every_number_of_the_dashboard_is_what_its_rows_come_to() {
    let app = TestApp::start().await;
    happened(&app, 99, 150).await;
    crate::figures::looked_at(&app, 99).await;
    crate::figures::dealt(&app).await;
    let helen = manager(&app).await;
    for currency in CURRENCIES {
        let digits = if currency == "JPY" { 0 } else { 2 };
        for driver in ["", "&driver=price"] {
            let address = format!("/dashboard?range=custom&from=2026-01-20&to=2026-03-04&currency={currency}{driver}");
            let page = helen.get(&address).await.expect(200);
            let (amounts, counts) = rows_come_to_numbers(&helen, &page, digits).await;
            assert!(amounts > 20 && counts > 20, "{amounts} amounts and {counts} counts in {currency}");
            // and none is without its rows, but changes
            let bare = page.texts("main td.n:not(:has(a)), main .tile .d b:not(:has(a))").into_iter().find(|text| {
                text.contains(|c: char| c.is_ascii_digit()) && !text.starts_with(['+', '\u{2212}', '±', 'f'])
            });
            assert_eq!(bare, None, "in {currency}");
            assert_eq!(page.attributes(".tile .d a", "href").len(), 7, "numbers in notes");
        }
    }
}

/// Some cases are coded two levels below price.
async fn coded_deeper(app: &TestApp) {
    let deeper = "insert into reasons (code, parent_code, name, position)
            values ('price.too_high.at_renewal', 'price.too_high', 'Price too high at renewal', 1);
        update cases set reason = 'price.too_high.at_renewal', version = version + 1
        where reason = 'price.too_high' and right(id::text, 1) in ('0', '1', '2', '3', '4', '5')";
    app.owner().await.execute(AssertSqlSafe(audited(deeper))).await.unwrap();
}

#[tokio::test]
async fn a_driver_opens_what_is_below_it() {
    let app = TestApp::start().await;
    happened(&app, any_seed(), 200).await;
    coded_deeper(&app).await;
    sums_agree(&app).await;
    let helen = manager(&app).await;
    let decided = format!("({SAVED} or c.outcome = 'lost')");
    let (from, to) = ("2026-01-15", "2026-03-04");
    for currency in CURRENCIES {
        let digits = if currency == "JPY" { 0 } else { 2 };
        let address = format!("/dashboard?range=custom&from={from}&to={to}&currency={currency}");
        let top = helen.get(&address).await.expect(200);
        let below = top.attributes("section[aria-labelledby=drivers] td:first-child a", "href");
        let of_price = below.iter().find(|href| href.contains("driver=price#")).expect("price opens what is below it");
        let of_price = of_price.trim_end_matches("#drivers");
        for (here, rows) in [
            (
                of_price.to_owned(),
                [("price", "c.reason = 'price'"), ("price.too_high", "c.reason like 'price.too\\_high%'")],
            ),
            (
                format!("{address}&driver=price.too_high"),
                [
                    ("price.too_high", "c.reason = 'price.too_high'"),
                    ("price.too_high.at_renewal", "c.reason = 'price.too_high.at_renewal'"),
                ],
            ),
        ] {
            let page = helen.get(&here).await.expect(200);
            let cases = page.attributes("section[aria-labelledby=drivers] td:nth-child(2) a", "href");
            let values = page.attributes("section[aria-labelledby=drivers] td:nth-child(3) a", "href");
            let shown = page.texts("section[aria-labelledby=drivers] td:nth-child(2)");
            let mut counts: Vec<i64> = Vec::new();
            for (code, which) in rows {
                let plain =
                    plainly(&app, from, to, currency, &format!("{decided} and {which}"), "c.value_at_risk_minor").await;
                counts.push(plain.0);
                if plain.0 == 0 {
                    continue;
                }
                // the very code has a dot behind it where something is below it
                let is_it = |href: &&String| {
                    href.ends_with(&format!("reason={code}")) || href.ends_with(&format!("reason={code}."))
                };
                let count = opened(&helen, cases.iter().find(is_it).expect(code), digits).await;
                assert_eq!((count.0.0, count.1.0), (plain.0, plain.0), "{code} in {currency}");
                let value = opened(&helen, values.iter().find(is_it).expect(code), digits).await;
                assert_eq!((value.0.1, value.1.1), (plain.1, plain.1), "{code} in {currency}");
            }
            let mut shown: Vec<i64> = shown.iter().map(|count| count.parse().unwrap()).collect();
            counts.retain(|count| *count > 0);
            counts.sort_unstable();
            shown.sort_unstable();
            assert_eq!(shown, counts, "{here}");
        }
    }
    // nothing is below one that nobody knows
    let page = helen.get("/dashboard?driver=nobody_knows_it").await.expect(200);
    assert!(page.text("section[aria-labelledby=drivers]").contains("Nothing below this reason"));
}

#[tokio::test]
async fn no_table_leaves_rows_out() {
    let app = TestApp::start().await;
    let customer = app.given_customer("Ada").await;
    let of_each = format!(
        "insert into cases (id, customer_id, kind, channel, stage, reason, value_at_risk_minor, currency, opened_at,
            outcome, value_kept_minor, closed_at)
        select gen_random_uuid(), '{customer}', 'cancellation', 'phone', 'closed', code, 1000, 'USD', '2026-02-20',
            'lost', 0, '2026-03-02 15:00+00'
        from reasons where parent_code is null"
    );
    let mut owner = app.owner().await;
    owner.execute(AssertSqlSafe(audited(&of_each))).await.unwrap();
    let reasons: i64 = sqlx::query_scalar("select count(*) from reasons where parent_code is null")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert!(reasons > 9);
    let page = manager(&app).await.get("/dashboard").await.expect(200);
    let rows = page.texts("section[aria-labelledby=by-reason] tbody tr").len();
    assert_eq!(i64::try_from(rows).unwrap(), reasons);
    assert_eq!(page.text("section[aria-labelledby=by-reason] summary"), format!("{} more", reasons - 9));
}

#[tokio::test]
async fn a_supervisor_sees_the_figures_of_their_team_alone() {
    let app = TestApp::start().await;
    happened(&app, 5, 60).await;
    let of_west = |roles| Person { name: "Sam Whitlock", roles, team: Some("West"), department: None };
    let sam = app.sign_in_as(of_west(&[Role::Supervisor])).await;
    let address = "/reports/rows?figure=closed&from=2025-12-01&to=2026-03-01&currency=USD";
    let plain =
        plainly(&app, "2025-12-01", "2026-03-01", "USD", "c.team_id = '00000000-0000-0000-0000-0000000000a1'", "0")
            .await;
    for team in ["", "&team=00000000-0000-0000-0000-0000000000a2", "&team=none"] {
        let page = sam.get(&format!("{address}{team}")).await.expect(200);
        assert_eq!(page.text("#count"), plain.0.to_string());
    }
    let page = sam.get("/dashboard").await.expect(200);
    assert!(page.text(".head p").ends_with("West") && !page.has("#d-team"));
    helen_sees_all(&app, address).await;
}

async fn helen_sees_all(app: &TestApp, address: &str) {
    let helen = manager(app).await;
    let all = plainly(app, "2025-12-01", "2026-03-01", "USD", "true", "0").await;
    assert_eq!(helen.get(address).await.expect(200).text("#count"), all.0.to_string());
    let page = helen.get("/dashboard?range=quarter").await.expect(200);
    assert!(page.text(".head p").contains("compared with") && page.has("#d-team"));
}

#[tokio::test]
async fn a_driver_leads_to_a_problem_with_its_cases() {
    let app = TestApp::start().await;
    happened(&app, 7, 60).await;
    let helen = manager(&app).await;
    let span = "from=2026-01-15&to=2026-03-04&currency=USD";
    let page = helen.get(&format!("/dashboard?range=custom&{span}")).await.expect(200);
    let links = page.attributes("section[aria-labelledby=drivers] td a[href^='/problems/new']", "href");
    let price = "/problems/new?reason=price&from=2026-01-15&until=2026-03-04";
    assert!(links.contains(&price.to_owned()), "{links:?}");
    let form = helen.get(price).await.expect(200);
    let days = ["#from", "#until"].map(|field| form.attributes(field, "value").concat());
    assert_eq!(days, ["2026-01-15", "2026-03-04"]);
    let rows = format!("/reports/rows?figure=decided&{span}");
    let leads = async |client: &Client, narrow: &str| {
        let page = client.get(&format!("{rows}{narrow}")).await.expect(200);
        page.attributes("a[href^='/problems/new']", "href")
    };
    assert_eq!(leads(&helen, "&reason=price").await, [price]);
    assert!(leads(&helen, "").await.is_empty() && leads(&helen, "&reason=price,service").await.is_empty());
    let rep = app.sign_in(Role::Rep).await;
    assert!(leads(&rep, "&reason=price").await.is_empty(), "reps open no problems");
}

#[tokio::test]
async fn whatever_currency_there_is_can_be_chosen() {
    let app = TestApp::start().await;
    let helen = manager(&app).await;
    let chosen = async |address: &str| {
        let page = helen.get(address).await.expect(200);
        (page.texts("#d-currency option"), page.texts("#d-currency option[selected]"))
    };
    // what somebody chose is on the page, though there is nothing in it
    let one = |code: &str| vec![code.to_owned()];
    assert_eq!(chosen("/dashboard").await, (vec![], vec![]));
    assert_eq!(chosen("/dashboard?currency=JPY").await.1, one("JPY"));
    // nothing is closed yet
    let euro = Currency::parse("EUR").unwrap();
    for (name, currency) in [("Ada", Currency::USD), ("Bea", euro), ("Cid", euro)] {
        let customer = app.given_customer(name).await;
        app.given_case_with(customer, |new| new.value_at_risk = Money::new(100_000, currency)).await;
    }
    let both = ["EUR", "USD"].map(str::to_owned).to_vec();
    assert_eq!(chosen("/dashboard").await, (both.clone(), one("EUR")));
    assert_eq!(chosen("/dashboard?currency=USD").await, (both, one("USD")));
    assert_eq!(chosen("/reports/missed?currency=EUR").await.1, one("EUR"));
    assert_eq!(chosen("/reports/mail?currency=JPY").await.1, one("JPY"));
}

#[tokio::test]
async fn a_desk_without_cases_has_an_honest_dashboard() {
    let app = TestApp::start().await;
    let page = manager(&app).await.get("/dashboard").await.expect(200);
    assert_eq!(page.texts(".tile .v"), ["$0", "$0", "–", "–", "–", "$0"]);
    assert!(page.texts(".empty h3").contains(&"Nothing saved yet".to_owned()));
}

#[tokio::test]
async fn no_address_that_somebody_made_up_is_too_much() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Ada").await).await;
    let (problem, sample) = crate::causes::given_problem_of(&app, case).await;
    let helen = manager(&app).await;
    let (early, late) = ("-9999-01-01", "%2B262142-12-31");
    let [long_ago, far_ahead] = ["-0044-03-15T00:00:00Z", "+262142-12-31T23:59:59Z"]
        .map(|at| Cursor::at(&(at, "00000000-0000-0000-0000-000000000000")));
    for address in [
        "/dashboard?line=%00&team=%00&currency=%00&against=%00&range=%00&driver=%00".to_owned(),
        "/reports/rows?figure=closed&reason=price.%25,.,%00.".to_owned(),
        "/reports/rows?figure=passes&department=%00&stage=%00".to_owned(),
        "/people/me/figures.csv?month=%2B262142-12".to_owned(),
        format!("/recoding/{sample}/cases?which=%00&reason=%00&after={far_ahead}"),
        format!("/problems/{problem}/cases?answer=%00&came=%00"),
        format!("/dashboard?range=custom&from={early}&to={late}"),
        "/reports/rows?figure=closed&line=%00&channel=%00&reason=%00&offer=%00&order=%00&category=%00".to_owned(),
        "/reports/rows?figure=missed_offer&unshown=%00".to_owned(),
        "/reports/rows?figure=deadlines&kind=%00&stage=%00".to_owned(),
        "/reports/rows?figure=first_acts&stage=%00".to_owned(),
        "/reports/rows?figure=answers&department=%00".to_owned(),
        "/reports/rows?figure=offers&version=%00".to_owned(),
        "/reports/rows?figure=open_at_risk&waits=%00&due=%00".to_owned(),
        "/reports/rows.csv?figure=closed&line=%00".to_owned(),
        format!("/reports/rows?figure=promises&from={late}&to={early}"),
        format!("/reports/rows?figure=promises&after={}", Cursor::at(&("a\0b", problem))),
        "/reports/missed?line=%00".to_owned(),
        "/reports/coaching?team=%00&sort=%00".to_owned(),
        "/reports/mail?line=%00&team=%00".to_owned(),
        "/people/me?month=%2B262142-12".to_owned(),
        format!("/reports/credits?after={far_ahead}"),
        format!("/reports/credits?after={long_ago}"),
        format!("/problems?after={far_ahead}"),
        format!("/incidents?after={long_ago}"),
        format!("/recoding?after={far_ahead}"),
        "/recoding/other?month=%2B262142-12".to_owned(),
        "/recoding/other?month=-9999-01".to_owned(),
        "/problems/new?reason=%00".to_owned(),
        format!("/problems/new?reason=price&from={early}&until={late}"),
        format!("/problems/{problem}/link?reason=price&from={late}&until={late}"),
        format!("/problems/{problem}/cases?week=2147483647"),
        format!("/problems/{problem}/cases?week=-2147483648"),
        format!("/problems/{problem}/cases?week=-200000"),
        format!("/problems/{problem}/cases?which=%00&currency=%00"),
    ] {
        let page = helen.get(&address).await;
        assert!(page.status.as_u16() < 500, "{address} is answered with {}", page.status);
    }
    let spans = [("from", "+262142-01-01"), ("until", "+262142-12-31"), ("size", "5")];
    helen.post_form("/recoding", &spans).await.expect(422);
    let due = [("words", "A letter"), ("due", "+262142-12-31")];
    helen.post_form(&format!("/problems/{problem}/fix"), &due).await.expect(422);
    helen.post_form(&format!("/problems/{problem}/fixed"), &[("on", "-9999-01-01")]).await.expect(422);
}
