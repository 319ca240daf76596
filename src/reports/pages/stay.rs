//! Do saves stick? Month by month of the save, so many days on: still here, gone, or unknown.

use chrono::{Datelike as _, Days, Months};

use super::super::change;
use super::super::range::first_of_month;
use super::super::store::DayTotals;
use super::super::sums::share;
use super::super::{Figure, Range, Sums};
use super::ground::{Ground, within};
use crate::outcomes::STAY_DAYS;

/// How many months there are.
const MONTHS: u32 = 6;

/// The saves of a month.
pub(super) struct Cohort {
    pub(super) label: String,
    pub(super) saves: i64,
    pub(super) href: String,
    pub(super) cells: Vec<Cell>,
}

/// So many days on.
pub(super) enum Cell {
    /// No day has passed: the first day on which one has.
    ToCome(String),
    Passed {
        here: String,
        here_href: String,
        gone: i64,
        gone_href: String,
        unknown: i64,
        unknown_href: String,
    },
}

/// The last months of the span.
pub(super) fn months(ground: &Ground) -> impl Iterator<Item = Range> {
    let to = ground.range.to;
    let newest = first_of_month(to);
    let months = (0..MONTHS).rev().map(move |ago| newest - Months::new(ago));
    months.map(move |from| Range { from, to: (from + Months::new(1) - Days::new(1)).min(to) })
}

/// Those in which anything was saved.
pub(super) fn cohorts(ground: &Ground, days: &[DayTotals]) -> Vec<Cohort> {
    months(ground)
        .filter_map(|month| {
            let saves = within(days, month).saves;
            (saves > 0).then(|| Cohort {
                label: month
                    .from
                    .format(if month.from.year() == ground.today.year() { "%B" } else { "%B %Y" })
                    .to_string(),
                saves,
                href: ground.rows(Figure::Saves, month, &[]),
                cells: STAY_DAYS.iter().map(|after| cell(ground, days, month, *after)).collect(),
            })
        })
        .collect()
}

/// What was saved in a month so many days ago or more; none before its first day is.
pub(super) fn passed(ground: &Ground, days: &[DayTotals], month: Range, after: u16) -> Option<Sums> {
    let later = |day| day + Days::new(after.into());
    let passed = days.iter().filter(|day| month.holds(day.day) && later(day.day) <= ground.today);
    (later(month.from) <= ground.today).then(|| passed.map(|day| day.sums).sum())
}

fn cell(ground: &Ground, days: &[DayTotals], month: Range, after: u16) -> Cell {
    let Some(passed) = passed(ground, days, month, after) else {
        return Cell::ToCome((month.from + Days::new(after.into())).format("from %-d %b").to_string());
    };
    let (here, gone) = passed.stay(after);
    let [here_is, gone_is, unknown_is] = Figure::stay(after);
    Cell::Passed {
        here: change::percent(share(here, passed.saves)),
        here_href: ground.rows(here_is, month, &[]),
        gone,
        gone_href: ground.rows(gone_is, month, &[]),
        unknown: passed.saves - here - gone,
        unknown_href: ground.rows(unknown_is, month, &[]),
    }
}
