//! Invitations that go with mails.

use sqlx::PgConnection;

use super::super::{Invitation, NewMail};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::AppointmentId;

/// Puts each invitation with its mail, one by one of both.
pub(in super::super) async fn put_with(tx: &mut Tx, mails: &[NewMail], with: &[Invitation]) -> Result<()> {
    sqlx::query!(
        "
        update mails m
        set calendar = i.calendar, appointment_id = i.appointment_id, sequence = i.sequence
        from unnest($1::text[], $2::text[], $3::uuid[], $4::integer[]) as i (key, calendar, appointment_id, sequence)
        where m.key = i.key and m.appointment_id is null
        ",
        &mails.iter().map(|mail| mail.key.clone()).collect::<Vec<_>>(),
        &with.iter().map(|one| one.calendar.clone()).collect::<Vec<_>>(),
        &with.iter().map(|one| one.to).collect::<Vec<_>>() as &[AppointmentId],
        &with.iter().map(|one| one.sequence).collect::<Vec<_>>(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Those to a booked call do not hold any more; gives how many.
pub(in super::super) async fn drop_to(tx: &mut Tx, to: AppointmentId, why: &str) -> Result<u64> {
    let now = tx.now();
    let dropped = sqlx::query!(
        "
        update mails
        set stage = 'dropped', ended_at = $2, error = $3
        where appointment_id = $1 and stage in ('waiting', 'parked')
        ",
        to as AppointmentId,
        now,
        why,
    )
    .execute(&mut **tx)
    .await?;
    Ok(dropped.rows_affected())
}

/// Where mails about a booked call went, or may have gone.
pub(in super::super) async fn addresses(connection: &mut PgConnection, to: AppointmentId) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        "select distinct to_address from mails where appointment_id = $1 and (stage = 'sent' or attempts > 0)",
        to as AppointmentId,
    )
    .fetch_all(connection)
    .await?)
}
