//! Into the outbox, and back into it.

use chrono::TimeDelta;

use super::super::store::{mails, notices, outbox};
use super::super::{NewMail, Stage, cut};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, SeeOutbox};
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::ids::{MailId, OfferId};

/// So long the words of a mail stay once it was sent.
const WORDS: TimeDelta = TimeDelta::days(14);
/// So long a mail to one of our people stays at all.
const OWN: TimeDelta = TimeDelta::days(90);
/// So long a notice stays once it was read.
const READ: TimeDelta = TimeDelta::days(180);
/// Rows per statement, so that none takes long.
const BATCH: i64 = 5_000;

/// Writes a mail into the outbox, in the transaction of its cause; a second one of the same key is not written. Says
/// whether it was new. The caller notes its cause in the audit log.
///
/// # Errors
/// When the database refuses.
pub async fn queue(tx: &mut Tx, mail: NewMail) -> Result<bool> {
    Ok(mails::insert(tx, &[mail]).await? > 0)
}

/// Drops what is still to be sent about an offer, with the reason; gives how many mails. The caller notes the cause.
///
/// # Errors
/// When the database refuses.
pub async fn drop_mails(tx: &mut Tx, offer: OfferId, why: &str) -> Result<u64> {
    let dropped = mails::drop_about(tx, offer, &cut(why, 1000)).await?;
    if dropped > 0 {
        tx.tell("outbox");
    }
    Ok(dropped)
}

/// Drops one mail by its key, if it is still to be sent, with the reason. The caller notes the cause.
///
/// # Errors
/// When the database refuses.
pub async fn drop_mail(tx: &mut Tx, key: &str, why: &str) -> Result<()> {
    if mails::drop_named(tx, key, &cut(why, 1000)).await? {
        tx.tell("outbox");
    }
    Ok(())
}

/// Has a parked mail tried again.
pub(in super::super) async fn retry(tx: &mut Tx, _: &Can<SeeOutbox>, mail: MailId) -> Result<()> {
    let mail = outbox::lock(tx, mail).await?;
    if mail.stage != Stage::Parked {
        return Err(Error::refused("This mail is not parked any more. Open the outbox anew to see where it stands."));
    }
    outbox::wait_again(tx, mail.id).await?;
    let mut entry = Entry::new(Action::MailRetried, Subject::Mail(mail.id));
    if let Some(customer) = mail.customer {
        entry = entry.of(customer);
    }
    audit::record(tx, entry).await?;
    tx.tell("outbox");
    Ok(())
}

/// Throws away what nobody needs any more: the words of mails that were sent or dropped two weeks ago, mails to our
/// own people after three months, notices that were read half a year ago. Gives how many rows went or lost their words.
///
/// # Errors
/// When the database refuses; what went before stays gone.
pub async fn clear(db: &Db) -> Result<u64> {
    let now = db.now();
    let mut connection = db.read().await?;
    let mut gone = 0;
    loop {
        let words = mails::clear_bodies(&mut connection, now - WORDS, BATCH).await?;
        let own = mails::delete_own(&mut connection, now - OWN, BATCH).await?;
        let read = notices::delete_read(&mut connection, now - READ, BATCH).await?;
        gone += words + own + read;
        if i64::try_from(words.max(own).max(read)).unwrap_or(i64::MAX) < BATCH {
            return Ok(gone);
        }
    }
}
