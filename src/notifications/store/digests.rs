//! Digests: whose day begins, and what waits for them.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::super::Kind;
use crate::auth::{DecideApprovals, Permission};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{ApprovalId, CaseId, NoticeId, TeamId, UserId};
use crate::money::{Currency, Money};

/// Somebody whose digest may be due.
pub(in super::super) struct Due {
    pub(in super::super) user: UserId,
    pub(in super::super) last_on: Option<NaiveDate>,
    pub(in super::super) failures: i16,
    pub(in super::super) address: String,
    pub(in super::super) name: String,
    pub(in super::super) team: Option<TeamId>,
    pub(in super::super) active: bool,
    pub(in super::super) wanted: bool,
    pub(in super::super) decides: bool,
}

/// The one who has waited longest, held until the end of the transaction; nobody whom another instance holds.
pub(in super::super) async fn claim(tx: &mut Tx) -> Result<Option<Due>> {
    let now = tx.now();
    let may: Vec<String> = DecideApprovals::ROLES.iter().map(|role| role.name().to_owned()).collect();
    Ok(sqlx::query_as!(
        Due,
        r#"
        with due as materialized (
            select user_id, last_on, failures
            from digest_times
            where next_at <= $1
            order by next_at, user_id
            limit 1
            for update skip locked
        )
        select due.user_id as "user!: UserId", due.last_on as "last_on?", due.failures as "failures!",
            u.email as "address!", u.name as "name!", u.team_id as "team: TeamId", u.active as "active!", coalesce(c.digest, true) as "wanted!",
            exists (select from user_roles r where r.user_id = u.id and r.role = any($2)) as "decides!"
        from due
        join users u on u.id = due.user_id
        left join notice_choices c on c.user_id = due.user_id
        "#,
        now,
        &may,
    )
    .fetch_optional(&mut **tx)
    .await?)
}

/// When their next one may be made, and the day of the last.
pub(in super::super) async fn save(
    tx: &mut Tx,
    user: UserId,
    next_at: Option<DateTime<Utc>>,
    last_on: Option<NaiveDate>,
) -> Result<()> {
    sqlx::query!(
        "update digest_times set next_at = $2, last_on = $3, failures = 0 where user_id = $1",
        user as UserId,
        next_at,
        last_on,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Making it failed: not before then.
pub(in super::super) async fn put_off(tx: &mut Tx, user: UserId, next_at: DateTime<Utc>, failures: i16) -> Result<()> {
    sqlx::query!(
        "update digest_times set next_at = $2, failures = $3 where user_id = $1",
        user as UserId,
        next_at,
        failures,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Somebody chose anew: their digest is looked at.
pub(in super::super) async fn look_anew(tx: &mut Tx, user: UserId) -> Result<()> {
    sqlx::query!("update digest_times set next_at = 'epoch' where user_id = $1", user as UserId)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Something of theirs that is due.
pub(in super::super) struct Task {
    pub(in super::super) what: String,
    pub(in super::super) due_at: DateTime<Utc>,
    pub(in super::super) case: CaseId,
    pub(in super::super) number: i64,
    pub(in super::super) customer: String,
}

/// What is due of somebody's before a moment, the longest overdue first.
pub(in super::super) async fn tasks(
    connection: &mut PgConnection,
    of: UserId,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Task>> {
    Ok(sqlx::query_as!(
        Task,
        r#"
        select d.what, d.due_at, c.id as "case: CaseId", c.number, k.name as customer
        from deadlines d
        join cases c on c.id = d.case_id
        join customers k on k.id = c.customer_id
        where d.owner_id = $1 and d.stage = 'open' and d.paused_at is null and d.due_at < $2
        order by d.due_at, d.id
        limit $3
        "#,
        of as UserId,
        before,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// A decision that waits for them.
pub(in super::super) struct Decision {
    pub(in super::super) id: ApprovalId,
    pub(in super::super) what: String,
    pub(in super::super) exposure_minor: i64,
    pub(in super::super) currency: Currency,
    pub(in super::super) asked_by: String,
    pub(in super::super) due_at: DateTime<Utc>,
    pub(in super::super) number: i64,
    pub(in super::super) customer: String,
}

impl Decision {
    pub(in super::super) fn exposure(&self) -> Money {
        Money::new(self.exposure_minor, self.currency)
    }
}

/// The requests that somebody may decide, the most pressing first.
pub(in super::super) async fn decisions(
    connection: &mut PgConnection,
    by: UserId,
    at: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Decision>> {
    Ok(sqlx::query_as!(
        Decision,
        r#"
        select a.id as "id: ApprovalId", v.name as what, a.exposure_minor, a.currency as "currency: Currency",
            u.name as asked_by, a.due_at, c.number, k.name as customer
        from approvals a
        join offer_revisions r on r.offer_id = a.offer_id and r.revision = a.revision
        join offer_type_versions v on v.id = r.version_id
        join users u on u.id = a.asked_by_id
        join cases c on c.id = a.case_id
        join customers k on k.id = a.customer_id
        where a.stage in ('pending', 'question_asked')
            and a.id in (select w.approval_id from requests_for($1, $2) w)
        order by a.due_at, a.id
        limit $3
        "#,
        by as UserId,
        at,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// Something they were told that the digest says again.
pub(in super::super) struct News {
    pub(in super::super) id: NoticeId,
    pub(in super::super) kind: Kind,
    pub(in super::super) about: String,
    pub(in super::super) case: Option<CaseId>,
    pub(in super::super) number: Option<i64>,
    pub(in super::super) customer: Option<String>,
}

/// What waits for somebody's digest and is still unread, oldest first.
pub(in super::super) async fn news(connection: &mut PgConnection, of: UserId, limit: i64) -> Result<Vec<News>> {
    Ok(sqlx::query_as!(
        News,
        r#"
        select n.id as "id!: NoticeId", n.kind as "kind!: Kind", n.about as "about!", n.case_id as "case: CaseId",
            c.number as "number?", k.name as "customer?"
        from notices n
        left join cases c on c.id = n.case_id
        left join customers k on k.id = c.customer_id
        where n.to_id = $1 and n.for_digest and n.read_at is null
        order by n.urgent desc, n.at, n.id
        limit $2
        "#,
        of as UserId,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// Nothing waits for somebody's digest any more.
pub(in super::super) async fn clear_news(tx: &mut Tx, of: UserId) -> Result<()> {
    sqlx::query!("update notices set for_digest = false where to_id = $1 and for_digest", of as UserId)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
