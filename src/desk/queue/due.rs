//! How a deadline looks in a list, and under which heading its case stands.

use chrono::{DateTime, Datelike, TimeDelta, Utc};

use super::filter::Seen;
use crate::calendar::{day, duration, moment, time_of_day};

/// What is due sooner is told by how long it still is.
const SOON: TimeDelta = TimeDelta::hours(4);
/// What is due sooner is amber.
const PRESSING: TimeDelta = TimeDelta::hours(2);

/// A deadline as `parts/pills.html` draws it, with its reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Due {
    pub(super) tone: &'static str,
    /// The share of the time that is used, 0 to 100.
    pub(super) used: u8,
    pub(super) text: String,
    /// RFC 3339; empty when nothing is due.
    pub(super) at: String,
    /// Its text is relative, so the browser keeps it true.
    pub(super) ticks: bool,
    /// "Due Thu 19 Nov 14:00: 4 working hours after Thu 19 Nov 10:00"
    pub(super) why: String,
}

impl Due {
    /// Nothing is due.
    pub(super) fn nothing(text: &str) -> Self {
        Self { tone: "", used: 0, text: text.to_owned(), at: String::new(), ticks: false, why: text.to_owned() }
    }

    /// Due at a moment, its time running since another.
    pub(super) fn new(at: DateTime<Utc>, from: DateTime<Utc>, because: &str, seen: &Seen) -> Self {
        let left = at - seen.now;
        let late = left < TimeDelta::zero();
        let (text, ticks) = text(at, seen);
        Self {
            tone: if late {
                "bad"
            } else if left < PRESSING {
                "warn"
            } else {
                ""
            },
            used: if late { 100 } else { share(seen.now - from, at - from) },
            text,
            at: at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            ticks,
            why: format!("Due {}: {because}", moment(at, seen.zone, seen.now)),
        }
    }
}

fn text(at: DateTime<Utc>, seen: &Seen) -> (String, bool) {
    let left = at - seen.now;
    if left < TimeDelta::zero() {
        // the first minute counts as one, as the browser has it
        let late = (-left).max(TimeDelta::minutes(1));
        return (format!("{} late", duration(late)), late < TimeDelta::days(1));
    }
    if left < SOON {
        return (duration(left), true);
    }
    let local = at.with_timezone(&seen.zone).date_naive();
    let today = seen.now.with_timezone(&seen.zone).date_naive();
    match (local - today).num_days() {
        0 => (time_of_day(at, seen.zone), false),
        1 => (format!("{} {}", local.weekday(), time_of_day(at, seen.zone)), false),
        _ => (day(at, seen.zone, seen.now), false),
    }
}

fn share(used: TimeDelta, whole: TimeDelta) -> u8 {
    let (used, whole) = (used.num_seconds().max(0), whole.num_seconds().max(1));
    u8::try_from((used.saturating_mul(100) / whole).min(100)).unwrap_or(100)
}

/// The headings of the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Group {
    /// Overdue, or within four hours.
    Soon,
    /// Later today.
    Today,
    /// After today.
    Later,
    /// Nothing is due.
    Never,
}

impl Group {
    /// The heading under which something due then stands.
    pub(super) fn of(due: Option<DateTime<Utc>>, seen: &Seen) -> Self {
        match due {
            None => Self::Never,
            Some(at) if at < Self::soon(seen) => Self::Soon,
            Some(at) if at < seen.midnight(1) => Self::Today,
            Some(_) => Self::Later,
        }
    }

    /// Where "soon" ends.
    pub(super) fn soon(seen: &Seen) -> DateTime<Utc> {
        seen.now + SOON
    }

    /// As shown.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Soon => "Overdue or due within 4 hours",
            Self::Today => "Later today",
            Self::Later => "After today",
            Self::Never => "Nothing due",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn seen() -> Seen {
        Seen { me: None, now: at("2026-11-19T15:42:00Z"), zone: chrono_tz::America::New_York }
    }

    #[test]
    fn a_deadline_is_told_as_people_say_it() {
        let from = at("2026-11-19T14:42:00Z");
        let told = |due: &str| {
            let due = Due::new(at(due), from, "so", &seen());
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
        let used = |from: &str, due: &str| Due::new(at(due), at(from), "so", &seen()).used;
        assert_eq!(used("2026-11-19T14:42:00Z", "2026-11-19T16:42:00Z"), 50);
        assert_eq!(used("2026-11-19T14:42:00Z", "2026-11-19T15:00:00Z"), 100);
        assert_eq!(used("2026-11-19T16:42:00Z", "2026-11-19T16:42:00Z"), 0);
    }

    #[test]
    fn a_deadline_says_why_then() {
        let due = Due::new(
            at("2026-11-19T19:00:00Z"),
            at("2026-11-19T15:00:00Z"),
            "4 working hours after Thu 19 Nov 10:00",
            &seen(),
        );
        assert_eq!(due.why, "Due Thu 19 Nov 14:00: 4 working hours after Thu 19 Nov 10:00");
    }

    #[test]
    fn late_at_night_nothing_is_later_today() {
        let night = Seen { now: at("2026-11-20T03:00:00Z"), ..seen() };
        assert_eq!(Group::of(Some(at("2026-11-20T04:59:00Z")), &night), Group::Soon);
        assert_eq!(Group::of(Some(at("2026-11-20T05:30:00Z")), &night), Group::Soon);
        assert_eq!(Group::of(Some(at("2026-11-20T07:00:00Z")), &night), Group::Later);
        assert_eq!(Group::of(None, &night), Group::Never);
    }
}
