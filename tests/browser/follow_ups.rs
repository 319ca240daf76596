//! A follow-up from making through snooze, wake and move to done; a check after a save; the list, its week and the
//! calendar link.

use chrono::TimeDelta;
use savedesk::auth::Role;
use savedesk::ids::{CaseId, UserId};

use crate::browser::Browser;
use crate::desk::at_work;
use crate::support::{Person, TestApp};

/// Somebody of a small desk at a browser, with a case of theirs.
async fn at_a_case(roles: &[Role]) -> Option<(TestApp, Browser, CaseId, UserId)> {
    let app = TestApp::start().await;
    let browser = Browser::open(&format!("http://{}", app.address)).await?;
    let person = Person { name: "Priya Raman", roles, team: Some("North"), department: None };
    let user = app.given_person(person).await.id.unwrap();
    let customer = app.given_customer("Harborview Dental Group").await;
    let case = app.given_case_with(customer, |new| new.owner = Some(user)).await;
    browser.goto("/sign-in").await;
    let session = format!("session={}; path=/", app.session_of(user).await);
    browser.run("document.cookie = arguments[0]", vec![serde_json::json!(session)]).await;
    Some((app, browser, case, user))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follow_up_is_made_snoozed_woken_moved_and_done() {
    let Some((app, browser, case, _)) = at_a_case(&[Role::Agent]).await else { return };
    browser.goto(&format!("/cases/{case}")).await;
    browser.wait_for("#case-todo").await;
    // F adds one, from wherever one is on the page
    browser.keys("f").await;
    browser.wait_for("#fu-what").await;
    browser.is_accessible("adding a follow-up").await;
    browser.ctrl_enter().await;
    browser.wait_for_text("Write what is to be done.").await;
    browser.fill("#fu-what", "Call Renee with one number").await;
    browser.press("Today 15:00").await;
    browser.press("Add follow-up").await;
    browser.wait_for_text("Follow-up set for Wed 4 Mar 15:00.").await;
    browser.wait_for_text_in("#case-todo", "Call Renee with one number").await;
    browser.looks_well("case-follow-up").await;
    // put off until she replies
    browser.press("Snooze or move").await;
    browser.wait_for("#one").await;
    browser.looks_well("follow-up-dialog").await;
    browser.press("Until the customer replies").await;
    browser.wait_for_text("Snoozed until the customer replies").await;
    browser.wait_for_text_in("#case-todo", "snoozed until the customer replies").await;
    // she does
    app.clock.advance(TimeDelta::minutes(30));
    browser.click("#tab-talk").await;
    browser.select("#t-by", "Call, from the customer").await;
    browser.fill("#t-body", "She asks for one number.").await;
    browser.press("Log conversation").await;
    browser.wait_for_text_in("#case-log", "woke a follow-up by the customer’s reply").await;
    browser.wait_for_text_in("#case-todo", "the customer replied: 1 working hour after").await;
    // moved, for a reason
    browser.press("Snooze or move").await;
    browser.wait_for("#one").await;
    browser.press("Move to another time").await;
    browser.choose_day("#m-at", "2026-03-05T11:00").await;
    browser.press("Move follow-up").await;
    browser.wait_for_text("Write why it is moved.").await;
    browser.is_accessible("a move without a reason").await;
    browser.fill("#m-why", "She is at the other location today").await;
    browser.press("Move follow-up").await;
    browser.wait_for_text("Moved to Thu 5 Mar 11:00.").await;
    browser.wait_for_text_in("#case-log", "She is at the other location today").await;
    // ticked off on the list, taken back, and ticked off again with a key
    browser.goto("/follow_ups?show=week").await;
    browser.wait_for_text("Call Renee with one number").await;
    browser.looks_well("follow-ups-next").await;
    browser.click("[aria-label^='Mark done: Call Renee']").await;
    browser.wait_for_text("Follow-up done.").await;
    browser.wait_until_gone("[aria-label^='Mark done: Call Renee']").await;
    browser.press("Undo").await;
    browser.wait_for_text("It is open again.").await;
    browser.wait_for("[aria-label^='Mark done: Call Renee']").await;
    for _ in 0..6 {
        browser.keys("j").await;
        let on = "return document.activeElement.textContent.startsWith('Call Renee')";
        if browser.run(on, Vec::new()).await == serde_json::json!(true) {
            break;
        }
    }
    browser.keys("x").await;
    browser.wait_until_gone("[aria-label^='Mark done: Call Renee']").await;
    browser.goto("/follow_ups?show=done").await;
    browser.wait_for_text("Call Renee with one number").await;
    browser.looks_well("follow-ups-done").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_save_is_checked_when_its_day_comes() {
    let Some((app, browser, case, _)) = at_a_case(&[Role::Agent]).await else { return };
    browser.goto(&format!("/cases/{case}/close")).await;
    browser.press("Saved without offer").await;
    browser.fill("#end-note", "Right-sized the plan.").await;
    browser.press("Close case").await;
    browser.wait_for_text("closed: saved without offer").await;
    browser.wait_for_text_in("#case-todo", "Check after 90 days").await;
    app.clock.advance(TimeDelta::days(7));
    // signed in anew, a week later
    let user: UserId = sqlx::query_scalar("select owner_id from cases where id = $1")
        .bind(case)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    let session = format!("session={}; path=/", app.session_of(user).await);
    browser.goto("/sign-in").await;
    browser.run("document.cookie = arguments[0]", vec![serde_json::json!(session)]).await;
    browser.goto("/follow_ups").await;
    browser.wait_for_text("Check after 7 days: still active and paying?").await;
    // the list may be brought up to date under the first click
    while !browser.has(".menu:popover-open").await {
        browser.click("[aria-label^='Say what the check found']").await;
    }
    browser.is_accessible("what a check found").await;
    browser.press("Not known").await;
    browser.wait_for_text("Noted: not known whether they are still paying.").await;
    browser.wait_until_gone("[aria-label^='Say what the check found']").await;
    browser.goto(&format!("/cases/{case}")).await;
    browser.wait_for_text_in("#case-log", "Not known").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_the_week_and_the_calendar_link_look_well() {
    let Some((_app, browser)) = at_work(Role::Agent).await else { return };
    for (path, name) in [
        ("/follow_ups", "follow-ups"),
        ("/follow_ups?show=overdue", "follow-ups-overdue"),
        ("/follow_ups?show=promises", "follow-ups-promises"),
        ("/follow_ups?layout=week", "follow-ups-week"),
    ] {
        browser.goto(path).await;
        browser.wait_for("#follow-ups").await;
        browser.looks_well(name).await;
    }
    // from the queue F adds one to the case in hand
    browser.goto("/queue?owner=me").await;
    browser.wait_for("a.open").await;
    browser.keys("j").await;
    browser.keys("f").await;
    browser.wait_for("#newfollowup").await;
    browser.press("Cancel").await;
    browser.wait_until_gone("#newfollowup").await;
    // without a case one is looked up
    browser.goto("/follow_ups").await;
    browser.wait_for("#follow-ups").await;
    browser.keys("f").await;
    browser.wait_for("#fu-about").await;
    browser.is_accessible("adding a follow-up to a case that is looked up").await;
    browser.goto("/profile").await;
    browser.press("Make a link").await;
    browser.wait_for("#calendar_url").await;
    browser.looks_well("profile-calendar").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_sees_what_is_late_for_the_team() {
    let Some((_app, browser)) = at_work(Role::Supervisor).await else { return };
    browser.goto("/follow_ups").await;
    browser.wait_for("#whose").await;
    let script = "const late = [...document.querySelector('#whose').options].find(one => one.text.includes('overdue'));
        document.querySelector('#whose').value = late.value;
        return late.text";
    let told = browser.run(script, Vec::new()).await;
    let name = told.as_str().unwrap().split(',').next().unwrap().to_owned();
    browser.press("Show").await;
    browser.wait_for_text(&format!("Follow-ups of {name}")).await;
    browser.looks_well("follow-ups-of-another").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_sets_the_calling_hours() {
    let Some((_app, browser, ..)) = at_a_case(&[Role::Manager]).await else { return };
    browser.goto("/calling_hours").await;
    browser.wait_for("#monday").await;
    browser.fill("#monday", "9 to 5").await;
    browser.press("Save calling hours").await;
    browser.wait_for_text("Write working hours as two times").await;
    browser.is_accessible("hours that are none").await;
    browser.fill("#monday", "9:00-17:00").await;
    browser.press("Save calling hours").await;
    browser.wait_for_text("Saved.").await;
    browser.looks_well("calling-hours").await;
    browser.close().await;
}
