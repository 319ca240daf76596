//! What the chaser changes, through its own rounds and under faults: each act once, as many as are due (R11, R12, R15).

use chrono::{DateTime, TimeDelta, Utc};
use savedesk::auth::{Can, DecideApprovals, MakeOffers, Role};
use savedesk::calendar::Due;
use savedesk::chaser::Chaser;
use savedesk::follow_ups::{self, Kind, NewFollowUp};
use savedesk::ids::{CaseId, UserId};
use savedesk::money::{Currency, Money};
use savedesk::promises::{self, NewPromise};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};
use tokio_util::sync::CancellationToken;

use crate::chaser::{another, count, wait_until};
use crate::support::{TestApp, percent};

/// How many of each there are.
const EACH: usize = 4;

/// So many offers, requests for approval, promises and follow-ups of one agent, all of them far beyond their time once the
/// clock is set to what this gives.
async fn given_all(app: &TestApp) -> DateTime<Utc> {
    let agent = app.can::<MakeOffers>(Role::Agent).await;
    let owner = agent.id.unwrap();
    app.can::<DecideApprovals>(Role::Supervisor).await;
    app.can::<DecideApprovals>(Role::Manager).await;
    for n in 0..EACH {
        let on = app.given_case_to_save(&format!("Presented {n}")).await;
        let offer = app.given_offer(&agent, on, percent(5, 12)).await.unwrap();
        app.present(&agent, offer.id, 1).await.unwrap();
        let on = app.given_case_to_save(&format!("Asked {n}")).await;
        let offer = app.given_offer(&agent, on, percent(20, 12)).await.unwrap();
        app.ask(&agent, offer.id, 1).await.unwrap();
        let due = Due { at: app.clock.now() + TimeDelta::hours(30), because: "agreed".to_owned() };
        let (case, _) = app.given_case_to_save(&format!("Promised {n}")).await;
        promise(app, case, owner, due.clone()).await;
        let (case, _) = app.given_case_to_save(&format!("Followed up {n}")).await;
        let mut tx = app.begin().await;
        let new = NewFollowUp { owner: Some(owner), ..NewFollowUp::new(case, Kind::Reminder, "Ring them", due) };
        follow_ups::make(&mut tx, new).await.unwrap();
        tx.commit().await.unwrap();
    }
    app.clock.now() + TimeDelta::days(20)
}

async fn promise(app: &TestApp, case: CaseId, owner: UserId, due: Due) {
    let (what, cost) = ("An engineer calls".to_owned(), Money::zero(Currency::USD));
    let mut tx = app.begin().await;
    let new = NewPromise { kind: None, what, due, owner, department: None, cost };
    promises::make(&mut tx, &Can::desk(), case, new).await.unwrap();
    tx.commit().await.unwrap();
}

/// Each act took effect once for each of them, and what it does was done once: no more, no less.
async fn assert_exactly(owner: &mut PgConnection, now: DateTime<Utc>) {
    let each = i64::try_from(EACH).unwrap();
    for what in [
        "rung_effects where taken and act = 'expire'",
        "rung_effects where taken and act = 'move_up'",
        "rung_effects where taken and act = 'tell_customer'",
        "rung_effects where taken and act = 'return_to_queue'",
        "offers where stage = 'expired'",
        "audit_entries where action = 'offer.expired'",
        "audit_entries where action = 'approval.moved_up'",
        "approvals where level = 'manager' and moved_up_because = 'time'",
        "follow_ups where kind = 'tell_customer' and stage = 'open'",
        "follow_ups where kind = 'reminder' and owner_id is null",
        "audit_entries where action = 'follow_up.returned'",
        // the latest word stands for those before it: nobody is told twice
        "notices where kind = 'offer_expired'",
        "notices where kind = 'follow_up_returned' and to_id = (select id from users where name = 'Retention agent')",
    ] {
        assert_eq!(count(owner, what).await, each, "{what}");
    }
    assert_eq!(count(owner, "chases where parked_at is not null or attempts > 0").await, 0);
    assert_eq!(count(owner, &format!("chases where next_at <= '{}'", now.to_rfc3339())).await, 0, "left undone");
}

#[tokio::test]
async fn r11_r12_r16_after_weeks_of_downtime_everything_that_must_change_changes_once() {
    let app = TestApp::start().await;
    let then = given_all(&app).await;
    app.clock.set(then);
    app.sweep().await;
    let mut owner = app.owner().await;
    assert_exactly(&mut owner, app.clock.now()).await;
    app.sweep().await;
    assert_exactly(&mut owner, app.clock.now()).await;
    // what was done is to be read in the case
    let agent = app.sign_in(Role::Agent).await;
    let case: CaseId =
        sqlx::query_scalar("select case_id from approvals order by id limit 1").fetch_one(&mut owner).await.unwrap();
    let page = agent.get(&format!("/cases/{case}?show=offers")).await.expect(200);
    let told = "Savedesk moved the request for approval of 20% for 12 months up to the managers: its time was over";
    assert!(page.text("#tl").contains(told), "{}", page.text("#tl"));
}

#[tokio::test]
async fn r15_two_and_four_instances_change_everything_once() {
    for instances in [2, 4] {
        let app = TestApp::start_with(|config| config.connections = 16, savedesk::router::router).await;
        let then = given_all(&app).await;
        app.clock.set(then);
        let looking = (0..instances).map(|_| {
            let chaser = Chaser::new(app.db.clone(), CancellationToken::new());
            tokio::spawn(async move { chaser.sweep(None).await.unwrap() })
        });
        for one in looking.collect::<Vec<_>>() {
            assert_eq!(one.await.unwrap().failed, 0);
        }
        // two may have met at a case: what one could not have in hand comes with the next round
        app.clock.advance(TimeDelta::minutes(3));
        app.sweep().await;
        assert_exactly(&mut app.owner().await, app.clock.now()).await;
    }
}

#[tokio::test]
async fn r15_a_kill_between_an_act_and_its_commit_loses_nothing_and_repeats_nothing() {
    for act in ["expire", "move_up", "tell_customer", "return_to_queue"] {
        let app = TestApp::start().await;
        let then = given_all(&app).await;
        app.clock.set(then);
        let mut owner = app.owner().await;
        // the act is done, and the process dies while it notes it
        owner
            .execute(AssertSqlSafe(format!(
                "create function dawdle() returns trigger language plpgsql as $$
                begin
                  perform pg_sleep(60);
                  return new;
                end $$;
                create trigger dawdle before insert on audit_entries for each row
                  when (new.action = 'deadline.chased' and new.body::text like '%{act}%') execute function dawdle()"
            )))
            .await
            .unwrap();
        let mut child = another(&app);
        let sleeps = "pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
        wait_until(async || count(&mut owner, sleeps).await > 0).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let done = format!("rung_effects where act = '{act}'");
        assert_eq!(count(&mut owner, &done).await, 0, "nothing of it is to be seen");
        let end = "select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and wait_event = 'PgSleep'";
        owner.execute(end).await.unwrap();
        wait_until(async || count(&mut owner, sleeps).await == 0).await;
        owner.execute("drop trigger dawdle on audit_entries").await.unwrap();
        // what it had in hand is left to it for a while
        app.sweep().await;
        app.clock.advance(TimeDelta::minutes(3));
        app.sweep().await;
        assert_exactly(&mut owner, app.clock.now()).await;
    }
}
