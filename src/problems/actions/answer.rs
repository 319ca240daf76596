//! Answering all cases of an incident together.

use super::super::store::{self, Asked};
use super::super::{Means, Refusal};
use super::{cases_said, entry, noted};
use crate::audit::Action;
use crate::auth::{Can, WorkProblems};
use crate::cases;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::follow_ups;
use crate::ids::{AnswerId, CaseId, ProblemId};
use crate::interactions::{self, Direction, Kind, NewInteraction};

/// What is said to all customers of an incident.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewAnswer {
    /// How they were told.
    pub means: Means,
    /// What they were told.
    pub words: String,
    /// Whether the next step of each case is done with it.
    pub ends_next_step: bool,
}

/// Asks for an answer to be logged in every live case of an incident; gives in how many. The work is done in the
/// background (see [`super::super::answer_all`]), exactly once in each case.
///
/// # Errors
/// When it is no incident, nobody is to be answered, or another answer is under way.
pub async fn answer_together(tx: &mut Tx, can: &Can<WorkProblems>, problem: ProblemId, new: NewAnswer) -> Result<u64> {
    let problem = store::lock(tx, problem).await?;
    problem.require_live()?;
    if !problem.is_incident() {
        return Err(Refusal::OfProblem.into());
    }
    if store::runs(tx, problem.id).await? {
        return Err(Refusal::Answering.into());
    }
    let by = tx.by().or(can.id).ok_or(Error::Forbidden)?;
    let NewAnswer { means, words, ends_next_step } = new;
    let asked = Asked { id: AnswerId::new(), problem: problem.id, means, words, ends_next_step, by };
    let cases = store::ask(tx, &asked).await?;
    if cases == 0 {
        return Err(Refusal::NobodyToAnswer.into());
    }
    let entry = entry(Action::CasesAnswered, &problem).fact("answer", asked.id.to_string()).fact("cases", cases);
    noted(tx, &problem, "answer", &format!("{}. {}", cases_said(cases), asked.words), entry).await?;
    Ok(cases)
}

/// Logs the answer in one case, whose row of the answer is held.
pub(in crate::problems) async fn say(tx: &mut Tx, asked: &Asked, case: CaseId) -> Result<()> {
    let (kind, direction) = match asked.means {
        Means::Email => (Kind::Email, Some(Direction::Outbound)),
        Means::Letter => (Kind::Letter, Some(Direction::Outbound)),
        Means::Chat => (Kind::Chat, Some(Direction::Outbound)),
        Means::Call => (Kind::Call, Some(Direction::Outbound)),
        Means::Note => (Kind::Note, None),
    };
    let held = cases::lock(tx, case).await?;
    if !held.is_live() {
        return Err(Error::refused("It was closed meanwhile."));
    }
    let new = NewInteraction { kind, direction, body: asked.words.clone(), next_step: None };
    let interaction = interactions::log(tx, &Can::desk(), case, new).await?;
    if asked.ends_next_step {
        follow_ups::replace_next_step(tx, &held, true).await?;
        cases::follow_ups_changed(tx, case).await?;
    }
    store::mark(tx, asked.id, case, Ok(interaction)).await.map(drop)
}

/// Every case was answered or passed over.
pub(in crate::problems) async fn finish(tx: &mut Tx, asked: &Asked) -> Result<()> {
    if !store::finish(tx, asked.id).await? {
        return Ok(());
    }
    let problem = store::find(tx, asked.problem).await?;
    let entry = entry(Action::CasesAnswered, &problem).fact("answer", asked.id.to_string()).fact("finished", true);
    noted(tx, &problem, "answered", "", entry).await
}
