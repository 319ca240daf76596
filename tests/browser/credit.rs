//! A credit that Billing confirms, applied and shown by the line of an imported extract; and a visit that is promised once
//! Technical support said yes.

use savedesk::auth::Role;

use crate::browser::Browser;
use crate::desk::{a_browser, seated, sit_down};
use crate::support::{Person, TestApp};

/// Somebody of a department at a browser of their own.
async fn of_department(app: &TestApp, name: &str, department: &str) -> Option<Browser> {
    let browser = a_browser(app).await?;
    let person = Person { name, roles: &[Role::Department], team: None, department: Some(department) };
    let person = app.given_person(person).await;
    sit_down(app, person.id.unwrap(), &browser).await;
    Some(browser)
}

/// Says yes to what the department is asked.
async fn say_yes(browser: &Browser, what: &str) {
    browser.goto("/requests").await;
    browser.wait_for_text(what).await;
    browser.click("#requests-list a.open").await;
    browser.wait_for("#answer-form").await;
    browser.click("#answer-form input[name=verdict][value=yes]").await;
    browser.press("Answer").await;
    browser.wait_for_text("The desk has been told").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credit_that_billing_confirms_is_applied_and_shown_by_its_bill() {
    let app = TestApp::start().await;
    let on = app.given_case_to_save("Harborview Dental Group").await;
    let case = format!("/cases/{}", on.0);
    sqlx::raw_sql(
        "set session_replication_role = replica;
         update customers set account_number = 'H-0042' where name = 'Harborview Dental Group'",
    )
    .execute(&mut app.owner().await)
    .await
    .unwrap();
    // a manager has Billing confirm credits from now on
    let Some((_, mia)) = seated(&app, "Mia Brandt", Role::Manager).await else { return };
    mia.goto("/offer_types/one_off_credit/versions/new").await;
    mia.wait_for("main form").await;
    let tick = "const label = [...document.querySelectorAll('label')].find(l => l.textContent.trim() === 'Billing' &&
        l.querySelector('[name=departments]')); label.querySelector('input').click()";
    mia.run(tick, Vec::new()).await;
    mia.fill("#why", "Billing says first whether a credit can be booked").await;
    mia.click("main form .btns button.primary").await;
    mia.wait_for_text("Version 2 of One-off credit published.").await;
    mia.close().await;
    // the agent drafts one, and asks Billing
    let Some((_, priya)) = seated(&app, "Priya Raman", Role::Agent).await else { return };
    priya.goto(&format!("{case}/offer?type=one_off_credit")).await;
    priya.wait_for("#o-value").await;
    priya.fill("#o-value", "120").await;
    priya.fill("#o-what", "Three days without service").await;
    priya.press("Save draft").await;
    priya.wait_for_text_in("#case-offers", "Ask Billing").await;
    let present = "#case-offers form[action$=presentation] button[value=phone]";
    assert!(!priya.has(present).await, "Billing has not said yes");
    priya.click("#case-offers form[action$=feasibility] button").await;
    priya.wait_for_text_in("#case-requests", "Waits on Billing since").await;
    app.wait_for_live().await;
    priya.wait_for_live().await;
    let Some(aaron) = of_department(&app, "Aaron Feld", "Billing").await else { return };
    say_yes(&aaron, "Three days without service").await;
    aaron.close().await;
    // without loading the page anew
    priya.wait_for(present).await;
    priya.click(present).await;
    priya.wait_for("#case-offers .pill[data-s=offer]").await;
    priya.press("Accepted").await;
    priya.wait_for("#case-promises .todo li").await;
    // the bill run has it: its line shows that the promise was kept
    let today = app.clock.now().date_naive();
    let folder = priya.downloads.clone();
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("bill run.csv");
    let lines = format!(
        "Account,Invoice No,Invoice date,Description,Amount,Currency\nH-0042,4711,{today},Monthly charge,2310.00,USD\n\
         H-0042,4711,{today},Credit: three days without service,-120.00,USD\n"
    );
    std::fs::write(&file, lines).unwrap();
    priya.goto("/imports/new").await;
    priya.wait_for("#file").await;
    priya.attach("#file", &file).await;
    priya.press("Upload file").await;
    priya.wait_for("#match").await;
    priya.press("Check rows").await;
    priya.wait_for_text("Rows checked").await;
    priya.wait_for_text_in("#import", "2 would be new").await;
    priya.click("#import form[action$='/run'] button").await;
    priya.wait_for_text_in("#import", "2 new").await;
    priya.goto(&case).await;
    priya.click("#case-promises details:has(form[action$='/completion']) summary").await;
    priya
        .select("#case-promises form[action$='/completion'] select[name=line]", "Wed 4 Mar, invoice 4711: Credit")
        .await;
    priya.click("#case-promises form[action$='/completion'] .btn").await;
    priya.wait_for_text_in("#case-promises", "Credit: three days without service").await;
    priya.wait_for_text_in("#case-offers", "Fulfilled").await;
    priya.looks_well("credit-applied").await;
    priya.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_promised_once_technical_support_said_yes() {
    let app = TestApp::start().await;
    let case = format!("/cases/{}", app.given_case(app.given_customer("Harbor Oak").await).await);
    let Some((_, priya)) = seated(&app, "Priya Raman", Role::Agent).await else { return };
    priya.goto(&case).await;
    priya.wait_for("#case-promises").await;
    priya.press("Promise something").await;
    priya.select("#pm-kind", "Technician visit").await;
    priya.wait_for_text_in("#pm-needs", "Technical support has not been asked.").await;
    priya.fill("#pm-what", "A technician comes on Tuesday morning").await;
    priya.looks_well("promise-needs-a-yes").await;
    priya.press("Ask Technical support").await;
    priya.wait_for_text_in("#case-requests", "Technician visit: A technician comes on Tuesday morning").await;
    let Some(ines) = of_department(&app, "Ines Duarte", "Technical support").await else { return };
    say_yes(&ines, "A technician comes on Tuesday morning").await;
    ines.close().await;
    priya.goto(&case).await;
    priya.press("Promise something").await;
    priya.select("#pm-kind", "Technician visit").await;
    priya.wait_for_text_in("#pm-needs", "Technical support said yes.").await;
    priya.fill("#pm-what", "A technician comes on Tuesday morning").await;
    priya.click("#case-promises form[aria-label='Promise something'] .acts .btn").await;
    priya.wait_for_text_in("#case-promises .todo", "Technical support does it").await;
    priya.close().await;
    let Some((_, mia)) = seated(&app, "Mia Brandt", Role::Manager).await else { return };
    mia.goto("/promise_types").await;
    mia.wait_for("tbody a.open").await;
    mia.looks_well("promise-types").await;
    mia.press("Technician visit").await;
    mia.wait_for("main form").await;
    mia.looks_well("promise-type").await;
    mia.close().await;
}
