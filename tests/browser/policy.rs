//! A manager keeps the catalogue and the limits; a rep reads them.

use savedesk::auth::Role;

use crate::browser::Browser;
use crate::support::TestApp;

async fn at_work(role: Role) -> Option<(TestApp, Browser)> {
    let app = TestApp::start_demo().await;
    let browser = Browser::open(&format!("http://{}", app.address)).await?;
    let sign_ins = savedesk::demo::sign_ins();
    let person = sign_ins.people.iter().find(|person| person.role == role).unwrap();
    browser.sign_in(&person.email, sign_ins.password).await;
    Some((app, browser))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_changes_the_limits_and_publishes_an_offer_type() {
    let Some((_app, browser)) = at_work(Role::Manager).await else { return };
    browser.goto("/limits").await;
    browser.wait_for("#limits").await;
    browser.is_accessible("limits").await;
    browser.picture("limits").await;
    browser.fill("#percent_discount-agent-percent", "60").await;
    browser.click(".head button[form=limits]").await;
    browser.wait_for(".note.sum").await;
    browser.is_accessible("limits that are uneven").await;
    browser.picture("limits-uneven").await;
    browser.fill("#percent_discount-agent-percent", "18").await;
    browser.click(".head button[form=limits]").await;
    browser.wait_for("#changes").await;
    browser.is_accessible("reviewing limits").await;
    browser.picture("limits-review").await;
    browser.press("Keep editing").await;
    browser.wait_for("#limits").await;
    browser.click(".head button[form=limits]").await;
    browser.fill("#why", "Cut supervisor waits on small discounts before the holiday peak.").await;
    browser.press("Publish version 2").await;
    browser.wait_for_text("Version 2 published.").await;
    browser.goto("/limits/versions").await;
    browser.wait_for_text("Cut supervisor waits").await;
    browser.is_accessible("versions of the limits").await;
    browser.picture("limits-versions").await;
    browser.goto("/offer_types").await;
    browser.wait_for("tbody a.open").await;
    browser.is_accessible("offer types").await;
    browser.picture("offer-types").await;
    browser.goto("/offer_types/percent_discount/versions/new").await;
    browser.wait_for("main form").await;
    browser.is_accessible("a version of an offer type").await;
    browser.picture("offer-type-version").await;
    browser.fill("#open_days", "7").await;
    browser.fill("#why", "The season").await;
    browser.click("main form .btns button.primary").await;
    browser.wait_for_text("Version 2 of Percent discount published.").await;
    browser.is_accessible("an offer type").await;
    browser.picture("offer-type").await;
    browser.goto("/offer_types/new").await;
    browser.wait_for("main form").await;
    browser.is_accessible("a new offer type").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rep_reads_the_limits_and_asks_which_offers_are_open() {
    let Some((_app, browser)) = at_work(Role::Rep).await else { return };
    browser.goto("/limits").await;
    browser.wait_for("table").await;
    browser.is_accessible("limits to read").await;
    browser.picture("limits-read").await;
    browser.goto("/customers").await;
    browser.wait_for("tbody a").await;
    browser.click("tbody a").await;
    browser.press("Which offers are open?").await;
    browser.wait_for("#closed, #open").await;
    browser.is_accessible("which offers are open").await;
    browser.picture("offers-open").await;
    browser.close().await;
}
