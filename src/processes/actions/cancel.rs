//! Cancellation is honoured: it begins at once where a customer says so, and is confirmed in writing.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::super::{FactKind, Kind, Makes, Process, Refusal, Stage, Step, StepStage, store};
use super::go_on::walk;
use super::start::start;
use super::{entry, lock_both, tell};
use crate::accounts;
use crate::approvals;
use crate::audit::{self, Action};
use crate::auth::{Can, WorkCases};
use crate::cases::{self, AtStake, Case, Changes};
use crate::customers::{self, ConsentChannel, Purpose};
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::ids::{CaseId, ProcessId};
use crate::notifications::{self, NewMail, To};
use crate::offers;
use crate::promises::{self, Evidence};

/// How the keys of mails begin that confirm a cancellation.
const CONFIRMS: &str = "cancellation:";

/// The customer says: just cancel. The attempt to keep them ends at once, what was offered is taken back, and the
/// cancellation begins, all in one transaction.
///
/// # Errors
/// When the case is closed.
pub async fn just_cancel(tx: &mut Tx, can: &Can<WorkCases>, case: CaseId) -> Result<Process> {
    let changes = Changes { just_cancel: Some(true), ..Changes::default() };
    let case = cases::change(tx, can, case, changes).await?;
    let why = "The customer said “just cancel”.";
    for offer in offers::of_case(tx, case.id).await? {
        if offer.stage == offers::Stage::AwaitingApproval {
            approvals::withdraw_of_offer(tx, offer.id).await?;
        }
    }
    offers::withdraw_open(tx, case.id, why).await?;
    if let Some(running) = store::running_of_kind(tx, case.id, Kind::Cancellation).await? {
        return store::find(tx, running).await;
    }
    let facts = known(tx, &case).await?;
    start(tx, can, case.id, Kind::Cancellation, &facts).await
}

/// What follows from the case of what a cancellation has to know at its start: what is cancelled, and as of when.
async fn known(tx: &mut Tx, case: &Case) -> Result<BTreeMap<i16, String>> {
    let template = store::newest(tx, Kind::Cancellation).await?;
    let today = tx.now().with_timezone(&accounts::zone_of(tx, case.team).await?).date_naive();
    let as_of: NaiveDate = case.leaves_on.unwrap_or(today).max(today);
    let at_stake = case.at_stake.to_string();
    let subjects = customers::subjects(tx, case.customer).await?;
    let what = subjects.into_iter().find(|one| one.value() == at_stake).map(|one| one.label);
    let what = what.unwrap_or_else(|| match case.at_stake {
        AtStake::Everything => "Everything we provide".to_owned(),
        AtStake::Subscription(_) => "The subscription".to_owned(),
        AtStake::Order(_) => "The order".to_owned(),
    });
    let at_start = template.new.facts.iter().filter(|fact| fact.place == 0 && fact.required);
    Ok(at_start
        .map(|fact| {
            let value = match fact.kind {
                FactKind::Text => what.clone(),
                FactKind::Date => as_of.to_string(),
                FactKind::Money => case.value_at_risk.to_string(),
                FactKind::YesNo => "no".to_owned(),
            };
            (fact.position, value)
        })
        .collect())
}

/// The confirmation has gone out another way: by letter, in a chat, in person. The evidence says how we know.
///
/// # Errors
/// When it is not its turn, or there is no evidence.
pub async fn confirm(tx: &mut Tx, can: &Can<WorkCases>, process: ProcessId, evidence: Evidence) -> Result<Process> {
    let (case, process, step) = lock_confirmation(tx, can, process).await?;
    let Some(super::super::Made::Promise(promise)) = step.made else { return Err(Refusal::TooEarly.into()) };
    promises::keep(tx, &Can::desk(), promise, evidence).await?;
    if let Some(key) = &step.mail_key {
        notifications::drop_mail(tx, key, "It was confirmed another way.").await?;
    }
    let process = store::find(tx, process.id).await?;
    walk(tx, &case, process).await
}

/// Writes the confirmation to the customer; the mail that has gone out is the evidence. One that has gone out already is
/// noted.
///
/// # Errors
/// When it is not its turn, nobody there has an address, or they do not want e-mails.
pub async fn mail_confirmation(tx: &mut Tx, can: &Can<WorkCases>, process: ProcessId) -> Result<Process> {
    let (case, process, step) = lock_confirmation(tx, can, process).await?;
    if process.went_out() {
        // it is noted now rather than in the next round; nobody gets it twice
        return walk(tx, &case, process).await;
    }
    let waits = notifications::Stage::Waiting.name();
    if step.mail.as_ref().is_some_and(|(stage, _)| stage == waits) {
        return Err(Refusal::Mailed.into());
    }
    let consents = customers::consents_part(case.customer).all(tx).await?;
    let no = |one: &customers::Consent| {
        one.channel == ConsentChannel::Email && one.purpose == Purpose::Service && !one.given
    };
    if consents.iter().any(no) {
        return Err(Refusal::NoMails.into());
    }
    let contacts = customers::contacts(tx, case.customer).await?;
    let contact = contacts.into_iter().find(|contact| contact.details.email.contains('@'));
    let contact = contact.ok_or(Refusal::NoAddress)?.details;
    let name =
        if contact.name.is_empty() { customers::find(tx, case.customer).await?.name.clone() } else { contact.name };
    let key = format!("{CONFIRMS}{}:{}", step.id, step.version);
    let mail = NewMail {
        key: key.clone(),
        to: To::Customer(case.customer),
        address: contact.email,
        subject: format!("Your cancellation is confirmed: {}", case.code()),
        body: process.confirmation_mail(&name, &case.code()),
        name,
        case: Some(case.id),
        terms: None,
        not_before: None,
    };
    notifications::queue(tx, mail).await?;
    store::set_mail(tx, step.id, Some(&key)).await?;
    audit::record(tx, entry(Action::CancellationMailed, &process)).await?;
    tx.tell("outbox");
    tell(tx, &process);
    store::find(tx, process.id).await
}

/// Why a mail that confirms a cancellation is no reason to write any more, in words for the outbox; none while it is, and
/// for every other mail. `key`: its name in the outbox.
///
/// # Errors
/// When the database cannot be read.
pub async fn confirmation_dropped_because(db: &Db, key: &str) -> Result<Option<String>> {
    if !key.starts_with(CONFIRMS) {
        return Ok(None);
    }
    let why = match store::confirmed_by(&mut *db.read().await?, key).await? {
        Some((Stage::Running, StepStage::Begun)) => return Ok(None),
        Some((_, StepStage::Done)) => "It was confirmed another way.",
        Some(_) => "The cancellation was stopped.",
        None => "What it says was corrected, or it was written anew.",
    };
    Ok(Some(why.to_owned()))
}

/// The process with its confirmation, whose turn it is.
async fn lock_confirmation(tx: &mut Tx, can: &Can<WorkCases>, process: ProcessId) -> Result<(Case, Process, Step)> {
    let (case, process) = lock_both(tx, can, process).await?;
    process.require_running()?;
    let step = process.steps.iter().find(|step| step.makes == Makes::Confirmation).cloned();
    let step = step.ok_or(Refusal::TooEarly)?;
    match step.stage {
        StepStage::Begun if step.is_under_way() => Ok((case, process, step)),
        StepStage::Waiting | StepStage::Begun => Err(Refusal::TooEarly.into()),
        over => Err(Refusal::StepOver(over).into()),
    }
}
