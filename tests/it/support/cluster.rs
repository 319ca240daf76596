//! One embedded cluster for all tests of a run, one migrated template, one copy of it per test.

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

/// A fresh database, gone with this value.
pub(super) struct Database(String);

impl Database {
    pub(super) async fn create() -> Self {
        let name = format!("test_{}", Uuid::new_v4().simple());
        cluster().await.create_database(&name, Some(TEMPLATE)).await.unwrap();
        Self(name)
    }

    /// With the demo company in it, which is filled in once a run.
    pub(super) async fn create_demo(now: Clock) -> Self {
        static FILLED: OnceCell<()> = OnceCell::const_new();
        let cluster = cluster().await;
        FILLED
            .get_or_init(async || {
                cluster.create_database(DEMO, Some(TEMPLATE)).await.unwrap();
                let db = Db::connect(cluster.options(DEMO, OWNER), 4, now).await.unwrap();
                assert!(demo::fill(&db).await.unwrap());
                db.close().await;
            })
            .await;
        let name = format!("test_{}", Uuid::new_v4().simple());
        cluster.create_database(&name, Some(DEMO)).await.unwrap();
        Self(name)
    }

    pub(super) fn options(&self, user: &str) -> PgConnectOptions {
        CLUSTER.get().unwrap().options(&self.0, user)
    }

    /// For a process of its own.
    pub(super) fn url(&self) -> String {
        CLUSTER.get().unwrap().url(&self.0, OWNER)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // nobody waits for it; at the end of the run the whole cluster goes
        let _ = undertaker().send(std::mem::take(&mut self.0));
    }
}

async fn cluster() -> &'static Embedded {
    CLUSTER
        .get_or_init(async || {
            let cluster = start_for_tests().await.unwrap();
            cluster.create_database(TEMPLATE, None).await.unwrap();
            migrate(&cluster.options(TEMPLATE, OWNER)).await.unwrap();
            cluster
        })
        .await
}

/// A thread that drops databases, since a value cannot wait while it is dropped.
fn undertaker() -> &'static Sender<String> {
    static UNDERTAKER: OnceLock<Sender<String>> = OnceLock::new();
    UNDERTAKER.get_or_init(|| {
        let (sender, receiver) = channel::<String>();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            for name in receiver {
                // the cluster may be gone already
                let _ = runtime.block_on(CLUSTER.get().unwrap().drop_database(&name));
            }
        });
        sender
    })
}
