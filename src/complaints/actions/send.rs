//! The answer goes out; and they may come back to it.

use chrono::NaiveDate;

use super::super::{Complaint, Refusal, SentHow, store};
use super::{entry, lock, set_deadline, tell};
use crate::audit::{self, Action};
use crate::auth::{AttachFiles, Can, LogInteractions, WorkComplaints};
use crate::cases;
use crate::db::Tx;
use crate::deadlines::{self, End};
use crate::error::{Error, Result};
use crate::files::{self, NewFile, On};
use crate::ids::ComplaintId;
use crate::interactions::{self, Direction, Kind, NewInteraction};

/// How an answer was sent, and what shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sending {
    /// How.
    pub how: SentHow,
    /// What shows it, in words.
    pub evidence: String,
    /// Files that show it.
    pub files: Vec<NewFile>,
}

/// Notes that the answer was sent as it was signed off; its deadline is met or missed now. What shows it is part of the
/// case's log.
///
/// # Errors
/// When nobody signed it off, nothing shows that it was sent, or details of the customer stand where everybody can read
/// them.
pub async fn send(
    tx: &mut Tx,
    can: &Can<WorkComplaints>,
    complaint: ComplaintId,
    sending: Sending,
) -> Result<Complaint> {
    if sending.evidence.is_empty() && sending.files.is_empty() {
        return Err(Error::refused("Say what shows that it was sent: in words, or with a file."));
    }
    let signed = lock(tx, complaint).await?;
    let details = store::details_of(tx, &signed).await?;
    let mut complaint = signed.clone().sent(&details)?;
    store::save_sent(tx, &signed, sending.how).await?;
    store::save(tx, &mut complaint).await?;
    deadlines::end_for(tx, complaint.id.uuid(), deadlines::Kind::RegulatorResponse, End::Done).await?;
    store::note(tx, &complaint, "sent", sending.how.name()).await?;
    let body = format!("{} was answered. {}", complaint.title(), sending.evidence);
    log(tx, can, &complaint, Direction::Outbound, body.trim_end().to_owned(), &sending.files).await?;
    audit::record(tx, entry(Action::ComplaintSent, &complaint).fact("how", sending.how.name())).await?;
    cases::settle(tx, complaint.case).await?;
    tell(tx, &complaint);
    Ok(complaint)
}

/// Notes that they came back to the answer: another round begins, with a deadline of its own.
///
/// # Errors
/// When nothing was sent, they cannot come back, or the case is closed.
pub async fn rebut(
    tx: &mut Tx,
    can: &Can<WorkComplaints>,
    complaint: ComplaintId,
    received_on: NaiveDate,
    words: &str,
) -> Result<Complaint> {
    let before = lock(tx, complaint).await?;
    cases::find(tx, before.case).await?.require_live()?;
    let sent_on = before.current().and_then(|round| round.sent_at).map(|at| at.date_naive());
    let today = tx.now().with_timezone(&before.template.zone).date_naive();
    if received_on > today {
        return Err(Refusal::NotReceivedYet.into());
    }
    if sent_on.is_some_and(|sent| received_on < sent.pred_opt().unwrap_or(sent)) {
        return Err(Error::refused("Enter the day their rebuttal was received; it comes after the answer."));
    }
    let mut complaint = before.rebutted()?;
    let due = complaint.template.due(complaint.round, received_on);
    store::save(tx, &mut complaint).await?;
    store::insert_round(tx, &complaint, received_on, words, &due).await?;
    set_deadline(tx, &complaint, due).await?;
    store::note(tx, &complaint, "rebutted", "").await?;
    log(tx, can, &complaint, Direction::Inbound, words.to_owned(), &[]).await?;
    audit::record(tx, entry(Action::ComplaintRebutted, &complaint)).await?;
    cases::settle(tx, complaint.case).await?;
    tell(tx, &complaint);
    Ok(complaint)
}

/// A letter of the case’s log.
async fn log(
    tx: &mut Tx,
    can: &Can<WorkComplaints>,
    complaint: &Complaint,
    direction: Direction,
    body: String,
    files: &[NewFile],
) -> Result<()> {
    let logs: Can<LogInteractions> = can.and()?;
    let new = NewInteraction { kind: Kind::Letter, direction: Some(direction), body, next_step: None };
    let id = interactions::log(tx, &logs, complaint.case, new).await?;
    if !files.is_empty() {
        let attaches: Can<AttachFiles> = can.and()?;
        files::attach(tx, &attaches, complaint.customer, complaint.case, On::Interaction(id), files).await?;
    }
    Ok(())
}
