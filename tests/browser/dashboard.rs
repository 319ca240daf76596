//! The manager's dashboard: another span, the rows behind a number, a case behind a row.

use chrono::{Months, TimeDelta};
use savedesk::auth::{Can, Role};
use savedesk::cases::{self, Closing, Outcome};
use savedesk::money::{Currency, Money};

use crate::browser::Browser;
use crate::support::{Person, TestApp};

/// Some cases closed week by week, one in three of them lost.
async fn happened(app: &TestApp) {
    for week in 0..12_i64 {
        for nth in 0..3_i64 {
            let (case, _) = app.given_case_to_save(&format!("Harborview Dental {week}.{nth}")).await;
            let outcome = if nth == 2 { Outcome::Lost } else { Outcome::SavedWithoutOffer };
            let reason = ["price.too_high", "service.outage", "competitor.better_offer", "billing.wrong_charge"];
            let closing = Closing {
                outcome,
                reason: Some(reason[usize::try_from((week + nth) % 4).unwrap()].to_owned()),
                note: "They told us so.".to_owned(),
                kept: Money::new(if nth == 2 { 0 } else { 2_000_000 + week * 50_000 }, Currency::USD),
                duplicate_of: None,
            };
            let mut tx = app.begin().await;
            cases::close(&mut tx, &Can::desk(), case, closing).await.unwrap();
            tx.commit().await.unwrap();
        }
        app.clock.advance(TimeDelta::days(7));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_opens_the_rows_behind_a_number() {
    let app = TestApp::start().await;
    let Some(browser) = Browser::open(&format!("http://{}", app.address)).await else { return };
    happened(&app).await;
    let helen = app
        .given_person(Person { name: "Helen Strand", roles: &[Role::Manager], team: Some("North"), department: None })
        .await;
    browser.goto("/sign-in").await;
    let session = format!("session={}; path=/", app.session_of(helen.id.unwrap()).await);
    browser.run("document.cookie = arguments[0]", vec![serde_json::json!(session)]).await;
    browser.goto("/dashboard").await;
    browser.wait_for(".tiles").await;
    browser.press("Quarter").await;
    browser.wait_for(".chart").await;
    browser.looks_well("dashboard").await;
    browser.press("Custom").await;
    browser.wait_for("#d-from").await;
    let from = (app.clock.now() - Months::new(6)).date_naive().to_string();
    let typed = format!("document.querySelector('#d-from').value = {from:?}");
    browser.run(&typed, Vec::new()).await;
    browser.press("Show").await;
    browser.wait_for_text_in(".tiles", "24 of 36 decided").await;
    browser.click(".tile[href*='figure=gross']").await;
    browser.wait_for_text_in("#count", "24").await;
    browser.looks_well("report-rows").await;
    browser.click("tbody tr:first-child a.open").await;
    browser.wait_for("#case-causes").await;
}
