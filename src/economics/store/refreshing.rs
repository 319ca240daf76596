//! What is reckoned now and then from all that ended, so that pages read a row of it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::lifetimes::Stay;
use crate::db::Tx;
use crate::error::Result;

/// Whether it was never reckoned, or before a moment.
pub(in super::super) async fn is_old(connection: &mut PgConnection, before: DateTime<Utc>) -> Result<bool> {
    let old = sqlx::query_scalar!(r#"select at is null or at < $1 as "old!" from economics_refreshed"#, before);
    Ok(old.fetch_one(connection).await?)
}

/// Takes the work, unless another instance is at it; it may take longer than a page may.
pub(in super::super) async fn claim(tx: &mut Tx) -> Result<bool> {
    let free = sqlx::query_scalar!("select id from economics_refreshed for update skip locked")
        .fetch_optional(&mut **tx)
        .await?;
    if free.is_none() {
        return Ok(false);
    }
    let at = tx.now();
    sqlx::query!(r#"select set_config('statement_timeout', '120s', true) as "set!""#).fetch_one(&mut **tx).await?;
    sqlx::query!("update economics_refreshed set at = $1", at).execute(&mut **tx).await?;
    Ok(true)
}

/// After how many months how many subscriptions of each product ended, product by product, the shortest first.
pub(in super::super) async fn endings(tx: &mut Tx) -> Result<Vec<(String, u32, i64)>> {
    let rows = sqlx::query!(
        r#"
        select product, whole_months(started_on, ended_on) as "months!", count(*) as "n!"
        from subscriptions
        where status = 'ended' and started_on <= ended_on
        group by product, 2
        order by product, 2
        "#,
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.product, u32::try_from(row.months).unwrap_or(0), row.n)).collect())
}

pub(in super::super) async fn replace_lifetimes(tx: &mut Tx, stays: &[(String, Stay)]) -> Result<()> {
    let products: Vec<String> = stays.iter().map(|(product, _)| product.clone()).collect();
    let months = |of: fn(&Stay) -> u32| -> Vec<i32> {
        stays.iter().map(|(_, stay)| i32::try_from(of(stay)).unwrap_or(i32::MAX)).collect()
    };
    let (tenures, further) = (months(|stay| stay.tenure), months(|stay| stay.further));
    let counts: Vec<i64> = stays.iter().map(|(_, stay)| stay.n).collect();
    sqlx::query!("delete from lifetimes").execute(&mut **tx).await?;
    sqlx::query!(
        "
        insert into lifetimes (product, tenure_months, further_months, n)
        select * from unnest($1::text[], $2::integer[], $3::integer[], $4::bigint[])
        ",
        &products,
        &tenures,
        &further,
        &counts,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Decided cases (*decided cases* of DOMAIN.md) in which an offer of a type was presented, beside those in which none
/// was; those that were not lost stayed.
pub(in super::super) async fn reckon_results(tx: &mut Tx) -> Result<()> {
    sqlx::query!("delete from offer_results").execute(&mut **tx).await?;
    sqlx::query!(
        "
        with decided as (
            select id, outcome <> 'lost' as stayed
            from cases
            where stage = 'closed'
                and outcome in ('saved_with_offer', 'saved_without_offer', 'modified', 'partly_saved', 'lost')
        ), presented as (
            select distinct o.case_id, o.offer_type
            from offer_presentations p
            join offers o on o.id = p.offer_id
        ), with_offer as (
            select p.offer_type, count(*) as n, count(*) filter (where d.stayed) as stayed
            from presented p
            join decided d on d.id = p.case_id
            group by p.offer_type
        ), without_offer as (
            select count(*) as n, count(*) filter (where d.stayed) as stayed
            from decided d
            where not exists (select from presented p where p.case_id = d.id)
        )
        insert into offer_results (offer_type, with_n, with_stayed, without_n, without_stayed)
        select t.code, coalesce(w.n, 0), coalesce(w.stayed, 0), b.n, b.stayed
        from offer_types t
        left join with_offer w on w.offer_type = t.code
        cross join without_offer b
        ",
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
