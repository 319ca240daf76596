//! Ways a case is born: forms, mail, files. Here are the files: read, matched column by column, checked, brought in row
//! by row, and what was refused handed back to be mended.
//!
//! ```text
//! uploaded → checking → checked → running → finished
//!     ↖ choices changed ↩            ↘ failed → running (goes on where it was)
//! ```
//!
//! `reader`, `values`, `mapping`, `choices`, `guesses`, `rows`, `matching` and `writer` are pure: they read files and
//! cells and say what they could not read.

pub mod choices;
pub mod guesses;
pub mod look;
pub mod mapping;
pub mod matching;
pub mod reader;
pub mod rows;
pub mod values;
pub mod writer;

mod actions;
mod bring;
mod command;
mod lease;
mod pages;
mod run;
mod store;

use chrono::{DateTime, Utc};

use crate::ids::{ImportId, UserId};
use choices::Choices;
use look::Look;
use mapping::Kind;

pub use actions::{Decided, Opened, Upload, check, decide, discard, start, upload};
pub use command::{FileOptions, Summary, run_file};
pub use pages::routes;
pub use run::{resume, work};

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Its columns are to be matched.
    Uploaded,
    /// Its rows are read and compared with what is here; nothing is changed.
    Checking,
    /// What it would bring is known.
    Checked,
    /// Its rows are brought in.
    Running,
    /// Every row was brought in or refused.
    Finished,
    /// It stopped half-way, and can go on.
    Failed,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Uploaded, Self::Checking, Self::Checked, Self::Running, Self::Finished, Self::Failed];

    /// As stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Uploaded => "uploaded",
            Self::Checking => "checking",
            Self::Checked => "checked",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
        }
    }

    /// As shown.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Uploaded => "To be matched",
            Self::Checking => "Being checked",
            Self::Checked => "Ready to import",
            Self::Running => "Being imported",
            Self::Finished => "Imported",
            Self::Failed => "Stopped",
        }
    }

    /// Reads the stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }

    /// Whether choices may still be made.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Uploaded | Self::Checked)
    }

    /// Whether something works on it now.
    #[must_use]
    pub fn is_busy(self) -> bool {
        matches!(self, Self::Checking | Self::Running)
    }
}

/// Rows by what came of them, or would.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows that were new.
    pub created: i32,
    /// Rows that changed what was here.
    pub updated: i32,
    /// Rows that were here already.
    pub unchanged: i32,
    /// Rows that were turned away.
    pub refused: i32,
    /// Customers made.
    pub customers: i32,
    /// Orders made.
    pub orders: i32,
    /// Cases made.
    pub cases: i32,
}

/// What came of a group of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was new.
    Created,
    /// It changed what was here.
    Updated,
    /// It was here already.
    Unchanged,
    /// It was turned away.
    Refused,
}

impl Outcome {
    /// As stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
        }
    }
}

/// A group of rows that was brought in, and what it made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brought {
    /// What came of it.
    pub outcome: Outcome,
    /// Customers made.
    pub customers: i16,
    /// Orders made.
    pub orders: i16,
    /// Cases made.
    pub cases: i16,
}

impl Brought {
    /// Nothing made.
    #[must_use]
    pub fn nothing(outcome: Outcome) -> Self {
        Self { outcome, customers: 0, orders: 0, cases: 0 }
    }
}

impl Counts {
    /// Adds a group of so many rows.
    pub fn add(&mut self, rows: usize, brought: Brought) {
        let rows = i32::try_from(rows).unwrap_or(i32::MAX);
        match brought.outcome {
            Outcome::Created => self.created += rows,
            Outcome::Updated => self.updated += rows,
            Outcome::Unchanged => self.unchanged += rows,
            Outcome::Refused => self.refused += rows,
        }
        self.customers += i32::from(brought.customers);
        self.orders += i32::from(brought.orders);
        self.cases += i32::from(brought.cases);
    }

    /// Rows that were, or would be, brought in.
    #[must_use]
    pub fn ready(&self) -> i32 {
        self.created + self.updated + self.unchanged
    }
}

/// A file that is brought in.
#[derive(Debug, Clone)]
pub struct Import {
    /// Its identity.
    pub id: ImportId,
    /// What it holds.
    pub kind: Kind,
    /// What it is called.
    pub file_name: String,
    /// How many bytes it has.
    pub size: i64,
    /// Where it stands.
    pub stage: Stage,
    /// What it turned out to hold.
    pub look: Look,
    /// What was decided about it.
    pub choices: Choices,
    /// Its columns, known again in other files.
    pub header_digest: Vec<u8>,
    /// How many rows it has.
    pub rows_total: i32,
    /// What came of them.
    pub counts: Counts,
    /// Why it stopped.
    pub failure: Option<String>,
    /// Who brought it.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When its last check or run began.
    pub started_at: Option<DateTime<Utc>>,
    /// When its run ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Row version (R6).
    pub version: i64,
}
