//! Cases: one customer's request or risk, from intake to outcome.
//!
//! ```text
//! new → working ⇄ waiting → closed(outcome) → (reopened) working
//! ```
//!
//! What a waiting case waits on follows from what is open in it. The database refuses every other move.

mod actions;
mod kinds;
mod outcome;
mod past;
mod store;

use chrono::{DateTime, NaiveDate, Utc};
use thiserror::Error;

use crate::auth::{Actor, Role};
use crate::error::Error;
use crate::ids::{CaseId, CustomerId, OrderId, SubscriptionId, TeamId, UserId};
use crate::money::Money;

pub use actions::{
    Assigned, CancellationLine, Cause, Changes, Closing, NewCase, Opened, Taken, Verified, ask_to_cancel, assign,
    cancel_confirmed, change, close, first_act, follow_ups_changed, give_to_customer, note_cancellation_lines, open,
    reopen, require_movable, resume, settle, take_back_cause, take_next, verify, wait_on,
};
pub use kinds::{Channel, Kind, Priority};
pub use outcome::Outcome;
pub use past::{PastCase, record_past};
pub use store::{find, find_by_number, find_by_source, find_part, live_for, lock};

/// Where a case stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Nobody has acted yet.
    New,
    /// Somebody acts.
    Working,
    /// It is somebody else's turn, or not yet time.
    Waiting(WaitingOn),
    /// It ended.
    Closed(Close),
}

impl Stage {
    /// As stored.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Working => "working",
            Self::Waiting(_) => "waiting",
            Self::Closed(_) => "closed",
        }
    }

    /// As shown.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Working => "Working",
            Self::Waiting(on) => on.label(),
            Self::Closed(close) => close.outcome.label(),
        }
    }
}

/// Whose turn it is while a case waits: derived, never typed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WaitingOn {
    /// The customer thinks it over.
    Customer,
    /// Somebody decides an approval.
    Approver,
    /// A department answers.
    Department,
    /// What was promised is being done.
    Fulfilment,
    /// A date comes.
    Date,
}

impl WaitingOn {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Customer, Self::Approver, Self::Department, Self::Fulfilment, Self::Date];

    /// As stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Approver => "approver",
            Self::Department => "department",
            Self::Fulfilment => "fulfilment",
            Self::Date => "date",
        }
    }

    /// As shown.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Customer => "Waiting on the customer",
            Self::Approver => "Waiting on an approver",
            Self::Department => "Waiting on a department",
            Self::Fulfilment => "Waiting on fulfilment",
            Self::Date => "Waiting for a date",
        }
    }

    /// Reads the stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|on| on.name() == name)
    }
}

/// How a case ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Close {
    /// The outcome.
    pub outcome: Outcome,
    /// What was kept, changed or lost, and why.
    pub note: String,
    /// What stays in force: recurring revenue × 12, or order value kept.
    pub kept: Money,
    /// The case this one repeats, when it is a duplicate.
    pub duplicate_of: Option<CaseId>,
    /// When.
    pub at: DateTime<Utc>,
    /// Who closed it; none for the desk.
    pub by: Option<UserId>,
}

/// What is at stake in a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AtStake {
    /// The whole relation.
    #[default]
    Everything,
    /// One subscription.
    Subscription(SubscriptionId),
    /// One order.
    Order(OrderId),
}

impl AtStake {
    /// The subscription, if that is it.
    #[must_use]
    pub fn subscription(self) -> Option<SubscriptionId> {
        match self {
            Self::Subscription(id) => Some(id),
            _ => None,
        }
    }

    /// The order, if that is it.
    #[must_use]
    pub fn order(self) -> Option<OrderId> {
        match self {
            Self::Order(id) => Some(id),
            _ => None,
        }
    }

    /// As a form sends it: `subscription:<id>`, `order:<id>`, or nothing.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None if text.is_empty() => Some(Self::Everything),
            Some(("subscription", id)) => id.parse().ok().map(Self::Subscription),
            Some(("order", id)) => id.parse().ok().map(Self::Order),
            _ => None,
        }
    }
}

impl std::fmt::Display for AtStake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Everything => Ok(()),
            Self::Subscription(id) => write!(f, "subscription:{id}"),
            Self::Order(id) => write!(f, "order:{id}"),
        }
    }
}

/// A case, as its row says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Case {
    /// Its identity.
    pub id: CaseId,
    /// The number people say: 20418 for SD-20418.
    pub number: i64,
    /// Whose.
    pub customer: CustomerId,
    /// What it is.
    pub kind: Kind,
    /// How it reached us.
    pub channel: Channel,
    /// Where it stands.
    pub stage: Stage,
    /// The customer's words, verbatim.
    pub stated_reason: String,
    /// Chosen from the tree.
    pub reason: Option<String>,
    /// What is at stake.
    pub at_stake: AtStake,
    /// Monthly recurring revenue × 12, or the order's value, at opening.
    pub value_at_risk: Money,
    /// How much it presses.
    pub priority: Priority,
    /// The day the customer leaves, if they named one.
    pub leaves_on: Option<NaiveDate>,
    /// The customer wants no attempt to be kept.
    pub just_cancel: bool,
    /// The team that works it.
    pub team: Option<TeamId>,
    /// Who works it.
    pub owner: Option<UserId>,
    /// When it came in.
    pub opened_at: DateTime<Utc>,
    /// When somebody first acted.
    pub first_action_at: Option<DateTime<Utc>>,
    /// Working minutes of its team from intake to then.
    pub first_action_minutes: Option<i32>,
    /// Row version (R6).
    pub version: i64,
}

/// Why something was not done with a case. Each sentence is shown as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Refusal {
    /// It is closed.
    #[error("This case is closed. Reopen it first.")]
    Closed,
    /// It is not closed.
    #[error("This case is not closed.")]
    NotClosed,
    /// No coded reason.
    #[error("Choose the coded reason before closing the case.")]
    NoReason,
    /// More kept than was at risk.
    #[error("What was kept cannot be more than the {0} at risk, unless the customer was saved or modified.")]
    KeptTooMuch(Money),
    /// Kept something of a lost case.
    #[error("A lost case keeps nothing: enter 0, or choose “Partly saved”.")]
    KeptOfLost,
    /// A duplicate of what?
    #[error("Give the number of the case that this one repeats, like SD-20418.")]
    NoOriginal,
    /// A duplicate of itself.
    #[error("A case cannot repeat itself.")]
    OwnDuplicate,
    /// Another team's.
    #[error("This case belongs to another team. Its supervisor or a manager can hand it over.")]
    OtherTeam,
    /// A rep gives a case away.
    #[error("A rep takes cases for themselves. An agent or a supervisor can give them to others.")]
    OnlyForYourself,
    /// Somebody has it already.
    #[error("{0} works this case. An agent or a supervisor can hand it over.")]
    Taken(String),
    /// A regulator, or somebody as pressing, still waits for our answer.
    #[error("{0} first: it is still owed. Send the answer, or note on the complaint why none is due.")]
    AnswerOwed(String),
    /// They said “just cancel”, and nobody says why that is over.
    #[error("Write in up to 500 characters why the customer no longer wants to just cancel.")]
    WhyNotCancel,
    /// In another currency than what is at risk.
    #[error("The amount must be in {0}, as the value at risk is.")]
    OtherCurrency(String),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl Case {
    /// SD-20418
    #[must_use]
    pub fn code(&self) -> String {
        format!("SD-{}", self.number)
    }

    /// Whether it is still to be worked.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !matches!(self.stage, Stage::Closed(_))
    }

    /// Refuses when it is closed.
    ///
    /// # Errors
    /// [`Refusal::Closed`].
    pub fn require_live(&self) -> Result<(), Refusal> {
        if self.is_live() { Ok(()) } else { Err(Refusal::Closed) }
    }

    /// Why there is no save attempt to make, in words for the form; none when there may be one. Deceased, not
    /// recognised, "just cancel" and a customer already gone take none.
    #[must_use]
    pub fn no_attempt_because(&self, reason_takes_attempt: bool, customer_gone: bool) -> Option<&'static str> {
        if self.just_cancel {
            Some("The customer said “just cancel”. Cancel and confirm; make no attempt to keep them.")
        } else if !reason_takes_attempt {
            Some("This reason takes no save attempt. Settle it kindly and close the case.")
        } else if customer_gone && self.kind != Kind::WinBack {
            Some("This customer has already left. A win-back case is the way to try again.")
        } else {
            None
        }
    }

    /// Whether `by` may give this case to `to` (none: back to the queue).
    ///
    /// # Errors
    /// Reps take what is free and give back what is theirs; agents and supervisors assign within their team and what
    /// has no team; managers and admins everywhere.
    pub fn may_assign(&self, by: &Actor, to: Option<UserId>) -> Result<(), Refusal> {
        self.require_live()?;
        if by.is(Role::Manager) || by.is(Role::Admin) {
            return Ok(());
        }
        if self.team.is_some() && self.team != by.team {
            return Err(Refusal::OtherTeam);
        }
        if by.is(Role::Agent) || by.is(Role::Supervisor) {
            return Ok(());
        }
        match (self.owner, to) {
            (owner, None) if owner == by.id => Ok(()),
            (None, Some(_)) if to == by.id => Ok(()),
            (owner, to) if owner == by.id && to == by.id => Ok(()),
            (Some(_), to) if to == by.id => Err(Refusal::Taken("A colleague".to_owned())),
            _ => Err(Refusal::OnlyForYourself),
        }
    }

    /// Somebody acts: new and waiting cases are worked.
    ///
    /// # Errors
    /// When it is closed.
    pub fn work(mut self, at: DateTime<Utc>) -> Result<Self, Refusal> {
        self.require_live()?;
        self.stage = Stage::Working;
        self.first_action_at.get_or_insert(at);
        Ok(self)
    }

    /// It is somebody else's turn.
    ///
    /// # Errors
    /// When it is closed.
    pub fn wait(mut self, on: WaitingOn, at: DateTime<Utc>) -> Result<Self, Refusal> {
        self.require_live()?;
        self.stage = Stage::Waiting(on);
        self.first_action_at.get_or_insert(at);
        Ok(self)
    }

    /// It ends, with an outcome, a coded reason and the money at close.
    ///
    /// # Errors
    /// When it is closed already, has no coded reason, or the money does not fit the outcome.
    pub fn close(mut self, close: Close) -> Result<Self, Refusal> {
        self.require_live()?;
        if self.reason.is_none() {
            return Err(Refusal::NoReason);
        }
        if close.kept.currency != self.value_at_risk.currency {
            return Err(Refusal::OtherCurrency(self.value_at_risk.currency.code().to_owned()));
        }
        if close.outcome.keeps_nothing() && close.kept.minor != 0 {
            return Err(Refusal::KeptOfLost);
        }
        if close.kept.minor > self.value_at_risk.minor && !close.outcome.is_save() {
            return Err(Refusal::KeptTooMuch(self.value_at_risk));
        }
        match close.duplicate_of {
            Some(original) if original == self.id => return Err(Refusal::OwnDuplicate),
            None if close.outcome == Outcome::Duplicate => return Err(Refusal::NoOriginal),
            _ => {}
        }
        self.stage = Stage::Closed(close);
        Ok(self)
    }

    /// A closed case is worked again.
    ///
    /// # Errors
    /// When it is not closed.
    pub fn reopen(mut self) -> Result<Self, Refusal> {
        if self.is_live() {
            return Err(Refusal::NotClosed);
        }
        self.stage = Stage::Working;
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
