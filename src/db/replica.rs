//! A streaming replica, which pages that read much and change nothing may read from: reports and search.
//!
//! Nobody sees there less than they wrote. The primary says which forms somebody sent in the last minutes; the replica
//! is read only if it holds all of them, which it is asked on the very connection that is then read with. That holds on
//! every server and in every browser of theirs, and needs nothing that a browser would have to carry. Nobody sees
//! anything older than [`BEHIND`] either. Whatever the replica cannot give, the primary does.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgConnection, PgPool, Postgres};
use uuid::Uuid;

use super::Db;
use crate::error::{self, Error, Result};
use crate::ids::UserId;

/// What is read there is no older.
const BEHIND: Duration = Duration::from_secs(30);
/// How often is noted how far the primary had come.
const STEP: Duration = Duration::from_secs(1);
/// The time the replica has to catch up while somebody waits for a page.
const WAIT: Duration = Duration::from_millis(100);
/// The time it has to answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long it is left alone after it did not.
const REST: Duration = Duration::from_secs(10);
/// How often the log says that the primary has to serve.
const SAY: Duration = Duration::from_mins(1);

/// A replica, and what is known of it.
#[derive(Debug)]
pub(super) struct Replica {
    pool: PgPool,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    marks: Marks,
    /// It did not answer, and is left alone until then.
    rests_until: Option<Instant>,
    /// When the log said last that the primary has to serve; none while nothing is wrong.
    said: Option<Instant>,
}

/// How far the primary had come, second by second of the time that a replica may be behind.
#[derive(Debug, Default)]
struct Marks(VecDeque<(Instant, i64)>);

impl Marks {
    /// Notes how far the primary has come. Gives what a replica has to show so as not to be too far behind: the earliest
    /// that is known of the time it may be behind, and how long ago that was.
    fn note(&mut self, position: i64, now: Instant) -> (i64, Duration) {
        // another primary that took over may not have come as far as the one before
        self.0.retain(|(at, of)| now.duration_since(*at) <= BEHIND && *of <= position);
        if self.0.back().is_none_or(|(at, _)| now.duration_since(*at) >= STEP) {
            self.0.push_back((now, position));
        }
        self.0.front().map_or((position, Duration::ZERO), |(at, of)| (*of, now.duration_since(*at)))
    }
}

/// What the primary says: how far it has come, which database it is, and which forms somebody sent lately.
struct Newest {
    position: i64,
    which: String,
    forms: Vec<Uuid>,
}

/// Why a page is not read at the replica.
enum Away {
    /// It will soon show what is needed, as far as is known.
    NotYet,
    /// It is too far behind, does not answer, or is no replica of this database.
    Wrong(String),
}

impl From<sqlx::Error> for Away {
    fn from(error: sqlx::Error) -> Self {
        Self::Wrong(format!("it fails: {error}"))
    }
}

impl Replica {
    /// Nothing is connected before somebody reads.
    pub(super) fn new(pool: PgPoolOptions, options: PgConnectOptions) -> Self {
        let pool = pool.acquire_timeout(PATIENCE).connect_lazy_with(options);
        Self { pool, known: Mutex::default() }
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }

    /// A connection on which all can be read that this person wrote, unless the primary has to serve.
    async fn connection(
        &self,
        primary: &PgPool,
        reader: Option<UserId>,
        now: DateTime<Utc>,
    ) -> Result<Option<PoolConnection<Postgres>>> {
        if self.known().rests_until.is_some_and(|until| Instant::now() < until) {
            return Ok(None);
        }
        let newest = newest(&mut *primary.acquire().await?, reader, now).await?;
        let mark = self.known().marks.note(newest.position, Instant::now());
        let asked = tokio::time::timeout(PATIENCE, self.caught_up(reader, &newest, mark)).await;
        match asked.unwrap_or_else(|_| Err(Away::Wrong("it does not answer".to_owned()))) {
            Ok(connection) => {
                if self.known().said.take().is_some() {
                    tracing::info!("reports and search read from the replica again");
                }
                Ok(Some(connection))
            }
            Err(Away::NotYet) => Ok(None),
            Err(Away::Wrong(why)) => {
                self.known().rests_until = Some(Instant::now() + REST);
                self.say(&why);
                Ok(None)
            }
        }
    }

    /// Waits a little for what has to be there.
    async fn caught_up(
        &self,
        reader: Option<UserId>,
        newest: &Newest,
        (position, ago): (i64, Duration),
    ) -> Result<PoolConnection<Postgres>, Away> {
        let mut connection = self.pool.acquire().await?;
        let began = Instant::now();
        let mut pause = Duration::from_millis(2);
        loop {
            let found = shown(&mut connection, reader, &newest.forms).await?;
            if found.which != newest.which {
                return Err(Away::Wrong("DATABASE_REPLICA_URL names another database than DATABASE_URL".to_owned()));
            }
            // one that is no replica, or none any more, has not replayed anything
            let Some(replayed) = found.replayed else {
                return Err(Away::Wrong("what DATABASE_REPLICA_URL names is no replica".to_owned()));
            };
            let near = replayed >= position;
            if near && usize::try_from(found.forms).is_ok_and(|forms| forms == newest.forms.len()) {
                return Ok(connection);
            }
            if began.elapsed() + pause > WAIT {
                // only of a mark that is old enough is known that the replica is as far behind
                let late = !near && ago + 2 * STEP >= BEHIND;
                let far = format!("it is more than {} seconds behind", ago.as_secs());
                return Err(if late { Away::Wrong(far) } else { Away::NotYet });
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }

    /// What was read there failed half-way. A server that answers is asked again for the next page.
    fn failed(&self, error: &anyhow::Error) {
        if !matches!(error.downcast_ref(), Some(sqlx::Error::Database(_))) {
            self.known().rests_until = Some(Instant::now() + REST);
        }
        self.say(&format!("a page failed there: {}", error::redact(error)));
    }

    fn say(&self, why: &str) {
        let mut known = self.known();
        if known.said.is_none_or(|said| said.elapsed() >= SAY) {
            known.said = Some(Instant::now());
            tracing::warn!(why, "reports and search read from the primary instead of the replica");
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Db {
    /// Reads what changes nothing from the replica, if there is one and it shows all that `reader` wrote; otherwise, or
    /// when it fails there, from the primary. `read` may run twice.
    ///
    /// # Errors
    /// Those of `read` at the primary, or when no connection is free in time.
    pub async fn read_anywhere<T>(
        &self,
        reader: Option<UserId>,
        read: impl AsyncFnOnce(&mut PgConnection) -> Result<T> + Clone,
    ) -> Result<T> {
        if let Some(replica) = &self.replica
            && let Some(mut connection) = replica.connection(&self.pool, reader, self.now()).await?
        {
            // boxed, or every handler's future would hold all that is read twice over
            match Box::pin(read.clone()(&mut connection)).await {
                // what is not there may be at the primary
                Err(Error::NotFound) => {}
                Err(Error::Internal(error)) if !took_too_long(&error) => replica.failed(&error),
                outcome => return outcome,
            }
        }
        read(&mut *self.read().await?).await
    }
}

/// Whether it is the statement that took its time, which it would at the primary too.
fn took_too_long(error: &anyhow::Error) -> bool {
    let Some(sqlx::Error::Database(error)) = error.downcast_ref() else { return false };
    error.code().as_deref() == Some("57014")
}

/// Forms that were sent longer ago were done longer ago than a replica may be behind.
async fn newest(connection: &mut PgConnection, reader: Option<UserId>, now: DateTime<Utc>) -> Result<Newest> {
    Ok(sqlx::query_as!(
        Newest,
        r#"
        select (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint as "position!",
            current_database() || ' ' || (select system_identifier from pg_control_system()) as "which!",
            array(
                select key
                from submissions
                where actor_id = $1 and at > (select desk_now($2) - interval '5 minutes')
            ) as "forms!"
        "#,
        reader as Option<UserId>,
        now,
    )
    .fetch_one(connection)
    .await?)
}

/// What a replica shows.
struct There {
    replayed: Option<i64>,
    which: String,
    forms: i64,
}

async fn shown(connection: &mut PgConnection, reader: Option<UserId>, forms: &[Uuid]) -> Result<There, sqlx::Error> {
    sqlx::query_as!(
        There,
        r#"
        select case when pg_is_in_recovery() then (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint end as replayed,
            current_database() || ' ' || (select system_identifier from pg_control_system()) as "which!",
            (select count(*) from submissions where actor_id = $1 and key = any($2)) as "forms!"
        "#,
        reader as Option<UserId>,
        forms,
    )
    .fetch_one(connection)
    .await
}

/// Whether this is a connection to a replica.
pub(super) async fn is_one(connection: &mut PgConnection) -> Result<bool> {
    Ok(sqlx::query_scalar!(r#"select pg_is_in_recovery() as "found!""#).fetch_one(connection).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_has_to_show_what_the_primary_had_half_a_minute_ago() {
        let mut marks = Marks::default();
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        // of the time before nothing is known, so it has to show everything
        assert_eq!(marks.note(100, at(0)), (100, Duration::ZERO));
        assert_eq!(marks.note(110, at(10)), (100, Duration::from_secs(10)));
        assert_eq!(marks.note(130, at(30)), (100, Duration::from_secs(30)));
        assert_eq!(marks.note(131, at(31)), (110, Duration::from_secs(21)));
        // nobody asked for long
        assert_eq!(marks.note(500, at(500)), (500, Duration::ZERO));
    }

    #[test]
    fn a_primary_that_took_over_counts_from_where_it_is() {
        let mut marks = Marks::default();
        let now = Instant::now();
        marks.note(100, now);
        assert_eq!(marks.note(90, now + STEP), (90, Duration::ZERO));
    }
}
