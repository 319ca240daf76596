//! Writes the rows that were refused, with the reasons, as a file to be mended and sent again.
//!
//! The file opens in a spreadsheet without running anything: a cell that a spreadsheet would take
//! for a formula is disarmed with an apostrophe. Plain numbers such as −4 are no formulas and stay
//! as they were, so that mending one cell doesn't spoil the others.

use crate::exports::disarmed;

/// The columns added before those of the file, by which a mended file is known again.
pub const ADDED: [&str; 3] = ["Refused row", "Refused column", "Refused because"];

/// A row that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected<'r> {
    /// Its number in the file it came with.
    pub number: usize,
    /// The column the trouble is in, where it can be told.
    pub column: Option<&'r str>,
    /// Why it was refused, as a sentence.
    pub reason: &'r str,
    /// Its fields.
    pub fields: &'r [String],
}

/// Writes refused rows under the header they came with, as UTF-8 with its mark.
///
/// The columns of an earlier refusal are not carried along.
#[must_use]
pub fn rejected<'r>(header: &[String], rows: impl IntoIterator<Item = Rejected<'r>>) -> Vec<u8> {
    let mut file = vec![0xef, 0xbb, 0xbf];
    let kept: Vec<bool> = header.iter().map(|name| !is_added(name)).collect();
    let own = |cells: &'r [String]| -> Vec<&'r str> {
        let kept = kept.iter().copied().chain(std::iter::repeat(true));
        cells.iter().zip(kept).filter(|(_, kept)| *kept).map(|(cell, _)| cell.as_str()).collect()
    };
    let names = header.iter().map(String::as_str).filter(|name| !is_added(name));
    write_row(&mut file, ADDED.into_iter().chain(names));
    for row in rows {
        let number = row.number.to_string();
        let mut cells = vec![number.as_str(), row.column.unwrap_or_default(), row.reason];
        cells.extend(own(row.fields));
        write_row(&mut file, cells.into_iter());
    }
    file
}

/// Whether a column is one of those added to refused rows.
#[must_use]
pub fn is_added(name: &str) -> bool {
    ADDED.iter().any(|added| added.eq_ignore_ascii_case(name.trim()))
}

fn write_row<'c>(file: &mut Vec<u8>, cells: impl Iterator<Item = &'c str>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            file.push(b',');
        }
        let cell = disarmed(cell);
        if cell.contains(['"', ',', ';', '\n', '\r', '\t', '|']) || cell.trim() != cell {
            file.push(b'"');
            file.extend(cell.replace('"', "\"\"").bytes());
            file.push(b'"');
        } else {
            file.extend(cell.bytes());
        }
    }
    file.extend(b"\r\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::intake::reader::read;

    #[test]
    fn refused_rows_carry_their_reason_once() {
        let header = ["Name", "Refused because", "Amount"].map(str::to_owned);
        let fields = ["Ann \"A\"", "an old reason", "-4"].map(str::to_owned);
        let row = Rejected { number: 7, column: Some("Amount"), reason: "It is negative.", fields: &fields };
        let text = String::from_utf8(rejected(&header, [row])).unwrap();
        assert_eq!(
            text,
            "\u{feff}Refused row,Refused column,Refused because,Name,Amount\r\n\
             7,Amount,It is negative.,\"Ann \"\"A\"\"\",-4\r\n"
        );
    }

    proptest! {
        #[test]
        fn what_is_written_can_be_read_again(
            cells in prop::collection::vec(prop::collection::vec("[\\PC\n\r\"=,;-]{0,10}", 2), 1..8),
        ) {
            let header = ["one".to_owned(), "two".to_owned()];
            let rows = cells.iter().map(|fields| Rejected {
                number: 1, column: None, reason: "So.", fields,
            });
            let sheet = read(&rejected(&header, rows)).unwrap();
            prop_assert!(sheet.refused.is_empty());
            prop_assert_eq!(sheet.rows.len(), cells.len());
            for (row, cells) in sheet.rows.iter().zip(&cells) {
                let written: Vec<_> = cells.iter().map(|cell| disarmed(cell).into_owned()).collect();
                prop_assert_eq!(&row.fields[3..], &written[..]);
            }
        }
    }
}
