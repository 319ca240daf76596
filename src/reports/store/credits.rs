//! Promised credits that no bill shows.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::super::TeamChoice;
use crate::error::Result;
use crate::ids::{CaseId, CustomerId, OfferId, PromiseId};
use crate::money::{Currency, Money};

/// A credit that a customer was promised with an accepted offer, that is due, and that no bill shows.
#[derive(Clone, Debug)]
pub(in super::super) struct Credit {
    pub(in super::super) offer: OfferId,
    pub(in super::super) offer_number: i64,
    /// The first promise to see to it.
    pub(in super::super) promise: PromiseId,
    /// Whether nobody has said yet that it was kept.
    pub(in super::super) open: bool,
    pub(in super::super) case: CaseId,
    /// Whether departments can be asked in its case.
    pub(in super::super) live: bool,
    pub(in super::super) number: i64,
    pub(in super::super) customer_id: CustomerId,
    pub(in super::super) customer: String,
    pub(in super::super) owner: String,
    pub(in super::super) amount: Money,
    pub(in super::super) due_at: DateTime<Utc>,
    /// The newest bill since it was due.
    pub(in super::super) billed_on: Option<NaiveDate>,
}

/// A page of them, the longest due first: those that are missing on a bill brought in since they were due, or those of
/// whose customers no bill was. A line of a bill shows one credit: of those over its amount that were promised by then the
/// first that no line shows yet. So a credit is on none where, from some credit up to it, they are more than the lines
/// since that one was promised.
pub(in super::super) async fn credits(
    connection: &mut PgConnection,
    team: TeamChoice,
    billed: bool,
    at: DateTime<Utc>,
    after: Option<(DateTime<Utc>, OfferId)>,
    limit: i64,
) -> Result<Vec<Credit>> {
    let (after_at, after_id) = after.unzip();
    let rows = sqlx::query!(
        r#"
        with credits as not materialized (
            select o.id as offer_id, o.number as offer_number, p.id as promise_id, p.stage, p.case_id, p.customer_id, p.owner_id, p.due_at,
                (p.made_at at time zone 'UTC')::date - 1 as since, r.currency, r.given_minor
            from promises p
            join offers o on o.id = p.offer_id and o.stage in ('accepted', 'fulfilled')
            join offer_types t on t.code = o.offer_type and t.kind in ('credit', 'refund', 'fee_waiver')
            join offer_revisions r on r.offer_id = o.id and r.revision = o.presented_revision
            where p.stage in ('open', 'kept', 'late') and p.due_at > $1::timestamptz - interval '400 days'
                -- one row for an offer, by the first of its promises
                and not exists (
                    select from promises f
                    where f.offer_id = p.offer_id and f.stage in ('open', 'kept', 'late')
                        and (f.due_at, f.id) < (p.due_at, p.id))
                and not exists (
                    select from promises k where k.offer_id = p.offer_id and k.billing_line_id is not null)
        )
        select w.offer_id as "offer!: OfferId", w.offer_number as "offer_number!", w.promise_id as "promise!: PromiseId",
            w.stage = 'open' as "open!", c.stage <> 'closed' as "live!", cu.id as "customer_id!: CustomerId",
            c.id as "case!: CaseId", c.number as "number!", cu.name as "customer!", u.name as "owner!", w.given_minor as "given_minor!",
            w.currency as "currency!: Currency", w.due_at as "due_at!", b.billed_on as "billed_on?"
        from credits w
        join cases c on c.id = w.case_id
        join customers cu on cu.id = w.customer_id
        join users u on u.id = w.owner_id
        left join lateral (
            select max(l.billed_on) as billed_on
            from billing_lines l
            where l.customer_id = w.customer_id and l.billed_on > (w.due_at at time zone 'UTC')::date
        ) b on true
        where w.due_at < $1 and (b.billed_on is not null) = $2
            and ($3::uuid is null or coalesce(c.team_id, '00000000-0000-0000-0000-000000000000') = $3)
            and exists (
                select
                from credits k
                where k.customer_id = w.customer_id and k.currency = w.currency and k.given_minor = w.given_minor
                    and (k.since, k.offer_id) <= (w.since, w.offer_id)
                    and (
                        select count(*)
                        from credits i
                        where i.customer_id = w.customer_id and i.currency = w.currency
                            and i.given_minor = w.given_minor and (i.since, i.offer_id) >= (k.since, k.offer_id)
                            and (i.since, i.offer_id) <= (w.since, w.offer_id)
                    ) > (
                        -- on a bill, though nobody said what it proves
                        select count(*)
                        from billing_lines l
                        where l.customer_id = w.customer_id and l.currency = w.currency
                            and l.amount_minor = -w.given_minor and l.billed_on >= k.since
                            and not exists (select from promises p where p.billing_line_id = l.id)
                    ))
            and ($4::timestamptz is null or (w.due_at, w.offer_id) > ($4, $5))
        order by w.due_at, w.offer_id
        limit $6
        "#,
        at,
        billed,
        team.id(),
        after_at,
        after_id as Option<OfferId>,
        limit,
    )
    .fetch_all(connection)
    .await?;
    let credit = rows.into_iter().map(|row| Credit {
        offer: row.offer,
        offer_number: row.offer_number,
        promise: row.promise,
        open: row.open,
        case: row.case,
        live: row.live,
        customer_id: row.customer_id,
        number: row.number,
        customer: row.customer,
        owner: row.owner,
        amount: Money::new(row.given_minor, row.currency),
        due_at: row.due_at,
        billed_on: row.billed_on,
    });
    Ok(credit.collect())
}
