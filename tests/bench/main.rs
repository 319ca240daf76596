//! How fast Savedesk is, and how much of the database's own speed reaches the browser: `cargo bench -- --cases 1000000`.
//!
//! Fills a desk of that size once, starts the server as a process of its own, and asks for its pages the way agents, reps
//! and supervisors do. What one page asks of the database is tapped off the wire and run again by pgbench, in the same
//! run. Results are a table for the docs and, with `--json`, a file. `docs/performance.md` explains them.
#![expect(clippy::unwrap_used, reason = "a measurement ends where something goes wrong")]

mod client;
mod desk;
mod load;
mod pgbench;
mod report;
mod wire;
mod work;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;

use crate::desk::Desk;
use crate::report::Report;
use crate::work::{Ground, Kind};

/// Measures Savedesk over a desk of a given size.
#[derive(Debug, Parser)]
struct Options {
    /// How many cases the desk has
    #[arg(long, default_value_t = 10_000)]
    cases: u32,
    /// How long each figure is measured, in seconds
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Only count what each page asks of the database, and fail where that is over its budget
    #[arg(long)]
    short: bool,
    /// Print the statements that each page runs
    #[arg(long)]
    statements: bool,
    /// Where the desks that are filled in are kept, for the next run
    #[arg(long)]
    data: Option<PathBuf>,
    /// Write the slowest statement of each page to this file, and how the database goes about it
    #[arg(long)]
    plans: Option<PathBuf>,
    /// Write the results to this file too
    #[arg(long)]
    json: Option<PathBuf>,
    /// The results of another size, to compare page times with
    #[arg(long)]
    against: Option<PathBuf>,
    /// What `cargo bench` passes along
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let desk = Desk::open(&options).await;
    let mut report = Report::new(options.cases);
    count(&desk, &mut report).await;
    if let Some(path) = &options.plans {
        std::fs::write(path, plans(&desk, &report).await).unwrap();
    }
    if !options.short {
        measure(&desk, &options, &mut report).await;
    }
    if options.statements {
        println!("{}", report.statements());
    }
    println!("{}", report.table(options.against.as_deref()));
    if let Some(path) = &options.json {
        std::fs::write(path, report.json()).unwrap();
    }
    desk.close().await;
    let over = report.over_budget();
    for line in &over {
        eprintln!("{line}");
    }
    if over.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What each page asks of the database, off the wire.
async fn count(desk: &Desk, report: &mut Report) {
    let (tap, options) = wire::Tap::on(desk.options());
    // few connections, so that each soon knows every statement
    let server = desk.serve(&options, 4).await;
    desk.settle().await;
    let ground = Ground::survey(desk).await;
    for kind in Kind::ALL {
        let asked = wire::capture(&tap, &server, &ground, kind).await;
        report.count(kind, asked);
    }
    server.stop();
}

/// The slowest statement of each page with its plan, as a page of the documentation.
async fn plans(desk: &Desk, report: &Report) -> String {
    let mut text = "# Plans\n\nThe slowest statement of each page, and how PostgreSQL goes about it (see \
        [Performance](performance.md#the-desk-under-load)).\n"
        .to_owned();
    for kind in Kind::ALL {
        if let Some((sql, plan)) = pgbench::slowest(desk, kind, report.asked(kind)).await {
            let sql: Vec<&str> = sql.lines().map(str::trim_end).collect();
            write!(text, "\n## {}\n\n```sql\n{}\n```\n\n```\n{plan}\n```\n", kind.label(), sql.join("\n").trim())
                .unwrap();
        }
    }
    text
}

/// How long pages take: one kind after another, beside pgbench; then all of them at once, as a desk asks.
async fn measure(desk: &Desk, options: &Options, report: &mut Report) {
    let span = Duration::from_secs(options.seconds);
    let (server, cold) = desk.serve_cold().await;
    report.cold_start(cold);
    let ground = Arc::new(Ground::survey(desk).await);
    for kind in Kind::ALL {
        if ground.left(kind).is_none() {
            load::closed(&server, &ground, kind, 4, Duration::from_secs(2)).await;
        }
        let steady = load::steady(&server, &ground, kind, kind.rate(), span).await;
        let alone = load::closed(&server, &ground, kind, 8, span).await;
        let database = pgbench::run(desk, kind, report.asked(kind), span).await;
        report.time(kind, &alone, &steady, database);
    }
    for rate in [50, 200] {
        report.mixed(rate, &load::mixed(&server, &ground, rate, span * 2).await);
    }
    report.thinking(&load::desk(&server, &ground, 200, span * 2).await);
    report.idle(&load::idle(&server, &ground, 500, span * 2).await);
    report.overload(&load::overload(desk, &server, &ground, span).await);
    server.stop();
}
