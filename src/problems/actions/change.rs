//! Changing what is said of a problem, and noting what was found.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::{Problem, store};
use super::{entry, keep, noted};
use crate::audit::Action;
use crate::auth::{Can, WorkProblems};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{ProblemId, UserId};

/// What is said of a problem, beside where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Details {
    /// In one line.
    pub title: String,
    /// What happens, to whom.
    pub what: String,
    /// The reason whose cases it is about.
    pub reason: Option<String>,
    /// Who sees to it.
    pub owner: Option<UserId>,
    /// Up to five whys, each the reason of the one before.
    pub whys: Vec<String>,
    /// What to say to customers meanwhile.
    pub say: String,
    /// When an incident began.
    pub began_at: Option<DateTime<Utc>>,
}

impl Details {
    /// As a problem has them.
    #[must_use]
    pub fn of(problem: &Problem) -> Self {
        Self {
            title: problem.title.clone(),
            what: problem.what.clone(),
            reason: problem.reason.clone(),
            owner: problem.owner,
            whys: problem.whys.clone(),
            say: problem.say.clone(),
            began_at: problem.began_at,
        }
    }

    /// The names of what differs.
    fn differs(&self, other: &Self) -> Vec<&'static str> {
        [
            ("title", self.title != other.title),
            ("what happens", self.what != other.what),
            ("suspected reason", self.reason != other.reason),
            ("owner", self.owner != other.owner),
            ("five whys", self.whys != other.whys),
            ("what to say", self.say != other.say),
            ("begin", self.began_at != other.began_at),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }
}

/// What is said of a problem.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn details(connection: &mut PgConnection, problem: ProblemId) -> Result<Details> {
    Ok(Details::of(&store::find(connection, problem).await?))
}

/// Changes what is said of it. The caller has brought yours and theirs together (R6).
///
/// # Errors
/// When it is closed.
pub async fn change(tx: &mut Tx, _: &Can<WorkProblems>, problem: ProblemId, details: Details) -> Result<Problem> {
    let mut problem = store::lock(tx, problem).await?;
    problem.require_live()?;
    let was = Details::of(&problem);
    let differs = details.differs(&was);
    if differs.is_empty() {
        return Ok(problem);
    }
    let entry = entry(Action::ProblemChanged, &problem)
        .fact("fields", differs.clone())
        .change("reason", was.reason, details.reason.clone())
        .change("owner", was.owner.map(|id| id.to_string()), details.owner.map(|id| id.to_string()));
    let Details { title, what, reason, owner, whys, say, began_at } = details;
    (problem.title, problem.what, problem.reason, problem.owner) = (title, what, reason, owner);
    (problem.whys, problem.say, problem.began_at) = (whys, say, began_at);
    keep(tx, &mut problem, "changed", &differs.join(", "), entry).await?;
    store::find(tx, problem.id).await
}

/// Notes something in its timeline, also when it is closed.
///
/// # Errors
/// When the database refuses.
pub async fn note(tx: &mut Tx, _: &Can<WorkProblems>, problem: ProblemId, words: &str) -> Result<()> {
    let problem = store::lock(tx, problem).await?;
    noted(tx, &problem, "note", words, entry(Action::ProblemChanged, &problem).fact("noted", true)).await
}
