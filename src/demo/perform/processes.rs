//! Processes of the demo: cancellations that were honoured or are under way, and in live cases now and then another one.
//! By the actions that pages use, each at its moment.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::cases::Case;
use super::super::dice::Dice;
use super::super::people::PEOPLE;
use super::Staff;
use super::departments::{answers, members};
use crate::auth::{Can, Role};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::CaseId;
use crate::processes::{self, Kind, Made, Process};
use crate::promises;
use crate::requests::{self, NewAnswer};

/// Since then the desk runs its cancellations as processes.
const SINCE: TimeDelta = TimeDelta::days(30);

/// What is started in a live case now and then: of which kind, and what is known of it at its start.
const OTHERS: [(Kind, [&str; 2]); 5] = [
    (Kind::Escalation, ["Two visits were missed in one week", "A call from somebody in charge"]),
    (Kind::Support, ["Calls drop after about ten minutes", ""]),
    (Kind::Finance, ["A late fee that was waived last month", "$35.00"]),
    (Kind::Collection, ["$412.00", "2026-09-01"]),
    (Kind::Marketing, ["Calls and mails about upgrades", ""]),
];

/// Whether this cancellation is a process.
pub(super) fn is_one(case: &Case, now: DateTime<Utc>) -> bool {
    case.just_cancel && case.opened_at > now - SINCE
}

/// The customer said “just cancel” as the case was opened.
pub(super) async fn begin(tx: &mut Tx, id: CaseId) -> Result<()> {
    processes::just_cancel(tx, &Can::desk(), id).await.map(drop)
}

/// The cancellation goes its way: wholly where the case is over, as far as it got where it is live.
pub(super) async fn go_on(tx: &mut Tx, id: CaseId, case: &Case, staff: &Staff, words: &str) -> Result<()> {
    let Some(process) = running(tx, id, Kind::Cancellation).await? else { return Ok(()) };
    if case.is_live() && case.serial.is_multiple_of(3) {
        return Ok(());
    }
    if let Some(Made::Promise(promise)) = made(&process, 1) {
        // confirmed before: what is said again changes nothing
        if promises::find(tx, promise).await?.stage != promises::Stage::Open {
            return Ok(());
        }
        promises::keep(tx, &Can::desk(), promise, "No invoice runs after the last day.".to_owned()).await?;
        processes::go_on(tx, id).await?;
    }
    if case.is_live() && case.serial % 3 == 1 {
        return Ok(());
    }
    let facts = BTreeMap::from([(3, "no".to_owned()), (4, "The last invoice covers all there is".to_owned())]);
    processes::note_facts(tx, &Can::desk(), process.id, &facts).await?;
    processes::confirm(tx, &Can::desk(), process.id, words.chars().take(900).collect::<String>().into()).await?;
    if let Some(process) = running(tx, id, Kind::Cancellation).await?
        && let Some(Made::Request(request)) = made(&process, 2)
        && let Some(who) = members(staff, "Operations").first().copied()
    {
        let actor = tx.by();
        let department = requests::find(tx, request).await?.department;
        tx.set_actor(Some(staff.users[who]));
        let answer = NewAnswer { words: "Ended, and the numbers are free.".to_owned(), ..NewAnswer::default() };
        requests::answer(tx, &answers(staff, who, department)?, request, answer).await?;
        tx.set_actor(actor);
        processes::go_on(tx, id).await?;
    }
    Ok(())
}

/// What still runs is stopped before the case is closed.
pub(super) async fn stop(tx: &mut Tx, id: CaseId) -> Result<()> {
    if let Some(process) = running(tx, id, Kind::Cancellation).await? {
        processes::stop(tx, &Can::desk(), process.id, "The case was closed.").await?;
    }
    Ok(())
}

/// In live cases that somebody works: now and then a process, some of them confidential.
pub(super) async fn since(tx: &mut Tx, id: CaseId, case: &Case, staff: &Staff, now: DateTime<Utc>) -> Result<()> {
    let Some(owner) = case.owner.filter(|_| case.is_live() && !case.just_cancel) else { return Ok(()) };
    let mut dice = Dice::new(15_485_863 + u64::try_from(case.serial).unwrap_or_default());
    if !dice.percent(9) {
        return Ok(());
    }
    let last = case.events.last().map_or(case.opened_at, |event| event.at);
    let at = (now - TimeDelta::minutes(dice.between(15, 400))).max(last + TimeDelta::minutes(3));
    if at >= now {
        return Ok(());
    }
    tx.set_now(at);
    let supervisor = PEOPLE.iter().position(|person| person.roles.contains(&Role::Supervisor));
    let flag = supervisor.filter(|_| dice.percent(18));
    tx.set_actor(Some(staff.users[flag.unwrap_or(owner)]));
    let (kind, facts) = match flag {
        Some(_) => (Kind::RedFlag, ["Three orders, three names, one card", ""]),
        None => OTHERS[usize::try_from(dice.between(0, 4)).unwrap_or_default()],
    };
    let facts: BTreeMap<i16, String> =
        (1..).zip(facts).filter(|(_, fact)| !fact.is_empty()).map(|(n, fact)| (n, fact.to_owned())).collect();
    processes::start(tx, &Can::desk(), id, kind, &facts).await.map(drop)
}

async fn running(tx: &mut Tx, id: CaseId, kind: Kind) -> Result<Option<Process>> {
    let all = processes::of_case(tx, id).await?;
    Ok(all.into_iter().find(|one| one.kind == kind && one.stage == processes::Stage::Running))
}

fn made(process: &Process, position: i16) -> Option<Made> {
    process.steps.iter().find(|step| step.position == position)?.made
}
