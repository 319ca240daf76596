//! Offers at the keyboard: within the limit, beyond it, at both sizes.

use savedesk::auth::Role;

use crate::browser::Browser;
use crate::support::{Person, TestApp};

/// An agent at a browser with a case to save on screen; none where there is no browser.
async fn at_a_case() -> Option<(TestApp, Browser, String)> {
    let app = TestApp::start().await;
    let browser = Browser::open(&format!("http://{}", app.address)).await?;
    let case = format!("/cases/{}", app.given_case_to_save("Harborview Dental Group").await.0);
    let priya = app
        .given_person(Person { name: "Priya Raman", roles: &[Role::Agent], team: Some("North"), department: None })
        .await;
    browser.goto("/sign-in").await;
    let session = format!("session={}; path=/", app.session_of(priya.id.unwrap()).await);
    browser.run("document.cookie = arguments[0]", vec![serde_json::json!(session)]).await;
    browser.goto(&case).await;
    browser.wait_for("#o-type").await;
    Some((app, browser, case))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_within_the_limit_takes_few_keys() {
    let Some((_app, browser, case)) = at_a_case().await else { return };
    browser.goto(&format!("{case}/offer?type=percent_discount")).await;
    browser.wait_for("#o-value").await;
    browser.looks_well("offer-empty").await;
    // beyond the limit: the gauge and the note follow the number
    browser.keys("o").await;
    browser.keys("20").await;
    browser.wait_for_text("20% needs supervisor approval.").await;
    browser
        .run("addEventListener('resize', () => document.querySelector('#offer').scrollIntoView())", Vec::new())
        .await;
    browser.looks_well("offer-beyond").await;
    browser.press("Lower to 15%").await;
    browser.wait_for_text("15% is yours to give.").await;
    browser.looks_well("offer-within").await;
    // o, 1, 2, Ctrl and Enter: five keys beside the words
    browser.goto(&format!("{case}/offer?type=percent_discount")).await;
    browser.wait_for("#o-value").await;
    browser.keys("o").await;
    browser.keys("12").await;
    browser.ctrl_enter().await;
    browser.wait_for_text("Offers of this case").await;
    browser.wait_for("#case-offers .pill[data-s=offer]").await;
    browser.looks_well("offer-presented").await;
    browser.press("Accepted").await;
    browser.wait_for("#case-promises .todo li").await;
    browser.looks_well("offer-accepted").await;
    browser.close().await;
}
