//! What happens to a request until it is answered: it is taken on, talked about, handed over, sent back.

use super::super::{Refusal, Request, store};
use super::{
    Stage, due, end_deadline, entry, lock_both, moment, set_deadline, settle, tell, tell_department, tell_desk,
};
use crate::audit::{self, Action};
use crate::auth::{AnswerRequests, AskDepartments, Can, SeeRequests};
use crate::db::Tx;
use crate::deadlines::End;
use crate::error::{Error, Result};
use crate::ids::{DepartmentId, RequestId, UserId};

/// Whose department it is; to anybody else it is not there.
pub(super) fn require_theirs(can: &Can<AnswerRequests>, request: &Request) -> Result<()> {
    if request.is_theirs(can) { Ok(()) } else { Err(Error::NotFound) }
}

/// Somebody of the department takes it on.
///
/// # Errors
/// When it is not open, or another department's.
pub async fn accept(tx: &mut Tx, can: &Can<AnswerRequests>, request: RequestId) -> Result<Request> {
    let (_, mut request) = lock_both(tx, request).await?;
    require_theirs(can, &request)?;
    take_on(tx, &mut request).await?;
    tell(tx, &request);
    Ok(request)
}

/// Accepts it for whoever acts; nobody by name when that is by a link.
pub(super) async fn take_on(tx: &mut Tx, request: &mut Request) -> Result<()> {
    let by = tx.by();
    request.accept(by)?;
    store::save(tx, request).await?;
    if by.is_some() {
        store::insert_entry(tx, request, "accepted", by, None, true, None, "").await?;
    }
    audit::record(tx, entry(Action::RequestAccepted, request)).await
}

/// Says something: a chat-like exchange stays one request.
///
/// # Errors
/// When it has ended, or is neither of their department nor of their desk.
pub async fn said(tx: &mut Tx, can: &Can<SeeRequests>, request: RequestId, words: &str) -> Result<Request> {
    let (case, request) = lock_both(tx, request).await?;
    let theirs = request.is_theirs(can);
    if !theirs && !can.may::<AskDepartments>() {
        return Err(Error::NotFound);
    }
    if !request.stage.is_live() {
        return Err(Refusal::Over(request.stage).into());
    }
    let by = tx.by();
    store::insert_entry(tx, &request, "said", by, None, theirs, None, words).await?;
    audit::record(tx, entry(Action::RequestSaid, &request)).await?;
    let mark = moment(tx, "said");
    if theirs {
        tell_desk(tx, &case, &request, &mark, "wrote").await?;
    } else {
        tell_department(tx, &case, &request, &mark, "New words").await?;
    }
    tell(tx, &request);
    Ok(request)
}

/// Hands it to another department: a pass, which is counted. The time runs anew, by the other's hours.
///
/// # Errors
/// When it is not their turn, it is there already, or it is a check about an offer.
pub async fn hand_over(
    tx: &mut Tx,
    can: &Can<AnswerRequests>,
    request: RequestId,
    to: DepartmentId,
    why: &str,
) -> Result<Request> {
    let (case, mut request) = lock_both(tx, request).await?;
    require_theirs(can, &request)?;
    let desk = store::desk(tx, to).await?;
    let from = request.department;
    request.pass(to, &desk.name)?;
    let due = due(tx, to, request.kind).await?;
    (request.due_at, request.because) = (due.at, due.because);
    store::save(tx, &mut request).await?;
    let by = tx.by();
    store::insert_entry(tx, &request, "handed", by, None, true, None, why).await?;
    set_deadline(tx, &case, &request).await?;
    let changed = entry(Action::RequestHanded, &request).change("department", from.to_string(), to.to_string());
    audit::record(tx, changed.fact("passes", request.passes)).await?;
    let mark = format!("handed:{}", request.passes);
    tell_department(tx, &case, &request, &mark, request.kind.label()).await?;
    settle(tx, &request).await?;
    Ok(request)
}

/// Sends it back for what is missing.
///
/// # Errors
/// When it is not their turn.
pub async fn return_it(tx: &mut Tx, can: &Can<AnswerRequests>, request: RequestId, why: &str) -> Result<Request> {
    let (case, mut request) = lock_both(tx, request).await?;
    require_theirs(can, &request)?;
    request.send_back()?;
    store::save(tx, &mut request).await?;
    let by = tx.by();
    store::insert_entry(tx, &request, "returned", by, None, true, None, why).await?;
    end_deadline(tx, &request, End::Done).await?;
    audit::record(tx, entry(Action::RequestReturned, &request)).await?;
    let mark = moment(tx, "returned");
    tell_desk(tx, &case, &request, &mark, "returned").await?;
    settle(tx, &request).await?;
    Ok(request)
}

/// Whom the chaser tells of a request that nears or passes its time: whoever has it, else its department; escalated, the
/// lead, and its department where nobody leads it.
///
/// # Errors
/// When the database refuses.
pub async fn to_chase(tx: &mut Tx, request: RequestId, escalates: bool) -> Result<Vec<UserId>> {
    let request = store::find(tx, request).await?;
    if !request.stage.is_theirs() {
        return Ok(Vec::new());
    }
    if escalates && let Some(lead) = store::lead_of(tx, request.department).await? {
        return Ok(vec![lead]);
    }
    let members: Vec<UserId> =
        store::members(tx, request.department).await?.into_iter().map(|(member, _)| member).collect();
    Ok(
        match request.accepted_by.filter(|has| !escalates && members.contains(has) && request.stage == Stage::Accepted)
        {
            Some(has) => vec![has],
            None => members,
        },
    )
}
