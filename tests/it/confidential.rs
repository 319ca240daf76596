//! What only some may know: nobody else hears of it, counts it, or is left alone with it.

use chrono::TimeDelta;
use savedesk::auth::{Can, EditPolicy, Role, SettleProcesses, WorkCases};
use savedesk::error::Error;
use savedesk::ids::{CaseId, UserId};
use savedesk::processes::{self, Kind, Made, Process, Stage};
use sqlx::AssertSqlSafe;

use crate::guarantees::{assert_refused, audited};
use crate::support::{Client, Person, TestApp, made};

async fn number(app: &TestApp, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut app.owner().await).await.unwrap()
}

/// A red flag that a supervisor raised, in a case of a rep's.
struct Flag {
    app: TestApp,
    rep: UserId,
    dana: Can<WorkCases>,
    case: CaseId,
    process: Process,
}

impl Flag {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let dana = app.can::<WorkCases>(Role::Supervisor).await;
        let rep = app.given_person(Person { name: "Priya Raman", roles: &[Role::Rep], ..Person::default() }).await.id;
        let customer = app.given_customer("Clinic").await;
        let case = app.given_case_with(customer, |new| new.owner = rep).await;
        let process = app.start_process(&dana, case, Kind::RedFlag, &["Three names, one card"]).await.unwrap();
        Self { app, rep: rep.unwrap(), dana, case, process }
    }

    async fn came_later(&self, name: &'static str, role: Role) -> UserId {
        self.app.given_person(Person { name, roles: &[role], ..Person::default() }).await.id.unwrap()
    }

    async fn client(&self, user: UserId) -> Client {
        Client::signed_in(&self.app, user, self.app.session_of(user).await)
    }

    async fn notices(&self, of: UserId) -> i64 {
        number(&self.app, &format!("select count(*) from notices where to_id = '{of}' and kind = 'process'")).await
    }
}

#[tokio::test]
async fn only_those_who_know_of_it_hear_how_it_goes() {
    let flag = Flag::new().await;
    let knew = flag.dana.id.unwrap();
    let manager = flag.came_later("Mara Later", Role::Manager).await;
    flag.app.answer_step(&flag.process, 1, "Fraud").await;
    flag.app.sweep().await;
    assert!(flag.notices(knew).await > 0, "the review is told to the supervisors who know");
    flag.app.note_facts(&flag.dana, &flag.process, &[(2, "Nothing was wrong")]).await;
    flag.app.answer_step(&flag.app.process(flag.case, Kind::RedFlag).await, 2, "Legal").await;
    flag.app.sweep().await;
    assert_eq!(flag.app.process(flag.case, Kind::RedFlag).await.stage, Stage::Done);
    assert_eq!(flag.notices(manager).await, 0, "of nothing that they were not to know");
}

#[tokio::test]
async fn the_steps_of_a_confidential_one_are_told_to_nobody_beyond_those_who_know_of_it() {
    let app = TestApp::start().await;
    let department = number(&app, "select count(*) from departments where name = 'Fraud'").await;
    assert_eq!(department, 1);
    let sql = "insert into process_templates (id, kind, number, purpose, freezes_offers, holds, confidential, tells,
            published_at, why)
        values ('aaaaaaaa-0000-7000-8000-000000000001', 'red_flag', 2, 'x', false, false, true, '{managers}', '{now}', 'x');
        insert into process_template_steps (template_id, position, place, what, makes, department_id, tells)
        select 'aaaaaaaa-0000-7000-8000-000000000001', 1, 1, 'x', 'request', id, '{managers,owner}' from departments
        where name = 'Fraud'"
        .replace("{now}", &app.clock.now().to_rfc3339());
    let mut around = app.as_application().await;
    assert_refused(&mut around, &audited(&sql), "23514", "process_template_steps_tells").await;
    let manager = app.sign_in(Role::Manager).await;
    let edit = "/processes/red_flag/edit";
    let mut form = manager.get(edit).await.expect(200).form("form.pt");
    form.push(("hears".to_owned(), "1:owner".to_owned()));
    for (name, value) in &mut form {
        if name == "why" {
            *value = "The owner hears of the review".to_owned();
        }
    }
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let told = manager.post_form(edit, &form).await.expect(422);
    assert!(told.text("#step-1-e").contains("Only those who know of the whole"), "{}", told.text("main"));
}

#[tokio::test]
async fn what_somebody_may_not_see_is_in_none_of_their_counts() {
    let flag = Flag::new().await;
    let rep = flag.client(flag.rep).await;
    let page = rep.get("/requests").await.expect(200);
    assert!(!page.body.contains("Review what was noticed"));
    let concerns = format!("select count(*) from concerning('{}')", flag.rep);
    assert_eq!(number(&flag.app, &concerns).await, 0, "though the case is theirs");
    let knows = format!("select count(*) from concerning('{}')", flag.dana.id.unwrap());
    assert_eq!(number(&flag.app, &knows).await, 1, "she asked, and knows");
    let runs = async |of: &Client| of.get("/processes/red_flag").await.expect(200).text("main");
    assert!(runs(&rep).await.contains("0 running"), "{}", runs(&rep).await);
    let dana = flag.client(flag.dana.id.unwrap()).await;
    assert!(runs(&dana).await.contains("1 running"), "{}", runs(&dana).await);
}

#[tokio::test]
async fn whoever_knows_of_it_lets_others_know() {
    let flag = Flag::new().await;
    let colleague = flag.came_later("Ada Lindholm", Role::Agent).await;
    let theirs = flag.client(colleague).await;
    let (page, people) =
        (format!("/case_processes/{}", flag.process.id), format!("/case_processes/{}/people", flag.process.id));
    let person = colleague.to_string();
    theirs.get(&page).await.expect(404);
    theirs.post_form(&people, &[("person", &person)]).await.expect(404);
    let dana = flag.client(flag.dana.id.unwrap()).await;
    assert!(dana.get(&page).await.expect(200).has(&format!("#people option[value='{person}']")));
    dana.post_form(&people, &[("person", "")]).await.expect(422);
    dana.post_form(&people, &[("person", &person)]).await.expect(303);
    assert!(dana.get(&page).await.expect(200).text("#people").contains("Ada Lindholm"));
    let told = dana.post_form(&people, &[("person", &person)]).await.expect(409);
    assert!(told.text("[role=alert]").contains("They know of it already."));
    assert_eq!(flag.notices(colleague).await, 1);
    // and see all of it, what it asks as well
    assert!(theirs.get(&page).await.expect(200).body.contains("Three names, one card"));
    let Some(Made::Request(request)) = made(&flag.process, 1) else { panic!("a request") };
    assert!(theirs.get("/requests?view=all").await.expect(200).body.contains(&request.to_string()));
    let told = "select count(*) from audit_entries where action = 'process.person_told'";
    assert_eq!(number(&flag.app, told).await, 1);
}

#[tokio::test]
async fn one_that_nobody_who_knows_of_it_can_settle_is_taken_on_by_a_manager() {
    let flag = Flag::new().await;
    let mara = flag.came_later("Mara Later", Role::Manager).await;
    let manager = flag.client(mara).await;
    let (case, people) = (format!("/cases/{}", flag.case), format!("/case_processes/{}/people", flag.process.id));
    let me = mara.to_string();
    let take_on = format!("form[action='{people}']");
    assert!(!manager.get(&case).await.expect(200).has(&take_on), "somebody sees to it");
    manager.post_form(&people, &[("person", &me)]).await.expect(404);
    let circle: Vec<String> = flag.process.circle.iter().map(|user| format!("'{user}'")).collect();
    let leave = format!("update users set active = false, version = version + 1 where id in ({})", circle.join(", "));
    sqlx::raw_sql(AssertSqlSafe(audited(&leave))).execute(&mut flag.app.owner().await).await.unwrap();
    let rep = flag.client(flag.rep).await;
    assert!(!rep.get(&case).await.expect(200).has(&take_on), "that is no rep’s");
    rep.post_form(&people, &[("person", &flag.rep.to_string())]).await.expect(404);
    assert!(manager.get(&case).await.expect(200).has(&take_on));
    manager.post_form(&people, &[("person", &me)]).await.expect(303);
    // from here on it can be settled, and the case with it
    let settles = flag.app.can::<EditPolicy>(Role::Manager).await.and::<SettleProcesses>().unwrap();
    let mut tx = flag.app.begin_as(&settles).await;
    let stopped = processes::stop(&mut tx, &settles, flag.process.id, "Settled.").await;
    assert!(matches!(stopped, Err(Error::NotFound)), "another manager knows nothing of it");
    drop(tx);
    let stopping = format!("/case_processes/{}/stopping", flag.process.id);
    manager.post_form(&stopping, &[("why", "Nobody looked into it any more")]).await.expect(303);
    assert_eq!(flag.app.process(flag.case, Kind::RedFlag).await.stage, Stage::Stopped);
}

#[tokio::test]
async fn figures_count_a_confidential_request_and_say_neither_what_it_is_nor_whose() {
    let flag = Flag::new().await;
    flag.app.answer_step(&flag.process, 1, "Fraud").await;
    flag.app.clock.advance(TimeDelta::minutes(1));
    let (reader, manager) =
        (flag.came_later("Nia Knows", Role::Manager).await, flag.came_later("Mara Later", Role::Manager).await);
    let mut owner = flag.app.owner().await;
    let lets_in = "insert into request_readers (request_id, user_id) select id, $1 from requests where confidential";
    sqlx::query(lets_in).bind(reader).execute(&mut owner).await.unwrap();
    let answered = number(&flag.app, "select count(*) from requests where confidential and stage = 'answered'").await;
    let asked: String = sqlx::query_scalar("select what from requests where confidential and stage = 'answered'")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert!(answered > 0);
    for (who, knows) in [(reader, true), (manager, false)] {
        let client = flag.client(who).await;
        let span = "figure=answers&from=2026-03-01&to=2026-03-31";
        let page = client.get(&format!("/reports/rows?{span}")).await.expect(200);
        let rows = page.texts("tbody tr");
        assert_eq!((page.text("#count"), rows.len()), (answered.to_string(), usize::try_from(answered).unwrap()));
        assert_eq!(rows[0].contains("A confidential matter"), !knows, "{rows:?}");
        let file = client.get(&format!("/reports/rows.csv?{span}")).await.expect(200).body;
        for said in [rows.join(" "), file] {
            assert_eq!((said.contains("Clinic"), said.contains(&asked)), (knows, knows), "{said}");
        }
        assert_eq!(page.has("tbody a[href^='/cases/']"), knows);
    }
    let told = "select count(*) from reporting.requests where coalesce(case_id, customer_id, offer_id) is not null";
    assert_eq!(number(&flag.app, told).await, 0);
}
