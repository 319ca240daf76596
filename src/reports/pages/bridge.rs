//! From gross to net: what is taken off on the way, and what is verified of it.

use super::super::change::{self, Change};
use super::super::store::DayTotals;
use super::super::{Figure, Sums};
use super::ground::{Ground, within};

/// A step of it.
pub(super) struct Step {
    pub(super) label: &'static str,
    pub(super) href: String,
    pub(super) amount: String,
    pub(super) before: String,
    pub(super) before_href: String,
    pub(super) change: Change,
    /// A sum rather than a part.
    pub(super) strong: bool,
}

/// What a step is: its name, its figure, what it comes to in minor units, whether it is a sum.
pub(super) type Part = (&'static str, Figure, fn(Sums) -> i64, bool);

/// From recurring and one-off revenue to what is verified.
pub(super) const PARTS: [Part; 8] = [
    ("Recurring, × 12", Figure::Recurring, |s| s.recurring_minor, false),
    ("Orders kept", Figure::OneOff, |s| s.one_off_minor, false),
    ("Gross saved", Figure::Gross, Sums::gross, true),
    ("− Concessions", Figure::Concessions, Sums::conceded, false),
    ("+ Left out of gross already", Figure::LeftOut, |s| s.left_out_minor, false),
    ("− Re-churn", Figure::Rechurn, |s| s.rechurn_minor, false),
    ("Net saved", Figure::Net, Sums::net, true),
    ("Verified at 30 days", Figure::Verified, |s| s.verified_minor, false),
];

/// All of them.
pub(super) fn steps(ground: &Ground, days: &[DayTotals]) -> Vec<Step> {
    let (now, before) = (within(days, ground.range), within(days, ground.before));
    let step = |(label, figure, of, strong): Part| Step {
        label,
        href: ground.now_rows(figure, &[]),
        amount: ground.money(of(now)).short(),
        before: ground.money(of(before)).short(),
        before_href: ground.rows(figure, ground.before, &[]),
        change: change::of_amount(of(now), of(before)),
        strong,
    };
    PARTS.map(step).into()
}
