//! The chaser, as those see it whom it reminds, warns and asks: with a clock that is moved by hand.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use savedesk::auth::{Actor, AssignCases, Can, MakeOffers, Role};
use savedesk::cases;
use savedesk::ids::UserId;

use crate::desk::{seated, sit_down};
use crate::support::{TestApp, percent};

/// The proof that somebody makes offers.
fn can(user: UserId, role: Role) -> Can<MakeOffers> {
    Arc::new(Actor { id: Some(user), roles: vec![role], ..Actor::desk() }).can().unwrap()
}

/// When something of this kind is due.
async fn due(app: &TestApp, kind: &str) -> DateTime<Utc> {
    sqlx::query_scalar("select due_at from deadlines where kind = $1 and stage = 'open'")
        .bind(kind)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_chased_warned_of_and_expires_and_the_digest_says_what_is_due() {
    let app = TestApp::start().await;
    let on = app.given_case_to_save("Harborview Dental Group").await;
    let Some((user, priya)) = seated(&app, "Priya Raman", Role::Agent).await else { return };
    let agent = can(user, Role::Agent);
    let mut tx = app.begin_as(&agent).await;
    cases::assign(&mut tx, &agent.and::<AssignCases>().unwrap(), on.0, Some(user)).await.unwrap();
    tx.commit().await.unwrap();
    let offer = app.given_offer(&agent, on, percent(5, 12)).await.unwrap().id;
    app.present(&agent, offer, 1).await.unwrap();
    app.sweep().await;
    // four working hours before it runs out, whoever made it is warned
    let over = due(&app, "offer").await;
    app.clock.set(over - TimeDelta::minutes(30));
    app.sweep().await;
    sit_down(&app, user, &priya).await;
    priya.goto("/notifications").await;
    priya.wait_for_text("5% for 12 months").await;
    priya.goto(&format!("/cases/{}", on.0)).await;
    priya.wait_for_text_in("#case-log", "reminded of what is due: pending offer").await;
    // then it runs out, once, before their eyes
    app.wait_for_live().await;
    priya.wait_for_live().await;
    app.clock.set(over + TimeDelta::minutes(1));
    assert!(app.sweep().await.done >= 1);
    priya.wait_for_text_in("#case-offers", "Expired").await;
    priya.looks_well("case-chased").await;
    priya.close().await;
    // the digests of the mornings stand in the outbox
    let Some((_, admin)) = seated(&app, "Joel Pereira", Role::Admin).await else { return };
    admin.goto("/outbox").await;
    admin.click("main table tbody a").await;
    admin.wait_for_text("Harborview Dental Group").await;
    admin.is_accessible("a digest as it would go").await;
    admin.goto("/chaser").await;
    admin.wait_for_text("Nothing is parked.").await;
    admin.press("Run now").await;
    admin.wait_for_text("Nothing was due.").await;
    admin.looks_well("chaser").await;
    admin.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_moves_up_past_who_went_away_and_a_manager_changes_the_ladder() {
    let app = TestApp::start().await;
    let Some((_, dana)) = seated(&app, "Dana Okafor", Role::Supervisor).await else { return };
    let Some((_, helen)) = seated(&app, "Helen Strand", Role::Manager).await else { return };
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let on = app.given_case_to_save("Northgate Property").await;
    let offer = app.given_offer(&agent, on, percent(20, 12)).await.unwrap().id;
    app.ask(&agent, offer, 1).await.unwrap();
    // the only supervisor leaves before the request is decided
    dana.goto("/absences").await;
    dana.wait_for("#from").await;
    dana.choose_day("#from", "2026-03-04T08:00").await;
    dana.choose_day("#until", "2026-03-06T17:30").await;
    dana.press("Note absence").await;
    dana.wait_for_text_in("main table", "Away").await;
    dana.close().await;
    app.sweep().await;
    helen.goto("/notifications").await;
    helen.wait_for_text("20% for 12 months").await;
    helen.goto("/approvals").await;
    helen.wait_for_text_in("#approvals-list", "Northgate Property").await;
    // next time managers want to hear of it earlier
    helen.goto("/ladders").await;
    helen.wait_for_text("Move it up to the managers").await;
    helen.looks_well("ladders").await;
    helen.goto("/ladders/approval").await;
    helen.fill("#amount-2", "30").await;
    helen.select("tr:has(#amount-2) select[name=unit]", "working minutes").await;
    helen.press("Save ladder").await;
    helen.wait_for_text("Choose what happens.").await;
    helen.is_accessible("a rung that does nothing").await;
    helen.select("tr:has(#amount-2) select[name=act]", "Tell the supervisors").await;
    helen.press("See what tonight's round would do").await;
    helen.wait_for("#preview").await;
    helen.looks_well("ladder").await;
    helen.press("Save ladder").await;
    helen.wait_for_text("30 working minutes before it is due").await;
    helen.close().await;
}
