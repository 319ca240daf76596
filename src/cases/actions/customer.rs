//! Whose a case turned out to be.

use super::super::store;
use super::super::{Case, lock};
use super::open::status_at_opening;
use super::{keep, tell};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, WorkCases};
use crate::customers::{self, Status};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{CaseId, CustomerId};
use crate::search;

/// Gives a case to the customer it turned out to be of; its log goes along. Only what was opened for somebody unknown, and
/// as long as nothing was offered, promised or asked on their account.
///
/// # Errors
/// When the customer of the case is known, or more rests on it.
pub async fn give_to_customer(tx: &mut Tx, _: &Can<WorkCases>, case: CaseId, customer: CustomerId) -> Result<Case> {
    let mut case = lock(tx, case).await?;
    let was = customers::lock(tx, case.customer).await?;
    let found = customers::lock(tx, customer).await?;
    if was.identified {
        return Err(Error::refused("The customer of this case is known. It stays with them."));
    }
    if store::is_dealt_with(tx, case.id).await? {
        return Err(Error::refused(
            "Something was offered, promised or asked of a department in this case already, so it stays where it is.",
        ));
    }
    case.customer = found.id;
    store::give_to_customer(tx, &case).await?;
    case.version += 1;
    store::note_change(tx, case.id, "customer", Some(&was.name), Some(&found.name), None).await?;
    keep(tx, &mut case).await?;
    search::index_case(tx, case.id, case.customer, case.number).await?;
    audit::record(
        tx,
        Entry::new(Action::CaseChanged, Subject::Case(case.id)).of(found.id).change(
            "customer",
            was.id.to_string(),
            found.id.to_string(),
        ),
    )
    .await?;
    if let Some(status) = status_at_opening(&case)
        && case.is_live()
        && found.status == Status::Active
    {
        customers::set_status(tx, found.id, status, &format!("{} is theirs", case.code())).await?;
    }
    tell(tx, &case);
    Ok(case)
}
