//! Orders, and a closed case for each cancellation with what it took back, line by line.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;

use super::{Ground, Halt, by_account, placeholder};
use crate::cases::{self, AtStake, CancellationLine, Channel, NewCase, Outcome as CaseOutcome, PastCase, Priority};
use crate::customers::{self, Changed, Details, NewOrder, NewOrderLine, OrderStatus};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CustomerId, OrderId};
use crate::intake::guesses;
use crate::intake::matching::{Purchase, best, suggest};
use crate::intake::rows::{Buyer, Fault, Group, OrderRows, Work};
use crate::intake::{Brought, Outcome};
use crate::money::{Currency, Money};

#[derive(Debug)]
struct Here {
    id: OrderId,
    buyer: Option<String>,
    total: Money,
    lines: usize,
}

/// Customers by account number, orders and cancellations by their numbers, earlier purchases by customer.
#[derive(Debug)]
pub(in crate::intake) struct Known {
    customers: HashMap<String, CustomerId>,
    orders: HashMap<String, Here>,
    cancelled: HashSet<String>,
    purchases: HashMap<CustomerId, Vec<Purchase>>,
}

impl Known {
    pub(super) async fn look_up(connection: &mut PgConnection, ground: &Ground, groups: &[&Group]) -> Result<Self> {
        let orders = || {
            groups.iter().filter_map(|group| match &group.work {
                Work::Order(order) => Some((order, false)),
                Work::Cancellation(order) => Some((order, true)),
                _ => None,
            })
        };
        let accounts: Vec<String> = orders()
            .filter_map(|(order, _)| match &order.buyer {
                Buyer::Account(number) => Some(number.clone()),
                Buyer::Guest => None,
            })
            .collect();
        let customers = by_account(&mut *connection, &accounts).await?;
        let numbers: Vec<String> =
            orders().filter(|(_, cancels)| !cancels).map(|(order, _)| order.number.clone()).collect();
        let here = sqlx::query!(
            r#"
            select o.number, o.id as "id: OrderId", c.account_number as "buyer?", o.total_minor,
                o.currency as "currency: Currency",
                (select count(*) from order_lines l where l.order_id = o.id) as "lines!"
            from orders o
            join customers c on c.id = o.customer_id
            where o.number = any($1)
            "#,
            &numbers,
        )
        .fetch_all(&mut *connection)
        .await?
        .into_iter()
        .map(|row| {
            let (total, lines) = (Money::new(row.total_minor, row.currency), usize::try_from(row.lines).unwrap_or(0));
            (row.number, Here { id: row.id, buyer: row.buyer, total, lines })
        })
        .collect();
        let cancellations: Vec<&OrderRows> = orders().filter(|(_, cancels)| *cancels).map(|(order, _)| order).collect();
        let mut known = Self { customers, orders: here, cancelled: HashSet::new(), purchases: HashMap::new() };
        if !cancellations.is_empty() {
            known.look_up_cancelled(connection, ground, &cancellations).await?;
        }
        Ok(known)
    }

    async fn look_up_cancelled(
        &mut self,
        connection: &mut PgConnection,
        ground: &Ground,
        cancellations: &[&OrderRows],
    ) -> Result<()> {
        let numbers: Vec<String> = cancellations.iter().map(|order| order.number.clone()).collect();
        self.cancelled = sqlx::query_scalar!(
            r#"select external_ref as "number!" from cases where source = $1 and external_ref = any($2)"#,
            ground.source,
            &numbers,
        )
        .fetch_all(&mut *connection)
        .await?
        .into_iter()
        .collect();
        let customers: Vec<CustomerId> = cancellations.iter().filter_map(|order| self.customer(order)).collect();
        let customers: Vec<uuid::Uuid> = customers.into_iter().map(CustomerId::uuid).collect();
        let codes: Vec<String> =
            cancellations.iter().flat_map(|order| &order.lines).map(|line| line.stock_code.clone()).collect();
        let purchases = sqlx::query!(
            r#"
            select o.customer_id as "customer: CustomerId", o.id as "id: OrderId", o.number, o.ordered_at, l.stock_code,
                l.quantity
            from orders o
            join order_lines l on l.order_id = o.id
            where o.customer_id = any($1) and l.stock_code = any($2)
            order by o.ordered_at, o.id, l.position
            "#,
            &customers,
            &codes,
        )
        .fetch_all(connection)
        .await?;
        for row in purchases {
            self.purchases.entry(row.customer).or_default().push(Purchase {
                order: row.id,
                number: row.number,
                at: row.ordered_at,
                stock_code: row.stock_code,
                quantity: row.quantity,
            });
        }
        Ok(())
    }

    fn customer(&self, order: &OrderRows) -> Option<CustomerId> {
        match &order.buyer {
            Buyer::Account(number) => self.customers.get(number).copied(),
            Buyer::Guest => None,
        }
    }

    pub(super) fn judge(&self, order: &OrderRows) -> Result<Outcome, Fault> {
        let Some(here) = self.orders.get(&order.number) else {
            return Ok(Outcome::Created);
        };
        if let Buyer::Account(account) = &order.buyer
            && here.buyer.as_ref() != Some(account)
        {
            return Err(Fault::new(format!("Order {} belongs to another customer here.", order.number)));
        }
        let same = here.total == order.total && here.lines == order.lines.len();
        Ok(if same { Outcome::Unchanged } else { Outcome::Updated })
    }

    pub(super) fn judge_cancellation(&self, order: &OrderRows) -> Outcome {
        if self.cancelled.contains(&order.number) { Outcome::Unchanged } else { Outcome::Created }
    }

    pub(super) async fn bring(
        &mut self,
        tx: &mut Tx,
        ground: &Ground,
        order: &OrderRows,
        outcome: Outcome,
    ) -> Result<Brought, Halt> {
        let mut brought = Brought::nothing(outcome);
        let new = new_order(order);
        if let Some(here) = self.orders.get(&order.number) {
            let _: Changed = customers::update_order_from_import(tx, &ground.proofs.import, here.id, new).await?;
            return Ok(brought);
        }
        let customer = self.customer_for(tx, ground, order, &mut brought).await?;
        customers::add_order(tx, &ground.proofs.add, customer, new).await?;
        brought.orders = 1;
        Ok(brought)
    }

    /// A cancellation becomes a lost case, at once: nobody was asked.
    pub(super) async fn cancel(&mut self, tx: &mut Tx, ground: &Ground, order: &OrderRows) -> Result<Brought, Halt> {
        let mut brought = Brought::nothing(Outcome::Created);
        let customer = self.customer_for(tx, ground, order, &mut brought).await?;
        let purchases = self.purchases.get(&customer).map(Vec::as_slice).unwrap_or_default();
        let suggestions: Vec<_> = order.lines.iter().map(|line| suggest(line, order.ordered_at, purchases)).collect();
        let named = match &order.cancels {
            Some(number) => customers::find_order(tx, number).await?.filter(|named| named.customer == customer),
            None => None,
        };
        let at_stake = named.map(|named| named.id).or_else(|| best(&suggestions));
        let lost = Money::new(order.total.minor.saturating_neg().max(0), order.total.currency);
        let case = NewCase {
            customer,
            kind: cases::Kind::OrderCancellation,
            channel: Channel::Crm,
            stated_reason: String::new(),
            reason: Some("other.not_stated".to_owned()),
            at_stake: at_stake.map_or(AtStake::Everything, AtStake::Order),
            value_at_risk: lost,
            priority: Priority::NORMAL,
            leaves_on: None,
            just_cancel: false,
            team: None,
            owner: None,
            source: Some(ground.source.clone()),
            external_ref: Some(order.number.clone()),
            source_category: None,
            second_because: None,
        };
        let past = PastCase {
            case,
            outcome: CaseOutcome::Lost,
            note: String::new(),
            kept: Money::zero(lost.currency),
            opened_at: order.ordered_at,
            closed_at: order.ordered_at,
        };
        let (open, close) = (&ground.proofs.open, &ground.proofs.close);
        let case = cases::record_past(tx, open, close, past).await?;
        let lines: Vec<CancellationLine> = order
            .lines
            .iter()
            .zip(suggestions)
            .map(|(line, suggestion)| CancellationLine {
                stock_code: line.stock_code.clone(),
                description: line.description.clone(),
                quantity: line.quantity.saturating_neg(),
                amount: Money::new(line.amount.minor.saturating_neg(), line.amount.currency),
                order: suggestion.order,
                match_reason: suggestion.reason.chars().take(200).collect(),
            })
            .collect();
        cases::note_cancellation_lines(tx, open, case, &lines).await?;
        brought.cases = 1;
        Ok(brought)
    }

    /// Whose order it is: a customer by account number, or a guest of this order alone.
    async fn customer_for(
        &mut self,
        tx: &mut Tx,
        ground: &Ground,
        order: &OrderRows,
        brought: &mut Brought,
    ) -> Result<CustomerId, Halt> {
        if let Some(id) = self.customer(order) {
            return Ok(id);
        }
        let (account_number, name) = match &order.buyer {
            Buyer::Account(number) => (Some(number.clone()), placeholder(number)),
            Buyer::Guest => (None, format!("Guest of order {}", order.number)),
        };
        let details = Details {
            identified: account_number.is_some(),
            account_number,
            name,
            country: order.country.clone(),
            time_zone: guesses::zone(&order.country).unwrap_or(ground.zone),
            currency: order.total.currency,
            paid_total: Money::zero(order.total.currency),
            refunded_total: Money::zero(order.total.currency),
            customer_since: Some(order.ordered_at.with_timezone(&ground.zone).date_naive()),
            ..Details::default()
        };
        let account = details.account_number.clone();
        let id = customers::add(tx, &ground.proofs.add, details).await?;
        if let Some(account) = account {
            self.customers.insert(account, id);
        }
        brought.customers = 1;
        Ok(id)
    }
}

fn new_order(order: &OrderRows) -> NewOrder {
    NewOrder {
        number: order.number.clone(),
        ordered_at: order.ordered_at,
        total: order.total,
        status: OrderStatus::Fulfilled,
        country: order.country.clone(),
        lines: order
            .lines
            .iter()
            .map(|line| NewOrderLine {
                stock_code: line.stock_code.clone(),
                description: line.description.clone(),
                quantity: line.quantity,
                unit_price: line.unit_price,
                amount: line.amount,
            })
            .collect(),
    }
}
