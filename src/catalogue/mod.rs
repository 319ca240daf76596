//! The catalogue: what may be offered at all. An offer type has a kind, which says what its terms are and how they are
//! reckoned, and versions, which say when it is open to whom. Versions are published, never edited; an accepted offer
//! keeps the one it was made under.

mod actions;
mod eligibility;
mod formula;
mod pages;
mod store;
mod terms;
mod words;

use chrono::{DateTime, Utc};

use crate::cases::Kind as CaseKind;
use crate::customers::Tier;
use crate::ids::{DepartmentId, OfferTypeVersionId};
use crate::money::Percent;
use crate::names::names;

pub use actions::{Published, add, publish};
pub use eligibility::{Asker, WhyNot};
pub use pages::routes;
pub use store::{Catalogue, all, asker, asker_part, current, find_version, names};
pub use terms::{AT_MOST_MONTHS, NoTerms, Reckoning, Shape, Subject, Terms, TermsError};
pub use words::{Difference, Fact, Vocabulary};

names! {
    /// What kind of concession a type is.
    Kind {
        PercentDiscount = "percent_discount", "Percent discount";
        AmountDiscount = "amount_discount", "Amount discount";
        Credit = "credit", "Credit";
        FreePeriod = "free_period", "Free period";
        PlanChange = "plan_change", "Plan change";
        Pause = "pause", "Pause";
        FeeWaiver = "fee_waiver", "Fee waiver";
        Equipment = "equipment", "Equipment";
        Swap = "swap", "Swap";
        Expedite = "expedite", "Expedite";
        Refund = "refund", "Refund";
        Extension = "extension", "Extension";
        Upgrade = "upgrade", "Upgrade";
    }
}

impl Kind {
    /// Which terms an offer of this kind has.
    #[must_use]
    pub fn shape(self) -> Shape {
        match self {
            Self::PercentDiscount => Shape::Percent,
            Self::AmountDiscount | Self::Upgrade => Shape::Monthly,
            Self::FreePeriod | Self::Pause => Shape::Months,
            Self::PlanChange => Shape::NewPrice,
            Self::Credit
            | Self::FeeWaiver
            | Self::Equipment
            | Self::Swap
            | Self::Expedite
            | Self::Refund
            | Self::Extension => Shape::Once,
        }
    }

    /// Whether the concession is in the price: it lowers the revenue rather than what is left of it.
    #[must_use]
    pub fn is_in_price(self) -> bool {
        matches!(self, Self::PercentDiscount | Self::AmountDiscount | Self::FreePeriod | Self::Pause | Self::PlanChange)
    }

    /// Whether an order can be given it.
    #[must_use]
    pub fn fits_order(self) -> bool {
        self == Self::PercentDiscount || self.shape() == Shape::Once
    }

    /// Whether it can be given without a subscription or an order.
    #[must_use]
    pub fn fits_customer(self) -> bool {
        matches!(self, Self::Credit | Self::FeeWaiver | Self::Equipment | Self::Refund | Self::Extension)
    }
}

/// A version of an offer type, as it counts at a moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OfferType {
    /// Its code: `percent_discount`.
    pub code: String,
    /// What kind of concession.
    pub kind: Kind,
    /// Which version.
    pub version: OfferTypeVersionId,
    /// The version's number: 1, 2, ….
    pub number: i32,
    /// As people call it.
    pub name: String,
    /// When and how to use it.
    pub guidance: String,
    /// Code of the lever it is: where it stands in the order of cost.
    pub lever: String,
    /// From 1, the cheapest lever.
    pub lever_position: i16,
    /// From when it may be offered.
    pub valid_from: DateTime<Utc>,
    /// Until when, if that is known.
    pub valid_until: Option<DateTime<Utc>>,
    /// The part of what is given that is our cost.
    pub cost_share: Percent,
    /// For how many days it stands once presented.
    pub open_days: i16,
    /// To whom it is open; an empty list asks nothing.
    pub tiers: Vec<Tier>,
    /// Of these segments.
    pub segments: Vec<String>,
    /// For these products.
    pub products: Vec<String>,
    /// In cases of these kinds.
    pub case_kinds: Vec<CaseKind>,
    /// For customers of so many months.
    pub min_tenure_months: i16,
    /// Once per so many months; 0: as often as limits allow.
    pub once_per_months: i16,
    /// Not together with offers of these types.
    pub not_with: Vec<String>,
    /// How many have to approve, when approval is needed.
    pub approvers: i16,
    /// Whose answer it needs before it can be delivered: id and name.
    pub departments: Vec<(DepartmentId, String)>,
    /// What accepting it makes us owe (R13).
    pub promises: Vec<PromiseTemplate>,
}

impl OfferType {
    /// Whether it may be offered at a moment, to whom it is open.
    #[must_use]
    pub fn is_valid(&self, at: DateTime<Utc>) -> bool {
        self.valid_from <= at && self.valid_until.is_none_or(|until| until > at)
    }
}

/// A version to be published: all of it, whatever of it changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewVersion {
    /// As people call it.
    pub name: String,
    /// When and how to use it.
    pub guidance: String,
    /// Code of the lever it is.
    pub lever: String,
    /// From when it counts; none: at once.
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when it may be offered; none: no end.
    pub valid_until: Option<DateTime<Utc>>,
    /// The part of what is given that is our cost.
    pub cost_share: Percent,
    /// For how many days it stands once presented.
    pub open_days: i16,
    /// To whom it is open; an empty list asks nothing.
    pub tiers: Vec<Tier>,
    /// Of these segments.
    pub segments: Vec<String>,
    /// For these products.
    pub products: Vec<String>,
    /// In cases of these kinds.
    pub case_kinds: Vec<CaseKind>,
    /// For customers of so many months.
    pub min_tenure_months: i16,
    /// Once per so many months; 0: as often as limits allow.
    pub once_per_months: i16,
    /// Not together with offers of these types.
    pub not_with: Vec<String>,
    /// How many have to approve, when approval is needed.
    pub approvers: i16,
    /// Whose answer it needs before it can be delivered.
    pub departments: Vec<DepartmentId>,
    /// What accepting it makes us owe (R13).
    pub promises: Vec<PromiseTemplate>,
    /// Why it is published.
    pub why: String,
}

/// What accepting an offer makes us owe.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PromiseTemplate {
    /// In words.
    pub what: String,
    /// Who does it, if a department does.
    pub department: Option<DepartmentId>,
    /// Working hours from the acceptance.
    pub working_hours: i16,
}
