//! From rows of text to what they say: customers, orders, cases. A row that cannot be read is turned away with its
//! row, its line, its column and the reason; the others go on.

mod billing;
mod cases;
mod cells;
mod customers;
mod orders;

use chrono::{DateTime, Utc};

use super::choices::Choices;
use super::mapping::Kind;
use super::reader::Sheet;
use crate::error::FormErrors;

pub use billing::{BilledTo, BillingRow};
pub use cases::CaseRow;
pub use cells::Fault;
pub(in crate::intake) use cells::{Reading, span};
pub use customers::{Churn, CustomerRow, Since};
pub use orders::{Buyer, Line, OrderRows};

/// What a group of rows brings.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// A customer, and a closed case where they left.
    Customer(Box<CustomerRow>),
    /// An order.
    Order(OrderRows),
    /// The cancellation of an order.
    Cancellation(OrderRows),
    /// A request or complaint.
    Case(Box<CaseRow>),
    /// A line of an invoice.
    Billing(Box<BillingRow>),
}

/// Rows that are brought in together or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The rows, by number and line; the first names the group.
    pub rows: Vec<(usize, usize)>,
    /// What they bring.
    pub work: Work,
}

impl Group {
    /// The number of its first row.
    #[must_use]
    pub fn first(&self) -> usize {
        self.rows.first().map_or(0, |(number, _)| *number)
    }
}

/// A row that was turned away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turned {
    /// Its number.
    pub row: usize,
    /// The line of the file it begins on.
    pub line: usize,
    /// The column the trouble is in, where it can be told.
    pub column: Option<String>,
    /// Why, as a sentence.
    pub reason: String,
}

impl Turned {
    /// A row with the fault found in it.
    #[must_use]
    pub fn new((row, line): (usize, usize), fault: Fault) -> Self {
        Self { row, line, column: fault.column, reason: fault.reason }
    }
}

/// A whole file, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What it brings, in the order to bring it in.
    pub groups: Vec<Group>,
    /// What could not be read.
    pub turned: Vec<Turned>,
    /// How many rows there are.
    pub rows: usize,
}

/// Reads every row of a sheet.
///
/// # Errors
/// What is still to be decided, beside the fields and questions of the mapping.
pub fn plan(kind: Kind, sheet: &Sheet, choices: &Choices, at: DateTime<Utc>) -> Result<Plan, FormErrors> {
    let reading = Reading::new(kind, sheet, choices, at)?;
    let mut turned: Vec<Turned> = sheet
        .refused
        .iter()
        .map(|row| Turned { row: row.number, line: row.line, column: row.column.clone(), reason: row.reason.clone() })
        .collect();
    let groups = match kind {
        Kind::Customers => customers::read(&reading, &sheet.rows, &mut turned),
        Kind::Orders => orders::read(&reading, &sheet.rows, &mut turned),
        Kind::Cases => cases::read(&reading, &sheet.rows, &mut turned),
        Kind::Billing => billing::read(&reading, &sheet.rows, &mut turned),
    };
    turned.sort_by_key(|turned| turned.row);
    Ok(Plan { groups, turned, rows: sheet.rows.len() + sheet.refused.len() })
}

#[cfg(test)]
mod tests;
