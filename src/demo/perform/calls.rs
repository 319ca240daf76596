//! Booked calls: a few in live cases that are still to come, and some that were held or did not come about.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::cases::Case;
use super::super::dice::Dice;
use super::Staff;
use crate::accounts;
use crate::appointments::{self, NewAppointment, NewTime, Party, Span};
use crate::auth::Can;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::CaseId;

/// What calls are about, and with which department.
const CALLS: [(&str, Option<&str>); 6] = [
    ("Why calls drop, with an engineer", Some("Technical support")),
    ("The second invoice, line by line", Some("Billing")),
    ("When the order can be there", Some("Logistics")),
    ("The written quote of the rival", None),
    ("What the smaller plan leaves out", None),
    ("How the stone is held", Some("Manufacturing")),
];

/// In live cases that somebody works: a call now and then, at a time at which all are free.
pub(super) async fn since(tx: &mut Tx, id: CaseId, case: &Case, staff: &Staff, now: DateTime<Utc>) -> Result<()> {
    let Some(owner) = case.owner.filter(|_| case.is_live() && !case.just_cancel) else { return Ok(()) };
    let mut dice = Dice::new(32_452_843 + u64::try_from(case.serial).unwrap_or_default());
    if !dice.percent(12) {
        return Ok(());
    }
    let (what, department) = *dice.pick(&CALLS);
    let all = accounts::departments(tx).await?;
    let with: Vec<Party> =
        all.iter().filter(|one| Some(one.name.as_str()) == department).map(|one| Party::Department(one.id)).collect();
    let last = case.events.last().map_or(case.opened_at, |event| event.at);
    let past = dice.percent(35);
    let booked = (now - TimeDelta::hours(if past { 60 } else { 2 })).max(last + TimeDelta::minutes(7));
    let within = if past {
        Span { from: booked, until: now - TimeDelta::hours(1) }
    } else {
        Span { from: now + TimeDelta::hours(1), until: now + TimeDelta::days(6) }
    };
    if booked >= now || within.until <= within.from {
        return Ok(());
    }
    tx.set_now(booked);
    tx.set_actor(Some(staff.users[owner]));
    let host = staff.users[owner];
    let times = appointments::free_times(tx, id, (host, &with), within, 30).await?;
    let Some(starts_at) = times.get(times.len() / 2).copied() else { return Ok(()) };
    let time = NewTime { starts_at, minutes: 30, host, with, despite: false };
    let new = NewAppointment { what: what.to_owned(), time, phone: String::new(), invites: true };
    let call = appointments::book(tx, &Can::desk(), id, new).await?;
    if past {
        tx.set_now((starts_at + TimeDelta::minutes(35)).min(now));
        if dice.percent(75) {
            let said = "They follow it now, and want to sleep on it.".to_owned();
            appointments::hold(tx, &Can::desk(), call.id, Some(said)).await?;
        } else {
            appointments::miss(tx, &Can::desk(), call.id, Some("Nobody picked up.".to_owned())).await?;
        }
    } else if dice.percent(25)
        && let Some(later) = times.get(times.len() / 2 + 3).copied()
    {
        let others = call.people.iter().filter(|one| !one.host).map(|one| Party::Person(one.user)).collect();
        let time = NewTime { starts_at: later, minutes: 30, host, with: others, despite: true };
        appointments::move_to(tx, &Can::desk(), call.id, &time, call.version, Some("It suits them better.")).await?;
    }
    Ok(())
}
