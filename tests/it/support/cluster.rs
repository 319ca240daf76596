//! One embedded cluster for all tests of a run, one migrated template, one copy of it per test; and another cluster, which
//! starts when a test wants to copy all of it.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};

use savedesk::clock::Clock;
use savedesk::db::embedded::{Embedded, OWNER, start_for_tests};
use savedesk::db::{Db, migrate};
use savedesk::demo;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::OnceCell;
use uuid::Uuid;

const TEMPLATE: &str = "savedesk_template";
const DEMO: &str = "savedesk_demo";

static CLUSTER: OnceCell<Embedded> = OnceCell::const_new();
static SMALL: OnceCell<Embedded> = OnceCell::const_new();

/// A fresh database, gone with this value.
pub(super) struct Database {
    name: String,
    cluster: &'static Embedded,
}

impl Database {
    pub(super) async fn create() -> Self {
        Self::copy(cluster(&CLUSTER).await, Some(TEMPLATE)).await
    }

    /// In a cluster that holds little else, to be copied as a whole.
    pub(super) async fn create_to_copy() -> Self {
        Self::copy(cluster(&SMALL).await, Some(TEMPLATE)).await
    }

    /// With nothing in it.
    pub(super) async fn create_empty() -> Self {
        Self::copy(cluster(&CLUSTER).await, None).await
    }

    async fn copy(cluster: &'static Embedded, template: Option<&str>) -> Self {
        let name = format!("test_{}", Uuid::new_v4().simple());
        cluster.create_database(&name, template).await.unwrap();
        Self { name, cluster }
    }

    /// With the demo company in it, which is filled in once a run.
    pub(super) async fn create_demo(now: Clock) -> Self {
        static FILLED: OnceCell<()> = OnceCell::const_new();
        let cluster = cluster(&CLUSTER).await;
        FILLED
            .get_or_init(async || {
                cluster.create_database(DEMO, Some(TEMPLATE)).await.unwrap();
                let db = Db::connect(cluster.options(DEMO, OWNER), 4, now).await.unwrap();
                assert!(demo::fill(&db).await.unwrap());
                db.close().await;
            })
            .await;
        Self::copy(cluster, Some(DEMO)).await
    }

    pub(super) fn options(&self, user: &str) -> PgConnectOptions {
        self.cluster.options(&self.name, user)
    }

    /// For a process of its own.
    pub(super) fn url(&self) -> String {
        self.cluster.url(&self.name, OWNER)
    }

    /// Where its cluster lives; all in there goes at the end of the run.
    pub(super) fn place(&self) -> &Path {
        self.cluster.data_dir()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // nobody waits for it; at the end of the run the whole cluster goes
        let _ = undertaker().send((self.cluster, std::mem::take(&mut self.name)));
    }
}

async fn cluster(which: &'static OnceCell<Embedded>) -> &'static Embedded {
    which
        .get_or_init(async || {
            let cluster = start_for_tests().await.unwrap();
            cluster.create_database(TEMPLATE, None).await.unwrap();
            migrate(&cluster.options(TEMPLATE, OWNER)).await.unwrap();
            cluster
        })
        .await
}

/// A thread that drops databases, since a value cannot wait while it is dropped.
fn undertaker() -> &'static Sender<(&'static Embedded, String)> {
    static UNDERTAKER: OnceLock<Sender<(&'static Embedded, String)>> = OnceLock::new();
    UNDERTAKER.get_or_init(|| {
        let (sender, receiver) = channel::<(&'static Embedded, String)>();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            for (cluster, name) in receiver {
                // the cluster may be gone already
                let _ = runtime.block_on(cluster.drop_database(&name));
            }
        });
        sender
    })
}
