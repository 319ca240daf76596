//! Why customers ask to leave: reasons of level 1 by the value they put at risk, the largest first, with a running total;
//! and in the same way what is below one of them.

use super::super::Figure;
use super::super::change::{self, Better, Change};
use super::super::store::{Dimension, Group};
use super::super::sums::share;
use super::chart;
use super::ground::Ground;
use crate::reasons::Tree;

/// The chart with the table behind it.
pub(super) struct Drivers {
    /// The reason that they are below, as it is called, and where one level up is.
    pub(super) below: Option<(String, String)>,
    pub(super) title: String,
    pub(super) bars: Vec<Bar>,
    pub(super) running: String,
    /// Where the few that carry most end: x, y, share.
    pub(super) turn: (String, String, String),
    pub(super) told: String,
    pub(super) rows: Vec<Driver>,
    /// More than a tenth is coded "other": how much of it, and its rows.
    pub(super) other_alarm: Option<(String, String)>,
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
    /// Where what is below it stands, if anything is.
    pub(super) below: Option<String>,
    pub(super) label: String,
}

/// A row of the table.
pub(super) struct Driver {
    pub(super) label: String,
    /// Where what is below it stands, if anything is.
    pub(super) below: Option<String>,
    pub(super) href: String,
    pub(super) cases_href: String,
    pub(super) cases: i64,
    pub(super) value: String,
    pub(super) percent: String,
    pub(super) change: Change,
    /// Where a problem is opened with its cases.
    pub(super) problem: Option<String>,
}

/// A reason in both spans, with all that is below it.
pub(super) struct Of {
    /// As addresses of rows name it: with a dot behind it, without what is below it.
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
const CHOOSE: &str = "Choose a bar to see its cases, or its name to see what is below it.";

pub(super) fn drivers(ground: &Ground, groups: &[Group], tree: &Tree) -> Option<Drivers> {
    let mut all = reasons(ground, groups, tree);
    let risk: i64 = all.iter().map(|one| one.risk).sum();
    let (cases, cases_before) = all.iter().fold((0, 0), |sum, one| (sum.0 + one.cases, sum.1 + one.cases_before));
    if risk <= 0 {
        return None;
    }
    let other = all.iter().find(|one| one.codes == "other").and_then(|one| share(one.cases, cases));
    let other_alarm = other
        .filter(|share| *share > 0.1)
        .map(|share| (change::percent(Some(share)), ground.now_rows(Figure::Decided, &[("reason", "other")])));
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
    let below = |one: &Of| has_below(tree, &one.codes).then(|| ground.below(Some(&one.codes)));
    let points = running.iter().enumerate().map(|(at, sum)| (middle(at), BOTTOM - sum * HEIGHT));
    let names: Vec<String> = all
        .iter()
        .zip(&shares)
        .map(|(one, share)| format!("{} {}", one.label, change::percent(Some(*share))))
        .collect();
    let above = ground
        .driver
        .as_deref()
        .map(|code| (tree.path(code), ground.below(code.rsplit_once('.').map(|(above, _)| above))));
    Some(Drivers {
        title: match &above {
            None => {
                format!("Pareto of the reasons why customers ask to leave, by value at risk: {}.", names.join(", "))
            }
            Some((of, _)) => format!("Pareto of the reasons below {of}, by value at risk: {}.", names.join(", ")),
        },
        below: above,
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
                below: below(one),
                label: one.label.clone(),
            })
            .collect(),
        turn: (
            format!("{:.0}", middle(few)),
            format!("{:.0}", BOTTOM - running.get(few).copied().unwrap_or_default() * HEIGHT),
            running.get(few).map(|sum| format!("{:.0}%", sum * 100.0)).unwrap_or_default(),
        ),
        running: chart::path(points),
        told: match few {
            0 => format!("One reason carries {carried} of the value. {CHOOSE}"),
            few => format!("{} reasons carry {carried} of the value. {CHOOSE}", few + 1),
        },
        rows: all
            .iter()
            .zip(&shares)
            .map(|(one, share)| Driver {
                label: one.label.clone(),
                below: below(one),
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

/// Whether there are reasons below one.
fn has_below(tree: &Tree, code: &str) -> bool {
    tree.all().iter().any(|one| one.parent.as_deref() == Some(code))
}

/// The reason next below another that a code belongs to: `price.too_high` of `price`; with a dot behind it the very code
/// where nothing closer was coded. None of what is elsewhere in the tree.
fn next_below(above: &str, code: &str) -> Option<String> {
    if code == above {
        return Some(format!("{above}."));
    }
    let rest = code.strip_prefix(above)?.strip_prefix('.')?;
    Some(format!("{above}.{}", rest.split('.').next().unwrap_or(rest)))
}

/// The reasons that are shown: of level 1, or next below the one that was chosen. The largest first.
pub(super) fn reasons(ground: &Ground, groups: &[Group], tree: &Tree) -> Vec<Of> {
    let mut all: Vec<Of> = Vec::new();
    let (dimension, above) = match ground.driver.as_deref() {
        None => (Dimension::Reason, None),
        above => (Dimension::Deeper, above),
    };
    let of = |group: &&Group| group.dimension == dimension && group.currency == ground.segment.currency;
    for group in groups.iter().filter(of) {
        let code = match above {
            None => Some(Tree::top(&group.value).to_owned()),
            Some(above) => next_below(above, &group.value),
        };
        let Some(code) = code else { continue };
        let at = all.iter().position(|one| one.codes == code).unwrap_or_else(|| {
            let label = match tree.find(&code) {
                Some(reason) => reason.name.clone(),
                None if code.ends_with('.') => "Nothing closer coded".to_owned(),
                None => code.clone(),
            };
            all.push(Of { codes: code, label, cases: 0, cases_before: 0, risk: 0 });
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
    fn codes_belong_to_the_reason_next_below() {
        let of = |above, code| next_below(above, code);
        assert_eq!(of("price", "price.too_high.at_renewal").as_deref(), Some("price.too_high"));
        assert_eq!(of("price.too_high", "price.too_high.at_renewal").as_deref(), Some("price.too_high.at_renewal"));
        assert_eq!(of("price", "price").as_deref(), Some("price."));
        assert_eq!((of("price", "prices.up"), of("price.too_high", "price.increase")), (None, None));
    }

    #[test]
    fn names_under_bars_are_short() {
        let lines = |label| under(label).into_iter().map(|(_, line)| line).collect::<Vec<_>>();
        assert_eq!(lines("Price or affordability"), ["Price"]);
        assert_eq!(lines("Service failure or outage"), ["Service", "failure"]);
        assert_eq!(lines("Delivery, timing or logistics"), ["Delivery"]);
        assert_eq!(lines("6 more"), ["6 more"]);
    }
}
