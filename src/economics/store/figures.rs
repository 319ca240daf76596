use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::super::{
    Block, Bought, Cost, Economics, Gain, InForce, Lifetime, NewCost, OrderEconomics, Running, Served, Share,
};
use crate::db::{Part, part};
use crate::error::Result;
use crate::ids::{CustomerId, OfferId, OrderId, ServiceCostId, SubscriptionId};
use crate::money::{Currency, Money, Percent};

#[derive(Debug, Deserialize)]
struct SubscriptionRow {
    id: SubscriptionId,
    product: String,
    plan: String,
    quantity: i32,
    price_minor: i64,
    currency: Currency,
    contract_ends_on: Option<NaiveDate>,
    further_months: Option<u32>,
    n: Option<i64>,
    costs: Vec<CostRow>,
}

impl SubscriptionRow {
    fn on(self, today: NaiveDate, customer: CustomerId) -> Running {
        let of = Served::Subscription(self.id);
        Running {
            id: self.id,
            label: if self.plan.is_empty() { self.product } else { format!("{}, {}", self.product, self.plan) },
            quantity: self.quantity,
            price: Money::new(self.price_minor, self.currency),
            costs: self.costs.into_iter().map(|cost| cost.of(of, customer)).collect(),
            lifetime: Lifetime::on(today, self.contract_ends_on, self.further_months.zip(self.n)),
        }
    }
}

#[derive(Debug, Deserialize)]
struct CostRow {
    id: ServiceCostId,
    what: String,
    amount_minor: i64,
    currency: Currency,
    source: String,
    as_of: NaiveDate,
    version: i64,
}

impl CostRow {
    fn of(self, of: Served, customer: CustomerId) -> Cost {
        let amount = Money::new(self.amount_minor, self.currency);
        let details = NewCost { what: self.what, amount, source: self.source, as_of: self.as_of };
        Cost { id: self.id, customer, of, details, version: self.version }
    }
}

#[derive(Debug, Deserialize)]
struct InForceRow {
    offer: OfferId,
    subscription: SubscriptionId,
    exposure_minor: i64,
    currency: Currency,
    months: u32,
    since: NaiveDate,
}

#[derive(Debug, Deserialize)]
struct CurrencyRow {
    currency: Currency,
    conceded_minor: i64,
    orders: i64,
    total_minor: i64,
    costs_minor: i64,
    unknown: i64,
}

#[derive(Debug, Deserialize)]
struct FloorRow {
    offer_type: String,
    floor: i32,
}

#[derive(Deserialize)]
struct Row {
    currency: Currency,
    paid_total_minor: i64,
    refunded_total_minor: i64,
    subscriptions: Json<Vec<SubscriptionRow>>,
    in_force: Json<Vec<InForceRow>>,
    currencies: Json<Vec<CurrencyRow>>,
    floors: Json<Vec<FloorRow>>,
}

/// A customer's economics at a moment, in one statement. Concessions are counted as limits count them. A change of plan
/// is no concession in force: the new price is the price of the subscription.
/// Nothing when there is no such customer.
#[must_use]
pub fn of_customer_part(customer: CustomerId, at: DateTime<Utc>) -> Part<Economics> {
    let today = at.date_naive();
    part!(
        Row,
        r#"
        select c.currency as "currency: Currency", c.paid_total_minor, c.refunded_total_minor,
            coalesce((
                select jsonb_agg(jsonb_build_object('id', s.id, 'product', s.product, 'plan', s.plan,
                    'quantity', s.quantity, 'price_minor', s.monthly_price_minor, 'currency', s.currency,
                    'contract_ends_on', s.contract_ends_on, 'further_months', l.further_months, 'n', l.n,
                    'costs', coalesce((
                        select jsonb_agg(jsonb_build_object('id', k.id, 'what', k.what, 'amount_minor', k.amount_minor,
                            'currency', k.currency, 'source', k.source, 'as_of', k.as_of, 'version', k.version)
                            order by k.amount_minor desc, k.id)
                        from service_costs k
                        where k.subscription_id = s.id
                    ), '[]')) order by s.monthly_price_minor desc, s.id)
                from subscriptions s
                left join lifetimes l on l.product = s.product and s.started_on <= $3
                    and l.tenure_months = whole_months(s.started_on, $3)
                where s.customer_id = c.id and s.status = 'active'
            ), '[]') as "subscriptions!: Json<Vec<SubscriptionRow>>",
            coalesce((
                select jsonb_agg(jsonb_build_object('offer', o.id, 'subscription', o.subscription_id,
                    'exposure_minor', r.exposure_minor, 'currency', r.currency, 'months', r.months,
                    'since', (o.ended_at at time zone 'UTC')::date) order by o.ended_at, o.id)
                from offers o
                join offer_revisions r on r.offer_id = o.id and r.revision = o.presented_revision
                join offer_types t on t.code = o.offer_type
                join subscriptions s on s.id = o.subscription_id and s.status = 'active'
                where o.customer_id = c.id and o.stage in ('accepted', 'fulfilled') and r.months is not null
                    and r.exposure_minor > 0 and o.ended_at <= $2
                    and t.kind in ('percent_discount', 'amount_discount', 'free_period', 'upgrade')
            ), '[]') as "in_force!: Json<Vec<InForceRow>>",
            coalesce((
                select jsonb_agg(jsonb_build_object('currency', u.currency,
                    'conceded_minor', concessions_to(c.id, u.currency, $2, null), 'orders', u.orders,
                    'total_minor', u.total_minor, 'costs_minor', u.costs_minor, 'unknown', u.unknown)
                    order by u.currency <> c.currency, u.currency)
                from (
                    select a.currency, sum(a.orders) as orders, sum(a.total_minor) as total_minor,
                        sum(a.costs_minor) as costs_minor, sum(a.unknown) as unknown
                    from (
                        select o.currency, count(*) as orders, sum(o.total_minor) as total_minor,
                            coalesce(sum(k.costs_minor), 0) as costs_minor,
                            count(*) filter (where k.costs_minor is null) as unknown
                        from orders o
                        left join (
                            select order_id, currency, sum(amount_minor) as costs_minor
                            from service_costs
                            where customer_id = c.id and order_id is not null
                            group by order_id, currency
                        ) k on k.order_id = o.id and k.currency = o.currency
                        where o.customer_id = c.id and o.status <> 'cancelled' and o.ordered_at <= $2
                            and o.ordered_at > $2 - interval '12 months'
                        group by o.currency
                        union all
                        select c.currency, 0, 0, 0, 0
                        union all
                        select s.currency, 0, 0, 0, 0
                        from subscriptions s
                        where s.customer_id = c.id and s.status = 'active'
                        union all
                        select p.currency, 0, 0, 0, 0
                        from customers g
                        join offer_presentations p on p.customer_id = g.id and p.at > $2 - interval '12 months'
                        where g.id = concession_group(c.id) or g.linked_to_id = concession_group(c.id)
                    ) a
                    group by a.currency
                ) u
            ), '[]') as "currencies!: Json<Vec<CurrencyRow>>",
            coalesce((
                select jsonb_agg(jsonb_build_object('offer_type', m.offer_type, 'floor', m.min_margin_bp)
                    order by m.offer_type)
                from limit_margins m
                where m.version_id = limits_at($2)
            ), '[]') as "floors!: Json<Vec<FloorRow>>"
        from customers c
        where c.id = $1
        "#,
        customer as CustomerId,
        at,
        today,
    )
    .then(move |row| Ok(row.on(today, customer)))
}

/// A customer's economics at a moment.
///
/// # Errors
/// `NotFound`.
pub async fn of_customer(connection: &mut PgConnection, customer: CustomerId, at: DateTime<Utc>) -> Result<Economics> {
    of_customer_part(customer, at).one(connection).await
}

impl Row {
    fn on(self, today: NaiveDate, customer: CustomerId) -> Economics {
        let paid = i128::from(self.paid_total_minor) - i128::from(self.refunded_total_minor);
        let mut subscriptions: Vec<Running> =
            self.subscriptions.0.into_iter().map(|one| one.on(today, customer)).collect();
        let mut in_force: Vec<InForce> = self.in_force.0.into_iter().filter_map(|one| one.on(today)).collect();
        let blocks = self.currencies.0.into_iter().map(|one| {
            let money = |minor| Money::new(minor, one.currency);
            Block {
                currency: one.currency,
                subscriptions: subscriptions.extract_if(.., |running| running.price.currency == one.currency).collect(),
                conceded: money(one.conceded_minor),
                in_force: in_force.extract_if(.., |concession| concession.monthly.currency == one.currency).collect(),
                bought: (one.orders > 0).then(|| Bought {
                    orders: one.orders,
                    total: money(one.total_minor),
                    costs: money(one.costs_minor),
                    unknown: one.unknown,
                }),
            }
        });
        Economics {
            blocks: blocks.collect(),
            paid: super::super::exact(paid, self.currency),
            floors: self
                .floors
                .0
                .into_iter()
                .map(|one| (one.offer_type, Percent::from_basis_points(one.floor)))
                .collect(),
        }
    }
}

impl InForceRow {
    fn on(self, today: NaiveDate) -> Option<InForce> {
        let exposure = Money::new(self.exposure_minor, self.currency);
        InForce::on(today, (self.offer, self.subscription), self.since, exposure, self.months)
    }
}

/// What an order comes to and what it cost us; nothing when there is no such order.
#[must_use]
pub fn of_order_part(order: OrderId) -> Part<OrderEconomics> {
    part!(
        OrderRow,
        r#"
        select o.customer_id as "customer: CustomerId", o.total_minor, o.currency as "currency: Currency",
            coalesce((
                select jsonb_agg(jsonb_build_object('id', k.id, 'what', k.what, 'amount_minor', k.amount_minor,
                    'currency', k.currency, 'source', k.source, 'as_of', k.as_of, 'version', k.version)
                    order by k.amount_minor desc, k.id)
                from service_costs k
                where k.order_id = o.id
            ), '[]') as "costs!: Json<Vec<CostRow>>"
        from orders o
        where o.id = $1
        "#,
        order as OrderId,
    )
    .then(move |row| {
        let costs = row.costs.0.into_iter().map(|cost| cost.of(Served::Order(order), row.customer));
        Ok(OrderEconomics { total: Money::new(row.total_minor, row.currency), costs: costs.collect() })
    })
}

#[derive(Deserialize)]
struct OrderRow {
    customer: CustomerId,
    total_minor: i64,
    currency: Currency,
    costs: Json<Vec<CostRow>>,
}

/// How much likelier customers stayed with an offer than without any, by code of the type and by what was last reckoned;
/// types with too few cases are not among them.
///
/// # Errors
/// When the database cannot be read.
pub async fn gains(connection: &mut PgConnection) -> Result<HashMap<String, Gain>> {
    Ok(gains_part().all(connection).await?.into_iter().flatten().collect())
}

/// The same, to be asked with others.
#[must_use]
pub fn gains_part() -> Part<Option<(String, Gain)>> {
    part!(GainRow, "select offer_type, with_n, with_stayed, without_n, without_stayed from offer_results").then(|row| {
        let with = Share { n: row.with_n, stayed: row.with_stayed };
        let gain = Gain::of(with, Share { n: row.without_n, stayed: row.without_stayed });
        Ok(gain.map(|gain| (row.offer_type, gain)))
    })
}

#[derive(Deserialize)]
struct GainRow {
    offer_type: String,
    with_n: i64,
    with_stayed: i64,
    without_n: i64,
    without_stayed: i64,
}
