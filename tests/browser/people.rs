//! A supervisor coaches: a person, the rows behind a number, a save that was none. A manager sets a target and sees it.

use chrono::TimeDelta;
use savedesk::auth::{Actor, Can, Role};
use savedesk::cases::{AtStake, Outcome};
use savedesk::ids::CaseId;
use savedesk::interactions::{self, Direction, Means, NewAttempt, Response};
use savedesk::{cases, money};

use crate::browser::Browser;
use crate::support::{Person, TestApp};

async fn given_rep(app: &TestApp, name: &str) -> Actor {
    let rep = Person { name, roles: &[Role::Rep], team: Some("North"), department: None };
    app.given_person(rep).await
}

/// A case of this person, with an attempt in its log, closed.
async fn closed(app: &TestApp, owner: &Actor, name: &str, response: Response, outcome: Outcome) -> CaseId {
    let customer = app.given_customer(name).await;
    let at_stake = AtStake::Subscription(app.given_subscription(customer).await);
    let case = app
        .given_case_with(customer, |new| {
            new.at_stake = at_stake;
            new.owner = owner.id;
            new.team = owner.team;
        })
        .await;
    let attempt = NewAttempt {
        response,
        means: Means::Phone,
        direction: Direction::Outbound,
        objection: Some("price".to_owned()),
        levers: vec!["explain_value".to_owned()],
        offer: None,
        body: "Spoke with the owner".to_owned(),
        next_step: None,
    };
    let kept = if outcome == Outcome::Lost { 0 } else { 2_772_000 };
    let closing = cases::Closing {
        outcome,
        reason: Some("price.too_high".to_owned()),
        note: "They told us so.".to_owned(),
        kept: money::Money::new(kept, money::Currency::USD),
        duplicate_of: None,
    };
    let mut tx = app.begin().await;
    interactions::log_attempt(&mut tx, &Can::desk(), case, attempt).await.unwrap();
    cases::close(&mut tx, &Can::desk(), case, closing).await.unwrap();
    tx.commit().await.unwrap();
    case
}

async fn happened(app: &TestApp) {
    let (ada, bo) = (given_rep(app, "Ada Byrne").await, given_rep(app, "Bo Chen").await);
    for nth in 0..4 {
        closed(app, &ada, &format!("Harborview Dental {nth}"), Response::Saved, Outcome::SavedWithoutOffer).await;
        closed(app, &bo, &format!("Lakeside Print {nth}"), Response::Declined, Outcome::Lost).await;
    }
    app.clock.advance(TimeDelta::days(1));
    closed(app, &bo, "Quarry Books", Response::Declined, Outcome::SavedWithoutOffer).await;
}

async fn sign_in(app: &TestApp, browser: &Browser, name: &str, role: Role) {
    let person = Person { name, roles: &[role], team: Some("North"), department: None };
    let person = app.given_person(person).await;
    browser.goto("/sign-in").await;
    let session = format!("session={}; path=/", app.session_of(person.id.unwrap()).await);
    browser.run("document.cookie = arguments[0]", vec![serde_json::json!(session)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_coaches() {
    let app = TestApp::start().await;
    let Some(browser) = Browser::open(&format!("http://{}", app.address)).await else { return };
    happened(&app).await;
    sign_in(&app, &browser, "Sam Whitlock", Role::Supervisor).await;
    browser.goto("/dashboard").await;
    browser.press("Missed opportunities").await;
    browser.wait_for_text_in("h1", "Missed opportunities").await;
    browser.looks_well("missed").await;
    browser.press("Coaching").await;
    browser.wait_for("#people-table").await;
    browser.looks_well("coaching").await;
    browser.press("Bo Chen").await;
    browser.wait_for_text_in("h1", "Bo Chen").await;
    browser.looks_well("person").await;
    browser.click("tbody tr:first-child td a").await;
    browser.wait_for_text_in("#count", "5").await;
    browser.press("Figures").await;
    browser.wait_for_text_in("h1", "Bo Chen").await;
    browser.goto("/reports/coaching").await;
    browser.wait_for_text_in("#looks-table", "The last attempt says").await;
    browser.press("Quarry Books").await;
    browser.wait_for(".casehead").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_sets_a_target_and_sees_it() {
    let app = TestApp::start().await;
    let Some(browser) = Browser::open(&format!("http://{}", app.address)).await else { return };
    happened(&app).await;
    sign_in(&app, &browser, "Helen Strand", Role::Manager).await;
    browser.goto("/targets").await;
    browser.looks_well("targets-none").await;
    browser.press("Set a target").await;
    browser.wait_for("#whose").await;
    browser.looks_well("target-new").await;
    browser.select("#whose", "Team North").await;
    browser.select("#figure", "Save rate").await;
    browser.fill("#value", "90").await;
    browser.press("Set target").await;
    browser.wait_for_text_in("tbody", "90%").await;
    browser.goto("/targets/new").await;
    browser.wait_for("#whose").await;
    browser.select("#whose", "Team North").await;
    browser.select("#figure", "Net saved revenue a month").await;
    browser.fill("#value", "400000").await;
    browser.press("Set target").await;
    browser.wait_for_text_in("tbody", "$400,000.00").await;
    assert!(browser.offers("Export").await);
    browser.looks_well("targets").await;
    browser.click("tbody td a").await;
    browser.wait_for("#value").await;
    browser.looks_well("target-change").await;
    // both stand in the chart of the team
    let north: String = sqlx::query_scalar("select id::text from teams where name = 'North'")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    browser.goto(&format!("/dashboard?team={north}")).await;
    browser.wait_for("section[aria-labelledby=weeks] path.l3").await;
    browser.press("Show as a table").await;
    browser.wait_for_text_in("section[aria-labelledby=weeks] table", "90%").await;
    browser.looks_well("dashboard-targets").await;
    browser.goto("/reports/coaching").await;
    browser.press("Ada Byrne").await;
    browser.wait_for_text_in("table", "the team’s").await;
}
