//! What holds for every table there is.

use crate::support::TestApp;

/// These name a row of any kind, or one that may be gone while the entry stays.
const NAMES_ANYTHING: [&str; 5] = [
    "audit_entries.customer_id",
    "audit_entries.request_id",
    "audit_entries.subject_id",
    "deadlines.subject_id",
    "search_terms.subject_id",
];
/// Read by nobody by itself: a number to find a request's log lines by.
const NOT_SEARCHED: [&str; 1] = ["audit_entries.request_id"];

#[tokio::test]
async fn every_reference_has_a_foreign_key() {
    let without: Vec<String> = list(
        "not exists (
            select from pg_constraint f where f.contype = 'f' and f.conrelid = a.attrelid and a.attnum = any(f.conkey))",
    )
    .await;
    assert_eq!(without, NAMES_ANYTHING);
}

#[tokio::test]
async fn every_reference_has_an_index_that_begins_with_it() {
    let without: Vec<String> = list(
        "not exists (
            select from pg_index i where i.indrelid = a.attrelid and i.indkey[0] = a.attnum and i.indpred is null)",
    )
    .await;
    assert_eq!(without, NOT_SEARCHED);
}

#[tokio::test]
async fn every_table_is_read_by_the_application_and_owned_by_the_owner() {
    let app = TestApp::start().await;
    let odd: Vec<String> = sqlx::query_scalar(
        "select t.relname::text from pg_class t
        where t.relkind = 'r' and t.relnamespace = 'public'::regnamespace and t.relname <> '_sqlx_migrations'
            and (not has_table_privilege('savedesk_app', t.oid, 'select')
                or pg_has_role('savedesk_app', t.relowner, 'member'))",
    )
    .fetch_all(&mut app.owner().await)
    .await
    .unwrap();
    assert_eq!(odd, [""; 0]);
}

/// Columns that hold an id of another row, as `table.column`, for which the condition on `a` holds.
async fn list(condition: &'static str) -> Vec<String> {
    let app = TestApp::start().await;
    let sql = format!(
        "select t.relname || '.' || a.attname
        from pg_attribute a
        join pg_class t on t.oid = a.attrelid
        where t.relkind = 'r' and t.relnamespace = 'public'::regnamespace
            and a.attname like '%\\_id' and not a.attisdropped and {condition}
        order by 1"
    );
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&mut app.owner().await).await.unwrap()
}
