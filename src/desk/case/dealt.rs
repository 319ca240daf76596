//! Entries of the log about offers, the requests about them, and promises.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::entry::{Entry, Row};
use crate::approvals;
use crate::calendar;
use crate::offers::{Means, Stage};
use crate::promises;

impl Entry {
    /// What became of an offer, a request or a promise; `offered` are the terms it is about.
    pub(super) fn dealt(&mut self, row: Row, offered: &str) {
        let mark = row.means.as_deref().unwrap_or_default();
        self.words = row.body.unwrap_or_default();
        let about = row.why.unwrap_or_default();
        match row.what.as_str() {
            "offer_made" => self.put("percent", "", format!("drafted an offer: {offered}")),
            "offer_revised" => self.put("percent", "", format!("changed the offer to {offered}")),
            "offer_countered" => self.put("percent", "info", format!("lowered the offer to {offered}")),
            "approval_asked" => self.put("stamp", "warn", format!("asked for approval of {offered}")),
            "approval_question" => self.put("stamp", "info", format!("asked about {offered}")),
            "approval_answer" => self.put("stamp", "info", "answered the approver".to_owned()),
            "approval_withdrawn" => self.put("stamp", "", format!("took back the request for approval of {offered}")),
            "approval_moved_up" => {
                let why = if mark == "time" { "its time was over" } else { "nobody was there to decide it" };
                self.put(
                    "stamp",
                    "warn",
                    format!("moved the request for approval of {offered} up to the managers: {why}"),
                );
            }
            "approval_decided" => self.decided(mark, offered),
            "offer_presented" => {
                let written = mark == Means::Written.name();
                let how = if written { "in writing" } else { "by phone" };
                self.put(if written { "mail" } else { "phone" }, "plum", format!("presented {offered} {how}"));
            }
            "offer_ended" => {
                let stage = Stage::from_name(mark).unwrap_or(Stage::Withdrawn);
                let did = match stage {
                    Stage::Accepted => format!("noted that the customer accepted {offered}"),
                    Stage::Declined => format!("noted that the customer declined {offered}"),
                    Stage::Expired => format!("let {offered} expire"),
                    _ => format!("took back {offered}"),
                };
                self.put("percent", stage.tone(), did);
                self.pill = Some((stage.tone(), stage.label()));
                self.facts.extend(row.objection.map(|objection| ("Objection", objection)));
            }
            "promise_made" => self.put("flag", "info", format!("promised: {about}")),
            _ => {
                let stage = promises::Stage::from_name(mark).unwrap_or(promises::Stage::Waived);
                let did = match stage {
                    promises::Stage::Broken => "noted a promise as broken",
                    promises::Stage::Waived => "waived a promise",
                    _ => "kept a promise",
                };
                self.put("flag", stage.tone(), format!("{did}: {about}"));
                self.pill = Some((stage.tone(), stage.label()));
            }
        }
    }

    /// A promise was moved, or somebody else sees to it.
    pub(super) fn promise_changed(&mut self, row: Row, zone: Tz, now: DateTime<Utc>) {
        let moved = row.what == "promise_moved";
        let told = |text: Option<String>| {
            let text = text.unwrap_or_default();
            let at: Option<DateTime<Utc>> = text.parse().ok().filter(|_| moved);
            at.map_or(text, |at| calendar::moment(at, zone, now))
        };
        let did = if moved { "moved a promise" } else { "handed over a promise" };
        self.put(if moved { "clock" } else { "user" }, "info", format!("{did}: {}", row.why.unwrap_or_default()));
        self.change = Some((told(row.was), told(row.now)));
        self.words = row.body.unwrap_or_default();
    }

    fn decided(&mut self, mark: &str, offered: &str) {
        let stage = approvals::Stage::from_name(mark).unwrap_or(approvals::Stage::Declined);
        let (tone, did) = match stage {
            approvals::Stage::Approved => ("good", "approved"),
            approvals::Stage::ApprovedWithChanges => ("good", "approved with changes"),
            _ => ("bad", "declined to approve"),
        };
        self.put("stamp", tone, format!("{did} {offered}"));
    }

    fn put(&mut self, icon: &'static str, tone: &'static str, did: String) {
        (self.icon, self.tone, self.did) = (icon, tone, did);
    }
}
