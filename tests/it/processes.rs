//! Processes: started from a case, moved on step by step, frozen offers, legal holds; and cancellation honoured.

use chrono::TimeDelta;
use savedesk::auth::{Can, EditCustomers, EditPolicy, MakeOffers, Role, SettleProcesses, WorkCases};
use savedesk::cases::AtStake;
use savedesk::customers::{self, NewContact};
use savedesk::error::{Error, Result};
use savedesk::ids::{CaseId, CustomerId};
use savedesk::offers;
use savedesk::poster;
use savedesk::processes::{self, Kind, Made, Stage, StepStage};
use savedesk::requests;
use sqlx::AssertSqlSafe;

use crate::guarantees::audited;
use crate::mails::mailer;
use crate::support::{MailServer, Person, TestApp, made, percent};

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

async fn text(app: &TestApp, sql: &str) -> Option<String> {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_optional(&mut app.owner().await).await.unwrap().flatten()
}

/// How the wish to cancel ended, or that it is open.
async fn cancel_request(app: &TestApp, case: CaseId) -> Option<String> {
    let sql = format!(
        "select stage from deadlines where case_id = '{case}' and kind = 'cancel_request' and stage <> 'cleared'
         order by set_at desc limit 1"
    );
    text(app, &sql).await
}

async fn customer_of(app: &TestApp, case: CaseId) -> CustomerId {
    sqlx::query_scalar("select customer_id from cases where id = $1")
        .bind(case)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap()
}

async fn just_cancel(app: &TestApp, can: &Can<WorkCases>, case: CaseId) -> Result<processes::Process> {
    let mut tx = app.begin_as(can).await;
    let process = processes::just_cancel(&mut tx, can, case).await?;
    tx.commit().await?;
    Ok(process)
}

fn stages(process: &processes::Process) -> Vec<StepStage> {
    process.steps.iter().map(|step| step.stage).collect()
}

#[tokio::test]
async fn just_cancel_ends_the_attempt_and_begins_the_cancellation_at_once() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let on = app.given_case_to_save("Harborview Dental Group").await;
    let case = on.0;
    let presented = app.given_offer(&agent, on, percent(5, 12)).await.unwrap().id;
    app.present(&agent, presented, 1).await.unwrap();
    let works = agent.and::<WorkCases>().unwrap();
    let process = just_cancel(&app, &works, case).await.unwrap();
    assert_eq!(process.kind, Kind::Cancellation);
    let offer = offers::find(&mut app.db.read().await.unwrap(), presented).await.unwrap();
    assert_eq!(offer.stage, offers::Stage::Withdrawn);
    let known: Vec<_> = process.facts.iter().filter_map(|fact| fact.value.clone()).collect();
    assert_eq!(known, ["Cloud voice, Business Pro", "2026-03-04"], "what follows from the case is filled in");
    // Billing has promised to stop, and the customer’s wish has its own deadline beside that
    assert!(matches!(made(&process, 1), Some(Made::Promise(_))));
    assert_eq!(cancel_request(&app, case).await.as_deref(), Some("open"));
    // saying it again begins nothing anew
    assert_eq!(just_cancel(&app, &works, case).await.unwrap().id, process.id);
    assert_eq!(text(&app, "select count(*)::text from processes").await.as_deref(), Some("1"));
    assert!(refused(app.given_offer(&agent, on, percent(5, 12)).await).starts_with("The customer said “just cancel”."));
    let started = "select count(*)::text from audit_entries where action = 'process.started'";
    assert_eq!(text(&app, started).await.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_cancellation_is_met_when_the_customer_has_it_in_writing() {
    let app = TestApp::start().await;
    let agent = app.can::<WorkCases>(Role::Agent).await;
    let (case, _) = app.given_case_to_save("Harborview Dental Group").await;
    let process = just_cancel(&app, &agent, case).await.unwrap();
    let confirm = async |words: &str| {
        let mut tx = app.begin_as(&agent).await;
        let done = processes::confirm(&mut tx, &agent, process.id, words.to_owned().into()).await?;
        tx.commit().await?;
        Ok::<_, Error>(done)
    };
    assert!(refused(confirm("Letter").await).starts_with("The confirmation comes after"));
    app.keep_step(&process, 1).await;
    let process = app.process(case, Kind::Cancellation).await;
    assert_eq!(stages(&process)[0], StepStage::Done);
    assert_eq!(stages(&process)[2], StepStage::Waiting, "what it states is not known yet");
    app.note_facts(&agent, &process, &[(3, "no"), (4, "Nothing more; $12.00 is refunded")]).await;
    assert_eq!(cancel_request(&app, case).await.as_deref(), Some("open"), "nothing but the confirmation meets it");
    app.clock.advance(TimeDelta::hours(1));
    let confirmed = confirm("Letter posted on Wednesday").await.unwrap();
    assert!(confirmed.is_confirmed());
    assert_eq!(cancel_request(&app, case).await.as_deref(), Some("met"));
    // the service ends by Operations, and without equipment there is nothing to have back
    assert_eq!(confirmed.stage, Stage::Running);
    app.answer_step(&confirmed, 2, "Operations").await;
    app.sweep().await;
    let process = app.process(case, Kind::Cancellation).await;
    assert_eq!(process.stage, Stage::Done);
    assert_eq!(stages(&process)[3], StepStage::Skipped);
}

#[tokio::test]
async fn the_confirmation_goes_by_mail_and_the_mail_that_went_is_the_evidence() {
    let server = MailServer::start();
    let app = TestApp::start().await;
    let agent = app.can::<WorkCases>(Role::Agent).await;
    let (case, _) = app.given_case_to_save("Harborview Dental Group").await;
    let customer = customer_of(&app, case).await;
    let process = just_cancel(&app, &agent, case).await.unwrap();
    app.keep_step(&process, 1).await;
    let process = app.note_facts(&agent, &process, &[(3, "no"), (4, "Nothing more")]).await;
    let send = async || {
        let mut tx = app.begin_as(&agent).await;
        processes::mail_confirmation(&mut tx, &agent, process.id).await?;
        tx.commit().await
    };
    assert!(refused(send().await).starts_with("Nobody to reach there has an e-mail address."));
    let mut tx = app.begin().await;
    let contact = NewContact {
        name: "Renee Caldwell".to_owned(),
        email: "renee@harborview.example".to_owned(),
        ..NewContact::default()
    };
    customers::add_contact(&mut tx, &Can::desk(), customer, contact).await.unwrap();
    tx.commit().await.unwrap();
    send().await.unwrap();
    assert!(refused(send().await).starts_with("The confirmation is in the outbox already."));
    app.sweep().await;
    assert_eq!(cancel_request(&app, case).await.as_deref(), Some("open"), "it is not out yet");
    assert_eq!(poster::post(&app.db, &mailer(server.url())).await.unwrap().parked, 0);
    app.sweep().await;
    assert_eq!(cancel_request(&app, case).await.as_deref(), Some("met"));
    let process = app.process(case, Kind::Cancellation).await;
    let words = process.steps[2].thing.as_ref().unwrap().words.clone().unwrap();
    assert!(words.starts_with("E-mail to renee@harborview.example, sent "), "{words}");
    let mails = server.mails();
    let mail = mails.iter().find(|mail| mail.text.contains("you asked us to cancel")).unwrap();
    assert!(mail.text.contains("What is cancelled: Cloud voice"), "{}", mail.text);
    let logged = "select count(*)::text from interactions where kind = 'email'";
    assert_eq!(text(&app, logged).await.as_deref(), Some("1"), "the log has what went");
}

#[tokio::test]
async fn a_wish_to_cancel_runs_beside_the_work_to_save() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let works = agent.and::<WorkCases>().unwrap();
    let on = app.given_case_to_save("Harborview Dental Group").await;
    app.start_process(&works, on.0, Kind::Cancellation, &["Cloud voice", "2026-04-01"]).await.unwrap();
    let offer = app.given_offer(&agent, on, percent(5, 12)).await.unwrap().id;
    app.present(&agent, offer, 1).await.unwrap();
    // the customer thinks it over: no clock of the cancellation stands still for that
    let paused = format!(
        "select count(*)::text from deadlines where case_id = '{}' and kind = 'cancel_request' and paused_at is not null",
        on.0
    );
    assert_eq!(text(&app, &paused).await.as_deref(), Some("0"));
    // a complaint has no such deadline until somebody wants to leave
    let customer = app.given_customer("Clinic").await;
    let complaint = app.given_case_with(customer, |new| new.kind = savedesk::cases::Kind::Complaint).await;
    assert_eq!(cancel_request(&app, complaint).await, None);
    app.start_process(&works, complaint, Kind::Cancellation, &["Everything", "2026-04-01"]).await.unwrap();
    assert_eq!(cancel_request(&app, complaint).await.as_deref(), Some("open"));
}

#[tokio::test]
async fn what_departments_answer_moves_it_on_within_a_round() {
    let app = TestApp::start().await;
    let agent = app.can::<WorkCases>(Role::Agent).await;
    let customer = app.given_customer("Clinic").await;
    let case = app.given_case(customer).await;
    let process = app.start_process(&agent, case, Kind::Support, &["Calls drop"]).await.unwrap();
    assert_eq!(stages(&process), [StepStage::Begun, StepStage::Waiting]);
    app.answer_step(&process, 1, "Technical support").await;
    assert_eq!(stages(&app.process(case, Kind::Support).await)[1], StepStage::Waiting);
    app.sweep().await;
    let process = app.process(case, Kind::Support).await;
    assert_eq!(stages(&process), [StepStage::Done, StepStage::Begun]);
    app.sweep().await;
    assert_eq!(app.process(case, Kind::Support).await.version, process.version, "nothing is done twice");
    let count = "select count(*)::text from follow_ups where stage = 'open'";
    assert_eq!(text(&app, count).await.as_deref(), Some("1"));
}

#[tokio::test]
async fn what_came_to_nothing_is_made_again_or_skipped_with_a_reason() {
    let app = TestApp::start().await;
    let agent = app.can::<WorkCases>(Role::Agent).await;
    let settles = agent.and::<SettleProcesses>().unwrap();
    let customer = app.given_customer("Clinic").await;
    let case = app.given_case(customer).await;
    let process = app.start_process(&agent, case, Kind::Support, &["Calls drop"]).await.unwrap();
    let Some(Made::Request(request)) = made(&process, 1) else { panic!("a request") };
    let step = process.steps[0].id;
    let again = async || {
        let mut tx = app.begin_as(&agent).await;
        processes::again(&mut tx, &agent, step).await?;
        tx.commit().await
    };
    assert!(refused(again().await).starts_with("This step goes its way."));
    let by = app.of_department("Ada Lindholm", "Technical support").await;
    let mut tx = app.begin_as(&by).await;
    requests::return_it(&mut tx, &by, request, "Which account?").await.unwrap();
    tx.commit().await.unwrap();
    assert!(app.process(case, Kind::Support).await.steps[0].is_in_trouble());
    again().await.unwrap();
    let process = app.process(case, Kind::Support).await;
    assert_eq!((process.steps[0].tries, app.request(request).await.stage), (2, requests::Stage::Cancelled));
    assert_ne!(made(&process, 1), Some(Made::Request(request)));
    let mut tx = app.begin_as(&settles).await;
    let process = processes::skip(&mut tx, &settles, step, "They moved away.").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(stages(&process), [StepStage::Skipped, StepStage::Begun]);
    let mut tx = app.begin_as(&settles).await;
    let process = processes::stop(&mut tx, &settles, process.id, "Settled on the phone.").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(process.stage, Stage::Stopped);
    let open = "select count(*)::text from follow_ups where stage = 'open'";
    assert_eq!(text(&app, open).await.as_deref(), Some("0"), "what it made is taken back");
}

/// A red flag that a supervisor raised.
async fn given_red_flag(app: &TestApp, case: CaseId) -> (Can<WorkCases>, processes::Process) {
    let dana = app.can::<WorkCases>(Role::Supervisor).await;
    let process = app.start_process(&dana, case, Kind::RedFlag, &["Three names, one card"]).await.unwrap();
    (dana, process)
}

#[tokio::test]
async fn a_red_flag_holds_offers_and_tells_only_those_who_must_know() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let on = app.given_case_to_save("Harborview Dental Group").await;
    let offer = app.given_offer(&agent, on, percent(5, 12)).await.unwrap().id;
    let (dana, process) = given_red_flag(&app, on.0).await;
    let why = refused(app.present(&agent, offer, 1).await);
    assert!(why.starts_with("Offers to this customer are frozen since "), "{why}");
    // the whole customer: another case of theirs as well
    let customer = customer_of(&app, on.0).await;
    let other = app.given_case_with(customer, |new| new.kind = savedesk::cases::Kind::Complaint).await;
    let credit = app.given_credit(&agent, other, 20).await.unwrap().id;
    assert!(refused(app.present(&agent, credit, 1).await).starts_with("Offers to this customer are frozen"));
    // who need not know sees that offers are held, and nothing else of it
    let rep = app.sign_in(Role::Rep).await;
    let page = rep.get(&format!("/cases/{}", on.0)).await.expect(200);
    assert!(page.text("#offers-held").contains("Offers to this customer are frozen since"));
    for secret in ["Red flag", "Three names", "Review what was noticed"] {
        assert!(!page.body.contains(secret), "{secret} shows");
    }
    let Some(Made::Request(request)) = made(&process, 1) else { panic!("a request") };
    rep.get(&format!("/requests/{request}")).await.expect(404);
    rep.get(&format!("/case_processes/{}", process.id)).await.expect(404);
    assert!(!rep.get("/requests?view=all").await.expect(200).body.contains("Review what was noticed"));
    rep.post_form(&format!("/requests/{request}/words"), &[("words", "What is this?")]).await.expect(404);
    let fields = [("kind", "red_flag"), ("number", "1"), ("value", "Odd")];
    let told = rep.post_form(&format!("/cases/{}/processes", on.0), &fields).await.expect(409).text("[role=alert]");
    assert!(told.contains("This cannot be started here now."), "{told}");
    // who must know sees all of it
    let dana_page = app.sign_in(Role::Manager).await;
    assert!(dana_page.get(&format!("/case_processes/{}", process.id)).await.status == 404, "who came later does not");
    app.answer_step(&process, 1, "Fraud").await;
    app.sweep().await;
    let process = app.note_facts(&dana, &process, &[(2, "Nothing was wrong")]).await;
    app.answer_step(&process, 2, "Legal").await;
    app.sweep().await;
    assert_eq!(app.process(on.0, Kind::RedFlag).await.stage, Stage::Done);
    app.present(&agent, offer, 1).await.unwrap();
}

#[tokio::test]
async fn r8_a_freeze_is_of_every_account_that_belongs_together() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let [main, through] =
        [app.given_case_to_save("Harborview Dental Group").await, app.given_case_to_save("Harborview Kids").await];
    let (head, linked) = (customer_of(&app, main.0).await, customer_of(&app, through.0).await);
    let link = format!("update customers set linked_to_id = '{head}', version = version + 1 where id = '{linked}'");
    sqlx::raw_sql(AssertSqlSafe(audited(&link))).execute(&mut app.owner().await).await.unwrap();
    let [to_main, to_linked] = [
        app.given_offer(&agent, main, percent(5, 12)).await.unwrap().id,
        app.given_offer(&agent, through, percent(5, 12)).await.unwrap().id,
    ];
    let (dana, process) = given_red_flag(&app, through.0).await;
    for offer in [to_main, to_linked] {
        assert!(refused(app.present(&agent, offer, 1).await).starts_with("Offers to this customer are frozen since "));
    }
    let settles = dana.and::<SettleProcesses>().unwrap();
    let mut tx = app.begin_as(&settles).await;
    processes::stop(&mut tx, &settles, process.id, "Nothing was wrong.").await.unwrap();
    tx.commit().await.unwrap();
    app.present(&agent, to_main, 1).await.unwrap();
}

#[tokio::test]
async fn what_was_shown_before_is_not_accepted_while_offers_are_held() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let on = app.given_case_to_save("Harborview Dental Group").await;
    let offer = app.given_offer(&agent, on, percent(5, 12)).await.unwrap().id;
    app.present(&agent, offer, 1).await.unwrap();
    given_red_flag(&app, on.0).await;
    let mut tx = app.begin_as(&agent).await;
    assert!(refused(offers::accept(&mut tx, &agent, offer, 1).await).starts_with("Offers to this customer are frozen"));
}

#[tokio::test]
async fn r20_a_legal_process_sets_a_hold_that_somebody_lifts() {
    let app = TestApp::start().await;
    let dana = app.can::<WorkCases>(Role::Supervisor).await;
    let (edits, settles) = (dana.and::<EditCustomers>().unwrap(), dana.and::<SettleProcesses>().unwrap());
    let customer = app.given_customer("Clinic").await;
    let case = app.given_case(customer).await;
    let process = app.start_process(&dana, case, Kind::Legal, &["A suit", "Stone & Partners"]).await.unwrap();
    let held = async || customers::find(&mut app.db.read().await.unwrap(), customer).await.unwrap().flags.legal_hold;
    assert!(held().await);
    let lift = async || {
        let mut tx = app.begin_as(&edits).await;
        processes::lift_hold(&mut tx, &edits, process.id).await?;
        tx.commit().await
    };
    assert!(refused(lift().await).starts_with("The legal hold stands while"));
    let agent = app.sign_in(Role::Agent).await;
    let fields = [("was_legal_hold", "on"), ("legal_hold", "")];
    let told = agent.post_form(&format!("/customers/{customer}"), &fields).await.expect(422);
    assert!(told.body.contains("The legal hold stands while the process that set it runs."));
    let mut tx = app.begin_as(&settles).await;
    processes::stop(&mut tx, &settles, process.id, "Settled out of court.").await.unwrap();
    tx.commit().await.unwrap();
    assert!(held().await, "its end does not lift the hold");
    lift().await.unwrap();
    assert!(!held().await);
}

#[tokio::test]
async fn a_case_closes_once_what_runs_is_settled() {
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    let works = app.can::<WorkCases>(Role::Agent).await;
    let customer = app.given_customer("Clinic").await;
    let case = app.given_case(customer).await;
    let close = format!("/cases/{case}/close");
    let lost = [("outcome", "lost"), ("reason", "price"), ("note", "They left.")];
    let told = agent.post_form(&close, &lost).await.expect(409).text("[role=alert]");
    assert!(told.contains("does not have the cancellation in writing yet"), "{told}");
    let process = app.start_process(&works, case, Kind::Cancellation, &["Everything", "2026-04-01"]).await.unwrap();
    let saved = [("outcome", "saved_without_offer"), ("reason", "price"), ("note", "They stay.")];
    let told = agent.post_form(&close, &saved).await.expect(409).text("[role=alert]");
    assert!(told.contains("Cancellation still runs."), "{told}");
    let page = agent.get(&close).await.expect(200);
    assert!(page.body.contains("Stop “Cancellation”: 0 of 4 steps are done"));
    let id = process.id.to_string();
    let with_stop = [saved.as_slice(), &[("stop", id.as_str())]].concat();
    agent.post_form(&close, &with_stop).await.expect(303);
    assert_eq!(app.process(case, Kind::Cancellation).await.stage, Stage::Stopped);
    assert_eq!(cancel_request(&app, case).await, None, "a wish that is over is neither met nor missed");
    // what holds is settled before
    let case = app.given_case(app.given_customer("Other").await).await;
    given_red_flag(&app, case).await;
    let told = agent.post_form(&format!("/cases/{case}/close"), &saved).await.expect(409).text("[role=alert]");
    assert!(told.contains("Offers to this customer are held."), "{told}");
}

#[tokio::test]
async fn what_runs_keeps_the_version_it_was_started_under() {
    let app = TestApp::start().await;
    let works = app.can::<WorkCases>(Role::Agent).await;
    let manager = app.can::<EditPolicy>(Role::Manager).await;
    let case = app.given_case(app.given_customer("Clinic").await).await;
    app.start_process(&works, case, Kind::Support, &["Calls drop"]).await.unwrap();
    let newest = async || {
        let all = processes::current_part(None).all(&mut app.db.read().await.unwrap()).await.unwrap();
        all.into_iter().find(|one| one.new.kind == Kind::Support).unwrap()
    };
    let mut new = newest().await.new;
    new.steps.truncate(1);
    new.why = "One step is enough".to_owned();
    let publish = async || {
        let mut tx = app.begin_as(&manager).await;
        let number = processes::publish(&mut tx, &manager, 1, &new).await?;
        tx.commit().await?;
        Ok::<_, Error>(number)
    };
    assert_eq!(publish().await.unwrap(), 2);
    assert!(refused(publish().await).starts_with("Somebody published a newer version meanwhile."));
    assert_eq!(app.process(case, Kind::Support).await.steps.len(), 2);
    let other = app.given_case(app.given_customer("Other").await).await;
    let process = app.start_process(&works, other, Kind::Support, &["No tone"]).await.unwrap();
    assert_eq!((process.number, process.steps.len()), (2, 1));
}

#[tokio::test]
async fn a_version_is_published_on_its_page() {
    let app = TestApp::start().await;
    let manager = app.sign_in(Role::Manager).await;
    let page = manager.get("/processes/escalation/edit").await.expect(200);
    let mut fields = page.form("form.pt");
    for (name, value) in &mut fields {
        match name.as_str() {
            "why" => *value = "Sooner".to_owned(),
            "hours" if value == "4" => *value = "2".to_owned(),
            _ => {}
        }
    }
    let borrowed: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    manager.post_form("/processes/escalation/edit", &borrowed).await.expect(303);
    let page = manager.get("/processes/escalation").await.expect(200);
    assert!(page.body.contains("2 working hours") && page.body.contains("Sooner"));
    let told = manager.post_form("/processes/escalation/edit", &[("version", "2")]).await.expect(422);
    assert!(told.has("#step-1-e") && told.has("#why-e"));
}

#[tokio::test]
async fn one_of_a_kind_runs_in_a_case() {
    let app = TestApp::start().await;
    let works = app.can::<WorkCases>(Role::Agent).await;
    let case = app.given_case(app.given_customer("Clinic").await).await;
    let start = || app.start_process(&works, case, Kind::Marketing, &["Mailings"]);
    start().await.unwrap();
    assert_eq!(refused(start().await), "Marketing runs in this case already. Finish or stop that one first.");
    let unknown = app.start_process(&works, case, Kind::Finance, &["A late fee"]).await;
    assert_eq!(refused(unknown), "Fill in first: Amount in dispute.");
}

#[tokio::test]
async fn only_what_fits_an_order_is_done_for_it() {
    let app = TestApp::start().await;
    let works = app.can::<WorkCases>(Role::Agent).await;
    let (case, order) = app.given_ring("Olivia Brandt").await;
    assert_eq!(AtStake::Order(order).subscription(), None);
    let process = just_cancel(&app, &works, case).await.unwrap();
    app.keep_step(&process, 1).await;
    let process = app.note_facts(&works, &process, &[(3, "no"), (4, "All of it is refunded")]).await;
    assert_eq!(stages(&process)[1], StepStage::Skipped, "no service runs that could end");
}

#[tokio::test]
async fn a_department_says_of_its_own_promise_that_it_was_done() {
    let app = TestApp::start().await;
    let works = app.can::<WorkCases>(Role::Agent).await;
    let billing = app.sign_in(Role::Department).await;
    let sales = Person { name: "Sam", roles: &[Role::Department], team: None, department: Some("Sales") };
    let sales = app.sign_in_as(sales).await;
    let (case, _) = app.given_case_to_save("Clinic").await;
    let process = just_cancel(&app, &works, case).await.unwrap();
    let Some(Made::Promise(promise)) = made(&process, 1) else { panic!("a promise") };
    let path = format!("/promises/{promise}/done");
    sales.post_form(&path, &[("why", "Not ours")]).await.expect(404);
    billing.post_form(&path, &[]).await.expect(422);
    billing.post_form(&path, &[("why", "No invoice runs after today")]).await.expect(303);
    app.sweep().await;
    assert_eq!(stages(&app.process(case, Kind::Cancellation).await)[0], StepStage::Done);
}

#[tokio::test]
async fn just_cancel_at_opening_begins_the_cancellation() {
    let app = TestApp::start().await;
    let rep = app.sign_in(Role::Rep).await;
    let customer = app.given_customer("Harborview Dental Group").await;
    let id = customer.to_string();
    let fields = [
        ("kind", "cancellation"),
        ("channel", "phone"),
        ("priority", "2"),
        ("customer_id", id.as_str()),
        ("stated_reason", "Just cancel it."),
        ("just_cancel", "on"),
    ];
    let opened = rep.post_form("/cases", &fields).await.expect(303);
    let page = rep.follow(&opened).await.expect(200);
    assert!(page.text(".casehead").contains("Cancel by"), "{}", page.text(".casehead"));
    assert!(page.text("#case-processes").contains("Billing stops"));
    assert!(!page.has("#attempt form") && !page.has("#offer form"), "there is nothing to try");
    let case: CaseId = opened.location().trim_start_matches("/cases/").parse().unwrap();
    assert!(offers_none(&app, case).await);
}

async fn offers_none(app: &TestApp, case: CaseId) -> bool {
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    app.given_credit(&agent, case, 20).await.is_err()
}
