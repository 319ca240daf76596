//! A supervisor decides what is asked, with a key and a confirmation each; on a phone as well.

use chrono::TimeDelta;
use savedesk::auth::{MakeOffers, Role};

use crate::browser::Browser;
use crate::support::{Person, TestApp, percent};

/// A desk with a supervisor at a browser and these requests before them.
async fn asked(requests: &[(&str, i16)]) -> Option<(TestApp, Browser)> {
    let app = TestApp::start().await;
    let browser = Browser::open(&format!("http://{}", app.address)).await?;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    for (name, off) in requests {
        let on = app.given_case_to_save(name).await;
        let offer = app.given_offer(&agent, on, percent(*off, 12)).await.unwrap().id;
        app.ask(&agent, offer, 1).await.unwrap();
        app.clock.advance(TimeDelta::minutes(1));
    }
    let dana = Person { name: "Dana Okafor", roles: &[Role::Supervisor], team: Some("North"), department: None };
    let dana = app.given_person(dana).await;
    browser.goto("/sign-in").await;
    let session = format!("session={}; path=/", app.session_of(dana.id.unwrap()).await);
    browser.run("document.cookie = arguments[0]", vec![serde_json::json!(session)]).await;
    Some((app, browser))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_decides_with_two_keys() {
    let requests =
        [("Harborview Dental Group", 20), ("Northgate Property", 18), ("Ravi Menon", 22), ("Daniel Osei", 25)];
    let Some((_app, browser)) = asked(&requests).await else { return };
    browser.goto("/approvals").await;
    browser.wait_for("form.dock").await;
    browser.looks_well("approvals").await;
    browser.keys("a").await;
    browser.ctrl_enter().await;
    browser.wait_for_text("Approved: 20% for 12 months").await;
    // the next one follows
    browser.wait_for_text("18% for 12 months").await;
    browser.keys("o").await;
    browser.wait_for_text("Send counter").await;
    browser.fill("#percent", "17").await;
    browser.wait_for_text("17%, your counter").await;
    browser.is_accessible("a counter").await;
    browser.ctrl_enter().await;
    browser.wait_for_text("Approved less than 18% for 12 months").await;
    browser.wait_for_text("22% for 12 months").await;
    browser.keys("d").await;
    browser.ctrl_enter().await;
    browser.wait_for_text("Say why").await;
    browser.is_accessible("a refusal without a reason").await;
    browser.fill("#reason", "Offer the smaller plan first.").await;
    browser.ctrl_enter().await;
    browser.wait_for_text("Declined: 22% for 12 months").await;
    for (view, words) in
        [("decided", "Approved with changes"), ("limits", "All to one customer"), ("patterns", "Repeated")]
    {
        browser.goto(&format!("/approvals?view={view}")).await;
        browser.wait_for_text(words).await;
        browser.looks_well(&format!("approvals-{view}")).await;
    }
    // on a phone a list, then one of them
    browser.goto("/approvals").await;
    browser.click(".picks .open").await;
    browser.wait_for_path("/approvals/").await;
    browser.looks_well("approvals-one").await;
    browser.goto("/absences").await;
    browser.wait_for("h1").await;
    browser.looks_well("absences").await;
    browser.close().await;
}
