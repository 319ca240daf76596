//! The answer, and what becomes of it.

use chrono::{DateTime, NaiveDate, Utc};

use super::super::{Answer, Kind, Refusal, Request, Stage, Verdict, store};
use super::thread::{require_theirs, take_on};
use super::{end_deadline, entry, lock_both, moment, settle, tell, tell_department, tell_desk, zone};
use crate::audit::{self, Action};
use crate::auth::{AnswerRequests, AskDepartments, Can, SeeRequests};
use crate::calendar::{self, Due};
use crate::cases::Case;
use crate::db::Tx;
use crate::deadlines::{self, End, NewDeadline};
use crate::error::{Error, Result};
use crate::ids::{PromiseId, RequestId, RequestLinkId};
use crate::money::Money;

/// An answer in the making.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NewAnswer {
    /// Of a feasibility check.
    pub verdict: Option<Verdict>,
    /// In words.
    pub words: String,
    /// What a “yes if” depends on.
    pub conditions: Option<String>,
    /// When it can be done.
    pub possible_on: Option<NaiveDate>,
    /// What it costs.
    pub cost: Option<Money>,
    /// Whether that is the date and the price of doing it faster.
    pub expedited: bool,
    /// Until when the yes counts.
    pub valid_until: Option<DateTime<Utc>>,
}

/// Answers for the department. Whoever answers what is open takes it on by that.
///
/// # Errors
/// When it is not their turn, or another department's.
pub async fn answer(tx: &mut Tx, can: &Can<AnswerRequests>, request: RequestId, new: NewAnswer) -> Result<Request> {
    let (case, request) = lock_both(tx, request).await?;
    require_theirs(can, &request)?;
    give(tx, &case, request, new, None).await
}

/// Writes the answer: of whoever acts, or by a link under the name that was typed.
pub(super) async fn give(
    tx: &mut Tx,
    case: &Case,
    mut request: Request,
    new: NewAnswer,
    link: Option<(RequestLinkId, &str)>,
) -> Result<Request> {
    if (request.kind == Kind::Feasibility) != new.verdict.is_some() {
        return Err(Error::refused("Choose yes, no or yes if."));
    }
    if request.stage == Stage::Open {
        take_on(tx, &mut request).await?;
    }
    let (at, by) = (tx.now(), tx.by());
    let answer = Answer {
        verdict: new.verdict,
        words: new.words,
        conditions: new.conditions,
        possible_on: new.possible_on,
        cost: new.cost,
        expedited: new.expedited,
        valid_until: new.valid_until,
        at,
        by_name: link.map(|(_, name)| name.to_owned()).unwrap_or_default(),
        by_link: link.is_some(),
        accepted: None,
        withdrawn: None,
        could_not: None,
        asked_again: false,
        promise: None,
        version: 1,
    };
    request.end(Stage::Answered, at)?;
    store::insert_answer(tx, &request, &answer, by, link.map(|(id, _)| id)).await?;
    store::save(tx, &mut request).await?;
    let name = link.map(|(_, name)| name);
    let words = in_words(&answer, zone(tx, case).await?, at);
    store::insert_entry(tx, &request, "answered", by, name, true, answer.verdict, &words).await?;
    end_deadline(tx, &request, End::Done).await?;
    let bound = request.offer.is_some() || request.promise_type.is_some();
    if let Some(valid_until) = answer.valid_until.filter(|_| bound) {
        let what = format!("Yes of {} to {}", request.department_name, request.what).chars().take(300).collect();
        let because = format!("{} said so as it answered", request.department_name);
        let due = Due { at: valid_until, because };
        let kind = deadlines::Kind::Feasibility;
        let owner = case.owner.or(request.asked_by);
        deadlines::set_for(tx, case.id, request.id.uuid(), NewDeadline { kind, what, due, owner }).await?;
    }
    audit::record(
        tx,
        entry(Action::RequestAnswered, &request)
            .fact("verdict", answer.verdict.map(Verdict::name))
            .fact("valid_until", answer.valid_until.map(|until| until.to_rfc3339()))
            .fact("link", link.map(|(id, _)| id.to_string())),
    )
    .await?;
    let says = answer.verdict.map_or("answered", |verdict| match verdict {
        Verdict::Yes => "said yes",
        Verdict::YesIf => "said yes if …",
        Verdict::No => "said no",
    });
    tell_desk(tx, case, &request, "answered", says).await?;
    settle(tx, &request).await?;
    store::find(tx, request.id).await
}

/// What stands in the thread: the words, and the facts under them.
fn in_words(answer: &Answer, zone: chrono_tz::Tz, now: DateTime<Utc>) -> String {
    let year = chrono::Datelike::year(&now.with_timezone(&zone));
    let facts = [
        answer.conditions.as_ref().map(|if_| format!("If: {if_}")),
        answer.possible_on.map(|day| format!("Possible on {}", calendar::date(day, year))),
        answer.cost.map(|cost| format!("{} {cost}", if answer.expedited { "Expedited for" } else { "Costs" })),
        answer.valid_until.map(|until| format!("Valid until {}", calendar::moment(until, zone, now))),
    ];
    let lines =
        Some(answer.words.clone()).filter(|words| !words.is_empty()).into_iter().chain(facts.into_iter().flatten());
    lines.collect::<Vec<_>>().join("\n").chars().take(4000).collect()
}

/// Somebody of the desk accepts the conditions of a “yes if”, by name.
///
/// # Errors
/// When there are none, they were accepted, or the answer no longer stands.
pub async fn accept_conditions(tx: &mut Tx, can: &Can<AskDepartments>, request: RequestId) -> Result<Request> {
    let (case, mut request) = lock_both(tx, request).await?;
    let at = tx.now();
    let mut answer = request.require_conditions(at)?.clone();
    let by = can.id.ok_or(Error::Forbidden)?;
    answer.accepted = Some((at, can.name.clone()));
    store::save_answer(tx, request.id, &answer, Some(by)).await?;
    let conditions = answer.conditions.clone().unwrap_or_default();
    store::insert_entry(tx, &request, "conditions_accepted", Some(by), None, false, None, &conditions).await?;
    audit::record(tx, entry(Action::ConditionsAccepted, &request)).await?;
    tell_department(tx, &case, &request, "conditions", "Conditions accepted").await?;
    tell(tx, &request);
    request.answer = Some(answer);
    Ok(request)
}

/// The department takes its yes back, as it may until the customer has accepted what rests on it, or was promised it.
///
/// # Errors
/// When there is no yes, it was taken back, the customer has accepted the offer, or a promise was made on it.
pub async fn withdraw_answer(tx: &mut Tx, can: &Can<AnswerRequests>, request: RequestId, why: &str) -> Result<Request> {
    let (case, mut request) = lock_both(tx, request).await?;
    require_theirs(can, &request)?;
    let mut answer = request.require_yes()?.clone();
    if answer.withdrawn.is_some() || answer.could_not.is_some() {
        return Err(Refusal::NoLonger("it was taken back".to_owned()).into());
    }
    if let Some((offer, _)) = request.offer
        && store::is_accepted(tx, offer).await?
    {
        return Err(Refusal::TooLate.into());
    }
    if answer.promise.is_some() {
        return Err(Refusal::Promised.into());
    }
    let at = tx.now();
    answer.withdrawn = Some((at, why.to_owned()));
    store::save_answer(tx, request.id, &answer, None).await?;
    let by = tx.by();
    store::insert_entry(tx, &request, "withdrawn", by, None, true, None, why).await?;
    deadlines::end_for(tx, request.id.uuid(), deadlines::Kind::Feasibility, End::Cleared).await?;
    audit::record(tx, entry(Action::AnswerWithdrawn, &request)).await?;
    tell_desk(tx, &case, &request, "withdrawn", "took its yes back").await?;
    settle(tx, &request).await?;
    request.answer = Some(answer);
    Ok(request)
}

/// A department that said yes could not: that is on record, with why.
///
/// # Errors
/// When it said no yes, or that is on record.
pub async fn could_not(tx: &mut Tx, can: &Can<SeeRequests>, request: RequestId, why: &str) -> Result<Request> {
    let (case, mut request) = lock_both(tx, request).await?;
    let theirs = request.is_theirs(can);
    if !theirs && !can.may::<AskDepartments>() {
        return Err(Error::NotFound);
    }
    note_failure(tx, &case, &mut request, theirs, why).await?;
    settle(tx, &request).await?;
    Ok(request)
}

async fn note_failure(tx: &mut Tx, case: &Case, request: &mut Request, theirs: bool, why: &str) -> Result<()> {
    let mut answer = request.require_yes()?.clone();
    if answer.could_not.is_some() {
        return Err(Refusal::NotedAlready.into());
    }
    let at = tx.now();
    answer.could_not = Some((at, why.to_owned()));
    store::save_answer(tx, request.id, &answer, None).await?;
    let by = tx.by();
    store::insert_entry(tx, request, "could_not", by, None, theirs, None, why).await?;
    deadlines::end_for(tx, request.id.uuid(), deadlines::Kind::Feasibility, End::Cleared).await?;
    audit::record(tx, entry(Action::AnswerCouldNot, request)).await?;
    let mark = moment(tx, "could_not");
    if theirs {
        tell_desk(tx, case, request, &mark, "said yes and could not").await?;
    } else {
        tell_department(tx, case, request, &mark, "Said yes, could not").await?;
    }
    tell(tx, request);
    request.answer = Some(answer);
    Ok(())
}

/// Consequence of a broken promise that its department had said yes to: that is on record, with why. The caller holds the
/// case's row.
///
/// # Errors
/// When the database refuses.
pub async fn could_not_keep(tx: &mut Tx, promise: PromiseId, why: &str) -> Result<()> {
    let why: String = why.chars().take(1000).collect();
    for request in store::promised(tx, promise).await? {
        let (case, mut request) = lock_both(tx, request).await?;
        note_failure(tx, &case, &mut request, false, &why).await?;
    }
    Ok(())
}
