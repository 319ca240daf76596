//! The walks. Each is a day's piece of work, done by the role that does it.

use savedesk::auth::Role;

use crate::browser::Browser;
use crate::support::TestApp;

/// The demo company with somebody of this role at a browser; none where there is no browser.
async fn at_work(role: Role) -> Option<(TestApp, Browser)> {
    let app = TestApp::start_demo().await;
    let browser = Browser::open(&format!("http://{}", app.address)).await?;
    let sign_ins = savedesk::demo::sign_ins();
    let person = sign_ins.people.iter().find(|person| person.role == role).unwrap();
    browser.sign_in(&person.email, sign_ins.password).await;
    Some((app, browser))
}

/// The address of a live case that nobody else is needed for, as the queue lists them.
async fn first_case(browser: &Browser) -> String {
    browser.goto("/queue?owner=me").await;
    browser.wait_for("a.open").await;
    let href = browser.run("return document.querySelector('a.open').getAttribute('href')", Vec::new()).await;
    href.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_looks_at_their_profile_and_signs_out() {
    let app = TestApp::start_demo().await;
    let Some(browser) = Browser::open(&format!("http://{}", app.address)).await else { return };
    browser.goto("/queue").await;
    browser.wait_for_path("/sign-in").await;
    browser.is_accessible("sign-in").await;
    browser.picture("sign-in").await;
    let sign_ins = savedesk::demo::sign_ins();
    browser.fill("#email", &sign_ins.people[0].email).await;
    browser.fill("#password", "not the password").await;
    browser.press("Sign in").await;
    browser.wait_for(".note.sum, .err").await;
    browser.is_accessible("a refused sign-in").await;
    browser.sign_in(&sign_ins.people[0].email, sign_ins.password).await;
    browser.goto("/profile").await;
    browser.wait_for("h1").await;
    browser.is_accessible("profile").await;
    browser.picture("profile").await;
    browser.goto("/profile/sessions").await;
    browser.is_accessible("sessions").await;
    browser.run("document.querySelector('form[action=\"/session/end\"]').submit()", Vec::new()).await;
    browser.wait_for_path("/sign-in").await;
    browser.goto("/profile").await;
    browser.wait_for_path("/sign-in").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_works_the_queue() {
    let Some((_app, browser)) = at_work(Role::Agent).await else { return };
    browser.goto("/queue?owner=any").await;
    browser.wait_for("table.q tbody a.open").await;
    browser.is_accessible("queue").await;
    browser.picture("queue").await;
    // peek with the keyboard
    browser.keys("j").await;
    browser.keys(" ").await;
    browser.wait_for("aside.peek").await;
    browser.is_accessible("queue with a preview").await;
    browser.picture("queue-peek").await;
    // select two and assign them
    browser.goto("/queue?owner=none").await;
    browser.wait_for("input[data-select]").await;
    browser.click("tbody tr:nth-of-type(2) input[data-select]").await;
    browser.wait_for("#bulk button").await;
    browser.is_accessible("queue with a selection").await;
    browser.click("#bulk button:not([type=reset])").await;
    browser.wait_for_text("assigned to").await;
    browser.is_accessible("assigned").await;
    // take next says why this one
    browser.goto("/queue").await;
    browser.keys("n").await;
    browser.wait_for_path("/cases/").await;
    browser.wait_for("#composer").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_logs_a_save_attempt_from_the_keyboard_and_closes_the_case() {
    let Some((_app, browser)) = at_work(Role::Agent).await else { return };
    let case = first_case(&browser).await;
    browser.goto(&case).await;
    browser.wait_for("#composer").await;
    browser.is_accessible("case").await;
    browser.picture("case").await;
    browser.press("Note").await;
    browser.fill("#n-body", "Half a thought <b>not markup</b>").await;
    tokio::time::sleep(std::time::Duration::from_millis(900)).await;
    // the tab closes before it was sent; the draft is there when the case is opened again
    browser.goto("/queue").await;
    browser.goto(&case).await;
    browser.press("Note").await;
    let kept = browser.run("return document.querySelector('#n-body').value", Vec::new()).await;
    assert_eq!(kept.as_str(), Some("Half a thought <b>not markup</b>"), "the draft is kept");
    browser.click("#n-body").await;
    browser.ctrl_enter().await;
    browser.wait_for_text("Half a thought <b>not markup</b>").await;
    browser.goto(&format!("{case}/close")).await;
    browser.wait_for("#close-case").await;
    browser.is_accessible("closing a case").await;
    browser.picture("close-case").await;
    browser.goto(&format!("{case}/edit")).await;
    browser.wait_for("form").await;
    browser.is_accessible("editing a case").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rep_finds_a_customer_and_opens_a_case_while_on_the_phone() {
    let Some((_app, browser)) = at_work(Role::Rep).await else { return };
    browser.goto("/queue").await;
    browser.wait_for("nav.nav").await;
    browser.goto("/cases/new").await;
    browser.wait_for("#new-case").await;
    browser.is_accessible("new case").await;
    browser.picture("new-case").await;
    browser.goto("/customers").await;
    browser.wait_for("tbody a").await;
    browser.is_accessible("customers").await;
    browser.picture("customers").await;
    let href = browser.run("return document.querySelector('tbody a').getAttribute('href')", Vec::new()).await;
    let name = browser.run("return document.querySelector('tbody a').innerText.trim()", Vec::new()).await;
    browser.goto(href.as_str().unwrap()).await;
    browser.wait_for("h1").await;
    browser.is_accessible("customer").await;
    browser.picture("customer").await;
    // search as you type, from anywhere
    let first: String = name.as_str().unwrap().chars().take(5).collect();
    browser.goto("/queue").await;
    browser.keys("/").await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    browser.keys(&first).await;
    browser.wait_for("[data-found] [role=option]").await;
    browser.is_accessible("search as you type").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_looks_at_imports() {
    let Some((_app, browser)) = at_work(Role::Agent).await else { return };
    browser.goto("/imports").await;
    browser.wait_for("h1").await;
    browser.is_accessible("imports").await;
    browser.goto("/imports/new").await;
    browser.wait_for("form").await;
    browser.is_accessible("new import").await;
    browser.picture("import").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_adds_people_and_reads_the_audit_log() {
    let Some((_app, browser)) = at_work(Role::Admin).await else { return };
    for (path, name) in [("/users", "users"), ("/users/new", "new-user"), ("/teams", "teams"), ("/audit", "audit")] {
        browser.goto(path).await;
        browser.wait_for("h1").await;
        browser.is_accessible(name).await;
        browser.picture(name).await;
    }
    browser.goto("/audit").await;
    browser.press("Check the chains").await;
    browser.wait_for_text("The chains hold").await;
    browser.close().await;
}
