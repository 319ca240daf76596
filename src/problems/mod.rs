//! Problems: what makes customers leave, with the cases it explains, why it is so, what mends it, and whether it did.
//! An incident hits many customers at once: it is answered in all its cases together, and may lead to a problem.
//!
//! ```text
//! problem:  open → cause known → fix planned → fixed (→ watched) → closed     closed, watched, fixed → (reopened)
//! incident: open → over → closed                                             over, closed → (reopened) open
//! ```
//!
//! Either can be closed from anywhere, with what came of it. The cause of a problem becomes the verified cause of its
//! cases; what the customer said and what was coded stay as they are.

mod actions;
mod chance;
mod pages;
mod run;
mod store;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use thiserror::Error;

use crate::error::Error;
use crate::ids::{FactorId, ProblemId, UserId};
use crate::names::names;

pub use actions::{
    Details, Found, NewAnswer, NewProblem, add_factor, answer_together, change, chase_fixes, close, details,
    find_cause, fixed, lead_to, link, note, open, plan_fix, remove_factor, reopen, unlink, watch,
};
pub use chance::{Compared, compare};
pub use pages::routes;
pub use run::{answer_all, resume};
pub use store::{Choosable, OfCase, choosable_part, of_case_part};

/// The most characters of a title.
pub const LONGEST_TITLE: usize = 120;
/// The most characters of what happens, of a note, and of what is said to customers.
pub const LONGEST_WORDS: usize = 4000;
/// The most characters of a why, of a factor.
pub const LONGEST_WHY: usize = 500;
/// The most characters of a cause, of a fix, of what came of it.
pub const LONGEST_FIX: usize = 2000;
/// How many cases are linked in one go.
pub const MOST_AT_ONCE: i64 = 5000;

names! {
    /// What kind of problem.
    Kind {
        Problem = "problem", "Problem";
        Incident = "incident", "Incident";
    }
}

names! {
    /// Where a problem stands.
    Stage {
        Open = "open", "Open";
        CauseKnown = "cause_known", "Cause known";
        FixPlanned = "fix_planned", "Fix planned";
        Fixed = "fixed", "Fixed";
        Watched = "watched", "Watched";
        Closed = "closed", "Closed";
    }
}

names! {
    /// Where something contributes from, as the bones of a fishbone.
    Category {
        People = "people", "People";
        Process = "process", "Process";
        Policy = "policy", "Policy";
        Product = "product", "Product";
        Supplier = "supplier", "Supplier";
        Environment = "environment", "Environment";
    }
}

names! {
    /// How the customers of an incident were answered.
    Means {
        Email = "email", "E-mail";
        Letter = "letter", "Letter";
        Chat = "chat", "Chat";
        Call = "call", "Call";
        Note = "note", "Only a note for us";
    }
}

/// A problem or an incident.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Its identity.
    pub id: ProblemId,
    /// The number people say: 104 for P-104.
    pub number: i64,
    /// Which of both.
    pub kind: Kind,
    /// In one line.
    pub title: String,
    /// What happens, to whom.
    pub what: String,
    /// Where it stands.
    pub stage: Stage,
    /// The reason whose cases it is about.
    pub reason: Option<String>,
    /// The cause that was verified.
    pub cause: Option<String>,
    /// How we know.
    pub cause_words: String,
    /// Five whys, each the reason of the one before.
    pub whys: Vec<String>,
    /// Who sees to it.
    pub owner: Option<UserId>,
    /// Their name.
    pub owner_name: Option<String>,
    /// What mends it.
    pub fix: String,
    /// By when.
    pub fix_due_on: Option<NaiveDate>,
    /// Since when it is mended.
    pub fixed_on: Option<NaiveDate>,
    /// When an incident began.
    pub began_at: Option<DateTime<Utc>>,
    /// When it was over.
    pub ended_at: Option<DateTime<Utc>>,
    /// What to say to customers meanwhile.
    pub say: String,
    /// What came of it.
    pub conclusion: String,
    /// The incident that led to it.
    pub incident: Option<ProblemId>,
    /// Its number.
    pub incident_number: Option<i64>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// Row version (R6).
    pub version: i64,
}

/// Something that contributed to a problem.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Factor {
    /// Its identity.
    pub id: FactorId,
    /// From where.
    pub category: Category,
    /// What.
    pub words: String,
}

/// Why something was not done with a problem. Each sentence is shown as it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum Refusal {
    /// It is closed.
    #[error("It is closed. Reopen it first.")]
    Closed,
    /// It goes on.
    #[error("It is still open.")]
    NotOver,
    /// Nobody knows why yet.
    #[error("Say what the cause is before planning what mends it.")]
    NoCause,
    /// Nobody planned what mends it.
    #[error("Plan what mends it before saying that it is fixed.")]
    NoFix,
    /// It is not fixed.
    #[error("It is watched once it is fixed.")]
    NotFixed,
    /// A day to come.
    #[error("The day from which it is fixed cannot be ahead.")]
    Ahead,
    /// An end to come.
    #[error("The moment since which it is over cannot be ahead.")]
    OverAhead,
    /// Incidents have no causes of their own.
    #[error("An incident leads to a problem. Find the cause there.")]
    OfIncident,
    /// Only incidents are answered together.
    #[error("Only the cases of an incident are answered together.")]
    OfProblem,
    /// Before it began.
    #[error("It cannot be over before it began.")]
    BeforeBegin,
    /// Nobody to answer.
    #[error("No live case is linked. Link the cases that this incident explains first.")]
    NobodyToAnswer,
    /// An answer is on its way.
    #[error("An answer to these cases is under way. Wait until it is done.")]
    Answering,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl Stage {
    /// Its name where it is an incident's.
    #[must_use]
    pub fn label_of(self, kind: Kind) -> &'static str {
        match (kind, self) {
            (Kind::Incident, Self::Fixed) => "Over",
            (_, stage) => stage.label(),
        }
    }
}

impl Problem {
    /// P-104
    #[must_use]
    pub fn code(&self) -> String {
        code(self.number)
    }

    /// Whether there is still something to do.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.stage != Stage::Closed
    }

    /// Whether it is an incident.
    #[must_use]
    pub fn is_incident(&self) -> bool {
        self.kind == Kind::Incident
    }

    /// The reason whose cases are counted before the fix and after: the cause, or what is suspected.
    #[must_use]
    pub fn counted(&self) -> Option<&str> {
        self.cause.as_deref().or(self.reason.as_deref())
    }

    /// Refuses when it is closed.
    ///
    /// # Errors
    /// [`Refusal::Closed`].
    pub fn require_live(&self) -> Result<(), Refusal> {
        if self.is_live() { Ok(()) } else { Err(Refusal::Closed) }
    }

    fn require_problem(&self) -> Result<(), Refusal> {
        self.require_live()?;
        if self.is_incident() { Err(Refusal::OfIncident) } else { Ok(()) }
    }

    /// The cause is known; a newer finding takes the place of an older.
    ///
    /// # Errors
    /// When it is closed, or an incident.
    pub fn know(&mut self, cause: String, words: String) -> Result<(), Refusal> {
        self.require_problem()?;
        if self.stage == Stage::Open {
            self.stage = Stage::CauseKnown;
        }
        (self.cause, self.cause_words) = (Some(cause), words);
        Ok(())
    }

    /// What mends it is planned, or planned anew.
    ///
    /// # Errors
    /// When the cause is not known.
    pub fn plan(&mut self, fix: String, due: NaiveDate) -> Result<(), Refusal> {
        self.require_problem()?;
        match self.stage {
            Stage::CauseKnown | Stage::FixPlanned => {}
            Stage::Open => return Err(Refusal::NoCause),
            _ => return Err(Refusal::NotOver),
        }
        self.stage = Stage::FixPlanned;
        (self.fix, self.fix_due_on) = (fix, Some(due));
        Ok(())
    }

    /// It is fixed, or over, since a moment; of a problem the day on somebody's clock counts.
    ///
    /// # Errors
    /// When nothing was planned, or the day or moment does not fit.
    pub fn mended(&mut self, since: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> Result<(), Refusal> {
        if self.is_incident() {
            return self.end(since, now);
        }
        self.mend(since.with_timezone(&zone).date_naive(), now.with_timezone(&zone).date_naive())
    }

    /// It is mended since a day.
    ///
    /// # Errors
    /// When nothing was planned, or the day is ahead.
    pub fn mend(&mut self, on: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
        self.require_problem()?;
        if self.stage != Stage::FixPlanned {
            return Err(Refusal::NoFix);
        }
        if on > today {
            return Err(Refusal::Ahead);
        }
        (self.stage, self.fixed_on) = (Stage::Fixed, Some(on));
        Ok(())
    }

    /// An incident is over.
    ///
    /// # Errors
    /// When it is over already, or the moment does not fit.
    pub fn end(&mut self, at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.require_live()?;
        if !self.is_incident() || self.stage != Stage::Open {
            return Err(Refusal::NoFix);
        }
        if at > now {
            return Err(Refusal::OverAhead);
        }
        if self.began_at.is_some_and(|began| at < began) {
            return Err(Refusal::BeforeBegin);
        }
        (self.stage, self.ended_at) = (Stage::Fixed, Some(at));
        Ok(())
    }

    /// Whether the fix holds is watched.
    ///
    /// # Errors
    /// When it is not fixed.
    pub fn watch(&mut self) -> Result<(), Refusal> {
        self.require_problem()?;
        if self.stage != Stage::Fixed {
            return Err(Refusal::NotFixed);
        }
        self.stage = Stage::Watched;
        Ok(())
    }

    /// It is closed, with what came of it.
    ///
    /// # Errors
    /// When it is closed.
    pub fn close(&mut self, conclusion: String, at: DateTime<Utc>) -> Result<(), Refusal> {
        self.require_live()?;
        if self.is_incident() {
            self.ended_at.get_or_insert(at);
        }
        self.stage = Stage::Closed;
        (self.conclusion, self.closed_at) = (conclusion, Some(at));
        Ok(())
    }

    /// It is back: what was known of its cause stays, the fix did not hold.
    ///
    /// # Errors
    /// When it goes on anyway.
    pub fn reopen(&mut self) -> Result<(), Refusal> {
        if !matches!(self.stage, Stage::Fixed | Stage::Watched | Stage::Closed) {
            return Err(Refusal::NotOver);
        }
        self.stage = if self.cause.is_some() { Stage::CauseKnown } else { Stage::Open };
        (self.fixed_on, self.ended_at, self.closed_at) = (None, None, None);
        Ok(())
    }
}

/// P-104
#[must_use]
pub fn code(number: i64) -> String {
    format!("P-{number}")
}

#[cfg(test)]
mod tests;
