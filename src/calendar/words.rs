//! Moments and durations as the pages write them.

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

/// A day in a zone: `Thu 19 Nov`, with its year only when that is not the year of `now`.
#[must_use]
pub fn day(at: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    date(at.with_timezone(&zone).date_naive(), now.with_timezone(&zone).year())
}

/// A date: `Thu 19 Nov`, with its year only when that is not `this_year`.
#[must_use]
pub fn date(date: NaiveDate, this_year: i32) -> String {
    let format = if date.year() == this_year { "%a %-d %b" } else { "%a %-d %b %Y" };
    date.format(format).to_string()
}

/// The time of day in a zone: `14:00`.
#[must_use]
pub fn time_of_day(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%H:%M").to_string()
}

/// Day and time in a zone: `Thu 19 Nov 14:00`.
#[must_use]
pub fn moment(at: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    format!("{} {}", day(at, zone, now), time_of_day(at, zone))
}

/// A duration in its two largest units: `48 m`, `2 h 40 m`, `3 d 4 h`; what is under a minute is
/// `0 m`. The sign is left out.
#[must_use]
pub fn duration(time: TimeDelta) -> String {
    let minutes = time.num_minutes().unsigned_abs();
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours, minutes) {
        (0, 0, minutes) => format!("{minutes} m"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} m"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// How long until something is due: `2 h 40 m`, `now` within a minute of it, then `26 m late`.
#[must_use]
pub fn left(due: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let left = due - now;
    match left.num_minutes() {
        0 => "now".to_owned(),
        1.. => duration(left),
        _ => format!("{} late", duration(left)),
    }
}

/// How long ago something was: `26 m ago`, `now` within the first minute.
#[must_use]
pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    if (now - at).num_minutes() < 1 { "now".to_owned() } else { format!("{} ago", duration(now - at)) }
}

/// An amount of working time: `4 working hours`, `1 h 30 m of working time`. Days would be
/// ambiguous here, so hours are counted on.
#[must_use]
pub fn working(time: TimeDelta) -> String {
    let minutes = time.num_minutes().max(0);
    match (minutes / 60, minutes % 60) {
        (0, 1) => "1 working minute".to_owned(),
        (0, minutes) => format!("{minutes} working minutes"),
        (1, 0) => "1 working hour".to_owned(),
        (hours, 0) => format!("{hours} working hours"),
        (hours, minutes) => format!("{hours} h {minutes} m of working time"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_moment_is_shown_in_its_zone() {
        let zone = chrono_tz::America::New_York;
        let now = at("2026-11-20T12:00:00Z");
        assert_eq!(day(at("2026-11-20T03:00:00Z"), zone, now), "Thu 19 Nov");
        assert_eq!(time_of_day(at("2026-11-19T19:00:00Z"), zone), "14:00");
        assert_eq!(moment(at("2027-01-01T04:59:00Z"), zone, now), "Thu 31 Dec 23:59");
        assert_eq!(moment(at("2027-01-01T05:00:00Z"), zone, now), "Fri 1 Jan 2027 00:00");
    }

    #[test]
    fn what_is_left_is_told_in_two_units() {
        let now = at("2026-11-20T12:00:00Z");
        let told = |seconds| left(now + TimeDelta::seconds(seconds), now);
        assert_eq!(told(48 * 60), "48 m");
        assert_eq!(told(160 * 60), "2 h 40 m");
        assert_eq!(told(120 * 60), "2 h");
        assert_eq!(told(76 * 3600), "3 d 4 h");
        assert_eq!((told(59), told(-59)), ("now".to_owned(), "now".to_owned()));
        assert_eq!(told(-26 * 60 - 30), "26 m late");
        assert_eq!(told(-25 * 3600), "1 d 1 h late");
        assert_eq!(ago(now - TimeDelta::minutes(5), now), "5 m ago");
        assert_eq!(ago(now, now), "now");
    }
}
