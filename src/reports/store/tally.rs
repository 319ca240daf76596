//! Several figures of outcomes at once, counted by the very rules by which their rows are listed.

use chrono::NaiveDate;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::super::{Figure, Range, Segment};
use crate::error::Result;
use crate::ids::UserId;
use crate::money::Currency;

/// A figure over a span.
pub(in super::super) type Asked = (Figure, Range);

/// Whose outcomes.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Of<'a> {
    /// Of a part of the desk, all together.
    Segment(&'a Segment),
    /// Of each of these people.
    People(&'a [UserId]),
}

/// What was asked for, in one currency.
#[derive(Clone, Debug, FromRow)]
pub(in super::super) struct Tally {
    /// None for a part of the desk.
    pub(in super::super) owner: Option<UserId>,
    pub(in super::super) currency: Currency,
    /// How many rows each figure counts, in the order in which they were asked for.
    pub(in super::super) counts: Vec<i64>,
    /// What these rows add up to, in minor units.
    pub(in super::super) minors: Vec<i64>,
}

/// A type of offer that was open and never shown in lost cases of one currency.
#[derive(Clone, Debug, FromRow)]
pub(in super::super) struct Unshown {
    pub(in super::super) offer_type: String,
    pub(in super::super) currency: Currency,
    pub(in super::super) cases: i64,
    pub(in super::super) risk_minor: i64,
}

/// Of a row `o` of outcomes: whether a figure over a span counts it.
pub(super) fn counted(sql: &mut QueryBuilder<Postgres>, figure: Figure, range: Range, today: NaiveDate) {
    sql.push("o.closed_on between ").push_bind(range.from).push(" and ").push_bind(range.to);
    sql.push(" and ").push(figure.rule().0);
    if let Some(days) = figure.after_days() {
        sql.push(format_args!(" and o.closed_on + {days} <= ")).push_bind(today);
    }
}

fn among(sql: &mut QueryBuilder<Postgres>, of: Of<'_>) {
    match of {
        Of::People(people) => {
            let people: Vec<Uuid> = people.iter().map(|one| one.uuid()).collect();
            sql.push(" and o.owner_id = any(").push_bind(people).push(")");
        }
        Of::Segment(segment) => {
            if let Some(line) = &segment.line {
                sql.push(" and o.line = ").push_bind(line.clone());
            }
            if let Some(team) = segment.team.id() {
                sql.push(" and coalesce(o.team_id, '00000000-0000-0000-0000-000000000000') = ").push_bind(team);
            }
        }
    }
}

/// How often each figure counts and what that comes to, in every currency; of people, by person.
pub(in super::super) async fn tally(
    connection: &mut PgConnection,
    of: Of<'_>,
    today: NaiveDate,
    asked: &[Asked],
) -> Result<Vec<Tally>> {
    let (Some(from), Some(to)) = (asked.iter().map(|one| one.1.from).min(), asked.iter().map(|one| one.1.to).max())
    else {
        return Ok(Vec::new());
    };
    let owner = if matches!(of, Of::People(_)) { "o.owner_id" } else { "null::uuid" };
    let mut sql = QueryBuilder::new(format!("select {owner} as owner, o.currency, array["));
    for (at, (figure, range)) in asked.iter().enumerate() {
        sql.push(if at == 0 { "" } else { ", " }).push("count(*) filter (where ");
        counted(&mut sql, *figure, *range, today);
        sql.push(")");
    }
    sql.push("] as counts, array[");
    for (at, (figure, range)) in asked.iter().enumerate() {
        sql.push(if at == 0 { "" } else { ", " });
        sql.push(format_args!("coalesce(sum({}) filter (where ", figure.rule().1));
        counted(&mut sql, *figure, *range, today);
        sql.push("), 0)::bigint");
    }
    sql.push("] as minors from outcomes o where o.closed_on between ").push_bind(from).push(" and ").push_bind(to);
    if asked.iter().all(|(figure, _)| figure.is_of_lost()) {
        // an index of its own knows all of these
        sql.push(" and ").push(Figure::Lost.rule().0);
    }
    among(&mut sql, of);
    sql.push(" group by 1, 2 order by 2");
    Ok(sql.build_query_as().fetch_all(connection).await?)
}

/// Which types of offers were open and never shown in lost cases of a span, the dearest first.
pub(in super::super) async fn unshown(
    connection: &mut PgConnection,
    segment: &Segment,
    today: NaiveDate,
    range: Range,
) -> Result<Vec<Unshown>> {
    let mut sql = QueryBuilder::new(
        "select t.code as offer_type, o.currency, count(*) as cases, sum(o.risk_minor)::bigint as risk_minor
        from outcomes o cross join unnest(o.missed_offers) t (code) where ",
    );
    counted(&mut sql, Figure::MissedOffer, range, today);
    among(&mut sql, Of::Segment(segment));
    sql.push(" group by 1, 2 order by 4 desc, 1");
    Ok(sql.build_query_as().fetch_all(connection).await?)
}
