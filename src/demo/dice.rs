//! The dice: every choice of the demo comes from one seed, so that two desks filled on the same day look the same.

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{RngExt as _, SeedableRng as _};

/// A seeded source of choices.
#[derive(Debug)]
pub(super) struct Dice(StdRng);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// From `low` up to and including `high`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high)
    }

    /// An index below `len`.
    pub(super) fn below(&mut self, len: usize) -> usize {
        self.0.random_range(0..len)
    }

    /// Anything.
    pub(super) fn bits(&mut self) -> u64 {
        self.0.random()
    }

    /// True so many times of a hundred.
    pub(super) fn percent(&mut self, chance: u32) -> bool {
        self.0.random_ratio(chance.min(100), 100)
    }

    /// One of a list that is never empty.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        from.choose(&mut self.0).expect("lists of the demo are not empty")
    }

    /// One of a list, each as often as its weight says.
    pub(super) fn weigh<T: Copy>(&mut self, from: &[(T, i64)]) -> T {
        let mut left = self.between(1, from.iter().map(|(_, weight)| weight).sum());
        for (one, weight) in from {
            left -= weight;
            if left <= 0 {
                return *one;
            }
        }
        from[0].0
    }

    pub(super) fn shuffle<T>(&mut self, list: &mut [T]) {
        list.shuffle(&mut self.0);
    }

    /// Each thing as many times as its share says, shuffled: shares that hold exactly.
    pub(super) fn deal<T: Copy>(&mut self, shares: &[(T, usize)]) -> Vec<T> {
        let mut all: Vec<T> = shares.iter().flat_map(|(one, times)| std::iter::repeat_n(*one, *times)).collect();
        self.shuffle(&mut all);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_falls_the_same_way() {
        let throw = |seed| {
            let mut dice = Dice::new(seed);
            (0..20).map(|_| dice.between(1, 6)).collect::<Vec<_>>()
        };
        assert_eq!(throw(7), throw(7));
        assert_ne!(throw(7), throw(8));
    }

    #[test]
    fn what_is_dealt_holds_its_shares() {
        let dealt = Dice::new(1).deal(&[('a', 3), ('b', 5)]);
        assert_eq!(dealt.iter().filter(|one| **one == 'a').count(), 3);
        assert_eq!(dealt.len(), 8);
    }
}
