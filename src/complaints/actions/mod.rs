//! The verbs of a complaint. Each locks the case's row, then the complaint's.

mod customer;
mod end;
mod review;
mod send;
mod take_in;
mod terms;
mod write;

use super::{Complaint, store};
use crate::audit::{Action, Entry, Subject};
use crate::calendar::Due;
use crate::cases;
use crate::db::Tx;
use crate::deadlines::{self, NewDeadline};
use crate::error::Result;
use crate::ids::ComplaintId;

pub(super) use customer::at_risk;
pub use customer::link;
pub use end::{close, extend};
pub use review::{ask_review, return_to_authors, sign_off};
pub use send::{Sending, rebut, send};
pub use take_in::{Details, TakenIn, record_past, take_in};
pub use terms::{NewTemplate, NotPublished, publish};
pub use write::{
    NewAction, NewAllegation, Written, add_action, add_allegation, drop_action, drop_allegation, write_allegation,
    write_letter,
};

/// A complaint with its case's row and its own held.
async fn lock(tx: &mut Tx, complaint: ComplaintId) -> Result<Complaint> {
    let seen = store::find(tx, complaint).await?;
    cases::lock(tx, seen.case).await?;
    store::lock(tx, complaint).await
}

/// The answer of the round is due then; the deadline before gives way to it.
async fn set_deadline(tx: &mut Tx, complaint: &Complaint, due: Due) -> Result<()> {
    let what = if complaint.round == 1 {
        format!("Answer {}", complaint.title())
    } else {
        format!("Answer the rebuttal of {}", complaint.title())
    };
    let new = NewDeadline { kind: deadlines::Kind::RegulatorResponse, what, due, owner: complaint.owner };
    deadlines::set_for(tx, complaint.case, complaint.id.uuid(), new).await?;
    Ok(())
}

fn entry(action: Action, complaint: &Complaint) -> Entry {
    Entry::new(action, Subject::Complaint(complaint.id))
        .of(complaint.customer)
        .fact("case", complaint.case.to_string())
        .fact("source", complaint.template.source.name())
        .fact("round", complaint.round)
        .fact("revision", complaint.revision)
}

/// Tells the pages that show it.
fn tell(tx: &mut Tx, complaint: &Complaint) {
    tx.tell(format!("case:{}", complaint.case));
    tx.tell("complaints");
}
