//! What was offered and promised to a customer, as their page shows it.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::calendar;
use crate::db::Part;
use crate::files::File;
use crate::ids::CustomerId;
use crate::offers::{self, Offer};
use crate::promises::{self, Promise};

/// So long a broken promise stands at the head of the customer's page.
const REMEMBERED: TimeDelta = TimeDelta::days(90);

/// An offer, newest first.
pub(super) struct ShownOffer {
    pub(super) href: String,
    pub(super) case_href: String,
    pub(super) summary: String,
    pub(super) kind: String,
    pub(super) day: String,
    pub(super) stage: &'static str,
    pub(super) tone: &'static str,
    pub(super) cost: String,
}

/// A promise, those still owed first.
pub(super) struct ShownPromise {
    pub(super) case_href: String,
    pub(super) what: String,
    pub(super) who: String,
    pub(super) due: String,
    pub(super) stage: &'static str,
    pub(super) tone: &'static str,
    /// How it ended, with what shows it.
    pub(super) ended: String,
    /// How it was moved and handed over.
    pub(super) history: Vec<String>,
    pub(super) files: Vec<File>,
}

/// Both.
#[derive(Default)]
pub(super) struct Concessions {
    pub(super) offers: Vec<ShownOffer>,
    pub(super) promises: Vec<ShownPromise>,
    /// A promise was broken lately.
    pub(super) broken: bool,
    /// One is late.
    pub(super) overdue: bool,
}

impl Concessions {
    /// What they are made of.
    pub(super) fn asked(customer: CustomerId) -> (Part<Offer>, Part<Promise>) {
        (offers::of_customer_part(customer), promises::of_customer_part(customer))
    }

    /// As they are shown.
    pub(super) fn of(offers: Vec<Offer>, mut promises: Vec<Promise>, zone: Tz, now: DateTime<Utc>) -> Self {
        promises.sort_by_key(|promise| (promise.stage != promises::Stage::Open, promise.due_at));
        let told = |promise: &promises::Promise| {
            promise.stage == promises::Stage::Broken && promise.ended_at.is_some_and(|at| now - at < REMEMBERED)
        };
        Self {
            broken: promises.iter().any(told),
            overdue: promises.iter().any(|promise| promise.is_overdue(now)),
            offers: offers
                .into_iter()
                .map(|offer| ShownOffer {
                    href: format!("/offers/{}", offer.id),
                    case_href: format!("/cases/{}", offer.case),
                    summary: offer.summary(),
                    kind: offer.revision.name.clone(),
                    day: calendar::day(offer.presented.map_or(offer.made_at, |shown| shown.at), zone, now),
                    stage: offer.stage.label(),
                    tone: offer.stage.tone(),
                    cost: offer.revision.exposure.to_string(),
                })
                .collect(),
            promises: promises
                .into_iter()
                .map(|promise| {
                    let late = promise.is_overdue(now);
                    ShownPromise {
                        ended: ended(&promise, zone, now),
                        history: promise.moves.iter().map(|moved| history(moved, zone, now)).collect(),
                        files: promise.files,
                        case_href: format!("/cases/{}", promise.case),
                        who: promise.department.clone().unwrap_or_else(|| promise.owner_name.clone()),
                        due: calendar::moment(promise.due_at, zone, now),
                        stage: if late { "Overdue" } else { promise.stage.label() },
                        tone: if late { "bad" } else { promise.stage.tone() },
                        what: promise.what,
                    }
                })
                .collect(),
        }
    }
}

/// "Kept Thu 19 Nov 14:00: on invoice 4711"
fn ended(promise: &promises::Promise, zone: Tz, now: DateTime<Utc>) -> String {
    let Some(at) = promise.ended_at else { return String::new() };
    let mut told = format!("{} {}", promise.stage.label(), calendar::moment(at, zone, now));
    let line =
        promise.line.as_ref().map(|line| format!("invoice {}, {} {}", line.invoice, line.description, line.amount));
    let shown: Vec<String> = promise.evidence.clone().into_iter().chain(line).collect();
    if !shown.is_empty() {
        told.push_str(": ");
        told.push_str(&shown.join("; "));
    }
    told
}

/// "Moved from Thu 19 Nov 14:00 to Fri 20 Nov 12:00 by Dana Okafor: the bill run is a day later"
fn history(moved: &promises::Move, zone: Tz, now: DateTime<Utc>) -> String {
    let by = moved.by.as_deref().unwrap_or("Savedesk");
    if let (Some(was), Some(due)) = (moved.was_due_at, moved.due_at) {
        let (was, due) = (calendar::moment(was, zone, now), calendar::moment(due, zone, now));
        return format!("Moved from {was} to {due} by {by}: {}", moved.why);
    }
    let to = moved.department.as_ref().or(moved.owner.as_ref());
    format!("Handed to {} by {by}: {}", to.map_or("", String::as_str), moved.why)
}
