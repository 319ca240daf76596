//! One entry of a case's log as the page shows it: who did what, in words.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use sqlx::types::Json;
use uuid::Uuid;

use super::facts::{Facts, spoken};
use super::words::{article, heading, spoken_field};
use crate::calendar;
use crate::cases::{Channel, Outcome};
use crate::customers::Status;
use crate::deadlines::{self, Act};
use crate::files::File;
use crate::ids::{InteractionId, OfferId};
use crate::interactions::{Direction, Kind, Means, Response};
use crate::offers::Offer;

/// One entry as shown.
pub(super) struct Entry {
    pub(super) heading: Option<String>,
    pub(super) icon: &'static str,
    pub(super) tone: &'static str,
    pub(super) who: String,
    pub(super) did: String,
    pub(super) pill: Option<(&'static str, &'static str)>,
    pub(super) at: String,
    pub(super) when: String,
    pub(super) exact: String,
    /// From, to.
    pub(super) change: Option<(String, String)>,
    pub(super) why: Option<String>,
    /// What was said; empty if nothing.
    pub(super) words: String,
    pub(super) from_customer: bool,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) corrections: Vec<Correction>,
    /// What was attached to it.
    pub(super) files: Vec<File>,
    /// The newest version of it, which is the one to correct.
    pub(super) correct: Option<InteractionId>,
}

/// Later words for an entry.
pub(super) struct Correction {
    pub(super) who: String,
    pub(super) exact: String,
    pub(super) words: String,
    pub(super) newest: bool,
}

/// Later words for an entry as stored.
#[derive(Deserialize)]
pub(super) struct Later {
    id: InteractionId,
    at: DateTime<Utc>,
    by: Option<String>,
    body: String,
}

/// One entry as stored.
pub(super) struct Row {
    pub(super) at: DateTime<Utc>,
    pub(super) id: Uuid,
    pub(super) what: String,
    pub(super) by: Option<String>,
    pub(super) direction: Option<String>,
    pub(super) means: Option<String>,
    pub(super) body: Option<String>,
    pub(super) response: Option<String>,
    pub(super) objection: Option<String>,
    pub(super) levers: Vec<String>,
    pub(super) next_step: Option<String>,
    pub(super) next_step_at: Option<DateTime<Utc>>,
    pub(super) field: Option<String>,
    pub(super) was: Option<String>,
    pub(super) now: Option<String>,
    pub(super) why: Option<String>,
    pub(super) offer: Option<OfferId>,
    pub(super) revision: Option<i32>,
    pub(super) later: Json<Vec<Later>>,
    pub(super) files: Json<Vec<File>>,
}

impl Entry {
    /// The entry with its words; `day` is that of the entry above it, `terms` all that were ever offered in the case.
    pub(super) fn of(mut row: Row, facts: &Facts, terms: &[Offer], day: &mut Option<NaiveDate>) -> Self {
        let (zone, now) = (facts.zone, facts.now);
        let date = row.at.with_timezone(&zone).date_naive();
        let heading = (day.replace(date) != Some(date)).then(|| heading(row.at, date, zone, now));
        let exact = calendar::moment(row.at, zone, now);
        let recent = (now - row.at).num_hours() < 24;
        let mut entry = Self {
            heading,
            icon: "edit",
            tone: "",
            who: row.by.clone().unwrap_or_else(|| "Savedesk".to_owned()),
            did: String::new(),
            pill: None,
            at: row.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            when: if recent { calendar::ago(row.at, now) } else { calendar::time_of_day(row.at, zone) },
            exact,
            change: None,
            why: None,
            words: String::new(),
            from_customer: false,
            facts: Vec::new(),
            corrections: Vec::new(),
            files: std::mem::take(&mut row.files.0),
            correct: None,
        };
        let offered = row.offer.and_then(|offer| offered(&row, offer, terms));
        match row.what.as_str() {
            "opened" => entry.opened(row),
            "promise_moved" | "promise_handed" => entry.promise_changed(row, zone, now),
            what if what.starts_with("offer_") || what.starts_with("approval_") || what.starts_with("promise_") => {
                entry.dealt(row, &offered.unwrap_or_default());
            }
            what if what.starts_with("follow_up_") => entry.followed(row, zone, now),
            what if what.starts_with("appointment_") => entry.booked(row, zone, now),
            what if what.starts_with("request_") => entry.asked(row),
            what if what.starts_with("complaint_") => entry.complained(row),
            what if what.starts_with("process_") => entry.proceeded(row),
            "change" => entry.changed(row),
            "status" => entry.status(row),
            "chased" => entry.chased(row),
            kind => {
                let kind = Kind::from_name(kind).unwrap_or(Kind::Note);
                entry.said(kind, row, offered, zone, now);
            }
        }
        entry
    }

    fn opened(&mut self, row: Row) {
        let channel = row.means.as_deref().and_then(Channel::from_name).map_or("", Channel::label);
        self.icon = "flag";
        self.tone = "bad";
        self.did = format!("opened the case: {}", row.now.as_deref().map(spoken).unwrap_or_default().to_lowercase());
        self.facts = vec![("How it reached us", channel.to_owned())];
        if let Some(why) = row.why {
            self.facts.push(("Second case because", why));
        }
        self.words = row.body.unwrap_or_default();
        self.from_customer = true;
    }

    /// Whom the desk told, of its own accord, of what is due; what it changed has entries of its own.
    fn chased(&mut self, row: Row) {
        let kind = row.now.as_deref().and_then(deadlines::Kind::from_name);
        let what = kind.map_or_else(|| "something due".to_owned(), |kind| kind.label().to_lowercase());
        (self.icon, self.did) = match row.field.as_deref().and_then(Act::from_name) {
            Some(Act::Escalate) if kind == Some(deadlines::Kind::Request) => {
                ("up", format!("told the lead of the department: {what}"))
            }
            Some(Act::Escalate) => ("up", format!("told the supervisors: {what}")),
            _ => ("clock", format!("reminded of what is due: {what}")),
        };
        self.words = row.body.unwrap_or_default();
    }

    fn status(&mut self, row: Row) {
        let label = |name: Option<String>| {
            name.map_or_else(
                || "none".to_owned(),
                |name| Status::from_name(&name).map_or(name, |s| s.label().to_owned()),
            )
        };
        self.icon = "user";
        self.did = "changed the account status".into();
        self.change = Some((label(row.was), label(row.now)));
        self.why = row.why;
    }

    fn changed(&mut self, row: Row) {
        let field = row.field.unwrap_or_default();
        let (was, now) = (row.was, row.now);
        self.why = row.why;
        match field.as_str() {
            "stage" => self.moved(was.as_deref(), now.as_deref().unwrap_or_default()),
            "owner" => {
                self.icon = "user";
                self.did = match (was, now) {
                    (None, Some(to)) => format!("gave the case to {to}"),
                    (Some(from), Some(to)) => format!("gave the case of {from} to {to}"),
                    (_, None) => "put the case back in the queue".to_owned(),
                };
            }
            field => {
                let nothing = || if field == "subject" { "the whole relation" } else { "nothing" }.to_owned();
                self.icon = "edit";
                self.did = format!("changed {}", spoken_field(field));
                self.change = Some((was.unwrap_or_else(nothing), now.unwrap_or_else(nothing)));
                if field == "subject" {
                    self.change = self.change.take().map(|(was, now)| {
                        let named = |text: String| if text.is_empty() { nothing() } else { text };
                        (named(was), named(now))
                    });
                }
            }
        }
    }

    fn moved(&mut self, was: Option<&str>, now: &str) {
        let is_open = |name: &str| matches!(name, "new" | "working" | "waiting");
        match Outcome::from_name(now) {
            Some(outcome) => {
                self.icon = "check";
                self.tone = outcome.tone();
                self.did = "closed the case".into();
                self.pill = Some((outcome.tone(), outcome.label()));
                self.words = self.why.take().unwrap_or_default();
            }
            None if !was.is_some_and(is_open) => {
                self.icon = "undo";
                self.did = "reopened the case".into();
            }
            None => {
                let waits = now == "waiting";
                self.icon = if waits { "pause" } else { "right" };
                self.did = if waits { "left the case waiting" } else { "took up the case" }.into();
            }
        }
    }

    fn said(&mut self, kind: Kind, row: Row, offered: Option<String>, zone: Tz, now: DateTime<Utc>) {
        let direction = row.direction.as_deref().and_then(Direction::from_name);
        let means = row.means.as_deref().and_then(Means::from_name);
        self.icon = match (kind, means) {
            (Kind::Call, _) | (Kind::SaveAttempt, None | Some(Means::Phone)) => "phone",
            (Kind::Note, _) => "note",
            (Kind::Chat, _) | (_, Some(Means::Chat)) => "chat",
            _ => "mail",
        };
        self.did = match (kind, direction) {
            (Kind::SaveAttempt, _) => "logged a save attempt".to_owned(),
            (Kind::Note, Some(Direction::Inbound)) => "noted a contact of the customer".to_owned(),
            (Kind::Note, _) => "wrote a note".to_owned(),
            (kind, Some(Direction::Inbound)) => format!("logged {} from the customer", article(kind)),
            (kind, _) => format!("logged {} to the customer", article(kind)),
        };
        if let Some(response) = row.response.as_deref().and_then(Response::from_name) {
            self.tone = "plum";
            self.pill = Some((response.tone(), response.label()));
        }
        if let Some(means) = means {
            let from = if direction == Some(Direction::Inbound) { "from" } else { "to" };
            self.facts.push(("Channel", format!("{}, {from} the customer", means.label())));
        }
        if let Some(objection) = row.objection {
            self.facts.push(("Objection", objection));
        }
        if !row.levers.is_empty() {
            self.facts.push(("Tried", row.levers.join(", ")));
        }
        if let Some(offered) = offered {
            self.facts.push(("Offered", offered));
        }
        if let Some((step, at)) = row.next_step.zip(row.next_step_at) {
            self.facts.push(("Next step", format!("{step}, {}", calendar::moment(at, zone, now))));
        }
        self.from_customer = direction == Some(Direction::Inbound) && kind != Kind::SaveAttempt;
        self.words = row.body.unwrap_or_default();
        self.correct = Some(row.later.0.last().map_or(InteractionId::from(row.id), |newest| newest.id));
        let count = row.later.0.len();
        let later = row.later.0.into_iter().enumerate();
        self.corrections = later
            .map(|(at, later)| Correction {
                who: later.by.unwrap_or_else(|| "Savedesk".to_owned()),
                exact: calendar::moment(later.at, zone, now),
                words: later.body,
                newest: at + 1 == count,
            })
            .collect();
    }
}

/// "12% for 12 months": the terms that an entry is about, or that counted when it was written.
fn offered(row: &Row, offer: OfferId, terms: &[Offer]) -> Option<String> {
    let of = |one: &&Offer| one.id == offer;
    let exactly = |one: &&Offer| match row.revision {
        Some(revision) => one.revision.number == revision,
        None => one.revision.at <= row.at,
    };
    terms.iter().find(|one| of(one) && exactly(one)).map(Offer::summary)
}
