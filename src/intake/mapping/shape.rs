//! What the values of a field look like, so that a column called “Phone Service” full of yes and no
//! is not taken for phone numbers.

use crate::intake::values::{DateOrder, time_of_day, yes_or_no};

/// What values look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Anything.
    Text,
    /// What somebody or something is called.
    Words,
    Number,
    Date,
    Time,
    Email,
    Phone,
    Postcode,
    YesNo,
}

impl Shape {
    /// Whether most of the cells that hold something look like this; blank ones tell nothing.
    pub(super) fn fits<'c>(self, cells: impl Iterator<Item = &'c str>) -> bool {
        let (mut all, mut fitting) = (0, 0);
        for cell in cells.map(str::trim).filter(|cell| !cell.is_empty()) {
            all += 1;
            fitting += usize::from(self.fits_one(cell));
        }
        fitting * 3 >= all * 2
    }

    fn fits_one(self, cell: &str) -> bool {
        let digits = cell.bytes().filter(u8::is_ascii_digit).count();
        match self {
            Self::Text => true,
            Self::Words => !Self::Email.fits_one(cell) && cell.chars().any(char::is_alphabetic),
            Self::Number => {
                let letters = cell.chars().filter(|c| c.is_alphabetic()).count();
                digits > 0 && letters <= 3 && !cell.contains([':', '@', '/'])
            }
            Self::Date => [DateOrder::DayFirst, DateOrder::MonthFirst].iter().any(|order| order.read(cell).is_some()),
            Self::Time => time_of_day(cell).is_some(),
            Self::Email => {
                let local_and_domain = cell.split_once('@');
                !cell.contains(' ') && local_and_domain.is_some_and(|(_, host)| host.contains('.'))
            }
            Self::Phone => (6..=20).contains(&digits),
            Self::Postcode => digits > 0 && cell.chars().count() <= 10,
            Self::YesNo => yes_or_no(cell).is_some(),
        }
    }
}
