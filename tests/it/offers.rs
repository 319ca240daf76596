//! Offers within limits and approvals beyond them, through the actions that pages use; the database is tried by going
//! around them.

use std::sync::Arc;

use chrono::TimeDelta;
use savedesk::approvals::{self, Decision, Stage as ApprovalStage};
use savedesk::auth::{Actor, Can, CloseCases, DecideApprovals, KeepPromises, MakeOffers, Role};
use savedesk::cases::{self, Closing, Outcome};
use savedesk::error::{Error, Result};
use savedesk::ids::OfferId;
use savedesk::money::{Currency, Money};
use savedesk::offers::{self, Stage};
use savedesk::promises;

use crate::support::{TestApp, percent};

/// The sentence of a refusal.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

async fn stage(app: &TestApp, offer: OfferId) -> Stage {
    offers::find(&mut app.db.read().await.unwrap(), offer).await.unwrap().stage
}

async fn accept(app: &TestApp, can: &Can<MakeOffers>, offer: OfferId, seen: i32) -> Result<Vec<promises::Promise>> {
    let mut tx = app.begin_as(can).await;
    let answered = offers::accept(&mut tx, can, offer, seen).await?;
    let made = promises::make_for_offer(&mut tx, &answered).await?;
    tx.commit().await?;
    Ok(made)
}

#[tokio::test]
async fn r8_an_offer_within_the_limit_is_presented_accepted_and_promised() {
    let app = TestApp::start().await;
    let on = app.given_case_to_save("Ada").await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let offer = app.given_offer(&agent, on, percent(15, 12)).await.unwrap();
    assert_eq!(offer.revision.exposure, Money::new(415_800, Currency::USD));
    let offer = app.present(&agent, offer.id, 1).await.unwrap();
    assert_eq!(offer.stage, Stage::Presented);
    assert_eq!(app.case_column(on.0, "waiting_on").await.as_deref(), Some("customer"));
    let made = accept(&app, &agent, offer.id, 1).await.unwrap();
    assert_eq!((made.len(), made[0].cost), (1, offer.revision.exposure));
    assert_eq!(app.case_column(on.0, "waiting_on").await.as_deref(), Some("fulfilment"));
    let keeper = app.can::<KeepPromises>(Role::Agent).await;
    let mut tx = app.begin_as(&keeper).await;
    promises::keep(&mut tx, &keeper, made[0].id, "Invoice 4711".to_owned()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(stage(&app, offer.id).await, Stage::Fulfilled);
    assert_eq!(app.case_column(on.0, "stage").await.as_deref(), Some("working"));
}

#[tokio::test]
async fn r13_an_accepted_offer_without_promises_is_refused() {
    let app = TestApp::start().await;
    let on = app.given_case_to_save("Ada").await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let offer = app.given_offer(&agent, on, percent(15, 12)).await.unwrap();
    app.present(&agent, offer.id, 1).await.unwrap();
    let mut tx = app.begin_as(&agent).await;
    offers::accept(&mut tx, &agent, offer.id, 1).await.unwrap();
    assert!(matches!(tx.commit().await, Err(Error::Internal(_))));
    assert_eq!(stage(&app, offer.id).await, Stage::Presented);
}

#[tokio::test]
async fn r8_beyond_the_limit_it_is_asked_approved_and_presented() {
    let app = TestApp::start().await;
    let on = app.given_case_to_save("Ada").await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let dana = app.can::<DecideApprovals>(Role::Supervisor).await;
    let offer = app.given_offer(&agent, on, percent(20, 12)).await.unwrap();
    let why = refused(app.present(&agent, offer.id, 1).await);
    assert!(why.starts_with("20% is 5 points over the 15% that an agent may give."), "{why}");
    assert!(why.ends_with("Ask a supervisor for approval."), "{why}");
    let approval = app.ask(&agent, offer.id, 1).await.unwrap();
    assert_eq!((approval.level, approval.stage), (Role::Supervisor, ApprovalStage::Pending));
    assert_eq!(app.case_column(on.0, "waiting_on").await.as_deref(), Some("approver"));
    assert!(refused(app.present(&agent, offer.id, 1).await).contains("awaits approval"));
    app.decide(&dana, approval.id, 1, Decision::Approve).await.unwrap();
    assert_eq!(stage(&app, offer.id).await, Stage::Ready);
    let again = app.decide(&app.can(Role::Manager).await, approval.id, 1, Decision::Decline).await;
    assert_eq!(refused(again), "This request has been approved already.");
    app.present(&agent, offer.id, 1).await.unwrap();
    assert_eq!(stage(&app, offer.id).await, Stage::Presented);
}

#[tokio::test]
async fn r9_a_change_of_terms_voids_the_approval() {
    let app = TestApp::start().await;
    let on = app.given_case_to_save("Ada").await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let dana = app.can::<DecideApprovals>(Role::Supervisor).await;
    let offer = app.given_offer(&agent, on, percent(18, 12)).await.unwrap();
    let approval = app.ask(&agent, offer.id, 1).await.unwrap();
    app.decide(&dana, approval.id, 1, Decision::Approve).await.unwrap();
    let mut tx = app.begin_as(&agent).await;
    offers::revise(&mut tx, &agent, offer.id, 1, percent(22, 12)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(refused(app.present(&agent, offer.id, 2).await).ends_with("Ask a supervisor for approval."));
    assert!(refused(app.present(&agent, offer.id, 1).await).starts_with("The terms were changed"));
}

#[tokio::test]
async fn r9_an_approver_counters_with_less_and_only_that_is_presented() {
    let app = TestApp::start().await;
    let on = app.given_case_to_save("Ada").await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let dana = app.can::<DecideApprovals>(Role::Supervisor).await;
    let offer = app.given_offer(&agent, on, percent(20, 12)).await.unwrap();
    let approval = app.ask(&agent, offer.id, 1).await.unwrap();
    let more = app.decide(&dana, approval.id, 1, Decision::Counter(percent(21, 12))).await;
    assert!(refused(more).starts_with("A counter concedes less"));
    let approval = app.decide(&dana, approval.id, 1, Decision::Counter(percent(17, 12))).await.unwrap();
    assert_eq!((approval.stage, approval.decided_revision), (ApprovalStage::ApprovedWithChanges, Some(2)));
    assert!(refused(app.present(&agent, offer.id, 1).await).starts_with("The terms were changed"));
    let shown = app.present(&agent, offer.id, 2).await.unwrap();
    assert_eq!(shown.summary(), "17% for 12 months");
}

#[tokio::test]
async fn r9_nobody_approves_their_own() {
    let app = TestApp::start().await;
    let on = app.given_case_to_save("Ada").await;
    let dana = app.can::<MakeOffers>(Role::Supervisor).await;
    let offer = app.given_offer(&dana, on, percent(30, 24)).await.unwrap();
    let approval = app.ask(&dana, offer.id, 1).await.unwrap();
    assert_eq!(approval.level, Role::Manager);
    let own = app.decide(&dana.and().unwrap(), approval.id, 1, Decision::Decline).await;
    assert!(refused(own).starts_with("Nobody approves their own"));
    let helen = app.can::<DecideApprovals>(Role::Manager).await;
    app.decide(&helen, approval.id, 1, Decision::Approve).await.unwrap();
    assert_eq!(stage(&app, offer.id).await, Stage::Ready);
}

#[tokio::test]
async fn r8_splitting_over_offers_and_linked_accounts_does_not_help() {
    let app = TestApp::start().await;
    let one = app.given_case_to_save("Clinic north").await;
    let two = app.given_case_to_save("Clinic south").await;
    let mut owner = app.owner().await;
    sqlx::query(
        "update customers set linked_to_id = (select customer_id from cases where id = $1), version = version + 1
        where id = (select customer_id from cases where id = $2)",
    )
    .bind(one.0)
    .bind(two.0)
    .execute(&mut owner)
    .await
    .expect_err("R4 holds here as well");
    let mut tx = app.begin().await;
    sqlx::query(
        "update customers set linked_to_id = (select customer_id from cases where id = $1), version = version + 1
        where id = (select customer_id from cases where id = $2)",
    )
    .bind(one.0)
    .bind(two.0)
    .execute(&mut *tx)
    .await
    .unwrap();
    savedesk::audit::record(
        &mut tx,
        savedesk::audit::Entry::new(savedesk::audit::Action::AccountsLinked, savedesk::audit::Subject::Desk),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let first = app.given_offer(&agent, one, percent(10, 12)).await.unwrap();
    app.present(&agent, first.id, 1).await.unwrap();
    let second = app.given_offer(&agent, two, percent(10, 12)).await;
    // the type itself is open once in twelve months to accounts that belong together
    assert!(refused(second).contains("Once in 12 months"));
}

#[tokio::test]
async fn r11_an_expired_offer_is_not_accepted() {
    let app = TestApp::start().await;
    let on = app.given_case_to_save("Ada").await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let offer = app.given_offer(&agent, on, percent(10, 12)).await.unwrap();
    app.present(&agent, offer.id, 1).await.unwrap();
    let mut tx = app.begin().await;
    assert!(!offers::expire(&mut tx, offer.id).await.unwrap(), "it still stands");
    drop(tx);
    app.clock.advance(TimeDelta::days(14));
    assert!(refused(accept(&app, &agent, offer.id, 1).await).starts_with("This offer expired on"));
    let mut tx = app.begin().await;
    assert!(offers::expire(&mut tx, offer.id).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(stage(&app, offer.id).await, Stage::Expired);
    assert_eq!(app.case_column(on.0, "stage").await.as_deref(), Some("working"));
}

#[tokio::test]
async fn a_case_closes_when_its_offers_are_settled_and_leaves_its_promises() {
    let app = TestApp::start().await;
    let on = app.given_case_to_save("Ada").await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let closer: Can<CloseCases> = agent.and().unwrap();
    let offer = app.given_offer(&agent, on, percent(20, 12)).await.unwrap();
    app.ask(&agent, offer.id, 1).await.unwrap();
    let closing = Closing {
        outcome: Outcome::Lost,
        reason: None,
        note: String::new(),
        kept: Money::zero(Currency::USD),
        duplicate_of: None,
    };
    let mut tx = app.begin_as(&agent).await;
    assert!(cases::close(&mut tx, &closer, on.0, closing.clone()).await.is_err());
    drop(tx);
    let mut tx = app.begin_as(&agent).await;
    assert!(approvals::withdraw_of_offer(&mut tx, offer.id).await.unwrap());
    assert_eq!(offers::withdraw_open(&mut tx, on.0, "The case was closed.").await.unwrap(), 1);
    cases::close(&mut tx, &closer, on.0, closing).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(stage(&app, offer.id).await, Stage::Withdrawn);
}

#[tokio::test]
async fn an_offer_has_a_number_to_say_and_is_found_by_it() {
    let app = TestApp::start().await;
    let agent = app.sign_in(Role::Agent).await;
    let can = Arc::new(Actor { id: agent.user, roles: vec![Role::Agent], ..Actor::desk() }).can().unwrap();
    let on = app.given_case_to_save("Harborview Dental").await;
    let first = app.given_offer(&can, on, percent(10, 12)).await.unwrap();
    let second = app.given_offer(&can, on, percent(5, 12)).await.unwrap();
    assert_eq!((first.code().as_str(), second.number), ("OF-50001", first.number + 1));
    for query in ["OF-50001", "of 50001", "of50001", "50001"] {
        let page = agent.get(&format!("/search?q={}", query.replace(' ', "%20"))).await.expect(200);
        let found = page.attributes("section[aria-labelledby=g-offer] a.open", "href");
        assert_eq!(found, [format!("/offers/{}", first.id)]);
        assert!(page.text("section[aria-labelledby=g-offer]").contains("OF-50001 Harborview Dental"));
    }
    for path in [format!("/offers/{}", first.id), format!("/cases/{}", on.0)] {
        assert!(agent.get(&path).await.expect(200).text("main").contains("OF-50001"), "{path}");
    }
    // who may not see cases does not find their offers
    let officer = app.sign_in(Role::Privacy).await;
    let page = officer.get("/search?q=OF-50001").await;
    assert!(!page.body.contains("/offers/"), "{}", page.body);
    let mut owner = app.owner().await;
    let other = sqlx::query("update offers set number = 1").execute(&mut owner).await.unwrap_err().to_string();
    assert!(other.contains("keeps its number"), "{other}");
}
