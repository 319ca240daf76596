//! Complaints of regulators and bureaus, with somebody who answers them and somebody who signs off.

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};
use savedesk::auth::{Can, Role, SignComplaints, WorkComplaints};
use savedesk::cases::{AtStake, Kind, NewCase, Priority};
use savedesk::complaints::{
    self, Complainant, Complaint, Details, Finding, How, NewAllegation, Sending, SentHow, TakenIn, Template,
};
use savedesk::error::Result;
use savedesk::ids::{ComplaintId, CustomerId, UserId};
use savedesk::money::{Currency, Money};

use super::{Client, Person, TestApp};

/// A desk with an agent and a supervisor.
pub(crate) struct Answering {
    pub(crate) app: TestApp,
    pub(crate) agent: Can<WorkComplaints>,
    pub(crate) signs: Can<SignComplaints>,
}

impl Answering {
    pub(crate) async fn new() -> Self {
        Self::at(TestApp::start().await).await
    }

    /// The same at a desk that is there.
    pub(crate) async fn at(app: TestApp) -> Self {
        let agent = Person { name: "Priya Raman", roles: &[Role::Agent], team: Some("North"), department: None };
        let agent = Arc::new(app.given_person(agent).await).can().unwrap();
        let signs = Person { name: "Dana Okafor", roles: &[Role::Supervisor], team: Some("North"), department: None };
        let signs = Arc::new(app.given_person(signs).await).can().unwrap();
        Self { app, agent, signs }
    }

    /// Whoever signs off.
    pub(crate) fn supervisor(&self) -> UserId {
        self.signs.id.unwrap()
    }

    /// The terms of a code.
    pub(crate) async fn terms(&self, code: &str) -> Template {
        let mut tx = self.app.begin().await;
        complaints::templates(&mut tx).await.unwrap().into_iter().find(|one| one.code == code).unwrap()
    }

    /// So many days before today, where the terms of the tests count.
    pub(crate) fn days_ago(&self, days: u64) -> NaiveDate {
        self.app.clock.now().with_timezone(&chrono_tz::America::New_York).date_naive() - Days::new(days)
    }

    /// Takes a complaint in under some terms, with a number, received so many days ago.
    pub(crate) async fn take_in(
        &self,
        customer: CustomerId,
        (code, number): (&str, &str),
        days: u64,
    ) -> Result<TakenIn> {
        let template = self.terms(code).await;
        let details = Details {
            external_ref: Some(number.to_owned()),
            received_on: self.days_ago(days),
            public: template.public,
            complainant: Complainant::default(),
            template,
        };
        let mut tx = self.app.begin_as(&self.agent).await;
        let taken_in =
            complaints::take_in(&mut tx, &self.agent, new_complaint(customer, self.agent.id), details).await?;
        tx.commit().await?;
        Ok(taken_in)
    }

    /// An FCC complaint of a new customer, received today.
    pub(crate) async fn fcc(&self, number: &str) -> TakenIn {
        let customer = self.app.given_customer("Ada Lindqvist").await;
        self.take_in(customer, ("fcc", number), 0).await.unwrap()
    }

    pub(crate) async fn find(&self, complaint: ComplaintId) -> Complaint {
        let mut tx = self.app.begin().await;
        complaints::find(&mut tx, complaint).await.unwrap()
    }

    /// One allegation, answered by the agent.
    pub(crate) async fn answer(&self, complaint: ComplaintId) {
        let mut tx = self.app.begin_as(&self.agent).await;
        complaints::add_allegation(&mut tx, &self.agent, complaint, said()).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn ask_review(&self, complaint: ComplaintId) -> Result<Complaint> {
        let mut tx = self.app.begin_as(&self.agent).await;
        let asked = complaints::ask_review(&mut tx, &self.agent, complaint, Some(self.supervisor())).await?;
        tx.commit().await?;
        Ok(asked)
    }

    pub(crate) async fn sign(&self, complaint: ComplaintId, seen: i32) -> Result<Complaint> {
        let mut tx = self.app.begin_as(&self.signs).await;
        let signed = complaints::sign_off(&mut tx, &self.signs, complaint, seen).await?;
        tx.commit().await?;
        Ok(signed)
    }

    pub(crate) async fn send(&self, complaint: ComplaintId) -> Result<Complaint> {
        let mut tx = self.app.begin_as(&self.agent).await;
        let sending = Sending { how: SentHow::Portal, evidence: "Receipt 88231".to_owned(), files: Vec::new() };
        let sent = complaints::send(&mut tx, &self.agent, complaint, sending).await?;
        tx.commit().await?;
        Ok(sent)
    }

    /// Written, signed off and sent.
    pub(crate) async fn answered(&self, complaint: ComplaintId) {
        self.answer(complaint).await;
        let revision = self.ask_review(complaint).await.unwrap().revision;
        self.sign(complaint, revision).await.unwrap();
        self.send(complaint).await.unwrap();
    }

    /// Closed by the agent, for a reason.
    pub(crate) async fn close(&self, complaint: ComplaintId, how: How) {
        let mut tx = self.app.begin_as(&self.agent).await;
        complaints::close(&mut tx, &self.agent, complaint, how, "Letter of the office of 3 March").await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The agent at their browser.
    pub(crate) async fn client(&self) -> Client {
        let user = self.agent.id.unwrap();
        Client::signed_in(&self.app, user, self.app.session_of(user).await)
    }

    /// When the answer is due, as its deadline says.
    pub(crate) async fn due(&self, complaint: ComplaintId) -> Option<(DateTime<Utc>, String)> {
        sqlx::query_as(
            "select due_at, because from deadlines
             where subject_id = $1 and kind = 'regulator_response' and stage = 'open'",
        )
        .bind(complaint)
        .fetch_optional(&mut self.app.owner().await)
        .await
        .unwrap()
    }
}

/// An FCC complaint of a customer, taken in by the desk itself.
pub(crate) async fn given_complaint(app: &TestApp, customer: CustomerId) -> ComplaintId {
    let mut tx = app.begin().await;
    let terms = complaints::templates(&mut tx).await.unwrap();
    let details = Details {
        template: terms.into_iter().find(|one| one.code == "fcc").unwrap(),
        external_ref: Some(uuid::Uuid::new_v4().simple().to_string()),
        received_on: tx.now().date_naive(),
        public: false,
        complainant: Complainant::default(),
    };
    let taken_in = complaints::take_in(&mut tx, &Can::desk(), new_complaint(customer, None), details).await.unwrap();
    tx.commit().await.unwrap();
    taken_in.complaint
}

/// Something they say, with our answer.
pub(crate) fn said() -> NewAllegation {
    NewAllegation {
        words: "Billed twice in February".to_owned(),
        finding: Some(Finding::Upheld),
        answer: "The second invoice was taken back.".to_owned(),
    }
}

/// The case that a complaint opens.
pub(crate) fn new_complaint(customer: CustomerId, owner: Option<UserId>) -> NewCase {
    NewCase {
        customer,
        kind: Kind::Complaint,
        channel: savedesk::cases::Channel::Letter,
        stated_reason: "They bill me twice and nobody answers.".to_owned(),
        reason: None,
        at_stake: AtStake::Everything,
        value_at_risk: Money::new(27_720, Currency::USD),
        priority: Priority::URGENT,
        leaves_on: None,
        just_cancel: false,
        team: None,
        owner,
        source: None,
        external_ref: None,
        source_category: None,
        second_because: None,
    }
}
