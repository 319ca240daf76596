use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::super::Segment;
use crate::db::{Part, part};
use crate::money::Currency;

/// Open cases that wait on the same and are due in the same span, in one currency.
#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct Open {
    /// What they wait on, or where they stand when on nothing.
    pub(in super::super) waits: String,
    /// `overdue`, `today`, `week`, `later` or `none`.
    pub(in super::super) due: String,
    pub(in super::super) currency: Currency,
    pub(in super::super) cases: i64,
    pub(in super::super) value_minor: i64,
}

/// What is open now, by what it waits on and when something is next due.
pub(in super::super) fn open(
    segment: &Segment,
    now: DateTime<Utc>,
    tomorrow: DateTime<Utc>,
    week: DateTime<Utc>,
) -> Part<Open> {
    let (team, line) = (segment.team.id(), segment.line.clone());
    part!(
        Open,
        r#"
        select coalesce(c.waiting_on, c.stage) as "waits!",
            case
                when c.next_due_at is null then 'none'
                when c.next_due_at < $1 then 'overdue'
                when c.next_due_at < $2 then 'today'
                when c.next_due_at < $3 then 'week'
                else 'later'
            end as "due!",
            c.currency as "currency!: Currency", count(*) as "cases!", sum(c.value_at_risk_minor)::bigint as "value_minor!"
        from cases c
        left join subscriptions s on s.id = c.subscription_id
        where c.stage <> 'closed'
            and ($4::uuid is null or coalesce(c.team_id, '00000000-0000-0000-0000-000000000000') = $4)
            and ($5::text is null or $5 = case
                when c.order_id is not null or (c.kind = 'order_cancellation' and c.subscription_id is null) then 'Orders'
                else coalesce(s.product, 'Whole account')
            end)
        group by 1, 2, 3
        "#,
        now,
        tomorrow,
        week,
        team,
        line,
    )
}
