//! The gate before a promise that is made by hand (R10): each department that its type names says yes first, and the
//! promise rests on these answers from then on.

use chrono::{DateTime, Datelike as _, Utc};

use super::{PromiseType, Refusal, store};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{AskDepartments, Can, EditPolicy};
use crate::calendar;
use crate::cases::Case;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{CaseId, PromiseTypeId, RequestId};
use crate::requests::{self, Request, Wish};

/// Asks every department whose yes a promise needs and that was not asked yet. `what` is what the customer would be
/// promised, `words` all else there is to say.
///
/// # Errors
/// When the case is closed, the type is offered no more, or there is nobody left to ask.
pub async fn ask_for_yes(
    tx: &mut Tx,
    can: &Can<AskDepartments>,
    case: CaseId,
    of: PromiseTypeId,
    what: &str,
    words: &str,
) -> Result<Vec<Request>> {
    let of = offered(tx, of).await?;
    let wish = Wish { of: of.id, name: of.name, what: what.to_owned(), departments: of.needs };
    requests::ask_for_promise(tx, can, case, &wish, words).await
}

/// The answers that a promise of a type, due at a moment, rests on: each a valid yes, to a day that is no later. The caller
/// holds the case's row.
pub(super) async fn grounds(
    tx: &mut Tx,
    case: &Case,
    of: PromiseTypeId,
    due_at: DateTime<Utc>,
) -> Result<Vec<RequestId>> {
    let of = offered(tx, of).await?;
    if of.needs.is_empty() {
        return Ok(Vec::new());
    }
    let asked = requests::of_case(tx, case.id).await?;
    let needs = requests::needs_of_promise(&of.needs, &asked, of.id, tx.now());
    if let Some(why) = requests::unmet(&needs) {
        return Err(Error::refused(format!("{} needs a yes first. {why}", of.name)));
    }
    let zone = accounts::zone_of(tx, case.team).await?;
    let due_on = due_at.with_timezone(&zone).date_naive();
    let yeses = asked.iter().filter(|one| needs.iter().any(|need| need.request == Some(one.id)));
    let soonest = yeses.filter_map(|one| Some((one.answer.as_ref()?.possible_on?, &one.department_name))).max();
    if let Some((possible_on, name)) = soonest.filter(|(possible_on, _)| *possible_on > due_on) {
        let day = calendar::date(possible_on, due_on.year());
        return Err(Error::refused(format!("{name} can do it on {day} at the soonest. Promise it for then or later.")));
    }
    Ok(needs.into_iter().filter_map(|need| need.request).collect())
}

async fn offered(tx: &mut Tx, of: PromiseTypeId) -> Result<PromiseType> {
    let found = store::types(tx, Some(of)).await?.pop().filter(|of| !of.retired);
    found.ok_or_else(|| Refusal::NoType.into())
}

/// Saves a type of promises, or adds one; nothing when somebody else saved it since `seen`.
///
/// # Errors
/// When another has its name.
pub async fn save_type(tx: &mut Tx, _: &Can<EditPolicy>, of: &PromiseType) -> Result<bool> {
    if !store::save_type(tx, of).await? {
        return Ok(false);
    }
    let entry = Entry::new(Action::PromiseTypeChanged, Subject::Desk)
        .fact("promise_type", of.id.to_string())
        .fact("hours", of.hours)
        .fact("needs", of.needs.iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>())
        .fact("by_bill", of.by_bill)
        .fact("retired", of.retired);
    audit::record(tx, entry).await?;
    Ok(true)
}
