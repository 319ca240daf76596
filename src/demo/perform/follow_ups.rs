//! What was followed up in a case of the plan, and what is still to be: checks after a save, a snooze, a note to oneself.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::cases::Case;
use super::super::dice::Dice;
use super::Staff;
use crate::auth::Can;
use crate::calendar::Due;
use crate::cases;
use crate::db::Tx;
use crate::deadlines;
use crate::error::Result;
use crate::follow_ups::{self, Kind, NewFollowUp, Snooze, StillHere, Wake};
use crate::ids::CaseId;

const TO_ONESELF: [&str; 4] = [
    "Look whether the credit is on the invoice",
    "Ask the team how the last outage ended",
    "Prepare the comparison with the rival’s quote",
    "Check that the new number is ported",
];

/// Does what was due, each at its moment, and leaves open what is not.
pub(super) async fn since(tx: &mut Tx, id: CaseId, case: &Case, staff: &Staff, now: DateTime<Utc>) -> Result<()> {
    let mut dice = Dice::new(15_485 + u64::try_from(case.serial).unwrap_or_default());
    let owner = case.owner.map(|who| staff.users[who]);
    let (moment, actor) = (tx.now(), tx.by());
    let mut gone = false;
    for check in follow_ups::open_of_case(tx, id).await?.into_iter().filter(|one| one.kind == Kind::Check) {
        if gone {
            follow_ups::drop_because(tx, &Can::desk(), check.id, "The customer has left.".to_owned()).await?;
            continue;
        }
        let done = check.due.at + TimeDelta::minutes(dice.between(-200, 90));
        if done >= now || (now - done < TimeDelta::days(2) && dice.percent(30)) {
            break;
        }
        tx.set_now(done.max(moment));
        tx.set_actor(check.owner);
        let (found, note) = match dice.between(0, 99) {
            0..78 => (StillHere::Yes, None),
            78..90 => (StillHere::Unknown, Some("Nobody answered; the invoice is not due yet.".to_owned())),
            _ => (StillHere::No, Some("The account was closed at the end of the term.".to_owned())),
        };
        gone = found == StillHere::No;
        follow_ups::complete(tx, &Can::desk(), check.id, note, Some(found)).await?;
    }
    tx.set_now(moment);
    tx.set_actor(actor);
    if !cases::find(tx, id).await?.is_live() || owner.is_none() {
        return Ok(());
    }
    tx.set_actor(owner);
    let recent = moment.max(now - TimeDelta::minutes(dice.between(60, 300)));
    tx.set_now(recent);
    // nobody leaves a case with nothing planned
    if dice.percent(30) || deadlines::next(tx, id).await?.is_none() {
        let due =
            Due { at: now + TimeDelta::minutes(dice.between(-500, 2_400)), because: "noted for oneself".to_owned() };
        let new = NewFollowUp::new(id, Kind::Reminder, *dice.pick(&TO_ONESELF), due);
        follow_ups::make(tx, NewFollowUp { owner, ..new }).await?;
    }
    if dice.percent(15)
        && let Some(open) = follow_ups::open_of_case(tx, id).await?.into_iter().find(|one| one.snoozed.is_none())
    {
        let until = *dice.pick(&[Some(Wake::Reply), Some(Wake::Answer), None]);
        let snooze = Snooze { until, latest: now + TimeDelta::days(dice.between(1, 6)) };
        follow_ups::snooze(tx, &Can::desk(), open.id, snooze, open.due.at).await?;
    }
    tx.set_now(moment);
    tx.set_actor(actor);
    Ok(())
}
