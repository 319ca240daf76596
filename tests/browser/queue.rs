//! Working the queue: filters, columns, views, paging, previews, the next case, many cases.

use fantoccini::key::Key;
use savedesk::auth::Role;

use crate::browser::Browser;
use crate::desk::at_work;
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_makes_the_queue_their_own() {
    let Some((_app, browser)) = at_work(Role::Agent).await else { return };
    browser.goto("/queue?owner=any").await;
    browser.wait_for("table.q tbody a.open").await;
    browser.looks_well("queue").await;
    // page after page and back: each case once
    let first = browser.texts("tbody .num").await;
    assert_eq!(first.len(), 50);
    browser.press("Next").await;
    browser.wait_for("a[rel=prev]").await;
    let second = browser.texts("tbody .num").await;
    assert!(second.iter().all(|code| !first.contains(code)), "{second:?}");
    browser.is_accessible("the second page of the queue").await;
    browser.press("Previous").await;
    browser.until("the first page", "return !document.querySelector('a[rel=prev]')", Vec::new()).await;
    assert_eq!(browser.texts("tbody .num").await, first);

    // filters stand in the address, each can be taken away
    browser.press("Filter").await;
    browser.wait_for("#filter #by-kind").await;
    browser.is_accessible("the filters").await;
    browser.select("#by-kind", "Complaint").await;
    browser.fill("#by-over", "1000").await;
    browser.press("Show cases").await;
    browser.wait_for_path("kind=complaint").await;
    browser.wait_for_path("over=1000").await;
    browser.wait_for_text_in(".fchip", "complaint").await;
    browser.is_accessible("a filtered queue").await;

    // the view is kept
    browser.press("Save view").await;
    browser.wait_for("dialog #view-form").await;
    browser.is_accessible("saving a view").await;
    browser.press("Save view").await;
    browser.wait_for("dialog .note.sum").await;
    browser.fill("dialog #name", "Dear complaints").await;
    browser.press("Save view").await;
    browser.wait_for_text_in("h1", "Dear complaints").await;
    browser.goto("/queue").await;
    browser.press("More views").await;
    browser.is_accessible("more views").await;
    browser.press("Dear complaints").await;
    browser.wait_for_text_in("h1", "Dear complaints").await;
    browser.wait_for_path("kind=complaint").await;
    browser.press("Remove filter: kind").await;
    browser.until("no kind", "return !location.search.includes('kind=')", Vec::new()).await;

    // columns are chosen for oneself
    browser.press("Columns").await;
    browser.wait_for("#columns [name=column]").await;
    browser.is_accessible("the columns").await;
    browser.press("Team").await;
    browser.press("Next action").await;
    browser.press("Save columns").await;
    browser.wait_for_text("Columns saved.").await;
    browser.wait_for_text_in("table.q thead", "Team").await;
    assert!(!browser.text_of("table.q thead").await.contains("Next action"));
    browser.goto("/queue?owner=any").await;
    browser.wait_for_text_in("table.q thead", "Team").await;
    browser.looks_well("queue-columns").await;
    browser.goto("/queue?closed=1").await;
    browser.wait_for("tbody a.open").await;
    browser.is_accessible("closed cases").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_looks_through_the_queue_and_takes_the_next_case() {
    let Some((_app, browser)) = at_work(Role::Agent).await else { return };
    browser.goto("/queue?owner=none").await;
    browser.wait_for("tbody a.open").await;
    browser.keys("j").await;
    browser.keys(" ").await;
    browser.wait_for("aside.peek").await;
    let first = browser.text_of("#pk-h").await;
    assert_eq!(first, browser.text_of("tbody a.open").await);
    browser.looks_well("queue-peek").await;
    // the preview follows
    browser.keys("j").await;
    let second = browser.texts("tbody a.open").await.swap_remove(1);
    browser.wait_for_text_in("#pk-h", &second).await;
    browser.wait_for_path("peek=").await;
    browser.key(Key::Escape).await;
    browser.wait_until_gone("aside.peek").await;
    browser.key(Key::Enter).await;
    browser.wait_for_path("/cases/").await;
    browser.wait_for_text_in("h1", &second).await;

    // the next one, and why this one
    browser.goto("/queue").await;
    browser.keys("n").await;
    browser.wait_for_path("/cases/").await;
    browser.wait_for_text_in(".toast", "You now own SD-").await;
    // what is said stays while somebody is in it
    browser.run("document.querySelector('.toast button').focus()", Vec::new()).await;
    let said = browser.text_of(".toast").await;
    assert!(said.contains("due") || said.contains("urgent") || said.contains("risk"), "{said}");
    browser.wait_for_text_in(".casehead", "Priya Raman").await;
    browser.is_accessible("the case that was taken").await;
    browser.press("Undo").await;
    browser.wait_for_text("in the queue, with no owner, now.").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_gives_many_cases_to_somebody_and_is_told_of_each() {
    let Some((app, browser)) = at_work(Role::Supervisor).await else { return };
    browser.goto("/queue?owner=any").await;
    browser.wait_for("input[data-select]").await;
    browser.keys("j").await;
    browser.keys("x").await;
    browser.keys("jj").await;
    browser.keys(&format!("{}X{}", char::from(Key::Shift), char::from(Key::Null))).await;
    browser.wait_for_text_in("[data-bulk-count]", "3 selected").await;
    let [of_his_team, of_another] = seen_by(&app, &browser, "Noah Kim").await;
    browser.click(&format!("#case-{of_his_team} input[data-select]")).await;
    browser.click(&format!("#case-{of_another} input[data-select]")).await;
    browser.wait_for_text_in("[data-bulk-count]", "5 selected").await;
    // no row half under the head of the table
    browser.run("window.scrollTo(0, 0)", Vec::new()).await;
    browser.looks_well("queue-selection").await;
    browser.keys("a").await;
    browser.until("the focus on whom", "return document.activeElement.id === 'bulk-owner'", Vec::new()).await;
    browser.keys("Noah Kim").await;
    browser.key(Key::Tab).await;
    browser.key(Key::Enter).await;
    browser.wait_for_text_in("h1", "of 5 cases assigned to Noah Kim").await;
    let rows = browser.texts("tbody tr").await;
    assert_eq!(rows.len(), 5);
    assert!(rows.iter().any(|row| row.contains("Not assigned") && row.contains("belongs to another team")), "{rows:?}");
    browser.looks_well("queue-assigned").await;
    let given = rows.iter().find(|row| row.contains("Assigned")).expect("the one of his own team");
    browser.press(given.split_whitespace().next().unwrap()).await;
    browser.wait_for_path("/cases/").await;
    browser.wait_for_text_in(".casehead", "Noah Kim").await;
    browser.wait_for_text_in("#case-log", "Noah Kim").await;
    browser.close().await;
}

/// Two cases on the page that nothing has selected yet and this colleague does not own: one of their own team, and one of
/// another.
async fn seen_by(app: &TestApp, browser: &Browser, colleague: &str) -> [uuid::Uuid; 2] {
    let left = "return [...document.querySelectorAll('input[data-select]:not(:checked)')].map((one) => one.value)";
    let left: Vec<uuid::Uuid> = serde_json::from_value(browser.run(left, Vec::new()).await).unwrap();
    let mut owner = app.owner().await;
    let mut found = Vec::new();
    for of_their_team in [true, false] {
        let case: uuid::Uuid = sqlx::query_scalar(
            "select c.id from cases c, users u
            where u.name = $1 and c.id = any($2) and (c.team_id = u.team_id) = $3 and c.owner_id is distinct from u.id
            limit 1",
        )
        .bind(colleague)
        .bind(&left)
        .bind(of_their_team)
        .fetch_one(&mut owner)
        .await
        .unwrap();
        found.push(case);
    }
    found.try_into().unwrap()
}
