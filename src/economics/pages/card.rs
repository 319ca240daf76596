//! The card "Economics" as pages show it, in words.

use chrono::{DateTime, Datelike, Utc};

use super::super::{Block, Bought, Cost, Economics, Lifetime, OrderEconomics, Running};
use crate::calendar;
use crate::ids::OrderId;
use crate::money::{Money, Percent};

/// The card's figures.
pub struct Card {
    /// One part for each currency.
    pub blocks: Vec<Part>,
    /// Of the order at stake.
    pub order: Option<OrderPart>,
    /// "Company floors for offers are 20% to 35%."
    pub floor: String,
}

/// The figures in one currency.
pub struct Part {
    /// The currency's code, where there are several parts.
    pub currency: Option<String>,
    /// "Revenue a month, 42 × Cloud voice"
    pub revenue_of: String,
    /// What runs brings in; nothing without a subscription.
    pub revenue: Option<Money>,
    /// What it costs us, as a deduction; "Unknown" otherwise.
    pub costs: Option<String>,
    /// "Of 1 of 2 subscriptions nobody has said what it costs to serve, so the margin is unknown."
    pub unknown: String,
    /// What concessions in force cost a month, as a deduction.
    pub concessions: Option<String>,
    /// What is left of a month.
    pub margin: Option<Money>,
    /// The same as a share.
    pub percent: Option<Percent>,
    /// The same for a bar: 0 to 100.
    pub bar: i32,
    /// For as long as they are likely to stay; "Unknown" otherwise.
    pub lifetime_value: Option<String>,
    /// How long that is, by subscription where they differ: whose, how long, what says so.
    pub lifetimes: Vec<(String, String, String)>,
    /// All that was conceded in twelve months.
    pub conceded: Money,
    /// What they paid in all, in their own currency.
    pub paid: Option<Money>,
    /// What was ordered in twelve months.
    pub bought: Option<BoughtPart>,
    /// What it costs to serve, line by line.
    pub served: Vec<ServedPart>,
}

/// What was ordered in twelve months.
pub struct BoughtPart {
    /// "3 orders in 12 months"
    pub label: String,
    /// What they come to.
    pub total: Money,
    /// What they cost us.
    pub costs: String,
    /// What is left.
    pub margin: Option<Money>,
}

/// What it costs to serve one subscription.
pub struct ServedPart {
    /// Which one.
    pub label: String,
    /// What its lines say, and of which one where there are several.
    pub title: String,
    /// Where its lines are changed.
    pub href: String,
    /// The lines.
    pub lines: Vec<LinePart>,
}

/// A line of what it costs to serve.
pub struct LinePart {
    /// What for.
    pub what: String,
    /// How much.
    pub amount: Money,
    /// Where the figure comes from and of which day it is.
    pub source: String,
}

/// An order's figures.
pub struct OrderPart {
    /// What it comes to.
    pub total: Money,
    /// What it cost us, as a deduction; "Unknown" otherwise.
    pub costs: String,
    /// What is left of it.
    pub margin: Option<Money>,
    /// The same as a share.
    pub percent: Option<Percent>,
    /// The same for a bar: 0 to 100.
    pub bar: i32,
    /// Where its lines are changed.
    pub href: String,
    /// The lines.
    pub lines: Vec<LinePart>,
}

impl Card {
    /// Whether anything runs.
    #[must_use]
    pub fn serves(&self) -> bool {
        self.blocks.iter().any(|part| !part.served.is_empty())
    }

    /// The figures in words.
    #[must_use]
    pub fn of(economics: &Economics, order: Option<(OrderId, OrderEconomics)>, at: DateTime<Utc>) -> Self {
        let year = at.year();
        let several = economics.blocks.len() > 1;
        let blocks = economics.blocks.iter().map(|block| {
            let mut part = Part::of(block, year);
            part.currency = several.then(|| block.currency.code().to_owned());
            part.paid = (block.currency == economics.paid.currency).then_some(economics.paid);
            part
        });
        let floor = match economics.floor() {
            Some((low, high)) if low == high => format!("Company floor for offers is {low}."),
            Some((low, high)) => format!("Company floors for offers are {low} to {high}."),
            None => String::new(),
        };
        Self { blocks: blocks.collect(), order: order.map(|(id, order)| OrderPart::of(id, &order, year)), floor }
    }
}

impl Part {
    fn of(block: &Block, year: i32) -> Self {
        let count = block.subscriptions.len();
        let (margin, percent) = (block.margin(), block.margin_percent());
        let lifetimes = match block.lifetime() {
            Some(all) => vec![(String::new(), months(all), why(all, year))],
            None => block.subscriptions.iter().map(|one| told(one, year)).collect(),
        };
        Self {
            currency: None,
            revenue_of: match block.subscriptions.as_slice() {
                [one] if one.quantity > 1 => format!("A month, {} × {}", one.quantity, one.label),
                [one] => format!("A month, {}", one.label),
                _ => format!("A month, {count} subscriptions"),
            },
            revenue: (count > 0).then(|| block.revenue()),
            costs: block.cost_to_serve().map(deducted),
            unknown: match (block.unknown_costs(), count) {
                (0, _) => String::new(),
                (_, 1) => "Nobody has said what it costs to serve, so the margin is unknown.".to_owned(),
                (unknown, _) => format!(
                    "Nobody has said what {unknown} of {count} subscriptions cost to serve, so the margin is unknown."
                ),
            },
            concessions: (!block.concessions().is_zero()).then(|| deducted(block.concessions())),
            bar: bar(percent),
            margin: margin.filter(|_| count > 0),
            percent,
            lifetime_value: block.lifetime_value().map(Money::short),
            lifetimes,
            conceded: block.conceded,
            paid: None,
            bought: block.bought.as_ref().map(BoughtPart::of),
            served: block.subscriptions.iter().map(|one| ServedPart::of(one, count > 1, year)).collect(),
        }
    }
}

impl BoughtPart {
    fn of(bought: &Bought) -> Self {
        let orders = bought.orders;
        Self {
            label: if orders == 1 {
                "1 order in 12 months".to_owned()
            } else {
                format!("{orders} orders in 12 months")
            },
            total: bought.total,
            costs: match bought.unknown {
                0 => deducted(bought.costs),
                unknown if unknown == orders => "Unknown".to_owned(),
                unknown => format!("Unknown for {unknown} of {orders}"),
            },
            margin: bought.margin(),
        }
    }
}

impl ServedPart {
    fn of(running: &Running, several: bool, year: i32) -> Self {
        let what = "What it costs to serve";
        Self {
            title: if several { format!("{what} {}", running.label) } else { what.to_owned() },
            label: running.label.clone(),
            href: format!("/subscriptions/{}/costs", running.id),
            lines: lines(&running.costs, year),
        }
    }
}

impl OrderPart {
    fn of(id: OrderId, order: &OrderEconomics, year: i32) -> Self {
        let percent = order.margin_percent();
        Self {
            total: order.total,
            costs: order.cost().map_or_else(|| "Unknown".to_owned(), deducted),
            margin: order.margin(),
            percent,
            bar: bar(percent),
            href: format!("/orders/{id}/costs"),
            lines: lines(&order.costs, year),
        }
    }
}

fn lines(costs: &[Cost], year: i32) -> Vec<LinePart> {
    let line = |cost: &Cost| LinePart {
        what: cost.what.clone(),
        amount: cost.amount,
        source: format!("{}, {}", cost.source, calendar::date(cost.as_of, year)),
    };
    costs.iter().map(line).collect()
}

fn told(running: &Running, year: i32) -> (String, String, String) {
    (running.label.clone(), months(running.lifetime), why(running.lifetime, year))
}

fn months(lifetime: Lifetime) -> String {
    match lifetime.months() {
        Some(1) => "1 month".to_owned(),
        Some(months) => format!("{months} months"),
        None => "Unknown".to_owned(),
    }
}

/// The basis of a lifetime.
fn why(lifetime: Lifetime, year: i32) -> String {
    match lifetime {
        Lifetime::Contract { until, .. } => format!("Agreed until {}.", calendar::date(until, year)),
        Lifetime::Median { n, .. } => format!("Median of {n} that had stayed as long and ended."),
        Lifetime::Unknown => "Too few of the same product have ended to say.".to_owned(),
    }
}

/// "−$1,131.00"
fn deducted(amount: Money) -> String {
    amount.negated().unwrap_or(amount).to_string()
}

fn bar(percent: Option<Percent>) -> i32 {
    percent.map_or(0, |percent| (percent.basis_points() / 100).clamp(0, 100))
}
