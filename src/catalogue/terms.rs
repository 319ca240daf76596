//! What an offer gives, what that costs us and what margin is left. The database reckons the same in `reckon_offer`; a
//! property test compares the two.

use thiserror::Error;

use super::Kind;
use crate::money::{Money, NoSum, Percent};

/// The longest an offer can run.
pub const AT_MOST_MONTHS: u16 = 120;
/// The months a concession without an end is counted for, and over which one that is given once is spread.
const A_YEAR: u32 = 12;

/// Which terms a kind of offer has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// A percentage off, for months; of an order, once.
    Percent,
    /// An amount each month, for months.
    Monthly,
    /// An amount, once.
    Once,
    /// Months.
    Months,
    /// A new monthly price, for months or without an end.
    NewPrice,
}

/// The terms of one offer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Terms {
    /// A percentage off.
    Percent {
        /// How much.
        percent: Percent,
        /// For how long; none for an order.
        months: Option<u16>,
    },
    /// An amount off, or worth, each month.
    Monthly {
        /// How much a month.
        amount: Money,
        /// For how long.
        months: u16,
    },
    /// An amount, once.
    Once {
        /// How much: of a credit, a fee, the price of goods.
        amount: Money,
    },
    /// Months free or paused.
    Months {
        /// How many.
        months: u16,
    },
    /// Another monthly price.
    NewPrice {
        /// How much a month from then on.
        price: Money,
        /// For how long; none: for good.
        months: Option<u16>,
    },
}

/// What the offer is about, as far as money goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Subject {
    /// The price now: of a month, or of the order; nothing without either.
    pub price: Money,
    /// What it costs to serve it: a month, or the order; none when nobody knows.
    pub costs: Option<Money>,
    /// Whether it is an order.
    pub is_order: bool,
}

/// What follows from terms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reckoning {
    /// What the customer saves over the whole term.
    pub given: Money,
    /// What that costs us: the concession.
    pub exposure: Money,
    /// Over how many months the margin is looked at.
    pub term: u32,
    /// The monthly price while it runs; of an order, its price.
    pub price: Money,
    /// The margin that is left, as a share of the revenue that is left; none when costs or revenue are not known.
    pub margin: Option<Percent>,
}

/// Terms that make no offer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TermsError {
    /// They do not go with the kind of offer, or with what it is about.
    #[error("These terms do not go with this offer.")]
    Unfit(#[from] NoTerms),
    /// Currencies differ or the amount is too large.
    #[error("{0}")]
    Sum(#[from] NoSum),
}

/// Terms of another kind of offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("These terms do not go with this offer.")]
pub struct NoTerms;

impl Terms {
    /// For how many months, if they say.
    #[must_use]
    pub fn months(&self) -> Option<u16> {
        match *self {
            Self::Percent { months, .. } | Self::NewPrice { months, .. } => months,
            Self::Monthly { months, .. } | Self::Months { months } => Some(months),
            Self::Once { .. } => None,
        }
    }

    /// The percentage, if that is what they are about.
    #[must_use]
    pub fn percent(&self) -> Option<Percent> {
        match *self {
            Self::Percent { percent, .. } => Some(percent),
            _ => None,
        }
    }

    /// Which terms these are.
    #[must_use]
    pub fn shape(&self) -> Shape {
        match self {
            Self::Percent { .. } => Shape::Percent,
            Self::Monthly { .. } => Shape::Monthly,
            Self::Once { .. } => Shape::Once,
            Self::Months { .. } => Shape::Months,
            Self::NewPrice { .. } => Shape::NewPrice,
        }
    }

    /// What follows from these terms for a subject (*concession exposure* and *margin* of DOMAIN.md). A percentage is
    /// rounded month by month, as it will be billed (R1).
    ///
    /// # Errors
    /// When the terms do not go with the kind or the subject, when currencies differ, when an amount is too large.
    pub fn reckon(&self, kind: Kind, subject: &Subject, cost_share: Percent) -> Result<Reckoning, TermsError> {
        if self.shape() != kind.shape()
            || (subject.is_order && (!kind.fits_order() || self.months().is_some_and(|n| n != 1)))
        {
            return Err(NoTerms.into());
        }
        let price = subject.price;
        let zero = Money::zero(price.currency);
        let months = self.months().map(u32::from);
        let (given, monthly) = match *self {
            Self::Percent { percent, .. } => {
                let off = price.percent(percent)?;
                (off.times(months.unwrap_or(1))?, price.minus(off)?)
            }
            Self::Monthly { amount, months } => {
                let after = if kind.is_in_price() { price.minus(amount)? } else { price };
                (amount.times(months.into())?, after)
            }
            Self::Months { months } => (price.times(months.into())?, zero),
            Self::NewPrice { price: new, .. } => {
                let off = price.minus(new)?;
                let off = if off.is_negative() { zero } else { off };
                (off.times(months.unwrap_or(A_YEAR))?, new)
            }
            Self::Once { amount } => (amount.plus(zero)?, price),
        };
        let exposure = given.percent(cost_share)?;
        let term = if subject.is_order { 1 } else { self.term() };
        let margin = match subject.costs {
            Some(costs) => margin_left(price, costs, term, given, exposure, kind.is_in_price())?,
            None => None,
        };
        Ok(Reckoning { given, exposure, term, price: monthly, margin })
    }

    fn term(&self) -> u32 {
        match *self {
            Self::Percent { months, .. } => months.map_or(1, u32::from),
            Self::Monthly { months, .. } => months.into(),
            Self::Months { months } => A_YEAR.max(months.into()),
            Self::NewPrice { months, .. } => months.map_or(A_YEAR, u32::from),
            Self::Once { .. } => A_YEAR,
        }
    }
}

/// Revenue − cost to serve − concession over the term, as a share of the revenue that is left, rounded down to a
/// hundredth of a percent. A concession in the price lowers the revenue; one in goods, credits or fees does not.
fn margin_left(
    price: Money,
    costs: Money,
    term: u32,
    given: Money,
    exposure: Money,
    in_price: bool,
) -> Result<Option<Percent>, NoSum> {
    price.compare(costs)?;
    if price.minor <= 0 {
        return Ok(None);
    }
    let term = i128::from(term);
    let revenue = i128::from(price.minor) * term - if in_price { i128::from(given.minor) } else { 0 };
    let spent = i128::from(costs.minor) * term + if in_price { 0 } else { i128::from(exposure.minor) };
    if revenue <= 0 {
        return Ok(Some(Percent::from_basis_points(-10_000)));
    }
    let points = (10_000 * (revenue - spent)).div_euclid(revenue).max(-10_000);
    Ok(Some(Percent::from_basis_points(i32::try_from(points).map_err(|_| NoSum::TooLarge)?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::Currency;

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD)
    }

    fn seats(costs: Option<i64>) -> Subject {
        Subject { price: usd(231_000), costs: costs.map(usd), is_order: false }
    }

    #[test]
    fn a_discount_costs_percent_times_price_times_months() {
        let terms = Terms::Percent { percent: Percent::whole(20), months: Some(12) };
        let left = terms.reckon(Kind::PercentDiscount, &seats(Some(113_100)), Percent::ALL).unwrap();
        assert_eq!(left.exposure, usd(554_400));
        assert_eq!(left.price, usd(184_800));
        assert_eq!(left.margin, Some(Percent::from_basis_points(3_879)));
    }

    #[test]
    fn a_right_sized_plan_costs_nothing_and_lowers_the_revenue() {
        let terms = Terms::NewPrice { price: usd(209_000), months: None };
        let left = terms.reckon(Kind::PlanChange, &seats(Some(113_100)), Percent::ZERO).unwrap();
        assert_eq!((left.given, left.exposure), (usd(264_000), usd(0)));
        assert_eq!(left.margin, Some(Percent::from_basis_points(4_588)));
        let dearer = Terms::NewPrice { price: usd(250_000), months: None };
        assert_eq!(dearer.reckon(Kind::PlanChange, &seats(None), Percent::ALL).unwrap().exposure, usd(0));
    }

    #[test]
    fn goods_count_at_cost_and_leave_the_price_alone() {
        let terms = Terms::Once { amount: usd(60_000) };
        let left = terms.reckon(Kind::Equipment, &seats(Some(113_100)), Percent::whole(60)).unwrap();
        assert_eq!((left.given, left.exposure, left.price), (usd(60_000), usd(36_000), usd(231_000)));
        assert_eq!(left.margin, Some(Percent::from_basis_points(4_974)));
    }

    #[test]
    fn free_months_are_looked_at_over_a_year() {
        let terms = Terms::Months { months: 2 };
        let left = terms.reckon(Kind::FreePeriod, &seats(Some(113_100)), Percent::ALL).unwrap();
        assert_eq!((left.exposure, left.term), (usd(462_000), 12));
        assert_eq!(left.margin, Some(Percent::from_basis_points(4_124)));
    }

    #[test]
    fn without_known_costs_no_margin_is_guessed() {
        let terms = Terms::Once { amount: usd(5_000) };
        assert_eq!(terms.reckon(Kind::Credit, &seats(None), Percent::ALL).unwrap().margin, None);
    }

    #[test]
    fn an_order_has_no_months() {
        let ring = Subject { price: usd(1_290_000), costs: None, is_order: true };
        let off = Terms::Percent { percent: Percent::from_basis_points(850), months: None };
        assert_eq!(off.reckon(Kind::PercentDiscount, &ring, Percent::ALL).unwrap().exposure, usd(109_650));
        let months = Terms::Percent { percent: Percent::whole(8), months: Some(6) };
        assert_eq!(months.reckon(Kind::PercentDiscount, &ring, Percent::ALL), Err(NoTerms.into()));
        let free = Terms::Months { months: 1 };
        assert_eq!(free.reckon(Kind::FreePeriod, &ring, Percent::ALL), Err(NoTerms.into()));
    }

    #[test]
    fn terms_of_another_kind_or_currency_make_no_offer() {
        let credit = Terms::Once { amount: usd(100) };
        assert_eq!(credit.reckon(Kind::PercentDiscount, &seats(None), Percent::ALL), Err(NoTerms.into()));
        let euros = Terms::Once { amount: Money::new(100, Currency::EUR) };
        assert!(matches!(euros.reckon(Kind::Credit, &seats(None), Percent::ALL), Err(TermsError::Sum(_))));
    }

    proptest! {
        #[test]
        fn more_percent_or_months_never_cost_less(
            price in 0_i64..100_000_000, percent in 1_i32..10_000, months in 1_u16..60, more in 1_i32..500, longer in 1_u16..12,
        ) {
            let subject = Subject { price: usd(price), costs: None, is_order: false };
            let cost = |percent: i32, months| {
                Terms::Percent { percent: Percent::from_basis_points(percent), months: Some(months) }
                    .reckon(Kind::PercentDiscount, &subject, Percent::ALL).unwrap().exposure.minor
            };
            let now = cost(percent, months);
            prop_assert!(cost((percent + more).min(10_000), months) >= now);
            prop_assert!(cost(percent, months + longer) >= now);
            prop_assert_eq!(now % i64::from(months), 0, "every month is billed alike");
        }

        #[test]
        fn what_is_billed_and_what_is_given_add_up_to_the_price(
            price in 0_i64..100_000_000, percent in 1_i32..10_000, months in 1_u16..60,
        ) {
            let subject = Subject { price: usd(price), costs: None, is_order: false };
            let terms = Terms::Percent { percent: Percent::from_basis_points(percent), months: Some(months) };
            let left = terms.reckon(Kind::PercentDiscount, &subject, Percent::ALL).unwrap();
            prop_assert_eq!(left.price.minor * i64::from(months) + left.given.minor, price * i64::from(months));
        }

        #[test]
        fn a_lower_margin_follows_from_a_larger_concession(
            price in 1_i64..10_000_000, costs in 0_i64..10_000_000, percent in 1_i32..9_000, more in 1_i32..1_000,
        ) {
            let subject = Subject { price: usd(price), costs: Some(usd(costs)), is_order: false };
            let margin = |percent| Terms::Percent { percent: Percent::from_basis_points(percent), months: Some(12) }
                .reckon(Kind::PercentDiscount, &subject, Percent::ALL).unwrap().margin;
            prop_assert!(margin(percent + more) <= margin(percent));
        }
    }
}
