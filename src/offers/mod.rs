//! Offers: an offer type with terms, made to one customer in one case.
//!
//! ```text
//! draft → (awaiting approval) → ready → presented → accepted | declined | expired | withdrawn
//! accepted → fulfilled | failed
//! ```
//!
//! Terms are revisions that are never edited. Which gates apply follows from the policy check, and the database asks it
//! again as an offer is presented (R8, R9).

mod actions;
mod reminder;
mod store;
mod words;

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::auth::Role;
use crate::cases::AtStake;
use crate::catalogue::{self, OfferType, Subject, Terms, TermsError};
use crate::error::Error;
use crate::ids::{CaseId, CustomerId, OfferId, OfferTypeVersionId, UserId};
use crate::limits::{Asked, Limits, Verdict};
use crate::money::{Money, Percent};
use crate::names::names;

pub use actions::{
    Answered, NewOffer, NewTerms, accept, ask_feasibility, counter, decline, expire, freeze, fulfil, make, present,
    release, revise, thaw, withdraw, withdraw_open,
};
pub use reminder::{Reminded, remind_customer_of_offer, reminder_dropped_because};
pub use store::{
    Weighed, check, find, find_part, grounds, last_type_part, lock, of_approval_part, of_case, of_case_part,
    of_case_with_past_part, of_customer_part, presentations_part, revisions_part, subject_of, subject_part,
    weighed_part, with_revisions,
};

names! {
    /// Where an offer stands.
    Stage {
        Draft = "draft", "Draft";
        AwaitingApproval = "awaiting_approval", "Awaiting approval";
        Ready = "ready", "Approved";
        Presented = "presented", "Presented";
        Accepted = "accepted", "Accepted";
        Declined = "declined", "Declined";
        Expired = "expired", "Expired";
        Withdrawn = "withdrawn", "Withdrawn";
        Fulfilled = "fulfilled", "Fulfilled";
        Failed = "failed", "Failed";
    }
}

impl Stage {
    /// Whether something is still to come of it before the customer answers.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::AwaitingApproval | Self::Ready | Self::Presented)
    }

    /// Whether it counts as a concession.
    #[must_use]
    pub fn counts(self) -> bool {
        matches!(self, Self::Presented | Self::Accepted | Self::Fulfilled)
    }

    /// The tone of its mark.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Accepted | Self::Fulfilled | Self::Ready => "good",
            Self::Declined | Self::Failed => "bad",
            Self::Expired | Self::AwaitingApproval => "warn",
            Self::Draft | Self::Presented | Self::Withdrawn => "info",
        }
    }
}

names! {
    /// How the customer was told.
    Means {
        Phone = "phone", "By phone";
        Written = "written", "In writing";
    }
}

/// The terms of an offer at one time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Revision {
    /// 1, 2, ….
    pub number: i32,
    /// The version of the offer type it was made under.
    pub version: OfferTypeVersionId,
    /// As people call the type.
    pub name: String,
    /// The terms.
    pub terms: Terms,
    /// What the plan is changed to, the fee that is waived, the fault that is credited.
    pub what: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Who wrote it.
    pub by: UserId,
    /// Their name.
    pub by_name: String,
    /// An approver's lower terms.
    pub counter: bool,
    /// The price before: of a month, or of the order.
    pub price: Money,
    /// What the customer saves over the whole term.
    pub given: Money,
    /// The concession.
    pub exposure: Money,
    /// The margin that is left, if it is known.
    pub margin: Option<Percent>,
}

/// What the customer was shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Presented {
    /// When.
    pub at: DateTime<Utc>,
    /// Until when they may answer.
    pub open_until: DateTime<Utc>,
}

/// An offer, as its row says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// Its identity.
    pub id: OfferId,
    /// The number people say: 50001 for OF-50001.
    pub number: i64,
    /// The case.
    pub case: CaseId,
    /// The customer.
    pub customer: CustomerId,
    /// What it is about.
    pub at_stake: AtStake,
    /// Code of the type.
    pub offer_type: String,
    /// What kind of concession.
    pub kind: catalogue::Kind,
    /// Where it stands.
    pub stage: Stage,
    /// The terms that count.
    pub revision: Revision,
    /// What the customer was shown last, if anything.
    pub presented: Option<Presented>,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Who made it.
    pub made_by: UserId,
    /// Their name.
    pub made_by_name: String,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Name of what stood between the customer and accepting it.
    pub objection: Option<String>,
    /// Why it ended, in words.
    pub ended_because: Option<String>,
    /// Row version (R6).
    pub version: i64,
}

/// Why something was not done with an offer. Each sentence is shown as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Refusal {
    /// Somebody changed the terms.
    #[error("The terms were changed meanwhile. Read the new ones first.")]
    Revised,
    /// It is not where it would have to be.
    #[error("This offer is {} already.", .0.label().to_lowercase())]
    Over(Stage),
    /// It waits for an approver.
    #[error("This offer awaits approval. Its terms stay as they are until it is decided or taken back.")]
    Frozen,
    /// It was not shown to the customer.
    #[error("This offer has not been presented yet.")]
    NotPresented,
    /// Too late (R11).
    #[error("This offer expired on {0}. Present it anew to give the customer another chance.")]
    Expired(String),
    /// Too early.
    #[error("This offer still stands.")]
    Stands,
    /// A department has not said yes (R10).
    #[error("{0} Promise nothing before it does.")]
    NotFeasible(String),
    /// Nothing is offered to this customer while a process holds it.
    #[error("Offers to this customer are frozen since {0}.")]
    Held(String),
    /// Neither within the limit nor approved (R8).
    #[error("{0}")]
    BeyondLimit(String),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl Offer {
    /// Refuses unless these are the terms somebody had on screen.
    ///
    /// # Errors
    /// [`Refusal::Revised`].
    pub fn require_seen(&self, seen: i32) -> Result<(), Refusal> {
        if self.revision.number == seen { Ok(()) } else { Err(Refusal::Revised) }
    }

    /// Whether its terms may be changed: not while somebody decides on them, and not once it ended.
    ///
    /// # Errors
    /// Why not.
    pub fn require_revisable(&self) -> Result<(), Refusal> {
        match self.stage {
            Stage::Draft | Stage::Ready | Stage::Presented => Ok(()),
            Stage::AwaitingApproval => Err(Refusal::Frozen),
            over => Err(Refusal::Over(over)),
        }
    }

    /// Whether it may be shown to the customer, as far as its stage goes.
    ///
    /// # Errors
    /// Why not.
    pub fn require_presentable(&self) -> Result<(), Refusal> {
        match self.stage {
            Stage::Draft | Stage::Ready => Ok(()),
            Stage::AwaitingApproval => Err(Refusal::Frozen),
            over => Err(Refusal::Over(over)),
        }
    }

    /// Whether the customer may accept it at a moment (R11).
    ///
    /// # Errors
    /// Why not.
    pub fn require_answerable(&self, at: DateTime<Utc>) -> Result<(), Refusal> {
        match (self.stage, self.presented) {
            (Stage::Presented, Some(shown)) if at < shown.open_until => Ok(()),
            (Stage::Presented, Some(shown)) => {
                Err(Refusal::Expired(crate::calendar::moment(shown.open_until, chrono_tz::UTC, at)))
            }
            (Stage::Draft | Stage::AwaitingApproval | Stage::Ready, _) => Err(Refusal::NotPresented),
            (over, _) => Err(Refusal::Over(over)),
        }
    }

    /// OF-50001
    #[must_use]
    pub fn code(&self) -> String {
        format!("OF-{}", self.number)
    }

    /// "20% for 12 months".
    #[must_use]
    pub fn summary(&self) -> String {
        words::summary(self.kind, &self.revision)
    }

    /// The price now, until when it is lower, and the price after, as a customer has it in writing.
    #[must_use]
    pub fn confirmation(&self, from: DateTime<Utc>) -> String {
        words::confirmation(self.kind, &self.revision, matches!(self.at_stake, AtStake::Order(_)), from)
    }
}

/// Terms as they were shown to the customer once.
#[derive(Clone, PartialEq, Eq, Debug, serde::Deserialize)]
pub struct Presentation {
    /// Which terms.
    pub revision: i32,
    /// When.
    pub at: DateTime<Utc>,
    /// Name of who did.
    pub by_name: String,
    /// How.
    pub means: Means,
    /// Until when the customer may answer.
    pub open_until: DateTime<Utc>,
    /// Within the presenter's own limit; approved otherwise.
    pub own_limit: bool,
}

/// What the policy check of any terms about one subject rests on: read once, asked as often as terms are tried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grounds {
    /// What an offer would be about, as far as money goes.
    pub subject: Subject,
    /// The limits in force for this customer.
    pub limits: Limits,
    /// All other concessions to the customer and the accounts linked to it, in the twelve months before.
    pub customer_before: Money,
    /// All other concessions of the one who asks, in the seven days before.
    pub week_before: Money,
}

impl Grounds {
    /// What somebody with these roles may do with such terms now.
    ///
    /// # Errors
    /// When the terms make no offer.
    pub fn check(&self, roles: &[Role], of_type: &OfferType, terms: &Terms) -> Result<Checked, TermsError> {
        let reckoning = terms.reckon(of_type.kind, &self.subject, of_type.cost_share)?;
        let asked = Asked {
            offer_type: of_type.code.clone(),
            percent: terms.percent(),
            months: terms.months(),
            exposure: reckoning.exposure,
            margin: reckoning.margin,
            customer_before: self.customer_before,
            week_before: self.week_before,
        };
        let verdict = self.limits.check(roles, &asked);
        Ok(Checked { subject: self.subject, reckoning, asked, verdict })
    }
}

/// What the policy check says of terms, with all it was asked about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
    /// What the offer is about, as far as money goes.
    pub subject: Subject,
    /// What follows from the terms.
    pub reckoning: catalogue::Reckoning,
    /// What limits were asked about.
    pub asked: Asked,
    /// What they say.
    pub verdict: Verdict,
}

#[cfg(test)]
mod tests;
