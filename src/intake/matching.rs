//! Which earlier order a cancellation undoes. Cancelled invoices rarely say, so what is found is a suggestion with its
//! reason, line by line.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::rows::Line;
use crate::ids::OrderId;

/// An earlier purchase of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The order.
    pub order: OrderId,
    /// Its number.
    pub number: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The item.
    pub stock_code: String,
    /// How many.
    pub quantity: i32,
}

/// What a cancelled line seems to undo, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The order, if one was found.
    pub order: Option<OrderId>,
    /// Whether the quantity is the same.
    pub same_quantity: bool,
    /// Why, in words.
    pub reason: String,
}

/// Looks for the purchase that a line undoes: the latest with the same quantity, else the latest at all.
#[must_use]
pub fn suggest(line: &Line, cancelled_at: DateTime<Utc>, purchases: &[Purchase]) -> Suggestion {
    let earlier = || {
        purchases.iter().filter(|purchase| {
            purchase.stock_code == line.stock_code && purchase.quantity > 0 && purchase.at <= cancelled_at
        })
    };
    let wanted = line.quantity.unsigned_abs();
    let same = earlier().filter(|purchase| purchase.quantity.unsigned_abs() == wanted).max_by_key(|one| one.at);
    let Some(found) = same.or_else(|| earlier().max_by_key(|one| one.at)) else {
        let reason = "no earlier purchase of this item in the file or the store".to_owned();
        return Suggestion { order: None, same_quantity: false, reason };
    };
    let when = match (cancelled_at.date_naive() - found.at.date_naive()).num_days() {
        0 => "the same day".to_owned(),
        1 => "1 day before".to_owned(),
        days => format!("{days} days before"),
    };
    let number = &found.number;
    let reason = if same.is_some() {
        format!("same item and quantity in order {number}, {when}")
    } else {
        format!("earlier purchase of the item in order {number}, {when}, quantity {}", found.quantity)
    };
    Suggestion { order: Some(found.order), same_quantity: same.is_some(), reason }
}

/// The order that most lines point at, those with the same quantity first; of two, the one named first.
#[must_use]
pub fn best(suggestions: &[Suggestion]) -> Option<OrderId> {
    let mut scores: HashMap<OrderId, (usize, usize)> = HashMap::new();
    for (at, suggestion) in suggestions.iter().enumerate() {
        if let Some(order) = suggestion.order {
            let score = scores.entry(order).or_insert((0, usize::MAX - at));
            score.0 += if suggestion.same_quantity { 2 } else { 1 };
        }
    }
    scores.into_iter().max_by_key(|(_, score)| *score).map(|(order, _)| order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{Currency, Money};

    fn at(day: u32) -> DateTime<Utc> {
        format!("2010-12-{day:02}T10:00:00Z").parse().unwrap()
    }

    fn bought(order: OrderId, day: u32, stock_code: &str, quantity: i32) -> Purchase {
        Purchase { order, number: format!("5363{day:02}"), at: at(day), stock_code: stock_code.into(), quantity }
    }

    fn cancelled(stock_code: &str, quantity: i32) -> Line {
        let price = Money::new(100, Currency::GBP);
        let (stock_code, description) = (stock_code.to_owned(), String::new());
        Line { stock_code, description, quantity, unit_price: price, amount: price }
    }

    #[test]
    fn the_same_quantity_wins_over_the_latest() {
        let (one, two) = (OrderId::new(), OrderId::new());
        let purchases = [bought(one, 1, "22960", 6), bought(two, 3, "22960", 12), bought(two, 3, "84946", 6)];
        let found = suggest(&cancelled("22960", -6), at(4), &purchases);
        assert_eq!(found.order, Some(one));
        assert_eq!(found.reason, "same item and quantity in order 536301, 3 days before");
        let other = suggest(&cancelled("22960", -5), at(4), &purchases);
        assert_eq!(other.order, Some(two));
        assert_eq!(other.reason, "earlier purchase of the item in order 536303, 1 day before, quantity 12");
    }

    #[test]
    fn a_later_purchase_or_another_cancellation_is_none() {
        let order = OrderId::new();
        let purchases = [bought(order, 9, "22960", 6), bought(order, 1, "22960", -6)];
        let found = suggest(&cancelled("22960", -6), at(4), &purchases);
        assert_eq!((found.order, found.same_quantity), (None, false));
        assert_eq!(found.reason, "no earlier purchase of this item in the file or the store");
    }

    #[test]
    fn the_order_with_most_lines_is_the_best() {
        let (one, two) = (OrderId::new(), OrderId::new());
        let line = |order, same_quantity| Suggestion { order, same_quantity, reason: String::new() };
        let (a, b) = (line(Some(one), true), line(Some(two), false));
        assert_eq!(best(&[b.clone(), a.clone()]), Some(one));
        assert_eq!(best(&[a.clone(), b.clone(), b.clone(), b.clone()]), Some(two));
        assert_eq!(best(&[a, b.clone(), b]), Some(one), "a tie goes to the one named first");
        assert_eq!(best(&[line(None, false)]), None);
    }
}
