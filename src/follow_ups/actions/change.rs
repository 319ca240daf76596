//! What becomes of one: done, moved, handed over, snoozed, woken, dropped, taken up again.

use chrono::{DateTime, Utc};

use super::{allowed, entry, lock_both, save, tell_owner};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, EditPolicy, WatchTeam, WorkCases};
use crate::calendar::{Due, WorkingWeek, moment};
use crate::cases;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::follow_ups::store::{self, Change};
use crate::follow_ups::{FollowUp, Refusal, Snooze, StillHere, Wake, times};
use crate::ids::{CaseId, FollowUpId, UserId};

/// It was done; a note says what came of it. A check after a save says what it found.
///
/// # Errors
/// When it ended already, or a check does not say what it found.
pub async fn complete(
    tx: &mut Tx,
    _: &Can<WorkCases>,
    id: FollowUpId,
    note: Option<String>,
    still_here: Option<StillHere>,
) -> Result<FollowUp> {
    let (case, follow_up) = lock_both(tx, id).await?;
    let (at, by) = (tx.now(), tx.by());
    let mut follow_up = follow_up.complete(note, still_here, at, by)?;
    let note = follow_up.note.clone();
    let found = still_here.map(StillHere::name);
    let change = Change { what: "done", mark: found, note: note.as_deref(), shown: true };
    let entry = entry(Action::FollowUpDone, &follow_up).fact("still_here", found);
    save(tx, &case, &mut follow_up, change, entry).await?;
    cases::follow_ups_changed(tx, case.id).await?;
    Ok(follow_up)
}

/// It is not needed any more, for a reason.
///
/// # Errors
/// When it ended already.
pub async fn drop_because(tx: &mut Tx, _: &Can<WorkCases>, id: FollowUpId, why: String) -> Result<FollowUp> {
    let (case, follow_up) = lock_both(tx, id).await?;
    let (at, by) = (tx.now(), tx.by());
    let mut follow_up = follow_up.drop_because(why.clone(), at, by)?;
    let change = Change { what: "dropped", mark: None, note: Some(&why), shown: true };
    let entry = entry(Action::FollowUpDropped, &follow_up);
    save(tx, &case, &mut follow_up, change, entry).await?;
    cases::follow_ups_changed(tx, case.id).await?;
    Ok(follow_up)
}

/// It is due at another time, for a reason. `seen` is when it was due on the page of whoever moves it (R6).
///
/// # Errors
/// When it ended, was moved meanwhile, or the time is not ahead.
pub async fn move_to(
    tx: &mut Tx,
    _: &Can<WorkCases>,
    id: FollowUpId,
    to: DateTime<Utc>,
    why: String,
    seen: DateTime<Utc>,
) -> Result<FollowUp> {
    let (case, follow_up) = lock_both(tx, id).await?;
    let (at, was) = (tx.now(), follow_up.due.at);
    let zone = accounts::zone_of(tx, case.team).await?;
    let because = format!("moved on {}, it was due {}", moment(at, zone, at), moment(was, zone, at));
    let due = allowed(tx, case.id, follow_up.kind, Due { at: to, because }).await?;
    let mut follow_up = follow_up.move_to(due, seen, at)?;
    let change = Change { what: "moved", mark: None, note: Some(&why), shown: true };
    let entry = moved(Action::FollowUpMoved, &follow_up, was);
    save(tx, &case, &mut follow_up, change, entry).await?;
    cases::follow_ups_changed(tx, case.id).await?;
    Ok(follow_up)
}

/// It is put off until a time, or until something happens, always with a latest time. `seen` as in [`move_to`].
///
/// # Errors
/// When it ended, was moved meanwhile, or the time is not ahead.
pub async fn snooze(
    tx: &mut Tx,
    _: &Can<WorkCases>,
    id: FollowUpId,
    snooze: Snooze,
    seen: DateTime<Utc>,
) -> Result<FollowUp> {
    let (case, follow_up) = lock_both(tx, id).await?;
    let (at, was) = (tx.now(), follow_up.due.at);
    let zone = accounts::zone_of(tx, case.team).await?;
    let latest = allowed(tx, case.id, follow_up.kind, times::snoozed(snooze, zone, at)).await?;
    let mut follow_up = follow_up.snooze(snooze.until, latest, seen, at)?;
    let until = snooze.until.map_or("time", Wake::name);
    let change = Change { what: "snoozed", mark: Some(until), note: None, shown: true };
    let entry = moved(Action::FollowUpSnoozed, &follow_up, was).fact("until", until);
    save(tx, &case, &mut follow_up, change, entry).await?;
    cases::follow_ups_changed(tx, case.id).await?;
    Ok(follow_up)
}

/// It is no longer put off: it is due as before.
///
/// # Errors
/// When it is not snoozed.
pub async fn unsnooze(tx: &mut Tx, _: &Can<WorkCases>, id: FollowUpId) -> Result<FollowUp> {
    let (case, follow_up) = lock_both(tx, id).await?;
    let was = follow_up.due.at;
    let mut follow_up = follow_up.unsnooze()?;
    let change = Change { what: "woken", mark: None, note: None, shown: true };
    let entry = moved(Action::FollowUpWoken, &follow_up, was);
    save(tx, &case, &mut follow_up, change, entry).await?;
    cases::follow_ups_changed(tx, case.id).await?;
    Ok(follow_up)
}

/// Consequence of what somebody waited for: the snoozed follow-ups of a case that wait for it are due soon. Where none
/// waits, this is one look at an index.
///
/// # Errors
/// When the database refuses.
pub async fn wake(tx: &mut Tx, case: CaseId, by: Wake) -> Result<()> {
    let waiting = store::waiting(tx, case, by).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let case = cases::lock(tx, case).await?;
    let calendar = accounts::calendar_of(tx, case.team).await?;
    for id in waiting {
        let follow_up = store::lock(tx, id).await?;
        let was = follow_up.due.at;
        let soon = times::soon(&calendar, by, tx.now());
        let soon = allowed(tx, case.id, follow_up.kind, soon).await?;
        let mut follow_up = follow_up.wake(soon)?;
        let change = Change { what: "woken", mark: Some(by.name()), note: None, shown: true };
        let entry = moved(Action::FollowUpWoken, &follow_up, was).fact("by", by.name());
        save(tx, &case, &mut follow_up, change, entry).await?;
    }
    cases::follow_ups_changed(tx, case.id).await
}

/// Somebody else does it. `seen` is whose it was on the page of whoever hands it over (R6).
///
/// # Errors
/// When it ended, was handed over meanwhile, or the colleague does not work cases.
pub async fn hand(
    tx: &mut Tx,
    _: &Can<WorkCases>,
    id: FollowUpId,
    to: UserId,
    seen: Option<UserId>,
) -> Result<FollowUp> {
    let (case, follow_up) = lock_both(tx, id).await?;
    if !accounts::colleagues(tx).await?.iter().any(|colleague| colleague.id == to) {
        return Err(Error::refused("Choose somebody who works cases. Nothing was changed."));
    }
    let was = follow_up.owner;
    let mut follow_up = follow_up.hand(Some(to), seen)?;
    let change = Change { what: "handed", mark: None, note: None, shown: true };
    let entry = handed(Action::FollowUpHanded, &follow_up, was);
    save(tx, &case, &mut follow_up, change, entry).await?;
    if let Some(was) = was {
        tx.tell(format!("follow_ups:{was}"));
    }
    cases::follow_ups_changed(tx, case.id).await?;
    tell_owner(tx, &follow_up).await?;
    Ok(follow_up)
}

/// The desk's own act, when its owner is away: the case's queue has it. Says whether it did; one that has ended or is
/// nobody's stays as it is.
///
/// # Errors
/// When the database refuses.
pub async fn return_to_queue(tx: &mut Tx, id: FollowUpId) -> Result<bool> {
    let (case, follow_up) = lock_both(tx, id).await?;
    let was = follow_up.owner;
    if follow_up.require_open().is_err() || was.is_none() {
        return Ok(false);
    }
    let mut follow_up = follow_up.hand(None, was)?;
    let change = Change { what: "returned", mark: None, note: None, shown: true };
    let entry = handed(Action::FollowUpReturned, &follow_up, was);
    save(tx, &case, &mut follow_up, change, entry).await?;
    if let Some(was) = was {
        tx.tell(format!("follow_ups:{was}"));
    }
    cases::follow_ups_changed(tx, case.id).await?;
    Ok(true)
}

/// What has just ended is open again, due as it was: the log says both.
///
/// # Errors
/// When it is open, ended long ago or by somebody else, its case is closed, or another has taken its place.
pub async fn reopen(tx: &mut Tx, can: &Can<WorkCases>, id: FollowUpId) -> Result<FollowUp> {
    let (case, follow_up) = lock_both(tx, id).await?;
    if follow_up.stage != super::Stage::Open && follow_up.ended_by != tx.by() && !can.may::<WatchTeam>() {
        return Err(Refusal::NotYours.into());
    }
    let at = tx.now();
    let mut follow_up = follow_up.reopen(at)?;
    if !follow_up.kind.outlives_case() {
        case.require_live()?;
    }
    let others = store::open_of_case(tx, case.id).await?;
    if others.iter().any(|other| stands_for(other, &follow_up)) {
        return Err(Refusal::Replaced.into());
    }
    let change = Change { what: "reopened", mark: None, note: None, shown: true };
    let entry = entry(Action::FollowUpReopened, &follow_up);
    save(tx, &case, &mut follow_up, change, entry).await?;
    cases::follow_ups_changed(tx, case.id).await?;
    Ok(follow_up)
}

/// Whether one is what the other was: there is one next step, one of each promise, one check of each day.
fn stands_for(one: &FollowUp, other: &FollowUp) -> bool {
    (one.interaction.is_some() && other.interaction.is_some())
        || (one.promise.is_some() && one.promise == other.promise)
        || (one.check_day.is_some() && one.check_day == other.check_day)
}

/// Sets the hours at which customers may be called. Those that are due already stay as they are.
///
/// # Errors
/// When somebody else changed them meanwhile.
pub(in crate::follow_ups) async fn set_calling_hours(
    tx: &mut Tx,
    _: &Can<EditPolicy>,
    week: &WorkingWeek,
    seen: i64,
) -> Result<()> {
    let (was, _) = store::calling_hours(tx).await?;
    let now = serde_json::to_value(week).map_err(anyhow::Error::from)?;
    if !store::save_calling_hours(tx, &now, seen).await? {
        return Err(Error::refused("Somebody changed these hours meanwhile. Look at them, then change them again."));
    }
    audit::record(tx, Entry::new(Action::CallingHoursChanged, Subject::Desk).change("hours", was, now)).await
}

fn moved(action: Action, follow_up: &FollowUp, was: DateTime<Utc>) -> Entry {
    entry(action, follow_up).change("due_at", was.to_rfc3339(), follow_up.due.at.to_rfc3339())
}

fn handed(action: Action, follow_up: &FollowUp, was: Option<UserId>) -> Entry {
    let text = |id: Option<UserId>| id.map(|id| id.to_string());
    entry(action, follow_up).change("owner", text(was), text(follow_up.owner))
}
