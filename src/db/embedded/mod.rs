//! A PostgreSQL of our own: what `savedesk demo`, `savedesk serve` without `DATABASE_URL` and
//! `cargo test` run on, so that nothing need be set up. It is the real server, found on this
//! machine or downloaded, reached through a private Unix socket only. Several processes can use
//! one cluster; the last one out stops it, and a process that is killed leaves it running for
//! the next to join.
//!
//! In the data directory: `postgres` (the cluster), `postgres.log`, `run` (the socket),
//! `programs` (a downloaded PostgreSQL), and the lock files `postgres.turn`, `postgres.users`
//! and `postgres.alive`.

mod account;
mod cluster;
mod find;
mod initdb;
mod place;
mod postmaster;
mod watcher;

use std::fmt::Write as _;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};

use self::cluster::Cluster;
use self::watcher::Watcher;

/// The superuser of an embedded cluster, who owns its databases.
pub const OWNER: &str = "savedesk_owner";

/// The port in the socket's name; an embedded cluster never listens on the network.
const PORT: u16 = 5432;

/// What an operator may say about the server to run.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The directory that holds `postgres` and `initdb`; without it they are looked for, and
    /// downloaded if there are none (`SAVEDESK_PG_BIN`).
    pub bin: Option<PathBuf>,
    /// The user PostgreSQL runs as when Savedesk itself runs as root, which PostgreSQL refuses
    /// to; without it `postgres`, else `nobody` (`SAVEDESK_PG_USER`).
    pub user: Option<String>,
}

/// Whether a crash of the machine may lose what was committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// What is committed stays.
    Full,
    /// A crash of the machine may lose everything: for tests, which it makes faster.
    None,
}

/// A lease on a running cluster. [`Embedded::stop`] gives it back; a lease that is merely
/// dropped, or whose process is killed, leaves the cluster running for the next to join.
#[derive(Debug)]
pub struct Embedded {
    cluster: Arc<Cluster>,
    lease: File,
    socket_dir: PathBuf,
    watcher: Option<Watcher>,
}

impl Embedded {
    /// Starts the cluster in `data_dir`, or joins it if another process runs it; creates it
    /// first if there is none. A cluster that is joined keeps the durability it was started
    /// with.
    ///
    /// # Errors
    ///
    /// If there is no PostgreSQL to run, or it cannot run here; the message says what to do.
    pub async fn start(data_dir: &Path, settings: Settings, durability: Durability) -> anyhow::Result<Self> {
        let data_dir = data_dir.to_owned();
        blocking(move || {
            let cluster = Cluster::open(&data_dir, settings, durability)?;
            let (lease, socket_dir) = cluster.enter()?;
            Ok(Self { cluster: Arc::new(cluster), lease, socket_dir, watcher: None })
        })
        .await
    }

    /// Starts the server again if it has died; does nothing while it runs. For a long-lived
    /// process that finds its connections refused.
    ///
    /// # Errors
    ///
    /// If the server cannot be started.
    pub async fn ensure_running(&self) -> anyhow::Result<()> {
        let cluster = Arc::clone(&self.cluster);
        blocking(move || cluster.ensure_running()).await
    }

    /// How to connect to `database` as `user`: through the socket, without a password.
    #[must_use]
    pub fn options(&self, database: &str, user: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.socket_dir)
            .port(PORT)
            .ssl_mode(PgSslMode::Disable)
            .username(user)
            .database(database)
    }

    /// The same as a URL, which psql, `pg_dump` and sqlx understand.
    #[must_use]
    pub fn url(&self, database: &str, user: &str) -> String {
        format!(
            "postgres:///{}?host={}&port={PORT}&user={}&sslmode=disable",
            percent_encode(database.as_bytes()),
            percent_encode(self.socket_dir.as_os_str().as_bytes()),
            percent_encode(user.as_bytes()),
        )
    }

    /// Savedesk's data directory, in which the cluster lives.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        self.cluster.data_dir()
    }

    /// Creates a database. Without a template one that exists already is left as it is; with a
    /// template, to which nobody may be connected, the name must be new.
    ///
    /// # Errors
    ///
    /// If the server refuses.
    pub async fn create_database(&self, name: &str, template: Option<&str>) -> anyhow::Result<()> {
        match self.try_create_database(name, template).await {
            Err(error) if template.is_none() && is_duplicate_database(&error) => Ok(()),
            outcome => outcome.with_context(|| format!("Could not create the database {name}")),
        }
    }

    /// Drops a database, and the connections to it; one that does not exist is no error.
    ///
    /// # Errors
    ///
    /// If the server refuses.
    pub async fn drop_database(&self, name: &str) -> anyhow::Result<()> {
        let sql = format!("drop database if exists {} with (force)", quote(name));
        let outcome = async { execute(self.connect().await?, sql).await }.await;
        outcome.with_context(|| format!("Could not drop the database {name}"))
    }

    /// Gives the lease back; the last one out stops the cluster (a fast shutdown: whoever is
    /// still connected is disconnected, and what is not committed is rolled back).
    ///
    /// # Errors
    ///
    /// If the server does not stop.
    pub async fn stop(self) -> anyhow::Result<()> {
        let Self { cluster, lease, watcher, .. } = self;
        blocking(move || {
            let stopped = cluster.leave(&lease);
            if let Some(watcher) = watcher {
                watcher.dismiss();
            }
            stopped
        })
        .await
    }

    async fn try_create_database(&self, name: &str, template: Option<&str>) -> Result<(), sqlx::Error> {
        let connection = self.connect().await?;
        let mut sql = format!("create database {}", quote(name));
        if let Some(template) = template {
            let _ = write!(sql, " template {}", quote(template));
            // Copying files asks for a checkpoint, which costs nothing where nothing is forced
            // to disk; then it takes half the time of writing everything to the log.
            let can_choose = connection.server_version_num() >= Some(150_000);
            if can_choose && self.cluster.durability == Durability::None {
                sql.push_str(" strategy file_copy");
            }
        }
        execute(connection, sql).await
    }

    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        self.options("postgres", OWNER).disable_statement_logging().connect().await
    }
}

/// Where Savedesk keeps its data unless told otherwise: `/var/lib/savedesk` for root, whose home
/// PostgreSQL's user could not enter; for anyone else `savedesk` in the XDG data directory.
///
/// # Errors
///
/// If there is no home directory.
pub fn default_data_dir() -> anyhow::Result<PathBuf> {
    if rustix::process::geteuid().is_root() {
        return Ok(PathBuf::from("/var/lib/savedesk"));
    }
    let xdg = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|dir| dir.is_absolute());
    let home = || std::env::home_dir().filter(|dir| dir.is_absolute());
    xdg.or_else(|| Some(home()?.join(".local/share")))
        .map(|dir| dir.join("savedesk"))
        .context("There is no home directory to keep the data in: set HOME, or name a data directory.")
}

/// A cluster for one test process: in a fresh temporary directory, without durability, and gone
/// (stopped, its files removed) when the lease is dropped or the process ends, however it ends.
///
/// # Errors
///
/// As [`Embedded::start`].
pub async fn start_for_tests() -> anyhow::Result<Embedded> {
    blocking(|| {
        let dir = watcher::temporary_place();
        let watcher = Watcher::start(&dir)?;
        let cluster = Cluster::open(&dir, Settings::default(), Durability::None)?;
        let (lease, socket_dir) = cluster.enter()?;
        Ok(Embedded { cluster: Arc::new(cluster), lease, socket_dir, watcher: Some(watcher) })
    })
    .await
}

/// Starting and stopping wait for locks and processes, which must not hold up other tasks.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> anyhow::Result<T> + Send + 'static) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(work).await.context("The task running PostgreSQL failed")?
}

async fn execute(mut connection: PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
    connection.close().await
}

fn is_duplicate_database(error: &sqlx::Error) -> bool {
    // Two that create it at once can also meet in the catalogue's unique index.
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some("42P04" | "23505"))
}

fn quote(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

fn percent_encode(bytes: &[u8]) -> String {
    let mut encoded = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_quoted() {
        assert_eq!(quote(r#"a"b"#), r#""a""b""#);
    }

    #[test]
    fn a_path_survives_in_a_url() {
        assert_eq!(percent_encode("/srv/a b&ü".as_bytes()), "%2Fsrv%2Fa%20b%26%C3%BC");
    }
}
