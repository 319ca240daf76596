//! How long customers and colleagues waited: for a first act, for a decision.

use chrono::TimeDelta;

use super::super::Figure;
use super::super::store::{Decisions, FirstActs};
use super::ground::Ground;
use crate::calendar;

/// A card of how long something took.
pub(super) struct Waits {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// What was waited for so often: "decided".
    pub(super) done: &'static str,
    pub(super) many: i64,
    pub(super) href: String,
    pub(super) before_href: String,
    pub(super) rows: Vec<Wait>,
}

/// By one clock.
pub(super) struct Wait {
    pub(super) clock: &'static str,
    pub(super) median: String,
    pub(super) p90: String,
    /// The median of the span before.
    pub(super) before: String,
}

/// From asking to deciding, in working hours of each case's team; none where nothing was decided.
pub(super) fn approvals(ground: &Ground, now: &[Decisions], before: &[Decisions]) -> Option<Waits> {
    let (now, before) = (now.first().filter(|now| now.decided > 0)?, before.first());
    let worked = |of: &Decisions, at: usize| Some(worked(*of.working_minutes.as_ref()?.get(at)?));
    Some(Waits {
        id: "turn",
        title: "Approval turnaround",
        done: "decided",
        many: now.decided,
        href: ground.now_rows(Figure::Approvals, &[]),
        before_href: ground.rows(Figure::Approvals, ground.before, &[]),
        rows: vec![Wait {
            clock: WORKING,
            median: worked(now, 0).unwrap_or_else(none),
            p90: worked(now, 1).unwrap_or_else(none),
            before: before.and_then(|before| worked(before, 0)).unwrap_or_else(none),
        }],
    })
}

/// From intake to the first act, by both clocks; none where nobody acted for the first time.
pub(super) fn first_acts(ground: &Ground, now: &[FirstActs], before: &[FirstActs]) -> Option<Waits> {
    let (now, before) = (now.first().filter(|now| now.acts > 0)?, before.first());
    let working = |of: &FirstActs, at: usize| Some(worked(*of.working_minutes.as_ref()?.get(at)?));
    let passed = |of: &FirstActs, at: usize| {
        let minutes = of.minutes.as_ref()?.get(at)?;
        Some(calendar::duration(TimeDelta::minutes((*minutes).into())))
    };
    let row = |clock, of: &dyn Fn(&FirstActs, usize) -> Option<String>| Wait {
        clock,
        median: of(now, 0).unwrap_or_else(none),
        p90: of(now, 1).unwrap_or_else(none),
        before: before.and_then(|before| of(before, 0)).unwrap_or_else(none),
    };
    Some(Waits {
        id: "first-acts",
        title: "Time to first action",
        done: "first acts",
        many: now.acts,
        href: ground.now_rows(Figure::FirstActs, &[]),
        before_href: ground.rows(Figure::FirstActs, ground.before, &[]),
        rows: vec![row(WORKING, &working), row("Calendar time", &passed)],
    })
}

const WORKING: &str = "Working time";

/// Minutes of working time; days would be ambiguous, so hours are counted on.
fn worked(minutes: i32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} m"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} m"),
    }
}

fn none() -> String {
    "–".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn working_time_is_counted_in_hours() {
        assert_eq!([0, 59, 60, 61, 1_500].map(worked), ["0 m", "59 m", "1 h", "1 h 1 m", "25 h"]);
    }
}
