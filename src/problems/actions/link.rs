//! Which cases a problem explains.

use super::super::store;
use super::{cases_said, entry, noted};
use crate::audit::Action;
use crate::auth::{Can, WorkProblems};
use crate::cases::{self, Cause};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{CaseId, ProblemId};

/// What came of linking cases.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Found {
    /// Cases that are linked now and were not before.
    pub linked: usize,
    /// Cases that keep a cause that was verified otherwise.
    pub kept: usize,
}

/// Links cases, live or closed. Where the cause is known, it becomes the verified cause of each that has none.
///
/// # Errors
/// When the problem is closed.
pub async fn link(tx: &mut Tx, can: &Can<WorkProblems>, problem: ProblemId, cases: &[CaseId]) -> Result<Found> {
    let problem = store::lock(tx, problem).await?;
    problem.require_live()?;
    let linked = store::link(tx, problem.id, cases).await?;
    if linked.is_empty() {
        return Ok(Found::default());
    }
    let mut found = Found { linked: linked.len(), kept: 0 };
    if let Some(code) = problem.cause.clone() {
        let cause = Cause { code, problem: Some(problem.id), replaces: false };
        found.kept = cases::verify(tx, can, &linked, &cause).await?.kept;
    }
    let ids: Vec<String> = linked.iter().map(ToString::to_string).collect();
    let entry = entry(Action::CasesLinked, &problem).fact("cases", ids);
    noted(tx, &problem, "linked", &cases_said(linked.len()), entry).await?;
    for case in &linked {
        tx.tell(format!("case:{case}"));
    }
    Ok(found)
}

/// The problem does not explain this case after all: a cause that was verified by it holds no more.
///
/// # Errors
/// When the problem is closed, or the case was not linked.
pub async fn unlink(tx: &mut Tx, _: &Can<WorkProblems>, problem: ProblemId, case: CaseId) -> Result<()> {
    let problem = store::lock(tx, problem).await?;
    problem.require_live()?;
    if !store::unlink(tx, problem.id, case).await? {
        return Err(Error::NotFound);
    }
    cases::take_back_cause(tx, &[case], problem.id).await?;
    let code = cases::find(tx, case).await?.code();
    let entry = entry(Action::CasesUnlinked, &problem).fact("cases", vec![case.to_string()]);
    noted(tx, &problem, "unlinked", &code, entry).await?;
    tx.tell(format!("case:{case}"));
    Ok(())
}
