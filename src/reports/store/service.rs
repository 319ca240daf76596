//! Whether we keep our word, to customers and to each other: deadlines, promises, approvals, answers of departments, first
//! acts, offers. What happened between two moments; of these the team is told apart, the line and the currency are not.
//! All of it comes off the sums that the database keeps (`service_between`).

use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::super::Segment;
use crate::db::{Part, part};

/// From one moment to just before another.
pub(in super::super) type Between = (DateTime<Utc>, DateTime<Utc>);

/// How many deadlines of a kind whose time has passed were met or missed.
#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct Attained {
    pub(in super::super) kind: String,
    pub(in super::super) met: i64,
    pub(in super::super) missed: i64,
}

pub(in super::super) fn met((from, until): Between, segment: &Segment) -> Part<Attained> {
    let team = segment.team.id();
    part!(
        Attained,
        r#"
        select s.value as "kind!", coalesce(sum(s.counted) filter (where s.came_to = 'met'), 0)::bigint as "met!",
            coalesce(sum(s.counted) filter (where s.came_to = 'missed'), 0)::bigint as "missed!"
        from service_between('deadline', $1, $2, $3) s
        group by s.value
        "#,
        from,
        until,
        team as Option<Uuid>,
    )
}

/// How many promises that were due came to a stage.
#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct Promised {
    pub(in super::super) stage: String,
    pub(in super::super) promises: i64,
}

pub(in super::super) fn promised((from, until): Between, segment: &Segment) -> Part<Promised> {
    let team = segment.team.id();
    part!(
        Promised,
        r#"
        select s.came_to as "stage!", sum(s.counted)::bigint as "promises!"
        from service_between('promise', $1, $2, $3) s
        group by s.came_to
        having sum(s.counted) > 0
        "#,
        from,
        until,
        team as Option<Uuid>,
    )
}

/// How long decisions that were asked for took to be made.
#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct Decisions {
    pub(in super::super) decided: i64,
    /// The median and the 90th percentile of the minutes that a team worked meanwhile.
    pub(in super::super) working_minutes: Option<Vec<i32>>,
}

pub(in super::super) fn decisions((from, until): Between, segment: &Segment) -> Part<Decisions> {
    let team = segment.team.id();
    part!(
        Decisions,
        r#"
        select t.counted as "decided!", t.ranks as working_minutes
        from times_between('approval', $1, $2, $3) t
        "#,
        from,
        until,
        team as Option<Uuid>,
    )
}

/// How a department answered.
#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct Answered {
    pub(in super::super) department: String,
    pub(in super::super) name: String,
    pub(in super::super) answers: i64,
    pub(in super::super) in_time: i64,
    /// The median of the whole minutes from asking to the answer.
    pub(in super::super) median_minutes: i32,
    pub(in super::super) passes: i64,
}

pub(in super::super) fn answers((from, until): Between, segment: &Segment) -> Part<Answered> {
    let team = segment.team.id();
    part!(
        Answered,
        r#"
        with parts as (
            select s.value, s.minutes, sum(s.counted) as counted, sum(s.passes) as passes,
                coalesce(sum(s.counted) filter (where s.came_to = 'in_time'), 0) as in_time
            from service_between('answer', $1, $2, $3) s
            group by s.value, s.minutes
            having sum(s.counted) > 0
        ), ranked as (
            select p.*, sum(p.counted) over (partition by p.value order by p.minutes) as upto,
                sum(p.counted) over (partition by p.value) as every
            from parts p
        )
        select r.value as "department!", d.name, sum(r.counted)::bigint as "answers!",
            sum(r.in_time)::bigint as "in_time!",
            min(r.minutes) filter (where r.upto >= 0.5 * r.every) as "median_minutes!", sum(r.passes)::bigint as "passes!"
        from ranked r
        join departments d on d.id::text = r.value
        group by r.value, d.name
        order by d.name
        "#,
        from,
        until,
        team as Option<Uuid>,
    )
}

/// How long customers waited for a first act, from intake.
#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct FirstActs {
    pub(in super::super) acts: i64,
    /// The median and the 90th percentile of the minutes that a team worked meanwhile.
    pub(in super::super) working_minutes: Option<Vec<i32>>,
    /// The same of the whole minutes that passed.
    pub(in super::super) minutes: Option<Vec<i32>>,
}

pub(in super::super) fn first_acts((from, until): Between, segment: &Segment) -> Part<FirstActs> {
    let team = segment.team.id();
    part!(
        FirstActs,
        r#"
        select p.counted as "acts!", w.ranks as working_minutes, p.ranks as minutes
        from times_between('first_wait', $1, $2, $3) p, times_between('first_act', $1, $2, $3) w
        "#,
        from,
        until,
        team as Option<Uuid>,
    )
}

/// What became of the offers of one version of an offer type.
#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct Shown {
    pub(in super::super) version: String,
    pub(in super::super) name: String,
    pub(in super::super) number: i32,
    pub(in super::super) offers: i64,
    pub(in super::super) accepted: i64,
    /// Those that wait for the customer's answer.
    pub(in super::super) waiting: i64,
}

pub(in super::super) fn shown((from, until): Between, segment: &Segment) -> Part<Shown> {
    let team = segment.team.id();
    part!(
        Shown,
        r#"
        select v.id::text as "version!", v.name, v.number, sum(s.counted)::bigint as "offers!",
            coalesce(sum(s.counted) filter (where s.came_to = 'accepted'), 0)::bigint as "accepted!",
            coalesce(sum(s.counted) filter (where s.came_to = 'presented'), 0)::bigint as "waiting!"
        from service_between('offer', $1, $2, $3) s
        join offer_type_versions v on v.id::text = s.value
        group by v.id
        having sum(s.counted) > 0
        order by sum(s.counted) desc, v.name, v.number
        "#,
        from,
        until,
        team as Option<Uuid>,
    )
}
