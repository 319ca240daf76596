//! The verbs of a process. Each locks the case's row, then the process's.

mod cancel;
mod circle;
mod closing;
mod facts;
mod go_on;
mod make;
mod move_on;
mod publish;
mod settle;
mod start;

use super::{Process, Refusal, Step, Whom, store};
use crate::audit::{Action, Entry, Subject};
use crate::auth::Actor;
use crate::cases::{self, Case};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{ProcessId, ProcessStepId};
use crate::notifications::{self, Notice};

pub use cancel::{confirm, confirmation_dropped_because, just_cancel, mail_confirmation};
pub use circle::let_know;
pub use closing::{after_reopening, stop_for_closing};
pub use facts::{Correction, correct_facts, note_facts};
pub use go_on::go_on;
pub use move_on::{move_on, retry};
pub use publish::publish;
pub use settle::{again, lift_hold, skip, stop};
pub use start::start;

/// The case's row first, then the process's. What is confidential is not there for those who need not know.
async fn lock_both(tx: &mut Tx, actor: &Actor, process: ProcessId) -> Result<(Case, Process)> {
    let seen = store::find(tx, process).await?;
    let case = cases::lock(tx, seen.case).await?;
    let process = store::lock(tx, process).await?;
    if process.is_for(actor) { Ok((case, process)) } else { Err(Error::NotFound) }
}

/// The same with one of its steps, while both run.
async fn lock_step(tx: &mut Tx, actor: &Actor, step: ProcessStepId) -> Result<(Case, Process, Step)> {
    let process = store::process_of_step(tx, step).await?;
    let (case, process) = lock_both(tx, actor, process).await?;
    process.require_running()?;
    let found = process.steps.iter().find(|one| one.id == step).cloned().ok_or(Error::NotFound)?;
    if !found.stage.is_live() {
        return Err(Refusal::StepOver(found.stage).into());
    }
    Ok((case, process, found))
}

fn entry(action: Action, process: &Process) -> Entry {
    Entry::new(action, Subject::Process(process.id))
        .of(process.customer)
        .fact("case", process.case.to_string())
        .fact("kind", process.kind.name())
        .fact("number", process.number)
}

/// Tells those who must know, of a confidential one only those who know of it; privacy officers do not see cases, so that
/// theirs leads nowhere.
async fn tell_people(
    tx: &mut Tx,
    case: &Case,
    process: &Process,
    whom: &[Whom],
    mark: &str,
    words: &str,
) -> Result<()> {
    let me = tx.by();
    let about: String = format!("{words} ({})", case.code()).chars().take(300).collect();
    let mut notices: Vec<Notice> = Vec::new();
    for (of, sees) in [(Whom::Privacy, false), (Whom::Owner, true), (Whom::Supervisors, true), (Whom::Managers, true)] {
        if !whom.contains(&of) {
            continue;
        }
        for to in store::people(tx, &[of], case.owner, case.team).await? {
            let knows = !process.confidential || process.circle.contains(&to);
            if knows && Some(to) != me && notices.iter().all(|notice| notice.to != to) {
                notices.push(Notice {
                    to,
                    kind: notifications::Kind::Process,
                    case: sees.then_some(case.id),
                    about: about.clone(),
                    urgent: process.freezes_offers,
                    key: format!("process:{}:{mark}", process.id),
                });
            }
        }
    }
    notifications::tell(tx, &notices).await.map(drop)
}

fn tell(tx: &mut Tx, process: &Process) {
    tx.tell(format!("case:{}", process.case));
    tx.tell("queue");
}
