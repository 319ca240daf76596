//! The offers of a time, each as it stood at the end of it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::{Asked, Past};
use crate::auth::Role;
use crate::customers::Tier;
use crate::error::Result;
use crate::ids::{CaseId, OfferId};
use crate::money::{Currency, Money, Percent};

/// The offers that were presented from one moment to another, or for which approval was asked: each once, with the terms
/// presented last, else those asked about or decided last. The newest come first; so many at most.
pub(in super::super) async fn past(
    connection: &mut PgConnection,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    most: i64,
) -> Result<Vec<Past>> {
    let rows = sqlx::query!(
        r#"
        with shown as (
            select distinct on (p.offer_id) p.offer_id, p.revision, p.by_id, p.at,
                p.customer_total_minor - p.exposure_minor as customer_before,
                p.week_total_minor - p.exposure_minor as week_before, true as presented
            from offer_presentations p
            where p.at > $1 and p.at <= $2
            order by p.offer_id, p.at desc
        ),
        asked as (
            select distinct on (a.offer_id) a.offer_id, coalesce(a.decided_revision, a.revision) as revision,
                a.asked_by_id, a.asked_at, a.customer_total_minor - d.exposure_minor,
                (
                    select coalesce(sum(w.exposure_minor), 0)::bigint
                    from offer_presentations w
                    join offers g on g.id = w.offer_id and g.presented_revision = w.revision
                        and g.stage in ('presented', 'accepted', 'fulfilled') and g.id <> a.offer_id
                    where w.by_id = a.asked_by_id and w.currency = a.currency
                        and w.at > a.asked_at - interval '7 days' and w.at <= a.asked_at
                ),
                false
            from approvals a
            join offer_revisions d on d.offer_id = a.offer_id and d.revision = coalesce(a.decided_revision, a.revision)
            where a.asked_at > $1 and a.asked_at <= $2
                and not exists (select from shown s where s.offer_id = a.offer_id)
            order by a.offer_id, a.asked_at desc
        ),
        items as (
            select * from shown
            union all
            select * from asked
            order by at desc, offer_id
            limit $3
        )
        select i.offer_id as "offer!: OfferId", o.case_id as "case: CaseId", k.number, u.name as by,
            array(select r.role from user_roles r where r.user_id = i.by_id) as "roles!: Vec<String>",
            c.tier as "tier: Tier", o.offer_type, r.percent_bp, r.months, r.exposure_minor,
            r.currency as "currency: Currency", r.margin_bp, i.customer_before as "customer_before!",
            i.week_before as "week_before!", i.presented as "presented!"
        from items i
        join offers o on o.id = i.offer_id
        join offer_revisions r on r.offer_id = i.offer_id and r.revision = i.revision
        join cases k on k.id = o.case_id
        join customers c on c.id = o.customer_id
        join users u on u.id = i.by_id
        order by i.at desc, i.offer_id
        "#,
        from,
        until,
        most,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let money = |minor| Money::new(minor, row.currency);
            Past {
                offer: row.offer,
                case: row.case,
                number: row.number,
                by: row.by,
                roles: row.roles.iter().filter_map(|role| Role::from_name(role)).collect(),
                tier: row.tier,
                asked: Asked {
                    offer_type: row.offer_type,
                    percent: row.percent_bp.map(Percent::from_basis_points),
                    months: row.months.and_then(|months| u16::try_from(months).ok()),
                    exposure: money(row.exposure_minor),
                    margin: row.margin_bp.map(Percent::from_basis_points),
                    customer_before: money(row.customer_before),
                    week_before: money(row.week_before),
                },
                presented: row.presented,
            }
        })
        .collect())
}
