//! `savedesk import`: the same path as the pages, from a file on this machine, for the desk itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, bail};

use super::actions::Upload;
use super::choices::{Choices, Dates};
use super::mapping::{Field, Kind};
use super::rows::Turned;
use super::writer::{Rejected, rejected};
use super::{Counts, Stage, actions, reader, run, store};
use crate::auth::{Can, ImportData};
use crate::db::{Db, Origin, Tx, Via};
use crate::error::Error;
use crate::ids::{ImportId, UserId};
use crate::money::Currency;

/// What to import, and how.
#[derive(Debug, Clone, Default)]
pub struct FileOptions {
    /// The file.
    pub path: PathBuf,
    /// What it holds; guessed when not said.
    pub kind: Option<Kind>,
    /// Which column feeds which field, beside the guesses: names of fields and columns; no column takes a guess away.
    pub map: Vec<(String, String)>,
    /// How its dates are meant.
    pub dates: Option<Dates>,
    /// The currency of amounts without one.
    pub currency: Option<Currency>,
    /// Where the clocks of its times stand.
    pub time_zone: Option<chrono_tz::Tz>,
    /// Where the rows come from, as cases are known again.
    pub source: Option<String>,
    /// On which terms complaints are answered.
    pub terms: Option<String>,
    /// The day the file speaks of.
    pub as_of: Option<chrono::NaiveDate>,
    /// Only count what would happen.
    pub dry_run: bool,
    /// Where to write the refused rows.
    pub refused: Option<PathBuf>,
    /// Who is said to have done it; the desk itself when nobody.
    pub by: Option<UserId>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The import.
    pub import: ImportId,
    /// What the file was taken for.
    pub kind: Kind,
    /// How many rows it has.
    pub rows: i32,
    /// What came of them, or would.
    pub counts: Counts,
    /// The first rows that were turned away.
    pub refusals: Vec<Turned>,
    /// What was put right while reading.
    pub notices: Vec<String>,
}

/// How many refusals a summary carries; all of them are in the file of refused rows.
const SHOWN: i64 = 100;

/// Imports a file.
///
/// # Errors
/// A sentence when the file cannot be read, or something is still to be decided.
pub async fn run_file(db: &Db, options: FileOptions) -> anyhow::Result<Summary> {
    let name = options.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes =
        tokio::fs::read(&options.path).await.with_context(|| format!("{} cannot be read", options.path.display()))?;
    let upload = Upload { file_name: name, bytes, kind: options.kind };
    let (opened, sheet) = upload.open().map_err(anyhow::Error::msg)?;
    let can: Can<ImportData> = Can::desk();
    let origin = Origin { actor: options.by, via: Via::Command, request: None };
    let mut tx = db.begin(origin).await?;
    let id = actions::upload(&mut tx, &can, opened).await?;
    tx.commit().await?;
    let import = store::find(&mut *db.read().await?, id).await?;
    let choices = chosen(import.choices.clone(), &options, &sheet.header)?;
    let decided = match actions::decide(db, &can, id, import.kind, choices).await {
        Ok(decided) => decided,
        Err(error) => {
            discard(db, origin, &can, id).await?;
            return Err(plainly(error));
        }
    };
    let mut tx = db.begin(origin).await?;
    actions::check(&mut tx, &can, decided).await?;
    tx.commit().await?;
    run::work(db, id, &can).await?;
    if !options.dry_run {
        let mut tx = db.begin(origin).await?;
        actions::start(&mut tx, &can, id).await?;
        tx.commit().await?;
        run::work(db, id, &can).await?;
    }
    let mut connection = db.read().await?;
    let import = store::find(&mut connection, id).await?;
    if let Some(failure) = &import.failure {
        bail!("{failure}");
    }
    if matches!(import.stage, Stage::Running | Stage::Checking) {
        bail!("Another Savedesk took this import over; its page shows how far it is.");
    }
    let refusals = store::refusals(&mut connection, id, -1, SHOWN).await?;
    if let Some(path) = &options.refused {
        let file = refused_file(&mut connection, id, &sheet).await?;
        tokio::fs::write(path, file).await.with_context(|| format!("{} cannot be written", path.display()))?;
    }
    drop(connection);
    if options.dry_run {
        discard(db, origin, &can, id).await?;
    }
    Ok(Summary {
        import: id,
        kind: import.kind,
        rows: import.rows_total,
        counts: import.counts,
        refusals: refusals
            .into_iter()
            .map(|refused| Turned {
                row: usize::try_from(refused.row_number).unwrap_or_default(),
                line: usize::try_from(refused.line_number).unwrap_or_default(),
                column: refused.column_name,
                reason: refused.reason,
            })
            .collect(),
        notices: sheet.notices,
    })
}

async fn discard(db: &Db, origin: Origin, can: &Can<ImportData>, id: ImportId) -> anyhow::Result<()> {
    let mut tx: Tx = db.begin(origin).await?;
    actions::discard(&mut tx, can, id).await?;
    Ok(tx.commit().await?)
}

/// A form's messages as one sentence after the other.
fn plainly(error: Error) -> anyhow::Error {
    match error {
        Error::Internal(error) => error,
        other => anyhow::Error::msg(other.to_string()),
    }
}

fn chosen(mut choices: Choices, options: &FileOptions, header: &[String]) -> anyhow::Result<Choices> {
    for (field, column) in &options.map {
        let Some(field) = Field::parse(field) else { bail!("“{field}” is no field that can be filled.") };
        if column.is_empty() {
            choices.columns.remove(field.name());
            continue;
        }
        if !header.contains(column) {
            bail!("The file has no column “{column}”. Its columns are {}.", header.join(", "));
        }
        choices.columns.insert(field.name().to_owned(), column.clone());
    }
    let answers = &mut choices.answers;
    answers.dates = options.dates.or(answers.dates);
    answers.currency = options.currency.or(answers.currency);
    answers.time_zone = options.time_zone.or(answers.time_zone);
    answers.as_of = options.as_of.or(answers.as_of);
    answers.source = options.source.clone().or_else(|| answers.source.clone());
    answers.terms = options.terms.clone().or_else(|| answers.terms.clone());
    Ok(choices)
}

/// The refused rows of an import under their own columns, with the reasons.
pub(super) async fn refused_file(
    connection: &mut sqlx::PgConnection,
    id: ImportId,
    sheet: &reader::Sheet,
) -> crate::error::Result<Vec<u8>> {
    let refused = store::refusals(connection, id, -1, i64::from(i32::MAX)).await?;
    let fields: BTreeMap<usize, &[String]> = sheet
        .rows
        .iter()
        .map(|row| (row.number, row.fields.as_slice()))
        .chain(sheet.refused.iter().map(|row| (row.number, row.fields.as_slice())))
        .collect();
    let rows = refused.iter().filter_map(|refused| {
        let number = usize::try_from(refused.row_number).ok()?;
        let fields = fields.get(&number)?;
        Some(Rejected { number, column: refused.column_name.as_deref(), reason: &refused.reason, fields })
    });
    Ok(rejected(&sheet.header, rows))
}
