//! Reading what one was told. It leaves no trace in the audit log: nothing of the desk changes by it.

use chrono::{DateTime, Utc};

use super::super::store::notices::{self, Place};
use super::super::topic;
use crate::auth::Actor;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{NoticeId, UserId};

fn me(actor: &Actor) -> Result<UserId> {
    actor.id.ok_or(Error::Forbidden)
}

/// Opens one of my notices, which is read then; gives where it leads.
pub(in super::super) async fn open(tx: &mut Tx, actor: &Actor, notice: NoticeId) -> Result<Place> {
    let me = me(actor)?;
    let place = notices::open(tx, me, notice).await?.ok_or(Error::NotFound)?;
    tx.tell(topic(me));
    Ok(place)
}

/// Marks one of my notices read, or unread again.
pub(in super::super) async fn read(tx: &mut Tx, actor: &Actor, notice: NoticeId, read: bool) -> Result<()> {
    let me = me(actor)?;
    if !notices::mark(tx, me, notice, read).await? {
        return Err(Error::NotFound);
    }
    tx.tell(topic(me));
    Ok(())
}

/// Marks all read that I could see: those that came until the page was made. Gives how many.
pub(in super::super) async fn read_all(tx: &mut Tx, actor: &Actor, until: DateTime<Utc>) -> Result<u64> {
    let me = me(actor)?;
    tx.tell(topic(me));
    notices::mark_all(tx, me, until).await
}

/// Takes that back: those that were read at exactly this moment.
pub(in super::super) async fn unread_all(tx: &mut Tx, actor: &Actor, read_at: DateTime<Utc>) -> Result<u64> {
    let me = me(actor)?;
    tx.tell(topic(me));
    notices::unmark_all(tx, me, read_at).await
}

/// Marks everybody's notices read that are older than a moment, for histories that are brought in or made up. Gives how
/// many.
///
/// # Errors
/// When the database refuses.
pub async fn read_before(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64> {
    notices::mark_before(tx, before).await
}
