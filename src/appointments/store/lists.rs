//! Lists of booked calls, which page by key.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::{Kind, Stage};
use crate::error::Result;
use crate::ids::{AppointmentId, UserId};

/// Which of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum Show {
    /// Booked, the soonest first; of one of ours, or of the whole desk.
    Booked(Option<UserId>),
    /// Those that ended, the newest first.
    Over(Option<UserId>),
}

/// A row of a list.
pub(in super::super) struct Line {
    pub(in super::super) id: AppointmentId,
    pub(in super::super) kind: Kind,
    pub(in super::super) what: String,
    pub(in super::super) starts_at: DateTime<Utc>,
    pub(in super::super) minutes: i16,
    pub(in super::super) time_zone: String,
    pub(in super::super) stage: Stage,
    pub(in super::super) number: i64,
    pub(in super::super) customer: String,
    pub(in super::super) host: String,
    pub(in super::super) others: i64,
}

/// The rows of a page.
pub(in super::super) async fn list(
    connection: &mut PgConnection,
    show: Show,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Line>> {
    let (at, id) = after.unzip();
    let (who, booked) = match show {
        Show::Booked(who) => (who, true),
        Show::Over(who) => (who, false),
    };
    let mut lines = sqlx::query_as!(
        Line,
        r#"
        select a.id as "id!: AppointmentId", a.kind as "kind!: Kind", a.what as "what!", a.starts_at as "starts_at!",
            a.minutes as "minutes!", a.time_zone as "time_zone!", a.stage as "stage!: Stage", c.number, cu.name as customer, h.name as host,
            (select count(*) - 1 from appointment_people p where p.appointment_id = a.id) as "others!"
        from (
            (
                select * from appointments b
                where b.stage = 'booked' and $2
                    and ($1::uuid is null
                        or exists (select from appointment_people p where p.appointment_id = b.id and p.user_id = $1))
                    and ($3::timestamptz is null or (b.starts_at, b.id) > ($3, $4::uuid))
                order by b.starts_at, b.id
                limit $5
            )
            union all
            (
                select * from appointments b
                where b.stage <> 'booked' and not $2 and $1::uuid is null
                    and ($3::timestamptz is null or (b.starts_at, b.id) < ($3, $4::uuid))
                order by b.starts_at desc, b.id desc
                limit $5
            )
            union all
            (
                -- one's own off their own index, however many the desk has had
                select b.*
                from appointment_people p
                join appointments b on b.id = p.appointment_id
                where p.user_id = $1 and not p.live and not $2
                    and ($3::timestamptz is null or (lower(p.during), p.appointment_id) < ($3, $4::uuid))
                order by lower(p.during) desc, p.appointment_id desc
                limit $5
            )
        ) a
        join cases c on c.id = a.case_id
        join customers cu on cu.id = a.customer_id
        join users h on h.id = a.host_id
        order by a.starts_at, a.id
        "#,
        who as Option<UserId>,
        booked,
        at,
        id,
        limit,
    )
    .fetch_all(connection)
    .await?;
    if !booked {
        lines.reverse();
    }
    Ok(lines)
}

/// How many are booked: with somebody, and on the whole desk.
pub(in super::super) struct Counts {
    pub(in super::super) mine: i64,
    pub(in super::super) all: i64,
}

/// Counts them.
pub(in super::super) async fn counts(connection: &mut PgConnection, who: Option<UserId>) -> Result<Counts> {
    Ok(sqlx::query_as!(
        Counts,
        r#"
        select (
                select count(*) from appointment_people p where p.user_id = $1 and p.live
            ) as "mine!",
            (select count(*) from appointments a where a.stage = 'booked') as "all!"
        "#,
        who as Option<UserId>,
    )
    .fetch_one(connection)
    .await?)
}
