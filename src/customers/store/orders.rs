use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::super::{NewOrder, NewOrderLine, Order, OrderLine, OrderStatus};
use crate::db::{Part, Tx, part};
use crate::error::Result;
use crate::ids::{CustomerId, OrderId};
use crate::money::{Currency, Money};

#[derive(Deserialize)]
struct Row {
    id: OrderId,
    customer_id: CustomerId,
    number: String,
    ordered_at: DateTime<Utc>,
    total_minor: i64,
    currency: Currency,
    status: OrderStatus,
    country: String,
    version: i64,
}

impl From<Row> for Order {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            customer: row.customer_id,
            number: row.number,
            ordered_at: row.ordered_at,
            total: Money::new(row.total_minor, row.currency),
            status: row.status,
            country: row.country,
            version: row.version,
        }
    }
}

macro_rules! select {
    ($which:tt, $($value:ident $(as $of:ty)?),+ $(,)?) => {
        part!(
            Row,
            r#"
            select id as "id: OrderId", customer_id as "customer_id: CustomerId", number, ordered_at, total_minor,
                currency as "currency: Currency", status as "status: OrderStatus", country, version
            from orders
            "# + $which,
            $($value $(as $of)?),+
        )
        .then(|row| Ok(Order::from(row)))
    };
}

/// The order.
///
/// # Errors
/// `NotFound`.
pub async fn order(connection: &mut PgConnection, id: OrderId) -> Result<Order> {
    select!("where id = $1", id as OrderId).one(connection).await
}

/// The order of a number, exactly as it is written.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_order(connection: &mut PgConnection, number: &str) -> Result<Option<Order>> {
    let number = number.to_owned();
    Ok(select!("where number = $1", number).all(connection).await?.into_iter().next())
}

/// Some of a customer's orders, newest first.
pub(in super::super) struct OrderPage {
    pub(in super::super) orders: Vec<Order>,
    /// Where to go on, if there are more.
    pub(in super::super) next: Option<OrderId>,
}

/// So many of a customer's orders and one more, which tells that there are more.
pub(in super::super) fn orders(customer: CustomerId, after: Option<OrderId>, most: usize) -> Part<Order> {
    let limit = i64::try_from(most).unwrap_or(i64::MAX) + 1;
    select!(
        "where customer_id = $1
            and ($2::uuid is null
                or (ordered_at, id) < (select a.ordered_at, a.id from orders a where a.id = $2 and a.customer_id = $1))
        order by ordered_at desc, id desc
        limit $3",
        customer as CustomerId,
        after as Option<OrderId>,
        limit,
    )
}

impl OrderPage {
    /// So many of what was read.
    pub(in super::super) fn of(mut orders: Vec<Order>, most: usize) -> Self {
        let more = orders.len() > most;
        orders.truncate(most);
        Self { next: if more { orders.last().map(|order| order.id) } else { None }, orders }
    }
}

/// What was bought.
///
/// # Errors
/// When the database cannot be read.
pub async fn order_lines(connection: &mut PgConnection, order: &Order) -> Result<Vec<OrderLine>> {
    let rows = sqlx::query!(
        "
        select stock_code, description, quantity, unit_price_minor, amount_minor
        from order_lines
        where order_id = $1
        order by position
        ",
        order.id as OrderId,
    )
    .fetch_all(connection)
    .await?;
    let currency = order.total.currency;
    let lines = rows.into_iter().map(|row| OrderLine {
        stock_code: row.stock_code,
        description: row.description,
        quantity: row.quantity,
        unit_price: Money::new(row.unit_price_minor, currency),
        amount: Money::new(row.amount_minor, currency),
    });
    Ok(lines.collect())
}

/// Gives false when the number is taken.
pub(in super::super) async fn insert_order(
    tx: &mut Tx,
    id: OrderId,
    customer: CustomerId,
    new: &NewOrder,
) -> Result<bool> {
    let done = sqlx::query!(
        "
        insert into orders (id, customer_id, number, ordered_at, total_minor, currency, status, country)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (number) do nothing
        ",
        id as OrderId,
        customer as CustomerId,
        new.number,
        new.ordered_at,
        new.total.minor,
        new.total.currency as Currency,
        new.status as OrderStatus,
        new.country,
    )
    .execute(&mut **tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    insert_lines(tx, id, &new.lines).await?;
    Ok(true)
}

async fn insert_lines(tx: &mut Tx, id: OrderId, lines: &[NewOrderLine]) -> Result<()> {
    let codes: Vec<String> = lines.iter().map(|line| line.stock_code.clone()).collect();
    let descriptions: Vec<String> = lines.iter().map(|line| line.description.clone()).collect();
    let quantities: Vec<i32> = lines.iter().map(|line| line.quantity).collect();
    let prices: Vec<i64> = lines.iter().map(|line| line.unit_price.minor).collect();
    let amounts: Vec<i64> = lines.iter().map(|line| line.amount.minor).collect();
    sqlx::query!(
        "
        insert into order_lines (order_id, position, stock_code, description, quantity, unit_price_minor, amount_minor)
        select $1, l.position, l.stock_code, l.description, l.quantity, l.unit_price_minor, l.amount_minor
        from unnest($2::text[], $3::text[], $4::integer[], $5::bigint[], $6::bigint[]) with ordinality
            as l (stock_code, description, quantity, unit_price_minor, amount_minor, position)
        ",
        id as OrderId,
        &codes,
        &descriptions,
        &quantities,
        &prices,
        &amounts,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(in super::super) async fn save_order(tx: &mut Tx, id: OrderId, new: &NewOrder, with_lines: bool) -> Result<()> {
    sqlx::query!(
        "
        update orders
        set ordered_at = $2, total_minor = $3, currency = $4, status = $5, country = $6, version = version + 1
        where id = $1
        ",
        id as OrderId,
        new.ordered_at,
        new.total.minor,
        new.total.currency as Currency,
        new.status as OrderStatus,
        new.country,
    )
    .execute(&mut **tx)
    .await?;
    if with_lines {
        sqlx::query!("delete from order_lines where order_id = $1", id as OrderId).execute(&mut **tx).await?;
        insert_lines(tx, id, &new.lines).await?;
    }
    Ok(())
}
