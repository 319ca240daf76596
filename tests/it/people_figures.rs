//! Figures of people: each number opens rows that come to it and is what plain SQL over the log says; who may see whose;
//! outcomes that the log contradicts.

use std::fmt::Write as _;

use chrono::{Days, NaiveDate};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use savedesk::auth::{Actor, Can, Role};
use savedesk::cases::{self, Outcome};
use savedesk::ids::UserId;
use savedesk::interactions::{self, Direction, Means, NewAttempt, Response};
use sqlx::{AssertSqlSafe, Executor as _};

use crate::guarantees::audited;
use crate::outcomes::close;
use crate::reports::{minor, numbers, opened};
use crate::support::{Client, Page, Person, TestApp};

const OUTCOMES: [&str; 4] = ["saved_with_offer", "saved_without_offer", "partly_saved", "lost"];
const RESPONSES: [&str; 5] = ["saved", "partly_saved", "considering", "declined", "no_contact"];
const FEBRUARY: &str = "(c.closed_at at time zone 'America/New_York')::date between '2026-02-01' and '2026-02-28'";
const CURRENCIES: [&str; 2] = ["USD", "JPY"];

/// Two reps who worked sixty cases.
pub(crate) async fn two_worked(app: &TestApp) {
    let mut people = Vec::new();
    for name in ["Ada Byrne", "Bo Chen"] {
        people.push(app.given_person(Person { name, roles: &[Role::Rep], ..Person::default() }).await.id.unwrap());
    }
    worked(app, 5, &people, 60).await;
}

/// Cases of these people that were worked, in which much went wrong, closed in January and February; of some saves it is
/// known that they did not last.
async fn worked(app: &TestApp, seed: u64, people: &[UserId], cases: usize) {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut owner = app.owner().await;
    for at in 0..cases {
        let customer = app.given_customer(&format!("Customer {at}")).await;
        let (case, person) = (uuid::Uuid::now_v7(), people[dice.random_range(0..people.len())]);
        let outcome = OUTCOMES[dice.random_range(0..OUTCOMES.len())];
        let response = RESPONSES[dice.random_range(0..RESPONSES.len())];
        let currency = CURRENCIES[dice.random_range(0..CURRENCIES.len())];
        let risk: i64 = dice.random_range(1_000..5_000_000);
        let kept = if outcome == "lost" { 0 } else { risk };
        let day = "2026-01-16".parse::<NaiveDate>().unwrap() + Days::new(dice.random_range(0..40));
        let met = if dice.random_bool(0.6) { "met" } else { "missed" };
        let levers = i32::from(dice.random_bool(0.5));
        let next = if dice.random_bool(0.5) { "'Call', timestamptz '2026-02-20 15:00+00'" } else { "null, null" };
        let objection = if response == "no_contact" { "null" } else { "(select code from objections limit 1)" };
        let due = if dice.random_bool(0.3) { "2026-01-15" } else { "2026-03-25" };
        let gone = dice.random_bool(0.4);
        let closed = format!("timestamptz '{day} 18:00+00'");
        let mut sql = format!(
            "insert into cases (id, customer_id, kind, channel, stage, reason, value_at_risk_minor, currency, opened_at,
                owner_id, first_action_at)
             values ('{case}', '{customer}', 'cancellation', 'phone', 'working', 'price.too_high', {risk}, '{currency}',
                '2026-01-10 15:00+00', '{person}', '2026-01-10 16:00+00');
             insert into deadlines (id, case_id, kind, what, due_at, because, set_at, owner_id, stage, ended_at)
             values (gen_random_uuid(), '{case}', 'first_action', 'Answer', '2026-01-10 15:30+00', 'x',
                '2026-01-10 15:00+00', '{person}', '{met}', '{day} 15:40+00');
             insert into interactions (id, case_id, customer_id, at, by_id, kind, direction, channel, body, response,
                objection, next_step, next_step_at)
             values ('{case}', '{case}', '{customer}', '{day} 15:00+00', '{person}', 'save_attempt', 'outbound',
                'phone', 'Said so', '{response}', {objection}, {next});
             insert into interaction_levers (interaction_id, lever)
             select '{case}', code from levers limit {levers};
             insert into promises (id, case_id, customer_id, what, owner_id, due_at, because, cost_minor, currency, made_at)
             values (gen_random_uuid(), '{case}', '{customer}', 'A call', '{person}', '{due} 15:00+00', 'x', 0, '{currency}',
                '2026-01-10 15:00+00');
             update cases set stage = 'closed', outcome = '{outcome}', value_kept_minor = {kept}, closed_at = {closed},
                version = version + 1
             where id = '{case}'"
        );
        if gone && outcome != "lost" {
            write!(
                sql,
                ";insert into follow_ups (id, case_id, kind, what, due_at, because, made_at, check_day, saved_at, stage,
                    ended_at, still_here)
                 values (gen_random_uuid(), '{case}', 'check', 'Look', {closed}, 'x', {closed}, 30, {closed}, 'done', {closed},
                    'no')"
            )
            .unwrap();
        }
        owner.execute(AssertSqlSafe(audited(&sql))).await.unwrap();
    }
}

async fn colleagues(app: &TestApp) -> [Actor; 3] {
    let mut people = Vec::new();
    for (name, team) in [("Ada Byrne", "North"), ("Bo Chen", "North"), ("Cy Dahl", "South")] {
        let person = Person { name, roles: &[Role::Rep], team: Some(team), department: None };
        people.push(app.given_person(person).await);
    }
    people.try_into().unwrap()
}

fn ids(people: &[Actor]) -> Vec<UserId> {
    people.iter().filter_map(|one| one.id).collect()
}

async fn of_role(app: &TestApp, role: Role) -> Client {
    app.sign_in_as(Person { name: "Sam Whitlock", roles: &[role], team: Some("North"), department: None }).await
}

/// How many of all numbers of a page were looked at: each opens rows that come to it.
pub(crate) async fn numbers_agree(client: &Client, page: &Page, digits: u32) -> usize {
    let mut seen = 0;
    for (text, href) in numbers(page) {
        let words = text.split(' ').next().unwrap_or_default();
        if text.contains('%') || text == "–" {
            continue;
        }
        let rows = client.get(&href).await.expect(200);
        if let Ok(count) = words.parse::<i64>() {
            assert_eq!(rows.text("#count"), count.to_string(), "{text} opens {href}");
        } else {
            assert_eq!(minor(&rows.text("#total"), digits), minor(&text, digits), "{text} opens {href}");
        }
        let (said, sum) = opened(client, &href, digits).await;
        assert_eq!(said, sum, "{href}");
        seen += 1;
    }
    seen
}

#[tokio::test]
async fn a_persons_numbers_are_what_their_rows_come_to() {
    let app = TestApp::start().await;
    let people = colleagues(&app).await;
    worked(&app, 11, &ids(&people), 60).await;
    let helen = of_role(&app, Role::Manager).await;
    let mut owner = app.owner().await;
    for person in ids(&people) {
        for (currency, digits) in [("USD", 2), ("JPY", 0)] {
            // of March there may be nothing yet
            for (month, fewest) in [("2026-01", 12), ("2026-02", 12), ("2026-03", 0)] {
                let page = helen.get(&format!("/people/{person}?month={month}&currency={currency}")).await.expect(200);
                let seen = numbers_agree(&helen, &page, digits).await;
                assert!(seen >= fewest, "{seen} numbers of {person} in {month}");
            }
            let page = helen.get(&format!("/people/{person}?month=2026-02&currency={currency}")).await.expect(200);
            let values = page.texts("tbody tr td:nth-child(2) a");
            let plain = format!(
                "select count(*), count(*) filter (where outcome <> 'lost'),
                    coalesce(sum(value_kept_minor) filter (where not exists (
                        select from follow_ups f where f.case_id = c.id and f.still_here = 'no')), 0)::bigint
                 from cases c where owner_id = '{person}' and currency = '{currency}' and {FEBRUARY}"
            );
            let (decided, saves, net): (i64, i64, i64) =
                sqlx::query_as(AssertSqlSafe(plain)).fetch_one(&mut owner).await.unwrap();
            assert_eq!(values[0], decided.to_string());
            let rate = format!(
                "{:.1}%",
                100.0 * f64::from(i32::try_from(saves).unwrap()) / f64::from(i32::try_from(decided).unwrap())
            );
            assert_eq!(values[1], rate);
            assert_eq!(minor(&values[2], digits), net);
        }
        let whole = format!(
            "select count(*), count(*) filter (where
                (i.response = 'no_contact' or exists (select from interaction_levers l where l.interaction_id = i.id))
                and (i.next_step is not null or i.response in ('saved', 'partly_saved', 'declined')))
             from interactions i where i.by_id = '{person}' and i.at >= '2026-02-01' and i.at < '2026-03-01'"
        );
        let (all, whole): (i64, i64) = sqlx::query_as(AssertSqlSafe(whole)).fetch_one(&mut owner).await.unwrap();
        let page = helen.get(&format!("/people/{person}?month=2026-02")).await.expect(200);
        assert_eq!(page.texts("tbody tr:last-child td:nth-child(3) a"), [whole.to_string(), all.to_string()]);
    }
}

#[tokio::test]
async fn everybody_sees_their_own_figures_and_supervisors_their_teams() {
    let app = TestApp::start().await;
    let people = colleagues(&app).await;
    worked(&app, 12, &ids(&people), 24).await;
    let [ada, bo, cy] = [0, 1, 2].map(|at| people[at].id.unwrap());
    let rep = Client::signed_in(&app, ada, app.session_of(ada).await);
    let mine = rep.get("/people/me?month=2026-02").await.expect(200);
    assert_eq!(mine.text("h1"), "Your figures");
    assert!(numbers_agree(&rep, &mine, 2).await >= 12);
    rep.get(&format!("/people/{ada}")).await.expect(200);
    rep.get(&format!("/people/{bo}")).await.expect(404);
    let rows = "/reports/rows?figure=decided&from=2026-01-01&to=2026-02-28&currency=USD";
    rep.get(&format!("{rows}&owner={bo}")).await.expect(404);
    rep.get(&format!("{rows}&owner=all")).await.expect(404);
    let own = rep.get(rows).await.expect(200).text("#count");
    assert_eq!(own, rep.get(&format!("{rows}&owner={ada}")).await.expect(200).text("#count"));
    let decided = format!("select count(*)::text from cases where owner_id = '{ada}' and currency = 'USD'");
    let plain: String = sqlx::query_scalar(AssertSqlSafe(decided)).fetch_one(&mut app.owner().await).await.unwrap();
    assert_eq!(own, plain);
    rep.get("/reports/coaching").await.expect(403);
    let sam = of_role(&app, Role::Supervisor).await;
    for (person, status) in [(ada, 200), (bo, 200), (cy, 404)] {
        sam.get(&format!("/people/{person}")).await.expect(status);
        sam.get(&format!("{rows}&owner={person}")).await.expect(status);
    }
    of_role(&app, Role::Manager).await.get(&format!("/people/{cy}")).await.expect(200);
}

#[tokio::test]
async fn coaching_shows_a_teams_people_with_quality_beside_volume() {
    let app = TestApp::start().await;
    let people = colleagues(&app).await;
    worked(&app, 13, &ids(&people), 60).await;
    let sam = of_role(&app, Role::Supervisor).await;
    let address = "/reports/coaching?range=custom&from=2026-01-01&to=2026-03-04&currency=USD";
    let page = sam.get(address).await.expect(200);
    assert_eq!(page.texts("#people-table tbody th a"), ["Ada Byrne", "Bo Chen"]);
    assert!(!page.texts("select[name=sort] option").iter().any(|one| one == "Saves"));
    for (text, href) in numbers(&page) {
        if let Ok(count) = text.split(' ').next().unwrap_or_default().parse::<i64>() {
            assert_eq!(sam.get(&href).await.expect(200).text("#count"), count.to_string(), "{text} opens {href}");
        }
    }
    let north = format!("('{}', '{}')", people[0].id.unwrap(), people[1].id.unwrap());
    let plain = format!(
        "select c.number::text from cases c
         left join interactions i on i.case_id = c.id
         where c.owner_id in {north} and c.currency = 'USD' and (
            (c.outcome = 'saved_without_offer' and exists (
                select from follow_ups f where f.case_id = c.id and f.still_here = 'no'))
            or (c.outcome = 'saved_with_offer')
            or (c.outcome <> 'lost' and i.response in ('declined', 'no_contact'))
            or (c.outcome = 'lost' and i.response in ('saved', 'partly_saved')))"
    );
    let mut plain: Vec<String> =
        sqlx::query_scalar(AssertSqlSafe(plain)).fetch_all(&mut app.owner().await).await.unwrap();
    let mut listed: Vec<String> =
        page.texts("#looks-table tbody .sub").iter().map(|code| code.trim_start_matches("SD-").to_owned()).collect();
    plain.sort();
    listed.sort();
    assert!(plain.len() > 5);
    assert_eq!(listed, plain);
}

#[tokio::test]
async fn an_outcome_that_the_log_contradicts_is_found_until_it_is_put_right() {
    let app = TestApp::start().await;
    let (case, _) = app.given_case_to_save("Ada").await;
    let attempt = |response| NewAttempt {
        response,
        means: Means::Phone,
        direction: Direction::Outbound,
        objection: Some("price".to_owned()),
        levers: vec!["explain_value".to_owned()],
        offer: None,
        body: "They go".to_owned(),
        next_step: None,
    };
    let mut tx = app.begin().await;
    interactions::log_attempt(&mut tx, &Can::desk(), case, attempt(Response::Saved)).await.unwrap();
    interactions::log_attempt(&mut tx, &Can::desk(), case, attempt(Response::Declined)).await.unwrap();
    tx.commit().await.unwrap();
    close(&app, case, Outcome::SavedWithoutOffer, 2_772_000).await;
    let helen = of_role(&app, Role::Manager).await;
    let rows = "/reports/rows?figure=contradicted&from=2026-03-01&to=2026-03-04&currency=USD";
    assert_eq!(helen.get(rows).await.expect(200).text("#count"), "1");
    let mut tx = app.begin().await;
    cases::reopen(&mut tx, &Can::desk(), case, "They left after all").await.unwrap();
    tx.commit().await.unwrap();
    close(&app, case, Outcome::Lost, 0).await;
    assert_eq!(helen.get(rows).await.expect(200).text("#count"), "0");
}
