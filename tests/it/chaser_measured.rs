//! How fast the chaser is, measured on a machine that has nothing else to do. `docs/performance.md` says how to run this
//! and what it gave; what can be counted instead of timed is counted in `chaser.rs` and `statements.rs`, every time.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use savedesk::chaser::Sweep;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

use crate::chaser::{assert_exactly, chaser, count, fill, given_people};
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement that takes minutes: it says something on an idle machine alone"]
async fn a_hundred_thousand_due_deadlines_take_one_instance_less_than_a_minute() {
    let app = TestApp::start().await;
    given_people(&app).await;
    let mut owner = app.owner().await;
    fill(&mut owner, "Ana", 100_000, app.clock.now(), TimeDelta::days(29), TimeDelta::hours(30)).await;
    let chaser = chaser(&app.db);
    let began = Instant::now();
    let swept = chaser.sweep(None).await.unwrap();
    let took = began.elapsed();
    eprintln!("100,000 due deadlines that tell somebody: {:.1} s, {swept:?}", took.as_secs_f64());
    assert_eq!((swept.told, swept.failed), (100_000, 0));
    assert_exactly(&mut owner, app.clock.now(), 100_000).await;
    assert!(took < Duration::from_mins(1), "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement that takes minutes: it says something on an idle machine alone"]
async fn a_hundred_thousand_of_which_one_in_ten_is_an_offer_that_expires_take_less_than_a_minute() {
    let app = TestApp::start().await;
    given_people(&app).await;
    let mut owner = app.owner().await;
    fill(&mut owner, "Ana", 90_000, app.clock.now(), TimeDelta::days(29), TimeDelta::hours(30)).await;
    expire(&mut owner, "Ana", 10_000, app.clock.now()).await;
    let chaser = chaser(&app.db);
    let began = Instant::now();
    let swept = chaser.sweep(None).await.unwrap();
    let took = began.elapsed();
    eprintln!("90,000 that tell somebody, 10,000 offers that expire: {:.1} s, {swept:?}", took.as_secs_f64());
    assert_eq!((swept.told, swept.done, swept.failed), (90_000, 10_000, 0));
    assert_eq!(count(&mut owner, "offers where stage = 'expired'").await, 10_000);
    assert!(took < Duration::from_mins(1), "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement that takes minutes: it says something on an idle machine alone"]
async fn a_sweep_with_nothing_due_takes_less_than_two_milliseconds_over_a_million_pending_deadlines() {
    let app = TestApp::start().await;
    given_people(&app).await;
    let mut owner = app.owner().await;
    fill(&mut owner, "Ana", 1_000, app.clock.now(), TimeDelta::days(1), TimeDelta::days(29)).await;
    pend(&mut owner, 1_000).await;
    let pending = count(&mut owner, "chases where next_at > '2026-03-04'").await;
    assert!(pending >= 1_000_000, "{pending}");
    let chaser = chaser(&app.db);
    for _ in 0..20 {
        assert_eq!(chaser.sweep(None).await.unwrap(), Sweep::default());
    }
    let mut took = Vec::new();
    for _ in 0..200 {
        let began = Instant::now();
        assert_eq!(chaser.sweep(None).await.unwrap(), Sweep::default());
        took.push(began.elapsed());
    }
    took.sort();
    let (median, slowest) = (took[100], took[199]);
    eprintln!("a sweep with nothing due over {pending} pending: median {median:?}, slowest of 200 {slowest:?}");
    let plan: Vec<String> = sqlx::query_scalar(
        "explain (analyze, buffers, costs off, timing off)
        select deadline_id from chases where parked_at is null and next_at <= '2026-03-04'
        order by next_at, deadline_id limit 200 for update skip locked",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    eprintln!("{}", plan.join("\n"));
    assert!(median < Duration::from_millis(2), "{median:?}");
}

/// So many follow-ups in each case there is, to be looked at on one of the next days.
async fn pend(owner: &mut PgConnection, each: i32) {
    for statement in [
        "set session_replication_role = replica",
        "create temporary table made as
            select gen_random_uuid() as deadline_id, c.id as case_id, n
            from cases c cross join generate_series(1, $N) as n",
        "insert into deadlines (id, case_id, kind, what, due_at, because, set_at, subject_id)
            select deadline_id, case_id, 'follow_up', 'Call back', timestamptz '2026-04-01' + n * interval '1 minute',
                'as agreed', '2026-03-03', deadline_id
            from made",
        "insert into chases (deadline_id, next_at)
            select deadline_id, timestamptz '2026-04-01' + n * interval '1 minute' from made",
        "update chases set next_at = '2026-04-01' where next_at = 'epoch'",
        "drop table made",
        "set session_replication_role = origin",
        "vacuum analyze chases",
        "analyze deadlines",
    ] {
        owner.execute(AssertSqlSafe(statement.replace("$N", &each.to_string()))).await.unwrap();
    }
}

/// So many offers, each to a customer of its own, whose time is over; what was to be said before is said.
async fn expire(owner: &mut PgConnection, of: &str, n: i32, now: DateTime<Utc>) {
    for statement in [
        "set session_replication_role = replica",
        "create temporary table made as
            select gen_random_uuid() as customer_id, gen_random_uuid() as case_id, gen_random_uuid() as offer_id,
                gen_random_uuid() as deadline_id, n, u.id as user_id, u.team_id, v.id as version_id
            from generate_series(1, $N) as n
            cross join (select id, team_id from users where name = '$OWNER') u
            cross join (select id from offer_type_versions where offer_type = 'one_off_credit' limit 1) v",
        "insert into customers (id, account_number, name, status, tier, customer_since, created_at, currency)
            select customer_id, 'OF' || left(customer_id::text, 13), 'Customer ' || n, 'active', 'rest', '2020-01-01',
                '$MADE', 'USD' from made",
        "insert into cases (id, customer_id, kind, channel, stage, waiting_on, stated_reason, value_at_risk_minor,
                currency, opened_at, owner_id, team_id, next_action, next_due_at, next_due_from, next_due_because)
            select case_id, customer_id, 'complaint', 'phone', 'waiting', 'customer', '', 1000, 'USD', '$MADE', user_id, team_id,
                'Answer', '$UNTIL', '$MADE', 'as offered' from made",
        "insert into offers (id, case_id, customer_id, offer_type, stage, presented_revision, presented_at, open_until,
                made_at, made_by_id)
            select offer_id, case_id, customer_id, 'one_off_credit', 'presented', 1, '$MADE', '$UNTIL', '$MADE', user_id
            from made",
        "insert into offer_revisions (offer_id, revision, version_id, amount_minor, what, currency, at, by_id,
                price_minor, given_minor, exposure_minor)
            select offer_id, 1, version_id, 2000, 'Outage of May', 'USD', '$MADE', user_id, 0, 2000, 2000 from made",
        "insert into offer_presentations (offer_id, revision, exposure_minor, customer_id, currency, at, by_id, means,
                open_until, own_limit, customer_total_minor, week_total_minor)
            select offer_id, 1, 2000, customer_id, 'USD', '$MADE', user_id, 'phone', '$UNTIL', true, 2000, 2000
            from made",
        "insert into deadlines (id, case_id, kind, what, due_at, because, set_at, owner_id, subject_id)
            select deadline_id, case_id, 'offer', 'Answer to $20.00 credit', '$UNTIL', 'as offered', '$MADE', user_id,
                offer_id from made",
        "insert into rung_effects (deadline_id, rung, at, act, taken)
            select deadline_id, r.rung, '$MADE', r.act, false
            from made cross join ladder_rungs r where r.kind = 'offer' and r.act <> 'expire'",
        "insert into chases (deadline_id) select deadline_id from made",
        "drop table made",
        "set session_replication_role = origin",
        "analyze",
    ] {
        let statement = statement
            .replace("$N", &n.to_string())
            .replace("$MADE", &(now - TimeDelta::days(7)).to_rfc3339())
            .replace("$UNTIL", &(now - TimeDelta::hours(1)).to_rfc3339())
            .replace("$OWNER", of);
        owner.execute(AssertSqlSafe(statement)).await.unwrap();
    }
}
