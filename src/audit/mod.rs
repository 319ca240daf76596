//! The audit log (R4): every change, and every view or export of customer data, as one entry in the transaction that
//! makes it. Append-only and hash-chained in the database; `savedesk audit verify` proves it. Entries hold ids, codes
//! and amounts; a personal value stands there only as a digest keyed per customer, so that erasing the person leaves
//! the chain valid (R5).

mod pages;
mod store;

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::auth::Actor;
use crate::db::{Db, Tx, Via};
use crate::error::Result;
use crate::ids::{
    AppointmentId, ApprovalId, CaseId, ComplaintId, CustomerId, FileId, FollowUpId, ImportId, MailId, OfferId, OrderId,
    ProblemId, ProcessId, PromiseId, RequestId, SampleId, TeamId, UserId,
};

pub use pages::routes;
pub use store::{Broken, verify};

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $label:literal;)*) => {
        /// What happened: every auditable event there is.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Action { $($(#[$doc])* #[doc = $label] $name),* }

        impl Action {
            /// All of them, for the filter of the audit page.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// As stored.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// As shown.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label),* }
            }
        }
    };
}

actions! {
    SignedIn = "session.begun", "Signed in";
    SignedOut = "session.ended", "Signed out";
    UserAdded = "user.added", "Added a user";
    UserChanged = "user.changed", "Changed a user";
    UserDeactivated = "user.deactivated", "Deactivated a user";
    UserReactivated = "user.reactivated", "Reactivated a user";
    PasswordLinkMade = "user.password_link_made", "Made a password link";
    PasswordChanged = "user.password_changed", "Changed a password";
    TeamAdded = "team.added", "Added a team";
    TeamChanged = "team.changed", "Changed a team";
    DepartmentAdded = "department.added", "Added a department";
    CustomerAdded = "customer.added", "Added a customer";
    CustomerChanged = "customer.changed", "Changed a customer";
    CustomerStatusChanged = "customer.status_changed", "Changed an account status";
    CustomerViewed = "customer.viewed", "Viewed a customer";
    ContactAdded = "contact.added", "Added a contact";
    ContactChanged = "contact.changed", "Changed a contact";
    SubscriptionAdded = "subscription.added", "Added a subscription";
    SubscriptionChanged = "subscription.changed", "Changed a subscription";
    OrderAdded = "order.added", "Added an order";
    OrderChanged = "order.changed", "Changed an order";
    CaseOpened = "case.opened", "Opened a case";
    CaseChanged = "case.changed", "Changed a case";
    CaseAssigned = "case.assigned", "Assigned a case";
    CaseClosed = "case.closed", "Closed a case";
    CaseReopened = "case.reopened", "Reopened a case";
    CaseMerged = "case.merged", "Merged a case";
    CaseViewed = "case.viewed", "Viewed a case";
    CasesExported = "cases.exported", "Exported cases";
    ReportMailChosen = "report_mail.chosen", "Chose to get the dashboard by mail";
    ReportMailEnded = "report_mail.ended", "Ended the dashboard by mail";
    ReportMailMade = "report_mail.made", "Made a mail of the dashboard";
    ReportExported = "report.exported", "Exported a report";
    InteractionLogged = "interaction.logged", "Logged an interaction";
    SaveAttemptLogged = "save_attempt.logged", "Logged a save attempt";
    InteractionCorrected = "interaction.corrected", "Corrected an interaction";
    DeadlineSet = "deadline.set", "Set a deadline";
    DeadlineEnded = "deadline.ended", "Ended a deadline";
    DeadlinePaused = "deadline.paused", "Stopped the clock of a deadline";
    DeadlineResumed = "deadline.resumed", "Let the clock of a deadline go on";
    DeadlineChased = "deadline.chased", "Chased a deadline";
    DeadlineParked = "deadline.parked", "Parked a deadline that could not be chased";
    DeadlineRetried = "deadline.retried", "Had a parked deadline chased again";
    LadderChanged = "ladder.changed", "Changed a ladder";
    ChaserRun = "chaser.run", "Ran the chaser";
    ImportUploaded = "import.uploaded", "Uploaded a file";
    ImportChecked = "import.checked", "Checked a file";
    ImportDiscarded = "import.discarded", "Discarded a file";
    ImportStarted = "import.started", "Started an import";
    ImportFinished = "import.finished", "Finished an import";
    ImportRefusalsExported = "import.refusals_exported", "Exported refused rows";
    AuditViewed = "audit.viewed", "Read the audit log";
    ServiceCostChanged = "service_cost.changed", "Changed a cost to serve";
    AccountsLinked = "accounts.linked", "Linked accounts";
    AccountsUnlinked = "accounts.unlinked", "Unlinked accounts";
    OfferTypePublished = "offer_type.published", "Published a version of an offer type";
    LimitsPublished = "limits.published", "Published limits";
    OfferMade = "offer.made", "Made an offer";
    OfferRevised = "offer.revised", "Revised an offer";
    OfferPresented = "offer.presented", "Presented an offer";
    OfferAccepted = "offer.accepted", "Noted that an offer was accepted";
    OfferDeclined = "offer.declined", "Noted that an offer was declined";
    OfferExpired = "offer.expired", "Let an offer expire";
    OfferWithdrawn = "offer.withdrawn", "Withdrew an offer";
    OfferFulfilled = "offer.fulfilled", "Fulfilled an offer";
    OfferFailed = "offer.failed", "Failed to fulfil an offer";
    ApprovalAsked = "approval.asked", "Asked for approval";
    ApprovalApproved = "approval.approved", "Approved";
    ApprovalDeclined = "approval.declined", "Declined an approval";
    ApprovalWithdrawn = "approval.withdrawn", "Withdrew a request for approval";
    ApprovalQuestionAsked = "approval.question_asked", "Asked a question about a request for approval";
    ApprovalQuestionAnswered = "approval.question_answered", "Answered a question about a request for approval";
    ApprovalMovedUp = "approval.moved_up", "Moved a request for approval up";
    ApprovalViewed = "approval.viewed", "Viewed a request for approval";
    PromiseMade = "promise.made", "Made a promise";
    PromiseKept = "promise.kept", "Kept a promise";
    PromiseBroken = "promise.broken", "Broke a promise";
    PromiseWaived = "promise.waived", "Waived a promise";
    PromiseMoved = "promise.moved", "Moved a promise";
    PromiseHandedOver = "promise.handed_over", "Handed over a promise";
    PromiseTypeChanged = "promise_type.changed", "Changed a type of promises";
    FileAttached = "file.attached", "Attached a file";
    FileDownloaded = "file.downloaded", "Downloaded a file";
    BillingLineAdded = "billing_line.added", "Added a line of a billing extract";
    FollowUpMade = "follow_up.made", "Made a follow-up";
    FollowUpDone = "follow_up.done", "Did a follow-up";
    FollowUpMoved = "follow_up.moved", "Moved a follow-up";
    FollowUpHanded = "follow_up.handed", "Handed a follow-up over";
    FollowUpSnoozed = "follow_up.snoozed", "Snoozed a follow-up";
    FollowUpWoken = "follow_up.woken", "Woke a follow-up";
    FollowUpDropped = "follow_up.dropped", "Dropped a follow-up";
    FollowUpReturned = "follow_up.returned", "Returned a follow-up to the queue";
    FollowUpReopened = "follow_up.reopened", "Took a follow-up up again";
    AppointmentBooked = "appointment.booked", "Booked a call";
    AppointmentMoved = "appointment.moved", "Moved a booked call";
    AppointmentHeld = "appointment.held", "Held a booked call";
    AppointmentMissed = "appointment.missed", "Noted that a booked call did not come about";
    AppointmentCancelled = "appointment.cancelled", "Cancelled a booked call";
    AppointmentViewed = "appointment.viewed", "Viewed a booked call";
    CallingHoursChanged = "calling_hours.changed", "Changed the hours customers may be called";
    CalendarLinkMade = "calendar_link.made", "Made a calendar link";
    CalendarLinkRevoked = "calendar_link.revoked", "Revoked a calendar link";
    AbsenceNoted = "absence.noted", "Noted an absence";
    AbsenceEnded = "absence.ended", "Ended an absence";
    NoticeChoicesChanged = "notice_choices.changed", "Changed how they are told";
    DigestMade = "digest.made", "Made a digest";
    MailSent = "mail.sent", "Sent a mail";
    MailParked = "mail.parked", "Parked a mail that could not be sent";
    MailDropped = "mail.dropped", "Dropped a mail that did not hold any more";
    MailRetried = "mail.retried", "Had a parked mail tried again";
    MailViewed = "mail.viewed", "Read a mail";
    CustomerAuthenticated = "customer.authenticated", "Noted that a customer authenticated";
    AccountDetailsRevealed = "customer.account_details_revealed", "Saw account details without an authentication";
    ConsentGiven = "consent.given", "Noted a consent";
    ConsentWithdrawn = "consent.withdrawn", "Noted that a consent was withdrawn";
    OfferReminded = "offer.reminded", "Wrote a reminder of an offer to a customer";
    RequestAsked = "request.asked", "Asked a department";
    RequestAccepted = "request.accepted", "Accepted a request";
    RequestSaid = "request.said", "Wrote about a request";
    RequestHanded = "request.handed", "Handed a request to another department";
    RequestReturned = "request.returned", "Returned a request";
    RequestAskedAgain = "request.asked_again", "Asked a department again";
    RequestAnswered = "request.answered", "Answered a request";
    RequestCancelled = "request.cancelled", "Cancelled a request";
    RequestViewed = "request.viewed", "Viewed a request";
    RequestLinkMade = "request.link_made", "Made a link to answer a request";
    RequestLinkOpened = "request.link_opened", "Opened a link to answer a request";
    ConditionsAccepted = "answer.conditions_accepted", "Accepted the conditions of a department";
    AnswerWithdrawn = "answer.withdrawn", "Withdrew an answer";
    AnswerCouldNot = "answer.could_not", "Said yes, and could not";
    LeadTimesChanged = "lead_times.changed", "Changed the lead times of a department";
    ComplaintTakenIn = "complaint.taken_in", "Took in a complaint";
    ComplaintLinked = "complaint.linked", "Linked a complaint to its customer";
    ComplaintWritten = "complaint.written", "Wrote the answer to a complaint";
    ComplaintReviewAsked = "complaint.review_asked", "Had the answer to a complaint reviewed";
    ComplaintReturned = "complaint.returned", "Returned the answer to a complaint";
    ComplaintSigned = "complaint.signed", "Signed off the answer to a complaint";
    ComplaintSent = "complaint.sent", "Sent the answer to a complaint";
    ComplaintRebutted = "complaint.rebutted", "Noted what was said to our answer to a complaint";
    ComplaintExtended = "complaint.extended", "Extended the deadline of a complaint";
    ComplaintEnded = "complaint.ended", "Closed a complaint";
    ComplaintBroughtBack = "complaint.brought_back", "Answered a closed complaint after all";
    ComplaintViewed = "complaint.viewed", "Viewed a complaint";
    ComplaintTermsPublished = "complaint_terms.published", "Published terms of complaints";
    ProcessPublished = "process.published", "Published a version of a process";
    ProcessStarted = "process.started", "Started a process";
    ProcessFactsNoted = "process.facts_noted", "Noted facts of a process";
    ProcessFactsCorrected = "process.facts_corrected", "Corrected facts of a process";
    ProcessPersonTold = "process.person_told", "Let somebody know of a process";
    ProcessParked = "process.parked", "Parked a process that could not be moved on";
    ProcessRetried = "process.retried", "Had a parked process moved on again";
    ProcessStepBegun = "process.step_begun", "Began a step of a process";
    ProcessStepDone = "process.step_done", "Did a step of a process";
    ProcessStepSkipped = "process.step_skipped", "Skipped a step of a process";
    ProcessDone = "process.done", "Finished a process";
    ProcessStopped = "process.stopped", "Stopped a process";
    ProcessViewed = "process.viewed", "Viewed a process";
    CancellationMailed = "cancellation.mailed", "Wrote the confirmation of a cancellation to a customer";
    LegalHoldSet = "legal_hold.set", "Set a legal hold";
    LegalHoldLifted = "legal_hold.lifted", "Lifted a legal hold";
    ProblemOpened = "problem.opened", "Opened a problem or an incident";
    ProblemChanged = "problem.changed", "Changed a problem or an incident";
    ProblemMoved = "problem.moved", "Moved a problem or an incident on";
    CasesLinked = "problem.cases_linked", "Linked cases to a problem";
    CasesUnlinked = "problem.cases_unlinked", "Unlinked cases from a problem";
    CausesVerified = "case.cause_verified", "Verified the cause of a case";
    CasesAnswered = "problem.cases_answered", "Answered the cases of an incident together";
    ProblemCasesViewed = "problem.cases_viewed", "Viewed the cases of a problem";
    SampleDrawn = "recoding.drawn", "Drew a sample of cases to be coded again";
    CaseRecoded = "recoding.recoded", "Coded a case again";
    TargetSet = "target.set", "Set a target";
    TargetChanged = "target.changed", "Changed a target";
    DemoGrown = "demo.grown", "Grew the demo company";
}

/// What it happened to.
#[derive(Clone, Copy, Debug)]
pub enum Subject {
    /// A user.
    User(UserId),
    /// A team.
    Team(TeamId),
    /// A customer, or what belongs to one.
    Customer(CustomerId),
    /// An order.
    Order(OrderId),
    /// A case.
    Case(CaseId),
    /// A file that is brought in.
    Import(ImportId),
    /// An offer.
    Offer(OfferId),
    /// A request for approval.
    Approval(ApprovalId),
    /// A promise.
    Promise(PromiseId),
    /// A mail.
    Mail(MailId),
    /// A follow-up.
    FollowUp(FollowUpId),
    /// A request to a department.
    Request(RequestId),
    /// A complaint.
    Complaint(ComplaintId),
    /// A process.
    Process(ProcessId),
    /// A booked call.
    Appointment(AppointmentId),
    /// A file that is attached to something.
    File(FileId),
    /// A problem or an incident.
    Problem(ProblemId),
    /// A sample of cases that are coded again.
    Sample(SampleId),
    /// The desk as a whole.
    Desk,
}

impl Subject {
    fn parts(self) -> (&'static str, Option<Uuid>) {
        match self {
            Self::User(id) => ("user", Some(id.uuid())),
            Self::Team(id) => ("team", Some(id.uuid())),
            Self::Customer(id) => ("customer", Some(id.uuid())),
            Self::Order(id) => ("order", Some(id.uuid())),
            Self::Case(id) => ("case", Some(id.uuid())),
            Self::Import(id) => ("import", Some(id.uuid())),
            Self::Offer(id) => ("offer", Some(id.uuid())),
            Self::Approval(id) => ("approval", Some(id.uuid())),
            Self::Promise(id) => ("promise", Some(id.uuid())),
            Self::Mail(id) => ("mail", Some(id.uuid())),
            Self::FollowUp(id) => ("follow_up", Some(id.uuid())),
            Self::Request(id) => ("request", Some(id.uuid())),
            Self::Complaint(id) => ("complaint", Some(id.uuid())),
            Self::Process(id) => ("process", Some(id.uuid())),
            Self::Appointment(id) => ("appointment", Some(id.uuid())),
            Self::File(id) => ("file", Some(id.uuid())),
            Self::Problem(id) => ("problem", Some(id.uuid())),
            Self::Sample(id) => ("sample", Some(id.uuid())),
            Self::Desk => ("desk", None),
        }
    }
}

/// One entry in the making.
#[derive(Debug)]
pub struct Entry {
    action: Action,
    subject: Subject,
    customer: Option<CustomerId>,
    changes: Vec<Value>,
    facts: Map<String, Value>,
}

impl Entry {
    /// This happened to that.
    #[must_use]
    pub fn new(action: Action, subject: Subject) -> Self {
        let customer = match subject {
            Subject::Customer(id) => Some(id),
            _ => None,
        };
        Self { action, subject, customer, changes: Vec::new(), facts: Map::new() }
    }

    /// Whose data it concerns.
    #[must_use]
    pub fn of(mut self, customer: CustomerId) -> Self {
        self.customer = Some(customer);
        self
    }

    /// A field went from one value to another. For ids, codes, amounts and dates; never for what identifies a person.
    #[must_use]
    pub fn change(mut self, field: &str, was: impl Into<Value>, now: impl Into<Value>) -> Self {
        self.changes.push(json!({ "field": field, "was": was.into(), "now": now.into() }));
        self
    }

    /// A personal field changed: only that it did, and keyed digests to compare values by.
    #[must_use]
    pub fn personal(mut self, field: &str, key: &[u8], was: &str, now: &str) -> Self {
        self.changes
            .push(json!({ "field": field, "was": digest(key, was), "now": digest(key, now), "personal": true }));
        self
    }

    /// Something to know about it: ids, codes, counts.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// Whether any change was noted.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        !self.changes.is_empty()
    }

    fn body(&self) -> Value {
        let mut body = self.facts.clone();
        if !self.changes.is_empty() {
            body.insert("changes".to_owned(), Value::Array(self.changes.clone()));
        }
        Value::Object(body)
    }
}

/// Writes the entry into the transaction that makes the change.
///
/// # Errors
/// When the database refuses.
pub async fn record(tx: &mut Tx, entry: Entry) -> Result<()> {
    let (shard, at, origin) = (tx.shard(), tx.now(), tx.origin());
    store::insert(tx, shard, at, origin, &entry).await
}

/// The same for many entries, in one statement.
///
/// # Errors
/// When the database refuses.
pub async fn record_all(tx: &mut Tx, entries: &[Entry]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let (shard, at, origin) = (tx.shard(), tx.now(), tx.origin());
    store::insert_all(tx, shard, at, origin, entries).await
}

/// Somebody who looks again within this time still has the same view.
const SAME_VIEW: TimeDelta = TimeDelta::minutes(10);

/// Notes that somebody looks at a customer's data, in a statement of its own. It needs nothing of what is read, so that
/// it may be written while that is read (see [`while_reading`]): whose case it is, it finds out by itself, and nothing
/// is noted of what is not there.
///
/// # Errors
/// When the database refuses.
pub async fn view(db: &Db, actor: &Actor, entry: Entry) -> Result<()> {
    look(db, actor, entry, None).await
}

/// The same for a part of a page or a form: whoever looked at the subject within ten minutes still has the same view,
/// and it is not noted anew each time that a part of an open page is fetched again.
///
/// # Errors
/// When the database refuses.
pub async fn view_again(db: &Db, actor: &Actor, entry: Entry) -> Result<()> {
    look(db, actor, entry, Some(db.now() - SAME_VIEW)).await
}

async fn look(db: &Db, actor: &Actor, entry: Entry, unless_since: Option<DateTime<Utc>>) -> Result<()> {
    let mut connection = db.read().await?;
    let shard = i16::from(Uuid::new_v4().as_bytes()[0] % 16);
    let origin = actor.origin(Via::Page);
    store::insert_view(&mut connection, shard, db.now(), origin, &entry, unless_since).await
}

/// Reads what somebody is to see while the view is noted. What was read is given only once both are done: nothing
/// leaves before its view is kept.
///
/// # Errors
/// When either fails.
pub fn while_reading<T>(
    noting: impl Future<Output = Result<()>>,
    reading: impl Future<Output = Result<T>>,
) -> impl Future<Output = Result<T>> {
    // boxed, or every handler's future would hold all that is read twice over
    let (noting, reading) = (Box::pin(noting), Box::pin(reading));
    async {
        // neither is dropped half done when the other fails
        let (noted, read) = tokio::join!(noting, reading);
        let read = read?;
        noted?;
        Ok(read)
    }
}

/// Who changed one of these fields last by an entry like this one (its action, its subject and all its facts), as told
/// to whoever asks: "You" when it was they, perhaps in another window.
///
/// # Errors
/// When the database cannot be read.
pub async fn last_by<'f>(
    connection: &mut PgConnection,
    actor: &Actor,
    like: &Entry,
    fields: impl Iterator<Item = &'f str>,
) -> Result<String> {
    let fields: Vec<String> = fields.map(str::to_owned).collect();
    let last = store::last_by(connection, like, &fields).await?;
    Ok(match last {
        Some((by, _)) if Some(by) == actor.id => "You".to_owned(),
        Some((_, name)) => name,
        None => "Savedesk".to_owned(),
    })
}

fn digest(key: &[u8], value: &str) -> Value {
    if value.is_empty() {
        return Value::Null;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(value.as_bytes());
    Value::String(format!("#{}", hex::encode(&mac.finalize().into_bytes()[..8])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_personal_value_never_stands_in_an_entry() {
        let entry = Entry::new(Action::CustomerChanged, Subject::Customer(CustomerId::new())).personal(
            "email",
            b"key",
            "renee@example.org",
            "",
        );
        let text = entry.body().to_string();
        assert!(!text.contains("renee") && text.contains('#'));
        assert_ne!(digest(b"key", "a"), digest(b"other", "a"));
    }
}
