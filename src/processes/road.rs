//! In which order the steps of a process come: the one rule of it.

use super::{Noted, Process, Stage, Step, StepStage};
use crate::cases::AtStake;

/// What comes next in a process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// What is under way comes first, or it has ended.
    Wait,
    /// These have to be known first.
    Know(Vec<Noted>),
    /// These steps begin, and these are not needed here.
    Begin {
        /// Their numbers.
        begin: Vec<i16>,
        /// The numbers of those that are not needed.
        skip: Vec<i16>,
    },
    /// All of its steps have ended.
    Finish,
}

impl Process {
    /// What comes next, where this is at stake.
    #[must_use]
    pub fn next(&self, at_stake: AtStake) -> Next {
        if self.stage != Stage::Running {
            return Next::Wait;
        }
        let Some(place) = self.steps.iter().filter(|step| step.stage.is_live()).map(|step| step.place).min() else {
            return Next::Finish;
        };
        let waiting: Vec<&Step> =
            self.steps.iter().filter(|step| step.place == place && step.stage == StepStage::Waiting).collect();
        if waiting.is_empty() {
            return Next::Wait;
        }
        let missing = self.missing(place);
        if !missing.is_empty() {
            return Next::Know(missing);
        }
        let (begin, skip): (Vec<&Step>, Vec<&Step>) =
            waiting.into_iter().partition(|step| self.is_needed(step, at_stake));
        let numbers = |steps: Vec<&Step>| steps.into_iter().map(|step| step.position).collect();
        Next::Begin { begin: numbers(begin), skip: numbers(skip) }
    }

    /// What has to be known before the steps of a place begin, and is not.
    #[must_use]
    pub fn missing(&self, place: i16) -> Vec<Noted> {
        self.facts.iter().filter(|fact| fact.required && fact.place <= place && fact.value.is_none()).cloned().collect()
    }

    fn is_needed(&self, step: &Step, at_stake: AtStake) -> bool {
        step.only_on.is_none_or(|only| only.fits(at_stake))
            && step.only_fact.is_none_or(|fact| self.fact(fact) == Some("yes"))
    }
}
