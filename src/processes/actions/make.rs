//! What a step makes, and taking that back.

use chrono::TimeDelta;

use super::super::{FactKind, Made, Makes, Process, Refusal, Step};
use crate::accounts;
use crate::auth::Can;
use crate::calendar::{Due, duration};
use crate::cases::Case;
use crate::db::Tx;
use crate::error::Result;
use crate::follow_ups::{self, NewFollowUp};
use crate::ids::UserId;
use crate::money::Money;
use crate::promises::{self, NewPromise};
use crate::requests::{self, NewRequest};

/// Makes what the step says: its own slice sets its deadline, and tells whoever does it. The process is its authority.
pub(super) async fn make(tx: &mut Tx, case: &Case, process: &Process, step: &Step) -> Result<Made> {
    match (step.makes, &step.department) {
        (Makes::Request, Some((department, _))) => {
            let new = NewRequest {
                department: *department,
                kind: requests::Kind::Job,
                what: step.what.clone(),
                words: known(process),
                wanted_on: None,
                offer: None,
            };
            let can = Can::desk();
            let asked = if process.confidential {
                requests::ask_in_confidence(tx, &can, case.id, new, process.circle.clone()).await?
            } else {
                requests::ask(tx, &can, case.id, new).await?
            };
            Ok(Made::Request(asked.id))
        }
        (Makes::FollowUp, _) => {
            let kind = follow_ups::Kind::of_words(&step.what, None);
            let new = NewFollowUp::new(case.id, kind, step.what.clone(), due(tx, case, step).await?);
            let owner = case.owner.or(tx.by());
            Ok(Made::FollowUp(follow_ups::make(tx, NewFollowUp { owner, ..new }).await?.id))
        }
        (_, department) => {
            let new = NewPromise {
                kind: None,
                what: promised(process, step),
                due: due(tx, case, step).await?,
                owner: owner(tx, case).await?,
                department: department.as_ref().map(|(id, _)| *id),
                cost: Money::zero(case.value_at_risk.currency),
            };
            Ok(Made::Promise(promises::make(tx, &Can::desk(), case.id, new).await?.id))
        }
    }
}

/// What the step made is not wanted any more; what has ended stays as it is.
pub(super) async fn take_back(tx: &mut Tx, step: &Step, why: &str) -> Result<()> {
    match step.made {
        Some(Made::Request(id)) if requests::find(tx, id).await?.stage.is_live() => {
            requests::cancel(tx, &Can::desk(), id, why).await?;
        }
        Some(Made::Promise(id)) if promises::find(tx, id).await?.stage == promises::Stage::Open => {
            promises::waive(tx, &Can::desk(), id, why.to_owned()).await?;
        }
        Some(Made::FollowUp(id)) if follow_ups::find(tx, id).await?.stage == follow_ups::Stage::Open => {
            follow_ups::drop_because(tx, &Can::desk(), id, why.to_owned()).await?;
        }
        _ => {}
    }
    Ok(())
}

/// By when, on the calendar of the case's team or on the clock.
async fn due(tx: &mut Tx, case: &Case, step: &Step) -> Result<Due> {
    let (hours, working) = step.time.unwrap_or((8, true));
    let time = TimeDelta::hours(hours.into());
    let now = tx.now();
    if working {
        return Ok(accounts::calendar_of(tx, case.team).await?.add_working(now, time));
    }
    Ok(Due { at: now + time, because: format!("{} after the step began", duration(time)) })
}

/// Who sees to a promise: the case's owner, or whoever acts, or somebody of the case's team, or anybody of the desk.
async fn owner(tx: &mut Tx, case: &Case) -> Result<UserId> {
    let colleagues = accounts::colleagues(tx).await?;
    let works = |one: &UserId| colleagues.iter().any(|colleague| colleague.id == *one);
    let of_team = || colleagues.iter().find(|one| case.team.is_some() && one.team == case.team);
    let found = case.owner.filter(works).or(tx.by().filter(works));
    let found = found.or_else(|| of_team().or(colleagues.first()).map(|one| one.id));
    found.ok_or_else(|| Refusal::Nobody.into())
}

/// What was found out so far, line by line.
fn known(process: &Process) -> String {
    let lines = process.facts.iter().filter_map(|fact| Some(format!("{}: {}", fact.label, fact.shown()?)));
    lines.collect::<Vec<_>>().join("\n").chars().take(requests::LONGEST_WORDS).collect()
}

/// "Billing stops: Cloud voice, Business Pro, Tue 1 Dec 2026"
fn promised(process: &Process, step: &Step) -> String {
    let short = |fact: &&super::super::Noted| fact.place == 0 && fact.kind != FactKind::YesNo;
    let facts: Vec<String> = process.facts.iter().filter(short).filter_map(super::super::Noted::shown).collect();
    let what = if facts.is_empty() { step.what.clone() } else { format!("{}: {}", step.what, facts.join(", ")) };
    what.chars().take(300).collect()
}
