//! What past offers did, and when an offer pays for itself. Probabilities are shares of cases and may be floats; money is
//! whole, and each result is rounded once.

use super::Running;
use crate::money::{Money, Percent};

/// Fewer cases on either side say nothing: the figure is then absent, never guessed.
pub const FEWEST: i64 = 30;
/// Of a normal distribution, 95 % lie within so many standard deviations.
const Z: f64 = 1.959_963_984_540_054;

/// How many of how many cases stayed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share {
    /// Decided cases.
    pub n: i64,
    /// Closed saved, modified or partly saved.
    pub stayed: i64,
}

impl Share {
    /// The share itself.
    #[must_use]
    pub fn rate(self) -> f64 {
        count(self.stayed) / count(self.n.max(1))
    }

    /// The same as shown.
    #[must_use]
    pub fn percent(self) -> Percent {
        points(self.rate())
    }

    /// Wilson's score interval, 95 %.
    #[must_use]
    pub fn interval(self) -> (f64, f64) {
        let (n, rate) = (count(self.n.max(1)), self.rate());
        let middle = rate + Z * Z / (2.0 * n);
        let reach = Z * (rate * (1.0 - rate) / n + Z * Z / (4.0 * n * n)).sqrt();
        let whole = 1.0 + Z * Z / n;
        (((middle - reach) / whole).max(0.0), ((middle + reach) / whole).min(1.0))
    }
}

/// How much likelier customers stayed with an offer of a type than without any offer.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Gain {
    /// Cases in which an offer of the type was presented.
    pub with: Share,
    /// Cases in which no offer was.
    pub without: Share,
    /// The difference of the shares that stayed.
    pub gain: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Gain {
    /// The difference with its interval: Newcombe's hybrid score, from the Wilson intervals of both shares (R. G.
    /// Newcombe, "Interval estimation for the difference between independent proportions: comparison of eleven
    /// methods", Statistics in Medicine 17 (1998) 873–890, method 10). Cases were not dealt at random, so it is what
    /// went together, not proof of what caused it.
    ///
    /// None when either side has fewer than [`FEWEST`] cases.
    #[must_use]
    pub fn of(with: Share, without: Share) -> Option<Self> {
        if with.n < FEWEST || without.n < FEWEST {
            return None;
        }
        Some(Self::between(with, without))
    }

    fn between(with: Share, without: Share) -> Self {
        let (p1, p0) = (with.rate(), without.rate());
        let ((l1, u1), (l0, u0)) = (with.interval(), without.interval());
        let gain = p1 - p0;
        let low = gain - ((p1 - l1).powi(2) + (u0 - p0).powi(2)).sqrt();
        let high = gain + ((u1 - p1).powi(2) + (p0 - l0).powi(2)).sqrt();
        Self { with, without, gain, low, high }
    }

    /// The gain as shown: 12.5 points are 12.5 %.
    #[must_use]
    pub fn percent(&self) -> Percent {
        points(self.gain)
    }

    /// Its interval as shown.
    #[must_use]
    pub fn range(&self) -> (Percent, Percent) {
        (points(self.low), points(self.high))
    }
}

/// What a dollar of concession brings back beyond itself, in percent: 160 % is 1.60 more for each 1.00.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Roi {
    /// At the gain that was seen.
    pub value: Percent,
    /// At the lower end of its interval.
    pub low: Percent,
    /// At the upper end.
    pub high: Percent,
}

/// What a concession brings back, beside what it costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Returns {
    /// How much likelier to stay it has to make the customer.
    pub break_even: Percent,
    /// Return on investment, where enough cases say how much likelier it did.
    pub roi: Option<Roi>,
    /// In so many of them an offer of the type was presented.
    pub cases: i64,
}

impl Returns {
    /// Of a concession to a subscription, weighed against the margin that is kept when the customer stays. None where
    /// nothing is conceded, or nobody knows the margin or how long they are likely to stay.
    #[must_use]
    pub fn of(exposure: Money, running: &Running, gain: Option<&Gain>) -> Option<Self> {
        if exposure.is_zero() {
            return None;
        }
        let (margin, months) = (running.margin()?, running.lifetime.months()?);
        let break_even = break_even(exposure, margin, months)?;
        let roi = gain.and_then(|gain| roi(gain, exposure, margin, months));
        Some(Self { break_even, roi, cases: gain.map_or(0, |gain| gain.with.n) })
    }
}

/// The gain in the probability to stay at which an offer pays for itself: exposure ÷ (margin per month × expected
/// months). More than 100 %: it never does. None when currencies differ, or there is no margin to be kept.
#[must_use]
pub fn break_even(exposure: Money, margin: Money, months: u32) -> Option<Percent> {
    let kept = kept(exposure, margin, months)?;
    let points = (10_000 * i128::from(exposure.minor) + kept / 2) / kept;
    Some(Percent::from_basis_points(i32::try_from(points).unwrap_or(i32::MAX)))
}

/// Return on investment: (gain × margin × months − exposure) ÷ exposure, with the interval of the gain. None when
/// currencies differ, when there is no margin to be kept, or when the offer costs nothing.
#[must_use]
pub fn roi(gain: &Gain, exposure: Money, margin: Money, months: u32) -> Option<Roi> {
    let kept = kept(exposure, margin, months)?;
    if exposure.minor == 0 {
        return None;
    }
    let times = wide(kept) / wide(exposure.minor.into());
    let at = |gain: f64| points(gain * times - 1.0);
    Some(Roi { value: at(gain.gain), low: at(gain.low), high: at(gain.high) })
}

/// What is kept when they stay.
fn kept(exposure: Money, margin: Money, months: u32) -> Option<i128> {
    let kept = i128::from(margin.minor) * i128::from(months);
    (exposure.currency == margin.currency && exposure.minor >= 0 && kept > 0).then_some(kept)
}

/// To the nearest hundredth of a percent.
#[expect(clippy::cast_possible_truncation, reason = "a float that is too large becomes the largest number")]
fn points(share: f64) -> Percent {
    Percent::from_basis_points((share * 10_000.0).round() as i32)
}

#[expect(clippy::cast_precision_loss, reason = "counts of cases are far below 2^53")]
fn count(cases: i64) -> f64 {
    cases as f64
}

#[expect(clippy::cast_precision_loss, reason = "the result is rounded to a hundredth of a percent")]
fn wide(minor: i128) -> f64 {
    minor as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::Currency;

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD)
    }

    fn share(stayed: i64, n: i64) -> Share {
        Share { n, stayed }
    }

    fn near(left: f64, right: f64) -> bool {
        (left - right).abs() < 0.000_05
    }

    #[test]
    fn intervals_are_those_of_the_paper() {
        // table II of Newcombe (1998), method 10, examples (a), (b), (d), (h)
        for (with, without, low, high) in [
            (share(56, 70), share(48, 80), 0.0524, 0.3339),
            (share(9, 10), share(3, 10), 0.1705, 0.8090),
            (share(5, 56), share(0, 29), -0.0381, 0.1926),
            (share(10, 10), share(0, 10), 0.6075, 1.0),
        ] {
            let gain = Gain::between(with, without);
            assert!((gain.low - low).abs() < 0.000_1 && (gain.high - high).abs() < 0.000_1, "{gain:?}");
        }
    }

    #[test]
    fn too_few_cases_give_no_gain() {
        assert!(Gain::of(share(20, 29), share(20, 300)).is_none());
        assert!(Gain::of(share(20, 300), share(20, 29)).is_none());
        let gain = Gain::of(share(24, 30), share(15, 30)).unwrap();
        assert!(near(gain.gain, 0.3));
        assert_eq!(gain.percent(), Percent::whole(30));
    }

    #[test]
    fn an_offer_pays_for_itself_at_exposure_over_what_is_kept() {
        // 20 % of 2,310 for a year, against 1,179 a month for 29 months
        assert_eq!(break_even(usd(554_400), usd(117_900), 29), Some(Percent::from_basis_points(1_621)));
        assert_eq!(break_even(usd(0), usd(117_900), 29), Some(Percent::ZERO));
        assert_eq!(break_even(usd(554_400), usd(0), 29), None);
        assert_eq!(break_even(usd(554_400), usd(-5), 29), None);
        assert_eq!(break_even(usd(554_400), usd(117_900), 0), None);
        assert_eq!(break_even(usd(1), Money::new(1, Currency::EUR), 1), None);
    }

    #[test]
    fn the_return_is_what_comes_back_beyond_the_concession() {
        let gain = Gain { with: share(1, 1), without: share(1, 1), gain: 0.42, low: 0.3, high: 0.5 };
        let roi = roi(&gain, usd(554_400), usd(117_900), 29).unwrap();
        assert_eq!(roi.value, Percent::from_basis_points(15_902));
        assert!(roi.low < roi.value && roi.value < roi.high);
        assert_eq!(super::roi(&gain, usd(0), usd(117_900), 29), None);
    }

    fn shares() -> impl Strategy<Value = Share> {
        (1_i64..5_000).prop_flat_map(|n| (0..=n).prop_map(move |stayed| Share { n, stayed }))
    }

    proptest! {
        #[test]
        fn the_gain_lies_within_its_interval(with in shares(), without in shares()) {
            let gain = Gain::between(with, without);
            prop_assert!(gain.low <= gain.gain && gain.gain <= gain.high);
            prop_assert!(gain.low >= -1.000_001 && gain.high <= 1.000_001);
            let (low, high) = gain.range();
            prop_assert!(low <= gain.percent() && gain.percent() <= high);
        }

        #[test]
        fn turned_round_the_gain_turns_its_sign(with in shares(), without in shares()) {
            let (there, back) = (Gain::between(with, without), Gain::between(without, with));
            prop_assert!((there.gain + back.gain).abs() < 1e-9);
            prop_assert!((there.low + back.high).abs() < 1e-9 && (there.high + back.low).abs() < 1e-9);
        }

        #[test]
        fn more_cases_alike_narrow_the_interval(with in shares(), without in shares()) {
            let ten = |one: Share| Share { n: 10 * one.n, stayed: 10 * one.stayed };
            let (few, many) = (Gain::between(with, without), Gain::between(ten(with), ten(without)));
            prop_assert!(many.high - many.low < few.high - few.low);
        }

        #[test]
        fn what_costs_more_needs_more_and_brings_less(
            exposure in 1_i64..10_000_000, more in 0_i64..1_000_000, margin in 1_i64..1_000_000, months in 1_u32..120,
            with in shares(), without in shares(),
        ) {
            let gain = Gain::between(with, without);
            let need = |minor| break_even(usd(minor), usd(margin), months).unwrap();
            prop_assert!(need(exposure) <= need(exposure + more));
            prop_assert!(break_even(usd(exposure), usd(margin), months + 1).unwrap() <= need(exposure));
            let back = roi(&gain, usd(exposure), usd(margin), months).unwrap();
            prop_assert!(back.low <= back.value && back.value <= back.high);
            if gain.gain > 0.0 {
                prop_assert!(roi(&gain, usd(exposure + more), usd(margin), months).unwrap().value <= back.value);
            }
        }

        #[test]
        fn at_break_even_nothing_is_won_or_lost(
            exposure in 1_000_i64..1_000_000, margin in 1_000_i64..1_000_000, months in 1_u32..60,
        ) {
            let need = f64::from(break_even(usd(exposure), usd(margin), months).unwrap().basis_points()) / 10_000.0;
            let side = share(1, 1);
            let gain = Gain { with: side, without: side, gain: need, low: need, high: need };
            let back = roi(&gain, usd(exposure), usd(margin), months).unwrap().value.basis_points();
            // the need is off by at most half a hundredth of a percent
            let slack = 0.000_05 * wide(i128::from(margin) * i128::from(months)) / wide(exposure.into());
            prop_assert!(f64::from(back).abs() <= slack * 10_000.0 + 1.0, "{back} {slack}");
        }
    }
}
