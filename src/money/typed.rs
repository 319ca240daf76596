//! Amounts as people type them, turned into minor units exactly or not at all.
//!
//! Points, commas, spaces and apostrophes all occur both as the decimal mark and between
//! thousands. What can be told apart is read; what can't is refused with a sentence that says how
//! to write it, because a price that is wrong by a thousand is worse than one more key press.

use super::{Currency, Money};

/// Which character parts the cents from the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DecimalMark {
    /// `9,480.00`
    Point,
    /// `9.480,00`
    Comma,
}

/// Why a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAnAmount {
    /// It is empty, or holds something else than a number.
    NoNumber,
    /// It has more decimals than the currency.
    TooFine(Currency),
    /// It can be read in two ways that differ by a thousand.
    TwoReadings(String),
    /// It is written in another currency than the one expected.
    OtherCurrency(Currency),
    /// It is beyond what can be counted.
    TooLarge,
}

impl NotAnAmount {
    /// The sentence for the person who typed it; `what` is the field, as in “the value at risk”.
    #[must_use]
    pub fn sentence(&self, what: &str) -> String {
        match self {
            Self::NoNumber => format!("Enter {what} as an amount, like 9,480.00."),
            Self::TooFine(currency) => match currency.digits() {
                0 => format!("Enter {what} without decimals: {currency} has none."),
                digits => format!("Enter {what} with at most {digits} decimals."),
            },
            Self::TwoReadings(typed) => {
                format!("Enter {what} with its decimals, like 9,480.00: {typed} can be read in two ways.")
            }
            Self::OtherCurrency(expected) => format!("Enter {what} in {expected}."),
            Self::TooLarge => format!("Enter {what} as a smaller amount: this is too large."),
        }
    }
}

impl Money {
    /// Reads an amount in `currency` as people type it: `9,480.00`, `9.480,00`, `£9480`,
    /// `1 234,50 €`, `-4`, `(4.00)`.
    ///
    /// A comma before exactly three digits parts thousands, as on our own pages. A point there is
    /// refused as unclear, unless the currency's own decimals settle it.
    ///
    /// # Errors
    /// When it is not an amount of this currency, to the last digit.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, NotAnAmount> {
        let (negative, number) = bare(text, currency)?;
        let mark = mark_of(number, currency).ok_or_else(|| NotAnAmount::TwoReadings(text.trim().to_owned()))?;
        count(negative, number, mark, currency)
    }

    /// Reads an amount whose decimal mark is known, as in a column of a file.
    ///
    /// # Errors
    /// When it is not an amount of this currency, to the last digit.
    pub fn parse_with(text: &str, currency: Currency, mark: DecimalMark) -> Result<Self, NotAnAmount> {
        let (negative, number) = bare(text, currency)?;
        count(negative, number, mark, currency)
    }
}

const MINUS: [char; 3] = ['-', '\u{2212}', '\u{2013}'];

/// Takes the sign and the currency off a number.
fn bare(text: &str, currency: Currency) -> Result<(bool, &str), NotAnAmount> {
    let mut rest = text.trim();
    let mut negative = false;
    if let Some(inner) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        negative = true;
        rest = inner.trim();
    }
    let mut minus = |rest: &mut &str| -> Result<(), NotAnAmount> {
        if let Some(after) = rest.strip_prefix(MINUS) {
            if negative {
                return Err(NotAnAmount::NoNumber);
            }
            negative = true;
            *rest = after.trim_start();
        }
        Ok(())
    };
    minus(&mut rest)?;
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    let start = rest.find(|c| numeric(c) || MINUS.contains(&c)).ok_or(NotAnAmount::NoNumber)?;
    // “Fr.” and “kr.” end in a point that belongs to the word before the number.
    let (before, after) = match rest.split_once(". ") {
        Some((word, after)) if start == word.len() && start > 0 => (&rest[..=start], after),
        _ => rest.split_at(start),
    };
    rest = after.trim_start();
    minus(&mut rest)?;
    let end = rest.rfind(numeric).ok_or(NotAnAmount::NoNumber)? + 1;
    let (number, behind) = rest.split_at(end);
    let mut marks = [before, behind].into_iter().map(str::trim).filter(|mark| !mark.is_empty());
    for mark in &mut marks {
        if !currency.may_be_written(mark) {
            let named = mark.chars().all(|c| !c.is_ascii_digit()) && is_money_mark(mark);
            return Err(if named { NotAnAmount::OtherCurrency(currency) } else { NotAnAmount::NoNumber });
        }
    }
    Ok((negative, number))
}

fn is_money_mark(mark: &str) -> bool {
    Currency::parse(mark).is_ok() || mark == "$" || Currency::all().iter().any(|currency| currency.may_be_written(mark))
}

/// The decimal mark of a single number, when it can be told.
fn mark_of(number: &str, currency: Currency) -> Option<DecimalMark> {
    use DecimalMark::{Comma, Point};
    let points = number.matches('.').count();
    let commas = number.matches(',').count();
    match (points, commas) {
        (0, 0 | 2..) => Some(Point),
        (0, 1) => Some(if parts_thousands(number, ',') { Point } else { Comma }),
        (1, 0) if !parts_thousands(number, '.') => Some(Point),
        (1, 0) => match currency.digits() {
            0 => Some(Comma),
            3 => Some(Point),
            _ => None,
        },
        (_, 0) => Some(Comma),
        _ if number.rfind('.') > number.rfind(',') => Some(Point),
        _ => Some(Comma),
    }
}

/// Whether a lone separator stands where thousands are parted: `9,480`, not `12,5` or `0,123`.
pub(crate) fn parts_thousands(number: &str, separator: char) -> bool {
    number.split_once(separator).is_some_and(|(whole, rest)| {
        let whole = whole.trim_start_matches(MINUS);
        (1..=3).contains(&whole.len()) && !whole.starts_with('0') && rest.len() == 3
    })
}

/// Counts minor units, with the decimal mark settled.
fn count(negative: bool, number: &str, mark: DecimalMark, currency: Currency) -> Result<Money, NotAnAmount> {
    let (decimal, grouping) = match mark {
        DecimalMark::Point => ('.', ','),
        DecimalMark::Comma => (',', '.'),
    };
    let (whole, part) = number.rsplit_once(decimal).unwrap_or((number, ""));
    if !part.bytes().all(|b| b.is_ascii_digit()) || (whole.is_empty() && part.is_empty()) {
        return Err(NotAnAmount::NoNumber);
    }
    let whole = ungrouped(whole, grouping).ok_or(NotAnAmount::NoNumber)?;
    let part = part.trim_end_matches('0');
    let digits = currency.digits() as usize;
    if part.len() > digits {
        return Err(NotAnAmount::TooFine(currency));
    }
    let minor: i64 = format!("{whole}{part:0<digits$}").parse().map_err(|_| NotAnAmount::TooLarge)?;
    Ok(Money::new(if negative { -minor } else { minor }, currency))
}

/// The digits of a whole number without what parts its thousands (or, in India, its hundreds).
fn ungrouped(whole: &str, grouping: char) -> Option<String> {
    let is_space = |c: char| c.is_whitespace() || matches!(c, '\'' | '\u{2019}');
    let separator = whole.chars().find(|c| !c.is_ascii_digit());
    let Some(separator) = separator else {
        return Some(if whole.is_empty() { "0".to_owned() } else { whole.to_owned() });
    };
    if separator != grouping && !is_space(separator) {
        return None;
    }
    let groups: Vec<&str> = whole.split(separator).collect();
    let last = groups.len() - 1;
    let fits = groups.iter().enumerate().all(|(at, group)| {
        let length = group.len();
        group.bytes().all(|b| b.is_ascii_digit())
            && match at {
                0 => (1..=3).contains(&length),
                at if at == last => length == 3,
                _ => length == 3 || length == 2,
            }
    });
    fits.then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn minor(text: &str, code: &str) -> Result<i64, NotAnAmount> {
        Money::parse(text, Currency::parse(code).unwrap()).map(|money| money.minor)
    }

    #[test]
    fn amounts_are_read_the_way_people_type_them() {
        for (typed, code, expected) in [
            ("9,480.00", "USD", 948_000),
            ("9.480,00", "EUR", 948_000),
            ("£9480", "GBP", 948_000),
            ("1 234,50 €", "EUR", 123_450),
            ("1\u{a0}234,50\u{a0}€", "EUR", 123_450),
            ("1'234.50", "CHF", 123_450),
            ("Fr. 1’234.50", "CHF", 123_450),
            ("-4", "USD", -400),
            ("\u{2212}$4.00", "USD", -400),
            ("$-4", "USD", -400),
            ("(4.00)", "USD", -400),
            ("9,480", "USD", 948_000),
            ("12,5", "EUR", 1250),
            ("0.07", "USD", 7),
            (".5", "USD", 50),
            ("5.", "USD", 500),
            ("2.5500", "USD", 255),
            ("1.234.567", "EUR", 123_456_700),
            ("9,48,000.00", "INR", 94_800_000),
            ("USD 12", "USD", 1200),
            ("12 usd", "USD", 1200),
            ("$12", "CAD", 1200),
            ("9.480", "JPY", 9480),
            ("9.480", "KWD", 9480),
            ("9,480", "JPY", 9480),
        ] {
            assert_eq!(minor(typed, code), Ok(expected), "{typed} {code}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_with_a_sentence() {
        for typed in [
            "",
            " ",
            "abc",
            "12x",
            "1,2,3",
            "1.2.3,4.5",
            "--4",
            "(-4)",
            "1e5",
            "٣",
            "$",
            "12 34",
            "1,23,4",
            "4-",
            "12%",
            "1.000,00,0",
        ] {
            assert_eq!(minor(typed, "USD"), Err(NotAnAmount::NoNumber), "{typed}");
        }
        assert_eq!(
            NotAnAmount::NoNumber.sentence("the value at risk"),
            "Enter the value at risk as an amount, like 9,480.00."
        );
    }

    #[test]
    fn nothing_is_rounded_or_guessed() {
        assert_eq!(minor("9.4801", "USD"), Err(NotAnAmount::TooFine(Currency::USD)));
        assert_eq!(minor("9.5", "JPY"), Err(NotAnAmount::TooFine(Currency::JPY)));
        assert_eq!(minor("9.480", "USD"), Err(NotAnAmount::TwoReadings("9.480".into())));
        assert_eq!(minor("€5", "USD"), Err(NotAnAmount::OtherCurrency(Currency::USD)));
        assert_eq!(minor("5 GBP", "USD"), Err(NotAnAmount::OtherCurrency(Currency::USD)));
        assert_eq!(minor("99999999999999999999", "USD"), Err(NotAnAmount::TooLarge));
    }

    proptest! {
        #[test]
        fn an_amount_shown_can_be_typed_back(
            minor in -1_000_000_000_000_i64..1_000_000_000_000,
            currency in prop::sample::select(Currency::all()),
        ) {
            let money = Money::new(minor, currency);
            prop_assert_eq!(Money::parse(&money.to_string(), currency), Ok(money));
            prop_assert_eq!(
                Money::parse_with(&money.plain(), currency, DecimalMark::Point), Ok(money));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC*", near in "[-−(). ,'0-9€$A-Za-z]{0,12}") {
            let _ = Money::parse(&text, Currency::USD);
            let _ = Money::parse(&near, Currency::EUR);
        }
    }
}
