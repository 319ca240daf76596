mod asker;
mod kept;
mod publish;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Kind, OfferType, PromiseTemplate};
use crate::cases::Kind as CaseKind;
use crate::customers::Tier;
use crate::error::{Error, Result};
use crate::ids::{DepartmentId, OfferTypeVersionId};
use crate::money::Percent;

pub use asker::{asker, asker_part};
pub use kept::Catalogue;
pub(super) use publish::{codes_like, insert_type, insert_version, is_name_taken};

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

macro_rules! select {
    ($which:tt $(, $value:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"
            select t.code, t.kind, v.id as "version: OfferTypeVersionId", v.number, v.name, v.guidance, v.lever,
                l.position as lever_position, v.valid_from, v.valid_until, v.cost_share_bp, v.open_days, v.tiers,
                v.segments, v.products, v.case_kinds, v.min_tenure_months, v.once_per_months, v.not_with, v.approvers,
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
            join offer_type_versions v on v.offer_type = t.code
            join levers l on l.code = v.lever
            "# + $which,
            $($value),*
        )
    };
}

/// Every type with the version that counts at a moment, cheapest lever first. Those not valid then are among them.
///
/// # Errors
/// When the database cannot be read.
pub async fn current(connection: &mut PgConnection, at: DateTime<Utc>) -> Result<Vec<OfferType>> {
    let rows = select!("where v.id = offer_type_version_at(t.code, $1) order by l.position, t.position, t.code", at)
        .fetch_all(connection)
        .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Every type there is, cheapest lever first: with the version that counts at a moment, or the first where none does yet.
///
/// # Errors
/// When the database cannot be read.
pub async fn all(connection: &mut PgConnection, at: DateTime<Utc>) -> Result<Vec<OfferType>> {
    let rows = select!(
        "
        where v.id = coalesce(offer_type_version_at(t.code, $1),
            (select f.id from offer_type_versions f where f.offer_type = t.code order by f.number limit 1))
        order by l.position, t.position, t.code
        ",
        at
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Every version of every type, by the places of the types, the oldest first.
async fn every_version(connection: &mut PgConnection) -> Result<Vec<OfferType>> {
    let rows = select!("order by t.position, t.code, v.number").fetch_all(connection).await?;
    rows.into_iter().map(Row::read).collect()
}

/// One version of a type, whether it still counts or not.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn find_version(connection: &mut PgConnection, version: OfferTypeVersionId) -> Result<OfferType> {
    select!("where v.id = $1", version as OfferTypeVersionId).fetch_one(connection).await?.read()
}

/// Every version of a type, the newest first; none when there is no such type.
pub(super) async fn versions(connection: &mut PgConnection, code: &str) -> Result<Vec<OfferType>> {
    let rows = select!("where t.code = $1 order by v.number desc", code).fetch_all(connection).await?;
    rows.into_iter().map(Row::read).collect()
}

/// Who published a version, when, why.
pub(super) struct Publication {
    pub(super) at: DateTime<Utc>,
    pub(super) by: Option<String>,
    pub(super) why: String,
}

/// Of every version of a type, the newest first.
pub(super) async fn publications(connection: &mut PgConnection, code: &str) -> Result<Vec<Publication>> {
    Ok(sqlx::query_as!(
        Publication,
        r#"
        select v.published_at as at, u.name as "by?", v.why
        from offer_type_versions v
        left join users u on u.id = v.published_by_id
        where v.offer_type = $1
        order by v.number desc
        "#,
        code,
    )
    .fetch_all(connection)
    .await?)
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
