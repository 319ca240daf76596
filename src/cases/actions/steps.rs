//! What follows for a case from what is logged in it.

use chrono::{DateTime, Utc};

use super::super::store;
use super::super::{Case, Refusal, Stage, WaitingOn, lock};
use super::{keep, tell};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::db::Tx;
use crate::deadlines::{self, Deadline, End, NewDeadline};
use crate::error::Result;
use crate::ids::CaseId;

/// Consequence of a first substantive act (contact, offer, request): the first action is done and the case is worked.
///
/// # Errors
/// When the case is closed.
pub async fn first_act(tx: &mut Tx, case: CaseId) -> Result<Case> {
    move_to(tx, case, super::super::Case::work).await
}

/// Consequence of something new on a waiting case: it is our turn again.
///
/// # Errors
/// When the case is closed.
pub async fn resume(tx: &mut Tx, case: CaseId) -> Result<Case> {
    move_to(tx, case, super::super::Case::work).await
}

/// Consequence of an act after which somebody else has the next turn.
///
/// # Errors
/// When the case is closed.
pub async fn wait_on(tx: &mut Tx, case: CaseId, on: WaitingOn) -> Result<Case> {
    let case = lock(tx, case).await?;
    if case.stage == Stage::New {
        first_act(tx, case.id).await?;
    }
    move_to(tx, case.id, |case, at| case.wait(on, at)).await
}

/// Consequence of a change of offers, approvals or promises: whose turn it is follows from what is open. Nothing follows
/// for a closed case.
///
/// # Errors
/// When the database refuses.
pub async fn settle(tx: &mut Tx, case: CaseId) -> Result<()> {
    let mut case = lock(tx, case).await?;
    if !case.is_live() {
        return Ok(());
    }
    let open = deadlines::of_case(tx, case.id).await?;
    // what we asked of our own people comes before the customer's answer, which may rest on it
    let turns = [
        (deadlines::Kind::Approval, WaitingOn::Approver),
        (deadlines::Kind::Request, WaitingOn::Department),
        (deadlines::Kind::Offer, WaitingOn::Customer),
        (deadlines::Kind::Promise, WaitingOn::Fulfilment),
    ];
    let turn = turns.into_iter().find(|(kind, _)| open.iter().any(|deadline| deadline.kind == *kind));
    match turn {
        Some((_, on)) => drop(wait_on(tx, case.id, on).await?),
        None if waits_in_vain(&case, &open) => drop(resume(tx, case.id).await?),
        None => {
            keep(tx, &mut case).await?;
            tell(tx, &case);
        }
    }
    Ok(())
}

async fn move_to(
    tx: &mut Tx,
    case: CaseId,
    step: impl FnOnce(Case, DateTime<Utc>) -> Result<Case, Refusal>,
) -> Result<Case> {
    let before = lock(tx, case).await?;
    let was = before.stage.name();
    let was_theirs = before.stage == Stage::Waiting(WaitingOn::Customer);
    let acted = before.first_action_at.is_some();
    let at = tx.now();
    let mut case = step(before, at)?;
    if !acted {
        deadlines::end(tx, case.id, deadlines::Kind::FirstAction, End::Done).await?;
    }
    let theirs = case.stage == Stage::Waiting(WaitingOn::Customer);
    if theirs != was_theirs {
        let calendar = accounts::calendar_of(tx, case.team).await?;
        if theirs {
            deadlines::pause(tx, case.id, case.customer, &calendar).await?;
        } else {
            deadlines::resume(tx, case.id, case.customer, &calendar).await?;
        }
    }
    keep(tx, &mut case).await?;
    if was != case.stage.name() {
        store::note_change(tx, case.id, "stage", Some(was), Some(case.stage.name()), None).await?;
        audit::record(
            tx,
            Entry::new(Action::CaseChanged, Subject::Case(case.id)).of(case.customer).change(
                "stage",
                was,
                case.stage.name(),
            ),
        )
        .await?;
    } else if !acted {
        audit::record(
            tx,
            Entry::new(Action::DeadlineEnded, Subject::Case(case.id)).of(case.customer).fact("kind", "first_action"),
        )
        .await?;
    }
    tell(tx, &case);
    Ok(case)
}

/// Consequence of a follow-up that was made, ended, moved or handed over: the case keeps its next deadline, and one that
/// waited for a date waits no longer once nothing is to come.
///
/// # Errors
/// When the database refuses.
pub async fn follow_ups_changed(tx: &mut Tx, case: CaseId) -> Result<()> {
    let mut case = lock(tx, case).await?;
    let waits = case.stage == Stage::Waiting(WaitingOn::Date);
    if waits && waits_in_vain(&case, &deadlines::of_case(tx, case.id).await?) {
        resume(tx, case.id).await?;
    } else {
        keep(tx, &mut case).await?;
        tell(tx, &case);
    }
    Ok(())
}

/// Whether a case waits for what is no longer to come.
fn waits_in_vain(case: &Case, open: &[Deadline]) -> bool {
    match case.stage {
        Stage::Waiting(WaitingOn::Date) => !open
            .iter()
            .any(|deadline| matches!(deadline.kind, deadlines::Kind::FollowUp | deadlines::Kind::Appointment)),
        Stage::Waiting(_) => true,
        _ => false,
    }
}

/// Consequence of a cancellation that is started: the customer's wish to cancel has its deadline, from now on where their
/// case had none.
///
/// # Errors
/// When the case is closed.
pub async fn ask_to_cancel(tx: &mut Tx, case: CaseId) -> Result<()> {
    let mut case = lock(tx, case).await?;
    case.require_live()?;
    let open = deadlines::of_case(tx, case.id).await?;
    if open.iter().any(|deadline| deadline.kind == deadlines::Kind::CancelRequest) {
        return Ok(());
    }
    let calendar = accounts::calendar_of(tx, case.team).await?;
    let at = tx.now();
    let own = format!("cancel_request.{}", case.kind.name());
    let target = match deadlines::target(tx, &own, &calendar, at).await? {
        Some(own) => Some(own),
        None => deadlines::target(tx, "cancel_request.cancellation", &calendar, at).await?,
    };
    if let Some((what, due)) = target {
        let new = NewDeadline { kind: deadlines::Kind::CancelRequest, what, due, owner: case.owner };
        deadlines::set(tx, case.id, new).await?;
        keep(tx, &mut case).await?;
        let entry = Entry::new(Action::DeadlineSet, Subject::Case(case.id)).of(case.customer);
        audit::record(tx, entry.fact("kind", "cancel_request")).await?;
        tell(tx, &case);
    }
    Ok(())
}

/// Consequence of a confirmation that is out: the cancel request's own deadline is met, or was missed. Says whether one was
/// open.
///
/// # Errors
/// When the case is closed.
pub async fn cancel_confirmed(tx: &mut Tx, case: CaseId) -> Result<bool> {
    let mut case = lock(tx, case).await?;
    case.require_live()?;
    if !deadlines::end(tx, case.id, deadlines::Kind::CancelRequest, End::Done).await? {
        return Ok(false);
    }
    keep(tx, &mut case).await?;
    audit::record(
        tx,
        Entry::new(Action::DeadlineEnded, Subject::Case(case.id)).of(case.customer).fact("kind", "cancel_request"),
    )
    .await?;
    tell(tx, &case);
    Ok(true)
}
