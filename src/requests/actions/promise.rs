//! Checks about promises that are to be made by hand: asked of each department whose yes their type needs.

use super::super::{Kind, LONGEST_WHAT, NewRequest, Request, Standing, needs_of_promise, store};
use super::ask::{Bound, insert};
use super::settle;
use crate::auth::{AskDepartments, Can};
use crate::cases;
use crate::db::Tx;
use crate::deadlines::{self, End};
use crate::error::{Error, Result};
use crate::ids::{CaseId, DepartmentId, PromiseTypeId, RequestId};

/// What somebody wants to promise, as departments are asked about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wish {
    /// The type of the promise.
    pub of: PromiseTypeId,
    /// Its name.
    pub name: String,
    /// What the customer would be promised.
    pub what: String,
    /// Whose yes it needs.
    pub departments: Vec<(DepartmentId, String)>,
}

/// Asks every department whose yes is needed and not there or under way.
///
/// # Errors
/// When the case is closed, or there is nobody left to ask.
pub async fn ask_for_promise(
    tx: &mut Tx,
    _: &Can<AskDepartments>,
    case: CaseId,
    wish: &Wish,
    words: &str,
) -> Result<Vec<Request>> {
    let case = cases::lock(tx, case).await?;
    case.require_live()?;
    let (at, by) = (tx.now(), tx.by());
    let asked = store::of_case(tx, case.id).await?;
    let mut made = Vec::new();
    for need in needs_of_promise(&wish.departments, &asked, wish.of, at) {
        // a no was about other words
        if !need.standing.may_ask() && !matches!(need.standing, Standing::No | Standing::CouldNot) {
            continue;
        }
        let new = NewRequest {
            department: need.department,
            kind: Kind::Feasibility,
            what: format!("{}: {}", wish.name, wish.what).chars().take(LONGEST_WHAT).collect(),
            words: words.to_owned(),
            wanted_on: None,
            offer: None,
        };
        made.push(
            insert(tx, &case, new, Bound { promise_type: Some(wish.of), ..Bound::default() }, by, "asked").await?,
        );
    }
    let Some(first) = made.first() else {
        return Err(Error::refused("Every department that has a say in this has been asked already."));
    };
    settle(tx, first).await?;
    Ok(made)
}

/// Consequence of a promise that rests on these answers from now on: that they run out matters no more. The caller holds
/// the case's row.
///
/// # Errors
/// When the database refuses.
pub async fn promised_on(tx: &mut Tx, answers: &[RequestId]) -> Result<()> {
    for request in answers {
        deadlines::end_for(tx, request.uuid(), deadlines::Kind::Feasibility, End::Cleared).await?;
    }
    Ok(())
}
