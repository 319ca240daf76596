//! Problems and incidents: which cases they explain and what these cost, the third of three facts, one answer to many
//! cases exactly once, and what the database refuses.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use savedesk::audit::{self, Action, Entry, Subject};
use savedesk::auth::{Can, Role, WorkProblems};
use savedesk::cases::{self, Cause};
use savedesk::ids::{CaseId, ProblemId, UserId};
use savedesk::money::{Currency, Money};
use savedesk::problems::{self, Category, Kind, Means, NewAnswer, NewProblem, Problem};
use sqlx::{AssertSqlSafe, Executor};
use uuid::Uuid;

use crate::guarantees::{assert_refused, audited};
use crate::reports::minor;
use crate::support::{Client, Person, TestApp};

const ZONE: Tz = Tz::America__New_York;

/// The proof of somebody who works on problems.
async fn mira(app: &TestApp) -> Can<WorkProblems> {
    let person = Person { name: "Mira Kapoor", roles: &[Role::Supervisor], team: Some("North"), department: None };
    Arc::new(app.given_person(person).await).can().unwrap()
}

fn new(kind: Kind) -> NewProblem {
    NewProblem {
        kind,
        title: "Billed twice".to_owned(),
        what: "Two bills for one month.".to_owned(),
        reason: Some("price".to_owned()),
        owner: None,
        began_at: None,
        say: "We know of it.".to_owned(),
    }
}

async fn opened(app: &TestApp, can: &Can<WorkProblems>, kind: Kind, cases: &[CaseId]) -> Problem {
    let mut tx = app.begin_as(can).await;
    let one = problems::open(&mut tx, can, new(kind)).await.unwrap();
    problems::link(&mut tx, can, one.id, cases).await.unwrap();
    tx.commit().await.unwrap();
    one
}

async fn cases(app: &TestApp, many: usize) -> Vec<CaseId> {
    let mut cases = Vec::new();
    for n in 0..many {
        let customer = app.given_customer(&format!("Harbor Dental {n}")).await;
        cases.push(app.given_case(customer).await);
    }
    cases
}

async fn find_cause(app: &TestApp, can: &Can<WorkProblems>, problem: ProblemId, replaces: bool) -> cases::Verified {
    let mut tx = app.begin_as(can).await;
    let found = problems::find_cause(&mut tx, can, problem, "billing.wrong_charge", "Seen".to_owned(), replaces).await;
    tx.commit().await.unwrap();
    found.unwrap().1
}

/// A problem with a case, and a sample that holds it, for tests of pages.
pub(crate) async fn given_problem_of(app: &TestApp, case: CaseId) -> (ProblemId, Uuid) {
    let can = Can::desk();
    let problem = opened(app, &can, Kind::Problem, &[case]).await.id;
    let mut tx = app.begin().await;
    problems::add_factor(&mut tx, &can, problem, Category::Process, "Nobody was told".to_owned()).await.unwrap();
    let (sample, now) = (Uuid::now_v7(), tx.now().to_rfc3339());
    let sql = format!(
        "insert into recoding_samples (id, from_day, until_day, zone, seed, asked, drawn_at)
         values ('{sample}', '2026-02-01', '2026-03-01', 'UTC', 7, 50, '{now}');
         insert into recodings (sample_id, case_id, position, coded) values ('{sample}', '{case}', 1, 'price')"
    );
    tx.execute(AssertSqlSafe(sql)).await.unwrap();
    audit::record(&mut tx, Entry::new(Action::SampleDrawn, Subject::Sample(sample.into()))).await.unwrap();
    tx.commit().await.unwrap();
    (problem, sample)
}

#[tokio::test]
async fn the_cause_of_a_problem_is_verified_in_its_cases_and_overwrites_neither_words_nor_code() {
    let app = TestApp::start().await;
    let (can, cases) = (mira(&app).await, cases(&app, 3).await);
    // somebody looked at the first one already
    let mut tx = app.begin_as(&can).await;
    let own = Cause { code: "support.waiting".to_owned(), problem: None, replaces: true };
    cases::verify(&mut tx, &can, &cases[..1], &own).await.unwrap();
    tx.commit().await.unwrap();
    let problem = opened(&app, &can, Kind::Problem, &cases).await;
    let verified = find_cause(&app, &can, problem.id, false).await;
    assert_eq!((verified.set, verified.kept), (2, 1), "what a person verified is kept, and told");
    let fact = async |case, column| app.case_column(case, column).await.unwrap_or_default();
    assert_eq!(fact(cases[0], "verified_cause").await, "support.waiting");
    for case in &cases[1..] {
        assert_eq!(fact(*case, "verified_cause").await, "billing.wrong_charge");
        assert_eq!(fact(*case, "verified_problem_id").await, problem.id.to_string());
        assert_eq!(fact(*case, "reason").await, "price");
        assert_eq!(fact(*case, "stated_reason").await, "Voxly quoted us $39 a seat.");
        assert_eq!(app.audited(*case, "case.cause_verified").await, 1);
    }
    // said so, it takes the place of the other
    assert_eq!(find_cause(&app, &can, problem.id, true).await.set, 1);
    assert_eq!(fact(cases[0], "verified_cause").await, "billing.wrong_charge");
    // one that comes later has it at once; one that is taken out loses it
    let later = app.given_case(app.given_customer("Later").await).await;
    let mut tx = app.begin_as(&can).await;
    problems::link(&mut tx, &can, problem.id, &[later]).await.unwrap();
    problems::unlink(&mut tx, &can, problem.id, cases[2]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(fact(later, "verified_cause").await, "billing.wrong_charge");
    assert_eq!(app.case_column(cases[2], "verified_cause").await, None);
}

#[tokio::test]
async fn revenue_at_stake_is_the_sum_of_the_rows_it_opens_in_each_currency() {
    let app = TestApp::start().await;
    let supervisor = app.sign_in(Role::Supervisor).await;
    let can = Can::desk();
    let mut all = cases(&app, 3).await;
    let euros = app.given_customer("Hafen GmbH").await;
    let euro = Currency::parse("EUR").unwrap();
    all.push(app.given_case_with(euros, |new| new.value_at_risk = Money::new(123_400, euro)).await);
    let mut owner = app.owner().await;
    owner.execute("set session_replication_role = replica").await.unwrap();
    let lose = "update cases set stage = 'closed', outcome = 'lost', value_kept_minor = 0, closed_at = opened_at,
        version = version + 1 where id = $1";
    sqlx::query(lose).bind(all[0]).execute(&mut owner).await.unwrap();
    let problem = opened(&app, &can, Kind::Problem, &all).await;
    let here = format!("/problems/{}", problem.id);
    let page = supervisor.get(&here).await.expect(200);
    let amounts = page.texts(".kv dd.money");
    assert_eq!(amounts, ["$55,440.00", "$27,720.00", "$83,160.00", "€1,234.00", "€0.00", "€1,234.00"]);
    for (which, currency, rows) in [("live", "USD", 2), ("lost", "USD", 1), ("live", "EUR", 1), ("lost", "EUR", 0)] {
        let list = supervisor.get(&format!("{here}/cases?which={which}&currency={currency}")).await.expect(200);
        assert_eq!(list.texts("tbody tr").len(), rows, "{which} {currency}");
    }
    // by the number people say
    assert_eq!(supervisor.get(&format!("/problems/{}", problem.code())).await.location(), here);
}

#[tokio::test]
async fn cases_of_a_reason_are_linked_in_one_go_and_once() {
    let app = TestApp::start().await;
    let supervisor = app.sign_in(Role::Supervisor).await;
    cases(&app, 4).await;
    let other = app.given_customer("Other").await;
    app.given_case_with(other, |new| new.reason = Some("value.not_used".to_owned())).await;
    let page = supervisor.get("/problems/new?reason=price&from=2026-03-01&until=2026-03-04").await.expect(200);
    assert!(
        page.text(".note.info").contains("4 cases of this reason came in on these days, $110,880 at stake."),
        "{}",
        page.text(".note.info")
    );
    let fields =
        [("title", "Rates"), ("reason", "price"), ("link", "on"), ("from", "2026-03-01"), ("until", "2026-03-04")];
    let done = supervisor.post_form("/problems", &fields).await.expect(303);
    let here = done.location().to_owned();
    assert_eq!(supervisor.get(&format!("{here}/cases")).await.texts("tbody tr").len(), 4);
    let again = [("reason", "price"), ("from", "2026-03-01"), ("until", "2026-03-04")];
    supervisor.post_form(&format!("{here}/cases"), &again).await.expect(303);
    assert_eq!(supervisor.get(&format!("{here}/cases")).await.texts("tbody tr").len(), 4);
    let wrong = supervisor.post_form(&format!("{here}/cases"), &[("numbers", "SD-20001 SD-99")]).await.expect(422);
    assert!(wrong.text(".note.sum").contains("There is no case SD-99."));
    supervisor.post_form(&format!("{here}/cases"), &[("numbers", "SD-20005")]).await.expect(303);
    assert_eq!(supervisor.get(&format!("{here}/cases")).await.texts("tbody tr").len(), 5);
}

#[tokio::test]
async fn more_cases_than_are_linked_in_one_go_are_said_to_be_more() {
    let app = TestApp::start().await;
    let supervisor = app.sign_in(Role::Supervisor).await;
    let customer = app.given_customer("Harbor Dental").await;
    let many = format!(
        "set session_replication_role = replica;
        insert into cases (id, customer_id, kind, channel, stage, reason, value_at_risk_minor, currency, opened_at,
            outcome, value_kept_minor, closed_at)
        select gen_random_uuid(), '{customer}', 'cancellation', 'phone', 'closed', 'price', 100, 'USD', '2026-03-02',
            'lost', 0, '2026-03-03'
        from generate_series(1, 5001)"
    );
    app.owner().await.execute(AssertSqlSafe(many)).await.unwrap();
    let span = "reason=price&from=2026-03-01&until=2026-03-04";
    let problem = opened(&app, &Can::desk(), Kind::Problem, &[]).await.id;
    for place in ["/problems/new".to_owned(), format!("/problems/{problem}/link")] {
        let said = supervisor.get(&format!("{place}?{span}")).await.expect(200).text(".note.info");
        assert!(said.contains("5,001 cases of this reason") && said.contains("in one go are 5,000 cases"), "{said}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_end_is_said_at_its_field() {
    let app = TestApp::start().await;
    let supervisor = app.sign_in(Role::Supervisor).await;
    let can = mira(&app).await;
    let mut tx = app.begin_as(&can).await;
    let began_at = Some(app.clock.now() - TimeDelta::hours(2));
    let incident = problems::open(&mut tx, &can, NewProblem { began_at, ..new(Kind::Incident) }).await.unwrap();
    tx.commit().await.unwrap();
    let here = format!("/problems/{}", incident.id);
    for (at, why) in [
        ("", "Enter the moment since which it is over."),
        ("2026-03-09T08:00", "cannot be ahead"),
        ("2026-03-01T08:00", "cannot be over before it began"),
    ] {
        let page = supervisor.post_form(&format!("{here}/fixed"), &[("at", at)]).await.expect(422);
        assert!(page.has("input[name=at][aria-invalid]"), "{at:?} is marked");
        assert!(page.text(".note.sum").contains(why), "{}", page.text(".note.sum"));
    }
    // of both the timeline says what they are
    let problem = opened(&app, &can, Kind::Problem, &[]).await.id;
    let mut tx = app.begin_as(&can).await;
    problems::find_cause(&mut tx, &can, problem, "price", String::new(), false).await.unwrap();
    let today: NaiveDate = app.clock.now().date_naive();
    problems::plan_fix(&mut tx, &can, problem, "A letter".to_owned(), today).await.unwrap();
    for one in [problem, incident.id] {
        problems::fixed(&mut tx, &can, one, app.clock.now(), ZONE).await.unwrap();
    }
    tx.commit().await.unwrap();
    for (one, said) in [(problem, "said that it is fixed, since"), (incident.id, "said that it is over, since")] {
        let page = supervisor.get(&format!("/problems/{one}")).await.expect(200);
        assert!(page.text("ol.tl").contains(said), "{}", page.text("ol.tl"));
    }
}

#[tokio::test]
async fn an_incident_is_answered_in_every_live_case_once_however_often_it_begins_anew() {
    let app = TestApp::start().await;
    let (can, cases) = (mira(&app).await, cases(&app, 23).await);
    let incident = opened(&app, &can, Kind::Incident, &cases).await;
    let mut tx = app.begin_as(&can).await;
    let answer = NewAnswer { means: Means::Email, words: "It is mended.".to_owned(), ends_next_step: false };
    assert_eq!(problems::answer_together(&mut tx, &can, incident.id, answer.clone()).await.unwrap(), 23);
    tx.commit().await.unwrap();
    let mut tx = app.begin_as(&can).await;
    assert!(problems::answer_together(&mut tx, &can, incident.id, answer).await.is_err(), "one is under way");
    drop(tx);
    // one case cannot be answered any more
    let mut owner = app.owner().await;
    owner.execute("set session_replication_role = replica").await.unwrap();
    let close = "update cases set stage = 'closed', outcome = 'lost', value_kept_minor = 0, closed_at = opened_at,
        version = version + 1 where id = $1";
    sqlx::query(close).bind(cases[5]).execute(&mut owner).await.unwrap();
    // three instances at once, and again after that
    let (one, two, three) =
        tokio::join!(problems::answer_all(&app.db), problems::answer_all(&app.db), problems::answer_all(&app.db));
    assert_eq!(one.unwrap() + two.unwrap() + three.unwrap(), 23);
    assert_eq!(problems::answer_all(&app.db).await.unwrap(), 0);
    let said: Vec<(CaseId, i64)> = sqlx::query_as(
        "select case_id, count(*) from interactions where body = 'It is mended.' and kind = 'email' group by 1",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(said.len(), 22);
    assert!(said.iter().all(|(case, times)| *times == 1 && *case != cases[5]), "{said:?}");
    let rest: Vec<(String, Option<String>, i64)> =
        sqlx::query_as("select stage, why, count(*) from problem_answer_cases group by 1, 2 order by 1")
            .fetch_all(&mut owner)
            .await
            .unwrap();
    let closed = Some("It was closed meanwhile.".to_owned());
    assert_eq!(rest, [("answered".to_owned(), None, 22), ("passed_over".to_owned(), closed, 1)]);
    let finished: Option<DateTime<Utc>> =
        sqlx::query_scalar("select finished_at from problem_answers").fetch_one(&mut owner).await.unwrap();
    assert!(finished.is_some());
    let dana = app.sign_in(Role::Supervisor).await;
    every_number_opens_its_rows(&dana, &format!("/problems/{}", incident.id), 5).await;
    every_number_opens_its_rows(&dana, "/incidents", 1).await;
}

/// How many numbers of a page were looked at: each opens as many cases, and each amount those that come to it.
async fn every_number_opens_its_rows(client: &Client, path: &str, fewest: usize) {
    let page = client.get(path).await.expect(200);
    let links = "main a[href^='/problems/'][href*='/cases']";
    let mut seen = 0;
    for (text, href) in page.texts(links).into_iter().zip(page.attributes(links, "href")) {
        let rows = client.get(&href).await.expect(200);
        let cases = rows.texts("tbody tr").len();
        let count = text.split(' ').find_map(|word| word.parse::<usize>().ok());
        if let Some(count) = count {
            assert_eq!(cases, count, "{text} opens {href}");
        } else if text.starts_with('$') {
            let sum: i64 = rows.texts("tbody td.money").iter().map(|text| minor(text, 2)).sum();
            let whole = if text.contains('.') { 1 } else { 100 };
            assert_eq!(minor(&text, 2), (sum + whole / 2) / whole * whole, "{text} opens {href}");
        } else {
            continue;
        }
        seen += 1;
    }
    assert!(seen >= fewest, "{seen} numbers on {path}");
}

#[tokio::test]
async fn r15_a_fix_that_is_due_is_told_once_to_whoever_owns_it_and_to_supervisors_when_it_is_late() {
    let app = TestApp::start().await;
    let can = mira(&app).await;
    let of = |name| Person { name, roles: &[Role::Agent], team: Some("North"), department: None };
    let (jo, ida) = (app.given_person(of("Jo Lind")).await, app.given_person(of("Ida Vos")).await);
    let owned = async |owner: UserId| {
        let mut tx = app.begin_as(&can).await;
        let one = problems::open(&mut tx, &can, NewProblem { owner: Some(owner), ..new(Kind::Problem) }).await.unwrap();
        tx.commit().await.unwrap();
        find_cause(&app, &can, one.id, false).await;
        one.id
    };
    let (late, mended) = (owned(jo.id.unwrap()).await, owned(ida.id.unwrap()).await);
    let plan = async |problem, due: &str| {
        let mut tx = app.begin_as(&can).await;
        let due = due.parse().unwrap();
        problems::plan_fix(&mut tx, &can, problem, "A letter".to_owned(), due).await.unwrap();
        tx.commit().await.unwrap();
    };
    // today is 4 March
    plan(late, "2026-03-06").await;
    plan(mended, "2026-03-05").await;
    let told = async || -> Vec<(String, String)> {
        app.sweep().await;
        app.sweep().await;
        let sql = "select u.name, n.kind from notices n join users u on u.id = n.to_id
            where n.key like 'problem:%' order by n.at, u.name";
        sqlx::query_as(sql).fetch_all(&mut app.owner().await).await.unwrap()
    };
    let pair = |name: &str, kind: &str| (name.to_owned(), kind.to_owned());
    let mut expected = vec![pair("Ida Vos", "reminder")];
    assert_eq!(told().await, expected, "the day before");
    let mut tx = app.begin_as(&can).await;
    problems::fixed(&mut tx, &can, mended, app.clock.now(), ZONE).await.unwrap();
    tx.commit().await.unwrap();
    // the desk is down over the day before and the day itself: only the latest is told
    app.clock.advance(TimeDelta::days(3));
    expected.extend([pair("Jo Lind", "overdue"), pair("Mira Kapoor", "escalated")]);
    assert_eq!(told().await, expected, "late");
    // planned anew, it is chased anew
    app.clock.advance(TimeDelta::hours(1));
    plan(late, "2026-03-08").await;
    expected.push(pair("Jo Lind", "reminder"));
    assert_eq!(told().await, expected, "the day before the new day");
    let session = app.session_of(jo.id.unwrap()).await;
    let jo = Client::signed_in(&app, jo.id.unwrap(), session);
    let page = jo.get("/notifications").await.expect(200);
    assert!(page.text("main").contains("is due tomorrow: Billed twice"));
    let page = jo.get(&page.attributes("main a[id^=n-]", "href")[0]).await.expect(303);
    assert_eq!(page.location(), format!("/problems/{late}"));
}

#[tokio::test]
async fn an_incident_leads_to_a_problem_with_its_cases() {
    let app = TestApp::start().await;
    let supervisor = app.sign_in(Role::Supervisor).await;
    let cases = cases(&app, 2).await;
    let incident = opened(&app, &Can::desk(), Kind::Incident, &cases).await;
    let page = supervisor.get(&format!("/cases/{}", cases[0])).await.expect(200);
    assert!(page.text("#case-causes .note").contains("We know of it."), "what to say stands on the case");
    let led = supervisor.post_form(&format!("/problems/{}/problem", incident.id), &[]).await.expect(303);
    let page = supervisor.follow(&led).await.expect(200);
    assert!(page.text("header.head").contains(&format!("{} led to it", incident.code())));
    assert_eq!(page.texts("#main table tbody tr td:first-child a").len(), 2);
}

#[tokio::test]
async fn r6_two_people_who_edit_a_problem_both_win_unless_it_is_the_same_field() {
    let app = TestApp::start().await;
    let supervisor = app.sign_in(Role::Supervisor).await;
    let problem = opened(&app, &Can::desk(), Kind::Problem, &[]).await;
    let edit = format!("/problems/{}/edit", problem.id);
    let shown = supervisor.get(&edit).await.expect(200).form("main form");
    let mine = crate::support::filled(&shown, &[("why1", "A rule says so")]);
    let theirs_first =
        [("was_title", "Billed twice"), ("title", "Billed two times"), ("reason", "price"), ("was_reason", "price")];
    supervisor.post_form(&edit, &theirs_first).await.expect(303);
    supervisor.post_form(&edit, &mine).await.expect(303);
    let page = supervisor.get(&format!("/problems/{}", problem.id)).await;
    assert_eq!(page.text("h1"), "Billed two times");
    assert_eq!(page.texts("ol.whys li"), ["A rule says so"]);
    let key = Uuid::new_v4().to_string();
    let same = crate::support::filled(&shown, &[("title", "Double bills"), ("key", key.as_str())]);
    let page = supervisor.post_form(&edit, &same).await.expect(409);
    let words = page.text("main form");
    assert!(words.contains("Theirs, saved: Billed two times") && words.contains("Yours, not saved: Double bills"));
}

#[tokio::test]
async fn before_and_after_a_fix_are_compared_and_open_their_rows() {
    let app = TestApp::start().await;
    let supervisor = app.sign_in(Role::Supervisor).await;
    let all = cases(&app, 14).await;
    let problem = opened(&app, &Can::desk(), Kind::Problem, &all).await;
    let now = app.clock.now();
    let mut owner = app.owner().await;
    owner.execute("set session_replication_role = replica").await.unwrap();
    // thirteen in the weeks before the fix, five weeks ago, and one after
    for (n, case) in (0..).zip(&all) {
        let ago = if n == 13 { 10 } else { 37 + n * 5 };
        sqlx::query("update cases set opened_at = $2, version = version + 1 where id = $1")
            .bind(case)
            .bind(now - TimeDelta::days(ago))
            .execute(&mut owner)
            .await
            .unwrap();
    }
    let can = Can::desk();
    let mut tx = app.begin().await;
    problems::find_cause(&mut tx, &can, problem.id, "price", String::new(), false).await.unwrap();
    let due: NaiveDate = now.date_naive();
    problems::plan_fix(&mut tx, &can, problem.id, "Another rate".to_owned(), due).await.unwrap();
    problems::fixed(&mut tx, &can, problem.id, now - TimeDelta::days(35), ZONE).await.unwrap();
    tx.commit().await.unwrap();
    let page = supervisor.get(&format!("/problems/{}", problem.id)).await.expect(200);
    let title = page.text("#effect-t");
    assert!(title.contains("13 in twelve weeks before the fix, 1 since"), "{title}");
    assert!(title.contains("exact comparison of two Poisson rates"), "{title}");
    let counts: Vec<i64> =
        page.texts("details table td:nth-child(3) a").iter().map(|text| text.parse().unwrap()).collect();
    assert_eq!((counts.len(), counts.iter().sum::<i64>()), (17, 14));
    every_number_opens_its_rows(&supervisor, &format!("/problems/{}", problem.id), 17).await;
    every_number_opens_its_rows(&supervisor, "/problems", 2).await;
}

#[tokio::test]
async fn the_database_refuses_what_no_problem_may_be() {
    let app = TestApp::start().await;
    let (can, cases) = (mira(&app).await, cases(&app, 1).await);
    let problem = opened(&app, &can, Kind::Problem, &cases).await.id;
    let incident = opened(&app, &can, Kind::Incident, &cases).await.id;
    let mut tx = app.begin_as(&can).await;
    let answer = NewAnswer { means: Means::Note, words: "Told".to_owned(), ends_next_step: false };
    problems::answer_together(&mut tx, &can, incident, answer).await.unwrap();
    tx.commit().await.unwrap();
    problems::answer_all(&app.db).await.unwrap();
    let case = cases[0];
    let moved = |id: ProblemId, set: &str| {
        audited(&format!("update problems set {set}, version = version + 1 where id = '{id}'"))
    };
    let mut application = app.as_application().await;
    for (what, sql, code, words) in [
        (
            "fixed at once",
            moved(
                problem,
                "stage = 'fixed', fixed_on = '2026-03-01', cause = 'price', fix = 'x', fix_due_on = '2026-03-01'",
            ),
            "23514",
            "problems_move",
        ),
        ("a cause known without one", moved(problem, "stage = 'cause_known'"), "23514", "problems_cause_known"),
        (
            "a fix planned without a day",
            moved(problem, "stage = 'cause_known', cause = 'price', fixed_on = '2026-03-01'"),
            "23514",
            "problems_fixed",
        ),
        (
            "closed without a word",
            moved(problem, "stage = 'closed', closed_at = opened_at"),
            "23514",
            "problems_closed",
        ),
        ("an incident with a cause", moved(incident, "cause = 'price'"), "23514", "problems_incident"),
        (
            "an incident that becomes a problem",
            moved(incident, "kind = 'problem', began_at = null"),
            "23514",
            "problems_stay",
        ),
        (
            "a save of an old version",
            audited(&format!("update problems set title = 'x' where id = '{problem}'")),
            "40001",
            "row version",
        ),
        (
            "a change nobody hears of",
            format!("update problems set title = 'x', version = version + 1 where id = '{problem}'"),
            "23514",
            "audit entry",
        ),
        ("a timeline rewritten", "update problem_entries set words = 'x'".to_owned(), "42501", "permission denied"),
        (
            "a problem that never was",
            audited(&format!("delete from problems where id = '{problem}'")),
            "42501",
            "permission denied",
        ),
        (
            "a case answered twice",
            "update problem_answer_cases set why = 'x', stage = 'passed_over', interaction_id = null".to_owned(),
            "23514",
            "problem_answer_cases_once",
        ),
        (
            "a verified cause from nowhere",
            audited(&format!("update cases set verified_cause = 'price', version = version + 1 where id = '{case}'")),
            "23514",
            "cases_verified",
        ),
    ] {
        println!("{what}");
        assert_refused(&mut application, &sql, code, words).await;
    }
}
