//! Entries of the log about booked calls.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::entry::{Entry, Row};
use crate::appointments::Kind;
use crate::calendar;

impl Entry {
    /// What became of a booked call; one that was held stands there as a call.
    pub(super) fn booked(&mut self, row: Row, zone: Tz, now: DateTime<Utc>) {
        let kind = row.field.as_deref().and_then(Kind::from_name).unwrap_or(Kind::Callback);
        let kind = kind.label().to_lowercase();
        let what = row.next_step.unwrap_or_default();
        let when = row.next_step_at.map(|at| calendar::moment(at, zone, now)).unwrap_or_default();
        let host = row.now.unwrap_or_default();
        self.icon = "phone";
        self.words = row.body.unwrap_or_default();
        (self.tone, self.did) = match row.what.strip_prefix("appointment_").unwrap_or_default() {
            "booked" => ("info", format!("booked a {kind} for {when}, {host} calls: {what}")),
            "moved" => ("info", format!("moved a {kind} to {when}, {host} calls: {what}")),
            "missed" => ("warn", format!("noted that a {kind} did not come about: {what}")),
            _ => ("", format!("cancelled a {kind}: {what}")),
        };
    }
}
