use super::super::sheet::note;
use super::super::{Customer, NewContact, NewCustomer, NewOrder, NewSubscription, Status, store};
use super::{index, lock};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{AddCustomers, Can};
use crate::db::Tx;
use crate::error::{Error, FormErrors, Result};
use crate::ids::{ContactId, CustomerId, OrderId, SubscriptionId};
use crate::search::{self, Field, Indexed};

/// Adds a customer, active.
///
/// # Errors
/// `Invalid` at `account_number` when another customer has it.
pub async fn add(tx: &mut Tx, _: &Can<AddCustomers>, new: NewCustomer) -> Result<CustomerId> {
    refuse_mixed(&new)?;
    let id = CustomerId::new();
    let Some(key) = store::insert(tx, id, &new).await? else {
        return Err(taken());
    };
    store::note_status(tx, id, None, Status::Active, "Added").await?;
    let mut terms = vec![(Field::Name, new.name.clone())];
    terms.extend(new.account_number.iter().map(|number| (Field::Account, number.clone())));
    search::index_new(tx, Indexed { subject: search::Subject::Customer(id), customer: id, terms }).await?;
    let entry = Entry::new(Action::CustomerAdded, Subject::Customer(id));
    audit::record(tx, note(entry, &key, None, &new)).await?;
    Ok(id)
}

/// Adds somebody to reach.
///
/// # Errors
/// `Invalid` when there is neither name nor address nor number.
pub async fn add_contact(
    tx: &mut Tx,
    _: &Can<AddCustomers>,
    customer: CustomerId,
    new: NewContact,
) -> Result<ContactId> {
    if new.is_empty() {
        return Err(FormErrors::of("name", "Enter a name, an e-mail address or a phone number.").into());
    }
    let at = lock(tx, customer).await?;
    let id = ContactId::new();
    store::insert_contact(tx, id, customer, &new, new.e164(&at.country).as_deref()).await?;
    index(tx, customer).await?;
    let entry = Entry::new(Action::ContactAdded, Subject::Customer(customer)).fact("contact", id.to_string());
    audit::record(tx, note(entry, &at.audit_key(), None, &new)).await?;
    Ok(id)
}

/// Adds recurring revenue.
///
/// # Errors
/// `Invalid` at `external_ref` when another subscription has it.
pub async fn add_subscription(
    tx: &mut Tx,
    _: &Can<AddCustomers>,
    customer: CustomerId,
    new: NewSubscription,
) -> Result<SubscriptionId> {
    let at = lock(tx, customer).await?;
    let id = SubscriptionId::new();
    if !store::insert_subscription(tx, id, customer, &new).await? {
        return Err(FormErrors::of("external_ref", "Another subscription has this reference.").into());
    }
    let entry = Entry::new(Action::SubscriptionAdded, Subject::Customer(customer)).fact("subscription", id.to_string());
    audit::record(tx, note(entry, &at.audit_key(), None, &new)).await?;
    Ok(id)
}

/// Adds one-off revenue with what was bought.
///
/// # Errors
/// `Invalid` at `number` when another order has it; a refusal when amounts are in several currencies.
pub async fn add_order(tx: &mut Tx, _: &Can<AddCustomers>, customer: CustomerId, new: NewOrder) -> Result<OrderId> {
    if !new.is_in_one_currency() {
        return Err(Error::refused("An order's lines and its total are in one currency."));
    }
    let at = lock(tx, customer).await?;
    let id = OrderId::new();
    if !store::insert_order(tx, id, customer, &new).await? {
        return Err(FormErrors::of("number", "There is an order of this number already.").into());
    }
    let terms = vec![(Field::Order, new.number.clone())];
    search::index(tx, Indexed { subject: search::Subject::Order(id), customer, terms }).await?;
    let entry = Entry::new(Action::OrderAdded, Subject::Order(id)).of(customer);
    audit::record(tx, note(entry, &at.audit_key(), None, &new)).await?;
    Ok(id)
}

pub(super) fn taken() -> Error {
    FormErrors::of("account_number", "Another customer has this account number. Search finds who.").into()
}

pub(super) fn refuse_mixed(details: &NewCustomer) -> Result<()> {
    if details.in_own_currency(details.paid_total) && details.in_own_currency(details.refunded_total) {
        Ok(())
    } else {
        Err(Error::refused("A customer's totals are in the customer's currency."))
    }
}

/// Whether saving these details would take another customer's account number.
pub(super) async fn refuse_taken(tx: &mut Tx, customer: &Customer, number: Option<&str>) -> Result<()> {
    match number {
        Some(number) if customer.account_number.as_deref() != Some(number) => {
            match store::find_by_account(tx, number).await? {
                Some(_) => Err(taken()),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}
