//! An offer as typed, and what is asked for each kind of it.

use serde::Deserialize;

use crate::catalogue::{Kind, Shape, Subject, Terms};
use crate::error::FormErrors;
use crate::ids::OfferId;
use crate::money::{Money, Percent};
use crate::offers::NewTerms;

/// The months that are offered to choose from.
const TERMS: [u16; 9] = [1, 2, 3, 6, 9, 12, 18, 24, 36];

/// What is in the builder, sent as a form or standing in an address. Words never stand in an address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::desk::case) struct OfferForm {
    /// Code of the type.
    #[serde(rename = "type")]
    pub(in crate::desk::case) of_type: String,
    /// What it is about.
    pub(in crate::desk::case) at_stake: Option<String>,
    /// The percentage, the amount or the new price, as typed.
    pub(in crate::desk::case) value: String,
    /// For how many months; empty: for good.
    pub(in crate::desk::case) months: Option<String>,
    /// What the plan is changed to, the fee that is waived, the fault that is credited.
    pub(in crate::desk::case) what: String,
    /// Why it should be approved.
    pub(in crate::desk::case) words: String,
    /// The offer whose terms are changed, if it is not a new one.
    pub(in crate::desk::case) offer: Option<OfferId>,
    /// The revision that was on screen.
    pub(in crate::desk::case) seen: i32,
    /// What is to become of it: `draft`, `present`, `write`, `ask`.
    pub(in crate::desk::case) then: String,
    /// Another type to look at instead.
    #[serde(rename = "use")]
    pub(in crate::desk::case) other: String,
    /// Other numbers to look at instead: `value:15`, `months:6`.
    pub(in crate::desk::case) lower: String,
}

impl OfferForm {
    /// What is typed into it stays when another type or other numbers are looked at.
    pub(in crate::desk::case) fn looked_at(mut self) -> Self {
        if !self.other.is_empty() {
            self.of_type = std::mem::take(&mut self.other);
            (self.value, self.months, self.what) = (String::new(), None, String::new());
        }
        match std::mem::take(&mut self.lower).split_once(':') {
            Some(("value", value)) => value.clone_into(&mut self.value),
            Some(("months", months)) => self.months = Some(months.to_owned()),
            _ => {}
        }
        self
    }

    /// The months that were chosen.
    pub(in crate::desk::case) fn months(&self) -> Option<u16> {
        self.months.as_deref().and_then(|months| months.trim().parse().ok()).filter(|months| (1..=120).contains(months))
    }

    /// The terms, or what is wrong beside each field.
    pub(in crate::desk::case) fn parse(&self, kind: Kind, subject: &Subject) -> Result<NewTerms, FormErrors> {
        let mut errors = FormErrors::new();
        let months = self.months();
        let needs_months = match kind.shape() {
            Shape::Percent => !subject.is_order,
            Shape::Monthly | Shape::Months => true,
            Shape::Once | Shape::NewPrice => false,
        };
        if needs_months && months.is_none() {
            errors.add("months", "Choose for how many months.");
        }
        let terms = match kind.shape() {
            Shape::Percent => self
                .percent(&mut errors)
                .map(|percent| Terms::Percent { percent, months: months.filter(|_| !subject.is_order) }),
            Shape::Monthly => self
                .amount(&mut errors, kind, subject)
                .map(|amount| Terms::Monthly { amount, months: months.unwrap_or(1) }),
            Shape::Once => self.amount(&mut errors, kind, subject).map(|amount| Terms::Once { amount }),
            Shape::Months => months.map(|months| Terms::Months { months }),
            Shape::NewPrice => self.new_price(&mut errors, subject).map(|price| Terms::NewPrice { price, months }),
        };
        let what = if asks(kind).is_some() { self.what.trim().to_owned() } else { String::new() };
        if what.is_empty()
            && let Some(missing) = missing(kind)
        {
            errors.add("what", missing);
        }
        if what.chars().count() > 200 {
            errors.add("what", "Use at most 200 characters.");
        }
        match terms {
            Some(terms) if errors.is_empty() => Ok(NewTerms { terms, what }),
            _ => Err(errors),
        }
    }

    /// The terms as far as figures go, if they make some already.
    pub(in crate::desk::case) fn figures(&self, kind: Kind, subject: &Subject) -> Option<Terms> {
        let unnamed = Self { what: "–".to_owned(), ..self.clone() };
        unnamed.parse(kind, subject).ok().map(|new| new.terms)
    }

    fn percent(&self, errors: &mut FormErrors) -> Option<Percent> {
        let right = |percent: &Percent| (1..=10_000).contains(&percent.basis_points());
        let percent = Percent::parse(&self.value).ok().filter(right);
        errors.check("value", percent.ok_or("Enter the discount as a percentage, like 12.5."))
    }

    fn amount(&self, errors: &mut FormErrors, kind: Kind, subject: &Subject) -> Option<Money> {
        let name = named(kind).to_lowercase();
        let typed = Money::parse(&self.value, subject.price.currency);
        let amount = errors.check("value", typed.map_err(|error| error.sentence(&name)))?;
        // a swap, an earlier date or a longer term may cost nothing
        let may_be_nothing = matches!(kind, Kind::Swap | Kind::Expedite | Kind::Extension);
        if amount.is_negative() || (amount.is_zero() && !may_be_nothing) {
            errors.add("value", "Enter an amount above 0.");
            return None;
        }
        if kind == Kind::AmountDiscount && amount.minor > subject.price.minor {
            errors.add("value", format!("Enter at most the price of {} a month.", subject.price));
            return None;
        }
        Some(amount)
    }

    fn new_price(&self, errors: &mut FormErrors, subject: &Subject) -> Option<Money> {
        let typed = Money::parse(&self.value, subject.price.currency);
        let price = errors.check("value", typed.map_err(|error| error.sentence("the new price")))?;
        if price.is_negative() || price.minor >= subject.price.minor {
            errors.add("value", format!("Enter a price below the {} of today.", subject.price));
            return None;
        }
        Some(price)
    }
}

/// What the number of such an offer is called.
pub(in crate::desk::case) fn named(kind: Kind) -> &'static str {
    match kind {
        Kind::PercentDiscount => "Discount",
        Kind::AmountDiscount => "Off each month",
        Kind::Upgrade => "Worth each month",
        Kind::Credit => "Credit",
        Kind::FeeWaiver => "Fee waived",
        Kind::Equipment => "Price of the equipment",
        Kind::Swap => "Cost of the swap",
        Kind::Expedite => "Cost of expediting",
        Kind::Refund => "Refund",
        Kind::Extension => "Cost of the extension",
        Kind::PlanChange => "New price a month",
        Kind::FreePeriod | Kind::Pause => "",
    }
}

/// What else is asked about such an offer, in words.
pub(in crate::desk::case) fn asks(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::PlanChange => Some("What the plan becomes"),
        Kind::Credit => Some("For which fault"),
        Kind::FeeWaiver => Some("Which fee"),
        Kind::Equipment => Some("What they get"),
        Kind::Swap => Some("What for what"),
        Kind::Expedite => Some("To which day"),
        Kind::Refund => Some("For what"),
        Kind::Extension => Some("Until when"),
        Kind::Upgrade => Some("To what"),
        Kind::PercentDiscount | Kind::AmountDiscount | Kind::FreePeriod | Kind::Pause => None,
    }
}

/// The message where that must be said.
fn missing(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::PlanChange => Some("Write what the plan becomes, like “38 seats”."),
        Kind::Equipment => Some("Write what they get, like “6 desk phones”."),
        Kind::Swap => Some("Write what is swapped for what."),
        Kind::Expedite => Some("Write to which day it is moved."),
        Kind::Extension => Some("Write until when it is extended."),
        Kind::Upgrade => Some("Write what it is upgraded to."),
        _ => None,
    }
}

/// The months to choose from, those of the limits among them.
pub(in crate::desk::case) fn terms(shape: Shape, caps: impl Iterator<Item = u16>, chosen: Option<u16>) -> Vec<u16> {
    let all: Vec<u16> = if shape == Shape::Months { (1..=12).collect() } else { TERMS.to_vec() };
    let mut all: Vec<u16> = all.into_iter().chain(caps).chain(chosen).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn subject(is_order: bool) -> Subject {
        Subject { price: Money::new(231_000, Currency::USD), costs: None, is_order }
    }

    fn form(value: &str, months: &str, what: &str) -> OfferForm {
        OfferForm {
            value: value.to_owned(),
            months: Some(months.to_owned()),
            what: what.to_owned(),
            ..OfferForm::default()
        }
    }

    #[test]
    fn terms_are_read_as_typed() {
        let discount = form("12.5 %", "12", "").parse(Kind::PercentDiscount, &subject(false)).unwrap();
        assert_eq!(discount.terms, Terms::Percent { percent: Percent::from_basis_points(1_250), months: Some(12) });
        let order = form("10", "12", "").parse(Kind::PercentDiscount, &subject(true)).unwrap();
        assert_eq!(order.terms, Terms::Percent { percent: Percent::whole(10), months: None });
        let plan = form("2,090", "", "38 seats").parse(Kind::PlanChange, &subject(false)).unwrap();
        assert_eq!((plan.terms.months(), plan.what.as_str()), (None, "38 seats"));
    }

    #[test]
    fn what_does_not_do_is_said_beside_its_field() {
        let wrong = |kind, value, months, what| form(value, months, what).parse(kind, &subject(false)).unwrap_err();
        assert!(wrong(Kind::PercentDiscount, "", "12", "").get("value").is_some());
        assert!(wrong(Kind::PercentDiscount, "101", "12", "").get("value").is_some());
        assert!(wrong(Kind::PercentDiscount, "10", "soon", "").get("months").is_some());
        assert!(wrong(Kind::Credit, "0", "", "").get("value").is_some());
        assert!(wrong(Kind::AmountDiscount, "2,310.01", "6", "").get("value").is_some());
        assert!(wrong(Kind::PlanChange, "2,400", "", "40 seats").get("value").is_some());
        assert!(wrong(Kind::PlanChange, "2,000", "", " ").get("what").is_some());
    }

    #[test]
    fn another_look_keeps_what_is_typed() {
        let lower = OfferForm { lower: "value:15".to_owned(), ..form("20", "12", "") }.looked_at();
        assert_eq!((lower.value.as_str(), lower.months()), ("15", Some(12)));
        let other =
            OfferForm { other: "pause".to_owned(), words: "Why".to_owned(), ..form("20", "12", "") }.looked_at();
        assert_eq!((other.of_type.as_str(), other.value.as_str(), other.words.as_str()), ("pause", "", "Why"));
    }
}
