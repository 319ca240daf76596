//! Processes: what is done in steps once somebody starts it from a case. A template says which steps, in which order, by
//! whom and until when; each step makes a request, a promise or a follow-up, which knows its own deadline and ladder, and
//! ends when what it made ends.
//!
//! ```text
//! process: running → done | stopped (with why)
//! step:    waiting → begun (↻ again, where what it made came to nothing) → done | skipped (with why)
//! ```
//!
//! Steps of one place run side by side; the next place begins when all of the one before have ended and what it needs to
//! know is noted. While a process that freezes runs, no offer is shown to its customer.

mod actions;
mod kinds;
mod letter;
mod pages;
mod refusal;
mod road;
mod store;
mod template;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::auth::Actor;
use crate::ids::{
    CaseId, CustomerId, DepartmentId, FollowUpId, ProcessId, ProcessStepId, ProcessTemplateId, PromiseId, RequestId,
    UserId,
};
use crate::notifications;

pub use actions::{
    Correction, after_reopening, again, confirm, confirmation_dropped_because, correct_facts, go_on, just_cancel,
    let_know, lift_hold, mail_confirmation, move_on, note_facts, publish, retry, skip, start, stop, stop_for_closing,
};
pub use kinds::{FactKind, Fares, Kind, Makes, Only, Stage, StepStage, Whom};
pub use pages::{Shown, ShownStep, routes};
pub use refusal::Refusal;
pub use road::Next;
pub use store::{Letter, Parked, current_part, find, letter_part, of_case, of_case_part, parked};
pub use template::{Fact, NewTemplate, Template, TemplateStep};

/// The most characters of a fact.
pub const LONGEST_FACT: usize = 1000;

/// What a step made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Made {
    /// A request to a department.
    Request(RequestId),
    /// A promise to the customer.
    Promise(PromiseId),
    /// A follow-up of the desk.
    FollowUp(FollowUpId),
}

/// What a step made, as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Thing {
    /// How it goes.
    pub fares: Fares,
    /// Its own stage, as stored.
    pub stage: String,
    /// When it is due.
    pub due_at: DateTime<Utc>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why then.
    pub because: String,
    /// Who has it.
    pub who: Option<String>,
    /// The answer, the evidence, the note, or why it came to nothing.
    pub words: Option<String>,
}

/// A step of a process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Its identity.
    pub id: ProcessStepId,
    /// Its number in the template.
    pub position: i16,
    /// Its place in the order.
    pub place: i16,
    /// In words.
    pub what: String,
    /// What it makes.
    pub makes: Makes,
    /// The department that does it.
    pub department: Option<(DepartmentId, String)>,
    /// By when: so many hours, and whether these are working hours.
    pub time: Option<(i16, bool)>,
    /// What it is only for.
    pub only_on: Option<Only>,
    /// The fact that has to say yes.
    pub only_fact: Option<i16>,
    /// Who hears that it is done.
    pub tells: Vec<Whom>,
    /// Where it stands.
    pub stage: StepStage,
    /// What it made.
    pub made: Option<Made>,
    /// How that goes.
    pub thing: Option<Thing>,
    /// How often it made something.
    pub tries: i16,
    /// The mail that confirms, by its key in the outbox.
    pub mail_key: Option<String>,
    /// Where that mail stands, and since when.
    pub mail: Option<(String, DateTime<Utc>)>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it was skipped.
    pub why: Option<String>,
    /// Row version (R6).
    pub version: i64,
}

impl Step {
    /// How it goes with what it made; nothing while it made nothing.
    #[must_use]
    pub fn fares(&self) -> Option<Fares> {
        self.thing.as_ref().map(|thing| thing.fares)
    }

    /// What it made came to nothing: somebody has to choose.
    #[must_use]
    pub fn is_in_trouble(&self) -> bool {
        self.stage == StepStage::Begun && self.fares() == Some(Fares::Trouble)
    }

    /// It gives the customer the cancellation in writing.
    #[must_use]
    pub fn is_confirmation(&self) -> bool {
        self.makes == Makes::Confirmation
    }

    /// It made something that is under way.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        self.stage == StepStage::Begun && self.fares() == Some(Fares::Open)
    }
}

/// Something to know, and what is known of it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Noted {
    /// Its number in the template.
    pub position: i16,
    /// Before the steps of this place begin; 0: at the start.
    pub place: i16,
    /// What it is called.
    pub label: String,
    /// What it is.
    pub kind: FactKind,
    /// Whether nothing begins without it.
    pub required: bool,
    /// What was noted.
    pub value: Option<String>,
    /// How often it was noted, corrections counted; 0: not yet.
    pub times: i16,
}

/// A process, as its rows say.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each stands by itself")]
pub struct Process {
    /// Its identity.
    pub id: ProcessId,
    /// The case it was started from.
    pub case: CaseId,
    /// Whose.
    pub customer: CustomerId,
    /// The version it runs under.
    pub template: ProcessTemplateId,
    /// The number of that version.
    pub number: i32,
    /// What it is for.
    pub kind: Kind,
    /// While it runs, no offer is shown to the customer.
    pub freezes_offers: bool,
    /// It set a legal hold (R20).
    pub holds: bool,
    /// Only those who need to know see it.
    pub confidential: bool,
    /// Who must know of its start and its end.
    pub tells: Vec<Whom>,
    /// Where it stands.
    pub stage: Stage,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// By whom; none for the desk.
    pub started_by: Option<UserId>,
    /// Their name.
    pub started_by_name: Option<String>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Who ended it; none for the desk.
    pub ended_by_name: Option<String>,
    /// Why it was stopped.
    pub ended_because: Option<String>,
    /// Whether the customer is under a legal hold now.
    pub on_hold: bool,
    /// Who needs to know of it, when it is confidential.
    pub circle: Vec<UserId>,
    /// It is confidential, and nobody who knows of it and still works here may settle it.
    pub left_alone: bool,
    /// What there is to know.
    pub facts: Vec<Noted>,
    /// Its steps, in their order.
    pub steps: Vec<Step>,
    /// Row version (R6).
    pub version: i64,
}

impl Process {
    /// Whether this person may see that it runs, and what it says.
    #[must_use]
    pub fn is_for(&self, actor: &Actor) -> bool {
        !self.confidential || actor.id.is_some_and(|id| self.circle.contains(&id))
    }

    /// Refuses when it has ended.
    ///
    /// # Errors
    /// [`Refusal::Over`].
    pub fn require_running(&self) -> Result<(), Refusal> {
        if self.stage == Stage::Running { Ok(()) } else { Err(Refusal::Over(self.stage)) }
    }

    /// How many of its steps have ended.
    #[must_use]
    pub fn ended_steps(&self) -> usize {
        self.steps.iter().filter(|step| !step.stage.is_live()).count()
    }

    /// The step that confirms a cancellation, while that is still to come.
    #[must_use]
    pub fn confirmation(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.makes == Makes::Confirmation && step.stage.is_live())
    }

    /// Whether the customer has it in writing.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        self.steps.iter().any(|step| step.makes == Makes::Confirmation && step.stage == StepStage::Done)
    }

    /// Whether the mail that confirms has gone out, though nobody has noted yet that the customer has it.
    #[must_use]
    pub fn went_out(&self) -> bool {
        self.confirmation().is_some_and(|step| {
            let sent = notifications::Stage::Sent.name();
            step.is_under_way() && step.mail.as_ref().is_some_and(|(stage, _)| stage == sent)
        })
    }

    /// Whether what was noted may be corrected: until the customer has it in writing.
    #[must_use]
    pub fn takes_corrections(&self) -> bool {
        self.stage == Stage::Running && !self.is_confirmed() && !self.went_out()
    }

    /// Whether the legal hold it set waits for somebody to lift it.
    #[must_use]
    pub fn leaves_hold(&self) -> bool {
        self.holds && self.stage != Stage::Running && self.on_hold
    }

    /// What was noted of a fact.
    #[must_use]
    pub fn fact(&self, position: i16) -> Option<&str> {
        self.facts.iter().find(|fact| fact.position == position)?.value.as_deref()
    }
}

#[cfg(test)]
mod tests;
