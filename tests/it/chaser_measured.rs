//! How fast the chaser is, measured on a machine that has nothing else to do. `docs/performance.md` says how to run this
//! and what it gave; what can be counted instead of timed is counted in `chaser.rs` and `statements.rs`, every time.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use savedesk::chaser::Sweep;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

use crate::chaser::{assert_exactly, chaser, count, fill, given_people};
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: only a release build on an idle machine says anything"]
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
    assert!(took < Duration::from_secs(60), "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: only a release build on an idle machine says anything"]
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
