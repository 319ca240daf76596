//! Rows are lines of orders; those with the same number are one order. An order is brought in whole or not at all,
//! since its total would be wrong otherwise.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::cells::{Cells, Fault};
use super::{Group, Reading, Turned, Work};
use crate::intake::mapping::Field;
use crate::intake::reader::Row;
use crate::intake::values::{identifier, yes_or_no};
use crate::money::Money;

/// Who ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Buyer {
    /// A customer with this account number.
    Account(String),
    /// Somebody without an account.
    Guest,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The item's code.
    pub stock_code: String,
    /// What it is.
    pub description: String,
    /// How many; fewer than none when taken back.
    pub quantity: i32,
    /// The price of one.
    pub unit_price: Money,
    /// Quantity × price.
    pub amount: Money,
}

/// The lines of one order, or of its cancellation.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderRows {
    /// The order's number.
    pub number: String,
    /// Who ordered.
    pub buyer: Buyer,
    /// When: its earliest line.
    pub ordered_at: DateTime<Utc>,
    /// From where.
    pub country: String,
    /// The sum of its lines.
    pub total: Money,
    /// Its lines.
    pub lines: Vec<Line>,
    /// The order it says it cancels.
    pub cancels: Option<String>,
}

struct Read {
    line: Line,
    buyer: Buyer,
    ordered_at: DateTime<Utc>,
    country: String,
    /// The order it cancels, or only that it cancels one.
    #[expect(clippy::option_option, reason = "three answers: none, some order, this order")]
    cancels: Option<Option<String>>,
}

/// Orders first, so that a cancellation finds the order it cancels.
pub(super) fn read(reading: &Reading<'_>, rows: &[Row], turned: &mut Vec<Turned>) -> Vec<Group> {
    let mut numbers: Vec<&str> = Vec::new();
    let mut orders: HashMap<&str, Vec<&Row>> = HashMap::new();
    for row in rows {
        let cells = reading.cells(row);
        match cells.text(Field::OrderNumber, 60) {
            Ok("") => {
                let fault = cells.fault(Field::OrderNumber, "Enter an order number.");
                turned.push(Turned::new((row.number, row.line), fault));
            }
            Ok(number) => {
                let number = identifier(number);
                orders.entry(number).or_insert_with(|| {
                    numbers.push(number);
                    Vec::new()
                });
                if let Some(rows) = orders.get_mut(number) {
                    rows.push(row);
                }
            }
            Err(fault) => turned.push(Turned::new((row.number, row.line), fault)),
        }
    }
    let (mut kept, mut cancelled) = (Vec::new(), Vec::new());
    for number in numbers {
        let rows = &orders[number];
        match order(reading, number, rows) {
            Ok((order, cancels)) => {
                let rows = rows.iter().map(|row| (row.number, row.line)).collect();
                if cancels {
                    cancelled.push(Group { rows, work: Work::Cancellation(order) });
                } else {
                    kept.push(Group { rows, work: Work::Order(order) });
                }
            }
            Err((bad, fault)) => {
                for row in rows {
                    let fault = if row.number == bad {
                        fault.clone()
                    } else {
                        Fault::new(format!("Row {bad} of the same order cannot be read."))
                    };
                    turned.push(Turned::new((row.number, row.line), fault));
                }
            }
        }
    }
    kept.append(&mut cancelled);
    kept
}

/// The order of some rows, and whether it is a cancellation; or the row that cannot be read.
fn order(reading: &Reading<'_>, number: &str, rows: &[&Row]) -> Result<(OrderRows, bool), (usize, Fault)> {
    let mut order: Option<OrderRows> = None;
    let mut cancels = false;
    for row in rows {
        let cells = reading.cells(row);
        let bad = |fault| (row.number, fault);
        let read = line(&cells).map_err(bad)?;
        cancels |= read.cancels.is_some();
        let cancelled = read.cancels.flatten();
        match &mut order {
            None => {
                order = Some(OrderRows {
                    number: number.to_owned(),
                    buyer: read.buyer,
                    ordered_at: read.ordered_at,
                    country: read.country,
                    total: read.line.amount,
                    lines: vec![read.line],
                    cancels: cancelled,
                });
            }
            Some(order) => {
                if order.buyer != read.buyer {
                    let why = "The rows of one order name different customers.";
                    return Err(bad(cells.fault(Field::AccountNumber, why)));
                }
                let sum = order.total.plus(read.line.amount);
                order.total = sum.map_err(|sum| bad(cells.fault(Field::UnitPrice, sum.to_string())))?;
                order.ordered_at = order.ordered_at.min(read.ordered_at);
                order.cancels = order.cancels.take().or(cancelled);
                order.lines.push(read.line);
            }
        }
    }
    let Some(order) = order else {
        return Err((0, Fault::new("There are no lines.")));
    };
    // where no column says so, a C before the number and nothing but returns do
    let says = reading.feeds(Field::Cancels);
    let digits = number.strip_prefix(['C', 'c']).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    let returns = order.lines.iter().all(|line| line.quantity < 0);
    let cancels = cancels || (!says && digits && returns);
    Ok((order, cancels))
}

fn line(cells: &Cells<'_>) -> Result<Read, Fault> {
    let currency = cells.currency()?;
    let enter = |field: Field| cells.fault(field, format!("Enter the {}.", field.label().to_lowercase()));
    let quantity = cells.whole(Field::Quantity)?.ok_or_else(|| enter(Field::Quantity))?;
    let quantity = i32::try_from(quantity).map_err(|_| cells.fault(Field::Quantity, "This quantity is too large."))?;
    let unit_price = cells.money(Field::UnitPrice, currency)?.ok_or_else(|| enter(Field::UnitPrice))?;
    let minor = unit_price
        .minor
        .checked_mul(i64::from(quantity))
        .ok_or_else(|| cells.fault(Field::UnitPrice, "The amount is too large to be counted."))?;
    let cancels = match cells.text(Field::Cancels, 60)? {
        "" => None,
        says => match yes_or_no(says) {
            Some(false) => None,
            Some(true) => Some(None),
            None => Some(Some(identifier(says).to_owned())),
        },
    };
    Ok(Read {
        line: Line {
            stock_code: cells.text(Field::Sku, 60)?.to_owned(),
            description: cells.text(Field::Description, 300)?.to_owned(),
            quantity,
            unit_price,
            amount: Money::new(minor, currency),
        },
        buyer: match identifier(cells.text(Field::AccountNumber, 60)?) {
            "" => Buyer::Guest,
            account => Buyer::Account(account.to_owned()),
        },
        ordered_at: cells.moment(Field::OrderedAt, None)?.ok_or_else(|| enter(Field::OrderedAt))?,
        country: cells.text(Field::Country, 60)?.to_owned(),
        cancels,
    })
}
