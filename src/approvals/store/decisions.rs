//! What approvers decided, and what was asked and answered before.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::super::{Decided, Denied, Message, Stage};
use super::requests::{A_MANAGER, WITHIN_LIMIT, refusal, refused_by};
use crate::db::{Part, Tx, part};
use crate::error::Result;
use crate::ids::{ApprovalId, CaseId, MessageId, UserId};

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
    .map_err(|error| match refused_by(&error) {
        Some(WITHIN_LIMIT) if new.on_behalf_of.is_some() => Denied::BeyondTheirLimit(A_MANAGER.to_owned()).into(),
        _ => refusal(error),
    })?;
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
