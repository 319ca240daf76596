//! A company of any size: what happened in the cases of the demo happens again, to other customers, at other times and with
//! more said about it, until the desk holds as many cases as are wanted.
//!
//! The rows that the product wrote for a case of the demo are a pattern: written again under new identities, they hold
//! together as the first ones do. They come in by `COPY`, in one transaction: all of them or none.

mod cell;
mod load;
mod maker;
mod parts;
mod patterns;
mod plan;
mod sheet;
mod talk;
mod who;
mod write;

use std::time::{Duration, Instant};

use anyhow::Context as _;
use sqlx::PgConnection;
use tokio::sync::mpsc;

use crate::audit::{self, Action, Entry, Subject};
use crate::db::{Db, Origin, Via};
use parts::PARTS;
use patterns::Patterns;
use plan::Plan;
use write::Writer;

/// How large the company is to be.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// How many cases the desk is to hold.
    pub cases: usize,
    /// What all choices come from: the same seed on the same demo writes the same rows.
    pub seed: u64,
}

/// What was written to a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// Which table.
    pub table: &'static str,
    /// How many rows it got.
    pub rows: u64,
    /// How long the database took to read them.
    pub took: Duration,
}

/// What became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Grown {
    /// The desk holds so many cases already, and nothing was done.
    Already(usize),
    /// It was written, and how long it took with everything, and without looking through it at the end.
    Done {
        /// Each table that got rows.
        written: Vec<Written>,
        /// From the first look to the commit.
        took: Duration,
    },
}

/// The first numbers of what is written.
#[derive(Clone, Copy, Debug)]
struct Numbers {
    customers: usize,
    cases: i64,
    offers: i64,
    orders: i64,
    subscriptions: i64,
}

/// Rows that are written together: of so many customers or cases.
const AT_ONCE: usize = 2_000;

/// Grows the demo company until its desk holds as many cases as are wanted.
///
/// # Errors
/// When this is not the demo company, or the database refuses.
pub async fn grow(db: &Db, size: Size) -> anyhow::Result<Grown> {
    anyhow::ensure!(super::is_here(db).await?, "This desk is not the demo company; only that can be made larger.");
    let began = Instant::now();
    let mut tx = db.begin(Origin { actor: None, via: Via::Demo, request: None }).await?;
    load::own(&mut tx).await?;
    let existing: i64 = sqlx::query_scalar("select count(*) from cases").fetch_one(&mut *tx).await?;
    let existing = usize::try_from(existing)?;
    let Some(wanted) = size.cases.checked_sub(existing).filter(|wanted| *wanted > 0) else {
        return Ok(Grown::Already(existing));
    };
    let patterns = patterns::read(&mut tx).await.context("the cases of the demo could not be read")?;
    let now: Option<String> = sqlx::query_scalar("select min(created_at)::text from users").fetch_one(&mut *tx).await?;
    let now = now.and_then(|at| cell::moment(&at)).context("nobody works here")?;
    let now = now + super::BEGAN.num_microseconds().unwrap_or_default();
    let numbers = numbers(&mut tx).await?;
    let away = load::take_away(&mut tx).await?;
    let (pages, mut sheets) = mpsc::channel(2);
    // what comes later on the same desk is not thrown the same way
    let seed = size.seed.wrapping_add(u64::try_from(existing)? << 32);
    let columns = patterns.columns.clone();
    let writing = tokio::task::spawn_blocking(move || write_all(&patterns, seed, wanted, now, numbers, &pages));
    let mut written: Vec<Written> =
        PARTS.iter().map(|part| Written { table: part.table, rows: 0, took: Duration::ZERO }).collect();
    while let Some((table, text, rows)) = sheets.recv().await {
        let table: usize = table;
        let text: Vec<u8> = text;
        let began = Instant::now();
        copy(&mut tx, PARTS[table].table, &columns[table], &text).await?;
        written[table].rows += rows;
        written[table].took += began.elapsed();
    }
    let last = writing.await?;
    tracing::info!(took = ?began.elapsed(), "rows are in");
    load::put_back(&mut tx, away).await?;
    tracing::info!(took = ?began.elapsed(), "references hold");
    follow(&mut tx, numbers).await?;
    tracing::info!(took = ?began.elapsed(), "sums are made");
    load::wake(&mut tx).await?;
    number_on(&mut tx, last).await?;
    let rows: u64 = written.iter().map(|one| one.rows).sum();
    let entry = Entry::new(Action::DemoGrown, Subject::Desk)
        .fact("cases", wanted)
        .fact("seed", size.seed)
        .fact("rows", rows)
        .fact("first_case", numbers.cases)
        .fact("last_case", last.cases - 1);
    audit::record(&mut tx, entry).await?;
    tx.tell("queue");
    tx.commit().await?;
    let took = began.elapsed();
    load::settle(db.options()).await?;
    written.retain(|one| one.rows > 0);
    Ok(Grown::Done { written, took })
}

/// Where numbers go on.
async fn numbers(connection: &mut PgConnection) -> anyhow::Result<Numbers> {
    let (cases, offers, customers, orders, subscriptions): (i64, i64, i64, i64, i64) = sqlx::query_as(
        "select nextval('case_numbers'), nextval('offer_numbers'), (select count(*) from customers),
            (select count(*) from orders), (select count(*) from subscriptions)",
    )
    .fetch_one(connection)
    .await?;
    let customers = usize::try_from(customers)?;
    Ok(Numbers { customers, cases, offers, orders: 100_000 + orders, subscriptions: 100_000 + subscriptions })
}

/// Numbers that come later are later ones.
async fn number_on(connection: &mut PgConnection, last: Numbers) -> anyhow::Result<()> {
    sqlx::query("select setval('case_numbers', $1, false), setval('offer_numbers', $2, false)")
        .bind(last.cases)
        .bind(last.offers)
        .execute(connection)
        .await?;
    Ok(())
}

type Page = (usize, Vec<u8>, u64);

/// Thinks everything up, page by page; gives the numbers that come next.
fn write_all(
    patterns: &Patterns,
    seed: u64,
    cases: usize,
    now: i64,
    numbers: Numbers,
    pages: &mpsc::Sender<Page>,
) -> Numbers {
    let plan = Plan::make(&mut super::dice::Dice::new(seed), patterns, cases, now);
    let mut writer = Writer::new(patterns, &plan, seed, numbers);
    let turn_in = |writer: &mut Writer<'_>| {
        for (table, sheet) in writer.sheets.iter_mut().enumerate() {
            let (text, rows) = sheet.take();
            // nobody takes them any more where the database refused
            if rows > 0 && pages.blocking_send((table, text, rows)).is_err() {
                return false;
            }
        }
        true
    };
    for n in 0..plan.customers.len() {
        writer.customer(n);
        if n % AT_ONCE == AT_ONCE - 1 && !turn_in(&mut writer) {
            return numbers;
        }
    }
    for n in 0..plan.lived.len() {
        writer.case(n);
        if n % AT_ONCE == AT_ONCE - 1 && !turn_in(&mut writer) {
            return numbers;
        }
    }
    turn_in(&mut writer);
    let many = i64::try_from(plan.lived.len()).unwrap_or_default();
    Numbers { cases: numbers.cases + many, ..writer.numbers }
}

async fn copy(connection: &mut PgConnection, table: &str, columns: &[String], text: &[u8]) -> anyhow::Result<()> {
    let statement = format!("copy {table} ({}) from stdin", columns.join(", "));
    let mut copy = connection.copy_in_raw(&statement).await?;
    copy.send(text).await?;
    copy.finish().await.with_context(|| format!("{table} could not be written"))?;
    Ok(())
}

/// What triggers would have found out row by row: whether saves lasted, and the sums of reports.
async fn follow(connection: &mut PgConnection, numbers: Numbers) -> anyhow::Result<()> {
    sqlx::query(
        "select count(reckon_stay(w.customer_id))
        from (
            select distinct o.customer_id
            from cases k
            join outcomes o on o.id = k.id
            where k.number >= $1 and o.saved
        ) w",
    )
    .bind(numbers.cases)
    .execute(&mut *connection)
    .await?;
    sqlx::query("select count(outcome_counts(o, 1)) from cases k join outcomes o on o.id = k.id where k.number >= $1")
        .bind(numbers.cases)
        .execute(&mut *connection)
        .await?;
    sqlx::query("select fold_outcomes()").execute(&mut *connection).await?;
    sqlx::query("select sum_services()").execute(connection).await?;
    Ok(())
}
