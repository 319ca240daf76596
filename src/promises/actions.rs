//! The verbs of a promise. Each locks the case's row, then the promise's.

use chrono::TimeDelta;

use super::{Promise, Stage, fulfils, store};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, KeepPromises};
use crate::cases;
use crate::db::Tx;
use crate::deadlines::{self, End, NewDeadline};
use crate::error::Result;
use crate::ids::PromiseId;
use crate::money::Money;
use crate::offers::{self, Answered};
use crate::requests;

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
        let due = calendar.add_working(tx.now(), TimeDelta::hours(template.working_hours.into()));
        let exposure = offer.revision.exposure;
        let promise = Promise {
            id: PromiseId::new(),
            case: case.id,
            customer: case.customer,
            offer: Some(offer.id),
            what: format!("{}: {}", template.what, offer.summary()),
            department: None,
            owner,
            owner_name: String::new(),
            due_at: due.at,
            because: due.because.clone(),
            cost: if n == 0 { exposure } else { Money::zero(exposure.currency) },
            made_at: tx.now(),
            stage: Stage::Open,
            evidence: None,
            ended_at: None,
            version: 1,
        };
        store::insert(tx, &promise, template.department).await?;
        let (kind, what) = (deadlines::Kind::Promise, promise.what.clone());
        deadlines::set_for(tx, case.id, promise.id.uuid(), NewDeadline { kind, what, due, owner: Some(owner) }).await?;
        audit::record(tx, entry(Action::PromiseMade, &promise)).await?;
        made.push(store::find(tx, promise.id).await?);
    }
    cases::settle(tx, case.id).await?;
    Ok(made)
}

/// The promise was kept, in time or late; the evidence says how we know.
///
/// # Errors
/// When it ended already.
pub async fn keep(tx: &mut Tx, _: &Can<KeepPromises>, promise: PromiseId, evidence: String) -> Result<Promise> {
    let promise = lock_both(tx, promise).await?;
    let at = tx.now();
    let promise = promise.keep(evidence, at)?;
    end(tx, promise, Action::PromiseKept).await
}

/// The promise was broken.
///
/// # Errors
/// When it ended already.
pub async fn break_promise(tx: &mut Tx, _: &Can<KeepPromises>, promise: PromiseId, why: String) -> Result<Promise> {
    let promise = lock_both(tx, promise).await?;
    let at = tx.now();
    requests::could_not_keep(tx, promise.id, &why).await?;
    let promise = promise.end(Stage::Broken, why, at)?;
    end(tx, promise, Action::PromiseBroken).await
}

/// The promise no longer matters, for a reason.
///
/// # Errors
/// When it ended already.
pub async fn waive(tx: &mut Tx, _: &Can<KeepPromises>, promise: PromiseId, why: String) -> Result<Promise> {
    let promise = lock_both(tx, promise).await?;
    let at = tx.now();
    let promise = promise.end(Stage::Waived, why, at)?;
    end(tx, promise, Action::PromiseWaived).await
}

async fn end(tx: &mut Tx, mut promise: Promise, action: Action) -> Result<Promise> {
    store::save(tx, &mut promise).await?;
    let how = if matches!(promise.stage, Stage::Waived) { End::Cleared } else { End::Done };
    deadlines::end_for(tx, promise.id.uuid(), deadlines::Kind::Promise, how).await?;
    audit::record(tx, entry(action, &promise).fact("stage", promise.stage.name())).await?;
    if let Some(offer) = promise.offer
        && let Some(done) = fulfils(&store::of_offer(tx, offer).await?)
    {
        offers::fulfil(tx, offer, done).await?;
    }
    cases::settle(tx, promise.case).await?;
    tx.tell(format!("case:{}", promise.case));
    Ok(promise)
}

async fn lock_both(tx: &mut Tx, promise: PromiseId) -> Result<Promise> {
    let seen = store::find(tx, promise).await?;
    cases::lock(tx, seen.case).await?;
    store::lock(tx, promise).await
}

fn entry(action: Action, promise: &Promise) -> Entry {
    Entry::new(action, Subject::Promise(promise.id))
        .of(promise.customer)
        .fact("case", promise.case.to_string())
        .fact("offer", promise.offer.map(|offer| offer.to_string()))
        .fact("due_at", promise.due_at.to_rfc3339())
        .fact("cost_minor", promise.cost.minor)
        .fact("currency", promise.cost.currency.code())
}
