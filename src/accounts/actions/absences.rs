//! Who is away: everybody notes their own absences, supervisors and managers those of others as well.

use super::super::absences::{Absence, NewAbsence, NotNoted, span};
use super::super::store;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Actor, NoteAbsences};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{AbsenceId, UserId};

/// Notes that somebody is away, and who decides approvals in their place.
///
/// # Errors
/// `Forbidden` when it is somebody else's absence and not theirs to note; a message beside the field when it overlaps
/// another or the delegate cannot decide.
pub async fn note_absence(tx: &mut Tx, by: &Actor, new: &NewAbsence) -> Result<AbsenceId> {
    require_own_or_may(by, new.user)?;
    let now = tx.now();
    new.check(now)?;
    let zone = store::zone_of(tx, by.team).await?;
    let (name, decides) = store::lock_person(tx, new.user).await?.ok_or(NotNoted::Nobody)?;
    if let Some((from, until)) = store::overlapping(tx, new.user, new.from, new.until).await? {
        return Err(NotNoted::Overlaps { name, span: span(from, until, zone, now) }.into());
    }
    if let Some(delegate) = new.delegate {
        if !decides {
            return Err(NotNoted::NothingToHandOver(name).into());
        }
        let others = store::deciders(tx).await?;
        let Some(delegate) = others.into_iter().find(|one| one.id == delegate) else {
            return Err(NotNoted::NotADecider.into());
        };
        if let Some((from, until)) = store::overlapping(tx, delegate.id, new.from, new.until).await? {
            return Err(NotNoted::DelegateAway { name: delegate.name, span: span(from, until, zone, now) }.into());
        }
    }
    let id = store::insert_absence(tx, new).await?;
    let entry = Entry::new(Action::AbsenceNoted, Subject::User(new.user))
        .fact("absence", id.to_string())
        .fact("from", new.from.to_rfc3339())
        .fact("until", new.until.to_rfc3339())
        .fact("delegate", new.delegate.map(|delegate| delegate.to_string()));
    audit::record(tx, entry).await?;
    tx.tell("approvals");
    Ok(id)
}

/// Somebody is back, or does not leave after all. Gives the absence; none when it was over, or is not theirs to end.
///
/// # Errors
/// When the database refuses.
pub async fn end_absence(tx: &mut Tx, by: &Actor, absence: AbsenceId) -> Result<Option<Absence>> {
    let Some(absence) = store::lock_absence(tx, absence).await? else { return Ok(None) };
    if require_own_or_may(by, absence.user).is_err() {
        return Ok(None);
    }
    store::end_absence(tx, &absence).await?;
    let entry = Entry::new(Action::AbsenceEnded, Subject::User(absence.user))
        .fact("absence", absence.id.to_string())
        .change("until", absence.until.to_rfc3339(), tx.now().to_rfc3339());
    audit::record(tx, entry).await?;
    tx.tell("approvals");
    Ok(Some(absence))
}

fn require_own_or_may(by: &Actor, user: UserId) -> Result<()> {
    if by.id == Some(user) || by.may::<NoteAbsences>() { Ok(()) } else { Err(Error::Forbidden) }
}
