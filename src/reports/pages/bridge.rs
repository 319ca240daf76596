//! From gross to net: what is taken off on the way, and what is verified of it.

use super::super::change::{self, Better, Change};
use super::super::store::Day;
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

/// From recurring and one-off revenue to what is verified.
pub(super) fn steps(ground: &Ground, days: &[Day]) -> Vec<Step> {
    let (now, before) = (within(days, ground.range), within(days, ground.before));
    let step = |label, figure: Figure, of: fn(Sums) -> i64, better, strong| Step {
        label,
        href: ground.now_rows(figure, &[]),
        amount: ground.money(of(now)).short(),
        before: ground.money(of(before)).short(),
        before_href: ground.rows(figure, ground.before, &[]),
        change: change::of_amount(of(now), of(before), better),
        strong,
    };
    vec![
        step("Recurring, × 12", Figure::Recurring, |s| s.recurring_minor, Better::More, false),
        step("Orders kept", Figure::OneOff, |s| s.one_off_minor, Better::More, false),
        step("Gross saved", Figure::Gross, Sums::gross, Better::More, true),
        step("− Concessions", Figure::Concessions, Sums::conceded, Better::Less, false),
        step("+ Left out of gross already", Figure::LeftOut, |s| s.left_out_minor, Better::Neither, false),
        step("− Re-churn", Figure::Rechurn, |s| s.rechurn_minor, Better::Less, false),
        step("Net saved", Figure::Net, Sums::net, Better::More, true),
        step("Verified at 30 days", Figure::Verified, |s| s.verified_minor, Better::More, false),
    ]
}
