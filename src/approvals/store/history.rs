//! What went before a request: of its customer, of who asks, and of requests like it.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::super::{Approval, Stage};
use crate::cases::Outcome;
use crate::db::{Part, part};
use crate::ids::{ApprovalId, CaseId, OfferId, UserId};
use crate::money::{Currency, Money};
use crate::offers;

/// What the customer, or an account linked to it, was offered before.
pub(in super::super) struct Conceded {
    pub(in super::super) offer: OfferId,
    pub(in super::super) case: CaseId,
    pub(in super::super) revision: i32,
    pub(in super::super) customer: String,
    pub(in super::super) own: bool,
    pub(in super::super) at: DateTime<Utc>,
    pub(in super::super) stage: offers::Stage,
    pub(in super::super) cost: Money,
}

/// Offers that were presented to the customer and the accounts linked to it in 24 months, newest first.
pub(in super::super) fn conceded(approval: &Approval, at: DateTime<Utc>) -> Part<Conceded> {
    let (customer, offer) = (approval.customer.uuid(), approval.offer);
    part!(
        ConcededRow,
        r#"
        select o.id as "offer: OfferId", o.case_id as "case: CaseId", p.revision, c.name, c.id = $1 as "own!", p.at,
            o.stage as "stage: offers::Stage", p.exposure_minor, p.currency as "currency: Currency"
        from customers c
        join offers o on o.customer_id = c.id and o.presented_revision is not null and o.id <> $2
        join offer_presentations p on p.offer_id = o.id and p.revision = o.presented_revision
        where (c.id = concession_group($1) or c.linked_to_id = concession_group($1))
            and p.at > $3::timestamptz - interval '24 months'
        order by p.at desc
        limit 20
        "#,
        customer,
        offer as OfferId,
        at,
    )
    .then(|row| {
        Ok(Conceded {
            offer: row.offer,
            case: row.case,
            revision: row.revision,
            customer: row.name,
            own: row.own,
            at: row.at,
            stage: row.stage,
            cost: Money::new(row.exposure_minor, row.currency),
        })
    })
}

#[derive(Deserialize)]
struct ConcededRow {
    offer: OfferId,
    case: CaseId,
    revision: i32,
    name: String,
    own: bool,
    at: DateTime<Utc>,
    stage: offers::Stage,
    exposure_minor: i64,
    currency: Currency,
}

/// Whether it would be the second discount of this customer in 24 months.
pub(in super::super) fn gave_discount(approval: &Approval, at: DateTime<Utc>) -> Part<bool> {
    let (customer, offer) = (approval.customer.uuid(), approval.offer);
    part!(
        Second,
        r#"
        select t.kind in ('percent_discount', 'amount_discount') and exists (
            select from customers c
            join offers o on o.customer_id = c.id and o.id <> $2 and o.stage in ('presented', 'accepted', 'fulfilled')
            join offer_types k on k.code = o.offer_type and k.kind in ('percent_discount', 'amount_discount')
            where (c.id = concession_group($1) or c.linked_to_id = concession_group($1))
                and o.presented_at > $3::timestamptz - interval '24 months'
        ) as "second!"
        from offers mine
        join offer_types t on t.code = mine.offer_type
        where mine.id = $2
        "#,
        customer,
        offer as OfferId,
        at,
    )
    .then(|row| Ok(row.second))
}

#[derive(Deserialize)]
struct Second {
    second: bool,
}

/// What somebody asked for in 90 days, as counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub(in super::super) struct Requester {
    pub(in super::super) asked: i64,
    pub(in super::super) approved: i64,
    pub(in super::super) declined: i64,
    /// Of the approved ones, those the customer accepted.
    pub(in super::super) accepted: i64,
}

pub(in super::super) fn requester(approval: &Approval, at: DateTime<Utc>) -> Part<Requester> {
    let (who, this) = (approval.asked_by, approval.id);
    part!(
        Requester,
        r#"
        select count(*) as "asked!",
            count(*) filter (where a.stage in ('approved', 'approved_with_changes')) as "approved!",
            count(*) filter (where a.stage = 'declined') as "declined!",
            count(*) filter (where a.stage in ('approved', 'approved_with_changes')
                and o.stage in ('accepted', 'fulfilled')) as "accepted!"
        from approvals a
        join offers o on o.id = a.offer_id
        where a.asked_by_id = $1 and a.asked_at > $2::timestamptz - interval '90 days' and a.id <> $3
            and a.stage <> 'withdrawn'
        "#,
        who as UserId,
        at,
        this as ApprovalId,
    )
}

/// A decided request like the one in hand.
pub(in super::super) struct Like {
    pub(in super::super) id: ApprovalId,
    pub(in super::super) offer: OfferId,
    pub(in super::super) revision: i32,
    pub(in super::super) customer: String,
    pub(in super::super) stage: Stage,
    pub(in super::super) ended_at: DateTime<Utc>,
    pub(in super::super) cost: Money,
    pub(in super::super) answer: offers::Stage,
    pub(in super::super) outcome: Option<Outcome>,
}

/// The five decided requests most like one: of the same type, in the same kind of case, with the nearest cost.
pub(in super::super) fn like(approval: ApprovalId) -> Part<Like> {
    part!(
        LikeRow,
        r#"
        with asked as (select offer_type, case_kind, currency, exposure_minor from approvals where id = $1)
        select a.id as "id!: ApprovalId", a.offer_id as "offer!: OfferId",
            coalesce(a.decided_revision, a.revision) as "revision!", c.name, a.stage as "stage!: Stage",
            a.ended_at as "ended_at!", a.exposure_minor as "exposure_minor!", a.currency as "currency!: Currency",
            o.stage as "answer: offers::Stage", k.outcome as "outcome?: Outcome"
        from asked w
        cross join lateral (
            (
                select b.* from approvals b
                where b.offer_type = w.offer_type and b.case_kind = w.case_kind and b.currency = w.currency
                    and b.exposure_minor >= w.exposure_minor and b.id <> $1
                    and b.stage in ('approved', 'approved_with_changes', 'declined')
                order by b.exposure_minor
                limit 5
            )
            union all
            (
                select b.* from approvals b
                where b.offer_type = w.offer_type and b.case_kind = w.case_kind and b.currency = w.currency
                    and b.exposure_minor < w.exposure_minor and b.id <> $1
                    and b.stage in ('approved', 'approved_with_changes', 'declined')
                order by b.exposure_minor desc
                limit 5
            )
        ) a
        join offers o on o.id = a.offer_id
        join cases k on k.id = a.case_id
        join customers c on c.id = a.customer_id
        order by abs(a.exposure_minor - w.exposure_minor), a.ended_at desc
        limit 5
        "#,
        approval as ApprovalId,
    )
    .then(|row| {
        Ok(Like {
            id: row.id,
            offer: row.offer,
            revision: row.revision,
            customer: row.name,
            stage: row.stage,
            ended_at: row.ended_at,
            cost: Money::new(row.exposure_minor, row.currency),
            answer: row.answer,
            outcome: row.outcome,
        })
    })
}

#[derive(Deserialize)]
struct LikeRow {
    id: ApprovalId,
    offer: OfferId,
    revision: i32,
    name: String,
    stage: Stage,
    ended_at: DateTime<Utc>,
    exposure_minor: i64,
    currency: Currency,
    answer: offers::Stage,
    outcome: Option<Outcome>,
}
