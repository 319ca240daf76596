//! What stands in a cell of a file.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};

use crate::money::Money;

/// A cell.
#[derive(Clone, PartialEq, Debug)]
pub enum Cell {
    /// Nothing.
    Nothing,
    /// Words, never a formula.
    Text(String),
    /// A count.
    Number(i64),
    /// A number with decimals: a share from 0 to 1, hours.
    Decimal(f64),
    /// An amount, as a number in whole units; its currency stands in a column of its own.
    Amount(Money),
    /// A day.
    Day(NaiveDate),
    /// A moment, on the clock of the file.
    At(DateTime<Utc>),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Decimal(number)
    }
}

impl From<Money> for Cell {
    fn from(money: Money) -> Self {
        Self::Amount(money)
    }
}

impl From<NaiveDate> for Cell {
    fn from(day: NaiveDate) -> Self {
        Self::Day(day)
    }
}

impl From<DateTime<Utc>> for Cell {
    fn from(at: DateTime<Utc>) -> Self {
        Self::At(at)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(some: Option<T>) -> Self {
        some.map_or(Self::Nothing, Into::into)
    }
}

/// A cell no spreadsheet runs: what would be a formula begins with an apostrophe. Plain numbers such as −4 are no formulas
/// and stay as they were, so that mending one cell doesn't spoil the others.
#[must_use]
pub fn disarmed(cell: &str) -> Cow<'_, str> {
    let starts = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if starts && !is_plain_number(cell) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// A sign, digits, and points or commas between them; nothing that could be calculated.
fn is_plain_number(cell: &str) -> bool {
    let number = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    number.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && number.ends_with(|c: char| c.is_ascii_digit())
        && number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed_and_numbers_are_not() {
        for cell in ["=1+1", "+A1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "-", "--4", "-4 a", "+1 2"] {
            assert_eq!(disarmed(cell), format!("'{cell}"), "{cell:?}");
        }
        for cell in ["-4", "-4.50", "-1.234,50", "+12025550123", "", "a=b", "4", "\u{2212}4"] {
            assert_eq!(disarmed(cell), cell);
        }
    }
}
