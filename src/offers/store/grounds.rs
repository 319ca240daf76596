//! What the policy check rests on.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::{Checked, Grounds, Offer};
use crate::auth::Actor;
use crate::cases::AtStake;
use crate::catalogue::{OfferType, Subject};
use crate::customers::Tier;
use crate::error::{Error, Result};
use crate::ids::{CustomerId, OfferId, OrderId, SubscriptionId, UserId};
use crate::limits;
use crate::money::{Currency, Money};

/// What an offer would be about, as far as money goes.
///
/// # Errors
/// `NotFound` when the customer has no such subscription or order.
pub async fn subject_of(connection: &mut PgConnection, customer: CustomerId, at_stake: AtStake) -> Result<Subject> {
    let row = sqlx::query!(
        r#"
        select coalesce(s.monthly_price_minor, o.total_minor, 0) as "price!",
            coalesce(s.currency, o.currency, c.currency) as "currency!: Currency",
            (
                select sum(k.amount_minor)::bigint
                from service_costs k
                where (k.subscription_id = s.id or k.order_id = o.id) and k.currency = coalesce(s.currency, o.currency)
            ) as costs
        from customers c
        left join subscriptions s on s.id = $2 and s.customer_id = c.id
        left join orders o on o.id = $3 and o.customer_id = c.id
        where c.id = $1 and ($2::uuid is null or s.id is not null) and ($3::uuid is null or o.id is not null)
        "#,
        customer as CustomerId,
        at_stake.subscription() as Option<SubscriptionId>,
        at_stake.order() as Option<OrderId>,
    )
    .fetch_one(connection)
    .await?;
    Ok(Subject {
        price: Money::new(row.price.max(0), row.currency),
        costs: row.costs.map(|costs| Money::new(costs, row.currency)),
        is_order: at_stake.order().is_some(),
    })
}

/// What the policy check of any terms about one subject rests on.
///
/// # Errors
/// `NotFound` when the customer has no such subscription or order.
pub async fn grounds(
    connection: &mut PgConnection,
    person: UserId,
    customer: CustomerId,
    at_stake: AtStake,
    offer: Option<OfferId>,
    at: DateTime<Utc>,
) -> Result<Grounds> {
    let subject = subject_of(connection, customer, at_stake).await?;
    let currency = subject.price.currency;
    let row = sqlx::query!(
        r#"
        select tier as "tier: Tier", concessions_to(id, $3, $4, $5) as "customer_before!",
            concessions_by($2, $3, $4, $5) as "week_before!"
        from customers
        where id = $1
        "#,
        customer as CustomerId,
        person as UserId,
        currency as Currency,
        at,
        offer as Option<OfferId>,
    )
    .fetch_one(&mut *connection)
    .await?;
    Ok(Grounds {
        subject,
        limits: limits::of(connection, row.tier, currency, at).await?,
        customer_before: Money::new(row.customer_before, currency),
        week_before: Money::new(row.week_before, currency),
    })
}

/// The policy check of an offer's newest terms, for somebody who would present it now. What other offers concede counts;
/// the offer itself does not count twice.
///
/// # Errors
/// A refusal when the terms make no offer.
pub async fn check(
    connection: &mut PgConnection,
    person: &Actor,
    offer: &Offer,
    of_type: &OfferType,
    at: DateTime<Utc>,
) -> Result<Checked> {
    let id = person.id.ok_or(Error::Forbidden)?;
    let grounds = grounds(connection, id, offer.customer, offer.at_stake, Some(offer.id), at).await?;
    grounds.check(&person.roles, of_type, &offer.revision.terms).map_err(|no| Error::refused(no.to_string()))
}
