//! The database while many rows come in: triggers rest, references and indexes are taken away and made again at the end,
//! which checks every row at once. All of it in the one transaction that brings the rows, so that nothing of it is left
//! should that be cut off.

use anyhow::Context as _;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection};

use super::parts::PARTS;

/// What was taken away.
#[derive(Debug)]
pub(super) struct Away {
    references: Vec<(String, String, String)>,
    indexes: Vec<(String, String)>,
}

fn tables() -> Vec<String> {
    let mut tables: Vec<String> = PARTS.iter().map(|part| part.table.to_owned()).collect();
    tables.extend(["outcome_changes", "outcome_sums"].map(ToOwned::to_owned));
    tables
}

async fn run(connection: &mut PgConnection, sql: String) -> anyhow::Result<()> {
    connection.execute(AssertSqlSafe(sql.clone())).await.with_context(|| sql.clone())?;
    Ok(())
}

/// Becomes the owner for this transaction, who may do as long as it takes.
pub(super) async fn own(connection: &mut PgConnection) -> anyhow::Result<()> {
    connection
        .execute(
            "set local role none; set local statement_timeout = 0; set local lock_timeout = '60s';
            set local idle_in_transaction_session_timeout = 0; set local synchronous_commit = off;
            set local maintenance_work_mem = '512MB'; set local work_mem = '256MB';
            set local max_parallel_workers_per_gather = 2; set local join_collapse_limit = 8;
            select pg_advisory_xact_lock(hashtext('grow the demo'))",
        )
        .await
        .context("The demo company could not be taken in hand")?;
    Ok(())
}

/// Takes away what slows rows down.
pub(super) async fn take_away(connection: &mut PgConnection) -> anyhow::Result<Away> {
    let tables = tables();
    for table in &tables {
        run(connection, format!("alter table {table} disable trigger user")).await?;
    }
    let indexes: Vec<(String, String)> = sqlx::query_as(
        "select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
        from pg_index i
        where i.indrelid = any($1::text[]::regclass[])
            and not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x'))
        order by 1",
    )
    .bind(&tables)
    .fetch_all(&mut *connection)
    .await?;
    let names: Vec<&String> = indexes.iter().map(|(name, _)| name).collect();
    let references: Vec<(String, String, String)> = sqlx::query_as(
        "select c.conrelid::regclass::text, quote_ident(c.conname), pg_get_constraintdef(c.oid)
        from pg_constraint c
        where c.contype = 'f'
            and (c.conrelid = any($1::text[]::regclass[]) or c.conindid = any($2::text[]::regclass[]))
        order by 1, 2",
    )
    .bind(&tables)
    .bind(&names)
    .fetch_all(&mut *connection)
    .await?;
    for (table, name, _) in &references {
        run(connection, format!("alter table {table} drop constraint {name}")).await?;
    }
    for (name, _) in &indexes {
        run(connection, format!("drop index {name}")).await?;
    }
    Ok(Away { references, indexes })
}

/// Makes indexes and references again; a row that refers to nothing ends it here.
pub(super) async fn put_back(connection: &mut PgConnection, away: Away) -> anyhow::Result<()> {
    for (_, definition) in away.indexes {
        run(connection, definition).await?;
    }
    for table in tables() {
        run(connection, format!("analyze {table}")).await?;
    }
    for (table, name, definition) in away.references {
        run(connection, format!("alter table {table} add constraint {name} {definition}")).await?;
    }
    Ok(())
}

/// Lets triggers work again.
pub(super) async fn wake(connection: &mut PgConnection) -> anyhow::Result<()> {
    for table in tables() {
        run(connection, format!("alter table {table} enable trigger user")).await?;
    }
    Ok(())
}

/// Has the database look at what it holds now, so that it reads it the right way from the first page on.
pub(super) async fn settle(options: &PgConnectOptions) -> anyhow::Result<()> {
    let mut owner = options.clone().disable_statement_logging().connect().await?;
    for table in tables() {
        run(&mut owner, format!("vacuum (analyze) {table}")).await?;
    }
    owner.close().await?;
    Ok(())
}
