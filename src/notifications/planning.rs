//! When somebody's next digest is made: one at the start of each day they work. Of a shift over midnight the day is the
//! one on which it began.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::calendar::{Calendar, Shift};

/// More steps than an absence for each day of two years.
const STEPS: usize = 1_000;

/// When.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum When {
    /// Now, for this day.
    Now(NaiveDate),
    /// Not before then.
    Then(DateTime<Utc>),
}

/// The next digest of somebody who works by a calendar, is away in these spans, and had the last one on a day. After a
/// downtime that is one digest, within working hours, however many days went by (R16).
pub(super) fn next(
    calendar: &Calendar,
    away: &[(DateTime<Utc>, DateTime<Utc>)],
    last_on: Option<NaiveDate>,
    now: DateTime<Utc>,
) -> When {
    let mut at = now;
    for _ in 0..STEPS {
        let shift = calendar.shift(at).unwrap_or_else(|| whole_day(calendar, at));
        at = at.max(shift.from);
        let day = shift.day;
        if last_on.is_some_and(|last| last >= day) {
            at = shift.until;
        } else if let Some((_, back)) = away.iter().find(|(from, until)| *from <= at && at < *until) {
            at = *back;
        } else if at <= now {
            return When::Now(day);
        } else {
            return When::Then(at);
        }
    }
    When::Then(at.max(now + TimeDelta::days(1)))
}

/// A day of a calendar in which nothing is worked.
fn whole_day(calendar: &Calendar, at: DateTime<Utc>) -> Shift {
    let day = at.with_timezone(&calendar.zone).date_naive();
    let until = calendar.end_of_day(day).max(at + TimeDelta::seconds(1));
    Shift { day, from: at, until }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::default_calendar;
    use crate::calendar::{Hours, WorkingWeek};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
    }

    #[test]
    fn a_digest_is_made_as_the_working_day_begins_and_once() {
        let calendar = default_calendar();
        let next = |last, now: &str| next(&calendar, &[], last, at(now));
        // Wed 08:00, 09:00, 17:00, 18:00
        assert_eq!(next(Some(day(3)), "2026-03-04T13:00:00Z"), When::Then(at("2026-03-04T14:00:00Z")));
        assert_eq!(next(Some(day(3)), "2026-03-04T14:00:00Z"), When::Now(day(4)));
        assert_eq!(next(Some(day(3)), "2026-03-04T22:00:00Z"), When::Now(day(4)));
        assert_eq!(next(Some(day(3)), "2026-03-04T23:00:00Z"), When::Then(at("2026-03-05T14:00:00Z")));
        assert_eq!(next(Some(day(4)), "2026-03-04T14:00:00Z"), When::Then(at("2026-03-05T14:00:00Z")));
        // over a weekend on which the clocks leap
        assert_eq!(next(Some(day(6)), "2026-03-06T14:00:00Z"), When::Then(at("2026-03-09T13:00:00Z")));
        // a week later it is one, for the day it is
        assert_eq!(next(Some(day(4)), "2026-03-11T15:00:00Z"), When::Now(day(11)));
        assert_eq!(next(None, "2026-03-11T15:00:00Z"), When::Now(day(11)));
    }

    #[test]
    fn a_shift_over_midnight_has_one_digest_as_it_begins() {
        let night: [Vec<Hours>; 7] =
            std::array::from_fn(|day| if day < 5 { vec![Hours::parse("22:00-06:00").unwrap()] } else { Vec::new() });
        let calendar = Calendar::new(WorkingWeek::new(night).unwrap(), chrono_tz::America::New_York);
        let next = |last, now: &str| next(&calendar, &[], last, at(now));
        // Monday 2 March 22:00 in New York, then Tuesday 00:00 and 05:59 of the same shift
        assert_eq!(next(None, "2026-03-03T03:00:00Z"), When::Now(day(2)));
        for within in ["2026-03-03T03:00:01Z", "2026-03-03T05:00:00Z", "2026-03-03T10:59:00Z"] {
            assert_eq!(next(Some(day(2)), within), When::Then(at("2026-03-04T03:00:00Z")), "{within}");
        }
        // whoever has had none gets it in mid-shift, for the day the shift began
        assert_eq!(next(Some(day(1)), "2026-03-03T05:00:00Z"), When::Now(day(2)));
        assert_eq!(calendar.end_of_day(day(2)), at("2026-03-03T11:00:00Z"), "what is due until its end");
        // Friday's shift ends on Saturday; the next begins on Monday, an hour earlier by the world's clock
        assert_eq!(next(Some(day(5)), "2026-03-07T05:00:00Z"), When::Now(day(6)));
        assert_eq!(next(Some(day(6)), "2026-03-07T05:00:00Z"), When::Then(at("2026-03-10T02:00:00Z")));
    }

    #[test]
    fn nobody_gets_a_digest_while_they_are_away() {
        let calendar = default_calendar();
        let away = [
            (at("2026-03-04T00:00:00Z"), at("2026-03-05T18:00:00Z")),
            (at("2026-03-05T18:00:00Z"), at("2026-03-06T05:00:00Z")),
        ];
        let next = |now: &str| next(&calendar, &away, None, at(now));
        assert_eq!(next("2026-03-04T15:00:00Z"), When::Then(at("2026-03-06T14:00:00Z")));
        assert_eq!(next("2026-03-06T15:00:00Z"), When::Now(day(6)));
    }

    #[test]
    fn a_clock_set_back_makes_no_second_one() {
        let calendar = default_calendar();
        let again = next(&calendar, &[], Some(day(5)), at("2026-03-04T15:00:00Z"));
        assert_eq!(again, When::Then(at("2026-03-06T14:00:00Z")));
    }
}
