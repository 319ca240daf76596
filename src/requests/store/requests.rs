//! Requests and their answers.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::super::{Answer, Kind, Request, Stage, Verdict};
use crate::db::{Part, Tx, part};
use crate::error::Result;
use crate::ids::{
    CaseId, CustomerId, DepartmentId, OfferId, PromiseId, PromiseTypeId, RequestId, RequestLinkId, UserId,
};
use crate::money::{Currency, Money};

#[derive(Deserialize)]
struct Row {
    id: RequestId,
    case: CaseId,
    customer: CustomerId,
    department: DepartmentId,
    department_name: String,
    kind: Kind,
    what: String,
    offer: Option<OfferId>,
    offer_revision: Option<i32>,
    terms: Option<String>,
    promise_type: Option<PromiseTypeId>,
    wanted_on: Option<NaiveDate>,
    asked_at: DateTime<Utc>,
    asked_by: Option<UserId>,
    asked_by_name: Option<String>,
    stage: Stage,
    accepted_by: Option<UserId>,
    accepted_by_name: Option<String>,
    passes: i16,
    due_at: DateTime<Utc>,
    because: String,
    ended_at: Option<DateTime<Utc>>,
    version: i64,
    verdict: Option<Verdict>,
    words: Option<String>,
    conditions: Option<String>,
    possible_on: Option<NaiveDate>,
    cost_minor: Option<i64>,
    currency: Option<Currency>,
    expedited: Option<bool>,
    valid_until: Option<DateTime<Utc>>,
    answered_at: Option<DateTime<Utc>>,
    answered_by: Option<String>,
    by_link: Option<bool>,
    conditions_accepted_at: Option<DateTime<Utc>>,
    conditions_accepted_by: Option<String>,
    withdrawn_at: Option<DateTime<Utc>>,
    withdrawn_because: Option<String>,
    could_not_at: Option<DateTime<Utc>>,
    could_not_because: Option<String>,
    asked_again: Option<bool>,
    promise: Option<PromiseId>,
    answer_version: Option<i64>,
    readers: Option<Json<Vec<UserId>>>,
}

impl From<Row> for Request {
    fn from(row: Row) -> Self {
        let answer = row.answered_at.map(|at| Answer {
            verdict: row.verdict,
            words: row.words.unwrap_or_default(),
            conditions: row.conditions,
            possible_on: row.possible_on,
            cost: row.cost_minor.zip(row.currency).map(|(minor, currency)| Money::new(minor, currency)),
            expedited: row.expedited.unwrap_or_default(),
            valid_until: row.valid_until,
            at,
            by_name: row.answered_by.unwrap_or_default(),
            by_link: row.by_link.unwrap_or_default(),
            accepted: row.conditions_accepted_at.zip(row.conditions_accepted_by),
            withdrawn: row.withdrawn_at.zip(row.withdrawn_because),
            could_not: row.could_not_at.zip(row.could_not_because),
            asked_again: row.asked_again.unwrap_or_default(),
            promise: row.promise,
            version: row.answer_version.unwrap_or(1),
        });
        Self {
            id: row.id,
            case: row.case,
            customer: row.customer,
            department: row.department,
            department_name: row.department_name,
            kind: row.kind,
            what: row.what,
            offer: row.offer.zip(row.offer_revision),
            terms: row.terms,
            promise_type: row.promise_type,
            wanted_on: row.wanted_on,
            asked_at: row.asked_at,
            asked_by: row.asked_by,
            asked_by_name: row.asked_by_name,
            stage: row.stage,
            accepted_by: row.accepted_by,
            accepted_by_name: row.accepted_by_name,
            passes: row.passes,
            due_at: row.due_at,
            because: row.because,
            ended_at: row.ended_at,
            answer,
            readers: row.readers.map(|readers| readers.0),
            version: row.version,
        }
    }
}

/// By one of the three: off an index each.
fn read(id: Option<RequestId>, case: Option<CaseId>, offer: Option<OfferId>) -> Part<Request> {
    part!(
        Row,
        r#"
        select q.id as "id: RequestId", q.case_id as "case: CaseId", q.customer_id as "customer: CustomerId",
            q.department_id as "department: DepartmentId", d.name as department_name, q.kind as "kind: Kind", q.what,
            q.offer_id as "offer: OfferId", q.offer_revision, q.terms,
            q.promise_type_id as "promise_type: PromiseTypeId", q.wanted_on, q.asked_at,
            q.asked_by_id as "asked_by: UserId", ask.name as "asked_by_name?", q.stage as "stage: Stage",
            q.accepted_by_id as "accepted_by: UserId", acc.name as "accepted_by_name?", q.passes, q.due_at, q.because,
            q.ended_at, q.version, a.verdict as "verdict: Verdict", a.words as "words?", a.conditions, a.possible_on,
            a.cost_minor, a.currency as "currency: Currency", a.expedited as "expedited?", a.valid_until,
            a.at as "answered_at?", coalesce(ans.name, a.by_name) as "answered_by?",
            a.link_id is not null as "by_link?", a.conditions_accepted_at, con.name as "conditions_accepted_by?",
            a.withdrawn_at, a.withdrawn_because, a.could_not_at, a.could_not_because,
            a.asked_again_at is not null as "asked_again?", g.promise_id as "promise?: PromiseId",
            a.version as "answer_version?",
            case when q.confidential then coalesce((
                select jsonb_agg(r.user_id) from request_readers r where r.request_id = q.id
            ), '[]') end as "readers: Json<Vec<UserId>>"
        from requests q
        join departments d on d.id = q.department_id
        left join users ask on ask.id = q.asked_by_id
        left join users acc on acc.id = q.accepted_by_id
        left join request_answers a on a.request_id = q.id
        left join promise_grounds g on g.request_id = q.id
        left join users ans on ans.id = a.by_id
        left join users con on con.id = a.conditions_accepted_by_id
        where q.id = $1 or q.case_id = $2 or q.offer_id = $3
        order by q.asked_at desc, q.id desc
        "#,
        id as Option<RequestId>,
        case as Option<CaseId>,
        offer as Option<OfferId>,
    )
    .then(|row| Ok(Request::from(row)))
}

/// A request, as a question to be asked with others.
pub(in super::super) fn find_part(request: RequestId) -> Part<Request> {
    read(Some(request), None, None)
}

/// A request.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn find(connection: &mut PgConnection, request: RequestId) -> Result<Request> {
    find_part(request).one(connection).await
}

/// What departments were asked in a case, newest first, as a question to be asked with others.
#[must_use]
pub fn of_case_part(case: CaseId) -> Part<Request> {
    read(None, Some(case), None)
}

/// What departments were asked in a case, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_case(connection: &mut PgConnection, case: CaseId) -> Result<Vec<Request>> {
    of_case_part(case).all(connection).await
}

/// The checks about an offer, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_offer(connection: &mut PgConnection, offer: OfferId) -> Result<Vec<Request>> {
    read(None, None, Some(offer)).all(connection).await
}

/// What is open of a case.
pub(in super::super) async fn open_of_case(connection: &mut PgConnection, case: CaseId) -> Result<Vec<Request>> {
    let mut all = of_case(connection, case).await?;
    all.retain(|one| one.stage.is_live());
    Ok(all)
}

/// A request with its row held. The caller holds the case's.
pub(in super::super) async fn lock(tx: &mut Tx, request: RequestId) -> Result<Request> {
    sqlx::query_scalar!("select version from requests where id = $1 for no key update", request as RequestId)
        .fetch_one(&mut **tx)
        .await?;
    find(tx, request).await
}

pub(in super::super) async fn insert(tx: &mut Tx, request: &Request) -> Result<()> {
    let (offer, revision) = request.offer.unzip();
    sqlx::query!(
        "
        insert into requests (id, case_id, customer_id, department_id, kind, what, offer_id, offer_revision, terms,
            wanted_on, asked_at, asked_by_id, due_at, because, confidential, promise_type_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        ",
        request.id as RequestId,
        request.case as CaseId,
        request.customer as CustomerId,
        request.department as DepartmentId,
        request.kind.name(),
        request.what,
        offer as Option<OfferId>,
        revision,
        request.terms,
        request.wanted_on,
        request.asked_at,
        request.asked_by as Option<UserId>,
        request.due_at,
        request.because,
        request.readers.is_some(),
        request.promise_type as Option<PromiseTypeId>,
    )
    .execute(&mut **tx)
    .await?;
    let readers: Vec<UserId> = request.readers.iter().flatten().copied().collect();
    insert_readers(tx, request.id, &readers).await
}

/// Notes who of the desk may read a confidential one.
pub(in super::super) async fn insert_readers(tx: &mut Tx, request: RequestId, readers: &[UserId]) -> Result<()> {
    let readers: Vec<_> = readers.iter().map(|reader| reader.uuid()).collect();
    sqlx::query!(
        "
        insert into request_readers (request_id, user_id)
        select distinct $1::uuid, r.id from unnest($2::uuid[]) as r (id)
        on conflict do nothing
        ",
        request as RequestId,
        &readers,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Saves a request whose row is held, one version further.
pub(in super::super) async fn save(tx: &mut Tx, request: &mut Request) -> Result<()> {
    sqlx::query!(
        "
        update requests
        set department_id = $2, stage = $3, accepted_by_id = $4, passes = $5, due_at = $6, because = $7, ended_at = $8,
            version = version + 1
        where id = $1
        ",
        request.id as RequestId,
        request.department as DepartmentId,
        request.stage.name(),
        request.accepted_by as Option<UserId>,
        request.passes,
        request.due_at,
        request.because,
        request.ended_at,
    )
    .execute(&mut **tx)
    .await?;
    request.version += 1;
    Ok(())
}

/// Writes the answer: by somebody of the department, or by a link under the name that was typed.
pub(in super::super) async fn insert_answer(
    tx: &mut Tx,
    request: &Request,
    answer: &Answer,
    by: Option<UserId>,
    link: Option<RequestLinkId>,
) -> Result<()> {
    sqlx::query!(
        "
        insert into request_answers (request_id, department_id, verdict, words, conditions, possible_on, cost_minor,
            currency, expedited, valid_until, at, by_id, link_id, by_name)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ",
        request.id as RequestId,
        request.department as DepartmentId,
        answer.verdict.map(Verdict::name),
        answer.words,
        answer.conditions,
        answer.possible_on,
        answer.cost.map(|cost| cost.minor),
        answer.cost.map(|cost| cost.currency.code().to_owned()),
        answer.expedited,
        answer.valid_until,
        answer.at,
        by as Option<UserId>,
        link as Option<RequestLinkId>,
        link.map(|_| answer.by_name.as_str()),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Saves what became of an answer, one version further.
pub(in super::super) async fn save_answer(
    tx: &mut Tx,
    request: RequestId,
    answer: &Answer,
    accepted_by: Option<UserId>,
) -> Result<()> {
    let now = tx.now();
    sqlx::query!(
        "
        update request_answers
        set conditions_accepted_at = $2, conditions_accepted_by_id = coalesce(conditions_accepted_by_id, $3),
            withdrawn_at = $4, withdrawn_because = $5, could_not_at = $6, could_not_because = $7,
            asked_again_at = case when $8 then coalesce(asked_again_at, $9) end, version = version + 1
        where request_id = $1
        ",
        request as RequestId,
        answer.accepted.as_ref().map(|(at, _)| *at),
        accepted_by as Option<UserId>,
        answer.withdrawn.as_ref().map(|(at, _)| *at),
        answer.withdrawn.as_ref().map(|(_, why)| why.as_str()),
        answer.could_not.as_ref().map(|(at, _)| *at),
        answer.could_not.as_ref().map(|(_, why)| why.as_str()),
        answer.asked_again,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Whether the customer has accepted an offer.
pub(in super::super) async fn is_accepted(connection: &mut PgConnection, offer: OfferId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select stage in ('accepted', 'fulfilled', 'failed') as "is!" from offers where id = $1"#,
        offer as OfferId,
    )
    .fetch_one(connection)
    .await?)
}

/// Whether these are the newest terms of an offer that the customer has yet to answer.
pub(in super::super) async fn is_open(connection: &mut PgConnection, offer: OfferId, revision: i32) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"
        select stage in ('draft', 'awaiting_approval', 'ready', 'presented') and revision = $2 as "is!"
        from offers
        where id = $1
        "#,
        offer as OfferId,
        revision,
    )
    .fetch_one(connection)
    .await?)
}

/// The checks that the department of a promise said yes to: for the offer that made it, or for the promise itself.
pub(in super::super) async fn promised(connection: &mut PgConnection, promise: PromiseId) -> Result<Vec<RequestId>> {
    Ok(sqlx::query_scalar!(
        r#"
        select a.request_id as "id!: RequestId"
        from promises p
        join offers o on o.id = p.offer_id
        join request_answers a on a.offer_id = o.id and a.offer_revision = o.presented_revision
            and a.department_id = p.department_id
        where p.id = $1 and a.verdict in ('yes', 'yes_if') and a.could_not_at is null and a.withdrawn_at is null
        union all
        select a.request_id
        from promises p
        join promise_grounds g on g.promise_id = p.id
        join request_answers a on a.request_id = g.request_id and a.department_id = p.department_id
        where p.id = $1 and a.could_not_at is null
        "#,
        promise as PromiseId,
    )
    .fetch_all(connection)
    .await?)
}
