//! Sending what is due from the outbox. A mail is claimed with a lease before it is sent and marked after: between the
//! two a crash can repeat it, under the same Message-ID, and nothing can lose it (R15).

use std::time::Duration;

use chrono::TimeDelta;

use super::super::letters::Letter;
use super::super::mailer::Outcome;
use super::super::store::mails::{self, Claimed};
use super::super::store::users_with;
use super::super::{Kind, Mailer, Notice, cut};
use super::tell;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::SeeOutbox;
use crate::db::{Db, Origin, Tx, Via};
use crate::error::Result;

/// Mails that are on their way at once, so that a slow one does not stop the rest.
const AT_ONCE: usize = 4;
/// A mail is tried so often, then parked where an admin sees it (R17).
const MOST: i16 = 10;
/// The longest wait between two tries.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(4);
/// What lay in the outbox for longer before it was first tried, as where no mail server was set, is no news any more.
const STALE: TimeDelta = TimeDelta::days(7);
/// How often the outbox is looked into.
const EVERY: Duration = Duration::from_secs(5);
/// Once it could not be looked into.
const AFTER_TROUBLE: Duration = Duration::from_secs(30);

/// What a round did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Posted {
    /// Mails that a server took.
    pub sent: usize,
    /// Mails that will be tried again.
    pub put_off: usize,
    /// Mails that an admin has to look at.
    pub parked: usize,
}

impl Posted {
    fn plus(self, other: Self) -> Self {
        Self { sent: self.sent + other.sent, put_off: self.put_off + other.put_off, parked: self.parked + other.parked }
    }
}

/// Posts for as long as the server runs. To stop it, set `stop` free: a mail under way is ended first.
pub async fn keep_posting(db: Db, mailer: Mailer, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    loop {
        let wait = match post(&db, &mailer).await {
            Ok(posted) if posted == Posted::default() => EVERY,
            Ok(posted) => {
                tracing::info!(posted.sent, posted.put_off, posted.parked, "posted");
                EVERY
            }
            Err(error) => {
                tracing::warn!(%error, "could not look into the outbox, trying again soon");
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
    let Some(first) = claim(db, mailer).await? else { return Ok(Posted::default()) };
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
            None => claim(db, mailer).await?,
        };
        let Some(mail) = claimed else { return Ok(posted) };
        let outcome = try_once(mailer, &mail).await;
        posted = posted.plus(mark(db, &mail, outcome).await?);
    }
}

async fn begin(db: &Db) -> Result<Tx> {
    db.begin(Origin { actor: None, via: Via::Chaser, request: None }).await
}

/// Takes the next mail for longer than a try can take.
async fn claim(db: &Db, mailer: &Mailer) -> Result<Option<Claimed>> {
    let mut tx = begin(db).await?;
    let lease = TimeDelta::from_std(mailer.time_limit * 2).unwrap_or(LONGEST_WAIT) + TimeDelta::minutes(1);
    let (until, stale) = (tx.now() + lease, tx.now() - STALE);
    let Some(mut mail) = mails::claim(&mut tx, until, stale).await? else { return Ok(None) };
    if mail.message_name.is_none() {
        let name = mailer.head.message_name(&mail.key);
        mails::name(&mut tx, mail.id, &name).await?;
        mail.message_name = Some(name);
    }
    tx.commit().await?;
    Ok(Some(mail))
}

async fn try_once(mailer: &Mailer, mail: &Claimed) -> Outcome {
    let Some(body) = mail.body.as_deref() else {
        return Outcome::Never("The words of this mail are gone.".to_owned());
    };
    if mail.stale {
        return Outcome::Never(format!(
            "It waited for more than {} days, so it is no news any more. Try again to send it all the same.",
            STALE.num_days()
        ));
    }
    if mail.attempts > MOST {
        // somebody took it so often and never came back
        return Outcome::Never(format!("Savedesk stopped {MOST} times before it knew what became of this mail."));
    }
    let letter = Letter {
        key: &mail.key,
        message_name: mail.message_name.as_deref(),
        address: &mail.address,
        name: &mail.name,
        subject: &mail.subject,
        body,
        at: mail.queued_at,
    };
    match mailer.send(&letter).await {
        Outcome::Later(why) if mail.attempts >= MOST => Outcome::Never(format!("Tried {MOST} times. {why}")),
        outcome => outcome,
    }
}

/// Writes down what became of it.
async fn mark(db: &Db, mail: &Claimed, outcome: Outcome) -> Result<Posted> {
    let mut tx = begin(db).await?;
    let mut posted = Posted::default();
    let action = match outcome {
        Outcome::Sent => {
            posted.sent = 1;
            mails::mark_sent(&mut tx, mail.id).await?.then_some(Action::MailSent)
        }
        Outcome::Later(why) => {
            posted.put_off = 1;
            let next_at = tx.now() + wait(mail.attempts);
            // why stands in the outbox: it may name the address
            tracing::warn!(mail = %mail.id, attempts = mail.attempts, "a mail could not be sent, trying again later");
            mails::put_off(&mut tx, mail, next_at, &cut(&why, 1000)).await?;
            None
        }
        Outcome::Never(why) => {
            posted.parked = 1;
            tracing::error!(mail = %mail.id, attempts = mail.attempts, "a mail is parked; the outbox says why");
            let parked = mails::park(&mut tx, mail, &cut(&why, 1000)).await?;
            if parked {
                tell_admins(&mut tx).await?;
            }
            parked.then_some(Action::MailParked)
        }
    };
    if let Some(action) = action {
        let mut entry = Entry::new(action, Subject::Mail(mail.id)).fact("attempts", mail.attempts);
        if let Some(customer) = mail.customer {
            entry = entry.of(customer);
        }
        audit::record(&mut tx, entry).await?;
    }
    tx.tell("outbox");
    tx.commit().await?;
    Ok(posted)
}

/// Once a day, however many mails are parked.
async fn tell_admins(tx: &mut Tx) -> Result<()> {
    let key = format!("mails-parked:{}", tx.now().date_naive());
    let about = "Mails could not be sent and are parked in the outbox, each with the reason.";
    let admins = users_with::<SeeOutbox>(tx).await?;
    let notices: Vec<Notice> = admins
        .into_iter()
        .map(|to| Notice {
            to,
            kind: Kind::Parked,
            case: None,
            about: about.to_owned(),
            urgent: false,
            key: key.clone(),
        })
        .collect();
    tell(tx, &notices).await.map(drop)
}

/// The wait after so many tries: a minute, three, nine … up to four hours.
fn wait(attempts: i16) -> TimeDelta {
    let tries = u32::try_from(attempts.clamp(1, MOST)).unwrap_or(1);
    TimeDelta::minutes(3_i64.pow(tries - 1)).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_ten_tries_take_most_of_a_day() {
        let minutes: Vec<i64> = (1..=MOST).map(|tries| wait(tries).num_minutes()).collect();
        assert_eq!(minutes, [1, 3, 9, 27, 81, 240, 240, 240, 240, 240]);
        assert_eq!(minutes[..9].iter().sum::<i64>(), 121 + 4 * 240);
    }
}
