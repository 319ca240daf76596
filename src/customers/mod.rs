//! Who we may lose: customers with the people to reach there, what they pay for again and again (subscriptions) and
//! what they bought once (orders), and the account status with its history.
//!
//! The status follows what happens: `active → at_risk | cancel_requested → saved | cancelled`, and `suspended`. Any
//! change is possible, none is made without a reason, and each is kept.

mod actions;
mod billing;
mod consents;
mod contacts;
mod details;
mod links;
mod orders;
mod pages;
mod protection;
mod sheet;
mod store;
mod subscriptions;

use std::ops::Deref;

use chrono::{DateTime, Utc};

use crate::ids::CustomerId;
use crate::money::Money;
use crate::names::names;

pub use actions::{
    Changed, Edited, add, add_billing_line, add_contact, add_order, add_subscription, authenticate, change_status,
    edit, edit_contact, edit_subscription, link, lock, note_consent, reveal, set_legal_hold, set_status, unlink,
    update_contact_from_import, update_from_import, update_order_from_import, update_subscription_from_import,
};
pub use billing::{BillingLine, NewBillingLine};
pub use consents::{Consent, ConsentChannel, NewConsent, Purpose};
pub use contacts::{Contact, NewContact};
pub(crate) use details::read_day;
pub use details::{Details, Flags, NewCustomer, Tier, region};
pub use links::{LinkedAccount, NotLinked};
pub use orders::{NewOrder, NewOrderLine, Order, OrderLine, OrderStatus};
pub(crate) use pages::form;
pub use pages::routes;
pub(crate) use pages::{Shown, require, require_shown};
pub use protection::{Authentication, ContactKind, Method, NewAuthentication, Protection, masked_account, read_reason};
#[cfg(test)]
pub(crate) use sheet::named;
pub use sheet::{Edit, Field, Sheet, Texts};
pub(crate) use sheet::{Merged, fits, merge, note};
pub use store::{
    NewestOrder, Whose, consents_part, consents_to, contacts, contacts_part, find, find_by_account, find_order,
    find_subscription, free_billing_lines_part, is_held, linked_accounts, order, order_lines, protection,
    protection_part, subjects, subjects_of, subjects_part, subscription,
};
pub use subscriptions::{NewSubscription, Subscription, SubscriptionStatus};

names! {
    /// How things stand with an account.
    Status {
        Active = "active", "Active";
        AtRisk = "at_risk", "At risk";
        CancelRequested = "cancel_requested", "Cancel requested";
        Saved = "saved", "Saved";
        Cancelled = "cancelled", "Cancelled";
        Suspended = "suspended", "Suspended";
    }
}

impl Status {
    /// The tone of its mark.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Active | Self::Saved => "good",
            Self::AtRisk | Self::Suspended => "warn",
            Self::CancelRequested | Self::Cancelled => "bad",
        }
    }
}

/// A person or company we may lose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Customer {
    /// Which one.
    pub id: CustomerId,
    /// How things stand.
    pub status: Status,
    /// All that may be edited; `customer.name` reads through to it.
    pub details: Details,
    /// When we first heard of them.
    pub created_at: DateTime<Utc>,
    /// The row version.
    pub version: i64,
    audit_key: Option<Vec<u8>>,
}

impl Customer {
    /// Keys the digests of personal values in the audit log. Once the person is erased nothing can be compared any
    /// more, so any key does.
    #[must_use]
    pub fn audit_key(&self) -> Vec<u8> {
        self.audit_key.clone().unwrap_or_else(|| uuid::Uuid::new_v4().as_bytes().to_vec())
    }
}

impl Deref for Customer {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.details
    }
}

/// What a case may be about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SubjectKind {
    /// Recurring revenue.
    Subscription,
    /// One-off revenue.
    Order,
}

impl SubjectKind {
    /// As it stands in forms.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Subscription => "subscription",
            Self::Order => "order",
        }
    }
}

/// Something that may be at stake in a new case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubjectChoice {
    /// The subscription's or order's id.
    pub id: uuid::Uuid,
    /// Which of them it is.
    pub kind: SubjectKind,
    /// As people would name it.
    pub label: String,
    /// What it is worth: twelve months of a subscription, the total of an order, never less than nothing.
    pub value_at_risk: Money,
}

impl SubjectChoice {
    /// As it stands in forms: `subscription:…`.
    #[must_use]
    pub fn value(&self) -> String {
        format!("{}:{}", self.kind.name(), self.id)
    }
}

/// No less than nothing: a biller's credit is no risk.
fn at_least_nothing(amount: Money) -> Money {
    Money::new(amount.minor.max(0), amount.currency)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn a_credit_is_no_risk() {
        assert_eq!(at_least_nothing(Money::new(-500, Currency::USD)), Money::zero(Currency::USD));
    }

    #[test]
    fn every_status_reads_back() {
        for status in Status::ALL {
            assert_eq!(Status::from_name(status.name()), Some(*status));
        }
    }
}
