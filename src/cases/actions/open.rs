//! Opening a case.

use chrono::{DateTime, NaiveDate, Utc};

use super::super::store::{self, Origin};
use super::super::{AtStake, Case, Channel, Kind, Priority, Stage, lock};
use super::{keep, tell};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, OpenCases};
use crate::customers::{self, Status};
use crate::db::Tx;
use crate::deadlines::{self, NewDeadline};
use crate::error::Result;
use crate::ids::{CaseId, CustomerId, OrderId, TeamId, UserId};
use crate::money::Money;
use crate::search;

/// A case to be opened.
#[derive(Clone, Debug)]
pub struct NewCase {
    /// Whose.
    pub customer: CustomerId,
    /// What it is.
    pub kind: Kind,
    /// How it reached us.
    pub channel: Channel,
    /// The customer's words, verbatim.
    pub stated_reason: String,
    /// From the tree, if it is known yet.
    pub reason: Option<String>,
    /// What is at stake.
    pub at_stake: AtStake,
    /// Monthly recurring revenue × 12, or the order's value.
    pub value_at_risk: Money,
    /// How much it presses.
    pub priority: Priority,
    /// The day the customer leaves, if they named one.
    pub leaves_on: Option<NaiveDate>,
    /// The customer wants no attempt to be kept.
    pub just_cancel: bool,
    /// The team that works it.
    pub team: Option<TeamId>,
    /// Who works it.
    pub owner: Option<UserId>,
    /// The file or system it came from.
    pub source: Option<String>,
    /// Its number there.
    pub external_ref: Option<String>,
    /// The category the source gave, verbatim.
    pub source_category: Option<String>,
    /// Why a second live case for the same thing is right (R14).
    pub second_because: Option<String>,
}

impl NewCase {
    /// The case as it begins, without its number.
    pub(in super::super) fn case(&self, opened_at: DateTime<Utc>) -> Case {
        Case {
            id: CaseId::new(),
            number: 0,
            customer: self.customer,
            kind: self.kind,
            channel: self.channel,
            stage: Stage::New,
            stated_reason: self.stated_reason.clone(),
            reason: self.reason.clone(),
            at_stake: self.at_stake,
            value_at_risk: self.value_at_risk,
            priority: self.priority,
            leaves_on: self.leaves_on,
            just_cancel: self.just_cancel,
            team: self.team,
            owner: self.owner,
            opened_at,
            first_action_at: None,
            first_action_minutes: None,
            version: 1,
        }
    }

    /// Where it came from.
    pub(in super::super) fn origin(&self) -> Origin<'_> {
        Origin {
            source: self.source.as_deref(),
            external_ref: self.external_ref.as_deref(),
            source_category: self.source_category.as_deref(),
            second_because: self.second_because.as_deref(),
        }
    }
}

/// What came of opening a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opened {
    /// It is new.
    New(CaseId),
    /// There is a live one for the same thing: the caller adds the contact to it (R14).
    Already(CaseId),
}

/// Opens a case, or finds the live one that it repeats (R14). Sets its first deadlines and the account status that
/// follows.
///
/// # Errors
/// When the reason is not in the tree, or the amount is negative.
pub async fn open(tx: &mut Tx, _: &Can<OpenCases>, new: NewCase) -> Result<Opened> {
    let customer = customers::lock(tx, new.customer).await?;
    if new.second_because.is_none()
        && let Some(live) = store::live_for(tx, new.customer, new.kind, new.at_stake).await?
    {
        return Ok(Opened::Already(live));
    }
    let mut case = new.case(tx.now());
    let origin = new.origin();
    case.number = store::insert(tx, &case, &origin).await?;
    search::index_case(tx, case.id, case.customer, case.number).await?;
    set_first_deadlines(tx, &case).await?;
    keep(tx, &mut case).await?;
    audit::record(
        tx,
        Entry::new(Action::CaseOpened, Subject::Case(case.id))
            .of(case.customer)
            .fact("kind", case.kind.name())
            .fact("channel", case.channel.name())
            .fact("reason", case.reason.clone())
            .fact("value_at_risk_minor", case.value_at_risk.minor)
            .fact("currency", case.value_at_risk.currency.code())
            .fact("owner", case.owner.map(|owner| owner.to_string()))
            .fact("second_because", origin.second_because.is_some())
            .fact("import", origin.external_ref),
    )
    .await?;
    if let Some(status) = status_at_opening(&case)
        && customer.status == Status::Active
    {
        customers::set_status(tx, case.customer, status, &format!("{} opened", case.code())).await?;
    }
    tell(tx, &case);
    Ok(Opened::New(case.id))
}

pub(super) fn status_at_opening(case: &Case) -> Option<Status> {
    match case.kind {
        Kind::Cancellation => Some(Status::CancelRequested),
        Kind::WinBack => None,
        _ => Some(Status::AtRisk),
    }
}

async fn set_first_deadlines(tx: &mut Tx, case: &Case) -> Result<()> {
    let calendar = accounts::calendar_of(tx, case.team).await?;
    let opened = case.opened_at;
    let first = format!("first_action.{}", case.priority.level());
    let cancel = format!("cancel_request.{}", case.kind.name());
    for (kind, code) in [(deadlines::Kind::FirstAction, first), (deadlines::Kind::CancelRequest, cancel)] {
        if let Some((name, due)) = deadlines::target(tx, &code, &calendar, opened).await? {
            let what = match kind {
                deadlines::Kind::FirstAction if case.just_cancel => "Start the cancellation".to_owned(),
                deadlines::Kind::FirstAction => format!("Answer: {}", case.kind.label().to_lowercase()),
                _ => name,
            };
            deadlines::set(tx, case.id, NewDeadline { kind, what, due, owner: case.owner }).await?;
        }
    }
    Ok(())
}

/// One line of what a cancellation took back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CancellationLine {
    /// The item.
    pub stock_code: String,
    /// In words.
    pub description: String,
    /// How many, as a positive number.
    pub quantity: i32,
    /// What they cost, as a positive amount.
    pub amount: Money,
    /// The earlier order that it seems to undo: a suggestion.
    pub order: Option<OrderId>,
    /// Why that one, or why none.
    pub match_reason: String,
}

/// Notes what a cancellation took back, line by line.
///
/// # Errors
/// When the database refuses.
pub async fn note_cancellation_lines(
    tx: &mut Tx,
    _: &Can<OpenCases>,
    case: CaseId,
    lines: &[CancellationLine],
) -> Result<()> {
    let case = lock(tx, case).await?;
    store::insert_cancellation_lines(tx, case.id, lines).await
}
