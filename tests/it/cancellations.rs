//! A wish to cancel is honoured: no outcome drops it, what is confirmed was meant, and nobody gets it twice.

use savedesk::auth::{Can, Role, SettleProcesses, WorkCases};
use savedesk::cases;
use savedesk::customers::{self, NewContact};
use savedesk::error::{Error, Result};
use savedesk::ids::CaseId;
use savedesk::poster;
use savedesk::processes::{self, Kind, Process, Stage};
use sqlx::AssertSqlSafe;

use crate::mails::mailer;
use crate::support::{Client, MailServer, TestApp, filled};

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

/// How many wishes to cancel are open in a case.
async fn open_wishes(app: &TestApp, case: CaseId) -> String {
    let sql = format!(
        "select count(*)::text from deadlines where case_id = '{case}' and kind = 'cancel_request' and stage = 'open'"
    );
    text(app, &sql).await.unwrap()
}

async fn just_cancel(app: &TestApp, can: &Can<WorkCases>, case: CaseId) -> Process {
    let mut tx = app.begin_as(can).await;
    let process = processes::just_cancel(&mut tx, can, case).await.unwrap();
    tx.commit().await.unwrap();
    process
}

/// Closes a case as its page does; gives the status and what is said against it.
async fn close(agent: &Client, case: CaseId, outcome: &str, more: &[(&str, &str)]) -> (u16, String) {
    let base = [("outcome", outcome), ("reason", "price"), ("note", "So it ended.")];
    let page = agent.post_form(&format!("/cases/{case}/close"), &[base.as_slice(), more].concat()).await;
    let said = if page.status == 303 { String::new() } else { page.text("[role=alert]") };
    (page.status.as_u16(), said)
}

const NOT_IN_WRITING: &str = "The customer does not have the cancellation in writing yet.";

#[tokio::test]
async fn no_outcome_drops_a_wish_to_cancel() {
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    let works = app.can::<WorkCases>(Role::Agent).await;
    let customer = app.given_customer("Clinic").await;
    let case = app.given_case(customer).await;
    let process = app.start_process(&works, case, Kind::Cancellation, &["Everything", "2026-04-01"]).await.unwrap();
    let id = process.id.to_string();
    let stop = ("stop", id.as_str());
    for (outcome, kept) in [("lost", ""), ("unreachable", "0"), ("unknown", "0"), ("partly_saved", "1")] {
        let (status, said) = close(&agent, case, outcome, &[("kept", kept), stop]).await;
        assert!(status == 409 && said.contains(NOT_IN_WRITING), "{outcome}: {status} {said}");
    }
    // one that it repeats and that carries no such wish would forget it
    let complaint = app.given_case_with(customer, |new| new.kind = cases::Kind::Complaint).await;
    let number = text(&app, &format!("select number::text from cases where id = '{complaint}'")).await.unwrap();
    let (status, said) = close(&agent, case, "duplicate", &[("duplicate_of", &number), stop]).await;
    assert!(status == 409 && said.contains("carries no wish to cancel"), "{status} {said}");
    app.start_process(&works, complaint, Kind::Cancellation, &["Everything", "2026-04-01"]).await.unwrap();
    assert_eq!(close(&agent, case, "duplicate", &[("duplicate_of", &number), stop]).await.0, 303);
    assert_eq!(open_wishes(&app, complaint).await, "1");
    // whoever stays after all has nothing to be confirmed
    let other = app.given_case(app.given_customer("Other").await).await;
    assert_eq!(close(&agent, other, "saved_without_offer", &[]).await.0, 303);
}

#[tokio::test]
async fn just_cancel_is_taken_back_with_a_reason_and_never_by_closing() {
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    let works = app.can::<WorkCases>(Role::Agent).await;
    let case = app.given_case(app.given_customer("Clinic").await).await;
    let process = just_cancel(&app, &works, case).await;
    let id = process.id.to_string();
    for outcome in ["saved_without_offer", "modified", "never_at_risk"] {
        let (status, said) = close(&agent, case, outcome, &[("kept", "100"), ("stop", &id)]).await;
        assert!(status == 409 && said.contains("The customer said “just cancel”"), "{outcome}: {status} {said}");
    }
    let edit = format!("/cases/{case}/edit");
    let form = agent.get(&edit).await.expect(200).form("#edit-case");
    let form: Vec<_> = form.into_iter().filter(|(name, _)| name != "just_cancel").collect();
    let page = agent.post_form(&edit, &filled(&form, &[])).await.expect(422);
    assert!(page.has("#because-e"), "{}", page.text("main"));
    assert_eq!(app.case_column(case, "just_cancel").await.as_deref(), Some("true"));
    agent.post_form(&edit, &filled(&form, &[("because", "They called again and stay")])).await.expect(303);
    let why = format!("select why from case_changes where case_id = '{case}' and field = 'just_cancel' and now = 'no'");
    assert_eq!(text(&app, &why).await.as_deref(), Some("They called again and stay"));
    assert!(agent.get(&format!("/cases/{case}")).await.expect(200).text("#tl").contains("They called again and stay"));
    assert_eq!(close(&agent, case, "saved_without_offer", &[("stop", &id)]).await.0, 303);
}

#[tokio::test]
async fn a_wish_that_was_not_confirmed_is_due_again_when_its_case_is_taken_up() {
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    let works = app.can::<WorkCases>(Role::Agent).await;
    let customer = app.given_customer("Clinic").await;
    let original = app.given_case(customer).await;
    let case = app.given_case_with(customer, |new| new.second_because = Some("Asked twice".to_owned())).await;
    just_cancel(&app, &works, original).await;
    let id = just_cancel(&app, &works, case).await.id.to_string();
    let number = text(&app, &format!("select number::text from cases where id = '{original}'")).await.unwrap();
    assert_eq!(close(&agent, case, "duplicate", &[("duplicate_of", &number), ("stop", &id)]).await.0, 303);
    assert_eq!(open_wishes(&app, case).await, "0");
    // taken up again once the other one is over
    app.given_confirmed(original).await;
    let running = app.process(original, Kind::Cancellation).await.id.to_string();
    assert_eq!(close(&agent, original, "lost", &[("stop", &running)]).await.0, 303);
    agent.post_form(&format!("/cases/{case}/reopening"), &[("why", "Another line")]).await.expect(303);
    assert_eq!(open_wishes(&app, case).await, "1");
}

#[tokio::test]
async fn just_cancel_is_there_in_every_live_case() {
    let app = TestApp::start().await;
    let rep = app.sign_in(Role::Rep).await;
    let customer = app.given_customer("Clinic").await;
    let case = app.given_case_with(customer, |new| new.kind = cases::Kind::Complaint).await;
    assert_eq!(open_wishes(&app, case).await, "0");
    let way = format!("/cases/{case}/just_cancel");
    let form = format!("form[action='{way}']");
    assert!(rep.get(&format!("/cases/{case}")).await.expect(200).has(&form));
    rep.post_form(&way, &[]).await.expect(303);
    assert_eq!(open_wishes(&app, case).await, "1");
    assert!(!rep.get(&format!("/cases/{case}")).await.expect(200).has(&form));
}

/// A cancellation whose confirmation waits in the outbox.
struct Written {
    app: TestApp,
    server: MailServer,
    agent: Can<WorkCases>,
    case: CaseId,
    process: Process,
}

impl Written {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let agent = app.can::<WorkCases>(Role::Agent).await;
        let customer = app.given_customer("Clinic").await;
        let case = app.given_case(customer).await;
        let contact = NewContact {
            name: "Renee Caldwell".to_owned(),
            email: "renee@harborview.example".to_owned(),
            ..NewContact::default()
        };
        let mut tx = app.begin().await;
        customers::add_contact(&mut tx, &Can::desk(), customer, contact).await.unwrap();
        tx.commit().await.unwrap();
        let process = just_cancel(&app, &agent, case).await;
        app.keep_step(&process, 1).await;
        let process = app.note_facts(&agent, &process, &[(3, "no"), (4, "Nothing more")]).await;
        let written = Self { app, server: MailServer::start(), agent, case, process };
        written.send().await.unwrap();
        written
    }

    async fn send(&self) -> Result<Process> {
        let mut tx = self.app.begin_as(&self.agent).await;
        let process = processes::mail_confirmation(&mut tx, &self.agent, self.process.id).await?;
        tx.commit().await?;
        Ok(process)
    }

    async fn stop(&self) -> Result<Process> {
        let settles = self.agent.and::<SettleProcesses>()?;
        let mut tx = self.app.begin_as(&settles).await;
        let process = processes::stop(&mut tx, &settles, self.process.id, "They stay.").await?;
        tx.commit().await?;
        Ok(process)
    }

    async fn post(&self) -> usize {
        poster::post(&self.app.db, &mailer(self.server.url())).await.unwrap().sent
    }

    fn confirmations(&self) -> usize {
        self.server.mails().iter().filter(|mail| mail.text.contains("you asked us to cancel")).count()
    }
}

#[tokio::test]
async fn what_has_gone_out_is_noted_rather_than_sent_twice() {
    let written = Written::new().await;
    written.post().await;
    // before the next round
    assert!(written.send().await.unwrap().is_confirmed());
    assert_eq!(open_wishes(&written.app, written.case).await, "0");
    written.post().await;
    assert_eq!(written.confirmations(), 1);
}

#[tokio::test]
async fn what_the_customer_holds_is_not_stopped_behind_their_back() {
    let written = Written::new().await;
    written.post().await;
    assert!(refused(written.stop().await).starts_with("The confirmation has gone out to the customer a moment ago."));
    written.app.sweep().await;
    assert!(written.app.process(written.case, Kind::Cancellation).await.is_confirmed());
    assert_eq!(written.stop().await.unwrap().stage, Stage::Stopped, "what is left may be stopped by who knows that");
}

#[tokio::test]
async fn a_mail_taken_to_be_sent_is_not_once_the_cancellation_was_stopped() {
    let written = Written::new().await;
    written.stop().await.unwrap();
    // as if the poster had it in hand by then
    let mut owner = written.app.owner().await;
    let again = "set session_replication_role = replica;
        update mails set stage = 'waiting', ended_at = null, error = null where key like 'cancellation:%'";
    sqlx::raw_sql(again).execute(&mut owner).await.unwrap();
    assert_eq!((written.post().await, written.confirmations()), (0, 0));
    let stage = "select stage || ': ' || error from mails where key like 'cancellation:%'";
    assert_eq!(text(&written.app, stage).await.as_deref(), Some("dropped: The cancellation was stopped."));
}

#[tokio::test]
async fn the_second_who_notes_a_fact_is_told_and_it_is_corrected_until_it_is_in_writing() {
    let written = Written::new().await;
    let app = &written.app;
    let agent = app.sign_in(Role::Agent).await;
    let page = format!("/case_processes/{}", written.process.id);
    // somebody whose page still asks for it
    let late = [("number", "4"), ("value", "A last invoice of $40.00")];
    let told = agent.post_form(&format!("{page}/facts"), &late).await.expect(409);
    assert!(told.text("[role=alert]").contains("was noted meanwhile as “Nothing more”"), "{}", told.text("main"));
    assert_eq!(told.field_of("#fact-4"), "A last invoice of $40.00", "nothing typed is lost");
    // what waited in the outbox said the old
    let form = agent.get(&page).await.expect(200).form("#correct form");
    assert!(form.contains(&("was".to_owned(), "Nothing more".to_owned())), "{form:?}");
    let form: Vec<(&str, &str)> = form
        .iter()
        .filter(|(name, _)| name != "key")
        .map(|(name, value)| match (name.as_str(), value.as_str()) {
            ("value", "Nothing more") => ("value", "A last invoice of $40.00"),
            other => other,
        })
        .collect();
    agent.post_form(&format!("{page}/corrections"), &form).await.expect(303);
    agent.post_form(&format!("{page}/corrections"), &form).await.expect(409);
    assert_eq!(written.post().await, 0);
    let facts = "select string_agg(value, ' → ' order by number) from process_facts where position = 4";
    assert_eq!(text(app, facts).await.as_deref(), Some("Nothing more → A last invoice of $40.00"));
    let audited = "select count(*)::text from audit_entries where action = 'process.facts_corrected'";
    assert_eq!(text(app, audited).await.as_deref(), Some("1"));
    written.send().await.unwrap();
    assert_eq!(written.post().await, 1);
    assert!(written.server.mails().iter().any(|mail| mail.text.contains("A last invoice of $40.00")));
    // from here on they have it in writing
    let again = [("number", "4"), ("value", "Nothing"), ("was", "A last invoice of $40.00")];
    let told = agent.post_form(&format!("{page}/corrections"), &again).await.expect(409);
    assert!(told.text("[role=alert]").contains("The customer has it in writing."));
    assert!(!agent.get(&page).await.expect(200).has("#correct"));
}
