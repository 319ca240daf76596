//! A streaming replica: what reads there, what never does, and what happens when it is behind or gone.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use savedesk::auth::Role;
use savedesk::clock::Clock;
use savedesk::db::Db;
use savedesk::db::embedded::OWNER;
use savedesk::error::{Error, Result};
use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{ConnectOptions, FromRow, PgConnection};

use crate::support::{Beside, Client, Person, Server, TestApp, answers, filled, path_of};

const PORT: u16 = 5432;
/// How long something may take to come about on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A copy of a test's cluster that follows it.
struct Replica {
    options: PgConnectOptions,
    beside: Beside,
}

impl Replica {
    async fn of(app: &TestApp) -> Self {
        let bin: String = sqlx::query_scalar("select setting from pg_config where name = 'BINDIR'")
            .fetch_one(&mut app.owner().await)
            .await
            .unwrap();
        let program = |name: &str| -> PathBuf { Path::new(&bin).join(name) };
        let mut beside = Beside::new(app.place());
        let (dir, primary) = (beside.dir.clone(), app.options());
        let data = dir.join("data");
        let source =
            format!("host={} port={} user={OWNER}", path_of(primary.get_socket().unwrap()), primary.get_port());
        let slot = format!("of_{}", path_of(Path::new(dir.file_name().unwrap())));
        // made first: what is written while the copy begins is not thrown away then
        sqlx::query("select pg_create_physical_replication_slot($1, true)")
            .bind(&slot)
            .execute(&mut app.owner().await)
            .await
            .unwrap();
        let arguments = ["-d", &source, "-D", path_of(&data), "-R", "-S", &slot, "-c", "fast", "--no-sync"];
        beside.run(&program("pg_basebackup"), &arguments);
        let sockets = format!("unix_socket_directories={}", path_of(&dir));
        let port = PORT.to_string();
        let arguments =
            ["-D", path_of(&data), "-p", &port, "-c", &sockets, "-c", "listen_addresses=", "-c", "fsync=off"];
        beside.start("QUIT", &program("postgres"), &arguments);
        let options = primary.socket(&dir).port(PORT);
        answers(&options, &beside).await;
        Self { options, beside }
    }

    /// `DATABASE_REPLICA_URL`
    fn url(&self) -> String {
        let (dir, database) = (path_of(&self.beside.dir), self.options.get_database().unwrap());
        format!("postgres:///{database}?host={dir}&port={PORT}&user={OWNER}&sslmode=disable")
    }

    async fn ask<T: Send + Unpin>(&self, sql: &'static str) -> T
    where
        (T,): for<'r> FromRow<'r, PgRow>,
    {
        sqlx::query_scalar(sql).fetch_one(&mut self.options.connect().await.unwrap()).await.unwrap()
    }

    /// Waits until it shows all that is written now.
    async fn catch_up(&self, app: &TestApp) {
        let written: i64 = sqlx::query_scalar("select (pg_switch_wal() - '0/0'::pg_lsn)::bigint")
            .fetch_one(&mut app.owner().await)
            .await
            .unwrap();
        let began = Instant::now();
        while self.ask::<i64>("select (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint").await < written {
            assert!(began.elapsed() < PATIENCE, "{}", self.beside.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// From now on it stays as it is.
    async fn pause(&self) {
        sqlx::query("select pg_wal_replay_pause()").execute(&mut self.options.connect().await.unwrap()).await.unwrap();
        let began = Instant::now();
        while self.ask::<String>("select pg_get_wal_replay_pause_state()").await != "paused" {
            assert!(began.elapsed() < PATIENCE);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn resume(&self) {
        sqlx::query("select pg_wal_replay_resume()").execute(&mut self.options.connect().await.unwrap()).await.unwrap();
    }
}

/// Somebody who may do everything here.
fn manager(name: &str) -> Person<'_> {
    Person { name, roles: &[Role::Manager, Role::Admin], team: Some("North"), department: None }
}

/// Whether a report lists a customer's open case, and whether search finds the customer.
async fn sees(client: &Client, name: &str) -> (bool, bool) {
    let report = client.get("/reports/rows?figure=open_at_risk&currency=USD&team=all").await.expect(200);
    let search = client.get(&format!("/search?q={}", name.replace(' ', "+"))).await.expect(200);
    (report.text("main").contains(name), search.has("main a.open[href^='/customers/']"))
}

/// A case of a customer who was not known.
async fn open(client: &Client, name: &str) {
    let case = [
        ("kind", "cancellation"),
        ("channel", "phone"),
        ("priority", "2"),
        ("new_name", name),
        ("value_at_risk", "90.00"),
    ];
    client.post_form("/cases", &case).await.expect(303);
}

#[tokio::test]
async fn reports_and_search_read_from_a_replica_and_nobody_sees_less_than_they_wrote() {
    let app = TestApp::start_to_copy().await;
    let replica = Replica::of(&app).await;
    let url = replica.url();
    let settings = [("DATABASE_REPLICA_URL", url.as_str())];
    let servers = [Server::start_with(&app, &settings), Server::start_with(&app, &settings)];
    let anna = servers[0].sign_in_as(&app, manager("Anna Sander")).await;
    let bert = servers[0].sign_in_as(&app, manager("Bert Olsen")).await;
    let cleo = servers[0].sign_in_as(&app, manager("Cleo Marsh")).await;
    open(&cleo, "Harborview Dental").await;
    for server in &servers {
        assert_eq!(sees(&cleo.at(server.address), "Harborview Dental").await, (true, true));
        assert_eq!(sees(&bert.at(server.address), "Quillfeather Rowing").await, (false, false));
    }
    replica.catch_up(&app).await;
    replica.pause().await;

    // who wrote sees it at once, whichever server answers, and in any of their browsers
    open(&anna, "Quillfeather Rowing").await;
    let elsewhere =
        Client::signed_in(&app, anna.user.unwrap(), app.given_session(anna.user.unwrap(), Clock::System.now()).await);
    for server in &servers {
        assert_eq!(sees(&anna.at(server.address), "Quillfeather Rowing").await, (true, true));
        assert_eq!(sees(&elsewhere.at(server.address), "Quillfeather Rowing").await, (true, true));
        // who did not sees what the replica has: that is where it is read
        assert_eq!(sees(&bert.at(server.address), "Quillfeather Rowing").await, (false, false));
        assert_eq!(sees(&bert.at(server.address), "Harborview Dental").await, (true, true));
    }

    // what is kept in memory comes from the primary, also when a page that is read at the replica asks for it
    let form = anna.get("/teams/new").await.expect(200);
    let form = form.form("form[action='/teams']");
    anna.post_form("/teams", &filled(&form, &[("name", "Lighthouse")])).await.expect(303);
    for server in &servers {
        let page = bert.at(server.address).get("/dashboard").await.expect(200);
        assert!(page.texts("option").iter().any(|team| team == "Lighthouse"), "{:?}", page.texts("option"));
        assert_eq!(sees(&bert.at(server.address), "Quillfeather Rowing").await, (false, false));
    }

    // of a replica that may be any time behind nothing is read
    let third = Server::start_with(&app, &settings);
    assert_eq!(sees(&bert.at(third.address), "Quillfeather Rowing").await, (true, true));

    replica.resume().await;
    let began = Instant::now();
    for server in &servers {
        while sees(&bert.at(server.address), "Quillfeather Rowing").await != (true, true) {
            assert!(began.elapsed() < PATIENCE);
        }
    }
}

#[tokio::test]
async fn without_its_replica_the_primary_serves() {
    let app = TestApp::start_to_copy().await;
    let replica = Replica::of(&app).await;
    let url = replica.url();
    let server = Server::start_with(&app, &[("DATABASE_REPLICA_URL", &url)]);
    let anna = server.sign_in_as(&app, manager("Anna Sander")).await;
    open(&anna, "Harborview Dental").await;
    assert_eq!(sees(&anna, "Harborview Dental").await, (true, true));
    drop(replica);
    open(&anna, "Quillfeather Rowing").await;
    let bert = server.sign_in_as(&app, manager("Bert Olsen")).await;
    for _ in 0..3 {
        assert_eq!(sees(&bert, "Quillfeather Rowing").await, (true, true));
    }
    // nor does a server need it to start
    let another = Server::start_with(&app, &[("DATABASE_REPLICA_URL", &url)]);
    assert_eq!(sees(&bert.at(another.address), "Quillfeather Rowing").await, (true, true));
}

/// Whether this is read at a replica.
async fn there(connection: &mut PgConnection) -> Result<bool> {
    Ok(sqlx::query_scalar("select pg_is_in_recovery()").fetch_one(connection).await?)
}

/// Whether a page is soon read at the replica: much sooner than one that was left alone would be.
async fn serves(db: &Db) -> bool {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(5) {
        if db.read_anywhere(None, there).await.unwrap() {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn what_fails_at_the_replica_is_read_from_the_primary() {
    let app = TestApp::start_to_copy().await;
    let replica = Replica::of(&app).await;
    let connect = async |replica: &PgConnectOptions| {
        let db = Db::connect(app.options(), 2, app.clock.clone()).await.unwrap();
        db.with_replica(replica.clone(), 2)
    };
    let db = connect(&replica.options).await;
    replica.catch_up(&app).await;
    assert!(serves(&db).await, "{}", replica.beside.log());

    // a statement that cannot be done there, a row that is not there yet
    let broken = async |connection: &mut PgConnection| -> Result<i64> {
        let sql = if there(connection).await? { "select count(*) from nowhere" } else { "select 7::bigint" };
        Ok(sqlx::query_scalar(sql).fetch_one(connection).await?)
    };
    assert_eq!(db.read_anywhere(None, broken).await.unwrap(), 7);
    let missing = async |connection: &mut PgConnection| -> Result<i64> {
        if there(connection).await? { Err(Error::NotFound) } else { Ok(8) }
    };
    assert_eq!(db.read_anywhere(None, missing).await.unwrap(), 8);
    assert!(serves(&db).await, "a replica that answers is asked again");

    // what is no replica, or one of another database, is not read
    for other in [app.options(), replica.options.clone().database("postgres"), replica.options.clone().port(1)] {
        let other = connect(&other).await;
        for _ in 0..3 {
            assert!(!other.read_anywhere(None, there).await.unwrap());
        }
    }
}
