//! Sending a mail from the outbox, step by step. A mail is claimed with a lease before it is sent and marked after:
//! between the two a crash can repeat it, under the same Message-ID, and nothing can lose it (R15).

use chrono::TimeDelta;

use super::super::letters::Letter;
use super::super::store::mails::{self, Claimed};
use super::super::store::users_with;
use super::super::{Kind, Mailer, Notice, Outcome, cut};
use super::tell;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::SeeOutbox;
use crate::db::{Db, Origin, Tx, Via};
use crate::error::Result;

/// A mail is tried so often, then parked where an admin sees it (R17).
const MOST: i16 = 10;
/// The longest wait between two tries.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(4);
/// What lay in the outbox for longer before it was first tried, as where no mail server was set, is no news any more.
const STALE: TimeDelta = TimeDelta::days(7);
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
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { sent: self.sent + other.sent, put_off: self.put_off + other.put_off, parked: self.parked + other.parked }
    }
}

async fn begin(db: &Db) -> Result<Tx> {
    db.begin(Origin { actor: None, via: Via::Chaser, request: None }).await
}

/// Takes the next mail for longer than a try can take; none when none is due. Each is claimed by one of any number of
/// instances.
///
/// # Errors
/// When the database refuses.
pub async fn claim(db: &Db, mailer: &Mailer) -> Result<Option<Claimed>> {
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

/// Tries to send a mail that was claimed.
pub async fn send(mailer: &Mailer, mail: &Claimed) -> Outcome {
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
        calendar: mail.calendar.as_deref(),
        at: mail.queued_at,
    };
    mailer.send(&letter).await
}

/// Writes down what became of a mail, and says whether that is news. What cannot be sent for now is tried again, ten
/// times at most, then parked.
///
/// # Errors
/// When the database refuses: the mail is tried again once its lease is over, under the same Message-ID.
pub async fn mark(tx: &mut Tx, mail: &Claimed, outcome: &Outcome) -> Result<(Posted, bool)> {
    let last = mail.attempts >= MOST;
    let mut posted = Posted::default();
    let action = match outcome {
        Outcome::Sent => {
            posted.sent = 1;
            mails::mark_sent(tx, mail.id).await?.then_some(Action::MailSent)
        }
        Outcome::Dropped(why) => {
            tracing::info!(mail = %mail.id, "a mail was dropped; the outbox says why");
            mails::drop_one(tx, mail.id, &cut(why, 1000)).await?.then_some(Action::MailDropped)
        }
        Outcome::Later(why) if !last => {
            posted.put_off = 1;
            let next_at = tx.now() + wait(mail.attempts);
            // why stands in the outbox: it may name the address
            tracing::warn!(mail = %mail.id, attempts = mail.attempts, "a mail could not be sent, trying again later");
            let put_off = mails::put_off(tx, mail, next_at, &cut(why, 1000)).await?;
            tx.tell("outbox");
            return Ok((posted, put_off));
        }
        Outcome::Later(why) | Outcome::Never(why) => {
            let tried =
                if matches!(outcome, Outcome::Later(_)) { format!("Tried {MOST} times. ") } else { String::new() };
            posted.parked = 1;
            tracing::error!(mail = %mail.id, attempts = mail.attempts, "a mail is parked; the outbox says why");
            let parked = mails::park(tx, mail, &cut(&format!("{tried}{why}"), 1000)).await?;
            if parked {
                tell_admins(tx).await?;
            }
            parked.then_some(Action::MailParked)
        }
    };
    let first = action.is_some();
    if let Some(action) = action {
        let mut entry = Entry::new(action, Subject::Mail(mail.id)).fact("attempts", mail.attempts);
        if let Some(customer) = mail.customer {
            entry = entry.of(customer);
        }
        audit::record(tx, entry).await?;
    }
    tx.tell("outbox");
    Ok((posted, first))
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
