//! The net save rate: of the cases whose 30th, 60th or 90th day fell in the span, how many are known to be still here and
//! paying, how many left since, of how many nobody knows, how many were lost at once.

use super::super::change::{self, Better, Change};
use super::super::store::DayTotals;
use super::super::sums::share;
use super::super::{Figure, Range, Sums};
use super::ground::{Ground, within};
use crate::outcomes::STAY_DAYS;

/// So many days on.
pub(super) struct NetRow {
    pub(super) days: u16,
    /// When they were closed: "8 Aug to 27 Sep 2026".
    pub(super) closed: String,
    pub(super) percent: String,
    pub(super) change: Change,
    /// Still here, gone since, unknown, lost at once: together they are the decided ones.
    pub(super) slices: [Slice; 4],
    pub(super) decided: Slice,
    /// Gone ÷ saves.
    pub(super) rechurn: String,
}

/// Some of them, and their rows.
pub(super) struct Slice {
    pub(super) cases: i64,
    pub(super) href: String,
}

/// The days of which anything can be said.
pub(super) fn rates(ground: &Ground, days: &[DayTotals]) -> Vec<NetRow> {
    STAY_DAYS.into_iter().filter_map(|after| row(ground, days, after)).collect()
}

fn row(ground: &Ground, days: &[DayTotals], after: u16) -> Option<NetRow> {
    let here_of = |range: Range| {
        let sums = within(days, range.earlier(after));
        (sums.stay(after).0, sums.decided)
    };
    let range = ground.range.earlier(after);
    let sums: Sums = within(days, range);
    let (here, gone) = sums.stay(after);
    let [here_is, gone_is, unknown_is] = Figure::stay(after);
    let slice = |cases, figure| Slice { cases, href: ground.rows(figure, range, &[]) };
    (sums.decided > 0).then(|| NetRow {
        days: after,
        closed: range.words(),
        percent: change::percent(share(here, sums.decided)),
        change: change::of_share((here, sums.decided), here_of(ground.before), Better::More),
        slices: [
            slice(here, here_is),
            slice(gone, gone_is),
            slice(sums.saves - here - gone, unknown_is),
            slice(sums.decided - sums.saves, Figure::Lost),
        ],
        decided: slice(sums.decided, Figure::Decided),
        rechurn: change::percent(share(gone, sums.saves)),
    })
}
