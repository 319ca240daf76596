//! What somebody decides about a process: a step is made again or skipped, the whole is stopped, a hold is lifted.

use super::super::{Makes, Process, Refusal, Stage, StepStage, store};
use super::go_on::{begin_step, walk};
use super::make::take_back;
use super::{entry, lock_both, lock_step, tell, tell_people};
use crate::audit::{self, Action};
use crate::auth::{Can, EditCustomers, SettleProcesses, WorkCases};
use crate::cases::Case;
use crate::customers;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{ProcessId, ProcessStepId};
use crate::notifications;

/// Makes anew what a step made and what came to nothing.
///
/// # Errors
/// When it did not come to nothing, or the process has ended.
pub async fn again(tx: &mut Tx, can: &Can<WorkCases>, step: ProcessStepId) -> Result<Process> {
    let (case, process, step) = lock_step(tx, can, step).await?;
    if !step.is_in_trouble() {
        return Err(Refusal::NotInTrouble.into());
    }
    take_back(tx, &step, "It was asked for anew.").await?;
    store::note(tx, &process, "step_again", Some(step.id), "").await?;
    begin_step(tx, &case, &process, step).await?;
    store::find(tx, process.id).await
}

/// Skips a step, with the reason; what it made and is open is taken back.
///
/// # Errors
/// When it has ended, or is the confirmation of a cancellation.
pub async fn skip(tx: &mut Tx, can: &Can<SettleProcesses>, step: ProcessStepId, why: &str) -> Result<Process> {
    let (case, process, mut step) = lock_step(tx, can, step).await?;
    if step.makes == Makes::Confirmation {
        return Err(Refusal::MustConfirm.into());
    }
    take_back(tx, &step, why).await?;
    step.stage = StepStage::Skipped;
    step.ended_at = Some(tx.now());
    step.why = Some(why.to_owned());
    store::save_step(tx, &mut step).await?;
    store::note(tx, &process, "step_skipped", Some(step.id), why).await?;
    audit::record(tx, entry(Action::ProcessStepSkipped, &process).fact("step", step.position)).await?;
    tell(tx, &process);
    let process = store::find(tx, process.id).await?;
    walk(tx, &case, process).await
}

/// Stops a process, with the reason: what its steps made and is open is taken back. A legal hold stays.
///
/// # Errors
/// When it has ended, or the confirmation of a cancellation has gone out and nobody could know of that yet.
pub async fn stop(tx: &mut Tx, can: &Can<SettleProcesses>, process: ProcessId, why: &str) -> Result<Process> {
    let (case, process) = lock_both(tx, can, process).await?;
    process.require_running()?;
    end(tx, &case, process, why).await
}

pub(super) async fn end(tx: &mut Tx, case: &Case, mut process: Process, why: &str) -> Result<Process> {
    if process.went_out() {
        return Err(Refusal::WentOut.into());
    }
    for step in process.steps.iter().filter(|step| step.stage == StepStage::Begun) {
        take_back(tx, step, why).await?;
        if let Some(key) = &step.mail_key {
            notifications::drop_mail(tx, key, "The cancellation was stopped.").await?;
        }
    }
    process.stage = Stage::Stopped;
    process.ended_at = Some(tx.now());
    process.ended_because = Some(why.to_owned());
    store::save(tx, &mut process).await?;
    store::note(tx, &process, "stopped", None, why).await?;
    audit::record(tx, entry(Action::ProcessStopped, &process)).await?;
    let words = format!("{} was stopped", process.kind.label());
    tell_people(tx, case, &process, &process.tells.clone(), "stopped", &words).await?;
    tell(tx, &process);
    Ok(process)
}

/// Lifts the legal hold that a process set, once that has ended.
///
/// # Errors
/// While the process, or another one that holds, runs.
pub async fn lift_hold(tx: &mut Tx, can: &Can<EditCustomers>, process: ProcessId) -> Result<Process> {
    let seen = store::find(tx, process).await?;
    customers::lock(tx, seen.customer).await?;
    let (_, process) = lock_both(tx, can, process).await?;
    if !process.leaves_hold() {
        return Err(Refusal::StillRuns.into());
    }
    if customers::is_held(tx, process.customer).await? {
        return Err(Refusal::StillRuns.into());
    }
    customers::set_legal_hold(tx, process.customer, false).await?;
    store::note(tx, &process, "hold_lifted", None, "").await?;
    tell(tx, &process);
    store::find(tx, process.id).await
}
