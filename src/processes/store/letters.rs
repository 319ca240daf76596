//! The confirmation of a cancellation: the mail it goes by, and what stands in it.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::super::{Stage, StepStage};
use crate::db::{Part, Tx, part};
use crate::error::Result;
use crate::ids::{CaseId, ProcessStepId};

/// What a confirmation says, of a case whose cancellation runs or is done: the newest.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Letter {
    /// When it went out, if it did.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// Who confirms it.
    pub from: Option<String>,
}

/// The confirmation of a case, as a question to be asked with others.
#[must_use]
pub fn letter_part(case: CaseId) -> Part<Letter> {
    part!(
        Letter,
        r#"
        select s.ended_at as confirmed_at, coalesce(u.name, ow.name) as "from?"
        from processes p
        join process_steps s on s.process_id = p.id and s.makes = 'confirmation' and s.stage <> 'skipped'
        join cases c on c.id = p.case_id
        left join users u on u.id = s.ended_by_id
        left join users ow on ow.id = c.owner_id
        where p.case_id = $1 and p.kind = 'cancellation' and p.stage <> 'stopped'
        order by p.started_at desc
        limit 1
        "#,
        case as CaseId,
    )
}

/// The process and the step that a mail confirms, as they stand; none where no step goes by it.
pub(in super::super) async fn confirmed_by(
    connection: &mut PgConnection,
    key: &str,
) -> Result<Option<(Stage, StepStage)>> {
    let row = sqlx::query!(
        r#"
        select p.stage as "process: Stage", s.stage as "step: StepStage"
        from process_steps s
        join processes p on p.id = s.process_id
        where s.mail_key = $1
        "#,
        key,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.process, row.step)))
}

/// The confirmation goes by this mail, or by none.
pub(in super::super) async fn set_mail(tx: &mut Tx, step: ProcessStepId, key: Option<&str>) -> Result<()> {
    sqlx::query!(
        "update process_steps set mail_key = $2, version = version + 1 where id = $1",
        step as ProcessStepId,
        key,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The address and the words of a mail that has gone out.
pub(in super::super) async fn mail_went(tx: &mut Tx, key: &str) -> Result<Option<(String, Option<String>)>> {
    let row = sqlx::query!("select to_address, body from mails where key = $1 and stage = 'sent'", key)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.map(|row| (row.to_address, row.body)))
}
