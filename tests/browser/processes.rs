//! “Just cancel” honoured in time, and a red flag that holds offers until Legal lifts it.

use savedesk::auth::{Can, MakeOffers, Role};
use savedesk::customers::{self, NewContact};
use savedesk::ids::{CaseId, CustomerId};
use savedesk::poster;
use savedesk::processes::Kind;

use crate::browser::Browser;
use crate::desk::{a_browser, seated, sit_down};
use crate::support::{MailServer, Person, TestApp, percent};

/// Somebody of a department at a browser of their own.
async fn of_department(app: &TestApp, name: &str, department: &str) -> Option<Browser> {
    let browser = a_browser(app).await?;
    let person = Person { name, roles: &[Role::Department], team: None, department: Some(department) };
    let person = app.given_person(person).await;
    sit_down(app, person.id.unwrap(), &browser).await;
    Some(browser)
}

async fn given_contact(app: &TestApp, customer: CustomerId) {
    let mut tx = app.begin().await;
    let contact = NewContact {
        name: "Renee Caldwell".to_owned(),
        email: "renee@harborview.example".to_owned(),
        ..NewContact::default()
    };
    customers::add_contact(&mut tx, &Can::desk(), customer, contact).await.unwrap();
    tx.commit().await.unwrap();
}

/// Brings a part of the page into sight, at every size.
async fn look_at(browser: &Browser, css: &str) {
    let script = "window.looking?.abort(); window.looking = new AbortController();
        const look = () => document.querySelector(arguments[0])?.scrollIntoView();
        addEventListener('resize', look, { signal: window.looking.signal }); look()";
    browser.run(&script.replace("arguments[0]", &format!("{css:?}")), Vec::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn just_cancel_is_honoured_in_time() {
    let server = MailServer::start();
    let url = server.url();
    let app = TestApp::start_with(|config| config.smtp_url = Some(url.clone()), savedesk::router::router).await;
    let customer = app.given_customer("Harborview Dental Group").await;
    app.given_subscription(customer).await;
    given_contact(&app, customer).await;
    let Some((_, rep)) = seated(&app, "Marcus Lee", Role::Rep).await else { return };
    let Some((_, priya)) = seated(&app, "Priya Raman", Role::Agent).await else { return };
    let Some(billing) = of_department(&app, "Bea Moss", "Billing").await else { return };
    // a rep opens the case while the customer is on the phone
    rep.goto(&format!("/cases/new?customer={customer}")).await;
    rep.fill("[name=stated_reason]", "I do not want to talk about it. Just cancel it.").await;
    rep.click("input[name=just_cancel]").await;
    rep.click("form[action='/cases'] button.primary").await;
    rep.wait_for("#case-processes .todo").await;
    rep.wait_for_text_in(".casehead", "Cancel by").await;
    assert!(!rep.has("#attempt form").await && !rep.has("#offer form").await, "there is nothing to try");
    look_at(&rep, "#case-processes").await;
    rep.looks_well("just-cancel").await;
    let case = rep.path().await;
    // Billing sees what it owes, and says that it is done
    billing.goto("/promises").await;
    billing.wait_for_text("Billing stops: Cloud voice").await;
    billing.press("It is done").await;
    billing.looks_well("department-promise").await;
    billing.press("Done").await;
    billing.wait_for("td .err").await;
    billing.is_accessible("a promise without evidence").await;
    billing.fill("td [name=why]", "No invoice runs after today").await;
    billing.press("Done").await;
    billing.wait_for_text("Noted: kept.").await;
    billing.close().await;
    app.sweep().await;
    // the agent fills in what the confirmation states, and sends it
    priya.goto(&case).await;
    priya.wait_for_text_in("#case-processes", "It goes on once this is filled in").await;
    priya.press("Fill it in").await;
    priya.wait_for("#facts").await;
    priya.press("Note it").await;
    priya.wait_for("#fact-3-e").await;
    priya.is_accessible("facts that are missing").await;
    priya.select("#fact-3", "No").await;
    priya.fill("#fact-4", "Nothing more is billed; $12.00 is refunded").await;
    priya.press("Note it").await;
    priya.wait_for("#confirm").await;
    priya.looks_well("cancellation").await;
    priya.goto(&format!("{case}/cancellation_letter")).await;
    priya.wait_for_text("Nothing more is billed; $12.00 is refunded").await;
    priya.looks_well("cancellation-letter").await;
    priya.goto(&case).await;
    priya.click("#case-processes form[action$='/mail'] button").await;
    priya.wait_for_text_in("#case-processes", "The mail is in the outbox").await;
    poster::post(&app.db, &mailer(&url)).await.unwrap();
    app.sweep().await;
    priya.goto(&case).await;
    priya.wait_for_text_in("#case-processes", "E-mail to renee@harborview.example").await;
    assert!(!priya.text_of(".casehead").await.contains("Cancel by"), "the wish to cancel is met");
    look_at(&priya, "#case-processes").await;
    priya.looks_well("cancellation-confirmed").await;
    assert!(server.mails().iter().any(|mail| mail.text.contains("Number of this confirmation: SD-")));
    // the service ends, and the case is lost, as the customer wished
    priya.press("Cancellation").await;
    priya.wait_for("#step-2").await;
    priya.click("#step-2 details summary").await;
    priya.fill("#step-2 [name=why]", "It ended with the last invoice").await;
    priya.press("Skip").await;
    priya.wait_for_text("Step skipped.").await;
    priya.goto(&format!("{case}/close")).await;
    priya.click("input[name=outcome][value=lost]").await;
    priya.select("[name=reason]", "No longer needed").await;
    priya.fill("[name=note]", "They wanted to leave, and left.").await;
    priya.click("form[action$='/close'] button.primary, form[action$='/close'] button.danger").await;
    priya.wait_for_text_in(".casehead", "Lost").await;
    priya.wait_for_text_in("#case-log", "finished: Cancellation").await;
    let id: CaseId = case.trim_start_matches("/cases/").parse().unwrap();
    let met: String = sqlx::query_scalar(
        "select stage from deadlines where case_id = $1 and kind = 'cancel_request' order by set_at desc limit 1",
    )
    .bind(id)
    .fetch_one(&mut app.owner().await)
    .await
    .unwrap();
    assert_eq!(met, "met");
    rep.close().await;
    priya.close().await;
}

/// Mails as the server sends them.
fn mailer(url: &str) -> savedesk::notifications::Mailer {
    let config = savedesk::config::Config { smtp_url: Some(url.to_owned()), ..savedesk::config::Config::default() };
    savedesk::notifications::Mailer::of(&config).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_red_flag_holds_offers_until_legal_lifts_it() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let on = app.given_case_to_save("Harborview Dental Group").await;
    let offer = app.given_offer(&agent, on, percent(5, 12)).await.unwrap().id;
    let case = format!("/cases/{}", on.0);
    let Some((_, dana)) = seated(&app, "Dana Okafor", Role::Supervisor).await else { return };
    let Some((_, rep)) = seated(&app, "Marcus Lee", Role::Rep).await else { return };
    let Some(legal) = of_department(&app, "Lena Gray", "Legal").await else { return };
    dana.goto(&case).await;
    dana.press("Start a process").await;
    dana.wait_for("#startprocess").await;
    dana.looks_well("start-a-process").await;
    dana.press("Red flag").await;
    dana.wait_for("#start-process").await;
    dana.press("Start: red flag").await;
    dana.wait_for("#fact-1-e").await;
    dana.is_accessible("a process without its facts").await;
    dana.fill("#fact-1", "Three names on one card").await;
    dana.looks_well("red-flag").await;
    dana.press("Start: red flag").await;
    dana.wait_for_text_in("#case-processes", "Confidential").await;
    dana.wait_for("#offers-held").await;
    look_at(&dana, "#case-processes").await;
    dana.looks_well("red-flag-runs").await;
    // a rep sees that offers are held, and nothing of why
    rep.goto(&case).await;
    rep.wait_for("#offers-held").await;
    assert!(!rep.text_of("main").await.contains("Red flag"), "the rep need not know");
    assert!(!rep.has("#offer form").await && !rep.has("#case-offers form[action$=presentation]").await);
    rep.looks_well("offers-held").await;
    // Fraud finds nothing, and Legal lifts it
    let process = app.process(on.0, Kind::RedFlag).await;
    app.answer_step(&process, 1, "Fraud").await;
    app.sweep().await;
    dana.goto(&format!("/case_processes/{}", process.id)).await;
    dana.wait_for("#facts").await;
    dana.fill("#fact-2", "A family and their shop").await;
    dana.press("Note it").await;
    dana.wait_for_text("What waited for it begins.").await;
    legal.goto("/requests").await;
    legal.click("#requests-list a.open").await;
    legal.wait_for("#answer-form").await;
    legal.wait_for_text("Three names on one card").await;
    legal.fill("#ra-words", "All in order. Offers are possible again.").await;
    legal.press("Answer").await;
    legal.wait_for_text("The desk has been told").await;
    legal.close().await;
    app.sweep().await;
    rep.goto(&case).await;
    rep.wait_for("#case-offers").await;
    assert!(!rep.has("#offers-held").await, "offers are possible again");
    assert!(rep.has("#offer form").await);
    app.wait_for_live().await;
    rep.wait_for_live().await;
    app.present(&agent, offer, 1).await.unwrap();
    rep.wait_for("#case-offers .pill[data-s=offer]").await;
    // what a process is made of
    dana.goto("/processes").await;
    dana.wait_for_text("What there is").await;
    dana.looks_well("processes").await;
    dana.goto("/processes/cancellation").await;
    dana.looks_well("process-template").await;
    let Some((_, helen)) = seated(&app, "Helen Brandt", Role::Manager).await else { return };
    helen.goto("/processes/cancellation/edit").await;
    helen.looks_well("process-edit").await;
    helen.close().await;
    rep.close().await;
    dana.close().await;
}
