//! The demo company.

use chrono::{DateTime, Utc};
use savedesk::audit;
use savedesk::auth::Role;
use savedesk::demo;

use crate::support::TestApp;

#[tokio::test]
async fn the_demo_fills_an_empty_desk_once_and_holds_together() {
    let app = TestApp::start().await;
    let begun = std::time::Instant::now();
    assert!(demo::fill(&app.db).await.unwrap(), "the desk was empty");
    let sign_ins = demo::sign_ins();
    eprintln!("filled in {:?}", begun.elapsed());

    let mut owner = app.owner().await;
    let counts = counts(&app).await;
    // six complaints on top of the plan, one of them of somebody unknown
    assert_eq!(counts[..4], [42, 2001, 634, 136], "users, customers, cases, live cases");
    assert!(counts[4] > 2000, "{} interactions", counts[4]);

    for (what, query) in [
        ("live cases without a deadline", "select count(*) from cases where stage <> 'closed' and next_due_at is null"),
        ("moves from nowhere", "select count(*) from cases where stage = 'closed' and closed_at <= opened_at"),
        (
            "departments without anybody",
            "select count(*) from departments d where not exists (select from users u where u.department_id = d.id)",
        ),
        (
            "cancelled customers who pay on",
            "select count(*) from subscriptions s join customers c on c.id = s.customer_id where c.status = 'cancelled' and s.status = 'active' and s.product = 'Cloud voice' and not exists (select from cases k where k.customer_id = c.id and k.subscription_id is distinct from s.id)",
        ),
    ] {
        let n: i64 = sqlx::query_scalar(query).fetch_one(&mut owner).await.unwrap();
        assert_eq!(n, 0, "{what}");
    }

    let now = app.db.now();
    for (table, column) in [
        ("interactions", "at"),
        ("cases", "opened_at"),
        ("cases", "closed_at"),
        ("case_changes", "at"),
        ("status_changes", "at"),
        ("deadlines", "set_at"),
        ("audit_entries", "at"),
        ("orders", "ordered_at"),
        ("users", "created_at"),
    ] {
        let query = format!("select max({column}) from {table}");
        let newest: DateTime<Utc> = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&mut owner).await.unwrap();
        assert!(newest <= now, "{table}.{column} is at {newest}");
    }

    let late: i64 = sqlx::query_scalar("select count(*) from cases where stage <> 'closed' and next_due_at < $1")
        .bind(now)
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert!((10..=45).contains(&late), "{late} late");

    let (entries, broken) = audit::verify(&mut app.db.read().await.unwrap()).await.unwrap();
    assert!(entries > 8000 && broken.is_empty());

    for role in Role::ALL {
        let one = sign_ins.people.iter().find(|one| one.role == role).unwrap();
        let browser = app.visitor();
        let page = browser
            .post_form("/sign-in", &[("email", one.email.as_str()), ("password", sign_ins.password), ("back", "/")])
            .await;
        assert_eq!(page.status, 303, "{role:?}: {}", page.body);
        assert!(page.headers.contains_key("set-cookie"), "{role:?}");
    }

    assert!(!demo::fill(&app.db).await.unwrap());
    assert_eq!(self::counts(&app).await, counts);
}

#[tokio::test]
async fn the_demo_fills_at_night_when_days_differ_from_zone_to_zone() {
    let app = TestApp::start().await;
    // a Sunday in UTC, still Saturday at the desk, in the night in which its clocks change
    let night: DateTime<Utc> = "2026-03-08T00:20:00Z".parse().unwrap();
    app.clock.advance(night - app.clock.now());
    assert!(demo::fill(&app.db).await.unwrap(), "the desk was empty");
    assert_eq!(counts(&app).await[0], 42, "users");
}

#[tokio::test]
async fn a_demo_that_was_interrupted_is_completed() {
    let app = TestApp::start().await;
    {
        let filling = demo::fill(&app.db);
        tokio::pin!(filling);
        // let it come into the middle of the customers, then drop it where it stands
        let mut done = false;
        while !done {
            tokio::select! {
                _ = &mut filling => panic!("it was not interrupted"),
                () = tokio::time::sleep(std::time::Duration::from_millis(100)) => {
                    done = counts(&app).await[1] > 300;
                }
            }
        }
    }
    assert!(demo::fill(&app.db).await.unwrap());
    assert_eq!(counts(&app).await[..4], [42, 2001, 634, 136]);
    assert!(!demo::fill(&app.db).await.unwrap());
}

#[tokio::test]
async fn a_desk_with_people_of_its_own_stays_as_it_is() {
    let app = TestApp::start().await;
    app.sign_in(Role::Admin).await;
    assert!(!demo::fill(&app.db).await.unwrap());
    assert_eq!(counts(&app).await[..3], [1, 0, 0]);
}

/// Users, customers, cases, live cases, interactions.
async fn counts(app: &TestApp) -> [i64; 5] {
    let mut owner = app.owner().await;
    let mut counts = [0; 5];
    for (count, query) in counts.iter_mut().zip([
        "select count(*) from users",
        "select count(*) from customers",
        "select count(*) from cases",
        "select count(*) from cases where stage <> 'closed'",
        "select count(*) from interactions",
    ]) {
        *count = sqlx::query_scalar(query).fetch_one(&mut owner).await.unwrap();
    }
    counts
}

#[tokio::test]
async fn the_demo_knows_offers_at_every_stage() {
    let app = TestApp::start_demo().await;
    let mut owner = app.owner().await;
    let mut count =
        async |sql: &'static str| -> Vec<(String, i64)> { sqlx::query_as(sql).fetch_all(&mut owner).await.unwrap() };
    let offers = count("select stage, count(*) from offers group by 1 order by 1").await;
    let requests = count("select stage || ' ' || level, count(*) from approvals group by 1 order by 1").await;
    let promises = count("select stage, count(*) from promises group by 1 order by 1").await;
    eprintln!("{offers:?}\n{requests:?}\n{promises:?}");
    let has = |all: &[(String, i64)], stage: &str| all.iter().any(|(name, n)| name == stage && *n > 0);
    for stage in ["awaiting_approval", "ready", "presented", "accepted", "declined", "expired", "fulfilled", "failed"] {
        assert!(has(&offers, stage), "no offer is {stage}: {offers:?}");
    }
    for stage in ["pending supervisor", "pending manager", "approved supervisor"] {
        assert!(has(&requests, stage), "no request is {stage}: {requests:?}");
    }
    for stage in ["open", "kept", "late", "broken"] {
        assert!(has(&promises, stage), "no promise is {stage}: {promises:?}");
    }
    for (what, sql) in [
        ("promise moved", "select 'x', count(*) from promise_moves where due_at is not null"),
        ("promise handed over", "select 'x', count(*) from promise_moves where owner_id is not null"),
        (
            "promise late",
            "select 'x', count(*) from promises where stage = 'open' and due_at < (select max(at) from audit_entries)",
        ),
        (
            "promise of a department",
            "select 'x', count(*) from promises where department_id is not null and offer_id is null",
        ),
        ("promise proved by a bill", "select 'x', count(*) from promises where billing_line_id is not null"),
        ("file with a promise", "select 'x', count(*) from files where promise_id is not null"),
        ("problem that was fixed", "select 'x', count(*) from problems where fixed_on is not null"),
        ("incident answered", "select 'x', count(*) from problem_answer_cases where stage = 'answered'"),
        ("case coded again", "select 'x', count(*) from recodings where recoded is not null"),
        ("case still to be coded again", "select 'x', count(*) from recodings where recoded is null"),
        ("file in the log", "select 'x', count(*) from files where interaction_id is not null"),
    ] {
        assert!(has(&count(sql).await, "x"), "no {what}");
    }
}
