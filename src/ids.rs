//! The identity of every row: `UUIDv7` newtypes, made before the insert. A wrong one does not compile.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[derive(sqlx::Type, serde::Serialize, serde::Deserialize)]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new one; later ones sort after earlier ones.
            #[must_use]
            #[expect(clippy::new_without_default, reason = "two defaults would differ")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The plain UUID, for what speaks of rows of any kind (audit log, submissions).
            #[must_use]
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// One of our people.
    UserId
    /// A team of the save desk.
    TeamId
    /// A department outside the save desk.
    DepartmentId
    /// A signed-in browser.
    SessionId
    /// A person or company we may lose.
    CustomerId
    /// A person to reach at a customer.
    ContactId
    /// Recurring revenue.
    SubscriptionId
    /// One-off revenue.
    OrderId
    /// One customer's request or risk.
    CaseId
    /// One entry of a case's log.
    InteractionId
    /// Anything with a due time.
    DeadlineId
    /// What a team or a person is to reach.
    TargetId
    /// A saved view of the queue.
    ViewId
    /// A file that is brought in.
    ImportId
    /// One line of a history (case change, status change).
    ChangeId
    /// One line of what it costs us to serve a subscription or an order.
    ServiceCostId
    /// A version of an offer type in the catalogue.
    OfferTypeVersionId
    /// A version of the limits.
    LimitVersionId
    /// An offer type with terms, made to one customer.
    OfferId
    /// A decision that is asked for.
    ApprovalId
    /// A question of an approver, or its answer.
    MessageId
    /// Somebody is away.
    AbsenceId
    /// What we told a customer we will do.
    PromiseId
    /// Something that one of our people is told.
    NoticeId
    /// A mail in the outbox.
    MailId
    /// What a customer allows, or does not any more.
    ConsentId
    /// That a customer authenticated for a contact.
    AuthenticationId
    /// That account details were shown without it.
    RevelationId
    /// What we owe ourselves: something to do at a time.
    FollowUpId
    /// One line of what became of a follow-up.
    FollowUpChangeId
    /// A question or a job for a department.
    RequestId
    /// One entry of the thread of a request.
    RequestEntryId
    /// A link by which somebody answers without an account.
    RequestLinkId
    /// A promise was moved or handed over.
    PromiseMoveId
    /// A kind of promise that is made by hand.
    PromiseTypeId
    /// A booked call.
    AppointmentId
    /// One line of what became of an appointment.
    AppointmentChangeId
    /// A file that is attached to something.
    FileId
    /// A line of a billing extract.
    BillingLineId
    /// What a regulator, a bureau or a review brought.
    ComplaintId
    /// A version of the terms on which complaints of a source are answered.
    ComplaintTemplateId
    /// One thing that a complaint says we did.
    AllegationId
    /// One thing that was done about a complaint.
    ComplaintActionId
    /// One line of what became of a complaint.
    ComplaintEntryId
    /// A version of what a process is made of.
    ProcessTemplateId
    /// What is done in steps once somebody starts it from a case.
    ProcessId
    /// A step of it.
    ProcessStepId
    /// One line of what happened in it.
    ProcessEventId
    /// What makes customers leave, or an incident that hits many at once.
    ProblemId
    /// What contributed to a problem.
    FactorId
    /// One entry of the timeline of a problem.
    ProblemEntryId
    /// One answer to all cases of an incident.
    AnswerId
    /// A sample of closed cases that are coded again.
    SampleId
}
