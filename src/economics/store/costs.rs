use chrono::NaiveDate;
use sqlx::PgConnection;

use super::super::{Cost, NewCost, Served};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{CustomerId, OrderId, ServiceCostId, SubscriptionId};
use crate::money::{Currency, Money};

struct Row {
    id: ServiceCostId,
    customer_id: CustomerId,
    subscription_id: Option<SubscriptionId>,
    order_id: Option<OrderId>,
    what: String,
    amount_minor: i64,
    currency: Currency,
    source: String,
    as_of: NaiveDate,
    version: i64,
}

impl TryFrom<Row> for Cost {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let of = match (row.subscription_id, row.order_id) {
            (Some(id), _) => Served::Subscription(id),
            (_, Some(id)) => Served::Order(id),
            _ => return Err(Error::NotFound),
        };
        Ok(Self {
            id: row.id,
            customer: row.customer_id,
            of,
            details: NewCost {
                what: row.what,
                amount: Money::new(row.amount_minor, row.currency),
                source: row.source,
                as_of: row.as_of,
            },
            version: row.version,
        })
    }
}

macro_rules! select {
    ($which:tt, $($value:expr),+) => {
        sqlx::query_as!(
            Row,
            r#"
            select id as "id: ServiceCostId", customer_id as "customer_id: CustomerId",
                subscription_id as "subscription_id: SubscriptionId", order_id as "order_id: OrderId", what, amount_minor,
                currency as "currency: Currency", source, as_of, version
            from service_costs
            "# + $which,
            $($value),+
        )
    };
}

/// A line of what it costs to serve.
///
/// # Errors
/// `NotFound`.
pub async fn cost(connection: &mut PgConnection, id: ServiceCostId) -> Result<Cost> {
    select!("where id = $1", id as ServiceCostId).fetch_one(connection).await?.try_into()
}

/// What it costs to serve a subscription or an order, the largest line first.
///
/// # Errors
/// When the database cannot be read.
pub async fn costs_of(connection: &mut PgConnection, of: Served) -> Result<Vec<Cost>> {
    let (subscription, order) = parts(of);
    let rows = match of {
        Served::Subscription(_) => {
            select!("where subscription_id = $1 order by amount_minor desc, id", subscription as Option<SubscriptionId>)
                .fetch_all(connection)
                .await?
        }
        Served::Order(_) => {
            select!("where order_id = $1 order by amount_minor desc, id", order as Option<OrderId>)
                .fetch_all(connection)
                .await?
        }
    };
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Whose it is, and in which currency it is reckoned.
pub(in super::super) async fn served(connection: &mut PgConnection, of: Served) -> Result<(CustomerId, Currency)> {
    let (subscription, order) = parts(of);
    let row = sqlx::query!(
        r#"
        select customer_id as "customer!: CustomerId", currency as "currency!: Currency"
        from subscriptions
        where id = $1
        union all
        select customer_id, currency
        from orders
        where id = $2
        "#,
        subscription as Option<SubscriptionId>,
        order as Option<OrderId>,
    )
    .fetch_one(connection)
    .await?;
    Ok((row.customer, row.currency))
}

/// Whether another line is for the same.
pub(in super::super) async fn has_line(tx: &mut Tx, of: Served, what: &str, but: ServiceCostId) -> Result<bool> {
    let (subscription, order) = parts(of);
    let found = sqlx::query_scalar!(
        r#"
        select exists (
            select
            from service_costs
            where coalesce(subscription_id, order_id) = coalesce($1::uuid, $2::uuid) and lower(what) = lower($3)
                and id <> $4
        ) as "found!"
        "#,
        subscription as Option<SubscriptionId>,
        order as Option<OrderId>,
        what,
        but as ServiceCostId,
    );
    Ok(found.fetch_one(&mut **tx).await?)
}

/// Gives false when there is a line for one of them already.
pub(in super::super) async fn insert(
    tx: &mut Tx,
    customer: CustomerId,
    of: Served,
    currency: Currency,
    ids: &[ServiceCostId],
    new: &[NewCost],
) -> Result<bool> {
    let (subscription, order) = parts(of);
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let whats: Vec<String> = new.iter().map(|one| one.what.clone()).collect();
    let amounts: Vec<i64> = new.iter().map(|one| one.amount.minor).collect();
    let sources: Vec<String> = new.iter().map(|one| one.source.clone()).collect();
    let days: Vec<NaiveDate> = new.iter().map(|one| one.as_of).collect();
    let done = sqlx::query!(
        "
        insert into service_costs (id, customer_id, subscription_id, order_id, what, amount_minor, currency, source, as_of)
        select l.id, $1, $2, $3, l.what, l.amount_minor, $4, l.source, l.as_of
        from unnest($5::uuid[], $6::text[], $7::bigint[], $8::text[], $9::date[])
            as l (id, what, amount_minor, source, as_of)
        on conflict do nothing
        ",
        customer as CustomerId,
        subscription as Option<SubscriptionId>,
        order as Option<OrderId>,
        currency as Currency,
        &ids,
        &whats,
        &amounts,
        &sources,
        &days,
    )
    .execute(&mut **tx)
    .await?;
    Ok(usize::try_from(done.rows_affected()).is_ok_and(|rows| rows == new.len()))
}

pub(in super::super) async fn save(tx: &mut Tx, id: ServiceCostId, details: &NewCost) -> Result<()> {
    sqlx::query!(
        "
        update service_costs
        set what = $2, amount_minor = $3, source = $4, as_of = $5, version = version + 1
        where id = $1
        ",
        id as ServiceCostId,
        details.what,
        details.amount.minor,
        details.source,
        details.as_of,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(in super::super) async fn remove(tx: &mut Tx, id: ServiceCostId) -> Result<()> {
    sqlx::query!("delete from service_costs where id = $1", id as ServiceCostId).execute(&mut **tx).await?;
    Ok(())
}

fn parts(of: Served) -> (Option<SubscriptionId>, Option<OrderId>) {
    match of {
        Served::Subscription(id) => (Some(id), None),
        Served::Order(id) => (None, Some(id)),
    }
}
