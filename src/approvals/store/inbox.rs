//! Which requests wait for whom, and which were decided.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::super::Stage;
use crate::auth::Role;
use crate::customers::Tier;
use crate::db::{Part, part};
use crate::error::Result;
use crate::ids::{ApprovalId, CaseId, OfferId, UserId};
use crate::money::{Currency, Money};

/// A request as lists show it.
pub(in super::super) struct Line {
    pub(in super::super) id: ApprovalId,
    pub(in super::super) offer: OfferId,
    pub(in super::super) revision: i32,
    pub(in super::super) customer: String,
    pub(in super::super) asked_by: UserId,
    pub(in super::super) asked_by_name: String,
    pub(in super::super) asked_at: DateTime<Utc>,
    pub(in super::super) due_at: DateTime<Utc>,
    pub(in super::super) due_because: String,
    pub(in super::super) at_risk: Money,
    pub(in super::super) exposure: Money,
    pub(in super::super) approvers: i16,
    /// So many have said yes.
    pub(in super::super) yes: i64,
    pub(in super::super) stage: Stage,
    pub(in super::super) ended_at: Option<DateTime<Utc>>,
    pub(in super::super) decided_revision: Option<i32>,
    /// In whose place it would be decided; for what was decided, by whom it was.
    pub(in super::super) by: Vec<String>,
}

#[derive(Deserialize)]
struct Row {
    id: ApprovalId,
    offer: OfferId,
    revision: i32,
    customer: String,
    asked_by: UserId,
    asked_by_name: String,
    asked_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    due_because: String,
    risk_minor: i64,
    risk_currency: Currency,
    exposure_minor: i64,
    currency: Currency,
    approvers: i16,
    yes: i64,
    stage: Stage,
    ended_at: Option<DateTime<Utc>>,
    decided_revision: Option<i32>,
    by: Vec<String>,
}

impl From<Row> for Line {
    fn from(row: Row) -> Self {
        Self {
            at_risk: Money::new(row.risk_minor, row.risk_currency),
            exposure: Money::new(row.exposure_minor, row.currency),
            id: row.id,
            offer: row.offer,
            revision: row.revision,
            customer: row.customer,
            asked_by: row.asked_by,
            asked_by_name: row.asked_by_name,
            asked_at: row.asked_at,
            due_at: row.due_at,
            due_because: row.due_because,
            approvers: row.approvers,
            yes: row.yes,
            stage: row.stage,
            ended_at: row.ended_at,
            decided_revision: row.decided_revision,
            by: row.by,
        }
    }
}

/// Open requests that somebody may decide now, due first, from a place in the list on.
pub(in super::super) fn waiting(
    viewer: UserId,
    at: DateTime<Utc>,
    after: Option<(DateTime<Utc>, ApprovalId)>,
    limit: i64,
) -> Part<Line> {
    let (due, id) = after.unzip();
    part!(
        Row,
        r#"
        select a.id as "id: ApprovalId", a.offer_id as "offer: OfferId", a.revision, c.name as customer,
            a.asked_by_id as "asked_by: UserId", u.name as asked_by_name,
            a.asked_at, a.due_at, a.due_because, k.value_at_risk_minor as risk_minor,
            k.currency as "risk_currency: Currency", a.exposure_minor, a.currency as "currency: Currency", a.approvers,
            (select count(*) from approval_decisions d where d.approval_id = a.id) as "yes!",
            a.stage as "stage: Stage", a.ended_at, a.decided_revision,
            array(select b.name from users b where b.id = w.on_behalf_of_id) as "by!"
        from (
            select distinct on (approval_id) approval_id, on_behalf_of_id
            from requests_for($1, $2)
            order by approval_id, on_behalf_of_id nulls first
        ) w
        join approvals a on a.id = w.approval_id
        join cases k on k.id = a.case_id
        join customers c on c.id = a.customer_id
        join users u on u.id = a.asked_by_id
        where $3::timestamptz is null or (a.due_at, a.id) > ($3, $4)
        order by a.due_at, a.id
        limit $5
        "#,
        viewer as UserId,
        at,
        due,
        id as Option<ApprovalId>,
        limit,
    )
    .then(|row| Ok(Line::from(row)))
}

/// Open requests that are somebody's own (asked for, written, about a case of theirs) or that they decided already, with
/// who decides them.
pub(in super::super) fn yours(viewer: UserId, at: DateTime<Utc>) -> Part<Line> {
    part!(
        Row,
        r#"
        select a.id as "id: ApprovalId", a.offer_id as "offer: OfferId", a.revision, c.name as customer,
            a.asked_by_id as "asked_by: UserId", u.name as asked_by_name,
            a.asked_at, a.due_at, a.due_because, k.value_at_risk_minor as risk_minor,
            k.currency as "risk_currency: Currency", a.exposure_minor, a.currency as "currency: Currency", a.approvers,
            (select count(*) from approval_decisions d where d.approval_id = a.id) as "yes!",
            a.stage as "stage: Stage", a.ended_at, a.decided_revision,
            array(
                select distinct n.name
                from deciders_of(a.id, $2) w
                join users n on n.id = w.user_id
                where not w.absent
            ) as "by!"
        from approvals a
        join offers o on o.id = a.offer_id
        join cases k on k.id = a.case_id
        join customers c on c.id = a.customer_id
        join users u on u.id = a.asked_by_id
        where a.stage in ('pending', 'question_asked')
            and ($1 in (a.asked_by_id, o.made_by_id, k.owner_id)
                or exists (select from approval_decisions d where d.approval_id = a.id and d.by_id = $1))
        order by a.due_at, a.id
        limit 50
        "#,
        viewer as UserId,
        at,
    )
    .then(|row| Ok(Line::from(row)))
}

/// Requests that were decided, newest first, from a place in the list on.
pub(in super::super) fn decided(before: Option<(DateTime<Utc>, ApprovalId)>, limit: i64) -> Part<Line> {
    let (ended, id) = before.unzip();
    part!(
        Row,
        r#"
        select a.id as "id: ApprovalId", a.offer_id as "offer: OfferId", a.revision, c.name as customer,
            a.asked_by_id as "asked_by: UserId", u.name as asked_by_name,
            a.asked_at, a.due_at, a.due_because, k.value_at_risk_minor as risk_minor,
            k.currency as "risk_currency: Currency", a.exposure_minor, a.currency as "currency: Currency", a.approvers,
            (select count(*) from approval_decisions d where d.approval_id = a.id) as "yes!",
            a.stage as "stage: Stage", a.ended_at, a.decided_revision,
            array(
                select n.name
                from approval_decisions d
                join users n on n.id = d.by_id
                where d.approval_id = a.id
                order by d.at
            ) as "by!"
        from approvals a
        join cases k on k.id = a.case_id
        join customers c on c.id = a.customer_id
        join users u on u.id = a.asked_by_id
        where a.ended_at is not null and a.stage <> 'withdrawn'
            and ($1::timestamptz is null or a.ended_at < $1 or (a.ended_at = $1 and a.id > $2))
        order by a.ended_at desc, a.id
        limit $3
        "#,
        ended,
        id as Option<ApprovalId>,
        limit,
    )
    .then(|row| Ok(Line::from(row)))
}

/// What the packet says of the case and its customer.
pub(in super::super) struct About {
    pub(in super::super) number: i64,
    pub(in super::super) customer: String,
    pub(in super::super) tier: Tier,
    pub(in super::super) at_risk: Money,
}

#[derive(Deserialize)]
struct AboutRow {
    number: i64,
    name: String,
    tier: Tier,
    value_at_risk_minor: i64,
    currency: Currency,
}

pub(in super::super) fn about(case: CaseId) -> Part<About> {
    part!(
        AboutRow,
        r#"
        select k.number, c.name, c.tier as "tier: Tier", k.value_at_risk_minor, k.currency as "currency: Currency"
        from cases k
        join customers c on c.id = k.customer_id
        where k.id = $1
        "#,
        case as CaseId,
    )
    .then(|row| {
        let at_risk = Money::new(row.value_at_risk_minor, row.currency);
        Ok(About { number: row.number, customer: row.name, tier: row.tier, at_risk })
    })
}

/// How somebody stands to a request that is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a reason of its own")]
pub(in super::super) struct Mine {
    /// They may decide it, perhaps in the place of somebody absent only.
    pub(in super::super) decides: bool,
    /// They asked for it, wrote it, or work the case.
    pub(in super::super) own: bool,
    /// They have decided already.
    pub(in super::super) decided: bool,
    /// The requester approved an offer of theirs to this customer.
    pub(in super::super) circle: bool,
}

pub(in super::super) fn standing(approval: ApprovalId, viewer: UserId, at: DateTime<Utc>) -> Part<Mine> {
    part!(
        Mine,
        r#"
        select
            exists (select from requests_for($2, $3) w where w.approval_id = a.id) as "decides!",
            $2 in (a.asked_by_id, o.made_by_id) or k.owner_id is not distinct from $2
                or exists (
                    select from offer_revisions r
                    where r.offer_id = o.id and not r.counter and r.by_id = $2
                ) as "own!",
            exists (select from approval_decisions d where d.approval_id = a.id and d.by_id = $2) as "decided!",
            exists (
                select from approval_decisions d
                join approvals b on b.id = d.approval_id
                where d.by_id = a.asked_by_id and b.asked_by_id = $2 and d.decision <> 'declined'
                    and concession_group(b.customer_id) = concession_group(a.customer_id)
                    and d.at > $3::timestamptz - interval '12 months'
            ) as "circle!"
        from approvals a
        join offers o on o.id = a.offer_id
        join cases k on k.id = a.case_id
        where a.id = $1
        "#,
        approval as ApprovalId,
        viewer as UserId,
        at,
    )
}

/// In whose place somebody may decide a request: none for themselves, which comes first.
pub(in super::super) fn on_behalf(
    approval: ApprovalId,
    viewer: UserId,
    at: DateTime<Utc>,
) -> Part<Option<(UserId, String)>> {
    part!(
        Place,
        r#"
        select w.on_behalf_of_id as "of: UserId", u.name as "name?"
        from requests_for($2, $3) w
        left join users u on u.id = w.on_behalf_of_id
        where w.approval_id = $1
        order by w.on_behalf_of_id nulls first
        "#,
        approval as ApprovalId,
        viewer as UserId,
        at,
    )
    .then(|row| Ok(row.of.zip(row.name)))
}

#[derive(Deserialize)]
struct Place {
    of: Option<UserId>,
    name: Option<String>,
}

/// The names of those who may decide a request now and are there: in their own name, or in the place of somebody absent.
///
/// # Errors
/// When the database cannot be read.
pub async fn deciders(connection: &mut PgConnection, approval: ApprovalId, at: DateTime<Utc>) -> Result<Vec<String>> {
    deciders_part(approval, at).all(connection).await
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// The same, to be asked with others.
pub(in super::super) fn deciders_part(approval: ApprovalId, at: DateTime<Utc>) -> Part<String> {
    part!(
        Named,
        "
        select u.name
        from users u
        where u.id in (select w.user_id from deciders_of($1, $2) w where not w.absent)
        order by lower(u.name)
        ",
        approval as ApprovalId,
        at,
    )
    .then(|row| Ok(row.name))
}

/// Whether somebody of this role is there to decide a request, or has somebody in their place.
pub(in super::super) async fn has_decider(
    connection: &mut PgConnection,
    approval: ApprovalId,
    role: Role,
    at: DateTime<Utc>,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"
        select exists (
            select from deciders_of($1, $3) w
            join user_roles m on m.user_id = coalesce(w.on_behalf_of_id, w.user_id) and m.role = $2
            where not w.absent
        ) as "there!"
        "#,
        approval as ApprovalId,
        role.name(),
        at,
    )
    .fetch_one(connection)
    .await?)
}

/// Those of this role who are there to decide a request, in their own name or in somebody's place.
pub(in super::super) async fn decider_ids(
    connection: &mut PgConnection,
    approval: ApprovalId,
    role: Role,
    at: DateTime<Utc>,
) -> Result<Vec<UserId>> {
    Ok(sqlx::query_scalar!(
        r#"
        select distinct w.user_id as "id!: UserId"
        from deciders_of($1, $3) w
        join user_roles m on m.user_id = coalesce(w.on_behalf_of_id, w.user_id) and m.role = $2
        where not w.absent
        "#,
        approval as ApprovalId,
        role.name(),
        at,
    )
    .fetch_all(connection)
    .await?)
}

/// Who asked something about a request.
pub(in super::super) async fn askers(connection: &mut PgConnection, approval: ApprovalId) -> Result<Vec<UserId>> {
    Ok(sqlx::query_scalar!(
        r#"select distinct by_id as "id: UserId" from approval_messages where approval_id = $1 and question"#,
        approval as ApprovalId,
    )
    .fetch_all(connection)
    .await?)
}

/// The median time from asking to deciding of what was decided since a moment; none when nothing was.
pub(in super::super) fn median_since(since: DateTime<Utc>) -> Part<Option<TimeDelta>> {
    part!(
        Median,
        r#"
        select percentile_cont(0.5) within group (order by extract(epoch from ended_at - asked_at)) as "seconds"
        from approvals
        where ended_at >= $1 and stage <> 'withdrawn'
        "#,
        since,
    )
    .then(|row| {
        #[expect(clippy::cast_possible_truncation, reason = "whole seconds are what is wanted")]
        Ok(row.seconds.map(|seconds| TimeDelta::seconds(seconds as i64)))
    })
}

#[derive(Deserialize)]
struct Median {
    seconds: Option<f64>,
}
