//! The desk's own act: processes move on whose steps ended where nobody could say so.

use chrono::TimeDelta;
use uuid::Uuid;

use super::super::store;
use super::go_on::walk;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, RunChaser};
use crate::cases;
use crate::db::{Db, Origin, Tx, Via};
use crate::error::{Error, Result};
use crate::ids::ProcessId;
use crate::notifications::{self, Notice};

/// How many are moved on in a round.
const AT_ONCE: i64 = 200;
/// After so many failures in a row a process is parked.
const ATTEMPTS: i16 = 10;

async fn begin(db: &Db) -> Result<Tx> {
    db.begin(Origin { actor: None, via: Via::Chaser, request: None }).await
}

/// Moves processes on whose steps ended on a page of requests, or by a mail that went out. Each in a transaction of its
/// own: one that cannot be moved on stops no other, is tried again later, and after ten times parked where an admin sees it
/// (R17). Gives how many were moved on, and how many could not.
///
/// # Errors
/// When the database cannot be reached.
pub async fn move_on(db: &Db) -> Result<(usize, usize)> {
    let due = store::to_move_on(&mut *db.read().await?, db.now(), AT_ONCE).await?;
    let (mut moved, mut failed) = (0, 0);
    for (process, attempts) in due {
        match move_one(db, process).await {
            Ok(()) => moved += 1,
            Err(error) => {
                note_failure(db, process, attempts + 1, &error).await?;
                failed += 1;
            }
        }
    }
    Ok((moved, failed))
}

async fn move_one(db: &Db, process: ProcessId) -> Result<()> {
    let mut tx = begin(db).await?;
    let seen = store::find(&mut tx, process).await?;
    let case = cases::lock(&mut tx, seen.case).await?;
    let process = store::lock(&mut tx, process).await?;
    walk(&mut tx, &case, process).await?;
    tx.commit().await
}

async fn note_failure(db: &Db, process: ProcessId, attempts: i16, error: &Error) -> Result<()> {
    let reference = Uuid::new_v4();
    tracing::error!(%process, attempts, %reference, %error, "a process could not be moved on");
    let mut tx = begin(db).await?;
    let wait = TimeDelta::minutes(i64::from(attempts.clamp(1, ATTEMPTS)) * 5 - 4);
    let because = match error {
        _ if attempts < ATTEMPTS => None,
        Error::Refused(why) => Some(why.chars().take(400).collect()),
        _ => Some(format!("Failed {attempts} times. The log says why under {reference}.")),
    };
    let next_at = tx.now() + wait;
    store::note_failure(&mut tx, process, next_at, because.as_deref()).await?;
    if because.is_some() {
        let entry = Entry::new(Action::ProcessParked, Subject::Process(process)).fact("attempts", attempts);
        audit::record(&mut tx, entry).await?;
        // parked again after it was tried anew, they are told again
        let key = format!("parked:{process}:{}", tx.now().timestamp());
        let notice = |to| Notice {
            to,
            kind: notifications::Kind::Parked,
            case: None,
            about: "A process could not be moved on".to_owned(),
            urgent: false,
            key: key.clone(),
        };
        let admins = notifications::users_with::<RunChaser>(&mut tx).await?;
        notifications::tell(&mut tx, &admins.into_iter().map(notice).collect::<Vec<_>>()).await?;
        tx.tell("chaser");
    }
    tx.commit().await
}

/// Has a parked process moved on again in the next round; says whether it was parked.
///
/// # Errors
/// When the database refuses.
pub async fn retry(tx: &mut Tx, _: &Can<RunChaser>, process: ProcessId) -> Result<bool> {
    if !store::unpark(tx, process).await? {
        return Ok(false);
    }
    audit::record(tx, Entry::new(Action::ProcessRetried, Subject::Process(process))).await?;
    tx.tell("chaser");
    Ok(true)
}
