use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use crate::error::Result;
use crate::ids::{CaseId, OfferId};
use crate::money::{Currency, Money};

/// A credit that a customer was promised with an accepted offer, that is due, and that no bill shows.
#[derive(Clone, Debug)]
pub(in super::super) struct Credit {
    pub(in super::super) offer: OfferId,
    pub(in super::super) offer_number: i64,
    pub(in super::super) case: CaseId,
    pub(in super::super) number: i64,
    pub(in super::super) customer: String,
    pub(in super::super) owner: String,
    pub(in super::super) amount: Money,
    pub(in super::super) due_at: DateTime<Utc>,
    /// The newest bill since it was due.
    pub(in super::super) billed_on: Option<NaiveDate>,
}

/// A page of them, the longest due first: those that are missing on a bill brought in since they were due, or those of
/// whose customers no bill was.
pub(in super::super) async fn credits(
    connection: &mut PgConnection,
    billed: bool,
    at: DateTime<Utc>,
    after: Option<(DateTime<Utc>, OfferId)>,
    limit: i64,
) -> Result<Vec<Credit>> {
    let (after_at, after_id) = after.unzip();
    let rows = sqlx::query!(
        r#"
        select o.id as "offer: OfferId", o.number as offer_number, c.id as "case: CaseId", c.number, cu.name as customer,
            u.name as owner, r.given_minor, r.currency as "currency: Currency", p.due_at, b.billed_on as "billed_on?"
        from promises p
        join offers o on o.id = p.offer_id and o.stage in ('accepted', 'fulfilled')
        join offer_types t on t.code = o.offer_type and t.kind in ('credit', 'refund', 'fee_waiver')
        join offer_revisions r on r.offer_id = o.id and r.revision = o.presented_revision
        join cases c on c.id = p.case_id
        join customers cu on cu.id = p.customer_id
        join users u on u.id = p.owner_id
        left join lateral (
            select max(l.billed_on) as billed_on
            from billing_lines l
            where l.customer_id = p.customer_id and l.billed_on > (p.due_at at time zone 'UTC')::date
        ) b on true
        where p.due_at < $1 and p.due_at > $1 - interval '400 days' and p.stage in ('open', 'kept', 'late')
            and (b.billed_on is not null) = $2
            -- one row for an offer, by the first of its promises
            and not exists (
                select from promises f
                where f.offer_id = p.offer_id and f.stage in ('open', 'kept', 'late') and (f.due_at, f.id) < (p.due_at, p.id))
            and not exists (select from promises k where k.offer_id = p.offer_id and k.billing_line_id is not null)
            -- on a bill, though nobody said that it proves the promise
            and not exists (
                select from billing_lines l
                where l.customer_id = p.customer_id and l.currency = r.currency and l.amount_minor = -r.given_minor
                    and l.billed_on >= (p.made_at at time zone 'UTC')::date - 1
                    and not exists (select from promises k where k.billing_line_id = l.id))
            and ($3::timestamptz is null or (p.due_at, o.id) > ($3, $4))
        order by p.due_at, o.id
        limit $5
        "#,
        at,
        billed,
        after_at,
        after_id as Option<OfferId>,
        limit,
    )
    .fetch_all(connection)
    .await?;
    let credit = rows.into_iter().map(|row| Credit {
        offer: row.offer,
        offer_number: row.offer_number,
        case: row.case,
        number: row.number,
        customer: row.customer,
        owner: row.owner,
        amount: Money::new(row.given_minor, row.currency),
        due_at: row.due_at,
        billed_on: row.billed_on,
    });
    Ok(credit.collect())
}
