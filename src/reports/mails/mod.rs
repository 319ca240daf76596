//! The dashboard by mail: every Monday about the week before, or as a month begins about the one before. It is made once,
//! at the start of the first day that its reader's team works, however many instances run, and after a downtime for the
//! newest period alone (R15, R16). Whoever may not see reports any more gets none.

mod actions;
mod store;

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::Range;
use super::range::{back, first_of_month};
use crate::calendar::{self, Calendar};
use crate::names::names;

pub(super) use actions::{Choice, choose, end};
pub use actions::{mail_dropped_because, make_mails};
pub(super) use store::find;

names! {
    /// How often.
    Every {
        Week = "week", "Every Monday, about the week before";
        Month = "month", "As a month begins, about the month before";
    }
}

impl Every {
    /// The first day of the period in which a day lies: mails are made on it.
    fn begins(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Week => back(day, day.weekday().num_days_from_monday().into()),
            Self::Month => first_of_month(day),
        }
    }

    fn following(self, first: NaiveDate) -> NaiveDate {
        match self {
            Self::Week => first + Days::new(7),
            Self::Month => first + Months::new(1),
        }
    }

    /// The whole period before the one in which a day lies: what a mail made on it is about.
    pub(super) fn period(self, day: NaiveDate) -> Range {
        let to = back(self.begins(day), 1);
        Range { from: self.begins(to), to }
    }

    /// When the next mail after a moment is made.
    pub(super) fn next(self, calendar: &Calendar, after: DateTime<Utc>) -> DateTime<Utc> {
        let mut first = self.begins(after.with_timezone(&calendar.zone).date_naive());
        loop {
            let at = morning(calendar, first);
            if at > after {
                return at;
            }
            first = self.following(first);
        }
    }
}

/// When work begins on a day, or on the first day after it that is worked; at eight where no day of the week is.
fn morning(calendar: &Calendar, day: NaiveDate) -> DateTime<Utc> {
    let midnight = calendar::wall_clock(calendar.zone, day.and_time(NaiveTime::MIN));
    let shift = calendar.shift(midnight).filter(|shift| shift.from < midnight + TimeDelta::days(7));
    shift.map_or_else(|| midnight + TimeDelta::hours(8), |shift| shift.from.max(midnight))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::default_calendar;
    use crate::calendar::Holidays;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_week_is_told_on_monday_morning_and_a_month_on_its_first_working_day() {
        let calendar = default_calendar();
        // Wed 4 March in New York; the clocks leap on Sunday
        let now = at("2026-03-04T15:00:00Z");
        assert_eq!(Every::Week.next(&calendar, now), at("2026-03-09T13:00:00Z"));
        assert_eq!(Every::Week.next(&calendar, at("2026-03-09T13:00:00Z")), at("2026-03-16T13:00:00Z"));
        // early on Monday it is today's
        assert_eq!(Every::Week.next(&calendar, at("2026-03-09T10:00:00Z")), at("2026-03-09T13:00:00Z"));
        assert_eq!(Every::Month.next(&calendar, now), at("2026-04-01T13:00:00Z"));
        // 1 August is a Saturday
        assert_eq!(Every::Month.next(&calendar, at("2026-07-09T13:00:00Z")), at("2026-08-03T13:00:00Z"));
    }

    #[test]
    fn a_holiday_moves_the_mail_and_not_what_it_is_about() {
        let holidays: Holidays = [(day("2026-03-09"), "Founders’ day".to_owned())].into_iter().collect();
        let calendar = Calendar { holidays, ..default_calendar() };
        assert_eq!(Every::Week.next(&calendar, at("2026-03-04T15:00:00Z")), at("2026-03-10T13:00:00Z"));
        assert_eq!(Every::Week.period(day("2026-03-10")), Range { from: day("2026-03-02"), to: day("2026-03-08") });
    }

    #[test]
    fn periods_are_whole_weeks_and_months() {
        assert_eq!(Every::Week.period(day("2026-03-09")), Range { from: day("2026-03-02"), to: day("2026-03-08") });
        assert_eq!(Every::Month.period(day("2026-03-01")), Range { from: day("2026-02-01"), to: day("2026-02-28") });
    }
}
