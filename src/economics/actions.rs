use chrono::TimeDelta;

use super::lifetimes::stays;
use super::{NewCost, Served, store};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, EditEconomics};
use crate::customers::{self, Edit, Edited, Merged, merge, note};
use crate::db::{Db, Origin, Tx, Via};
use crate::error::{Error, FormErrors, Result};
use crate::ids::{CustomerId, ServiceCostId};

/// How old what is reckoned from past cases and subscriptions may get.
const OLD: TimeDelta = TimeDelta::minutes(59);

/// Adds a line of what it costs to serve a subscription or an order.
///
/// # Errors
/// `Invalid` at `what` when there is a line for that already; a refusal in another currency.
pub async fn add_cost(tx: &mut Tx, can: &Can<EditEconomics>, of: Served, new: NewCost) -> Result<ServiceCostId> {
    let added = add_costs(tx, can, of, std::slice::from_ref(&new)).await?;
    Ok(added[0])
}

/// Adds several lines of one subscription or order.
///
/// # Errors
/// `Invalid` at `what` when there is a line for one of them already; a refusal in another currency.
pub async fn add_costs(tx: &mut Tx, _: &Can<EditEconomics>, of: Served, new: &[NewCost]) -> Result<Vec<ServiceCostId>> {
    let (whose, _) = store::served(tx, of).await?;
    let customer = customers::lock(tx, whose).await?;
    let (_, currency) = store::served(tx, of).await?;
    if new.iter().any(|one| one.amount.currency != currency) {
        return Err(Error::refused(format!("What it costs to serve is in the currency of the price: {currency}.")));
    }
    let ids: Vec<ServiceCostId> = new.iter().map(|_| ServiceCostId::new()).collect();
    if !store::insert(tx, whose, of, currency, &ids, new).await? {
        return Err(twice());
    }
    let key = customer.audit_key();
    let entry = new.iter().fold(entry(of, whose, &ids), |entry, one| note(entry, &key, None, one));
    audit::record(tx, entry).await?;
    Ok(ids)
}

/// Edits a line.
///
/// # Errors
/// `Invalid` with a message for each field that does not do.
pub async fn edit_cost(tx: &mut Tx, _: &Can<EditEconomics>, id: ServiceCostId, edit: &Edit) -> Result<Edited> {
    let whose = store::cost(tx, id).await?.customer;
    let customer = customers::lock(tx, whose).await?;
    let cost = store::cost(tx, id).await?;
    let details = match merge(&cost.details, edit)? {
        Merged::Ready(details) => details,
        Merged::Conflicts(conflicts) => return Ok(Edited::Conflicts(conflicts)),
    };
    if details == cost.details {
        return Ok(Edited::Unchanged);
    }
    if store::has_line(tx, cost.of, &details.what, id).await? {
        return Err(twice());
    }
    store::save(tx, id, &details).await?;
    let entry = entry(cost.of, whose, &[id]);
    audit::record(tx, note(entry, &customer.audit_key(), Some(&cost.details), &details)).await?;
    Ok(Edited::Saved)
}

/// Takes a line away, as it was when whoever does so looked at it.
///
/// # Errors
/// A refusal when somebody changed it since.
pub async fn remove_cost(tx: &mut Tx, _: &Can<EditEconomics>, id: ServiceCostId, seen: i64) -> Result<Served> {
    let whose = store::cost(tx, id).await?.customer;
    customers::lock(tx, whose).await?;
    let cost = store::cost(tx, id).await?;
    if cost.version != seen {
        return Err(Error::refused(
            "Somebody changed this line while you were here. Look at it again before you take it away.",
        ));
    }
    store::remove(tx, id).await?;
    let mut entry = entry(cost.of, whose, &[id]).fact("removed", true);
    entry = entry.change("what", cost.what.clone(), "").change("amount", cost.amount.plain(), "");
    audit::record(tx, entry).await?;
    Ok(cost.of)
}

/// Reckons anew how long subscriptions stay and what past offers did. Leaves it to another instance that is at it.
///
/// # Errors
/// When the database refuses.
pub async fn refresh(db: &Db) -> Result<()> {
    let mut tx = db.begin(Origin { actor: None, via: Via::Chaser, request: None }).await?;
    if !store::claim(&mut tx).await? {
        return Ok(());
    }
    let endings = store::endings(&mut tx).await?;
    let mut lifetimes = Vec::new();
    for of_product in endings.chunk_by(|(one, ..), (other, ..)| one == other) {
        let ended: Vec<(u32, i64)> = of_product.iter().map(|(_, months, n)| (*months, *n)).collect();
        let product = of_product.first().map(|(product, ..)| product.clone()).unwrap_or_default();
        lifetimes.extend(stays(&ended).into_iter().map(|stay| (product.clone(), stay)));
    }
    store::replace_lifetimes(&mut tx, &lifetimes).await?;
    store::reckon_results(&mut tx).await?;
    tx.commit().await
}

/// The same when it was never done, or an hour ago.
///
/// # Errors
/// When the database refuses.
pub async fn refresh_if_old(db: &Db) -> Result<()> {
    let old = store::is_old(&mut *db.read().await?, db.now() - OLD).await?;
    if old { refresh(db).await } else { Ok(()) }
}

fn entry(of: Served, whose: CustomerId, ids: &[ServiceCostId]) -> Entry {
    let entry = match of {
        Served::Order(order) => Entry::new(Action::ServiceCostChanged, Subject::Order(order)).of(whose),
        Served::Subscription(subscription) => Entry::new(Action::ServiceCostChanged, Subject::Customer(whose))
            .fact("subscription", subscription.to_string()),
    };
    entry.fact("costs", ids.iter().map(ToString::to_string).collect::<Vec<_>>())
}

fn twice() -> Error {
    FormErrors::of("what", "There is a line for this already. Edit it, or name this one differently.").into()
}
