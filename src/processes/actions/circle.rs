//! Who knows of a confidential process.

use super::super::{Made, Process, Refusal, store};
use super::{entry, tell};
use crate::accounts;
use crate::audit::{self, Action};
use crate::auth::{Can, EditPolicy, WorkCases};
use crate::cases;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{ProcessId, UserId};
use crate::notifications::{self, Notice};
use crate::requests;

/// Lets somebody know of a confidential process, and of what it asks departments. Whoever knows of it may; once nobody of
/// them may settle it, whoever makes the policy may as well, or it would hold its case for ever.
///
/// # Errors
/// When they know of it already, do not work on cases, or the process is no secret or has ended.
pub async fn let_know(tx: &mut Tx, can: &Can<WorkCases>, process: ProcessId, who: UserId) -> Result<Process> {
    let seen = store::find(tx, process).await?;
    let case = cases::lock(tx, seen.case).await?;
    let process = store::lock(tx, process).await?;
    let may = process.is_for(can) || (process.left_alone && can.may::<EditPolicy>());
    if !may {
        return Err(Error::NotFound);
    }
    process.require_running()?;
    if !process.confidential {
        return Err(Refusal::NoSecret.into());
    }
    if process.circle.contains(&who) {
        return Err(Refusal::Knows.into());
    }
    if !accounts::colleagues(tx).await?.iter().any(|one| one.id == who) {
        return Err(Refusal::NotAColleague.into());
    }
    store::insert_circle(tx, process.id, &[who]).await?;
    for step in &process.steps {
        if let Some(Made::Request(request)) = step.made {
            requests::let_read(tx, request, who).await?;
        }
    }
    audit::record(tx, entry(Action::ProcessPersonTold, &process).fact("person", who.to_string())).await?;
    if tx.by() != Some(who) {
        let notice = Notice {
            to: who,
            kind: notifications::Kind::Process,
            case: Some(case.id),
            about: format!("{} runs, and you are to know of it ({})", process.kind.label(), case.code()),
            urgent: process.freezes_offers,
            key: format!("process:{}:let_know", process.id),
        };
        notifications::tell(tx, &[notice]).await?;
    }
    tell(tx, &process);
    store::find(tx, process.id).await
}
