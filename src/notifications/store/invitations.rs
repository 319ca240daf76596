//! Invitations that go with mails.

use sqlx::PgConnection;

use super::super::{Invitation, Invited, NewMail};
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

/// Those to a booked call do not hold any more; gives the addresses that they were to go to.
pub(in super::super) async fn drop_to(tx: &mut Tx, to: AppointmentId, why: &str) -> Result<Vec<String>> {
    let now = tx.now();
    Ok(sqlx::query_scalar!(
        "
        update mails
        set stage = 'dropped', ended_at = $2, error = $3
        where appointment_id = $1 and stage in ('waiting', 'parked')
        returning to_address
        ",
        to as AppointmentId,
        now,
        why,
    )
    .fetch_all(&mut **tx)
    .await?)
}

/// Whom mails about a booked call went to, or may have gone to, but for those whose newest takes it back.
pub(in super::super) async fn invited(connection: &mut PgConnection, to: AppointmentId) -> Result<Vec<Invited>> {
    Ok(sqlx::query_as!(
        Invited,
        r#"
        select i.address as "address!", i.name as "name!", i.customer as "customer!"
        from (
            select distinct on (m.to_address) m.to_address as address, m.to_name as name,
                m.customer_id is not null as customer, coalesce(m.calendar like '%METHOD:CANCEL%', false) as off
            from mails m
            where m.appointment_id = $1 and (m.stage = 'sent' or m.attempts > 0)
            order by m.to_address, m.sequence desc
        ) i
        where not i.off
        "#,
        to as AppointmentId,
    )
    .fetch_all(connection)
    .await?)
}
