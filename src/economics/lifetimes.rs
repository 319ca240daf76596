//! How much longer subscriptions stayed that had lasted so many months.

/// Fewer that ended say nothing about the next.
pub(super) const FEWEST: i64 = 10;

/// What subscriptions did that ended after at least `tenure` months.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Stay {
    /// So many months at least.
    pub(super) tenure: u32,
    /// Half of them stayed so many months more, or fewer.
    pub(super) further: u32,
    /// How many they were.
    pub(super) n: i64,
}

/// For each number of months from none on, the median further stay of those that lasted at least as long, while there
/// are enough of them. `ended` says how many ended after how many months, the shortest first. Of two in the middle the
/// shorter one counts.
pub(super) fn stays(ended: &[(u32, i64)]) -> Vec<Stay> {
    let mut left: i64 = ended.iter().map(|(_, count)| count).sum();
    let mut stays = Vec::new();
    let mut from = 0;
    for tenure in 0.. {
        while from < ended.len() && ended[from].0 < tenure {
            left -= ended[from].1;
            from += 1;
        }
        if left < FEWEST {
            break;
        }
        let mut passed = 0;
        let median = ended[from..].iter().find(|(_, count)| {
            passed += count;
            2 * passed >= left
        });
        let Some((months, _)) = median else { break };
        stays.push(Stay { tenure, further: months - tenure, n: left });
    }
    stays
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_median_is_of_those_that_stayed_as_long() {
        let ended = [(3, 10), (12, 10), (36, 11)];
        let stays = stays(&ended);
        assert_eq!(stays[0], Stay { tenure: 0, further: 12, n: 31 });
        assert_eq!(stays[4], Stay { tenure: 4, further: 32, n: 21 });
        assert_eq!(stays[13], Stay { tenure: 13, further: 23, n: 11 });
        assert_eq!(stays.last(), Some(&Stay { tenure: 36, further: 0, n: 11 }));
    }

    #[test]
    fn a_few_say_nothing() {
        assert_eq!(stays(&[(12, FEWEST - 1)]), []);
        assert_eq!(stays(&[]), []);
        assert_eq!(stays(&[(2, FEWEST), (30, FEWEST - 1)]).len(), 3);
    }

    proptest! {
        #[test]
        fn it_is_what_sorting_and_picking_the_middle_says(
            months in proptest::collection::vec(0_u32..60, 0..80), tenure in 0_u32..60,
        ) {
            let mut ended: Vec<(u32, i64)> = Vec::new();
            for month in 0..60 {
                let count = months.iter().filter(|one| **one == month).count();
                if count > 0 {
                    ended.push((month, i64::try_from(count).unwrap()));
                }
            }
            let mut stayed: Vec<u32> = months.into_iter().filter(|one| *one >= tenure).collect();
            stayed.sort_unstable();
            let n = i64::try_from(stayed.len()).unwrap();
            let expected = (n >= FEWEST).then(|| Stay { tenure, further: stayed[(stayed.len() - 1) / 2] - tenure, n });
            prop_assert_eq!(stays(&ended).into_iter().find(|stay| stay.tenure == tenure), expected);
        }
    }
}
