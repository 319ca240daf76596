//! From a reason with many cases to a problem that is closed with its before and after; an incident that is answered in
//! all its cases together; a case coded again.

use savedesk::auth::Role;

use crate::desk::{another, at_work};

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_goes_from_a_reason_with_many_cases_to_a_closed_problem() {
    let Some((app, dana)) = at_work(Role::Supervisor).await else { return };
    // as the figures of drivers lead here
    let today = app.clock.now().date_naive();
    let from = today - chrono::Days::new(90);
    dana.goto(&format!("/problems/new?reason=price&from={from}&until={today}")).await;
    dana.wait_for_text("of this reason came in on these days").await;
    dana.looks_well("problem-new").await;
    dana.fill("#title", "Rates went up without a word").await;
    dana.press("Open the problem").await;
    dana.wait_for_text_in("h1", "Rates went up without a word").await;
    dana.wait_for_text("Newest cases").await;
    dana.looks_well("problem-open").await;
    let here = dana.path().await;
    // why, and why that
    dana.press("Write them").await;
    dana.wait_for("#why1").await;
    dana.fill("#why1", "The bill rose by a fifth").await;
    dana.fill("#why2", "A discount ended that nobody announced").await;
    dana.looks_well("problem-edit").await;
    dana.press("Save").await;
    dana.wait_for_text_in("ol.whys", "A discount ended that nobody announced").await;
    dana.press("Add what contributed").await;
    dana.select("#fa-category", "Process").await;
    dana.fill("#fa-words", "Nobody looks at discounts that end").await;
    dana.click("form[action$=factors] button").await;
    dana.wait_for_text("Nobody looks at discounts that end").await;
    // the cause, which its cases then have
    dana.select("#ca-cause", "Discount ended").await;
    dana.fill("#ca-words", "All of their bills say so").await;
    dana.press("This is the cause").await;
    dana.wait_for_text("It is the verified cause of").await;
    dana.looks_well("problem-cause-known").await;
    dana.press("Plan the fix").await;
    dana.wait_for("form[action$=fix] .note.sum").await;
    dana.is_accessible("a fix without words").await;
    dana.fill("#fi-words", "A letter goes out four weeks before").await;
    dana.choose_day("#fi-due", &today.to_string()).await;
    dana.press("Plan the fix").await;
    dana.wait_for("#fx-on").await;
    dana.choose_day("#fx-on", &(today - chrono::Days::new(30)).to_string()).await;
    dana.press("It is fixed").await;
    dana.wait_for_text("Fixed since").await;
    dana.wait_for_text_in("#effect-h", "Before and after").await;
    dana.press("Watch it").await;
    dana.wait_for("#cl-words").await;
    dana.looks_well("problem-watched").await;
    dana.fill("#cl-words", "The letter goes out, and calls are fewer").await;
    dana.press("Close P-").await;
    dana.wait_for_text("What came of it").await;
    dana.looks_well("problem-closed").await;
    // a case knows its three facts
    dana.goto(&format!("{here}/cases")).await;
    dana.wait_for("a.open").await;
    dana.looks_well("problem-cases").await;
    dana.click("a.open").await;
    dana.wait_for_text_in("#case-causes", "Price or affordability › Discount ended").await;
    dana.looks_well("case-causes").await;
    dana.goto("/problems").await;
    dana.wait_for("a.open").await;
    dana.looks_well("problems").await;
    dana.goto("/problems/P-101").await;
    dana.wait_for_text("Fee for moving to a smaller plan").await;
    dana.looks_well("problem-before-and-after").await;
    dana.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_answered_in_all_its_cases_together() {
    let Some((_app, dana)) = at_work(Role::Supervisor).await else { return };
    dana.goto("/incidents").await;
    dana.wait_for_text("Dropped calls in the north-east").await;
    dana.looks_well("incidents").await;
    dana.press("Open an incident").await;
    dana.fill("#title", "Two invoices for November").await;
    dana.fill("#say", "We know of the second invoice. Do not pay it.").await;
    dana.press("Open the incident").await;
    dana.wait_for_text_in("h1", "Two invoices for November").await;
    dana.click("a[data-key=l]").await;
    dana.wait_for("#by-reason").await;
    dana.select("#reason", "Price or affordability").await;
    dana.click("#live").await;
    dana.choose_day("#from", "2025-06-01").await;
    dana.press("Look for cases").await;
    dana.wait_for_text("are not linked yet").await;
    dana.looks_well("link-cases").await;
    dana.click("form[action$=cases] button.primary").await;
    dana.wait_for("#an-words").await;
    dana.looks_well("incident-open").await;
    dana.press("Answer ").await;
    dana.wait_for_text_in("#answers", "Done").await;
    dana.looks_well("incident-answered").await;
    dana.click("#answers a[href*='came=answered']").await;
    dana.wait_for_text_in("h1", "Cases of P-").await;
    dana.wait_for_text("The answer is in the log of these cases").await;
    dana.looks_well("incident-answered-cases").await;
    dana.click(".head a[href*='/problems/']").await;
    dana.wait_for_text_in("#answers", "Done").await;
    dana.click("a.open").await;
    dana.wait_for_text_in("#case-log", "We know of the second invoice. Do not pay it.").await;
    dana.wait_for_text_in("#case-causes", "Two invoices for November").await;
    dana.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_is_coded_again() {
    let Some((app, dana)) = at_work(Role::Supervisor).await else { return };
    dana.goto("/recoding").await;
    dana.wait_for("a.open").await;
    dana.looks_well("recoding").await;
    dana.click("a.open").await;
    dana.wait_for_text("Where they differ").await;
    dana.looks_well("recoding-sample").await;
    dana.click("#done-l a").await;
    dana.wait_for_text_in("h1", "Coded again").await;
    dana.looks_well("recoding-cases").await;
    dana.press("Sample").await;
    dana.wait_for_text("Where they differ").await;
    dana.press("Code the next case").await;
    dana.wait_for("#reason").await;
    dana.looks_well("recoding-one").await;
    dana.select("#reason", "Price too high").await;
    dana.press("Code it").await;
    dana.wait_for_text("Coded.").await;
    dana.close().await;
    let Some(rep) = another(&app, Role::Rep).await else { return };
    rep.goto("/problems/P-101").await;
    rep.wait_for_text("Fee for moving to a smaller plan").await;
    assert!(!rep.has("#next-h").await, "a rep reads, and does not work on it");
    rep.close().await;
}
