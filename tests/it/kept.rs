//! What each instance keeps in memory of tables that change rarely: never older than what a request may see.

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use savedesk::accounts::People;
use savedesk::audit::{self, Action, Entry, Subject};
use savedesk::auth::Role;
use savedesk::catalogue::{self, Catalogue};
use savedesk::db::{Db, Keep, Origin, Stamps, Tx, Via};
use savedesk::error::Result;
use savedesk::ids::TeamId;
use savedesk::limits::{self, Policy};
use savedesk::money::Currency;
use sqlx::{AssertSqlSafe, Executor, PgConnection};

use crate::support::{Person, TestApp};

/// What the database says of itself now.
async fn stamps(app: &TestApp) -> Stamps {
    let sql = "select jsonb_object_agg(topic, stamp) from stamps";
    let value: serde_json::Value = sqlx::query_scalar(sql).fetch_one(&mut app.owner().await).await.unwrap();
    serde_json::from_value(value).unwrap()
}

/// Another instance on the same database.
async fn another(app: &TestApp) -> Db {
    Db::connect(app.db.options().clone(), 2, app.db.clock().clone()).await.unwrap()
}

/// A change of a team that is not committed yet.
async fn rename(db: &Db, team: TeamId, name: &str) -> Tx {
    let mut tx = db.begin(Origin { actor: None, via: Via::Command, request: None }).await.unwrap();
    sqlx::query("update teams set name = $2, version = version + 1 where id = $1")
        .bind(team)
        .bind(name)
        .execute(&mut *tx)
        .await
        .unwrap();
    audit::record(&mut tx, Entry::new(Action::TeamChanged, Subject::Team(team))).await.unwrap();
    tx
}

#[tokio::test]
async fn what_another_instance_changed_is_seen_by_the_next_request() {
    let app = TestApp::start().await;
    let manager = Person { name: "Helen", roles: &[Role::Manager, Role::Admin], team: Some("North"), department: None };
    let helen = app.sign_in_as(manager).await;
    let team = sqlx::query_scalar("select id from teams where name = 'North'").fetch_one(&mut app.owner().await).await;
    let team: TeamId = team.unwrap();
    let teams = || async { helen.get("/users").await.expect(200).texts("select[name=team] option") };
    assert!(teams().await.contains(&"North".to_owned()));
    let other = another(&app).await;
    // not before it is committed, and not when it is taken back
    let before = stamps(&app).await;
    let tx = rename(&other, team, "Nowhere").await;
    assert!(teams().await.contains(&"North".to_owned()));
    drop(tx);
    assert!(teams().await.contains(&"North".to_owned()));
    assert_eq!(stamps(&app).await, before);
    for name in ["South", "East", "West"] {
        rename(&other, team, name).await.commit().await.unwrap();
        let shown = teams().await;
        assert!(shown.contains(&name.to_owned()) && !shown.contains(&"North".to_owned()), "{shown:?}");
    }
}

static READ: AtomicUsize = AtomicUsize::new(0);

/// The names of the teams, which take a while to be read.
struct Slow(Vec<String>);

impl Keep for Slow {
    fn stamp(stamps: &Stamps) -> i64 {
        stamps.people
    }

    async fn load(connection: &mut PgConnection, _: DateTime<Utc>) -> Result<Self> {
        READ.fetch_add(1, Ordering::SeqCst);
        let names = sqlx::query_scalar("select name from teams order by name").fetch_all(&mut *connection).await?;
        connection.execute("select pg_sleep(0.05)").await?;
        Ok(Self(names))
    }
}

/// What a request that found these stamps gets.
async fn ask(db: &Db, seen: Stamps) -> Vec<String> {
    let mut connection = db.read().await.unwrap();
    db.kept::<Slow>(&mut connection, Some(&seen)).await.unwrap().0.clone()
}

#[tokio::test]
async fn requests_that_come_at_once_read_it_once_and_none_gets_what_is_older_than_its_stamp() {
    let app = TestApp::start().await;
    app.given_person(Person { name: "Mia", roles: &[Role::Agent], team: Some("North"), department: None }).await;
    let team: TeamId = sqlx::query_scalar("select id from teams").fetch_one(&mut app.owner().await).await.unwrap();
    let (app, ask) = (&app, |seen: Stamps| ask(&app.db, seen));
    let first = stamps(app).await;
    let all = join_all((0..8).map(|_| ask(first))).await;
    assert!(all.iter().all(|names| names == &["North"]));
    assert_eq!(READ.swap(0, Ordering::SeqCst), 1);
    rename(&app.db, team, "South").await.commit().await.unwrap();
    let second = stamps(app).await;
    assert!(second.people > first.people);
    // those who began before the change may get either, those who began after it get it
    let all = join_all((0..8).map(|at| async move {
        let seen = if at % 2 == 0 { first } else { second };
        (seen == second, ask(seen).await)
    }))
    .await;
    assert!(all.iter().all(|(after, names)| !after || names == &["South"]), "{all:?}");
    assert_eq!(READ.swap(0, Ordering::SeqCst), 1);
    assert_eq!(ask(first).await, ["South"], "what is newer serves those who saw less");
    assert_eq!(READ.load(Ordering::SeqCst), 0);
    // whoever knows no stamps asks the database
    let mut connection = app.db.read().await.unwrap();
    assert_eq!(app.db.kept::<Slow>(&mut connection, None).await.unwrap().0, ["South"]);
    assert_eq!(READ.load(Ordering::SeqCst), 1);
}

/// One of the stamps.
type Of = fn(Stamps) -> i64;

#[tokio::test]
async fn a_stamp_rises_with_each_change_of_what_it_is_about_and_of_nothing_else() {
    let app = TestApp::start().await;
    let mia = Person { name: "Mia", roles: &[Role::Agent], team: Some("North"), department: None };
    let user = app.given_person(mia).await.id.unwrap();
    let people = |stamps: Stamps| stamps.people;
    let reasons = |stamps: Stamps| stamps.reasons;
    let catalogue = |stamps: Stamps| stamps.catalogue;
    let limits = |stamps: Stamps| stamps.limits;
    let changes: [(&str, Of); 12] = [
        ("update users set active = active, version = version + 1", people),
        ("update users set name = name, version = version + 1", people),
        ("update users set name = name, version = version + 1", limits),
        ("delete from user_roles", people),
        ("update teams set name = name, version = version + 1", people),
        ("insert into holidays (team_id, day, name) select id, '2026-12-25', 'Christmas' from teams", people),
        ("update departments set name = name, version = version + 1", people),
        ("update departments set name = name, version = version + 1", catalogue),
        ("update reasons set name = name, version = version + 1", reasons),
        ("update levers set position = position", catalogue),
        ("update objections set name = name", reasons),
        ("insert into offer_types (code, kind, position) values ('more', 'credit', 99)", catalogue),
    ];
    for (sql, of) in changes {
        let before = of(stamps(&app).await);
        let mut tx = app.begin().await;
        tx.execute(AssertSqlSafe(sql)).await.unwrap();
        audit::record(&mut tx, Entry::new(Action::UserChanged, Subject::User(user))).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(of(stamps(&app).await), before + 1, "{sql}");
    }
    // what is written all day waits for nobody
    let before = stamps(&app).await;
    let mut tx = app.begin().await;
    let daily = [
        "update users set signed_in_at = created_at, version = version + 1",
        "update users set password_hash = 'x', version = version + 1",
        "update users set queue_columns = '{owner}', version = version + 1",
    ];
    for sql in daily {
        tx.execute(sql).await.unwrap();
    }
    audit::record(&mut tx, Entry::new(Action::UserChanged, Subject::User(user))).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(stamps(&app).await, before);
    // the application cannot set them
    let mut tx = app.begin().await;
    let refused = tx.execute("update stamps set stamp = 1").await.unwrap_err();
    assert!(refused.to_string().contains("permission denied"), "{refused}");
}

#[tokio::test]
async fn what_is_kept_is_what_the_database_says_at_every_moment() {
    let app = TestApp::start().await;
    app.publish_limits("update new_cells set max_months = 3 where max_months is not null").await;
    app.clock.advance(TimeDelta::minutes(1));
    let mut connection = app.db.read().await.unwrap();
    let now = app.clock.now();
    let (policy, types) = (
        app.db.kept::<Policy>(&mut connection, None).await.unwrap(),
        app.db.kept::<Catalogue>(&mut connection, None).await.unwrap(),
    );
    for at in [now, now + TimeDelta::days(400)] {
        for tier in savedesk::customers::Tier::ALL {
            let mut kept = policy.of(*tier, Currency::USD, at);
            let mut said = limits::of(&mut connection, *tier, Currency::USD, at).await.unwrap();
            for limits in [&mut kept, &mut said] {
                limits.cells.sort_by(|a, b| (a.role, &a.offer_type).cmp(&(b.role, &b.offer_type)));
                limits.customer.sort_by_key(|(role, _)| *role);
                limits.week.sort_by_key(|(role, _)| *role);
                limits.margins.sort();
            }
            assert_eq!(kept, said);
        }
        assert_eq!(types.current(at), catalogue::current(&mut connection, at).await.unwrap());
        assert_eq!(types.all(at), catalogue::all(&mut connection, at).await.unwrap());
    }
    let people = app.db.kept::<People>(&mut connection, None).await.unwrap();
    assert_eq!(people.teams(), savedesk::accounts::teams(&mut connection).await.unwrap());
    assert_eq!(people.departments(), savedesk::accounts::departments(&mut connection).await.unwrap());
    assert_eq!(people.colleagues(), savedesk::accounts::colleagues(&mut connection).await.unwrap());
}
