//! Promises at the keyboard: made by hand with a file in the log, kept by a line of a bill, broken for a reason.

use std::path::PathBuf;

use chrono::NaiveDate;
use savedesk::auth::{Can, Role};
use savedesk::customers::{self, NewBillingLine};
use savedesk::ids::CustomerId;
use savedesk::money::{Currency, Money};

use crate::browser::Browser;
use crate::support::{Person, TestApp};

async fn at_a_case() -> Option<(TestApp, Browser, CustomerId, String)> {
    let app = TestApp::start().await;
    let browser = Browser::open(&format!("http://{}", app.address)).await?;
    let customer = app.given_customer("Harborview Dental Group").await;
    let case = format!("/cases/{}", app.given_case(customer).await);
    let priya = app
        .given_person(Person { name: "Priya Raman", roles: &[Role::Agent], team: Some("North"), department: None })
        .await;
    browser.goto("/sign-in").await;
    let session = format!("session={}; path=/", app.session_of(priya.id.unwrap()).await);
    browser.run("document.cookie = arguments[0]", vec![serde_json::json!(session)]).await;
    browser.goto(&case).await;
    browser.wait_for("#case-promises").await;
    Some((app, browser, customer, case))
}

async fn given_line(app: &TestApp, customer: CustomerId) {
    let mut tx = app.begin().await;
    let line = NewBillingLine {
        subscription: None,
        invoice: "4711".to_owned(),
        billed_on: NaiveDate::from_ymd_opt(2026, 3, 4).unwrap(),
        description: "Goodwill credit".to_owned(),
        amount: Money::new(-14_820, Currency::USD),
        copy: 1,
    };
    customers::add_billing_line(&mut tx, &Can::desk(), customer, &line).await.unwrap();
    tx.commit().await.unwrap();
}

/// A file on this machine.
fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = std::env::temp_dir().join(uuid::Uuid::new_v4().simple().to_string());
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

async fn promise(browser: &Browser, what: &str) {
    browser.press("Promise something").await;
    browser.select("#pm-kind", "Other").await;
    browser.fill("#pm-what", what).await;
    let second = "const by = document.querySelector('#pm-by'); by.selectedIndex = 2; by.dispatchEvent(new Event('change', { bubbles: true }))";
    browser.run(second, Vec::new()).await;
    browser.click("#case-promises form[aria-label='Promise something'] .btn").await;
    browser.wait_for_text_in("#case-promises .todo", what).await;
}

/// Brings a part of the page into sight, at every size.
async fn look_at(browser: &Browser, css: &str) {
    let script = "window.looking?.abort(); window.looking = new AbortController();
        const look = () => document.querySelector(arguments[0])?.scrollIntoView();
        addEventListener('resize', look, { signal: window.looking.signal }); look()";
    browser.run(&script.replace("arguments[0]", &format!("{css:?}")), Vec::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_is_made_kept_by_a_bill_and_another_broken() {
    let Some((app, browser, customer, case)) = at_a_case().await else { return };
    given_line(&app, customer).await;
    // a file with a note: one that is none is told beside the field, and what was written stays
    browser.press("Note").await;
    browser.fill("#n-body", "Their written quote").await;
    browser.run("document.querySelectorAll('#note details').forEach(fold => { fold.open = true })", Vec::new()).await;
    let odd = file("quote.pdf", b"MZ\x90\0");
    browser.attach("#n-file", &odd).await;
    browser.press("Add note").await;
    browser.wait_for("#n-file-e").await;
    assert_eq!(browser.value("#n-body").await, "Their written quote");
    look_at(&browser, "#note").await;
    browser.looks_well("file-refused").await;
    let quote = file("quote <b>\u{202e}final.pdf", b"%PDF-1.4 forty a seat");
    browser.attach("#n-file", &quote).await;
    let only_last = "const field = document.querySelector('#n-file'); const kept = new DataTransfer();
        kept.items.add([...field.files].at(-1)); field.files = kept.files";
    browser.run(only_last, Vec::new()).await;
    browser.press("Add note").await;
    browser.wait_for("#tl a[href^='/files/']").await;
    assert_eq!(browser.text_of("#tl a[href^='/files/']").await, "quote <b>final.pdf");

    promise(&browser, "Put the goodwill credit on the next invoice").await;
    promise(&browser, "An engineer calls back").await;
    browser
        .run("document.querySelectorAll('#case-promises details').forEach(fold => { fold.open = true })", Vec::new())
        .await;
    look_at(&browser, "#case-promises").await;
    browser.looks_well("promises-open").await;
    // their day shows what is owed until it is kept
    browser.goto("/follow_ups?show=promises").await;
    browser.wait_for_text("Put the goodwill credit on the next invoice").await;
    browser.goto(&case).await;
    browser.click("#case-promises li:has(select[name=line]) details:has(form[action$='/completion']) summary").await;
    let choose = "const line = document.querySelector('#case-promises select[name=line]'); line.selectedIndex = 1;
        line.dispatchEvent(new Event('change', { bubbles: true }))";
    browser.run(choose, Vec::new()).await;
    browser.click("#case-promises form[action$='/completion'] .btn").await;
    browser.wait_for_text_in("#case-promises", "Invoice 4711 of 4 Mar 2026: Goodwill credit").await;
    browser.click("#case-promises details:has(form[action$='/breach']) summary").await;
    browser.fill("#case-promises form[action$='/breach'] [name=why]", "No engineer was free").await;
    browser.click("#case-promises form[action$='/breach'] .btn").await;
    browser.wait_for_text_in("#case-promises", "No engineer was free").await;
    browser.goto(&case).await;
    browser.wait_for_text_in(".casehead", "Broken promise").await;
    look_at(&browser, "#case-promises").await;
    browser.looks_well("promises-over").await;
    // a broken one is a reason to act: the customer is told, and that is ticked off
    browser.goto("/follow_ups").await;
    browser.wait_for_text("Tell the customer: An engineer calls back").await;
    assert!(!browser.text().await.contains("Put the goodwill credit on the next invoice"));
    browser.click("[aria-label^='Mark done: Tell the customer']").await;
    browser.wait_for_text("Follow-up done.").await;
    browser.goto(&case).await;
    browser.wait_for_text_in("#tl", "did a follow-up: Tell the customer").await;

    for (page, name) in [
        ("/promises?whose=everyone&show=over", "promises-list-over"),
        ("/promises", "promises-list-empty"),
        (&*format!("/customers/{customer}"), "promises-customer"),
    ] {
        browser.goto(page).await;
        browser.wait_for("main").await;
        browser.looks_well(name).await;
    }
    browser.close().await;
}
