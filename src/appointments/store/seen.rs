//! What pages show beside an appointment: the part of the case that whoever takes part needs, and its history; and who
//! cannot come any more.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::error::Result;
use crate::ids::{AppointmentId, CaseId, TeamId, UserId};

/// One line of the order at stake: no amounts.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Line {
    pub(in super::super) description: String,
    pub(in super::super) quantity: i32,
}

/// The part of the case. Departments see the goods, and the name masked.
pub(in super::super) struct About {
    pub(in super::super) customer: String,
    pub(in super::super) live: bool,
    pub(in super::super) product: Option<String>,
    pub(in super::super) plan: Option<String>,
    pub(in super::super) quantity: Option<i32>,
    pub(in super::super) order: Option<String>,
    pub(in super::super) lines: Json<Vec<Line>>,
}

/// What a call is about.
pub(in super::super) async fn about(connection: &mut PgConnection, case: CaseId) -> Result<About> {
    Ok(sqlx::query_as!(
        About,
        r#"
        select cu.name as customer, c.stage <> 'closed' as "live!", s.product as "product?", s.plan as "plan?",
            s.quantity as "quantity?", o.number as "order?",
            coalesce((
                select jsonb_agg(jsonb_build_object('description', l.description, 'quantity', l.quantity)
                    order by l.position)
                from (select * from order_lines where order_id = o.id order by position limit 8) l
            ), '[]') as "lines!: Json<Vec<Line>>"
        from cases c
        join customers cu on cu.id = c.customer_id
        left join subscriptions s on s.id = c.subscription_id
        left join orders o on o.id = c.order_id
        where c.id = $1
        "#,
        case as CaseId,
    )
    .fetch_one(connection)
    .await?)
}

/// One line of its history.
pub(in super::super) struct Changed {
    pub(in super::super) at: DateTime<Utc>,
    pub(in super::super) by: Option<String>,
    pub(in super::super) change: String,
    pub(in super::super) starts_at: DateTime<Utc>,
    pub(in super::super) host: String,
    pub(in super::super) note: Option<String>,
}

/// Its history, newest first.
pub(in super::super) async fn history(connection: &mut PgConnection, id: AppointmentId) -> Result<Vec<Changed>> {
    Ok(sqlx::query_as!(
        Changed,
        r#"
        select h.at, b.name as "by?", h.change, h.starts_at, o.name as host, h.note
        from appointment_changes h
        join users o on o.id = h.host_id
        left join users b on b.id = h.by_id
        where h.appointment_id = $1
        order by h.at desc, h.id desc
        limit 50
        "#,
        id as AppointmentId,
    )
    .fetch_all(connection)
    .await?)
}

/// Somebody who cannot come to a booked call any more.
pub(in super::super) struct Away {
    pub(in super::super) appointment: AppointmentId,
    pub(in super::super) case: CaseId,
    pub(in super::super) number: i64,
    pub(in super::super) starts_at: DateTime<Utc>,
    pub(in super::super) sequence: i32,
    pub(in super::super) host: UserId,
    pub(in super::super) case_owner: Option<UserId>,
    pub(in super::super) team: Option<TeamId>,
    pub(in super::super) user: UserId,
    pub(in super::super) name: String,
    /// Otherwise they work here no more.
    pub(in super::super) active: bool,
}

/// Those who are away when a call is that is still to come, or work here no more, and of whom nobody was told.
pub(in super::super) async fn who_is_away(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<Away>> {
    Ok(sqlx::query_as!(
        Away,
        r#"
        select a.id as "appointment: AppointmentId", a.case_id as "case: CaseId", c.number, a.starts_at, a.sequence,
            a.host_id as "host: UserId", c.owner_id as "case_owner: UserId", c.team_id as "team: TeamId",
            u.id as "user: UserId", u.name, u.active
        from appointments a
        join appointment_people p on p.appointment_id = a.id and not p.despite
        join users u on u.id = p.user_id
        join cases c on c.id = a.case_id
        where a.stage = 'booked' and a.starts_at > $1
            and (not u.active or exists (
                select from absences b
                where b.user_id = u.id and b.from_at < upper(p.during) and b.until_at > lower(p.during)
                    -- whoever booked or moved it after that knew
                    and b.noted_at >= (
                        select max(h.at)
                        from appointment_changes h
                        where h.appointment_id = a.id and h.change in ('booked', 'moved'))
            ))
            and not exists (
                select from notices n
                where n.case_id = a.case_id and n.key = 'appointment:' || a.id || ':away:' || u.id || ':' || a.sequence
            )
        order by a.starts_at, a.id, u.id
        limit 200
        "#,
        now,
    )
    .fetch_all(connection)
    .await?)
}
