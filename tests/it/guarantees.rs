//! What the database itself refuses, whoever asks: each test goes around the application, as its role or as the owner.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};
use uuid::Uuid;

use crate::support::TestApp;

/// What is append-only, with an assignment that would change it.
const APPEND_ONLY: [(&str, &str); 5] = [
    ("audit_entries", "action = 'case.closed'"),
    ("interactions", "body = 'never said'"),
    ("interaction_levers", "lever = 'exception'"),
    ("case_changes", "was = 'other'"),
    ("status_changes", "why = 'other'"),
];

#[tokio::test]
async fn r3_r4_what_is_append_only_cannot_be_changed_by_the_application() {
    let app = TestApp::start().await;
    given_case(&app).await;
    let mut application = app.as_application().await;
    for (table, assignment) in APPEND_ONLY {
        for sql in [
            format!("update {table} set {assignment}"),
            format!("delete from {table}"),
            format!("truncate {table} cascade"),
        ] {
            assert_refused(&mut application, &sql, "42501", "permission denied").await;
        }
    }
    assert_refused(&mut application, "update audit_heads set seq = 0", "42501", "permission denied").await;
    for table in ["audit_entries", "interactions"] {
        let sql = format!("alter table {table} disable trigger all");
        assert_refused(&mut application, &sql, "42501", "must be owner").await;
    }
}

#[tokio::test]
async fn r3_r4_what_is_append_only_cannot_be_changed_by_the_owner_in_passing() {
    let app = TestApp::start().await;
    given_case(&app).await;
    let mut owner = app.owner().await;
    for (table, assignment) in APPEND_ONLY {
        for sql in [
            format!("update {table} set {assignment}"),
            format!("delete from {table}"),
            format!("truncate {table} cascade"),
        ] {
            assert_refused(&mut owner, &sql, "42501", "append-only").await;
        }
    }
    // nor by way of what it belongs to
    assert_refused(&mut owner, "delete from customers", "42501", "append-only").await;
}

#[tokio::test]
async fn r4_an_entry_that_was_changed_is_named() {
    let app = TestApp::start().await;
    given_entries(&app, 9).await;
    assert_eq!(broken(&app).await, []);
    let mut owner = app.owner().await;
    tamper(&mut owner, "update audit_entries set body = '{\"n\": 0}' where seq in (4, 7)").await;
    assert_eq!(broken(&app).await, [(3, 4, "was changed".to_owned())]);
}

#[tokio::test]
async fn r4_an_entry_whose_hash_was_made_to_fit_is_found_by_the_next() {
    let app = TestApp::start().await;
    given_entries(&app, 9).await;
    let mut owner = app.owner().await;
    tamper(
        &mut owner,
        "update audit_entries set actor_id = null, action = 'case.closed' where seq = 4;
         update audit_entries e set hash = audit_hash(e) where seq = 4",
    )
    .await;
    assert_eq!(broken(&app).await, [(3, 5, "does not follow the entry before it".to_owned())]);
}

#[tokio::test]
async fn r4_a_missing_entry_is_named() {
    let app = TestApp::start().await;
    given_entries(&app, 9).await;
    tamper(&mut app.owner().await, "delete from audit_entries where seq = 4").await;
    assert_eq!(broken(&app).await, [(3, 5, "entries before it are missing".to_owned())]);
}

#[tokio::test]
async fn r4_a_cut_tail_is_named() {
    let app = TestApp::start().await;
    given_entries(&app, 9).await;
    tamper(&mut app.owner().await, "delete from audit_entries where seq > 7").await;
    assert_eq!(broken(&app).await, [(3, 9, "the newest entries are missing".to_owned())]);
}

#[tokio::test]
async fn r4_entries_follow_each_other_whatever_they_claim() {
    let app = TestApp::start().await;
    let mut application = app.as_application().await;
    // the place in the chain and the hash are not the writer's to choose
    application.execute(AssertSqlSafe(entry(3, 77))).await.unwrap();
    application.execute(AssertSqlSafe(entry(3, 1))).await.unwrap();
    let seqs: Vec<i64> =
        sqlx::query_scalar("select seq from audit_entries order by seq").fetch_all(&mut application).await.unwrap();
    assert_eq!(seqs, [1, 2]);
    assert_eq!(broken(&app).await, []);
}

#[tokio::test]
async fn r4_a_change_without_an_audit_entry_is_refused_at_commit() {
    let app = TestApp::start().await;
    given_case(&app).await;
    for mut connection in [app.as_application().await, app.owner().await] {
        for sql in [
            "update cases set priority = 1, version = version + 1",
            "update customers set city = 'Oslo', version = version + 1",
            "insert into teams (id, name) values (gen_random_uuid(), 'Unseen')",
            "insert into users (id, email, name, created_at) values (gen_random_uuid(), 'a@b', 'A', '2026-03-04')",
            "update users set active = false, version = version + 1",
            "delete from user_roles",
            "insert into user_roles select id, 'admin' from users",
            "update deadlines set what = 'unseen'",
            "insert into interactions (id, case_id, customer_id, at, kind, body)
             select gen_random_uuid(), id, customer_id, '2026-03-04', 'note', 'unseen' from cases",
        ] {
            assert_refused(&mut connection, sql, "23514", "needs an audit entry").await;
        }
        // one of an earlier transaction does not count
        connection.execute(AssertSqlSafe(entry(3, 0))).await.unwrap();
        let sql = "update cases set priority = 1, version = version + 1";
        assert_refused(&mut connection, sql, "23514", "needs an audit entry").await;
    }
}

#[tokio::test]
async fn r6_a_save_that_did_not_read_the_newest_version_is_refused() {
    let app = TestApp::start().await;
    given_case(&app).await;
    let mut application = app.as_application().await;
    for set in ["priority = 1", "priority = 1, version = 1", "priority = 1, version = version + 2"] {
        let sql = audited(&format!("update cases set {set}"));
        assert_refused(&mut application, &sql, "40001", "must rise by one").await;
    }
    application.execute(AssertSqlSafe(audited("update cases set priority = 1, version = version + 1"))).await.unwrap();
    for table in ["teams", "departments", "users", "customers", "contacts", "subscriptions", "orders", "queue_views"] {
        let guarded: bool =
            sqlx::query_scalar("select exists (select from pg_trigger where tgname = $1 || '_version')")
                .bind(table)
                .fetch_one(&mut application)
                .await
                .unwrap();
        assert!(guarded, "{table} has no guard on its version");
    }
}

#[tokio::test]
async fn a_case_moves_only_as_a_case_may() {
    let app = TestApp::start().await;
    given_case(&app).await;
    let mut application = app.as_application().await;
    let close = "stage = 'closed', waiting_on = null, outcome = 'lost', value_kept_minor = 0,
        closed_at = '2026-03-05', reason = 'price'";
    let open = "waiting_on = null, outcome = null, value_kept_minor = null, closed_at = null";
    let wait = "stage = 'waiting', waiting_on = 'customer'";
    let new = format!("stage = 'new', {open}");
    let work = format!("stage = 'working', {open}");
    for (from, moves, refused) in [
        ("new", &["working"][..], &[wait, close][..]),
        ("working", &["waiting"], &[&new]),
        ("waiting", &["closed"], &[&new]),
        ("closed", &["working"], &[&new, wait]),
    ] {
        for set in refused {
            let sql = audited(&format!("update cases set {set}, version = version + 1"));
            assert_refused(&mut application, &sql, "23514", "cannot go from").await;
        }
        let set = match moves[0] {
            "working" => work.as_str(),
            "waiting" => wait,
            _ => close,
        };
        let sql = audited(&format!("update cases set {set}, version = version + 1 where stage = '{from}'"));
        application.execute(AssertSqlSafe(sql)).await.unwrap();
    }
}

#[tokio::test]
async fn a_case_closes_with_outcome_reason_and_money_or_not_at_all() {
    let app = TestApp::start().await;
    given_case(&app).await;
    let mut application = app.as_application().await;
    let sql = audited("update cases set stage = 'working', version = version + 1");
    application.execute(AssertSqlSafe(sql)).await.unwrap();
    let whole = ["outcome = 'lost'", "reason = 'price'", "value_kept_minor = 0", "closed_at = '2026-03-05'"];
    for left_out in whole {
        let rest: Vec<_> = whole.into_iter().filter(|part| *part != left_out).collect();
        let sql = audited(&format!("update cases set stage = 'closed', {}, version = version + 1", rest.join(", ")));
        assert_refused(&mut application, &sql, "23514", "cases_closed_has_outcome").await;
    }
    // an outcome without an end, and more kept than was at risk
    let sql = audited("update cases set outcome = 'lost', version = version + 1");
    assert_refused(&mut application, &sql, "23514", "cases_closed_has_outcome").await;
    let too_much =
        "stage = 'closed', outcome = 'lost', reason = 'price', value_kept_minor = 12001, closed_at = '2026-03-05'";
    let sql = audited(&format!("update cases set {too_much}, version = version + 1"));
    assert_refused(&mut application, &sql, "23514", "cases_kept_within_risk").await;
}

#[tokio::test]
async fn a_case_with_an_open_deadline_does_not_close() {
    let app = TestApp::start().await;
    given_case(&app).await;
    let mut application = app.as_application().await;
    let sql = audited(
        "update cases set stage = 'working', version = version + 1;
         insert into deadlines (id, case_id, kind, what, due_at, because, set_at)
         select gen_random_uuid(), id, 'cancel_request', 'Confirm', '2026-03-05', 'asked', '2026-03-04' from cases",
    );
    application.execute(AssertSqlSafe(sql)).await.unwrap();
    let close = audited(
        "update cases set stage = 'closed', outcome = 'lost', reason = 'price', value_kept_minor = 0,
            closed_at = '2026-03-05', version = version + 1",
    );
    assert_refused(&mut application, &close, "23514", "open deadlines").await;
}

#[tokio::test]
async fn r14_a_second_live_case_for_the_same_thing_is_refused() {
    let app = TestApp::start().await;
    given_case(&app).await;
    let mut application = app.as_application().await;
    let second =
        "insert into cases (id, customer_id, kind, channel, value_at_risk_minor, currency, opened_at, second_because)
        select gen_random_uuid(), customer_id, kind, 'email', 0, currency, opened_at, null from cases";
    assert_refused(&mut application, &audited(second), "23505", "cases_one_live").await;
    let sql = audited(&second.replace("opened_at, null from", "opened_at, 'another shop' from"));
    application.execute(AssertSqlSafe(sql)).await.unwrap();
}

#[tokio::test]
async fn r1_a_currency_is_three_capitals_and_money_is_whole() {
    let app = TestApp::start().await;
    given_case(&app).await;
    let mut owner = app.owner().await;
    for (table, column) in [("cases", "currency"), ("customers", "currency")] {
        for currency in ["usd", "US", "USDX", "US1", ""] {
            let sql = audited(&format!("update {table} set {column} = '{currency}', version = version + 1"));
            assert_refused(&mut owner, &sql, "23514", "currency").await;
        }
    }
    let floats: Vec<String> = sqlx::query_scalar(
        "select table_name || '.' || column_name from information_schema.columns
        where table_schema = 'public' and data_type in ('real', 'double precision', 'money', 'numeric')",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(floats, [""; 0], "money is bigint in minor units");
    let unpaired: Vec<String> = sqlx::query_scalar(
        "select t.relname from pg_attribute a join pg_class t on t.oid = a.attrelid
        where t.relkind = 'r' and t.relnamespace = 'public'::regnamespace and a.attname like '%\\_minor'
        group by t.relname
        having t.relname not in ('order_lines', 'cancellation_lines') and not exists (
            select from information_schema.columns c where c.table_name = t.relname and c.column_name = 'currency')",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(unpaired, [""; 0], "money stands beside its currency, or in a line of what has one");
}

#[tokio::test]
async fn r2_every_moment_has_its_zone() {
    let app = TestApp::start().await;
    let bare: Vec<String> = sqlx::query_scalar(
        "select table_name || '.' || column_name from information_schema.columns
        where table_schema = 'public' and data_type = 'timestamp without time zone'",
    )
    .fetch_all(&mut app.owner().await)
    .await
    .unwrap();
    assert_eq!(bare, [""; 0]);
}

#[tokio::test]
async fn readers_read_what_the_desk_knows_and_no_secrets() {
    let app = TestApp::start().await;
    given_case(&app).await;
    let mut owner = app.owner().await;
    owner.execute("set role savedesk_read").await.unwrap();
    owner.execute("select name, status from customers join cases on customer_id = customers.id").await.unwrap();
    for sql in [
        "select password_hash from users",
        "select email from users",
        "select audit_key from customers",
        "select * from sessions",
        "select * from one_time_links",
        "select * from audit_entries",
        "select file from imports",
        "delete from cases",
        "insert into holidays select id, '2026-01-01', 'x' from teams",
        "create table mine (id int)",
    ] {
        assert_refused(&mut owner, sql, "42501", "permission denied").await;
    }
}

/// A customer and a new case of theirs, with an entry in every log.
async fn given_case(app: &TestApp) {
    let (customer, case, interaction, user) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let sql = audited(&format!(
        "insert into users (id, email, name, created_at) values ('{user}', 'ana@desk.example', 'Ana', '2026-03-04');
         insert into user_roles (user_id, role) values ('{user}', 'agent');
         insert into customers (id, name, created_at) values ('{customer}', 'Renée Dubois', '2026-03-04');
         insert into status_changes (id, customer_id, now, why, at)
         values (gen_random_uuid(), '{customer}', 'active', 'new', '2026-03-04');
         insert into cases (id, customer_id, kind, channel, value_at_risk_minor, currency, opened_at)
         values ('{case}', '{customer}', 'cancellation', 'phone', 12000, 'USD', '2026-03-04');
         insert into case_changes (id, case_id, at, field, now)
         values (gen_random_uuid(), '{case}', '2026-03-04', 'stage', 'new');
         insert into deadlines (id, case_id, kind, what, due_at, because, set_at, stage, ended_at)
         values (gen_random_uuid(), '{case}', 'first_action', 'Call', '2026-03-05', 'x', '2026-03-04', 'met', '2026-03-04');
         insert into interactions (id, case_id, customer_id, at, kind, body)
         values ('{interaction}', '{case}', '{customer}', '2026-03-04', 'note', 'Wants to leave');
         insert into interaction_levers (interaction_id, lever) values ('{interaction}', 'pause')"
    ));
    app.as_application().await.execute(AssertSqlSafe(sql)).await.unwrap();
}

/// So many entries in chain 3.
async fn given_entries(app: &TestApp, how_many: usize) {
    let mut application = app.as_application().await;
    for _ in 0..how_many {
        application.execute(AssertSqlSafe(entry(3, 0))).await.unwrap();
    }
}

/// A statement that adds an audit entry.
fn entry(shard: i16, seq: i64) -> String {
    format!(
        "insert into audit_entries (shard, seq, at, via, action, subject_kind, body, prev, hash)
         values ({shard}, {seq}, '2026-03-04', 'command', 'case.opened', 'case', '{{}}', '', '')"
    )
}

/// Statements in one transaction with an audit entry.
pub(crate) fn audited(sql: &str) -> String {
    format!("begin; {}; {sql}; commit", entry(5, 0))
}

/// What somebody does who owns the database and means harm.
async fn tamper(owner: &mut PgConnection, sql: &'static str) {
    owner.execute("alter table audit_entries disable trigger all").await.unwrap();
    owner.execute(sql).await.unwrap();
    owner.execute("alter table audit_entries enable trigger all").await.unwrap();
}

/// The first broken entry of each chain, as `savedesk audit verify` finds them.
async fn broken(app: &TestApp) -> Vec<(i16, i64, String)> {
    let (_, broken) = savedesk::audit::verify(&mut app.as_application().await).await.unwrap();
    broken.into_iter().map(|entry| (entry.shard, entry.seq, entry.what)).collect()
}

/// Fails the test unless the database refuses this, with this code, for this constraint or in these words.
#[track_caller]
pub(crate) fn assert_refused<'a>(
    connection: &'a mut PgConnection,
    sql: &'a str,
    code: &'a str,
    words: &'a str,
) -> impl Future<Output = ()> + use<'a> {
    let place = std::panic::Location::caller();
    async move {
        let outcome = connection.execute(AssertSqlSafe(sql.to_owned())).await;
        // whatever stands open after a refusal
        let _ = connection.execute("rollback").await;
        let Err(error) = outcome else { panic!("{place}: was done: {sql}") };
        let error = error.into_database_error().unwrap();
        assert_eq!(error.code().as_deref(), Some(code), "{place}: {sql}: {error}");
        let said = format!("{} {}", error.message(), error.constraint().unwrap_or_default());
        assert!(said.contains(words), "{place}: {sql}: {said}");
    }
}
