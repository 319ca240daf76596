//! What contributed to a problem.

use super::super::{Category, Factor, store};
use super::{entry, noted};
use crate::audit::Action;
use crate::auth::{Can, WorkProblems};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{FactorId, ProblemId};

/// Adds something that contributed.
///
/// # Errors
/// When it is closed.
pub async fn add_factor(
    tx: &mut Tx,
    _: &Can<WorkProblems>,
    problem: ProblemId,
    category: Category,
    words: String,
) -> Result<FactorId> {
    let problem = store::lock(tx, problem).await?;
    problem.require_live()?;
    let factor = Factor { id: FactorId::new(), category, words };
    store::insert_factor(tx, problem.id, &factor).await?;
    let entry = entry(Action::ProblemChanged, &problem).fact("factor", factor.id.to_string());
    noted(tx, &problem, "factor", &format!("{}: {}", category.label(), factor.words), entry).await?;
    Ok(factor.id)
}

/// It did not contribute after all. The timeline keeps that it was thought of.
///
/// # Errors
/// When the problem is closed, or the factor is gone.
pub async fn remove_factor(tx: &mut Tx, _: &Can<WorkProblems>, problem: ProblemId, factor: FactorId) -> Result<()> {
    let problem = store::lock(tx, problem).await?;
    problem.require_live()?;
    let factor = store::find_factor(tx, problem.id, factor).await?;
    store::remove_factor(tx, factor.id).await?;
    let entry = entry(Action::ProblemChanged, &problem).fact("factor_gone", factor.id.to_string());
    noted(tx, &problem, "factor_gone", &format!("{}: {}", factor.category.label(), factor.words), entry).await
}
