//! The span of days a report is about, and the span it is compared with. Both ends are part of it. Days are those on the
//! clock of the case's team.

use chrono::{Datelike as _, Days, Months, NaiveDate};

use crate::names::names;

names! {
    /// The spans to choose from.
    Preset {
        Week = "week", "7 days";
        Month = "month", "Month to date";
        Quarter = "quarter", "Quarter";
        Custom = "custom", "Custom";
    }
}

names! {
    /// What a span is compared with.
    Against {
        Before = "before", "The period before";
        Year = "year", "A year ago";
    }
}

/// From one day to another, both of them in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

/// Whole months or single days, as the sums are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Span {
    pub(super) grain: &'static str,
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
}

/// The year in which a span may begin.
const EARLIEST: i32 = 1990;

impl Range {
    /// A span that ends today; one that somebody typed where that can be read, and the month to date where not. Of days
    /// ahead there is nothing to tell, and it would be compared with more days than it has.
    #[must_use]
    pub fn read(preset: Preset, from: &str, to: &str, today: NaiveDate) -> Self {
        let month = first_of_month(today);
        let day = |text: &str| text.parse::<NaiveDate>().ok().filter(|day| day.year() >= EARLIEST);
        let typed = |text: &str| day(text).map(|day| day.min(today));
        match preset {
            Preset::Week => Self { from: back(today, 6), to: today },
            Preset::Month => Self { from: month, to: today },
            Preset::Quarter => Self { from: month - Months::new(month.month0() % 3), to: today },
            Preset::Custom => {
                let to = typed(to).unwrap_or(today);
                let from = typed(from).unwrap_or_else(|| first_of_month(to));
                Self { from: from.min(to), to: to.max(from) }
            }
        }
    }

    /// What it is compared with: as many days just before, or of a month or quarter to date, its first days.
    #[must_use]
    pub fn compared(self, preset: Preset, against: Against) -> Self {
        let earlier = |months: u32| {
            let from = self.from - Months::new(months);
            let to = self.to - Months::new(months);
            Self { from, to: to.max(from) }
        };
        match (against, preset) {
            (Against::Year, _) => earlier(12),
            (Against::Before, Preset::Month) => earlier(1),
            (Against::Before, Preset::Quarter) => earlier(3),
            (Against::Before, Preset::Week | Preset::Custom) => {
                let to = back(self.from, 1);
                Self { from: back(to, self.days() - 1), to }
            }
        }
    }

    /// How many days it has.
    #[must_use]
    pub fn days(self) -> u64 {
        (self.to - self.from).num_days().unsigned_abs() + 1
    }

    /// Whether a day is in it.
    #[must_use]
    pub fn holds(self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.to
    }

    /// The same span so many days earlier: of a save that long ago its day falls in this one.
    #[must_use]
    pub fn earlier(self, days: u16) -> Self {
        Self { from: back(self.from, days.into()), to: back(self.to, days.into()) }
    }

    /// "1 to 19 Nov 2026"
    #[must_use]
    pub fn words(self) -> String {
        let to = self.to.format("%-d %b %Y");
        let from = match () {
            () if self.from == self.to => return to.to_string(),
            () if first_of_month(self.from) == first_of_month(self.to) => self.from.format("%-d"),
            () if self.from.year() == self.to.year() => self.from.format("%-d %b"),
            () => self.from.format("%-d %b %Y"),
        };
        format!("{from} to {to}")
    }

    /// As few sums as make it up: the days before its first whole month, its whole months, the days after.
    pub(super) fn spans(self) -> Vec<Span> {
        let day = |from, to| Span { grain: "day", from, to };
        let first = first_of_month(self.from);
        let first = if first == self.from { first } else { first + Months::new(1) };
        let after = first_of_month(self.to + Days::new(1));
        if first >= after {
            return vec![day(self.from, self.to)];
        }
        let months = Span { grain: "month", from: first, to: after - Months::new(1) };
        let mut spans = vec![months];
        if self.from < first {
            spans.push(day(self.from, back(first, 1)));
        }
        if after <= self.to {
            spans.push(day(after, self.to));
        }
        spans
    }
}

/// The first day of a day's month.
pub(super) fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// So many days before a day.
pub(super) fn back(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn range(from: &str, to: &str) -> Range {
        Range { from: day(from), to: day(to) }
    }

    #[test]
    fn a_month_to_date_is_compared_with_the_same_days_of_the_month_before() {
        let today = day("2026-11-19");
        let month = Range::read(Preset::Month, "", "", today);
        assert_eq!(month, range("2026-11-01", "2026-11-19"));
        assert_eq!(month.compared(Preset::Month, Against::Before), range("2026-10-01", "2026-10-19"));
        assert_eq!(month.compared(Preset::Month, Against::Year), range("2025-11-01", "2025-11-19"));
        assert_eq!((month.words(), month.days()), ("1 to 19 Nov 2026".to_owned(), 19));
    }

    #[test]
    fn a_long_month_is_compared_with_all_of_a_shorter_one() {
        let month = Range::read(Preset::Month, "", "", day("2026-03-31"));
        assert_eq!(month.compared(Preset::Month, Against::Before), range("2026-02-01", "2026-02-28"));
    }

    #[test]
    fn a_quarter_begins_with_its_first_month() {
        let quarter = Range::read(Preset::Quarter, "", "", day("2026-11-19"));
        assert_eq!(quarter, range("2026-10-01", "2026-11-19"));
        assert_eq!(quarter.compared(Preset::Quarter, Against::Before), range("2026-07-01", "2026-08-19"));
    }

    #[test]
    fn what_is_typed_the_wrong_way_round_is_turned() {
        let today = day("2026-11-19");
        assert_eq!(Range::read(Preset::Custom, "2026-05-09", "2026-05-02", today), range("2026-05-02", "2026-05-09"));
        assert_eq!(Range::read(Preset::Custom, "x", "9999-01-01", today), range("2026-11-01", "2026-11-19"));
        let week = Range::read(Preset::Week, "", "", today);
        assert_eq!(week.compared(Preset::Week, Against::Before), range("2026-11-06", "2026-11-12"));
    }

    #[test]
    fn no_span_ends_ahead() {
        let read = |from, to| Range::read(Preset::Custom, from, to, day("2026-11-19"));
        assert_eq!(read("2026-11-10", "2026-12-31"), range("2026-11-10", "2026-11-19"));
        assert_eq!(read("2027-01-01", "2027-02-01"), range("2026-11-19", "2026-11-19"));
        assert_eq!(read("2026-11-10", "2026-12-31").compared(Preset::Custom, Against::Before).days(), 10);
        assert_eq!(read("1066-10-14", "2026-11-05"), range("2026-11-01", "2026-11-05"));
    }

    proptest! {
        #[test]
        fn spans_hold_each_day_once(from in 0..900_u64, many in 0..900_u64) {
            let first = day("2023-12-20") + Days::new(from);
            let range = Range { from: first, to: first + Days::new(many) };
            let days: u64 = range.spans().iter().map(|span| {
                let to = if span.grain == "month" { span.to + Months::new(1) - Days::new(1) } else { span.to };
                prop_assert!(range.holds(span.from) && range.holds(to));
                Ok(Range { from: span.from, to }.days())
            }).sum::<Result<u64, TestCaseError>>()?;
            prop_assert_eq!(days, range.days());
        }
    }
}
