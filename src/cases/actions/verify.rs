//! The verified cause: the third of three facts, beside the customer's words and the coded reason, and never in their
//! place. It comes from a problem that explains the case, or from somebody who looked at this very case.

use super::super::store::{self, CauseRow};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, WorkProblems};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{CaseId, ProblemId};
use crate::reasons;

/// A cause that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cause {
    /// A code of the tree of reasons.
    pub code: String,
    /// The problem it was found in; none when somebody verified it in the case itself.
    pub problem: Option<ProblemId>,
    /// Whether it takes the place of what was verified otherwise: by a person, or in another problem.
    pub replaces: bool,
}

/// What came of verifying causes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Verified {
    /// Cases that have this cause now.
    pub set: usize,
    /// Cases that keep what was verified otherwise.
    pub kept: usize,
}

/// Sets the verified cause of cases, live or closed. The stated and the coded reason stay as they are.
///
/// # Errors
/// When there is no such reason.
pub async fn verify(tx: &mut Tx, _: &Can<WorkProblems>, cases: &[CaseId], cause: &Cause) -> Result<Verified> {
    if reasons::tree(tx).await?.find(&cause.code).is_none() {
        return Err(Error::refused("Choose the cause from the list."));
    }
    let rows = store::lock_causes(tx, cases).await?;
    let otherwise = |row: &CauseRow| row.cause.is_some() && row.problem != cause.problem;
    let kept = |row: &CauseRow| otherwise(row) && cause.problem.is_some() && !cause.replaces;
    let same = |row: &CauseRow| row.cause.as_ref() == Some(&cause.code) && row.problem == cause.problem;
    let keeps = rows.iter().filter(|row| kept(row)).count();
    let rows: Vec<CauseRow> = rows.into_iter().filter(|row| !kept(row) && !same(row)).collect();
    write(tx, &rows, Some(&cause.code), cause.problem).await?;
    Ok(Verified { set: rows.len(), kept: keeps })
}

/// Consequence of cases that a problem no longer explains: what was verified in it holds for them no more.
///
/// # Errors
/// When the database refuses.
pub async fn take_back_cause(tx: &mut Tx, cases: &[CaseId], problem: ProblemId) -> Result<()> {
    let mut rows = store::lock_causes(tx, cases).await?;
    rows.retain(|row| row.problem == Some(problem));
    write(tx, &rows, None, None).await
}

async fn write(tx: &mut Tx, rows: &[CauseRow], cause: Option<&str>, problem: Option<ProblemId>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    store::save_causes(tx, rows, cause, problem).await?;
    let entries: Vec<Entry> = rows
        .iter()
        .map(|row| {
            Entry::new(Action::CausesVerified, Subject::Case(row.id))
                .of(row.customer)
                .change("verified_cause", row.cause.clone(), cause)
                .fact("problem", problem.map(|id| id.to_string()))
        })
        .collect();
    audit::record_all(tx, &entries).await?;
    for row in rows {
        tx.tell(format!("case:{}", row.id));
    }
    Ok(())
}
