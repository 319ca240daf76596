//! When somebody's next digest is made: one at the start of each day they work.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::calendar::{Calendar, wall_clock};

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
        at = calendar.next_working_moment(at);
        let day = at.with_timezone(&calendar.zone).date_naive();
        if let Some(tomorrow) = last_on.filter(|last| *last >= day).and_then(|last| last.succ_opt()) {
            at = wall_clock(calendar.zone, tomorrow.and_time(NaiveTime::MIN)).max(at + TimeDelta::seconds(1));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::default_calendar;

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
