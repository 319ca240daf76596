//! What the chaser notes of itself, and what admins see of it.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Sweep;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, DeadlineId, UserId};

/// Instances that have not looked for this long are gone.
const GONE: TimeDelta = TimeDelta::days(1);

/// A round that did something.
pub(super) struct Past {
    pub(super) id: Uuid,
    pub(super) began_at: DateTime<Utc>,
    pub(super) ended_at: DateTime<Utc>,
    pub(super) told: i32,
    pub(super) done: i32,
    pub(super) passed_over: i32,
    pub(super) digests: i32,
    pub(super) failed: i32,
    pub(super) behind_seconds: i32,
    pub(super) by: Option<String>,
}

/// A deadline that was parked.
pub(super) struct Parked {
    pub(super) deadline: DeadlineId,
    pub(super) kind: String,
    pub(super) case: CaseId,
    pub(super) number: i64,
    pub(super) due_at: DateTime<Utc>,
    pub(super) since: DateTime<Utc>,
    pub(super) because: String,
}

/// How the chaser stands.
pub(super) struct Standing {
    /// Since when the longest waiting deadline could have been looked at.
    pub(super) waits_since: Option<DateTime<Utc>>,
    /// How many could be looked at now, up to a thousand.
    pub(super) waiting: i64,
    pub(super) parked: i64,
    /// When the next one is to be looked at.
    pub(super) next_at: Option<DateTime<Utc>>,
    pub(super) instances: i64,
    pub(super) seen_at: Option<DateTime<Utc>>,
}

/// Notes, once a minute, that an instance looks for what is due.
pub(super) async fn look_in(tx: &mut Tx, instance: Uuid) -> Result<()> {
    let now = tx.now();
    let seen = sqlx::query!(
        "
        insert into sweepers (instance, seen_at)
        values ($1, $2)
        on conflict (instance) do update set seen_at = $2 where sweepers.seen_at < $3
        ",
        instance,
        now,
        now - TimeDelta::minutes(1),
    )
    .execute(&mut **tx)
    .await?;
    if seen.rows_affected() > 0 {
        sqlx::query!("delete from sweepers where seen_at < $1", now - GONE).execute(&mut **tx).await?;
    }
    Ok(())
}

pub(super) async fn note_sweep(
    tx: &mut Tx,
    instance: Uuid,
    began: DateTime<Utc>,
    swept: &Sweep,
    by: Option<UserId>,
) -> Result<()> {
    let now = tx.now();
    let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    sqlx::query!(
        "
        insert into sweeps (id, instance, began_at, ended_at, told, done, passed_over, digests, failed, behind_seconds,
            by_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ",
        Uuid::now_v7(),
        instance,
        began,
        now.max(began),
        count(swept.told),
        count(swept.done),
        count(swept.passed_over),
        count(swept.digests),
        count(swept.failed),
        i32::try_from(swept.behind.num_seconds()).unwrap_or(i32::MAX),
        by as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Rounds that did something, the newest first.
pub(super) async fn sweeps(
    connection: &mut PgConnection,
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Past>> {
    let (at, id) = before.unzip();
    Ok(sqlx::query_as!(
        Past,
        r#"
        select s.id, s.began_at, s.ended_at, s.told, s.done, s.passed_over, s.digests, s.failed, s.behind_seconds,
            u.name as "by?"
        from sweeps s
        left join users u on u.id = s.by_id
        where $1::timestamptz is null or (s.began_at, s.id) < ($1, $2)
        order by s.began_at desc, s.id desc
        limit $3
        "#,
        at,
        id,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// Parked deadlines, the newest first.
pub(super) async fn parked(connection: &mut PgConnection, limit: i64) -> Result<Vec<Parked>> {
    Ok(sqlx::query_as!(
        Parked,
        r#"
        select h.deadline_id as "deadline: DeadlineId", d.kind, d.case_id as "case: CaseId", c.number, d.due_at,
            h.parked_at as "since!", h.parked_because as "because!"
        from chases h
        join deadlines d on d.id = h.deadline_id
        join cases c on c.id = d.case_id
        where h.parked_at is not null
        order by h.parked_at desc, h.deadline_id
        limit $1
        "#,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// How the chaser stands at a moment.
pub(super) async fn standing(connection: &mut PgConnection, at: DateTime<Utc>) -> Result<Standing> {
    Ok(sqlx::query_as!(
        Standing,
        r#"
        select
            (select min(h.next_at) from chases h
                where h.parked_at is null and h.next_at > 'epoch' and h.next_at <= $1) as waits_since,
            (select count(*) from (
                select from chases h where h.parked_at is null and h.next_at <= $1 limit 1000) w) as "waiting!",
            (select count(*) from chases h where h.parked_at is not null)
                + (select count(*) from process_retries r join processes p on p.id = r.process_id and p.stage = 'running'
                    where r.parked_at is not null) as "parked!",
            (select min(h.next_at) from chases h where h.parked_at is null and h.next_at > $1) as next_at,
            (select count(*) from sweepers w where w.seen_at > $1 - interval '3 minutes') as "instances!",
            (select max(w.seen_at) from sweepers w) as seen_at
        "#,
        at,
    )
    .fetch_one(connection)
    .await?)
}
