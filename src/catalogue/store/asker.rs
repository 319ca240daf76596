//! What of a customer decides which offers are open to them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::super::Asker;
use crate::cases::{AtStake, Kind as CaseKind};
use crate::customers::Tier;
use crate::db::{Part, part};
use crate::error::{Error, Result};
use crate::ids::{CustomerId, OfferId, OrderId, SubscriptionId};

/// Who would be offered something at a moment: the customer, what it would be about, and what they and the accounts
/// linked to them were given before, but for one offer.
///
/// # Errors
/// `NotFound` when there is no such customer, or the subscription or order is not theirs.
pub async fn asker(
    connection: &mut PgConnection,
    customer: CustomerId,
    about: AtStake,
    case_kind: Option<CaseKind>,
    without: Option<OfferId>,
    at: DateTime<Utc>,
) -> Result<Asker> {
    asker_part(customer, about, case_kind, without, at).one(connection).await
}

/// The same, to be asked with others.
#[must_use]
pub fn asker_part(
    customer: CustomerId,
    about: AtStake,
    case_kind: Option<CaseKind>,
    without: Option<OfferId>,
    at: DateTime<Utc>,
) -> Part<Asker> {
    let (subscription, order) = (about.subscription(), about.order());
    part!(
        Row,
        r#"
        select
            c.tier as "tier: Tier", c.segment,
            -- whoever has a subscription is a customer since it began, whatever else is not known
            coalesce(c.customer_since, (select min(s.started_on) from subscriptions s where s.customer_id = c.id))
                as since,
            (select s.product from subscriptions s where s.id = $2 and s.customer_id = c.id) as product,
            exists (select from orders r where r.id = $3 and r.customer_id = c.id) as "has_order!",
            coalesce((
                select jsonb_agg(jsonb_build_array(o.offer_type, p.at) order by p.at)
                from customers k
                join offers o on o.customer_id = k.id and o.stage in ('presented', 'accepted', 'fulfilled')
                join offer_presentations p on p.offer_id = o.id and p.revision = o.presented_revision
                where (k.id = coalesce(c.linked_to_id, c.id) or k.linked_to_id = coalesce(c.linked_to_id, c.id))
                    and p.at <= $4 and o.id is distinct from $5
            ), '[]') as "given!: Json<Vec<(String, DateTime<Utc>)>>"
        from customers c
        where c.id = $1
        "#,
        customer as CustomerId,
        subscription as Option<SubscriptionId>,
        order as Option<OrderId>,
        at,
        without as Option<OfferId>,
    )
    .then(move |row| {
        if (subscription.is_some() && row.product.is_none()) || (order.is_some() && !row.has_order) {
            return Err(Error::NotFound);
        }
        Ok(Asker {
            tier: row.tier,
            segment: row.segment,
            product: row.product,
            since: row.since,
            case_kind,
            is_order: order.is_some(),
            is_subscription: subscription.is_some(),
            given: row.given.0,
        })
    })
}

#[derive(Deserialize)]
struct Row {
    tier: Tier,
    segment: String,
    since: Option<NaiveDate>,
    product: Option<String>,
    has_order: bool,
    given: Json<Vec<(String, DateTime<Utc>)>>,
}
