//! Files, whole: what is read, brought in, refused and handed back, and that doing it twice does it once.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use reqwest::{Method, multipart};
use savedesk::audit::{self, Action, Entry, Subject};
use savedesk::auth::{Can, EditCustomers, ImportData, Role};
use savedesk::db::{Db, Via};
use savedesk::ids::UserId;
use savedesk::intake::choices::{Answers, Choices, Dates};
use savedesk::intake::mapping::Kind;
use savedesk::intake::{self, Counts, FileOptions, Summary, Upload, run_file};
use scraper::{Html, Selector};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::support::{Client, Page, TestApp, data_dir, send};

fn counts(created: i32, unchanged: i32, refused: i32) -> Counts {
    Counts { created, unchanged, refused, ..Counts::default() }
}

/// Only rows by what came of them.
fn rows(summary: &Summary) -> Counts {
    Counts { customers: 0, orders: 0, cases: 0, ..summary.counts }
}

pub(crate) async fn import(db: &Db, options: FileOptions) -> Summary {
    let summary = run_file(db, options).await.unwrap();
    assert_eq!(summary.refusals, [], "{:?}", summary.counts);
    summary
}

async fn number(connection: &mut PgConnection, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(connection).await.unwrap()
}

async fn table(connection: &mut PgConnection, query: &'static str) -> Vec<(String, i64)> {
    sqlx::query_as(query).fetch_all(connection).await.unwrap()
}

fn of(rows: &[(String, i64)]) -> Vec<(&str, i64)> {
    rows.iter().map(|(name, count)| (name.as_str(), *count)).collect()
}

pub(crate) fn data(path: &str) -> Option<PathBuf> {
    data_dir().map(|dir| dir.join(path))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_telecom_customers_come_in_whole() {
    let Some(path) = data("churn/telecom_customer_churn.csv") else {
        return;
    };
    let app = TestApp::start().await;
    let options = FileOptions { path, ..FileOptions::default() };
    let summary = import(&app.db, options.clone()).await;
    assert_eq!(rows(&summary), counts(7_043, 0, 0));
    assert_eq!((summary.counts.customers, summary.counts.cases), (7_043, 1_869));
    let mut db = app.owner().await;
    let categories = table(
        &mut db,
        "select source_category, count(*) from cases where kind = 'cancellation' and outcome = 'lost'
         group by 1 order by 2 desc",
    )
    .await;
    assert_eq!(
        of(&categories),
        [("Competitor", 841), ("Dissatisfaction", 321), ("Attitude", 314), ("Price", 211), ("Other", 182)]
    );
    let reasons =
        table(&mut db, "select stated_reason, count(*) from cases group by 1 order by 2 desc, 1 limit 4").await;
    assert_eq!(
        of(&reasons),
        [
            ("Competitor had better devices", 313),
            ("Competitor made better offer", 311),
            ("Attitude of support person", 220),
            ("Don't know", 130),
        ]
    );
    let coded = number(
        &mut db,
        "select count(*) from cases c join reasons r on r.code = c.reason and r.name = c.stated_reason",
    )
    .await;
    assert_eq!(coded, 1_869, "every reason has its node");
    assert_eq!(number(&mut db, "select count(distinct reason) from cases").await, 20);
    let offers = table(&mut db, "select segment, count(*) from customers group by 1 order by 2 desc").await;
    assert_eq!(
        of(&offers),
        [("None", 3_877), ("Offer B", 824), ("Offer E", 805), ("Offer D", 602), ("Offer A", 520), ("Offer C", 415)]
    );
    let statuses = table(&mut db, "select status, count(*) from customers group by 1 order by 2 desc").await;
    assert_eq!(of(&statuses), [("active", 5_174), ("cancelled", 1_869)]);
    assert_eq!(number(&mut db, "select count(*) from subscriptions where monthly_price_minor < 0").await, 120);
    assert_eq!(number(&mut db, "select count(*) from subscriptions where status = 'ended'").await, 1_869);
    let product: String = sqlx::query_scalar("select product from subscriptions where external_ref = '0004-TLHLJ'")
        .fetch_one(&mut db)
        .await
        .unwrap();
    assert_eq!(product, "Internet Fiber Optic + Phone");
    drop(db);

    let again = import(&app.db, options).await;
    assert_eq!(rows(&again), counts(0, 7_043, 0));
    assert_eq!((again.counts.customers, again.counts.cases), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_orders_come_in_whole_with_a_case_for_each_cancellation() {
    let Some(path) = data("orders/online_retail_2010-12.csv") else {
        return;
    };
    let app = TestApp::start().await;
    let options = FileOptions { path, ..FileOptions::default() };
    let summary = import(&app.db, options.clone()).await;
    assert_eq!(rows(&summary), counts(42_481, 0, 0));
    assert_eq!((summary.counts.orders, summary.counts.cases), (1_699, 326));
    let mut db = app.owner().await;
    assert_eq!(number(&mut db, "select count(*) from customers where identified").await, 948);
    assert_eq!(number(&mut db, "select count(*) from customers where not identified").await, 317);
    assert_eq!(number(&mut db, "select sum(total_minor)::bigint from orders where currency = 'GBP'").await, 82_374_614);
    assert_eq!(number(&mut db, "select sum(amount_minor)::bigint from order_lines").await, 82_374_614);
    let lost =
        "select sum(value_at_risk_minor)::bigint from cases where kind = 'order_cancellation' and outcome = 'lost'";
    assert_eq!(number(&mut db, lost).await, 7_478_912);
    assert_eq!(number(&mut db, "select sum(amount_minor)::bigint from cancellation_lines").await, 7_478_912);
    assert_eq!(number(&mut db, "select count(*) from cancellation_lines").await, 728);
    let odd =
        "select count(*) from cancellation_lines l join cases c on c.id = l.case_id join orders o on o.id = l.order_id
               where o.customer_id <> c.customer_id or o.ordered_at > c.opened_at";
    assert_eq!(number(&mut db, odd).await, 0);
    let reasons = table(
        &mut db,
        "select split_part(match_reason, ' in ', 1), count(*) from cancellation_lines group by 1 order by 1",
    )
    .await;
    assert_eq!(
        of(&reasons),
        [
            ("earlier purchase of the item", 165),
            ("no earlier purchase of this item", 423),
            ("same item and quantity", 140)
        ]
    );
    drop(db);

    let again = import(&app.db, options).await;
    assert_eq!(rows(&again), counts(0, 42_481, 0));
}

/// Every row is a complaint that is due by its terms; those that are open have a deadline that says so, and no other.
async fn due_by_their_terms(db: &mut PgConnection, source: &'static str, open: i64, due: &'static str) {
    let count = async |db: &mut PgConnection, rest: &str| -> i64 {
        let sql = format!(
            "select count(*) from complaints c
             join complaint_rounds r on r.complaint_id = c.id
             join cases k on k.id = c.case_id
             left join deadlines d on d.subject_id = c.id and d.kind = 'regulator_response' and d.stage = 'open'
             where c.source = '{source}' and {rest}"
        );
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(db).await.unwrap()
    };
    let rows = count(db, "true").await;
    assert_eq!(count(db, &format!("r.due_at = {due}")).await, rows);
    assert_eq!(count(db, "d.due_at = r.due_at and c.stage = 'received' and k.stage = 'new'").await, open);
    assert_eq!(count(db, "d.id is null and c.stage = 'closed' and k.stage = 'closed'").await, rows - open);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fcc_complaints_come_in_whole_with_their_dates_put_back() {
    let Some(path) = data("complaints/fcc_comcast_complaints_2015.csv") else {
        return;
    };
    let app = TestApp::start().await;
    let undecided = run_file(&app.db, FileOptions { path: path.clone(), ..FileOptions::default() }).await.unwrap_err();
    assert!(undecided.to_string().contains("486 dates of “Date” fall outside Apr 2015 to Jun 2015"), "{undecided}");
    let options = FileOptions { path, dates: Some(Dates::Exchanged), ..FileOptions::default() };
    let summary = import(&app.db, options.clone()).await;
    assert_eq!(rows(&summary), counts(2_224, 0, 0));
    let mut db = app.owner().await;
    let stages = table(&mut db, "select stage, count(*) from cases where channel = 'fcc' group by 1 order by 1").await;
    assert_eq!(of(&stages), [("closed", 1_707), ("new", 517)]);
    assert_eq!(number(&mut db, "select count(*) from cases where outcome = 'unknown'").await, 1_707);
    let inside = "select count(*) from cases where opened_at >= '2015-04-01' and opened_at < '2015-07-02'";
    assert_eq!(number(&mut db, inside).await, 2_224);
    due_by_their_terms(&mut db, "fcc", 517, "(r.received_on + 30 + time '17:00') at time zone 'America/New_York'")
        .await;
    let put_back = "select count(*) from complaints c
        join complaint_rounds r on r.complaint_id = c.id
        join case_sources s on s.case_id = c.case_id
        where to_char(r.received_on, 'DD-MM-YY') <> s.cells ->> 'Date'
            and to_char(r.received_on, 'MM-DD-YY') = s.cells ->> 'Date'";
    // 486 certainly, and of the 123 that could be read either way those that do not read the same both ways
    assert_eq!(number(&mut db, put_back).await, 486 + 86);
    let zeros = "select count(*) from customers where not identified and postcode ~ '^0[0-9]{4}$'";
    assert_eq!(number(&mut db, zeros).await, 170);
    let first: (String, String) = sqlx::query_as(
        "select c.name, k.stated_reason from cases k join customers c on c.id = k.customer_id where external_ref = '250635'",
    )
    .fetch_one(&mut db)
    .await
    .unwrap();
    assert_eq!(first.0, "Unknown customer, Abingdon, Maryland (FCC 250635)");
    assert_eq!(first.1, "Comcast Cable Internet Speeds");
    let via = "select cells ->> 'Received Via', count(*) from case_sources group by 1 order by 2 desc";
    assert_eq!(of(&table(&mut db, via).await), [("Customer Care Call", 1_119), ("Internet", 1_105)]);
    drop(db);
    let again = import(&app.db, options).await;
    assert_eq!(rows(&again), counts(0, 2_224, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cfpb_complaints_come_in_whole() {
    let Some(path) = data("complaints/cfpb_complaints_sample.csv") else {
        return;
    };
    let app = TestApp::start().await;
    let options = FileOptions { path, ..FileOptions::default() };
    let summary = import(&app.db, options.clone()).await;
    assert_eq!(rows(&summary), counts(6_623, 0, 0));
    let mut db = app.owner().await;
    let answers = table(
        &mut db,
        "select case when stage = 'closed' then outcome_note else 'In progress' end, count(*) from cases
         where channel = 'cfpb' group by 1 order by 2 desc",
    )
    .await;
    assert_eq!(
        of(&answers),
        [
            ("Closed with explanation", 5_557),
            ("Closed with non-monetary relief", 779),
            ("Closed with monetary relief", 211),
            ("Untimely response", 37),
            ("In progress", 35),
            ("Closed", 4),
        ]
    );
    let via =
        table(&mut db, "select cells ->> 'Submitted via', count(*) from case_sources group by 1 order by 2 desc").await;
    assert_eq!(
        of(&via),
        [("Web", 5_143), ("Referral", 627), ("Phone", 482), ("Postal mail", 267), ("Fax", 102), ("Email", 2)]
    );
    assert_eq!(number(&mut db, "select count(*) from cases where stated_reason like E'%\\n\\n%'").await, 1_532);
    due_by_their_terms(&mut db, "cfpb", 35, "(r.received_on + 15 + time '17:00') at time zone 'America/New_York'")
        .await;
    // the time to answer counts from the day it was sent on to the company
    let forwarded = "select count(*) from complaints c
        join complaint_rounds r on r.complaint_id = c.id
        join case_sources s on s.case_id = c.case_id
        where r.received_on = greatest((s.cells ->> 'Date received')::date, (s.cells ->> 'Date sent to company')::date)";
    assert_eq!(number(&mut db, forwarded).await, 6_623);
    drop(db);
    let again = import(&app.db, options).await;
    assert_eq!(rows(&again), counts(0, 6_623, 0));
}

/// A file of this text in a folder of its own, gone with the value.
pub(crate) struct Written(PathBuf);

impl Written {
    pub(crate) fn new(name: &str, contents: impl AsRef<[u8]>) -> Self {
        let folder = std::env::temp_dir().join(format!("savedesk-{}", Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join(name), contents).unwrap();
        Self(folder.join(name))
    }

    pub(crate) fn options(&self) -> FileOptions {
        FileOptions { path: self.0.clone(), ..FileOptions::default() }
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0.parent().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_about_something_else_is_refused() {
    let Some(path) = data("churn/telecom_zipcode_population.csv") else {
        return;
    };
    let app = TestApp::start().await;
    let refused = run_file(&app.db, FileOptions { path: path.clone(), ..FileOptions::default() }).await.unwrap_err();
    assert!(refused.to_string().contains("To be customers there is no column for Account number."), "{refused}");
    let kind = Some(Kind::Customers);
    let refused = run_file(&app.db, FileOptions { path, kind, ..FileOptions::default() }).await.unwrap_err();
    assert_eq!(refused.to_string(), "There is no column for Account number.");
    assert_eq!(number(&mut app.owner().await, "select count(*) from imports").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_goes_on_and_doubles_nothing() {
    let app = TestApp::start().await;
    let mut text = "Account number,Name,Monthly price,Status,Churn reason\n".to_owned();
    for row in 0..1_200 {
        let left = if row % 3 == 0 { "churned,Moved" } else { "active," };
        writeln!(text, "K{row},Customer no {row},12.50,{left}").unwrap();
    }
    let can: Can<ImportData> = app.can(Role::Agent).await;
    let upload = Upload { file_name: "crm.csv".into(), bytes: text.into_bytes(), kind: Some(Kind::Customers) };
    let (opened, _) = upload.open().unwrap();
    let mut tx = app.db.begin(can.origin(Via::Page)).await.unwrap();
    let import = intake::upload(&mut tx, &can, opened).await.unwrap();
    tx.commit().await.unwrap();
    let columns = [
        ("account_number", "Account number"),
        ("name", "Name"),
        ("monthly_price", "Monthly price"),
        ("status", "Status"),
        ("churn_reason", "Churn reason"),
    ];
    let choices = Choices {
        columns: columns.map(|(field, column)| (field.to_owned(), column.to_owned())).into(),
        answers: Answers { source: Some("crm".into()), cpni: true, ..Answers::default() },
    };
    let decided = intake::decide(&app.db, &can, import, Kind::Customers, choices).await.unwrap();
    let mut tx = app.db.begin(can.origin(Via::Page)).await.unwrap();
    intake::check(&mut tx, &can, decided).await.unwrap();
    tx.commit().await.unwrap();
    intake::work(&app.db, import, &can).await.unwrap();
    let mut tx = app.db.begin(can.origin(Via::Page)).await.unwrap();
    intake::start(&mut tx, &can, import).await.unwrap();
    tx.commit().await.unwrap();

    let mut owner = app.owner().await;
    let mut kills = 0;
    loop {
        let before = number(&mut owner, "select count(*) from import_rows").await;
        let (db, proof) = (app.db.clone(), can.clone());
        let running = tokio::spawn(async move { intake::work(&db, import, &proof).await });
        while !running.is_finished() && number(&mut owner, "select count(*) from import_rows").await < before + 300 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        if running.is_finished() {
            running.await.unwrap().unwrap();
            break;
        }
        // as if the process were gone: what was not committed is lost
        running.abort();
        let _ = running.await;
        kills += 1;
        intake::work(&app.db, import, &can).await.unwrap();
        let finished = "select count(*) from imports where stage = 'finished'";
        assert_eq!(number(&mut owner, finished).await, 0, "somebody holds it until the lease runs out");
        app.clock.advance(TimeDelta::seconds(31));
    }
    assert!(kills > 0);
    let row: (String, i32, i32, i32, i32) =
        sqlx::query_as("select stage, created, refused, customers, cases from imports")
            .fetch_one(&mut owner)
            .await
            .unwrap();
    assert_eq!(row, ("finished".into(), 1_200, 0, 1_200, 400));
    // each under CPNI rules, as was answered for the file (R19)
    assert_eq!(number(&mut owner, "select count(*) from customers where cpni").await, 1_200);
    assert_eq!(number(&mut owner, "select count(*) from cases").await, 400);
    assert_eq!(number(&mut owner, "select count(*) from import_runs").await, 0);
    let by: Option<UserId> = sqlx::query_scalar(
        "select actor_id from audit_entries where via = 'import' and action = 'customer.added' limit 1",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(by, can.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn naughty_strings_come_back_as_text() {
    let Some(path) = data("awkward/naughty-strings/blns.json") else {
        return;
    };
    let strings: Vec<String> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let strings: Vec<String> = strings.into_iter().filter(|text| !text.contains('\0')).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["Account number", "Name", "City"]).unwrap();
    for (row, text) in strings.iter().enumerate() {
        writer.write_record([format!("N{row}"), text.clone(), "Oslo".to_owned()]).unwrap();
    }
    let file = Written::new("naughty.csv", writer.into_inner().unwrap());
    let app = TestApp::start().await;
    let map = vec![("name".to_owned(), "Name".to_owned()), ("company".to_owned(), String::new())];
    let options = FileOptions { kind: Some(Kind::Customers), map, ..file.options() };
    let summary = run_file(&app.db, options.clone()).await.unwrap();
    let too_long = strings.iter().filter(|text| text.trim().chars().count() > 200).count();
    assert_eq!(usize::try_from(summary.counts.refused).unwrap(), too_long, "{:?}", summary.refusals);
    let kept: Vec<(String, String)> =
        sqlx::query_as("select account_number, name from customers").fetch_all(&mut app.owner().await).await.unwrap();
    assert_eq!(kept.len() + too_long, strings.len());
    for (account, name) in kept {
        let text = strings[account[1..].parse::<usize>().unwrap()].trim();
        let expected = if text.is_empty() { format!("Customer {account}") } else { text.to_owned() };
        assert_eq!(name, expected);
    }
    let again = run_file(&app.db, options).await.unwrap();
    assert_eq!((again.counts.created, again.counts.updated), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_never_overwrites_what_people_put_right() {
    let app = TestApp::start().await;
    let first = Written::new(
        "crm.csv",
        "Account number,Name,City,Monthly price,Status,Churn reason\nA1,Ann,Oslo,10.00,churned,Moved\n",
    );
    import(&app.db, first.options()).await;
    let mut owner = app.owner().await;
    // somebody codes the case anew and corrects the city
    let can: Can<EditCustomers> = app.can(Role::Agent).await;
    let mut tx = app.db.begin(can.origin(Via::Page)).await.unwrap();
    sqlx::query("update customers set city = 'Bergen', version = version + 1").execute(&mut *tx).await.unwrap();
    sqlx::query("update cases set reason = 'price.too_high', version = version + 1").execute(&mut *tx).await.unwrap();
    audit::record(&mut tx, Entry::new(Action::CaseChanged, Subject::Desk)).await.unwrap();
    tx.commit().await.unwrap();
    let again = import(&app.db, first.options()).await;
    assert_eq!(rows(&again), counts(0, 1, 0));
    let dearer = Written::new(
        "crm.csv",
        "Account number,Name,City,Monthly price,Status,Churn reason\nA1,Ann,Oslo,12.00,churned,Moved\n",
    );
    let updated = import(&app.db, dearer.options()).await;
    assert_eq!((updated.counts.updated, updated.counts.cases), (1, 0));
    let kept: (String, String, i64) = sqlx::query_as(
        "select c.city, k.reason, s.monthly_price_minor from customers c join cases k on k.customer_id = c.id
         join subscriptions s on s.customer_id = c.id",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(kept, ("Bergen".into(), "price.too_high".into(), 1_200));
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_find_their_customer_by_account_or_address() {
    let app = TestApp::start().await;
    let people = Written::new(
        "crm.csv",
        "Account number,Name,E-mail,Monthly price\nA1,Ann,ann@example.org,10.00\nA2,Bob,,20.00\n",
    );
    import(&app.db, people.options()).await;
    let cases = Written::new(
        "requests.csv",
        "Reference,Received,Kind,Channel,Account number,E-mail,Reason\n\
         R1,2026-03-01,cancellation,phone,A2,,Price too high\n\
         R2,2026-03-02,complaint,e-mail,,ANN@example.org,never answered\n\
         R3,2026-03-02,complaint,phone,A9,,who is it\n\
         R4,2026-03-02,complaint,pigeon,A2,,lost\n\
         R5,2026-03-03,cancellation,phone,A2,,again\n",
    );
    let options = FileOptions { kind: Some(Kind::Cases), ..cases.options() };
    let summary = run_file(&app.db, options).await.unwrap();
    assert_eq!((summary.counts.created, summary.counts.refused), (2, 3), "{:?}", summary.refusals);
    let reasons: Vec<(usize, &str)> =
        summary.refusals.iter().map(|refusal| (refusal.row, refusal.reason.as_str())).collect();
    assert!(reasons[0].1.starts_with("No customer has the account number A9."), "{reasons:?}");
    assert_eq!(reasons[1], (4, "“pigeon” is not a channel we know."));
    assert!(reasons[2].1.starts_with("This customer has a live cancellation case already, SD-"), "{reasons:?}");
    let found = table(
        &mut app.owner().await,
        "select c.name, k.value_at_risk_minor from cases k join customers c on c.id = k.customer_id order by 1",
    )
    .await;
    assert_eq!(of(&found), [("Ann", 12_000), ("Bob", 24_000)]);
}

/// Asks for a page until nothing works on the import any more.
async fn settled(client: &Client, path: &str) -> Page {
    for _ in 0..600 {
        let page = client.get(path).await.expect(200);
        if !page.body.contains("Show how far it is") {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{path} never ends");
}

async fn send_file(client: &Client, name: &str, bytes: Vec<u8>, kind: &str) -> Page {
    let form = multipart::Form::new()
        .text("key", Uuid::new_v4().to_string())
        .text("kind", kind.to_owned())
        .part("file", multipart::Part::bytes(bytes).file_name(name.to_owned()));
    send(client.request(Method::POST, "/imports").multipart(form)).await
}

/// The form of a page as a browser would send it.
fn filled(page: &Page) -> Vec<(String, String)> {
    let html = Html::parse_document(&page.body);
    let (form, option) = (Selector::parse("#match").unwrap(), Selector::parse("option[selected]").unwrap());
    let controls = Selector::parse("input[name], select[name]").unwrap();
    let form = html.select(&form).next().unwrap();
    form.select(&controls)
        .map(|control| {
            let value = match control.value().name() {
                "select" => control.select(&option).next().and_then(|one| one.attr("value")),
                _ => control.attr("value"),
            };
            (control.attr("name").unwrap().to_owned(), value.unwrap_or_default().to_owned())
        })
        .collect()
}

async fn post(client: &Client, path: &str, fields: &[(String, String)]) -> Page {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    client.post_form(path, &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_sent_matched_checked_imported_and_its_refused_rows_mended() {
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    assert!(agent.get("/imports").await.expect(200).body.contains("No imports yet"));
    agent.get("/imports/new").await.expect(200);
    let text =
        "Account number;Name;E-mail;Monthly price\nA1;Zoë <b>;zoe@example.org;10,50\nA2;Bob;bob@;20,00\nA3;Cem\n";
    let sent = send_file(&agent, "Kunden <1>.csv", text.into(), "").await.expect(303);
    let place = sent.location().to_owned();
    let columns = agent.follow(&sent).await.expect(303);
    let columns = agent.follow(&columns).await.expect(200);
    assert!(!columns.body.contains("Zoë <b>"), "what stands in a file is text");

    let mut form = filled(&columns);
    assert!(form.contains(&("col-account_number".into(), "Account number".into())), "{form:?}");
    for (name, value) in &mut form {
        if name == "time_zone" {
            *value = "Mars".into();
        }
    }
    let wrong = post(&agent, &format!("{place}/columns"), &form).await.expect(422);
    assert!(wrong.body.contains("Enter a time zone by its name") && wrong.body.contains("Mars"));
    // half of its addresses are none, so that this column was not guessed
    let mut form = filled(&columns);
    for (name, value) in &mut form {
        if name == "col-email" {
            *value = "E-mail".into();
        }
    }
    let checking = post(&agent, &format!("{place}/columns"), &form).await.expect(303);
    let twice = post(&agent, &format!("{place}/columns"), &form).await;
    assert!(twice.status.as_u16() == 303 || twice.status.as_u16() == 422, "the same form again is done once");
    let checked = settled(&agent, checking.location()).await;
    assert!(checked.body.contains("1 would be new") && checked.body.contains("2 need a fix"), "{}", checked.body);
    assert_eq!(number(&mut app.owner().await, "select count(*) from customers").await, 0, "a check changes nothing");
    assert_eq!(checked.texts("tbody tr").len(), 2);
    assert_eq!(checked.texts("tbody tr")[0], "23E-mailEnter a full e-mail address.");

    let key = checked.field("key");
    let run = agent.post_form(&format!("{place}/run"), &[("key", &key)]).await;
    let run = if run.status == 409 { agent.post_form(&format!("{place}/run"), &[]).await } else { run };
    let finished = settled(&agent, run.expect(303).location()).await;
    assert!(finished.body.contains("1 customer added"), "{}", finished.body);
    assert_eq!(number(&mut app.owner().await, "select count(*) from customers where name = 'Zoë <b>'").await, 1);
    assert_eq!(number(&mut app.owner().await, "select monthly_price_minor from subscriptions").await, 1_050);

    let file = agent.get(&format!("{place}/refusals.csv")).await.expect(200);
    assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment;"));
    assert!(file.body.contains("2,E-mail,Enter a full e-mail address.,A2,Bob,bob@,\"20,00\""), "{}", file.body);
    let audited = "select count(*) from audit_entries where action = 'import.refusals_exported'";
    assert_eq!(number(&mut app.owner().await, audited).await, 1);
    let mended = file.body.replace("bob@", "bob@example.org").replace("A3,Cem\r\n", "A3,Cem,,\r\n");
    let sent = send_file(&agent, "mended.csv", mended.into_bytes(), "customers").await.expect(303);
    let place = sent.location().to_owned();
    let columns = agent.get(&format!("{place}/columns")).await.expect(200);
    let checking = post(&agent, &format!("{place}/columns"), &filled(&columns)).await.expect(303);
    let checked = settled(&agent, checking.location()).await;
    assert!(checked.body.contains("2 would be new"), "{}", checked.body);
    let discarded = agent.post_form(&format!("{place}/discard"), &[]).await.expect(303);
    assert_eq!(discarded.location(), "/imports");
    agent.get(&place).await.expect(404);
    let list = agent.get("/imports").await.expect(200);
    assert_eq!(list.texts("a.open"), ["Kunden <1>.csv"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_may_import_see_imports_and_bad_files_say_what_is_wrong() {
    let app = TestApp::start().await;
    let rep = app.sign_in(Role::Rep).await;
    for path in ["/imports", "/imports/new"] {
        rep.get(path).await.expect(403);
    }
    send_file(&rep, "a.csv", b"a,b\n1,2\n".to_vec(), "").await.expect(403);
    let agent = app.sign_in(Role::Agent).await;
    for (name, bytes, says) in [
        ("empty.csv", b"".to_vec(), "The file is empty."),
        ("book.xlsx", b"PK\x03\x04\0\0\0\0".to_vec(), "This is an Excel workbook"),
        ("page.csv", b"<!doctype html><html></html>".to_vec(), "This is a web page"),
        ("zip.csv", b"Zip Code,Population\n90001,54492\n".to_vec(), "there is no column for Account number"),
        ("names.csv", b"Account number,Name\n".to_vec(), "The file has column names and no rows."),
    ] {
        let page = send_file(&agent, name, bytes, "").await.expect(422);
        assert!(page.text(".err").contains(says), "{name}: {}", page.text(".err"));
    }
    let large = send_file(&agent, "large.csv", vec![b'a'; 65 << 20], "").await;
    assert_eq!(large.status, 422, "{}", large.body);
    assert!(large.text(".err").contains("more than 64 MB"));
}
