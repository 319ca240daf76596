//! What the desk looks after by itself: processes to be moved on, and who is told.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::{Kind, Whom};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, ProcessId, TeamId, UserId};

/// Running processes of which what a step made has ended, or of which the confirmation has gone out, and which nobody has
/// moved on.
pub(in super::super) async fn to_move_on(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(ProcessId, i16)>> {
    let rows = sqlx::query!(
        r#"
        select p.id as "id: ProcessId", coalesce(t.attempts, 0::smallint) as "attempts!"
        from processes p
        left join process_retries t on t.process_id = p.id
        where p.stage = 'running' and coalesce(t.next_at, '-infinity') <= $1 and t.parked_at is null
            and exists (
                select from process_steps s
                left join requests q on q.id = s.request_id
                left join promises r on r.id = s.promise_id
                left join follow_ups f on f.id = s.follow_up_id
                left join mails m on m.key = s.mail_key
                where s.process_id = p.id and s.stage = 'begun'
                    and (q.stage = 'answered' or r.stage in ('kept', 'late') or f.stage = 'done'
                        or (r.stage = 'open' and m.stage = 'sent')))
        order by p.id
        limit $2
        "#,
        now,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.attempts)).collect())
}

/// Moving it on failed: it is tried again then, or parked for a reason.
pub(in super::super) async fn note_failure(
    tx: &mut Tx,
    process: ProcessId,
    next_at: DateTime<Utc>,
    parked_because: Option<&str>,
) -> Result<()> {
    let parked_at = parked_because.map(|_| tx.now());
    sqlx::query!(
        "
        insert into process_retries (process_id, attempts, next_at, parked_at, parked_because) values ($1, 1, $2, $3, $4)
        on conflict (process_id) do update
        set attempts = least(process_retries.attempts + 1, 1000), next_at = $2, parked_at = $3, parked_because = $4
        ",
        process as ProcessId,
        next_at,
        parked_at,
        parked_because,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A parked one is tried again, as if it had never failed; says whether it was parked.
pub(in super::super) async fn unpark(tx: &mut Tx, process: ProcessId) -> Result<bool> {
    let gone = sqlx::query!(
        "delete from process_retries where process_id = $1 and parked_at is not null",
        process as ProcessId,
    )
    .execute(&mut **tx)
    .await?;
    Ok(gone.rows_affected() > 0)
}

/// A process that could not be moved on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parked {
    /// Which.
    pub process: ProcessId,
    /// What it is for; none of a confidential one.
    pub kind: Option<Kind>,
    /// The case it was started from.
    pub case: CaseId,
    /// The case's number.
    pub number: i64,
    /// Since when it runs.
    pub started_at: DateTime<Utc>,
    /// Since when it is parked.
    pub since: DateTime<Utc>,
    /// Why.
    pub because: String,
}

/// Those that were parked and still run, the newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn parked(connection: &mut PgConnection, limit: i64) -> Result<Vec<Parked>> {
    Ok(sqlx::query_as!(
        Parked,
        r#"
        select t.process_id as "process: ProcessId", case when not p.confidential then p.kind end as "kind: Kind",
            p.case_id as "case: CaseId", c.number, p.started_at, t.parked_at as "since!", t.parked_because as "because!"
        from process_retries t
        join processes p on p.id = t.process_id and p.stage = 'running'
        join cases c on c.id = p.case_id
        where t.parked_at is not null
        order by t.parked_at desc, t.process_id
        limit $1
        "#,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// Who is meant by these words in a case: its owner, the supervisors of its team, or all of them where it has none who
/// could, the managers, the privacy officers.
pub(in super::super) async fn people(
    connection: &mut PgConnection,
    whom: &[Whom],
    owner: Option<UserId>,
    team: Option<TeamId>,
) -> Result<Vec<UserId>> {
    let names: Vec<String> = whom.iter().map(|whom| whom.name().to_owned()).collect();
    Ok(sqlx::query_scalar!(
        r#"
        select u.id as "id: UserId"
        from users u
        where u.active and (
            ('owner' = any($1) and u.id = $2)
            or ('managers' = any($1) and exists (select from user_roles r where r.user_id = u.id and r.role = 'manager'))
            or ('privacy' = any($1) and exists (select from user_roles r where r.user_id = u.id and r.role = 'privacy'))
            or ('supervisors' = any($1)
                and exists (select from user_roles r where r.user_id = u.id and r.role = 'supervisor')
                and (u.team_id is not distinct from $3 or not exists (
                    select from users o
                    join user_roles r on r.user_id = o.id and r.role = 'supervisor'
                    where o.active and o.team_id is not distinct from $3))))
        order by u.id
        "#,
        &names,
        owner as Option<UserId>,
        team as Option<TeamId>,
    )
    .fetch_all(connection)
    .await?)
}
