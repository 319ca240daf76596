//! How the timeline puts things.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::calendar;
use crate::interactions::Kind;

pub(super) fn article(kind: Kind) -> &'static str {
    match kind {
        Kind::SaveAttempt => "a save attempt",
        Kind::Call => "a call",
        Kind::Email => "an e-mail",
        Kind::Chat => "a chat",
        Kind::Letter => "a letter",
        Kind::Note => "a note",
    }
}

pub(super) fn spoken_field(field: &str) -> &str {
    match field {
        "reason" => "the coded reason",
        "verified_cause" => "the verified cause",
        "priority" => "the priority",
        "value_at_risk" => "the value at risk",
        "leaves_on" => "the day the customer leaves",
        "subject" => "what is at stake",
        "just_cancel" => "“just cancel”",
        "stated_reason" => "the customer’s words",
        "team" => "the team",
        "channel" => "the channel",
        "kind" => "the kind",
        _ => "the case",
    }
}

/// "Today, Thu 19 Nov"
pub(super) fn heading(at: DateTime<Utc>, date: NaiveDate, zone: Tz, now: DateTime<Utc>) -> String {
    let today = now.with_timezone(&zone).date_naive();
    let day = calendar::day(at, zone, now);
    match (today - date).num_days() {
        0 => format!("Today, {day}"),
        1 => format!("Yesterday, {day}"),
        _ => day,
    }
}
