//! Whose a case turned out to be.

use super::super::store;
use super::super::{Case, lock};
use super::open::status_at_opening;
use super::{keep, tell};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, WorkCases};
use crate::customers::{self, Customer, Status};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{CaseId, CustomerId};

/// A case that may be given to the customer it turned out to be of: it was opened for somebody unknown, and nothing was
/// offered, promised, asked, begun in steps or booked on their account. Holds its row, and theirs.
///
/// # Errors
/// When the customer of the case is known, or more rests on it.
pub async fn require_movable(tx: &mut Tx, case: CaseId) -> Result<(Case, Customer)> {
    let case = lock(tx, case).await?;
    let of = customers::lock(tx, case.customer).await?;
    if of.identified {
        return Err(Error::refused("The customer of this case is known. It stays with them."));
    }
    if store::is_dealt_with(tx, case.id).await? {
        return Err(Error::refused(
            "Something was offered, promised, asked of a department, begun in steps or booked in this case already, so it stays where it is.",
        ));
    }
    Ok((case, of))
}

/// Gives a case to the customer it turned out to be of; its log goes along. The caller says what it is found by.
///
/// # Errors
/// When it may not be given to anybody.
pub async fn give_to_customer(tx: &mut Tx, _: &Can<WorkCases>, case: CaseId, customer: CustomerId) -> Result<Case> {
    let (mut case, was) = require_movable(tx, case).await?;
    let found = customers::lock(tx, customer).await?;
    case.customer = found.id;
    store::give_to_customer(tx, &case).await?;
    case.version += 1;
    store::note_change(tx, case.id, "customer", Some(&was.name), Some(&found.name), None).await?;
    keep(tx, &mut case).await?;
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
