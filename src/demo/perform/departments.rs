//! What departments were asked: their yes to what was offered, and in live cases a request in every state there is. By the
//! actions that pages use, each at its moment.

use std::sync::Arc;

use chrono::{DateTime, Days, TimeDelta, Utc};

use super::super::cases::Case;
use super::super::dice::Dice;
use super::super::people::PEOPLE;
use super::Staff;
use crate::accounts;
use crate::auth::{Actor, AnswerRequests, Can};
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::ids::{CaseId, DepartmentId, OfferId};
use crate::money::{Currency, Money};
use crate::offers;
use crate::requests::{self, Blackout, Kind, LeadTime, NewAnswer, NewRequest, Request, Verdict};

/// What departments are asked beside offers: the department, what it is, in one line, in words.
const QUESTIONS: [(&str, Kind, &str, &str); 9] = [
    (
        "Billing",
        Kind::Question,
        "Credit for the outage",
        "They count three days without service. What do the records say, and is a credit due?",
    ),
    (
        "Billing",
        Kind::Job,
        "Stop the second invoice",
        "Two invoices went out for one month. Please take the later one back before it is collected.",
    ),
    (
        "Billing",
        Kind::Feasibility,
        "Move the billing day to the 5th",
        "Their money comes on the 3rd. Can the day move, and from which invoice on?",
    ),
    (
        "Technical support",
        Kind::Question,
        "Cause of the dropped calls",
        "Calls drop after about ten minutes since Monday, at one location only.",
    ),
    (
        "Technical support",
        Kind::Job,
        "Engineer for a joint call",
        "They want to hear it from somebody technical. Twenty minutes are enough.",
    ),
    ("Operations", Kind::Question, "Who moved the appointment", "The visit was moved twice and nobody told them."),
    (
        "Logistics",
        Kind::Feasibility,
        "New phones by the end of next week",
        "They move in on the Friday. Can all of them be there?",
    ),
    (
        "Manufacturing",
        Kind::Question,
        "How the stone is held",
        "She fears that it catches. Which setting would you advise?",
    ),
    (
        "Finance",
        Kind::Feasibility,
        "Payment in three instalments",
        "They would stay if the year can be paid in three parts.",
    ),
];

/// Everybody of a department who answers for it.
pub(super) fn members(staff: &Staff, department: &str) -> Vec<usize> {
    let theirs = |who: &usize| PEOPLE[*who].department == Some(department);
    (0..staff.users.len()).filter(theirs).collect()
}

/// Somebody of a department, who may answer for it.
pub(super) fn answers(staff: &Staff, who: usize, department: DepartmentId) -> Result<Can<AnswerRequests>> {
    let person = &PEOPLE[who];
    let actor = Actor {
        id: Some(staff.users[who]),
        name: person.name.to_owned(),
        roles: person.roles.to_vec(),
        department: Some(department),
        ..Actor::desk()
    };
    Arc::new(actor).can()
}

/// Leads and lead times.
pub(super) async fn set_up(db: &Db, staff: &Staff, resumes: bool, now: DateTime<Utc>) -> Result<()> {
    if resumes {
        return Ok(());
    }
    let mut tx = super::begin(db).await?;
    tx.set_now(now - TimeDelta::days(40));
    let usd = |minor| Money::new(minor, Currency::USD);
    let work =
        |what: &str, lead_days, per_day, expedite| LeadTime { what: what.to_owned(), lead_days, per_day, expedite };
    let today = now.date_naive();
    for department in accounts::departments(&mut tx).await? {
        let lead = members(staff, &department.name).first().copied();
        let lead_times = match department.name.as_str() {
            "Manufacturing" => vec![
                work("Change of setting", 12, Some(6), Some((6, usd(14_500)))),
                work("Resizing", 4, Some(10), Some((2, usd(4_500)))),
            ],
            "Logistics" => vec![
                work("Insured delivery", 4, None, Some((2, usd(8_600)))),
                work("Phones from stock", 3, Some(40), None),
            ],
            "Billing" => vec![work("Change of a plan", 2, Some(30), None)],
            "Technical support" => vec![work("Visit of an engineer", 5, Some(8), None)],
            _ => Vec::new(),
        };
        let blackouts = match (department.name.as_str(), today.checked_add_days(Days::new(9))) {
            ("Manufacturing", Some(from)) => {
                vec![Blackout { from, until: from + Days::new(2), why: "Kiln maintenance".to_owned() }]
            }
            _ => Vec::new(),
        };
        let lead = lead.map(|who| (staff.users[who], PEOPLE[who].name.to_owned()));
        requests::set_up(&mut tx, department.id, lead, lead_times, blackouts).await?;
    }
    tx.commit().await
}

/// Every department whose yes an offer needs is asked, and says yes before a moment.
pub(super) async fn say_yes(
    tx: &mut Tx,
    staff: &Staff,
    offer: OfferId,
    asks: DateTime<Utc>,
    before: DateTime<Utc>,
) -> Result<()> {
    let found = offers::find(tx, offer).await?;
    let of_type = crate::catalogue::find_version(tx, found.revision.version).await?;
    if of_type.departments.is_empty() {
        return Ok(());
    }
    tx.set_now(asks.min(before));
    let asked = offers::ask_feasibility(tx, &Can::desk(), offer, found.revision.number, "", None).await?;
    let room = before - tx.now();
    let count = i32::try_from(asked.len()).unwrap_or(1) + 1;
    for (n, request) in (1_i32..).zip(asked) {
        let Some(who) = members(staff, &request.department_name).first().copied() else {
            return Err(Error::refused("Nobody answers for this department."));
        };
        tx.set_now(asks.min(before) + room * n / count);
        tx.set_actor(Some(staff.users[who]));
        let valid_until = Some(before + TimeDelta::days(45));
        let new = NewAnswer {
            verdict: Some(Verdict::Yes),
            words: "Yes, as described.".to_owned(),
            valid_until,
            ..NewAnswer::default()
        };
        requests::answer(tx, &answers(staff, who, request.department)?, request.id, new).await?;
    }
    Ok(())
}

/// In live cases that somebody works: a request now and then, in one of all its states.
pub(super) async fn since(tx: &mut Tx, id: CaseId, case: &Case, staff: &Staff, now: DateTime<Utc>) -> Result<()> {
    let Some(owner) = case.owner.filter(|_| case.is_live() && !case.just_cancel) else { return Ok(()) };
    let mut dice = Dice::new(104_729 + u64::try_from(case.serial).unwrap_or_default());
    if !dice.percent(30) {
        return Ok(());
    }
    let (department, kind, what, words) = QUESTIONS[usize::try_from(dice.between(0, 8)).unwrap_or_default()];
    let known = accounts::departments(tx).await?;
    let find = |name: &str| known.iter().find(|one| one.name == name).map(|one| one.id);
    let Some(department_id) = find(department) else { return Ok(()) };
    let last = case.events.last().map_or(case.opened_at, |event| event.at);
    let asked = (now - TimeDelta::minutes(dice.between(20, 900))).max(last + TimeDelta::minutes(5));
    let room = now - asked;
    if room < TimeDelta::minutes(10) {
        return Ok(());
    }
    tx.set_now(asked);
    tx.set_actor(Some(staff.users[owner]));
    let wanted_on = (kind == Kind::Feasibility).then(|| now.date_naive() + Days::new(10));
    let new = NewRequest {
        department: department_id,
        kind,
        what: what.to_owned(),
        words: words.to_owned(),
        wanted_on,
        offer: None,
    };
    let request = requests::ask(tx, &Can::desk(), id, new).await?;
    let theirs = members(staff, department);
    let Some(who) = theirs.get(usize::try_from(dice.between(0, 1)).unwrap_or_default() % theirs.len().max(1)).copied()
    else {
        return Ok(());
    };
    let can = answers(staff, who, department_id)?;
    tx.set_now(asked + room / 3);
    tx.set_actor(Some(staff.users[who]));
    become_of(tx, &mut dice, &can, &request, kind, staff.users[owner], asked + room * 2 / 3, find("Operations")).await
}

#[expect(clippy::too_many_arguments, reason = "all of it tells what becomes of the request")]
async fn become_of(
    tx: &mut Tx,
    dice: &mut Dice,
    can: &Can<AnswerRequests>,
    request: &Request,
    kind: Kind,
    asker: crate::ids::UserId,
    later: DateTime<Utc>,
    elsewhere: Option<DepartmentId>,
) -> Result<()> {
    let valid_until = Some(later + TimeDelta::days(10));
    let answer = match (kind, dice.between(0, 2)) {
        (Kind::Feasibility, 0) => NewAnswer {
            verdict: Some(Verdict::No),
            words: "Not before the end of the quarter: the system does not let us.".to_owned(),
            ..NewAnswer::default()
        },
        (Kind::Feasibility, 1) => NewAnswer {
            verdict: Some(Verdict::YesIf),
            conditions: Some("They confirm it in writing by Friday.".to_owned()),
            valid_until,
            ..NewAnswer::default()
        },
        (Kind::Feasibility, _) => NewAnswer {
            verdict: Some(Verdict::Yes),
            words: "That works for us.".to_owned(),
            valid_until,
            ..NewAnswer::default()
        },
        _ => NewAnswer {
            words: "Looked into it: they are right, and it is mended on our side.".to_owned(),
            ..NewAnswer::default()
        },
    };
    match dice.between(0, 9) {
        0..=3 => {}
        4 | 5 => {
            requests::accept(tx, can, request.id).await?;
            tx.set_now(later);
            requests::said(tx, &can.and()?, request.id, "I am on it, and will know more after lunch.").await?;
        }
        6 => {
            requests::return_it(tx, can, request.id, "Which of their accounts is it? They have two.").await?;
        }
        7 if elsewhere.is_some_and(|to| to != request.department) => {
            let Some(to) = elsewhere else { return Ok(()) };
            requests::hand_over(tx, can, request.id, to, "The appointment is yours to move.").await?;
        }
        8 => {
            tx.set_now(later);
            tx.set_actor(Some(asker));
            requests::cancel(tx, &Can::desk(), request.id, "They found the answer themselves.").await?;
        }
        _ => {
            requests::accept(tx, can, request.id).await?;
            tx.set_now(later);
            requests::answer(tx, can, request.id, answer).await?;
        }
    }
    Ok(())
}
