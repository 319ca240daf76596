//! How long decisions take.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use crate::auth::Role;
use crate::db::{Part, part};

/// The median time from asking to deciding of the last hundred decisions of each level that had some.
#[must_use]
pub fn turnaround_part(at: DateTime<Utc>) -> Part<(Role, TimeDelta)> {
    part!(
        Turnaround,
        r#"
        select l.level as "level!: Role", percentile_cont(0.5) within group (order by a.seconds) as "seconds!"
        from (values ('supervisor'), ('manager')) l (level)
        cross join lateral (
            select extract(epoch from b.ended_at - b.asked_at)::double precision as seconds
            from approvals b
            where b.ended_at is not null and b.ended_at <= $1 and b.stage <> 'withdrawn' and b.level = l.level
            order by b.ended_at desc
            limit 100
        ) a
        group by l.level
        "#,
        at,
    )
    .then(|row| {
        #[expect(clippy::cast_possible_truncation, reason = "whole seconds are what is wanted")]
        let seconds = row.seconds as i64;
        Ok((row.level, TimeDelta::seconds(seconds)))
    })
}

#[derive(Deserialize)]
struct Turnaround {
    level: Role,
    seconds: f64,
}

/// The median time from asking to deciding of what was decided since a moment; none when nothing was.
pub(in super::super) fn median_since(since: DateTime<Utc>) -> Part<Option<TimeDelta>> {
    part!(
        Median,
        r#"
        select percentile_cont(0.5) within group (order by extract(epoch from ended_at - asked_at)) as "seconds"
        from approvals
        where ended_at >= $1 and stage <> 'withdrawn'
        "#,
        since,
    )
    .then(|row| {
        #[expect(clippy::cast_possible_truncation, reason = "whole seconds are what is wanted")]
        Ok(row.seconds.map(|seconds| TimeDelta::seconds(seconds as i64)))
    })
}

#[derive(Deserialize)]
struct Median {
    seconds: Option<f64>,
}
