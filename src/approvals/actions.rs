//! The verbs of a request for approval. Each locks the case's row, then the offer's, then the request's.

use chrono::TimeDelta;

use super::store::NewDecision;
use super::{Approval, Denied, Stage, news, require_reason, store};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, DecideApprovals, MakeOffers, Role};
use crate::calendar::Due;
use crate::cases;
use crate::catalogue;
use crate::db::Tx;
use crate::deadlines::{self, End, NewDeadline};
use crate::error::{Error, Result};
use crate::follow_ups::{self, Wake};
use crate::ids::{ApprovalId, OfferId, UserId};
use crate::limits::{self, Exceeded, Verdict};
use crate::offers::{self, NewTerms, Offer};

/// Working time an approver has before the request moves up (R12).
const TIME_TO_DECIDE: TimeDelta = TimeDelta::minutes(30);

/// What an approver decides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Yes.
    Approve,
    /// Yes, to less.
    Counter(NewTerms),
    /// No.
    Decline,
}

/// Asks for approval of an offer's newest terms. They are frozen until it is decided or taken back.
///
/// # Errors
/// When they are within the requester's own limit, beyond every limit, or were changed meanwhile.
pub async fn ask(tx: &mut Tx, can: &Can<MakeOffers>, offer: OfferId, seen: i32, words: &str) -> Result<Approval> {
    let by = can.id.ok_or(Error::Forbidden)?;
    let seen_offer = offers::find(tx, offer).await?;
    let case = cases::lock(tx, seen_offer.case).await?;
    case.require_live()?;
    let offer = offers::lock(tx, offer).await?;
    offer.require_seen(seen)?;
    let exceeded = exceeded(tx, can, &offer).await?;
    let due = accounts::calendar_of(tx, case.team).await?.add_working(tx.now(), TIME_TO_DECIDE);
    let id = store::insert(tx, offer.id, offer.revision.number, by, words, exceeded, &due).await?;
    let offer = offers::freeze(tx, offer.id, seen).await?;
    let (approval, due) = find_somebody(tx, id, due).await?;
    let (kind, what) = (deadlines::Kind::Approval, format!("Decision on {}", offer.summary()));
    deadlines::set_for(tx, case.id, id.uuid(), NewDeadline { kind, what, due, owner: None }).await?;
    audit::record(
        tx,
        entry(Action::ApprovalAsked, &approval)
            .fact("level", approval.level.name())
            .fact("exposure_minor", approval.exposure.minor)
            .fact("customer_total_minor", approval.customer_total.minor),
    )
    .await?;
    cases::settle(tx, case.id).await?;
    tell(tx, &approval);
    news::asked(tx, &approval).await?;
    Ok(approval)
}

/// When every supervisor who could decide it is away and nobody takes their place, it is the managers' at once (R12).
async fn find_somebody(tx: &mut Tx, approval: ApprovalId, mut due: Due) -> Result<(Approval, Due)> {
    let mut approval = store::find(tx, approval).await?;
    if nobody_is_there(tx, approval.id).await? {
        due.because = format!("{}; no supervisor is there, so the managers decide at once", due.because);
        approval.level = Role::Manager;
        approval.due_because.clone_from(&due.because);
        store::save(tx, &mut approval).await?;
    }
    Ok((approval, due))
}

/// Which of the requester's limits the terms exceed; a refusal when none, or when nobody may give it.
async fn exceeded(tx: &mut Tx, can: &Can<MakeOffers>, offer: &Offer) -> Result<Vec<Exceeded>> {
    let at = tx.now();
    let of_type = catalogue::find_version(tx, offer.revision.version).await?;
    match offers::check(tx, can, offer, &of_type, at).await?.verdict {
        Verdict::NeedsApproval { because, .. } => Ok(because),
        Verdict::Within => Err(Error::refused("This is within your own limit. Present it.")),
        Verdict::NotPossible { because } => {
            Err(Error::refused(format!("{} Nobody may give that.", limits::sentences(&because))))
        }
    }
}

/// Decides a request: once, for the revision that was on screen (R9, R11). `on_behalf_of` is somebody absent whose
/// delegate the approver is. When a type asks for several approvers, the last one's yes completes it.
///
/// # Errors
/// When it was decided already, is one's own, or is beyond the approver's limit now; the sentence says which.
pub async fn decide(
    tx: &mut Tx,
    can: &Can<DecideApprovals>,
    approval: ApprovalId,
    seen: i32,
    decision: Decision,
    reason: &str,
    on_behalf_of: Option<UserId>,
) -> Result<Approval> {
    let by = can.id.ok_or(Error::Forbidden)?;
    let mut approval = lock_all(tx, approval).await?;
    approval.require_open()?;
    approval.require_seen(seen)?;
    if decision != Decision::Decline {
        let at = tx.now();
        let second = store::gave_discount(&approval, at).one(tx).await?;
        require_reason(second, reason)?;
    }
    let (stage, revision) = match decision {
        Decision::Approve => (Stage::Approved, approval.revision),
        Decision::Decline => (Stage::Declined, approval.revision),
        Decision::Counter(_) if approval.approvers > 1 => return Err(Denied::NoCounter(approval.approvers).into()),
        Decision::Counter(new) => {
            let counter = offers::counter(tx, can, approval.offer, new).await?;
            if counter.revision.exposure.minor >= approval.exposure.minor {
                return Err(Denied::NotLower.into());
            }
            (Stage::ApprovedWithChanges, counter.revision.number)
        }
    };
    let new = NewDecision { approval: approval.id, by, on_behalf_of, decision: stage, revision, reason };
    store::insert_decision(tx, new).await?;
    let decided = store::decisions(tx, approval.id).await?;
    let yes = decided.iter().filter(|one| one.decision == stage).count();
    let complete = stage == Stage::Declined || approval.is_enough(yes);
    if complete {
        approval.stage = stage;
        approval.decided_revision = (stage != Stage::Declined).then_some(revision);
        end(tx, &mut approval, End::Done).await?;
        if stage == Stage::Declined {
            offers::thaw(tx, approval.offer).await?;
        } else {
            offers::release(tx, approval.offer).await?;
        }
    } else if approval.stage == Stage::QuestionAsked {
        approval.stage = Stage::Pending;
        store::save(tx, &mut approval).await?;
    }
    let action = if stage == Stage::Declined { Action::ApprovalDeclined } else { Action::ApprovalApproved };
    audit::record(
        tx,
        entry(action, &approval)
            .fact("decision", stage.name())
            .fact("revision", revision)
            .fact("complete", complete)
            .fact("on_behalf_of", on_behalf_of.map(|user| user.to_string())),
    )
    .await?;
    cases::settle(tx, approval.case).await?;
    tell(tx, &approval);
    if complete {
        news::decided(tx, &approval).await?;
    }
    Ok(approval)
}

/// An approver asks the requester something. The request stays open, and the requester sees it at once.
///
/// # Errors
/// When it was decided already.
pub async fn ask_question(
    tx: &mut Tx,
    can: &Can<DecideApprovals>,
    approval: ApprovalId,
    words: &str,
) -> Result<Approval> {
    let by = can.id.ok_or(Error::Forbidden)?;
    let approval = converse(tx, approval, by, Stage::QuestionAsked, words).await?;
    audit::record(tx, entry(Action::ApprovalQuestionAsked, &approval)).await?;
    news::question(tx, &approval).await?;
    Ok(approval)
}

/// The requester, or a colleague who works the case, answers.
///
/// # Errors
/// When it was decided already.
pub async fn answer_question(
    tx: &mut Tx,
    can: &Can<MakeOffers>,
    approval: ApprovalId,
    words: &str,
) -> Result<Approval> {
    let by = can.id.ok_or(Error::Forbidden)?;
    let approval = converse(tx, approval, by, Stage::Pending, words).await?;
    audit::record(tx, entry(Action::ApprovalQuestionAnswered, &approval)).await?;
    news::answer(tx, &approval).await?;
    Ok(approval)
}

async fn converse(tx: &mut Tx, approval: ApprovalId, by: UserId, stage: Stage, words: &str) -> Result<Approval> {
    let mut approval = lock_all(tx, approval).await?;
    approval.require_open()?;
    store::insert_message(tx, approval.id, by, stage == Stage::QuestionAsked, words).await?;
    approval.stage = stage;
    store::save(tx, &mut approval).await?;
    tell(tx, &approval);
    Ok(approval)
}

/// The request is taken back: the offer is a draft again.
///
/// # Errors
/// When it was decided already.
pub async fn withdraw(tx: &mut Tx, can: &Can<MakeOffers>, approval: ApprovalId) -> Result<Approval> {
    let mut approval = lock_all(tx, approval).await?;
    approval.require_open()?;
    approval.withdrawn_by = can.id;
    take_back(tx, &mut approval).await?;
    cases::settle(tx, approval.case).await?;
    Ok(approval)
}

/// Consequence of an offer that is revised or withdrawn, or of a case that closes: the open request about it is taken
/// back. Says whether there was one.
///
/// # Errors
/// When the database refuses.
pub async fn withdraw_of_offer(tx: &mut Tx, offer: OfferId) -> Result<bool> {
    let Some(seen) = store::open_of_offer(tx, offer).await? else { return Ok(false) };
    let mut approval = lock_all(tx, seen.id).await?;
    approval.require_open()?;
    take_back(tx, &mut approval).await?;
    Ok(true)
}

async fn take_back(tx: &mut Tx, approval: &mut Approval) -> Result<()> {
    approval.stage = Stage::Withdrawn;
    end(tx, approval, End::Cleared).await?;
    offers::thaw(tx, approval.offer).await?;
    audit::record(tx, entry(Action::ApprovalWithdrawn, approval)).await?;
    tell(tx, approval);
    Ok(())
}

/// Whether nobody is there to decide a request of the supervisors, in their own name or in the place of somebody absent,
/// while a manager is.
///
/// # Errors
/// When the database cannot be read.
pub async fn nobody_is_there(tx: &mut Tx, approval: ApprovalId) -> Result<bool> {
    let at = tx.now();
    let level = store::find(tx, approval).await?.level;
    Ok(level == Role::Supervisor
        && !store::has_decider(tx, approval, Role::Supervisor, at).await?
        && store::has_decider(tx, approval, Role::Manager, at).await?)
}

/// Who is there to decide a request at the level it stands at.
///
/// # Errors
/// When the database cannot be read.
pub async fn deciders_there(tx: &mut Tx, approval: ApprovalId) -> Result<Vec<UserId>> {
    let at = tx.now();
    let level = store::find(tx, approval).await?.level;
    store::decider_ids(tx, approval, level, at).await
}

/// Consequence of a time-out, or of everybody's absence: the request moves up to the managers (R12). Says whether it did.
///
/// # Errors
/// When the database refuses.
pub async fn move_up(tx: &mut Tx, approval: ApprovalId) -> Result<bool> {
    let mut approval = lock_all(tx, approval).await?;
    if !approval.stage.is_open() || approval.level == Role::Manager {
        return Ok(false);
    }
    if approval.due_at > tx.now() && !nobody_is_there(tx, approval.id).await? {
        return Ok(false);
    }
    let case = cases::find(tx, approval.case).await?;
    let due = accounts::calendar_of(tx, case.team).await?.add_working(tx.now(), TIME_TO_DECIDE);
    approval.level = Role::Manager;
    (approval.due_at, approval.due_because) = (due.at, due.because.clone());
    store::save(tx, &mut approval).await?;
    let (kind, what) = (deadlines::Kind::Approval, "Decision, moved up to the managers".to_owned());
    deadlines::set_for(tx, case.id, approval.id.uuid(), NewDeadline { kind, what, due, owner: None }).await?;
    audit::record(tx, entry(Action::ApprovalMovedUp, &approval).change("level", "supervisor", "manager")).await?;
    cases::settle(tx, case.id).await?;
    tell(tx, &approval);
    news::moved_up(tx, &approval).await?;
    Ok(true)
}

async fn end(tx: &mut Tx, approval: &mut Approval, how: End) -> Result<()> {
    let team = cases::find(tx, approval.case).await?.team;
    let waited = accounts::calendar_of(tx, team).await?.working_between(approval.asked_at, tx.now());
    approval.ended_at = Some(tx.now());
    approval.decision_minutes = i32::try_from(waited.num_minutes()).ok();
    store::save(tx, approval).await?;
    deadlines::end_for(tx, approval.id.uuid(), deadlines::Kind::Approval, how).await?;
    follow_ups::wake(tx, approval.case, Wake::Decision).await
}

async fn lock_all(tx: &mut Tx, approval: ApprovalId) -> Result<Approval> {
    let seen = store::find(tx, approval).await?;
    cases::lock(tx, seen.case).await?;
    offers::lock(tx, seen.offer).await?;
    store::lock(tx, approval).await
}

fn entry(action: Action, approval: &Approval) -> Entry {
    Entry::new(action, Subject::Approval(approval.id))
        .of(approval.customer)
        .fact("case", approval.case.to_string())
        .fact("offer", approval.offer.to_string())
}

fn tell(tx: &mut Tx, approval: &Approval) {
    tx.tell(format!("case:{}", approval.case));
    tx.tell("approvals");
    tx.tell("queue");
}
