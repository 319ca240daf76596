//! Appointments: booked calls with a customer, by one of ours alone or jointly with people of departments. Times are found in
//! the hours that all of them share, on both clocks; whoever takes part has it in the mail and in the calendar.
//!
//! ```text
//! booked (↻ moved: its invitation's sequence rises) → held | missed | cancelled
//! ```
//!
//! A booked one has a deadline of its own, which the chaser reminds whoever hosts it of; a closed case has none booked.

mod actions;
mod diary;
mod invitation;
mod pages;
mod round;
mod store;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use thiserror::Error;

use crate::auth::Actor;
use crate::error::Error;
use crate::ids::{AppointmentId, CaseId, CustomerId, DepartmentId, UserId};
use crate::names::names;

pub use actions::{
    NewAppointment, NewTime, Party, book, cancel, cancel_open, case_given, hold, invitation_dropped_because, miss,
    move_to, tell_who_is_away,
};
pub use diary::{Diary, Slot, Span, WhyNot, slots};
pub use pages::routes;
pub use round::free_times;
pub use store::find;

/// The most characters of what a call is about.
pub const LONGEST_WHAT: usize = 200;
/// The most characters of a note.
pub const LONGEST_NOTE: usize = 2000;
/// How long calls are, in minutes.
pub const LENGTHS: [i16; 4] = [15, 30, 45, 60];
/// The furthest ahead a call is booked.
const FURTHEST: TimeDelta = TimeDelta::days(200);

names! {
    /// Who of ours calls.
    Kind {
        Callback = "callback", "Callback";
        Joint = "joint", "Joint call";
    }
}

names! {
    /// Where an appointment stands.
    Stage {
        Booked = "booked", "Booked";
        Held = "held", "Held";
        Missed = "missed", "Missed";
        Cancelled = "cancelled", "Cancelled";
    }
}

impl Stage {
    /// The tone of its mark.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Held => "good",
            Self::Missed => "warn",
            Self::Booked | Self::Cancelled => "info",
        }
    }
}

/// Somebody of ours who takes part.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Taking {
    /// Who.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Where their mail goes.
    pub email: String,
    /// For which department; none for the desk.
    pub department: Option<DepartmentId>,
    /// Its name.
    pub department_name: Option<String>,
    /// Whether they host it.
    pub host: bool,
    /// Whether they were booked although they were not free.
    pub despite: bool,
}

impl Taking {
    /// "Ines Duarte, Technical support"
    #[must_use]
    pub fn who(&self) -> String {
        match &self.department_name {
            Some(department) => format!("{}, {department}", self.name),
            None => self.name.clone(),
        }
    }
}

/// A booked call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Appointment {
    /// Its identity.
    pub id: AppointmentId,
    /// The case it belongs to.
    pub case: CaseId,
    /// The case's number, 20418 for SD-20418.
    pub number: i64,
    /// With whom.
    pub customer: CustomerId,
    /// Who of ours calls.
    pub kind: Kind,
    /// What it is about, in one line.
    pub what: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// How long it takes.
    pub minutes: i16,
    /// Who calls.
    pub host: UserId,
    /// All of ours who take part, the host first.
    pub people: Vec<Taking>,
    /// The customer's clock, as it was agreed.
    pub zone: Tz,
    /// The number to call.
    pub phone: String,
    /// Whether the customer is sent an invitation.
    pub invites: bool,
    /// Of the newest invitation.
    pub sequence: i32,
    /// Where it stands.
    pub stage: Stage,
    /// What came of it; why it was cancelled.
    pub note: Option<String>,
    /// When it was booked.
    pub booked_at: DateTime<Utc>,
    /// Who booked it.
    pub booked_by: Option<String>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Row version (R6).
    pub version: i64,
}

/// Why something was not done with an appointment. Each sentence is shown as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Refusal {
    /// It ended.
    #[error("This call is {} already.", .0.label().to_lowercase())]
    Over(Stage),
    /// Somebody else changed it since it was shown.
    #[error("Somebody changed this call meanwhile. Look at it as it is now, and try again.")]
    Changed,
    /// In the past.
    #[error("Choose a time that is still ahead.")]
    NotAhead,
    /// Too far ahead.
    #[error("Choose a time within the next 200 days.")]
    TooFar,
    /// It is then already.
    #[error("The call is then already, with the same people. Choose another time.")]
    SameTime,
    /// It has not begun.
    #[error("This call is still to come. Move or cancel it instead.")]
    NotBegun,
    /// Whoever should host it works here no more, or does not work cases.
    #[error("Choose somebody who works on cases here to host the call.")]
    NoHost,
    /// Whoever should take part works here no more.
    #[error("Somebody who should take part no longer works here. Choose again.")]
    Gone,
    /// A department of which nobody is there.
    #[error("Nobody of {0} has an account here. Choose another department.")]
    Nobody(String),
    /// The host has another call then.
    #[error("{0} has another call then, and cannot host two at once. Choose another time, or another host.")]
    HostBusy(String),
    /// Somebody was faster.
    #[error("Somebody who takes part was booked for then a moment ago. Choose another time.")]
    Taken,
    /// Somebody is not free, and nobody said that it may be all the same.
    #[error("{0}")]
    NotFree(String),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl Appointment {
    /// "SD-20418"
    #[must_use]
    pub fn code(&self) -> String {
        format!("SD-{}", self.number)
    }

    /// From when until when it is.
    #[must_use]
    pub fn span(&self) -> Span {
        Span::of(self.starts_at, self.minutes)
    }

    /// Who hosts it, as it was booked.
    #[must_use]
    pub fn host_name(&self) -> &str {
        self.people.iter().find(|one| one.host).map_or("", |one| &one.name)
    }

    /// Whether somebody sees it: the desk all, a department's people those they take part in.
    #[must_use]
    pub fn is_seen_by(&self, actor: &Actor) -> bool {
        actor.may::<crate::auth::SeeCases>() || self.people.iter().any(|one| Some(one.user) == actor.id)
    }

    fn require_booked(&self) -> Result<(), Refusal> {
        if self.stage == Stage::Booked { Ok(()) } else { Err(Refusal::Over(self.stage)) }
    }

    /// It is at another time, or other people take part; `seen` is the version that was on screen.
    ///
    /// # Errors
    /// When it ended, is not what was `seen` any more, or nothing of it is new.
    pub fn move_to(
        mut self,
        starts_at: DateTime<Utc>,
        minutes: i16,
        people: Vec<Taking>,
        seen: i64,
    ) -> Result<Self, Refusal> {
        self.require_booked()?;
        if self.version != seen {
            return Err(Refusal::Changed);
        }
        let who = |people: &[Taking]| {
            let mut who: Vec<(UserId, bool)> = people.iter().map(|one| (one.user, one.host)).collect();
            who.sort_unstable();
            who
        };
        if (starts_at, minutes) == (self.starts_at, self.minutes) && who(&people) == who(&self.people) {
            return Err(Refusal::SameTime);
        }
        let host = people.iter().find(|one| one.host).ok_or(Refusal::NoHost)?;
        self.host = host.user;
        self.kind = if people.len() > 1 { Kind::Joint } else { Kind::Callback };
        (self.starts_at, self.minutes, self.people) = (starts_at, minutes, people);
        self.sequence += 1;
        Ok(self)
    }

    /// It was held, or did not come about.
    ///
    /// # Errors
    /// When it ended, or has not begun.
    pub fn end(mut self, stage: Stage, note: Option<String>, at: DateTime<Utc>) -> Result<Self, Refusal> {
        self.require_booked()?;
        if stage != Stage::Cancelled && self.starts_at > at {
            return Err(Refusal::NotBegun);
        }
        (self.stage, self.note, self.ended_at) = (stage, note, Some(at));
        if stage == Stage::Cancelled {
            self.sequence += 1;
        }
        Ok(self)
    }
}

/// Refuses what is past, or too far ahead.
fn require_ahead(starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
    match starts_at {
        at if at <= now => Err(Refusal::NotAhead),
        at if at - now > FURTHEST => Err(Refusal::TooFar),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
