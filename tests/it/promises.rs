//! Promises from the page: made, moved, handed over, kept with evidence, broken, and the lists of them.

use std::fmt::Write as _;
use std::time::Duration;

use chrono::TimeDelta;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use savedesk::auth::{Can, Role};
use savedesk::config::Config;
use savedesk::ids::{CaseId, CustomerId, PromiseId};
use savedesk::intake::mapping::Kind as Import;
use savedesk::intake::{FileOptions, Summary, run_file};
use savedesk::promises::{self, Stage};
use uuid::Uuid;

use crate::guarantees_promises::{given_line, given_promise};
use crate::promise_types::promise_type;
use crate::support::{Client, Page, Person, TestApp, data_dir, send};

async fn at_a_case() -> (TestApp, Client, CustomerId, CaseId) {
    // nobody is signed out while days go by
    let month = Duration::from_hours(30 * 24);
    let settings = |config: &mut Config| (config.session_idle, config.session_max) = (month, month);
    let app = TestApp::start_with(settings, savedesk::router::router).await;
    let agent = app.sign_in(Role::Agent).await;
    let customer = app.given_customer("Harborview Dental Group").await;
    let case = app.given_case(customer).await;
    (app, agent, customer, case)
}

async fn promise(app: &TestApp, promise: PromiseId) -> promises::Promise {
    promises::find(&mut app.db.read().await.unwrap(), promise).await.unwrap()
}

async fn department(app: &TestApp, name: &str) -> String {
    sqlx::query_scalar("select id::text from departments where name = $1")
        .bind(name)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap()
}

fn says(page: &Page, words: &str) -> bool {
    page.texts("main").join(" ").contains(words)
}

#[tokio::test]
async fn a_promise_is_made_by_hand_and_explains_itself() {
    let (app, agent, _, case) = at_a_case().await;
    let to = format!("/cases/{case}/promises");
    let page = agent.get(&format!("/cases/{case}")).await.expect(200);
    let times = page.attributes("#pm-by option", "value");
    assert_eq!(times.len(), 5, "{times:?}");
    let me = agent.user.unwrap().to_string();
    let wrong = agent.post_form(&to, &[("what", "An engineer calls"), ("owner", &me)]).await.expect(422);
    assert!(wrong.text("#pm-by-e").contains("Choose by when"));
    assert_eq!(wrong.attributes("#pm-what", "value"), ["An engineer calls"]);
    let past = [("what", "x"), ("owner", &*me), ("due", "2026-03-04T09:00")];
    assert!(agent.post_form(&to, &past).await.expect(422).has("#pm-due-e"));
    let other = promise_type(&app, "Other").await.to_string();
    let nobody = [("kind", &*other), ("what", "x"), ("owner", &*Uuid::now_v7().to_string()), ("by", &times[1])];
    assert!(says(&agent.post_form(&to, &nobody).await.expect(409), "Choose somebody who works on cases here."));
    let billing = department(&app, "Billing").await;
    let fields = [
        ("kind", &*other),
        ("what", "An engineer calls"),
        ("by", &*times[2]),
        ("owner", &*me),
        ("department", &*billing),
        ("cost", "12.50"),
    ];
    let page = agent.follow(&agent.post_form(&to, &fields).await.expect(303)).await.expect(200);
    let card = page.text("#case-promises .todo li");
    for words in ["An engineer calls", "Billing does it", "Costs $12.50", "8 working hours after Wed 4 Mar 10:00"] {
        assert!(card.contains(words), "{words} is not in {card}");
    }
    assert!(page.text("#tl").contains("promised: An engineer calls"));
    assert_eq!(app.case_column(case, "stage").await.as_deref(), Some("waiting"));
    // a rep promises, and does not say what became of it
    let rep = app.sign_in(Role::Rep).await;
    let page = rep.get(&format!("/cases/{case}")).await.expect(200);
    assert!(page.has("#pm-what") && !page.has("form[action$='/completion']"));
}

#[tokio::test]
async fn a_promise_is_moved_and_handed_over_with_its_history() {
    let (app, agent, customer, case) = at_a_case().await;
    let id = given_promise(&app, case, 6).await;
    let due = format!("/promises/{id}/due");
    let fields = [("due", "2026-03-05T12:00"), ("why", "The bill run is a day later"), ("version", "1")];
    assert!(agent.post_form(&due, &fields[..1]).await.expect(422).texts(".err").join(" ").contains("Write why"));
    agent.post_form(&due, &fields).await.expect(303);
    // somebody who still saw it as it was
    let stale =
        agent.post_form(&due, &[("due", "2026-03-06T12:00"), ("why", "Other"), ("version", "1")]).await.expect(409);
    assert!(says(&stale, "Somebody changed this promise meanwhile."));
    let dana = app.given_person(Person { name: "Dana Okafor", roles: &[Role::Agent], ..Person::default() }).await;
    let billing = department(&app, "Billing").await;
    let dana = dana.id.unwrap().to_string();
    let hand = [("owner", &*dana), ("department", &*billing), ("why", "Priya is away"), ("version", "2")];
    agent.post_form(&format!("/promises/{id}/owner"), &hand).await.expect(303);
    let found = promise(&app, id).await;
    assert_eq!(
        (found.owner_name.as_str(), found.department.as_deref(), found.moves.len()),
        ("Dana Okafor", Some("Billing"), 2)
    );
    assert_eq!(found.because, "10 h 30 m of working time after Wed 4 Mar 10:00");
    for page in [format!("/cases/{case}"), format!("/customers/{customer}")] {
        let page = agent.get(&page).await.expect(200);
        assert!(says(&page, "The bill run is a day later") && says(&page, "Priya is away"));
        assert!(says(&page, "from Wed 4 Mar 16:00 to Thu 5 Mar 12:00"));
    }
    // the deadline follows
    let deadlines: Vec<(String, bool)> =
        sqlx::query_as("select stage, owner_id = $2 from deadlines where subject_id = $1 order by set_at, stage desc")
            .bind(id)
            .bind(Uuid::parse_str(&dana).unwrap())
            .fetch_all(&mut app.owner().await)
            .await
            .unwrap();
    assert_eq!(deadlines.iter().filter(|(stage, mine)| stage == "open" && *mine).count(), 1);
    assert_eq!(deadlines.len(), 3);
    app.clock.advance(TimeDelta::days(2));
    let late =
        agent.post_form(&due, &[("due", "2026-03-09T12:00"), ("why", "Later"), ("version", "3")]).await.expect(409);
    assert!(says(&late, "The time of this promise has passed"));
}

#[tokio::test]
async fn a_promise_is_kept_with_a_line_of_a_bill_or_a_file() {
    let (app, agent, customer, case) = at_a_case().await;
    let (billed, filed) = (given_promise(&app, case, 6).await, given_promise(&app, case, 6).await);
    let line = given_line(&app, customer, "4711", 4).await.to_string();
    given_line(&app, customer, "12", 1).await;
    // noted a week after it was billed in time
    app.clock.advance(TimeDelta::days(7));
    let page = agent.get(&format!("/cases/{case}")).await.expect(200);
    let offered = page.texts(&format!("#promise-{billed} select[name=line] option"));
    assert_eq!(offered, ["None", "Wed 4 Mar, invoice 4711: Credit, −$148.20"]);
    let keep = |id: PromiseId| format!("/promises/{id}/completion");
    let nothing = agent.post_form(&keep(billed), &[("why", " ")]).await.expect(422);
    assert!(nothing.texts(".err").join(" ").contains("Say how you know that it was done"));
    agent.post_form(&keep(billed), &[("line", &line)]).await.expect(303);
    let found = promise(&app, billed).await;
    assert_eq!((found.stage, found.evidence.as_deref()), (Stage::Kept, None));
    let page = agent.get(&format!("/cases/{case}")).await.expect(200);
    assert!(page.text(&format!("#promise-{billed}")).contains("Invoice 4711 of 4 Mar 2026: Credit, −$148.20"));
    assert!(!page.has(&format!("#promise-{filed} select[name=line]")), "a line proves one promise");
    let taken = agent.post_form(&keep(filed), &[("line", &line)]).await.expect(409);
    assert!(says(&taken, "This line of a bill proves another promise already."));
    // a file that is none keeps the form open
    let attach = |bytes: &'static [u8]| {
        let file = Part::bytes(bytes).file_name("confirmation.pdf");
        let form = Form::new().text("key", Uuid::new_v4().to_string()).part("file", file);
        send(agent.request(Method::POST, &keep(filed)).multipart(form))
    };
    let odd = attach(b"\x7fELF").await.expect(422);
    assert!(odd.has(&format!("#promise-{filed} details[open] .err")));
    attach(b"%PDF-1.4 confirmed").await.expect(303);
    let found = promise(&app, filed).await;
    assert_eq!((found.stage, found.files.len()), (Stage::Late, 1));
    let page = agent.get(&format!("/customers/{customer}")).await.expect(200);
    assert!(page.text("#promises").contains("confirmation.pdf PDF, 18 bytes"));
    assert!(page.text("#bills").contains("Shows that a promise was kept"));
}

#[tokio::test]
async fn a_broken_promise_shows_wherever_the_customer_does() {
    let (app, agent, customer, case) = at_a_case().await;
    let id = given_promise(&app, case, 6).await;
    let places = [format!("/cases/{case}"), format!("/customers/{customer}"), format!("/queue?owner=any&peek={case}")];
    app.clock.advance(TimeDelta::hours(7));
    for place in &places[1..] {
        assert!(agent.get(place).await.expect(200).texts(".tag").contains(&"Promise late".to_owned()), "{place}");
    }
    let head = agent.get(&places[0]).await.expect(200).text(".casehead .row");
    assert_eq!(head.matches("Promise").count(), 1, "the mark of what is due first says so once: {head}");
    let broken =
        agent.post_form(&format!("/promises/{id}/breach"), &[("why", "No engineer was free")]).await.expect(303);
    assert!(says(&agent.follow(&broken).await, "No engineer was free"));
    for place in &places {
        let tags = agent.get(place).await.expect(200).texts(".tag");
        assert!(tags.contains(&"Broken promise".to_owned()) && !tags.contains(&"Promise late".to_owned()), "{place}");
    }
    agent.post_form(&format!("/promises/{id}/waiver"), &[("why", "Never mind")]).await.expect(409);
}

/// The open follow-ups that tell a customer of a promise: what, and whose.
async fn telling(app: &TestApp, id: PromiseId) -> Vec<(String, Option<Uuid>, String)> {
    sqlx::query_as("select what, owner_id, stage from follow_ups where promise_id = $1 order by made_at")
        .bind(id)
        .fetch_all(&mut app.owner().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn r13_a_customer_is_told_of_a_promise_that_was_broken_and_not_of_one_that_was_kept() {
    let (app, agent, _, case) = at_a_case().await;
    let [broken, kept, late, waived] = [
        given_promise(&app, case, 6).await,
        given_promise(&app, case, 8).await,
        given_promise(&app, case, 1).await,
        given_promise(&app, case, 8).await,
    ];
    let end = async |id: PromiseId, how: &str| {
        agent.post_form(&format!("/promises/{id}/{how}"), &[("why", "Because")]).await.expect(303)
    };
    end(waived, "waiver").await;
    assert_eq!(telling(&app, waived).await, []);
    // the chaser raises what is about to be broken; what is then kept needs no telling any more
    app.clock.advance(TimeDelta::hours(7));
    app.sweep().await;
    assert_eq!(telling(&app, kept).await.len(), 1);
    end(kept, "completion").await;
    assert_eq!(telling(&app, kept).await[0].2, "dropped");
    // of what was broken there is one to tell, the chaser's if it was there first
    let raised = telling(&app, broken).await;
    assert_eq!(raised.len(), 1);
    end(broken, "breach").await;
    assert_eq!(telling(&app, broken).await, raised);
    // and what came late is told too
    end(late, "completion").await;
    let told = telling(&app, late).await;
    assert_eq!((told.len(), told[0].2.as_str()), (1, "open"));
    let page = agent.get(&format!("/cases/{case}")).await.expect(200);
    assert!(says(&page, "Tell the customer: A call with the engineer"), "{}", page.text("main"));
}

#[tokio::test]
async fn a_promise_that_is_broken_at_once_makes_its_follow_up() {
    let (app, agent, _, case) = at_a_case().await;
    let id = given_promise(&app, case, 6).await;
    agent.post_form(&format!("/promises/{id}/breach"), &[("why", "No engineer was free")]).await.expect(303);
    let told = telling(&app, id).await;
    let owner = promise(&app, id).await.owner.uuid();
    assert_eq!((told.len(), told[0].1, told[0].2.as_str()), (1, Some(owner), "open"));
    assert!(told[0].0.starts_with("Tell the customer: ") && told[0].0.ends_with(" (broken)"), "{}", told[0].0);
}

#[tokio::test]
async fn a_promise_kept_in_time_by_its_bill_meets_its_deadline_whenever_it_is_noted() {
    let (app, agent, customer, case) = at_a_case().await;
    let [billed, late] = [given_promise(&app, case, 6).await, given_promise(&app, case, 6).await];
    let line = given_line(&app, customer, "4711", 4).await.to_string();
    app.clock.advance(TimeDelta::days(7));
    agent.post_form(&format!("/promises/{billed}/completion"), &[("line", &line)]).await.expect(303);
    agent.post_form(&format!("/promises/{late}/completion"), &[("why", "Said so")]).await.expect(303);
    for (id, stage) in [(billed, "met"), (late, "missed")] {
        let found: String = sqlx::query_scalar("select stage from deadlines where subject_id = $1")
            .bind(id)
            .fetch_one(&mut app.owner().await)
            .await
            .unwrap();
        assert_eq!(found, stage);
    }
}

#[tokio::test]
async fn what_the_owner_of_a_case_promised_goes_along_with_the_case() {
    let (app, agent, _, case) = at_a_case().await;
    let me = agent.user.unwrap();
    agent.post_form(&format!("/cases/{case}/assignment"), &[("owner", &me.to_string())]).await.expect(303);
    let mine = given_promise(&app, case, 6).await;
    let take = [("owner", &*me.to_string()), ("why", "Mine"), ("version", "1")];
    agent.post_form(&format!("/promises/{mine}/owner"), &take).await.expect(303);
    let colleague = app.given_person(Person { name: "Mia", roles: &[Role::Agent], ..Person::default() }).await;
    let theirs = given_promise(&app, case, 6).await;
    let version = promise(&app, theirs).await.version.to_string();
    let stays = app.given_person(Person { name: "Rui", roles: &[Role::Agent], ..Person::default() }).await.id.unwrap();
    let hand = [("owner", &*stays.to_string()), ("why", "Knows it"), ("version", &*version)];
    agent.post_form(&format!("/promises/{theirs}/owner"), &hand).await.expect(303);
    let to = colleague.id.unwrap();
    agent.post_form(&format!("/cases/{case}/assignment"), &[("owner", &to.to_string())]).await.expect(303);
    assert_eq!((promise(&app, mine).await.owner, promise(&app, theirs).await.owner), (to, stays));
    let owners: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "select p.owner_id, d.owner_id from promises p join deadlines d on d.subject_id = p.id and d.stage = 'open'",
    )
    .fetch_all(&mut app.owner().await)
    .await
    .unwrap();
    assert!(owners.len() == 2 && owners.iter().all(|(owner, reminded)| owner == reminded), "{owners:?}");
}

#[tokio::test]
async fn lists_show_whose_they_are_and_a_department_what_it_needs() {
    let (app, agent, _, case) = at_a_case().await;
    let mine = given_promise(&app, case, 6).await;
    let version = promise(&app, mine).await.version.to_string();
    let billing = department(&app, "Billing").await;
    let me = agent.user.unwrap().to_string();
    let hand = [("owner", &*me), ("department", &*billing), ("why", "Mine"), ("version", &*version)];
    agent.post_form(&format!("/promises/{mine}/owner"), &hand).await.expect(303);
    for hours in 30..90 {
        given_promise(&app, case, hours).await;
    }
    let count = |page: &Page| page.texts("main tbody tr").len();
    assert_eq!(count(&agent.get("/promises").await.expect(200)), 1, "mine");
    let first = agent.get("/promises?whose=everyone").await.expect(200);
    assert_eq!((count(&first), first.text(".views a[aria-current]")), (50, "Open 61".to_owned()));
    let next = first.attributes(".pager a[rel=next]", "href");
    assert_eq!(count(&agent.get(&next[0]).await.expect(200)), 11);
    assert_eq!(count(&agent.get("/promises?whose=team&show=soon").await.expect(200)), 1);
    app.clock.advance(TimeDelta::hours(7));
    assert_eq!(count(&agent.get("/promises?show=late").await.expect(200)), 1);
    let mut tx = app.begin().await;
    promises::keep(&mut tx, &Can::desk(), mine, "Said so".to_owned()).await.unwrap();
    tx.commit().await.unwrap();
    let over = agent.get("/promises?show=over").await.expect(200);
    assert!(over.text("main tbody").contains("Kept late"));
    // their department's, without the case and what it costs
    let member = app.sign_in(Role::Department).await;
    for address in ["/promises?show=over", "/promises?whose=everyone&show=over"] {
        let page = member.get(address).await.expect(200);
        assert!(count(&page) == 1 && page.text("main tbody").contains("Harborview Dental Group"));
        assert!(!page.has("main tbody a") && !page.has("main .money"));
    }
    let sales = Person { name: "Sam", roles: &[Role::Department], team: None, department: Some("Sales") };
    let other = app.sign_in_as(sales).await;
    assert!(says(&other.get("/promises?show=over").await.expect(200), "Nothing is over yet"));
    app.sign_in(Role::Privacy).await.get("/promises").await.expect(403);
}

#[tokio::test]
async fn naughty_words_are_words() {
    let (app, agent, _, case) = at_a_case().await;
    let mut all: Vec<String> =
        ["<img src=x onerror=alert(1)>", "</b><script>alert(1)</script>", "{{7*7}} ${7*7} &lt;b&gt;"]
            .map(str::to_owned)
            .to_vec();
    if let Some(folder) = data_dir() {
        let list = std::fs::read(folder.join("awkward/naughty-strings/blns.json")).unwrap();
        let list: Vec<String> = serde_json::from_slice(&list).unwrap();
        all.extend(list.into_iter().filter(|words| !words.chars().any(char::is_control)).step_by(13));
    }
    let folded =
        |words: &str| words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect::<String>();
    let all: Vec<String> = all.iter().map(|words| folded(words)).filter(|words| !words.is_empty()).take(45).collect();
    let me = agent.user.unwrap().to_string();
    let other = promise_type(&app, "Other").await.to_string();
    for words in &all {
        let fields =
            [("kind", &*other), ("what", &**words), ("owner", &*me), ("due", "2026-03-09T12:00"), ("cost", "")];
        agent.post_form(&format!("/cases/{case}/promises"), &fields).await.expect(303);
    }
    for (place, css) in [(format!("/cases/{case}"), "#case-promises .todo b"), ("/promises".to_owned(), "main a.open")]
    {
        let page = agent.get(&place).await.expect(200);
        let shown = page.texts(css);
        for words in &all {
            assert!(shown.contains(words), "{words:?} is not on {place}");
        }
        assert!(!page.has("main :is(script, img, iframe, object, style)"), "{place}");
    }
}

async fn bring(app: &TestApp, text: &str) -> Summary {
    let path = std::env::temp_dir().join(format!("{}.csv", Uuid::new_v4().simple()));
    std::fs::write(&path, text).unwrap();
    let summary = run_file(&app.db, FileOptions { path: path.clone(), ..FileOptions::default() }).await.unwrap();
    std::fs::remove_file(path).unwrap();
    summary
}

#[tokio::test]
async fn a_billing_extract_comes_in_once() {
    let app = TestApp::start().await;
    bring(&app, "Account number,Name,Product,Monthly price\nA-1,Nora Vance,Voice,20.00\nA-2,Rui Costa,Voice,30.00\n")
        .await;
    let mut file = String::from("Account,Invoice No,Invoice date,Description,Amount,Currency\n");
    for (account, amount) in [("A-1", "20.00"), ("A-1", "20.00"), ("A-1", "(14.82)"), ("A-2", "30.00"), ("A-9", "1.00")]
    {
        writeln!(file, "{account},4711,2026-03-02,Monthly charge,{amount},USD").unwrap();
    }
    file.push_str("A-1,,2026-03-02,No invoice,1.00,USD\n");
    let summary = bring(&app, &file).await;
    assert_eq!(summary.kind, Import::Billing);
    let rows = |summary: &Summary| {
        let counts = summary.counts;
        (counts.created, counts.unchanged, counts.refused)
    };
    assert_eq!(rows(&summary), (4, 0, 2));
    let reasons: Vec<&str> = summary.refusals.iter().map(|refused| refused.reason.as_str()).collect();
    assert_eq!(reasons, ["No customer here has the account number A-9.", "Enter the invoice number."]);
    assert_eq!(rows(&bring(&app, &file).await), (0, 4, 2), "the same file again changes nothing");
    let sums: Vec<(String, i64, i64)> = sqlx::query_as(
        "select c.account_number, count(*), sum(l.amount_minor)::bigint
         from billing_lines l join customers c on c.id = l.customer_id group by 1 order by 1",
    )
    .fetch_all(&mut app.owner().await)
    .await
    .unwrap();
    assert_eq!(sums, [("A-1".to_owned(), 3, 2_518), ("A-2".to_owned(), 1, 3_000)]);
}
