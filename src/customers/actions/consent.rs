use super::super::{NewConsent, store};
use super::lock;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, NoteConsents};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::CustomerId;

/// Notes what a customer said about being reached. What they said before stays readable; the newest word counts.
///
/// # Errors
/// `NotFound` without the customer.
pub async fn note_consent(tx: &mut Tx, _: &Can<NoteConsents>, id: CustomerId, new: &NewConsent) -> Result<()> {
    let customer = lock(tx, id).await?;
    store::insert_consent(tx, id, new).await?;
    let action = if new.given { Action::ConsentGiven } else { Action::ConsentWithdrawn };
    let entry = Entry::new(action, Subject::Customer(id))
        .fact("channel", new.channel.name())
        .fact("purpose", new.purpose.name())
        .personal("source", &customer.audit_key(), "", &new.source);
    audit::record(tx, entry).await
}
