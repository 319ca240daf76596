//! The chaser under real faults (R15–R17): counted exactly, in the database, as many effects as are due.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use savedesk::auth::Role;
use savedesk::chaser::{Chaser, Sweep};
use savedesk::clock::Clock;
use savedesk::db::embedded::{Embedded, OWNER, start_for_tests};
use savedesk::db::{Db, migrate};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor as _, PgConnection};
use tokio_util::sync::CancellationToken;

use crate::support::{Person, TestApp};

pub(crate) fn chaser(db: &Db) -> Chaser {
    Chaser::new(db.clone(), CancellationToken::new())
}

/// So many regulators' deadlines, each in a case of its own that `owner` has, set `before` ago and due `ahead` from now.
pub(crate) async fn fill(
    owner: &mut PgConnection,
    of: &str,
    n: i32,
    now: DateTime<Utc>,
    before: TimeDelta,
    ahead: TimeDelta,
) {
    for statement in [
        "set session_replication_role = replica",
        "create temporary table made as
            select gen_random_uuid() as customer_id, gen_random_uuid() as case_id, gen_random_uuid() as deadline_id, n
            from generate_series(1, $N) as n",
        "insert into customers (id, account_number, name, status, tier, customer_since, created_at, currency)
            select customer_id, 'CH' || left(customer_id::text, 13), 'Customer ' || n, 'active', 'rest', '2020-01-01',
                '$SET', 'USD' from made",
        "insert into cases (id, customer_id, kind, channel, stage, stated_reason, value_at_risk_minor, currency,
                opened_at, owner_id, team_id, next_action, next_due_at, next_due_from, next_due_because)
            select case_id, customer_id, 'complaint', 'fcc', 'working', '', 1000, 'USD', '$SET', u.id, u.team_id,
                'Answer', '$DUE', '$SET', 'by law' from made cross join (select id, team_id from users where name = '$OWNER') u",
        "insert into deadlines (id, case_id, kind, what, due_at, because, set_at, owner_id, subject_id)
            select deadline_id, case_id, 'regulator_response', 'Answer the FCC complaint', '$DUE', 'by law', '$SET', u.id,
                gen_random_uuid()
            from made cross join (select id from users where name = '$OWNER') u",
        "insert into chases (deadline_id) select deadline_id from made",
        "drop table made",
        "set session_replication_role = origin",
        "analyze deadlines, chases, cases",
    ] {
        let statement = statement
            .replace("$N", &n.to_string())
            .replace("$SET", &(now - before).to_rfc3339())
            .replace("$DUE", &(now + ahead).to_rfc3339())
            .replace("$OWNER", of);
        owner.execute(AssertSqlSafe(statement)).await.unwrap();
    }
}

pub(crate) async fn count(owner: &mut PgConnection, what: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {what}"))).fetch_one(owner).await.unwrap()
}

/// Nothing is done twice, nothing is left: as many effects, audit entries and notices as rungs came due.
pub(crate) async fn assert_exactly(owner: &mut PgConnection, now: DateTime<Utc>, effects: i64) {
    assert_eq!(count(owner, "rung_effects where taken").await, effects, "effects");
    assert_eq!(count(owner, "audit_entries where action = 'deadline.chased'").await, effects, "audit entries");
    assert_eq!(count(owner, "notices where key like 'rung:%'").await, effects, "notices");
    assert_eq!(count(owner, &format!("chases where next_at <= '{}'", now.to_rfc3339())).await, 0, "left undone");
}

/// Somebody who owns what is due, and their supervisor.
pub(crate) async fn given_people(app: &TestApp) {
    for (name, role) in [("Ana", Role::Agent), ("Dana", Role::Supervisor)] {
        app.given_person(Person { name, roles: &[role], team: Some("North"), department: None }).await;
    }
}

#[tokio::test]
async fn r15_each_rung_takes_effect_once_however_often_the_desk_looks() {
    let app = TestApp::start().await;
    given_people(&app).await;
    let mut owner = app.owner().await;
    fill(&mut owner, "Ana", 3, app.clock.now(), TimeDelta::days(25), TimeDelta::days(5) + TimeDelta::hours(1)).await;
    assert_eq!(app.sweep().await.told, 0);
    // five days before, two days before, one day before, when due
    for (ahead, so_far) in [(1, 3), (0, 3), (72, 6), (24, 9), (24, 12), (24, 12), (240, 12)] {
        app.clock.advance(TimeDelta::hours(ahead));
        app.sweep().await;
        assert_eq!(app.sweep().await, Sweep::default());
        assert_eq!(count(&mut owner, "rung_effects where taken").await, so_far);
    }
    // a clock that is set back repeats nothing
    app.clock.advance(TimeDelta::days(-6));
    assert_eq!(app.sweep().await, Sweep::default());
    assert_exactly(&mut owner, app.clock.now(), 12).await;
    let told: Vec<(String, i64)> = sqlx::query_as(
        "select u.name, count(*) from notices n join users u on u.id = n.to_id group by u.name order by u.name",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(told, [("Ana".to_owned(), 6), ("Dana".to_owned(), 6)]);
}

#[tokio::test]
async fn r16_a_week_of_downtime_over_ten_thousand_deadlines_gives_each_its_latest_rung_once() {
    let app = TestApp::start().await;
    given_people(&app).await;
    let mut owner = app.owner().await;
    fill(&mut owner, "Ana", 10_000, app.clock.now(), TimeDelta::days(23), TimeDelta::days(6)).await;
    app.clock.advance(TimeDelta::days(7));
    let swept = app.sweep().await;
    assert_eq!((swept.told, swept.passed_over, swept.failed), (10_000, 30_000, 0));
    assert_eq!(app.sweep().await, Sweep::default());
    assert_eq!(count(&mut owner, "rung_effects where taken and rung = 4").await, 10_000);
    assert_eq!(count(&mut owner, "rung_effects").await, 40_000);
    assert_eq!(count(&mut owner, "notices where kind = 'escalated'").await, 10_000);
    assert_eq!(count(&mut owner, "chases where next_at is not null").await, 0);
}

#[tokio::test]
async fn r16_after_a_week_of_downtime_each_person_has_one_digest() {
    let app = TestApp::start().await;
    given_people(&app).await;
    let mut owner = app.owner().await;
    for (name, n) in [("Ana", 500), ("Dana", 5)] {
        fill(&mut owner, name, n, app.clock.now(), TimeDelta::days(23), TimeDelta::days(6)).await;
    }
    app.clock.advance(TimeDelta::days(7));
    app.sweep().await;
    app.sweep().await;
    let mails: Vec<(String, i64)> = sqlx::query_as(
        "select u.name, count(*) from mails m join users u on u.id = m.user_id
        where m.key like 'digest:%' group by u.name order by u.name",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(mails, [("Ana".to_owned(), 1), ("Dana".to_owned(), 1)]);
    // urgent ones go at once, but not five hundred of them: the rest stands in one
    let at_once = count(&mut owner, "mails where key like 'urgent:%'").await;
    assert!((1..=15).contains(&at_once), "{at_once} mails at once");
    assert_eq!(count(&mut owner, "mails where key like 'urgent-more:%'").await, 1);
    assert_eq!(count(&mut owner, "mails").await, at_once + 1 + 2, "and nothing else");
}

#[tokio::test]
async fn r15_two_and_four_instances_that_look_together_do_everything_once() {
    for instances in [2, 4] {
        let app = TestApp::start_with(|config| config.connections = 16, savedesk::router::router).await;
        given_people(&app).await;
        let mut owner = app.owner().await;
        fill(&mut owner, "Ana", 2_000, app.clock.now(), TimeDelta::days(29), TimeDelta::hours(30)).await;
        let looking = (0..instances).map(|_| {
            let chaser = chaser(&app.db);
            tokio::spawn(async move { chaser.sweep(None).await.unwrap() })
        });
        let mut told = 0;
        for one in looking.collect::<Vec<_>>() {
            told += one.await.unwrap().told;
        }
        assert_eq!(told, 2_000);
        assert_exactly(&mut owner, app.clock.now(), 2_000).await;
    }
}

#[tokio::test]
async fn r17_a_bad_one_first_in_line_stops_nobody_and_is_parked_and_tried_again() {
    let app = TestApp::start().await;
    given_people(&app).await;
    let mut owner = app.owner().await;
    let due = TimeDelta::hours(47);
    fill(&mut owner, "Ana", 1, app.clock.now(), TimeDelta::days(29), due - TimeDelta::hours(1)).await;
    fill(&mut owner, "Ana", 300, app.clock.now(), TimeDelta::days(29), due).await;
    owner
        .execute(
            "create function refuse_bad() returns trigger language plpgsql as $$
            begin
              if new.deadline_id = (select id from deadlines order by due_at limit 1) then
                raise exception 'bad';
              end if;
              return new;
            end $$;
            create trigger refuse_bad before insert on rung_effects for each row execute function refuse_bad()",
        )
        .await
        .unwrap();
    let swept = app.sweep().await;
    assert_eq!((swept.told, swept.failed), (300, 1));
    for _ in 0..9 {
        assert_eq!(app.sweep().await, Sweep::default(), "it waits before it is tried again");
        app.clock.advance(TimeDelta::hours(1));
        assert_eq!(app.sweep().await.failed, 1);
    }
    app.clock.advance(TimeDelta::hours(1));
    assert_eq!(app.sweep().await.failed, 0, "it is parked");

    let admin = app.sign_in(Role::Admin).await;
    let page = admin.get("/chaser").await.expect(200);
    assert!(page.text("main").contains("Failed 10 times"), "{}", page.text("main"));
    owner.execute("drop trigger refuse_bad on rung_effects").await.unwrap();
    let retry = page.attributes("form[action$='/retry']", "action");
    admin.post_form(&retry[0], &[]).await.expect(303);
    admin.post_form("/chaser/rounds", &[]).await.expect(303);
    let page = admin.get("/chaser").await.expect(200);
    assert!(page.text("main").contains("Nothing is parked"), "{}", page.text("main"));
    assert_exactly(&mut owner, app.clock.now(), 301).await;
}

#[tokio::test]
async fn whoever_works_on_a_case_is_not_waited_for() {
    let app = TestApp::start().await;
    given_people(&app).await;
    let mut owner = app.owner().await;
    fill(&mut owner, "Ana", 5, app.clock.now(), TimeDelta::days(29), TimeDelta::hours(30)).await;
    let mut busy = app.owner().await;
    busy.execute("begin").await.unwrap();
    busy.execute("select from cases order by id limit 1 for update").await.unwrap();
    assert_eq!(app.sweep().await.told, 4);
    busy.execute("rollback").await.unwrap();
    app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(app.sweep().await.told, 1);
    assert_exactly(&mut owner, app.clock.now(), 5).await;
}

#[tokio::test]
async fn r15_an_instance_whose_clock_goes_wrong_does_nothing_early_and_nothing_twice() {
    let app = TestApp::start().await;
    given_people(&app).await;
    let mut owner = app.owner().await;
    let now: DateTime<Utc> = sqlx::query_scalar("select now()").fetch_one(&mut owner).await.unwrap();
    let day = TimeDelta::days(1);
    fill(&mut owner, "Ana", 50, now, TimeDelta::days(25), day + TimeDelta::minutes(5)).await;
    fill(&mut owner, "Ana", 50, now, TimeDelta::days(25), day - TimeDelta::minutes(5)).await;
    let options = app.database_url().parse::<PgConnectOptions>().unwrap();
    let mut told = 0;
    for wrong in [TimeDelta::minutes(10), TimeDelta::minutes(-10), TimeDelta::zero()] {
        let db = Db::connect(options.clone(), 4, Clock::Wrong(wrong)).await.unwrap();
        told += chaser(&db).sweep(None).await.unwrap().told;
        db.close().await;
    }
    // all are past two days before; half of them past one day before
    assert_eq!(told, 100);
    assert_eq!(count(&mut owner, "rung_effects where taken and rung = 3").await, 50);
    assert_eq!(count(&mut owner, "rung_effects where taken and rung = 2").await, 50);
}

#[tokio::test]
async fn a_round_that_somebody_runs_is_theirs_and_no_instance() {
    let app = TestApp::start().await;
    given_people(&app).await;
    let mut owner = app.owner().await;
    fill(&mut owner, "Ana", 1, app.clock.now(), TimeDelta::days(29), TimeDelta::hours(30)).await;
    let admin = app.sign_in_as(Person { name: "Olga Berg", roles: &[Role::Admin], team: None, department: None }).await;
    admin.post_form("/chaser/rounds", &[]).await.expect(303);
    let page = admin.get("/chaser").await.expect(200);
    assert!(page.text("section[aria-labelledby=ran-h] tbody").contains("run by Olga Berg"), "{}", page.text("main"));
    assert!(page.text("#chaser-now").contains("Not running"), "{}", page.text("#chaser-now"));
    assert_eq!(page.texts("#chaser-now dd")[..2], ["never", "0"]);
    assert_eq!(count(&mut owner, "sweepers").await, 0);
    app.sweep().await;
    assert_eq!(admin.get("/chaser").await.expect(200).texts("#chaser-now dd")[1], "1");
}

/// This program, looking for what is due in a process of its own.
pub(crate) fn another(app: &TestApp) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "chaser::look_once", "--ignored", "--nocapture"])
        .env("SAVEDESK_TEST_URL", app.database_url())
        .env("SAVEDESK_TEST_NOW", app.clock.now().to_rfc3339())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test]
#[ignore = "run by another test, in a process of its own"]
async fn look_once() {
    let options = std::env::var("SAVEDESK_TEST_URL").unwrap().parse::<PgConnectOptions>().unwrap();
    let now = std::env::var("SAVEDESK_TEST_NOW").unwrap().parse().unwrap();
    let db = Db::connect(options, 6, Clock::stopped(now)).await.unwrap();
    let _ = chaser(&db).sweep(None).await;
}

#[tokio::test]
async fn r15_a_kill_between_effect_and_mark_loses_nothing_and_repeats_nothing() {
    let app = TestApp::start().await;
    given_people(&app).await;
    let mut owner = app.owner().await;
    fill(&mut owner, "Ana", 700, app.clock.now(), TimeDelta::days(29), TimeDelta::hours(30)).await;
    // the effects are there, the mark is not: the statement that marks takes its time
    owner
        .execute(
            "create function dawdle() returns trigger language plpgsql as $$
            begin
              if new.chased_until > old.chased_until then
                perform pg_sleep(60);
              end if;
              return new;
            end $$;
            create trigger dawdle before update on chases for each row execute function dawdle()",
        )
        .await
        .unwrap();
    let mut child = another(&app);
    let sleeps = "pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
    wait_until(async || count(&mut owner, sleeps).await > 0).await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(count(&mut owner, "rung_effects").await, 0, "nothing of it is to be seen");
    // what the dead process had under way ends with its connections
    owner
        .execute(
            "select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and wait_event = 'PgSleep'",
        )
        .await
        .unwrap();
    wait_until(async || count(&mut owner, sleeps).await == 0).await;
    owner.execute("drop trigger dawdle on chases").await.unwrap();
    app.sweep().await;
    // what it had in hand is left to it for a while
    app.clock.advance(TimeDelta::minutes(3));
    app.sweep().await;
    assert_exactly(&mut owner, app.clock.now(), 700).await;
}

/// Looks again and again until it is so.
pub(crate) async fn wait_until(mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..3_000 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("waited in vain");
}

#[tokio::test]
async fn r15_a_database_that_restarts_in_the_middle_loses_nothing_and_repeats_nothing() {
    // a cluster of its own, since everybody else needs theirs
    let cluster = start_for_tests().await.unwrap();
    cluster.create_database("desk", None).await.unwrap();
    migrate(&cluster.options("desk", OWNER)).await.unwrap();
    let now = "2026-03-04T15:00:00Z".parse().unwrap();
    let clock = Clock::stopped(now);
    let db = Db::connect(cluster.options("desk", OWNER), 8, clock.clone()).await.unwrap();
    let mut owner = cluster.options("desk", OWNER).connect().await.unwrap();
    let people = "insert into users (id, email, name, created_at)
        select gen_random_uuid(), lower(name) || '@example.org', name, '2026-01-01' from unnest(array['Ana', 'Dana']) as name";
    for statement in [
        "set session_replication_role = replica",
        people,
        "insert into user_roles (user_id, role)
            select id, case name when 'Ana' then 'agent' else 'supervisor' end from users",
    ] {
        owner.execute(statement).await.unwrap();
    }
    fill(&mut owner, "Ana", 3_000, now, TimeDelta::days(29), TimeDelta::hours(30)).await;
    let looking = tokio::spawn({
        let chaser = chaser(&db);
        async move { chaser.sweep(None).await }
    });
    wait_until(async || count(&mut owner, "rung_effects").await > 0).await;
    drop(owner);
    restart(&cluster).await;
    // what became of the round does not matter: it may have failed, or waited for the database
    let _ = looking.await.unwrap();
    for _ in 0..20 {
        clock.advance(TimeDelta::minutes(3));
        let _ = chaser(&db).sweep(None).await;
    }
    let mut owner = cluster.options("desk", OWNER).connect().await.unwrap();
    assert_exactly(&mut owner, clock.now(), 3_000).await;
    assert_eq!(count(&mut owner, "chases where parked_at is not null").await, 0);
    drop(owner);
    db.close().await;
    cluster.stop().await.unwrap();
}

/// Has the server die as it stands, and come back.
async fn restart(cluster: &Embedded) {
    let pid = postmaster(cluster.data_dir());
    Command::new("kill").args(["-QUIT", &pid]).status().unwrap();
    wait_until(async || !Path::new("/proc").join(&pid).exists()).await;
    cluster.ensure_running().await.unwrap();
}

fn postmaster(data_dir: &Path) -> String {
    let file = std::fs::read_to_string(data_dir.join("postgres/postmaster.pid")).unwrap();
    file.lines().next().unwrap().trim().to_owned()
}

#[tokio::test]
async fn a_round_with_nothing_due_reads_an_index_page_or_so() {
    let app = TestApp::start().await;
    given_people(&app).await;
    let mut owner = app.owner().await;
    fill(&mut owner, "Ana", 50_000, app.clock.now(), TimeDelta::days(1), TimeDelta::days(29)).await;
    owner.execute("update chases set next_at = '2026-03-20'").await.unwrap();
    // what somebody may still see is not cleared away: the database itself looks at tables now and then
    let mut plan = String::new();
    for _ in 0..60 {
        owner.execute("vacuum analyze chases").await.unwrap();
        let lines: Vec<String> = sqlx::query_scalar(
            "explain (analyze, buffers, costs off, timing off)
            select deadline_id from chases where parked_at is null and next_at <= '2026-03-04'
            order by next_at, deadline_id limit 200 for update skip locked",
        )
        .fetch_all(&mut owner)
        .await
        .unwrap();
        plan = lines.join("\n");
        assert!(plan.contains("chases_next") && !plan.contains("Seq Scan"), "{plan}");
        if (1..=4).contains(&touched(&plan)) {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("{plan}");
}

/// How many pages a plan touched, in memory or not.
fn touched(plan: &str) -> i64 {
    let buffers = plan.lines().find_map(|line| line.split_once("Buffers: shared ")).unwrap().1;
    let pages = buffers.split_whitespace().filter_map(|one| one.split_once('='));
    pages.filter(|(how, _)| matches!(*how, "hit" | "read")).map(|(_, many)| many.parse::<i64>().unwrap()).sum()
}
