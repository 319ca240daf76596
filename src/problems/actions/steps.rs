//! From a cause to a fix that holds.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::super::{Problem, store};
use super::{entry, keep};
use crate::audit::Action;
use crate::auth::{Can, WorkProblems};
use crate::calendar;
use crate::cases::{self, Cause, Verified};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::ProblemId;
use crate::reasons;

/// The cause is known: it becomes the verified cause of every linked case. What somebody verified in a case itself, or
/// another problem did, is replaced only where that is said.
///
/// # Errors
/// When the problem is closed, or an incident.
pub async fn find_cause(
    tx: &mut Tx,
    can: &Can<WorkProblems>,
    problem: ProblemId,
    cause: &str,
    words: String,
    replaces: bool,
) -> Result<(Problem, Verified)> {
    let mut problem = store::lock(tx, problem).await?;
    let (was, stage) = (problem.cause.clone(), problem.stage);
    problem.know(cause.to_owned(), words)?;
    let linked = store::linked_cases(tx, problem.id).await?;
    // the row first, which the cases then point at
    let entry = entry(Action::ProblemMoved, &problem)
        .change("stage", stage.name(), problem.stage.name())
        .change("cause", was, cause)
        .fact("replaces", replaces);
    let told = match problem.cause_words.as_str() {
        "" => reasons::tree(tx).await?.path(cause),
        words => format!("{}. {words}", reasons::tree(tx).await?.path(cause)),
    };
    keep(tx, &mut problem, "cause", &told, entry).await?;
    let cause = Cause { code: cause.to_owned(), problem: Some(problem.id), replaces };
    let verified = cases::verify(tx, can, &linked, &cause).await?;
    Ok((problem, verified))
}

/// What mends it is planned, until a day.
///
/// # Errors
/// When the cause is not known.
pub async fn plan_fix(
    tx: &mut Tx,
    _: &Can<WorkProblems>,
    problem: ProblemId,
    fix: String,
    due: NaiveDate,
) -> Result<Problem> {
    let told = |tx: &Tx| {
        let year = chrono::Datelike::year(&tx.now());
        format!("By {}: {fix}", calendar::date(due, year))
    };
    let told = told(tx);
    step(tx, problem, "fix", &told, |one, _| one.plan(fix, due)).await
}

/// It is mended since a day, on somebody's clock; an incident is over since a moment.
///
/// # Errors
/// When nothing was planned, or the day or moment does not fit.
pub async fn fixed(
    tx: &mut Tx,
    _: &Can<WorkProblems>,
    problem: ProblemId,
    since: DateTime<Utc>,
    zone: Tz,
) -> Result<Problem> {
    let (day, today) = (since.with_timezone(&zone).date_naive(), tx.now().with_timezone(&zone).date_naive());
    let incident = store::find(tx, problem).await?.is_incident();
    let told = if incident {
        calendar::moment(since, zone, tx.now())
    } else {
        calendar::date(day, chrono::Datelike::year(&today))
    };
    step(tx, problem, "fixed", &told, |one, now| one.mended(since, now, zone)).await
}

/// Whether the fix holds is watched from now on.
///
/// # Errors
/// When it is not fixed.
pub async fn watch(tx: &mut Tx, _: &Can<WorkProblems>, problem: ProblemId) -> Result<Problem> {
    step(tx, problem, "watched", "", |one, _| one.watch()).await
}

/// It is closed, with what came of it.
///
/// # Errors
/// When it is closed already.
pub async fn close(tx: &mut Tx, _: &Can<WorkProblems>, problem: ProblemId, conclusion: String) -> Result<Problem> {
    let told = conclusion.clone();
    step(tx, problem, "closed", &told, |one, now| one.close(conclusion, now)).await
}

/// It is back.
///
/// # Errors
/// When it goes on anyway.
pub async fn reopen(tx: &mut Tx, _: &Can<WorkProblems>, problem: ProblemId, why: &str) -> Result<Problem> {
    step(tx, problem, "reopened", why, |one, _| one.reopen()).await
}

async fn step(
    tx: &mut Tx,
    problem: ProblemId,
    what: &str,
    words: &str,
    go: impl FnOnce(&mut Problem, DateTime<Utc>) -> Result<(), super::super::Refusal>,
) -> Result<Problem> {
    let mut problem = store::lock(tx, problem).await?;
    let was = problem.stage;
    go(&mut problem, tx.now())?;
    let entry = entry(Action::ProblemMoved, &problem).change("stage", was.name(), problem.stage.name());
    keep(tx, &mut problem, what, words, entry).await?;
    Ok(problem)
}
