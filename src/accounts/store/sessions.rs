//! Signed-in browsers.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::auth::{DecideApprovals, Permission, Role, SeeCases};
use crate::db::{Stamps, Tx};
use crate::error::Result;
use crate::ids::{DepartmentId, SessionId, TeamId, UserId};

/// A session with all that is known of who it belongs to.
pub(in super::super) struct Known {
    pub(in super::super) session: SessionId,
    pub(in super::super) seen_at: DateTime<Utc>,
    pub(in super::super) user: UserId,
    pub(in super::super) name: String,
    pub(in super::super) team: Option<TeamId>,
    pub(in super::super) department: Option<DepartmentId>,
    pub(in super::super) single_keys: bool,
    pub(in super::super) queue_columns: Vec<String>,
    pub(in super::super) roles: Vec<String>,
    pub(in super::super) stamps: Json<Stamps>,
    pub(in super::super) live: i64,
    pub(in super::super) late: i64,
    pub(in super::super) approvals: i64,
    pub(in super::super) late_approvals: i64,
    pub(in super::super) unread: i64,
    pub(in super::super) overdue: i64,
    pub(in super::super) requests: i64,
    pub(in super::super) late_requests: i64,
}

/// The session of a token, unless it is over or its user is no longer active. With it come the stamps of what is kept in
/// memory, and, when asked for, how many live cases they own, how much of what is theirs is overdue, how many open requests
/// for approval they may decide and what they have not read: few at any time, found by an index of the open ones, and not
/// looked for where nobody asks.
pub(in super::super) async fn find(
    connection: &mut PgConnection,
    digest: &[u8; 32],
    now: DateTime<Utc>,
    idle_since: DateTime<Utc>,
    count: bool,
) -> Result<Option<Known>> {
    let names = |roles: &[Role]| roles.iter().map(|role| role.name().to_owned()).collect::<Vec<String>>();
    Ok(sqlx::query_as!(
        Known,
        r#"
        select
            s.id as "session: SessionId", s.seen_at, u.id as "user: UserId", u.name, u.team_id as "team: TeamId",
            u.department_id as "department: DepartmentId", u.single_keys, u.queue_columns, may.roles as "roles!",
            (select jsonb_object_agg(topic, stamp) from stamps) as "stamps!: Json<Stamps>",
            c.live as "live!", c.late as "late!", d.open as "approvals!", d.late as "late_approvals!",
            n.unread as "unread!", f.overdue as "overdue!", q.open as "requests!", q.late as "late_requests!"
        from sessions s
        join users u on u.id = s.user_id
        cross join lateral (select array(select r.role from user_roles r where r.user_id = u.id) as roles) may
        cross join lateral (
            select count(*) as live, count(*) filter (where k.next_due_at < $2) as late
            from cases k
            where k.owner_id = u.id and k.stage <> 'closed' and $4 and may.roles && $5
        ) c
        cross join lateral (
            select count(*) as open, count(*) filter (where a.due_at < $2) as late
            from approvals a
            where a.stage in ('pending', 'question_asked') and $4 and may.roles && $6
                and a.id in (select w.approval_id from requests_for(u.id, $2) w)
        ) d
        cross join lateral (
            select count(*) as unread
            from (select from notices t where t.to_id = u.id and t.read_at is null and $4 limit 100) t
        ) n
        cross join lateral (
            select count(*) as overdue
            from watched_deadlines w
            where w.watcher_id = u.id and w.due_at < $2 and $4 and may.roles && $5
        ) f
        cross join lateral (
            select count(*) as open, count(*) filter (where r.stage <> 'returned' and r.due_at < $2) as late
            from requests r
            where r.stage in ('open', 'accepted', 'returned') and $4 and r.id = any(array(
                select k.request_id from concerning(u.id) k where may.roles && $5
                union
                select d.id
                from requests d
                where d.department_id = u.department_id and d.stage in ('open', 'accepted', 'returned')
                    and 'department' = any(may.roles)
            ))
        ) q
        where s.token_hash = $1 and s.expires_at > $2 and s.seen_at > $3 and u.active
        "#,
        &digest[..],
        now,
        idle_since,
        count,
        &names(SeeCases::ROLES),
        &names(DecideApprovals::ROLES),
    )
    .fetch_optional(connection)
    .await?)
}

/// Notes that a session was used.
pub(in super::super) async fn touch(connection: &mut PgConnection, id: SessionId, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!("update sessions set seen_at = $2 where id = $1 and seen_at < $2", id as SessionId, now)
        .execute(connection)
        .await?;
    Ok(())
}

/// A session that begins.
pub(in super::super) struct Begun<'a> {
    pub(in super::super) digest: [u8; 32],
    pub(in super::super) user: UserId,
    pub(in super::super) expires_at: DateTime<Utc>,
    pub(in super::super) address: &'a str,
    pub(in super::super) browser: &'a str,
}

pub(in super::super) async fn insert(tx: &mut Tx, begun: &Begun<'_>) -> Result<SessionId> {
    let id = SessionId::new();
    let now = tx.now();
    sqlx::query!(
        "
        insert into sessions (id, token_hash, user_id, created_at, seen_at, expires_at, address, browser)
        values ($1, $2, $3, $4, $4, $5, $6, $7)
        ",
        id as SessionId,
        &begun.digest[..],
        begun.user as UserId,
        now,
        begun.expires_at,
        begun.address,
        begun.browser,
    )
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

/// One row of somebody's list.
pub(in super::super) struct Row {
    pub(in super::super) id: SessionId,
    pub(in super::super) created_at: DateTime<Utc>,
    pub(in super::super) seen_at: DateTime<Utc>,
    pub(in super::super) address: String,
    pub(in super::super) browser: String,
}

/// Where somebody is signed in, last used first.
pub(in super::super) async fn list(
    connection: &mut PgConnection,
    user: UserId,
    now: DateTime<Utc>,
    idle_since: DateTime<Utc>,
) -> Result<Vec<Row>> {
    Ok(sqlx::query_as!(
        Row,
        r#"
        select id as "id: SessionId", created_at, seen_at, address, browser
        from sessions
        where user_id = $1 and expires_at > $2 and seen_at > $3
        order by seen_at desc
        limit 100
        "#,
        user as UserId,
        now,
        idle_since,
    )
    .fetch_all(connection)
    .await?)
}

/// Ends one session of this user; gives whether it was there.
pub(in super::super) async fn end(tx: &mut Tx, user: UserId, id: SessionId) -> Result<bool> {
    let ended = sqlx::query!("delete from sessions where id = $1 and user_id = $2", id as SessionId, user as UserId)
        .execute(&mut **tx)
        .await?;
    Ok(ended.rows_affected() > 0)
}

/// Ends every session of this user but one; gives how many.
pub(in super::super) async fn end_others(tx: &mut Tx, user: UserId, keep: Option<SessionId>) -> Result<u64> {
    let ended = sqlx::query!(
        "delete from sessions where user_id = $1 and id is distinct from $2",
        user as UserId,
        keep as Option<SessionId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(ended.rows_affected())
}

/// Ends the session of a token, as when its browser signs in anew.
pub(in super::super) async fn end_token(tx: &mut Tx, digest: &[u8; 32]) -> Result<()> {
    sqlx::query!("delete from sessions where token_hash = $1", &digest[..]).execute(&mut **tx).await?;
    Ok(())
}

/// Forgets sessions that are over: where somebody was is kept no longer than it serves.
pub(in super::super) async fn forget_over(tx: &mut Tx) -> Result<()> {
    let now = tx.now();
    sqlx::query!("delete from sessions where expires_at <= $1", now).execute(&mut **tx).await?;
    Ok(())
}
