//! New versions of the limits; nothing is ever changed.

use chrono::{DateTime, Utc};

use super::super::Matrix;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{LimitVersionId, UserId};
use crate::money::Percent;

/// Adds the version that follows another; gives its id if that was the newest. Of two at once the second waits for the
/// first, and then finds its number taken.
pub(in super::super) async fn insert(
    tx: &mut Tx,
    based_on: i32,
    in_force_from: DateTime<Utc>,
    why: &str,
    matrix: &Matrix,
) -> Result<Option<LimitVersionId>> {
    let id = LimitVersionId::new();
    let (now, by) = (tx.now(), tx.by());
    let added = sqlx::query!(
        "
        insert into limit_versions (id, number, in_force_from, published_at, published_by_id, why)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (number) do nothing
        ",
        id as LimitVersionId,
        based_on + 1,
        in_force_from,
        now,
        by as Option<UserId>,
        why,
    )
    .execute(&mut **tx)
    .await?;
    if added.rows_affected() == 0 {
        return Ok(None);
    }
    insert_cells(tx, id, matrix).await?;
    insert_sums(tx, id, matrix).await?;
    Ok(Some(id))
}

async fn insert_cells(tx: &mut Tx, id: LimitVersionId, matrix: &Matrix) -> Result<()> {
    let mut rows: Columns = Columns::default();
    let (mut percents, mut months, mut types) = (Vec::new(), Vec::new(), Vec::new());
    for ((tier, currency, role, offer_type), caps) in &matrix.cells {
        rows.push(role.name(), tier.name(), currency.code(), caps.amount.map(|amount| amount.minor));
        types.push(offer_type.clone());
        percents.push(caps.percent.map(Percent::basis_points));
        months.push(caps.months.and_then(|months| i16::try_from(months).ok()));
    }
    sqlx::query!(
        "
        insert into limit_cells (version_id, role, tier, offer_type, currency, max_percent_bp, max_months, max_amount_minor)
        select $1, c.role, c.tier, c.offer_type, c.currency, c.percent, c.months, c.amount
        from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::smallint[], $8::bigint[])
            as c (role, tier, offer_type, currency, percent, months, amount)
        ",
        id as LimitVersionId,
        &rows.roles,
        &rows.tiers,
        &types,
        &rows.currencies,
        &percents as &[Option<i32>],
        &months as &[Option<i16>],
        &rows.amounts as &[Option<i64>],
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn insert_sums(tx: &mut Tx, id: LimitVersionId, matrix: &Matrix) -> Result<()> {
    let mut totals = Columns::default();
    for ((tier, currency, role), sum) in &matrix.customer {
        totals.push(role.name(), tier.name(), currency.code(), Some(sum.minor));
    }
    sqlx::query!(
        "
        insert into limit_totals (version_id, role, tier, currency, customer_minor)
        select $1, t.role, t.tier, t.currency, t.sum
        from unnest($2::text[], $3::text[], $4::text[], $5::bigint[]) as t (role, tier, currency, sum)
        ",
        id as LimitVersionId,
        &totals.roles,
        &totals.tiers,
        &totals.currencies,
        &totals.amounts as &[Option<i64>],
    )
    .execute(&mut **tx)
    .await?;
    let mut weeks = Columns::default();
    for ((currency, role), sum) in &matrix.week {
        weeks.push(role.name(), "", currency.code(), Some(sum.minor));
    }
    sqlx::query!(
        "
        insert into limit_weeks (version_id, role, currency, week_minor)
        select $1, w.role, w.currency, w.sum
        from unnest($2::text[], $3::text[], $4::bigint[]) as w (role, currency, sum)
        ",
        id as LimitVersionId,
        &weeks.roles,
        &weeks.currencies,
        &weeks.amounts as &[Option<i64>],
    )
    .execute(&mut **tx)
    .await?;
    let (types, floors): (Vec<String>, Vec<i32>) =
        matrix.floors.iter().map(|(code, floor)| (code.clone(), floor.basis_points())).unzip();
    sqlx::query!(
        "
        insert into limit_margins (version_id, offer_type, min_margin_bp)
        select $1, m.offer_type, m.floor
        from unnest($2::text[], $3::integer[]) as m (offer_type, floor)
        ",
        id as LimitVersionId,
        &types,
        &floors,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Rows to insert, column by column.
#[derive(Default)]
struct Columns {
    roles: Vec<String>,
    tiers: Vec<String>,
    currencies: Vec<String>,
    amounts: Vec<Option<i64>>,
}

impl Columns {
    fn push(&mut self, role: &str, tier: &str, currency: &str, amount: Option<i64>) {
        self.roles.push(role.to_owned());
        self.tiers.push(tier.to_owned());
        self.currencies.push(currency.to_owned());
        self.amounts.push(amount);
    }
}
