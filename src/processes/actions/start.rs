//! Starting a process.

use std::collections::BTreeMap;

use super::super::{Kind, Process, Refusal, Template, store};
use super::go_on::walk;
use super::{entry, tell, tell_people};
use crate::audit::{self, Action};
use crate::auth::{Can, WorkCases};
use crate::cases::{self, Case};
use crate::customers;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::CaseId;

/// Starts a process in a case, under the newest version of its kind, with what is known of it; its first steps begin at
/// once. While it freezes, no offer is shown to the customer; where it holds, their data stays (R20).
///
/// # Errors
/// When the case is closed, one of its kind runs in it, or something has to be known first.
pub async fn start(
    tx: &mut Tx,
    can: &Can<WorkCases>,
    case: CaseId,
    kind: Kind,
    facts: &BTreeMap<i16, String>,
) -> Result<Process> {
    let template = store::newest(tx, kind).await?;
    if template.new.holds {
        // the customer first, as where cases are opened
        let whose = cases::find(tx, case).await?.customer;
        customers::lock(tx, whose).await?;
    }
    let case = cases::lock(tx, case).await?;
    case.require_live()?;
    if let Some(running) = store::running_of_kind(tx, case.id, kind).await? {
        let known = store::find(tx, running).await?.is_for(can);
        return Err(if known { Refusal::Runs(kind) } else { Refusal::NotNow }.into());
    }
    let process = begin(tx, &case, &template, facts).await?;
    if template.new.holds {
        customers::set_legal_hold(tx, case.customer, true).await?;
    }
    if kind == Kind::Cancellation {
        cases::ask_to_cancel(tx, case.id).await?;
    }
    walk(tx, &case, process).await
}

async fn begin(tx: &mut Tx, case: &Case, template: &Template, facts: &BTreeMap<i16, String>) -> Result<Process> {
    let id = store::insert(tx, case, template).await?;
    if template.new.confidential {
        let mut circle = store::people(tx, &template.new.tells, case.owner, case.team).await?;
        circle.extend(tx.by());
        store::insert_circle(tx, id, &circle).await?;
    }
    let facts = facts.iter().map(|(position, value)| (*position, (1, value.clone()))).collect();
    store::insert_facts(tx, id, &facts).await?;
    store::insert_steps(tx, id).await?;
    let process = store::lock(tx, id).await?;
    let missing: Vec<String> = process.missing(0).into_iter().map(|fact| fact.label).collect();
    if !missing.is_empty() {
        return Err(Refusal::Unknown(missing.join(", ")).into());
    }
    store::note(tx, &process, "started", None, &template.new.purpose).await?;
    let entry = entry(Action::ProcessStarted, &process)
        .fact("freezes_offers", process.freezes_offers)
        .fact("holds", process.holds)
        .fact("circle", process.circle.len());
    audit::record(tx, entry).await?;
    let words = format!("{} was started", process.kind.label());
    tell_people(tx, case, &process, &template.new.tells, "started", &words).await?;
    tell(tx, &process);
    Ok(process)
}
