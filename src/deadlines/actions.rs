use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Deadline, End, Kind, store};
use crate::calendar::{Calendar, Due, duration};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, DeadlineId, UserId};

/// What is to be due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewDeadline {
    /// What kind of thing.
    pub kind: Kind,
    /// In words.
    pub what: String,
    /// When, and why then.
    pub due: Due,
    /// Who does it.
    pub owner: Option<UserId>,
}

/// When a target that starts now runs out, by the table of time targets; none when the table has no such target.
///
/// # Errors
/// When the database cannot be read.
pub async fn target(
    connection: &mut PgConnection,
    code: &str,
    calendar: &Calendar,
    from: DateTime<Utc>,
) -> Result<Option<(String, Due)>> {
    let Some(target) = store::find_target(connection, code).await? else {
        return Ok(None);
    };
    let time = TimeDelta::hours(target.hours.into());
    let due = if target.working {
        calendar.add_working(from, time)
    } else {
        Due { at: from + time, because: format!("{} after it came in", duration(time)) }
    };
    Ok(Some((target.name, due)))
}

/// Sets a deadline in a case; one of the same kind that is open gives way to it. The caller has the case's row locked,
/// notes the change in the audit log and keeps the case's next deadline.
///
/// # Errors
/// When the database refuses.
pub async fn set(tx: &mut Tx, case: CaseId, new: NewDeadline) -> Result<Deadline> {
    store::end(tx, case, Some(new.kind), End::Cleared).await?;
    insert(tx, case, None, new).await
}

/// Sets the deadline of an offer, an approval, a promise, a complaint or a follow-up, of which a case can have several. As with [`set`], the caller
/// holds the case's row.
///
/// # Errors
/// When the database refuses.
pub async fn set_for(tx: &mut Tx, case: CaseId, subject: Uuid, new: NewDeadline) -> Result<Deadline> {
    store::end_for(tx, subject, new.kind, End::Cleared).await?;
    insert(tx, case, Some(subject), new).await
}

async fn insert(tx: &mut Tx, case: CaseId, subject: Option<Uuid>, new: NewDeadline) -> Result<Deadline> {
    let deadline = Deadline {
        id: DeadlineId::new(),
        kind: new.kind,
        what: new.what,
        due_at: new.due.at,
        because: new.due.because,
        set_at: tx.now(),
        owner: new.owner,
        paused_at: None,
    };
    store::insert(tx, case, subject, &deadline).await?;
    Ok(deadline)
}

/// Ends the open deadline of an offer, an approval, a promise or a follow-up, if there is one.
///
/// # Errors
/// When the database refuses.
pub async fn end_for(tx: &mut Tx, subject: Uuid, kind: Kind, end: End) -> Result<()> {
    store::end_for(tx, subject, kind, end).await
}

/// Ends the open deadline of a kind, if there is one. As with [`set`], the caller holds the case's row.
///
/// # Errors
/// When the database refuses.
pub async fn end(tx: &mut Tx, case: CaseId, kind: Kind, end: End) -> Result<bool> {
    Ok(store::end(tx, case, Some(kind), end).await? > 0)
}

/// Ends everything open in a case, as it closes: what its outcome answers is done. A wish to cancel that was not confirmed
/// is over, since the customer stays. Promises go on, follow-ups are ended by their own slice, and what a regulator waits
/// for keeps the case from closing.
///
/// # Errors
/// When the database refuses.
pub async fn end_all(tx: &mut Tx, case: CaseId) -> Result<()> {
    store::end(tx, case, Some(Kind::FirstAction), End::Done).await?;
    store::end(tx, case, None, End::Cleared).await?;
    Ok(())
}

/// Hands what is open in a case to its new owner. Follow-ups, promises and booked calls are handed over by their own slices; a request
/// for approval is everybody's who may decide it.
///
/// # Errors
/// When the database refuses.
pub async fn reassign(tx: &mut Tx, case: CaseId, owner: Option<UserId>) -> Result<()> {
    store::reassign(tx, case, owner).await
}
