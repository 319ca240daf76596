use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::error::DatabaseError;
use sqlx::types::Json;

use super::super::{Approval, Cause, Denied, Stage};
use crate::auth::Role;
use crate::calendar::Due;
use crate::db::{Part, Tx, part};
use crate::error::{Error, Result};
use crate::ids::{ApprovalId, CaseId, CustomerId, OfferId, UserId};
use crate::limits::Exceeded;
use crate::money::{Currency, Money};

#[derive(Deserialize)]
struct Row {
    id: ApprovalId,
    offer: OfferId,
    revision: i32,
    case: CaseId,
    customer: CustomerId,
    asked_by: UserId,
    asked_by_name: String,
    asked_at: DateTime<Utc>,
    words: String,
    because: Option<String>,
    exceeded: Option<Json<Vec<Exceeded>>>,
    level: Role,
    approvers: i16,
    exposure_minor: i64,
    customer_total_minor: i64,
    currency: Currency,
    due_at: DateTime<Utc>,
    due_because: String,
    stage: Stage,
    decided_revision: Option<i32>,
    ended_at: Option<DateTime<Utc>>,
    decision_minutes: Option<i32>,
    withdrawn_by: Option<UserId>,
    version: i64,
}

impl From<Row> for Approval {
    fn from(row: Row) -> Self {
        let money = |minor| Money::new(minor, row.currency);
        Self {
            id: row.id,
            offer: row.offer,
            revision: row.revision,
            case: row.case,
            customer: row.customer,
            asked_by: row.asked_by,
            asked_by_name: row.asked_by_name,
            asked_at: row.asked_at,
            words: row.words,
            cause: match (row.exceeded, row.because) {
                (Some(Json(exceeded)), _) => Cause::Exceeded(exceeded),
                (None, said) => Cause::Said(said.unwrap_or_default()),
            },
            level: row.level,
            approvers: row.approvers,
            exposure: money(row.exposure_minor),
            customer_total: money(row.customer_total_minor),
            due_at: row.due_at,
            due_because: row.due_because,
            stage: row.stage,
            decided_revision: row.decided_revision,
            ended_at: row.ended_at,
            decision_minutes: row.decision_minutes,
            withdrawn_by: row.withdrawn_by,
            version: row.version,
        }
    }
}

/// The requests that a condition picks, newest first. One query for all of them, since each wants all of a request.
macro_rules! approvals {
    ($which:tt, $value:ident as $of:ty) => {
        part!(
            Row,
            r#"
            select a.id as "id: ApprovalId", a.offer_id as "offer: OfferId", a.revision, a.case_id as "case: CaseId",
                a.customer_id as "customer: CustomerId", a.asked_by_id as "asked_by: UserId", u.name as asked_by_name,
                a.asked_at, a.words, a.because, a.exceeded as "exceeded: Json<Vec<Exceeded>>", a.level as "level: Role",
                a.approvers, a.exposure_minor,
                a.customer_total_minor, a.currency as "currency: Currency", a.due_at, a.due_because,
                a.stage as "stage: Stage", a.decided_revision, a.ended_at, a.decision_minutes,
                a.withdrawn_by_id as "withdrawn_by: UserId", a.version
            from approvals a
            join users u on u.id = a.asked_by_id
            "# + $which + r#"
            order by a.asked_at desc, a.id desc
            limit 200
            "#,
            $value as $of,
        )
        .then(|row| Ok(Approval::from(row)))
    };
}

/// A request for approval.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn find(connection: &mut PgConnection, approval: ApprovalId) -> Result<Approval> {
    find_part(approval).one(connection).await
}

/// The same, to be asked with others.
pub(in super::super) fn find_part(approval: ApprovalId) -> Part<Approval> {
    approvals!("where a.id = $1", approval as ApprovalId)
}

/// All requests of a case, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_case(connection: &mut PgConnection, case: CaseId) -> Result<Vec<Approval>> {
    of_case_part(case).all(connection).await
}

/// The same, to be asked with others.
#[must_use]
pub fn of_case_part(case: CaseId) -> Part<Approval> {
    approvals!("where a.case_id = $1", case as CaseId)
}

/// The request about an offer that is open, if there is one.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_of_offer(connection: &mut PgConnection, offer: OfferId) -> Result<Option<Approval>> {
    let open = approvals!("where a.offer_id = $1 and a.stage in ('pending', 'question_asked')", offer as OfferId);
    Ok(open.all(connection).await?.into_iter().next())
}

pub(in super::super) async fn lock(tx: &mut Tx, approval: ApprovalId) -> Result<Approval> {
    sqlx::query_scalar!("select version from approvals where id = $1 for no key update", approval as ApprovalId)
        .fetch_one(&mut **tx)
        .await?;
    find(tx, approval).await
}

/// The database adds who has to decide it, or refuses what is beyond every limit.
pub(in super::super) async fn insert(
    tx: &mut Tx,
    offer: OfferId,
    revision: i32,
    by: UserId,
    words: &str,
    exceeded: Vec<Exceeded>,
    due: &Due,
) -> Result<ApprovalId> {
    let id = ApprovalId::new();
    sqlx::query!(
        "
        insert into approvals (id, offer_id, revision, asked_by_id, asked_at, words, exceeded, due_at, due_because)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ",
        id as ApprovalId,
        offer as OfferId,
        revision,
        by as UserId,
        tx.now(),
        words,
        Json(exceeded) as Json<Vec<Exceeded>>,
        due.at,
        due.because,
    )
    .execute(&mut **tx)
    .await
    .map_err(refusal)?;
    Ok(id)
}

/// Saves where it stands.
pub(in super::super) async fn save(tx: &mut Tx, approval: &mut Approval) -> Result<()> {
    let now = tx.now();
    sqlx::query!(
        "
        update approvals
        set stage = $2, decided_revision = $3, ended_at = $4, level = $5, due_at = $6, due_because = $7,
            withdrawn_by_id = $8, decision_minutes = $10, version = version + 1,
            -- it moves up when its time is over, or before that when nobody is there
            moved_up_at = case when level <> $5 then $9 else moved_up_at end,
            moved_up_because = case
                when level = $5 then moved_up_because
                when due_at <= $9 then 'time'
                else 'absence'
            end
        where id = $1
        ",
        approval.id as ApprovalId,
        approval.stage.name(),
        approval.decided_revision,
        approval.ended_at,
        approval.level.name(),
        approval.due_at,
        approval.due_because,
        approval.withdrawn_by as Option<UserId>,
        now,
        approval.decision_minutes,
    )
    .execute(&mut **tx)
    .await
    .map_err(refusal)?;
    approval.version += 1;
    Ok(())
}

/// The constraint that holds approvers to their limits.
pub(super) const WITHIN_LIMIT: &str = "approval_decisions_within_limit";
pub(super) const A_MANAGER: &str = "A manager may decide it.";

pub(super) fn refused_by(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error().and_then(DatabaseError::constraint)
}

/// What the database refused, as a sentence for the user where a user can mend it.
pub(super) fn refusal(error: sqlx::Error) -> Error {
    let denied = match refused_by(&error) {
        Some("approval_decisions_once" | "approvals_once") => Denied::AlreadyDecided(Stage::Approved),
        Some("approval_decisions_not_own") => Denied::Own,
        Some("approval_decisions_no_circle") => Denied::Circle,
        Some("approval_decisions_delegate") => Denied::NoDelegate,
        Some(WITHIN_LIMIT) => Denied::BeyondLimit(A_MANAGER.to_owned()),
        Some("approval_decisions_revision") => Denied::Revised,
        Some("approval_decisions_counter") => Denied::NotLower,
        Some("approval_decisions_pkey") => Denied::Twice,
        Some("approvals_possible") => {
            return Error::refused("These terms are beyond every limit. Nobody may give that.");
        }
        Some("approvals_newest_terms") => {
            return Error::refused("The terms were changed meanwhile. Read the new ones first.");
        }
        _ => return error.into(),
    };
    denied.into()
}
