//! What it costs us to serve: lines by hand, each with where the figure comes from and of which day it is.

use chrono::NaiveDate;

use crate::customers::{Field, Sheet, Texts, fits, read_day};
use crate::error::FormErrors;
use crate::ids::{CustomerId, OrderId, ServiceCostId, SubscriptionId};
use crate::money::{Currency, Money};

/// The most a line can say, in minor units.
const MOST: i64 = 100_000_000_000;

/// What is served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Served {
    /// A month of a subscription.
    Subscription(SubscriptionId),
    /// An order as a whole.
    Order(OrderId),
}

/// One line of what it costs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cost {
    /// Which one.
    pub id: ServiceCostId,
    /// Whose.
    pub customer: CustomerId,
    /// Of what.
    pub of: Served,
    /// All that may be edited.
    pub details: NewCost,
    /// The row version.
    pub version: i64,
}

impl std::ops::Deref for Cost {
    type Target = NewCost;

    fn deref(&self) -> &NewCost {
        &self.details
    }
}

/// A line to be added, or what may be edited of one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewCost {
    /// What for: "Licences and trunks".
    pub what: String,
    /// How much, in the currency of what is served.
    pub amount: Money,
    /// Where the figure comes from.
    pub source: String,
    /// Of which day it is.
    pub as_of: NaiveDate,
}

impl NewCost {
    /// Nothing yet, as of a day.
    #[must_use]
    pub fn blank(currency: Currency, today: NaiveDate) -> Self {
        Self { what: String::new(), amount: Money::zero(currency), source: String::new(), as_of: today }
    }
}

impl Sheet for NewCost {
    const FIELDS: &'static [Field] = &[
        Field { name: "what", label: "What for", personal: false },
        Field { name: "amount", label: "Amount", personal: false },
        Field { name: "source", label: "Source", personal: false },
        Field { name: "as_of", label: "As of", personal: false },
    ];

    fn texts(&self) -> Vec<String> {
        vec![self.what.clone(), self.amount.plain(), self.source.clone(), self.as_of.to_string()]
    }

    fn read(&self, texts: &Texts<'_>) -> Result<Self, FormErrors> {
        let mut errors = FormErrors::new();
        let what = fits(&mut errors, texts, "what", "what it is for", 80);
        if what.is_empty() {
            errors.add("what", "Enter what it is for, like Licences and trunks.");
        }
        let amount = Money::parse(texts.get("amount"), self.amount.currency);
        let amount = errors.check("amount", amount.map_err(|error| error.sentence("the amount")));
        if let Some(amount) = amount {
            if amount.is_negative() {
                errors.add("amount", "Enter the amount as what it costs us, not below zero.");
            } else if amount.minor > MOST {
                errors.add("amount", "Enter an amount of at most a billion.");
            }
        }
        let source = fits(&mut errors, texts, "source", "the source", 80);
        if source.is_empty() {
            errors.add("source", "Enter where the figure comes from, like Finance, cost model 2026.");
        }
        let as_of = errors.check("as_of", read_day(texts.get("as_of"), "the day of the figure")).flatten();
        if as_of.is_none() && errors.get("as_of").is_none() {
            errors.add("as_of", "Enter the day of the figure.");
        }
        match (amount, as_of) {
            (Some(amount), Some(as_of)) if errors.is_empty() => Ok(Self { what, amount, source, as_of }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::named;

    fn line() -> NewCost {
        NewCost {
            what: "Licences and trunks".into(),
            amount: Money::new(74_300, Currency::USD),
            source: "Finance".into(),
            as_of: NaiveDate::from_ymd_opt(2026, 10, 1).unwrap(),
        }
    }

    fn read(change: impl FnOnce(&mut Vec<String>)) -> Result<NewCost, FormErrors> {
        let mut texts = line().texts();
        change(&mut texts);
        line().read(&named::<NewCost>(&texts))
    }

    #[test]
    fn what_is_written_out_reads_back() {
        assert_eq!(read(|_| {}), Ok(line()));
    }

    #[test]
    fn a_line_says_what_how_much_whence_and_when() {
        for (n, name) in ["what", "amount", "source", "as_of"].into_iter().enumerate() {
            assert!(read(|texts| texts[n].clear()).unwrap_err().get(name).is_some(), "{name}");
        }
        assert!(read(|texts| texts[1] = "-4".into()).unwrap_err().get("amount").is_some());
    }
}
