//! What follows for the follow-ups of a case from what happens to the case. Cases know nothing of follow-ups, so whoever
//! closes, reopens or gives away a case makes these calls beside it, in the same transaction.

use chrono::TimeDelta;

use super::{entry, make, save, set_deadline, tell};
use crate::accounts;
use crate::audit::{self, Action};
use crate::cases::{self, Case, Outcome, Stage as CaseStage};
use crate::db::Tx;
use crate::error::Result;
use crate::follow_ups::store::{self, Change};
use crate::follow_ups::{CHECK_DAYS, FollowUp, Kind, NewFollowUp, Stage, times};
use crate::ids::{CaseId, FollowUpId, PromiseId, UserId};

/// Consequence of an interaction that says what comes next: there is one next step per case, the newest. The one before
/// was done, if there was talk with the customer; a note only takes its place.
///
/// # Errors
/// When the database refuses.
pub async fn replace_next_step(tx: &mut Tx, case: &Case, talked: bool) -> Result<()> {
    for follow_up in store::open_of_case(tx, case.id).await? {
        if follow_up.interaction.is_none() {
            continue;
        }
        let (at, by) = (tx.now(), tx.by());
        let (mut follow_up, change, action) = if talked {
            (follow_up.complete(None, None, at, by)?, "done", Action::FollowUpDone)
        } else {
            let why = "A newer next step took its place.".to_owned();
            (follow_up.drop_because(why, at, by)?, "dropped", Action::FollowUpDropped)
        };
        let note = follow_up.note.clone();
        let change = Change { what: change, mark: None, note: note.as_deref(), shown: true };
        let entry = entry(action, &follow_up);
        save(tx, case, &mut follow_up, change, entry).await?;
    }
    Ok(())
}

/// Before a case is closed: what ends with it is dropped.
///
/// # Errors
/// When the database refuses.
pub async fn before_closing(tx: &mut Tx, case: CaseId) -> Result<()> {
    let case = cases::lock(tx, case).await?;
    drop_all(tx, &case, "The case was closed.", |follow_up| !follow_up.kind.outlives_case()).await
}

/// After a promise was kept in time, or no longer matters: there is nothing to tell the customer.
///
/// # Errors
/// When the database refuses.
pub async fn nothing_to_tell(tx: &mut Tx, case: &Case, promise: PromiseId, why: &str) -> Result<()> {
    drop_all(tx, case, why, |follow_up| follow_up.promise == Some(promise)).await
}

async fn drop_all(tx: &mut Tx, case: &Case, why: &str, which: impl Fn(&FollowUp) -> bool) -> Result<()> {
    for follow_up in store::open_of_case(tx, case.id).await?.into_iter().filter(which) {
        let (at, by) = (tx.now(), tx.by());
        let mut follow_up = follow_up.drop_because(why.to_owned(), at, by)?;
        let change = Change { what: "dropped", mark: None, note: Some(why), shown: true };
        let entry = entry(Action::FollowUpDropped, &follow_up);
        save(tx, case, &mut follow_up, change, entry).await?;
    }
    Ok(())
}

/// After a case was closed: where the customer stays, wholly or in part, somebody looks after 7, 30, 60 and 90 days
/// whether that held. Gives the checks.
///
/// # Errors
/// When the database refuses.
pub async fn after_closing(tx: &mut Tx, case: &Case) -> Result<Vec<FollowUp>> {
    let CaseStage::Closed(close) = &case.stage else { return Ok(Vec::new()) };
    if !close.outcome.is_save() && close.outcome != Outcome::PartlySaved {
        return Ok(Vec::new());
    }
    let calendar = accounts::calendar_of(tx, case.team).await?;
    let mut checks = Vec::with_capacity(CHECK_DAYS.len());
    for days in CHECK_DAYS {
        let follow_up = FollowUp {
            id: FollowUpId::new(),
            case: case.id,
            kind: Kind::Check,
            what: format!("Check after {days} days: still active and paying?"),
            owner: case.owner.or(close.by),
            owner_name: None,
            due: times::check_due(&calendar, close.at, days),
            interaction: None,
            promise: None,
            check_day: Some(days),
            saved_at: Some(close.at),
            snoozed: None,
            stage: Stage::Open,
            still_here: None,
            note: None,
            made_at: tx.now(),
            ended_at: None,
            ended_by: None,
            version: 1,
        };
        store::insert(tx, &follow_up).await?;
        set_deadline(tx, &follow_up).await?;
        // four lines about what always follows would only hide the closing
        store::note_change(tx, &follow_up, Change { what: "made", mark: None, note: None, shown: false }).await?;
        tell(tx, &follow_up);
        checks.push(follow_up);
    }
    let days = CHECK_DAYS.map(i64::from);
    audit::record(
        tx,
        entry(Action::FollowUpMade, &checks[0])
            .of(case.customer)
            .fact("case", case.id.to_string())
            .fact("kind", Kind::Check.name())
            .fact("days", days.to_vec())
            .fact("follow_ups", checks.iter().map(|check| check.id.to_string()).collect::<Vec<_>>()),
    )
    .await?;
    cases::follow_ups_changed(tx, case.id).await?;
    Ok(checks)
}

/// After a case was reopened: the checks of its end go away, and somebody works it within a day.
///
/// # Errors
/// When the database refuses.
pub async fn after_reopening(tx: &mut Tx, case: &Case) -> Result<FollowUp> {
    drop_all(tx, case, "The case was reopened.", |follow_up| follow_up.kind == Kind::Check).await?;
    let due = accounts::calendar_of(tx, case.team).await?.add_working(tx.now(), TimeDelta::hours(8));
    let new = NewFollowUp::new(case.id, Kind::Reminder, "Work the reopened case", due);
    make(tx, NewFollowUp { owner: case.owner, ..new }).await
}

/// After a case was given to somebody, or back to the queue: what its owner had to do goes along, and what nobody had
/// yet. What colleagues noted for themselves stays theirs.
///
/// # Errors
/// When the database refuses.
pub async fn go_along(tx: &mut Tx, case: CaseId, from: Option<UserId>, to: Option<UserId>) -> Result<()> {
    let open = store::open_of_case(tx, case).await?;
    let goes = |follow_up: &FollowUp| (follow_up.owner == from || follow_up.owner.is_none()) && follow_up.owner != to;
    let going: Vec<FollowUp> = open.into_iter().filter(goes).collect();
    if going.is_empty() {
        return Ok(());
    }
    let case = cases::lock(tx, case).await?;
    for follow_up in going {
        let was = follow_up.owner;
        let mut follow_up = follow_up.hand(to, was)?;
        // the log says that the case was given
        let change = Change { what: "handed", mark: None, note: None, shown: false };
        let text = |id: Option<UserId>| id.map(|id| id.to_string());
        let entry = entry(Action::FollowUpHanded, &follow_up).change("owner", text(was), text(to));
        save(tx, &case, &mut follow_up, change, entry).await?;
        if let Some(was) = was {
            tx.tell(format!("follow_ups:{was}"));
        }
    }
    Ok(())
}
