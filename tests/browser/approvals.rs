//! A supervisor decides what is asked, with a key and a confirmation each; on a phone as well.

use chrono::TimeDelta;
use savedesk::auth::{MakeOffers, Role};

use crate::browser::Browser;
use crate::desk::seated;
use crate::support::{TestApp, percent};

/// A desk with a supervisor at a browser and these requests before them.
async fn asked(requests: &[(&str, i16)]) -> Option<(TestApp, Browser)> {
    let app = TestApp::start().await;
    let (_, browser) = seated(&app, "Dana Okafor", Role::Supervisor).await?;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    for (name, off) in requests {
        let on = app.given_case_to_save(name).await;
        let offer = app.given_offer(&agent, on, percent(*off, 12)).await.unwrap().id;
        app.ask(&agent, offer, 1).await.unwrap();
        app.clock.advance(TimeDelta::minutes(1));
    }
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
    browser.strokes();
    browser.keys("a").await;
    browser.ctrl_enter().await;
    browser.wait_for_text("Approved: 20% for 12 months").await;
    assert!(browser.strokes() <= 2, "a decision takes two keys");
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

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_somebody_absent_reaches_whoever_takes_their_place() {
    // 30% is a manager's to approve
    let Some((app, dana)) = asked(&[("Harborview Dental Group", 30)]).await else { return };
    let Some((_, helen)) = seated(&app, "Helen Strand", Role::Manager).await else { return };
    dana.goto("/approvals").await;
    dana.wait_for_text("Nothing waits for you").await;
    app.wait_for_live().await;
    dana.wait_for_live().await;
    helen.goto("/absences").await;
    helen.wait_for("#delegate").await;
    helen.select("#user", "Helen").await;
    helen.choose_day("#from", "2026-03-04T08:00").await;
    helen.choose_day("#until", "2026-03-06T17:30").await;
    helen.select("#delegate", "Dana").await;
    helen.press("Note absence").await;
    helen.wait_for_text_in("main table", "Dana Okafor").await;
    // without loading the page anew
    dana.wait_for_text_in("#approvals-list", "In Helen Strand’s place.").await;
    dana.click("#approvals-list .picks .open").await;
    dana.wait_for_text_in("form.dock", "In Helen Strand’s place, who is away").await;
    dana.looks_well("approvals-in-place").await;
    dana.strokes();
    dana.keys("a").await;
    dana.ctrl_enter().await;
    dana.wait_for_text("Approved: 30% for 12 months").await;
    assert!(dana.strokes() <= 2, "a decision takes two keys");
    helen.goto("/approvals?view=decided").await;
    helen.wait_for_text("Dana Okafor approved it in Helen Strand’s place").await;
    helen.close().await;
    dana.close().await;
}
