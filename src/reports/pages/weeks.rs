//! Saved revenue week by week.

use chrono::{Datelike as _, Days};

use super::super::range::back;
use super::super::store::DayTotals;
use super::super::{Figure, Range};
use super::chart::{self, Scale, compact};
use super::ground::{Ground, within};

/// The chart with the table behind it.
pub(super) struct Weeks {
    pub(super) title: String,
    pub(super) lines: Vec<(String, String)>,
    pub(super) net: String,
    pub(super) area: String,
    pub(super) gross: String,
    /// Where the newest week stands: of the net, its label; of the gross, its label.
    pub(super) net_y: String,
    pub(super) net_label: String,
    pub(super) gross_y: String,
    pub(super) gross_label: String,
    pub(super) labels: Vec<(String, String)>,
    pub(super) rows: Vec<Week>,
}

/// A week of the table.
pub(super) struct Week {
    pub(super) label: String,
    pub(super) gross: String,
    pub(super) gross_href: String,
    pub(super) net: String,
    pub(super) net_href: String,
}

const LEFT: f64 = 52.0;
const RIGHT: f64 = 562.0;
const BOTTOM: f64 = 190.0;
const TOP: f64 = 20.0;

/// The weeks of the span, at least twelve and at most thirty; none where nothing was saved in them.
pub(super) fn weeks(ground: &Ground, days: &[DayTotals]) -> Option<Weeks> {
    let spans = spans(ground);
    let amounts: Vec<(i64, i64)> = spans.iter().map(|week| within(days, *week)).map(|s| (s.gross(), s.net())).collect();
    if amounts.iter().all(|(gross, net)| *gross == 0 && *net == 0) {
        return None;
    }
    let scale = Scale::new(amounts.iter().flat_map(|(gross, net)| [*gross, *net]));
    let y = |value: i64| scale.y(value, BOTTOM, TOP);
    let x = |at: usize| place(at, spans.len());
    let line =
        |of: &dyn Fn(&(i64, i64)) -> i64| chart::path(amounts.iter().enumerate().map(|(at, one)| (x(at), y(of(one)))));
    let (first, last) = (*amounts.first()?, *amounts.last()?);
    let net = line(&|one| one.1);
    let money = |minor| ground.money(minor);
    // labels of two ends that are close would lie over each other
    let (net_y, gross_y) = (y(last.1), y(last.0));
    let gross_label_y = if (net_y - gross_y).abs() < 14.0 { net_y - 14.0 } else { gross_y };
    Some(Weeks {
        title: format!(
            "Saved revenue per week. Gross went from {} to {}, net from {} to {}.",
            money(first.0).short(),
            money(last.0).short(),
            money(first.1).short(),
            money(last.1).short()
        ),
        lines: scale.lines().map(|value| (format!("{:.0}", y(value)), compact(money(value)))).collect(),
        area: format!("{net} L{RIGHT} {BOTTOM} L{LEFT} {BOTTOM}Z"),
        net,
        gross: line(&|one| one.0),
        net_y: format!("{net_y:.0}"),
        net_label: compact(money(last.1)),
        gross_y: format!("{:.0}", gross_label_y + 4.0),
        gross_label: compact(money(last.0)),
        labels: spans
            .iter()
            .enumerate()
            .filter(|(at, _)| at % spans.len().div_ceil(6) == 0)
            .map(|(at, week)| (format!("{:.0}", x(at)), week.from.format("%-d %b").to_string()))
            .collect(),
        rows: spans
            .iter()
            .zip(&amounts)
            .rev()
            .map(|(week, (gross, net))| Week {
                label: week.words(),
                gross: money(*gross).short(),
                gross_href: ground.rows(Figure::Gross, *week, &[]),
                net: money(*net).short(),
                net_href: ground.rows(Figure::Net, *week, &[]),
            })
            .collect(),
    })
}

/// The weeks that are shown, from Monday to Sunday, the newest last.
pub(super) fn spans(ground: &Ground) -> Vec<Range> {
    let monday = back(ground.range.to, ground.range.to.weekday().num_days_from_monday().into());
    let many = (ground.range.days() / 7 + 1).clamp(12, 30);
    let week = |ago| {
        let from = back(monday, ago * 7);
        Range { from, to: (from + Days::new(6)).min(ground.range.to) }
    };
    (0..many).rev().map(week).collect()
}

#[expect(clippy::cast_precision_loss, reason = "places on a chart")]
fn place(at: usize, of: usize) -> f64 {
    LEFT + at as f64 * (RIGHT - LEFT) / (of - 1).max(1) as f64
}
