//! Wall-clock times as moments, also where the clocks change.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

/// The moment a local time comes first; the change itself, when the clocks leap over it.
#[must_use]
pub fn first(zone: Tz, time: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&time) {
        MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => at.to_utc(),
        MappedLocalTime::None => leap(zone, time),
    }
}

/// The moment a local time comes last; the change itself, when the clocks leap over it.
pub(super) fn last(zone: Tz, time: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&time) {
        MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(_, at) => at.to_utc(),
        MappedLocalTime::None => leap(zone, time),
    }
}

/// The moment the clocks leap over a local time.
///
/// Zones have left out as much as a whole day, so the last time before is looked for that far.
fn leap(zone: Tz, time: NaiveDateTime) -> DateTime<Utc> {
    let before = (1..=30).find_map(|hours| zone.from_local_datetime(&(time - TimeDelta::hours(hours))).latest());
    let Some(before) = before else {
        return time.and_utc();
    };
    let offset = before.offset().fix();
    let mut earlier = before.timestamp();
    let mut later = (time - offset).and_utc().timestamp();
    while later - earlier > 1 {
        let middle = i64::midpoint(earlier, later);
        let at = DateTime::from_timestamp(middle, 0).unwrap_or_default();
        if zone.offset_from_utc_datetime(&at.naive_utc()).fix() == offset {
            earlier = middle;
        } else {
            later = middle;
        }
    }
    DateTime::from_timestamp(later, 0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
    }

    #[test]
    fn a_time_leapt_over_is_the_moment_of_the_leap() {
        let zone = chrono_tz::Europe::Berlin;
        let leap = naive("2026-03-29 01:00").and_utc();
        for time in ["2026-03-29 02:00", "2026-03-29 02:30", "2026-03-29 02:59"] {
            assert_eq!(first(zone, naive(time)), leap, "{time}");
            assert_eq!(last(zone, naive(time)), leap, "{time}");
        }
    }

    #[test]
    fn a_day_left_out_is_the_moment_it_would_have_begun() {
        let zone = chrono_tz::Pacific::Apia;
        assert_eq!(first(zone, naive("2011-12-30 12:00")), naive("2011-12-30 10:00").and_utc());
    }

    #[test]
    fn a_time_that_comes_twice_has_a_first_and_a_last() {
        let zone = chrono_tz::America::New_York;
        let time = naive("2026-11-01 01:30");
        assert_eq!(last(zone, time) - first(zone, time), TimeDelta::hours(1));
    }
}
