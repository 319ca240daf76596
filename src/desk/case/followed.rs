//! Entries of the log about follow-ups.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::entry::{Entry, Row};
use crate::calendar;
use crate::follow_ups::{Kind, StillHere, Wake};

impl Entry {
    /// What became of a follow-up.
    pub(super) fn followed(&mut self, row: Row, zone: Tz, now: DateTime<Utc>) {
        let kind = row.field.as_deref().and_then(Kind::from_name).unwrap_or(Kind::Reminder);
        let what = row.next_step.unwrap_or_default();
        let due = row.next_step_at.map(|at| calendar::moment(at, zone, now)).unwrap_or_default();
        let mark = row.means.as_deref().unwrap_or_default();
        let change = row.what.strip_prefix("follow_up_").unwrap_or_default();
        self.icon = kind.icon();
        self.tone = "info";
        self.words = row.body.unwrap_or_default();
        self.did = match change {
            "made" => format!("added a follow-up for {due}: {what}"),
            "done" => format!("did a follow-up: {what}"),
            "dropped" => format!("dropped a follow-up: {what}"),
            "moved" => format!("moved a follow-up to {due}: {what}"),
            "handed" => format!("handed a follow-up to {}: {what}", row.now.as_deref().unwrap_or("nobody")),
            "returned" => format!("returned a follow-up to the queue: {what}"),
            "reopened" => format!("took a follow-up up again, due {due}: {what}"),
            "snoozed" => match Wake::from_name(mark) {
                Some(wake) => format!("snoozed a follow-up until {}, at the latest until {due}: {what}", wake.label()),
                None => format!("snoozed a follow-up until {due}: {what}"),
            },
            _ => match Wake::from_name(mark) {
                Some(Wake::Reply) => format!("woke a follow-up by the customer’s reply, due {due}: {what}"),
                Some(Wake::Answer) => format!("woke a follow-up by what became of the offer, due {due}: {what}"),
                Some(Wake::Decision) => format!("woke a follow-up by the decision, due {due}: {what}"),
                None => format!("took a follow-up out of its snooze, due {due}: {what}"),
            },
        };
        if change == "done" {
            self.tone = "good";
            self.pill = match StillHere::from_name(mark) {
                Some(StillHere::Yes) => Some(("good", "Still active and paying")),
                Some(StillHere::No) => Some(("bad", "Gone or not paying")),
                Some(StillHere::Unknown) => Some(("info", "Not known")),
                None => None,
            };
        }
    }
}
