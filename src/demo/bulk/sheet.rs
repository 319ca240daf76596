//! Rows as `COPY … FROM STDIN` reads them: text, a tab between cells, a line for each row.

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _};

/// What is to be written to one table.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    text: Vec<u8>,
    rows: u64,
    begun: bool,
}

impl Sheet {
    /// What was written, and how many rows it is; nothing is left.
    pub(super) fn take(&mut self) -> (Vec<u8>, u64) {
        (std::mem::take(&mut self.text), std::mem::take(&mut self.rows))
    }

    fn cell(&mut self) -> &mut Vec<u8> {
        if self.begun {
            self.text.push(b'\t');
        }
        self.begun = true;
        &mut self.text
    }

    /// Ends a row.
    pub(super) fn end(&mut self) {
        self.text.push(b'\n');
        self.rows += 1;
        self.begun = false;
    }

    /// Nothing.
    pub(super) fn null(&mut self) -> &mut Self {
        self.cell().extend_from_slice(b"\\N");
        self
    }

    /// A text as it is.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        escape(self.cell(), text);
        self
    }

    /// What was escaped already.
    pub(super) fn raw(&mut self, text: &str) -> &mut Self {
        self.cell().extend_from_slice(text.as_bytes());
        self
    }

    /// A whole number.
    pub(super) fn number(&mut self, number: i64) -> &mut Self {
        self.raw(&number.to_string())
    }

    /// An identity.
    pub(super) fn id(&mut self, id: u128) -> &mut Self {
        let mut buffer = [0; 36];
        let text: &str = uuid::Uuid::from_u128(id).hyphenated().encode_lower(&mut buffer);
        self.cell().extend_from_slice(text.as_bytes());
        self
    }

    /// A moment, in microseconds since 1970.
    pub(super) fn at(&mut self, micros: i64) -> &mut Self {
        let at = DateTime::from_timestamp_micros(micros).unwrap_or_default().naive_utc();
        let cell = self.cell();
        date(cell, at.date());
        cell.push(b' ');
        for (n, part) in [at.hour(), at.minute(), at.second()].into_iter().enumerate() {
            if n > 0 {
                cell.push(b':');
            }
            digits(cell, part, 2);
        }
        cell.push(b'.');
        digits(cell, at.nanosecond() / 1000, 6);
        cell.extend_from_slice(b"+00");
        self
    }

    /// A day.
    pub(super) fn day(&mut self, day: NaiveDate) -> &mut Self {
        date(self.cell(), day);
        self
    }

    /// Bytes.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let cell = self.cell();
        cell.extend_from_slice(b"\\\\x");
        cell.extend_from_slice(hex::encode(bytes).as_bytes());
        self
    }
}

fn date(cell: &mut Vec<u8>, date: NaiveDate) {
    digits(cell, u32::try_from(date.year()).unwrap_or_default(), 4);
    cell.push(b'-');
    digits(cell, date.month(), 2);
    cell.push(b'-');
    digits(cell, date.day(), 2);
}

fn digits(cell: &mut Vec<u8>, number: u32, places: u32) {
    for place in (0..places).rev() {
        cell.push(b'0' + u8::try_from(number / 10_u32.pow(place) % 10).unwrap_or_default());
    }
}

/// Writes a text so that it is read back as it was.
pub(super) fn escape(cell: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'\\' => cell.extend_from_slice(b"\\\\"),
            b'\n' => cell.extend_from_slice(b"\\n"),
            b'\r' => cell.extend_from_slice(b"\\r"),
            b'\t' => cell.extend_from_slice(b"\\t"),
            byte => cell.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_one_line_whatever_stands_in_it() {
        let mut sheet = Sheet::default();
        sheet.text("a\tb\\c\nd").null().number(-4).at(1_790_000_000_000_001).id(1).bytes(&[1, 255]).end();
        sheet.text("x\ty").day(NaiveDate::from_ymd_opt(2026, 3, 4).unwrap()).end();
        let (text, rows) = sheet.take();
        assert_eq!(rows, 2);
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "a\\tb\\\\c\\nd\t\\N\t-4\t2026-09-21 14:13:20.000001+00\t00000000-0000-0000-0000-000000000001\t\\\\x01ff\n\
             x\\ty\t2026-03-04\n"
        );
        assert_eq!(sheet.take(), (Vec::new(), 0));
    }
}
