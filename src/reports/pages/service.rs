//! Whether we keep our word: deadlines met, promises kept, how soon departments answer.

use chrono::TimeDelta;

use super::super::Figure;
use super::super::change::{self, Better, Change};
use super::super::segment::address;
use super::super::store::{Answered, Attained, Promised};
use super::super::sums::share;
use super::ground::Ground;
use crate::calendar;
use crate::deadlines;

/// A kind of deadline.
pub(super) struct MetRow {
    pub(super) label: &'static str,
    pub(super) percent: String,
    pub(super) href: String,
    pub(super) change: Change,
    pub(super) met: i64,
    pub(super) met_href: String,
    pub(super) missed: i64,
    pub(super) missed_href: String,
}

/// Deadlines met, kind by kind.
pub(super) fn deadlines_met(ground: &Ground, now: &[Attained], before: &[Attained]) -> Vec<MetRow> {
    let rows = deadlines::Kind::ALL.into_iter().filter_map(|kind| {
        let of = |all: &[Attained]| {
            let found = all.iter().find(|one| one.kind == kind.name());
            found.map_or((0, 0), |one| (one.met, one.missed))
        };
        let ((met, missed), (was_met, was_missed)) = (of(now), of(before));
        let href = |stage| ground.now_rows(Figure::Deadlines, &[("kind", kind.name()), ("stage", stage)]);
        (met + missed > 0).then(|| MetRow {
            label: kind.label(),
            percent: change::percent(share(met, met + missed)),
            href: ground.now_rows(Figure::Deadlines, &[("kind", kind.name())]),
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
    pub(super) percent_href: String,
    pub(super) change: Change,
    pub(super) due: i64,
    pub(super) href: String,
    pub(super) parts: Vec<Part>,
    /// Where the promised credits are that no bill shows.
    pub(super) credits: String,
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
        percent_href: ground.now_rows(Figure::Promises, &[("stage", "kept")]),
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
        credits: address("/reports/credits", &[("team", ground.segment.team.text())]),
    })
}

/// How a department answers.
pub(super) struct DepartmentRow {
    pub(super) name: String,
    pub(super) answers: i64,
    pub(super) href: String,
    pub(super) median: String,
    pub(super) in_time: String,
    pub(super) in_time_href: String,
    pub(super) passes: i64,
    pub(super) passes_href: String,
}

/// Department by department.
pub(super) fn departments(ground: &Ground, answered: Vec<Answered>) -> Vec<DepartmentRow> {
    let row = |one: Answered| DepartmentRow {
        href: ground.now_rows(Figure::Answers, &[("department", &one.department)]),
        in_time_href: ground.now_rows(Figure::Answers, &[("department", &one.department), ("stage", "in_time")]),
        passes_href: ground.now_rows(Figure::Passes, &[("department", &one.department)]),
        name: one.name,
        answers: one.answers,
        median: calendar::duration(TimeDelta::minutes(one.median_minutes.into())),
        in_time: change::percent(share(one.in_time, one.answers)),
        passes: one.passes,
    };
    answered.into_iter().map(row).collect()
}
