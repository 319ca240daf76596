//! What fails stops nothing else: it is tried again, and parked where an admin sees it (R17).

use chrono::TimeDelta;
use savedesk::auth::{Role, WorkCases};
use savedesk::processes::{Kind, StepStage};

use crate::support::TestApp;

async fn number(app: &TestApp, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&mut app.owner().await).await.unwrap()
}

async fn run(app: &TestApp, sql: &'static str) {
    sqlx::raw_sql(sql).execute(&mut app.owner().await).await.unwrap();
}

const BREAK: &str = "create function break_down() returns trigger language plpgsql as $$
    begin raise exception 'out of order'; end $$;";

#[tokio::test]
async fn r17_a_process_that_cannot_be_moved_on_is_parked_where_an_admin_sees_it() {
    let app = TestApp::start().await;
    app.sign_in(Role::Admin).await;
    let works = app.can::<WorkCases>(Role::Agent).await;
    let [bad, good] = [app.given_customer("Clinic").await, app.given_customer("Other").await];
    let (bad, good) = (app.given_case(bad).await, app.given_case(good).await);
    for case in [bad, good] {
        let process = app.start_process(&works, case, Kind::Support, &["Calls drop"]).await.unwrap();
        app.answer_step(&process, 1, "Technical support").await;
    }
    let bad_process = app.process(bad, Kind::Support).await.id;
    let sql = format!(
        "{BREAK} create trigger zz_broken before update on process_steps for each row
         when (new.process_id = '{bad_process}') execute function break_down()"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut app.owner().await).await.unwrap();
    let swept = app.sweep().await;
    assert_eq!((swept.done, swept.failed), (1, 1), "the other one goes on");
    assert_eq!(app.process(good, Kind::Support).await.steps[0].stage, StepStage::Done);
    assert_eq!(app.sweep().await.failed, 0, "it waits");
    for _ in 0..9 {
        app.clock.advance(TimeDelta::hours(1));
        assert_eq!(app.sweep().await.failed, 1);
    }
    app.clock.advance(TimeDelta::days(2));
    assert_eq!(app.sweep().await.failed, 0, "ten times, and no more");
    // days later: whoever was signed in is not any more
    let admin = app.sign_in(Role::Admin).await;
    let page = admin.get("/chaser").await.expect(200);
    let retry = format!("/chaser/parked_processes/{bad_process}/retry");
    assert!(page.has(&format!("form[action='{retry}']")) && page.text("main").contains("Failed 10 times."));
    let told = "select count(*) from notices where kind = 'parked' and about like 'A process%'";
    assert!(number(&app, told).await >= 1);
    // mended, and tried anew: what failed before is forgotten
    run(&app, "drop trigger zz_broken on process_steps").await;
    admin.post_form(&retry, &[]).await.expect(303);
    assert_eq!(app.sweep().await.done, 1);
    assert_eq!(app.process(bad, Kind::Support).await.steps[0].stage, StepStage::Done);
    assert_eq!(number(&app, "select count(*) from process_retries").await, 0);
    assert!(!admin.get("/chaser").await.expect(200).has(&format!("form[action='{retry}']")));
}

#[tokio::test]
async fn r17_what_failed_and_then_went_well_begins_anew() {
    let app = TestApp::start().await;
    let works = app.can::<WorkCases>(Role::Agent).await;
    let case = app.given_case(app.given_customer("Clinic").await).await;
    let process = app.start_process(&works, case, Kind::Support, &["Calls drop"]).await.unwrap();
    app.answer_step(&process, 1, "Technical support").await;
    let sql = format!(
        "{BREAK} create trigger zz_broken before update on process_steps for each row execute function break_down()"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut app.owner().await).await.unwrap();
    assert_eq!(app.sweep().await.failed, 1);
    run(&app, "drop trigger zz_broken on process_steps").await;
    assert_eq!(number(&app, "select count(*) from process_retries").await, 1);
    app.clock.advance(TimeDelta::hours(1));
    app.sweep().await;
    assert_eq!(number(&app, "select count(*) from process_retries").await, 0);
}

#[tokio::test]
async fn r17_a_part_of_a_round_that_fails_as_a_whole_stops_no_other() {
    let app = TestApp::start().await;
    let works = app.can::<WorkCases>(Role::Agent).await;
    let case = app.given_case(app.given_customer("Clinic").await).await;
    let process = app.start_process(&works, case, Kind::Support, &["Calls drop"]).await.unwrap();
    app.answer_step(&process, 1, "Technical support").await;
    // looking for what is due fails at its very beginning
    let sql = format!(
        "{BREAK} create trigger zz_broken before update on chases for each row when (new.attempts > old.attempts)
         execute function break_down()"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut app.owner().await).await.unwrap();
    let swept = app.sweep().await;
    assert_eq!(swept.done, 1, "processes move on all the same");
    assert_eq!(app.process(case, Kind::Support).await.steps[0].stage, StepStage::Done);
    assert!(swept.failed >= 1);
}
