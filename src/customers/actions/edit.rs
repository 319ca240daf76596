use super::super::sheet::{Edit, Merged, merge, note};
use super::super::store;
use super::add::{refuse_mixed, refuse_taken};
use super::{index, lock};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, EditCustomers};
use crate::db::Tx;
use crate::error::{FormErrors, Result};
use crate::ids::{ContactId, CustomerId, SubscriptionId};
use crate::web::Conflict;

/// What came of an edit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Edited {
    /// It is saved, with what others saved meanwhile.
    Saved,
    /// It says what is there already.
    Unchanged,
    /// Others changed the same fields meanwhile; nothing is saved yet (R6).
    Conflicts(Vec<Conflict>),
}

/// Edits a customer's details.
///
/// # Errors
/// `Invalid` with a message for each field that does not do.
pub async fn edit(tx: &mut Tx, _: &Can<EditCustomers>, id: CustomerId, edit: &Edit) -> Result<Edited> {
    let customer = lock(tx, id).await?;
    let details = match merge(&customer.details, edit)? {
        Merged::Ready(details) => details,
        Merged::Conflicts(conflicts) => return Ok(Edited::Conflicts(conflicts)),
    };
    if details == customer.details {
        return Ok(Edited::Unchanged);
    }
    if customer.flags.legal_hold && !details.flags.legal_hold && store::is_held(tx, id).await? {
        let why = "The legal hold stands while the process that set it runs.";
        return Err(FormErrors::of("legal_hold", why).into());
    }
    refuse_mixed(&details)?;
    refuse_taken(tx, &customer, details.account_number.as_deref()).await?;
    store::save(tx, id, &details).await?;
    index(tx, id).await?;
    let entry = Entry::new(Action::CustomerChanged, Subject::Customer(id));
    audit::record(tx, note(entry, &customer.audit_key(), Some(&customer.details), &details)).await?;
    Ok(Edited::Saved)
}

/// Edits somebody to reach.
///
/// # Errors
/// `Invalid` with a message for each field that does not do.
pub async fn edit_contact(tx: &mut Tx, _: &Can<EditCustomers>, id: ContactId, edit: &Edit) -> Result<Edited> {
    let whose = store::find_contact(tx, id).await?.customer;
    let customer = lock(tx, whose).await?;
    let contact = store::find_contact(tx, id).await?;
    let details = match merge(&contact.details, edit)? {
        Merged::Ready(details) => details,
        Merged::Conflicts(conflicts) => return Ok(Edited::Conflicts(conflicts)),
    };
    if details == contact.details {
        return Ok(Edited::Unchanged);
    }
    store::save_contact(tx, id, &details, details.e164(&customer.country).as_deref()).await?;
    index(tx, whose).await?;
    let entry = Entry::new(Action::ContactChanged, Subject::Customer(whose)).fact("contact", id.to_string());
    audit::record(tx, note(entry, &customer.audit_key(), Some(&contact.details), &details)).await?;
    Ok(Edited::Saved)
}

/// Edits a subscription.
///
/// # Errors
/// `Invalid` with a message for each field that does not do.
pub async fn edit_subscription(tx: &mut Tx, _: &Can<EditCustomers>, id: SubscriptionId, edit: &Edit) -> Result<Edited> {
    let whose = store::subscription(tx, id).await?.customer;
    let customer = lock(tx, whose).await?;
    let subscription = store::subscription(tx, id).await?;
    let details = match merge(&subscription.details, edit)? {
        Merged::Ready(details) => details,
        Merged::Conflicts(conflicts) => return Ok(Edited::Conflicts(conflicts)),
    };
    if details == subscription.details {
        return Ok(Edited::Unchanged);
    }
    if let Some(external_ref) = details.external_ref.as_deref()
        && store::has_reference(tx, id, external_ref).await?
    {
        return Err(FormErrors::of("external_ref", "Another subscription has this reference.").into());
    }
    store::save_subscription(tx, id, &details).await?;
    let entry = Entry::new(Action::SubscriptionChanged, Subject::Customer(whose)).fact("subscription", id.to_string());
    audit::record(tx, note(entry, &customer.audit_key(), Some(&subscription.details), &details)).await?;
    Ok(Edited::Saved)
}
