//! Reading when something is due from a form: one of the times that were offered, or one that was typed.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::super::times::offered;
use super::Choice;
use crate::calendar::{Calendar, typed};

/// The value that says a time was typed.
const PICK: &str = "pick";

/// The times that are offered.
pub(super) fn times(calendar: &Calendar, now: DateTime<Utc>) -> Vec<Choice> {
    offered(calendar, calendar.zone, now).into_iter().map(|time| Choice::new(time.value, time.label)).collect()
}

/// The same, and one to be typed.
pub(super) fn times_and_pick(calendar: &Calendar, now: DateTime<Utc>) -> Vec<Choice> {
    let mut times = times(calendar, now);
    times.push(Choice::new(PICK, "Pick a time"));
    times
}

/// The moment of a choice, or of what was typed, which is meant even if one of the offered times stands chosen; the field and the sentence when there is none.
pub(super) fn read(choice: &str, at: &str, zone: Tz) -> Result<DateTime<Utc>, (&'static str, &'static str)> {
    if choice == PICK || !at.trim().is_empty() {
        return match typed(at, zone) {
            Ok(Some(moment)) => Ok(moment),
            Ok(None) => Err(("at", "Enter day and time, like 2026-12-01T08:00.")),
            Err(sentence) => Err(("at", sentence)),
        };
    }
    choice.parse().map_err(|_| ("when", "Choose when it is due."))
}
