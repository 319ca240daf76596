//! To whom a type is open: each thing that hides it says so in words.

use chrono::{DateTime, Datelike as _, Months, NaiveDate, Utc};
use thiserror::Error;

use super::OfferType;
use crate::calendar;
use crate::cases::Kind as CaseKind;
use crate::customers::Tier;

/// Who would be offered something, and what counts for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asker {
    /// By value.
    pub tier: Tier,
    /// As in the customer's details.
    pub segment: String,
    /// The subscription's product; none for an order or without either.
    pub product: Option<String>,
    /// Since when they are a customer, if that is known.
    pub since: Option<NaiveDate>,
    /// What the case is, if there is one.
    pub case_kind: Option<CaseKind>,
    /// Whether the offer would be about an order.
    pub is_order: bool,
    /// Whether it would be about a subscription.
    pub is_subscription: bool,
    /// What stands before them, was accepted or fulfilled: code of the type and when it was presented.
    pub given: Vec<(String, DateTime<Utc>)>,
}

/// Why a type is not open to somebody. Each sentence is shown as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum WhyNot {
    /// Not yet.
    #[error("It begins on {0}.")]
    NotYet(String),
    /// Not any more.
    #[error("It ended on {0}.")]
    Ended(String),
    /// It is about something else.
    #[error("It needs a subscription.")]
    NeedsSubscription,
    /// It is about something else.
    #[error("It needs a subscription or an order.")]
    NeedsSubject,
    /// Another tier.
    #[error("It is for customers in {0}; this one is in {1}.")]
    Tier(String, &'static str),
    /// Another segment.
    #[error("It is for the segments {0}.")]
    Segment(String),
    /// Another product.
    #[error("It is for {0}.")]
    Product(String),
    /// Another kind of case.
    #[error("It is not made in a case of the kind “{0}”.")]
    CaseKind(&'static str),
    /// Too new.
    #[error("It is for customers of {} or longer; this one has been here for {}.", months(*.0), months(*.1))]
    Tenure(i16, i16),
    /// Nobody knows for how long.
    #[error("It is for customers of {} or longer; since when this one is a customer is not known.", months(*.0))]
    TenureUnknown(i16),
    /// Had it already.
    #[error("Once in {}: the last one was presented on {}.", months(*.0), .1)]
    Repeated(i16, String),
    /// Has something that it does not go with.
    #[error("Not together with {0}, presented on {1}.")]
    NotWith(String, String),
}

impl OfferType {
    /// Everything that keeps this type from being offered to somebody; nothing: it is open to them.
    #[must_use]
    pub fn closed_to(&self, asker: &Asker, at: DateTime<Utc>, names: impl Fn(&str) -> String) -> Vec<WhyNot> {
        let today = at.date_naive();
        let day = |moment: DateTime<Utc>| calendar::date(moment.date_naive(), today.year());
        let mut why = Vec::new();
        if self.valid_from > at {
            why.push(WhyNot::NotYet(day(self.valid_from)));
        }
        if let Some(until) = self.valid_until.filter(|until| *until <= at) {
            why.push(WhyNot::Ended(day(until)));
        }
        if asker.is_order && !self.kind.fits_order() {
            why.push(WhyNot::NeedsSubscription);
        }
        if !asker.is_order && !asker.is_subscription && !self.kind.fits_customer() {
            why.push(WhyNot::NeedsSubject);
        }
        if !self.tiers.is_empty() && !self.tiers.contains(&asker.tier) {
            let tiers: Vec<&str> = self.tiers.iter().map(|tier| tier.label()).collect();
            why.push(WhyNot::Tier(tiers.join(", "), asker.tier.label()));
        }
        if !self.segments.is_empty() && !self.segments.iter().any(|one| one.eq_ignore_ascii_case(&asker.segment)) {
            why.push(WhyNot::Segment(self.segments.join(", ")));
        }
        let has_product =
            |one: &String| asker.product.as_ref().is_some_and(|product| one.eq_ignore_ascii_case(product));
        if !self.products.is_empty() && !self.products.iter().any(has_product) {
            why.push(WhyNot::Product(self.products.join(", ")));
        }
        if let Some(kind) = asker.case_kind
            && !self.case_kinds.is_empty()
            && !self.case_kinds.contains(&kind)
        {
            why.push(WhyNot::CaseKind(kind.label()));
        }
        if self.min_tenure_months > 0 && !asker.is_order {
            match asker.since {
                None => why.push(WhyNot::TenureUnknown(self.min_tenure_months)),
                Some(since) => {
                    let here = whole_months(since, today);
                    if here < self.min_tenure_months {
                        why.push(WhyNot::Tenure(self.min_tenure_months, here));
                    }
                }
            }
        }
        let last = |codes: &[String], months: i16| {
            asker
                .given
                .iter()
                .filter(|(code, at)| codes.contains(code) && whole_months(at.date_naive(), today) < months)
                .max_by_key(|(_, at)| *at)
                .map(|(code, at)| (names(code), day(*at)))
        };
        if self.once_per_months > 0
            && let Some((_, when)) = last(std::slice::from_ref(&self.code), self.once_per_months)
        {
            why.push(WhyNot::Repeated(self.once_per_months, when));
        }
        if let Some((name, when)) = last(&self.not_with, 12) {
            why.push(WhyNot::NotWith(name, when));
        }
        why
    }
}

/// How many whole months from one day to another; in a month that is too short its last day ends one.
fn whole_months(from: NaiveDate, to: NaiveDate) -> i16 {
    let guess = (to.year() - from.year()) * 12 + to.month0().cast_signed() - from.month0().cast_signed();
    let has_passed = |months: i32| {
        let months = Months::new(months.unsigned_abs());
        from.checked_add_months(months).is_some_and(|day| day <= to)
    };
    let whole = if guess > 0 && !has_passed(guess) { guess - 1 } else { guess };
    i16::try_from(whole.max(0)).unwrap_or(i16::MAX)
}

/// Months in words.
pub(super) fn months(count: i16) -> String {
    if count == 1 { "1 month".to_owned() } else { format!("{count} months") }
}

#[cfg(test)]
mod tests;
