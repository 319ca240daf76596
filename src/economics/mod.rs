//! What a customer brings in and costs us: revenue, cost to serve, concessions, the margin that is left and what it adds
//! up to for as long as they are likely to stay; and what past offers of a type did, which says when one pays for
//! itself. What is not known stays unknown: no margin is guessed.

mod actions;
mod cost;
mod lifetimes;
mod pages;
mod results;
mod store;

use chrono::{Datelike, NaiveDate};

use crate::ids::{OfferId, SubscriptionId};
use crate::money::{Currency, Money, Percent};

pub use actions::{add_cost, add_costs, edit_cost, refresh, refresh_if_old, remove_cost};
pub use cost::{Cost, NewCost, Served};
pub use pages::{Card, routes};
pub use results::{FEWEST, Gain, Returns, Roi, Share, break_even, roi};
pub use store::{cost, costs_of, gains, gains_part, of_customer, of_customer_part, of_order_part};

/// How much longer a subscription is likely to stay, and what says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lifetime {
    /// It is agreed until then: so many months that have begun until the contract ends.
    Contract {
        /// How many.
        months: u32,
        /// The last day.
        until: NaiveDate,
    },
    /// The median of subscriptions of the same product that ended and had stayed at least as long.
    Median {
        /// How many months more they stayed.
        months: u32,
        /// How many they were.
        n: i64,
    },
    /// Nothing says.
    Unknown,
}

impl Lifetime {
    /// What says so on a day: the contract as far as it reaches, and what others did where that is longer. A contract is
    /// the least they stay, no end of it: most renew.
    #[must_use]
    pub fn on(today: NaiveDate, contract_ends_on: Option<NaiveDate>, others: Option<(u32, i64)>) -> Self {
        let agreed = contract_ends_on.filter(|until| *until > today).map(|until| (months_begun(today, until), until));
        match (agreed, others) {
            (Some((agreed, until)), Some((months, _))) if agreed >= months => Self::Contract { months: agreed, until },
            (_, Some((months, n))) => Self::Median { months, n },
            (Some((months, until)), None) => Self::Contract { months, until },
            (None, None) => Self::Unknown,
        }
    }

    /// How many months, if anything says.
    #[must_use]
    pub fn months(self) -> Option<u32> {
        match self {
            Self::Contract { months, .. } | Self::Median { months, .. } => Some(months),
            Self::Unknown => None,
        }
    }
}

/// A subscription that runs, and what it costs to serve it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Running {
    /// Which one.
    pub id: SubscriptionId,
    /// As people would name it.
    pub label: String,
    /// How many seats, lines, …
    pub quantity: i32,
    /// A month of all of them.
    pub price: Money,
    /// What a month of it costs us, line by line; none: nobody has said.
    pub costs: Vec<Cost>,
    /// How much longer it is likely to stay.
    pub lifetime: Lifetime,
}

impl Running {
    /// What a month of it costs us; unknown without a line in its own currency.
    #[must_use]
    pub fn cost_to_serve(&self) -> Option<Money> {
        total(&self.costs, self.price.currency)
    }

    /// Revenue − cost to serve of a month, before concessions: the margin that an offer is weighed against.
    #[must_use]
    pub fn margin(&self) -> Option<Money> {
        let costs = self.cost_to_serve()?;
        Some(exact(i128::from(self.price.minor) - i128::from(costs.minor), self.price.currency))
    }
}

/// A concession that was accepted and still lowers what a subscription brings in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InForce {
    /// The offer.
    pub offer: OfferId,
    /// Of which subscription.
    pub subscription: SubscriptionId,
    /// What it costs us a month.
    pub monthly: Money,
    /// For so many months more, the one under way included.
    pub months_left: u32,
}

impl InForce {
    /// What is left on a day of a concession that costs `exposure` over its `months`; nothing once it has run out.
    #[must_use]
    pub fn on(
        today: NaiveDate,
        (offer, subscription): (OfferId, SubscriptionId),
        since: NaiveDate,
        exposure: Money,
        months: u32,
    ) -> Option<Self> {
        let until = since.checked_add_months(chrono::Months::new(months))?;
        let months_left = if until > today { months_begun(today, until).min(months) } else { 0 };
        let (cost, by) = (i128::from(exposure.minor), i128::from(months.max(1)));
        // as everywhere: to the nearest, half away from zero; exposures are never below zero
        let monthly = exact((cost + by / 2) / by, exposure.currency);
        (months_left > 0).then_some(Self { offer, subscription, monthly, months_left })
    }
}

/// What was ordered in the last twelve months, and not cancelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bought {
    /// How many orders.
    pub orders: i64,
    /// What they come to.
    pub total: Money,
    /// What those cost us of which that is known.
    pub costs: Money,
    /// Of how many orders nobody has said what they cost us.
    pub unknown: i64,
}

impl Bought {
    /// What is left of them; unknown as long as the cost of one is.
    #[must_use]
    pub fn margin(&self) -> Option<Money> {
        let left = i128::from(self.total.minor) - i128::from(self.costs.minor);
        (self.unknown == 0).then(|| exact(left, self.total.currency))
    }
}

/// A customer's figures in one currency: currencies never mix (R1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    /// Which one.
    pub currency: Currency,
    /// What runs.
    pub subscriptions: Vec<Running>,
    /// All that was conceded in twelve months that roll, to the customer and the accounts linked to it.
    pub conceded: Money,
    /// What of the customer's own concessions still lowers the revenue.
    pub in_force: Vec<InForce>,
    /// What was ordered, if anything was.
    pub bought: Option<Bought>,
}

impl Block {
    /// What active subscriptions bring in a month.
    #[must_use]
    pub fn revenue(&self) -> Money {
        self.sum(self.subscriptions.iter().map(|one| one.price))
    }

    /// What a month costs us to serve; unknown as long as one subscription has no line.
    #[must_use]
    pub fn cost_to_serve(&self) -> Option<Money> {
        let costs: Option<Vec<Money>> = self.subscriptions.iter().map(Running::cost_to_serve).collect();
        costs.map(|costs| self.sum(costs))
    }

    /// Of how many subscriptions nobody has said what they cost to serve.
    #[must_use]
    pub fn unknown_costs(&self) -> usize {
        self.subscriptions.iter().filter(|one| one.cost_to_serve().is_none()).count()
    }

    /// What concessions that are in force cost a month.
    #[must_use]
    pub fn concessions(&self) -> Money {
        self.sum(self.in_force.iter().map(|one| one.monthly))
    }

    /// Revenue − cost to serve − concessions, per month (*margin* of DOMAIN.md).
    #[must_use]
    pub fn margin(&self) -> Option<Money> {
        let spent = i128::from(self.cost_to_serve()?.minor) + i128::from(self.concessions().minor);
        Some(exact(i128::from(self.revenue().minor) - spent, self.currency))
    }

    /// The margin as a share of the revenue after concessions, rounded down to a hundredth of a percent, as for offers.
    #[must_use]
    pub fn margin_percent(&self) -> Option<Percent> {
        let left = i128::from(self.revenue().minor) - i128::from(self.concessions().minor);
        share(self.margin()?.minor.into(), left)
    }

    /// Margin × the months they are likely to stay, concessions counted for as long as they run; unknown where either
    /// is of one subscription.
    #[must_use]
    pub fn lifetime_value(&self) -> Option<Money> {
        let mut value = 0_i128;
        for one in &self.subscriptions {
            value += i128::from(one.margin()?.minor) * i128::from(one.lifetime.months()?);
        }
        for one in &self.in_force {
            let of = self.subscriptions.iter().find(|running| running.id == one.subscription);
            let months =
                of.and_then(|running| running.lifetime.months()).map_or(0, |months| months.min(one.months_left));
            value -= i128::from(one.monthly.minor) * i128::from(months);
        }
        Some(exact(value, self.currency))
    }

    /// How long all that runs is likely to stay, where it is the same for all.
    #[must_use]
    pub fn lifetime(&self) -> Option<Lifetime> {
        let first = self.subscriptions.first()?.lifetime;
        self.subscriptions.iter().all(|one| one.lifetime == first).then_some(first)
    }

    fn sum(&self, amounts: impl IntoIterator<Item = Money>) -> Money {
        exact(amounts.into_iter().map(|amount| i128::from(amount.minor)).sum(), self.currency)
    }
}

/// What a customer is worth to us, and what they cost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Economics {
    /// One block for each currency, the customer's own first.
    pub blocks: Vec<Block>,
    /// What they paid, less what was paid back, in their own currency.
    pub paid: Money,
    /// The least margin that offers may leave, by code of the offer type.
    pub floors: Vec<(String, Percent)>,
}

impl Economics {
    /// The figures of a subscription that runs.
    #[must_use]
    pub fn running(&self, id: SubscriptionId) -> Option<&Running> {
        self.blocks.iter().flat_map(|block| &block.subscriptions).find(|one| one.id == id)
    }

    /// The figures in a currency.
    #[must_use]
    pub fn block(&self, currency: Currency) -> Option<&Block> {
        self.blocks.iter().find(|block| block.currency == currency)
    }

    /// The lowest and the highest floor.
    #[must_use]
    pub fn floor(&self) -> Option<(Percent, Percent)> {
        let floors = || self.floors.iter().map(|(_, floor)| *floor);
        floors().min().zip(floors().max())
    }
}

/// An order and what it cost us.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrderEconomics {
    /// What it comes to.
    pub total: Money,
    /// What it cost us, line by line; none: nobody has said.
    pub costs: Vec<Cost>,
}

impl OrderEconomics {
    /// What it cost us; unknown without a line in its own currency.
    #[must_use]
    pub fn cost(&self) -> Option<Money> {
        total(&self.costs, self.total.currency)
    }

    /// What is left of it.
    #[must_use]
    pub fn margin(&self) -> Option<Money> {
        Some(exact(i128::from(self.total.minor) - i128::from(self.cost()?.minor), self.total.currency))
    }

    /// What is left of it as a share, rounded down to a hundredth of a percent.
    #[must_use]
    pub fn margin_percent(&self) -> Option<Percent> {
        share(self.margin()?.minor.into(), self.total.minor.into())
    }
}

/// The sum of the lines in a currency, if there is one; the database reckons offers on the same lines.
fn total(costs: &[Cost], currency: Currency) -> Option<Money> {
    let mut lines = costs.iter().filter(|cost| cost.amount.currency == currency).peekable();
    lines.peek()?;
    Some(exact(lines.map(|cost| i128::from(cost.amount.minor)).sum(), currency))
}

/// An amount that was reckoned widely enough not to overflow; what cannot be counted stops at what can.
fn exact(minor: i128, currency: Currency) -> Money {
    let most = i64::try_from(minor).unwrap_or(if minor < 0 { i64::MIN } else { i64::MAX });
    Money::new(most, currency)
}

/// A share in basis points, rounded down, no less than −100 %; none of nothing.
fn share(part: i128, of: i128) -> Option<Percent> {
    if of <= 0 {
        return None;
    }
    let points = (10_000 * part).div_euclid(of).clamp(-10_000, 10_000);
    i32::try_from(points).ok().map(Percent::from_basis_points)
}

/// Whole months from one day to a later one: 31 January to 28 February none, to 31 March two. `whole_months` in SQL.
fn whole_months(from: NaiveDate, to: NaiveDate) -> u32 {
    let months = 12 * (to.year() - from.year()) + to.month().cast_signed() - from.month().cast_signed();
    let months = if to.day() < from.day() { months - 1 } else { months };
    u32::try_from(months).unwrap_or(0)
}

/// Months that have begun from one day to a later one: as many as there are bills.
fn months_begun(from: NaiveDate, to: NaiveDate) -> u32 {
    let whole = whole_months(from, to);
    let there = from.checked_add_months(chrono::Months::new(whole)).unwrap_or(to);
    if there < to { whole + 1 } else { whole }
}

#[cfg(test)]
mod tests;
