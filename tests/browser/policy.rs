//! A manager keeps the catalogue and the limits; a rep reads them.

use savedesk::auth::Role;

use crate::desk::at_work;

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_changes_the_limits_and_publishes_an_offer_type() {
    let Some((_app, browser)) = at_work(Role::Manager).await else { return };
    browser.goto("/limits").await;
    browser.wait_for("#limits").await;
    browser.looks_well("limits").await;
    browser.fill("#percent_discount-agent-percent", "60").await;
    browser.click(".head button[form=limits]").await;
    browser.wait_for(".note.sum").await;
    browser.looks_well("limits-uneven").await;
    browser.fill("#percent_discount-agent-percent", "18").await;
    browser.click(".head button[form=limits]").await;
    browser.wait_for("#changes").await;
    browser.looks_well("limits-review").await;
    browser.press("Keep editing").await;
    browser.wait_for("#limits").await;
    browser.click(".head button[form=limits]").await;
    browser.fill("#why", "Cut supervisor waits on small discounts before the holiday peak.").await;
    browser.press("Publish version 2").await;
    browser.wait_for_text("Version 2 published.").await;
    browser.goto("/limits/versions").await;
    browser.wait_for_text("Cut supervisor waits").await;
    browser.looks_well("limits-versions").await;
    browser.goto("/offer_types").await;
    browser.wait_for("tbody a.open").await;
    browser.looks_well("offer-types").await;
    browser.goto("/offer_types/percent_discount/versions/new").await;
    browser.wait_for("main form").await;
    browser.looks_well("offer-type-version").await;
    browser.fill("#open_days", "7").await;
    browser.fill("#why", "The season").await;
    browser.click("main form .btns button.primary").await;
    browser.wait_for_text("Version 2 of Percent discount published.").await;
    browser.looks_well("offer-type").await;
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
    browser.looks_well("limits-read").await;
    browser.goto("/customers").await;
    browser.wait_for("tbody a").await;
    browser.click("tbody a").await;
    browser.press("Which offers are open?").await;
    browser.wait_for("#closed, #open").await;
    browser.looks_well("offers-open").await;
    browser.close().await;
}
