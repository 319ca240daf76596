//! Brings groups of rows into customers, orders and cases. What is here already is looked up for many groups at once;
//! from that it is judged what a group would do (which is all a check does), and then done in a transaction of its own.

mod billing;
mod cases;
mod customers;
mod gaps;
mod orders;

use std::collections::HashMap;

use sqlx::PgConnection;

use super::rows::{Fault, Group, Work};
use super::{Brought, Import, Outcome};
use crate::auth::{AddCustomers, Can, CloseCases, EditCustomers, ImportData, OpenCases, WorkComplaints};
use crate::complaints::{self, Template};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::CustomerId;
use crate::reasons::{self, Tree};

/// What it is allowed to do, and by whom.
#[derive(Debug, Clone)]
pub(super) struct Proofs {
    import: Can<ImportData>,
    add: Can<AddCustomers>,
    edit: Can<EditCustomers>,
    open: Can<OpenCases>,
    close: Can<CloseCases>,
    complaints: Can<WorkComplaints>,
}

impl Proofs {
    /// What somebody who may import may do on the way.
    pub(super) fn of(can: &Can<ImportData>) -> Result<Self> {
        Ok(Self {
            import: can.clone(),
            add: can.and()?,
            edit: can.and()?,
            open: can.and()?,
            close: can.and()?,
            complaints: can.and()?,
        })
    }

    /// What the desk itself may do, when a run goes on without the person who began it.
    pub(super) fn desk() -> Self {
        Self {
            import: Can::desk(),
            add: Can::desk(),
            edit: Can::desk(),
            open: Can::desk(),
            close: Can::desk(),
            complaints: Can::desk(),
        }
    }
}

/// What every group of a run needs.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) import: Import,
    pub(super) source: String,
    pub(super) zone: chrono_tz::Tz,
    pub(super) country: String,
    pub(super) tree: Tree,
    /// On which complaints are answered.
    pub(super) terms: Vec<Template>,
    pub(super) proofs: Proofs,
}

impl Ground {
    pub(super) async fn new(connection: &mut PgConnection, import: Import, proofs: Proofs) -> Result<Self> {
        let answers = &import.choices.answers;
        Ok(Self {
            source: answers.source.clone().unwrap_or_else(|| "file".to_owned()),
            zone: answers.time_zone.unwrap_or(chrono_tz::America::New_York),
            country: answers.country.clone().unwrap_or_default(),
            tree: reasons::tree(connection).await?,
            terms: complaints::templates(connection).await?,
            import,
            proofs,
        })
    }
}

/// What is here already of what some groups speak of.
#[derive(Debug)]
pub(super) enum Known {
    Customers(customers::Known),
    Orders(orders::Known),
    Cases(cases::Known),
    Billing(billing::Known),
}

/// Looks up what is here already.
pub(super) async fn know(connection: &mut PgConnection, ground: &Ground, groups: &[&Group]) -> Result<Known> {
    use super::mapping::Kind;
    Ok(match ground.import.kind {
        Kind::Customers => Known::Customers(customers::Known::look_up(connection, ground, groups).await?),
        Kind::Orders => Known::Orders(orders::Known::look_up(connection, ground, groups).await?),
        Kind::Cases => Known::Cases(cases::Known::look_up(connection, ground, groups).await?),
        Kind::Billing => Known::Billing(billing::Known::look_up(connection, groups).await?),
    })
}

/// What a group would do; a fault when it cannot be brought in.
pub(super) fn judge(known: &Known, group: &Group) -> Result<Outcome, Fault> {
    match (known, &group.work) {
        (Known::Customers(known), Work::Customer(row)) => known.judge(row),
        (Known::Orders(known), Work::Order(order)) => known.judge(order),
        (Known::Orders(known), Work::Cancellation(order)) => Ok(known.judge_cancellation(order)),
        (Known::Cases(known), Work::Case(row)) => known.judge(row),
        (Known::Billing(known), Work::Billing(row)) => known.judge(row),
        _ => Err(Fault::new("This row is of another kind than its file.")),
    }
}

/// Brings a group in. What it makes is known to the groups after it, so that what is known must be looked up anew when
/// the transaction is not committed.
pub(super) async fn bring(tx: &mut Tx, ground: &Ground, known: &mut Known, group: &Group) -> Result<Brought, Halt> {
    let outcome = judge(known, group)?;
    if outcome == Outcome::Unchanged {
        return Ok(Brought::nothing(outcome));
    }
    let brought = match (known, &group.work) {
        (Known::Customers(known), Work::Customer(row)) => known.bring(tx, ground, row, outcome).await?,
        (Known::Orders(known), Work::Order(order)) => known.bring(tx, ground, order, outcome).await?,
        (Known::Orders(known), Work::Cancellation(order)) => known.cancel(tx, ground, order).await?,
        (Known::Cases(known), Work::Case(row)) => known.bring(tx, ground, group, row).await?,
        (Known::Billing(known), Work::Billing(row)) => known.bring(tx, ground, row).await?,
        _ => Brought::nothing(Outcome::Unchanged),
    };
    Ok(brought)
}

/// Why a group was not brought in.
#[derive(Debug)]
pub(super) enum Halt {
    /// Its rows are turned away.
    Turned(Fault),
    /// Something else broke.
    Broke(Error),
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Turned(fault)
    }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(sentence) => Self::Turned(Fault::new(sentence)),
            Error::Invalid(errors) => {
                let sentences: Vec<&str> = errors.all().iter().map(|(_, message)| *message).collect();
                Self::Turned(Fault::new(sentences.join(" ")))
            }
            other => Self::Broke(other),
        }
    }
}

/// Everything a customer is called by a file that gives no name.
fn placeholder(account_number: &str) -> String {
    format!("Customer {account_number}")
}

/// Customers by their account numbers, those that are here.
async fn by_account(connection: &mut PgConnection, accounts: &[String]) -> Result<HashMap<String, CustomerId>> {
    let rows = sqlx::query!(
        r#"
            select account_number as "account_number!", id as "id: CustomerId"
            from customers
            where account_number = any($1)
            "#,
        accounts,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.account_number, row.id)).collect())
}
