//! Checks and runs under way: who holds one, until when, how far it is.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::ids::ImportId;

/// How far a check or a run is.
#[derive(Debug, Clone, Copy)]
pub(in crate::intake) struct Progress {
    pub(in crate::intake) rows_done: i32,
}

/// Notes that a check or a run is to be done, by whoever claims it first.
pub(in crate::intake) async fn begin(tx: &mut Tx, import: ImportId, dry: bool) -> Result<()> {
    let now = tx.now();
    sqlx::query!(
        "insert into import_runs (import_id, dry, lease_until) values ($1, $2, $3)",
        import as ImportId,
        dry,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes a run whose lease ran out. Of several that try, one gets it.
pub(in crate::intake) async fn claim(
    connection: &mut PgConnection,
    import: ImportId,
    holder: Uuid,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<bool>> {
    Ok(sqlx::query_scalar!(
        "
        update import_runs
        set holder = $2, lease_until = $4
        where import_id = $1 and lease_until <= $3
        returning dry
        ",
        import as ImportId,
        holder,
        now,
        until,
    )
    .fetch_optional(connection)
    .await?)
}

/// Keeps the lease and says how far the run is; false when somebody else has it by now.
pub(in crate::intake) async fn renew(
    tx: &mut Tx,
    import: ImportId,
    holder: Uuid,
    until: DateTime<Utc>,
    rows_done: i32,
) -> Result<bool> {
    let renewed = sqlx::query!(
        "update import_runs set lease_until = $3, rows_done = $4 where import_id = $1 and holder = $2",
        import as ImportId,
        holder,
        until,
        rows_done,
    )
    .execute(&mut **tx)
    .await?;
    Ok(renewed.rows_affected() == 1)
}

/// Gives the lease back, so that the run can go on elsewhere at once.
pub(in crate::intake) async fn release(
    connection: &mut PgConnection,
    import: ImportId,
    holder: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update import_runs set lease_until = $3 where import_id = $1 and holder = $2",
        import as ImportId,
        holder,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The check or run is over; false when somebody else has it by now.
pub(in crate::intake) async fn end(tx: &mut Tx, import: ImportId, holder: Uuid) -> Result<bool> {
    let ended =
        sqlx::query!("delete from import_runs where import_id = $1 and holder = $2", import as ImportId, holder)
            .execute(&mut **tx)
            .await?;
    Ok(ended.rows_affected() == 1)
}

/// The runs that nobody holds.
pub(in crate::intake) async fn due(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<ImportId>> {
    Ok(sqlx::query_scalar!(
        r#"
        select import_id as "id: ImportId"
        from import_runs
        where lease_until <= $1
        order by lease_until
        limit 20
        "#,
        now,
    )
    .fetch_all(connection)
    .await?)
}

/// How far the check or run of an import is, while there is one.
pub(in crate::intake) async fn progress(connection: &mut PgConnection, import: ImportId) -> Result<Option<Progress>> {
    Ok(sqlx::query_as!(Progress, "select rows_done from import_runs where import_id = $1", import as ImportId)
        .fetch_optional(connection)
        .await?)
}
