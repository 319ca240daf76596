//! Tables as a workbook. A sheet holds 1,048,576 rows; what is beyond goes on in the next. Rows lie in a temporary file
//! until the last of them is written, since a workbook is a compressed folder of files.

use std::io::Write as _;

use chrono::{NaiveDate, NaiveDateTime, Timelike as _};
use rust_xlsxwriter::{Color, Format, FormatBorder, Workbook, Worksheet, XlsxError};
use tokio::sync::mpsc;

use super::pipe::Pipe;
use super::{About, Cell, Piece, Rows, Table};
use crate::error::{Error, Result};
use crate::money::Money;

/// Rows of a sheet below its header.
const MOST: u32 = 1_048_575;
/// Characters of a cell, with some to spare: a cell holds 32,767.
const LONGEST: usize = 32_000;
/// How many characters of a value a column shows.
const WIDTH: f64 = 18.0;

/// Writes a workbook as the rows of its tables are read.
pub(super) async fn write<R: Rows>(tables: Vec<Table<R>>, about: About, body: &mpsc::Sender<Piece>) -> Result<()> {
    let (send, parts) = mpsc::channel(2);
    let body = body.clone();
    // compressing takes long: not where requests are answered
    let writing = tokio::task::spawn_blocking(move || Book::new(about, MOST)?.fill(parts, Pipe::new(body)));
    let fed = feed(tables, send).await;
    let written = writing.await.map_err(|error| Error::Internal(error.into()))?;
    fed?;
    match written {
        // nobody reads it any more
        Err(XlsxError::IoError(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| Error::Internal(error.into())),
    }
}

/// What the thread is given, in order.
enum Part {
    /// A table begins.
    Begin { name: String, columns: Vec<String> },
    /// Rows of it.
    Rows(Vec<Vec<Cell>>),
    /// Nothing is missing.
    End,
}

async fn feed<R: Rows>(tables: Vec<Table<R>>, send: mpsc::Sender<Part>) -> Result<()> {
    for Table { name, columns, mut rows } in tables {
        if send.send(Part::Begin { name, columns }).await.is_err() {
            return Ok(());
        }
        loop {
            let some = rows.next().await?;
            if some.is_empty() {
                break;
            }
            if send.send(Part::Rows(some)).await.is_err() {
                return Ok(());
            }
        }
    }
    // whoever writes knows by this that it is whole
    let _ = send.send(Part::End).await;
    Ok(())
}

/// A workbook in the making.
struct Book {
    workbook: Workbook,
    about: About,
    looks: Looks,
    most: u32,
    name: String,
    columns: Vec<String>,
    /// How many sheets the table has.
    sheets: u32,
    /// Rows of the newest of them.
    rows: u32,
    /// Tables with how many rows each has.
    counted: Vec<(String, i64)>,
}

/// How cells look.
struct Looks {
    head: Format,
    title: Format,
    name: Format,
    wrapped: Format,
    day: Format,
    moment: Format,
    whole: Format,
    /// Amounts with no, two and three decimals.
    amounts: [Format; 3],
}

impl Looks {
    fn new() -> Self {
        let shown = |format: &str| Format::new().set_num_format(format);
        Self {
            head: Format::new()
                .set_bold()
                .set_border_bottom(FormatBorder::Thin)
                .set_background_color(Color::RGB(0xF1_F3F4)),
            title: Format::new().set_bold().set_font_size(14),
            name: Format::new().set_bold(),
            wrapped: Format::new().set_text_wrap(),
            day: shown("yyyy-mm-dd"),
            moment: shown("yyyy-mm-dd hh:mm"),
            whole: shown("#,##0"),
            amounts: ["#,##0", "#,##0.00", "#,##0.000"].map(shown),
        }
    }
}

impl Book {
    fn new(about: About, most: u32) -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        // rows repeat each other so much that the fastest way to compress them loses little
        workbook.set_zip_compression_level(1);
        // the first sheet is written last, when it is known how many rows there are
        workbook.add_worksheet().set_name("About")?;
        let looks = Looks::new();
        let (name, columns, counted) = (String::new(), Vec::new(), Vec::new());
        Ok(Self { workbook, about, looks, most, name, columns, sheets: 0, rows: 0, counted })
    }

    fn fill(mut self, mut parts: mpsc::Receiver<Part>, mut to: Pipe) -> Result<(), XlsxError> {
        let mut whole = false;
        while let Some(part) = parts.blocking_recv() {
            match part {
                Part::Begin { name, columns } => self.begin(name, columns)?,
                Part::Rows(rows) => self.write(&rows)?,
                Part::End => whole = true,
            }
        }
        if !whole {
            // whoever read the rows says why
            return Ok(());
        }
        self.describe()?;
        self.workbook.save_to_writer(&mut to)?;
        to.flush().map_err(XlsxError::IoError)
    }

    fn begin(&mut self, name: String, columns: Vec<String>) -> Result<(), XlsxError> {
        self.counted.push((name.clone(), 0));
        (self.name, self.columns, self.sheets) = (name, columns, 0);
        self.next_sheet()
    }

    fn next_sheet(&mut self) -> Result<(), XlsxError> {
        self.sheets += 1;
        self.rows = 0;
        let name = if self.sheets == 1 { self.name.clone() } else { format!("{} {}", self.name, self.sheets) };
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        for (at, column) in (0..).zip(&self.columns) {
            sheet.set_column_width(at, WIDTH)?;
            sheet.write_string_with_format(0, at, column, &self.looks.head)?;
        }
        Ok(())
    }

    fn write(&mut self, rows: &[Vec<Cell>]) -> Result<(), XlsxError> {
        for row in rows {
            if self.rows == self.most {
                self.next_sheet()?;
            }
            self.rows += 1;
            let newest = self.workbook.worksheets().len() - 1;
            let sheet = self.workbook.worksheet_from_index(newest)?;
            for (at, cell) in (0..).zip(row) {
                put(sheet, (self.rows, at), cell, &self.looks, &self.about)?;
            }
        }
        if let Some((_, counted)) = self.counted.last_mut() {
            *counted += i64::try_from(rows.len()).unwrap_or(i64::MAX);
        }
        Ok(())
    }

    /// The first sheet.
    fn describe(&mut self) -> Result<(), XlsxError> {
        let Self { workbook, about, looks, counted, .. } = self;
        let sheet = workbook.worksheet_from_index(0)?;
        sheet.set_column_width(0, 30)?.set_column_width(1, 90)?;
        sheet.write_string_with_format(0, 0, about.title.as_str(), &looks.title)?;
        let made = about.at.with_timezone(&about.zone).format("%Y-%m-%d %H:%M").to_string();
        let zone = about.zone.name();
        let mut facts = vec![
            ("Made".to_owned(), format!("{made} ({zone})")),
            ("Made by".to_owned(), about.by.clone()),
            ("Moments stand in".to_owned(), zone.to_owned()),
        ];
        facts.extend(about.filters.iter().cloned());
        let mut row = 1;
        for (name, value) in &facts {
            sheet.write_string_with_format(row, 0, name, &looks.name)?;
            sheet.write_string_with_format(row, 1, value, &looks.wrapped)?;
            row += 1;
        }
        row += 1;
        sheet.write_string_with_format(row, 0, "Sheet", &looks.head)?;
        sheet.write_string_with_format(row, 1, "Rows", &looks.head)?;
        for (name, rows) in counted.iter() {
            row += 1;
            sheet.write_string(row, 0, name)?;
            put(sheet, (row, 1), &Cell::Number(*rows), looks, about)?;
        }
        if about.definitions.is_empty() {
            return Ok(());
        }
        row += 2;
        sheet.write_string_with_format(row, 0, "Figure", &looks.head)?;
        sheet.write_string_with_format(row, 1, "Definition", &looks.head)?;
        for (name, definition) in &about.definitions {
            row += 1;
            sheet.write_string_with_format(row, 0, name, &looks.name)?;
            sheet.write_string_with_format(row, 1, definition, &looks.wrapped)?;
        }
        Ok(())
    }
}

/// Workbooks know no other numbers than these; counts and amounts below 2⁵³ stay exact.
#[expect(clippy::cast_precision_loss, reason = "the numbers of workbooks")]
fn put(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    looks: &Looks,
    about: &About,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Nothing => return Ok(()),
        Cell::Text(text) if text.is_empty() => return Ok(()),
        Cell::Text(text) => sheet.write_string(row, column, cut(text))?,
        Cell::Number(number) => sheet.write_number_with_format(row, column, *number as f64, &looks.whole)?,
        Cell::Decimal(number) => sheet.write_number(row, column, *number)?,
        Cell::Amount(money) => sheet.write_number_with_format(row, column, units(*money), looks.amount(*money))?,
        Cell::Day(day) => sheet.write_number_with_format(row, column, serial_day(*day), &looks.day)?,
        Cell::At(at) => {
            let local = at.with_timezone(&about.zone).naive_local();
            sheet.write_number_with_format(row, column, serial(local), &looks.moment)?
        }
    };
    Ok(())
}

impl Looks {
    fn amount(&self, money: Money) -> &Format {
        match money.currency.digits() {
            0 => &self.amounts[0],
            3 => &self.amounts[2],
            _ => &self.amounts[1],
        }
    }
}

/// In whole units: 12.5 dollars.
#[expect(clippy::cast_precision_loss, reason = "the numbers of workbooks")]
fn units(money: Money) -> f64 {
    money.minor as f64 / money.currency.scale() as f64
}

/// Days since the day that workbooks count from.
fn serial_day(day: NaiveDate) -> f64 {
    let days = (day - NaiveDate::from_ymd_opt(1899, 12, 30).unwrap_or_default()).num_days();
    i32::try_from(days).map_or(0.0, f64::from)
}

fn serial(at: NaiveDateTime) -> f64 {
    serial_day(at.date()) + f64::from(at.num_seconds_from_midnight()) / 86_400.0
}

fn cut(text: &str) -> &str {
    match text.char_indices().nth(LONGEST / 2) {
        // a character is two units of UTF-16 at most
        Some((end, _)) if text.encode_utf16().count() > LONGEST => &text[..end],
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about() -> About {
        About {
            name: "rows".to_owned(),
            title: "Rows".to_owned(),
            by: "Helen Strand".to_owned(),
            at: "2026-03-04T15:00:00Z".parse().unwrap(),
            zone: chrono_tz::Europe::Berlin,
            filters: Vec::new(),
            definitions: Vec::new(),
        }
    }

    #[test]
    fn what_is_beyond_a_sheet_goes_on_in_the_next() {
        let mut book = Book::new(about(), 2).unwrap();
        book.begin("Rows".to_owned(), vec!["Number".to_owned()]).unwrap();
        book.write(&[vec![1.into()], vec![2.into()], vec![3.into()]]).unwrap();
        let names: Vec<String> = book.workbook.worksheets().iter().map(Worksheet::name).collect();
        assert_eq!(names, ["About", "Rows", "Rows 2"]);
        assert_eq!((book.rows, book.counted[0].1), (1, 3));
    }

    #[test]
    fn days_are_counted_as_workbooks_count_them() {
        let day = |text: &str| serial_day(text.parse().unwrap());
        assert!((day("1900-03-01") - 61.0).abs() < 1e-9 && (day("2026-03-04") - 46_085.0).abs() < 1e-9);
        let noon: NaiveDateTime = "2026-03-04T12:00:00".parse().unwrap();
        assert!((serial(noon) - 46_085.5).abs() < 1e-9);
    }

    #[test]
    fn a_cell_holds_no_more_than_it_can() {
        assert_eq!(cut("short"), "short");
        let long = "😀".repeat(20_000);
        assert!(cut(&long).encode_utf16().count() <= LONGEST && long.starts_with(cut(&long)));
    }
}
