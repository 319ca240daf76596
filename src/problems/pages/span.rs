//! Which cases somebody looks for: a reason and the days on which they came in, as it stands in an address.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::super::store::Matching;
use crate::calendar;
use crate::error::FormErrors;
use crate::reasons::Tree;

/// How far back cases are looked for unless somebody says.
const USUAL: Days = Days::new(28);

/// As typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Span {
    pub(super) reason: String,
    pub(super) from: String,
    pub(super) until: String,
    /// Only live cases.
    pub(super) live: String,
}

impl Span {
    /// With the days that are usual where none are given.
    pub(super) fn with_days(mut self, zone: Tz, now: DateTime<Utc>) -> Self {
        let today = now.with_timezone(&zone).date_naive();
        if self.from.is_empty() {
            self.from = (today - USUAL).to_string();
        }
        if self.until.is_empty() {
            self.until = today.to_string();
        }
        self
    }

    /// Reads it, with what does not do beside its field.
    pub(super) fn parse(&self, tree: &Tree, zone: Tz, errors: &mut FormErrors) -> Option<Matching> {
        let day = |text: &str| calendar::typed_day(text).ok_or("Enter a day, like 2026-11-19.");
        let from = errors.check("from", day(&self.from));
        let until = errors.check("until", day(&self.until));
        let reasons = tree.under(&self.reason);
        if reasons.is_empty() {
            errors.add("reason", "Choose the reason.");
        }
        let (from, until) = from.zip(until)?;
        if until < from {
            errors.add("until", "The last day cannot be before the first.");
        }
        let until = until.checked_add_days(Days::new(1)).unwrap_or(until);
        let live = !self.live.is_empty();
        let (from, until) = (midnight(zone, from), midnight(zone, until));
        errors.is_empty().then_some(Matching { reasons, from, until, live })
    }
}

/// When a day begins.
pub(super) fn midnight(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    calendar::wall_clock(zone, day.and_time(NaiveTime::MIN))
}
