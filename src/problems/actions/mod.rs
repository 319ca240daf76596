//! The verbs of a problem. Each locks the problem's row, then those of cases.

mod answer;
mod change;
mod chase;
mod factors;
mod link;
mod open;
mod steps;

use super::{Problem, store};
use crate::audit::{self, Action, Entry, Subject};
use crate::db::Tx;
use crate::error::Result;

pub use answer::{NewAnswer, answer_together};
pub(super) use answer::{finish, say};
pub use change::{Details, change, details, note};
pub(super) use chase::Planned;
pub use chase::chase_fixes;
pub use factors::{add_factor, remove_factor};
pub use link::{Found, link, unlink};
pub use open::{NewProblem, lead_to, open};
pub use steps::{close, find_cause, fixed, plan_fix, reopen, watch};

fn entry(action: Action, problem: &Problem) -> Entry {
    Entry::new(action, Subject::Problem(problem.id))
        .fact("number", problem.number)
        .fact("kind", problem.kind.name())
        .fact("stage", problem.stage.name())
}

/// Saves it, with an entry of its timeline and one of the audit log.
async fn keep(tx: &mut Tx, problem: &mut Problem, what: &str, words: &str, entry: Entry) -> Result<()> {
    store::save(tx, problem).await?;
    noted(tx, problem, what, words, entry).await
}

/// The same where nothing of the row itself changed.
async fn noted(tx: &mut Tx, problem: &Problem, what: &str, words: &str, entry: Entry) -> Result<()> {
    store::insert_entry(tx, problem.id, what, words).await?;
    audit::record(tx, entry).await?;
    tx.tell(format!("problem:{}", problem.id));
    Ok(())
}

/// "1 case", "34 cases"
pub(super) fn cases_said(many: impl TryInto<u128>) -> String {
    match many.try_into().unwrap_or_default() {
        1 => "1 case".to_owned(),
        many => format!("{} cases", crate::money::grouped(many)),
    }
}
