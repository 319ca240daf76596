mod kept;
mod publish;
mod replay;
mod versions;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::{Cell, Limits};
use crate::auth::Role;
use crate::customers::Tier;
use crate::db::{Part, part};
use crate::error::Result;
use crate::ids::{CustomerId, LimitVersionId, OfferId, UserId};
use crate::money::{Currency, Money, Percent};

pub use kept::Policy;
pub(super) use publish::insert;
pub(super) use replay::past;
pub use versions::{Version, in_force, matrix, newest};
pub(super) use versions::{list, matrices};

/// The limits in force at a moment, for customers of a tier and offers in a currency.
///
/// # Errors
/// When the database cannot be read.
pub async fn of(connection: &mut PgConnection, tier: Tier, currency: Currency, at: DateTime<Utc>) -> Result<Limits> {
    let version = sqlx::query!(
        r#"
        select id as "id: LimitVersionId", number, in_force_from
        from limit_versions
        where in_force_from <= $1
        order by number desc
        limit 1
        "#,
        at,
    )
    .fetch_optional(&mut *connection)
    .await?;
    let mut limits = Limits::none(tier, currency, at);
    let Some(version) = version else { return Ok(limits) };
    (limits.version, limits.number, limits.since) = (Some(version.id), version.number, version.in_force_from);
    let rows = sqlx::query!(
        r#"
        select 'cell' as "what!", role as "role: Role", offer_type, max_percent_bp, max_months::int, max_amount_minor
        from limit_cells
        where version_id = $1 and tier = $2 and currency = $3
        union all
        select 'customer', role, null, null, null, customer_minor
        from limit_totals
        where version_id = $1 and tier = $2 and currency = $3
        union all
        select 'week', role, null, null, null, week_minor
        from limit_weeks
        where version_id = $1 and currency = $3
        union all
        select 'margin', null, offer_type, min_margin_bp, null, null
        from limit_margins
        where version_id = $1
        "#,
        version.id as LimitVersionId,
        tier.name(),
        currency as Currency,
    )
    .fetch_all(connection)
    .await?;
    let money = |minor| Money::new(minor, currency);
    for row in rows {
        let amount = row.max_amount_minor.map(money);
        match (row.what.as_str(), row.role, row.offer_type) {
            ("cell", Some(role), Some(offer_type)) => limits.cells.push(Cell {
                role,
                offer_type,
                max_percent: row.max_percent_bp.map(Percent::from_basis_points),
                max_months: row.max_months.and_then(|months| u16::try_from(months).ok()),
                max_amount: amount,
            }),
            ("customer", Some(role), _) => limits.customer.extend(amount.map(|amount| (role, amount))),
            ("week", Some(role), _) => limits.week.extend(amount.map(|amount| (role, amount))),
            (_, _, Some(offer_type)) => {
                limits.margins.extend(row.max_percent_bp.map(|floor| (offer_type, Percent::from_basis_points(floor))));
            }
            _ => {}
        }
    }
    Ok(limits)
}

/// What was conceded to a customer and the accounts linked to it in the twelve months before a moment, but for one offer.
///
/// # Errors
/// When the database cannot be read.
pub async fn concessions_to(
    connection: &mut PgConnection,
    customer: CustomerId,
    currency: Currency,
    at: DateTime<Utc>,
    without: Option<OfferId>,
) -> Result<Money> {
    concessions_to_part(customer, currency, at, without).one(connection).await
}

/// The same, to be asked with others.
#[must_use]
pub fn concessions_to_part(
    customer: CustomerId,
    currency: Currency,
    at: DateTime<Utc>,
    without: Option<OfferId>,
) -> Part<Money> {
    part!(
        Conceded,
        r#"select concessions_to($1, $2, $3, $4) as "minor!""#,
        customer as CustomerId,
        currency as Currency,
        at,
        without as Option<OfferId>,
    )
    .then(move |row| Ok(Money::new(row.minor, currency)))
}

/// What somebody conceded in the seven days before a moment, but for one offer.
///
/// # Errors
/// When the database cannot be read.
pub async fn concessions_by(
    connection: &mut PgConnection,
    person: UserId,
    currency: Currency,
    at: DateTime<Utc>,
    without: Option<OfferId>,
) -> Result<Money> {
    concessions_by_part(person, currency, at, without).one(connection).await
}

/// The same, to be asked with others.
#[must_use]
pub fn concessions_by_part(
    person: UserId,
    currency: Currency,
    at: DateTime<Utc>,
    without: Option<OfferId>,
) -> Part<Money> {
    part!(
        Conceded,
        r#"select concessions_by($1, $2, $3, $4) as "minor!""#,
        person as UserId,
        currency as Currency,
        at,
        without as Option<OfferId>,
    )
    .then(move |row| Ok(Money::new(row.minor, currency)))
}

#[derive(Deserialize)]
struct Conceded {
    minor: i64,
}
