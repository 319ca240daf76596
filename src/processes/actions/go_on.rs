//! Moving on: what has ended is noted, what is next begins.

use super::super::{Fares, Made, Makes, Next, Process, Stage, Step, StepStage, store};
use super::make::make;
use super::{entry, tell, tell_people};
use crate::audit::{self, Action};
use crate::auth::Can;
use crate::calendar::moment;
use crate::cases::{self, Case};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, ProcessId};
use crate::interactions;
use crate::promises::{self, Evidence};
use crate::{accounts, notifications};

/// After something was done in a case: its processes move on as far as they can.
///
/// # Errors
/// When the database refuses.
pub async fn go_on(tx: &mut Tx, case: CaseId) -> Result<()> {
    let running = store::of_case(tx, case).await?.into_iter().filter(|process| process.stage == Stage::Running);
    let running: Vec<ProcessId> = running.map(|process| process.id).collect();
    for process in running {
        let case = cases::lock(tx, case).await?;
        let process = store::lock(tx, process).await?;
        walk(tx, &case, process).await?;
    }
    Ok(())
}

/// Moves a process on as far as it goes. The caller holds the rows of the case and of the process.
pub(super) async fn walk(tx: &mut Tx, case: &Case, mut process: Process) -> Result<Process> {
    while process.stage == Stage::Running {
        if end_steps(tx, case, &process).await? {
            process = store::find(tx, process.id).await?;
        }
        match process.next(case.at_stake) {
            Next::Wait | Next::Know(_) => break,
            Next::Finish => {
                finish(tx, case, &mut process).await?;
                break;
            }
            Next::Begin { begin, skip } => {
                for step in process.steps.iter().filter(|step| begin.contains(&step.position)) {
                    begin_step(tx, case, &process, step.clone()).await?;
                }
                for step in process.steps.iter().filter(|step| skip.contains(&step.position)) {
                    pass_over(tx, &process, step.clone()).await?;
                }
                process = store::find(tx, process.id).await?;
            }
        }
    }
    Ok(process)
}

/// Notes the end of what has ended; says whether anything had.
async fn end_steps(tx: &mut Tx, case: &Case, process: &Process) -> Result<bool> {
    let mut any = false;
    for step in process.steps.iter().filter(|step| step.stage == StepStage::Begun) {
        let went = step.is_under_way() && keep_by_mail(tx, case, step).await?;
        if went || step.fares() == Some(Fares::Well) {
            end_step(tx, case, process, step.clone()).await?;
            any = true;
        }
    }
    Ok(any)
}

/// A confirmation that has gone out by mail is its own evidence.
async fn keep_by_mail(tx: &mut Tx, case: &Case, step: &Step) -> Result<bool> {
    let (Some(key), Some(Made::Promise(promise)), Some((stage, at))) = (&step.mail_key, step.made, &step.mail) else {
        return Ok(false);
    };
    if stage != notifications::Stage::Sent.name() {
        return Ok(false);
    }
    let Some((address, body)) = store::mail_went(tx, key).await? else { return Ok(false) };
    let zone = accounts::zone_of(tx, case.team).await?;
    let words = format!("E-mail to {address}, sent {}.", moment(*at, zone, tx.now()));
    promises::keep(tx, &Can::desk(), promise, Evidence { words: Some(words), ..Evidence::default() }).await?;
    if let Some(body) = body {
        interactions::log_own_mail(tx, case, body).await?;
    }
    Ok(true)
}

async fn end_step(tx: &mut Tx, case: &Case, process: &Process, mut step: Step) -> Result<()> {
    step.stage = StepStage::Done;
    step.ended_at = Some(tx.now());
    store::save_step(tx, &mut step).await?;
    audit::record(tx, entry(Action::ProcessStepDone, process).fact("step", step.position)).await?;
    if step.makes == Makes::Confirmation {
        cases::cancel_confirmed(tx, case.id).await?;
    }
    let words = format!("{}: “{}” is done", process.kind.label(), step.what);
    tell_people(tx, case, process, &step.tells, &format!("step:{}", step.position), &words).await?;
    tell(tx, process);
    Ok(())
}

/// A step begins, or makes anew what came to nothing.
pub(super) async fn begin_step(tx: &mut Tx, case: &Case, process: &Process, mut step: Step) -> Result<()> {
    step.made = Some(make(tx, case, process, &step).await?);
    step.stage = StepStage::Begun;
    step.tries += 1;
    store::save_step(tx, &mut step).await?;
    let entry = entry(Action::ProcessStepBegun, process).fact("step", step.position).fact("try", step.tries);
    audit::record(tx, entry).await?;
    tell(tx, process);
    Ok(())
}

/// A step is not needed here: the template says for what it is.
async fn pass_over(tx: &mut Tx, process: &Process, mut step: Step) -> Result<()> {
    step.stage = StepStage::Skipped;
    step.ended_at = Some(tx.now());
    step.why = Some("Not needed here.".to_owned());
    store::save_step(tx, &mut step).await?;
    audit::record(tx, entry(Action::ProcessStepSkipped, process).fact("step", step.position).fact("needed", false))
        .await
}

async fn finish(tx: &mut Tx, case: &Case, process: &mut Process) -> Result<()> {
    process.stage = Stage::Done;
    process.ended_at = Some(tx.now());
    store::save(tx, process).await?;
    store::note(tx, process, "done", None, "").await?;
    audit::record(tx, entry(Action::ProcessDone, process)).await?;
    let words = format!("{} is done", process.kind.label());
    tell_people(tx, case, process, &process.tells.clone(), "done", &words).await?;
    tell(tx, process);
    Ok(())
}
