//! The list of customers, by name, paged by key. The address holds the id of a customer, never the name it sorts by.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row as _};

use super::super::{Status, Tier};
use crate::error::Result;
use crate::ids::CustomerId;
use crate::money::{Currency, Money};

/// Which customers, and where in their list.
#[derive(Clone, Copy, Default, Debug)]
pub(in super::super) struct Filter {
    pub(in super::super) status: Option<Status>,
    pub(in super::super) tier: Option<Tier>,
    pub(in super::super) after: Option<CustomerId>,
    pub(in super::super) before: Option<CustomerId>,
}

/// A row of the list.
pub(in super::super) struct Listed {
    pub(in super::super) id: CustomerId,
    pub(in super::super) name: String,
    pub(in super::super) account_number: Option<String>,
    pub(in super::super) identified: bool,
    pub(in super::super) status: Status,
    pub(in super::super) tier: Tier,
    pub(in super::super) since: Option<NaiveDate>,
    /// Twelve months of what runs, by currency.
    pub(in super::super) year: Vec<Money>,
    pub(in super::super) live_cases: i64,
}

/// Gives one row more than asked for when there are more that way.
pub(in super::super) async fn list(connection: &mut PgConnection, filter: Filter, most: usize) -> Result<Vec<Listed>> {
    let place = match filter.after.or(filter.before) {
        Some(id) => {
            sqlx::query_scalar!(r#"select lower(name) as "name!" from customers where id = $1"#, id as CustomerId)
                .fetch_optional(&mut *connection)
                .await?
                .map(|name| (name, id))
        }
        None => None,
    };
    let back = filter.before.is_some() && place.is_some();
    let mut query = QueryBuilder::<Postgres>::new(
        "select id, name, listed_account(account_number, cpni) as account_number, identified, status, tier, customer_since from customers where true",
    );
    if let Some(status) = filter.status {
        query.push(" and status = ").push_bind(status.name());
    }
    if let Some(tier) = filter.tier {
        query.push(" and tier = ").push_bind(tier.name());
    }
    if let Some((name, id)) = place {
        query.push(if back { " and (lower(name), id) < (" } else { " and (lower(name), id) > (" });
        query.push_bind(name).push(", ").push_bind(id).push(")");
    }
    query.push(if back { " order by lower(name) desc, id desc" } else { " order by lower(name), id" });
    query.push(" limit ").push_bind(i64::try_from(most).unwrap_or(i64::MAX) + 1);
    let rows = query.build().fetch_all(&mut *connection).await?;
    let mut listed = rows
        .into_iter()
        .map(|row| {
            Ok(Listed {
                id: row.try_get("id")?,
                name: row.try_get("name")?,
                account_number: row.try_get("account_number")?,
                identified: row.try_get("identified")?,
                status: row.try_get("status")?,
                tier: row.try_get("tier")?,
                since: row.try_get("customer_since")?,
                year: Vec::new(),
                live_cases: 0,
            })
        })
        .collect::<Result<Vec<Listed>, sqlx::Error>>()?;
    add_figures(connection, &mut listed).await?;
    Ok(listed)
}

async fn add_figures(connection: &mut PgConnection, listed: &mut [Listed]) -> Result<()> {
    let ids: Vec<CustomerId> = listed.iter().map(|customer| customer.id).collect();
    let years = sqlx::query!(
        r#"
        select customer_id as "customer: CustomerId", currency as "currency: Currency",
            (sum(monthly_price_minor) * 12)::bigint as "year!"
        from subscriptions
        where customer_id = any($1) and status <> 'ended'
        group by customer_id, currency
        order by customer_id, currency
        "#,
        &ids as &[CustomerId],
    )
    .fetch_all(&mut *connection)
    .await?;
    let live = sqlx::query!(
        r#"
        select customer_id as "customer: CustomerId", count(*) as "live!"
        from cases
        where customer_id = any($1) and stage <> 'closed'
        group by customer_id
        "#,
        &ids as &[CustomerId],
    )
    .fetch_all(&mut *connection)
    .await?;
    let live: HashMap<CustomerId, i64> = live.into_iter().map(|row| (row.customer, row.live)).collect();
    let mut by_customer: HashMap<CustomerId, Vec<Money>> = HashMap::new();
    for row in years {
        by_customer.entry(row.customer).or_default().push(Money::new(row.year, row.currency));
    }
    for customer in listed {
        customer.year = by_customer.remove(&customer.id).unwrap_or_default();
        customer.live_cases = live.get(&customer.id).copied().unwrap_or_default();
    }
    Ok(())
}
