//! Follow-ups: what we owe ourselves. Something somebody must do at a time: call back, write, look after a save, remember,
//! tell a customer that a promise is at risk. Each has one deadline, in the case it belongs to.
//!
//! ```text
//! open (⇄ snoozed until a time, a reply, an answer or a decision) → done | dropped → (taken up again) open
//! ```
//!
//! Checks after a save, and telling a customer, outlive their case; everything else ends with it.

mod actions;
mod kinds;
mod lists;
mod pages;
mod store;
mod times;

use chrono::{DateTime, TimeDelta, Utc};
use thiserror::Error;

use crate::calendar::Due;
use crate::error::Error;
use crate::ids::{CaseId, FollowUpId, InteractionId, PromiseId, UserId};

pub use actions::{
    after_closing, after_reopening, before_closing, complete, drop_because, go_along, hand, make, move_to,
    nothing_to_tell, reopen, replace_next_step, return_to_queue, snooze, unsnooze, wake,
};
pub use kinds::{Kind, Stage, StillHere, Wake};
pub use pages::routes;
pub use store::{Calling, calling as calling_hours, find, of_interaction, open_of_case};
pub use times::{CHECK_DAYS, calling, check_due};

/// The most characters of what is to be done.
pub const LONGEST: usize = 300;
/// How long what has ended can be taken up again.
const UNDO: TimeDelta = TimeDelta::hours(1);
/// The furthest ahead anything is put off.
const FURTHEST: TimeDelta = TimeDelta::days(400);

/// Until when it is put off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Snooze {
    /// What wakes it sooner, if anything does.
    pub until: Option<Wake>,
    /// At the latest then.
    pub latest: DateTime<Utc>,
}

/// A follow-up that is put off: what it was before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snoozed {
    /// What wakes it sooner, if anything does.
    pub until: Option<Wake>,
    /// When it was due before, and why then.
    pub from: Due,
}

/// Something to do at a time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FollowUp {
    /// Its identity.
    pub id: FollowUpId,
    /// The case it belongs to.
    pub case: CaseId,
    /// What kind of thing.
    pub kind: Kind,
    /// In words.
    pub what: String,
    /// Who does it; none: the case's queue has it.
    pub owner: Option<UserId>,
    /// Their name.
    pub owner_name: Option<String>,
    /// When, and why then.
    pub due: Due,
    /// The entry of the log that says it comes next.
    pub interaction: Option<InteractionId>,
    /// The promise at risk.
    pub promise: Option<PromiseId>,
    /// How many days after the save it looks, for a check.
    pub check_day: Option<i16>,
    /// The save it looks after.
    pub saved_at: Option<DateTime<Utc>>,
    /// Put off.
    pub snoozed: Option<Snoozed>,
    /// Where it stands.
    pub stage: Stage,
    /// What a check found.
    pub still_here: Option<StillHere>,
    /// What came of it, or why it was dropped.
    pub note: Option<String>,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Who ended it; none for the desk.
    pub ended_by: Option<UserId>,
    /// Row version (R6).
    pub version: i64,
}

/// A follow-up to be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewFollowUp {
    /// The case it belongs to.
    pub case: CaseId,
    /// What kind of thing.
    pub kind: Kind,
    /// In words.
    pub what: String,
    /// When, and why then. A callback at an hour at which the customer is not called is moved to the next one.
    pub due: Due,
    /// Who does it; none: the case's queue has it.
    pub owner: Option<UserId>,
    /// The promise at risk of which the customer is told.
    pub promise: Option<PromiseId>,
    /// The entry of the log that says it comes next.
    pub interaction: Option<InteractionId>,
}

impl NewFollowUp {
    /// One that is nobody's yet and follows from nothing.
    #[must_use]
    pub fn new(case: CaseId, kind: Kind, what: impl Into<String>, due: Due) -> Self {
        Self { case, kind, what: what.into(), due, owner: None, promise: None, interaction: None }
    }

    /// The customer is told of a promise that is at risk, late or broken.
    #[must_use]
    pub fn tell_customer(case: CaseId, promise: PromiseId, of: &str, due: Due) -> Self {
        let what: String = format!("Tell the customer: {of}").chars().take(300).collect();
        Self { promise: Some(promise), ..Self::new(case, Kind::TellCustomer, what, due) }
    }
}

/// Why something was not done with a follow-up. Each sentence is shown as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Refusal {
    /// It ended.
    #[error("This follow-up is {} already.", .0.label().to_lowercase())]
    Over(Stage),
    /// It did not end.
    #[error("This follow-up is open.")]
    Open,
    /// Somebody else moved it meanwhile.
    #[error("Somebody moved this follow-up meanwhile. Look at when it is due now, then choose again.")]
    MovedMeanwhile,
    /// Somebody else handed it over meanwhile.
    #[error("Somebody handed this follow-up over meanwhile. Look at whose it is now, then choose again.")]
    HandedMeanwhile,
    /// In the past.
    #[error("Choose a time that is still ahead.")]
    NotAhead,
    /// Too far ahead.
    #[error("Choose a time within the next 400 days.")]
    TooFar,
    /// It is not put off.
    #[error("This follow-up is not snoozed.")]
    NotSnoozed,
    /// A check says what it found.
    #[error("Say whether the customer is still active and paying.")]
    NotSaid,
    /// Only checks find something.
    #[error("Only a check after a save says whether the customer is still there.")]
    NoCheck,
    /// It is theirs already.
    #[error("They have this follow-up already.")]
    Theirs,
    /// Too late to take back.
    #[error("This ended more than an hour ago. Add a new follow-up instead.")]
    TooLate,
    /// Somebody else ended it.
    #[error("Whoever ended this follow-up, or a supervisor, can take that back.")]
    NotYours,
    /// Another stands in its place.
    #[error("Another follow-up has taken its place. Work that one.")]
    Replaced,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl FollowUp {
    /// Refuses when it has ended.
    ///
    /// # Errors
    /// [`Refusal::Over`].
    pub fn require_open(&self) -> Result<(), Refusal> {
        if self.stage == Stage::Open { Ok(()) } else { Err(Refusal::Over(self.stage)) }
    }

    /// It was done. A check says what it found, and nothing else does.
    ///
    /// # Errors
    /// When it has ended.
    pub fn complete(
        mut self,
        note: Option<String>,
        still_here: Option<StillHere>,
        at: DateTime<Utc>,
        by: Option<UserId>,
    ) -> Result<Self, Refusal> {
        self.require_open()?;
        match (self.kind, still_here) {
            (Kind::Check, None) => return Err(Refusal::NotSaid),
            (Kind::Check, Some(_)) | (_, None) => {}
            (_, Some(_)) => return Err(Refusal::NoCheck),
        }
        (self.stage, self.still_here, self.note) = (Stage::Done, still_here, note);
        Ok(self.ended(at, by))
    }

    /// It is not needed any more, for a reason.
    ///
    /// # Errors
    /// When it has ended.
    pub fn drop_because(mut self, why: String, at: DateTime<Utc>, by: Option<UserId>) -> Result<Self, Refusal> {
        self.require_open()?;
        (self.stage, self.note) = (Stage::Dropped, Some(why));
        Ok(self.ended(at, by))
    }

    fn ended(mut self, at: DateTime<Utc>, by: Option<UserId>) -> Self {
        (self.ended_at, self.ended_by, self.snoozed) = (Some(at), by, None);
        self
    }

    /// It is due at another time; whoever moves it saw when it was due.
    ///
    /// # Errors
    /// When it has ended, was moved meanwhile, or the time is not ahead.
    pub fn move_to(mut self, due: Due, seen: DateTime<Utc>, at: DateTime<Utc>) -> Result<Self, Refusal> {
        self.require_open()?;
        self.require_seen(seen)?;
        require_ahead(due.at, at)?;
        (self.due, self.snoozed) = (due, None);
        Ok(self)
    }

    /// It is put off; whoever puts it off saw when it was due.
    ///
    /// # Errors
    /// When it has ended, was moved meanwhile, or the latest time is not ahead.
    pub fn snooze(
        mut self,
        until: Option<Wake>,
        latest: Due,
        seen: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        self.require_open()?;
        self.require_seen(seen)?;
        require_ahead(latest.at, at)?;
        let was = std::mem::replace(&mut self.due, latest);
        let from = self.snoozed.take().map_or(was, |before| before.from);
        self.snoozed = Some(Snoozed { until, from });
        Ok(self)
    }

    /// It is no longer put off: it is due as before.
    ///
    /// # Errors
    /// When it is not put off.
    pub fn unsnooze(mut self) -> Result<Self, Refusal> {
        self.require_open()?;
        self.due = self.snoozed.take().ok_or(Refusal::NotSnoozed)?.from;
        Ok(self)
    }

    /// What it waited for has come: it is due soon, never later than it was put off to.
    ///
    /// # Errors
    /// When it is not put off.
    pub fn wake(mut self, soon: Due) -> Result<Self, Refusal> {
        self.require_open()?;
        self.snoozed.take().ok_or(Refusal::NotSnoozed)?;
        if soon.at < self.due.at {
            self.due = soon;
        }
        Ok(self)
    }

    /// Somebody else does it, or whoever takes it from the case's queue; whoever hands it over saw whose it was.
    ///
    /// # Errors
    /// When it has ended, or was handed over meanwhile.
    pub fn hand(mut self, to: Option<UserId>, seen: Option<UserId>) -> Result<Self, Refusal> {
        self.require_open()?;
        if self.owner == to {
            return Err(Refusal::Theirs);
        }
        if self.owner != seen {
            return Err(Refusal::HandedMeanwhile);
        }
        self.owner = to;
        Ok(self)
    }

    /// What has just ended is open again, due as it was.
    ///
    /// # Errors
    /// When it is open, or ended long ago.
    pub fn reopen(mut self, at: DateTime<Utc>) -> Result<Self, Refusal> {
        match self.ended_at {
            None => return Err(Refusal::Open),
            Some(ended) if at - ended > UNDO => return Err(Refusal::TooLate),
            Some(_) => {}
        }
        (self.stage, self.note, self.still_here) = (Stage::Open, None, None);
        (self.ended_at, self.ended_by) = (None, None);
        Ok(self)
    }

    fn require_seen(&self, due: DateTime<Utc>) -> Result<(), Refusal> {
        if self.due.at == due { Ok(()) } else { Err(Refusal::MovedMeanwhile) }
    }
}

fn require_ahead(due: DateTime<Utc>, at: DateTime<Utc>) -> Result<(), Refusal> {
    match due {
        due if due <= at => Err(Refusal::NotAhead),
        due if due - at > FURTHEST => Err(Refusal::TooFar),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
