//! The application as it is served, with a clock that tests move.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use chrono::{DateTime, TimeZone, Utc};
use savedesk::chaser::{Chaser, Sweep};
use savedesk::clock::Clock;
use savedesk::config::Config;
use savedesk::db::embedded::OWNER;
use savedesk::db::{Db, Origin, Tx, Via, migrate};
use savedesk::web::App;
use savedesk::{router, server};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::cluster::Database;
use super::wire::Wire;

/// How long something may take to come about on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// The whole application on a random port, over a database of its own.
pub(crate) struct TestApp {
    /// The store, for actions.
    pub(crate) db: Db,
    /// `app.clock.advance(…)`.
    pub(crate) clock: Clock,
    /// What handlers share.
    pub(crate) state: App,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
    database: Database,
}

impl TestApp {
    /// The application as it is.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}, router::router).await
    }

    /// With the demo company.
    pub(crate) async fn start_demo() -> Self {
        let clock = Clock::stopped(opening());
        Self::start_on(Database::create_demo(clock.clone()).await, clock, |_| {}, router::router).await
    }

    /// With other settings, or other routes.
    pub(crate) async fn start_with(settings: impl FnOnce(&mut Config), routes: impl FnOnce(&App) -> Router) -> Self {
        Self::start_on(Database::create().await, Clock::stopped(opening()), settings, routes).await
    }

    /// Over a database whose cluster holds little else, to be copied as a whole.
    pub(crate) async fn start_to_copy() -> Self {
        let clock = Clock::stopped(opening());
        Self::start_on(Database::create_to_copy().await, clock, |_| {}, router::router).await
    }

    /// With nothing in its database yet, reached in a way of its own.
    pub(crate) async fn start_empty(reach: impl AsyncFnOnce(&Path, PgConnectOptions) -> PgConnectOptions) -> Self {
        let database = Database::create_empty().await;
        let options = reach(database.place(), database.options(OWNER)).await;
        migrate(&options).await.unwrap();
        Self::start_as(database, options, Clock::stopped(opening()), |_| {}, router::router).await
    }

    /// With somebody who counts the statements it runs; no more connections than a page needs, so that each soon knows
    /// every statement.
    pub(crate) async fn start_counted() -> (Self, Wire) {
        let database = Database::create().await;
        let (wire, options) = Wire::tap(database.options(OWNER));
        let few = |config: &mut Config| config.connections = 3;
        (Self::start_as(database, options, Clock::stopped(opening()), few, router::router).await, wire)
    }

    async fn start_on(
        database: Database,
        clock: Clock,
        settings: impl FnOnce(&mut Config),
        routes: impl FnOnce(&App) -> Router,
    ) -> Self {
        let options = database.options(OWNER);
        Self::start_as(database, options, clock, settings, routes).await
    }

    async fn start_as(
        database: Database,
        options: PgConnectOptions,
        clock: Clock,
        settings: impl FnOnce(&mut Config),
        routes: impl FnOnce(&App) -> Router,
    ) -> Self {
        let listener = server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut config = Config { listen: address, connections: 6, ..Config::default() };
        settings(&mut config);
        let db = Db::connect(options, config.connections, clock.clone()).await.unwrap();
        let state = App::new(db.clone(), config);
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(server::serve(listener, routes(&state), state.clone(), async {
            let _ = stopped.await;
        }));
        tokio::spawn(state.live.clone().listen(db.pool().clone()));
        Self { db, clock, state, address, stop, server, database }
    }

    /// Stops it the way a signal does, and waits until it has.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        self.server.await.unwrap();
    }

    /// A browser in which nobody is signed in.
    pub(crate) fn visitor(&self) -> Client {
        Client::new(self.address, None)
    }

    /// A change made by the desk itself.
    pub(crate) async fn begin(&self) -> Tx {
        self.db.begin(Origin { actor: None, via: Via::Command, request: None }).await.unwrap()
    }

    /// One round of the chaser.
    pub(crate) async fn sweep(&self) -> Sweep {
        Chaser::new(self.db.clone(), CancellationToken::new()).sweep(None).await.unwrap()
    }

    /// A connection as the owner of the database, for going around the application.
    pub(crate) async fn owner(&self) -> PgConnection {
        self.database.options(OWNER).connect().await.unwrap()
    }

    /// A connection as the application's own role, for going around its code.
    pub(crate) async fn as_application(&self) -> PgConnection {
        self.database.options("savedesk_app").connect().await.unwrap()
    }

    /// Waits until this many connections wait for a lock that somebody else holds.
    pub(crate) async fn wait_for_locks(&self, how_many: i64) {
        self.wait_for_connections("wait_event_type = 'Lock'", how_many).await;
    }

    /// Waits until news told from now on reach the open pages.
    pub(crate) async fn wait_for_live(&self) {
        self.wait_for_connections("state = 'idle' and query ilike 'listen%savedesk_live%'", 1).await;
    }

    /// Waits until this many connections are such.
    pub(crate) async fn wait_for_connections(&self, which: &str, how_many: i64) {
        let mut owner = self.owner().await;
        let asked = format!("select count(*) from pg_stat_activity where datname = current_database() and {which}");
        let began = Instant::now();
        loop {
            let found: i64 = sqlx::query_scalar(AssertSqlSafe(asked.clone())).fetch_one(&mut owner).await.unwrap();
            if found >= how_many {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{found} connections, not {how_many}, are {which}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// How the owner of the database reaches it.
    pub(crate) fn options(&self) -> PgConnectOptions {
        self.database.options(OWNER)
    }

    /// A place for what runs beside the database; it goes at the end of the run.
    pub(crate) fn place(&self) -> &Path {
        self.database.place()
    }

    /// `DATABASE_URL` for a server in a process of its own.
    pub(crate) fn database_url(&self) -> String {
        self.database.url()
    }
}

/// The moment at which every test begins: a Wednesday, ten in the morning in New York.
fn opening() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 4, 15, 0, 0).unwrap()
}
