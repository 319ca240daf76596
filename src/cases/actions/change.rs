//! Changing what is known of a case.

use chrono::NaiveDate;

use super::super::store;
use super::super::{AtStake, Case, Priority, Refusal, lock};
use super::{keep, tell};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, WorkCases};
use crate::db::Tx;
use crate::deadlines::{self, NewDeadline};
use crate::error::Result;
use crate::ids::CaseId;
use crate::money::Money;

/// What may be changed of a case; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// The coded reason.
    pub reason: Option<String>,
    /// The priority.
    pub priority: Option<Priority>,
    /// The value at risk, in the case's currency.
    pub value_at_risk: Option<Money>,
    /// The day the customer leaves; `Some(None)` takes it away.
    pub leaves_on: Option<Option<NaiveDate>>,
    /// What is at stake.
    pub at_stake: Option<AtStake>,
    /// Whether the customer wants no attempt to be kept.
    pub just_cancel: Option<bool>,
    /// Why “just cancel” is taken back.
    pub because: Option<String>,
}

/// Changes what is known of a case; every change keeps its history.
///
/// # Errors
/// When the case is closed, the amount is in another currency, or “just cancel” is taken back without a reason.
pub async fn change(tx: &mut Tx, _: &Can<WorkCases>, case: CaseId, changes: Changes) -> Result<Case> {
    let mut case = lock(tx, case).await?;
    case.require_live()?;
    let mut entry = Entry::new(Action::CaseChanged, Subject::Case(case.id)).of(case.customer);
    let mut history: Vec<(&str, Option<String>, Option<String>)> = Vec::new();
    if let Some(reason) = changes.reason
        && case.reason.as_deref() != Some(reason.as_str())
    {
        entry = entry.change("reason", case.reason.clone(), reason.clone());
        history.push(("reason", case.reason.replace(reason.clone()), Some(reason)));
    }
    if let Some(priority) = changes.priority
        && case.priority != priority
    {
        entry = entry.change("priority", case.priority.level(), priority.level());
        history.push(("priority", Some(case.priority.label().into()), Some(priority.label().into())));
        case.priority = priority;
        if case.first_action_at.is_none() {
            retarget_first_action(tx, &case).await?;
        }
    }
    if let Some(value) = changes.value_at_risk
        && case.value_at_risk != value
    {
        if value.currency != case.value_at_risk.currency {
            return Err(Refusal::OtherCurrency(case.value_at_risk.currency.code().to_owned()).into());
        }
        entry = entry.change("value_at_risk_minor", case.value_at_risk.minor, value.minor);
        history.push(("value_at_risk", Some(case.value_at_risk.to_string()), Some(value.to_string())));
        case.value_at_risk = value;
    }
    if let Some(leaves_on) = changes.leaves_on
        && case.leaves_on != leaves_on
    {
        let text = |day: Option<NaiveDate>| day.map(|day| day.to_string());
        entry = entry.change("leaves_on", text(case.leaves_on), text(leaves_on));
        history.push(("leaves_on", text(case.leaves_on), text(leaves_on)));
        case.leaves_on = leaves_on;
    }
    if let Some(at_stake) = changes.at_stake
        && case.at_stake != at_stake
    {
        entry = entry.change("at_stake", case.at_stake.to_string(), at_stake.to_string());
        history.push(("subject", Some(case.at_stake.to_string()), Some(at_stake.to_string())));
        case.at_stake = at_stake;
    }
    if let Some(just_cancel) = changes.just_cancel
        && case.just_cancel != just_cancel
    {
        if case.just_cancel && changes.because.is_none() {
            return Err(Refusal::WhyNotCancel.into());
        }
        let text = |yes: bool| Some(if yes { "yes" } else { "no" }.to_owned());
        entry = entry.change("just_cancel", case.just_cancel, just_cancel);
        history.push(("just_cancel", text(case.just_cancel), text(just_cancel)));
        case.just_cancel = just_cancel;
    }
    if !entry.has_changes() {
        return Ok(case);
    }
    for (field, was, now) in history {
        let why = changes.because.as_deref().filter(|_| field == "just_cancel");
        store::note_change(tx, case.id, field, was.as_deref(), now.as_deref(), why).await?;
    }
    keep(tx, &mut case).await?;
    audit::record(tx, entry).await?;
    tell(tx, &case);
    Ok(case)
}

async fn retarget_first_action(tx: &mut Tx, case: &Case) -> Result<()> {
    let calendar = accounts::calendar_of(tx, case.team).await?;
    let code = format!("first_action.{}", case.priority.level());
    if let Some((_, due)) = deadlines::target(tx, &code, &calendar, case.opened_at).await? {
        let what = format!("Answer: {}", case.kind.label().to_lowercase());
        let kind = deadlines::Kind::FirstAction;
        deadlines::set(tx, case.id, NewDeadline { kind, what, due, owner: case.owner }).await?;
    }
    Ok(())
}
