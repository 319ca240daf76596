//! What pages ask of the database: each a handful of statements, and never one per row.

use std::fmt::Write as _;

use savedesk::auth::{Can, MakeOffers, Role};
use savedesk::ids::{CaseId, ComplaintId, CustomerId, TeamId};
use savedesk::intake::mapping::Kind as Import;
use savedesk::intake::{FileOptions, run_file};
use savedesk::interactions::{self, Kind, NewInteraction};
use savedesk::processes;
use sqlx::{AssertSqlSafe, Executor as _};
use uuid::Uuid;

use crate::causes::given_problem_of;
use crate::guarantees_promises::{given_line, given_promise};
use crate::support::{Client, Person, TestApp, Wire, given_complaint, percent};

/// The most statements that each page may run: the session with what waits for whoever looks, the page's own, the note of
/// a view. A handful, and eight at the very most.
const BUDGETS: [(&str, usize); 124] = [
    ("/queue", 5),
    ("/queue?owner=any", 4),
    ("/queue?owner=any&peek={case}", 7),
    ("/queue?owner=any&closed=1", 5),
    ("/queue/views/new", 1),
    ("/cases/{case}", 6),
    ("/cases/{deal}", 6),
    ("/cases/{draft}", 6),
    ("/cases/{case}?show=changes", 6),
    ("/cases/{case}/edit", 4),
    ("/cases/{case}/close", 4),
    ("/cases/{deal}/close", 4),
    ("/cases/new", 1),
    ("/cases/new?customer={customer}", 4),
    ("/offers/{offer}", 5),
    ("/offers/{offer}/confirmation", 5),
    ("/follow_ups", 5),
    ("/follow_ups?show=promises", 4),
    ("/follow_ups?show=done", 5),
    ("/follow_ups?layout=week", 4),
    ("/follow_ups/new?case={case}", 2),
    ("/calling_hours", 2),
    ("/requests", 5),
    ("/requests?view=all&peek={request}", 7),
    ("/requests/{request}", 7),
    ("/requests/new", 2),
    ("/requests/new?case={case}", 3),
    ("/requests/forecast", 1),
    ("/processes", 2),
    ("/processes/cancellation", 2),
    ("/processes/cancellation/edit", 2),
    ("/cases/{case}/processes/new", 2),
    ("/cases/{case}/processes/new?kind=escalation", 2),
    ("/case_processes/{process}", 5),
    ("/cases/{cancelled}/cancellation_letter", 5),
    ("/promises?whose=mine", 4),
    ("/lead_times", 2),
    ("/complaints", 4),
    ("/complaints?view=over&source=fcc", 4),
    ("/complaints/new", 3),
    ("/complaints/{complaint}", 6),
    ("/complaints/{complaint}/letter", 4),
    ("/complaint_templates", 2),
    ("/complaint_templates/fcc", 3),
    ("/lead_times/{department}", 4),
    ("/cases/{case}/promises/needs", 3),
    ("/appointments", 3),
    ("/appointments?view=all", 3),
    ("/cases/{case}/appointments/new", 8),
    ("/promise_types", 1),
    ("/promise_types/new", 1),
    ("/problems", 2),
    ("/incidents", 2),
    ("/problems/new", 1),
    ("/problems/new?reason=price", 2),
    ("/problems/{problem}", 7),
    ("/problems/{problem}/edit", 2),
    ("/problems/{problem}/cases", 3),
    ("/problems/{problem}/link", 3),
    ("/recoding", 3),
    ("/recoding/other", 2),
    ("/recoding/{sample}", 4),
    ("/recoding/{sample}/cases", 3),
    ("/recoding/other?which=coded", 2),
    ("/problems/{problem}/cases?which=stake", 3),
    ("/recoding/{sample}/{case}", 6),
    ("/customers", 4),
    ("/customers/new", 1),
    ("/customers/{customer}", 5),
    ("/customers/{saved}", 5),
    ("/customers/{customer}/edit", 4),
    ("/promises?whose=everyone", 4),
    ("/dashboard", 3),
    ("/dashboard?driver=price&team={team}", 3),
    ("/reports/rows?figure=decided", 4),
    ("/reports/credits", 2),
    ("/reports/missed", 4),
    ("/reports/coaching", 4),
    ("/people/me", 4),
    ("/people/{user}?month=2026-02", 4),
    ("/targets", 2),
    ("/targets/new", 1),
    ("/reports/mail", 3),
    ("/customers/{customer}/status", 2),
    ("/customers/{customer}/link", 3),
    ("/customers/{customer}/consents", 2),
    ("/customers/{customer}/contacts/new", 2),
    ("/customers/{customer}/subscriptions/new", 2),
    ("/subscriptions/{subscription}/edit", 5),
    ("/subscriptions/{subscription}/costs", 6),
    ("/subscriptions/{subscription}/costs/new", 3),
    ("/search?q=harbor", 3),
    ("/approvals", 6),
    ("/approvals/{approval}", 6),
    ("/approvals?view=decided", 2),
    ("/approvals?view=limits", 2),
    ("/approvals?view=patterns", 4),
    ("/offer_types", 1),
    ("/offer_types/new", 1),
    ("/offer_types/percent_discount", 2),
    ("/offer_types/percent_discount/versions/new", 1),
    ("/offer_types/test", 1),
    ("/offer_types/test?customer={customer}", 5),
    ("/limits", 1),
    ("/limits/versions", 3),
    ("/imports", 2),
    ("/imports/new", 1),
    ("/users", 2),
    ("/users/new", 1),
    ("/users/{user}", 4),
    ("/users?role=agent", 2),
    ("/teams", 3),
    ("/teams/new", 1),
    ("/teams/{team}", 2),
    ("/outbox", 3),
    ("/outbox?stage=parked", 3),
    ("/audit", 4),
    ("/audit?what=case_viewed", 4),
    ("/profile", 2),
    ("/profile/sessions", 2),
    ("/profile/notifications", 2),
    ("/notifications", 2),
    ("/notifications/bell", 1),
    ("/absences", 3),
];

/// How many statements a page runs, once the connections know them: the first time some ask for the names of types.
async fn count(client: &Client, wire: &Wire, path: &str) -> usize {
    let mut least = usize::MAX;
    for _ in 0..7 {
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
        let case = app.given_case(customer).await;
        given_promise(app, case, 4).await;
        given_line(app, customer, "4711", 4).await;
        given_complaint(app, customer).await;
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
    let case: CaseId = sqlx::query_scalar("select id from cases where customer_id = $1 and kind = 'cancellation'")
        .bind(customer)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    talk(&app, case, 5).await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    // one offer waits for a yes, another was presented, a third is drafted
    let deal = app.given_case_to_save("Harborview Dental").await;
    let offer = app.given_offer(&agent, deal, percent(20, 12)).await.unwrap().id;
    let approval = app.ask(&agent, offer, 1).await.unwrap().id;
    let saved = app.given_case_to_save("Harbor Glass").await;
    let shown = app.given_offer(&agent, saved, percent(5, 6)).await.unwrap().id;
    app.present(&agent, shown, 1).await.unwrap();
    let draft = app.given_case_to_save("Harbor Oak").await;
    app.given_offer(&agent, draft, percent(5, 6)).await.unwrap();
    let works = agent.and().unwrap();
    let facts = ["Cloud voice", "2026-04-01"];
    let process = app.start_process(&works, saved.0, processes::Kind::Cancellation, &facts).await.unwrap().id;
    let cancelled = saved.0;
    let (request, department) = app.given_request(case, "Billing").await;
    let (problem, sample) = given_problem_of(&app, case).await;
    let mut owner = app.owner().await;
    let customer_of = "select customer_id from cases where id = $1";
    let saved: CustomerId = sqlx::query_scalar(customer_of).bind(saved.0).fetch_one(&mut owner).await.unwrap();
    let team: TeamId = sqlx::query_scalar("select id from teams limit 1").fetch_one(&mut owner).await.unwrap();
    let complaint_of = "select id from complaints where customer_id = $1";
    let complaint: ComplaintId = sqlx::query_scalar(complaint_of).bind(customer).fetch_one(&mut owner).await.unwrap();
    let named = [
        ("{complaint}", complaint.to_string()),
        ("{process}", process.to_string()),
        ("{cancelled}", cancelled.to_string()),
        ("{problem}", problem.to_string()),
        ("{sample}", sample.to_string()),
        ("{request}", request.to_string()),
        ("{department}", department.to_string()),
        ("{case}", case.to_string()),
        ("{deal}", deal.0.to_string()),
        ("{draft}", draft.0.to_string()),
        ("{customer}", customer.to_string()),
        ("{saved}", saved.to_string()),
        ("{subscription}", deal.1.to_string()),
        ("{offer}", shown.to_string()),
        ("{approval}", approval.to_string()),
        ("{user}", manager.user.unwrap().to_string()),
        ("{team}", team.to_string()),
    ];
    let address = |path: &str| named.iter().fold(path.to_owned(), |path, (name, id)| path.replace(name, id));
    let mut few = Vec::new();
    for (path, _) in BUDGETS {
        few.push(count(&manager, &wire, &address(path)).await);
    }
    fill(&app, 40).await;
    talk(&app, case, 40).await;
    for _ in 0..5 {
        given_promise(&app, case, 4).await;
    }
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

#[tokio::test]
async fn the_audit_page_reads_fifty_entries_off_an_index_and_no_table_for_their_names() {
    let (app, wire) = TestApp::start_counted().await;
    let admin = app.sign_in(Role::Admin).await;
    let mut owner = app.owner().await;
    for statement in [
        "set session_replication_role = replica",
        "insert into customers (id, account_number, name, status, tier, customer_since, created_at, currency)
            select gen_random_uuid(), 'AU' || n, 'Customer ' || n, 'active', 'rest', '2020-01-01', '2026-01-01', 'USD'
            from generate_series(1, 3000) as n",
        "insert into audit_entries (shard, seq, at, via, action, subject_kind, subject_id, customer_id, body, prev, hash)
            select 0, 1000 + k.n, timestamptz '2026-01-01' + k.n * interval '1 minute', 'page', 'customer.viewed',
                'customer', k.id, k.id, '{}', '', ''
            from (select id, row_number() over () as n from customers cross join generate_series(1, 10)) as k",
        "set session_replication_role = origin",
        "vacuum analyze audit_entries, customers",
    ] {
        owner.execute(statement).await.unwrap();
    }
    assert_eq!(admin.get("/audit").await.expect(200).texts("tbody tr").len(), 50);
    let asked = wire.prepared().into_iter().find(|sql| sql.contains("from audit_entries where")).unwrap();
    owner.execute(AssertSqlSafe(format!("prepare asked as {asked}"))).await.unwrap();
    let plan: Vec<String> = sqlx::query_scalar("explain (analyze, buffers, costs off) execute asked(51)")
        .fetch_all(&mut owner)
        .await
        .unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("audit_entries_at") && !plan.contains("Seq Scan"), "{plan}");
    let read = plan.lines().find_map(|line| line.split("Buffers: shared hit=").nth(1)).unwrap();
    let read: i64 = read.split_whitespace().next().unwrap().parse().unwrap();
    assert!(read < 51 * 8, "{plan}");
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
