//! Reports as files: what a workbook and its comma-separated sister hold is what the page says, to the cent; they run
//! nothing in a spreadsheet, and who took them out is noted.

use std::io::Cursor;
use std::time::Instant;

use calamine::{Data, DataType as _, Range, Reader as _, Xlsx};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use reqwest::Method;
use savedesk::auth::Role;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor as _};
use uuid::Uuid;

use crate::guarantees::audited;
use crate::people_figures::two_worked;
use crate::reports::{CURRENCIES, happened, manager, minor};
use crate::support::{Client, Person, TestApp};

/// The bytes of a file.
async fn bytes(client: &Client, path: &str) -> Vec<u8> {
    let answer = client.request(Method::GET, path).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.bytes().await.unwrap().to_vec()
}

/// A file with everything of a workbook in it.
struct Book(Xlsx<Cursor<Vec<u8>>>);

impl Book {
    async fn open(client: &Client, path: &str) -> Self {
        Self(Xlsx::new(Cursor::new(bytes(client, path).await)).unwrap())
    }

    fn sheet(&mut self, name: &str) -> Range<Data> {
        self.0.worksheet_range(name).unwrap()
    }

    /// The cells of a column, by what stands over it.
    fn column(&mut self, sheet: &str, name: &str) -> Vec<Data> {
        let sheet = self.sheet(sheet);
        let at = sheet.rows().next().unwrap().iter().position(|cell| cell.get_string() == Some(name));
        let at = at.unwrap_or_else(|| panic!("no column {name} in {:?}", sheet.rows().next()));
        sheet.rows().skip(1).map(|row| row[at].clone()).collect()
    }

    /// The same, of amounts: in minor units.
    fn sum(&mut self, sheet: &str, name: &str, digits: u32) -> i64 {
        self.column(sheet, name).iter().map(|cell| in_minor(cell.get_float().unwrap(), digits)).sum()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "amounts of a test")]
fn in_minor(units: f64, digits: u32) -> i64 {
    (units * f64::from(10_u32.pow(digits))).round() as i64
}

/// A day or a moment, which workbooks count in days, to the minute.
#[expect(clippy::cast_possible_truncation, reason = "minutes of a test")]
fn moment(cell: &Data) -> NaiveDateTime {
    let Data::DateTime(at) = cell else { panic!("{cell:?} is no day") };
    let minutes = TimeDelta::minutes((at.as_f64() * 1_440.0).round() as i64);
    NaiveDate::from_ymd_opt(1899, 12, 30).unwrap().and_time(NaiveTime::MIN) + minutes
}

/// The rows of a comma-separated file, with its header.
fn lines(file: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let file = file.strip_prefix(&[0xef, 0xbb, 0xbf]).expect("the mark of UTF-8");
    let mut reader = csv::Reader::from_reader(file);
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    (header, rows.collect())
}

const SPAN: &str = "from=2025-12-01&to=2026-03-01";

#[tokio::test]
async fn the_sums_of_a_file_are_the_totals_of_its_page() {
    let app = TestApp::start().await;
    happened(&app, 41, 150).await;
    let helen = manager(&app).await;
    for currency in CURRENCIES {
        let digits = if currency == "JPY" { 0 } else { 2 };
        for (figure, amounts) in [("gross", "Counts"), ("net", "Counts"), ("lost", "At risk"), ("decided", "Kept")] {
            let asked = format!("figure={figure}&{SPAN}&currency={currency}");
            let page = helen.get(&format!("/reports/rows?{asked}")).await.expect(200);
            let said: (usize, i64) = (page.text("#count").parse().unwrap(), minor(&page.text("#total"), digits));
            assert!(said.0 > 0, "{asked} has no rows");
            let mut book = Book::open(&helen, &format!("/reports/rows.xlsx?{asked}")).await;
            let found = (book.column("Rows", "Case").len(), book.sum("Rows", amounts, digits));
            assert_eq!(found, said, "the workbook of {asked}");
            assert!(book.column("Rows", "Currency").iter().all(|cell| cell.get_string() == Some(currency)));
            let (header, rows) = lines(&bytes(&helen, &format!("/reports/rows.csv?{asked}")).await);
            let at = header.iter().position(|name| name == amounts).unwrap();
            let sum: i64 = rows.iter().map(|row| in_minor(row[at].parse().unwrap(), digits)).sum();
            assert_eq!((rows.len(), sum), said, "the lines of {asked}");
        }
    }
}

#[tokio::test]
async fn a_workbook_says_what_it_holds_and_its_days_are_days() {
    let app = TestApp::start().await;
    happened(&app, 3, 40).await;
    let helen = manager(&app).await;
    let mut book = Book::open(&helen, &format!("/reports/rows.xlsx?figure=gross&{SPAN}&currency=EUR")).await;
    let about = book.sheet("About");
    let said = |name: &str| {
        let row = about.rows().skip(1).find(|row| row[0].get_string() == Some(name));
        row.unwrap_or_else(|| panic!("no {name}"))[1].to_string()
    };
    assert_eq!(said("Made by"), "Helen Strand");
    assert_eq!(said("Made"), "2026-03-04 10:00 (America/New_York)");
    assert_eq!((said("From"), said("To"), said("Currency")), ("2025-12-01".into(), "2026-03-01".into(), "EUR".into()));
    assert!(said("Gross saved revenue").contains("Frozen as the case is closed"));
    let rows = book.column("Rows", "Case").len();
    assert_eq!(said("Rows"), rows.to_string());
    let days = book.column("Rows", "Closed");
    let plain: Vec<String> = sqlx::query_scalar(
        "select closed_on::text from outcomes where currency = 'EUR' and saved and kept_minor <> 0 order by closed_on desc, id desc",
    )
    .fetch_all(&mut app.owner().await)
    .await
    .unwrap();
    assert_eq!(days.iter().map(|day| moment(day).format("%Y-%m-%d").to_string()).collect::<Vec<_>>(), plain);
    // moments on the clock that the header names
    let moments = book.column("Rows", "Closed at (America/New_York)");
    let plain: Vec<String> = sqlx::query_scalar(
        "select to_char(closed_at at time zone 'America/New_York', 'YYYY-MM-DD HH24:MI') from outcomes
        where currency = 'EUR' and saved and kept_minor <> 0 order by closed_on desc, id desc",
    )
    .fetch_all(&mut app.owner().await)
    .await
    .unwrap();
    let found = moments.iter().map(|at| moment(at).format("%Y-%m-%d %H:%M").to_string());
    assert_eq!(found.collect::<Vec<_>>(), plain);
}

/// A workbook's sheet as a spreadsheet program reads it, or nothing where there is none, which CI does not accept.
async fn through_libreoffice(book: &[u8], sheet: &str) -> Option<Vec<Vec<String>>> {
    let folder = std::env::temp_dir().join(format!("workbook-{}", Uuid::new_v4().simple()));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("book.xlsx"), book).unwrap();
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.display());
    // comma, quote, UTF-8, from the first line, values and not their looks, every sheet in a file of its own
    let filter = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1";
    let converted = tokio::process::Command::new("soffice")
        .args([&profile, "--headless", "--convert-to", filter, "--outdir"])
        .arg(&folder)
        .arg(folder.join("book.xlsx"))
        .output()
        .await;
    let said = match converted {
        Ok(said) => said,
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "no LibreOffice on this machine: {error}");
            eprintln!("no LibreOffice on this machine, nothing is tested");
            return None;
        }
    };
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let file = std::fs::read(folder.join(format!("book-{sheet}.csv"))).expect("LibreOffice opens the workbook");
    std::fs::remove_dir_all(&folder).unwrap();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file.as_slice());
    Some(reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect())
}

#[tokio::test]
async fn libreoffice_opens_a_workbook_and_its_sums_agree() {
    let app = TestApp::start().await;
    happened(&app, 41, 150).await;
    let helen = manager(&app).await;
    for (currency, digits) in [("USD", 2), ("JPY", 0)] {
        let asked = format!("figure=gross&{SPAN}&currency={currency}");
        let page = helen.get(&format!("/reports/rows?{asked}")).await.expect(200);
        let said: (usize, i64) = (page.text("#count").parse().unwrap(), minor(&page.text("#total"), digits));
        let book = bytes(&helen, &format!("/reports/rows.xlsx?{asked}")).await;
        let Some(rows) = through_libreoffice(&book, "Rows").await else { return };
        let at = rows[0].iter().position(|name| name == "Counts").unwrap();
        let sum: i64 = rows[1..].iter().map(|row| in_minor(row[at].parse().unwrap(), digits)).sum();
        assert_eq!((rows.len() - 1, sum), said, "{currency}");
        let about = through_libreoffice(&book, "About").await.expect("it was there before");
        assert!(about.iter().any(|row| row.iter().any(|cell| cell == "Helen Strand")), "{about:?}");
    }
}

#[tokio::test]
async fn the_dashboard_s_tables_agree_with_the_rows_behind_its_numbers() {
    let app = TestApp::start().await;
    happened(&app, 17, 150).await;
    let helen = manager(&app).await;
    for (currency, digits) in [("USD", 2), ("JPY", 0)] {
        let asked = format!("{SPAN}&currency={currency}");
        let total = async |figure: &str| {
            let page = helen.get(&format!("/reports/rows?figure={figure}&{asked}")).await.expect(200);
            (page.text("#count").parse::<i64>().unwrap(), minor(&page.text("#total"), digits))
        };
        let path = format!("range=custom&{asked}");
        let mut book = Book::open(&helen, &format!("/dashboard.xlsx?{path}")).await;
        let parts = book.column("From gross to net", "Part");
        let amounts = book.column("From gross to net", "Amount");
        let part = |name: &str| {
            let at = parts.iter().position(|part| part.get_string() == Some(name)).unwrap();
            in_minor(amounts[at].get_float().unwrap(), digits)
        };
        for (name, figure) in [("Gross saved", "gross"), ("Net saved", "net"), ("− Re-churn", "rechurn")] {
            assert_eq!(part(name), total(figure).await.1, "{name} in {currency}");
        }
        let decided = total("decided").await.0;
        for table in ["Save rate by reason", "Save rate by offer", "Save rate by channel", "Save rate by team"] {
            let sum: f64 = book.column(table, "Decided").iter().map(|cell| cell.get_float().unwrap()).sum();
            assert!((sum - f64::from(i32::try_from(decided).unwrap())).abs() < 0.5, "{table}: {sum}, not {decided}");
        }
        let at_risk = total("at_risk").await.1;
        assert_eq!(book.sum("Why customers ask to leave", "At risk", digits), at_risk);
        // all of them in one list
        let (_, rows) = lines(&bytes(&helen, &format!("/dashboard.csv?{path}")).await);
        let listed = rows.iter().filter(|row| row[0] == "Why customers ask to leave" && row[2] == "At risk");
        let sum: i64 = listed.map(|row| in_minor(row[3].parse().unwrap(), digits)).sum();
        assert_eq!(sum, at_risk);
        assert!(rows.iter().filter(|row| row[2] == "At risk").all(|row| row[4] == currency));
    }
}

#[tokio::test]
async fn targets_and_a_persons_figures_leave_as_they_stand_on_their_pages() {
    let app = TestApp::start().await;
    two_worked(&app).await;
    app.sign_in(Role::Supervisor).await;
    let helen = manager(&app).await;
    let (ada, team): (String, String) =
        sqlx::query_as("select id::text, (select id::text from teams limit 1) from users where name = 'Ada Byrne'")
            .fetch_one(&mut app.owner().await)
            .await
            .unwrap();
    for (whose, figure, value) in
        [(format!("person:{ada}"), "net_saved", "12,000.50"), (format!("team:{team}"), "save_rate", "62.5")]
    {
        let key = Uuid::new_v4().to_string();
        let fields = [
            ("whose", &*whose),
            ("figure", figure),
            ("from", "2026-01"),
            ("value", value),
            ("currency", "USD"),
            ("key", &key),
        ];
        helen.post_form("/targets", &fields).await.expect(303);
    }
    let mut book = Book::open(&helen, "/targets.xlsx").await;
    let page = helen.get("/targets").await.expect(200);
    assert_eq!(book.column("Targets", "Whose").len(), page.texts("tbody tr").len());
    let amount: f64 = book.column("Targets", "Amount a month").iter().filter_map(calamine::DataType::get_float).sum();
    assert_eq!(in_minor(amount, 2), 1_200_050);
    let share: f64 = book.column("Targets", "Share").iter().filter_map(calamine::DataType::get_float).sum();
    assert!((share - 0.625).abs() < 1e-9, "{share}");
    let (_, rows) = lines(&bytes(&helen, "/targets.csv").await);
    assert!(rows.iter().any(|row| row[0] == "Ada Byrne" && row[3] == "2026-01-01" && row[6] == "USD"), "{rows:?}");

    for (currency, digits) in [("USD", 2), ("JPY", 0)] {
        let asked = format!("month=2026-02&currency={currency}");
        let page = helen.get(&format!("/people/{ada}?{asked}")).await.expect(200);
        let file = page.attributes("#files a", "href").into_iter().find(|href| href.contains(".xlsx")).unwrap();
        assert!(file.contains(&asked), "{file}");
        let mut book = Book::open(&helen, &file).await;
        let labels = page.texts("tbody th");
        let values = page.texts("tbody td:nth-child(2) > :first-child");
        let value = |name: &str| values[labels.iter().position(|label| label == name).unwrap()].clone();
        let amounts = book.column("Amounts", "Amount");
        assert_eq!(in_minor(amounts[0].get_float().unwrap(), digits), minor(&value("Net saved revenue"), digits));
        let aims = book.column("Amounts", "Target");
        assert_eq!(aims[0].get_float(), (currency == "USD").then_some(12_000.5), "{currency}");
        let (names, of) = (book.column("Shares", "Figure"), book.column("Shares", "Share"));
        for (name, share) in names.iter().zip(of) {
            let share = share.get_float().map_or_else(|| "–".to_owned(), |share| format!("{:.1}%", share * 100.0));
            assert_eq!(share, value(name.get_string().unwrap()), "{name} in {currency}");
        }
    }
    let me = helen.get("/people/me").await.expect(200);
    assert!(me.has("#files a[href$='.csv'], #files a[href*='.csv?']"));
    let rep = app.sign_in(Role::Rep).await;
    assert!(!rep.get("/people/me").await.expect(200).has("#files"), "reps take nothing out");
}

#[tokio::test]
async fn missed_opportunities_and_coaching_leave_as_they_stand_on_their_pages() {
    let app = TestApp::start().await;
    two_worked(&app).await;
    let helen = manager(&app).await;
    let whole = |cell: &Data| cell.get_float().unwrap().to_string();
    for (currency, digits) in [("USD", 2), ("JPY", 0)] {
        let asked = format!("range=custom&from=2026-01-01&to=2026-02-28&currency={currency}");
        let tiles = helen.get(&format!("/reports/missed?{asked}")).await.expect(200).texts(".tile .v");
        let mut book = Book::open(&helen, &format!("/reports/missed.xlsx?{asked}")).await;
        let cases = book.column("What was missed", "Cases");
        assert_eq!([whole(&cases[0]), whole(&cases[1])], tiles[..2]);
        let at_stake = book.column("What was missed", "At stake")[1].get_float().unwrap();
        assert_eq!(in_minor(at_stake, digits), minor(&tiles[2], digits));
        let (_, rows) = lines(&bytes(&helen, &format!("/reports/missed.csv?{asked}")).await);
        let of_all = |row: &&Vec<String>| row[..3] == ["What was missed", "Lost with something missed", "Cases"];
        assert_eq!(rows.iter().find(of_all).unwrap()[3], tiles[1]);

        let page = helen.get(&format!("/reports/coaching?{asked}")).await.expect(200);
        let mut book = Book::open(&helen, &format!("/reports/coaching.xlsx?{asked}")).await;
        let (names, on_page) = (book.column("People", "Person"), page.texts("#people-table tbody tr"));
        assert_eq!(names.len(), on_page.len());
        assert!(names.iter().zip(&on_page).all(|(name, row)| row.contains(name.get_string().unwrap())), "{on_page:?}");
        let saves: f64 = book.column("People", "Saves").iter().map(|cell| cell.get_float().unwrap()).sum();
        let plain: i64 = sqlx::query_scalar(
            "select count(*) from outcomes
            where own and saved and closed_on between '2026-01-01' and '2026-02-28' and currency = $1",
        )
        .bind(currency)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
        assert_eq!(saves.to_string(), plain.to_string());
    }
}

#[tokio::test]
async fn files_run_nothing_and_are_noted() {
    let app = TestApp::start().await;
    let customer = app.given_customer("=HYPERLINK(\"http://evil.example\")").await;
    app.given_case_with(customer, |new| new.stated_reason = "@SUM(1+1)".to_owned()).await;
    let helen = manager(&app).await;
    let asked = "figure=open_at_risk&from=2026-03-01&to=2026-03-04&currency=USD";
    let (_, rows) = lines(&bytes(&helen, &format!("/reports/rows.csv?{asked}")).await);
    assert_eq!(rows[0][1], "'=HYPERLINK(\"http://evil.example\")");
    let mut book = Book::open(&helen, &format!("/reports/rows.xlsx?{asked}")).await;
    assert_eq!(book.column("Rows", "Customer"), [Data::String("=HYPERLINK(\"http://evil.example\")".to_owned())]);
    assert!(book.0.worksheet_formula("Rows").unwrap().is_empty());
    let noted: Vec<Value> =
        sqlx::query_scalar("select body from audit_entries where action = 'report.exported' order by at, seq")
            .fetch_all(&mut app.owner().await)
            .await
            .unwrap();
    assert_eq!(noted.len(), 2);
    for (note, format) in noted.iter().zip(["csv", "xlsx"]) {
        assert!(note["report"] == "rows" && note["count"] == 1, "{note}");
        assert!(noted.iter().any(|note| note["format"] == format) && note["figure"] == "open_at_risk", "{note}");
    }
    for path in
        ["/dashboard.csv", "/dashboard.xlsx", "/reports/rows.csv", "/reports/credits.xlsx", "/reports/coaching.csv"]
    {
        app.sign_in(Role::Agent).await.get(path).await.expect(403);
    }
}

#[tokio::test]
async fn a_supervisor_takes_out_their_own_team_alone() {
    let app = TestApp::start().await;
    happened(&app, 5, 60).await;
    let of_west = Person { name: "Sam Whitlock", roles: &[Role::Supervisor], team: Some("West"), department: None };
    let sam = app.sign_in_as(of_west).await;
    let asked = "figure=closed&from=2025-12-01&to=2026-03-01&currency=USD&team=00000000-0000-0000-0000-0000000000a2";
    let (_, rows) = lines(&bytes(&sam, &format!("/reports/rows.csv?{asked}")).await);
    let of_team: i64 = sqlx::query_scalar(
        "select count(*) from cases where currency = 'USD' and team_id = '00000000-0000-0000-0000-0000000000a1'",
    )
    .fetch_one(&mut app.owner().await)
    .await
    .unwrap();
    assert_eq!(i64::try_from(rows.len()).unwrap(), of_team);
}

#[tokio::test]
async fn lists_of_credits_problems_and_cases_leave_as_workbooks() {
    let app = TestApp::start().await;
    let customer = app.given_customer("Harborview Dental Group").await;
    app.given_case(customer).await;
    let helen = manager(&app).await;
    let mut cases = Book::open(&helen, "/queue.xlsx?owner=any").await;
    assert_eq!(cases.column("Cases", "Customer"), [Data::String("Harborview Dental Group".to_owned())]);
    assert!(matches!(cases.column("Cases", "Opened")[0], Data::DateTime(_)));
    let mut credits = Book::open(&helen, "/reports/credits.xlsx").await;
    assert_eq!(credits.column("Promised credits", "Credit").len(), 0);
    helen.post_form("/problems", &[("kind", "problem"), ("title", "Bills go out twice"), ("reason", "billing")]).await;
    let mut problems = Book::open(&helen, "/problems.xlsx").await;
    assert_eq!(problems.column("Problems", "Title").len(), problems.column("Problems", "State").len());
}

/// Rows of outcomes, all of one case, past what the desk does when cases are closed: so many that reading them is the work.
async fn given_outcomes(app: &TestApp, many: i32) {
    let customer = app.given_customer("Harborview Dental Group").await;
    let case = app.given_case(customer).await;
    let sql = format!(
        "alter table outcomes disable trigger user;
        insert into outcomes (id, currency, own, case_id, customer_id, one_off, outcome, decided, saved, kind, channel,
            reason, line, opened_at, closed_at, closed_on, risk_minor, kept_minor, concession_minor, downgrade_minor,
            left_out_minor)
        select gen_random_uuid(), 'USD', true, '{case}', '{customer}', false, 'saved_with_offer', true, true,
            'cancellation', 'phone', 'price.too_high', 'Internet', now(), timestamptz '2025-06-01' + n * interval '1 minute',
            date '2025-06-01' + n / 1440, 100000 + n, 90000 + n, 0, 0, 0
        from generate_series(1, {many}) n;
        alter table outcomes enable trigger user;
        analyze outcomes"
    );
    app.owner().await.execute(AssertSqlSafe(audited(&sql))).await.unwrap();
}

/// By hand, see docs/performance.md.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement that takes minutes: it says something on an idle machine alone"]
async fn exports_measured() {
    const ROWS: i32 = 300_000;
    let app = TestApp::start().await;
    given_outcomes(&app, ROWS).await;
    let helen = manager(&app).await;
    let asked = "figure=gross&from=2025-01-01&to=2026-12-31&currency=USD";
    for (format, least) in [("csv", 50_000.0), ("xlsx", 0.0)] {
        let began = Instant::now();
        let file = bytes(&helen, &format!("/reports/rows.{format}?{asked}")).await;
        let rate = f64::from(ROWS) / began.elapsed().as_secs_f64();
        println!("{format}: {rate:.0} rows a second, {} bytes", file.len());
        assert!(rate >= least, "{format}: {rate:.0} rows a second");
    }
}
