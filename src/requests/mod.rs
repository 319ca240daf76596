//! Requests: a question or a job for a department. A feasibility check is a request with a typed answer, yes, no or yes
//! if …, that is valid until a date; offers rest on it (R10).
//!
//! ```text
//! open → accepted → answered
//! open | accepted → open (handed over: a pass) | returned (with why) | cancelled
//! returned → open (asked again) | cancelled
//! ```
//!
//! What is said about it is one thread, in the log of the case. The database refuses every other move.

mod actions;
mod feasibility;
mod lead_times;
mod pages;
mod store;

use chrono::{DateTime, NaiveDate, Utc};
use thiserror::Error;

use crate::auth::{Actor, Role};
use crate::error::Error;
use crate::ids::{CaseId, CustomerId, DepartmentId, OfferId, PromiseId, PromiseTypeId, RequestId, UserId};
use crate::money::Money;
use crate::names::names;

pub use actions::{
    Link, NewAnswer, NewRequest, Terms, Wish, accept, accept_conditions, answer, answer_by_link, ask, ask_again,
    ask_for_offer, ask_for_promise, ask_in_confidence, cancel, cancel_open, could_not, could_not_keep, hand_over,
    let_read, make_link, promised_on, return_it, said, set_up, supply, terms_are_over, to_chase, withdraw_answer,
};
pub use feasibility::{Need, Standing, needs, needs_of_promise, unmet};
pub use lead_times::{Blackout, Desk, LeadTime};
pub use pages::routes;
pub use store::{desk, find, of_case, of_case_part, of_offer};

/// The most characters of what is asked for, in one line.
pub const LONGEST_WHAT: usize = 200;
/// The most characters of an entry of the thread.
pub const LONGEST_WORDS: usize = 4000;

names! {
    /// What a department is asked for.
    Kind {
        Question = "question", "Question";
        Job = "job", "Job";
        Feasibility = "feasibility", "Feasibility check";
    }
}

impl Kind {
    /// What is expected of the department, in words.
    #[must_use]
    pub fn wants(self) -> &'static str {
        match self {
            Self::Question => "an answer in words",
            Self::Job => "something done, and word of it",
            Self::Feasibility => "yes, no or yes if …, with a date",
        }
    }
}

names! {
    /// Where a request stands.
    Stage {
        Open = "open", "Asked";
        Accepted = "accepted", "Accepted";
        Answered = "answered", "Answered";
        Returned = "returned", "Returned";
        Cancelled = "cancelled", "Cancelled";
    }
}

impl Stage {
    /// Whether something is still to come of it.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Self::Open | Self::Accepted | Self::Returned)
    }

    /// Whether it is the department's turn.
    #[must_use]
    pub fn is_theirs(self) -> bool {
        matches!(self, Self::Open | Self::Accepted)
    }

    /// Whether it may become that.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Open, Self::Open | Self::Accepted | Self::Returned | Self::Cancelled)
                | (Self::Accepted, Self::Open | Self::Answered | Self::Returned | Self::Cancelled)
                | (Self::Returned, Self::Open | Self::Cancelled)
        )
    }
}

names! {
    /// What a department says to a feasibility check.
    Verdict {
        Yes = "yes", "Yes";
        YesIf = "yes_if", "Yes, if …";
        No = "no", "No";
    }
}

/// A department's answer, and what became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Of a feasibility check.
    pub verdict: Option<Verdict>,
    /// In words.
    pub words: String,
    /// What a “yes if” depends on.
    pub conditions: Option<String>,
    /// When it can be done.
    pub possible_on: Option<NaiveDate>,
    /// What it costs.
    pub cost: Option<Money>,
    /// Whether that is the date and the price of doing it faster.
    pub expedited: bool,
    /// Until when the yes counts.
    pub valid_until: Option<DateTime<Utc>>,
    /// When it was given.
    pub at: DateTime<Utc>,
    /// Who gave it.
    pub by_name: String,
    /// Without an account, by a link.
    pub by_link: bool,
    /// When the conditions were accepted, and by whom.
    pub accepted: Option<(DateTime<Utc>, String)>,
    /// When it was taken back, and why.
    pub withdrawn: Option<(DateTime<Utc>, String)>,
    /// When it turned out that it could not be done, and why.
    pub could_not: Option<(DateTime<Utc>, String)>,
    /// Whether the desk asked again since it ran out.
    pub asked_again: bool,
    /// The promise that was made on it: a yes carries one.
    pub promise: Option<PromiseId>,
    /// Row version (R6).
    pub version: i64,
}

impl Answer {
    /// Whether the yes counts at a moment: given, not run out, not taken back, its conditions accepted.
    #[must_use]
    pub fn standing(&self, at: DateTime<Utc>) -> Standing {
        match self.verdict {
            _ if self.could_not.is_some() => Standing::CouldNot,
            _ if self.withdrawn.is_some() => Standing::Withdrawn,
            None | Some(Verdict::No) => Standing::No,
            Some(_) if self.valid_until.is_none_or(|until| until <= at) => Standing::RanOut,
            Some(Verdict::YesIf) if self.accepted.is_none() => Standing::Conditions,
            Some(_) => Standing::Yes,
        }
    }

    /// The mark of it: its tone and its word.
    #[must_use]
    pub fn mark(&self, at: DateTime<Utc>) -> (&'static str, &'static str) {
        match (self.verdict, self.standing(at)) {
            (None, _) => ("good", "Answered"),
            (_, standing) => (standing.tone(), standing.label()),
        }
    }
}

/// A request, as its row says, with its answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// Its identity.
    pub id: RequestId,
    /// The case it is asked in.
    pub case: CaseId,
    /// Of whom.
    pub customer: CustomerId,
    /// Whose turn it is.
    pub department: DepartmentId,
    /// Its name.
    pub department_name: String,
    /// What is asked for.
    pub kind: Kind,
    /// In one line.
    pub what: String,
    /// The exact terms that a check is about.
    pub offer: Option<(OfferId, i32)>,
    /// These terms in words.
    pub terms: Option<String>,
    /// The type of the promise that a check is about.
    pub promise_type: Option<PromiseTypeId>,
    /// By when the customer needs it.
    pub wanted_on: Option<NaiveDate>,
    /// When it was asked.
    pub asked_at: DateTime<Utc>,
    /// Who asked; none for the desk itself.
    pub asked_by: Option<UserId>,
    /// Their name.
    pub asked_by_name: Option<String>,
    /// Where it stands.
    pub stage: Stage,
    /// Who in the department has it.
    pub accepted_by: Option<UserId>,
    /// Their name.
    pub accepted_by_name: Option<String>,
    /// How often it went from one department to another.
    pub passes: i16,
    /// By when it is to be answered.
    pub due_at: DateTime<Utc>,
    /// Why then.
    pub because: String,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// The answer, once there is one.
    pub answer: Option<Answer>,
    /// Who of the desk may know of it; none: everybody.
    pub readers: Option<Vec<UserId>>,
    /// Row version (R6).
    pub version: i64,
}

/// Why something was not done with a request. Each sentence is shown as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Refusal {
    /// It is not where it would have to be.
    #[error("This request is {} already.", .0.label().to_lowercase())]
    Over(Stage),
    /// It was sent back.
    #[error("This request was returned. Say what was missing to ask again.")]
    IsReturned,
    /// Nothing was missing.
    #[error("This request was not returned. Write into its thread instead.")]
    NotReturned,
    /// To where it is already.
    #[error("{0} has this request already.")]
    HasIt(String),
    /// A check about an offer or a promise stays where it is.
    #[error("Each department answers for itself whether it can be done. Return it, and say who to ask.")]
    OwnCheck,
    /// There is none, or none like that.
    #[error("There is no yes to this request.")]
    NoYes,
    /// It no longer stands.
    #[error("This answer no longer stands: {0}. Ask again.")]
    NoLonger(String),
    /// No conditions to accept.
    #[error("There are no conditions to accept.")]
    NoConditions,
    /// Somebody did so already.
    #[error("{0} accepted these conditions already.")]
    AcceptedAlready(String),
    /// The customer accepted the offer.
    #[error("The customer has accepted the offer that rests on this answer. Tell the desk what cannot be done.")]
    TooLate,
    /// It was promised to the customer.
    #[error("The desk has promised it to the customer on this answer. Tell the desk what cannot be done.")]
    Promised,
    /// Noted already.
    #[error("It is on record already that this could not be done.")]
    NotedAlready,
    /// The link was used, has expired, or its request moved on.
    #[error(
        "This link was used, has expired, or the request was settled another way. Ask whoever sent it for a new one."
    )]
    LinkGone,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl Request {
    /// Goes where it may.
    fn go(&mut self, next: Stage) -> Result<(), Refusal> {
        if self.stage == Stage::Returned && next != Stage::Open && next != Stage::Cancelled {
            return Err(Refusal::IsReturned);
        }
        if !self.stage.may_become(next) {
            return Err(Refusal::Over(self.stage));
        }
        self.stage = next;
        Ok(())
    }

    /// Somebody of the department takes it on.
    ///
    /// # Errors
    /// When it is not open.
    pub fn accept(&mut self, by: Option<UserId>) -> Result<(), Refusal> {
        self.go(Stage::Accepted)?;
        self.accepted_by = by;
        Ok(())
    }

    /// The department sends it back for what is missing.
    ///
    /// # Errors
    /// When it is not the department's turn.
    pub fn send_back(&mut self) -> Result<(), Refusal> {
        self.go(Stage::Returned)?;
        self.accepted_by = None;
        Ok(())
    }

    /// It goes to another department: a pass, which is counted.
    ///
    /// # Errors
    /// When it is not the department's turn, it is there already, or it is a check about an offer or a promise.
    pub fn pass(&mut self, to: DepartmentId, name: &str) -> Result<(), Refusal> {
        if self.offer.is_some() || self.promise_type.is_some() {
            return Err(Refusal::OwnCheck);
        }
        if to == self.department {
            return Err(Refusal::HasIt(self.department_name.clone()));
        }
        if self.stage == Stage::Returned {
            return Err(Refusal::IsReturned);
        }
        self.go(Stage::Open)?;
        self.accepted_by = None;
        self.department = to;
        name.clone_into(&mut self.department_name);
        self.passes += 1;
        Ok(())
    }

    /// What was missing was supplied.
    ///
    /// # Errors
    /// When it was not returned.
    pub fn reopen(&mut self) -> Result<(), Refusal> {
        if self.stage != Stage::Returned {
            return Err(if self.stage.is_live() { Refusal::NotReturned } else { Refusal::Over(self.stage) });
        }
        self.go(Stage::Open)
    }

    /// It ends: answered or cancelled.
    ///
    /// # Errors
    /// When it has ended.
    pub fn end(&mut self, stage: Stage, at: DateTime<Utc>) -> Result<(), Refusal> {
        self.go(stage)?;
        self.ended_at = Some(at);
        Ok(())
    }

    /// Its answer, if that is a yes that may still be changed.
    ///
    /// # Errors
    /// When there is none.
    pub fn require_yes(&self) -> Result<&Answer, Refusal> {
        let yes = |answer: &&Answer| matches!(answer.verdict, Some(Verdict::Yes | Verdict::YesIf));
        self.answer.as_ref().filter(yes).ok_or(Refusal::NoYes)
    }

    /// The answer with conditions that somebody may accept at a moment.
    ///
    /// # Errors
    /// When there are none, they were accepted, or the answer no longer stands.
    pub fn require_conditions(&self, at: DateTime<Utc>) -> Result<&Answer, Refusal> {
        let answer = self.answer.as_ref().filter(|answer| answer.verdict == Some(Verdict::YesIf));
        let answer = answer.ok_or(Refusal::NoConditions)?;
        match (&answer.accepted, answer.standing(at)) {
            (Some((_, by)), _) => Err(Refusal::AcceptedAlready(by.clone())),
            (None, Standing::Conditions) => Ok(answer),
            (None, standing) => Err(Refusal::NoLonger(standing.label().to_lowercase())),
        }
    }

    /// Whether this person may know of it: a confidential one is there for its readers and its department.
    #[must_use]
    pub fn is_for(&self, actor: &Actor) -> bool {
        let reads = |readers: &Vec<UserId>| actor.id.is_some_and(|id| readers.contains(&id));
        self.readers.as_ref().is_none_or(reads) || self.is_theirs(actor)
    }

    /// What those are told of it who may not know more.
    #[must_use]
    pub fn outwardly(&self) -> String {
        match self.readers {
            None => format!("{}: {}", self.department_name, self.what),
            Some(_) => "A confidential matter".to_owned(),
        }
    }

    /// Whether this person answers for its department.
    #[must_use]
    pub fn is_theirs(&self, actor: &Actor) -> bool {
        actor.is(Role::Department) && actor.department == Some(self.department)
    }

    /// The mark of where it stands: its shape or tone, its word, and whether it has ended.
    #[must_use]
    pub fn mark(&self, at: DateTime<Utc>) -> (&'static str, &'static str, bool) {
        match (self.stage, &self.answer) {
            (Stage::Answered, Some(answer)) => {
                let (tone, label) = answer.mark(at);
                (tone, label, true)
            }
            (Stage::Open | Stage::Accepted, _) if self.due_at < at => ("bad", "Late", true),
            (Stage::Open, _) => ("dept", self.stage.label(), false),
            (Stage::Accepted, _) => ("working", self.stage.label(), false),
            (Stage::Returned, _) => ("warn", self.stage.label(), true),
            _ => ("info", self.stage.label(), true),
        }
    }
}

/// A customer's name as far as a department needs it: the first word, and the first letters of the others.
#[must_use]
pub fn masked(name: &str) -> String {
    let mut words = name.split_whitespace();
    let mut masked = words.next().unwrap_or_default().to_owned();
    for word in words {
        masked.push(' ');
        masked.extend(word.chars().next());
        masked.push('.');
    }
    masked
}

#[cfg(test)]
mod tests;
