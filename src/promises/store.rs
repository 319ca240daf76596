use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::{Promise, Stage};
use crate::db::{Part, Tx, part};
use crate::error::Result;
use crate::ids::{CaseId, CustomerId, DepartmentId, OfferId, PromiseId, UserId};
use crate::money::{Currency, Money};

#[derive(Deserialize)]
struct Row {
    id: PromiseId,
    case: CaseId,
    customer: CustomerId,
    offer: Option<OfferId>,
    what: String,
    department: Option<String>,
    owner: UserId,
    owner_name: String,
    due_at: DateTime<Utc>,
    because: String,
    cost_minor: i64,
    currency: Currency,
    made_at: DateTime<Utc>,
    stage: Stage,
    evidence: Option<String>,
    ended_at: Option<DateTime<Utc>>,
    version: i64,
}

impl From<Row> for Promise {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            case: row.case,
            customer: row.customer,
            offer: row.offer,
            what: row.what,
            department: row.department,
            owner: row.owner,
            owner_name: row.owner_name,
            due_at: row.due_at,
            because: row.because,
            cost: Money::new(row.cost_minor, row.currency),
            made_at: row.made_at,
            stage: row.stage,
            evidence: row.evidence,
            ended_at: row.ended_at,
            version: row.version,
        }
    }
}

/// The promises that a condition picks, soonest first.
macro_rules! promises {
    ($which:tt, $value:ident as $of:ty) => {
        part!(
            Row,
            r#"
            select p.id as "id: PromiseId", p.case_id as "case: CaseId", p.customer_id as "customer: CustomerId",
                p.offer_id as "offer: OfferId", p.what, d.name as "department?", p.owner_id as "owner: UserId",
                u.name as owner_name, p.due_at, p.because, p.cost_minor, p.currency as "currency: Currency", p.made_at,
                p.stage as "stage: Stage", p.evidence, p.ended_at, p.version
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

pub(super) async fn of_offer(connection: &mut PgConnection, offer: OfferId) -> Result<Vec<Promise>> {
    promises!("where p.offer_id = $1", offer as OfferId).all(connection).await
}

pub(super) async fn lock(tx: &mut Tx, promise: PromiseId) -> Result<Promise> {
    sqlx::query_scalar!("select version from promises where id = $1 for no key update", promise as PromiseId)
        .fetch_one(&mut **tx)
        .await?;
    find(tx, promise).await
}

pub(super) async fn insert(tx: &mut Tx, promise: &Promise, department: Option<DepartmentId>) -> Result<()> {
    sqlx::query!(
        "
        insert into promises (id, case_id, customer_id, offer_id, what, department_id, owner_id, due_at, because,
            cost_minor, currency, made_at, made_by_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ",
        promise.id as PromiseId,
        promise.case as CaseId,
        promise.customer as CustomerId,
        promise.offer as Option<OfferId>,
        promise.what,
        department as Option<DepartmentId>,
        promise.owner as UserId,
        promise.due_at,
        promise.because,
        promise.cost.minor,
        promise.cost.currency as Currency,
        promise.made_at,
        tx.by() as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn save(tx: &mut Tx, promise: &mut Promise) -> Result<()> {
    sqlx::query!(
        "
        update promises
        set stage = $2, evidence = $3, ended_at = $4, ended_by_id = $5, version = version + 1
        where id = $1
        ",
        promise.id as PromiseId,
        promise.stage.name(),
        promise.evidence,
        promise.ended_at,
        tx.by() as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    promise.version += 1;
    Ok(())
}
