//! The queue: its order, its views and their counts, taking and giving cases, the file of a list, news for open pages.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::{Method, Response};
use savedesk::audit::{self, Action, Entry, Subject};
use savedesk::auth::{AssignCases, Role};
use savedesk::cases::{self, Kind};
use savedesk::ids::{CaseId, CustomerId, UserId};
use savedesk::money::{Currency, Money};
use sqlx::{AssertSqlSafe, Executor as _};

use crate::support::{Client, Page, Person, TestApp, filled};

/// A case as the queue sees it.
#[derive(Clone, Copy, Debug)]
struct Listed {
    id: CaseId,
    due: Option<DateTime<Utc>>,
    value: i64,
}

impl Listed {
    /// Most urgent first; at the same time more at risk first.
    fn key(&self) -> (bool, Option<DateTime<Utc>>, i64, uuid::Uuid) {
        (self.due.is_none(), self.due, -self.value, self.id.uuid())
    }
}

/// Cases of one owner, due in so many hours (none: never) and worth so much.
async fn given_listed(app: &TestApp, owner: UserId, facts: &[(Option<i64>, i64)]) -> Vec<Listed> {
    let mut tx = app.begin().await;
    let mut listed = Vec::new();
    for (hours, value) in facts {
        let (id, customer) = (CaseId::new(), CustomerId::new());
        let due = hours.map(|hours| tx.now() + TimeDelta::hours(hours));
        let now = tx.now();
        sqlx::query("insert into customers (id, name, created_at) values ($1, 'Tidewater Legal', $2)")
            .bind(customer)
            .bind(now)
            .execute(&mut *tx)
            .await
            .unwrap();
        sqlx::query(
            "insert into cases (id, customer_id, kind, channel, value_at_risk_minor, currency, owner_id, opened_at,
                next_action, next_due_at, next_due_from, next_due_because)
             values ($1, $2, 'complaint', 'phone', $3, 'USD', $4, $5, 'Call back', $6, $5, 'agreed')",
        )
        .bind(id)
        .bind(customer)
        .bind(value)
        .bind(owner)
        .bind(now)
        .bind(due)
        .execute(&mut *tx)
        .await
        .unwrap();
        listed.push(Listed { id, due, value: *value });
    }
    audit::record(&mut tx, Entry::new(Action::CaseOpened, Subject::Desk)).await.unwrap();
    tx.commit().await.unwrap();
    listed
}

fn rows(page: &Page) -> Vec<CaseId> {
    page.attributes("tr[data-peek-id]", "data-peek-id").iter().map(|id| id.parse().unwrap()).collect()
}

fn link(page: &Page, rel: &str) -> Option<String> {
    page.attributes(&format!(".pager a[rel='{rel}']"), "href").into_iter().next()
}

/// Every row of a list, page by page.
async fn walk(client: &Client, from: &str, rel: &str) -> (Vec<CaseId>, String) {
    let (mut all, mut at) = (Vec::new(), from.to_owned());
    loop {
        let page = client.get(&at).await.expect(200);
        let mut ids = rows(&page);
        if rel == "prev" {
            ids.reverse();
        }
        all.extend(ids);
        match link(&page, rel) {
            Some(next) => at = next,
            None => return (all, at),
        }
    }
}

#[test]
fn paging_gives_each_case_once_in_order_both_ways_also_with_ties() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let app = runtime.block_on(TestApp::start());
    let facts = prop::collection::vec((prop::option::weighted(0.8, -2_i64..4), 0_i64..3), 0..140);
    let mut runner = TestRunner::new(Config { cases: 6, failure_persistence: None, ..Config::default() });
    let ran = runner.run(&facts, |facts| {
        runtime.block_on(async {
            let agent = app.sign_in(Role::Agent).await;
            let mut listed = given_listed(&app, agent.user.unwrap(), &facts).await;
            listed.sort_by_key(Listed::key);
            let expected: Vec<CaseId> = listed.iter().map(|case| case.id).collect();
            let (forward, last) = walk(&agent, "/queue", "next").await;
            prop_assert_eq!(&forward, &expected);
            let (mut backward, _) = walk(&agent, &last, "prev").await;
            backward.reverse();
            prop_assert_eq!(&backward, &expected);
            Ok(())
        })
    });
    ran.unwrap();
}

#[tokio::test]
async fn cases_stand_under_headings_that_count_the_whole_list() {
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    // ten in the morning: two, ten and fifty hours on, and never
    let facts = [(Some(-1), 500), (Some(2), 100), (Some(10), 100), (Some(50), 100), (None, 100)];
    given_listed(&app, agent.user.unwrap(), &facts).await;
    let page = agent.get("/queue").await.expect(200);
    assert_eq!(
        page.texts("tr.grp"),
        ["Overdue or due within 4 hours 2", "Later today 1", "After today 1", "Nothing due 1"]
    );
    assert_eq!(page.text("header.head p"), "5 cases, $9 at risk");
    assert!(page.text("td.c-sla").starts_with("1 h late"), "{}", page.text("td.c-sla"));
    assert!(page.attributes("td.c-sla", "title")[0].contains("agreed"));
    assert!(page.body.contains("Most urgent first: by when it is due; same time, more at risk first"));
}

#[tokio::test]
async fn every_count_opens_the_rows_it_counts() {
    let app = TestApp::start().await;
    let agent = app
        .sign_in_as(Person { name: "Priya Raman", roles: &[Role::Agent], team: Some("North"), ..Person::default() })
        .await;
    let other = app
        .sign_in_as(Person { name: "Dana Okafor", roles: &[Role::Manager], team: Some("South"), ..Person::default() })
        .await;
    given_listed(&app, agent.user.unwrap(), &[(Some(-1), 2_000_000), (Some(3), 5), (None, 1_000_000)]).await;
    for kind in [Kind::Cancellation, Kind::WinBack, Kind::Complaint] {
        let customer = app.given_customer("Castellan Freight").await;
        app.given_case_with(customer, |new| {
            new.kind = kind;
            new.value_at_risk = Money::new(1_000_001, Currency::JPY);
        })
        .await;
    }
    other
        .post_form(
            "/queue/views",
            &[("name", "Urgent complaints"), ("query", "kind=complaint&due=overdue"), ("shared", "on")],
        )
        .await
        .expect(303);
    let page = agent.get("/queue").await.expect(200);
    let mut counted = 0;
    for (links, count) in [(".views a", ".views a .count"), ("#more-views a:has(.count)", "#more-views a .count")] {
        let (links, counts) = (page.attributes(links, "href"), page.texts(count));
        assert_eq!(links.len(), counts.len());
        for (href, count) in links.iter().zip(counts) {
            let list = agent.get(href).await.expect(200);
            assert_eq!(rows(&list).len().to_string(), count, "{href}");
            assert!(list.text("header.head p").starts_with(&format!("{count} ")), "{href}");
            assert!(list.has("[aria-current='page']"));
            counted += 1;
        }
    }
    assert!(counted > 15, "{counted}");
    assert!(page.texts(".views a").contains(&"Urgent complaints 1".to_owned()), "{:?}", page.texts(".views a"));
    assert!(page.texts(".views a").contains(&"Over 10,000 4".to_owned()), "{:?}", page.texts(".views a"));
}

#[tokio::test]
async fn filters_narrow_and_each_can_be_taken_away() {
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    let customer = app.given_customer("Olivia Brandt").await;
    let price = app.given_case(customer).await;
    let other = app
        .given_case_with(customer, |new| {
            new.kind = Kind::Complaint;
            new.reason = Some("billing.wrong_charge".to_owned());
        })
        .await;
    for (query, expected) in [
        ("reason=price", vec![price]),
        ("reason=billing", vec![other]),
        ("kind=complaint&channel=phone&stage=new&priority=2&owner=none", vec![other]),
        ("over=27719&kind=cancellation", vec![price]),
        ("over=27720", vec![]),
        ("line=order", vec![]),
        ("closed=1", vec![]),
        ("waiting=customer", vec![]),
    ] {
        let page = agent.get(&format!("/queue?{query}")).await.expect(200);
        assert_eq!(rows(&page), expected, "{query}");
        let names = query.split('&').count();
        let removers = page.attributes(".fchip a", "href");
        assert_eq!(removers.len(), names, "{query}");
    }
    let page = agent.get("/queue?kind=complaint&owner=none").await;
    assert_eq!(page.attributes(".fchip a", "href"), ["/queue?kind=complaint", "/queue?owner=none"]);
    assert_eq!(page.texts(".fchip:not(.add)"), ["Owneris nobody", "Kindis complaint"]);
}

#[tokio::test]
async fn many_are_given_each_for_itself_with_a_result_per_row() {
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    let me = agent.user.unwrap();
    let elsewhere =
        app.given_person(Person { name: "Sam", roles: &[Role::Agent], team: Some("South"), ..Person::default() }).await;
    let customer = app.given_customer("Peakline Fitness").await;
    let free = app.given_case(customer).await;
    let mine = app.given_case_with(customer, |new| {
        new.kind = Kind::Downgrade;
        new.owner = Some(me);
    });
    let mine = mine.await;
    let theirs = app.given_case_with(customer, |new| {
        new.kind = Kind::Complaint;
        new.owner = elsewhere.id;
        new.team = elsewhere.team;
    });
    let theirs = theirs.await;
    let key = uuid::Uuid::new_v4().to_string();
    let ids = [free, mine, theirs].map(|case| case.to_string());
    let fields = [("key", key.as_str()), ("owner", "me"), ("case", &ids[0]), ("case", &ids[1]), ("case", &ids[2])];
    for _ in 0..2 {
        let page = agent.post_form("/queue/assignment", &fields).await.expect(200);
        assert_eq!(page.text("h1"), "1 of 3 cases assigned to you");
        assert_eq!(page.texts("tbody .pill"), ["Assigned", "Was theirs already", "Not assigned"]);
        assert!(page.text("tbody tr:nth-child(3)").contains("belongs to another team"));
    }
    assert_eq!(app.case_column(free, "owner_id").await, Some(me.to_string()));
    assert_eq!(app.case_column(theirs, "owner_id").await, elsewhere.id.map(|id| id.to_string()));
    assert_eq!(app.audited(free, "case.assigned").await, 1);
    let via: String =
        sqlx::query_scalar("select via from audit_entries where subject_id = $1 and action = 'case.assigned'")
            .bind(free)
            .fetch_one(&mut app.owner().await)
            .await
            .unwrap();
    assert_eq!(via, "bulk");
    let too_many: Vec<String> = (0..201).map(|_| CaseId::new().to_string()).collect();
    let mut fields = vec![("owner", "me")];
    fields.extend(too_many.iter().map(|id| ("case", id.as_str())));
    assert!(agent.post_form("/queue/assignment", &fields).await.expect(409).body.contains("at most 200"));
}

#[tokio::test]
async fn two_people_who_take_next_at_once_get_two_cases() {
    let app = TestApp::start().await;
    let customer = app.given_customer("Ravi Menon").await;
    let cases = [app.given_case(customer).await, app.given_case_with(customer, |new| new.kind = Kind::Complaint).await];
    let agent = app.sign_in(Role::Agent).await;
    let can = app.can::<AssignCases>(Role::Rep).await;
    // the first has taken, and has not committed yet
    let mut first = app.begin().await;
    let taken = cases::take_next(&mut first, &can).await.unwrap().unwrap();
    let second = agent.post_form("/queue/next", &[]).await.expect(303);
    first.commit().await.unwrap();
    let second: CaseId = second.location().strip_prefix("/cases/").unwrap().parse().unwrap();
    assert_ne!(taken.case, second);
    assert_eq!(HashSet::from([taken.case, second]), HashSet::from(cases));
    let none = agent.post_form("/queue/next", &[]).await.expect(303);
    assert_eq!(none.location(), "/queue");
    assert!(agent.get("/queue").await.text(".toast").contains("Nothing is free"));
}

#[tokio::test]
async fn taking_says_why_and_can_be_taken_back() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Daniel Osei").await).await;
    let rep = app.sign_in(Role::Rep).await;
    rep.post_form("/queue/next", &[]).await.expect(303);
    let page = rep.get("/queue").await;
    assert!(page.text(".toast").contains("sooner than any other free case"), "{}", page.text(".toast"));
    assert_eq!(rows(&page), [case]);
    let undo = page.attributes(".toast form", "action").remove(0);
    let fields: Vec<(String, String)> =
        page.attributes(".toast input", "name").into_iter().zip(page.attributes(".toast input", "value")).collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    rep.post_form(&undo, &fields).await.expect(303);
    assert_eq!(app.case_column(case, "owner_id").await, None);
}

#[tokio::test]
async fn whoever_comes_too_late_is_told_who_has_it() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("James Hollis").await).await;
    let [dana, priya] = ["Dana Okafor", "Priya Raman"].map(|name| Person {
        name,
        roles: &[Role::Agent],
        team: Some("North"),
        ..Person::default()
    });
    let (dana, priya) = (app.sign_in_as(dana).await, app.sign_in_as(priya).await);
    let address = format!("/cases/{case}/assignment");
    dana.post_form(&address, &[("owner", "me"), ("from", "none")]).await.expect(303);
    let refused = priya.post_form(&address, &[("owner", "me"), ("from", "none")]).await.expect(409);
    assert!(refused.body.contains("Dana Okafor has SD-"), "{}", refused.body);
    assert_eq!(app.case_column(case, "owner_id").await, dana.user.map(|id| id.to_string()));
    let refused = priya.post_form(&address, &[("owner", "someone")]).await.expect(409);
    assert!(refused.body.contains("Choose somebody who works cases"));
}

#[tokio::test]
async fn a_view_is_saved_renamed_shared_and_deleted() {
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    let form = [("name", " Big  complaints "), ("query", "kind=complaint&over=5000&evil=1")];
    let to = agent.post_form("/queue/views", &form).await.expect(303);
    assert_eq!(to.location(), "/queue?kind=complaint&over=5000");
    let page = agent.get(to.location()).await;
    assert_eq!(page.text("h1"), "Big complaints");
    let again = agent.post_form("/queue/views", &form).await.expect(422);
    assert!(again.text(".err").contains("a view of this name already"));
    agent.post_form("/queue/views", &[("name", "x"), ("shared", "on")]).await.expect(403);
    let edit = page.attributes("a[href^='/queue/views/']", "href").remove(0);
    let opened = agent.get(&edit).await.expect(200);
    let version = opened.field("version");
    let save = |name: &'static str| {
        let (agent, edit) = (agent.clone(), edit.clone());
        async move { agent.post_form(&edit, &[("name", name), ("was_name", "Big complaints")]).await }
    };
    save("Complaints").await.expect(303);
    // a second form that was opened before that (R6)
    let conflict = save("Large complaints").await.expect(409);
    assert_eq!(conflict.attributes("input[type=radio]", "value"), ["Complaints", "Large complaints"]);
    let removal = format!("{edit}/removal");
    assert!(agent.post_form(&removal, &[("version", &version)]).await.expect(409).body.contains("was changed since"));
    let version = agent.get(&edit).await.field("version");
    agent.post_form(&removal, &[("version", &version)]).await.expect(303);
    agent.get(&edit).await.expect(404);
}

#[tokio::test]
async fn columns_are_kept() {
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    given_listed(&app, agent.user.unwrap(), &[(Some(1), 1)]).await;
    assert!(agent.get("/queue").await.has("th.c-st"));
    agent.post_form("/queue/columns", &[("column", "kind"), ("column", "password")]).await.expect(303);
    let page = agent.get("/queue").await;
    assert!(!page.has("th.c-st") && page.has("th.c-more"));
    assert_eq!(page.text("td.c-more"), "Complaint");
}

#[tokio::test]
async fn closed_cases_are_counted_to_ten_thousand() {
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    let customer = app.given_customer("Harborview Dental Group").await;
    let closed = |many: i32| {
        format!(
            "set session_replication_role = replica;
            insert into cases (id, customer_id, kind, channel, stage, value_at_risk_minor, currency, opened_at, reason, outcome,
                value_kept_minor, closed_at)
            select gen_random_uuid(), '{customer}', 'complaint', 'phone', 'closed', 1000, 'USD', '2026-01-01', 'price.too_high',
                'lost', 0, '2026-01-02'
            from generate_series(1, {many})"
        )
    };
    let mut owner = app.owner().await;
    owner.execute(AssertSqlSafe(closed(10_000))).await.unwrap();
    let page = agent.get("/queue?closed=1").await.expect(200);
    assert!(page.text("header.head p").starts_with("10000 cases, $"), "{}", page.text("header.head p"));
    owner.execute(AssertSqlSafe(closed(1))).await.unwrap();
    let page = agent.get("/queue?closed=1").await.expect(200);
    assert_eq!(page.text("header.head p"), "more than 10,000 cases");
    assert!(page.body.contains("50 of more than 10,000 cases"));
}

#[tokio::test]
async fn the_file_of_a_list_runs_nothing_and_is_noted() {
    let app = TestApp::start().await;
    let customer = app.given_customer("=HYPERLINK(\"http://evil.example\")").await;
    app.given_case_with(customer, |new| new.stated_reason = "@SUM(1+1)\nand \"more\"".to_owned()).await;
    let agent = app.sign_in(Role::Agent).await;
    let file = agent.get("/queue.csv?owner=any").await.expect(200);
    assert!(file.body.contains("\"'=HYPERLINK(\"\"http://evil.example\"\")\""), "{}", file.body);
    assert!(file.body.contains("\"'@SUM(1+1)\nand \"\"more\"\"\""));
    assert_eq!(file.headers["content-disposition"], "attachment; filename=\"cases-2026-03-04.csv\"");
    let mut reader = csv::Reader::from_reader(file.body.trim_start_matches('\u{feff}').as_bytes());
    assert_eq!(reader.records().count(), 1);
    let noted: serde_json::Value = sqlx::query_scalar("select body from audit_entries where action = 'cases.exported'")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    assert_eq!(noted["count"], 1);
    assert_eq!(noted["filter"], "owner=any");
    app.sign_in(Role::Rep).await.get("/queue.csv").await.expect(403);
}

#[tokio::test]
async fn an_export_of_many_holds_each_case_once() {
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    given_listed(&app, agent.user.unwrap(), &vec![(Some(1), 7); 1_003]).await;
    let file = agent.get("/queue.csv").await.expect(200);
    let mut reader = csv::Reader::from_reader(file.body.as_bytes());
    let numbers: HashSet<String> = reader.records().map(|record| record.unwrap()[0].to_owned()).collect();
    assert_eq!(numbers.len(), 1_003);
    assert_eq!(file.body.matches("SD-").count(), 1_003);
}

#[tokio::test]
async fn the_preview_shows_why_and_what_is_due_and_is_noted() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Harborview Dental Group").await).await;
    let agent = app.sign_in(Role::Agent).await;
    let part = agent.get_fragment(&format!("/queue/peek/{case}"), "peek").await.expect(200);
    assert!(part.body.trim_start().starts_with("<aside"));
    assert_eq!(part.text("h2"), "Harborview Dental Group");
    assert!(part.body.contains("“Voxly quoted us $39 a seat.”"));
    assert!(part.texts(".todo li").iter().any(|due| due.contains("Due Wed 4 Mar") || due.contains("Due Thu 5 Mar")));
    assert_eq!(app.audited(case, "case.viewed").await, 1);
    let page = agent.get(&format!("/queue/peek/{case}")).await.expect(303);
    let page = agent.follow(&page).await.expect(200);
    assert!(page.has(".split[data-peek] .peek"));
    agent.get_fragment(&format!("/queue/peek/{}", CaseId::new()), "peek").await.expect(404);
}

/// A stream of news that a page listens to.
struct News {
    response: Response,
    heard: String,
}

impl News {
    async fn listen(client: &Client, path: &str) -> Self {
        let response = client.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, heard: String::new() }
    }

    /// Waits for an event that holds these words.
    async fn hears(&mut self, event: &str, data: &str) {
        let wanted = format!("event: {event}\ndata: {data}\n");
        while !self.heard.contains(&wanted) {
            let chunk = tokio::time::timeout(Duration::from_secs(30), self.response.chunk()).await;
            let chunk = chunk.unwrap_or_else(|_| panic!("waited for {wanted}, heard {}", self.heard));
            self.heard.push_str(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap());
        }
    }
}

#[tokio::test]
async fn open_pages_hear_of_changes_and_of_new_cases() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Lakeshore Veterinary").await).await;
    app.clock.advance(TimeDelta::minutes(1));
    let [watcher, agent] = [app.sign_in(Role::Agent).await, app.sign_in(Role::Agent).await];
    let page = watcher.get("/queue?owner=any").await;
    let mut all = News::listen(&watcher, &page.attributes("body", "data-live")[0]).await;
    let mut mine = News::listen(&agent, "/live?topic=queue&owner=me").await;
    app.wait_for_live().await;
    agent.post_form("/queue/next", &[]).await.expect(303);
    let topic = format!("{{\"topic\":\"case:{case}\"}}");
    all.hears("changed", &topic).await;
    all.hears("queue", "{\"count\":1}").await;
    mine.hears("queue", "{\"count\":1}").await;
    let row = watcher.get_fragment(&format!("/queue/rows/{case}?most=100"), &format!("case-{case}")).await.expect(200);
    assert!(row.body.contains("Retention agent"), "{}", row.body);
    let another = app.given_case(app.given_customer("Sofia Marchetti").await).await;
    all.hears("changed", &format!("{{\"topic\":\"case:{another}\"}}")).await;
    app.stop().await;
}

#[tokio::test]
async fn open_pages_hear_what_may_be_offered_from_now_on() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Lakeshore Veterinary").await).await;
    let [agent, manager] = [app.sign_in(Role::Agent).await, app.sign_in(Role::Manager).await];
    let page = agent.get("/limits").await.expect(200);
    assert_eq!(page.attributes("body", "data-live"), ["/live?topic=limits"]);
    assert!(page.has("#limits-table[data-live-topic=limits]"));
    let page = agent.get("/offer_types").await.expect(200);
    assert_eq!(page.attributes("body", "data-live"), ["/live?topic=offer_types"]);
    let mut catalogue = News::listen(&agent, "/live?topic=offer_types").await;
    let mut builder = News::listen(&agent, &format!("/live?topic=case:{case}")).await;
    app.wait_for_live().await;
    let form = manager.get("/limits").await.expect(200).form("#limits");
    let typed = filled(&form, &[("percent_discount-agent-percent", "60")]);
    let page = manager.post_form("/limits/review", &typed).await.expect(422);
    assert!(!page.has("main [data-live-topic]"), "what somebody has typed is not replaced");
    let typed = filled(&form, &[("percent_discount-agent-percent", "18")]);
    let reviewed = manager.post_form("/limits/review", &typed).await.expect(200).form("form[action='/limits']");
    manager.post_form("/limits", &filled(&reviewed, &[("why", "Fewer waits")])).await.expect(303);
    catalogue.hears("changed", "{\"topic\":\"limits\"}").await;
    builder.hears("changed", "{\"topic\":\"limits\"}").await;
}

#[tokio::test]
async fn who_looks_at_a_case_is_shown_to_others_and_gone_when_the_page_is() {
    let app = TestApp::start().await;
    let case = app.given_case(app.given_customer("Northgate Property").await).await;
    let [dana, priya] = ["Dana Okafor", "Priya Raman"].map(|name| Person {
        name,
        roles: &[Role::Agent],
        team: Some("North"),
        ..Person::default()
    });
    let (dana, priya) = (app.sign_in_as(dana).await, app.sign_in_as(priya).await);
    let path = format!("/live?topic=case:{case}");
    let mut first = News::listen(&dana, &path).await;
    app.wait_for_live().await;
    let mut second = News::listen(&priya, &path).await;
    first.hears("viewers", "[\"Priya Raman\"]").await;
    second.hears("viewers", "[\"Dana Okafor\"]").await;
    drop(second);
    first.hears("viewers", "[]").await;
    // whoever was not seen for long has gone, whatever became of their page
    app.clock.advance(TimeDelta::minutes(1));
    let mut third = News::listen(&priya, &path).await;
    first.heard.clear();
    first.hears("viewers", "[\"Priya Raman\"]").await;
    third.hears("viewers", "[\"Dana Okafor\"]").await;
    priya.get(&format!("/live?topic=case:{}", CaseId::new())).await.expect(404);
    priya.get("/live?topic=weather").await.expect(404);
    priya.get("/live").await.expect(204);
}
