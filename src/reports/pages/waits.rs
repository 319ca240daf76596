//! How long customers and colleagues waited: for a first act, for a decision.

use chrono::TimeDelta;

use super::super::Figure;
use super::super::store::{Decision, FirstActs};
use super::ground::Ground;
use crate::accounts::People;
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

/// How long each decision took, in working hours of its case's team, the shortest first.
pub(super) fn times(all: &[Decision], people: &People) -> Vec<TimeDelta> {
    let worked = |one: &Decision| people.calendar_of(one.team).working_between(one.asked_at, one.ended_at);
    let mut times: Vec<TimeDelta> = all.iter().map(worked).collect();
    times.sort_unstable();
    times
}

/// From asking to deciding, in working hours of each case's team; none where nothing was decided.
pub(super) fn approvals(ground: &Ground, now: &[Decision], before: &[Decision], people: &People) -> Option<Waits> {
    let (times, was) = (times(now, people), times(before, people));
    Some(Waits {
        id: "turn",
        title: "Approval turnaround",
        done: "decided",
        many: i64::try_from(times.len()).unwrap_or(i64::MAX),
        href: ground.now_rows(Figure::Approvals, &[]),
        before_href: ground.rows(Figure::Approvals, ground.before, &[]),
        rows: vec![Wait {
            clock: WORKING,
            median: hours(quantile(&times, 50)?),
            p90: hours(quantile(&times, 90)?),
            before: quantile(&was, 50).map_or_else(none, hours),
        }],
    })
}

/// From intake to the first act, by both clocks; none where nobody acted for the first time.
pub(super) fn first_acts(ground: &Ground, now: &[FirstActs], before: &[FirstActs]) -> Option<Waits> {
    let (now, before) = (now.first().filter(|now| now.acts > 0)?, before.first());
    let working = |of: &FirstActs, at: usize| {
        let minutes = of.working_minutes.as_ref()?.get(at)?;
        Some(hours(TimeDelta::minutes((*minutes).into())))
    };
    let passed = |of: &FirstActs, at: usize| {
        let seconds = of.seconds.as_ref()?.get(at)?;
        Some(calendar::duration(TimeDelta::seconds(*seconds)))
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

/// An amount of working time; days would be ambiguous, so hours are counted on.
fn hours(time: TimeDelta) -> String {
    let minutes = time.num_minutes().max(0);
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} m"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} m"),
    }
}

fn none() -> String {
    "–".to_owned()
}

/// The smallest of them that so many percent do not exceed.
pub(super) fn quantile(sorted: &[TimeDelta], percent: usize) -> Option<TimeDelta> {
    let at = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(at).copied()
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

    #[test]
    fn working_time_is_counted_in_hours() {
        let texts = [0, 59, 60, 61, 1_500].map(|minutes| hours(TimeDelta::minutes(minutes)));
        assert_eq!(texts, ["0 m", "59 m", "1 h", "1 h 1 m", "25 h"]);
    }
}
