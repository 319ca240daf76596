//! What Aurelle sells, and what customers ordered.

use chrono::{DateTime, TimeDelta, Utc};

use super::dice::Dice;
use crate::customers::{NewOrder, NewOrderLine, OrderStatus};
use crate::money::{Currency, Money};

/// A metal with its code and what it adds to a price, in percent.
const METALS: [(&str, &str, i64); 5] = [
    ("Platinum", "PL", 40),
    ("Yellow gold", "YG", 12),
    ("White gold", "WG", 14),
    ("Rose gold", "RG", 12),
    ("Silver", "SV", -45),
];

/// A main piece: what it is, its code, and from which to which price.
const MAIN: [(&str, &str, i64, i64); 12] = [
    ("oval solitaire ring", "OVL", 2900, 11_800),
    ("round solitaire ring", "RND", 2400, 13_500),
    ("emerald-cut ring", "EMR", 3100, 12_400),
    ("three-stone ring", "TRI", 3600, 14_200),
    ("halo ring", "HAL", 2200, 8_900),
    ("pear ring", "PEA", 2600, 9_700),
    ("cushion ring", "CUS", 2500, 9_200),
    ("sapphire ring", "SAP", 1800, 7_400),
    ("tennis bracelet", "TEN", 2100, 8_600),
    ("diamond necklace", "NEC", 1500, 6_800),
    ("wedding bands, pair", "BND", 900, 3_800),
    ("eternity ring", "ETE", 1300, 5_200),
];

/// A smaller piece: what it is, its code, its price.
const SMALL: [(&str, &str, i64); 8] = [
    ("Stud earrings", "STUD", 480),
    ("Fine chain", "CHAIN", 260),
    ("Ring size kit", "SIZE", 15),
    ("Engraving", "ENGR", 65),
    ("Insured two-day delivery", "SHIP2", 86),
    ("Signet ring", "SIGN", 720),
    ("Pendant, initial", "PEND", 310),
    ("Presentation box, walnut", "BOX", 95),
];

/// How prices in dollars translate, in percent.
fn rate(currency: Currency) -> i64 {
    match currency.code() {
        "GBP" => 79,
        "EUR" => 92,
        _ => 100,
    }
}

/// An order at a moment, its number still to come.
pub(super) fn order(
    dice: &mut Dice,
    currency: Currency,
    country: &str,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> NewOrder {
    let (metal, metal_code, more) = *dice.pick(&METALS);
    let (piece, code, low, high) = *dice.pick(&MAIN);
    // most rings are at the lower end
    let price = low + (high - low) * dice.between(0, 100) * dice.between(0, 100) / 10_000;
    let price = price * (100 + more) / 100 / 10 * 10;
    let carat = dice.between(5, 30) * 10;
    let mut lines = vec![line(
        currency,
        format!("{code}-{metal_code}-{carat:03}"),
        format!("{metal} {piece}, {}.{:02} ct", carat / 100, carat % 100),
        1,
        price,
    )];
    for _ in 0..dice.weigh(&[(0, 4), (1, 3), (2, 2)]) {
        let (what, code, price) = *dice.pick(&SMALL);
        if lines.iter().all(|line| line.stock_code != code) {
            lines.push(line(currency, code.to_owned(), what.to_owned(), 1, price));
        }
    }
    let total = Money::new(lines.iter().map(|line| line.amount.minor).sum(), currency);
    let status = if now - at < TimeDelta::days(28) { OrderStatus::Open } else { OrderStatus::Fulfilled };
    NewOrder { number: String::new(), ordered_at: at, total, status, country: country.to_owned(), lines }
}

fn line(currency: Currency, stock_code: String, description: String, quantity: i32, price: i64) -> NewOrderLine {
    let unit_price = Money::new(price * rate(currency), currency);
    let amount = Money::new(unit_price.minor * i64::from(quantity), currency);
    NewOrderLine { stock_code, description, quantity, unit_price, amount }
}

/// What people call the main piece of an order: "oval solitaire ring".
pub(super) fn piece(order: &NewOrder) -> &'static str {
    let code = order.lines.first().map(|line| line.stock_code.as_str()).unwrap_or_default();
    MAIN.iter().find(|(_, piece, ..)| code.starts_with(piece)).map_or("ring", |(what, ..)| what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_an_order_add_up() {
        let mut dice = Dice::new(3);
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        for _ in 0..200 {
            let order = order(&mut dice, Currency::USD, "", now - TimeDelta::days(40), now);
            assert_eq!(order.lines.iter().map(|line| line.amount.minor).sum::<i64>(), order.total.minor);
            assert!((40_000..3_000_000).contains(&order.total.minor), "{}", order.total.minor);
            assert_ne!(piece(&order), "ring");
        }
    }
}
