//! The thread of a request, and the part of the case that belongs to it.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::types::Json;

use super::super::{Request, Verdict};
use crate::db::{Part, Tx, part};
use crate::error::Result;
use crate::ids::{DepartmentId, RequestEntryId, RequestId, UserId};
use crate::money::Currency;

/// One entry of a thread.
#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct Said {
    pub(in super::super) at: DateTime<Utc>,
    pub(in super::super) by: Option<String>,
    pub(in super::super) what: String,
    pub(in super::super) department: String,
    pub(in super::super) theirs: bool,
    pub(in super::super) body: String,
}

/// The thread, in order.
pub(in super::super) fn thread_part(request: RequestId) -> Part<Said> {
    part!(
        Said,
        r#"
        select e.at, coalesce(u.name, e.by_name) as by, e.what, d.name as department, e.theirs, e.body
        from request_entries e
        join departments d on d.id = e.department_id
        left join users u on u.id = e.by_id
        where e.request_id = $1
        order by e.at, e.id
        "#,
        request as RequestId,
    )
}

/// One line of the order at stake: no amounts.
#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct Line {
    pub(in super::super) description: String,
    pub(in super::super) quantity: i32,
}

/// The part of the case that a request is about. Departments see no more than `product` to `lines` of it, and the name
/// masked.
#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct About {
    pub(in super::super) number: i64,
    pub(in super::super) customer: String,
    pub(in super::super) value_minor: i64,
    pub(in super::super) currency: Currency,
    pub(in super::super) live: bool,
    pub(in super::super) product: Option<String>,
    pub(in super::super) plan: Option<String>,
    pub(in super::super) quantity: Option<i32>,
    pub(in super::super) order_number: Option<String>,
    pub(in super::super) ordered_at: Option<DateTime<Utc>>,
    pub(in super::super) lines: Json<Vec<Line>>,
    pub(in super::super) offer_stage: Option<String>,
}

/// What a request is about.
pub(in super::super) fn about_part(request: RequestId) -> Part<About> {
    part!(
        About,
        r#"
        select c.number, cu.name as customer, c.value_at_risk_minor as value_minor, c.currency as "currency: Currency",
            c.stage <> 'closed' as "live!", s.product as "product?", s.plan as "plan?", s.quantity as "quantity?",
            o.number as "order_number?", o.ordered_at as "ordered_at?", f.stage as "offer_stage?",
            coalesce((
                select jsonb_agg(jsonb_build_object('description', l.description, 'quantity', l.quantity)
                    order by l.position)
                from (select * from order_lines where order_id = o.id order by position limit 8) l
            ), '[]') as "lines!: Json<Vec<Line>>"
        from requests q
        join cases c on c.id = q.case_id
        join customers cu on cu.id = c.customer_id
        left join offers f on f.id = q.offer_id
        left join subscriptions s on s.id = case when f.id is null then c.subscription_id else f.subscription_id end
        left join orders o on o.id = case when f.id is null then c.order_id else f.order_id end
        where q.id = $1
        "#,
        request as RequestId,
    )
}

/// One more entry. `theirs`: the department speaks.
#[expect(clippy::too_many_arguments, reason = "the columns of a row")]
pub(in super::super) async fn insert_entry(
    tx: &mut Tx,
    request: &Request,
    what: &str,
    by: Option<UserId>,
    by_name: Option<&str>,
    theirs: bool,
    mark: Option<Verdict>,
    body: &str,
) -> Result<()> {
    let now = tx.now();
    sqlx::query!(
        "
        insert into request_entries (id, request_id, case_id, at, by_id, by_name, what, department_id, theirs, mark, body)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ",
        RequestEntryId::new() as RequestEntryId,
        request.id as RequestId,
        request.case as crate::ids::CaseId,
        now,
        by as Option<UserId>,
        by_name,
        what,
        request.department as DepartmentId,
        theirs,
        mark.map(Verdict::name),
        body,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
