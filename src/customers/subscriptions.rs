//! Recurring revenue.

use chrono::NaiveDate;

use super::details::read_day;
use super::protection::masked_account;
use super::sheet::{Field, Sheet, Texts, fits};
use crate::error::FormErrors;
use crate::ids::{CustomerId, SubscriptionId};
use crate::money::{Currency, Money};
use crate::names::names;

names! {
    /// Whether it runs.
    SubscriptionStatus {
        Active = "active", "Active";
        Paused = "paused", "Paused";
        Ended = "ended", "Ended";
    }
}

impl SubscriptionStatus {
    /// The tone of its mark.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Active => "good",
            Self::Paused => "warn",
            Self::Ended => "info",
        }
    }
}

/// Something paid for month by month.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subscription {
    /// Which one.
    pub id: SubscriptionId,
    /// Whose.
    pub customer: CustomerId,
    /// All that may be edited.
    pub details: NewSubscription,
    /// The row version.
    pub version: i64,
}

impl Subscription {
    /// Twelve months of it, less if it is a credit.
    #[must_use]
    pub fn year(&self) -> Money {
        self.details.monthly_price.times(12).unwrap_or(self.details.monthly_price)
    }

    /// As people would name it: "Cloud voice, Business Pro".
    #[must_use]
    pub fn label(&self) -> String {
        if self.details.plan.is_empty() {
            self.details.product.clone()
        } else {
            format!("{}, {}", self.details.product, self.details.plan)
        }
    }

    /// The same where account details are masked (R19), with the end of its number instead of the plan:
    /// "Cloud voice, •••• 2287".
    #[must_use]
    pub fn masked_label(&self) -> String {
        match &self.details.external_ref {
            Some(number) => format!("{}, {}", self.details.product, masked_account(number)),
            None => self.details.product.clone(),
        }
    }
}

/// A subscription to be added, or what may be edited of one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewSubscription {
    /// Its number in the system it came from.
    pub external_ref: Option<String>,
    /// What it is.
    pub product: String,
    /// In which form.
    pub plan: String,
    /// How many seats, lines, …
    pub quantity: i32,
    /// Of all of them together; a biller's credit can make it negative.
    pub monthly_price: Money,
    /// Since when.
    pub started_on: Option<NaiveDate>,
    /// Until when it is agreed.
    pub contract_ends_on: Option<NaiveDate>,
    /// When it ended.
    pub ended_on: Option<NaiveDate>,
    /// Whether it runs.
    pub status: SubscriptionStatus,
}

impl Default for NewSubscription {
    fn default() -> Self {
        Self {
            external_ref: None,
            product: String::new(),
            plan: String::new(),
            quantity: 1,
            monthly_price: Money::zero(Currency::USD),
            started_on: None,
            contract_ends_on: None,
            ended_on: None,
            status: SubscriptionStatus::Active,
        }
    }
}

impl Sheet for NewSubscription {
    const FIELDS: &'static [Field] = &[
        Field { name: "product", label: "Product", personal: false },
        Field { name: "plan", label: "Plan", personal: false },
        Field { name: "quantity", label: "Quantity", personal: false },
        Field { name: "monthly_price", label: "Price a month", personal: false },
        Field { name: "currency", label: "Currency", personal: false },
        Field { name: "status", label: "Status", personal: false },
        Field { name: "started_on", label: "Started", personal: false },
        Field { name: "contract_ends_on", label: "Contract ends", personal: false },
        Field { name: "ended_on", label: "Ended", personal: false },
        Field { name: "external_ref", label: "Reference", personal: true },
    ];

    fn texts(&self) -> Vec<String> {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        vec![
            self.product.clone(),
            self.plan.clone(),
            self.quantity.to_string(),
            self.monthly_price.plain(),
            self.monthly_price.currency.code().to_owned(),
            self.status.name().to_owned(),
            day(self.started_on),
            day(self.contract_ends_on),
            day(self.ended_on),
            self.external_ref.clone().unwrap_or_default(),
        ]
    }

    fn read(&self, texts: &Texts<'_>) -> Result<Self, FormErrors> {
        let mut errors = FormErrors::new();
        let product = fits(&mut errors, texts, "product", "the product", 120);
        if product.is_empty() {
            errors.add("product", "Enter the product, like Cloud voice.");
        }
        let plan = fits(&mut errors, texts, "plan", "the plan", 120);
        let quantity = texts.get("quantity").parse::<i32>().ok().filter(|quantity| *quantity > 0);
        let quantity = errors.check("quantity", quantity.ok_or("Enter the quantity as a number above 0."));
        let currency = Currency::parse(texts.get("currency")).map_err(|_| "Choose a currency, like USD.");
        let currency = errors.check("currency", currency);
        let price = Money::parse(texts.get("monthly_price"), currency.unwrap_or(self.monthly_price.currency));
        let monthly_price = errors.check("monthly_price", price.map_err(|error| error.sentence("the price a month")));
        let status = SubscriptionStatus::from_name(texts.get("status")).ok_or("Choose a status.");
        let status = errors.check("status", status);
        let mut day = |name: &str, what: &str| errors.check(name, read_day(texts.get(name), what)).flatten();
        let started_on = day("started_on", "the first day");
        let contract_ends_on = day("contract_ends_on", "the end of the contract");
        let ended_on = day("ended_on", "the last day");
        match (status, ended_on) {
            (Some(SubscriptionStatus::Ended), None) if errors.get("ended_on").is_none() => {
                errors.add("ended_on", "Enter the day on which it ended.");
            }
            (Some(SubscriptionStatus::Active | SubscriptionStatus::Paused), Some(_)) => {
                errors.add("status", "Choose Ended, or take the last day away.");
            }
            _ => {}
        }
        let external_ref = fits(&mut errors, texts, "external_ref", "the reference", 60);
        let (Some(quantity), Some(monthly_price), Some(status), true) =
            (quantity, monthly_price, status, errors.is_empty())
        else {
            return Err(errors);
        };
        Ok(Self {
            external_ref: (!external_ref.is_empty()).then_some(external_ref),
            product,
            plan,
            quantity,
            monthly_price,
            started_on,
            contract_ends_on,
            ended_on,
            status,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::sheet::named;
    use super::*;

    fn read(change: impl FnOnce(&mut NewSubscription)) -> Result<NewSubscription, FormErrors> {
        let mut new = NewSubscription { product: "Cloud voice".into(), ..NewSubscription::default() };
        change(&mut new);
        new.read(&named::<NewSubscription>(&new.texts()))
    }

    #[test]
    fn what_is_written_out_reads_back() {
        let read = read(|new| new.monthly_price = Money::new(-400, Currency::EUR)).unwrap();
        assert_eq!(read.monthly_price, Money::new(-400, Currency::EUR));
    }

    #[test]
    fn what_ended_has_a_last_day_and_what_runs_has_none() {
        assert!(read(|new| new.status = SubscriptionStatus::Ended).unwrap_err().get("ended_on").is_some());
        assert!(read(|new| new.ended_on = NaiveDate::from_ymd_opt(2026, 1, 1)).unwrap_err().get("status").is_some());
    }
}
