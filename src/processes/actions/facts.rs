//! What was found out: noted, and corrected until the customer has it in writing.

use std::collections::BTreeMap;

use super::super::{Noted, Process, Refusal, store};
use super::go_on::walk;
use super::{entry, lock_both, tell};
use crate::audit::{self, Action};
use crate::auth::{Can, WorkCases};
use crate::cases::Case;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::ProcessId;
use crate::notifications;

/// Notes what was found out. Steps that waited for it begin.
///
/// # Errors
/// When the process has ended, or somebody noted something else meanwhile.
pub async fn note_facts(
    tx: &mut Tx,
    can: &Can<WorkCases>,
    process: ProcessId,
    facts: &BTreeMap<i16, String>,
) -> Result<Process> {
    let (case, process) = lock_both(tx, can, process).await?;
    process.require_running()?;
    let mut new = BTreeMap::new();
    for (position, value) in facts {
        let fact = find(&process, *position)?;
        match &fact.value {
            None => drop(new.insert(*position, (1, value.clone()))),
            Some(noted) if noted == value => {}
            Some(_) => return Err(noted_meanwhile(fact).into()),
        }
    }
    save(tx, &case, process, &new, Action::ProcessFactsNoted).await
}

/// A fact put right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Correction {
    /// As it was on screen.
    pub was: String,
    /// As it should be.
    pub now: String,
}

/// Corrects what was noted; what stood there before is kept. A mail that says the old, and is still to be sent, is dropped.
///
/// # Errors
/// When nothing differs, somebody else corrected it meanwhile, the process has ended, or the customer has it in writing.
pub async fn correct_facts(
    tx: &mut Tx,
    can: &Can<WorkCases>,
    process: ProcessId,
    corrections: &BTreeMap<i16, Correction>,
) -> Result<Process> {
    let (case, process) = lock_both(tx, can, process).await?;
    process.require_running()?;
    if !process.takes_corrections() {
        return Err(Refusal::InWriting.into());
    }
    let mut new = BTreeMap::new();
    for (position, correction) in corrections.iter().filter(|(_, one)| one.was != one.now) {
        let fact = find(&process, *position)?;
        if fact.value.as_ref() == Some(&correction.now) {
            continue;
        }
        if fact.value.as_ref() != Some(&correction.was) {
            return Err(noted_meanwhile(fact).into());
        }
        new.insert(*position, (fact.times + 1, correction.now.clone()));
    }
    if new.is_empty() {
        return Err(Refusal::NothingNew.into());
    }
    if let Some((step, key)) = process.confirmation().and_then(|step| Some((step.id, step.mail_key.clone()?))) {
        notifications::drop_mail(tx, &key, "What it says was corrected.").await?;
        store::set_mail(tx, step, None).await?;
    }
    save(tx, &case, process, &new, Action::ProcessFactsCorrected).await
}

fn find(process: &Process, position: i16) -> Result<&Noted, Refusal> {
    process.facts.iter().find(|fact| fact.position == position).ok_or(Refusal::NoFact)
}

fn noted_meanwhile(fact: &Noted) -> Refusal {
    Refusal::NotedMeanwhile(fact.label.clone(), fact.shown().unwrap_or_default())
}

async fn save(
    tx: &mut Tx,
    case: &Case,
    process: Process,
    new: &BTreeMap<i16, (i16, String)>,
    action: Action,
) -> Result<Process> {
    if !new.is_empty() {
        store::insert_facts(tx, process.id, new).await?;
        let noted: Vec<i16> = new.keys().copied().collect();
        audit::record(tx, entry(action, &process).fact("facts", noted)).await?;
        tell(tx, &process);
    }
    let process = store::find(tx, process.id).await?;
    walk(tx, case, process).await
}
