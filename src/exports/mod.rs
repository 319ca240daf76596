//! Tables that leave as files: CSV and workbooks (XLSX). Either is written while its rows are read, so that nobody holds
//! the whole of it and no number of rows is too many; neither runs anything in a spreadsheet that opens it. A workbook
//! says on its first sheet what it holds: what was asked for, how figures are defined, when it was made and by whom.

mod cells;
mod lines;
mod pipe;
mod workbook;

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::error::{Error, Result};
use crate::web::App;

pub use cells::{Cell, disarmed};

/// What a file is written as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Comma-separated values, in UTF-8 with its mark: rows alone.
    Csv,
    /// A workbook.
    Xlsx,
}

impl Format {
    /// As it ends the file's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// The end of the address says it.
impl<S: Send + Sync> FromRequestParts<S> for Format {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        match parts.uri.path().rsplit_once('.') {
            Some((_, "csv")) => Ok(Self::Csv),
            Some((_, "xlsx")) => Ok(Self::Xlsx),
            _ => Err(Error::NotFound),
        }
    }
}

/// What a file says of itself.
#[derive(Clone, Debug)]
pub struct About {
    /// Its name, without the format.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// Who had it made.
    pub by: String,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// On whose clock its moments stand.
    pub zone: Tz,
    /// What was asked for, by name.
    pub filters: Vec<(String, String)>,
    /// How its figures are defined, by name.
    pub definitions: Vec<(String, String)>,
}

/// Rows that are read some at a time.
pub trait Rows: Send + 'static {
    /// The next ones; none once there are no more.
    ///
    /// # Errors
    /// When they cannot be read.
    fn next(&mut self) -> impl Future<Output = Result<Vec<Vec<Cell>>>> + Send;
}

/// Rows that are there already.
impl Rows for Vec<Vec<Cell>> {
    async fn next(&mut self) -> Result<Vec<Vec<Cell>>> {
        Ok(std::mem::take(self))
    }
}

/// A table of a file.
#[derive(Clone, Debug)]
pub struct Table<R> {
    /// Its name, at most 31 characters: that of its sheet.
    pub name: String,
    /// What stands over the columns.
    pub columns: Vec<String>,
    /// Its rows, each as long as `columns`.
    pub rows: R,
}

impl<R> Table<R> {
    /// A table with these columns.
    #[must_use]
    pub fn new(name: impl Into<String>, columns: &[&str], rows: R) -> Self {
        Self { name: name.into(), columns: columns.iter().map(|name| (*name).to_owned()).collect(), rows }
    }
}

/// Many small tables as one list, for a file that holds one: a row for each of their cells, by table, row and column.
#[must_use]
pub fn in_one(tables: Vec<Table<Vec<Vec<Cell>>>>) -> Table<Vec<Vec<Cell>>> {
    let mut rows = Vec::new();
    for table in tables {
        for row in table.rows {
            let mut cells = row.into_iter().zip(&table.columns);
            let Some((label, _)) = cells.next() else { continue };
            for (cell, column) in cells.filter(|(_, column)| *column != CURRENCY) {
                let currency =
                    if let Cell::Amount(money) = &cell { money.currency.code().into() } else { Cell::Nothing };
                rows.push(vec![table.name.clone().into(), label.clone(), column.clone().into(), cell, currency]);
            }
        }
    }
    Table::new("Figures", &["Table", "Row", "Figure", "Value", CURRENCY], rows)
}

/// The name of the column beside amounts: amounts stand as bare numbers.
pub const CURRENCY: &str = "Currency";

/// The file, for whoever asked for it. Its first bytes leave before its last row is read.
#[must_use]
pub fn answer<R: Rows>(app: &App, format: Format, about: About, tables: Vec<Table<R>>) -> Response {
    let (body, pieces) = mpsc::channel(4);
    let name = format!("attachment; filename=\"{}.{}\"", about.name, format.name());
    app.tasks.spawn(write(app.clone(), format, about, tables, body));
    let headers = [(CONTENT_TYPE, format.media_type().to_owned()), (CONTENT_DISPOSITION, name)];
    (headers, Body::from_stream(ReceiverStream::new(pieces))).into_response()
}

/// A part of a file that is on its way.
type Piece = std::io::Result<Bytes>;

async fn write<R: Rows>(app: App, format: Format, about: About, tables: Vec<Table<R>>, body: mpsc::Sender<Piece>) {
    // only so many at once; whoever comes later waits for the first bytes
    let Ok(_turn) = app.exporting.acquire().await else {
        return;
    };
    let written = match format {
        Format::Csv => lines::write(tables, about.zone, &body).await,
        Format::Xlsx => workbook::write(tables, about, &body).await,
    };
    if let Err(error) = written {
        tracing::error!(%error, "an export broke off");
        // a body that ends in an error is no complete file
        let _ = body.send(Err(std::io::Error::other("the export broke off"))).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{Currency, Money};

    #[test]
    fn small_tables_become_one_list() {
        let amount = Cell::Amount(Money::new(1_250, Currency::EUR));
        let rows = vec![vec!["Price".into(), 3.into(), amount.clone(), "EUR".into()]];
        let one = in_one(vec![Table::new("Reasons", &["Reason", "Cases", "At risk", CURRENCY], rows)]);
        assert_eq!(
            one.rows,
            [
                vec!["Reasons".into(), "Price".into(), "Cases".into(), 3.into(), Cell::Nothing],
                vec!["Reasons".into(), "Price".into(), "At risk".into(), amount, "EUR".into()],
            ]
        );
    }
}
