//! `savedesk demo`: a made-up company, filled in once, and served.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use savedesk::clock::Clock;
use savedesk::config::Config;
use savedesk::db::Db;
use savedesk::demo::{self, Grown, Size, Written};

use super::serve::serve_desk;
use super::store::{Desk, Store};

/// How large the demo company is to be.
#[derive(Debug, Args)]
pub(crate) struct NewDemo {
    /// Make the company larger until its desk holds so many cases
    #[arg(long, value_name = "HOW_MANY")]
    cases: Option<usize>,
    /// What is thrown when it is made larger: the same seed on the same demo gives the same rows
    #[arg(long, default_value_t = 1, requires = "cases")]
    seed: u64,
    /// Fill it in, say what was written, and end
    #[arg(long)]
    no_serve: bool,
}

/// Fills the demo company in if it is not there yet, serves it, and says whom to sign in as.
pub(crate) async fn demo(config: Config, new: NewDemo) -> anyhow::Result<ExitCode> {
    let size = new.cases.map(|cases| Size { cases, seed: new.seed });
    if !new.no_serve {
        return Box::pin(serve_desk(config, Desk::Demo, size)).await;
    }
    let store = Store::open(&config, Desk::Demo).await?;
    let filled = Box::pin(fill_only(&store, &config, size)).await;
    store.close().await?;
    filled
}

async fn fill_only(store: &Store, config: &Config, size: Option<Size>) -> anyhow::Result<ExitCode> {
    let db = Db::open(store.owner(), config.connections, Clock::System).await?;
    let filled = fill(&db, size).await;
    db.close().await;
    filled.map(|()| ExitCode::SUCCESS)
}

/// Fills an empty desk, and makes it as large as wanted.
///
/// # Errors
/// When the desk has users of its own: demo data would mix with theirs.
pub(super) async fn fill(db: &Db, size: Option<Size>) -> anyhow::Result<()> {
    if !demo::is_here(db).await? {
        eprintln!("Filling in the demo company, once.");
        anyhow::ensure!(
            demo::fill(db).await?,
            "This database has users of its own, and demo data would mix with their work. Take DATABASE_URL away, or \
             name an empty database."
        );
    }
    let Some(size) = size else { return Ok(()) };
    eprintln!("Making it larger: {} cases in all.", size.cases);
    match demo::grow(db, size).await? {
        Grown::Already(cases) => eprintln!("The desk holds {cases} cases already. Nothing was added."),
        Grown::Done { written, took } => print_written(&written, took),
    }
    Ok(())
}

/// What came in, and how fast.
fn print_written(written: &[Written], took: Duration) {
    let rate = |rows: u64, took: Duration| u128::from(rows) * 1000 / took.as_millis().max(1);
    println!("{:<22} {:>12} {:>12}", "table", "rows", "rows/s");
    for one in written {
        println!("{:<22} {:>12} {:>12}", one.table, one.rows, rate(one.rows, one.took));
    }
    let rows: u64 = written.iter().map(|one| one.rows).sum();
    println!("{:<22} {rows:>12} {:>12}", "all, with all checks", rate(rows, took));
    println!("in {:.1} s", took.as_secs_f64());
}

/// Whom to sign in as.
pub(super) fn print_sign_ins() {
    let sign_ins = demo::sign_ins();
    println!("Sign in as one of:");
    for person in &sign_ins.people {
        println!("  {:<18} {:<16} {}", person.role.label(), person.name, person.email);
    }
    println!("The password of all of them is {}", sign_ins.password);
}
