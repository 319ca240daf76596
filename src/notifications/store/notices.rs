//! Notices.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::{Kind, Notice, Way, cut};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{AppointmentId, ApprovalId, CaseId, NoticeId, ProblemId, RequestId, UserId};

/// The longest a notice may be about.
const LONGEST: usize = 300;

/// What somebody was told just now.
pub(in super::super) struct Told {
    pub(in super::super) id: NoticeId,
    pub(in super::super) to: UserId,
    pub(in super::super) key: String,
    pub(in super::super) kind: Kind,
    pub(in super::super) case: Option<CaseId>,
    pub(in super::super) about: String,
    pub(in super::super) urgent: bool,
    pub(in super::super) way: Way,
}

/// Writes what is new, by the choices of whom it is for; nothing for who was told already, or may not sign in.
pub(in super::super) async fn insert(tx: &mut Tx, notices: &[Notice]) -> Result<Vec<Told>> {
    let (now, by) = (tx.now(), tx.by());
    let texts = |text: fn(&Notice) -> String| notices.iter().map(text).collect::<Vec<String>>();
    let cases: Vec<Option<Uuid>> = notices.iter().map(|notice| notice.case.map(CaseId::uuid)).collect();
    Ok(sqlx::query_as!(
        Told,
        r#"
        insert into notices (id, to_id, key, kind, case_id, about, urgent, by_id, at, way, for_digest)
        select n.id, n.to_id, n.key, n.kind, n.case_id, n.about, n.urgent, $9, $10, w.way,
            w.way = 'digest' and coalesce(c.digest, true)
        from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::boolean[], $8::text[])
            as n (id, to_id, key, kind, case_id, about, urgent, way)
        join users u on u.id = n.to_id and u.active
        left join notice_choices c on c.user_id = n.to_id
        cross join lateral (
            select case
                when n.urgent and coalesce(c.urgent, true) then 'at_once'
                else coalesce(c.ways->>n.kind, n.way)
            end as way
        ) w
        -- in one order, so that two who tell the same people never wait for each other
        order by n.to_id, n.key
        on conflict on constraint notices_once do nothing
        returning id as "id: NoticeId", to_id as "to: UserId", key, kind as "kind: Kind", case_id as "case: CaseId",
            about, urgent, way as "way: Way"
        "#,
        &notices.iter().map(|_| NoticeId::new().uuid()).collect::<Vec<_>>(),
        &notices.iter().map(|notice| notice.to.uuid()).collect::<Vec<_>>(),
        &texts(|notice| notice.key.clone()),
        &texts(|notice| notice.kind.name().to_owned()),
        &cases as &[Option<Uuid>],
        &texts(|notice| cut(&notice.about, LONGEST)),
        &notices.iter().map(|notice| notice.urgent).collect::<Vec<_>>(),
        &texts(|notice| notice.kind.default_way().name().to_owned()),
        by as Option<UserId>,
        now,
    )
    .fetch_all(&mut **tx)
    .await?)
}

/// These wait for the digest after all.
pub(in super::super) async fn leave_to_digest(tx: &mut Tx, notices: &[NoticeId]) -> Result<()> {
    let ids: Vec<Uuid> = notices.iter().map(|id| id.uuid()).collect();
    sqlx::query!("update notices set for_digest = true where id = any($1)", &ids).execute(&mut **tx).await?;
    Ok(())
}

/// A notice as the inbox lists it.
pub(in super::super) struct Listed {
    pub(in super::super) id: NoticeId,
    pub(in super::super) kind: Kind,
    pub(in super::super) about: String,
    pub(in super::super) urgent: bool,
    pub(in super::super) at: DateTime<Utc>,
    pub(in super::super) read: bool,
    pub(in super::super) case_number: Option<i64>,
    pub(in super::super) customer: Option<String>,
    pub(in super::super) by_name: Option<String>,
}

/// The notices of somebody after a place: unread ones first, and of each the newest first.
pub(in super::super) async fn list(
    connection: &mut PgConnection,
    of: UserId,
    after: Option<(bool, DateTime<Utc>, NoticeId)>,
    limit: i64,
) -> Result<Vec<Listed>> {
    let (read, at, id) = after.map_or((None, None, None), |(read, at, id)| (Some(read), Some(at), Some(id)));
    Ok(sqlx::query_as!(
        Listed,
        r#"
        select n.id as "id!: NoticeId", n.kind as "kind!: Kind", n.about as "about!", n.urgent as "urgent!", n.at as "at!",
            n.read_at is not null as "read!", c.number as "case_number?", k.name as "customer?", u.name as "by_name?"
        from (
            (
                select * from notices
                where to_id = $1 and (read_at is not null) = false
                    and ($2::boolean is null or not $2 and (at, id) < ($3, $4::uuid))
                order by at desc, id desc
                limit $5
            )
            union all
            (
                select * from notices
                where to_id = $1 and (read_at is not null) = true
                    and ($2::boolean is null or not $2 or (at, id) < ($3, $4::uuid))
                order by at desc, id desc
                limit $5
            )
        ) n
        left join cases c on c.id = n.case_id
        left join customers k on k.id = c.customer_id
        left join users u on u.id = n.by_id
        order by (n.read_at is not null), n.at desc, n.id desc
        limit $5
        "#,
        of as UserId,
        read,
        at,
        id as Option<NoticeId>,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// Where a notice leads.
pub(in super::super) struct Place {
    pub(in super::super) kind: Kind,
    pub(in super::super) case: Option<CaseId>,
    /// The newest request for approval that is open in the case.
    pub(in super::super) approval: Option<ApprovalId>,
    /// What it is about, by nature.
    pub(in super::super) key: String,
}

impl Place {
    /// The booked call that it is about.
    pub(in super::super) fn appointment(&self) -> Option<AppointmentId> {
        self.key.strip_prefix("appointment:")?.split(':').next()?.parse().ok()
    }

    /// The request to a department that it is about.
    pub(in super::super) fn request(&self) -> Option<RequestId> {
        self.key.strip_prefix("request:")?.split(':').next()?.parse().ok()
    }

    /// The problem whose fix it is about.
    pub(in super::super) fn problem(&self) -> Option<ProblemId> {
        self.key.strip_prefix("problem:")?.split(':').next()?.parse().ok()
    }
}

/// One of somebody's notices, read from now on.
pub(in super::super) async fn open(tx: &mut Tx, of: UserId, notice: NoticeId) -> Result<Option<Place>> {
    let now = tx.now();
    Ok(sqlx::query_as!(
        Place,
        r#"
        update notices n
        set read_at = coalesce(n.read_at, $3)
        where n.id = $2 and n.to_id = $1
        returning n.kind as "kind: Kind", n.case_id as "case: CaseId", n.key,
            (
                select a.id from approvals a
                where a.case_id = n.case_id and a.stage in ('pending', 'question_asked')
                    and n.kind in ('approval_asked', 'approval_moved_up')
                order by a.asked_at desc
                limit 1
            ) as "approval: ApprovalId"
        "#,
        of as UserId,
        notice as NoticeId,
        now,
    )
    .fetch_optional(&mut **tx)
    .await?)
}

/// Marks one of somebody's notices read, or unread again; says whether it is there.
pub(in super::super) async fn mark(tx: &mut Tx, of: UserId, notice: NoticeId, read: bool) -> Result<bool> {
    let now = tx.now();
    let marked = sqlx::query!(
        "
        update notices
        set read_at = case when $3 then coalesce(read_at, $4) end
        where id = $2 and to_id = $1
        ",
        of as UserId,
        notice as NoticeId,
        read,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(marked.rows_affected() > 0)
}

/// Marks all of somebody's notices read that came until a moment; gives how many.
pub(in super::super) async fn mark_all(tx: &mut Tx, of: UserId, until: DateTime<Utc>) -> Result<u64> {
    let now = tx.now();
    let marked = sqlx::query!(
        "update notices set read_at = $3 where to_id = $1 and read_at is null and at <= $2",
        of as UserId,
        until,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(marked.rows_affected())
}

/// Makes those unread again that were read at exactly this moment.
pub(in super::super) async fn unmark_all(tx: &mut Tx, of: UserId, read_at: DateTime<Utc>) -> Result<u64> {
    let marked = sqlx::query!(
        "update notices set read_at = null where to_id = $1 and (read_at is not null) and read_at = $2",
        of as UserId,
        read_at,
    )
    .execute(&mut **tx)
    .await?;
    Ok(marked.rows_affected())
}

/// Marks everybody's notices read that are older than a moment.
pub(in super::super) async fn mark_before(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64> {
    let now = tx.now();
    let marked = sqlx::query!("update notices set read_at = $2 where read_at is null and at < $1", before, now)
        .execute(&mut **tx)
        .await?;
    Ok(marked.rows_affected())
}

/// Throws away so many of those that were read before a moment.
pub(in super::super) async fn delete_read(
    connection: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<u64> {
    let gone = sqlx::query!(
        "
        delete from notices
        where id = any(array(select id from notices where read_at is not null and read_at < $1 limit $2))
        ",
        before,
        limit,
    )
    .execute(connection)
    .await?;
    Ok(gone.rows_affected())
}
