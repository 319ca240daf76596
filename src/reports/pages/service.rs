//! Whether we keep our word: deadlines met, promises kept, how soon approvals are decided and departments answer.

use chrono::TimeDelta;

use super::super::Figure;
use super::super::change::{self, Better, Change};
use super::super::store::{Answered, Decision, Met, Promised};
use super::super::sums::share;
use super::ground::Ground;
use crate::accounts::People;
use crate::calendar;
use crate::deadlines;

/// A kind of deadline.
pub(super) struct MetRow {
    pub(super) label: &'static str,
    pub(super) percent: String,
    pub(super) change: Change,
    pub(super) met: i64,
    pub(super) met_href: String,
    pub(super) missed: i64,
    pub(super) missed_href: String,
}

/// Deadlines met, kind by kind.
pub(super) fn deadlines_met(ground: &Ground, now: &[Met], before: &[Met]) -> Vec<MetRow> {
    let rows = deadlines::Kind::ALL.into_iter().filter_map(|kind| {
        let of = |all: &[Met]| {
            let found = all.iter().find(|one| one.kind == kind.name());
            found.map_or((0, 0), |one| (one.met, one.missed))
        };
        let ((met, missed), (was_met, was_missed)) = (of(now), of(before));
        let href = |stage| ground.now_rows(Figure::Deadlines, &[("kind", kind.name()), ("stage", stage)]);
        (met + missed > 0).then(|| MetRow {
            label: kind.label(),
            percent: change::percent(share(met, met + missed)),
            change: change::of_share((met, met + missed), (was_met, was_met + was_missed), Better::More),
            met,
            met_href: href("met"),
            missed,
            missed_href: href("missed"),
        })
    });
    rows.collect()
}

/// What became of the promises that were due.
pub(super) struct Kept {
    pub(super) percent: String,
    pub(super) change: Change,
    pub(super) due: i64,
    pub(super) href: String,
    pub(super) parts: Vec<Part>,
}

/// Those with one end.
pub(super) struct Part {
    pub(super) label: &'static str,
    pub(super) promises: i64,
    pub(super) href: String,
}

/// What becomes of promises: as kept, as shown.
pub(super) const ENDS: [(&str, &str); 5] = [
    ("kept", "Kept on time"),
    ("late", "Kept late"),
    ("broken", "Broken"),
    ("waived", "Waived"),
    ("open", "Past due and open"),
];

/// Promises kept, of those whose time has passed; none where none was due.
pub(super) fn promises_kept(ground: &Ground, now: &[Promised], before: &[Promised]) -> Option<Kept> {
    let of = |all: &[Promised], stage: &str| -> i64 {
        all.iter().filter(|one| one.stage == stage).map(|one| one.promises).sum()
    };
    let due = |all: &[Promised]| -> i64 { all.iter().map(|one| one.promises).sum() };
    let kept = (of(now, "kept"), due(now));
    (kept.1 > 0).then(|| Kept {
        percent: change::percent(share(kept.0, kept.1)),
        change: change::of_share(kept, (of(before, "kept"), due(before)), Better::More),
        due: kept.1,
        href: ground.now_rows(Figure::Promises, &[]),
        parts: ENDS
            .iter()
            .map(|(stage, label)| Part {
                label,
                promises: of(now, stage),
                href: ground.now_rows(Figure::Promises, &[("stage", stage)]),
            })
            .filter(|part| part.promises > 0)
            .collect(),
    })
}

/// How soon approvals are decided.
pub(super) struct Turnaround {
    pub(super) decided: i64,
    pub(super) href: String,
    pub(super) median: String,
    pub(super) p90: String,
    /// The median of the span before.
    pub(super) before: Option<String>,
}

/// How long each took, in working hours of its case's team, the shortest first.
pub(super) fn times(all: &[Decision], people: &People) -> Vec<TimeDelta> {
    let worked = |one: &Decision| people.calendar_of(one.team).working_between(one.asked_at, one.ended_at);
    let mut times: Vec<TimeDelta> = all.iter().map(worked).collect();
    times.sort_unstable();
    times
}

/// In working hours of each case's team; none where nothing was decided.
pub(super) fn turnaround(
    ground: &Ground,
    now: &[Decision],
    before: &[Decision],
    people: &People,
) -> Option<Turnaround> {
    let (times, was) = (times(now, people), times(before, people));
    let median = quantile(&times, 50)?;
    Some(Turnaround {
        decided: i64::try_from(times.len()).unwrap_or(i64::MAX),
        href: ground.now_rows(Figure::Approvals, &[]),
        median: calendar::working(median),
        p90: calendar::working(quantile(&times, 90)?),
        before: quantile(&was, 50).map(calendar::working),
    })
}

/// The smallest of them that so many percent do not exceed.
pub(super) fn quantile(sorted: &[TimeDelta], percent: usize) -> Option<TimeDelta> {
    let at = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(at).copied()
}

/// How a department answers.
pub(super) struct DepartmentRow {
    pub(super) name: String,
    pub(super) answers: i64,
    pub(super) href: String,
    pub(super) median: String,
    pub(super) in_time: String,
    pub(super) passes: i64,
}

/// Department by department.
pub(super) fn departments(ground: &Ground, answered: Vec<Answered>) -> Vec<DepartmentRow> {
    let row = |one: Answered| DepartmentRow {
        href: ground.now_rows(Figure::Answers, &[("department", &one.department)]),
        name: one.name,
        answers: one.answers,
        median: calendar::duration(seconds(one.median_seconds)),
        in_time: change::percent(share(one.in_time, one.answers)),
        passes: one.passes,
    };
    answered.into_iter().map(row).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "whole seconds are what is wanted")]
fn seconds(seconds: f64) -> TimeDelta {
    TimeDelta::seconds(seconds as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_times_that_were_taken() {
        let hours: Vec<TimeDelta> = (1..=10).map(TimeDelta::hours).collect();
        assert_eq!(quantile(&hours, 50), Some(TimeDelta::hours(5)));
        assert_eq!(quantile(&hours, 90), Some(TimeDelta::hours(9)));
        assert_eq!(quantile(&hours[..1], 90), Some(TimeDelta::hours(1)));
        assert_eq!(quantile(&[], 50), None);
    }
}
