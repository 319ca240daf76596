//! What lost cases had left untried, or came too late with.

use chrono::NaiveDate;
use serde::Deserialize;

use super::super::{Figure, Range, Segment};
use super::spans::Spans;
use crate::db::{Part, part};
use crate::money::Currency;

/// Lost cases of one currency, by what was missed in them.
#[derive(Clone, Debug)]
pub(in super::super) struct Missed {
    pub(in super::super) what: MissedWhat,
    pub(in super::super) currency: Currency,
    pub(in super::super) cases: i64,
    /// What was at risk in them.
    pub(in super::super) risk_minor: i64,
}

/// What was missed in cases.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in super::super) enum MissedWhat {
    /// A figure of lost cases.
    Of(Figure),
    /// A type of offer that was open and never shown.
    Offer(String),
}

#[derive(Deserialize)]
struct Row {
    dimension: String,
    value: String,
    currency: Currency,
    cases: i64,
    risk_minor: i64,
}

/// The word by which the sums know a figure of lost cases.
fn word(figure: Figure) -> &'static str {
    match figure {
        Figure::MissedOffer => "offer",
        Figure::MissedApproval => "approval",
        Figure::MissedPromise => "promise",
        Figure::MissedFirstAction => "first_action",
        Figure::MissedLimit => "limit",
        Figure::Missed => "any",
        _ => "lost",
    }
}

/// What cases lost in a span had missed, in every way at once; what cost most first.
pub(in super::super) fn missed(range: Range, segment: &Segment) -> Part<Missed> {
    let Spans { of: _, grains, froms, tos } = Spans::of(&[range]);
    let (team, line) = (segment.team.id(), segment.line.clone());
    part!(
        Row,
        r#"
        select t.dimension as "dimension!", t.value as "value!", t.currency as "currency!: Currency",
            sum(t.closed)::bigint as "cases!", sum(t.risk_minor)::bigint as "risk_minor!"
        from unnest($1::text[], $2::date[], $3::date[]) s (grain, from_day, to_day)
        cross join (values ('missed'), ('unshown')) d (dimension)
        cross join lateral (
            -- each part of the sums by itself: together the planner reads all there are
            select *
            from outcome_totals o
            where o.dimension = d.dimension and o.grain = s.grain and o.starts_on between s.from_day and s.to_day
                and ($4::uuid is null or o.team = $4) and ($5::text is null or o.line = $5)
            offset 0
        ) t
        group by 1, 2, 3
        having sum(t.closed) > 0
        order by 5 desc, 2
        "#,
        grains as Vec<String>,
        froms as Vec<NaiveDate>,
        tos as Vec<NaiveDate>,
        team,
        line,
    )
    .then(|row| {
        let of = [Figure::Lost, Figure::Missed].into_iter().chain(Figure::MISSED);
        let what = match row.dimension.as_str() {
            "unshown" => MissedWhat::Offer(row.value),
            _ => MissedWhat::Of(of.into_iter().find(|one| word(*one) == row.value).unwrap_or(Figure::Lost)),
        };
        Ok(Missed { what, currency: row.currency, cases: row.cases, risk_minor: row.risk_minor })
    })
}
