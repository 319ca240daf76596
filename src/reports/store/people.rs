//! What people closed in a span of days, and did between two moments: promises, first actions, offers, attempts. Off the
//! sums, by whom.

use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use super::super::{Range, Sums};
use super::service::Between;
use super::spans::Spans;
use crate::db::{Part, part};
use crate::ids::UserId;
use crate::money::Currency;

/// What somebody's closed cases come to in one of some ranges, in one currency.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Ended {
    pub(in super::super) who: UserId,
    pub(in super::super) currency: Currency,
    /// Which of the ranges.
    pub(in super::super) of: usize,
    pub(in super::super) sums: Sums,
    /// Saved without an offer, gone within 30 days.
    pub(in super::super) false_saves: i64,
    /// Those whose log says otherwise.
    pub(in super::super) contradicted: i64,
}

#[derive(Deserialize)]
struct Row {
    who: UserId,
    currency: Currency,
    of: i32,
    decided: i64,
    saves: i64,
    recurring_minor: i64,
    one_off_minor: i64,
    concession_minor: i64,
    downgrade_minor: i64,
    left_out_minor: i64,
    rechurn_minor: i64,
    yes30: i64,
    no30: i64,
    yes60: i64,
    no60: i64,
    yes90: i64,
    no90: i64,
    false_saves: i64,
    contradicted: i64,
}

/// What the closed cases of some people come to, range by range.
pub(in super::super) fn ended(ranges: &[Range], people: &[Uuid]) -> Part<Ended> {
    let Spans { of, grains, froms, tos } = Spans::of(ranges);
    let people = texts(people);
    part!(
        Row,
        r#"
        select t.value::uuid as "who!: UserId", t.currency as "currency!: Currency", s.of as "of!",
            coalesce(sum(t.decided) filter (where d.owner), 0)::bigint as "decided!",
            coalesce(sum(t.saves) filter (where d.owner), 0)::bigint as "saves!",
            coalesce(sum(t.recurring_minor) filter (where d.owner), 0)::bigint as "recurring_minor!",
            coalesce(sum(t.one_off_minor) filter (where d.owner), 0)::bigint as "one_off_minor!",
            coalesce(sum(t.concession_minor) filter (where d.owner), 0)::bigint as "concession_minor!",
            coalesce(sum(t.downgrade_minor) filter (where d.owner), 0)::bigint as "downgrade_minor!",
            coalesce(sum(t.left_out_minor) filter (where d.owner), 0)::bigint as "left_out_minor!",
            coalesce(sum(t.rechurn_minor) filter (where d.owner), 0)::bigint as "rechurn_minor!",
            coalesce(sum(t.yes30) filter (where d.owner), 0)::bigint as "yes30!",
            coalesce(sum(t.no30) filter (where d.owner), 0)::bigint as "no30!",
            coalesce(sum(t.yes60) filter (where d.owner), 0)::bigint as "yes60!",
            coalesce(sum(t.no60) filter (where d.owner), 0)::bigint as "no60!",
            coalesce(sum(t.yes90) filter (where d.owner), 0)::bigint as "yes90!",
            coalesce(sum(t.no90) filter (where d.owner), 0)::bigint as "no90!",
            coalesce(sum(t.closed) filter (where d.dimension = 'false_save'), 0)::bigint as "false_saves!",
            coalesce(sum(t.closed) filter (where d.dimension = 'contradicted'), 0)::bigint as "contradicted!"
        from unnest($1::integer[], $2::text[], $3::date[], $4::date[]) s (of, grain, from_day, to_day)
        cross join (values ('owner', true), ('false_save', false), ('contradicted', false)) d (dimension, owner)
        cross join lateral (
            -- each part of the sums by itself: together the planner reads all there are
            select *
            from outcome_totals o
            where o.dimension = d.dimension and o.grain = s.grain and o.starts_on between s.from_day and s.to_day
                and o.value = any($5)
            offset 0
        ) t
        group by t.value, t.currency, s.of
        "#,
        of as Vec<i32>,
        grains as Vec<String>,
        froms as Vec<NaiveDate>,
        tos as Vec<NaiveDate>,
        people as Vec<String>,
    )
    .then(|row| {
        let sums = Sums {
            decided: row.decided,
            saves: row.saves,
            recurring_minor: row.recurring_minor,
            one_off_minor: row.one_off_minor,
            concession_minor: row.concession_minor,
            downgrade_minor: row.downgrade_minor,
            left_out_minor: row.left_out_minor,
            rechurn_minor: row.rechurn_minor,
            yes30: row.yes30,
            no30: row.no30,
            yes60: row.yes60,
            no60: row.no60,
            yes90: row.yes90,
            no90: row.no90,
            ..Sums::default()
        };
        let of = usize::try_from(row.of).unwrap_or_default();
        let (false_saves, contradicted) = (row.false_saves, row.contradicted);
        Ok(Ended { who: row.who, currency: row.currency, of, sums, false_saves, contradicted })
    })
}

/// How often somebody did something, and how often well.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(in super::super) struct Done {
    pub(in super::super) who: UserId,
    pub(in super::super) all: i64,
    pub(in super::super) well: i64,
}

/// As the sums name them.
fn texts(people: &[Uuid]) -> Vec<String> {
    people.iter().map(Uuid::to_string).collect()
}

/// Promises that were due, and those kept on time.
pub(in super::super) fn promises_due((from, until): Between, people: &[Uuid]) -> Part<Done> {
    let people = texts(people);
    part!(
        Done,
        r#"
        select s.value::uuid as "who!: UserId", sum(s.counted)::bigint as "all!",
            coalesce(sum(s.counted) filter (where s.came_to = 'kept'), 0)::bigint as "well!"
        from service_between('promise_of', $1, $2, null) s
        where s.value = any($3)
        group by s.value
        "#,
        from,
        until,
        people as Vec<String>,
    )
}

/// First actions that were due in cases that are theirs now, and those in time.
pub(in super::super) fn first_actions((from, until): Between, people: &[Uuid]) -> Part<Done> {
    let people = texts(people);
    part!(
        Done,
        r#"
        select s.value::uuid as "who!: UserId", sum(s.counted)::bigint as "all!",
            coalesce(sum(s.counted) filter (where s.came_to = 'met'), 0)::bigint as "well!"
        from service_between('first_action_of', $1, $2, null) s
        where s.value = any($3)
        group by s.value
        "#,
        from,
        until,
        people as Vec<String>,
    )
}

/// Offers of theirs that were shown, and those accepted.
pub(in super::super) fn offers_shown((from, until): Between, people: &[Uuid]) -> Part<Done> {
    let people = texts(people);
    part!(
        Done,
        r#"
        select s.value::uuid as "who!: UserId", sum(s.counted)::bigint as "all!",
            coalesce(sum(s.counted) filter (where s.came_to = 'accepted'), 0)::bigint as "well!"
        from service_between('offer_of', $1, $2, null) s
        where s.value = any($3)
        group by s.value
        "#,
        from,
        until,
        people as Vec<String>,
    )
}

/// Attempts they logged, and those that say all they should.
pub(in super::super) fn attempts((from, until): Between, people: &[Uuid]) -> Part<Done> {
    let people = texts(people);
    part!(
        Done,
        r#"
        select s.value::uuid as "who!: UserId", sum(s.counted)::bigint as "all!",
            coalesce(sum(s.counted) filter (where s.came_to = 'whole'), 0)::bigint as "well!"
        from service_between('attempt_of', $1, $2, null) s
        where s.value = any($3)
        group by s.value
        "#,
        from,
        until,
        people as Vec<String>,
    )
}
