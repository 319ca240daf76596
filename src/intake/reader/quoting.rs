//! Where each record of a table begins and ends, and whether its quotes are sound.
//!
//! The csv reader splits whatever it is given, also text whose quotes make no sense. So every
//! record is checked first: a quote opens a field or stands doubled within one, and nothing but a
//! separator or the end of the line follows the one that closes it.

/// One record of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record<'t> {
    /// Its text, without the end of its line.
    pub(super) text: &'t str,
    /// The line it begins on.
    pub(super) line: usize,
    /// How many fields it has, as far as that can be told.
    pub(super) fields: usize,
    /// Whether there is nothing at all on its line.
    pub(super) empty: bool,
    /// Whether all its fields are blank.
    pub(super) blank: bool,
    /// What is wrong with its quotes.
    pub(super) fault: Option<Fault>,
}

/// The first thing wrong with the quotes of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) what: Misquoted,
    /// The line it is on.
    pub(super) line: usize,
    /// The last line that had to be given up for it.
    pub(super) last_line: usize,
    /// The field it is in, counted from 0.
    pub(super) field: usize,
}

/// What can be wrong with quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misquoted {
    NeverClosed { opened: usize },
    TextAfterClosing { line: usize },
    InsideUnquoted { line: usize },
    SpaceBeforeOpening { line: usize },
}

impl Misquoted {
    /// What to say about it.
    pub(super) fn sentence(self) -> String {
        match self {
            Self::NeverClosed { opened } => {
                format!("The quote opened on line {opened} is never closed.")
            }
            Self::TextAfterClosing { line } => {
                format!("Text follows a closing quote on line {line}: double the quotes inside a quoted field.")
            }
            Self::InsideUnquoted { line } => format!(
                "There is a quote inside an unquoted field on line {line}: put the field in quotes \
                 and double the quotes inside it."
            ),
            Self::SpaceBeforeOpening { line } => {
                format!("There is a space before an opening quote on line {line}: remove it.")
            }
        }
    }
}

/// Where the scan of a record stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// At the first character of a field.
    Start,
    /// In a field without quotes; whether only spaces have come so far.
    Bare { spaces: bool },
    /// Between quotes that were opened on that line.
    Quoted { opened: usize },
    /// Behind a quote that closed a field, or is the first of two.
    Closed { opened: usize },
    /// Given up: looking for the end of the line only.
    Lost,
}

/// Walks over the records of `text`, whose first line has the number `first_line`.
///
/// After a fault the record is given up to the end of the line the fault is on.
pub(super) fn records(text: &str, separator: u8, first_line: usize) -> Records<'_> {
    Records { rest: text, separator, line: first_line }
}

/// See [`records`].
pub(super) struct Records<'t> {
    rest: &'t str,
    separator: u8,
    line: usize,
}

impl<'t> Iterator for Records<'t> {
    type Item = Record<'t>;

    fn next(&mut self) -> Option<Record<'t>> {
        if self.rest.is_empty() {
            return None;
        }
        let mut scan = Scan { at: At::Start, field: 0, blank: true, fault: None, line: self.line };
        let bytes = self.rest.as_bytes();
        let (mut end, mut next) = (bytes.len(), bytes.len());
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let line_end = match byte {
                b'\r' if bytes.get(at + 1) == Some(&b'\n') => 2,
                b'\r' | b'\n' => 1,
                _ => 0,
            };
            if line_end > 0 && !matches!(scan.at, At::Quoted { .. }) {
                (end, next) = (at, at + line_end);
                break;
            }
            if line_end > 0 {
                scan.line += 1;
                at += line_end;
                continue;
            }
            scan.step(byte, self.separator);
            at += 1;
        }
        let ended_by_a_line_end = next > end;
        if let At::Quoted { opened } = scan.at {
            scan.give_up(Misquoted::NeverClosed { opened });
            // A line end at the very end of the file begins no line of its own.
            if matches!(bytes.last(), Some(b'\r' | b'\n')) {
                scan.line -= 1;
            }
        }
        let record = Record {
            text: &self.rest[..end],
            line: self.line,
            fields: scan.field + 1,
            empty: end == 0,
            blank: scan.blank && scan.fault.is_none(),
            fault: scan.fault.map(|fault| Fault { last_line: scan.line, ..fault }),
        };
        self.line = scan.line + usize::from(ended_by_a_line_end);
        self.rest = &self.rest[next..];
        Some(record)
    }
}

struct Scan {
    at: At,
    field: usize,
    blank: bool,
    fault: Option<Fault>,
    line: usize,
}

impl Scan {
    /// Takes one byte that is no line end, or stands between quotes.
    fn step(&mut self, byte: u8, separator: u8) {
        let line = self.line;
        if byte != separator && byte != b'"' && !byte.is_ascii_whitespace() {
            self.blank = false;
        }
        self.at = match (self.at, byte) {
            (At::Start, b'"') => At::Quoted { opened: line },
            (At::Quoted { opened }, b'"') => At::Closed { opened },
            (At::Closed { opened }, b'"') => At::Quoted { opened },
            (At::Quoted { opened }, _) => {
                self.blank &= byte.is_ascii_whitespace();
                At::Quoted { opened }
            }
            (At::Start | At::Bare { .. } | At::Closed { .. }, byte) if byte == separator => {
                self.field += 1;
                At::Start
            }
            (At::Closed { .. }, _) => self.give_up(Misquoted::TextAfterClosing { line }),
            (At::Bare { spaces: true }, b'"') => self.give_up(Misquoted::SpaceBeforeOpening { line }),
            (At::Bare { spaces: false }, b'"') => self.give_up(Misquoted::InsideUnquoted { line }),
            (At::Start, byte) => At::Bare { spaces: byte == b' ' },
            (At::Bare { spaces }, byte) => At::Bare { spaces: spaces && byte == b' ' },
            (At::Lost, _) => At::Lost,
        };
    }

    fn give_up(&mut self, what: Misquoted) -> At {
        self.fault = Some(Fault { what, line: self.line, last_line: self.line, field: self.field });
        At::Lost
    }
}
