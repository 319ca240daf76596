//! The imports, their runs, and what came of their rows.

mod rows;
mod runs;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::choices::Choices;
use super::look::Look;
use super::mapping::Kind;
use super::{Counts, Import, Stage};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{ImportId, UserId};

pub(super) use rows::{
    bring, bring_turned, count_refusals, counts, done, forget_rows, keep_source, refusals, refuse, refused_rows,
};
pub(super) use runs::{begin, claim, due, end, progress, release, renew};

/// A file to be kept.
pub(super) struct NewImport<'a> {
    pub(super) id: ImportId,
    pub(super) kind: Kind,
    pub(super) file_name: &'a str,
    pub(super) file: &'a [u8],
    pub(super) file_digest: &'a [u8],
    pub(super) look: &'a Look,
    pub(super) choices: &'a Choices,
    pub(super) header_digest: &'a [u8],
    pub(super) rows_total: i32,
}

struct Raw {
    id: ImportId,
    kind: String,
    file_name: String,
    size: i32,
    stage: String,
    look: serde_json::Value,
    choices: serde_json::Value,
    header_digest: Vec<u8>,
    rows_total: i32,
    created: i32,
    updated: i32,
    unchanged: i32,
    refused: i32,
    customers: i32,
    orders: i32,
    cases: i32,
    failure: Option<String>,
    created_by: Option<UserId>,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    version: i64,
}

impl TryFrom<Raw> for Import {
    type Error = Error;

    fn try_from(raw: Raw) -> Result<Self> {
        let unknown = |what: &str| Error::Internal(anyhow::anyhow!("import {}: unknown {what}", raw.id));
        Ok(Self {
            id: raw.id,
            kind: Kind::parse(&raw.kind).ok_or_else(|| unknown("kind"))?,
            stage: Stage::from_name(&raw.stage).ok_or_else(|| unknown("stage"))?,
            file_name: raw.file_name,
            size: i64::from(raw.size),
            look: serde_json::from_value(raw.look).map_err(anyhow::Error::from)?,
            choices: serde_json::from_value(raw.choices).map_err(anyhow::Error::from)?,
            header_digest: raw.header_digest,
            rows_total: raw.rows_total,
            counts: Counts {
                created: raw.created,
                updated: raw.updated,
                unchanged: raw.unchanged,
                refused: raw.refused,
                customers: raw.customers,
                orders: raw.orders,
                cases: raw.cases,
            },
            failure: raw.failure,
            created_by: raw.created_by,
            created_at: raw.created_at,
            started_at: raw.started_at,
            finished_at: raw.finished_at,
            version: raw.version,
        })
    }
}

pub(super) async fn insert(tx: &mut Tx, new: NewImport<'_>) -> Result<()> {
    let (now, by) = (tx.now(), tx.by());
    sqlx::query!(
        "
        insert into imports
            (id, kind, file_name, file, file_digest, look, choices, header_digest, rows_total, created_by_id, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ",
        new.id as ImportId,
        new.kind.name(),
        new.file_name,
        new.file,
        new.file_digest,
        serde_json::to_value(new.look).map_err(anyhow::Error::from)?,
        serde_json::to_value(new.choices).map_err(anyhow::Error::from)?,
        new.header_digest,
        new.rows_total,
        by as Option<UserId>,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn find(connection: &mut PgConnection, import: ImportId) -> Result<Import> {
    sqlx::query_as!(
        Raw,
        r#"
        select id as "id: ImportId", kind, file_name, length(file) as "size!", stage, look, choices, header_digest,
            rows_total, created, updated, unchanged, refused, customers, orders, cases, failure,
            created_by_id as "created_by: UserId", created_at, started_at, finished_at, version
        from imports
        where id = $1
        "#,
        import as ImportId,
    )
    .fetch_one(connection)
    .await?
    .try_into()
}

/// An import with its row held until the transaction ends: the first thing every action does.
pub(super) async fn lock(tx: &mut Tx, import: ImportId) -> Result<Import> {
    sqlx::query!("select id from imports where id = $1 for update", import as ImportId).fetch_one(&mut **tx).await?;
    find(tx, import).await
}

pub(super) async fn save(tx: &mut Tx, import: &mut Import) -> Result<()> {
    import.version += 1;
    sqlx::query!(
        "
        update imports
        set stage = $2, choices = $3, created = $4, updated = $5, unchanged = $6, refused = $7, customers = $8,
            orders = $9, cases = $10, failure = $11, started_at = $12, finished_at = $13, kind = $14, version = $15
        where id = $1
        ",
        import.id as ImportId,
        import.stage.name(),
        serde_json::to_value(&import.choices).map_err(anyhow::Error::from)?,
        import.counts.created,
        import.counts.updated,
        import.counts.unchanged,
        import.counts.refused,
        import.counts.customers,
        import.counts.orders,
        import.counts.cases,
        import.failure,
        import.started_at,
        import.finished_at,
        import.kind.name(),
        import.version,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, import: ImportId) -> Result<()> {
    sqlx::query!("delete from imports where id = $1", import as ImportId).execute(&mut **tx).await?;
    Ok(())
}

pub(super) async fn file(connection: &mut PgConnection, import: ImportId) -> Result<Vec<u8>> {
    Ok(sqlx::query_scalar!("select file from imports where id = $1", import as ImportId).fetch_one(connection).await?)
}

/// An import in the list.
pub(super) struct Listed {
    pub(super) id: ImportId,
    pub(super) kind: String,
    pub(super) file_name: String,
    pub(super) stage: String,
    pub(super) rows_total: i32,
    pub(super) created: i32,
    pub(super) updated: i32,
    pub(super) unchanged: i32,
    pub(super) refused: i32,
    pub(super) created_at: DateTime<Utc>,
    pub(super) by: Option<String>,
    pub(super) rows_done: Option<i32>,
}

/// The newest first, after a place in the list.
pub(super) async fn list(
    connection: &mut PgConnection,
    after: Option<(DateTime<Utc>, ImportId)>,
    limit: i64,
) -> Result<Vec<Listed>> {
    let (at, id) = after.unzip();
    Ok(sqlx::query_as!(
        Listed,
        r#"
        select i.id as "id: ImportId", i.kind, i.file_name, i.stage, i.rows_total, i.created, i.updated, i.unchanged,
            i.refused, i.created_at, u.name as "by?", r.rows_done as "rows_done?"
        from imports i
        left join users u on u.id = i.created_by_id
        left join import_runs r on r.import_id = i.id
        where $1::timestamptz is null or (i.created_at, i.id) < ($1, $2)
        order by i.created_at desc, i.id desc
        limit $3
        "#,
        at,
        id as Option<ImportId>,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// The place in the list at which the page before begins.
pub(super) async fn list_before(
    connection: &mut PgConnection,
    first: (DateTime<Utc>, ImportId),
    limit: i64,
) -> Result<Vec<(DateTime<Utc>, ImportId)>> {
    Ok(sqlx::query!(
        r#"
        select created_at, id as "id: ImportId"
        from imports
        where (created_at, id) > ($1, $2)
        order by created_at, id
        limit $3
        "#,
        first.0,
        first.1 as ImportId,
        limit,
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(|row| (row.created_at, row.id))
    .collect())
}

/// The choices made last for these columns.
pub(super) async fn remembered(
    connection: &mut PgConnection,
    kind: Kind,
    header_digest: &[u8],
) -> Result<Option<Choices>> {
    let choices = sqlx::query_scalar!(
        "select choices from import_mappings where kind = $1 and header_digest = $2",
        kind.name(),
        header_digest,
    )
    .fetch_optional(connection)
    .await?;
    Ok(choices.and_then(|choices| serde_json::from_value(choices).ok()))
}

/// Remembers the choices for files with the same columns.
pub(super) async fn remember(tx: &mut Tx, kind: Kind, header_digest: &[u8], choices: &Choices) -> Result<()> {
    let now = tx.now();
    sqlx::query!(
        "
        insert into import_mappings (kind, header_digest, choices, used_at)
        values ($1, $2, $3, $4)
        on conflict (kind, header_digest) do update set choices = excluded.choices, used_at = excluded.used_at
        ",
        kind.name(),
        header_digest,
        serde_json::to_value(choices).map_err(anyhow::Error::from)?,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
