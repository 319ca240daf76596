//! The store: a pool of connections that act as the application's role, and `Tx`, a transaction that knows its moment
//! and who acts.

pub mod embedded;
mod kept;
mod lately;
mod replica;
mod together;
mod tx;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use sqlx::migrate::MigrateError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, PgPool, Postgres};

use crate::clock::Clock;
use crate::error::Result;

pub use kept::{Keep, Stamps};
use replica::Replica;
pub(crate) use together::part;
pub use together::{Asked, Part, first, together};
pub use tx::{Once, Origin, Tx, Via};

/// The migrations, in the binary.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// The time the database has to answer when the program starts.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection that was not used for longer is asked whether it is still there.
const IDLE: Duration = Duration::from_secs(1);

/// The statements that each connection keeps ready: all that the program has, and the common filters of the queue.
const STATEMENTS: usize = 500;

/// A database of Savedesk.
#[derive(Clone, Debug)]
pub struct Db {
    pool: PgPool,
    options: PgConnectOptions,
    clock: Clock,
    shelf: Arc<kept::Shelf>,
    lately: Arc<lately::Lately>,
    replica: Option<Arc<Replica>>,
}

impl Db {
    /// Migrates as the owner (waiting for whoever migrates already), then opens a pool that acts as `savedesk_app`.
    ///
    /// # Errors
    /// When the database cannot be reached, or is newer than this program.
    pub async fn open(options: PgConnectOptions, connections: u32, clock: Clock) -> anyhow::Result<Self> {
        migrate(&options).await?;
        Self::connect(options, connections, clock).await
    }

    /// Opens a pool on a database that is migrated already.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn connect(options: PgConnectOptions, connections: u32, clock: Clock) -> anyhow::Result<Self> {
        let options = named(options);
        let pool =
            pool_of(connections).connect_with(options.clone()).await.context("The database cannot be reached")?;
        let db = Self { pool, options, clock, shelf: Arc::default(), lately: Arc::default(), replica: None };
        db.trust_clock(matches!(db.clock, Clock::Stopped(..))).await?;
        Ok(db)
    }

    /// The same with a replica for pages that read much and change nothing (see [`Db::read_anywhere`]). It need not be
    /// there yet.
    #[must_use]
    pub fn with_replica(self, options: PgConnectOptions, connections: u32) -> Self {
        Self { replica: Some(Arc::new(Replica::new(pool_of(connections), named(options)))), ..self }
    }

    /// Whether moments that bind are taken as they are told, for a stopped clock or a past that is made up, rather than
    /// from the database (`desk_now`). Done as the owner: the application may not.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn trust_clock(&self, told: bool) -> anyhow::Result<()> {
        let mut owner = reach(&self.options).await?;
        sqlx::query!("update desk_clock set stopped = $1 where stopped <> $1", told).execute(&mut owner).await?;
        owner.close().await?;
        Ok(())
    }

    /// A connection to read with.
    ///
    /// # Errors
    /// When none is free in time.
    pub async fn read(&self) -> Result<PoolConnection<Postgres>> {
        Ok(self.pool.acquire().await?)
    }

    /// Begins a change.
    ///
    /// # Errors
    /// When no connection is free in time.
    pub async fn begin(&self, origin: Origin) -> Result<Tx> {
        Tx::begin(self, origin).await
    }

    /// Begins the change that a form asks for, once: the same form again gets the answer it got (R7).
    ///
    /// # Errors
    /// `Error::Done` with the first answer; a refusal when the key was used for something else.
    pub async fn begin_once(&self, origin: Origin, once: &Once) -> Result<Tx> {
        Tx::begin_once(self, origin, once).await
    }

    /// What this instance keeps of tables that change rarely, as it was when somebody's stamps were read or newer; read
    /// anew when it is older (see [`Keep`]).
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn kept<T: Keep>(&self, connection: &mut PgConnection, stamps: Option<&Stamps>) -> Result<Arc<T>> {
        if let Some(value) = self.shelf.held(stamps) {
            return Ok(value);
        }
        // what is kept has to be as new as the stamps, and those were read at the primary
        if self.replica.is_some() && replica::is_one(connection).await? {
            let mut primary = self.read().await?;
            return self.shelf.get(&mut primary, stamps, self.now()).await;
        }
        self.shelf.get(connection, stamps, self.now()).await
    }

    /// The clock that pages read.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The moment at which a page is made.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The pool, for what must listen or copy.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// How this database is reached.
    #[must_use]
    pub fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// Closes every connection.
    pub async fn close(&self) {
        if let Some(replica) = &self.replica {
            replica.close().await;
        }
        self.pool.close().await;
    }
}

/// Brings the schema to this program's version, as the owner. Two programs that start together wait for each other.
///
/// # Errors
/// When the database cannot be reached, is newer than this program, or a migration fails.
pub async fn migrate(options: &PgConnectOptions) -> anyhow::Result<()> {
    let mut connection = reach(options).await?;
    match MIGRATIONS.run_direct(None, &mut connection, false).await {
        Err(MigrateError::VersionMissing(version)) => {
            bail!("The database was migrated to {version} by a newer Savedesk. Start that one, or restore a backup")
        }
        outcome => outcome.context("The database could not be migrated")?,
    }
    connection.close().await?;
    Ok(())
}

/// What every connection of ours is.
fn named(options: PgConnectOptions) -> PgConnectOptions {
    options.application_name("savedesk").disable_statement_logging().statement_cache_capacity(STATEMENTS)
}

/// A pool whose connections act as `savedesk_app`.
fn pool_of(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(2))
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                // one that lay idle may be gone; asking each time would make every read two round trips
                if about.idle_for > IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection
                    .execute(
                        "select set_config('role', 'savedesk_app', false),
                            set_config('timezone', 'UTC', false),
                            set_config('statement_timeout', '5s', false),
                            set_config('lock_timeout', '1s', false),
                            set_config('idle_in_transaction_session_timeout', '10s', false),
                            -- pages read a few rows: compiling a statement, starting workers for it or trying
                            -- every order of a dozen joins that are written in the right one takes longer than
                            -- running it
                            set_config('jit', 'off', false),
                            set_config('max_parallel_workers_per_gather', '0', false),
                            set_config('join_collapse_limit', '4', false)",
                    )
                    .await?;
                Ok(())
            })
        })
}

/// A connection of its own, as whoever the options name.
async fn reach(options: &PgConnectOptions) -> anyhow::Result<PgConnection> {
    let options = options.clone().application_name("savedesk").disable_statement_logging();
    tokio::time::timeout(PATIENCE, options.connect())
        .await
        .context("The database does not answer. Is it running, and is DATABASE_URL right?")?
        .context("The database cannot be reached. Is it running, and is DATABASE_URL right?")
}
