//! Approvals: a decision that is asked for because an offer exceeds the requester's limits.
//!
//! ```text
//! pending ⇄ question asked → approved | approved with changes | declined | withdrawn
//! ```
//!
//! A request belongs to everyone whose limit covers it (R12). It counts for the exact revision it decided, by somebody who
//! neither asked for it nor benefits from it (R9). The database refuses the rest.

mod actions;
mod economics;
mod news;
mod pages;
mod store;

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::auth::Role;
use crate::error::Error;
use crate::ids::{ApprovalId, CaseId, CustomerId, MessageId, OfferId, UserId};
use crate::limits::{self, Exceeded};
use crate::money::Money;
use crate::names::names;

pub use actions::{
    Decision, answer_question, ask, ask_question, decide, deciders_there, move_up, nobody_is_there, withdraw,
    withdraw_of_offer,
};
pub use pages::routes;
pub use store::{
    deciders, decisions, decisions_of_case_part, find, messages, messages_of_case_part, of_case, of_case_part,
    open_of_offer, turnaround_part,
};

names! {
    /// Where a request for approval stands.
    Stage {
        Pending = "pending", "Waiting for approval";
        QuestionAsked = "question_asked", "Question asked";
        Approved = "approved", "Approved";
        ApprovedWithChanges = "approved_with_changes", "Approved with changes";
        Declined = "declined", "Declined";
        Withdrawn = "withdrawn", "Withdrawn";
    }
}

impl Stage {
    /// Whether somebody has yet to decide.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::QuestionAsked)
    }
}

/// A request for approval, as its row says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Approval {
    /// Its identity.
    pub id: ApprovalId,
    /// The offer.
    pub offer: OfferId,
    /// The revision that was asked about.
    pub revision: i32,
    /// The case.
    pub case: CaseId,
    /// The customer.
    pub customer: CustomerId,
    /// Who asked.
    pub asked_by: UserId,
    /// Their name.
    pub asked_by_name: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// What they say.
    pub words: String,
    /// Which limits are exceeded.
    pub cause: Cause,
    /// Who is asked first.
    pub level: Role,
    /// How many have to approve.
    pub approvers: i16,
    /// The concession.
    pub exposure: Money,
    /// All concessions to the customer in twelve months, this one included.
    pub customer_total: Money,
    /// By when it should be decided.
    pub due_at: DateTime<Utc>,
    /// Why then.
    pub due_because: String,
    /// Where it stands.
    pub stage: Stage,
    /// The revision that may be presented.
    pub decided_revision: Option<i32>,
    /// When it was decided or withdrawn.
    pub ended_at: Option<DateTime<Utc>>,
    /// How long that took, in working minutes of the team that had the case.
    pub decision_minutes: Option<i32>,
    /// Who took it back, if somebody did so by itself and not with its offer.
    pub withdrawn_by: Option<UserId>,
    /// Row version (R6).
    pub version: i64,
}

/// Which of the requester's limits a request exceeds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The limits, from which words are made for whoever reads them.
    Exceeded(Vec<Exceeded>),
    /// In words to the requester, as they were kept once.
    Said(String),
}

/// One approver's decision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decided {
    /// Who.
    pub by: UserId,
    /// Their name.
    pub by_name: String,
    /// In whose place.
    pub on_behalf_of: Option<String>,
    /// How: [`Stage::Approved`], [`Stage::ApprovedWithChanges`] or [`Stage::Declined`].
    pub decision: Stage,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A question of an approver, or its answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// Which one.
    pub id: MessageId,
    /// Who wrote it.
    pub by_name: String,
    /// When.
    pub at: DateTime<Utc>,
    /// A question, or an answer.
    pub question: bool,
    /// The words.
    pub body: String,
}

/// Why a decision was turned away. Each sentence is shown as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Denied {
    /// Somebody was faster (R11).
    #[error("This request has been {} already.", .0.label().to_lowercase())]
    AlreadyDecided(Stage),
    /// One's own (R9).
    #[error(
        "Nobody approves their own request, or an offer they wrote or whose case they work. Somebody else decides it."
    )]
    Own,
    /// In a circle (R9).
    #[error("The requester approved an offer of yours to this customer. Somebody else decides this one.")]
    Circle,
    /// Beyond the approver's limit.
    #[error("This is beyond your own limit now. {0}")]
    BeyondLimit(String),
    /// Beyond the limit of the one in whose place it is decided.
    #[error("This is beyond the limit of the one you decide for now. {0}")]
    BeyondTheirLimit(String),
    /// The terms are others than those on screen (R9).
    #[error("The terms were changed meanwhile. Read the new request first.")]
    Revised,
    /// A second decision of the same person.
    #[error("You have decided this request. It takes somebody else as well.")]
    Twice,
    /// A counter that is no counter.
    #[error("A counter concedes less than was asked. Approve it as it is, or enter lower terms.")]
    NotLower,
    /// More approvers are needed than one.
    #[error("It takes {0} people to approve this. Approve it as it is, or decline and say what you would approve.")]
    NoCounter(i16),
    /// A second discount for a word or two.
    #[error("This is the second discount in 24 months. Give a reason of at least {LEAST_FOR_A_SECOND} characters.")]
    ShortReason,
    /// Not their delegate.
    #[error("You do not decide for them at this time.")]
    NoDelegate,
}

/// The fewest characters of the reason for a second discount in 24 months.
const LEAST_FOR_A_SECOND: usize = 20;

/// Refuses a reason that is too short to be one.
fn require_reason(second_discount: bool, reason: &str) -> Result<(), Denied> {
    let short = reason.trim().chars().count() < LEAST_FOR_A_SECOND;
    if second_discount && short { Err(Denied::ShortReason) } else { Ok(()) }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        Self::Refused(denied.to_string())
    }
}

impl Approval {
    /// Why it takes an approval, in words for a reader: to the requester, or of them.
    #[must_use]
    pub fn because(&self, reader: Option<UserId>) -> String {
        let own = reader == Some(self.asked_by);
        match &self.cause {
            Cause::Exceeded(exceeded) if own => limits::sentences(exceeded),
            Cause::Exceeded(exceeded) => limits::sentences_of(exceeded, &self.asked_by_name),
            Cause::Said(words) if own => words.clone(),
            Cause::Said(words) => words.replace("you have given", &format!("{} has given", self.asked_by_name)),
        }
    }

    /// Refuses when it has been decided.
    ///
    /// # Errors
    /// [`Denied::AlreadyDecided`].
    pub fn require_open(&self) -> Result<(), Denied> {
        if self.stage.is_open() { Ok(()) } else { Err(Denied::AlreadyDecided(self.stage)) }
    }

    /// Refuses unless these are the terms somebody had on screen (R9).
    ///
    /// # Errors
    /// [`Denied::Revised`].
    pub fn require_seen(&self, seen: i32) -> Result<(), Denied> {
        if self.revision == seen { Ok(()) } else { Err(Denied::Revised) }
    }

    /// Whether so many approvals are enough.
    #[must_use]
    pub fn is_enough(&self, approvals: usize) -> bool {
        i16::try_from(approvals).is_ok_and(|approvals| approvals >= self.approvers)
    }
}
