//! Moments as fields of a form hold them: day and time on somebody's clock, without the zone.

use chrono::{DateTime, Datelike as _, NaiveDateTime, Utc};
use chrono_tz::Tz;

use super::local;

/// How browsers write it.
const MOMENT: &str = "%Y-%m-%dT%H:%M";

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
        .filter(|time| (1970..=2200).contains(&time.year()));
    time.map(|time| Some(local::first(zone, time))).ok_or("Enter the moment as day and time, like 2026-12-01T08:00.")
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
