use super::super::{Status, store};
use super::lock;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, EditCustomers};
use crate::db::Tx;
use crate::error::{FormErrors, Result};
use crate::ids::CustomerId;

/// The longest reason, in characters.
const LONGEST: usize = 500;

/// Sets the account status as a consequence of something else. Nothing happens when it is so already.
///
/// # Errors
/// When the database refuses.
pub async fn set_status(tx: &mut Tx, id: CustomerId, status: Status, why: &str) -> Result<()> {
    let customer = lock(tx, id).await?;
    if customer.status == status {
        return Ok(());
    }
    store::save_status(tx, id, status).await?;
    store::note_status(tx, id, Some(customer.status), status, why).await?;
    let entry = Entry::new(Action::CustomerStatusChanged, Subject::Customer(id))
        .change("status", customer.status.name(), status.name())
        .personal("why", &customer.audit_key(), "", why);
    audit::record(tx, entry).await
}

/// Sets a legal hold as a consequence of something else, or lifts it (R20). Nothing happens when it is so already.
///
/// # Errors
/// When the database refuses: a hold stands while what it was set for runs.
pub async fn set_legal_hold(tx: &mut Tx, id: CustomerId, on: bool) -> Result<()> {
    let customer = lock(tx, id).await?;
    if customer.flags.legal_hold == on {
        return Ok(());
    }
    let mut details = customer.details.clone();
    details.flags.legal_hold = on;
    store::save(tx, id, &details).await?;
    let action = if on { Action::LegalHoldSet } else { Action::LegalHoldLifted };
    let entry = Entry::new(action, Subject::Customer(id)).change("legal_hold", customer.flags.legal_hold, on);
    audit::record(tx, entry).await
}

/// Changes the account status, with a reason.
///
/// # Errors
/// `Invalid` without a reason, or when it is so already.
pub async fn change_status(
    tx: &mut Tx,
    _: &Can<EditCustomers>,
    id: CustomerId,
    status: Status,
    why: &str,
) -> Result<()> {
    let why = why.trim();
    let mut errors = FormErrors::new();
    if lock(tx, id).await?.status == status {
        errors.add("status", format!("Choose another status: it is {} already.", status.label()));
    }
    match why.chars().count() {
        0 => errors.add("why", "Say why the status changes."),
        length if length > LONGEST => {
            errors.add("why", format!("Shorten the reason to {LONGEST} characters: it has {length}."));
        }
        _ => {}
    }
    if errors.is_empty() { set_status(tx, id, status, why).await } else { Err(errors.into()) }
}
