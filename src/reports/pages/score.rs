//! What people come to in a span: of their closed cases in one currency, and of what they did.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::super::Range;
use super::super::range::back;
use super::super::store::{self, Done, Ended};
use super::ground::Ground;
use crate::db::together;
use crate::error::Result;
use crate::ids::UserId;
use crate::money::Currency;
use crate::outcomes::STAY_DAYS;

/// So many of so many.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Part {
    pub(super) well: i64,
    pub(super) all: i64,
}

/// What a person comes to.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Score {
    pub(super) decided: i64,
    pub(super) saves: i64,
    pub(super) net_minor: i64,
    pub(super) conceded_minor: i64,
    pub(super) false_saves: i64,
    pub(super) contradicted: i64,
    /// Of the saves whose 30th, 60th, 90th day fell into the span: still here, gone, unknown.
    pub(super) stay: [[i64; 3]; 3],
    pub(super) promises: Part,
    pub(super) first_actions: Part,
    pub(super) offers: Part,
    pub(super) attempts: Part,
}

impl Score {
    /// Saves known to be here after so many days, of those whose day has passed.
    pub(super) fn stick(&self, at: usize) -> Part {
        Part { well: self.stay[at][0], all: self.stay[at].iter().sum() }
    }

    /// Net saved revenue over saves, in minor units, halves up; none without saves.
    pub(super) fn net_per_save(&self) -> Option<i64> {
        (self.saves > 0).then(|| (self.net_minor + self.saves / 2).div_euclid(self.saves))
    }

    /// Whether anything at all is known of them.
    pub(super) fn is_empty(&self) -> bool {
        let done = [self.promises, self.first_actions, self.offers, self.attempts];
        let stayed: i64 = self.stay.iter().flatten().sum();
        self.decided + stayed + done.iter().map(|one| one.all).sum::<i64>() == 0 && self.net_minor == 0
    }
}

/// Everything that was read of some people.
pub(super) struct Scores {
    /// Of the span, then of those in which saves were made whose 30th, 60th and 90th day falls into it.
    ended: Vec<Ended>,
    promises: Vec<Done>,
    first_actions: Vec<Done>,
    offers: Vec<Done>,
    attempts: Vec<Done>,
}

impl Scores {
    /// Those of some people in the span.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) async fn load(connection: &mut PgConnection, ground: &Ground, people: &[UserId]) -> Result<Self> {
        let mut ranges = vec![ground.range];
        ranges.extend(STAY_DAYS.map(|days| {
            let range = ground.range.earlier(days);
            // of those whose day is still to come nobody can know
            Range { to: range.to.min(back(ground.today, days.into())), ..range }
        }));
        let ids: Vec<_> = people.iter().map(|one| one.uuid()).collect();
        let between = ground.between(ground.range);
        let asked = (
            store::ended(&ranges, &ids),
            store::promises_due(between, &ids),
            store::first_actions(between, &ids),
            store::offers_shown(between, &ids),
            store::attempts(between, &ids),
        );
        let (ended, promises, first_actions, offers, attempts) = together(connection, asked).await?;
        Ok(Self { ended, promises, first_actions, offers, attempts })
    }

    /// In which currencies cases were closed, and how many were decided in the span.
    pub(super) fn currencies(&self) -> Vec<(Currency, i64)> {
        let mut decided = BTreeMap::new();
        for one in &self.ended {
            *decided.entry(one.currency).or_default() += if one.of == 0 { one.sums.decided } else { 0 };
        }
        decided.into_iter().collect()
    }

    /// A person's.
    pub(super) fn of(&self, person: UserId, currency: Currency) -> Score {
        let done = |of: &[Done]| {
            of.iter()
                .find(|one| one.who == person)
                .map_or_else(Part::default, |one| Part { well: one.well, all: one.all })
        };
        let ended =
            |of: usize| self.ended.iter().find(|one| one.who == person && one.currency == currency && one.of == of);
        let now = ended(0);
        let sums = now.map(|one| one.sums).unwrap_or_default();
        let stay = |at: usize| {
            let then = ended(1 + at).map(|one| one.sums).unwrap_or_default();
            let (here, gone) = then.stay(STAY_DAYS[at]);
            [here, gone, then.saves - here - gone]
        };
        Score {
            decided: sums.decided,
            saves: sums.saves,
            net_minor: sums.net(),
            conceded_minor: sums.conceded(),
            false_saves: now.map_or(0, |one| one.false_saves),
            contradicted: now.map_or(0, |one| one.contradicted),
            stay: [0, 1, 2].map(stay),
            promises: done(&self.promises),
            first_actions: done(&self.first_actions),
            offers: done(&self.offers),
            attempts: done(&self.attempts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn net_per_save_is_rounded_once() {
        let score = |net_minor, saves| Score { saves, net_minor, ..Score::default() }.net_per_save();
        assert_eq!((score(100, 3), score(101, 2), score(-101, 2), score(5, 0)), (Some(33), Some(51), Some(-50), None));
    }

    #[test]
    fn saves_nobody_knows_of_count_among_those_whose_day_has_passed() {
        let score = Score { stay: [[6, 1, 3], [0; 3], [0; 3]], ..Score::default() };
        assert_eq!(score.stick(0), Part { well: 6, all: 10 });
        assert!(!score.is_empty() && Score::default().is_empty());
    }
}
