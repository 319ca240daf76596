//! What was offered and promised to a customer, as their page shows it.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sqlx::PgConnection;

use crate::calendar;
use crate::error::Result;
use crate::ids::CustomerId;
use crate::offers;
use crate::promises;

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
    /// Reads them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) async fn load(
        connection: &mut PgConnection,
        customer: CustomerId,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let offers = offers::of_customer(connection, customer).await?;
        let mut promises = promises::of_customer(connection, customer).await?;
        promises.sort_by_key(|promise| (promise.stage != promises::Stage::Open, promise.due_at));
        Ok(Self {
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
        })
    }
}
