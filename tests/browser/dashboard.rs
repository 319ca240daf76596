//! The manager's dashboard: another span, the rows behind a number, a case behind a row.

use chrono::{Months, TimeDelta};
use savedesk::auth::{Can, MakeOffers, Role};
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

/// A manager at a browser.
async fn helen_sits_down(app: &TestApp, browser: &Browser) {
    let helen = app
        .given_person(Person { name: "Helen Strand", roles: &[Role::Manager], team: Some("North"), department: None })
        .await;
    browser.goto("/sign-in").await;
    let session = format!("session={}; path=/", app.session_of(helen.id.unwrap()).await);
    browser.run("document.cookie = arguments[0]", vec![serde_json::json!(session)]).await;
}

/// What a link of the page's export leads to: its status, what kind of file it is, its name, its first letters.
const FETCHED: &str = "
    if (!window.asked) {
        window.asked = true;
        const link = [...document.querySelectorAll('#files a')].find(a => a.pathname.endsWith(arguments[0]));
        fetch(link.href).then(async answer => {
            const text = await answer.text();
            window.fetched = [answer.status, answer.headers.get('content-disposition'), text.slice(0, 2), text.split('\\n').length];
        });
    }
    return window.fetched";

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_takes_rows_out_prints_and_has_the_week_sent() {
    let app = TestApp::start().await;
    let Some(browser) = Browser::open(&format!("http://{}", app.address)).await else { return };
    happened(&app).await;
    helen_sits_down(&app, &browser).await;
    browser.goto("/dashboard?range=quarter").await;
    browser.wait_for(".chart").await;
    let paper = browser
        .on_paper(
            "dashboard",
            "const seen = css => [...document.querySelectorAll(css)].some(el => el.checkVisibility({contentVisibilityAuto: true}));
            return [seen('.nav'), seen('.top'), seen('.report-bar'), seen('.btn'), seen('.tiles'), seen('.printonly'),
                [...document.querySelectorAll('main table')].every(el => el.checkVisibility()),
                document.scrollingElement.scrollWidth <= innerWidth]",
        )
        .await;
    assert_eq!(paper, serde_json::json!([false, false, false, false, true, true, true, true]));
    browser.press("Export").await;
    browser.wait_for("#files a").await;
    browser.looks_well("dashboard-export").await;
    let book = browser.until("the workbook", FETCHED, vec![serde_json::json!(".xlsx")]).await;
    assert!(book[0] == 200 && book[2] == "PK", "{book}");
    browser.goto("/dashboard?range=quarter").await;
    browser.click(".tile .go[href*='figure=gross']").await;
    browser.wait_for("#count").await;
    let rows: usize = browser.text_of("#count").await.parse().unwrap();
    browser.press("Export").await;
    let lines = browser.until("the lines", FETCHED, vec![serde_json::json!(".csv")]).await;
    // a header, and nothing after the last line
    assert!(lines[0] == 200 && lines[3] == rows + 2, "{lines}");
    assert!(lines[1].as_str().unwrap().contains("rows-gross-"), "{lines}");
    browser.goto("/dashboard").await;
    browser.press("By mail").await;
    browser.wait_for_text_in("#next", "None is to come.").await;
    browser.looks_well("report-mail").await;
    browser.press("Send it to me").await;
    browser.wait_for_text_in("#next", "Mon").await;
    browser.wait_for_text_in("#next", "09:00").await;
    browser.looks_well("report-mail-chosen").await;
    browser.press("End it").await;
    browser.wait_for_text_in("#next", "None is to come.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_opens_the_rows_behind_a_number() {
    let app = TestApp::start().await;
    let Some(browser) = Browser::open(&format!("http://{}", app.address)).await else { return };
    happened(&app).await;
    helen_sits_down(&app, &browser).await;
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
    browser.click(".tile .d a[href*='figure=decided']").await;
    browser.wait_for_text_in("#count", "36").await;
    browser.click(".head .btn[href^='/dashboard']").await;
    browser.wait_for(".chart").await;
    // a reason by its name, and what is below it
    browser.click("section[aria-labelledby=drivers] svg a[href*='driver=price']").await;
    browser.wait_for_text_in("#drivers", "Price or affordability").await;
    browser.looks_well("dashboard-driver").await;
    browser.click("section[aria-labelledby=drivers] tbody td:nth-child(2) a").await;
    browser.wait_for_text_in("h1", "Decided cases").await;
    browser.click(".head .btn[href^='/dashboard']").await;
    browser.click(".tile .go[href*='figure=gross']").await;
    browser.wait_for_text_in("#count", "24").await;
    browser.looks_well("report-rows").await;
    browser.click("tbody tr:first-child a.open").await;
    browser.wait_for("#case-causes").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_asks_billing_for_a_credit_that_no_bill_shows() {
    let app = TestApp::start().await;
    let Some(browser) = Browser::open(&format!("http://{}", app.address)).await else { return };
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let (case, _) = app.given_case_to_save("Harborview Dental").await;
    app.given_promised_credit(&agent, case, 50).await;
    app.clock.advance(TimeDelta::days(40));
    helen_sits_down(&app, &browser).await;
    browser.goto("/reports/credits?show=unbilled").await;
    browser.wait_for_text_in("tbody", "Ask billing").await;
    browser.looks_well("credits").await;
    browser.press("It is on the bill").await;
    browser.wait_for("#case-promises details:has(form[action$='/completion']) summary").await;
    browser.goto("/reports/credits?show=unbilled").await;
    browser.press("Ask billing").await;
    browser.wait_for("#ask-department").await;
    browser.looks_well("credit-asked").await;
    browser.click("#ask-department button.primary").await;
    browser.wait_for_text("Billing is asked, and answers by").await;
    browser.wait_for_text_in("h1", "Promised credits").await;
}
