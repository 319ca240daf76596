//! Reads tables the way people send them: any encoding, any separator, any line ends.
//!
//! Nothing is half-read in silence. A file that can't be a table is refused with a sentence; a row
//! that doesn't fit is refused with its row, its line and the reason, and handed back so that it
//! can be mended and sent again. Everything that was decided on the way (encoding, separator,
//! renamed columns) is reported.

use std::collections::HashSet;

mod quoting;
mod text;

use quoting::{Fault, Record, records};
pub use text::Encoding;

/// What a file turned out to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// How its text was encoded.
    pub encoding: Encoding,
    /// What parts its columns.
    pub separator: Separator,
    /// The names of its columns: trimmed, each one there and different from the others.
    pub header: Vec<String>,
    /// The rows that could be read, each with as many fields as there are columns.
    pub rows: Vec<Row>,
    /// The rows that could not.
    pub refused: Vec<RefusedRow>,
    /// How many rows were left out because all their fields are blank.
    pub blank: usize,
    /// What was put right on the way, in sentences.
    pub notices: Vec<String>,
}

/// A row of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Counted from 1, without the header and without blank rows.
    pub number: usize,
    /// The line of the file it begins on, counted from 1.
    pub line: usize,
    /// Its fields, one per column, exactly as they stand in the file.
    pub fields: Vec<String>,
}

/// A row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRow {
    /// Counted together with the rows that could be read.
    pub number: usize,
    /// The line of the file it begins on.
    pub line: usize,
    /// The column the trouble is in, where it can be told.
    pub column: Option<String>,
    /// What is wrong, as a sentence.
    pub reason: String,
    /// What stands in it, as far as it can be told apart; not to be relied on.
    pub fields: Vec<String>,
}

/// Why nothing of a file can be read. Each message is shown as it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No text at all.
    #[error("The file is empty.")]
    Empty,
    /// A workbook, or another archive.
    #[error(
        "This is an Excel workbook or a zip archive, not a CSV file. Open it and save the sheet as \
         “CSV UTF-8”."
    )]
    Workbook,
    /// Something else that is no text.
    #[error("This is not a text file. Save the table as “CSV UTF-8” and send that.")]
    Binary,
    /// A web page.
    #[error("This is a web page, not a CSV file. Download the table itself and send that.")]
    WebPage,
    /// Text with damaged characters.
    #[error(
        "The text is damaged on line {line}: it holds bytes that are no characters in {encoding}. \
         Save the table again as “CSV UTF-8”."
    )]
    Damaged {
        /// The first damaged line.
        line: usize,
        /// What the rest of the text is encoded in.
        encoding: &'static str,
    },
    /// The column names can't be told apart.
    #[error("The column names on line {line} cannot be read: {reason}")]
    Header {
        /// The line of the header.
        line: usize,
        /// The fault, as a sentence.
        reason: String,
    },
}

/// What parts the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Separator {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tab.
    Tab,
    /// `|`
    Pipe,
}

impl Separator {
    /// The least likely in running text first: of two that agree equally well, that one is meant,
    /// so that decimal commas do not pass for columns.
    const ALL: [Self; 4] = [Self::Tab, Self::Pipe, Self::Semicolon, Self::Comma];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
            Self::Pipe => "vertical bar",
        }
    }

    /// The character itself.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }

    /// The separator under which the first rows agree best with the header.
    fn sniff(text: &str) -> Self {
        const SAMPLE: usize = 60;
        let mut best = (Self::Comma, (0, 0));
        for separator in Self::ALL {
            let mut sample = records(text, separator.byte(), 1).filter(|record| !record.blank);
            let Some(header) = sample.next().filter(|record| record.fields > 1) else {
                continue;
            };
            let (mut seen, mut agreeing) = (1, usize::from(header.fault.is_none()));
            for record in sample.take(SAMPLE) {
                seen += 1;
                agreeing += usize::from(record.fields == header.fields && record.fault.is_none());
            }
            let score = (1 + agreeing * 1000 / seen, header.fields);
            if score > best.1 {
                best = (separator, score);
            }
        }
        best.0
    }
}

/// Reads a table.
///
/// # Errors
/// When the bytes are no text, or the text has no header that can be read.
pub fn read(bytes: &[u8]) -> Result<Sheet, Unreadable> {
    let (encoding, text) = text::decode(bytes)?;
    let (declared, body, first_line) = declared_separator(&text);
    let separator = declared.unwrap_or_else(|| Separator::sniff(body));
    let byte = separator.byte();

    let mut spans = records(body, byte, first_line).filter(|record| !record.empty);
    let Some(head) = spans.find(|record| !record.blank) else {
        return Err(Unreadable::Empty);
    };
    if let Some(fault) = &head.fault {
        return Err(Unreadable::Header { line: fault.line, reason: fault.what.sentence() });
    }
    let mut notices = Vec::new();
    let header = named(&split(head.text, byte), &mut notices);

    let mut sheet = Sheet { encoding, separator, header, rows: Vec::new(), refused: Vec::new(), blank: 0, notices };
    sheet.take(spans, byte);
    Ok(sheet)
}

impl Sheet {
    /// Sorts the records after the header into those that fit and those that don't.
    ///
    /// The records whose quoting is sound are split in one pass by the csv reader.
    fn take<'t>(&mut self, spans: impl Iterator<Item = Record<'t>>, separator: u8) {
        let spans: Vec<Record<'t>> = spans.collect();
        let mut sound = String::new();
        for record in spans.iter().filter(|record| record.fault.is_none()) {
            sound.push_str(record.text);
            sound.push('\n');
        }
        let mut splitter = csv_reader(&sound, separator);
        let mut fields = splitter.records();
        let mut number = 0;
        for record in spans {
            let read = match record.fault {
                None => fields.next(),
                Some(_) => None,
            };
            if record.blank {
                self.blank += 1;
                continue;
            }
            number += 1;
            let fields = match read {
                Some(Ok(read)) => read.iter().map(str::to_owned).collect(),
                _ => split(record.text, separator),
            };
            let line = record.line;
            match record.fault.map(|fault| self.misquoted(&fault, line)) {
                Some((column, reason)) => {
                    self.refused.push(RefusedRow { number, line, column, reason, fields });
                }
                None if fields.len() == self.header.len() => {
                    self.rows.push(Row { number, line, fields });
                }
                None => {
                    let (column, reason) = self.ragged(&fields);
                    self.refused.push(RefusedRow { number, line, column, reason, fields });
                }
            }
        }
    }

    fn misquoted(&self, fault: &Fault, line: usize) -> (Option<String>, String) {
        let column = self.header.get(fault.field).cloned();
        let reason = fault.what.sentence();
        if fault.last_line > line {
            let lines = format!("Lines {line} to {} were left out.", fault.last_line);
            (column, format!("{reason} {lines}"))
        } else {
            (column, reason)
        }
    }

    fn ragged(&self, fields: &[String]) -> (Option<String>, String) {
        let (found, wanted) = (fields.len(), self.header.len());
        let column = self.header.get(found).or(self.header.last()).cloned();
        let separator = self.separator.name();
        let reason = match found {
            1 => format!("There is 1 field instead of {wanted}: some are missing."),
            _ if found < wanted => {
                format!("There are {found} fields instead of {wanted}: some are missing.")
            }
            _ => format!(
                "There are {found} fields instead of {wanted}: put quotes around a field that \
                 holds a {separator}."
            ),
        };
        (column, reason)
    }
}

/// Splits one record as well as it can be.
fn split(record: &str, separator: u8) -> Vec<String> {
    match csv_reader(record, separator).records().next() {
        Some(Ok(fields)) => fields.iter().map(str::to_owned).collect(),
        _ => vec![record.to_owned()],
    }
}

fn csv_reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes())
}

/// Excel's first line `sep=;`, which says what parts the columns.
fn declared_separator(text: &str) -> (Option<Separator>, &str, usize) {
    let end = text.find(['\r', '\n']).unwrap_or(text.len());
    let declared = text[..end]
        .strip_prefix("sep=")
        .and_then(|sign| Separator::ALL.into_iter().find(|separator| sign.as_bytes() == [separator.byte()]));
    match declared {
        Some(separator) => {
            let rest = &text[end..];
            let rest = rest.strip_prefix("\r\n").unwrap_or_else(|| rest.get(1..).unwrap_or(""));
            (Some(separator), rest, 2)
        }
        None => (None, text, 1),
    }
}

/// Column names, trimmed and made different; a notice for each that had to be made up.
fn named(header: &[String], notices: &mut Vec<String>) -> Vec<String> {
    let mut taken: HashSet<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
    let mut seen = HashSet::new();
    header
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let name = name.trim();
            if !name.is_empty() && seen.insert(name.to_lowercase()) {
                return name.to_owned();
            }
            let base = if name.is_empty() { "Column" } else { name };
            let first = if name.is_empty() { at + 1 } else { 2 };
            let new = (first..=first + header.len())
                .map(|number| match name {
                    "" => format!("{base} {number}"),
                    _ => format!("{base} ({number})"),
                })
                .find(|new| taken.insert(new.to_lowercase()))
                .unwrap_or_default();
            let place = at + 1;
            notices.push(if name.is_empty() {
                format!("Column {place} has no name; it is called “{new}” here.")
            } else {
                format!("Column {place} has the same name as one before; it is called “{new}” here.")
            });
            new
        })
        .collect()
}

#[cfg(test)]
mod tests;
