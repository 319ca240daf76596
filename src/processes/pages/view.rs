//! A process as pages show it: where it stands, what each step waits for, and what can be done.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::super::{Fares, Made, Makes, Next, Noted, Process, Stage, Step, StepStage};
use crate::auth::{Actor, EditCustomers, SettleProcesses, WorkCases};
use crate::calendar::moment;
use crate::cases::AtStake;
use crate::notifications;
use crate::web::Due;

/// A process as shown.
#[expect(clippy::struct_excessive_bools, reason = "each is a form that is there or not")]
pub struct Shown {
    /// What it is.
    pub process: Process,
    /// The tone and the word of where it stands.
    pub mark: (&'static str, &'static str),
    /// "Started by Priya Raman, Thu 19 Nov 10:42"
    pub sub: String,
    /// Its steps, in their order.
    pub steps: Vec<ShownStep>,
    /// What has to be filled in before it moves on.
    pub missing: Vec<Noted>,
    /// Do what moves it on.
    pub may_work: bool,
    /// Correct what was noted.
    pub may_correct: bool,
    /// Skip steps, and stop it.
    pub may_settle: bool,
    /// Lift the legal hold that it left.
    pub may_lift: bool,
    /// Say that the customer has the cancellation in writing.
    pub may_confirm: bool,
}

/// A step as shown.
pub struct ShownStep {
    /// What it is.
    pub step: Step,
    /// The icon and the tone of where it stands.
    pub icon: (&'static str, &'static str),
    /// The tone and the word of where it stands.
    pub mark: (&'static str, &'static str),
    /// Who does it, and as what.
    pub sub: String,
    /// While it is under way.
    pub due: Option<Due>,
    /// What shows that it was done, or why it was not.
    pub words: String,
    /// Where the mail stands that confirms.
    pub mail: Option<String>,
    /// What it made is found there.
    pub href: Option<String>,
}

impl Shown {
    /// As whoever looks may see it; nothing of a confidential one that is not theirs to know.
    #[must_use]
    pub fn of(process: Process, at_stake: AtStake, actor: &Actor, zone: Tz, now: DateTime<Utc>) -> Option<Self> {
        if !process.is_for(actor) {
            return None;
        }
        let running = process.stage == Stage::Running;
        let missing = match process.next(at_stake) {
            Next::Know(missing) => missing,
            _ => Vec::new(),
        };
        let confirms = process.confirmation().is_some_and(Step::is_under_way);
        let may_work = running && actor.may::<WorkCases>();
        Some(Self {
            mark: mark(&process, !missing.is_empty()),
            sub: sub(&process, zone, now),
            steps: process.steps.iter().map(|step| ShownStep::of(step.clone(), running, zone, now)).collect(),
            may_confirm: may_work && confirms,
            may_correct: may_work && process.takes_corrections(),
            may_work,
            may_settle: running && actor.may::<SettleProcesses>(),
            may_lift: process.leaves_hold() && actor.may::<EditCustomers>(),
            missing,
            process,
        })
    }

    /// Whether it runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.process.stage == Stage::Running
    }

    /// "2 of 4 steps"
    #[must_use]
    pub fn progress(&self) -> String {
        format!("{} of {} steps", self.process.ended_steps(), self.process.steps.len())
    }

    /// All that may be filled in now, beside what has to be.
    #[must_use]
    pub fn open_facts(&self) -> Vec<Noted> {
        let place = self.process.steps.iter().filter(|step| step.stage.is_live()).map(|step| step.place).min();
        let fits = |fact: &&Noted| fact.value.is_none() && place.is_some_and(|place| fact.place <= place);
        self.process.facts.iter().filter(fits).cloned().collect()
    }

    /// All that was noted.
    #[must_use]
    pub fn noted(&self) -> Vec<Noted> {
        self.process.facts.iter().filter(|fact| fact.value.is_some()).cloned().collect()
    }

    /// What is known, as people read it.
    #[must_use]
    pub fn known(&self) -> Vec<(&str, String)> {
        let facts = self.process.facts.iter();
        facts.filter_map(|fact| Some((fact.label.as_str(), fact.shown()?))).collect()
    }
}

fn mark(process: &Process, lacks: bool) -> (&'static str, &'static str) {
    match process.stage {
        Stage::Done => ("good", "Done"),
        Stage::Stopped => ("info", "Stopped"),
        Stage::Running if process.steps.iter().any(Step::is_in_trouble) => ("bad", "Needs a choice"),
        Stage::Running if lacks => ("warn", "Needs facts"),
        Stage::Running => ("acc", "Running"),
    }
}

fn sub(process: &Process, zone: Tz, now: DateTime<Utc>) -> String {
    let by = process.started_by_name.as_deref().unwrap_or("Savedesk");
    let started = format!("Started by {by}, {}", moment(process.started_at, zone, now));
    let Some(at) = process.ended_at.map(|at| moment(at, zone, now)) else { return started };
    match &process.ended_because {
        Some(why) => format!("{started}; stopped {at}: {why}"),
        None => format!("{started}; done {at}"),
    }
}

impl ShownStep {
    fn of(step: Step, running: bool, zone: Tz, now: DateTime<Utc>) -> Self {
        let thing = step.thing.as_ref();
        let due = thing.filter(|thing| running && thing.fares == Fares::Open && step.stage == StepStage::Begun);
        let words = step.why.clone().or_else(|| thing.and_then(|thing| thing.words.clone())).unwrap_or_default();
        Self {
            icon: icon(&step),
            mark: step_mark(&step),
            sub: who(&step),
            due: due.map(|thing| Due::new(thing.due_at, thing.since, &thing.because, zone, now)),
            words: words.chars().take(400).collect(),
            mail: mail(&step, zone, now),
            href: match step.made {
                Some(Made::Request(id)) => Some(format!("/requests?view=all&peek={id}")),
                Some(Made::FollowUp(id)) => Some(format!("/follow_ups/{id}")),
                Some(Made::Promise(_)) | None => None,
            },
            step,
        }
    }
}

fn icon(step: &Step) -> (&'static str, &'static str) {
    match step.stage {
        StepStage::Done => ("check", "good"),
        StepStage::Skipped => ("right", ""),
        StepStage::Begun if step.is_in_trouble() => ("alert", "bad"),
        StepStage::Begun => ("clock", "info"),
        StepStage::Waiting => ("pause", ""),
    }
}

fn step_mark(step: &Step) -> (&'static str, &'static str) {
    match (step.stage, step.fares(), step.thing.as_ref().map(|thing| thing.stage.as_str())) {
        (StepStage::Done, _, Some("late")) => ("warn", "Done late"),
        (StepStage::Done, ..) | (StepStage::Begun, Some(Fares::Well), _) => ("good", "Done"),
        (StepStage::Skipped, ..) => ("info", "Skipped"),
        (StepStage::Begun, Some(Fares::Trouble), Some("returned")) => ("bad", "Returned"),
        (StepStage::Begun, Some(Fares::Trouble), Some("broken")) => ("bad", "Broken"),
        (StepStage::Begun, Some(Fares::Trouble), _) => ("bad", "Came to nothing"),
        (StepStage::Begun, ..) => ("acc", "Under way"),
        (StepStage::Waiting, ..) => ("info", "Later"),
    }
}

/// "A job for Operations, with Ada Lindholm"
fn who(step: &Step) -> String {
    let department = step.department.as_ref().map(|(_, name)| name.as_str());
    let what = match (step.makes, department) {
        (Makes::Request, Some(name)) => format!("A job for {name}"),
        (Makes::Promise, Some(name)) => format!("Promised to the customer; {name} does it"),
        (Makes::Promise, None) => "Promised to the customer".to_owned(),
        (Makes::Confirmation, _) => "In writing, to the customer".to_owned(),
        (Makes::FollowUp | Makes::Request, _) => "The desk does it".to_owned(),
    };
    let who = step.thing.as_ref().and_then(|thing| thing.who.as_deref()).filter(|_| step.stage.is_live());
    let sees = match (who, step.makes) {
        (Some(name), Makes::Promise | Makes::Confirmation) => format!("; {name} sees to it"),
        (Some(name), _) => format!(", with {name}"),
        (None, _) => String::new(),
    };
    let again = if step.tries > 1 { format!(" Asked {} times.", step.tries) } else { String::new() };
    format!("{what}{sees}.{again}")
}

fn mail(step: &Step, zone: Tz, now: DateTime<Utc>) -> Option<String> {
    let (stage, at) = step.mail.as_ref().filter(|_| step.stage == StepStage::Begun)?;
    let at = moment(*at, zone, now);
    Some(match notifications::Stage::from_name(stage)? {
        notifications::Stage::Waiting => format!("The mail is in the outbox since {at}."),
        notifications::Stage::Sent => format!("The mail was sent {at}."),
        notifications::Stage::Parked => "The mail could not be sent. Print the letter, or try again.".to_owned(),
        notifications::Stage::Dropped => "The mail was dropped.".to_owned(),
    })
}
