use chrono::NaiveDate;
use serde::Deserialize;

use super::super::{BillingLine, NewBillingLine};
use crate::db::{Part, Tx, part};
use crate::error::Result;
use crate::ids::{BillingLineId, CaseId, CustomerId, SubscriptionId};
use crate::money::{Currency, Money};

/// Adds a line, unless it is here already; says whether it was added.
pub(in super::super) async fn insert_billing_line(
    tx: &mut Tx,
    id: BillingLineId,
    customer: CustomerId,
    line: &NewBillingLine,
) -> Result<bool> {
    let now = tx.now();
    let added = sqlx::query!(
        "
        insert into billing_lines (id, customer_id, subscription_id, invoice_number, billed_on, description,
            amount_minor, currency, copy, brought_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict do nothing
        ",
        id as BillingLineId,
        customer as CustomerId,
        line.subscription as Option<SubscriptionId>,
        line.invoice,
        line.billed_on,
        line.description,
        line.amount.minor,
        line.amount.currency as Currency,
        line.copy,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(added.rows_affected() > 0)
}

#[derive(Deserialize)]
struct Row {
    id: BillingLineId,
    invoice: String,
    billed_on: NaiveDate,
    description: String,
    amount_minor: i64,
    currency: Currency,
    about: Option<String>,
    proves: Option<String>,
    in_case: Option<CaseId>,
}

impl From<Row> for BillingLine {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            invoice: row.invoice,
            billed_on: row.billed_on,
            description: row.description,
            amount: Money::new(row.amount_minor, row.currency),
            about: row.about,
            proves: row.proves.zip(row.in_case),
        }
    }
}

/// The lines of a customer's invoices before a place among them, newest first.
pub(in super::super) fn billing_lines(
    customer: CustomerId,
    before: Option<(NaiveDate, BillingLineId)>,
    limit: i64,
) -> Part<BillingLine> {
    let (day, id) = before.unzip();
    part!(
        Row,
        r#"
        select l.id as "id: BillingLineId", l.invoice_number as invoice, l.billed_on, l.description, l.amount_minor,
            l.currency as "currency: Currency", s.product as "about?", p.what as "proves?",
            p.case_id as "in_case?: CaseId"
        from billing_lines l
        left join subscriptions s on s.id = l.subscription_id
        left join promises p on p.billing_line_id = l.id
        where l.customer_id = $1 and ($2::date is null or (l.billed_on, l.id) < ($2, $3))
        order by l.billed_on desc, l.id desc
        limit $4
        "#,
        customer as CustomerId,
        day as Option<NaiveDate>,
        id as Option<BillingLineId>,
        limit as i64,
    )
    .then(|row| Ok(BillingLine::from(row)))
}

/// The newest lines of a case's customer that prove nothing yet and could prove the oldest of its open promises, to be
/// asked with others: lines count from the day before the promise on, since days begin earlier elsewhere.
#[must_use]
pub fn free_billing_lines_part(case: CaseId) -> Part<BillingLine> {
    part!(
        Row,
        r#"
        select l.id as "id: BillingLineId", l.invoice_number as invoice, l.billed_on, l.description, l.amount_minor,
            l.currency as "currency: Currency", s.product as "about?", null::text as "proves?",
            null::uuid as "in_case?: CaseId"
        from billing_lines l
        left join subscriptions s on s.id = l.subscription_id
        where l.customer_id = (select customer_id from cases where id = $1)
            and l.billed_on >= (
                select ((min(made_at) - interval '1 day') at time zone 'UTC')::date
                from promises
                where case_id = $1 and stage = 'open'
            )
            and not exists (select from promises p where p.billing_line_id = l.id)
        order by l.billed_on desc, l.id desc
        limit 40
        "#,
        case as CaseId,
    )
    .then(|row| Ok(BillingLine::from(row)))
}
