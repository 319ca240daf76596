//! What the command line can be asked to do.

mod demo;
mod import;
mod serve;
mod store;
mod user;

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::Context;
use savedesk::audit;
use savedesk::clock::Clock;
use savedesk::config::Config;
use savedesk::db::Db;
use savedesk::error;
use tracing_subscriber::EnvFilter;

pub(crate) use demo::{NewDemo, demo};
pub(crate) use import::{NewImport, import};
pub(crate) use serve::serve;
pub(crate) use store::Desk;
use store::Store;
pub(crate) use user::{NewUser, add_user};

/// Begins to log, to standard error. A command that only answers a question says nothing of how it got there.
pub(crate) fn log(config: &Config, serves: bool) -> anyhow::Result<()> {
    let level = if serves || config.log != Config::default().log { &config.log } else { "warn" };
    let filter = EnvFilter::try_new(level)
        .with_context(|| format!("SAVEDESK_LOG is {:?}; give a level like info, or savedesk=debug", config.log))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    if config.log_json {
        log.json().flatten_event(true).init();
    } else {
        log.with_target(false).init();
    }
    error::log_panics_by_place();
    Ok(())
}

/// `savedesk audit verify`.
pub(crate) async fn verify_audit(config: Config, desk: Desk) -> anyhow::Result<ExitCode> {
    let store = Store::open(&config, desk).await?;
    let checked = check(&store).await;
    store.close().await?;
    let (entries, broken) = checked.context("The audit log cannot be read")?;
    if broken.is_empty() {
        println!("{entries} entries checked: every chain holds.");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{entries} entries checked: {} broken.", if broken.len() == 1 { "one chain is" } else { "chains are" });
    for entry in broken {
        println!("  chain {}, entry {}: {}", entry.shard, entry.seq, entry.what);
    }
    Ok(ExitCode::FAILURE)
}

async fn check(store: &Store) -> anyhow::Result<(i64, Vec<audit::Broken>)> {
    let db = Db::connect(store.owner(), 1, Clock::System).await?;
    let checked = audit::verify(&mut *db.read().await?).await?;
    db.close().await;
    Ok(checked)
}

/// `savedesk database url`.
pub(crate) async fn database_url(config: Config, desk: Desk, owner: bool) -> anyhow::Result<ExitCode> {
    let store = Store::open(&config, desk).await?;
    println!("{}", store.url(owner));
    store.leave_running();
    Ok(ExitCode::SUCCESS)
}
