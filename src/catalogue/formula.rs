//! How each kind is reckoned, in words and by an example.

use super::{Kind, Reckoning, Shape, Subject, Terms};
use crate::money::{Currency, Money, Percent};

impl Kind {
    /// What the customer saves, in words.
    #[must_use]
    pub fn formula(self) -> &'static str {
        match self.shape() {
            Shape::Percent => {
                "Percent × monthly price, rounded to the cent each month, × months. Of an order: percent × its total, once."
            }
            Shape::Monthly if self.is_in_price() => "Amount off a month × months.",
            Shape::Monthly => "What is more each month × months. The price stays.",
            Shape::Once => "The amount, once.",
            Shape::Months => "Monthly price × months.",
            Shape::NewPrice => {
                "(Price now − new price) × months, 12 where it has no end. A higher price saves nothing."
            }
        }
    }

    /// How the margin follows, in words.
    #[must_use]
    pub fn margin_formula(self) -> &'static str {
        if self.is_in_price() {
            "(Revenue that is left − cost to serve) ÷ revenue that is left, over the term."
        } else {
            "(Revenue − cost to serve − concession) ÷ revenue, over the term."
        }
    }

    /// A worked example: what somebody who pays 2,310.00 a month, and costs 1,131.00 to serve, gets and what that costs
    /// when this part of it is our cost.
    #[must_use]
    pub fn example(self, cost_share: Percent) -> String {
        let usd = |minor| Money::new(minor, Currency::USD);
        let subject = Subject { price: usd(231_000), costs: Some(usd(113_100)), is_order: false };
        let (terms, said) = match self.shape() {
            Shape::Percent => (
                Terms::Percent { percent: Percent::whole(20), months: Some(12) },
                "20% off $2,310.00 a month for 12 months",
            ),
            Shape::Monthly if self.is_in_price() => {
                (Terms::Monthly { amount: usd(20_000), months: 6 }, "$200.00 off $2,310.00 a month for 6 months")
            }
            Shape::Monthly => {
                (Terms::Monthly { amount: usd(20_000), months: 6 }, "$200.00 worth of more for 6 months at $2,310.00")
            }
            Shape::Once => (Terms::Once { amount: usd(60_000) }, "$600.00 once to who pays $2,310.00 a month"),
            Shape::Months => (Terms::Months { months: 2 }, "2 months at $2,310.00"),
            Shape::NewPrice => {
                (Terms::NewPrice { price: usd(209_000), months: None }, "$2,090.00 instead of $2,310.00 a month")
            }
        };
        match terms.reckon(self, &subject, cost_share) {
            Ok(Reckoning { given, exposure, margin, .. }) => {
                let left = margin.map(|left| format!(" The margin left is {left}.")).unwrap_or_default();
                format!("{said}: saves the customer {given}, costs us {exposure}.{left}")
            }
            Err(error) => error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_an_example_that_reckons() {
        for kind in Kind::ALL {
            let example = kind.example(Percent::ALL);
            assert!(example.contains("costs us $"), "{kind:?}: {example}");
        }
        assert_eq!(
            Kind::PercentDiscount.example(Percent::ALL),
            "20% off $2,310.00 a month for 12 months: saves the customer $5,544.00, costs us $5,544.00. The margin left \
             is 38.79%."
        );
        assert_eq!(
            Kind::Equipment.example(Percent::whole(60)),
            "$600.00 once to who pays $2,310.00 a month: saves the customer $600.00, costs us $360.00. The margin left \
             is 49.74%."
        );
    }
}
