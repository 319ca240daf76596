//! Offers at the keyboard: within the limit, beyond it, at both sizes, and what becomes of them.

use std::sync::Arc;

use chrono::TimeDelta;
use savedesk::auth::{Actor, Can, MakeOffers, Role};
use savedesk::ids::UserId;

use crate::desk::{seated, sit_down};
use crate::support::{TestApp, percent};

/// The proof that somebody makes offers.
fn can(user: UserId, role: Role) -> Can<MakeOffers> {
    Arc::new(Actor { id: Some(user), roles: vec![role], ..Actor::desk() }).can().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_within_the_limit_takes_few_keys() {
    let app = TestApp::start().await;
    let case = format!("/cases/{}", app.given_case_to_save("Harborview Dental Group").await.0);
    let Some((_, browser)) = seated(&app, "Priya Raman", Role::Agent).await else { return };
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
    browser.close().await;
    // a rep, from the case as it opens, with the type still to be chosen
    let Some((_, browser)) = seated(&app, "Marcus Webb", Role::Rep).await else { return };
    browser.goto(&case).await;
    browser.wait_for("#o-type").await;
    browser.strokes();
    browser.keys("o").await;
    browser.back_to("#o-type").await;
    browser.keys("Pe").await;
    browser.wait_for_text_in("#offer", "You may offer up to 3%.").await;
    browser.tab_to("#o-value").await;
    browser.keys("3").await;
    browser.ctrl_enter().await;
    browser.wait_for("#case-offers .pill[data-s=offer]").await;
    let strokes = browser.strokes();
    assert!(strokes <= 12, "an offer within the limit takes {strokes} keys");
    browser.looks_well("offer-presented").await;
    browser.press("Accepted").await;
    browser.wait_for("#case-promises .todo li").await;
    browser.looks_well("offer-accepted").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_limit_it_is_asked_for_lowered_presented_and_promised() {
    let app = TestApp::start().await;
    let case = format!("/cases/{}", app.given_case_to_save("Harborview Dental Group").await.0);
    let Some((_, priya)) = seated(&app, "Priya Raman", Role::Agent).await else { return };
    let Some((_, dana)) = seated(&app, "Dana Okafor", Role::Supervisor).await else { return };
    dana.goto("/approvals").await;
    dana.wait_for_text("Nothing waits for you").await;
    app.wait_for_live().await;
    dana.wait_for_live().await;
    priya.goto(&format!("{case}/offer?type=percent_discount")).await;
    priya.wait_for("#o-value").await;
    priya.keys("o").await;
    priya.keys("20").await;
    priya.wait_for("#o-words").await;
    priya.fill("#o-words", "A rival quoted $39 a seat in writing.").await;
    priya.ctrl_enter().await;
    priya.wait_for("#case-offers .pill[data-s=approval]").await;
    priya.looks_well("offer-asked").await;
    priya.run("window.stayed = true", Vec::new()).await;
    priya.wait_for_live().await;
    // it comes in under the supervisor's eyes
    dana.click("#approvals-list .picks .open").await;
    dana.wait_for_text("A rival quoted $39 a seat in writing.").await;
    dana.wait_for("form.dock").await;
    dana.strokes();
    dana.keys("o").await;
    dana.fill("#percent", "17").await;
    dana.wait_for_text("17%, your counter").await;
    dana.ctrl_enter().await;
    dana.wait_for_text("Approved less than 20% for 12 months").await;
    assert!(dana.strokes() <= 2, "a decision takes two keys beside what is typed");
    // the agent sees it where they are
    priya.wait_for_text_in("#case-offers", "17% for 12 months").await;
    priya.wait_for_text_in("#case-log", "approved with changes").await;
    assert_eq!(
        priya.run("return window.stayed", Vec::new()).await,
        serde_json::json!(true),
        "the page was not loaded anew"
    );
    priya.looks_well("offer-lowered").await;
    priya.press("Present by phone").await;
    priya.wait_for("#case-offers .pill[data-s=offer]").await;
    priya.press("Accepted").await;
    priya.wait_for("#case-promises .todo li").await;
    priya.wait_for_text_in("#case-promises", "17%").await;
    priya.wait_for_text_in("#case-log", "noted that the customer accepted 17% for 12 months").await;
    priya.wait_for_text_in("#case-log", "promised:").await;
    priya.is_accessible("promises that an offer made").await;
    dana.close().await;
    priya.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_declined_with_its_objection_and_another_expires() {
    let app = TestApp::start().await;
    let on = app.given_case_to_save("Northgate Property").await;
    let case = format!("/cases/{}", on.0);
    let Some((user, priya)) = seated(&app, "Priya Raman", Role::Agent).await else { return };
    let can = can(user, Role::Agent);
    let offer = app.given_offer(&can, on, percent(5, 12)).await.unwrap().id;
    app.present(&can, offer, 1).await.unwrap();
    priya.goto(&case).await;
    priya.wait_for("#case-offers .pill[data-s=offer]").await;
    priya.click("#case-offers details:has(form[action$=refusal]) > summary").await;
    priya.press("Log as declined").await;
    priya.wait_for("#case-offers .note.sum").await;
    priya.is_accessible("a refusal without an objection").await;
    priya.select("#case-offers select[name=objection]", "Price").await;
    priya.fill("#case-offers form[action$=refusal] input[name=why]", "Voxly is cheaper still.").await;
    priya.press("Log as declined").await;
    priya.wait_for_text_in("#case-log", "noted that the customer declined 5% for 12 months").await;
    priya.wait_for_text_in("#case-log", "Voxly is cheaper still.").await;
    let entries = priya.texts("#tl li").await;
    let entry = entries.iter().find(|entry| entry.contains("Voxly is cheaper still.")).unwrap();
    assert!(entry.contains("Objection") && entry.contains("Price"), "{entry}");
    // an offer is answered once
    priya.wait_until_withheld("Accepted").await;
    // another stands for its days, and nobody answers
    let offer = app.given_offer(&can, on, percent(6, 12)).await.unwrap().id;
    app.present(&can, offer, 1).await.unwrap();
    priya.goto(&case).await;
    priya.wait_for_text_in("#case-offers", "6% for 12 months").await;
    assert!(priya.offers("Accepted").await);
    app.clock.advance(TimeDelta::days(15));
    assert!(app.sweep().await.done >= 1);
    sit_down(&app, user, &priya).await;
    priya.goto(&case).await;
    priya.wait_for_text_in("#case-offers", "Expired").await;
    priya.wait_for_text_in("#case-log", "let 6% for 12 months expire").await;
    // what has expired is not accepted
    priya.wait_until_withheld("Accepted").await;
    priya.looks_well("offer-expired").await;
    priya.close().await;
}
