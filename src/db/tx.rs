//! A transaction: one moment, one actor, and what to tell the pages that are open elsewhere.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use super::Db;
use super::lately::Lately;
use crate::answer::Answer;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::ids::UserId;

/// By which path a change came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// A page of ours.
    Page,
    /// The JSON interface.
    Api,
    /// A file that was brought in.
    Import,
    /// One of many rows that were chosen together.
    Bulk,
    /// The background task.
    Chaser,
    /// The command line.
    Command,
    /// The demo company.
    Demo,
}

impl Via {
    /// As it stands in the audit log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Api => "api",
            Self::Import => "import",
            Self::Bulk => "bulk",
            Self::Chaser => "chaser",
            Self::Command => "command",
            Self::Demo => "demo",
        }
    }
}

/// Who acts, by which path, for which request.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The person, or none when the desk itself acts.
    pub actor: Option<UserId>,
    /// The path.
    pub via: Via,
    /// The request's number.
    pub request: Option<Uuid>,
}

/// What a form carried so that sending it twice does its work once (R7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Once {
    /// Made with the form.
    pub key: Uuid,
    /// Digest of what was sent.
    pub hash: [u8; 32],
}

impl Once {
    /// The key of one part of a change that is done row by row.
    #[must_use]
    pub fn part(&self, of: Uuid) -> Self {
        let mixed = self.key.as_u128().rotate_left(1) ^ of.as_u128();
        Self { key: Uuid::from_u128(mixed), hash: self.hash }
    }
}

/// A change in the making. The handler or the sweep begins and commits it; actions take `&mut Tx` and never commit.
#[must_use = "a transaction that is not committed changes nothing"]
#[derive(Debug)]
pub struct Tx {
    inner: Transaction<'static, Postgres>,
    now: DateTime<Utc>,
    origin: Origin,
    shard: i16,
    submission: Option<(UserId, Uuid)>,
    told: Vec<String>,
    held: Vec<Uuid>,
    lately: Arc<Lately>,
}

impl Tx {
    pub(super) async fn begin(db: &Db, origin: Origin) -> Result<Self> {
        let mut inner = db.pool.begin().await?;
        let now = sqlx::query_scalar!(r#"select transaction_timestamp() as "now!""#).fetch_one(&mut *inner).await?;
        Ok(Self::new(db, inner, moment(&db.clock, now), origin, None))
    }

    pub(super) async fn begin_once(db: &Db, origin: Origin, once: &Once) -> Result<Self> {
        let actor = origin.actor.ok_or(Error::Forbidden)?;
        let mut inner = db.pool.begin().await?;
        let stopped = matches!(db.clock, Clock::Stopped(..)).then(|| db.clock.now());
        let inserted = sqlx::query_scalar!(
            r#"
            insert into submissions (actor_id, key, request_hash, at)
            values ($1, $2, $3, coalesce($4, transaction_timestamp()))
            on conflict do nothing
            returning at
            "#,
            actor as UserId,
            once.key,
            &once.hash[..],
            stopped,
        )
        .fetch_optional(&mut *inner)
        .await?;
        if let Some(now) = inserted {
            return Ok(Self::new(db, inner, now, origin, Some((actor, once.key))));
        }
        let before = sqlx::query!(
            "select request_hash, answer from submissions where actor_id = $1 and key = $2",
            actor as UserId,
            once.key,
        )
        .fetch_one(&mut *inner)
        .await?;
        if before.request_hash != once.hash {
            return Err(Error::refused(
                "This form was sent before with other contents, and that was done. Open the page anew to change more.",
            ));
        }
        let answer = before.answer.and_then(|answer| serde_json::from_value(answer).ok());
        Err(Error::Done(answer.unwrap_or_else(|| Answer::to("/"))))
    }

    fn new(
        db: &Db,
        inner: Transaction<'static, Postgres>,
        now: DateTime<Utc>,
        origin: Origin,
        submission: Option<(UserId, Uuid)>,
    ) -> Self {
        // One audit chain per transaction: two transactions can then never wait for each other's chains.
        let shard = i16::from(Uuid::new_v4().as_bytes()[0] % 16);
        Self {
            inner,
            now,
            origin,
            shard,
            submission,
            told: Vec::new(),
            held: Vec::new(),
            lately: Arc::clone(&db.lately),
        }
    }

    /// The one moment at which everything in this transaction happens.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Moves the moment, for histories that are brought in or made up.
    pub fn set_now(&mut self, at: DateTime<Utc>) {
        self.now = at;
    }

    /// Puts somebody else in the place of who acts, for histories that are brought in or made up.
    pub fn set_actor(&mut self, actor: Option<UserId>) {
        self.origin.actor = actor;
    }

    /// Who acts.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Who acts, when a person does.
    #[must_use]
    pub fn by(&self) -> Option<UserId> {
        self.origin.actor
    }

    /// The audit chain of this transaction.
    #[must_use]
    pub fn shard(&self) -> i16 {
        self.shard
    }

    /// Whether a row is about to be locked for the first time: what is locked stays so until the end, and steps that each
    /// lock what they change need not ask the database again.
    pub fn holds_first(&mut self, row: Uuid) -> bool {
        let first = !self.held.contains(&row);
        if first {
            self.held.push(row);
        }
        first
    }

    /// Tells open pages, once committed, that what they show of `topic` is old: `case:<id>`, `queue`.
    pub fn tell(&mut self, topic: impl Into<String>) {
        let topic = topic.into();
        if !self.told.contains(&topic) {
            self.told.push(topic);
        }
    }

    /// Makes it so.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn commit(mut self) -> Result<()> {
        // a notification holds 8,000 bytes at most
        for topics in self.told.chunks(100) {
            sqlx::query!("select pg_notify('savedesk_live', $1)", topics.join(" ")).execute(&mut *self.inner).await?;
        }
        let kept = self.inner.commit().await;
        // what nobody was told of changes nothing that is counted; also where nobody knows whether it was kept
        if !self.told.is_empty() {
            self.lately.changed();
        }
        Ok(kept?)
    }

    /// Keeps the answer with the submission and makes it so.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn finish(mut self, answer: Answer) -> Result<Answer> {
        if let Some((actor, key)) = self.submission {
            let kept = serde_json::to_value(&answer).map_err(anyhow::Error::from)?;
            sqlx::query!(
                "update submissions set answer = $3 where actor_id = $1 and key = $2",
                actor as UserId,
                key,
                kept,
            )
            .execute(&mut *self.inner)
            .await?;
        }
        self.commit().await?;
        Ok(answer)
    }
}

/// A stopped clock rules (tests, demo); otherwise the database's own, so that instances agree.
fn moment(clock: &Clock, database: DateTime<Utc>) -> DateTime<Utc> {
    match clock {
        Clock::System | Clock::Wrong(_) => database,
        Clock::Stopped(..) => clock.now(),
    }
}

impl Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}
