//! Whether we keep our word, to customers and to each other: deadlines, promises, approvals, answers of departments, first
//! acts, offers. What happened between two moments; of these the team is told apart, the line and the currency are not.

use chrono::{DateTime, Utc};
use serde::Deserialize;

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
        select d.kind, count(*) filter (where deadline_came_to(d) = 'met') as "met!",
            count(*) filter (where deadline_came_to(d) = 'missed') as "missed!"
        from deadlines d
        where deadline_came_to(d) is not null and d.due_at >= $1 and d.due_at < $2
            and ($3::uuid is null or exists (
                select from cases c
                where c.id = d.case_id and coalesce(c.team_id, '00000000-0000-0000-0000-000000000000') = $3))
        group by d.kind
        "#,
        from,
        until,
        team,
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
        select p.stage, count(*) as "promises!"
        from promises p
        where p.due_at >= $1 and p.due_at < $2
            and ($3::uuid is null or exists (
                select from cases c
                where c.id = p.case_id and coalesce(c.team_id, '00000000-0000-0000-0000-000000000000') = $3))
        group by p.stage
        "#,
        from,
        until,
        team,
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
        select count(*) as "decided!",
            percentile_disc(array[0.5, 0.9]) within group (order by a.decision_minutes) as working_minutes
        from approvals a
        where a.ended_at >= $1 and a.ended_at < $2 and a.stage <> 'withdrawn'
            and ($3::uuid is null or exists (
                select from cases c
                where c.id = a.case_id and coalesce(c.team_id, '00000000-0000-0000-0000-000000000000') = $3))
        "#,
        from,
        until,
        team,
    )
}

/// How a department answered.
#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct Answered {
    pub(in super::super) department: String,
    pub(in super::super) name: String,
    pub(in super::super) answers: i64,
    pub(in super::super) in_time: i64,
    pub(in super::super) median_seconds: f64,
    pub(in super::super) passes: i64,
}

pub(in super::super) fn answers((from, until): Between, segment: &Segment) -> Part<Answered> {
    let team = segment.team.id();
    part!(
        Answered,
        r#"
        select d.id::text as "department!", d.name, count(*) as "answers!",
            count(*) filter (where r.ended_at <= r.due_at) as "in_time!",
            percentile_cont(0.5) within group (order by extract(epoch from r.ended_at - r.asked_at)::double precision)
                as "median_seconds!",
            sum(r.passes)::bigint as "passes!"
        from requests r
        join departments d on d.id = r.department_id
        where r.stage = 'answered' and r.ended_at >= $1 and r.ended_at < $2
            and ($3::uuid is null or exists (
                select from cases c
                where c.id = r.case_id and coalesce(c.team_id, '00000000-0000-0000-0000-000000000000') = $3))
        group by d.id, d.name
        order by d.name
        "#,
        from,
        until,
        team,
    )
}

/// How long customers waited for a first act, from intake.
#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct FirstActs {
    pub(in super::super) acts: i64,
    /// The median and the 90th percentile of the minutes that a team worked meanwhile.
    pub(in super::super) working_minutes: Option<Vec<i32>>,
    /// The same of the seconds that passed.
    pub(in super::super) seconds: Option<Vec<i64>>,
}

pub(in super::super) fn first_acts((from, until): Between, segment: &Segment) -> Part<FirstActs> {
    let team = segment.team.id();
    part!(
        FirstActs,
        r#"
        select count(*) as "acts!",
            percentile_disc(array[0.5, 0.9]) within group (order by c.first_action_minutes) as working_minutes,
            percentile_disc(array[0.5, 0.9]) within group (order by extract(epoch from c.first_action_at - c.opened_at)::bigint)
                as seconds
        from cases c
        where c.first_action_at >= $1 and c.first_action_at < $2
            and ($3::uuid is null or coalesce(c.team_id, '00000000-0000-0000-0000-000000000000') = $3)
        "#,
        from,
        until,
        team,
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
        select v.id::text as "version!", v.name, v.number, count(*) as "offers!",
            count(*) filter (where o.stage in ('accepted', 'fulfilled', 'failed')) as "accepted!",
            count(*) filter (where o.stage = 'presented') as "waiting!"
        from offers o
        join offer_revisions r on r.offer_id = o.id and r.revision = o.presented_revision
        join offer_type_versions v on v.id = r.version_id
        where o.presented_at >= $1 and o.presented_at < $2
            and ($3::uuid is null or exists (
                select from cases c
                where c.id = o.case_id and coalesce(c.team_id, '00000000-0000-0000-0000-000000000000') = $3))
        group by v.id
        order by count(*) desc, v.name, v.number
        "#,
        from,
        until,
        team,
    )
}
