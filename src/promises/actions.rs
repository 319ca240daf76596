//! The verbs of a promise. Each locks the case's row, then the promise's.

use chrono::TimeDelta;

use super::{Evidence, Line, Promise, Refusal, Stage, fulfils, gate, store};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{AttachFiles, Can, KeepOwnPromises, KeepPromises, MakePromises};
use crate::calendar::Due;
use crate::cases::{self, Case};
use crate::db::Tx;
use crate::deadlines::{self, End, NewDeadline};
use crate::error::{Error, Result};
use crate::files::{self, On};
use crate::follow_ups::{self, NewFollowUp};
use crate::ids::{CaseId, DepartmentId, OfferId, PromiseId, PromiseTypeId, UserId};
use crate::money::Money;
use crate::notifications;
use crate::offers::{self, Answered};
use crate::requests;

/// Something to be promised.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewPromise {
    /// Its type; none for one that a process makes. One whose type needs the yes of departments rests on theirs.
    pub kind: Option<PromiseTypeId>,
    /// In words.
    pub what: String,
    /// By when, and why then.
    pub due: Due,
    /// Who sees to it.
    pub owner: UserId,
    /// The department that does it, if one does.
    pub department: Option<DepartmentId>,
    /// What doing it costs us.
    pub cost: Money,
}

/// Promises something to the customer of a live case.
///
/// # Errors
/// When the case is closed, the time is not ahead, the owner does not work on cases, or a department has not said yes to
/// what needs its yes.
pub async fn make(tx: &mut Tx, _: &Can<MakePromises>, case: CaseId, new: NewPromise) -> Result<Promise> {
    let case = cases::lock(tx, case).await?;
    case.require_live()?;
    if new.due.at <= tx.now() {
        return Err(Refusal::NotAhead.into());
    }
    require_owner(tx, new.owner).await?;
    let grounds = match new.kind {
        Some(kind) => gate::grounds(tx, &case, kind, new.due.at).await?,
        None => Vec::new(),
    };
    let promise = insert(tx, &case, None, new).await?;
    store::rest_on(tx, promise.id, &grounds).await?;
    requests::promised_on(tx, &grounds).await?;
    tell_owner(tx, &promise).await?;
    cases::settle(tx, case.id).await?;
    tx.tell(format!("case:{}", case.id));
    Ok(promise)
}

/// Makes the promises that fulfilling an accepted offer takes, in the transaction that notes the acceptance (R13). The
/// case's owner sees to them, or whoever noted the acceptance; the first carries the cost.
///
/// # Errors
/// When the database refuses.
pub async fn make_for_offer(tx: &mut Tx, answered: &Answered) -> Result<Vec<Promise>> {
    let offer = &answered.offer;
    let case = cases::lock(tx, offer.case).await?;
    let owner = case.owner.or(tx.by()).unwrap_or(offer.made_by);
    let calendar = accounts::calendar_of(tx, case.team).await?;
    let mut made = Vec::with_capacity(answered.promises.len());
    for (n, template) in answered.promises.iter().enumerate() {
        let exposure = offer.revision.exposure;
        let new = NewPromise {
            kind: None,
            what: format!("{}: {}", template.what, offer.summary()),
            due: calendar.add_working(tx.now(), TimeDelta::hours(template.working_hours.into())),
            owner,
            department: template.department,
            cost: if n == 0 { exposure } else { Money::zero(exposure.currency) },
        };
        made.push(insert(tx, &case, Some(offer.id), new).await?);
    }
    cases::settle(tx, case.id).await?;
    Ok(made)
}

async fn insert(tx: &mut Tx, case: &Case, offer: Option<OfferId>, new: NewPromise) -> Result<Promise> {
    let promise = Promise {
        id: PromiseId::new(),
        case: case.id,
        customer: case.customer,
        offer,
        kind: new.kind,
        what: new.what,
        department: None,
        department_id: new.department,
        owner: new.owner,
        owner_name: String::new(),
        due_at: new.due.at,
        because: new.due.because,
        cost: new.cost,
        made_at: tx.now(),
        stage: Stage::Open,
        evidence: None,
        line: None,
        ended_at: None,
        version: 1,
        moves: Vec::new(),
        files: Vec::new(),
    };
    store::insert(tx, &promise).await?;
    set_deadline(tx, &promise).await?;
    audit::record(tx, entry(Action::PromiseMade, &promise)).await?;
    store::find(tx, promise.id).await
}

async fn set_deadline(tx: &mut Tx, promise: &Promise) -> Result<()> {
    let due = Due { at: promise.due_at, because: promise.because.clone() };
    let new =
        NewDeadline { kind: deadlines::Kind::Promise, what: promise.what.clone(), due, owner: Some(promise.owner) };
    deadlines::set_for(tx, promise.case, promise.id.uuid(), new).await?;
    Ok(())
}

async fn require_owner(tx: &mut Tx, owner: UserId) -> Result<()> {
    let works = accounts::colleagues(tx).await?.iter().any(|colleague| colleague.id == owner);
    if works { Ok(()) } else { Err(Refusal::NoOwner.into()) }
}

/// The promise is due at another time, for a reason; `seen` is the version that was on screen.
///
/// # Errors
/// When it ended, changed meanwhile, or one of the two times has passed.
pub async fn move_due(
    tx: &mut Tx,
    _: &Can<KeepPromises>,
    promise: PromiseId,
    seen: i64,
    due: Due,
    why: &str,
) -> Result<Promise> {
    let (_, was) = lock_both(tx, promise).await?;
    let at = tx.now();
    let now = was.clone().move_to(due, seen, at)?;
    change(tx, &was, now, Action::PromiseMoved, why).await
}

/// Somebody else sees to the promise, or another department does it, for a reason; `seen` is the version that was on
/// screen.
///
/// # Errors
/// When it ended, changed meanwhile, is theirs, or they do not work on cases.
pub async fn hand_over(
    tx: &mut Tx,
    _: &Can<KeepPromises>,
    promise: PromiseId,
    seen: i64,
    (owner, department): (UserId, Option<DepartmentId>),
    why: &str,
) -> Result<Promise> {
    let (_, was) = lock_both(tx, promise).await?;
    let now = was.clone().hand_to(owner, department, seen)?;
    require_owner(tx, owner).await?;
    let changed = change(tx, &was, now, Action::PromiseHandedOver, why).await?;
    if was.owner != owner {
        tell_owner(tx, &changed).await?;
    }
    Ok(changed)
}

/// Tells whoever sees to it from now on, unless they took it themselves.
async fn tell_owner(tx: &mut Tx, promise: &Promise) -> Result<()> {
    let key = format!("promise:{}:{}", promise.id, promise.version);
    notifications::assigned(tx, promise.owner, promise.case, promise.what.clone(), key).await
}

async fn change(tx: &mut Tx, was: &Promise, mut now: Promise, action: Action, why: &str) -> Result<Promise> {
    store::note_move(tx, was, &now, why).await?;
    store::save(tx, &mut now).await?;
    set_deadline(tx, &now).await?;
    let department = |promise: &Promise| promise.department_id.map(|id| id.to_string()).unwrap_or_default();
    let entry = match action {
        Action::PromiseMoved => entry(action, &now).change("due_at", was.due_at.to_rfc3339(), now.due_at.to_rfc3339()),
        _ => entry(action, &now).change("owner", was.owner.to_string(), now.owner.to_string()).change(
            "department",
            department(was),
            department(&now),
        ),
    };
    audit::record(tx, entry).await?;
    cases::settle(tx, now.case).await?;
    tx.tell(format!("case:{}", now.case));
    store::find(tx, now.id).await
}

/// The promise was kept, in time or late; the evidence says how we know.
///
/// # Errors
/// When it ended already, there is no evidence, or the line of a bill is none for it.
pub async fn keep(
    tx: &mut Tx,
    can: &Can<KeepPromises>,
    promise: PromiseId,
    evidence: impl Into<Evidence>,
) -> Result<Promise> {
    let evidence = evidence.into();
    let (case, promise) = lock_both(tx, promise).await?;
    let line: Option<Line> = match evidence.line {
        Some(line) => Some(store::find_line(tx, promise.customer, line).await?.ok_or(Refusal::NoProof)?),
        None => None,
    };
    let at = tx.now();
    let promise = promise.keep(&evidence, line, at)?;
    end(tx, can, &case, promise, Action::PromiseKept, &evidence).await
}

/// Somebody of the department that does it says that it was done, with how they know.
///
/// # Errors
/// When it ended already, or another department does it.
pub async fn keep_own(tx: &mut Tx, can: &Can<KeepOwnPromises>, promise: PromiseId, words: String) -> Result<Promise> {
    let (_, seen) = lock_both(tx, promise).await?;
    if seen.department_id.is_none() || seen.department_id != can.department {
        return Err(Error::NotFound);
    }
    keep(tx, &Can::desk(), promise, words).await
}

/// The promise was broken, for the reason that the evidence begins with.
///
/// # Errors
/// When it ended already.
pub async fn break_promise(
    tx: &mut Tx,
    can: &Can<KeepPromises>,
    promise: PromiseId,
    why: impl Into<Evidence>,
) -> Result<Promise> {
    let why = why.into();
    let (case, promise) = lock_both(tx, promise).await?;
    let at = tx.now();
    let words = why.words.clone().unwrap_or_else(|| "The promise was broken.".to_owned());
    let promise = promise.end(Stage::Broken, why.words.clone(), at)?;
    requests::could_not_keep(tx, promise.id, &words).await?;
    end(tx, can, &case, promise, Action::PromiseBroken, &why).await
}

/// The promise no longer matters, for the reason that the evidence begins with.
///
/// # Errors
/// When it ended already.
pub async fn waive(
    tx: &mut Tx,
    can: &Can<KeepPromises>,
    promise: PromiseId,
    why: impl Into<Evidence>,
) -> Result<Promise> {
    let why = why.into();
    let (case, promise) = lock_both(tx, promise).await?;
    let at = tx.now();
    let promise = promise.end(Stage::Waived, why.words.clone(), at)?;
    end(tx, can, &case, promise, Action::PromiseWaived, &why).await
}

async fn end(
    tx: &mut Tx,
    can: &Can<KeepPromises>,
    case: &Case,
    mut promise: Promise,
    action: Action,
    evidence: &Evidence,
) -> Result<Promise> {
    if !evidence.files.is_empty() {
        let can = can.and::<AttachFiles>()?;
        let on = On::Promise(promise.id);
        files::attach(tx, &can, promise.customer, promise.case, on, &evidence.files).await?;
    }
    store::save(tx, &mut promise).await?;
    let how = match promise.stage {
        Stage::Kept => End::DoneInTime,
        Stage::Waived => End::Cleared,
        Stage::Open | Stage::Late | Stage::Broken => End::Done,
    };
    deadlines::end_for(tx, promise.id.uuid(), deadlines::Kind::Promise, how).await?;
    let entry = entry(action, &promise)
        .fact("stage", promise.stage.name())
        .fact("line", promise.line.as_ref().map(|line| line.id.to_string()))
        .fact("files", evidence.files.len());
    audit::record(tx, entry).await?;
    if let Some(offer) = promise.offer
        && let Some(done) = fulfils(&store::of_offer(tx, offer).await?)
    {
        offers::fulfil(tx, offer, done).await?;
    }
    tell_the_customer(tx, case, &promise).await?;
    cases::settle(tx, promise.case).await?;
    tx.tell(format!("case:{}", promise.case));
    tx.tell("queue");
    Ok(promise)
}

/// What follows for the customer: somebody tells them of a promise that was broken or kept late, within a working hour.
/// What was kept in time, or no longer matters, is nothing to tell.
async fn tell_the_customer(tx: &mut Tx, case: &Case, promise: &Promise) -> Result<()> {
    let why = match promise.stage {
        Stage::Open => return Ok(()),
        Stage::Kept => "The promise was kept.",
        Stage::Waived => "The promise was waived.",
        Stage::Late | Stage::Broken => {
            let due = accounts::calendar_of(tx, case.team).await?.add_working(tx.now(), TimeDelta::hours(1));
            let of = format!("{} ({})", promise.what, promise.stage.label().to_lowercase());
            let new = NewFollowUp::tell_customer(case.id, promise.id, &of, due);
            return follow_ups::make(tx, NewFollowUp { owner: Some(promise.owner), ..new }).await.map(drop);
        }
    };
    follow_ups::nothing_to_tell(tx, case, promise.id, why).await
}

/// After a case was given to somebody: what its owner had promised goes along.
///
/// # Errors
/// When the database refuses.
pub async fn go_along(tx: &mut Tx, case: CaseId, from: Option<UserId>, to: Option<UserId>) -> Result<()> {
    let Some(to) = to else { return Ok(()) };
    let going: Vec<_> = store::of_case(tx, case).await?.into_iter().filter(|one| Some(one.owner) == from).collect();
    for was in going.into_iter().filter(|one| one.stage == Stage::Open && one.owner != to) {
        let now = was.clone().hand_to(to, was.department_id, was.version)?;
        change(tx, &was, now, Action::PromiseHandedOver, "The case was given to them.").await?;
    }
    Ok(())
}

async fn lock_both(tx: &mut Tx, promise: PromiseId) -> Result<(Case, Promise)> {
    let seen = store::find(tx, promise).await?;
    let case = cases::lock(tx, seen.case).await?;
    Ok((case, store::lock(tx, promise).await?))
}

fn entry(action: Action, promise: &Promise) -> Entry {
    Entry::new(action, Subject::Promise(promise.id))
        .of(promise.customer)
        .fact("case", promise.case.to_string())
        .fact("offer", promise.offer.map(|offer| offer.to_string()))
        .fact("type", promise.kind.map(|kind| kind.to_string()))
        .fact("due_at", promise.due_at.to_rfc3339())
        .fact("cost_minor", promise.cost.minor)
        .fact("currency", promise.cost.currency.code())
}
