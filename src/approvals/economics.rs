//! What a request costs beside what else could be given: today, at the requester's own limit, as asked, at a counter.

use crate::auth::Role;
use crate::catalogue::{Kind, Reckoning, Subject, Terms};
use crate::economics::{Gain, Returns, Running};
use crate::limits::{Cell, Limits};
use crate::money::{Money, Percent};

/// One column of the table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Choice {
    /// "15%, their limit"
    pub(super) heading: String,
    /// The price of a month, or of the order.
    pub(super) price: Money,
    /// What is left of it, and as a share of the revenue; none when nobody knows the costs.
    pub(super) margin: Option<(Money, Percent)>,
    /// The concession.
    pub(super) cost: Money,
    /// When it pays for itself, as far as that is known.
    pub(super) returns: Option<Returns>,
}

/// What a choice is weighed against: what is kept when the customer stays, and what came of offers of the type.
pub(super) struct Weighed {
    pub(super) running: Running,
    pub(super) gain: Option<Gain>,
}

impl Choice {
    /// Nothing is given.
    pub(super) fn today(subject: &Subject) -> Self {
        let price = subject.price;
        let share = |left: Money| match price.minor {
            1.. => i32::try_from((i128::from(left.minor) * 10_000).div_euclid(price.minor.into())).ok(),
            _ => None,
        };
        let left = subject.costs.and_then(|costs| price.minus(costs).ok());
        Self {
            heading: "Today".to_owned(),
            price,
            margin: left.and_then(|left| Some((left, Percent::from_basis_points(share(left)?)))),
            cost: Money::zero(price.currency),
            returns: None,
        }
    }

    /// These terms are given, and weighed against that; none when they make no offer.
    pub(super) fn of(
        heading: String,
        terms: &Terms,
        kind: Kind,
        subject: &Subject,
        cost_share: Percent,
        weighed: Option<&Weighed>,
    ) -> Option<Self> {
        let left = terms.reckon(kind, subject, cost_share).ok()?;
        Some(Self {
            heading,
            price: left.price,
            margin: margin_a_month(&left, kind, subject).zip(left.margin),
            cost: left.exposure,
            returns: weighed.and_then(|weighed| Returns::of(left.exposure, &weighed.running, weighed.gain.as_ref())),
        })
    }
}

/// Revenue − cost to serve − concession, spread over the months the margin is looked at.
fn margin_a_month(left: &Reckoning, kind: Kind, subject: &Subject) -> Option<Money> {
    let conceded = if kind.is_in_price() { left.given } else { left.exposure };
    let all = subject.price.minus(subject.costs?).ok()?.times(left.term).ok()?.minus(conceded).ok()?;
    Some(Money::new(all.minor.div_euclid(i64::from(left.term.max(1))), all.currency))
}

/// The words of terms in a heading: `20%`, `$200.00`, `2 months`.
pub(super) fn short(terms: &Terms) -> String {
    match *terms {
        Terms::Percent { percent, .. } => percent.to_string(),
        Terms::Monthly { amount, .. } => format!("{amount} a month"),
        Terms::Once { amount } => amount.to_string(),
        Terms::Months { months: 1 } => "1 month".to_owned(),
        Terms::Months { months } => format!("{months} months"),
        Terms::NewPrice { price, .. } => format!("{price} a month"),
    }
}

/// The terms nearest to what was asked that a cell allows and that cost no more than there is room for; none when there
/// is nothing of the kind.
pub(super) fn within(
    asked: &Terms,
    kind: Kind,
    subject: &Subject,
    cost_share: Percent,
    cell: &Cell,
    room: Option<Money>,
) -> Option<Terms> {
    let months = |asked: u16| cell.max_months.map_or(asked, |cap| asked.min(cap)).max(1);
    let room = [cell.max_amount, room].into_iter().flatten().min_by_key(|room| room.minor);
    let currency = subject.price.currency;
    // the one number that makes the terms larger, up to what was asked
    let (most, step): (i64, i64) = match *asked {
        Terms::Percent { percent, .. } => {
            (cell.max_percent.map_or(percent, |cap| percent.min(cap)).basis_points().into(), 100)
        }
        Terms::Monthly { amount, .. } | Terms::Once { amount } => (amount.minor, 1),
        Terms::Months { months: asked } => (months(asked).into(), 1),
        Terms::NewPrice { price, .. } => (subject.price.minor - price.minor, 1),
    };
    let terms = |size: i64| {
        Some(match *asked {
            Terms::Percent { months: asked, .. } => Terms::Percent {
                percent: Percent::from_basis_points(i32::try_from(size).ok()?),
                months: asked.map(months),
            },
            Terms::Monthly { months: asked, .. } => {
                Terms::Monthly { amount: Money::new(size, currency), months: months(asked) }
            }
            Terms::Once { .. } => Terms::Once { amount: Money::new(size, currency) },
            Terms::Months { .. } => Terms::Months { months: u16::try_from(size).ok()? },
            Terms::NewPrice { months: asked, .. } => {
                Terms::NewPrice { price: Money::new(subject.price.minor - size, currency), months: asked.map(months) }
            }
        })
    };
    let fits = |size: i64| {
        terms(size).is_some_and(|terms| {
            let cost = terms.reckon(kind, subject, cost_share).map(|left| left.exposure.minor);
            cost.is_ok_and(|cost| room.is_none_or(|room| cost <= room.minor))
        })
    };
    if most > 0 && fits(most) {
        return terms(most);
    }
    // what costs more as it grows: the largest that fits, in whole steps
    let (mut low, mut high) = (0, most / step);
    while low < high {
        let middle = low + (high - low + 1) / 2;
        if fits(middle * step) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    if low > 0 { terms(low * step) } else { None }
}

/// What of somebody's limits is left for a customer in twelve months and for themselves in seven days.
pub(super) fn room(limits: &Limits, role: Role, customer_before: Money, week_before: Money) -> Money {
    let cap = |caps: &[(Role, Money)], before: Money| {
        let cap = caps.iter().find(|(whose, _)| *whose == role).map_or(Money::zero(limits.currency), |(_, cap)| *cap);
        Money::new((cap.minor - before.minor).max(0), limits.currency)
    };
    let customer = cap(&limits.customer, customer_before);
    let week = cap(&limits.week, week_before);
    if week.minor < customer.minor { week } else { customer }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD)
    }

    fn cell(percent: Option<i16>, months: Option<u16>, amount: Option<i64>) -> Cell {
        Cell {
            role: Role::Agent,
            offer_type: String::new(),
            max_percent: percent.map(Percent::whole),
            max_months: months,
            max_amount: amount.map(usd),
        }
    }

    const SEATS: Subject = Subject {
        price: Money::new(231_000, Currency::USD),
        costs: Some(Money::new(113_100, Currency::USD)),
        is_order: false,
    };

    fn discount(percent: i16, months: u16) -> Terms {
        Terms::Percent { percent: Percent::whole(percent), months: Some(months) }
    }

    #[test]
    fn the_table_says_what_is_left_of_a_month() {
        let today = Choice::today(&SEATS);
        assert_eq!(today.margin, Some((usd(117_900), Percent::from_basis_points(5_103))));
        let asked =
            Choice::of("20%".to_owned(), &discount(20, 12), Kind::PercentDiscount, &SEATS, Percent::ALL, None).unwrap();
        assert_eq!((asked.price, asked.cost), (usd(184_800), usd(554_400)));
        assert_eq!(asked.margin, Some((usd(71_700), Percent::from_basis_points(3_879))));
        let unknown = Choice::today(&Subject { costs: None, ..SEATS });
        assert_eq!(unknown.margin, None);
    }

    #[test]
    fn the_nearest_terms_within_a_limit_are_found() {
        let near = |asked: &Terms, cell: &Cell, room: Option<i64>| {
            within(asked, Kind::PercentDiscount, &SEATS, Percent::ALL, cell, room.map(usd))
        };
        assert_eq!(near(&discount(20, 24), &cell(Some(15), Some(12), None), None), Some(discount(15, 12)));
        assert_eq!(near(&discount(10, 12), &cell(Some(15), Some(12), None), None), Some(discount(10, 12)));
        // 8% for 12 months is 2,217.60; 9% is 2,494.80
        assert_eq!(near(&discount(20, 12), &cell(Some(15), None, Some(240_000)), None), Some(discount(8, 12)));
        assert_eq!(near(&discount(20, 12), &cell(None, None, None), Some(240_000)), Some(discount(8, 12)));
        assert_eq!(near(&discount(20, 12), &cell(Some(15), None, None), Some(0)), None);
    }

    #[test]
    fn a_credit_and_a_new_price_are_cut_to_what_there_is_room_for() {
        let credit = Terms::Once { amount: usd(60_000) };
        let near = within(&credit, Kind::Credit, &SEATS, Percent::ALL, &cell(None, None, Some(20_000)), None);
        assert_eq!(near, Some(Terms::Once { amount: usd(20_000) }));
        let goods = within(&credit, Kind::Equipment, &SEATS, Percent::whole(60), &cell(None, None, Some(30_000)), None);
        assert_eq!(goods, Some(Terms::Once { amount: usd(50_000) }));
        let price = Terms::NewPrice { price: usd(181_000), months: None };
        let near = within(&price, Kind::PlanChange, &SEATS, Percent::ALL, &cell(None, None, Some(120_000)), None);
        assert_eq!(near, Some(Terms::NewPrice { price: usd(221_000), months: None }));
    }
}
