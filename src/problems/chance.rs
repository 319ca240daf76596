//! Before and after a fix: whether the change is more than chance explains.
//!
//! The comparison of two Poisson rates by the exact conditional test (Przyborowski and Wilenski, 1940): if nothing
//! changed, each of all the cases fell after the fix with the share of the days that are after it. The p-value is twice
//! the smaller tail of that binomial distribution, and at most 1. No approximation, so it holds for few cases too.

/// Below this the change is told as one.
const ALARM: f64 = 0.05;

/// How often something happened before and after.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Compared {
    /// A week, before.
    pub before: f64,
    /// A week, after.
    pub after: f64,
    /// How likely a difference as large as this is when nothing changed.
    pub p: f64,
}

impl Compared {
    /// Whether it is more than chance explains.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.p < ALARM
    }

    /// By how many percent of what it was it fell (less than 0) or rose; none where there was nothing before.
    #[must_use]
    pub fn percent(&self) -> Option<f64> {
        (self.before > 0.0).then(|| (self.after - self.before) / self.before * 100.0)
    }
}

/// Compares two counts over so many days each; none where there is nothing to compare.
#[must_use]
pub fn compare(before: u32, days_before: u32, after: u32, days_after: u32) -> Option<Compared> {
    let all = before + after;
    if all == 0 || days_before == 0 || days_after == 0 {
        return None;
    }
    let a_week = |count: u32, days: u32| f64::from(count) * 7.0 / f64::from(days);
    let share = f64::from(days_after) / f64::from(days_before + days_after);
    let tail = at_most(after, all, share).min(at_most(before, all, 1.0 - share));
    Some(Compared { before: a_week(before, days_before), after: a_week(after, days_after), p: (2.0 * tail).min(1.0) })
}

/// The probability of at most `count` of `all`, each with this share. Summed in logarithms, so that nothing runs out of
/// range for thousands of cases.
fn at_most(count: u32, all: u32, share: f64) -> f64 {
    let (yes, no) = (share.ln(), (1.0 - share).ln());
    let mut log = f64::from(all) * no;
    let mut sum = log.exp();
    for k in 0..count {
        log += (f64::from(all - k) / f64::from(k + 1)).ln() + yes - no;
        sum += log.exp();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_cases_more_or_less_are_no_change() {
        let compared = compare(12, 84, 9, 84).unwrap();
        assert!(!compared.is_change(), "{compared:?}");
        assert!((compared.p - 0.664).abs() < 0.001, "{compared:?}");
    }

    #[test]
    fn a_fall_from_thirty_to_five_is_one() {
        let compared = compare(30, 84, 5, 84).unwrap();
        assert!(compared.is_change() && compared.p < 0.0001, "{compared:?}");
        assert_eq!(compared.percent().map(f64::round), Some(-83.0));
    }

    #[test]
    fn the_days_count_and_not_only_the_cases() {
        // half as many in half the time
        let compared = compare(20, 84, 10, 42).unwrap();
        assert!(compared.p > 0.9, "{compared:?}");
    }

    #[test]
    fn the_test_is_exact_where_it_can_be_reckoned_by_hand() {
        // 0 of 5 in as many days: twice one half to the fifth
        let compared = compare(5, 7, 0, 7).unwrap();
        assert!((compared.p - 2.0 / 32.0).abs() < 1e-12);
        assert_eq!(compare(0, 7, 0, 7), None);
        assert_eq!(compare(3, 7, 0, 0), None);
    }

    #[test]
    fn many_cases_are_reckoned_as_well() {
        assert!(compare(40_000, 84, 40_100, 84).unwrap().p > 0.5);
        assert!(compare(40_000, 84, 30_000, 84).unwrap().is_change());
    }
}
