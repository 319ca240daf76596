use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::super::{Approval, Decided, Denied, Message, Stage};
use crate::auth::Role;
use crate::calendar::Due;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{ApprovalId, CaseId, CustomerId, MessageId, OfferId, UserId};
use crate::money::{Currency, Money};

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
    because: String,
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
            because: row.because,
            level: row.level,
            approvers: row.approvers,
            exposure: money(row.exposure_minor),
            customer_total: money(row.customer_total_minor),
            due_at: row.due_at,
            due_because: row.due_because,
            stage: row.stage,
            decided_revision: row.decided_revision,
            ended_at: row.ended_at,
            withdrawn_by: row.withdrawn_by,
            version: row.version,
        }
    }
}

/// The requests that a condition picks, newest first. One query for all of them, since each wants all of a request.
macro_rules! approvals {
    ($fetch:ident, $connection:expr, $approval:expr, $case:expr, $offer:expr) => {
        sqlx::query_as!(
            Row,
            r#"
            select a.id as "id: ApprovalId", a.offer_id as "offer: OfferId", a.revision, a.case_id as "case: CaseId",
                a.customer_id as "customer: CustomerId", a.asked_by_id as "asked_by: UserId", u.name as asked_by_name,
                a.asked_at, a.words, a.because, a.level as "level: Role", a.approvers, a.exposure_minor,
                a.customer_total_minor, a.currency as "currency: Currency", a.due_at, a.due_because,
                a.stage as "stage: Stage", a.decided_revision, a.ended_at,
                a.withdrawn_by_id as "withdrawn_by: UserId", a.version
            from approvals a
            join users u on u.id = a.asked_by_id
            where ($1::uuid is null or a.id = $1) and ($2::uuid is null or a.case_id = $2)
                and ($3::uuid is null or a.offer_id = $3 and a.stage in ('pending', 'question_asked'))
                and num_nonnulls($1::uuid, $2::uuid, $3::uuid) = 1
            order by a.asked_at desc, a.id desc
            limit 200
            "#,
            $approval as Option<ApprovalId>,
            $case as Option<CaseId>,
            $offer as Option<OfferId>,
        )
        .$fetch($connection)
    };
}

/// A request for approval.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn find(connection: &mut PgConnection, approval: ApprovalId) -> Result<Approval> {
    Ok(approvals!(fetch_one, connection, Some(approval), None, None).await?.into())
}

/// All requests of a case, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_case(connection: &mut PgConnection, case: CaseId) -> Result<Vec<Approval>> {
    let rows = approvals!(fetch_all, connection, None, Some(case), None).await?;
    Ok(rows.into_iter().map(Approval::from).collect())
}

/// The request about an offer that is open, if there is one.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_of_offer(connection: &mut PgConnection, offer: OfferId) -> Result<Option<Approval>> {
    Ok(approvals!(fetch_optional, connection, None, None, Some(offer)).await?.map(Approval::from))
}

/// What approvers decided on a request, first decision first.
///
/// # Errors
/// When the database cannot be read.
pub async fn decisions(connection: &mut PgConnection, approval: ApprovalId) -> Result<Vec<Decided>> {
    Ok(sqlx::query_as!(
        Decided,
        r#"
        select d.by_id as "by: UserId", u.name as by_name, b.name as "on_behalf_of?", d.decision as "decision: Stage",
            d.reason, d.at
        from approval_decisions d
        join users u on u.id = d.by_id
        left join users b on b.id = d.on_behalf_of_id
        where d.approval_id = $1
        order by d.at, u.name
        "#,
        approval as ApprovalId,
    )
    .fetch_all(connection)
    .await?)
}

/// Questions and answers about a request, first one first.
///
/// # Errors
/// When the database cannot be read.
pub async fn messages(connection: &mut PgConnection, approval: ApprovalId) -> Result<Vec<Message>> {
    Ok(sqlx::query_as!(
        Message,
        r#"
        select m.id as "id: MessageId", u.name as by_name, m.at, m.question, m.body
        from approval_messages m
        join users u on u.id = m.by_id
        where m.approval_id = $1
        order by m.at, m.id
        "#,
        approval as ApprovalId,
    )
    .fetch_all(connection)
    .await?)
}

/// What approvers decided on all requests of a case, first decision first.
///
/// # Errors
/// When the database cannot be read.
pub async fn decisions_of_case(connection: &mut PgConnection, case: CaseId) -> Result<Vec<(ApprovalId, Decided)>> {
    let rows = sqlx::query!(
        r#"
        select d.approval_id as "approval: ApprovalId", d.by_id as "by: UserId", u.name as by_name,
            b.name as "on_behalf_of?", d.decision as "decision: Stage", d.reason, d.at
        from approvals a
        join approval_decisions d on d.approval_id = a.id
        join users u on u.id = d.by_id
        left join users b on b.id = d.on_behalf_of_id
        where a.case_id = $1
        order by d.at, u.name
        "#,
        case as CaseId,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let decided = Decided {
                by: row.by,
                by_name: row.by_name,
                on_behalf_of: row.on_behalf_of,
                decision: row.decision,
                reason: row.reason,
                at: row.at,
            };
            (row.approval, decided)
        })
        .collect())
}

/// Questions and answers about all requests of a case, first one first.
///
/// # Errors
/// When the database cannot be read.
pub async fn messages_of_case(connection: &mut PgConnection, case: CaseId) -> Result<Vec<(ApprovalId, Message)>> {
    let rows = sqlx::query!(
        r#"
        select m.approval_id as "approval: ApprovalId", m.id as "id: MessageId", u.name as by_name, m.at, m.question,
            m.body
        from approvals a
        join approval_messages m on m.approval_id = a.id
        join users u on u.id = m.by_id
        where a.case_id = $1
        order by m.at, m.id
        "#,
        case as CaseId,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let message =
                Message { id: row.id, by_name: row.by_name, at: row.at, question: row.question, body: row.body };
            (row.approval, message)
        })
        .collect())
}

/// Requests that supervisors should have decided by now, the longest overdue first.
///
/// # Errors
/// When the database cannot be read.
pub async fn overdue(connection: &mut PgConnection, at: DateTime<Utc>, limit: i64) -> Result<Vec<ApprovalId>> {
    Ok(sqlx::query_scalar!(
        r#"
        select id as "id: ApprovalId"
        from approvals
        where stage in ('pending', 'question_asked') and due_at <= $1 and level = 'supervisor'
        order by due_at, id
        limit $2
        "#,
        at,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// The median time from asking to deciding of the last hundred decisions of a level; none without any.
///
/// # Errors
/// When the database cannot be read.
pub async fn turnaround(connection: &mut PgConnection, level: Role, at: DateTime<Utc>) -> Result<Option<TimeDelta>> {
    let seconds = sqlx::query_scalar!(
        r#"
        select percentile_cont(0.5) within group (order by extract(epoch from ended_at - asked_at)) as "seconds"
        from (
            select asked_at, ended_at
            from approvals
            where ended_at is not null and ended_at <= $2 and stage <> 'withdrawn' and level = $1
            order by ended_at desc
            limit 100
        ) a
        "#,
        level as Role,
        at,
    )
    .fetch_one(connection)
    .await?;
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds are what is wanted")]
    Ok(seconds.map(|seconds| TimeDelta::seconds(seconds as i64)))
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
    because: &str,
    due: &Due,
) -> Result<ApprovalId> {
    let id = ApprovalId::new();
    sqlx::query!(
        "
        insert into approvals (id, offer_id, revision, asked_by_id, asked_at, words, because, due_at, due_because)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ",
        id as ApprovalId,
        offer as OfferId,
        revision,
        by as UserId,
        tx.now(),
        words,
        because,
        due.at,
        due.because,
    )
    .execute(&mut **tx)
    .await
    .map_err(refusal)?;
    Ok(id)
}

pub(in super::super) struct NewDecision<'a> {
    pub(in super::super) approval: ApprovalId,
    pub(in super::super) by: UserId,
    pub(in super::super) on_behalf_of: Option<UserId>,
    pub(in super::super) decision: Stage,
    pub(in super::super) revision: i32,
    pub(in super::super) reason: &'a str,
}

pub(in super::super) async fn insert_decision(tx: &mut Tx, new: NewDecision<'_>) -> Result<()> {
    sqlx::query!(
        "
        insert into approval_decisions (approval_id, by_id, on_behalf_of_id, decision, revision, reason, at)
        values ($1, $2, $3, $4, $5, $6, $7)
        ",
        new.approval as ApprovalId,
        new.by as UserId,
        new.on_behalf_of as Option<UserId>,
        new.decision.name(),
        new.revision,
        new.reason,
        tx.now(),
    )
    .execute(&mut **tx)
    .await
    .map_err(refusal)?;
    Ok(())
}

pub(in super::super) async fn insert_message(
    tx: &mut Tx,
    approval: ApprovalId,
    by: UserId,
    question: bool,
    body: &str,
) -> Result<()> {
    sqlx::query!(
        "
        insert into approval_messages (id, approval_id, by_id, at, question, body)
        values ($1, $2, $3, $4, $5, $6)
        ",
        MessageId::new() as MessageId,
        approval as ApprovalId,
        by as UserId,
        tx.now(),
        question,
        body,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Saves where it stands.
pub(in super::super) async fn save(tx: &mut Tx, approval: &mut Approval) -> Result<()> {
    sqlx::query!(
        "
        update approvals
        set stage = $2, decided_revision = $3, ended_at = $4, level = $5, due_at = $6, due_because = $7,
            withdrawn_by_id = $8, version = version + 1
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
    )
    .execute(&mut **tx)
    .await
    .map_err(refusal)?;
    approval.version += 1;
    Ok(())
}

/// What the database refused, as a sentence for the user where a user can mend it.
fn refusal(error: sqlx::Error) -> Error {
    let sqlx::Error::Database(database) = &error else { return error.into() };
    let denied = match database.constraint() {
        Some("approval_decisions_once" | "approvals_once") => Denied::AlreadyDecided(Stage::Approved),
        Some("approval_decisions_not_own") => Denied::Own,
        Some("approval_decisions_no_circle") => Denied::Circle,
        Some("approval_decisions_delegate") => Denied::NoDelegate,
        Some("approval_decisions_within_limit") => Denied::BeyondLimit("A manager may decide it.".to_owned()),
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
