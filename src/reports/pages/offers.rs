//! How often customers accept what they are shown, version by version of each offer type.

use super::super::Figure;
use super::super::change;
use super::super::store::Shown;
use super::super::sums::share;
use super::ground::Ground;
use crate::economics::FEWEST;

/// The offers of one version.
pub(super) struct Acceptance {
    pub(super) name: String,
    pub(super) number: i32,
    pub(super) shown: i64,
    pub(super) href: String,
    pub(super) accepted: i64,
    pub(super) accepted_href: String,
    pub(super) waiting: i64,
    pub(super) waiting_href: String,
    /// Accepted ÷ shown.
    pub(super) percent: String,
    /// Too few to say much.
    pub(super) few: bool,
}

/// Every version that was shown in the span, the most shown first.
pub(super) fn acceptance(ground: &Ground, shown: Vec<Shown>) -> Vec<Acceptance> {
    let row = |one: Shown| {
        let href = |stage| ground.now_rows(Figure::Offers, &[("version", one.version.as_str()), ("stage", stage)]);
        Acceptance {
            href: href(""),
            accepted_href: href("accepted"),
            waiting_href: href("presented"),
            number: one.number,
            shown: one.offers,
            accepted: one.accepted,
            waiting: one.waiting,
            percent: change::percent(share(one.accepted, one.offers)),
            few: one.offers < FEWEST,
            name: one.name,
        }
    };
    shown.into_iter().map(row).collect()
}
