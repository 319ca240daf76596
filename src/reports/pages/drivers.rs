//! Why customers ask to leave: reasons of level 1 by the value they put at risk, the largest first, with a running total.

use super::super::Figure;
use super::super::change::{self, Better, Change};
use super::super::store::{Dimension, Group};
use super::super::sums::share;
use super::chart;
use super::ground::Ground;
use crate::reasons::Tree;

/// The chart with the table behind it.
pub(super) struct Drivers {
    pub(super) title: String,
    pub(super) bars: Vec<Bar>,
    pub(super) running: String,
    /// Where the few that carry most end: x, y, share.
    pub(super) turn: (String, String, String),
    pub(super) told: String,
    pub(super) rows: Vec<Driver>,
    /// More than a tenth is coded "other".
    pub(super) other_alarm: Option<String>,
}

/// A bar.
pub(super) struct Bar {
    pub(super) href: String,
    pub(super) says: String,
    pub(super) class: &'static str,
    pub(super) x: String,
    pub(super) y: String,
    pub(super) height: String,
    pub(super) middle: String,
    pub(super) percent: String,
    pub(super) lines: Vec<(String, String)>,
}

/// A row of the table.
pub(super) struct Driver {
    pub(super) label: String,
    pub(super) href: String,
    pub(super) cases_href: String,
    pub(super) cases: i64,
    pub(super) value: String,
    pub(super) percent: String,
    pub(super) change: Change,
    /// Where a problem is opened with its cases.
    pub(super) problem: Option<String>,
}

/// A reason of level 1 in both spans.
pub(super) struct Of {
    codes: String,
    pub(super) label: String,
    pub(super) cases: i64,
    pub(super) cases_before: i64,
    /// Value at risk in minor units.
    pub(super) risk: i64,
}

/// How many bars there are; what is beyond stands in the last.
const BARS: usize = 8;
const BOTTOM: f64 = 180.0;
const HEIGHT: f64 = 160.0;

pub(super) fn drivers(ground: &Ground, groups: &[Group], tree: &Tree) -> Option<Drivers> {
    let mut all = of_level_one(ground, groups, tree);
    let risk: i64 = all.iter().map(|one| one.risk).sum();
    let (cases, cases_before) = all.iter().fold((0, 0), |sum, one| (sum.0 + one.cases, sum.1 + one.cases_before));
    if risk <= 0 {
        return None;
    }
    let other = all.iter().find(|one| one.codes == "other").and_then(|one| share(one.cases, cases));
    let other_alarm = other.filter(|share| *share > 0.1).map(|share| change::percent(Some(share)));
    if all.len() > BARS {
        let rest = all.split_off(BARS - 1);
        all.push(Of {
            codes: rest.iter().map(|one| one.codes.as_str()).collect::<Vec<_>>().join(","),
            label: format!("{} more", rest.len()),
            cases: rest.iter().map(|one| one.cases).sum(),
            cases_before: rest.iter().map(|one| one.cases_before).sum(),
            risk: rest.iter().map(|one| one.risk).sum(),
        });
    }
    let shares: Vec<f64> = all.iter().filter_map(|one| share(one.risk, risk)).collect();
    let running: Vec<f64> = shares
        .iter()
        .scan(0.0, |sum, share| {
            *sum += share;
            Some(*sum)
        })
        .collect();
    // the few that carry two thirds or more
    let few = running.iter().position(|sum| *sum >= 0.66).unwrap_or(0);
    let carried = change::percent(running.get(few).copied());
    let narrow = |one: &Of| ground.now_rows(Figure::AtRisk, &[("reason", &one.codes)]);
    let points = running.iter().enumerate().map(|(at, sum)| (middle(at), BOTTOM - sum * HEIGHT));
    let names: Vec<String> = all
        .iter()
        .zip(&shares)
        .map(|(one, share)| format!("{} {}", one.label, change::percent(Some(*share))))
        .collect();
    Some(Drivers {
        title: format!("Pareto of the reasons why customers ask to leave, by value at risk: {}.", names.join(", ")),
        bars: all
            .iter()
            .zip(&shares)
            .enumerate()
            .map(|(at, (one, share))| Bar {
                href: narrow(one),
                says: format!("{}, {} of the value, its cases", one.label, change::percent(Some(*share))),
                class: if at <= few { "b1" } else { "b2" },
                x: format!("{:.0}", middle(at) - 25.0),
                y: format!("{:.0}", BOTTOM - share * HEIGHT),
                height: format!("{:.0}", (share * HEIGHT).max(1.0)),
                middle: format!("{:.0}", middle(at)),
                percent: format!("{:.0}%", share * 100.0),
                lines: under(&one.label),
            })
            .collect(),
        turn: (
            format!("{:.0}", middle(few)),
            format!("{:.0}", BOTTOM - running.get(few).copied().unwrap_or_default() * HEIGHT),
            running.get(few).map(|sum| format!("{:.0}%", sum * 100.0)).unwrap_or_default(),
        ),
        running: chart::path(points),
        told: match few {
            0 => format!("One reason carries {carried} of the value. Choose a bar to see its cases."),
            few => format!("{} reasons carry {carried} of the value. Choose a bar to see its cases.", few + 1),
        },
        rows: all
            .iter()
            .zip(&shares)
            .map(|(one, share)| Driver {
                label: one.label.clone(),
                href: narrow(one),
                cases_href: ground.now_rows(Figure::Decided, &[("reason", &one.codes)]),
                cases: one.cases,
                value: ground.money(one.risk).short(),
                percent: change::percent(Some(*share)),
                change: change::of_share((one.cases, cases), (one.cases_before, cases_before), Better::Less),
                problem: ground.problem_of(&one.codes),
            })
            .collect(),
        other_alarm,
    })
}

/// The largest first.
pub(super) fn of_level_one(ground: &Ground, groups: &[Group], tree: &Tree) -> Vec<Of> {
    let mut all: Vec<Of> = Vec::new();
    let of = |group: &&Group| group.dimension == Dimension::Reason && group.currency == ground.segment.currency;
    for group in groups.iter().filter(of) {
        let top = group.value.split('.').next().unwrap_or_default();
        let at = all.iter().position(|one| one.codes == top).unwrap_or_else(|| {
            let label = tree.find(top).map_or_else(|| top.to_owned(), |reason| reason.name.clone());
            all.push(Of { codes: top.to_owned(), label, cases: 0, cases_before: 0, risk: 0 });
            all.len() - 1
        });
        if group.now {
            all[at].cases += group.sums.decided;
            all[at].risk += group.sums.risk_minor;
        } else {
            all[at].cases_before += group.sums.decided;
        }
    }
    all.retain(|one| one.cases > 0 || one.risk > 0);
    all.sort_by(|a, b| b.risk.cmp(&a.risk).then_with(|| a.label.cmp(&b.label)));
    all
}

#[expect(clippy::cast_precision_loss, reason = "places on a chart")]
fn middle(at: usize) -> f64 {
    55.0 + at as f64 * 68.0
}

/// A name under a bar: its first words, in two short lines.
fn under(label: &str) -> Vec<(String, String)> {
    let short = label.split(" or ").next().unwrap_or(label).split(',').next().unwrap_or(label);
    let mut lines: Vec<String> = Vec::new();
    for word in short.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < 11 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.truncate(2);
    lines.into_iter().zip(["216", "229"]).map(|(line, y)| (y.to_owned(), line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_under_bars_are_short() {
        let lines = |label| under(label).into_iter().map(|(_, line)| line).collect::<Vec<_>>();
        assert_eq!(lines("Price or affordability"), ["Price"]);
        assert_eq!(lines("Service failure or outage"), ["Service", "failure"]);
        assert_eq!(lines("Delivery, timing or logistics"), ["Delivery"]);
        assert_eq!(lines("6 more"), ["6 more"]);
    }
}
