//! What came out: a table for people, JSON for what compares runs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::load::{Outcome, Overload};
use crate::wire::Captured;
use crate::work::Kind;

/// The figures of a run.
#[derive(Default)]
pub(crate) struct Report {
    asked: BTreeMap<Kind, Captured>,
    rows: BTreeMap<Kind, Row>,
    kept: Kept,
}

/// What was found of one kind of request.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
struct Row {
    what: String,
    /// How many one ran.
    statements: usize,
    budget: usize,
    /// The most rows that came back to one.
    rows: usize,
    /// Length of the answer, compressed.
    bytes: usize,
    /// How many a second, eight asking at once.
    per_second: f64,
    /// At a steady rate, from when each was due.
    steady: Option<Summary>,
    errors: usize,
    /// The same statements by pgbench, how often a second.
    database_per_second: Option<f64>,
}

/// What became of many requests.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
struct Summary {
    per_second: f64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
    failed: usize,
    turned_away: usize,
    /// Per cent of a core.
    cpu: f64,
    memory_mb: u64,
}

impl Summary {
    fn of(outcome: &Outcome) -> Self {
        Self {
            per_second: outcome.per_second(),
            p50_ms: ms(outcome.percentile(50)),
            p95_ms: ms(outcome.percentile(95)),
            p99_ms: ms(outcome.percentile(99)),
            failed: outcome.failed,
            turned_away: outcome.turned_away(),
            cpu: outcome.cpu.as_secs_f64() / outcome.span.as_secs_f64() * 100.0,
            memory_mb: outcome.memory >> 20,
        }
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:.0} a second done, p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms, {} failed, {} turned away, {:.0} % of a core, \
             {} MB",
            self.per_second,
            self.p50_ms,
            self.p95_ms,
            self.p99_ms,
            self.failed,
            self.turned_away,
            self.cpu,
            self.memory_mb
        )
    }
}

/// What a file keeps of a run.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    cases: u32,
    rows: Vec<Row>,
    /// All kinds together at so many a second.
    mixed: Vec<(u32, Summary)>,
    /// People who read in between.
    thinking: Option<Summary>,
    /// Pages that listen while nothing happens.
    idle: Option<Summary>,
    overload: Option<Overloaded>,
    cold_start_ms: Option<f64>,
}

#[derive(Serialize, Deserialize)]
struct Overloaded {
    before: Summary,
    offered_per_second: f64,
    during: Summary,
    refusal_p95_ms: f64,
    after: Summary,
    attempts_acknowledged: i64,
    attempts_kept: i64,
}

impl Report {
    pub(crate) fn new(cases: u32) -> Self {
        Self { kept: Kept { cases, ..Kept::default() }, ..Self::default() }
    }

    /// What a kind asks of the database.
    pub(crate) fn count(&mut self, kind: Kind, captured: Captured) {
        let statements = captured.shortest().first().map_or(0, |asked| asked.statements.len());
        let rows = captured.samples.iter().map(|asked| asked.rows).max().unwrap_or_default();
        let row = Row {
            what: kind.label().to_owned(),
            statements,
            budget: kind.budget(),
            rows,
            bytes: captured.bytes,
            ..Row::default()
        };
        self.rows.insert(kind, row);
        self.asked.insert(kind, captured);
    }

    pub(crate) fn asked(&self, kind: Kind) -> &Captured {
        &self.asked[&kind]
    }

    /// How long a kind takes.
    pub(crate) fn time(&mut self, kind: Kind, alone: &Outcome, steady: &Outcome, database: Option<f64>) {
        let row = self.rows.entry(kind).or_default();
        row.per_second = alone.per_second();
        row.steady = Some(Summary::of(steady));
        row.errors = alone.failed + steady.failed + alone.turned_away() + steady.turned_away();
        row.database_per_second = database;
    }

    /// How all kinds together take at a rate.
    pub(crate) fn mixed(&mut self, rate: u32, outcome: &Outcome) {
        self.kept.mixed.push((rate, Summary::of(outcome)));
    }

    /// How it is for people who read in between.
    pub(crate) fn thinking(&mut self, outcome: &Outcome) {
        self.kept.thinking = Some(Summary::of(outcome));
    }

    /// What open pages cost while nothing happens.
    pub(crate) fn idle(&mut self, outcome: &Outcome) {
        self.kept.idle = Some(Summary::of(outcome));
    }

    /// How long it took from the start to the first page.
    pub(crate) fn cold_start(&mut self, took: Duration) {
        self.kept.cold_start_ms = Some(ms(took));
    }

    /// What comes of far too many requests.
    pub(crate) fn overload(&mut self, overload: &Overload) {
        self.kept.overload = Some(Overloaded {
            before: Summary::of(&overload.before),
            offered_per_second: overload.offered,
            during: Summary::of(&overload.during),
            refusal_p95_ms: ms(overload.during.refusal(95)),
            after: Summary::of(&overload.after),
            attempts_acknowledged: overload.said,
            attempts_kept: overload.kept,
        });
    }

    /// Pages that ask more than their budget.
    pub(crate) fn over_budget(&self) -> Vec<String> {
        let over = self.rows.values().filter(|row| row.statements > row.budget);
        over.map(|row| format!("{}: {} statements, its budget is {}", row.what, row.statements, row.budget)).collect()
    }

    /// What each kind asks.
    pub(crate) fn statements(&self) -> String {
        let mut text = String::new();
        for (kind, captured) in &self.asked {
            writeln!(text, "-- {}", kind.label()).unwrap();
            for statement in captured.shortest().first().into_iter().flat_map(|asked| &asked.statements) {
                writeln!(text, "{};", statement.sql.split_whitespace().collect::<Vec<_>>().join(" ")).unwrap();
            }
        }
        text
    }

    /// Closes the report; gives what a file keeps of it.
    pub(crate) fn json(&mut self) -> String {
        self.kept.rows = self.rows.values().cloned().collect();
        serde_json::to_string_pretty(&self.kept).unwrap()
    }

    pub(crate) fn table(&self, against: Option<&Path>) -> String {
        let other: Option<Kept> = against.map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap());
        let mut text = format!("{} cases\n\n", self.kept.cases);
        text.push_str(
            "| what | statements | rows | bytes | a second | p50 ms | p95 ms | p99 ms | errors | pgbench | of it |",
        );
        text.push_str(if other.is_some() { " to the other |\n" } else { "\n" });
        text.push_str("|---|---|---|---|---|---|---|---|---|---|---|");
        text.push_str(if other.is_some() { "---|\n" } else { "\n" });
        for row in self.rows.values() {
            write!(text, "| {} | {} | {} | {} |", row.what, row.statements, row.rows, row.bytes).unwrap();
            match &row.steady {
                Some(steady) => write!(
                    text,
                    " {:.0} | {:.1} | {:.1} | {:.1} | {} |",
                    row.per_second, steady.p50_ms, steady.p95_ms, steady.p99_ms, row.errors
                )
                .unwrap(),
                // only counted
                None => text.push_str(" | | | | |"),
            }
            match row.database_per_second {
                Some(database) => write!(text, " {database:.0} | {:.2} |", row.per_second / database).unwrap(),
                None => text.push_str(" | |"),
            }
            if let Some(kept) = &other {
                let there =
                    kept.rows.iter().find(|there| there.what == row.what).and_then(|there| there.steady.as_ref());
                match (&row.steady, there.filter(|there| there.p50_ms > 0.0)) {
                    (Some(here), Some(there)) => write!(text, " {:.2} |", here.p50_ms / there.p50_ms).unwrap(),
                    _ => text.push_str(" |"),
                }
            }
            text.push('\n');
        }
        text.push('\n');
        self.tell(&mut text);
        text
    }

    /// What was asked of all kinds at once, in sentences.
    fn tell(&self, text: &mut String) {
        let kept = &self.kept;
        for (rate, summary) in &kept.mixed {
            writeln!(text, "- a desk's mix at {rate} a second: {summary}").unwrap();
        }
        if let Some(summary) = &kept.thinking {
            writeln!(text, "- 200 people with live pages, who read in between: {summary}").unwrap();
        }
        if let Some(idle) = &kept.idle {
            writeln!(text, "- 500 live pages, idle: {:.1} % of a core, {} MB", idle.cpu, idle.memory_mb).unwrap();
        }
        if let Some(overload) = &kept.overload {
            writeln!(
                text,
                "- overload: alone it did {:.0} a second; offered {:.0} a second: {}; turned away within {:.1} ms (p95); at 50 a \
                 second right after: p95 {:.1} ms; attempts acknowledged {}, kept {}",
                overload.before.per_second,
                overload.offered_per_second,
                overload.during,
                overload.refusal_p95_ms,
                overload.after.p95_ms,
                overload.attempts_acknowledged,
                overload.attempts_kept,
            )
            .unwrap();
        }
        if let Some(cold) = kept.cold_start_ms {
            writeln!(text, "- from start to first page: {cold:.0} ms").unwrap();
        }
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
