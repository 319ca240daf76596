//! Two at once, in a fixed order: the first holds its transaction open, the second is seen to wait, the first commits,
//! and the second is told. Exactly one wins, and nothing is half done (R8, R9, R11).

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use savedesk::approvals::{self, Decision, Stage as ApprovalStage};
use savedesk::auth::{Can, DecideApprovals, MakeOffers, Role, WorkCases};
use savedesk::db::Tx;
use savedesk::error::{Error, Result};
use savedesk::ids::{ApprovalId, OfferId};
use savedesk::offers::{self, Means, Stage};
use savedesk::processes;
use savedesk::promises;
use savedesk::requests;
use sqlx::PgConnection;

use crate::support::{Person, Ring, TestApp, percent};

/// Lets `second` begin while `first` stands open, sees it wait for a lock, commits `first`, and gives what became of
/// `second`. How long it may wait for a lock is a second; it is seen to wait well before.
pub(crate) async fn one_after_the_other<T>(
    app: &TestApp,
    first: Tx,
    second: impl Future<Output = Result<T>>,
) -> Result<T> {
    let mut watcher = app.owner().await;
    let watch = async {
        while !somebody_waits(&mut watcher).await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        first.commit().await.unwrap();
    };
    let both = async { tokio::join!(second, watch) };
    let (outcome, ()) = tokio::time::timeout(Duration::from_secs(30), both).await.expect("the second has to wait");
    outcome
}

async fn somebody_waits(watcher: &mut PgConnection) -> bool {
    sqlx::query_scalar(
        "select exists (
            select from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock' and pid <> pg_backend_pid())",
    )
    .fetch_one(watcher)
    .await
    .unwrap()
}

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

async fn decide(tx: &mut Tx, by: &Can<DecideApprovals>, approval: ApprovalId, how: Decision) -> Result<()> {
    approvals::decide(tx, by, approval, 1, how, "As discussed.", None).await.map(drop)
}

async fn asked(app: &TestApp, agent: &Can<MakeOffers>) -> (OfferId, ApprovalId) {
    let on = app.given_case_to_save("Clinic").await;
    let offer = app.given_offer(agent, on, percent(20, 12)).await.unwrap().id;
    (offer, app.ask(agent, offer, 1).await.unwrap().id)
}

#[tokio::test]
async fn r11_of_two_approvers_one_decides_and_the_other_is_told() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let (dana, helen) = (app.can(Role::Supervisor).await, app.can(Role::Manager).await);
    let (offer, approval) = asked(&app, &agent).await;
    let mut first = app.begin_as(&dana).await;
    decide(&mut first, &dana, approval, Decision::Approve).await.unwrap();
    let second = one_after_the_other(&app, first, async {
        let mut tx = app.begin_as(&helen).await;
        decide(&mut tx, &helen, approval, Decision::Decline).await?;
        tx.commit().await
    });
    assert_eq!(refused(second.await), "This request has been approved already.");
    assert_eq!(stage(&app, offer).await, Stage::Ready);
    let mut connection = app.db.read().await.unwrap();
    let decisions = approvals::decisions(&mut connection, approval).await.unwrap();
    assert_eq!(decisions.iter().map(|one| one.decision).collect::<Vec<_>>(), [ApprovalStage::Approved]);
}

#[tokio::test]
async fn r11_the_second_approver_sees_on_the_page_who_was_faster() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let dana = app.can::<DecideApprovals>(Role::Supervisor).await;
    let helen = app
        .sign_in_as(Person { name: "Helen Brandt", roles: &[Role::Manager], team: Some("North"), department: None })
        .await;
    let (offer, approval) = asked(&app, &agent).await;
    let mut first = app.begin_as(&dana).await;
    decide(&mut first, &dana, approval, Decision::Decline).await.unwrap();
    let second = one_after_the_other(&app, first, async {
        let fields = [("decision", "approve"), ("seen", "1"), ("because", "worth")];
        Ok(helen.post_form(&format!("/approvals/{approval}/decision"), &fields).await)
    });
    let page = second.await.unwrap().expect(409);
    let told = page.text("[role=alert]");
    assert!(told.starts_with("This request has been declined already. Supervisor declined it on "), "{told}");
    assert!(told.ends_with("As discussed."), "{told}");
    assert!(!page.has("form.dock"), "there is nothing left to decide");
    assert_eq!(stage(&app, offer).await, Stage::Draft);
}

#[tokio::test]
async fn r9_an_approval_and_a_change_of_terms_do_not_cross() {
    for approver_first in [true, false] {
        let app = TestApp::start().await;
        let agent = app.can::<MakeOffers>(Role::Agent).await;
        let dana = app.can::<DecideApprovals>(Role::Supervisor).await;
        let (offer, approval) = asked(&app, &agent).await;
        let revise = async |tx: &mut Tx| {
            approvals::withdraw_of_offer(tx, offer).await?;
            offers::revise(tx, &agent, offer, 1, percent(25, 12)).await
        };
        if approver_first {
            let mut first = app.begin_as(&dana).await;
            decide(&mut first, &dana, approval, Decision::Approve).await.unwrap();
            let second = one_after_the_other(&app, first, async {
                let mut tx = app.begin_as(&agent).await;
                revise(&mut tx).await?;
                tx.commit().await
            });
            // it was approved, and changed after that: the approval does not count for the new terms
            match second.await {
                Ok(()) => {
                    assert!(refused(app.present(&agent, offer, 2).await).ends_with("Ask a supervisor for approval."));
                }
                Err(error) => assert!(matches!(error, Error::Refused(_)), "{error:?}"),
            }
        } else {
            let mut first = app.begin_as(&agent).await;
            revise(&mut first).await.unwrap();
            let second = one_after_the_other(&app, first, async {
                let mut tx = app.begin_as(&dana).await;
                decide(&mut tx, &dana, approval, Decision::Approve).await?;
                tx.commit().await
            });
            assert_eq!(refused(second.await), "This request has been withdrawn already.");
            assert_eq!(stage(&app, offer).await, Stage::Draft);
        }
        let unapproved: i64 = sqlx::query_scalar("select count(*) from offer_presentations")
            .fetch_one(&mut app.owner().await)
            .await
            .unwrap();
        assert_eq!(unapproved, 0);
    }
}

#[tokio::test]
async fn r11_an_acceptance_and_an_expiry_do_not_both_happen() {
    for accept_first in [true, false] {
        let app = TestApp::start().await;
        let agent = app.can::<MakeOffers>(Role::Agent).await;
        let on = app.given_case_to_save("Clinic").await;
        let offer = app.given_offer(&agent, on, percent(10, 12)).await.unwrap().id;
        app.present(&agent, offer, 1).await.unwrap();
        let accept = async |tx: &mut Tx| {
            let answered = offers::accept(tx, &agent, offer, 1).await?;
            promises::make_for_offer(tx, &answered).await.map(drop)
        };
        // the acceptance begins in the offer's last minute, the expiry after it
        app.clock.advance(TimeDelta::days(14) - TimeDelta::minutes(1));
        let mut in_time = app.begin_as(&agent).await;
        app.clock.advance(TimeDelta::minutes(1));
        let mut too_late = app.begin().await;
        if accept_first {
            accept(&mut in_time).await.unwrap();
            let second = one_after_the_other(&app, in_time, async {
                let expired = offers::expire(&mut too_late, offer).await?;
                too_late.commit().await?;
                Ok(expired)
            });
            assert!(!second.await.unwrap(), "what was accepted does not expire");
            assert_eq!(stage(&app, offer).await, Stage::Accepted);
        } else {
            assert!(offers::expire(&mut too_late, offer).await.unwrap());
            let second = one_after_the_other(&app, too_late, async {
                accept(&mut in_time).await?;
                in_time.commit().await
            });
            assert_eq!(refused(second.await), "This offer is expired already.");
            assert_eq!(stage(&app, offer).await, Stage::Expired);
        }
        let promised: i64 =
            sqlx::query_scalar("select count(*) from promises").fetch_one(&mut app.owner().await).await.unwrap();
        assert_eq!(promised, i64::from(accept_first));
    }
}

/// A discount of 3,880.80 and a credit of 200.00, where an agent may give one customer 4,000.00.
async fn two_that_fit_singly(app: &TestApp, linked: bool) -> [OfferId; 2] {
    app.publish_limits("update new_totals set customer_minor = 400000 where role = 'agent'").await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let one = app.given_case_to_save("Clinic north").await;
    let other = if linked { app.given_case_to_save("Clinic south").await.0 } else { one.0 };
    let discount = app.given_offer(&agent, one, percent(14, 12)).await.unwrap().id;
    let credit = app.given_credit(&agent, other, 200).await.unwrap().id;
    if linked {
        let mut tx = app.begin().await;
        sqlx::query(
            "update customers set linked_to_id = (select customer_id from cases where id = $1), version = version + 1
             where id = (select customer_id from cases where id = $2)",
        )
        .bind(one.0)
        .bind(other)
        .execute(&mut *tx)
        .await
        .unwrap();
        let entry =
            savedesk::audit::Entry::new(savedesk::audit::Action::AccountsLinked, savedesk::audit::Subject::Desk);
        savedesk::audit::record(&mut tx, entry).await.unwrap();
        tx.commit().await.unwrap();
    }
    [discount, credit]
}

#[tokio::test]
async fn r8_of_two_offers_that_fit_only_singly_one_is_presented() {
    for linked in [false, true] {
        let app = TestApp::start().await;
        let [discount, credit] = two_that_fit_singly(&app, linked).await;
        let (ann, bob) = (app.can::<MakeOffers>(Role::Agent).await, app.can::<MakeOffers>(Role::Agent).await);
        let mut first = app.begin_as(&ann).await;
        offers::present(&mut first, &ann, discount, 1, Means::Phone).await.unwrap();
        let second = one_after_the_other(&app, first, async {
            let mut tx = app.begin_as(&bob).await;
            offers::present(&mut tx, &bob, credit, 1, Means::Phone).await?;
            tx.commit().await
        });
        let why = refused(second.await);
        assert!(
            why.contains("within your limit nor approved") || why.contains("in 12 months"),
            "linked {linked}: {why}"
        );
        assert_eq!((stage(&app, discount).await, stage(&app, credit).await), (Stage::Presented, Stage::Draft));
    }
}

#[tokio::test]
async fn r9_limits_that_are_lowered_meanwhile_count() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let person = |name, role: &'static [Role]| Person { name, roles: role, team: Some("North"), department: None };
    let dana = app.sign_in_as(person("Dana Okafor", &[Role::Supervisor])).await;
    let helen = app.sign_in_as(person("Helen Brandt", &[Role::Manager])).await;
    let (offer, approval) = asked(&app, &agent).await;
    let shown = dana.get("/approvals").await.expect(200);
    assert!(shown.has("form.dock"), "it waits for her");
    app.clock.advance(TimeDelta::minutes(1));
    app.publish_limits("update new_cells set max_percent_bp = 1800 where role = 'supervisor'").await;
    let fields = [("decision", "approve"), ("seen", "1"), ("because", "worth")];
    let page = dana.post_form(&format!("/approvals/{approval}/decision"), &fields).await.expect(409);
    assert!(page.text("[role=alert]").starts_with("This is beyond your own limit now."), "{}", page.body);
    assert!(page.body.contains("Helen Brandt can decide it."), "{}", page.body);
    assert_eq!(stage(&app, offer).await, Stage::AwaitingApproval);
    assert!(!dana.get("/approvals").await.expect(200).has("form.dock"));
    helen.post_form(&format!("/approvals/{approval}/decision"), &fields).await.expect(303);
    assert_eq!(stage(&app, offer).await, Stage::Ready);
}

#[tokio::test]
async fn r10_an_answer_is_withdrawn_while_the_offer_is_presented() {
    for department_first in [true, false] {
        let ring = Ring::new().await;
        ring.ask().await.unwrap();
        let [check, _] = ring.both_say_yes().await;
        let present = async |tx: &mut Tx| offers::present(tx, &ring.agent, ring.offer, 1, Means::Phone).await.map(drop);
        let withdraw = async |tx: &mut Tx| {
            requests::withdraw_answer(tx, &ring.making, check, "The bench is down.").await.map(drop)
        };
        if department_first {
            let mut first = ring.app.begin_as(&ring.making).await;
            withdraw(&mut first).await.unwrap();
            let second = one_after_the_other(&ring.app, first, async {
                let mut tx = ring.app.begin_as(&ring.agent).await;
                present(&mut tx).await?;
                tx.commit().await
            });
            let why = refused(second.await);
            assert_eq!(why, "Manufacturing took its yes back. Promise nothing before it does.");
            assert_eq!(stage(&ring.app, ring.offer).await, Stage::Draft);
        } else {
            let mut first = ring.app.begin_as(&ring.agent).await;
            present(&mut first).await.unwrap();
            let second = one_after_the_other(&ring.app, first, async {
                let mut tx = ring.app.begin_as(&ring.making).await;
                withdraw(&mut tx).await?;
                tx.commit().await
            });
            // it was shown on a yes that stood; the customer's acceptance waits for another
            second.await.unwrap();
            assert_eq!(stage(&ring.app, ring.offer).await, Stage::Presented);
            let mut tx = ring.app.begin_as(&ring.agent).await;
            let why = refused(offers::accept(&mut tx, &ring.agent, ring.offer, 1).await);
            assert!(why.starts_with("Manufacturing took its yes back."), "{why}");
        }
    }
}

#[tokio::test]
async fn r10_the_database_itself_lets_a_presentation_wait_for_a_withdrawal() {
    let ring = Ring::new().await;
    ring.ask().await.unwrap();
    let [check, _] = ring.both_say_yes().await;
    let now = ring.app.clock.now().to_rfc3339();
    // around the actions, without the case's row: the answer's own guard holds the offer
    let mut first = ring.app.begin_as(&ring.making).await;
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "update request_answers set withdrawn_at = '{now}', withdrawn_because = 'Down', version = version + 1
         where request_id = '{check}'"
    )))
    .execute(&mut *first)
    .await
    .unwrap();
    let entry =
        savedesk::audit::Entry::new(savedesk::audit::Action::AnswerWithdrawn, savedesk::audit::Subject::Request(check));
    savedesk::audit::record(&mut first, entry).await.unwrap();
    let second = one_after_the_other(&ring.app, first, async {
        let mut tx = ring.app.begin_as(&ring.agent).await;
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "insert into offer_presentations (offer_id, revision, by_id, means, at)
             select id, revision, made_by_id, 'phone', '{now}' from offers where id = '{}'",
            ring.offer
        )))
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    });
    match second.await {
        Err(Error::Internal(error)) => assert!(error.to_string().contains("has not said yes"), "{error}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_offer_is_not_presented_past_a_freeze_that_begins_at_that_moment() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let dana = app.can::<WorkCases>(Role::Supervisor).await;
    let on = app.given_case_to_save("Clinic").await;
    let offer = app.given_offer(&agent, on, percent(5, 12)).await.unwrap().id;
    // the flag is raised in another case of the same customer, so that no row of the case stands between the two
    let customer = sqlx::query_scalar("select customer_id from cases where id = $1")
        .bind(on.0)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    let other = app.given_case_with(customer, |new| new.kind = savedesk::cases::Kind::Complaint).await;
    let facts = BTreeMap::from([(1, "Three names, one card".to_owned())]);
    let mut first = app.begin_as(&dana).await;
    processes::start(&mut first, &dana, other, processes::Kind::RedFlag, &facts).await.unwrap();
    let second = one_after_the_other(&app, first, app.present(&agent, offer, 1));
    assert_eq!(refused(second.await), "Offers to this customer are frozen since a moment ago.");
    assert_eq!(stage(&app, offer).await, Stage::Draft);
}

#[tokio::test]
async fn a_freeze_waits_for_an_offer_that_is_being_presented() {
    let app = TestApp::start().await;
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let dana = app.can::<WorkCases>(Role::Supervisor).await;
    let on = app.given_case_to_save("Clinic").await;
    let offer = app.given_offer(&agent, on, percent(5, 12)).await.unwrap().id;
    let mut first = app.begin_as(&agent).await;
    offers::present(&mut first, &agent, offer, 1, Means::Phone).await.unwrap();
    let facts = ["Three names, one card"];
    let flag = app.start_process(&dana, on.0, processes::Kind::RedFlag, &facts);
    Box::pin(one_after_the_other(&app, first, flag)).await.unwrap();
    assert_eq!(stage(&app, offer).await, Stage::Presented);
    let mut tx = app.begin_as(&agent).await;
    assert!(refused(offers::accept(&mut tx, &agent, offer, 1).await).starts_with("Offers to this customer are frozen"));
}

#[tokio::test]
async fn each_step_is_made_once_however_many_move_a_process_on() {
    let app = TestApp::start().await;
    let works = app.can::<WorkCases>(Role::Agent).await;
    let case = app.given_case(app.given_customer("Clinic").await).await;
    let process = app.start_process(&works, case, processes::Kind::Support, &["Calls drop"]).await.unwrap();
    app.answer_step(&process, 1, "Technical support").await;
    let mut first = app.begin_as(&works).await;
    processes::go_on(&mut first, case).await.unwrap();
    let second = one_after_the_other(&app, first, async { Ok(processes::move_on(&app.db).await.unwrap()) });
    assert_eq!(Box::pin(second).await.unwrap(), (1, 0));
    let made: i64 =
        sqlx::query_scalar("select count(*) from follow_ups").fetch_one(&mut app.owner().await).await.unwrap();
    assert_eq!(made, 1);
}
