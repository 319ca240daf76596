//! The background task that sends what is due from the outbox. It stands above the slices whose mails it sends: it asks
//! them right before a mail goes whether it still holds, and has what went to a customer written into the case's log.
//! Nothing that goes wrong with one mail stops the rest, nor the task (R17).

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use uuid::Uuid;

use crate::appointments;
use crate::cases;
use crate::db::{Db, Origin, Tx, Via};
use crate::error::Result;
use crate::interactions;
use crate::notifications::{self, Claimed, Mailer, Outcome, Posted};
use crate::offers;
use crate::processes;
use crate::reports;

/// Mails that are on their way at once, so that a slow one does not stop the rest.
const AT_ONCE: usize = 4;
/// How often the outbox is looked into.
const EVERY: Duration = Duration::from_secs(5);
/// Once it could not be looked into.
const AFTER_TROUBLE: Duration = Duration::from_secs(30);

/// Posts for as long as the server runs. To stop it, set `stop` free: a mail under way is ended first.
pub async fn keep_posting(db: Db, mailer: Mailer, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    loop {
        let wait = match AssertUnwindSafe(post(&db, &mailer)).catch_unwind().await {
            Ok(Ok(posted)) => {
                if posted != Posted::default() {
                    tracing::info!(posted.sent, posted.put_off, posted.parked, "posted");
                }
                EVERY
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "could not look into the outbox, trying again soon");
                AFTER_TROUBLE
            }
            Err(_) => {
                tracing::error!("looking into the outbox panicked, trying again soon");
                AFTER_TROUBLE
            }
        };
        tokio::select! {
            () = stop.as_mut() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Sends what is due, until nothing is. Any number of instances may do so together: each mail is claimed by one.
///
/// # Errors
/// When the database refuses. What was sent by then is marked, or will be sent again under the same Message-ID.
pub async fn post(db: &Db, mailer: &Mailer) -> Result<Posted> {
    let Some(first) = notifications::claim(db, mailer).await? else { return Ok(Posted::default()) };
    let mut first = Some(first);
    let rounds = (0..AT_ONCE).map(|_| round(db, mailer, first.take()));
    let rounds: Vec<Result<Posted>> = futures_util::future::join_all(rounds).await;
    rounds.into_iter().try_fold(Posted::default(), |sum, posted| Ok(sum.plus(posted?)))
}

async fn round(db: &Db, mailer: &Mailer, mut next: Option<Claimed>) -> Result<Posted> {
    let mut posted = Posted::default();
    loop {
        let claimed = match next.take() {
            Some(claimed) => Some(claimed),
            None => notifications::claim(db, mailer).await?,
        };
        let Some(mail) = claimed else { return Ok(posted) };
        let outcome = match AssertUnwindSafe(send(db, mailer, &mail)).catch_unwind().await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => stumbled(&mail, &error.to_string()),
            Err(_) => stumbled(&mail, "the attempt panicked"),
        };
        posted = posted.plus(mark(db, &mail, &outcome).await?);
    }
}

async fn begin(db: &Db) -> Result<Tx> {
    db.begin(Origin { actor: None, via: Via::Chaser, request: None }).await
}

/// Sends a mail, if it still holds.
async fn send(db: &Db, mailer: &Mailer, mail: &Claimed) -> Result<Outcome> {
    if let Some(terms) = mail.terms() {
        let mut tx = begin(db).await?;
        if let Some(why) = offers::reminder_dropped_because(&mut tx, terms, &mail.address).await? {
            return Ok(Outcome::Dropped(why));
        }
    }
    if let Some(invitation) = mail.invitation() {
        let mut tx = begin(db).await?;
        if let Some(why) = appointments::invitation_dropped_because(&mut tx, invitation).await? {
            return Ok(Outcome::Dropped(why));
        }
    }
    if let Some(key) = mail.report() {
        let mut tx = begin(db).await?;
        if let Some(why) = reports::mail_dropped_because(&mut tx, key).await? {
            return Ok(Outcome::Dropped(why));
        }
    }
    if let Some(why) = processes::confirmation_dropped_because(db, &mail.key).await? {
        return Ok(Outcome::Dropped(why));
    }
    Ok(notifications::send(mailer, mail).await)
}

/// Something is wrong with the desk rather than with the mail server: the log says what, the outbox where to look.
fn stumbled(mail: &Claimed, error: &str) -> Outcome {
    let reference = Uuid::new_v4();
    tracing::error!(mail = %mail.id, %reference, error, "a mail could not be tried");
    Outcome::Later(format!("Savedesk stumbled over this mail. The log says why under {reference}."))
}

/// Writes down what became of it, together with the entry in the case's log. Should only the entry be impossible, the
/// mail is marked all the same: it must not go a second time for that.
async fn mark(db: &Db, mail: &Claimed, outcome: &Outcome) -> Result<Posted> {
    let logs = *outcome == Outcome::Sent && mail.terms().is_some();
    match note(db, mail, outcome, logs).await {
        Err(error) if logs => {
            tracing::error!(mail = %mail.id, %error, "a mail was sent and could not be logged in its case");
            note(db, mail, outcome, false).await
        }
        noted => noted,
    }
}

async fn note(db: &Db, mail: &Claimed, outcome: &Outcome, logs: bool) -> Result<Posted> {
    let mut tx = begin(db).await?;
    let (posted, first) = notifications::mark(&mut tx, mail, outcome).await?;
    if let (Some(case), Some(body)) = (mail.case.filter(|_| logs && first), &mail.body) {
        // without its lock: an entry changes nothing of the case, and whoever works on it holds the lock for a while
        let case = cases::find(&mut tx, case).await?;
        interactions::log_own_mail(&mut tx, &case, body.clone()).await?;
    }
    tx.commit().await?;
    Ok(posted)
}
