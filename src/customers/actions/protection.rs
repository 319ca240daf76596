use chrono::TimeDelta;

use super::super::{NewAuthentication, store};
use super::lock;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, LogInteractions, SeeCustomers};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::CustomerId;

/// How long details stay shown to whoever said why.
const REVEALED: TimeDelta = TimeDelta::minutes(30);

/// Notes that a customer showed who they are, for this contact: their account details are shown while it lasts (R19).
///
/// # Errors
/// `NotFound` without the customer; refused for one who is not under CPNI rules.
pub async fn authenticate(
    tx: &mut Tx,
    can: &Can<LogInteractions>,
    id: CustomerId,
    new: NewAuthentication,
) -> Result<()> {
    let by = can.id.ok_or(Error::Forbidden)?;
    require_protected(tx, id).await?;
    store::insert_authentication(tx, id, new, by).await?;
    let entry = Entry::new(Action::CustomerAuthenticated, Subject::Customer(id))
        .fact("contact", new.contact.name())
        .fact("method", new.method.name());
    audit::record(tx, entry).await
}

/// Shows account details to one of ours without an authentication, who says why; for half an hour (R19).
///
/// # Errors
/// `NotFound` without the customer; refused for one who is not under CPNI rules.
pub async fn reveal(tx: &mut Tx, can: &Can<SeeCustomers>, id: CustomerId, why: &str) -> Result<()> {
    let by = can.id.ok_or(Error::Forbidden)?;
    let key = require_protected(tx, id).await?;
    let until = tx.now() + REVEALED;
    store::insert_revelation(tx, id, why, until, by).await?;
    let entry = Entry::new(Action::AccountDetailsRevealed, Subject::Customer(id))
        .fact("until", until.to_rfc3339())
        .personal("why", &key, "", why);
    audit::record(tx, entry).await
}

/// Gives the key of the customer's personal values in the audit log.
async fn require_protected(tx: &mut Tx, id: CustomerId) -> Result<Vec<u8>> {
    let customer = lock(tx, id).await?;
    if !customer.flags.cpni {
        return Err(Error::refused(
            "Account details of this customer are under no CPNI rules: they are shown already.",
        ));
    }
    Ok(customer.audit_key())
}
