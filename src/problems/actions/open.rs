//! Opening a problem, an incident, and a problem that an incident led to.

use chrono::{DateTime, Utc};

use super::super::{Kind, Problem, Stage, store};
use super::{entry, link, noted};
use crate::audit::Action;
use crate::auth::{Can, WorkProblems};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{ProblemId, UserId};

/// A problem to be opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewProblem {
    /// Which of both.
    pub kind: Kind,
    /// In one line.
    pub title: String,
    /// What happens, to whom.
    pub what: String,
    /// The reason whose cases it is about.
    pub reason: Option<String>,
    /// Who sees to it.
    pub owner: Option<UserId>,
    /// When an incident began.
    pub began_at: Option<DateTime<Utc>>,
    /// What to say to customers meanwhile.
    pub say: String,
}

/// Opens it. The caller links its cases.
///
/// # Errors
/// When the database refuses.
pub async fn open(tx: &mut Tx, _: &Can<WorkProblems>, new: NewProblem) -> Result<Problem> {
    insert(tx, new, None).await
}

async fn insert(tx: &mut Tx, new: NewProblem, incident: Option<&Problem>) -> Result<Problem> {
    let now = tx.now();
    let problem = Problem {
        id: ProblemId::new(),
        number: 0,
        kind: new.kind,
        title: new.title,
        what: new.what,
        stage: Stage::Open,
        reason: new.reason,
        cause: None,
        cause_words: String::new(),
        whys: Vec::new(),
        owner: new.owner,
        owner_name: None,
        fix: String::new(),
        fix_due_on: None,
        fixed_on: None,
        began_at: (new.kind == Kind::Incident).then(|| new.began_at.unwrap_or(now)),
        ended_at: None,
        say: new.say,
        conclusion: String::new(),
        incident: incident.map(|one| one.id),
        incident_number: incident.map(|one| one.number),
        opened_at: now,
        closed_at: None,
        version: 1,
    };
    store::insert(tx, &problem).await?;
    let problem = store::find(tx, problem.id).await?;
    let words = incident.map(|one| format!("{} led to it", one.code())).unwrap_or_default();
    let entry = entry(Action::ProblemOpened, &problem).fact("reason", problem.reason.clone());
    noted(tx, &problem, "opened", &words, entry).await?;
    Ok(problem)
}

/// Opens the problem behind an incident, with all its cases.
///
/// # Errors
/// When it is no incident.
pub async fn lead_to(tx: &mut Tx, can: &Can<WorkProblems>, incident: ProblemId) -> Result<Problem> {
    let incident = store::lock(tx, incident).await?;
    if !incident.is_incident() {
        return Err(Error::refused("Only an incident leads to a problem."));
    }
    let new = NewProblem {
        kind: Kind::Problem,
        title: incident.title.clone(),
        what: incident.what.clone(),
        reason: incident.reason.clone(),
        owner: incident.owner.or(tx.by()),
        began_at: None,
        say: incident.say.clone(),
    };
    let problem = insert(tx, new, Some(&incident)).await?;
    let cases = store::linked_cases(tx, incident.id).await?;
    link(tx, can, problem.id, &cases).await?;
    noted(tx, &incident, "led", &problem.code(), entry(Action::ProblemChanged, &incident)).await?;
    Ok(problem)
}
