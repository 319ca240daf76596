use chrono::NaiveDate;
use serde::Deserialize;

use super::super::{Range, Segment, Sums};
use super::spans::Spans;
use crate::db::{Part, part};
use crate::money::Currency;

/// By what outcomes are told apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum Dimension {
    Reason,
    /// Every reason below one of level 1, as it was coded.
    Deeper,
    Channel,
    Offer,
    Order,
    /// As the file they came from sorts them.
    Category,
    Team,
}

/// What has one value of a dimension, in the span or the one before, in one currency.
#[derive(Clone, Debug)]
pub(in super::super) struct Group {
    pub(in super::super) dimension: Dimension,
    /// A code; of teams their identity.
    pub(in super::super) value: String,
    pub(in super::super) currency: Currency,
    /// Of the span itself rather than of the one before.
    pub(in super::super) now: bool,
    pub(in super::super) sums: Sums,
}

#[derive(Deserialize)]
struct Row {
    dimension: String,
    value: String,
    currency: Currency,
    now: bool,
    closed: i64,
    decided: i64,
    saves: i64,
    recurring_minor: i64,
    one_off_minor: i64,
    conceded_minor: i64,
    risk_minor: i64,
}

/// What was closed in a span and in the one before, told apart in every way at once, and by what is below one reason of
/// level 1. Whole months are read as such.
pub(in super::super) fn breakdown(range: Range, before: Range, segment: &Segment, below: Option<&str>) -> Part<Group> {
    let Spans { of, grains, froms, tos } = Spans::of(&[range, before]);
    let mut dimensions = ["all", "reason", "channel", "offer", "order", "category"].map(str::to_owned).to_vec();
    dimensions.extend(below.map(|reason| format!("reason.{reason}")));
    let (team, line) = (segment.team.id(), segment.line.clone());
    part!(
        Row,
        r#"
        select t.dimension as "dimension!", case t.dimension when 'all' then t.team::text else t.value end as "value!",
            t.currency as "currency!: Currency", s.of = 0 as "now!", sum(t.closed)::bigint as "closed!",
            sum(t.decided)::bigint as "decided!", sum(t.saves)::bigint as "saves!",
            sum(t.recurring_minor)::bigint as "recurring_minor!", sum(t.one_off_minor)::bigint as "one_off_minor!",
            sum(t.concession_minor + t.downgrade_minor)::bigint as "conceded_minor!",
            sum(t.risk_minor)::bigint as "risk_minor!"
        from unnest($1::integer[], $2::text[], $3::date[], $4::date[]) s (of, grain, from_day, to_day)
        cross join unnest($7::text[]) d (dimension)
        cross join lateral (
            -- each part of the sums by itself: together the planner reads all there are
            select *
            from outcome_totals o
            where o.dimension = d.dimension and o.grain = s.grain and o.starts_on between s.from_day and s.to_day
                and ($5::uuid is null or o.team = $5) and ($6::text is null or o.line = $6)
            offset 0
        ) t
        group by 1, 2, 3, 4
        "#,
        of as Vec<i32>,
        grains as Vec<String>,
        froms as Vec<NaiveDate>,
        tos as Vec<NaiveDate>,
        team,
        line,
        dimensions as Vec<String>,
    )
    .then(|row| {
        let dimension = match row.dimension.as_str() {
            "reason" => Dimension::Reason,
            "channel" => Dimension::Channel,
            "offer" => Dimension::Offer,
            "order" => Dimension::Order,
            "category" => Dimension::Category,
            deeper if deeper.starts_with("reason.") => Dimension::Deeper,
            _ => Dimension::Team,
        };
        let sums = Sums {
            closed: row.closed,
            decided: row.decided,
            saves: row.saves,
            recurring_minor: row.recurring_minor,
            one_off_minor: row.one_off_minor,
            concession_minor: row.conceded_minor,
            risk_minor: row.risk_minor,
            ..Sums::default()
        };
        Ok(Group { dimension, value: row.value, currency: row.currency, now: row.now, sums })
    })
}
