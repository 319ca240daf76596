use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::{
    NewSubscription, OrderStatus, SubjectChoice, SubjectKind, Subscription, SubscriptionStatus, at_least_nothing,
};
use crate::db::{Part, Tx, part, together};
use crate::error::Result;
use crate::ids::{CustomerId, SubscriptionId};
use crate::money::{Currency, Money};

#[derive(Deserialize)]
struct Row {
    id: SubscriptionId,
    customer_id: CustomerId,
    external_ref: Option<String>,
    product: String,
    plan: String,
    quantity: i32,
    monthly_price_minor: i64,
    currency: Currency,
    started_on: Option<NaiveDate>,
    contract_ends_on: Option<NaiveDate>,
    ended_on: Option<NaiveDate>,
    status: SubscriptionStatus,
    version: i64,
}

impl From<Row> for Subscription {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            customer: row.customer_id,
            details: NewSubscription {
                external_ref: row.external_ref,
                product: row.product,
                plan: row.plan,
                quantity: row.quantity,
                monthly_price: Money::new(row.monthly_price_minor, row.currency),
                started_on: row.started_on,
                contract_ends_on: row.contract_ends_on,
                ended_on: row.ended_on,
                status: row.status,
            },
            version: row.version,
        }
    }
}

macro_rules! select {
    ($which:tt, $($value:ident $(as $of:ty)?),+ $(,)?) => {
        part!(
            Row,
            r#"
            select id as "id: SubscriptionId", customer_id as "customer_id: CustomerId", external_ref, product, plan,
                quantity, monthly_price_minor, currency as "currency: Currency", started_on, contract_ends_on, ended_on,
                status as "status: SubscriptionStatus", version
            from subscriptions
            "# + $which,
            $($value $(as $of)?),+
        )
        .then(|row| Ok(Subscription::from(row)))
    };
}

/// The subscription.
///
/// # Errors
/// `NotFound`.
pub async fn subscription(connection: &mut PgConnection, id: SubscriptionId) -> Result<Subscription> {
    select!("where id = $1", id as SubscriptionId).one(connection).await
}

/// What a customer pays for month by month, what runs first.
pub(in super::super) fn subscriptions_part(customer: CustomerId) -> Part<Subscription> {
    select!("where customer_id = $1 order by status = 'ended', started_on, id", customer as CustomerId)
}

/// A customer's subscription by its number in the system it came from, or where it has none by its product.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_subscription(
    connection: &mut PgConnection,
    customer: CustomerId,
    external_ref: Option<&str>,
    product: &str,
) -> Result<Option<Subscription>> {
    let (external_ref, product) = (external_ref.map(str::to_owned), product.to_owned());
    let row = select!(
        "where customer_id = $1
            and case when $2::text is null then product = $3 and external_ref is null else external_ref = $2 end
        order by id
        limit 1",
        customer as CustomerId,
        external_ref,
        product
    );
    Ok(row.all(connection).await?.into_iter().next())
}

pub(in super::super) async fn insert_subscription(
    tx: &mut Tx,
    id: SubscriptionId,
    customer: CustomerId,
    new: &NewSubscription,
) -> Result<bool> {
    let done = sqlx::query!(
        "
        insert into subscriptions (id, customer_id, external_ref, product, plan, quantity, monthly_price_minor, currency,
            started_on, contract_ends_on, ended_on, status)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        on conflict (external_ref) do nothing
        ",
        id as SubscriptionId,
        customer as CustomerId,
        new.external_ref,
        new.product,
        new.plan,
        new.quantity,
        new.monthly_price.minor,
        new.monthly_price.currency as Currency,
        new.started_on,
        new.contract_ends_on,
        new.ended_on,
        new.status as SubscriptionStatus,
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(in super::super) async fn save_subscription(tx: &mut Tx, id: SubscriptionId, new: &NewSubscription) -> Result<()> {
    sqlx::query!(
        "
        update subscriptions
        set external_ref = $2, product = $3, plan = $4, quantity = $5, monthly_price_minor = $6, currency = $7,
            started_on = $8, contract_ends_on = $9, ended_on = $10, status = $11, version = version + 1
        where id = $1
        ",
        id as SubscriptionId,
        new.external_ref,
        new.product,
        new.plan,
        new.quantity,
        new.monthly_price.minor,
        new.monthly_price.currency as Currency,
        new.started_on,
        new.contract_ends_on,
        new.ended_on,
        new.status as SubscriptionStatus,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Whether another subscription has this reference.
pub(in super::super) async fn has_reference(tx: &mut Tx, but: SubscriptionId, external_ref: &str) -> Result<bool> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from subscriptions where external_ref = $1 and id <> $2) as "found!""#,
        external_ref,
        but as SubscriptionId,
    );
    Ok(found.fetch_one(&mut **tx).await?)
}

/// What a new case of this customer may be about: what runs, then the newest orders, then what ended.
///
/// # Errors
/// When the database cannot be read.
pub async fn subjects(connection: &mut PgConnection, customer: CustomerId) -> Result<Vec<SubjectChoice>> {
    let (subscriptions, orders) = together(connection, subjects_part(customer)).await?;
    Ok(subjects_of(subscriptions, orders, true))
}

/// What that is made of, to be asked with others.
#[must_use]
pub fn subjects_part(customer: CustomerId) -> (Part<Subscription>, Part<NewestOrder>) {
    let orders = part!(
        NewestOrder,
        r#"
        select id, number, ordered_at, total_minor, currency as "currency: Currency", status as "status: OrderStatus"
        from orders
        where customer_id = $1
        order by ordered_at desc, id desc
        limit 50
        "#,
        customer as CustomerId,
    );
    (subscriptions_part(customer), orders)
}

/// One of the newest orders of a customer.
#[derive(Deserialize)]
pub struct NewestOrder {
    id: Uuid,
    number: String,
    ordered_at: DateTime<Utc>,
    total_minor: i64,
    currency: Currency,
    status: OrderStatus,
}

/// What a new case may be about, of a customer's subscriptions and newest orders; plans are named where account details
/// are `shown` (R19).
#[must_use]
pub fn subjects_of(all: Vec<Subscription>, orders: Vec<NewestOrder>, shown: bool) -> Vec<SubjectChoice> {
    let label = |subscription: &Subscription| {
        if shown { subscription.label() } else { subscription.masked_label() }
    };
    let (ended, running): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|subscription| subscription.details.status == SubscriptionStatus::Ended);
    let choice = |subscription: Subscription| SubjectChoice {
        id: subscription.id.uuid(),
        kind: SubjectKind::Subscription,
        label: match subscription.details.status {
            SubscriptionStatus::Active => label(&subscription),
            status => format!("{} ({})", label(&subscription), status.label().to_lowercase()),
        },
        value_at_risk: at_least_nothing(subscription.year()),
    };
    let orders = orders.into_iter().map(|order| {
        let total = Money::new(order.total_minor, order.currency);
        let day = order.ordered_at.format("%-d %b %Y");
        let status = match order.status {
            OrderStatus::Fulfilled => String::new(),
            status => format!(", {}", status.label().to_lowercase()),
        };
        SubjectChoice {
            id: order.id,
            kind: SubjectKind::Order,
            label: format!("Order {}, {day}, {total}{status}", order.number),
            value_at_risk: at_least_nothing(total),
        }
    });
    running.into_iter().map(choice).chain(orders).chain(ended.into_iter().map(choice)).collect()
}
