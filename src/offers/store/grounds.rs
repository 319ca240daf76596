//! What the policy check rests on.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::super::{Checked, Grounds, Offer};
use crate::auth::Actor;
use crate::cases::AtStake;
use crate::catalogue::{OfferType, Subject};
use crate::customers::Tier;
use crate::db::{Part, part};
use crate::error::{Error, Result};
use crate::ids::{CustomerId, OfferId, OrderId, SubscriptionId, UserId};
use crate::limits::{self, Limits};
use crate::money::{Currency, Money};

/// What an offer would be about, as far as money goes.
///
/// # Errors
/// `NotFound` when the customer has no such subscription or order.
pub async fn subject_of(connection: &mut PgConnection, customer: CustomerId, at_stake: AtStake) -> Result<Subject> {
    subject_part(customer, at_stake).one(connection).await
}

/// The same, to be asked with others.
#[must_use]
pub fn subject_part(customer: CustomerId, at_stake: AtStake) -> Part<Subject> {
    let (subscription, order) = (at_stake.subscription(), at_stake.order());
    part!(
        SubjectRow,
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
        subscription as Option<SubscriptionId>,
        order as Option<OrderId>,
    )
    .then(move |row| {
        Ok(Subject {
            price: Money::new(row.price.max(0), row.currency),
            costs: row.costs.map(|costs| Money::new(costs, row.currency)),
            is_order: order.is_some(),
        })
    })
}

#[derive(Deserialize)]
struct SubjectRow {
    price: i64,
    currency: Currency,
    costs: Option<i64>,
}

/// What the policy check of any terms about one subject rests on, but for the limits, as a question to be asked with
/// others; nothing when the customer has no such subscription or order.
#[must_use]
pub fn weighed_part(
    person: UserId,
    customer: CustomerId,
    at_stake: AtStake,
    offer: Option<OfferId>,
    at: DateTime<Utc>,
) -> Part<Weighed> {
    let (subscription, order) = (at_stake.subscription(), at_stake.order());
    part!(
        Row,
        r#"
        select c.tier as "tier: Tier", w.price as "price!", w.currency as "currency!: Currency",
            (
                select sum(k.amount_minor)::bigint
                from service_costs k
                where (k.subscription_id = w.subscription or k.order_id = w.order) and k.currency = w.currency
            ) as costs,
            w.order is not null as "is_order!", concessions_to(c.id, w.currency, $4, $5) as "customer_before!",
            concessions_by($6, w.currency, $4, $5) as "week_before!"
        from customers c
        cross join lateral (
            select s.id as subscription, o.id as order, coalesce(s.monthly_price_minor, o.total_minor, 0) as price,
                coalesce(s.currency, o.currency, c.currency) as currency
            from (select) none
            left join subscriptions s on s.id = $2 and s.customer_id = c.id
            left join orders o on o.id = $3 and o.customer_id = c.id
        ) w
        where c.id = $1 and ($2::uuid is null or w.subscription is not null) and ($3::uuid is null or w.order is not null)
        "#,
        customer as CustomerId,
        subscription as Option<SubscriptionId>,
        order as Option<OrderId>,
        at,
        offer as Option<OfferId>,
        person as UserId,
    )
    .then(Row::read)
}

#[derive(Deserialize)]
struct Row {
    tier: Tier,
    price: i64,
    currency: Currency,
    costs: Option<i64>,
    is_order: bool,
    customer_before: i64,
    week_before: i64,
}

/// What the policy check rests on, but for the limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Weighed {
    /// The customer's.
    pub tier: Tier,
    /// What an offer would be about, as far as money goes.
    pub subject: Subject,
    customer_before: Money,
    week_before: Money,
}

impl Row {
    #[expect(clippy::unnecessary_wraps, reason = "as rows are read")]
    fn read(self) -> Result<Weighed> {
        let money = |minor| Money::new(minor, self.currency);
        Ok(Weighed {
            tier: self.tier,
            subject: Subject { price: money(self.price.max(0)), costs: self.costs.map(money), is_order: self.is_order },
            customer_before: money(self.customer_before),
            week_before: money(self.week_before),
        })
    }
}

impl Weighed {
    /// With the limits of this tier and currency.
    #[must_use]
    pub fn under(self, limits: Limits) -> Grounds {
        Grounds { subject: self.subject, limits, customer_before: self.customer_before, week_before: self.week_before }
    }
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
    let weighed = weighed_part(person, customer, at_stake, offer, at).one(connection).await?;
    Ok(weighed.under(limits::of(connection, weighed.tier, weighed.subject.price.currency, at).await?))
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
