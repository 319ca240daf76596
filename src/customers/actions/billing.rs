use super::super::{NewBillingLine, store};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, ImportData};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{BillingLineId, CustomerId};

/// Adds a line of a billing extract, unless it is here already; says whether it was added.
///
/// # Errors
/// When the database refuses.
pub async fn add_billing_line(
    tx: &mut Tx,
    _: &Can<ImportData>,
    customer: CustomerId,
    line: &NewBillingLine,
) -> Result<bool> {
    let id = BillingLineId::new();
    if !store::insert_billing_line(tx, id, customer, line).await? {
        return Ok(false);
    }
    let entry = Entry::new(Action::BillingLineAdded, Subject::Customer(customer))
        .fact("line", id.to_string())
        .fact("billed_on", line.billed_on.to_string())
        .fact("amount_minor", line.amount.minor)
        .fact("currency", line.amount.currency.code());
    audit::record(tx, entry).await?;
    Ok(true)
}
