//! What the end of a case, and its taking up again, mean for what runs in it: a wish to cancel is honoured first.

use super::super::{Process, Refusal, Stage, store};
use super::go_on::go_on;
use super::settle::end;
use crate::cases::{self, Case, Outcome};
use crate::db::Tx;
use crate::deadlines;
use crate::error::Result;
use crate::ids::{CaseId, ProcessId};

/// Before a case is closed: what runs is stopped, where whoever closes it chose so. What holds offers or data is settled
/// first, and so is the wish to cancel of a customer who does not stay.
///
/// # Errors
/// When something runs that was not chosen, holds, or is not confirmed.
pub async fn stop_for_closing(
    tx: &mut Tx,
    case: CaseId,
    (outcome, duplicate_of): (Outcome, Option<CaseId>),
    chosen: &[ProcessId],
) -> Result<()> {
    let case = cases::lock(tx, case).await?;
    if outcome == Outcome::Lost {
        // a confirmation that has gone out a moment ago counts
        go_on(tx, case.id).await?;
    }
    require_honoured(tx, &case, outcome, duplicate_of).await?;
    let all = store::of_case(tx, case.id).await?;
    let running: Vec<Process> = all.into_iter().filter(|process| process.stage == Stage::Running).collect();
    if running.iter().any(|process| process.confidential || process.freezes_offers || process.holds) {
        return Err(Refusal::Held.into());
    }
    if let Some(other) = running.iter().find(|process| !chosen.contains(&process.id)) {
        return Err(Refusal::StillToDo(other.kind).into());
    }
    for process in running {
        end(tx, &case, process, "The case was closed.").await?;
    }
    Ok(())
}

/// A wish to cancel does not end with its case. Until the customer has it in writing, the case ends only where they stay
/// or were never about to leave, which “just cancel” rules out, or where the case that it repeats carries the same wish.
async fn require_honoured(tx: &mut Tx, case: &Case, outcome: Outcome, duplicate_of: Option<CaseId>) -> Result<()> {
    if !wishes_to_cancel(tx, case.id).await? {
        return Ok(());
    }
    match (outcome, duplicate_of) {
        (Outcome::Duplicate, Some(original)) => {
            let original = cases::find(tx, original).await?;
            let same = wishes_to_cancel(tx, original.id).await? && (original.just_cancel || !case.just_cancel);
            if same { Ok(()) } else { Err(Refusal::WishForgotten(original.code()).into()) }
        }
        (outcome, _) if !outcome.is_save() && outcome != Outcome::NeverAtRisk => Err(Refusal::Unconfirmed.into()),
        _ if case.just_cancel => Err(Refusal::JustCancel.into()),
        _ => Ok(()),
    }
}

async fn wishes_to_cancel(tx: &mut Tx, case: CaseId) -> Result<bool> {
    let due = deadlines::of_case(tx, case).await?;
    Ok(due.iter().any(|deadline| deadline.kind == deadlines::Kind::CancelRequest))
}

/// After a case was taken up again: a customer who said “just cancel”, and does not have it in writing, waits for that.
///
/// # Errors
/// When the database refuses.
pub async fn after_reopening(tx: &mut Tx, case: &Case) -> Result<()> {
    if !case.just_cancel || store::of_case(tx, case.id).await?.iter().any(Process::is_confirmed) {
        return Ok(());
    }
    cases::ask_to_cancel(tx, case.id).await
}
