use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Deadline, Kind};
use crate::db::{Part, Tx, part};
use crate::error::Result;
use crate::ids::{CaseId, DeadlineId, UserId};

#[derive(Deserialize)]
struct Row {
    id: DeadlineId,
    kind: String,
    what: String,
    due_at: DateTime<Utc>,
    because: String,
    set_at: DateTime<Utc>,
    owner: Option<UserId>,
}

impl From<Row> for Deadline {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            kind: Kind::from_name(&row.kind).expect("the table's check allows known kinds only"),
            what: row.what,
            due_at: row.due_at,
            because: row.because,
            set_at: row.set_at,
            owner: row.owner,
        }
    }
}

/// Everything open in a case, soonest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_case(connection: &mut PgConnection, case: CaseId) -> Result<Vec<Deadline>> {
    of_case_part(case).all(connection).await
}

/// The same, to be asked with others.
#[must_use]
pub fn of_case_part(case: CaseId) -> Part<Deadline> {
    part!(
        Row,
        r#"
        select id as "id: DeadlineId", kind, what, due_at, because, set_at, owner_id as "owner: UserId"
        from deadlines
        where case_id = $1 and stage = 'open'
        order by due_at, id
        "#,
        case as CaseId,
    )
    .then(|row| Ok(Deadline::from(row)))
}

/// The next thing due in a case.
///
/// # Errors
/// When the database cannot be read.
pub async fn next(connection: &mut PgConnection, case: CaseId) -> Result<Option<Deadline>> {
    Ok(of_case(connection, case).await?.into_iter().next())
}

/// How many deadlines fall due in a span, for the whole desk.
///
/// # Errors
/// When the database cannot be read.
pub async fn due_between(connection: &mut PgConnection, from: DateTime<Utc>, until: DateTime<Utc>) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from deadlines where stage = 'open' and due_at >= $1 and due_at < $2"#,
        from,
        until,
    )
    .fetch_one(connection)
    .await?)
}

/// A target: so many hours, working or not.
pub(super) struct Target {
    pub(super) name: String,
    pub(super) hours: i32,
    pub(super) working: bool,
}

pub(super) async fn find_target(connection: &mut PgConnection, code: &str) -> Result<Option<Target>> {
    Ok(sqlx::query_as!(Target, "select name, hours, working from time_targets where code = $1", code)
        .fetch_optional(connection)
        .await?)
}

pub(super) async fn insert(tx: &mut Tx, case: CaseId, subject: Option<Uuid>, deadline: &Deadline) -> Result<()> {
    sqlx::query!(
        "
        insert into deadlines (id, case_id, kind, what, due_at, because, set_at, owner_id, subject_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ",
        deadline.id as DeadlineId,
        case as CaseId,
        deadline.kind.name(),
        deadline.what,
        deadline.due_at,
        deadline.because,
        deadline.set_at,
        deadline.owner as Option<UserId>,
        subject,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn end(tx: &mut Tx, case: CaseId, kind: Option<Kind>, done: bool) -> Result<u64> {
    let now = tx.now();
    let ended = sqlx::query!(
        "
        update deadlines
        set stage = case when not $3 then 'cleared' when due_at >= $4 then 'met' else 'missed' end, ended_at = $4
        where case_id = $1 and stage = 'open' and (kind = $2 or ($2::text is null and kind not in ('promise', 'follow_up')))
        ",
        case as CaseId,
        kind.map(Kind::name),
        done,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(ended.rows_affected())
}

pub(super) async fn end_for(tx: &mut Tx, subject: Uuid, kind: Kind, done: bool) -> Result<()> {
    let now = tx.now();
    sqlx::query!(
        "
        update deadlines
        set stage = case when not $3 then 'cleared' when due_at >= $4 then 'met' else 'missed' end, ended_at = $4
        where subject_id = $1 and stage = 'open' and kind = $2
        ",
        subject,
        kind.name(),
        done,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn reassign(tx: &mut Tx, case: CaseId, owner: Option<UserId>) -> Result<()> {
    sqlx::query!(
        "update deadlines set owner_id = $2 where case_id = $1 and stage = 'open' and kind <> 'follow_up'",
        case as CaseId,
        owner as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
