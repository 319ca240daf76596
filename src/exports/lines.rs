//! Rows as comma-separated values.

use chrono_tz::Tz;
use tokio::sync::mpsc;

use super::{Cell, Piece, Rows, Table, disarmed};
use crate::error::{Error, Result};

/// A mark that tells spreadsheets it is UTF-8.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Writes tables one below the other, each with its header, as their rows are read.
pub(super) async fn write<R: Rows>(tables: Vec<Table<R>>, zone: Tz, body: &mpsc::Sender<Piece>) -> Result<()> {
    let mut file = MARK.to_vec();
    for mut table in tables {
        let header = table.columns.iter().map(|name| Cell::Text(name.clone())).collect();
        lines(&mut file, &[header], zone)?;
        loop {
            if body.send(Ok(std::mem::take(&mut file).into())).await.is_err() {
                // nobody reads it any more
                return Ok(());
            }
            let rows = table.rows.next().await?;
            if rows.is_empty() {
                break;
            }
            lines(&mut file, &rows, zone)?;
        }
    }
    Ok(())
}

fn lines(file: &mut Vec<u8>, rows: &[Vec<Cell>], zone: Tz) -> Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(file);
    for row in rows {
        for cell in row {
            write_cell(&mut writer, cell, zone).map_err(anyhow::Error::from)?;
        }
        writer.write_record(None::<&[u8]>).map_err(anyhow::Error::from)?;
    }
    writer.flush().map_err(|error| Error::Internal(error.into()))
}

fn write_cell(writer: &mut csv::Writer<&mut Vec<u8>>, cell: &Cell, zone: Tz) -> csv::Result<()> {
    match cell {
        Cell::Nothing => writer.write_field(""),
        Cell::Text(text) => writer.write_field(&*disarmed(text)),
        Cell::Number(number) => writer.write_field(number.to_string()),
        Cell::Decimal(number) => writer.write_field(format!("{number:.4}")),
        Cell::Amount(money) => writer.write_field(money.plain()),
        Cell::Day(day) => writer.write_field(day.to_string()),
        Cell::At(at) => writer.write_field(at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{Currency, Money};

    #[test]
    fn a_cell_is_never_a_formula_and_numbers_stay_numbers() {
        let mut file = Vec::new();
        let row = vec![
            "=1+1".into(),
            "a,\"b\"".into(),
            Cell::Amount(Money::new(-500, Currency::USD)),
            Cell::Nothing,
            0.25.into(),
            "2026-03-08T07:30:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap().into(),
        ];
        lines(&mut file, &[row], chrono_tz::America::New_York).unwrap();
        let text = String::from_utf8(file).unwrap();
        assert_eq!(text, "'=1+1,\"a,\"\"b\"\"\",-5.00,,0.2500,2026-03-08 03:30\r\n");
    }
}
