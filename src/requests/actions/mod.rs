//! The verbs of a request. Each locks the case's row, then the request's.

mod answer;
mod ask;
mod desks;
mod links;
mod offer;
mod promise;
mod thread;

use crate::accounts;
use crate::audit::{Action, Entry, Subject};
use crate::calendar::Due;
use crate::cases::{self, Case};
use crate::db::Tx;
use crate::deadlines::{self, NewDeadline};
use crate::error::{Error, Result};
use crate::ids::{RequestId, UserId};
use crate::notifications::{self, Notice};

use super::{Kind, Request, Stage, store};

pub use answer::{NewAnswer, accept_conditions, answer, could_not, could_not_keep, withdraw_answer};
pub use ask::{NewRequest, ask, ask_in_confidence, cancel, cancel_open, let_read, supply};
pub use links::{Link, answer_by_link, make_link};
pub use offer::{Terms, ask_again, ask_for_offer, terms_are_over};
pub use promise::{Wish, ask_for_promise, promised_on};
pub use thread::{accept, hand_over, return_it, said, to_chase};

pub use desks::set_up;

pub(super) use desks::{may_edit, save_desk};
pub(super) use links::{find_by_link, opened};

/// The case's row first, then the request's.
async fn lock_both(tx: &mut Tx, request: RequestId) -> Result<(Case, Request)> {
    let seen = store::find(tx, request).await?;
    let case = cases::lock(tx, seen.case).await?;
    require_reader(tx, &seen).await?;
    Ok((case, store::lock(tx, request).await?))
}

/// What is confidential is not there for anybody but its readers and its department; the desk itself does what follows.
async fn require_reader(tx: &mut Tx, request: &Request) -> Result<()> {
    let (Some(readers), Some(by)) = (&request.readers, tx.by()) else { return Ok(()) };
    if readers.contains(&by) || store::members(tx, request.department).await?.iter().any(|(member, _)| *member == by) {
        return Ok(());
    }
    Err(Error::NotFound)
}

/// By when a department answers what it is asked now: by its own hours.
async fn due(tx: &mut Tx, department: crate::ids::DepartmentId, kind: Kind) -> Result<Due> {
    let desk = store::desk(tx, department).await?;
    let time = chrono::TimeDelta::hours(desk.answers_in(kind).into());
    let due = desk.calendar.add_working(tx.now(), time);
    Ok(Due { because: format!("{} of {}", due.because, desk.name), ..due })
}

/// It is the department's turn, until then.
async fn set_deadline(tx: &mut Tx, case: &Case, request: &Request) -> Result<()> {
    let what = request.outwardly().chars().take(300).collect();
    let (because, owner) = match request.readers {
        None => (request.because.clone(), case.owner.or(request.asked_by).or(tx.by())),
        // neither whose it is nor the department's hours may tell what it is
        Some(_) => ("it was asked for by then".to_owned(), request.asked_by),
    };
    let due = Due { at: request.due_at, because };
    let new = NewDeadline { kind: deadlines::Kind::Request, what, due, owner };
    deadlines::set_for(tx, case.id, request.id.uuid(), new).await?;
    Ok(())
}

/// It is no longer the department's turn.
async fn end_deadline(tx: &mut Tx, request: &Request, how: deadlines::End) -> Result<()> {
    deadlines::end_for(tx, request.id.uuid(), deadlines::Kind::Request, how).await
}

fn entry(action: Action, request: &Request) -> Entry {
    Entry::new(action, Subject::Request(request.id))
        .of(request.customer)
        .fact("case", request.case.to_string())
        .fact("department", request.department.to_string())
        .fact("kind", request.kind.name())
        .fact("stage", request.stage.name())
        .fact("offer", request.offer.map(|(offer, _)| offer.to_string()))
        .fact("revision", request.offer.map(|(_, revision)| revision))
}

fn tell(tx: &mut Tx, request: &Request) {
    tx.tell(format!("case:{}", request.case));
    tx.tell("requests");
    tx.tell("queue");
}

/// Tells the department: whoever has it, else everybody who answers for it. They are told what it is about, and never
/// whose case it is.
async fn tell_department(tx: &mut Tx, case: &Case, request: &Request, mark: &str, words: &str) -> Result<()> {
    let me = tx.by();
    let members = store::members(tx, request.department).await?;
    let whole = request.accepted_by.is_none_or(|has| members.iter().all(|(id, _)| *id != has));
    let to = members.into_iter().map(|(id, _)| id).filter(|id| whole || Some(*id) == request.accepted_by);
    let notices: Vec<Notice> = to
        .filter(|to| Some(*to) != me)
        .map(|to| Notice {
            to,
            kind: notifications::Kind::RequestAsked,
            case: None,
            about: about(&format!("{words}: {} ({})", request.what, case.code())),
            urgent: false,
            key: format!("request:{}:{mark}", request.id),
        })
        .collect();
    notifications::tell(tx, &notices).await.map(drop)
}

/// Tells whoever asked, and the owner of the case.
async fn tell_desk(tx: &mut Tx, case: &Case, request: &Request, mark: &str, words: &str) -> Result<()> {
    let me = tx.by();
    let knows = |to: &UserId| request.readers.as_ref().is_none_or(|readers| readers.contains(to));
    let all = request.asked_by.into_iter().chain(case.owner);
    let mut to: Vec<UserId> = all.filter(|to| Some(*to) != me && knows(to)).collect();
    to.sort_unstable();
    to.dedup();
    let notices: Vec<Notice> = to
        .into_iter()
        .map(|to| Notice {
            to,
            kind: notifications::Kind::RequestAnswered,
            case: Some(case.id),
            about: about(&format!("{} {words}: {}", request.department_name, request.what)),
            urgent: false,
            key: format!("request:{}:{mark}", request.id),
        })
        .collect();
    notifications::tell(tx, &notices).await.map(drop)
}

fn about(text: &str) -> String {
    text.chars().take(300).collect()
}

/// Something that happens only now, as a part of a notice's key.
fn moment(tx: &Tx, what: &str) -> String {
    format!("{what}:{}", tx.now().timestamp_micros())
}

/// Whose turn it is follows, and open pages hear of it.
async fn settle(tx: &mut Tx, request: &Request) -> Result<()> {
    cases::settle(tx, request.case).await?;
    tell(tx, request);
    Ok(())
}

/// In which zone the desk of a case reads the clock.
async fn zone(tx: &mut Tx, case: &Case) -> Result<chrono_tz::Tz> {
    accounts::zone_of(tx, case.team).await
}
