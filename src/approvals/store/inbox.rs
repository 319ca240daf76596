//! Which requests wait for whom, and which were decided.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::super::Stage;
use crate::customers::Tier;
use crate::db::{Part, part};
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
