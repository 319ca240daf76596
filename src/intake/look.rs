//! What a file turned out to hold, as far as the page needs it that matches its columns: kept, so that the file is read
//! once for it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::choices::{Choices, Dates, lacking};
use super::guesses;
use super::mapping::{Field, Kind, guess, likely_kind};
use super::reader::Sheet;
use super::rows::span;
use super::values::{DateFormat, date_format, exchanged};

/// How many rows keep names from misleading.
const SAMPLE: usize = 100;
/// How many values of a column are shown.
const SHOWN: usize = 3;

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// Its columns.
    pub header: Vec<String>,
    /// Values of each column, the first that differ.
    pub samples: Vec<Vec<String>>,
    /// How its text is encoded.
    pub encoding: String,
    /// What parts its columns.
    pub separator: String,
    /// What was put right while reading.
    pub notices: Vec<String>,
    /// Rows that could not be read.
    pub refused: usize,
    /// Rows with nothing in them.
    pub blank: usize,
    /// What the columns of dates tell.
    pub dates: BTreeMap<String, DateLook>,
    /// What could be guessed, for each kind by name.
    pub guesses: BTreeMap<String, Choices>,
}

/// What a column of dates tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateLook {
    /// Their order, where it is beyond doubt.
    pub order: Option<Dates>,
    /// Where day and month were exchanged: how many certainly, how many perhaps, and the months they belong in.
    pub exchanged: Option<(usize, usize, String)>,
}

/// Looks at a file that was read.
///
/// # Errors
/// When no kind is given and the file fits none: what each kind lacks.
pub fn look(sheet: &Sheet, file_name: &str, kind: Option<Kind>) -> Result<(Kind, Look), String> {
    let sample = &sheet.rows[..sheet.rows.len().min(SAMPLE)];
    let guess = |kind| guess(kind, &sheet.header, sample);
    let Some(kind) = kind.or_else(|| likely_kind(&sheet.header, sample)) else {
        return Err(lacking(&sheet.header, guess));
    };
    let guesses: BTreeMap<String, Choices> = Kind::ALL
        .into_iter()
        .map(|kind| (kind.name().to_owned(), guesses::choices(kind, file_name, sheet, &guess(kind))))
        .collect();
    let dates = [Field::ReceivedAt, Field::ForwardedOn, Field::OrderedAt, Field::StartedOn, Field::ContractEnd]
        .iter()
        .flat_map(|field| guesses.values().map(|choices| choices.column(*field)))
        .filter_map(|column| Some((column.to_owned(), date_look(sheet, column)?)))
        .collect();
    let look = Look {
        samples: (0..sheet.header.len()).map(|at| samples(sheet, at)).collect(),
        header: sheet.header.clone(),
        encoding: sheet.encoding.to_string(),
        separator: sheet.separator.name().to_owned(),
        notices: sheet.notices.clone(),
        refused: sheet.refused.len(),
        blank: sheet.blank,
        dates,
        guesses,
    };
    Ok((kind, look))
}

/// By what files with the same columns are known again.
#[must_use]
pub fn header_digest(header: &[String]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for name in header.iter().filter(|name| !super::writer::is_added(name)) {
        digest.update(name.trim().to_lowercase().as_bytes());
        digest.update([0]);
    }
    digest.finalize().into()
}

fn samples(sheet: &Sheet, at: usize) -> Vec<String> {
    let mut shown: Vec<String> = Vec::new();
    for row in sheet.rows.iter().take(SAMPLE) {
        let cell: String = row.fields[at].trim().chars().take(40).collect();
        if !cell.is_empty() && !shown.contains(&cell) {
            shown.push(cell);
            if shown.len() == SHOWN {
                break;
            }
        }
    }
    shown
}

fn date_look(sheet: &Sheet, column: &str) -> Option<DateLook> {
    let at = sheet.header.iter().position(|name| name == column)?;
    let cells = || sheet.rows.iter().map(|row| row.fields[at].as_str());
    let DateFormat::Certain(order) = date_format(cells()).ok()? else {
        return Some(DateLook { order: None, exchanged: None });
    };
    let dates: Vec<NaiveDate> = cells().filter_map(|cell| Some(order.read(cell)?.date)).collect();
    let damage = exchanged(&dates);
    Some(DateLook {
        order: Some(order.into()),
        exchanged: damage.map(|damage| (damage.certain, damage.undecided, span(&damage))),
    })
}
