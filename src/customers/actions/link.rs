use super::super::links::may_link;
use super::super::store;
use super::lock;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, EditEconomics};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::CustomerId;

/// Links an account to the main account it belongs to: from now on what is conceded to one counts for both.
///
/// # Errors
/// A refusal when that would make a chain.
pub async fn link(tx: &mut Tx, _: &Can<EditEconomics>, account: CustomerId, main: CustomerId) -> Result<()> {
    // both are held, always in one order, so that two links at once cannot make a chain
    lock(tx, account.min(main)).await?;
    lock(tx, account.max(main)).await?;
    let (one, other) = (store::find(tx, account).await?, store::find(tx, main).await?);
    let group = store::linked_accounts(tx, account).await?;
    let main_group = store::linked_accounts(tx, main).await?;
    may_link((account, &one.name, &group), (main, &other.name, &main_group))?;
    store::save_link(tx, account, Some(main)).await?;
    let entry = Entry::new(Action::AccountsLinked, Subject::Customer(account));
    audit::record(tx, entry.change("linked_to", serde_json::Value::Null, main.to_string())).await
}

/// Takes an account out of the group of its main account.
///
/// # Errors
/// A refusal when it is linked to that one no more.
pub async fn unlink(tx: &mut Tx, _: &Can<EditEconomics>, account: CustomerId, main: CustomerId) -> Result<()> {
    lock(tx, account).await?;
    let group = store::linked_accounts(tx, account).await?;
    if !group.iter().any(|one| one.is_main && one.id == main) {
        return Err(Error::refused("These accounts are linked no more: somebody else was faster."));
    }
    store::save_link(tx, account, None).await?;
    let entry = Entry::new(Action::AccountsUnlinked, Subject::Customer(account));
    audit::record(tx, entry.change("linked_to", main.to_string(), serde_json::Value::Null)).await
}
