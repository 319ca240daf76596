//! Lets a case of the plan happen.

use std::collections::HashMap;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};

use super::super::cases::{Case, Stake};
use super::super::customers::Customer;
use super::super::life::{Deed, Event, Next};
use super::deals::Deals;
use super::{Held, Staff, processes};
use crate::auth::Can;
use crate::cases::{self, Assigned, AtStake, Changes, Closing, Kind, NewCase, Opened, Outcome};
use crate::customers::{self, OrderStatus, SubscriptionStatus};
use crate::db::Tx;
use crate::error::Result;
use crate::follow_ups;
use crate::ids::{CaseId, InteractionId};
use crate::interactions::{self, Direction, Kind as Entry, NewAttempt, NewInteraction, NextStep};
use crate::promises;

const SOURCE: &str = "demo";

/// Opens the case and does all that happens in it, unless that was done before the demo was interrupted.
#[expect(clippy::too_many_arguments, reason = "all of it tells the case")]
pub(super) async fn live(
    tx: &mut Tx,
    case: &Case,
    customer: &Customer,
    held: &Held,
    staff: &Staff,
    done: &HashMap<usize, CaseId>,
    resumes: bool,
    now: DateTime<Utc>,
) -> anyhow::Result<CaseId> {
    let reference = format!("D-{:04}", case.serial + 1);
    if resumes && let Some(id) = cases::find_by_source(tx, SOURCE, &reference).await? {
        return Ok(id);
    }
    tx.set_now(case.opened_at);
    tx.set_actor(case.opened_by.map(|who| staff.users[who]));
    let (id, mut answers_at) = open(tx, case, held, staff, reference).await?;
    let is_process = processes::is_one(case, now);
    if is_process {
        processes::begin(tx, id).await?;
    }
    let original = case.duplicate_of.and_then(|serial| done.get(&serial)).copied();
    let mut last = None;
    let mut deals = Deals::new(case, held, staff, now);
    for event in &case.events {
        let outcome = match event.deed {
            Deed::Close { outcome, .. } => Some(outcome),
            _ => None,
        };
        if let Some(at) = answers_at.take_if(|at| outcome.is_some() || *at <= event.at) {
            tx.set_now(at.min(event.at - TimeDelta::minutes(5)));
            super::complaints::settle(tx, id, staff, event.by, outcome).await?;
        }
        tx.set_now(event.at);
        tx.set_actor(Some(staff.users[event.by]));
        if is_process && matches!(event.deed, Deed::Close { .. }) {
            processes::stop(tx, id).await?;
        }
        if is_process && let Deed::Confirm(words) = &event.deed {
            processes::go_on(tx, id, case, staff, words).await?;
            continue;
        }
        last = act(tx, id, case, event, staff, original, last, &mut deals).await?.or(last);
        if let Some(outcome) = outcome {
            follow(tx, case, customer, held, outcome).await?;
        }
    }
    deals.since(tx, id).await?;
    // of what is live, most is answered when it should be
    if let Some((at, owner)) = answers_at.filter(|at| *at < now && !case.serial.is_multiple_of(4)).zip(case.owner) {
        tx.set_now(at.max(case.ends_at()).min(now));
        super::complaints::settle(tx, id, staff, owner, None).await?;
    }
    super::follow_ups::since(tx, id, case, staff, now).await?;
    Box::pin(super::departments::since(tx, id, case, staff, now)).await?;
    Box::pin(processes::since(tx, id, case, staff, now)).await?;
    Box::pin(super::calls::since(tx, id, case, staff, now)).await?;
    Ok(id)
}

/// Opens the case; gives when its answer is thought of, where somebody waits for one.
async fn open(
    tx: &mut Tx,
    case: &Case,
    held: &Held,
    staff: &Staff,
    reference: String,
) -> anyhow::Result<(CaseId, Option<DateTime<Utc>>)> {
    let new = NewCase {
        customer: held.id,
        kind: case.kind,
        channel: case.channel,
        stated_reason: case.stated.clone(),
        reason: case.coded.then(|| case.story.reason.to_owned()),
        at_stake: match case.stake {
            Stake::Everything => AtStake::Everything,
            Stake::Subscription(n) => AtStake::Subscription(held.subscriptions[n]),
            Stake::Order(n) => AtStake::Order(held.orders[n]),
        },
        value_at_risk: case.value,
        priority: case.priority,
        leaves_on: case.leaves_on,
        just_cancel: case.just_cancel,
        team: case.team.map(|team| staff.teams[team]),
        owner: case.owner.map(|who| staff.users[who]),
        source: Some(SOURCE.to_owned()),
        external_ref: Some(reference),
        source_category: None,
        second_because: case.second_because.map(ToOwned::to_owned),
    };
    if case.channel.brings_complaints() {
        let (id, answers_at) = super::complaints::take_in(tx, new, case).await?;
        return Ok((id, Some(answers_at)));
    }
    match cases::open(tx, &Can::desk(), new).await? {
        Opened::New(id) => Ok((id, None)),
        Opened::Already(id) => Err(anyhow::anyhow!("{id} is live for the same thing")),
    }
}

/// Does what an event says; gives the entry of the log that came of it.
#[expect(clippy::too_many_arguments, reason = "all of it tells the case")]
async fn act(
    tx: &mut Tx,
    id: CaseId,
    case: &Case,
    event: &Event,
    staff: &Staff,
    original: Option<CaseId>,
    last: Option<InteractionId>,
    deals: &mut Deals<'_>,
) -> anyhow::Result<Option<InteractionId>> {
    match &event.deed {
        Deed::Assign(who) => {
            let to = Some(staff.users[*who]);
            if let Assigned::Moved { from } = cases::assign(tx, &Can::desk(), id, to).await? {
                follow_ups::go_along(tx, id, from, to).await?;
                promises::go_along(tx, id, from, to).await?;
            }
        }
        Deed::Code => {
            let changes = Changes { reason: Some(case.story.reason.to_owned()), ..Changes::default() };
            cases::change(tx, &Can::desk(), id, changes).await?;
        }
        Deed::Log { kind, direction, body, next } => {
            return Ok(Some(log(tx, id, *kind, *direction, body, next).await?));
        }
        Deed::Attempt { response, means, direction, levers, body, next } => {
            let offer = deals.offer(tx, id, event, levers, *response, *means).await?;
            let attempt = NewAttempt {
                response: *response,
                means: *means,
                direction: *direction,
                objection: (!levers.is_empty()).then(|| case.story.objection.to_owned()),
                levers: levers.iter().map(|lever| (*lever).to_owned()).collect(),
                offer,
                body: body.clone(),
                next_step: step(next),
            };
            let entry = interactions::log_attempt(tx, &Can::desk(), id, attempt).await?;
            deals.answer(tx, event, *response).await?;
            return Ok(Some(entry));
        }
        Deed::Correct(body) => {
            let entry = last.context("there is nothing to correct")?;
            let (_, entry) = interactions::correct(tx, &Can::desk(), entry, body.clone()).await?;
            return Ok(Some(entry));
        }
        Deed::Confirm(body) => {
            let entry = log(tx, id, Entry::Email, Some(Direction::Outbound), body, &None).await?;
            cases::cancel_confirmed(tx, id).await?;
            return Ok(Some(entry));
        }
        Deed::Close { outcome, kept, note } => {
            deals.settle(tx, id).await?;
            let closing = Closing {
                outcome: *outcome,
                reason: Some(case.story.reason.to_owned()),
                note: note.clone(),
                kept: *kept,
                duplicate_of: original,
            };
            follow_ups::before_closing(tx, id).await?;
            let closed = cases::close(tx, &Can::desk(), id, closing).await?;
            follow_ups::after_closing(tx, &closed).await?;
        }
        Deed::Reopen(why) => {
            let reopened = cases::reopen(tx, &Can::desk(), id, why).await?;
            follow_ups::after_reopening(tx, &reopened).await?;
        }
    }
    Ok(None)
}

async fn log(
    tx: &mut Tx,
    id: CaseId,
    kind: Entry,
    direction: Option<Direction>,
    body: &str,
    next: &Next,
) -> Result<InteractionId> {
    let new = NewInteraction { kind, direction, body: body.to_owned(), next_step: step(next) };
    interactions::log(tx, &Can::desk(), id, new).await
}

fn step(next: &Next) -> Option<NextStep> {
    next.as_ref().map(|(what, at)| NextStep { what: what.clone(), at: *at })
}

/// What the biller and the shop do once a case has ended.
async fn follow(tx: &mut Tx, case: &Case, customer: &Customer, held: &Held, outcome: Outcome) -> Result<()> {
    let today = tx.now().date_naive();
    match (case.stake, case.kind) {
        (Stake::Subscription(n), Kind::WinBack) if outcome.is_save() => {
            customers::update_subscription_from_import(tx, &Can::desk(), held.subscriptions[n], |one| {
                one.status = SubscriptionStatus::Active;
                one.ended_on = None;
            })
            .await?;
        }
        (Stake::Subscription(n), Kind::Cancellation | Kind::RenewalAtRisk | Kind::NonPayment | Kind::Downgrade)
            if outcome == Outcome::Lost =>
        {
            customers::update_subscription_from_import(tx, &Can::desk(), held.subscriptions[n], |one| {
                one.status = SubscriptionStatus::Ended;
                one.ended_on = Some(today);
            })
            .await?;
        }
        (Stake::Order(n), Kind::OrderCancellation) if outcome == Outcome::Lost => {
            let mut newest = customer.orders[n].clone();
            newest.status = OrderStatus::Cancelled;
            customers::update_order_from_import(tx, &Can::desk(), held.orders[n], newest).await?;
        }
        _ => {}
    }
    Ok(())
}
