//! What happened to a customer: the account status over time, and by join what cases and their log hold.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::super::Status;
use crate::db::{Part, Tx, part};
use crate::error::Result;
use crate::ids::{CaseId, ChangeId, CustomerId, InteractionId, UserId};
use crate::money::{Currency, Money};

pub(in super::super) async fn note_status(
    tx: &mut Tx,
    customer: CustomerId,
    was: Option<Status>,
    now: Status,
    why: &str,
) -> Result<()> {
    let (at, by) = (tx.now(), tx.by());
    sqlx::query!(
        "
        insert into status_changes (id, customer_id, was, now, why, at, by_id)
        values ($1, $2, $3, $4, $5, $6, $7)
        ",
        ChangeId::new() as ChangeId,
        customer as CustomerId,
        was.map(Status::name),
        now.name(),
        why,
        at,
        by as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// One change of the account status.
#[derive(Deserialize)]
pub(in super::super) struct StatusRow {
    pub(in super::super) now: Status,
    pub(in super::super) why: String,
    pub(in super::super) at: DateTime<Utc>,
    pub(in super::super) by: Option<String>,
}

pub(in super::super) fn status_changes(customer: CustomerId) -> Part<StatusRow> {
    part!(
        StatusRow,
        r#"
        select s.now as "now: Status", s.why, s.at, u.name as "by?"
        from status_changes s
        left join users u on u.id = s.by_id
        where s.customer_id = $1
        order by s.at desc, s.id desc
        limit 50
        "#,
        customer as CustomerId,
    )
}

/// A case of the customer.
#[derive(Deserialize)]
pub(in super::super) struct CaseRow {
    pub(in super::super) id: CaseId,
    pub(in super::super) number: i64,
    pub(in super::super) kind: String,
    pub(in super::super) stage: String,
    pub(in super::super) outcome: Option<String>,
    pub(in super::super) reason: Option<String>,
    pub(in super::super) owner: Option<String>,
    pub(in super::super) opened_at: DateTime<Utc>,
    pub(in super::super) value_at_risk_minor: i64,
    pub(in super::super) currency: Currency,
}

impl CaseRow {
    pub(in super::super) fn value_at_risk(&self) -> Money {
        Money::new(self.value_at_risk_minor, self.currency)
    }
}

/// Every case of a customer, live ones first, then newest first.
pub(in super::super) fn cases(customer: CustomerId, most: i64) -> Part<CaseRow> {
    part!(
        CaseRow,
        r#"
        select k.id as "id: CaseId", k.number, k.kind, k.stage, k.outcome, r.name as "reason?", u.name as "owner?",
            k.opened_at, k.value_at_risk_minor, k.currency as "currency: Currency"
        from cases k
        left join reasons r on r.code = k.reason
        left join users u on u.id = k.owner_id
        where k.customer_id = $1
        order by k.stage = 'closed', k.opened_at desc, k.id
        limit $2
        "#,
        customer as CustomerId,
        most,
    )
}

/// An entry of the log, of any case of the customer.
#[derive(Deserialize)]
pub(in super::super) struct LogRow {
    pub(in super::super) id: InteractionId,
    pub(in super::super) case: CaseId,
    pub(in super::super) number: i64,
    pub(in super::super) at: DateTime<Utc>,
    pub(in super::super) by: Option<String>,
    pub(in super::super) kind: String,
    pub(in super::super) direction: Option<String>,
    pub(in super::super) response: Option<String>,
    pub(in super::super) body: String,
    pub(in super::super) cut: bool,
    pub(in super::super) corrects: bool,
}

/// Newest first, from after the place given.
pub(in super::super) fn interactions(
    customer: CustomerId,
    after: Option<(DateTime<Utc>, InteractionId)>,
    most: i64,
) -> Part<LogRow> {
    let (at, id) = after.unzip();
    part!(
        LogRow,
        r#"
        select i.id as "id: InteractionId", i.case_id as "case: CaseId", k.number, i.at, u.name as "by?", i.kind,
            i.direction, i.response, left(i.body, 1200) as "body!", length(i.body) > 1200 as "cut!",
            i.corrects_id is not null as "corrects!"
        from interactions i
        join cases k on k.id = i.case_id
        left join users u on u.id = i.by_id
        where i.customer_id = $1
            and (i.at, i.id) < (coalesce($2, 'infinity'::timestamptz),
                coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
        order by i.at desc, i.id desc
        limit $4
        "#,
        customer as CustomerId,
        at,
        id as Option<InteractionId>,
        most,
    )
}

/// Whether offers to a customer are held, and since when.
#[derive(Deserialize)]
pub(in super::super) struct Frozen {
    pub(in super::super) since: Option<DateTime<Utc>>,
}

/// The same, to be asked with others.
pub(in super::super) fn frozen_part(customer: CustomerId) -> Part<Frozen> {
    part!(Frozen, "select offers_frozen_since($1) as since", customer as CustomerId)
}

/// Whether a process runs that keeps their data (R20).
///
/// # Errors
/// When the database cannot be read.
pub async fn is_held(connection: &mut PgConnection, customer: CustomerId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from processes where customer_id = $1 and stage = 'running' and holds) as "is!""#,
        customer as CustomerId,
    )
    .fetch_one(connection)
    .await?)
}
