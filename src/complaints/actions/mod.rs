//! The verbs of a complaint. Each locks the case's row, then the complaint's.

mod customer;
mod end;
mod review;
mod send;
mod take_in;
mod terms;
mod write;

use std::collections::BTreeSet;

use super::{Complaint, store};
use crate::audit::{Action, Entry, Subject};
use crate::calendar::Due;
use crate::cases::{self, Case};
use crate::db::Tx;
use crate::deadlines::{self, NewDeadline};
use crate::error::Result;
use crate::ids::{ComplaintId, UserId};
use crate::notifications::{self, Notice};
use crate::search::{self, Field, Indexed};

pub(super) use customer::at_risk;
pub use customer::link;
pub use end::{bring_back, close, extend};
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

/// An answer that is owed is due in its case when it was, whatever ended its deadline or kept it elsewhere.
async fn keep_deadline(tx: &mut Tx, complaint: &Complaint) -> Result<()> {
    match complaint.current().filter(|_| complaint.stage.owes()) {
        Some(round) => {
            let due = Due { at: round.due_at, because: round.because.clone() };
            set_deadline(tx, complaint, due).await
        }
        None => Ok(()),
    }
}

/// A case is found by its number, and by those that its complaints have at their sources.
async fn index(tx: &mut Tx, case: &Case) -> Result<()> {
    let numbers = store::refs_of_case(tx, case.id).await?;
    let terms = std::iter::once(case.code()).chain(numbers).map(|number| (Field::Case, number)).collect();
    search::index(tx, Indexed { subject: search::Subject::Case(case.id), customer: case.customer, terms }).await
}

/// Tells people of it, but whoever does it.
async fn notify(
    tx: &mut Tx,
    complaint: &Complaint,
    people: impl IntoIterator<Item = UserId>,
    about: &str,
) -> Result<()> {
    let me = tx.by();
    let people: BTreeSet<UserId> = people.into_iter().filter(|one| Some(*one) != me).collect();
    let notice = |to: UserId| Notice {
        to,
        kind: notifications::Kind::Assigned,
        case: Some(complaint.case),
        about: about.to_owned(),
        urgent: false,
        key: format!("complaint:{}:{}:{}", complaint.id, complaint.round, complaint.version),
    };
    let notices: Vec<Notice> = people.into_iter().map(notice).collect();
    notifications::tell(tx, &notices).await.map(drop)
}

/// Tells whoever works the case, and whoever wrote on the answer of this round.
async fn tell_writers(tx: &mut Tx, complaint: &Complaint, what: &str) -> Result<()> {
    let authors = complaint.current().into_iter().flat_map(|round| &round.authors).map(|author| author.id);
    let people: Vec<UserId> = authors.chain(complaint.owner).collect();
    notify(tx, complaint, people, &format!("The answer to {} {what}", complaint.title())).await
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
