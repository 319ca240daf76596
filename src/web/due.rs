//! A deadline as pages show it.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::calendar::{day, duration, moment, time_of_day};

/// What is due sooner is told by how long it still is.
const SOON: TimeDelta = TimeDelta::hours(4);
/// What is due sooner is amber.
const PRESSING: TimeDelta = TimeDelta::hours(2);

/// A deadline as `parts/pills.html` draws it, with its reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Due {
    /// `warn`, `bad` or nothing.
    pub tone: &'static str,
    /// The share of the time that is used, 0 to 100.
    pub used: u8,
    /// How long it still is, how late it is, or when.
    pub text: String,
    /// RFC 3339; empty when nothing is due.
    pub at: String,
    /// Its text is relative, so the browser keeps it true.
    pub ticks: bool,
    /// "Due Thu 19 Nov 14:00: 4 working hours after Thu 19 Nov 10:00"
    pub why: String,
}

impl Due {
    /// Nothing is due.
    #[must_use]
    pub fn nothing(text: &str) -> Self {
        Self { tone: "", used: 0, text: text.to_owned(), at: String::new(), ticks: false, why: text.to_owned() }
    }

    /// Due at a moment, its time running since another.
    #[must_use]
    pub fn new(at: DateTime<Utc>, from: DateTime<Utc>, because: &str, zone: Tz, now: DateTime<Utc>) -> Self {
        let left = at - now;
        let late = left < TimeDelta::zero();
        let (text, ticks) = text(at, zone, now);
        Self {
            tone: if late {
                "bad"
            } else if left < PRESSING {
                "warn"
            } else {
                ""
            },
            used: if late { 100 } else { share(now - from, at - from) },
            text,
            at: at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            ticks,
            why: format!("Due {}: {because}", moment(at, zone, now)),
        }
    }
}

fn text(at: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> (String, bool) {
    let left = at - now;
    if left < TimeDelta::zero() {
        // the first minute counts as one, as the browser has it
        let late = (-left).max(TimeDelta::minutes(1));
        return (format!("{} late", duration(late)), late < TimeDelta::days(1));
    }
    if left < SOON {
        return (duration(left), true);
    }
    let local = at.with_timezone(&zone).date_naive();
    let today = now.with_timezone(&zone).date_naive();
    match (local - today).num_days() {
        0 => (time_of_day(at, zone), false),
        1 => (format!("{} {}", local.weekday(), time_of_day(at, zone)), false),
        _ => (day(at, zone, now), false),
    }
}

fn share(used: TimeDelta, whole: TimeDelta) -> u8 {
    let (used, whole) = (used.num_seconds().max(0), whole.num_seconds().max(1));
    u8::try_from((used.saturating_mul(100) / whole).min(100)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn due(due: &str, from: &str, because: &str) -> Due {
        let now = at("2026-11-19T15:42:00Z");
        Due::new(at(due), at(from), because, chrono_tz::America::New_York, now)
    }

    #[test]
    fn a_deadline_is_told_as_people_say_it() {
        let told = |when: &str| {
            let due = due(when, "2026-11-19T14:42:00Z", "so");
            (due.text, due.tone, due.ticks)
        };
        assert_eq!(told("2026-11-19T15:16:00Z"), ("26 m late".to_owned(), "bad", true));
        assert_eq!(told("2026-11-19T15:41:40Z"), ("1 m late".to_owned(), "bad", true));
        assert_eq!(told("2026-11-17T15:42:00Z"), ("2 d late".to_owned(), "bad", false));
        assert_eq!(told("2026-11-19T16:30:00Z"), ("48 m".to_owned(), "warn", true));
        assert_eq!(told("2026-11-19T18:22:00Z"), ("2 h 40 m".to_owned(), "", true));
        assert_eq!(told("2026-11-19T20:00:00Z"), ("15:00".to_owned(), "", false));
        assert_eq!(told("2026-11-20T14:00:00Z"), ("Fri 09:00".to_owned(), "", false));
        assert_eq!(told("2026-11-23T14:00:00Z"), ("Mon 23 Nov".to_owned(), "", false));
    }

    #[test]
    fn the_ring_is_the_share_of_the_time_used() {
        let used = |from: &str, when: &str| due(when, from, "so").used;
        assert_eq!(used("2026-11-19T14:42:00Z", "2026-11-19T16:42:00Z"), 50);
        assert_eq!(used("2026-11-19T14:42:00Z", "2026-11-19T15:00:00Z"), 100);
        assert_eq!(used("2026-11-19T16:42:00Z", "2026-11-19T16:42:00Z"), 0);
    }

    #[test]
    fn a_deadline_says_why_then() {
        let due = due("2026-11-19T19:00:00Z", "2026-11-19T15:00:00Z", "4 working hours after Thu 19 Nov 10:00");
        assert_eq!(due.why, "Due Thu 19 Nov 14:00: 4 working hours after Thu 19 Nov 10:00");
    }
}
