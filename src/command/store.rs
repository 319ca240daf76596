//! The database that the settings name: somebody else's, or our own.

use std::sync::Arc;

use anyhow::Context;
use savedesk::config::Config;
use savedesk::db::embedded::{Durability, Embedded, OWNER, Settings, default_data_dir};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

/// Which desk: each has a database of its own in the embedded cluster, so that the demo never mixes with real work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Desk {
    /// The one for work.
    Real,
    /// The demo company's.
    Demo,
}

impl Desk {
    fn database(self) -> &'static str {
        match self {
            Self::Real => "savedesk",
            Self::Demo => "savedesk_demo",
        }
    }
}

/// Who may only read, and no secrets.
const READER: &str = "savedesk_read";

/// A database, and the lease on the cluster it is in, if that is ours.
pub(super) struct Store {
    desk: Desk,
    given: Option<PgConnectOptions>,
    embedded: Option<Arc<Embedded>>,
}

impl Store {
    /// Starts or joins the embedded cluster, unless `DATABASE_URL` names another.
    pub(super) async fn open(config: &Config, desk: Desk) -> anyhow::Result<Self> {
        if let Some(url) = &config.database_url {
            let given =
                url.parse().context("DATABASE_URL is not one; it looks like postgres://savedesk:secret@db/savedesk")?;
            return Ok(Self { desk, given: Some(given), embedded: None });
        }
        let dir = match &config.data_dir {
            Some(dir) => dir.clone(),
            None => default_data_dir()?,
        };
        let settings = Settings { bin: config.pg_bin.clone(), user: config.pg_user.clone() };
        let embedded = Embedded::start(&dir, settings, Durability::Full).await?;
        embedded.create_database(desk.database(), None).await?;
        Ok(Self { desk, given: None, embedded: Some(Arc::new(embedded)) })
    }

    /// How to connect as the owner.
    pub(super) fn owner(&self) -> PgConnectOptions {
        match (&self.given, &self.embedded) {
            (None, Some(embedded)) => embedded.options(self.desk.database(), OWNER),
            (given, _) => given.clone().unwrap_or_default(),
        }
    }

    /// How to connect to its replica, if the settings name one.
    pub(super) fn replica(config: &Config) -> anyhow::Result<Option<PgConnectOptions>> {
        let url = config.replica_url.as_deref().map(str::parse).transpose();
        url.context("DATABASE_REPLICA_URL is not one; it looks like postgres://savedesk:secret@replica/savedesk")
    }

    /// An address for other tools.
    pub(super) fn url(&self, owner: bool) -> String {
        if let Some(embedded) = &self.embedded {
            return embedded.url(self.desk.database(), if owner { OWNER } else { READER });
        }
        let mut url = self.owner().to_url_lossy();
        // ours alone: other tools refuse what they do not know
        let known: Vec<(String, String)> =
            url.query_pairs().into_owned().filter(|(name, _)| name != "statement-cache-capacity").collect();
        url.query_pairs_mut().clear().extend_pairs(known);
        if !owner {
            // what password the reader has, if any, only the operator knows
            let _ = url.set_password(None);
            let _ = url.set_username(READER);
        }
        url.to_string()
    }

    /// The embedded cluster, for whoever keeps it running.
    pub(super) fn embedded(&self) -> Option<Arc<Embedded>> {
        self.embedded.clone()
    }

    /// Gives the lease back; the last one out stops the cluster.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        match self.embedded.and_then(Arc::into_inner) {
            Some(embedded) => embedded.stop().await,
            None => Ok(()),
        }
    }

    /// Leaves the cluster running, for whoever was told where it is.
    pub(super) fn leave_running(self) {
        drop(self);
    }
}
