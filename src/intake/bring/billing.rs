//! Lines of invoices. What they are billed to has to be here: an extract is no way to add customers.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;

use super::{Ground, Halt, by_account};
use crate::customers::{self, NewBillingLine};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CustomerId, SubscriptionId};
use crate::intake::rows::{BillingRow, Fault, Group, Work};
use crate::intake::{Brought, Outcome};
use crate::money::{Currency, Money};

/// Customers by account number, subscriptions by reference, and the lines of the invoices that are here.
#[derive(Debug)]
pub(in crate::intake) struct Known {
    customers: HashMap<String, CustomerId>,
    subscriptions: HashMap<String, (SubscriptionId, CustomerId)>,
    lines: HashSet<(CustomerId, NewBillingLine)>,
}

impl Known {
    pub(super) async fn look_up(connection: &mut PgConnection, groups: &[&Group]) -> Result<Self> {
        let rows = || {
            groups.iter().filter_map(|group| match &group.work {
                Work::Billing(row) => Some(row),
                _ => None,
            })
        };
        let accounts: Vec<String> = rows().map(|row| row.to.account.clone()).collect();
        let references: Vec<String> = rows().map(|row| row.to.subscription.clone()).collect();
        let invoices: Vec<String> = rows().map(|row| row.invoice.clone()).collect();
        let customers = by_account(&mut *connection, &accounts).await?;
        let subscriptions: HashMap<String, (SubscriptionId, CustomerId)> = sqlx::query!(
            r#"
            select external_ref as "external_ref!", id as "id: SubscriptionId", customer_id as "customer: CustomerId"
            from subscriptions
            where external_ref = any($1)
            "#,
            &references,
        )
        .fetch_all(&mut *connection)
        .await?
        .into_iter()
        .map(|row| (row.external_ref, (row.id, row.customer)))
        .collect();
        let of: Vec<uuid::Uuid> = customers
            .values()
            .chain(subscriptions.values().map(|(_, customer)| customer))
            .map(|id| id.uuid())
            .collect();
        let lines = sqlx::query!(
            r#"
            select customer_id as "customer: CustomerId", subscription_id as "subscription: SubscriptionId",
                invoice_number, billed_on, description, amount_minor, currency as "currency: Currency", copy
            from billing_lines
            where customer_id = any($1) and invoice_number = any($2)
            "#,
            &of,
            &invoices,
        )
        .fetch_all(connection)
        .await?
        .into_iter()
        .map(|row| {
            let line = NewBillingLine {
                subscription: row.subscription,
                invoice: row.invoice_number,
                billed_on: row.billed_on,
                description: row.description,
                amount: Money::new(row.amount_minor, row.currency),
                copy: row.copy,
            };
            (row.customer, line)
        })
        .collect();
        Ok(Self { customers, subscriptions, lines })
    }

    /// Whose line it is, as it would be kept.
    fn settle(&self, row: &BillingRow) -> Result<(CustomerId, NewBillingLine), Fault> {
        let (account, reference) = (&row.to.account, &row.to.subscription);
        let named = match account.as_str() {
            "" => None,
            account => Some(
                *self
                    .customers
                    .get(account)
                    .ok_or_else(|| Fault::new(format!("No customer here has the account number {account}.")))?,
            ),
        };
        let subscription = match reference.as_str() {
            "" => None,
            reference => Some(
                *self
                    .subscriptions
                    .get(reference)
                    .ok_or_else(|| Fault::new(format!("No subscription here has the reference {reference}.")))?,
            ),
        };
        let customer = match (named, subscription) {
            (Some(named), Some((_, of))) if named != of => {
                return Err(Fault::new(format!("The subscription {reference} is not of the account {account}.")));
            }
            (Some(named), _) => named,
            (None, Some((_, of))) => of,
            (None, None) => return Err(Fault::new("Enter the account number or the subscription.")),
        };
        let line = NewBillingLine {
            subscription: subscription.map(|(id, _)| id),
            invoice: row.invoice.clone(),
            billed_on: row.billed_on,
            description: row.description.clone(),
            amount: row.amount,
            copy: row.copy,
        };
        Ok((customer, line))
    }

    pub(super) fn judge(&self, row: &BillingRow) -> Result<Outcome, Fault> {
        let is_here = self.lines.contains(&self.settle(row)?);
        Ok(if is_here { Outcome::Unchanged } else { Outcome::Created })
    }

    pub(super) async fn bring(&mut self, tx: &mut Tx, ground: &Ground, row: &BillingRow) -> Result<Brought, Halt> {
        let (customer, line) = self.settle(row)?;
        let added = customers::add_billing_line(tx, &ground.proofs.import, customer, &line).await?;
        self.lines.insert((customer, line));
        // another run may have brought it meanwhile
        Ok(Brought::nothing(if added { Outcome::Created } else { Outcome::Unchanged }))
    }
}
