//! Promises, how they were moved, and what they rest on.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::super::{Line, Move, Promise, Refusal, Stage};
use crate::db::{Part, Tx, part};
use crate::error::{Error, Result};
use crate::files::File;
use crate::ids::{
    BillingLineId, CaseId, CustomerId, DepartmentId, OfferId, PromiseId, PromiseMoveId, PromiseTypeId, RequestId,
    UserId,
};
use crate::money::{Currency, Money};

#[derive(Deserialize)]
struct Row {
    id: PromiseId,
    case: CaseId,
    customer: CustomerId,
    offer: Option<OfferId>,
    kind: Option<PromiseTypeId>,
    what: String,
    department: Option<String>,
    department_id: Option<DepartmentId>,
    owner: UserId,
    owner_name: String,
    due_at: DateTime<Utc>,
    because: String,
    cost_minor: i64,
    currency: Currency,
    made_at: DateTime<Utc>,
    stage: Stage,
    evidence: Option<String>,
    line: Option<Json<Line>>,
    ended_at: Option<DateTime<Utc>>,
    version: i64,
    moves: Json<Vec<Move>>,
    files: Json<Vec<File>>,
}

impl From<Row> for Promise {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            case: row.case,
            customer: row.customer,
            offer: row.offer,
            kind: row.kind,
            what: row.what,
            department: row.department,
            department_id: row.department_id,
            owner: row.owner,
            owner_name: row.owner_name,
            due_at: row.due_at,
            because: row.because,
            cost: Money::new(row.cost_minor, row.currency),
            made_at: row.made_at,
            stage: row.stage,
            evidence: row.evidence,
            line: row.line.map(|line| line.0),
            ended_at: row.ended_at,
            version: row.version,
            moves: row.moves.0,
            files: row.files.0,
        }
    }
}

/// The promises that a condition picks, soonest first, each with its history and its evidence.
macro_rules! promises {
    ($which:tt, $value:ident as $of:ty) => {
        part!(
            Row,
            r#"
            select p.id as "id: PromiseId", p.case_id as "case: CaseId", p.customer_id as "customer: CustomerId",
                p.offer_id as "offer: OfferId", p.type_id as "kind: PromiseTypeId", p.what, d.name as "department?",
                p.department_id as "department_id: DepartmentId", p.owner_id as "owner: UserId",
                u.name as owner_name, p.due_at, p.because, p.cost_minor, p.currency as "currency: Currency", p.made_at,
                p.stage as "stage: Stage", p.evidence, p.ended_at, p.version,
                (
                    select jsonb_build_object('id', l.id, 'invoice', l.invoice_number, 'billed_on', l.billed_on,
                        'description', l.description, 'amount', jsonb_build_object('minor', l.amount_minor,
                        'currency', l.currency))
                    from billing_lines l
                    where l.id = p.billing_line_id
                ) as "line: Json<Line>",
                coalesce((
                    select jsonb_agg(jsonb_build_object('at', m.at, 'by', b.name, 'was_due_at', m.was_due_at,
                        'due_at', m.due_at, 'was_owner', wo.name, 'owner', o.name, 'was_department', wd.name,
                        'department', nd.name, 'why', m.why) order by m.version)
                    from promise_moves m
                    left join users b on b.id = m.by_id
                    left join users wo on wo.id = m.was_owner_id
                    left join users o on o.id = m.owner_id
                    left join departments wd on wd.id = m.was_department_id
                    left join departments nd on nd.id = m.department_id
                    where m.promise_id = p.id
                ), '[]') as "moves!: Json<Vec<Move>>",
                coalesce((
                    select jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'kind', f.kind, 'size', f.size)
                        order by f.id)
                    from files f
                    where f.promise_id = p.id
                ), '[]') as "files!: Json<Vec<File>>"
            from promises p
            join users u on u.id = p.owner_id
            left join departments d on d.id = p.department_id
            "# + $which + r#"
            order by p.due_at, p.id
            limit 200
            "#,
            $value as $of,
        )
        .then(|row| Ok(Promise::from(row)))
    };
}

/// A promise.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn find(connection: &mut PgConnection, promise: PromiseId) -> Result<Promise> {
    promises!("where p.id = $1", promise as PromiseId).one(connection).await
}

/// All promises of a case, soonest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_case(connection: &mut PgConnection, case: CaseId) -> Result<Vec<Promise>> {
    of_case_part(case).all(connection).await
}

/// The same, to be asked with others.
#[must_use]
pub fn of_case_part(case: CaseId) -> Part<Promise> {
    promises!("where p.case_id = $1", case as CaseId)
}

/// The promises made to a customer, soonest first.
#[must_use]
pub fn of_customer_part(customer: CustomerId) -> Part<Promise> {
    promises!("where p.customer_id = $1", customer as CustomerId)
}

pub(in super::super) async fn of_offer(connection: &mut PgConnection, offer: OfferId) -> Result<Vec<Promise>> {
    promises!("where p.offer_id = $1", offer as OfferId).all(connection).await
}

pub(in super::super) async fn lock(tx: &mut Tx, promise: PromiseId) -> Result<Promise> {
    sqlx::query_scalar!("select version from promises where id = $1 for no key update", promise as PromiseId)
        .fetch_one(&mut **tx)
        .await?;
    find(tx, promise).await
}

/// A line of a customer's bills.
pub(in super::super) async fn find_line(
    connection: &mut PgConnection,
    customer: CustomerId,
    line: BillingLineId,
) -> Result<Option<Line>> {
    let row = sqlx::query!(
        r#"
        select invoice_number, billed_on, description, amount_minor, currency as "currency: Currency"
        from billing_lines
        where id = $1 and customer_id = $2
        "#,
        line as BillingLineId,
        customer as CustomerId,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Line {
        id: line,
        invoice: row.invoice_number,
        billed_on: row.billed_on,
        description: row.description,
        amount: Money::new(row.amount_minor, row.currency),
    }))
}

pub(in super::super) async fn insert(tx: &mut Tx, promise: &Promise) -> Result<()> {
    sqlx::query!(
        "
        insert into promises (id, case_id, customer_id, offer_id, what, department_id, owner_id, due_at, because,
            cost_minor, currency, made_at, made_by_id, type_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ",
        promise.id as PromiseId,
        promise.case as CaseId,
        promise.customer as CustomerId,
        promise.offer as Option<OfferId>,
        promise.what,
        promise.department_id as Option<DepartmentId>,
        promise.owner as UserId,
        promise.due_at,
        promise.because,
        promise.cost.minor,
        promise.cost.currency as Currency,
        promise.made_at,
        tx.by() as Option<UserId>,
        promise.kind as Option<PromiseTypeId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes the answers that a promise rests on.
pub(in super::super) async fn rest_on(tx: &mut Tx, promise: PromiseId, answers: &[RequestId]) -> Result<()> {
    if answers.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into promise_grounds (promise_id, request_id) select $1, unnest($2::uuid[])",
        promise as PromiseId,
        answers as &[RequestId],
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes in its history how a promise was moved or handed over; to be followed by [`save`].
pub(in super::super) async fn note_move(tx: &mut Tx, was: &Promise, now: &Promise, why: &str) -> Result<()> {
    let (at, by) = (tx.now(), tx.by());
    let moved = was.due_at != now.due_at;
    let handed = !moved;
    sqlx::query!(
        "
        insert into promise_moves (id, promise_id, version, at, by_id, was_due_at, due_at, because, was_owner_id,
            owner_id, was_department_id, department_id, why)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ",
        PromiseMoveId::new() as PromiseMoveId,
        was.id as PromiseId,
        was.version,
        at,
        by as Option<UserId>,
        moved.then_some(was.due_at),
        moved.then_some(now.due_at),
        moved.then_some(now.because.as_str()),
        handed.then_some(was.owner) as Option<UserId>,
        handed.then_some(now.owner) as Option<UserId>,
        was.department_id.filter(|_| handed) as Option<DepartmentId>,
        now.department_id.filter(|_| handed) as Option<DepartmentId>,
        why,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(in super::super) async fn save(tx: &mut Tx, promise: &mut Promise) -> Result<()> {
    let ended_by = promise.ended_at.and(tx.by());
    sqlx::query!(
        "
        update promises
        set stage = $2, evidence = $3, ended_at = $4, ended_by_id = $5, billing_line_id = $6, due_at = $7, because = $8,
            owner_id = $9, department_id = $10, version = version + 1
        where id = $1
        ",
        promise.id as PromiseId,
        promise.stage.name(),
        promise.evidence,
        promise.ended_at,
        ended_by as Option<UserId>,
        promise.line.as_ref().map(|line| line.id) as Option<BillingLineId>,
        promise.due_at,
        promise.because,
        promise.owner as UserId,
        promise.department_id as Option<DepartmentId>,
    )
    .execute(&mut **tx)
    .await
    .map_err(|error| match &error {
        // another case's promise took it at the same moment
        sqlx::Error::Database(refused) if refused.constraint() == Some("promises_line_once") => Refusal::Taken.into(),
        _ => Error::from(error),
    })?;
    promise.version += 1;
    Ok(())
}
