//! Who is told of a request for approval: whoever may decide it, and whoever asked. Nobody is told what they did themselves.

use super::{Approval, Stage, store};
use crate::auth::Role;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::UserId;
use crate::notifications::{self, Kind, Notice};
use crate::offers;

/// Those of the level it is asked of, who are there.
pub(super) async fn asked(tx: &mut Tx, approval: &Approval) -> Result<()> {
    let what = offers::find(tx, approval.offer).await?.summary();
    deciders(tx, approval, Kind::ApprovalAsked, approval.level, what).await
}

/// The managers, since nobody decided it below them.
pub(super) async fn moved_up(tx: &mut Tx, approval: &Approval) -> Result<()> {
    let what = offers::find(tx, approval.offer).await?.summary();
    deciders(tx, approval, Kind::ApprovalMovedUp, Role::Manager, format!("Nobody decided {what} in time")).await
}

async fn deciders(tx: &mut Tx, approval: &Approval, kind: Kind, level: Role, about: String) -> Result<()> {
    let at = tx.now();
    let to = store::decider_ids(tx, approval.id, level, at).await?;
    let notices: Vec<Notice> = to.into_iter().map(|to| notice(approval, to, kind, &about, "")).collect();
    notifications::tell(tx, &notices).await.map(drop)
}

/// Whoever asked, what became of it.
pub(super) async fn decided(tx: &mut Tx, approval: &Approval) -> Result<()> {
    let what = offers::find(tx, approval.offer).await?.summary();
    let about = match approval.stage {
        Stage::ApprovedWithChanges => format!("Approved with changes: {what}"),
        stage => format!("{}: {what}", stage.label()),
    };
    requester(tx, approval, Kind::ApprovalDecided, &about, "").await
}

/// Whoever asked for approval is asked something.
pub(super) async fn question(tx: &mut Tx, approval: &Approval) -> Result<()> {
    let what = offers::find(tx, approval.offer).await?.summary();
    // one is news for each state of the request
    let which = format!(":{}", approval.version);
    requester(tx, approval, Kind::QuestionAsked, &format!("A question about {what}"), &which).await
}

async fn requester(tx: &mut Tx, approval: &Approval, kind: Kind, about: &str, which: &str) -> Result<()> {
    if tx.by() == Some(approval.asked_by) {
        return Ok(());
    }
    let notice = notice(approval, approval.asked_by, kind, about, which);
    notifications::tell(tx, &[notice]).await.map(drop)
}

/// Whoever asked a question has the answer.
pub(super) async fn answer(tx: &mut Tx, approval: &Approval) -> Result<()> {
    let what = offers::find(tx, approval.offer).await?.summary();
    let about = format!("An answer about {what}");
    let to = store::askers(tx, approval.id).await?;
    let notices: Vec<Notice> = to
        .into_iter()
        .filter(|to| Some(*to) != tx.by())
        .map(|to| notice(approval, to, Kind::QuestionAsked, &about, &format!(":{}", approval.version)))
        .collect();
    notifications::tell(tx, &notices).await.map(drop)
}

fn notice(approval: &Approval, to: UserId, kind: Kind, about: &str, which: &str) -> Notice {
    Notice {
        to,
        kind,
        case: Some(approval.case),
        about: about.to_owned(),
        urgent: false,
        key: format!("approval:{}:{}{which}", approval.id, kind.name()),
    }
}
