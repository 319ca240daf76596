use chrono::NaiveDate;
use serde::Deserialize;

use super::super::{Range, Segment, Sums};
use crate::db::{Part, part};
use crate::money::Currency;

/// What was closed on a day, in one currency.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct DayTotals {
    pub(in super::super) day: NaiveDate,
    pub(in super::super) currency: Currency,
    pub(in super::super) sums: Sums,
}

#[derive(Deserialize)]
struct Row {
    day: NaiveDate,
    currency: Currency,
    closed: i64,
    decided: i64,
    saves: i64,
    recurring_minor: i64,
    one_off_minor: i64,
    concession_minor: i64,
    downgrade_minor: i64,
    left_out_minor: i64,
    rechurn_minor: i64,
    verified_minor: i64,
    risk_minor: i64,
    rechurned: i64,
    yes30: i64,
    no30: i64,
    yes60: i64,
    no60: i64,
    yes90: i64,
    no90: i64,
}

/// Each day of a span on which something was closed, in every currency.
pub(in super::super) fn days(range: Range, segment: &Segment) -> Part<DayTotals> {
    let (from, to, team, line) = (range.from, range.to, segment.team.id(), segment.line.clone());
    part!(
        Row,
        r#"
        select t.starts_on as "day!", t.currency as "currency!: Currency", sum(t.closed)::bigint as "closed!",
            sum(t.decided)::bigint as "decided!", sum(t.saves)::bigint as "saves!",
            sum(t.recurring_minor)::bigint as "recurring_minor!", sum(t.one_off_minor)::bigint as "one_off_minor!",
            sum(t.concession_minor)::bigint as "concession_minor!",
            sum(t.downgrade_minor)::bigint as "downgrade_minor!", sum(t.left_out_minor)::bigint as "left_out_minor!",
            sum(t.rechurn_minor)::bigint as "rechurn_minor!", sum(t.verified_minor)::bigint as "verified_minor!",
            sum(t.risk_minor)::bigint as "risk_minor!", sum(t.rechurned)::bigint as "rechurned!",
            sum(t.yes30)::bigint as "yes30!", sum(t.no30)::bigint as "no30!", sum(t.yes60)::bigint as "yes60!",
            sum(t.no60)::bigint as "no60!", sum(t.yes90)::bigint as "yes90!", sum(t.no90)::bigint as "no90!"
        from outcome_totals t
        where t.dimension = 'all' and t.grain = 'day' and t.starts_on between $1 and $2
            and ($3::uuid is null or t.team = $3) and ($4::text is null or t.line = $4)
        group by t.starts_on, t.currency
        "#,
        from,
        to,
        team,
        line,
    )
    .then(|row| {
        let sums = Sums {
            closed: row.closed,
            decided: row.decided,
            saves: row.saves,
            recurring_minor: row.recurring_minor,
            one_off_minor: row.one_off_minor,
            concession_minor: row.concession_minor,
            downgrade_minor: row.downgrade_minor,
            left_out_minor: row.left_out_minor,
            rechurn_minor: row.rechurn_minor,
            verified_minor: row.verified_minor,
            risk_minor: row.risk_minor,
            rechurned: row.rechurned,
            yes30: row.yes30,
            no30: row.no30,
            yes60: row.yes60,
            no60: row.no60,
            yes90: row.yes90,
            no90: row.no90,
        };
        Ok(DayTotals { day: row.day, currency: row.currency, sums })
    })
}

#[derive(Deserialize)]
struct Line {
    line: String,
}

/// Every line there is, by name.
pub(in super::super) fn lines() -> Part<String> {
    part!(
        Line,
        r#"
        select t.line as "line!"
        from outcome_totals t
        where t.dimension = 'all' and t.grain = 'month'
        group by t.line
        order by t.line
        "#,
    )
    .then(|row| Ok(row.line))
}

#[derive(Deserialize)]
struct Of {
    currency: Currency,
}

/// The currencies in which anything was closed or is open, by code.
pub(in super::super) fn currencies() -> Part<Currency> {
    part!(
        Of,
        r#"
        select x.currency as "currency!: Currency"
        from (
            select t.currency from outcome_totals t where t.dimension = 'all' and t.grain = 'month'
            union
            select c.currency from cases c where c.stage <> 'closed'
        ) x
        order by x.currency
        "#,
    )
    .then(|row| Ok(row.currency))
}
