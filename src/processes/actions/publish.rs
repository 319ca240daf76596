//! Publishing what a process is made of.

use super::super::{NewTemplate, Refusal, Whom, store};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, EditPolicy};
use crate::db::Tx;
use crate::error::{Error, Result};

/// Publishes the version that follows the one of that number. What runs keeps the version it was started under.
///
/// # Errors
/// Messages beside the fields; a refusal when somebody published a newer one meanwhile.
pub async fn publish(tx: &mut Tx, _: &Can<EditPolicy>, based_on: i32, new: &NewTemplate) -> Result<i32> {
    new.check()?;
    let before = store::newest(tx, new.kind).await?;
    if before.number != based_on || !store::publish(tx, based_on, new).await? {
        return Err(Error::from(Refusal::Overtaken));
    }
    let tells = |whom: &[Whom]| whom.iter().map(|one| one.name()).collect::<Vec<_>>().join(" ");
    let entry = Entry::new(Action::ProcessPublished, Subject::Desk)
        .fact("kind", new.kind.name())
        .fact("number", based_on + 1)
        .change("freezes_offers", before.new.freezes_offers, new.freezes_offers)
        .change("holds", before.new.holds, new.holds)
        .change("confidential", before.new.confidential, new.confidential)
        .change("tells", tells(&before.new.tells), tells(&new.tells))
        .change("facts", before.new.facts.len(), new.facts.len())
        .change("steps", before.new.steps.len(), new.steps.len());
    audit::record(tx, entry).await?;
    tx.tell("processes");
    Ok(based_on + 1)
}
