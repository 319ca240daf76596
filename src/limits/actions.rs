use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Cap, Change, Matrix, Spot, store};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, EditPolicy};
use crate::catalogue;
use crate::db::Tx;
use crate::error::{FormErrors, Result};

/// What became of a version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Published {
    /// It is published under this number.
    As(i32),
    /// Nothing was done: a newer version was published since the one it was made from.
    Overtaken,
}

/// Publishes limits made from the version of that number. From their moment on they count; decisions that are asked for
/// already are made under the limits of the moment they are made in, so nothing else is touched.
///
/// # Errors
/// Messages beside the fields `in_force_from` and `why`, or about the limits as a whole.
pub async fn publish(
    tx: &mut Tx,
    _: &Can<EditPolicy>,
    based_on: i32,
    matrix: &Matrix,
    in_force_from: Option<DateTime<Utc>>,
    why: &str,
) -> Result<Published> {
    let now = tx.now();
    let types = catalogue::all(tx, now).await?;
    let mut errors = FormErrors::new();
    if in_force_from.is_some_and(|from| from < now) {
        errors.add("in_force_from", "Choose a moment that is not past, or leave it empty for at once.");
    }
    match why.chars().count() {
        0 => errors.add("why", "Enter why the limits change."),
        1..=500 => {}
        _ => errors.add("why", "Use at most 500 characters for the reason."),
    }
    if let Some((_, sentence)) = matrix.uneven(&types).first() {
        errors.add("", format!("A higher role may not do less than a lower one. {sentence}"));
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let newest = store::newest(tx).await?;
    if newest.number != based_on {
        return Ok(Published::Overtaken);
    }
    let was = store::matrix(tx, newest.id).await?;
    let from = in_force_from.unwrap_or(now);
    if store::insert(tx, based_on, from, why, matrix).await?.is_none() {
        return Ok(Published::Overtaken);
    }
    let mut entry = Entry::new(Action::LimitsPublished, Subject::Desk)
        .fact("number", based_on + 1)
        .fact("in_force_from", json!(from));
    for Change { spot, was, now } in matrix.changes(&was, &types) {
        entry = entry.change(&place(&spot), was, now);
    }
    audit::record(tx, entry).await?;
    tx.tell("limits");
    Ok(Published::As(based_on + 1))
}

/// A place by its codes, for the log.
fn place(spot: &Spot) -> String {
    match spot {
        Spot::Cell { tier, currency, offer_type, role, cap } => {
            let cap: Cap = *cap;
            format!("{offer_type}.{}.{}.{}.{currency}", role.name(), cap.name(), tier.name())
        }
        Spot::Customer { tier, currency, role } => format!("customer.{}.{}.{currency}", role.name(), tier.name()),
        Spot::Week { currency, role } => format!("week.{}.{currency}", role.name()),
        Spot::Floor { offer_type } => format!("floor.{offer_type}"),
    }
}
