//! Concessions that look like one cut into several. Each is one statement that gives the rows that show it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::auth::Role;
use crate::error::Result;
use crate::ids::{CaseId, CustomerId, OfferId, UserId};
use crate::money::{Currency, Money};

/// One row of a pattern; rows of one pattern follow each other.
pub(in super::super) struct Flagged {
    /// What belongs together: the customer, or the main account of those linked.
    pub(in super::super) group: CustomerId,
    pub(in super::super) group_name: String,
    pub(in super::super) by: UserId,
    pub(in super::super) by_name: String,
    pub(in super::super) customer: String,
    pub(in super::super) case: CaseId,
    pub(in super::super) case_number: i64,
    pub(in super::super) offer: OfferId,
    pub(in super::super) revision: i32,
    pub(in super::super) at: DateTime<Utc>,
    pub(in super::super) cost: Money,
    /// All of them together, and what they are measured by; what was approved, for terms that were changed after it.
    pub(in super::super) total: Money,
    pub(in super::super) measure: Option<Money>,
    /// The role whose limit it is.
    pub(in super::super) role: Option<Role>,
}

/// The rows of a statement that gives all of these columns.
macro_rules! flagged {
    ($rows:expr) => {
        $rows
            .into_iter()
            .map(|row| Flagged {
                group: row.group_id,
                group_name: row.group_name,
                by: row.by_id,
                by_name: row.by_name,
                customer: row.customer,
                case: row.case_id,
                case_number: row.case_number,
                offer: row.offer_id,
                revision: row.revision,
                at: row.at,
                cost: Money::new(row.cost, row.currency),
                total: Money::new(row.total, row.currency),
                measure: row.measure.map(|minor| Money::new(minor, row.currency)),
                role: row.role,
            })
            .collect()
    };
}

/// Two or more concessions of one person to one customer and the accounts linked to it within 30 days, each within their
/// own limit, that together exceed what they may put into one offer, or half of what they may give a customer in a year.
pub(in super::super) async fn split(connection: &mut PgConnection, at: DateTime<Utc>) -> Result<Vec<Flagged>> {
    let rows = sqlx::query!(
        r#"
        with given as (
            select p.offer_id, p.revision, p.exposure_minor, p.currency, p.at, p.by_id, p.customer_id, o.case_id,
                o.offer_type, c.tier, coalesce(c.linked_to_id, c.id) as group_id
            from offer_presentations p
            join offers o on o.id = p.offer_id and o.presented_revision = p.revision
                and o.stage in ('presented', 'accepted', 'fulfilled')
            join customers c on c.id = p.customer_id
            where p.at > $1::timestamptz - interval '30 days' and p.own_limit and p.exposure_minor > 0
        ), summed as (
            select g.group_id, g.by_id, g.currency, sum(g.exposure_minor)::bigint as total,
                min(g.tier) as tier, array_agg(distinct g.offer_type) as types
            from given g
            group by g.group_id, g.by_id, g.currency
            having count(*) > 1
        ), measured as (
            select s.*, m.role, m.measure
            from summed s
            cross join lateral (
                -- by the furthest of the person's roles
                select u.role,
                    least(
                        (
                            select max(l.max_amount_minor) from limit_cells l
                            where l.version_id = t.version_id and l.role = u.role and l.tier = s.tier
                                and l.currency = s.currency and l.offer_type = any(s.types)
                        ), t.customer_minor / 2) as measure
                from user_roles u
                join limit_totals t on t.version_id = limits_at($1) and t.role = u.role and t.tier = s.tier
                    and t.currency = s.currency
                where u.user_id = s.by_id
                order by t.customer_minor desc
                limit 1
            ) m
            where s.total > m.measure
        )
        select m.group_id as "group_id!: CustomerId", main.name as group_name, m.by_id as "by_id!: UserId",
            u.name as by_name, c.name as customer, g.case_id as "case_id: CaseId", k.number as case_number,
            g.offer_id as "offer_id: OfferId", g.revision, g.at, g.exposure_minor as cost,
            g.currency as "currency: Currency", m.total as "total!", m.measure as "measure?", m.role as "role?: Role"
        from measured m
        join given g on g.group_id = m.group_id and g.by_id = m.by_id and g.currency = m.currency
        join customers main on main.id = m.group_id
        join customers c on c.id = g.customer_id
        join cases k on k.id = g.case_id
        join users u on u.id = m.by_id
        order by m.total desc, m.group_id, m.by_id, g.at
        limit 200
        "#,
        at,
    )
    .fetch_all(connection)
    .await?;
    Ok(flagged!(rows))
}

/// Three or more credits, refunds and waived fees to one customer and the accounts linked to it within 90 days.
pub(in super::super) async fn credits(connection: &mut PgConnection, at: DateTime<Utc>) -> Result<Vec<Flagged>> {
    let rows = sqlx::query!(
        r#"
        with given as (
            select p.offer_id, p.revision, p.exposure_minor, p.currency, p.at, p.by_id, p.customer_id, o.case_id,
                coalesce(c.linked_to_id, c.id) as group_id
            from offer_presentations p
            join offers o on o.id = p.offer_id and o.presented_revision = p.revision
                and o.stage in ('presented', 'accepted', 'fulfilled')
            join offer_types t on t.code = o.offer_type and t.kind in ('credit', 'refund', 'fee_waiver')
            join customers c on c.id = p.customer_id
            where p.at > $1::timestamptz - interval '90 days'
        ), summed as (
            select group_id, currency, sum(exposure_minor)::bigint as total
            from given
            group by group_id, currency
            having count(*) > 2
        )
        select s.group_id as "group_id!: CustomerId", main.name as group_name, g.by_id as "by_id: UserId",
            u.name as by_name, c.name as customer, g.case_id as "case_id: CaseId", k.number as case_number,
            g.offer_id as "offer_id: OfferId", g.revision, g.at, g.exposure_minor as cost,
            g.currency as "currency: Currency", s.total as "total!", null::bigint as measure,
            null::text as "role?: Role"
        from summed s
        join given g on g.group_id = s.group_id and g.currency = s.currency
        join customers main on main.id = s.group_id
        join customers c on c.id = g.customer_id
        join cases k on k.id = g.case_id
        join users u on u.id = g.by_id
        order by s.total desc, s.group_id, g.at
        limit 200
        "#,
        at,
    )
    .fetch_all(connection)
    .await?;
    Ok(flagged!(rows))
}

/// Offers whose terms were changed after somebody approved them, in 90 days.
pub(in super::super) async fn revised(connection: &mut PgConnection, at: DateTime<Utc>) -> Result<Vec<Flagged>> {
    let rows = sqlx::query!(
        r#"
        select a.customer_id as "group_id: CustomerId", c.name as group_name, r.by_id as "by_id: UserId",
            u.name as by_name, c.name as customer, a.case_id as "case_id: CaseId", k.number as case_number,
            a.offer_id as "offer_id: OfferId", r.revision, r.at, r.exposure_minor as cost,
            r.currency as "currency: Currency", r.exposure_minor as total, was.exposure_minor as "measure?",
            null::text as "role?: Role"
        from approvals a
        join offers o on o.id = a.offer_id and o.revision > a.decided_revision
        join offer_revisions was on was.offer_id = a.offer_id and was.revision = a.decided_revision
        join offer_revisions r on r.offer_id = a.offer_id and r.revision > a.decided_revision and not r.counter
        join customers c on c.id = a.customer_id
        join cases k on k.id = a.case_id
        join users u on u.id = r.by_id
        where a.ended_at > $1::timestamptz - interval '90 days' and a.decided_revision is not null
            and r.revision = (
                select min(n.revision) from offer_revisions n
                where n.offer_id = a.offer_id and n.revision > a.decided_revision
            )
        order by r.at desc, a.id
        limit 200
        "#,
        at,
    )
    .fetch_all(connection)
    .await?;
    Ok(flagged!(rows))
}
