//! How far two people agree: the share with its interval, and what is left of it beyond chance.

/// The quantile of the normal distribution for 95 %.
const Z: f64 = 1.959_964;

/// A share with the interval in which it lies, in percent.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Interval {
    /// The share found.
    pub share: f64,
    /// Where it begins …
    pub low: f64,
    /// … and ends.
    pub high: f64,
}

/// The share of `yes` in `all` with its 95 % interval by Wilson (1927), which holds for few cases and near 0 and 100 %.
#[must_use]
pub fn wilson(yes: u32, all: u32) -> Option<Interval> {
    if all == 0 {
        return None;
    }
    let (n, share) = (f64::from(all), f64::from(yes) / f64::from(all));
    let scale = 1.0 + Z * Z / n;
    let middle = (share + Z * Z / (2.0 * n)) / scale;
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt() / scale;
    let percent = |share: f64| share.clamp(0.0, 1.0) * 100.0;
    Some(Interval { share: percent(share), low: percent(middle - half), high: percent(middle + half) })
}

/// Cohen's kappa (1960) of pairs of codes: 1 where all agree, 0 where no more agree than chance explains; none where
/// everything is one code, of which nothing can be said.
#[must_use]
pub fn kappa<T: PartialEq>(pairs: &[(T, T)]) -> Option<f64> {
    let all = u32::try_from(pairs.len()).ok().filter(|all| *all > 0).map(f64::from)?;
    let count = |matches: &dyn Fn(&(T, T)) -> bool| {
        f64::from(u32::try_from(pairs.iter().filter(|pair| matches(pair)).count()).unwrap_or(u32::MAX))
    };
    let agreed = count(&|(one, other)| one == other) / all;
    // each pair brings its first code; the sum over codes of share × share, without naming the codes
    let by_chance: f64 = pairs.iter().map(|(code, _)| count(&|(_, other)| other == code)).sum::<f64>() / (all * all);
    (by_chance < 1.0).then(|| (agreed - by_chance) / (1.0 - by_chance))
}

/// How far both agree about one level-1 reason.
#[derive(Clone, PartialEq, Debug)]
pub struct Agreement {
    /// The reason.
    pub reason: String,
    /// Cases that were coded with it.
    pub coded: u32,
    /// Cases that were coded with it again.
    pub recoded: u32,
    /// Cases where both did.
    pub both: u32,
    /// Kappa of this reason against all others.
    pub kappa: Option<f64>,
}

/// For each level-1 reason of these pairs how far both agree, that of most cases first.
#[must_use]
pub fn agreement(pairs: &[(String, String)]) -> Vec<Agreement> {
    let mut reasons: Vec<&String> = pairs.iter().flat_map(|(one, other)| [one, other]).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let many = |matches: &dyn Fn(&(String, String)) -> bool| {
        u32::try_from(pairs.iter().filter(|pair| matches(pair)).count()).unwrap_or(u32::MAX)
    };
    let mut all: Vec<Agreement> = reasons
        .into_iter()
        .map(|reason| {
            let split: Vec<(bool, bool)> = pairs.iter().map(|(one, other)| (one == reason, other == reason)).collect();
            Agreement {
                coded: many(&|(one, _)| one == reason),
                recoded: many(&|(_, other)| other == reason),
                both: many(&|(one, other)| one == reason && other == reason),
                kappa: kappa(&split),
                reason: reason.clone(),
            }
        })
        .collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.coded.max(one.recoded)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(codes: &[(&str, &str, usize)]) -> Vec<(String, String)> {
        let of = |(one, other, many): &(&str, &str, usize)| vec![((*one).to_owned(), (*other).to_owned()); *many];
        codes.iter().flat_map(of).collect()
    }

    #[test]
    fn an_interval_is_wide_for_few_cases_and_never_leaves_its_bounds() {
        // 8 of 10, as textbooks have it
        let few = wilson(8, 10).unwrap();
        assert!((few.low - 49.02).abs() < 0.01 && (few.high - 94.33).abs() < 0.01, "{few:?}");
        let all = wilson(10, 10).unwrap();
        assert!(all.low > 72.0 && (all.high - 100.0).abs() < 1e-9, "{all:?}");
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn kappa_is_what_is_left_beyond_chance() {
        // 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: 0.4
        let known = pairs(&[("y", "y", 20), ("y", "n", 5), ("n", "y", 10), ("n", "n", 15)]);
        assert!((kappa(&known).unwrap() - 0.4).abs() < 1e-9);
        assert!((kappa(&pairs(&[("a", "a", 3), ("b", "b", 3)])).unwrap() - 1.0).abs() < 1e-9);
        assert_eq!(kappa(&pairs(&[("a", "a", 3)])), None, "one code: nothing to tell apart");
        assert_eq!(kappa::<String>(&[]), None);
    }

    #[test]
    fn every_reason_is_held_against_all_others() {
        let known = pairs(&[("price", "price", 6), ("price", "value", 2), ("value", "value", 4)]);
        let all = agreement(&known);
        let counts: Vec<_> = all.iter().map(|one| (one.reason.as_str(), one.coded, one.recoded, one.both)).collect();
        assert_eq!(counts, [("price", 8, 6, 6), ("value", 4, 6, 4)]);
        assert_eq!(all[0].kappa, all[1].kappa, "of two reasons one is the other's opposite");
    }
}
