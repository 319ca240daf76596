//! Saved revenue week by week, and the save rate, where a team is to reach one.

use chrono::{Datelike as _, Days};

use super::super::change::percent;
use super::super::range::back;
use super::super::store::DayTotals;
use super::super::{Figure, Range, Sums};
use super::chart::{self, Scale, compact};
use super::ground::{Ground, within};
use crate::money::Percent;
use crate::targets::{self, History};

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
    /// What the net is to reach, where the chosen team has a target.
    pub(super) target: Option<String>,
    /// The save rate, where the chosen team is to reach one.
    pub(super) rate: Option<Rate>,
    pub(super) rows: Vec<Week>,
}

/// The chart of the save rate.
pub(super) struct Rate {
    pub(super) title: String,
    pub(super) lines: Vec<(String, String)>,
    pub(super) path: String,
    pub(super) target: String,
}

/// A week of the table.
pub(super) struct Week {
    pub(super) label: String,
    pub(super) gross: String,
    pub(super) gross_href: String,
    pub(super) net: String,
    pub(super) net_href: String,
    /// What it is to reach; nothing where there is no target.
    pub(super) net_target: String,
    pub(super) rate: String,
    pub(super) rate_href: String,
    pub(super) rate_target: String,
}

/// What a team is to reach in a week: net saved revenue in minor units, its save rate in basis points.
#[derive(Clone, Copy, Default)]
pub(super) struct Aims {
    pub(super) net: Option<i64>,
    pub(super) rate: Option<i64>,
}

impl Aims {
    /// Amounts a month are spread over the days of their month; of a share that on the last day of the week counts.
    pub(super) fn of(ground: &Ground, history: &History, week: Range) -> Self {
        let currency = ground.segment.currency;
        // targets are of all lines
        if ground.segment.line.is_some() {
            return Self::default();
        }
        Self {
            net: history.within(targets::Figure::NetSaved, currency, week.from, week.to),
            rate: history.on(targets::Figure::SaveRate, currency, week.to),
        }
    }
}

const LEFT: f64 = 52.0;
const RIGHT: f64 = 562.0;
const BOTTOM: f64 = 190.0;
const TOP: f64 = 20.0;

/// The weeks of the span, at least twelve and at most thirty; none where nothing was saved in them.
pub(super) fn weeks(ground: &Ground, days: &[DayTotals], history: &History) -> Option<Weeks> {
    let spans = spans(ground);
    let sums: Vec<Sums> = spans.iter().map(|week| within(days, *week)).collect();
    let amounts: Vec<(i64, i64)> = sums.iter().map(|s| (s.gross(), s.net())).collect();
    let aims: Vec<Aims> = spans.iter().map(|week| Aims::of(ground, history, *week)).collect();
    if amounts.iter().all(|(gross, net)| *gross == 0 && *net == 0) {
        return None;
    }
    let aimed = aims.iter().filter_map(|aims| aims.net);
    let scale = Scale::new(amounts.iter().flat_map(|(gross, net)| [*gross, *net]).chain(aimed));
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
            "Saved revenue per week. Gross went from {} to {}, net from {} to {}{}.",
            money(first.0).short(),
            money(last.0).short(),
            money(first.1).short(),
            money(last.1).short(),
            aims.last()
                .and_then(|aims| aims.net)
                .map(|aim| format!(", with a target of {} for the newest", money(aim).short()))
                .unwrap_or_default()
        ),
        target: Some(chart::pieces(aims.iter().enumerate().map(|(at, aims)| Some((x(at), y(aims.net?))))))
            .filter(|path| !path.is_empty()),
        rate: rate(&sums, &aims),
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
            .zip(&sums)
            .zip(&aims)
            .rev()
            .map(|((week, sums), aims)| Week {
                label: week.words(),
                gross: money(sums.gross()).short(),
                gross_href: ground.rows(Figure::Gross, *week, &[]),
                net: money(sums.net()).short(),
                net_href: ground.rows(Figure::Net, *week, &[]),
                net_target: aims.net.map(|aim| money(aim).short()).unwrap_or_default(),
                rate: percent(sums.save_rate()),
                rate_href: ground.rows(Figure::Decided, *week, &[]),
                rate_target: aims.rate.map(of_points).unwrap_or_default(),
            })
            .collect(),
    })
}

/// "62.5%"
fn of_points(points: i64) -> String {
    Percent::from_basis_points(i32::try_from(points).unwrap_or(i32::MAX)).to_string()
}

/// The save rate beside what it is to be; none where no week has a target. Weeks in which nothing was decided have none.
fn rate(sums: &[Sums], aims: &[Aims]) -> Option<Rate> {
    let last = aims.iter().rev().find_map(|aims| aims.rate)?;
    let y = |share: f64| BOTTOM - share * (BOTTOM - TOP);
    let x = |at: usize| place(at, sums.len());
    let rates = sums.iter().enumerate().map(|(at, sums)| Some((x(at), y(sums.save_rate()?))));
    let of = |points: i64| f64::from(i32::try_from(points).unwrap_or(i32::MAX)) / 10_000.0;
    let aimed = aims.iter().enumerate().map(|(at, aims)| Some((x(at), y(of(aims.rate?)))));
    let ends = |sums: Option<&Sums>| percent(sums.and_then(|sums| sums.save_rate()));
    Some(Rate {
        title: format!(
            "Save rate per week: from {} to {}, with a target of {}.",
            ends(sums.iter().find(|sums| sums.decided > 0)),
            ends(sums.iter().rev().find(|sums| sums.decided > 0)),
            of_points(last)
        ),
        lines: [0, 25, 50, 75, 100]
            .map(|percent| (format!("{:.0}", y(f64::from(percent) / 100.0)), format!("{percent}%")))
            .into(),
        path: chart::pieces(rates),
        target: chart::pieces(aimed),
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
