//! What every page needs: the application's state, forms that are done once, the frame around a page, the layers every
//! request passes, live updates.

mod act;
mod due;
pub mod filters;
mod forms;
mod frame;
mod layers;
mod live;
mod merge;
mod paging;
mod query;
mod uploads;

use std::ops::Deref;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::auth::Actor;
use crate::config::Config;
use crate::db::{Db, Keep, Once, Tx, Via};
use crate::error::Result;

pub use act::NotDone;
pub use due::Due;
pub use forms::{Form, fresh_key};
pub use frame::{Bell, Frame, Place, html, hue, initials};
pub use layers::{ClientAddress, around, bare};
pub use live::{CLOSE, Live};
pub use merge::{Conflict, Merge};
pub use paging::Cursor;
pub use query::Query;
pub use uploads::{FormWithFiles, MOST_FILES, SentFile};

/// The state that handlers share.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// The parts of the state.
#[derive(Debug)]
pub struct Parts {
    /// The store.
    pub db: Db,
    /// The settings.
    pub config: Config,
    /// Live updates.
    pub live: Live,
    /// Requests in flight; waited for at the end.
    pub tasks: TaskTracker,
    /// Requests that are served or wait for their turn; more are turned away.
    pub places: Arc<Semaphore>,
    /// Requests that are served at this moment: few enough that each soon has a connection to the database, since a
    /// crowd that waits for connections gets nothing done in time.
    pub turns: Arc<Semaphore>,
    /// Argon2 takes memory and a core: only so many at once.
    pub hashing: Semaphore,
    /// Exports take long: only so many at once.
    pub exporting: Semaphore,
    /// Files that are attached take memory: only so many forms with large ones are read at once.
    pub receiving: Semaphore,
    /// Imports take longer still: one at a time on each instance.
    pub importing: Semaphore,
    ready: std::sync::atomic::AtomicBool,
}

impl App {
    /// Puts the state together.
    #[must_use]
    pub fn new(db: Db, config: Config) -> Self {
        let live = Live::new();
        Self(Arc::new(Parts {
            db,
            live,
            tasks: TaskTracker::new(),
            places: Arc::new(Semaphore::new(config.max_requests)),
            turns: Arc::new(Semaphore::new(2 * usize::try_from(config.connections).unwrap_or(usize::MAX / 4))),
            hashing: Semaphore::new(2),
            exporting: Semaphore::new(2),
            receiving: Semaphore::new(4),
            importing: Semaphore::new(1),
            config,
            ready: true.into(),
        }))
    }

    /// Begins the change that a form asks for, once (R7).
    ///
    /// # Errors
    /// `Done` with the first answer when the form was sent before.
    pub async fn begin(&self, actor: &Actor, once: &Once) -> Result<Tx> {
        self.db.begin_once(actor.origin(Via::Page), once).await
    }

    /// What is kept of tables that change rarely, as it was when this person's request began or newer.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn kept<T: Keep>(&self, connection: &mut PgConnection, actor: &Actor) -> Result<Arc<T>> {
        self.db.kept(connection, actor.stamps.as_ref()).await
    }

    /// Reads what changes nothing from the replica, if there is one and it shows all that this person wrote; otherwise,
    /// or when it fails there, from the primary. `read` may run twice.
    ///
    /// # Errors
    /// Those of `read` at the primary, or when no connection is free in time.
    pub async fn read_anywhere<T>(
        &self,
        actor: &Actor,
        read: impl AsyncFnOnce(&mut PgConnection) -> Result<T> + Clone,
    ) -> Result<T> {
        self.db.read_anywhere(actor.id, read).await
    }

    /// The moment at which a page is made.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.db.now()
    }

    /// Whether new requests are welcome.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// From now on `/health/ready` says no, so that a proxy sends nobody more.
    pub fn no_longer_ready(&self) {
        self.ready.store(false, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
