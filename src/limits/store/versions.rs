//! The versions of the limits, and all that each says.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::{Caps, Matrix};
use crate::auth::Role;
use crate::customers::Tier;
use crate::error::{Error, Result};
use crate::ids::LimitVersionId;
use crate::money::{Currency, Money, Percent};

/// A version of the limits, without what it says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Version {
    /// Which.
    pub id: LimitVersionId,
    /// Its number: 1, 2, ….
    pub number: i32,
    /// From when it counts, unless one published later does.
    pub in_force_from: DateTime<Utc>,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// Who published it; none for what was shipped.
    pub by: Option<String>,
    /// Why.
    pub why: String,
}

macro_rules! select {
    ($which:tt, $($value:expr),*) => {
        sqlx::query_as!(
            Version,
            r#"
            select v.id as "id: LimitVersionId", v.number, v.in_force_from, v.published_at, u.name as "by?", v.why
            from limit_versions v
            left join users u on u.id = v.published_by_id
            "# + $which,
            $($value),*
        )
    };
}

/// The version that was published last; it may be still to come.
///
/// # Errors
/// `NotFound` when none was ever published.
pub async fn newest(connection: &mut PgConnection) -> Result<Version> {
    Ok(select!("order by v.number desc limit 1",).fetch_one(connection).await?)
}

/// The version in force at a moment.
///
/// # Errors
/// When the database cannot be read.
pub async fn in_force(connection: &mut PgConnection, at: DateTime<Utc>) -> Result<Option<Version>> {
    Ok(select!("where v.id = limits_at($1)", at).fetch_optional(connection).await?)
}

/// The version in force at a moment and all that followed, the oldest first; all of them where none was in force.
pub(super) async fn since(connection: &mut PgConnection, at: DateTime<Utc>) -> Result<Vec<Version>> {
    Ok(select!(
        "where v.number >= coalesce((select f.number from limit_versions f where f.id = limits_at($1)), 0) order by v.number",
        at
    )
    .fetch_all(connection)
    .await?)
}

/// So many versions, the newest first, from before a number on.
pub(in super::super) async fn list(
    connection: &mut PgConnection,
    before: Option<i32>,
    count: i64,
) -> Result<Vec<Version>> {
    Ok(select!("where v.number < coalesce($1, 2147483647) order by v.number desc limit $2", before, count)
        .fetch_all(connection)
        .await?)
}

/// All that a version says.
///
/// # Errors
/// When the database cannot be read.
pub async fn matrix(connection: &mut PgConnection, version: LimitVersionId) -> Result<Matrix> {
    Ok(matrices(connection, &[version]).await?.remove(&version).unwrap_or_default())
}

/// All that several versions say.
pub(in super::super) async fn matrices(
    connection: &mut PgConnection,
    versions: &[LimitVersionId],
) -> Result<HashMap<LimitVersionId, Matrix>> {
    let ids: Vec<_> = versions.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"
        select version_id as "version!: LimitVersionId", role as "role: Role", tier as "tier: Tier", offer_type,
            currency as "currency: Currency", max_percent_bp, max_months, max_amount_minor
        from limit_cells
        where version_id = any($1)
        union all
        select version_id, role, tier, null, currency, null, null, customer_minor
        from limit_totals
        where version_id = any($1)
        union all
        select version_id, role, null, null, currency, null, null, week_minor
        from limit_weeks
        where version_id = any($1)
        union all
        select version_id, null, null, offer_type, null, min_margin_bp, null, null
        from limit_margins
        where version_id = any($1)
        "#,
        &ids,
    )
    .fetch_all(connection)
    .await?;
    let mut matrices: HashMap<LimitVersionId, Matrix> = HashMap::new();
    for row in rows {
        let matrix = matrices.entry(row.version).or_default();
        let money = |currency| row.max_amount_minor.map(|minor| Money::new(minor, currency));
        let percent = row.max_percent_bp.map(Percent::from_basis_points);
        match (row.role, row.tier, row.offer_type, row.currency) {
            (Some(role), Some(tier), Some(offer_type), Some(currency)) => {
                let months = row.max_months.map(u16::try_from).transpose();
                let months = months.map_err(|_| Error::Internal(anyhow::anyhow!("a limit of negative months")))?;
                matrix
                    .cells
                    .insert((tier, currency, role, offer_type), Caps { percent, months, amount: money(currency) });
            }
            (Some(role), Some(tier), None, Some(currency)) => {
                matrix.customer.extend(money(currency).map(|sum| ((tier, currency, role), sum)));
            }
            (Some(role), None, _, Some(currency)) => {
                matrix.week.extend(money(currency).map(|sum| ((currency, role), sum)));
            }
            (_, _, Some(offer_type), _) => matrix.floors.extend(percent.map(|floor| (offer_type, floor))),
            _ => {}
        }
    }
    Ok(matrices)
}
