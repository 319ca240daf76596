//! What came of the rows of an import.

use std::collections::HashSet;

use sqlx::PgConnection;

use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, ImportId};
use crate::intake::rows::{Group, Turned};
use crate::intake::{Brought, Counts};

fn number(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Notes what came of groups of rows, in the transaction that brought them in; false when another run did one of them
/// already.
///
/// The transaction need not wait for the disk: the last one of the run does, and with it all before.
pub(in crate::intake) async fn bring(tx: &mut Tx, import: ImportId, done: &[(&Group, Brought)]) -> Result<bool> {
    let firsts: Vec<i32> = done.iter().map(|(group, _)| number(group.first())).collect();
    let rows: Vec<i32> = done.iter().map(|(group, _)| number(group.rows.len())).collect();
    let results: Vec<String> = done.iter().map(|(_, brought)| brought.outcome.name().to_owned()).collect();
    let customers: Vec<i16> = done.iter().map(|(_, brought)| brought.customers).collect();
    let orders: Vec<i16> = done.iter().map(|(_, brought)| brought.orders).collect();
    let cases: Vec<i16> = done.iter().map(|(_, brought)| brought.cases).collect();
    let inserted = sqlx::query!(
        "
        with quick as materialized (select set_config('synchronous_commit', 'off', true))
        insert into import_rows (import_id, row_number, rows, result, customers, orders, cases)
        select $1, r.row_number, r.rows, r.result, r.customers, r.orders, r.cases
        from quick, unnest($2::integer[], $3::integer[], $4::text[], $5::smallint[], $6::smallint[], $7::smallint[])
            as r (row_number, rows, result, customers, orders, cases)
        on conflict do nothing
        ",
        import as ImportId,
        &firsts,
        &rows,
        &results,
        &customers,
        &orders,
        &cases,
    )
    .execute(&mut **tx)
    .await?;
    Ok(usize::try_from(inserted.rows_affected()).is_ok_and(|inserted| inserted == done.len()))
}

/// Notes so many rows that could not be read, under the first of them; false when it was noted before.
pub(in crate::intake) async fn bring_turned(tx: &mut Tx, import: ImportId, first: usize, rows: usize) -> Result<bool> {
    let inserted = sqlx::query!(
        "
        insert into import_rows (import_id, row_number, rows, result)
        values ($1, $2, $3, 'refused')
        on conflict do nothing
        ",
        import as ImportId,
        number(first),
        number(rows),
    )
    .execute(&mut **tx)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The groups that are done, by their first rows.
pub(in crate::intake) async fn done(connection: &mut PgConnection, import: ImportId) -> Result<HashSet<usize>> {
    let rows = sqlx::query_scalar!("select row_number from import_rows where import_id = $1", import as ImportId)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().filter_map(|row| usize::try_from(row).ok()).collect())
}

/// What came of the rows so far.
pub(in crate::intake) async fn counts(connection: &mut PgConnection, import: ImportId) -> Result<Counts> {
    Ok(sqlx::query_as!(
        Counts,
        r#"
        select coalesce(sum(rows) filter (where result = 'created'), 0)::integer as "created!",
            coalesce(sum(rows) filter (where result = 'updated'), 0)::integer as "updated!",
            coalesce(sum(rows) filter (where result = 'unchanged'), 0)::integer as "unchanged!",
            coalesce(sum(rows) filter (where result = 'refused'), 0)::integer as "refused!",
            coalesce(sum(customers), 0)::integer as "customers!",
            coalesce(sum(orders), 0)::integer as "orders!",
            coalesce(sum(cases), 0)::integer as "cases!"
        from import_rows
        where import_id = $1
        "#,
        import as ImportId,
    )
    .fetch_one(connection)
    .await?)
}

/// Forgets what came of the rows, before they are checked again or brought in.
pub(in crate::intake) async fn forget_rows(tx: &mut Tx, import: ImportId) -> Result<()> {
    sqlx::query!("delete from import_rows where import_id = $1", import as ImportId).execute(&mut **tx).await?;
    sqlx::query!("delete from import_refusals where import_id = $1", import as ImportId).execute(&mut **tx).await?;
    Ok(())
}

/// Notes rows that were turned away.
pub(in crate::intake) async fn refuse(tx: &mut Tx, import: ImportId, turned: &[Turned]) -> Result<()> {
    for part in turned.chunks(5_000) {
        let rows: Vec<i32> = part.iter().map(|turned| number(turned.row)).collect();
        let lines: Vec<i32> = part.iter().map(|turned| number(turned.line)).collect();
        let columns: Vec<Option<String>> = part.iter().map(|turned| turned.column.clone()).collect();
        let reasons: Vec<String> = part.iter().map(|turned| turned.reason.clone()).collect();
        sqlx::query!(
            "
            insert into import_refusals (import_id, row_number, line_number, column_name, reason)
            select $1, * from unnest($2::integer[], $3::integer[], $4::text[], $5::text[])
            on conflict do nothing
            ",
            import as ImportId,
            &rows,
            &lines,
            &columns as &[Option<String>],
            &reasons,
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// A row that was turned away.
pub(in crate::intake) struct Refused {
    pub(in crate::intake) row_number: i32,
    pub(in crate::intake) line_number: i32,
    pub(in crate::intake) column_name: Option<String>,
    pub(in crate::intake) reason: String,
}

/// Rows that were turned away, after a row.
pub(in crate::intake) async fn refusals(
    connection: &mut PgConnection,
    import: ImportId,
    after: i32,
    limit: i64,
) -> Result<Vec<Refused>> {
    Ok(sqlx::query_as!(
        Refused,
        "
        select row_number, line_number, column_name, reason
        from import_refusals
        where import_id = $1 and row_number > $2
        order by row_number
        limit $3
        ",
        import as ImportId,
        after,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// The rows before a row that was turned away, nearest first: where the page before begins.
pub(in crate::intake) async fn refused_rows(
    connection: &mut PgConnection,
    import: ImportId,
    before: i32,
    limit: i64,
) -> Result<Vec<i32>> {
    Ok(sqlx::query_scalar!(
        "
        select row_number
        from import_refusals
        where import_id = $1 and row_number < $2
        order by row_number desc
        limit $3
        ",
        import as ImportId,
        before,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// How many rows were turned away.
pub(in crate::intake) async fn count_refusals(connection: &mut PgConnection, import: ImportId) -> Result<i64> {
    Ok(sqlx::query_scalar!(r#"select count(*) as "n!" from import_refusals where import_id = $1"#, import as ImportId,)
        .fetch_one(connection)
        .await?)
}

/// Keeps the row that a case came from.
pub(in crate::intake) async fn keep_source(
    tx: &mut Tx,
    case: CaseId,
    import: ImportId,
    row: usize,
    cells: serde_json::Value,
) -> Result<()> {
    sqlx::query!(
        "insert into case_sources (case_id, import_id, row_number, cells) values ($1, $2, $3, $4)",
        case as CaseId,
        import as ImportId,
        number(row),
        cells,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
