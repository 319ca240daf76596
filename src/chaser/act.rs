//! What rungs do beyond telling people. The verbs are the slices' own, the ones that pages call.

use super::round::Desk;
use super::tell::notice;
use crate::approvals;
use crate::calendar::Due;
use crate::db::Tx;
use crate::deadlines::chase::Chased;
use crate::deadlines::ladder::Climb;
use crate::deadlines::{Act, Kind, Rung};
use crate::error::Result;
use crate::follow_ups::{self, NewFollowUp};
use crate::ids::{ApprovalId, FollowUpId, OfferId, PromiseId, RequestId, UserId};
use crate::notifications::{self, Notice};
use crate::offers;
use crate::requests;

/// Does what the rung of a climb says, and gives whom to tell. A request for approval is looked after at every look: when
/// nobody of its level is there to decide it, it moves up before its time is over (R12).
pub(super) async fn act(tx: &mut Tx, desk: &Desk, item: &Chased, climb: &Climb) -> Result<Vec<Notice>> {
    let rung = climb.take.map(|(rung, _)| rung);
    let number = rung.map_or(0, |rung| rung.number);
    let tell = |to: Vec<UserId>, kind: notifications::Kind| -> Vec<Notice> {
        to.into_iter().map(|to| notice(desk, item, number, to, kind)).collect()
    };
    let (Some(subject), kind) = (item.subject, item.kind) else { return Ok(vec![]) };
    if kind == Kind::Approval {
        let approval = ApprovalId::from(subject);
        let over = rung.is_some_and(|rung| rung.act == Act::MoveUp);
        if over || approvals::nobody_is_there(tx, approval).await? {
            // whom it moves up to are told as it moves; there is nobody above the managers: they are told that it is late
            if approvals::move_up(tx, approval).await? || !over {
                return Ok(vec![]);
            }
            return Ok(tell(approvals::deciders_there(tx, approval).await?, notifications::Kind::Overdue));
        }
        let remind = rung.is_some_and(|rung| rung.act == Act::Remind);
        let to = if remind { approvals::deciders_there(tx, approval).await? } else { vec![] };
        return Ok(tell(to, notifications::Kind::Reminder));
    }
    if kind == Kind::Request {
        return request(tx, desk, item, rung, RequestId::from(subject)).await;
    }
    let owner = || item.owner.map(|owner| desk.duty.stands_for(owner, item.team)).unwrap_or_default();
    match rung.map(|rung| rung.act) {
        None | Some(Act::Remind | Act::Escalate | Act::MoveUp) => Ok(vec![]),
        Some(Act::AskAgain) => {
            requests::ask_again(tx, RequestId::from(subject)).await?;
            Ok(vec![])
        }
        Some(Act::Expire) => {
            let expired = offers::expire(tx, OfferId::from(subject)).await?;
            Ok(if expired { tell(owner(), notifications::Kind::OfferExpired) } else { vec![] })
        }
        Some(Act::RemindCustomer) => {
            offers::remind_customer_of_offer(tx, OfferId::from(subject)).await?;
            Ok(vec![])
        }
        Some(Act::TellCustomer) => {
            let due = Due { at: item.footing.due, because: "the promise is due then".to_owned() };
            let new = NewFollowUp::tell_customer(item.case, PromiseId::from(subject), &item.what, due);
            follow_ups::make(tx, NewFollowUp { owner: item.owner, ..new }).await?;
            Ok(tell(owner(), notifications::Kind::PromiseAtRisk))
        }
        Some(Act::ReturnToQueue) => {
            let returned = follow_ups::return_to_queue(tx, FollowUpId::from(subject)).await?;
            let mut to = desk.duty.supervisors(item.team);
            to.extend(owner().into_iter().filter(|one| !to.contains(one)).collect::<Vec<_>>());
            Ok(if returned { tell(to, notifications::Kind::FollowUpReturned) } else { vec![] })
        }
    }
}

/// Reminds the people of a department, and escalates to its lead; they are told what is asked, and never of whom. Once it
/// is escalated, whoever of the desk waits for it is told as well.
async fn request(
    tx: &mut Tx,
    desk: &Desk,
    item: &Chased,
    rung: Option<Rung>,
    request: RequestId,
) -> Result<Vec<Notice>> {
    let Some(rung) = rung else { return Ok(vec![]) };
    let escalates = rung.act == Act::Escalate;
    let kind = match rung.act {
        Act::Escalate => notifications::Kind::Escalated,
        _ if item.footing.due <= tx.now() => notifications::Kind::Overdue,
        _ => notifications::Kind::Reminder,
    };
    let of_department = |to| Notice {
        case: None,
        key: format!("request:{request}:rung:{}:{}", item.deadline, rung.number),
        ..notice(desk, item, rung.number, to, kind)
    };
    let mut notices: Vec<Notice> =
        requests::to_chase(tx, request, escalates).await?.into_iter().map(of_department).collect();
    if escalates {
        let owner = item.owner.map(|owner| desk.duty.stands_for(owner, item.team)).unwrap_or_default();
        let told = |to| notice(desk, item, rung.number, to, notifications::Kind::Overdue);
        let untold: Vec<UserId> =
            owner.into_iter().filter(|to| notices.iter().all(|notice| notice.to != *to)).collect();
        notices.extend(untold.into_iter().map(told));
    }
    Ok(notices)
}
