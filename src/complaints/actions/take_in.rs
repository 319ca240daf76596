//! Taking a complaint in: it opens its case, or joins the live one of the same customer (R14).

use chrono::NaiveDate;

use super::super::{Complainant, Complaint, Ended, How, Refusal, Stage, Template, store};
use super::{entry, index, set_deadline, tell};
use crate::audit::{self, Action};
use crate::auth::{Can, CloseCases, LogInteractions, OpenCases, WorkComplaints};
use crate::cases::{self, Case, NewCase, Opened, PastCase};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, ComplaintId};
use crate::interactions;

/// What is known of a complaint beside its case; their words are the stated reason of the case.
#[derive(Clone, Debug)]
pub struct Details {
    /// On which terms it is answered.
    pub template: Template,
    /// Its number at the source.
    pub external_ref: Option<String>,
    /// The day it was received.
    pub received_on: NaiveDate,
    /// Everybody can read their words.
    pub public: bool,
    /// Who complains, as the source says.
    pub complainant: Complainant,
}

/// A complaint that was taken in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TakenIn {
    /// Which.
    pub complaint: ComplaintId,
    /// Its case.
    pub case: CaseId,
    /// The case was live already.
    pub joined: bool,
}

impl Details {
    fn complaint(&self, tx: &Tx, case: &Case) -> Complaint {
        Complaint {
            id: ComplaintId::new(),
            case: case.id,
            case_number: case.number,
            owner: case.owner,
            customer: case.customer,
            customer_name: String::new(),
            // as the database says of their customer
            unknown: false,
            template: self.template.clone(),
            external_ref: self.external_ref.clone(),
            public: self.public,
            complainant: self.complainant.clone(),
            stage: Stage::Received,
            round: 1,
            revision: 1,
            reviewer: None,
            taken_in_at: tx.now(),
            ended: None,
            version: 1,
            rounds: Vec::new(),
            allegations: Vec::new(),
            actions: Vec::new(),
        }
    }
}

/// Takes a complaint in and opens its case. It is due by its template from the day it was received, however late it is
/// taken in.
///
/// # Errors
/// When it is here already, its day is ahead, or its terms are not used any more.
pub async fn take_in(tx: &mut Tx, can: &Can<WorkComplaints>, new: NewCase, details: Details) -> Result<TakenIn> {
    if !details.template.active {
        return Err(Refusal::Retired.into());
    }
    // days begin earlier elsewhere
    let today = tx.now().with_timezone(&details.template.zone).date_naive();
    if details.received_on > today.succ_opt().unwrap_or(today) {
        return Err(Refusal::NotReceivedYet.into());
    }
    refuse_known(tx, &details).await?;
    let words = new.stated_reason.clone();
    let new = NewCase { channel: details.template.source, ..new };
    let opens: Can<OpenCases> = can.and()?;
    let (case, joined) = match cases::open(tx, &opens, new).await? {
        Opened::New(case) => (case, false),
        Opened::Already(case) => {
            let logs: Can<LogInteractions> = can.and()?;
            interactions::add_contact(tx, &logs, case, interactions::Kind::Letter, words.clone()).await?;
            (case, true)
        }
    };
    let case = cases::lock(tx, case).await?;
    let mut complaint = details.complaint(tx, &case);
    let due = details.template.due(1, details.received_on);
    store::insert(tx, &mut complaint).await?;
    store::insert_round(tx, &complaint, details.received_on, &words, &due).await?;
    set_deadline(tx, &complaint, due).await?;
    store::note(tx, &complaint, "taken_in", &complaint.title()).await?;
    index(tx, &case).await?;
    audit::record(tx, taken_in(&complaint, &details)).await?;
    cases::settle(tx, case.id).await?;
    tell(tx, &complaint);
    Ok(TakenIn { complaint: complaint.id, case: case.id, joined })
}

/// Takes in a complaint that was over before we heard of it here, with its case; nobody is asked to answer it.
///
/// # Errors
/// When it is here already, or its case cannot be noted.
pub async fn record_past(tx: &mut Tx, can: &Can<WorkComplaints>, past: PastCase, details: Details) -> Result<TakenIn> {
    refuse_known(tx, &details).await?;
    let words = past.case.stated_reason.clone();
    let ended = Ended { at: past.closed_at, how: How::Before, because: past.note.clone() };
    let (opens, closes): (Can<OpenCases>, Can<CloseCases>) = (can.and()?, can.and()?);
    let past = PastCase { case: NewCase { channel: details.template.source, ..past.case }, ..past };
    let case = cases::record_past(tx, &opens, &closes, past).await?;
    let case = cases::find(tx, case).await?;
    let mut complaint = Complaint { stage: Stage::Closed, ended: Some(ended), ..details.complaint(tx, &case) };
    let due = details.template.due(1, details.received_on);
    store::insert(tx, &mut complaint).await?;
    store::insert_round(tx, &complaint, details.received_on, &words, &due).await?;
    index(tx, &case).await?;
    audit::record(tx, taken_in(&complaint, &details)).await?;
    Ok(TakenIn { complaint: complaint.id, case: case.id, joined: false })
}

async fn refuse_known(tx: &mut Tx, details: &Details) -> Result<()> {
    let Some(number) = &details.external_ref else { return Ok(()) };
    match store::find_by_ref(tx, details.template.source, number).await? {
        Some((_, _, case)) => {
            let title = super::super::title(&details.template, Some(number));
            Err(Refusal::Known(title, format!("SD-{case}")).into())
        }
        None => Ok(()),
    }
}

fn taken_in(complaint: &Complaint, details: &Details) -> audit::Entry {
    entry(Action::ComplaintTakenIn, complaint)
        .fact("template", format!("{} {}", details.template.code, details.template.number))
        .fact("external_ref", complaint.external_ref.clone())
        .fact("received_on", details.received_on.to_string())
        .fact("unknown", complaint.unknown)
        .fact("over", complaint.stage == Stage::Closed)
}
