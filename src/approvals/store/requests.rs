use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::super::{Approval, Decided, Denied, Message, Stage};
use crate::auth::Role;
use crate::calendar::Due;
use crate::db::{Part, Tx, part};
use crate::error::{Error, Result};
use crate::ids::{ApprovalId, CaseId, CustomerId, MessageId, OfferId, UserId};
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
    ($which:tt, $value:ident as $of:ty) => {
        part!(
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

#[derive(Deserialize)]
struct DecidedRow {
    approval: ApprovalId,
    by: UserId,
    by_name: String,
    on_behalf_of: Option<String>,
    decision: Stage,
    reason: String,
    at: DateTime<Utc>,
}

macro_rules! decisions {
    ($which:tt, $value:ident as $of:ty) => {
        part!(
            DecidedRow,
            r#"
            select d.approval_id as "approval: ApprovalId", d.by_id as "by: UserId", u.name as by_name,
                b.name as "on_behalf_of?", d.decision as "decision: Stage", d.reason, d.at
            from approvals a
            join approval_decisions d on d.approval_id = a.id
            join users u on u.id = d.by_id
            left join users b on b.id = d.on_behalf_of_id
            "#
                + $which
                + r#"
            order by d.at, u.name
            "#,
            $value as $of,
        )
        .then(|row| {
            let decided = Decided {
                by: row.by,
                by_name: row.by_name,
                on_behalf_of: row.on_behalf_of,
                decision: row.decision,
                reason: row.reason,
                at: row.at,
            };
            Ok((row.approval, decided))
        })
    };
}

/// What approvers decided on a request, first decision first.
///
/// # Errors
/// When the database cannot be read.
pub async fn decisions(connection: &mut PgConnection, approval: ApprovalId) -> Result<Vec<Decided>> {
    decisions_part(approval).all(connection).await
}

/// The same, to be asked with others.
pub(in super::super) fn decisions_part(approval: ApprovalId) -> Part<Decided> {
    decisions!("where a.id = $1", approval as ApprovalId).then(|(_, decided)| Ok(decided))
}

/// What approvers decided on all requests of a case, first decision first.
#[must_use]
pub fn decisions_of_case_part(case: CaseId) -> Part<(ApprovalId, Decided)> {
    decisions!("where a.case_id = $1", case as CaseId)
}

#[derive(Deserialize)]
struct MessageRow {
    approval: ApprovalId,
    id: MessageId,
    by_name: String,
    at: DateTime<Utc>,
    question: bool,
    body: String,
}

macro_rules! messages {
    ($which:tt, $value:ident as $of:ty) => {
        part!(
            MessageRow,
            r#"
            select m.approval_id as "approval: ApprovalId", m.id as "id: MessageId", u.name as by_name, m.at,
                m.question, m.body
            from approvals a
            join approval_messages m on m.approval_id = a.id
            join users u on u.id = m.by_id
            "#
                + $which
                + r#"
            order by m.at, m.id
            "#,
            $value as $of,
        )
        .then(|row| {
            let message =
                Message { id: row.id, by_name: row.by_name, at: row.at, question: row.question, body: row.body };
            Ok((row.approval, message))
        })
    };
}

/// Questions and answers about a request, first one first.
///
/// # Errors
/// When the database cannot be read.
pub async fn messages(connection: &mut PgConnection, approval: ApprovalId) -> Result<Vec<Message>> {
    messages_part(approval).all(connection).await
}

/// The same, to be asked with others.
pub(in super::super) fn messages_part(approval: ApprovalId) -> Part<Message> {
    messages!("where a.id = $1", approval as ApprovalId).then(|(_, message)| Ok(message))
}

/// Questions and answers about all requests of a case, first one first.
#[must_use]
pub fn messages_of_case_part(case: CaseId) -> Part<(ApprovalId, Message)> {
    messages!("where a.case_id = $1", case as CaseId)
}

/// The median time from asking to deciding of the last hundred decisions of each level that had some.
#[must_use]
pub fn turnaround_part(at: DateTime<Utc>) -> Part<(Role, TimeDelta)> {
    part!(
        Turnaround,
        r#"
        select l.level as "level!: Role", percentile_cont(0.5) within group (order by a.seconds) as "seconds!"
        from (values ('supervisor'), ('manager')) l (level)
        cross join lateral (
            select extract(epoch from b.ended_at - b.asked_at)::double precision as seconds
            from approvals b
            where b.ended_at is not null and b.ended_at <= $1 and b.stage <> 'withdrawn' and b.level = l.level
            order by b.ended_at desc
            limit 100
        ) a
        group by l.level
        "#,
        at,
    )
    .then(|row| {
        #[expect(clippy::cast_possible_truncation, reason = "whole seconds are what is wanted")]
        let seconds = row.seconds as i64;
        Ok((row.level, TimeDelta::seconds(seconds)))
    })
}

#[derive(Deserialize)]
struct Turnaround {
    level: Role,
    seconds: f64,
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
    let now = tx.now();
    sqlx::query!(
        "
        update approvals
        set stage = $2, decided_revision = $3, ended_at = $4, level = $5, due_at = $6, due_because = $7,
            withdrawn_by_id = $8, version = version + 1,
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
