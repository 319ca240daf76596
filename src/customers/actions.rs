mod add;
mod billing;
mod consent;
mod edit;
mod import;
mod link;
mod protection;
mod status;

use super::{Customer, store};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::CustomerId;
use crate::search::{self, Field, Indexed};

pub use add::{add, add_contact, add_order, add_subscription};
pub use billing::add_billing_line;
pub use consent::note_consent;
pub use edit::{Edited, edit, edit_contact, edit_subscription};
pub use import::{
    Changed, update_contact_from_import, update_from_import, update_order_from_import, update_subscription_from_import,
};
pub use link::{link, unlink};
pub use protection::{authenticate, reveal};
pub use status::{change_status, set_legal_hold, set_status};

/// The customer, held until the end of the transaction.
///
/// # Errors
/// `NotFound`.
pub async fn lock(tx: &mut Tx, id: CustomerId) -> Result<Customer> {
    store::lock(tx, id).await
}

/// Makes a customer found by all that is known now.
async fn index(tx: &mut Tx, id: CustomerId) -> Result<()> {
    let customer = store::find(tx, id).await?;
    let mut terms = vec![(Field::Name, customer.name.clone())];
    terms.extend(customer.account_number.iter().map(|number| (Field::Account, number.clone())));
    for contact in store::contacts(tx, id).await? {
        terms.push((Field::Contact, contact.details.name));
        terms.push((Field::Email, contact.details.email));
        terms.push((Field::Phone, contact.details.phone));
        terms.extend(contact.phone_e164.map(|number| (Field::Phone, number)));
    }
    search::index(tx, Indexed { subject: search::Subject::Customer(id), customer: id, terms }).await
}
