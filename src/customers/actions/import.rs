//! What a file says anew of what is there. Only what differs is written, so that the same file twice changes nothing.

use super::super::sheet::note;
use super::super::{Details, NewContact, NewOrder, NewSubscription, store};
use super::add::{refuse_mixed, refuse_taken};
use super::{index, lock};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, ImportData};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{ContactId, CustomerId, OrderId, SubscriptionId};

/// Whether anything was different.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Changed {
    /// It was, and is saved.
    Yes,
    /// It was not.
    No,
}

/// Changes what a file says anew of a customer: `|details| details.city = city`.
///
/// # Errors
/// `Invalid` when the account number is another customer's.
pub async fn update_from_import(
    tx: &mut Tx,
    _: &Can<ImportData>,
    id: CustomerId,
    change: impl FnOnce(&mut Details) + Send,
) -> Result<Changed> {
    let customer = lock(tx, id).await?;
    let mut details = customer.details.clone();
    change(&mut details);
    if details == customer.details {
        return Ok(Changed::No);
    }
    refuse_mixed(&details)?;
    refuse_taken(tx, &customer, details.account_number.as_deref()).await?;
    store::save(tx, id, &details).await?;
    index(tx, id).await?;
    let entry = Entry::new(Action::CustomerChanged, Subject::Customer(id));
    audit::record(tx, note(entry, &customer.audit_key(), Some(&customer.details), &details)).await?;
    Ok(Changed::Yes)
}

/// Changes what a file says anew of somebody to reach.
///
/// # Errors
/// `NotFound`.
pub async fn update_contact_from_import(
    tx: &mut Tx,
    _: &Can<ImportData>,
    id: ContactId,
    change: impl FnOnce(&mut NewContact) + Send,
) -> Result<Changed> {
    let contact = store::find_contact(tx, id).await?;
    let customer = lock(tx, contact.customer).await?;
    let contact = store::find_contact(tx, contact.id).await?;
    let mut details = contact.details.clone();
    change(&mut details);
    if details == contact.details || details.is_empty() {
        return Ok(Changed::No);
    }
    store::save_contact(tx, id, &details, details.e164(&customer.country).as_deref()).await?;
    index(tx, customer.id).await?;
    let entry = Entry::new(Action::ContactChanged, Subject::Customer(customer.id)).fact("contact", id.to_string());
    audit::record(tx, note(entry, &customer.audit_key(), Some(&contact.details), &details)).await?;
    Ok(Changed::Yes)
}

/// Changes what a file says anew of a subscription.
///
/// # Errors
/// `NotFound`.
pub async fn update_subscription_from_import(
    tx: &mut Tx,
    _: &Can<ImportData>,
    id: SubscriptionId,
    change: impl FnOnce(&mut NewSubscription) + Send,
) -> Result<Changed> {
    let whose = store::subscription(tx, id).await?.customer;
    let customer = lock(tx, whose).await?;
    let subscription = store::subscription(tx, id).await?;
    let mut details = subscription.details.clone();
    change(&mut details);
    if details == subscription.details {
        return Ok(Changed::No);
    }
    store::save_subscription(tx, id, &details).await?;
    let entry = Entry::new(Action::SubscriptionChanged, Subject::Customer(whose)).fact("subscription", id.to_string());
    audit::record(tx, note(entry, &customer.audit_key(), Some(&subscription.details), &details)).await?;
    Ok(Changed::Yes)
}

/// Brings an order to the state a file gives it. Its number stays.
///
/// # Errors
/// A refusal when amounts are in several currencies.
pub async fn update_order_from_import(
    tx: &mut Tx,
    _: &Can<ImportData>,
    id: OrderId,
    newest: NewOrder,
) -> Result<Changed> {
    if !newest.is_in_one_currency() {
        return Err(Error::refused("An order's lines and its total are in one currency."));
    }
    let whose = store::order(tx, id).await?.customer;
    let customer = lock(tx, whose).await?;
    let order = store::order(tx, id).await?;
    let lines = store::order_lines(tx, &order).await?;
    let newest = NewOrder { number: order.number.clone(), ..newest };
    let was = NewOrder {
        number: order.number,
        ordered_at: order.ordered_at,
        total: order.total,
        status: order.status,
        country: order.country,
        lines,
    };
    if newest == was {
        return Ok(Changed::No);
    }
    store::save_order(tx, id, &newest, newest.lines != was.lines).await?;
    let entry = Entry::new(Action::OrderChanged, Subject::Order(id)).of(whose);
    let entry = note(entry, &customer.audit_key(), Some(&was), &newest);
    audit::record(tx, entry.fact("lines_changed", newest.lines != was.lines)).await?;
    Ok(Changed::Yes)
}
