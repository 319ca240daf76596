//! Reads the cells of a table: dates, times, amounts, counts, yes and no, postcodes and phones.
//!
//! What a single cell can't tell, its whole column often can: whether 04/08 is in April or in
//! August, whether 1.234 is one or a thousand. Where the column can't tell either, the answer is
//! that somebody has to be asked, never a guess.

mod amounts;
mod contact;
mod dates;

pub use amounts::{Decimals, decimals};
pub use contact::{Phone, Postcode, phone, postcode};
pub use dates::{DateFormat, DateOrder, Exchanged, NotDates, Written, date_format, exchanged, time_of_day};

/// Reads yes and no in the ways files write them.
#[must_use]
pub fn yes_or_no(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "yes" | "y" | "true" | "t" | "1" | "on" | "x" => Some(true),
        "no" | "n" | "false" | "f" | "0" | "off" => Some(false),
        _ => None,
    }
}

/// Reads a whole number, also one a spreadsheet wrote as `17850.0`.
#[must_use]
pub fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    let text = text.strip_prefix('\u{2212}').map_or_else(|| text.to_owned(), |n| format!("-{n}"));
    without_zero_decimals(&text).parse().ok()
}

/// An identifier without the decimals a spreadsheet gave it: `17850` for `17850.0`; anything else
/// as it stands, leading zeros included.
#[must_use]
pub fn identifier(text: &str) -> &str {
    without_zero_decimals(text.trim())
}

fn without_zero_decimals(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, zeros))
            if !zeros.is_empty()
                && zeros.bytes().all(|byte| byte == b'0')
                && whole.bytes().any(|byte| byte.is_ascii_digit())
                && whole.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            whole
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_and_no_are_read_and_nothing_else() {
        assert_eq!(yes_or_no(" Yes"), Some(true));
        assert_eq!(yes_or_no("F"), Some(false));
        assert_eq!((yes_or_no(""), yes_or_no("N/A")), (None, None));
    }

    #[test]
    fn spreadsheet_decimals_are_no_part_of_a_number() {
        assert_eq!((whole("17850.0"), whole("-4"), whole("4.5")), (Some(17850), Some(-4), None));
        assert_eq!((whole(" 6 "), whole("\u{2212}6.00"), whole(".0")), (Some(6), Some(-6), None));
        assert_eq!(identifier("17850.0"), "17850");
        assert_eq!(identifier("0042"), "0042");
        assert_eq!(identifier("1.2.0"), "1.2.0");
        assert_eq!(identifier("7590-VHVEG"), "7590-VHVEG");
    }
}
