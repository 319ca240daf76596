//! Setting targets, and changing what was set.

use super::{About, Target, Whose, store};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, SetTargets};
use crate::db::Tx;
use crate::error::{FormErrors, Result};
use crate::ids::TargetId;
use crate::web::{Conflict, Merge};

/// What came of a change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Changed {
    /// It is saved.
    Saved,
    /// Somebody else changed it meanwhile: whose to keep is to be asked (R6).
    Conflict(Vec<Conflict>),
}

/// Sets a target.
///
/// # Errors
/// When there is one of the same from the same month.
pub async fn set(tx: &mut Tx, _: &Can<SetTargets>, about: About, value: Option<i64>) -> Result<TargetId> {
    let target = Target { id: TargetId::new(), about, value };
    if !store::insert(tx, &target).await? {
        let taken = "There is a target for this from that month. Change that one, or choose another month.";
        return Err(FormErrors::of("from", taken).into());
    }
    audit::record(tx, entry(Action::TargetSet, &target).change("value", Option::<String>::None, said(&target, value)))
        .await?;
    Ok(target.id)
}

/// Changes the value of a target; `seen` is what it was when the form was opened.
///
/// # Errors
/// When it is not there.
pub async fn change(
    tx: &mut Tx,
    _: &Can<SetTargets>,
    id: TargetId,
    seen: Option<i64>,
    value: Option<i64>,
) -> Result<Changed> {
    let was = store::lock(tx, id).await?;
    let words = |value| was.about.words(value);
    let mut merge = Merge::new();
    let kept = merge.field("value", "Target", &words(seen), &words(was.value), &words(value));
    let conflicts = merge.conflicts();
    if !conflicts.is_empty() {
        return Ok(Changed::Conflict(conflicts));
    }
    if kept == words(was.value) {
        return Ok(Changed::Saved);
    }
    store::save(tx, id, value).await?;
    let change = entry(Action::TargetChanged, &was).change("value", said(&was, was.value), said(&was, value));
    audit::record(tx, change).await?;
    Ok(Changed::Saved)
}

fn said(target: &Target, value: Option<i64>) -> Option<String> {
    value.map(|value| target.about.words(Some(value)))
}

/// An entry about a target, which tells it from the others of the same team or person.
pub(super) fn entry(action: Action, target: &Target) -> Entry {
    let subject = match target.about.whose {
        Whose::Team(team) => Subject::Team(team),
        Whose::Person(person) => Subject::User(person),
    };
    Entry::new(action, subject)
        .fact("target", target.id.to_string())
        .fact("figure", target.about.figure.name())
        .fact("from", target.about.from.to_string())
}
