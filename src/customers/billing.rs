//! Lines of the billing system's extracts: what a customer was charged and credited, as it was brought in. They are never
//! changed; the same line brought in again is the line that is here.

use chrono::NaiveDate;

use crate::ids::{BillingLineId, CaseId, SubscriptionId};
use crate::money::Money;

/// A line as an extract says it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct NewBillingLine {
    /// Of which subscription, if it says so.
    pub subscription: Option<SubscriptionId>,
    /// On which invoice.
    pub invoice: String,
    /// The day of the invoice.
    pub billed_on: NaiveDate,
    /// What for.
    pub description: String,
    /// How much; less than nothing for a credit.
    pub amount: Money,
    /// Of several lines that say the same on one invoice, the how manieth this is.
    pub copy: i32,
}

/// A line that is here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BillingLine {
    /// Its identity.
    pub id: BillingLineId,
    /// On which invoice.
    pub invoice: String,
    /// The day of the invoice.
    pub billed_on: NaiveDate,
    /// What for.
    pub description: String,
    /// How much; less than nothing for a credit.
    pub amount: Money,
    /// What it is about: a subscription's product, or nothing.
    pub about: Option<String>,
    /// The promise that it proves, and in which case that was made.
    pub proves: Option<(String, CaseId)>,
}
