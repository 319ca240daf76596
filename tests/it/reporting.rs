//! What BI tools read: the views of the schema `reporting`, as a role that may read these and nothing else.

use std::collections::BTreeSet;

use savedesk::cases::Outcome;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

use crate::guarantees::assert_refused;
use crate::outcomes::close;
use crate::reports::{CURRENCIES, happened, manager, minor};
use crate::support::TestApp;

/// A connection as the role.
async fn reader(app: &TestApp) -> PgConnection {
    let mut connection = app.owner().await;
    connection.execute("set role savedesk_reporting").await.unwrap();
    connection
}

/// The views with their columns, in order.
async fn columns(app: &TestApp) -> Vec<(String, Vec<String>)> {
    sqlx::query_as(
        "select c.relname::text, array_agg(a.attname::text order by a.attnum)
        from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace = 'reporting'::regnamespace
        group by c.relname
        order by c.relname",
    )
    .fetch_all(&mut app.owner().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn the_role_reads_the_views_and_nothing_else() {
    let app = TestApp::start().await;
    let mut reader = reader(&app).await;
    let views = columns(&app).await;
    assert!(views.len() >= 15);
    for (view, _) in &views {
        let sql = format!("select count(*) from reporting.{view}");
        sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql)).fetch_one(&mut reader).await.unwrap();
        let sql =
            format!("select has_table_privilege('reporting.{view}', 'insert, update, delete, truncate, references')");
        assert!(!sqlx::query_scalar::<_, bool>(AssertSqlSafe(sql)).fetch_one(&mut reader).await.unwrap(), "{view}");
    }
    let beyond: Vec<String> = sqlx::query_scalar(
        "select c.oid::regclass::text
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'reporting') and c.relkind in ('r', 'v', 'm', 'p', 'S')
            and has_schema_privilege('savedesk_reporting', n.oid, 'usage')",
    )
    .fetch_all(&mut reader)
    .await
    .unwrap();
    assert_eq!(beyond, [""; 0]);
    for sql in [
        "select * from public.customers",
        "select public.fold_outcomes()",
        "create table public.mine (id int)",
        "create table reporting.mine (id int)",
    ] {
        assert_refused(&mut reader, sql, "42501", "permission denied").await;
    }
    let may_sign_in: bool = sqlx::query_scalar("select rolcanlogin from pg_roles where rolname = 'savedesk_reporting'")
        .fetch_one(&mut reader)
        .await
        .unwrap();
    assert!(!may_sign_in);
}

#[tokio::test]
async fn the_views_hold_nothing_personal() {
    let app = TestApp::start_demo().await;
    let customer = app.given_customer("Renée Quistgaard-Oduya").await;
    let case = app.given_case_with(customer, |new| new.stated_reason = "My brother Quistgaard moved.".to_owned()).await;
    close(&app, case, Outcome::Lost, 0).await;
    let mut reader = reader(&app).await;
    for (view, columns) in columns(&app).await {
        for column in &columns {
            let telling =
                ["email", "phone", "body", "words", "note", "stated", "street", "city", "postcode", "because"];
            assert!(!telling.iter().any(|word| column.contains(word)), "{view}.{column}");
        }
        let sql =
            format!("select count(*) from reporting.{view} v where v::text ilike '%quistgaard%' or v::text like '%@%'");
        let found: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut reader).await.unwrap();
        assert_eq!(found, 0, "{view}");
    }
    let closed: i64 = sqlx::query_scalar("select count(*) from reporting.outcomes where case_id = $1")
        .bind(case)
        .fetch_one(&mut reader)
        .await
        .unwrap();
    assert_eq!(closed, 1);
}

#[tokio::test]
async fn sums_of_the_views_are_the_dashboard_s() {
    let app = TestApp::start().await;
    happened(&app, 23, 150).await;
    let helen = manager(&app).await;
    let mut reader = reader(&app).await;
    for currency in CURRENCIES {
        let digits = if currency == "JPY" { 0 } else { 2 };
        for (figure, counts, amount) in [
            ("gross", "gross_minor <> 0", "gross_minor"),
            ("net", "saved or concession_minor + downgrade_minor <> 0", "net_minor"),
            ("rechurn", "rechurn_minor <> 0", "rechurn_minor"),
            ("decided", "own and decided", "gross_minor"),
            ("lost", "own and decided and not saved", "risk_minor"),
            ("gone_90", "own and not here_after_90 and closed_on + 90 <= date '2026-03-04'", "gross_minor"),
            ("net_saves", "own and saved and not rechurned", "gross_minor"),
        ] {
            let sql = format!(
                "select count(*), coalesce(sum({amount}), 0)::bigint from reporting.outcomes
                where currency = '{currency}' and closed_on between '2025-12-31' and '2026-02-28' and ({counts})"
            );
            let plain: (i64, i64) = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut reader).await.unwrap();
            let href = format!("/reports/rows?figure={figure}&from=2025-12-31&to=2026-02-28&currency={currency}");
            let page = helen.get(&href).await.expect(200);
            let said = (page.text("#count").parse().unwrap(), minor(&page.text("#total"), digits));
            assert_eq!(plain, said, "{figure} in {currency}");
        }
    }
}

#[tokio::test]
async fn every_column_is_documented() {
    let app = TestApp::start().await;
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reporting-sql.md")).unwrap();
    let mut documented = Vec::new();
    for part in text.split("\n## ").filter(|part| part.starts_with('`')) {
        let (name, rest) = part[1..].split_once('`').unwrap();
        let columns: BTreeSet<String> = rest
            .lines()
            .filter_map(|line| line.strip_prefix("| "))
            .filter_map(|line| line.split(" | ").next())
            .flat_map(|cell| cell.split(", "))
            .filter_map(|cell| cell.strip_prefix('`')?.strip_suffix('`').map(str::to_owned))
            .collect();
        documented.push((name.to_owned(), columns));
    }
    documented.sort();
    let real: Vec<(String, BTreeSet<String>)> =
        columns(&app).await.into_iter().map(|(view, columns)| (view, columns.into_iter().collect())).collect();
    assert_eq!(documented, real);
}
