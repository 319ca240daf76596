use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::{Direction, Interaction, Kind, Means, NewAttempt, NewInteraction, Response};
use crate::db::{Part, Tx, part};
use crate::error::{Error, Result};
use crate::ids::{CaseId, CustomerId, InteractionId, OfferId, UserId};

#[derive(Deserialize)]
struct Row {
    id: InteractionId,
    case: CaseId,
    case_number: i64,
    at: DateTime<Utc>,
    by: Option<UserId>,
    by_name: Option<String>,
    kind: String,
    direction: Option<String>,
    means: Option<String>,
    body: String,
    response: Option<String>,
    objection: Option<String>,
    levers: Vec<String>,
    next_step: Option<String>,
    next_step_at: Option<DateTime<Utc>>,
    corrects: Option<InteractionId>,
    corrected_by: Option<InteractionId>,
}

impl Row {
    fn read(self) -> Result<Interaction> {
        Ok(Interaction {
            kind: Kind::from_name(&self.kind)
                .ok_or_else(|| Error::Internal(anyhow::anyhow!("interaction {} has an odd kind", self.id)))?,
            direction: self.direction.as_deref().and_then(Direction::from_name),
            means: self.means.as_deref().and_then(Means::from_name),
            response: self.response.as_deref().and_then(Response::from_name),
            next_step: self.next_step.zip(self.next_step_at),
            id: self.id,
            case: self.case,
            case_number: self.case_number,
            at: self.at,
            by: self.by,
            by_name: self.by_name,
            body: self.body,
            objection: self.objection,
            levers: self.levers,
            corrects: self.corrects,
            corrected_by: self.corrected_by,
        })
    }
}

/// The entries of a case before a place in it, newest first; the newest when no place is given.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_case(
    connection: &mut PgConnection,
    case: CaseId,
    before: Option<(DateTime<Utc>, InteractionId)>,
    limit: i64,
) -> Result<Vec<Interaction>> {
    of_case_part(case, before, limit).all(connection).await
}

/// The same, to be asked with others.
#[must_use]
pub fn of_case_part(case: CaseId, before: Option<(DateTime<Utc>, InteractionId)>, limit: i64) -> Part<Interaction> {
    let (at, id) = before.unzip();
    part!(
        Row,
        r#"
        select id as "id!: InteractionId", case_id as "case!: CaseId", case_number as "case_number!", at as "at!",
            by_id as "by: UserId", by_name, kind as "kind!", direction, channel as means, body as "body!", response,
            objection, levers as "levers!", next_step, next_step_at, corrects_id as "corrects: InteractionId",
            corrected_by_id as "corrected_by: InteractionId"
        from interaction_entries
        where case_id = $1 and ($2::timestamptz is null or (at, id) < ($2, $3))
        order by at desc, id desc
        limit $4
        "#,
        case as CaseId,
        at,
        id as Option<InteractionId>,
        limit,
    )
    .then(Row::read)
}

/// The entries of all of a customer's cases before a place, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_customer(
    connection: &mut PgConnection,
    customer: CustomerId,
    before: Option<(DateTime<Utc>, InteractionId)>,
    limit: i64,
) -> Result<Vec<Interaction>> {
    let (at, id) = before.unzip();
    let rows = sqlx::query_as!(
        Row,
        r#"
        select id as "id!: InteractionId", case_id as "case!: CaseId", case_number as "case_number!", at as "at!",
            by_id as "by: UserId", by_name, kind as "kind!", direction, channel as means, body as "body!", response,
            objection, levers as "levers!", next_step, next_step_at, corrects_id as "corrects: InteractionId",
            corrected_by_id as "corrected_by: InteractionId"
        from interaction_entries
        where customer_id = $1 and ($2::timestamptz is null or (at, id) < ($2, $3))
        order by at desc, id desc
        limit $4
        "#,
        customer as CustomerId,
        at,
        id as Option<InteractionId>,
        limit,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// One entry.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn find(connection: &mut PgConnection, interaction: InteractionId) -> Result<Interaction> {
    sqlx::query_as!(
        Row,
        r#"
        select id as "id!: InteractionId", case_id as "case!: CaseId", case_number as "case_number!", at as "at!",
            by_id as "by: UserId", by_name, kind as "kind!", direction, channel as means, body as "body!", response,
            objection, levers as "levers!", next_step, next_step_at, corrects_id as "corrects: InteractionId",
            corrected_by_id as "corrected_by: InteractionId"
        from interaction_entries
        where id = $1
        "#,
        interaction as InteractionId,
    )
    .fetch_one(connection)
    .await?
    .read()
}

pub(super) async fn insert(
    tx: &mut Tx,
    case: CaseId,
    customer: CustomerId,
    new: &NewInteraction,
    corrects: Option<InteractionId>,
) -> Result<InteractionId> {
    let (id, at, by) = (InteractionId::new(), tx.now(), tx.by());
    sqlx::query!(
        "
        insert into interactions
            (id, case_id, customer_id, at, by_id, kind, direction, body, next_step, next_step_at, corrects_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ",
        id as InteractionId,
        case as CaseId,
        customer as CustomerId,
        at,
        by as Option<UserId>,
        new.kind.name(),
        new.direction.map(Direction::name),
        new.body,
        new.next_step.as_ref().map(|next| next.what.as_str()),
        new.next_step.as_ref().map(|next| next.at),
        corrects as Option<InteractionId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

pub(super) async fn insert_attempt(
    tx: &mut Tx,
    case: CaseId,
    customer: CustomerId,
    new: &NewAttempt,
    corrects: Option<InteractionId>,
) -> Result<InteractionId> {
    let (id, at, by) = (InteractionId::new(), tx.now(), tx.by());
    sqlx::query!(
        "
        insert into interactions (id, case_id, customer_id, at, by_id, kind, direction, channel, body, response,
            objection, next_step, next_step_at, corrects_id, offer_id)
        values ($1, $2, $3, $4, $5, 'save_attempt', $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ",
        id as InteractionId,
        case as CaseId,
        customer as CustomerId,
        at,
        by as Option<UserId>,
        new.direction.name(),
        new.means.name(),
        new.body,
        new.response.name(),
        new.objection,
        new.next_step.as_ref().map(|next| next.what.as_str()),
        new.next_step.as_ref().map(|next| next.at),
        corrects as Option<InteractionId>,
        new.offer as Option<OfferId>,
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "insert into interaction_levers (interaction_id, lever) select $1, unnest($2::text[])",
        id as InteractionId,
        &new.levers,
    )
    .execute(&mut **tx)
    .await?;
    Ok(id)
}
