//! Moments and days as fields of a form and addresses hold them: on somebody's clock, without the zone.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;

use super::local;

/// How browsers write it.
const MOMENT: &str = "%Y-%m-%dT%H:%M";

/// The years of what somebody may mean. Beyond them calendars and databases end.
const CENTURIES: std::ops::RangeInclusive<i32> = 1970..=2200;

/// Reads a moment on the clock of a zone; none when nothing was typed.
///
/// # Errors
/// A sentence, when it is no day and time of these centuries.
pub fn typed(text: &str, zone: Tz) -> Result<Option<DateTime<Utc>>, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let time = NaiveDateTime::parse_from_str(text, MOMENT)
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S"))
        .ok()
        .filter(|time| CENTURIES.contains(&time.year()));
    time.map(|time| Some(local::first(zone, time))).ok_or("Enter the moment as day and time, like 2026-12-01T08:00.")
}

/// Reads a day of these centuries: `2026-12-01`.
#[must_use]
pub fn typed_day(text: &str) -> Option<NaiveDate> {
    text.trim().parse().ok().filter(|day: &NaiveDate| CENTURIES.contains(&day.year()))
}

/// Reads a month of these centuries, `2026-12`: its first day.
#[must_use]
pub fn typed_month(text: &str) -> Option<NaiveDate> {
    typed_day(&format!("{}-01", text.trim()))
}

/// A moment as a field holds it.
#[must_use]
pub fn as_typed(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format(MOMENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_are_those_of_these_centuries() {
        let day: NaiveDate = "2026-12-01".parse().unwrap();
        assert_eq!((typed_day(" 2026-12-01 "), typed_month("2026-12")), (Some(day), Some(day)));
        for made_up in ["", "soon", "+262142-12-01", "-9999-01-01", "1066-10-14"] {
            assert_eq!(typed_day(made_up), None, "{made_up:?}");
        }
        for made_up in ["", "2026-12-01", "+262142-12", "2026-13"] {
            assert_eq!(typed_month(made_up), None, "{made_up:?}");
        }
    }

    #[test]
    fn a_moment_is_read_on_the_clock_of_its_zone() {
        let zone = chrono_tz::America::New_York;
        let at = typed(" 2026-12-01T08:00 ", zone).unwrap().unwrap();
        assert_eq!(at.to_rfc3339(), "2026-12-01T13:00:00+00:00");
        assert_eq!(as_typed(at, zone), "2026-12-01T08:00");
        assert_eq!(typed("", zone), Ok(None));
        assert!(typed("soon", zone).is_err() && typed("0001-01-01T00:00", zone).is_err());
        // leapt over: the moment of the leap
        assert_eq!(typed("2026-03-08T02:30", zone).unwrap().unwrap().to_rfc3339(), "2026-03-08T07:00:00+00:00");
    }
}
