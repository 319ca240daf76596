//! What is due for somebody, in lists that page by key: follow-ups, and every other deadline that is theirs.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Stage, StillHere};
use crate::error::Result;
use crate::ids::{CaseId, FollowUpId, TeamId, UserId};
use crate::money::Currency;

/// Something due.
pub(super) struct Item {
    pub(super) id: Uuid,
    /// What is due: the follow-up, the promise, the offer.
    pub(super) subject: Option<Uuid>,
    pub(super) kind: String,
    pub(super) what: String,
    pub(super) due_at: DateTime<Utc>,
    pub(super) because: String,
    pub(super) set_at: DateTime<Utc>,
    pub(super) case: CaseId,
    pub(super) number: i64,
    pub(super) customer: String,
    pub(super) value_minor: i64,
    pub(super) currency: Currency,
    /// If it is a follow-up.
    pub(super) follow_up: Option<FollowUpId>,
    pub(super) follow_up_kind: Option<String>,
    pub(super) snoozed_for: Option<String>,
    /// If it is a promise that a department keeps.
    pub(super) department: Option<String>,
    /// If it is a booked call: how long it takes.
    pub(super) minutes: Option<i16>,
}

/// Which of somebody's deadlines.
#[derive(Clone, Copy, Default)]
pub(super) struct Span {
    /// Due before.
    pub(super) until: Option<DateTime<Utc>>,
    /// Due from then on.
    pub(super) from: Option<DateTime<Utc>>,
    /// Promises alone.
    pub(super) promises: bool,
    /// After this one of the list.
    pub(super) after: Option<(DateTime<Utc>, Uuid)>,
}

/// What a statement picks as `w`, with all that a list shows of it.
macro_rules! items {
    ($which:tt, $($value:expr),* $(,)?) => {
        sqlx::query_as!(
            Item,
            r#"
            select w.id as "id!", w.subject_id as subject, w.kind as "kind!", w.what as "what!", w.due_at as "due_at!",
                w.because as "because!", w.set_at as "set_at!", c.id as "case!: CaseId", c.number as "number!",
                cu.name as "customer!", c.value_at_risk_minor as "value_minor!", c.currency as "currency!: Currency",
                f.id as "follow_up?: FollowUpId", f.kind as "follow_up_kind?", f.snoozed_for, dep.name as "department?",
                ap.minutes as "minutes?"
            from ("# + $which + r#") w
            join cases c on c.id = w.case_id
            join customers cu on cu.id = c.customer_id
            left join follow_ups f on f.id = case when w.kind = 'follow_up' then w.subject_id end
            left join promises p on p.id = case when w.kind = 'promise' then w.subject_id end
            left join departments dep on dep.id = p.department_id
            left join appointments ap on ap.id = case when w.kind = 'appointment' then w.subject_id end
            order by w.due_at, w.id
            "#,
            $($value),*
        )
    };
}

/// Somebody's open deadlines, soonest first, off an index of theirs.
pub(super) async fn of_person(
    connection: &mut PgConnection,
    person: UserId,
    span: Span,
    limit: i64,
) -> Result<Vec<Item>> {
    let (after_at, after_id) = span.after.unzip();
    Ok(items!(
        "
            (
                select d.id, d.kind, d.what, d.due_at, d.because, d.set_at, d.case_id, d.subject_id
                from deadlines d
                where d.stage = 'open' and d.owner_id = $1 and d.due_at >= coalesce($2, '-infinity'::timestamptz)
                    and d.due_at < coalesce($3, 'infinity'::timestamptz) and (not $4::boolean or d.kind = 'promise')
                    and (d.due_at, d.id)
                        > (coalesce($5, '-infinity'::timestamptz), coalesce($6, '00000000-0000-0000-0000-000000000000'::uuid))
                order by d.due_at, d.id
                limit $7
            )
            union all
            -- as in watched_deadlines, written out so that each part is read off its index
            (
                select d.id, d.kind, d.what, d.due_at, d.because, d.set_at, d.case_id, d.subject_id
                from approvals a
                join deadlines d on d.subject_id = a.id and d.kind = 'approval' and d.stage = 'open'
                    and d.owner_id is null
                where a.asked_by_id = $1 and a.stage in ('pending', 'question_asked')
                    and d.due_at >= coalesce($2, '-infinity'::timestamptz)
                    and d.due_at < coalesce($3, 'infinity'::timestamptz) and (not $4::boolean or d.kind = 'promise')
                    and (d.due_at, d.id)
                        > (coalesce($5, '-infinity'::timestamptz), coalesce($6, '00000000-0000-0000-0000-000000000000'::uuid))
                order by d.due_at, d.id
                limit $7
            )
            union all
            (
                select d.id, d.kind, d.what, d.due_at, d.because, d.set_at, d.case_id, d.subject_id
                from appointment_people q
                join deadlines d on d.subject_id = q.appointment_id and d.kind = 'appointment' and d.stage = 'open'
                where q.user_id = $1 and q.live and not q.host
                    and d.due_at >= coalesce($2, '-infinity'::timestamptz)
                    and d.due_at < coalesce($3, 'infinity'::timestamptz) and (not $4::boolean or d.kind = 'promise')
                    and (d.due_at, d.id)
                        > (coalesce($5, '-infinity'::timestamptz), coalesce($6, '00000000-0000-0000-0000-000000000000'::uuid))
                order by d.due_at, d.id
                limit $7
            )
            order by due_at, id
            limit $7
        ",
        person as UserId,
        span.from,
        span.until,
        span.promises,
        after_at,
        after_id,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// The open follow-ups that nobody has: those of a team's cases, or of the whole desk.
pub(super) async fn of_nobody(
    connection: &mut PgConnection,
    team: Option<TeamId>,
    span: Span,
    limit: i64,
) -> Result<Vec<Item>> {
    let (after_at, after_id) = span.after.unzip();
    Ok(items!(
        "
            select d.id, d.kind, d.what, d.due_at, d.because, d.set_at, d.case_id, d.subject_id
            from deadlines d
            join cases k on k.id = d.case_id and ($1::uuid is null or k.team_id = $1)
            where d.stage = 'open' and d.kind = 'follow_up' and d.owner_id is null
                and d.due_at >= coalesce($2, '-infinity'::timestamptz)
                and d.due_at < coalesce($3, 'infinity'::timestamptz)
                and (d.due_at, d.id)
                    > (coalesce($4, '-infinity'::timestamptz), coalesce($5, '00000000-0000-0000-0000-000000000000'::uuid))
            order by d.due_at, d.id
            limit $6
        ",
        team as Option<TeamId>,
        span.from,
        span.until,
        after_at,
        after_id,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// A follow-up that ended.
pub(super) struct Ended {
    pub(super) id: FollowUpId,
    pub(super) kind: String,
    pub(super) what: String,
    pub(super) at: DateTime<Utc>,
    pub(super) stage: Stage,
    pub(super) still_here: Option<StillHere>,
    pub(super) note: Option<String>,
    pub(super) case: CaseId,
    pub(super) number: i64,
    pub(super) customer: String,
    pub(super) value_minor: i64,
    pub(super) currency: Currency,
}

/// Somebody's follow-ups that ended, the last first.
pub(super) async fn ended(
    connection: &mut PgConnection,
    person: Option<UserId>,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Ended>> {
    let (after_at, after_id) = after.unzip();
    Ok(sqlx::query_as!(
        Ended,
        r#"
        select f.id as "id: FollowUpId", f.kind, f.what, f.ended_at as "at!", f.stage as "stage: Stage",
            f.still_here as "still_here: StillHere", f.note, c.id as "case: CaseId", c.number, cu.name as customer,
            c.value_at_risk_minor as value_minor, c.currency as "currency: Currency"
        from (
            select f.*
            from follow_ups f
            where f.owner_id = $1 and f.stage <> 'open'
                and ($2::timestamptz is null or (f.ended_at, f.id) < ($2, $3::uuid))
            order by f.ended_at desc, f.id desc
            limit $4
        ) f
        join cases c on c.id = f.case_id
        join customers cu on cu.id = c.customer_id
        order by f.ended_at desc, f.id desc
        "#,
        person as Option<UserId>,
        after_at,
        after_id,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// How many are due in each of some spans: before the first of the moments, from each to the next, from the last on; and
/// how many promises there are.
pub(super) struct Counts {
    /// One more than there are moments.
    pub(super) in_span: Vec<i64>,
    pub(super) promises: i64,
}

/// Counts somebody's open deadlines, off an index of theirs.
pub(super) async fn count(
    connection: &mut PgConnection,
    person: Option<UserId>,
    moments: &[DateTime<Utc>],
) -> Result<Counts> {
    let rows = sqlx::query!(
        r#"
        select width_bucket(w.due_at, $2::timestamptz[]) as "span!", count(*) as "n!",
            count(*) filter (where w.kind = 'promise') as "promises!"
        from watched_deadlines w
        where w.watcher_id = $1
        group by 1
        "#,
        person as Option<UserId>,
        moments,
    )
    .fetch_all(connection)
    .await?;
    let mut counts = Counts { in_span: vec![0; moments.len() + 1], promises: 0 };
    for row in rows {
        if let Some(n) = usize::try_from(row.span).ok().and_then(|span| counts.in_span.get_mut(span)) {
            *n += row.n;
        }
        counts.promises += row.promises;
    }
    Ok(counts)
}

/// Somebody whose list a supervisor may look at.
pub(super) struct Mate {
    pub(super) id: UserId,
    pub(super) name: String,
    pub(super) overdue: i64,
}

/// The people of a team, or of the whole desk, who have something due, with how much of it is late, up to a
/// hundred; and whoever is looked at.
pub(super) async fn mates(
    connection: &mut PgConnection,
    team: Option<TeamId>,
    looked_at: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<Vec<Mate>> {
    Ok(sqlx::query_as!(
        Mate,
        r#"
        select u.id as "id: UserId", u.name, (
                select count(*)
                from (
                    select
                    from deadlines d
                    where d.owner_id = u.id and d.stage = 'open' and d.due_at < $3
                    limit 100
                ) late
            ) as "overdue!"
        from users u
        where ($1::uuid is null or u.team_id = $1)
            and (u.id = $2 or exists (select from deadlines d where d.owner_id = u.id and d.stage = 'open'))
        order by lower(u.name), u.id
        "#,
        team as Option<TeamId>,
        looked_at as Option<UserId>,
        now,
    )
    .fetch_all(connection)
    .await?)
}
