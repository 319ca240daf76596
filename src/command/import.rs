//! `savedesk import`.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::NaiveDate;
use chrono_tz::Tz;
use clap::Args;
use savedesk::clock::Clock;
use savedesk::config::Config;
use savedesk::db::Db;
use savedesk::intake::choices::Dates;
use savedesk::intake::mapping::Kind;
use savedesk::intake::{self, FileOptions, Summary};
use savedesk::money::Currency;

use super::store::{Desk, Store};

/// A file to bring in.
#[derive(Debug, Args)]
pub(crate) struct NewImport {
    /// The CSV file: any encoding, comma, semicolon, tab or bar between fields
    file: PathBuf,
    /// What it holds: customers, orders, cases or billing (lines of invoices); guessed from its columns when not said
    #[arg(long, value_parser = kind)]
    kind: Option<Kind>,
    /// Which column feeds which field, beside the guesses, like --map name="Full name"; an empty column takes a guess away
    #[arg(long = "map", value_name = "FIELD=COLUMN", value_parser = pair)]
    map: Vec<(String, String)>,
    /// How dates are meant where the file cannot decide: dmy, mdy, ymd, or exchanged (day and month were swapped)
    #[arg(long, value_parser = dates)]
    date_order: Option<Dates>,
    /// The currency of amounts that name none, like USD
    #[arg(long, value_parser = currency)]
    currency: Option<Currency>,
    /// Where the clocks of its times stand, like Europe/London
    #[arg(long)]
    time_zone: Option<Tz>,
    /// Where the rows come from, so that they are known again
    #[arg(long)]
    source: Option<String>,
    /// On which terms complaints are answered, like `bbb_30`: their codes stand on the page of terms
    #[arg(long)]
    terms: Option<String>,
    /// The day the file speaks of, like 2026-11-19
    #[arg(long)]
    as_of: Option<NaiveDate>,
    /// Only say what would happen
    #[arg(long)]
    dry_run: bool,
    /// Write refused rows to this file, to mend and send again
    #[arg(long)]
    refused: Option<PathBuf>,
    /// Into the demo company
    #[arg(long)]
    demo: bool,
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::parse(text).ok_or_else(|| "say customers, orders, cases or billing".to_owned())
}

fn dates(text: &str) -> Result<Dates, String> {
    Dates::parse(text).ok_or_else(|| "say dmy, mdy, ymd or exchanged".to_owned())
}

fn currency(text: &str) -> Result<Currency, String> {
    Currency::parse(text).map_err(|_| "say three letters, like USD".to_owned())
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (field, column) = text.split_once('=').ok_or("say FIELD=COLUMN")?;
    Ok((field.trim().to_owned(), column.trim().to_owned()))
}

/// Brings a file in. The exit code is 0 when no row was refused, otherwise 2.
pub(crate) async fn import(config: Config, new: NewImport) -> anyhow::Result<ExitCode> {
    let store = Store::open(&config, if new.demo { Desk::Demo } else { Desk::Real }).await?;
    let dry_run = new.dry_run;
    let brought = bring(&store, new).await;
    store.close().await?;
    let summary = brought?;
    print(&summary, dry_run);
    Ok(if summary.counts.refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

async fn bring(store: &Store, new: NewImport) -> anyhow::Result<Summary> {
    let db = Db::open(store.owner(), 4, Clock::System).await?;
    let options = FileOptions {
        path: new.file,
        kind: new.kind,
        map: new.map,
        dates: new.date_order,
        currency: new.currency,
        time_zone: new.time_zone,
        source: new.source,
        terms: new.terms,
        as_of: new.as_of,
        dry_run: new.dry_run,
        refused: new.refused,
        by: None,
    };
    let brought = intake::run_file(&db, options).await;
    db.close().await;
    brought
}

fn print(summary: &Summary, dry_run: bool) {
    for notice in &summary.notices {
        println!("{notice}");
    }
    let counts = &summary.counts;
    println!(
        "{} rows of {}: {} new, {} changed, {} as they were, {} refused.{}",
        summary.rows,
        summary.kind.name(),
        counts.created,
        counts.updated,
        counts.unchanged,
        counts.refused,
        if dry_run { " Nothing was brought in: this was a dry run." } else { "" },
    );
    for refused in &summary.refusals {
        let column = refused.column.as_deref().map(|column| format!(", {column}")).unwrap_or_default();
        println!("  row {} (line {}{column}): {}", refused.row, refused.line, refused.reason);
    }
}
