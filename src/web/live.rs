//! Live updates: what one transaction tells after its commit reaches every open page, on every instance, through
//! PostgreSQL. Messages name what is old (`case:<id>`, `queue`); the page fetches it anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::broadcast;

/// Said once, at the end.
pub const CLOSE: &str = "close";

/// The pages that listen on this instance.
#[derive(Clone, Debug)]
pub struct Live {
    sender: broadcast::Sender<String>,
    closed: Arc<AtomicBool>,
}

impl Live {
    /// Nobody listens yet.
    #[must_use]
    pub fn new() -> Self {
        Self { sender: broadcast::channel(1024).0, closed: Arc::default() }
    }

    /// Hears of every topic from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<String> {
        let receiver = self.sender.subscribe();
        // whoever came too late for the word hears it now
        if self.closed.load(Ordering::SeqCst) {
            self.tell(CLOSE);
        }
        receiver
    }

    /// The server stops: every open page is let go.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.tell(CLOSE);
    }

    /// Tells the pages of this instance only.
    pub fn tell(&self, topic: &str) {
        // no listener is no error
        let _ = self.sender.send(topic.to_owned());
    }

    /// Listens to the database for as long as the server runs. After a lost connection every page is told `*`: what
    /// happened meanwhile is not known.
    pub async fn listen(self, pool: PgPool) {
        loop {
            if let Err(error) = self.listen_once(&pool).await {
                tracing::warn!(%error, "live updates lost the database, trying again");
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.tell("*");
        }
    }

    async fn listen_once(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen("savedesk_live").await?;
        while let Some(notification) = listener.try_recv().await? {
            for topic in notification.payload().split(' ') {
                self.tell(topic);
            }
        }
        Ok(())
    }
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}
