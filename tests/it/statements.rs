//! What pages ask of the database: each a handful of statements, and never one per row.

use std::fmt::Write as _;

use savedesk::auth::{Can, Role};
use savedesk::ids::{CaseId, CustomerId};
use savedesk::intake::mapping::Kind as Import;
use savedesk::intake::{FileOptions, run_file};
use savedesk::interactions::{self, Kind, NewInteraction};
use uuid::Uuid;

use crate::support::{Client, Person, TestApp, Wire};

/// The most statements that each page may run: the session, what waits for whoever looks, the page's own, the note of a
/// view.
const BUDGETS: [(&str, usize); 22] = [
    ("/queue", 6),
    ("/queue?owner=any", 5),
    ("/queue?owner=any&peek={case}", 11),
    ("/queue?owner=any&closed=1", 6),
    ("/cases/{case}", 21),
    ("/cases/{case}/edit", 8),
    ("/cases/{case}/close", 7),
    ("/cases/new", 3),
    ("/cases/new?customer={customer}", 8),
    ("/follow_ups", 7),
    ("/follow_ups?show=promises", 7),
    ("/follow_ups?layout=week", 7),
    ("/follow_ups/new?case={case}", 5),
    ("/customers", 5),
    ("/customers/{customer}", 15),
    ("/customers/{customer}/edit", 4),
    ("/search?q=harbor", 4),
    ("/users", 5),
    ("/teams", 4),
    ("/audit", 7),
    ("/imports", 4),
    ("/profile", 7),
];

/// How many statements a page runs, once the connections know them: the first time some ask for the names of types.
async fn count(client: &Client, wire: &Wire, path: &str) -> usize {
    let mut least = usize::MAX;
    for _ in 0..8 {
        let before = wire.ran();
        client.get(path).await.expect(200);
        least = least.min(wire.ran() - before);
    }
    least
}

/// Customers with a case each, that differ as those of a desk do.
async fn fill(app: &TestApp, many: usize) -> Vec<CustomerId> {
    let mut customers = Vec::with_capacity(many);
    for at in 0..many {
        let customer = app.given_customer(&format!("Harbor Dental {at}")).await;
        app.given_subscription(customer).await;
        app.given_case(customer).await;
        app.given_person(Person { name: "Mia Brandt", roles: &[Role::Agent], ..Person::default() }).await;
        customers.push(customer);
    }
    customers
}

/// Entries in the log of one case.
async fn talk(app: &TestApp, case: CaseId, times: usize) {
    let mut tx = app.begin().await;
    for _ in 0..times {
        let note =
            NewInteraction { kind: Kind::Note, direction: None, body: "Called back.".to_owned(), next_step: None };
        interactions::log(&mut tx, &Can::desk(), case, note).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn pages_ask_a_handful_of_statements_and_none_per_row() {
    let (app, wire) = TestApp::start_counted().await;
    let roles = [Role::Manager, Role::Admin, Role::Privacy];
    let manager = app.sign_in_as(Person { name: "Helen", roles: &roles, team: Some("North"), department: None }).await;
    let customer = fill(&app, 10).await[0];
    app.given_subscription(customer).await;
    let case = sqlx::query_scalar("select id from cases where customer_id = $1")
        .bind(customer)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    talk(&app, case, 5).await;
    let address = |path: &str| path.replace("{case}", &case.to_string()).replace("{customer}", &customer.to_string());
    let mut few = Vec::new();
    for (path, _) in BUDGETS {
        few.push(count(&manager, &wire, &address(path)).await);
    }
    fill(&app, 40).await;
    talk(&app, case, 40).await;
    for _ in 0..10 {
        app.given_subscription(customer).await;
    }
    let mut wrong = String::new();
    for ((path, budget), few) in BUDGETS.into_iter().zip(few) {
        let many = count(&manager, &wire, &address(path)).await;
        eprintln!("{path}: {few} statements with few rows, {many} with many, budget {budget}");
        if few > budget || many > few {
            writeln!(wrong, "{path} ran {few} statements with few rows, {many} with many; its budget is {budget}")
                .unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// How many statements it takes to bring in a file of so many customers who left.
async fn bring(app: &TestApp, wire: &Wire, many: usize) -> usize {
    let mut file = String::from("Account number,Name,City,E-mail,Product,Monthly price,Churn,Churn reason\n");
    for at in 0..many {
        writeln!(file, "N-{at},Nora Vance {at},Dayton,nora{at}@example.org,Cloud voice,20.00,Yes,Price too high")
            .unwrap();
    }
    let path = std::env::temp_dir().join(format!("{}.csv", Uuid::new_v4().simple()));
    std::fs::write(&path, file).unwrap();
    let before = wire.ran();
    let options = FileOptions { path: path.clone(), kind: Some(Import::Customers), ..FileOptions::default() };
    let summary = run_file(&app.db, options).await.unwrap();
    let ran = wire.ran() - before;
    std::fs::remove_file(path).unwrap();
    assert_eq!(summary.refusals, []);
    eprintln!("{many} customers: {ran} statements, {:?}", summary.counts);
    ran
}

#[tokio::test]
async fn an_import_asks_a_few_statements_for_a_new_row_and_fewer_than_rows_for_those_that_are_here() {
    let (app, wire) = TestApp::start_counted().await;
    let first = bring(&app, &wire, 200).await;
    let again = bring(&app, &wire, 200).await;
    let more = bring(&app, &wire, 600).await;
    let unchanged = bring(&app, &wire, 600).await;
    // a customer with a contact and a subscription, their search terms, and a closed case
    assert!(first < 200 * 25, "{first} statements for 200 new customers");
    assert!(more < 400 * 25 + again, "{more} statements for 400 new customers among 600");
    // those that are here are looked up and noted several at a time
    assert!(again < 200 && unchanged < again + 400 / 2, "{again} statements for 200 customers, {unchanged} for 600");
}
