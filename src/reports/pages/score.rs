//! What people come to in a span: of their closed cases in one currency, and of what they did.

use sqlx::PgConnection;

use super::super::Figure;
use super::super::store::{self, Asked, Done, Of, Tally};
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
    tallies: Vec<Tally>,
    promises: Vec<Done>,
    first_actions: Vec<Done>,
    offers: Vec<Done>,
    attempts: Vec<Done>,
}

/// What is asked of outcomes, in the order in which [`Scores::of`] reads it.
fn wanted(ground: &Ground) -> Vec<Asked> {
    let figures =
        [Figure::Decided, Figure::Saves, Figure::Net, Figure::Concessions, Figure::FalseSaves, Figure::Contradicted];
    let mut wanted: Vec<Asked> = figures.map(|figure| (figure, ground.range)).into();
    for days in STAY_DAYS {
        wanted.extend(Figure::stay(days).map(|figure| (figure, ground.range.earlier(days))));
    }
    wanted
}

impl Scores {
    /// Those of some people in the span.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) async fn load(connection: &mut PgConnection, ground: &Ground, people: &[UserId]) -> Result<Self> {
        let tallies = store::tally(connection, Of::People(people), ground.today, &wanted(ground)).await?;
        let ids: Vec<_> = people.iter().map(|one| one.uuid()).collect();
        let between = ground.between(ground.range);
        let done = (
            store::promises_due(between, ids.clone()),
            store::first_actions(between, ids.clone()),
            store::offers_shown(between, ids.clone()),
            store::attempts(between, ids),
        );
        let (promises, first_actions, offers, attempts) = together(connection, done).await?;
        Ok(Self { tallies, promises, first_actions, offers, attempts })
    }

    /// In which currencies cases were decided, and how many.
    pub(super) fn currencies(&self) -> Vec<(Currency, i64)> {
        self.tallies.iter().map(|one| (one.currency, one.counts.first().copied().unwrap_or_default())).collect()
    }

    /// A person's.
    pub(super) fn of(&self, person: UserId, currency: Currency) -> Score {
        let done = |of: &[Done]| {
            of.iter()
                .find(|one| one.who == person)
                .map_or_else(Part::default, |one| Part { well: one.well, all: one.all })
        };
        let tally = self.tallies.iter().find(|one| one.owner == Some(person) && one.currency == currency);
        let count = |at: usize| tally.and_then(|one| one.counts.get(at)).copied().unwrap_or_default();
        let minor = |at: usize| tally.and_then(|one| one.minors.get(at)).copied().unwrap_or_default();
        Score {
            decided: count(0),
            saves: count(1),
            net_minor: minor(2),
            conceded_minor: minor(3),
            false_saves: count(4),
            contradicted: count(5),
            stay: [0, 1, 2].map(|at| [0, 1, 2].map(|part| count(6 + 3 * at + part))),
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
