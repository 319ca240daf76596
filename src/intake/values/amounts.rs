//! Whether a column of amounts writes its decimals behind a point or behind a comma.

use crate::money::{DecimalMark, parts_thousands};

/// What a column of amounts tells about its decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decimals {
    /// Every cell agrees, or none has decimals at all.
    Certain(DecimalMark),
    /// A number like 1.234 can be read in two ways, and no other cell settles it.
    Ambiguous,
    /// Some cells can only be read one way, and some only the other way.
    Mixed,
}

/// Looks at a whole column of amounts.
#[must_use]
pub fn decimals<'c>(cells: impl IntoIterator<Item = &'c str>) -> Decimals {
    let (mut point, mut comma, mut unclear) = (false, false, false);
    for cell in cells {
        let number = cell.trim_matches(|c: char| !c.is_ascii_digit() && c != '.' && c != ',');
        match (number.matches('.').count(), number.matches(',').count()) {
            (0, 0) => {}
            (1, 0) if parts_thousands(number, '.') => unclear = true,
            (0, 1) if parts_thousands(number, ',') => unclear = true,
            // A lone mark is decimal; one that comes again parts thousands.
            (1, 0) | (0, 2..) => point = true,
            (0, 1) | (2.., 0) => comma = true,
            _ if number.rfind('.') > number.rfind(',') => point = true,
            _ => comma = true,
        }
    }
    match (point, comma) {
        (true, true) => Decimals::Mixed,
        (false, true) => Decimals::Certain(DecimalMark::Comma),
        (false, false) if unclear => Decimals::Ambiguous,
        (_, false) => Decimals::Certain(DecimalMark::Point),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_tells_which_mark_is_decimal() {
        let point = Decimals::Certain(DecimalMark::Point);
        let comma = Decimals::Certain(DecimalMark::Comma);
        for (cells, expected) in [
            (&["65.6", "-4", ""][..], point),
            (&["1.234", "1,5"], comma),
            (&["1.234,50 €", "12"], comma),
            (&["1.234.567"], comma),
            (&["1,234,567", "1,234"], point),
            (&["$1,234.00", "n/a"], point),
            (&["1.234", "2.500"], Decimals::Ambiguous),
            (&["1,234"], Decimals::Ambiguous),
            (&["0.125"], point),
            (&["1.5", "1,5"], Decimals::Mixed),
            (&["12", "13"], point),
        ] {
            assert_eq!(decimals(cells.iter().copied()), expected, "{cells:?}");
        }
    }
}
