//! Answers in the background: case by case, each in a transaction that also notes that it is done. Whatever is killed,
//! another goes on from there, and several at once share the cases; none is answered twice. A case that cannot be
//! answered is passed over, and takes no other with it.

use std::time::Duration;

use super::actions;
use super::store::{self, Asked};
use crate::db::{Db, Origin, Tx, Via};
use crate::error::{Error, Result};
use crate::web::App;

/// How often answers are looked for that nobody works on.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// How often a case is tried that the database turned away in passing.
const TRIES: usize = 5;
/// After so many cases, open pages hear how far it is.
const TELL_AFTER: u64 = 10;

/// Begins to answer what was just asked for.
pub(super) fn spawn(app: &App) {
    let app = app.clone();
    app.clone().tasks.spawn(async move { go(&app).await });
}

/// Takes up, for as long as the server runs, what an instance that died has left.
pub async fn resume(app: App) {
    while app.is_ready() {
        go(&app).await;
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn go(app: &App) {
    if let Err(error) = answer(&app.db, &|| !app.is_ready()).await {
        tracing::error!(%error, "an answer to the cases of an incident stopped; it will be taken up again");
    }
}

/// Answers every case that waits for it; gives how many were done with.
///
/// # Errors
/// When the database fails; what was done stays done.
pub async fn answer_all(db: &Db) -> Result<u64> {
    answer(db, &|| false).await
}

async fn answer(db: &Db, stop: &(dyn Fn() -> bool + Sync)) -> Result<u64> {
    let running = store::running(&mut *db.read().await?).await?;
    let mut done = 0;
    for asked in running {
        while !stop()
            && let Some(ours) = one_of(db, &asked, done + 1).await?
        {
            done += u64::from(ours);
        }
    }
    Ok(done)
}

/// Answers the next case, trying again what the database turned away in passing; none when none is left, false when
/// another instance was done with it first.
async fn one_of(db: &Db, asked: &Asked, count: u64) -> Result<Option<bool>> {
    let mut tries = 1;
    loop {
        match next(db, asked, count).await {
            Err(error) if error.is_passing() && tries < TRIES => tries += 1,
            other => return other,
        }
    }
}

async fn begin(db: &Db, asked: &Asked) -> Result<Tx> {
    db.begin(Origin { actor: Some(asked.by), via: Via::Bulk, request: None }).await
}

async fn next(db: &Db, asked: &Asked, count: u64) -> Result<Option<bool>> {
    let mut tx = begin(db, asked).await?;
    let Some(case) = store::claim(&mut tx, asked.id).await? else {
        // what somebody else holds now is finished by them
        if !store::still_waiting(&mut tx, asked.id).await? {
            actions::finish(&mut tx, asked).await?;
            tx.commit().await?;
        }
        return Ok(None);
    };
    let why = match actions::say(&mut tx, asked, case).await {
        Ok(()) => {
            if count.is_multiple_of(TELL_AFTER) {
                tx.tell(format!("problem:{}", asked.problem));
            }
            tx.commit().await?;
            return Ok(Some(true));
        }
        Err(error) if error.is_passing() => return Err(error),
        Err(Error::Refused(why)) => why,
        Err(error) => {
            tracing::error!(%case, %error, "a case could not be answered with its incident");
            "Something broke on our side. Answer this case by itself.".to_owned()
        }
    };
    drop(tx);
    let mut tx = begin(db, asked).await?;
    let ours = store::mark(&mut tx, asked.id, case, Err(&why)).await?;
    tx.commit().await?;
    Ok(Some(ours))
}
