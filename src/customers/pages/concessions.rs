//! What was offered and promised to a customer, as their page shows it.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::calendar;
use crate::db::Part;
use crate::ids::CustomerId;
use crate::offers::{self, Offer};
use crate::promises::{self, Promise};

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
}

/// Both.
#[derive(Default)]
pub(super) struct Concessions {
    pub(super) offers: Vec<ShownOffer>,
    pub(super) promises: Vec<ShownPromise>,
}

impl Concessions {
    /// What they are made of.
    pub(super) fn asked(customer: CustomerId) -> (Part<Offer>, Part<Promise>) {
        (offers::of_customer_part(customer), promises::of_customer_part(customer))
    }

    /// As they are shown.
    pub(super) fn of(offers: Vec<Offer>, mut promises: Vec<Promise>, zone: Tz, now: DateTime<Utc>) -> Self {
        promises.sort_by_key(|promise| (promise.stage != promises::Stage::Open, promise.due_at));
        Self {
            offers: offers
                .into_iter()
                .map(|offer| ShownOffer {
                    href: format!("/offers/{}", offer.id),
                    case_href: format!("/cases/{}", offer.case),
                    summary: offer.summary(),
                    kind: format!("{}, {}", offer.code(), offer.revision.name),
                    day: calendar::day(offer.presented.map_or(offer.made_at, |shown| shown.at), zone, now),
                    stage: offer.stage.label(),
                    tone: offer.stage.tone(),
                    cost: offer.revision.exposure.to_string(),
                })
                .collect(),
            promises: promises
                .into_iter()
                .map(|promise| {
                    let late = promise.stage == promises::Stage::Open && promise.due_at < now;
                    ShownPromise {
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
