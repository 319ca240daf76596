//! Signing in and out.

use crate::desk::a_browser;
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_looks_at_their_profile_and_signs_out() {
    let app = TestApp::start_demo().await;
    let Some(browser) = a_browser(&app).await else { return };
    browser.goto("/queue?owner=any").await;
    browser.wait_for_path("/sign-in").await;
    browser.looks_well("sign-in").await;
    let sign_ins = savedesk::demo::sign_ins();
    let priya = &sign_ins.people[0];
    browser.fill("#email", &priya.email).await;
    browser.fill("#password", "not the password").await;
    browser.press("Sign in").await;
    browser.wait_for(".note.sum, .err").await;
    browser.is_accessible("a refused sign-in").await;
    browser.fill("#password", sign_ins.password).await;
    browser.press("Sign in").await;
    // to where they were going
    browser.wait_for_path("/queue?owner=any").await;

    browser.press(priya.name).await;
    browser.is_accessible("the menu of one's own").await;
    browser.press("Your profile").await;
    browser.wait_for_path("/profile").await;
    browser.looks_well("profile").await;
    browser.press("Show sessions").await;
    browser.wait_for_path("/profile/sessions").await;
    browser.wait_for_text("Chrome").await;
    browser.looks_well("sessions").await;
    browser.press(priya.name).await;
    browser.press("Sign out").await;
    browser.wait_for_path("/sign-in").await;
    browser.wait_for_text("You are signed out.").await;
    browser.goto("/profile").await;
    browser.wait_for_path("/sign-in").await;
    browser.close().await;
}
