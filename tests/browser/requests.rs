//! A ring order rescued by a date that Manufacturing confirms on a condition, and an answer by link on a phone.

use savedesk::auth::Role;
use savedesk::requests;

use crate::browser::Browser;
use crate::desk::{a_browser, seated, sit_down};
use crate::support::{Person, Ring, TestApp, yes};

/// Somebody of a department at a browser of their own.
async fn of_department(app: &TestApp, name: &str, department: &str) -> Option<Browser> {
    let browser = a_browser(app).await?;
    let person = Person { name, roles: &[Role::Department], team: None, department: Some(department) };
    let person = app.given_person(person).await;
    sit_down(app, person.id.unwrap(), &browser).await;
    Some(browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_order_is_rescued_by_a_date_that_manufacturing_confirms_on_a_condition() {
    let ring = Ring::new().await;
    let case = format!("/cases/{}", ring.case);
    let Some((_, priya)) = seated(&ring.app, "Priya Raman", Role::Agent).await else { return };
    let Some(paolo) = of_department(&ring.app, "Paolo Rossi", "Manufacturing").await else { return };
    // the agent asks both with one button
    priya.goto(&case).await;
    priya.wait_for_text_in("#case-offers", "Ask Logistics and Manufacturing").await;
    priya.press("Ask Logistics and Manufacturing").await;
    priya.wait_for_text_in("#case-requests", "Waits on Manufacturing since").await;
    priya.looks_well("case-asked").await;
    ring.app.wait_for_live().await;
    priya.wait_for_live().await;
    // Manufacturing says yes, if
    paolo.goto("/").await;
    paolo.wait_for_path("/requests").await;
    paolo.wait_for_text("Oval setting finished by Wed 9 Dec").await;
    paolo.looks_well("requests-department").await;
    paolo.click("#requests-list a.open").await;
    paolo.wait_for("#answer-form").await;
    paolo.looks_well("request-to-answer").await;
    paolo.press("Answer").await;
    paolo.wait_for("#answer-form .note.sum").await;
    paolo.is_accessible("an answer without a verdict").await;
    paolo.click("#answer-form input[name=verdict][value=yes_if]").await;
    paolo.fill("#ra-conditions", "One polish slot moves to Thursday").await;
    paolo.fill("#ra-cost", "145.00").await;
    paolo.click("#ra-expedited").await;
    paolo.press("Answer").await;
    paolo.wait_for_text("The desk has been told").await;
    paolo.looks_well("request-answered").await;
    paolo.close().await;
    let now = ring.app.clock.now();
    ring.answer(&ring.moving, yes(now)).await;
    // the agent accepts the conditions, presents, and the customer accepts
    priya.wait_for_text_in("#case-offers", "One polish slot moves to Thursday").await;
    priya.looks_well("case-conditions").await;
    let present = "#case-offers form[action$=presentation] button[value=phone]";
    assert!(!priya.has(present).await, "nobody accepted the conditions yet");
    priya.click("#case-offers form[action$=conditions] button").await;
    priya.wait_for(present).await;
    priya.click(present).await;
    priya.wait_for("#case-offers .pill[data-s=offer]").await;
    priya.press("Accepted").await;
    priya.wait_for("#case-promises .todo li").await;
    priya.wait_for_text_in("#case-log", "accepted the conditions of Manufacturing").await;
    priya.looks_well("case-rescued").await;
    // what departments owe, as the agent sees it; and asking from there by the keyboard
    priya.goto("/requests?view=answered").await;
    priya.wait_for_text("Confirmed").await;
    priya.keys("jj").await;
    priya.keys(" ").await;
    priya.wait_for("#peek").await;
    priya.looks_well("requests-answered").await;
    priya.goto(&case).await;
    priya.wait_for("#ask-department-link").await;
    priya.keys("r").await;
    priya.wait_for("#ask-department").await;
    priya.select("#rq-department", "Billing").await;
    priya.fill("#rq-what", "A receipt for the expedited setting").await;
    priya.looks_well("ask-a-department").await;
    priya.ctrl_enter().await;
    priya.wait_for_text_in("#case-requests", "A receipt for the expedited setting").await;
    priya.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_by_link_takes_two_clicks_on_a_phone() {
    let ring = Ring::new().await;
    ring.ask().await.unwrap();
    let check = ring.open_of(&ring.moving).await;
    let mut tx = ring.app.begin_as(&ring.asks).await;
    let link = requests::make_link(&mut tx, &ring.asks, check, None).await.unwrap();
    tx.commit().await.unwrap();
    let Some(phone) = a_browser(&ring.app).await else { return };
    phone.goto(&link.path).await;
    phone.wait_for("#ra-verdict").await;
    phone.looks_well("answer-by-link").await;
    phone.resize(390).await;
    phone.press("Send the answer").await;
    phone.wait_for(".note.sum").await;
    phone.is_accessible("an answer by link without a verdict").await;
    phone.click("input[name=verdict][value=yes]").await;
    phone.fill("#ra-name", "Ada of Logistics").await;
    phone.press("Send the answer").await;
    phone.wait_for_text("Your answer is with the desk").await;
    phone.looks_well("answered-by-link").await;
    phone.goto(&link.path).await;
    phone.wait_for_text("This link no longer works").await;
    phone.close().await;
    assert_eq!(ring.app.request(check).await.stage, requests::Stage::Answered);
}
