//! Closing a case, and working it again.

use super::super::store;
use super::super::{Case, Close, Kind, Outcome, Refusal, Stage, lock};
use super::{keep, tell};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, CloseCases};
use crate::customers;
use crate::db::Tx;
use crate::deadlines;
use crate::error::{Error, Result};
use crate::ids::CaseId;
use crate::money::Money;

/// How a case is to be closed.
#[derive(Clone, Debug)]
pub struct Closing {
    /// The outcome.
    pub outcome: Outcome,
    /// The coded reason, if it is chosen only now.
    pub reason: Option<String>,
    /// What was kept, changed or lost, and why.
    pub note: String,
    /// What stays in force.
    pub kept: Money,
    /// The number of the case that this one repeats.
    pub duplicate_of: Option<CaseId>,
}

/// Closes a case: everything due in it ends, and the account status follows the outcome. The caller ends its follow-ups
/// first.
///
/// # Errors
/// When it is closed already, has no coded reason, or the money does not fit the outcome.
pub async fn close(tx: &mut Tx, _: &Can<CloseCases>, case: CaseId, closing: Closing) -> Result<Case> {
    let mut case = lock(tx, case).await?;
    case.require_live()?;
    require_regulators_answered(tx, &case).await?;
    if let Some(reason) = closing.reason
        && case.reason.as_deref() != Some(reason.as_str())
    {
        store::note_change(tx, case.id, "reason", case.reason.as_deref(), Some(&reason), None).await?;
        case.reason = Some(reason);
    }
    if case.stage == Stage::New {
        // a case is never closed unworked
        case = case.work(tx.now())?;
        keep(tx, &mut case).await?;
    }
    let was = case.stage.name();
    let why = Some(closing.note.clone()).filter(|note| !note.is_empty());
    let (at, by) = (tx.now(), tx.by());
    let mut case = case.close(Close {
        outcome: closing.outcome,
        note: closing.note,
        kept: closing.kept,
        duplicate_of: closing.duplicate_of,
        at,
        by,
    })?;
    // what outlives the case must not stand still for ever
    let calendar = accounts::calendar_of(tx, case.team).await?;
    deadlines::resume(tx, case.id, case.customer, &calendar).await?;
    deadlines::end_all(tx, case.id).await?;
    keep(tx, &mut case).await?;
    store::note_change(tx, case.id, "stage", Some(was), Some(closing.outcome.name()), why.as_deref()).await?;
    audit::record(
        tx,
        Entry::new(Action::CaseClosed, Subject::Case(case.id))
            .of(case.customer)
            .change("stage", was, "closed")
            .fact("outcome", closing.outcome.name())
            .fact("reason", case.reason.clone())
            .fact("value_at_risk_minor", case.value_at_risk.minor)
            .fact("value_kept_minor", closing.kept.minor)
            .fact("currency", closing.kept.currency.code()),
    )
    .await?;
    let ends_relation = case.kind != Kind::OrderCancellation && case.kind != Kind::Complaint;
    if ends_relation && let Some(status) = closing.outcome.status() {
        customers::set_status(
            tx,
            case.customer,
            status,
            &format!("{} closed: {}", case.code(), closing.outcome.label()),
        )
        .await?;
    }
    tell(tx, &case);
    Ok(case)
}

/// What a regulator, a bureau or a review waits for is answered before the case ends.
async fn require_regulators_answered(tx: &mut Tx, case: &Case) -> Result<()> {
    let open = deadlines::of_case(tx, case.id).await?;
    match open.into_iter().find(|deadline| deadline.kind == deadlines::Kind::RegulatorResponse) {
        Some(owed) => Err(Refusal::AnswerOwed(owed.what).into()),
        None => Ok(()),
    }
}

/// Works a closed case again. The caller makes the follow-up that says when.
///
/// # Errors
/// When it is not closed, or a live case for the same thing has come meanwhile (R14).
pub async fn reopen(tx: &mut Tx, _: &Can<CloseCases>, case: CaseId, why: &str) -> Result<Case> {
    let closed = lock(tx, case).await?;
    customers::lock(tx, closed.customer).await?;
    if let Some(other) = store::live_for(tx, closed.customer, closed.kind, closed.at_stake).await? {
        let other = store::find(tx, other).await?;
        return Err(Error::refused(format!("{} is live for the same thing. Work that one.", other.code())));
    }
    let outcome = closed.stage.label();
    let mut case = closed.reopen()?;
    store::note_change(tx, case.id, "stage", Some(outcome), Some("working"), Some(why)).await?;
    keep(tx, &mut case).await?;
    audit::record(
        tx,
        Entry::new(Action::CaseReopened, Subject::Case(case.id)).of(case.customer).change("stage", "closed", "working"),
    )
    .await?;
    tell(tx, &case);
    Ok(case)
}
