//! An FCC complaint from intake to its signed answer; and a deadline that is extended where its terms allow it.

use fantoccini::key::Key;
use savedesk::auth::Role;

use crate::browser::Browser;
use crate::desk::{a_browser, seated, sit_down};
use crate::support::{Answering, TestApp};

/// Where the page that is open stands among its parts.
async fn open(browser: &Browser, what: &str) {
    browser.click(&format!("{what} > summary")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_fcc_complaint_goes_from_intake_to_its_signed_answer() {
    let app = TestApp::start().await;
    app.given_customer("Ada Lindqvist").await;
    let Some((_, priya)) = seated(&app, "Priya Raman", Role::Agent).await else { return };
    // taken in while nobody knows whose it is
    priya.goto("/complaints").await;
    priya.wait_for_text("Nobody waits here").await;
    priya.looks_well("complaints-none").await;
    priya.keys("n").await;
    priya.wait_for("#new-complaint").await;
    priya.press("Take it in").await;
    priya.wait_for("#new-complaint .note.sum").await;
    priya.is_accessible("a complaint without anything").await;
    priya.select("#cp-template", "FCC informal complaint: 30 days").await;
    priya.fill("#cp-external_ref", "250635").await;
    priya
        .fill("#cp-words", "I was billed twice in February and nobody called back, although I was told they would.")
        .await;
    priya.click("#cp-unknown").await;
    priya.looks_well("complaint-taken-in").await;
    priya.ctrl_enter().await;
    priya.wait_for_text_in("h1", "FCC 250635").await;
    priya.wait_for_text_in("#whose", "Unknown yet").await;
    priya.wait_for_text("This deadline cannot be extended: FCC informal complaints").await;
    priya.looks_well("complaint-new").await;
    // found
    priya.fill("#wh-customer", "Lindqvist").await;
    priya.wait_for(".combo [role=option]").await;
    priya.click(".combo [role=option]").await;
    priya.press("Link customer").await;
    priya.wait_for_text("It is linked to Ada Lindqvist").await;
    // every allegation listed and answered
    for words in ["Billed twice in February", "Nobody called back"] {
        priya.fill("#add-words", words).await;
        priya.press("Add allegation").await;
        priya.wait_for_text_in("main", words).await;
    }
    priya.wait_for_text_in("#sign-off", "2 allegations have no finding or no answer yet.").await;
    priya.press("Have it reviewed").await;
    priya.wait_for("#sign-off .note.sum").await;
    priya.is_accessible("a review before the answers").await;
    for (at, finding, answer) in [(1, "upheld", "The second invoice was taken back."), (2, "partly", "We tried once.")]
    {
        priya.wait_for(&format!("#allegation-{at}[open]")).await;
        priya.click(&format!("#allegation-{at} input[value={finding}]")).await;
        priya.fill(&format!("#al{at}-answer"), answer).await;
        priya.looks_well(&format!("complaint-answering-{at}")).await;
        priya.hush().await;
        priya.press(&format!("Save answer {at}")).await;
        priya.wait_for_text("Saved.").await;
    }
    priya.fill("#act-what", "Refunded the second invoice, $48.20").await;
    priya.press("Add to what was done").await;
    priya.wait_for_text_in("main .todo", "Refunded the second invoice").await;
    priya.fill("#tx-opening", "We looked into each point of this complaint.").await;
    priya.hush().await;
    priya.press("Save the letter").await;
    priya.wait_for_text("Saved.").await;
    // somebody else reads it
    let Some(dana) = a_browser(&app).await else { return };
    let supervisor = crate::support::Person { name: "Dana Okafor", roles: &[Role::Supervisor], ..Default::default() };
    let supervisor = app.given_person(supervisor).await.id.unwrap();
    sit_down(&app, supervisor, &dana).await;
    priya.goto(&priya.path().await).await;
    priya.select("#rv-reviewer", "Dana Okafor").await;
    priya.press("Have it reviewed").await;
    priya.wait_for_text_in("#sign-off", "Dana Okafor reads it.").await;
    priya.looks_well("complaint-in-review").await;
    dana.goto("/complaints?view=review").await;
    dana.wait_for_text("FCC 250635").await;
    dana.looks_well("complaints-to-sign").await;
    dana.click("#complaints-list a.open").await;
    dana.press("letter").await;
    dana.wait_for_text("Nobody has signed it off as it is now.").await;
    dana.wait_for_text("We find that this is so in part.").await;
    dana.goto(&priya.path().await).await;
    dana.press("Sign off").await;
    dana.wait_for_text("Signed off. It can be sent as it is now.").await;
    dana.looks_well("complaint-signed").await;
    dana.goto(&format!("{}/letter", dana.path().await)).await;
    dana.wait_for_text("Federal Communications Commission").await;
    assert!(!dana.text().await.contains("Draft"), "it is signed off");
    dana.looks_well("complaint-letter").await;
    dana.close().await;
    // sent, in time
    priya.goto(&priya.path().await).await;
    priya.press("Note that it was sent").await;
    priya.wait_for("#sign-off .note.sum").await;
    priya.is_accessible("a sending without evidence").await;
    priya.click("#sign-off input[name=how][value=portal]").await;
    priya.fill("#sd-evidence", "Portal receipt 88231").await;
    priya.press("Note that it was sent").await;
    priya.wait_for_text("Noted as sent, in time.").await;
    priya.looks_well("complaint-sent").await;
    priya.press("SD-20001").await;
    priya.wait_for("#case-complaints").await;
    priya.wait_for_text_in("#case-log", "sent the answer to FCC 250635, on their portal").await;
    priya.looks_well("case-with-complaint").await;
    priya.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_is_extended_where_its_terms_allow_it_and_terms_are_published() {
    let desk = Answering::new().await;
    let customer = desk.app.given_customer("Ada Lindqvist").await;
    let taken_in = desk.take_in(customer, ("data_protection", "DP-1"), 3).await.unwrap();
    let Some(priya) = a_browser(&desk.app).await else { return };
    sit_down(&desk.app, desk.agent.id.unwrap(), &priya).await;
    priya.goto(&format!("/complaints/{}", taken_in.complaint)).await;
    open(&priya, "#extend").await;
    priya.press("Extend").await;
    priya.wait_for("#extend .note.sum").await;
    priya.is_accessible("an extension without a reason").await;
    priya.fill("#ex-why", "The recordings lie with a supplier.").await;
    priya.press("Extend").await;
    priya.wait_for_text("Extended: the answer is due").await;
    priya.wait_for_text("This deadline was extended already.").await;
    priya.goto("/complaint_templates").await;
    priya.wait_for_text("GDPR Art. 12(3)").await;
    priya.looks_well("complaint-terms").await;
    priya.close().await;
    let Some((_, helen)) = seated(&desk.app, "Helen Strand", Role::Manager).await else { return };
    helen.goto("/complaint_templates/bbb_14").await;
    helen.fill("#span", "x").await;
    helen.press("Publish").await;
    helen.wait_for(".note.sum").await;
    helen.looks_well("complaint-terms-wrong").await;
    helen.fill("#span", "12").await;
    helen.press("Publish").await;
    helen.wait_for_text("Version 2 of BBB office, 14 days is published.").await;
    helen.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_saves_an_answer_and_what_was_taken_away_or_closed_was_meant() {
    let desk = Answering::new().await;
    let taken_in = desk.fcc("250635").await;
    desk.answer(taken_in.complaint).await;
    let Some(priya) = a_browser(&desk.app).await else { return };
    sit_down(&desk.app, desk.agent.id.unwrap(), &priya).await;
    priya.goto(&format!("/complaints/{}", taken_in.complaint)).await;
    open(&priya, "#allegation-1").await;
    priya.click("#allegation-1 input[value=partly]").await;
    priya.key(Key::Enter).await;
    priya.wait_for_text("Saved.").await;
    priya.wait_for_text_in("#allegation-1 > summary", "Partly right").await;
    // taking it away asks first
    open(&priya, "#allegation-1").await;
    open(&priya, "#allegation-1 .fold").await;
    priya.looks_well("complaint-removal").await;
    priya.hush().await;
    priya.press("Take allegation 1 off the list").await;
    priya.wait_for_text("Saved.").await;
    priya.wait_until_gone("#allegation-1").await;
    // closed, and answered after all
    open(&priya, "#whose .fold").await;
    priya.click("#whose input[value=withdrawn]").await;
    priya.fill("#cl-why", "Letter of the office of 3 May").await;
    priya.press("Close without an answer").await;
    priya.wait_for_text("The complaint is closed.").await;
    open(&priya, "#reopening").await;
    priya.press("Answer it after all").await;
    priya.wait_for("#reopening .note.sum").await;
    priya.looks_well("complaint-reopening").await;
    priya.fill("#ro-why", "They withdrew another one.").await;
    priya.press("Answer it after all").await;
    priya.wait_for_text("It is answered after all, and due as before:").await;
    priya.wait_for_text_in("#sign-off", "List every allegation of the complaint.").await;
    priya.close().await;
}
