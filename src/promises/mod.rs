//! Promises: what we told a customer we will do, by when, who does it, what it costs, and the evidence that it was done.
//!
//! ```text
//! open → kept | late | broken | waived        open ↻ moved, handed over: with a reason, kept as its history
//! ```
//!
//! An accepted offer always has some (R13), others are made by hand: of a type, which may need the yes of departments first
//! (R10), or of none where a process makes them. They outlive the case: a closed case hands them to
//! fulfilment. One that is late stays late: its time moves only while that is still ahead.

mod actions;
mod gate;
mod lists;
mod pages;
mod proof;
mod store;
mod types;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use thiserror::Error;

use crate::error::Error;
use crate::files::File;
use crate::ids::{CaseId, CustomerId, DepartmentId, OfferId, PromiseId, PromiseTypeId, UserId};
use crate::money::Money;
use crate::names::names;

pub use actions::{
    NewPromise, break_promise, go_along, hand_over, keep, keep_own, make, make_for_offer, move_due, waive,
};
pub use gate::{ask_for_yes, save_type};
pub use lists::{Show, Whose};
pub use pages::routes;
pub use proof::{Evidence, Line};
pub use store::{find, of_case, of_case_part, of_customer_part};
pub use types::{PromiseType, PromiseTypes};

names! {
    /// Where a promise stands.
    Stage {
        Open = "open", "Open";
        Kept = "kept", "Kept";
        Late = "late", "Kept late";
        Broken = "broken", "Broken";
        Waived = "waived", "Waived";
    }
}

impl Stage {
    /// The tone of its mark.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Kept => "good",
            Self::Late => "warn",
            Self::Broken => "bad",
            Self::Open | Self::Waived => "info",
        }
    }
}

/// What we told a customer we will do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Promise {
    /// Its identity.
    pub id: PromiseId,
    /// The case in which it was made.
    pub case: CaseId,
    /// To whom.
    pub customer: CustomerId,
    /// The offer that it fulfils, if there is one.
    pub offer: Option<OfferId>,
    /// Its type, if somebody made it by hand.
    pub kind: Option<PromiseTypeId>,
    /// In words.
    pub what: String,
    /// The department that does it, if one does.
    pub department: Option<String>,
    /// The same by its identity.
    pub department_id: Option<DepartmentId>,
    /// Who sees to it.
    pub owner: UserId,
    /// Their name.
    pub owner_name: String,
    /// By when.
    pub due_at: DateTime<Utc>,
    /// Why then.
    pub because: String,
    /// What it costs.
    pub cost: Money,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Where it stands.
    pub stage: Stage,
    /// Evidence in words when kept, the reason when broken or waived.
    pub evidence: Option<String>,
    /// The line of a billing extract that proves it.
    pub line: Option<Line>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Row version (R6).
    pub version: i64,
    /// Its history: how it was moved and handed over, oldest first.
    pub moves: Vec<Move>,
    /// What was attached to it.
    pub files: Vec<File>,
}

/// A promise was moved, or handed over.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Move {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom; none for the desk.
    pub by: Option<String>,
    /// From when; none when it was handed over.
    pub was_due_at: Option<DateTime<Utc>>,
    /// To when.
    pub due_at: Option<DateTime<Utc>>,
    /// From whom; none when it was moved.
    pub was_owner: Option<String>,
    /// To whom.
    pub owner: Option<String>,
    /// The department that was to do it.
    pub was_department: Option<String>,
    /// The department that does it since.
    pub department: Option<String>,
    /// Why.
    pub why: String,
}

/// Why something was not done with a promise. Each sentence is shown as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Refusal {
    /// It ended.
    #[error("This promise is {} already.", .0.label().to_lowercase())]
    Over(Stage),
    /// Somebody else changed it since it was shown.
    #[error("Somebody changed this promise meanwhile. Look at it as it is now, and try again.")]
    Changed,
    /// Its time has passed.
    #[error(
        "The time of this promise has passed, so it cannot be moved. Keep it late, or note that it was broken and promise anew."
    )]
    Passed,
    /// The new time is not ahead.
    #[error("Choose a time that is still ahead.")]
    NotAhead,
    /// The new time is the old one.
    #[error("It is due then already. Choose another time.")]
    SameTime,
    /// It is theirs.
    #[error("They see to it already. Choose somebody else, or another department.")]
    SameOwner,
    /// There is no such type, or it is offered no more.
    #[error("Promises of this type are no longer made. Choose another.")]
    NoType,
    /// Another type has its name.
    #[error("A type of promises has this name already. Choose another name.")]
    NameTaken,
    /// Whoever should see to it works here no more, or does not work cases.
    #[error("Choose somebody who works on cases here.")]
    NoOwner,
    /// There is nothing that shows that it was done.
    #[error("Say how you know that it was done: in words, with a file, or by a line of a bill.")]
    NoEvidence,
    /// The line is not there, is another customer's, or older than the promise.
    #[error("This line of a bill is no evidence for this promise. Choose one of those that are offered.")]
    NoProof,
    /// The line proves another promise.
    #[error("This line of a bill proves another promise already. Choose another.")]
    Taken,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl Promise {
    /// It was done: in time or late follows from when, which is the day of the bill where a bill proves it.
    ///
    /// # Errors
    /// When it ended already, or nothing shows that it was done.
    pub fn keep(self, evidence: &Evidence, line: Option<Line>, at: DateTime<Utc>) -> Result<Self, Refusal> {
        if evidence.is_empty() {
            return Err(Refusal::NoEvidence);
        }
        if line.as_ref().is_some_and(|line| !line.can_prove(self.made_at)) {
            return Err(Refusal::NoProof);
        }
        let billed_in_time = line.as_ref().is_some_and(|line| line.billed_on <= self.due_at.date_naive());
        let stage = if at <= self.due_at || billed_in_time { Stage::Kept } else { Stage::Late };
        let words = evidence.words.clone();
        Ok(Self { line, ..self.end(stage, words, at)? })
    }

    /// It ended, for a reason unless it was kept.
    ///
    /// # Errors
    /// When it ended already.
    pub fn end(mut self, stage: Stage, words: Option<String>, at: DateTime<Utc>) -> Result<Self, Refusal> {
        self.require_open()?;
        self.stage = stage;
        self.evidence = words;
        self.ended_at = Some(at);
        Ok(self)
    }

    /// It is due at another time.
    ///
    /// # Errors
    /// When it ended already, is not what was `seen` any more, or one of the two times has passed.
    pub fn move_to(mut self, due: crate::calendar::Due, seen: i64, at: DateTime<Utc>) -> Result<Self, Refusal> {
        self.require_open()?;
        self.require_version(seen)?;
        if at >= self.due_at {
            return Err(Refusal::Passed);
        }
        if due.at <= at {
            return Err(Refusal::NotAhead);
        }
        if due.at == self.due_at {
            return Err(Refusal::SameTime);
        }
        (self.due_at, self.because) = (due.at, due.because);
        Ok(self)
    }

    /// Somebody else sees to it, or another department does it.
    ///
    /// # Errors
    /// When it ended already, is not what was `seen` any more, or is theirs.
    pub fn hand_to(mut self, owner: UserId, department: Option<DepartmentId>, seen: i64) -> Result<Self, Refusal> {
        self.require_open()?;
        self.require_version(seen)?;
        if (self.owner, self.department_id) == (owner, department) {
            return Err(Refusal::SameOwner);
        }
        (self.owner, self.department_id) = (owner, department);
        Ok(self)
    }

    /// The customer has not got what we said, or got it late: somebody has to tell them.
    #[must_use]
    pub fn calls_for_telling(&self) -> bool {
        matches!(self.stage, Stage::Broken | Stage::Late)
    }

    /// It is still owed, and its time has passed.
    #[must_use]
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.stage == Stage::Open && self.due_at < now
    }

    fn require_open(&self) -> Result<(), Refusal> {
        if self.stage == Stage::Open { Ok(()) } else { Err(Refusal::Over(self.stage)) }
    }

    fn require_version(&self, seen: i64) -> Result<(), Refusal> {
        if self.version == seen { Ok(()) } else { Err(Refusal::Changed) }
    }
}

/// What becomes of the offer whose promises these are: nothing while one is open, failed when one was broken or all were
/// waived, fulfilled otherwise.
#[must_use]
pub fn fulfils(promises: &[Promise]) -> Option<bool> {
    if promises.iter().any(|promise| promise.stage == Stage::Open) {
        return None;
    }
    let broken = promises.iter().any(|promise| promise.stage == Stage::Broken);
    let done = promises.iter().any(|promise| matches!(promise.stage, Stage::Kept | Stage::Late));
    Some(done && !broken)
}

#[cfg(test)]
mod tests;
