//! What it costs to serve: a month of most subscriptions, and most orders. Of some nobody has said.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};

use super::companies;
use super::customers::{COMPANIES, Customer};
use super::dice::Dice;
use crate::customers::{NewOrder, NewSubscription, SubscriptionStatus};
use crate::economics::NewCost;
use crate::money::Money;

/// Of the dice that fall for costs alone, so that nothing else of the demo falls differently.
const SEED: u64 = 74_300;
/// Every so manieth name that companies share has a group of accounts.
const GROUPS: usize = 4;
/// Accounts of a group at most.
const OF_A_GROUP: usize = 4;

/// The lines of one customer.
#[derive(Debug, Default)]
pub(super) struct Costs {
    /// Of each subscription, in their order.
    pub(super) subscriptions: Vec<Vec<NewCost>>,
    /// Of each order, in their order.
    pub(super) orders: Vec<Vec<NewCost>>,
    /// When they were entered.
    pub(super) at: DateTime<Utc>,
}

/// The lines of all customers, in their order.
pub(super) fn make(customers: &[Customer], now: DateTime<Utc>) -> Vec<Costs> {
    let quarter = quarter_began(now);
    let of = |(n, customer): (usize, &Customer)| {
        let mut dice = Dice::new(SEED + n as u64);
        let at = quarter.and_hms_opt(15, 0, 0).unwrap_or_default().and_utc().max(customer.added_at);
        let as_of = at.date_naive();
        Costs {
            subscriptions: customer.subscriptions.iter().map(|one| of_subscription(&mut dice, one, as_of)).collect(),
            orders: customer.orders.iter().map(|one| of_order(&mut dice, one)).collect(),
            at,
        }
    };
    customers.iter().enumerate().map(of).collect()
}

/// Companies that share a name and a trade belong together: which account is linked to which main account.
pub(super) fn links(customers: &[Customer]) -> Vec<(usize, usize)> {
    let mut links = Vec::new();
    for first in (0..companies::SHARING).step_by(GROUPS) {
        let mut group: Vec<usize> = Vec::new();
        let segment = &customers[first].new.segment;
        for n in (first..COMPANIES).step_by(companies::SHARING) {
            if customers[n].new.segment == *segment && customers[n].since_then.is_none() && group.len() < OF_A_GROUP {
                group.push(n);
            }
        }
        if let [main, others @ ..] = group.as_slice() {
            links.extend(others.iter().map(|other| (*other, *main)));
        }
    }
    links
}

/// The first day of the quarter.
fn quarter_began(now: DateTime<Utc>) -> NaiveDate {
    let today = now.date_naive();
    let month = (today.month() - 1) / 3 * 3 + 1;
    NaiveDate::from_ymd_opt(today.year(), month, 1).unwrap_or(today)
}

fn of_subscription(dice: &mut Dice, one: &NewSubscription, as_of: NaiveDate) -> Vec<NewCost> {
    let voice = one.product == "Cloud voice";
    if one.status == SubscriptionStatus::Ended || !dice.percent(if voice { 90 } else { 65 }) {
        return Vec::new();
    }
    let all = one.monthly_price.minor * dice.between(450, 600) / 1000;
    let model = format!("Finance, cost model {}", as_of.year());
    let lines: &[(&str, (i64, i64), &str)] = if voice {
        &[
            ("Support", (18, 26), "Support desk, hours logged"),
            ("Hardware", (6, 10), "Logistics, phones on loan"),
            ("Billing and payment", (2, 4), &model),
        ]
    } else {
        &[("Support", (10, 18), "Support desk, hours logged"), ("Billing and payment", (2, 5), &model)]
    };
    let main = if voice { ("Licences and trunks", model.as_str()) } else { ("Carrier", "Carrier invoice") };
    split(dice, Money::new(all, one.monthly_price.currency), main, lines, as_of)
}

fn of_order(dice: &mut Dice, order: &NewOrder) -> Vec<NewCost> {
    if !dice.percent(88) {
        return Vec::new();
    }
    let all = order.total.minor * dice.between(480, 620) / 1000;
    let lines: &[(&str, (i64, i64), &str)] = &[
        ("Making", (14, 22), "Manufacturing, job sheet"),
        ("Card fee and delivery", (3, 6), "Finance, invoices of carriers and cards"),
    ];
    let main = ("Metal and stones", "Manufacturing, job sheet");
    split(dice, Money::new(all, order.total.currency), main, lines, order.ordered_at.date_naive())
}

/// Parts of a whole with their shares in percent; the main line is what is left.
fn split(
    dice: &mut Dice,
    all: Money,
    (main, source): (&str, &str),
    lines: &[(&str, (i64, i64), &str)],
    as_of: NaiveDate,
) -> Vec<NewCost> {
    let line = |what: &str, minor: i64, source: &str| NewCost {
        what: what.to_owned(),
        amount: Money::new(minor, all.currency),
        source: source.to_owned(),
        as_of,
    };
    let mut left = all.minor;
    let mut parts = Vec::with_capacity(lines.len() + 1);
    for (what, (low, high), source) in lines {
        let part = all.minor * dice.between(*low, *high) / 100;
        left -= part;
        parts.push(line(what, part, source));
    }
    parts.insert(0, line(main, left, source));
    parts
}

#[cfg(test)]
mod tests {
    use super::super::customers;
    use super::*;

    fn all() -> (Vec<Customer>, Vec<Costs>) {
        let now = "2026-11-18T15:30:00Z".parse().unwrap();
        let all = customers::make(&mut Dice::new(5), now);
        let costs = make(&all, now);
        (all, costs)
    }

    #[test]
    fn most_voice_subscriptions_leave_about_half_as_margin_and_some_are_unknown() {
        let (all, costs) = all();
        let (mut known, mut unknown) = (0, 0);
        for (customer, costs) in all.iter().zip(&costs) {
            for (one, lines) in customer.subscriptions.iter().zip(&costs.subscriptions) {
                if one.product != "Cloud voice" || one.status == SubscriptionStatus::Ended {
                    continue;
                }
                let sum: i64 = lines.iter().map(|line| line.amount.minor).sum();
                assert!(lines.is_empty() || (440..=600).contains(&(sum * 1000 / one.monthly_price.minor)), "{sum}");
                assert!(lines.iter().all(|line| line.amount.currency == one.monthly_price.currency));
                if lines.is_empty() { unknown += 1 } else { known += 1 }
            }
        }
        assert!(known > 800 && unknown > 50, "{known} known, {unknown} unknown");
    }

    #[test]
    fn orders_cost_less_than_they_bring() {
        let (all, costs) = all();
        let orders = || all.iter().zip(&costs).flat_map(|(one, costs)| one.orders.iter().zip(&costs.orders));
        assert!(
            orders().all(|(order, lines)| lines.iter().map(|line| line.amount.minor).sum::<i64>() < order.total.minor)
        );
        assert!(orders().filter(|(_, lines)| lines.is_empty()).count() > 50);
    }

    #[test]
    fn groups_are_one_level_deep() {
        let (all, _) = all();
        let links = links(&all);
        assert!((8..60).contains(&links.len()), "{}", links.len());
        assert!(links.iter().all(|(account, main)| account != main && !links.iter().any(|(other, _)| other == main)));
    }
}
