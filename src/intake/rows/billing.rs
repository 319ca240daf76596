//! Rows are lines of invoices, each for itself. Of rows that say the same the first is the first such line of its
//! invoice, the next the second: so that an extract brought in again, whole or in part, changes nothing.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::cells::{Cells, Fault};
use super::{Group, Reading, Turned, Work};
use crate::intake::mapping::Field;
use crate::intake::reader::Row;
use crate::intake::values::identifier;
use crate::money::Money;

/// Whom a line was billed to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BilledTo {
    /// The customer's account number; empty when only the subscription is named.
    pub account: String,
    /// The subscription's reference; empty when only the account is named.
    pub subscription: String,
}

/// A line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BillingRow {
    /// To whom.
    pub to: BilledTo,
    /// On which invoice.
    pub invoice: String,
    /// The day of the invoice.
    pub billed_on: NaiveDate,
    /// What for.
    pub description: String,
    /// How much.
    pub amount: Money,
    /// Of several rows that say the same, the how manieth this is.
    pub copy: i32,
}

pub(super) fn read(reading: &Reading<'_>, rows: &[Row], turned: &mut Vec<Turned>) -> Vec<Group> {
    let mut copies: HashMap<BillingRow, i32> = HashMap::new();
    let mut groups = Vec::with_capacity(rows.len());
    for row in rows {
        let at = (row.number, row.line);
        match line(&reading.cells(row)) {
            Ok(mut line) => {
                let copy = copies.entry(line.clone()).or_default();
                *copy += 1;
                line.copy = *copy;
                groups.push(Group { rows: vec![at], work: Work::Billing(Box::new(line)) });
            }
            Err(fault) => turned.push(Turned::new(at, fault)),
        }
    }
    groups
}

fn line(cells: &Cells<'_>) -> Result<BillingRow, Fault> {
    let enter = |field: Field| cells.fault(field, format!("Enter the {}.", field.label().to_lowercase()));
    let to = BilledTo {
        account: identifier(cells.text(Field::AccountNumber, 60)?).to_owned(),
        subscription: identifier(cells.text(Field::SubscriptionRef, 80)?).to_owned(),
    };
    if to.account.is_empty() && to.subscription.is_empty() {
        return Err(cells.fault(Field::AccountNumber, "Enter the account number or the subscription."));
    }
    let invoice = identifier(cells.text(Field::InvoiceNumber, 60)?);
    if invoice.is_empty() {
        return Err(enter(Field::InvoiceNumber));
    }
    let currency = cells.currency()?;
    Ok(BillingRow {
        to,
        invoice: invoice.to_owned(),
        billed_on: cells
            .date(Field::BilledOn)?
            .ok_or_else(|| cells.fault(Field::BilledOn, "Enter the day it was billed."))?,
        description: cells.text(Field::LineText, 300)?.to_owned(),
        amount: cells.money(Field::Amount, currency)?.ok_or_else(|| enter(Field::Amount))?,
        copy: 0,
    })
}
