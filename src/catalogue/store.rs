use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{Asker, Kind, OfferType, PromiseTemplate};
use crate::cases::{AtStake, Kind as CaseKind};
use crate::customers::Tier;
use crate::error::{Error, Result};
use crate::ids::{CustomerId, DepartmentId, OfferId, OfferTypeVersionId, SubscriptionId};
use crate::money::Percent;

struct Row {
    code: String,
    kind: String,
    version: OfferTypeVersionId,
    number: i32,
    name: String,
    guidance: String,
    lever: String,
    lever_position: i16,
    valid_from: DateTime<Utc>,
    valid_until: Option<DateTime<Utc>>,
    cost_share_bp: i32,
    open_days: i16,
    tiers: Vec<String>,
    segments: Vec<String>,
    products: Vec<String>,
    case_kinds: Vec<String>,
    min_tenure_months: i16,
    once_per_months: i16,
    not_with: Vec<String>,
    approvers: i16,
    departments: serde_json::Value,
    promises: serde_json::Value,
}

#[derive(serde::Deserialize)]
struct PromiseRow {
    what: String,
    department: Option<DepartmentId>,
    working_hours: i16,
}

impl Row {
    fn read(self) -> Result<OfferType> {
        let odd = |what: &str| Error::Internal(anyhow::anyhow!("offer type {} has an odd {what}", self.code));
        let promises: Vec<PromiseRow> = serde_json::from_value(self.promises).map_err(|_| odd("promise"))?;
        Ok(OfferType {
            kind: Kind::from_name(&self.kind).ok_or_else(|| odd("kind"))?,
            tiers: self
                .tiers
                .iter()
                .map(|tier| Tier::from_name(tier).ok_or_else(|| odd("tier")))
                .collect::<Result<_>>()?,
            case_kinds: self
                .case_kinds
                .iter()
                .map(|kind| CaseKind::from_name(kind).ok_or_else(|| odd("kind of case")))
                .collect::<Result<_>>()?,
            departments: serde_json::from_value(self.departments).map_err(|_| odd("department"))?,
            promises: promises
                .into_iter()
                .map(|promise| PromiseTemplate {
                    what: promise.what,
                    department: promise.department,
                    working_hours: promise.working_hours,
                })
                .collect(),
            code: self.code,
            version: self.version,
            number: self.number,
            name: self.name,
            guidance: self.guidance,
            lever: self.lever,
            lever_position: self.lever_position,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            cost_share: Percent::from_basis_points(self.cost_share_bp),
            open_days: self.open_days,
            segments: self.segments,
            products: self.products,
            min_tenure_months: self.min_tenure_months,
            once_per_months: self.once_per_months,
            not_with: self.not_with,
            approvers: self.approvers,
        })
    }
}

/// Every type with the version that counts at a moment, cheapest lever first. Those not valid then are among them.
///
/// # Errors
/// When the database cannot be read.
pub async fn current(connection: &mut PgConnection, at: DateTime<Utc>) -> Result<Vec<OfferType>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select t.code, t.kind, v.id as "version: OfferTypeVersionId", v.number, v.name, v.guidance, v.lever,
            l.position as lever_position, v.valid_from, v.valid_until, v.cost_share_bp, v.open_days, v.tiers, v.segments,
            v.products, v.case_kinds, v.min_tenure_months, v.once_per_months, v.not_with, v.approvers,
            coalesce((
                select jsonb_agg(jsonb_build_array(d.id, d.name) order by d.name)
                from offer_type_departments n
                join departments d on d.id = n.department_id
                where n.version_id = v.id
            ), '[]') as "departments!",
            coalesce((
                select jsonb_agg(jsonb_build_object('what', p.what, 'department', p.department_id,
                    'working_hours', p.working_hours) order by p.position)
                from offer_type_promises p
                where p.version_id = v.id
            ), '[]') as "promises!"
        from offer_types t
        join offer_type_versions v on v.id = offer_type_version_at(t.code, $1)
        join levers l on l.code = v.lever
        order by l.position, t.position, t.code
        "#,
        at,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// One version of a type, whether it still counts or not.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn find_version(connection: &mut PgConnection, version: OfferTypeVersionId) -> Result<OfferType> {
    sqlx::query_as!(
        Row,
        r#"
        select t.code, t.kind, v.id as "version: OfferTypeVersionId", v.number, v.name, v.guidance, v.lever,
            l.position as lever_position, v.valid_from, v.valid_until, v.cost_share_bp, v.open_days, v.tiers, v.segments,
            v.products, v.case_kinds, v.min_tenure_months, v.once_per_months, v.not_with, v.approvers,
            coalesce((
                select jsonb_agg(jsonb_build_array(d.id, d.name) order by d.name)
                from offer_type_departments n
                join departments d on d.id = n.department_id
                where n.version_id = v.id
            ), '[]') as "departments!",
            coalesce((
                select jsonb_agg(jsonb_build_object('what', p.what, 'department', p.department_id,
                    'working_hours', p.working_hours) order by p.position)
                from offer_type_promises p
                where p.version_id = v.id
            ), '[]') as "promises!"
        from offer_type_versions v
        join offer_types t on t.code = v.offer_type
        join levers l on l.code = v.lever
        where v.id = $1
        "#,
        version as OfferTypeVersionId,
    )
    .fetch_one(connection)
    .await?
    .read()
}

/// What the types are called now, by code.
///
/// # Errors
/// When the database cannot be read.
pub async fn names(connection: &mut PgConnection, at: DateTime<Utc>) -> Result<HashMap<String, String>> {
    let rows = sqlx::query!(
        "
        select t.code, v.name
        from offer_types t
        join offer_type_versions v on v.id = offer_type_version_at(t.code, $1)
        ",
        at,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.code, row.name)).collect())
}

struct AskerRow {
    tier: String,
    segment: String,
    since: Option<NaiveDate>,
    product: Option<String>,
    given: serde_json::Value,
}

/// All that counts for which types are open to a customer: what was given to the accounts linked to it as well, but for
/// one offer.
///
/// # Errors
/// `NotFound` when there is no such customer.
pub async fn asker(
    connection: &mut PgConnection,
    customer: CustomerId,
    at_stake: AtStake,
    case_kind: Option<CaseKind>,
    without: Option<OfferId>,
    at: DateTime<Utc>,
) -> Result<Asker> {
    let row = sqlx::query_as!(
        AskerRow,
        r#"
        select c.tier, c.segment, c.customer_since as since, s.product as "product?",
            coalesce((
                select jsonb_agg(jsonb_build_array(o.offer_type, o.presented_at))
                from customers l
                join offers o on o.customer_id = l.id and o.stage in ('presented', 'accepted', 'fulfilled')
                where (l.id = coalesce(c.linked_to_id, c.id) or l.linked_to_id = coalesce(c.linked_to_id, c.id))
                    and o.id is distinct from $3 and o.presented_at > $4::timestamptz - interval '10 years'
            ), '[]') as "given!"
        from customers c
        left join subscriptions s on s.id = $2 and s.customer_id = c.id
        where c.id = $1
        "#,
        customer as CustomerId,
        at_stake.subscription() as Option<SubscriptionId>,
        without as Option<OfferId>,
        at,
    )
    .fetch_one(connection)
    .await?;
    let odd = |what: &str| Error::Internal(anyhow::anyhow!("customer {customer} has an odd {what}"));
    Ok(Asker {
        tier: Tier::from_name(&row.tier).ok_or_else(|| odd("tier"))?,
        segment: row.segment,
        product: row.product,
        since: row.since,
        case_kind,
        is_order: at_stake.order().is_some(),
        is_subscription: at_stake.subscription().is_some(),
        given: serde_json::from_value(row.given).map_err(|_| odd("history of offers"))?,
    })
}
