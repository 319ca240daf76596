//! The asker's side: asking, supplying what was missing, taking it back.

use chrono::NaiveDate;

use super::super::{Kind, Request, Stage, store};
use super::{due, end_deadline, entry, lock_both, moment, set_deadline, settle, tell, tell_department};
use crate::audit::{self, Action};
use crate::auth::{AskDepartments, Can};
use crate::cases::{self, Case};
use crate::db::Tx;
use crate::deadlines::End;
use crate::error::Result;
use crate::ids::{CaseId, DepartmentId, OfferId, PromiseTypeId, RequestId, UserId};

/// Something to ask a department.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewRequest {
    /// Whom.
    pub department: DepartmentId,
    /// For what.
    pub kind: Kind,
    /// In one line.
    pub what: String,
    /// All there is to say.
    pub words: String,
    /// By when the customer needs it.
    pub wanted_on: Option<NaiveDate>,
    /// The exact terms of an offer, and these in words.
    pub offer: Option<(OfferId, i32, String)>,
}

/// What a request is bound to, if to anything.
#[derive(Debug, Default)]
pub(super) struct Bound {
    /// The kind of promise that is to rest on it.
    pub(super) promise_type: Option<PromiseTypeId>,
    /// Who alone of the desk may know of it.
    pub(super) readers: Option<Vec<UserId>>,
}

/// Asks a department. The case waits on it.
///
/// # Errors
/// When the case is closed.
pub async fn ask(tx: &mut Tx, _: &Can<AskDepartments>, case: CaseId, new: NewRequest) -> Result<Request> {
    let case = cases::lock(tx, case).await?;
    case.require_live()?;
    let by = tx.by();
    let request = insert(tx, &case, new, Bound::default(), by, "asked").await?;
    settle(tx, &request).await?;
    Ok(request)
}

/// The same for what only some of the desk may know of: it is there for them and the department, and for nobody else.
///
/// # Errors
/// When the case is closed.
pub async fn ask_in_confidence(
    tx: &mut Tx,
    _: &Can<AskDepartments>,
    case: CaseId,
    new: NewRequest,
    readers: Vec<UserId>,
) -> Result<Request> {
    let case = cases::lock(tx, case).await?;
    case.require_live()?;
    let by = tx.by();
    let request = insert(tx, &case, new, Bound { readers: Some(readers), ..Bound::default() }, by, "asked").await?;
    settle(tx, &request).await?;
    Ok(request)
}

/// Somebody comes to know of what was asked in confidence. The caller notes the cause in the audit log.
///
/// # Errors
/// When the database refuses.
pub async fn let_read(tx: &mut Tx, request: RequestId, who: UserId) -> Result<()> {
    store::insert_readers(tx, request, &[who]).await
}

/// Writes the request with the first entry of its thread, due by the department's hours, and tells the department.
pub(super) async fn insert(
    tx: &mut Tx,
    case: &Case,
    new: NewRequest,
    bound: Bound,
    asked_by: Option<UserId>,
    mark: &str,
) -> Result<Request> {
    let due = due(tx, new.department, new.kind).await?;
    let (offer, terms) = new.offer.map(|(offer, revision, terms)| ((offer, revision), terms)).unzip();
    let request = Request {
        id: RequestId::new(),
        case: case.id,
        customer: case.customer,
        department: new.department,
        department_name: String::new(),
        kind: new.kind,
        what: new.what,
        offer,
        terms,
        promise_type: bound.promise_type,
        wanted_on: new.wanted_on,
        asked_at: tx.now(),
        asked_by,
        asked_by_name: None,
        stage: Stage::Open,
        accepted_by: None,
        accepted_by_name: None,
        passes: 0,
        due_at: due.at,
        because: due.because,
        ended_at: None,
        answer: None,
        readers: bound.readers,
        version: 1,
    };
    store::insert(tx, &request).await?;
    let request = store::find(tx, request.id).await?;
    let by = tx.by();
    store::insert_entry(tx, &request, "asked", by, None, false, None, &new.words).await?;
    set_deadline(tx, case, &request).await?;
    audit::record(tx, entry(Action::RequestAsked, &request).fact("due_at", request.due_at.to_rfc3339())).await?;
    tell_department(tx, case, &request, mark, request.kind.label()).await?;
    Ok(request)
}

/// Supplies what was missing: it is the department's turn again, and still the same request.
///
/// # Errors
/// When it was not returned, or the case is closed.
pub async fn supply(tx: &mut Tx, _: &Can<AskDepartments>, request: RequestId, words: &str) -> Result<Request> {
    let (case, mut request) = lock_both(tx, request).await?;
    case.require_live()?;
    request.reopen()?;
    let due = due(tx, request.department, request.kind).await?;
    (request.due_at, request.because) = (due.at, due.because);
    store::save(tx, &mut request).await?;
    let by = tx.by();
    store::insert_entry(tx, &request, "asked_again", by, None, false, None, words).await?;
    set_deadline(tx, &case, &request).await?;
    audit::record(tx, entry(Action::RequestAskedAgain, &request)).await?;
    let mark = moment(tx, "supplied");
    tell_department(tx, &case, &request, &mark, "Asked again").await?;
    settle(tx, &request).await?;
    Ok(request)
}

/// Takes a request back.
///
/// # Errors
/// When it has ended.
pub async fn cancel(tx: &mut Tx, _: &Can<AskDepartments>, request: RequestId, why: &str) -> Result<Request> {
    let (case, mut request) = lock_both(tx, request).await?;
    take_back(tx, &case, &mut request, why).await?;
    settle(tx, &request).await?;
    Ok(request)
}

/// Consequence of a case that closes: what is still open is cancelled. Gives how many.
///
/// # Errors
/// When the database refuses.
pub async fn cancel_open(tx: &mut Tx, case: CaseId, why: &str) -> Result<usize> {
    let case = cases::lock(tx, case).await?;
    let mut open = store::open_of_case(tx, case.id).await?;
    for request in &mut open {
        take_back(tx, &case, request, why).await?;
    }
    Ok(open.len())
}

pub(super) async fn take_back(tx: &mut Tx, case: &Case, request: &mut Request, why: &str) -> Result<()> {
    let at = tx.now();
    request.end(Stage::Cancelled, at)?;
    store::save(tx, request).await?;
    let by = tx.by();
    store::insert_entry(tx, request, "cancelled", by, None, false, None, why).await?;
    end_deadline(tx, request, End::Cleared).await?;
    audit::record(tx, entry(Action::RequestCancelled, request)).await?;
    if request.accepted_by.is_some() {
        tell_department(tx, case, request, "cancelled", "Cancelled").await?;
    }
    tell(tx, request);
    Ok(())
}
