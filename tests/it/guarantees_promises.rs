//! What the database refuses of promises, their evidence and files, whatever the code above it does: each statement goes
//! around the application as its own role (R13).

use chrono::{NaiveDate, TimeDelta};
use savedesk::auth::{Can, Role};
use savedesk::calendar::Due;
use savedesk::customers::{self, NewBillingLine};
use savedesk::ids::{BillingLineId, CaseId, CustomerId, PromiseId};
use savedesk::money::{Currency, Money};
use savedesk::promises::{self, NewPromise};
use sqlx::AssertSqlSafe;
use sqlx::Executor;

use crate::guarantees::{assert_refused, audited};
use crate::support::{Person, TestApp};

struct Ground {
    app: TestApp,
    names: Vec<(&'static str, String)>,
}

impl Ground {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let dana = app
            .given_person(Person { name: "Dana", roles: &[Role::Agent], team: Some("North"), department: None })
            .await;
        let names = vec![("now", app.clock.now().to_rfc3339()), ("dana", dana.id.unwrap().to_string())];
        Self { app, names }
    }

    /// A promise due in so many hours; it, its case and its customer get names.
    async fn promise(&mut self, [promise, case, customer]: [&'static str; 3], hours: i64) -> (CaseId, CustomerId) {
        let of = self.app.given_customer(case).await;
        let on = self.app.given_case(of).await;
        let made = given_promise(&self.app, on, hours).await;
        self.names.extend([(promise, made.to_string()), (case, on.to_string()), (customer, of.to_string())]);
        (on, of)
    }

    /// Another promise in a case.
    async fn another(&mut self, name: &'static str, case: CaseId) {
        let made = given_promise(&self.app, case, 4).await;
        self.names.push((name, made.to_string()));
    }

    fn fill(&self, sql: &str) -> String {
        let filled = self.names.iter().fold(sql.to_owned(), |sql, (name, id)| sql.replace(&format!("{{{name}}}"), id));
        assert!(!filled.contains('{'), "a name is missing in {filled}");
        filled
    }

    async fn refuses(&self, ways: &[(&str, &str, &str, &str)]) {
        let mut application = self.app.as_application().await;
        for (what, sql, code, constraint) in ways {
            println!("{what}");
            assert_refused(&mut application, &audited(&self.fill(sql)), code, constraint).await;
        }
    }

    async fn does(&self, sql: &str) {
        let mut application = self.app.as_application().await;
        application.execute(AssertSqlSafe(audited(&self.fill(sql)))).await.unwrap();
    }
}

/// A promise by hand that the case's desk makes.
pub(crate) async fn given_promise(app: &TestApp, case: CaseId, hours: i64) -> PromiseId {
    let owner = app
        .given_person(Person { name: "Priya Raman", roles: &[Role::Agent], team: Some("North"), department: None })
        .await;
    let mut tx = app.begin().await;
    let new = NewPromise {
        kind: None,
        what: "A call with the engineer".to_owned(),
        due: Due { at: tx.now() + TimeDelta::hours(hours), because: "So agreed".to_owned() },
        owner: owner.id.unwrap(),
        department: None,
        cost: Money::zero(Currency::USD),
    };
    let promise = promises::make(&mut tx, &Can::desk(), case, new).await.unwrap();
    tx.commit().await.unwrap();
    promise.id
}

/// A credit on a customer's invoice of this day of March.
pub(crate) async fn given_line(app: &TestApp, customer: CustomerId, invoice: &str, day: u32) -> BillingLineId {
    let billed_on = NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
    let line = NewBillingLine {
        subscription: None,
        invoice: invoice.to_owned(),
        billed_on,
        description: "Credit".to_owned(),
        amount: Money::new(-14_820, Currency::USD),
        copy: 1,
    };
    let mut tx = app.begin().await;
    assert!(customers::add_billing_line(&mut tx, &Can::desk(), customer, &line).await.unwrap());
    let found = sqlx::query_scalar("select id from billing_lines where customer_id = $1 and invoice_number = $2")
        .bind(customer)
        .bind(invoice)
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    found
}

/// A promise ends: with what else is set.
fn end(promise: &str, stage: &str, at: &str, more: &str) -> String {
    format!(
        "update promises set stage = '{stage}', ended_at = '{at}', version = version + 1{more} where id = '{{{promise}}}'"
    )
}

#[tokio::test]
async fn r13_a_promise_is_kept_with_evidence_in_time_and_once() {
    let mut ground = Ground::new().await;
    ground.promise(["promise", "case", "customer"], 4).await;
    let now = ground.app.clock.now().to_rfc3339();
    let late = (ground.app.clock.now() + TimeDelta::hours(5)).to_rfc3339();
    let with = ", evidence = 'Invoice 4711'";
    let born = "insert into promises (id, case_id, customer_id, what, owner_id, due_at, because, cost_minor, currency,
            made_at, stage, evidence, ended_at)
        select gen_random_uuid(), case_id, customer_id, 'Never made', owner_id, due_at, because, 0, 'USD', made_at, 'kept',
            'So I say', made_at from promises";
    let other = "update promises set what = 'Less', version = version + 1";
    let cheaper = "update promises set cost_minor = 1, version = version + 1";
    ground
        .refuses(&[
            ("kept without evidence", &end("promise", "kept", &now, ""), "23514", "promises_evidence"),
            ("broken without a reason", &end("promise", "broken", &now, ""), "23514", "promises_ended"),
            ("in time, after its time", &end("promise", "kept", &late, with), "23514", "promises_kept_on_time"),
            ("late, before its time", &end("promise", "late", &now, with), "23514", "promises_late_after"),
            ("born kept", born, "23514", "promises_begin"),
            ("something else", other, "23514", "promises_stay"),
            ("at another cost", cheaper, "23514", "promises_stay"),
        ])
        .await;
    // a desk whose clock goes takes the moment from nobody
    ground.app.db.trust_clock(false).await.unwrap();
    ground.refuses(&[("kept in a past", &end("promise", "kept", &now, with), "23514", "promises_kept_on_time")]).await;
    ground.app.db.trust_clock(true).await.unwrap();
    ground.does(&end("promise", "kept", &now, with)).await;
    ground
        .refuses(&[
            ("opened again", &end("promise", "open", &now, ", evidence = null"), "23514", "promises_once"),
            ("broken after all", &end("promise", "broken", &now, ""), "23514", "promises_once"),
            ("reworded", "update promises set evidence = 'Other', version = version + 1", "23514", "promises_once"),
        ])
        .await;
}

#[tokio::test]
async fn r13_a_line_of_a_bill_proves_one_promise_of_its_customer() {
    let mut ground = Ground::new().await;
    let (case, customer) = ground.promise(["promise", "case", "customer"], 4).await;
    let (_, other) = ground.promise(["other", "other case", "other customer"], 4).await;
    ground.another("again", case).await;
    for (name, of, invoice, day) in [
        ("old", customer, "17", 1),
        ("line", customer, "4711", 4),
        ("theirs", other, "4712", 4),
        ("next", customer, "4800", 20),
    ] {
        let line = given_line(&ground.app, of, invoice, day).await;
        ground.names.push((name, line.to_string()));
    }
    let now = ground.app.clock.now().to_rfc3339();
    let by = |promise: &str, line: &str| end(promise, "kept", &now, &format!(", billing_line_id = '{{{line}}}'"));
    let forged = end("promise", "kept", &now, ", proved_on = '2026-03-04', evidence = 'So I say'");
    let broken = end("promise", "broken", &now, ", billing_line_id = '{line}', evidence = 'No'");
    ground
        .refuses(&[
            ("another customer's", &by("promise", "theirs"), "23503", "promises_line_own"),
            ("older than the promise", &by("promise", "old"), "23514", "promises_line_since"),
            ("of a broken one", &broken, "23514", "promises_ended"),
        ])
        .await;
    // what somebody claims a line's day to be does not count
    ground.does(&forged).await;
    let proved: Option<NaiveDate> = sqlx::query_scalar("select proved_on from promises where stage = 'kept'")
        .fetch_one(&mut ground.app.owner().await)
        .await
        .unwrap();
    assert_eq!(proved, None);
    ground.does(&by("again", "line")).await;
    ground.another("third", case).await;
    // billed after it was due, and noted later still
    let after = (ground.app.clock.now() + TimeDelta::days(30)).to_rfc3339();
    let late = end("third", "kept", &after, ", billing_line_id = '{next}'");
    ground
        .refuses(&[
            ("two promises by one line", &by("third", "line"), "23505", "promises_line_once"),
            ("billed too late", &late, "23514", "promises_kept_on_time"),
            ("a line changed", "update billing_lines set amount_minor = 0", "42501", "permission denied"),
            ("a line deleted", "delete from billing_lines", "42501", "permission denied"),
            (
                "a line twice",
                "insert into billing_lines (id, customer_id, invoice_number, billed_on, description, amount_minor,
                    currency, copy, brought_at)
                 select gen_random_uuid(), customer_id, invoice_number, billed_on, description, amount_minor, currency,
                    copy, brought_at from billing_lines",
                "23505",
                "billing_lines_once",
            ),
        ])
        .await;
}

#[tokio::test]
async fn a_promise_moves_with_a_reason_while_its_time_is_ahead() {
    let mut ground = Ground::new().await;
    ground.promise(["promise", "case", "customer"], 4).await;
    let to = (ground.app.clock.now() + TimeDelta::hours(30)).to_rfc3339();
    let silently = format!("update promises set due_at = '{to}', version = version + 1");
    let excuse = "update promises set because = 'The customer said so', version = version + 1";
    let handed = "update promises set owner_id = '{dana}', version = version + 1";
    let note = |at: &str, to: &str| {
        format!(
            "insert into promise_moves (id, promise_id, version, at, by_id, was_due_at, due_at, because, why)
             select gen_random_uuid(), id, version, '{at}', '{{dana}}', due_at, '{to}', 'So agreed', 'The bill run'
             from promises where id = '{{promise}}'"
        )
    };
    let now = ground.app.clock.now().to_rfc3339();
    let late = (ground.app.clock.now() + TimeDelta::hours(4)).to_rfc3339();
    let moved = format!(
        "{}; update promises set due_at = '{to}', because = 'So agreed', version = version + 1",
        note(&now, &to)
    );
    ground
        .refuses(&[
            ("without a word", &silently, "23514", "promises_moved"),
            ("with another excuse", excuse, "23514", "promises_moved"),
            ("to somebody else, without a word", handed, "23514", "promises_moved"),
            ("when it was late", &note(&late, &to), "23514", "promise_moves_in_time"),
            ("into the past", &note(&now, &now), "23514", "promise_moves_in_time"),
            ("a history that did not happen", &note(&now, &to), "23514", "promise_moves_happened"),
        ])
        .await;
    ground.does(&moved).await;
    ground
        .refuses(&[
            ("its history reworded", "update promise_moves set why = 'Never'", "42501", "permission denied"),
            ("its history deleted", "delete from promise_moves", "42501", "permission denied"),
        ])
        .await;
}

#[tokio::test]
async fn files_are_append_only_and_belong_to_what_they_are_attached_to() {
    let mut ground = Ground::new().await;
    ground.promise(["promise", "case", "customer"], 4).await;
    ground.promise(["other", "other case", "other customer"], 4).await;
    let bytes = "insert into file_contents (customer_id, sha256, bytes)
        values ('{customer}', sha256('said so'::bytea), 'said so'::bytea)";
    let file = |case: &str, size: i32| {
        format!(
            "{bytes}; insert into files (id, customer_id, case_id, promise_id, name, kind, size, sha256, at)
             values (gen_random_uuid(), '{{customer}}', '{{{case}}}', '{{promise}}', 'a.txt', 'text', {size},
                sha256('said so'::bytea), '{{now}}')"
        )
    };
    let other =
        "insert into file_contents (customer_id, sha256, bytes) values ('{customer}', sha256('x'::bytea), 'y'::bytea)";
    let path = file("case", 7).replace("a.txt", "../a.txt");
    let nothing = file("case", 7).replace("'{promise}'", "null");
    ground
        .refuses(&[
            ("bytes of another digest", other, "23514", "file_contents_digest"),
            ("to another case", &file("other case", 7), "23514", "files_belong"),
            ("of another size", &file("case", 8), "23514", "files_size"),
            ("with a path", &path, "23514", "files_name_check"),
            ("to nothing", &nothing, "23514", "files_belong"),
        ])
        .await;
    ground.does(&file("case", 7)).await;
    ground
        .refuses(&[
            ("renamed", "update files set name = 'b.txt'", "42501", "permission denied"),
            ("deleted", "delete from files", "42501", "permission denied"),
            ("bytes changed", "update file_contents set bytes = 'z'::bytea", "42501", "permission denied"),
            ("bytes deleted", "delete from file_contents", "42501", "permission denied"),
        ])
        .await;
    let mut owner = ground.app.owner().await;
    for table in ["files", "file_contents", "billing_lines", "promise_moves"] {
        assert_refused(&mut owner, &format!("truncate {table} cascade"), "42501", "append-only").await;
    }
    assert_refused(&mut owner, "delete from files", "42501", "append-only").await;
}
