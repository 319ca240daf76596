//! Money: an integer number of minor units in one currency (R1).
//!
//! Nothing here is a float and nothing is dropped in silence: arithmetic is checked, and amounts
//! of different currencies neither add up nor compare. **Rounding**, wherever a share of an amount
//! is not a whole number of minor units: to the nearest one, and half away from zero, so that a
//! charge and its refund round alike.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

mod currency;
mod percent;
mod typed;

pub use currency::{Currency, UnknownCurrency};
pub use percent::{NotAPercent, Percent};
pub(crate) use typed::parts_thousands;
pub use typed::{DecimalMark, NotAnAmount};

/// An amount in one currency, in its smallest unit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// How many of the smallest unit: cents, yen, fils.
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
}

/// Why two amounts have no result together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSum {
    /// They are in different currencies.
    #[error("Amounts in {0} and {1} cannot be added up or compared.")]
    Mixed(Currency, Currency),
    /// The result is beyond what can be counted.
    #[error("The amount is too large to be counted.")]
    TooLarge,
}

impl Money {
    /// So many minor units of a currency.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// No money.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether it is less than nothing.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// Both together.
    ///
    /// # Errors
    /// When the currencies differ or the sum is too large.
    pub fn plus(self, other: Self) -> Result<Self, NoSum> {
        self.with(other, i64::checked_add)
    }

    /// This without the other.
    ///
    /// # Errors
    /// When the currencies differ or the difference is too large.
    pub fn minus(self, other: Self) -> Result<Self, NoSum> {
        self.with(other, i64::checked_sub)
    }

    /// So many times this: months of a price, pieces of an item.
    ///
    /// # Errors
    /// When the product is too large.
    pub fn times(self, count: u32) -> Result<Self, NoSum> {
        let minor = self.minor.checked_mul(i64::from(count)).ok_or(NoSum::TooLarge)?;
        Ok(Self { minor, ..self })
    }

    /// That share of this, rounded half away from zero.
    ///
    /// # Errors
    /// When the result is too large.
    pub fn percent(self, share: Percent) -> Result<Self, NoSum> {
        let product = i128::from(self.minor) * i128::from(share.basis_points());
        let minor = i64::try_from(divided(product, 10_000)).map_err(|_| NoSum::TooLarge)?;
        Ok(Self { minor, ..self })
    }

    /// The same amount the other way: a refund for a charge.
    ///
    /// # Errors
    /// When the result is too large.
    pub fn negated(self) -> Result<Self, NoSum> {
        let minor = self.minor.checked_neg().ok_or(NoSum::TooLarge)?;
        Ok(Self { minor, ..self })
    }

    /// The sum of amounts that must all be in `currency`; of none it is zero.
    ///
    /// # Errors
    /// When one is in another currency, or the sum is too large.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, NoSum> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::plus)
    }

    /// Which is more.
    ///
    /// # Errors
    /// When the currencies differ.
    pub fn compare(self, other: Self) -> Result<Ordering, NoSum> {
        if self.currency == other.currency {
            Ok(self.minor.cmp(&other.minor))
        } else {
            Err(NoSum::Mixed(self.currency, other.currency))
        }
    }

    fn with(self, other: Self, sum: fn(i64, i64) -> Option<i64>) -> Result<Self, NoSum> {
        self.compare(other)?;
        let minor = sum(self.minor, other.minor).ok_or(NoSum::TooLarge)?;
        Ok(Self { minor, ..self })
    }

    /// The amount as shown where cents only distract: `$9,480`, rounded half away from zero.
    #[must_use]
    pub fn short(self) -> String {
        let whole = divided(i128::from(self.minor), i128::from(self.currency.scale()));
        format!("{}{}", self.before(whole < 0), grouped(whole.unsigned_abs()))
    }

    /// The bare number, for form fields and files: `-9480.00`.
    #[must_use]
    pub fn plain(self) -> String {
        let minus = if self.is_negative() { "-" } else { "" };
        let (whole, part) = self.split();
        format!("{minus}{whole}{part}")
    }

    /// What stands before the digits: minus and sign or code.
    fn before(self, negative: bool) -> String {
        let minus = if negative { "\u{2212}" } else { "" };
        match self.currency.sign() {
            Some(sign) => format!("{minus}{sign}"),
            None => format!("{minus}{}\u{a0}", self.currency),
        }
    }

    /// Whole units, and the decimals with their point.
    fn split(self) -> (u64, String) {
        let scale = self.currency.scale().unsigned_abs();
        let digits = self.currency.digits() as usize;
        let (whole, part) = (self.minor.unsigned_abs() / scale, self.minor.unsigned_abs() % scale);
        (whole, if digits == 0 { String::new() } else { format!(".{part:0digits$}") })
    }
}

/// Within a currency only: amounts of two currencies are neither more nor less.
impl PartialOrd for Money {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.compare(*other).ok()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = self.split();
        f.pad(&format!("{}{}{part}", self.before(self.is_negative()), grouped(whole.into())))
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.plain())
    }
}

/// The one rounding rule: to the nearest, and half away from zero.
fn divided(amount: i128, by: i128) -> i128 {
    let half = by / 2;
    (if amount < 0 { amount - half } else { amount + half }) / by
}

/// Thousands parted by commas.
pub(crate) fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// "1 case", "2,034 cases": how many of what, whose plural takes an s.
pub(crate) fn counted(many: i64, noun: &str) -> String {
    match many {
        1 => format!("1 {noun}"),
        many => format!("{}{} {noun}s", if many < 0 { "\u{2212}" } else { "" }, grouped(many.unsigned_abs().into())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_is_no_plural() {
        let texts = [0, 1, 2_034].map(|many| counted(many, "case"));
        assert_eq!(texts, ["0 cases", "1 case", "2,034 cases"]);
    }

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD)
    }

    #[test]
    fn amounts_are_shown_as_the_desk_writes_them() {
        assert_eq!(usd(948_000).to_string(), "$9,480.00");
        assert_eq!(usd(-400).to_string(), "\u{2212}$4.00");
        assert_eq!(usd(7).to_string(), "$0.07");
        assert_eq!(usd(948_050).short(), "$9,481");
        assert_eq!(usd(-948_050).short(), "\u{2212}$9,481");
        assert_eq!(usd(-40).short(), "$0");
        assert_eq!(usd(-123_456_789).plain(), "-1234567.89");
        assert_eq!(Money::new(1_234_567, Currency::JPY).to_string(), "¥1,234,567");
        assert_eq!(Money::new(1_234_567, Currency::KWD).to_string(), "KWD\u{a0}1,234.567");
        assert_eq!(usd(i64::MIN).to_string(), "\u{2212}$92,233,720,368,547,758.08");
        assert_eq!(format!("{:?}", usd(-400)), "USD -4.00");
    }

    #[test]
    fn halves_round_away_from_zero() {
        let half = Percent::whole(50);
        assert_eq!(usd(101).percent(half), Ok(usd(51)));
        assert_eq!(usd(-101).percent(half), Ok(usd(-51)));
        assert_eq!(usd(6560).percent(Percent::whole(15)), Ok(usd(984)));
        assert_eq!(usd(1).percent(Percent::from_basis_points(4_999)), Ok(usd(0)));
    }

    #[test]
    fn currencies_never_mix() {
        let euro = Money::new(100, Currency::EUR);
        let mixed = NoSum::Mixed(Currency::USD, Currency::EUR);
        assert_eq!(usd(100).plus(euro), Err(mixed.clone()));
        assert_eq!(usd(100).minus(euro), Err(mixed.clone()));
        assert_eq!(Money::sum(Currency::USD, [usd(1), euro]), Err(mixed));
        assert_eq!(usd(100).partial_cmp(&euro), None);
        assert!(usd(100) != euro && usd(99) < usd(100));
    }

    #[test]
    fn what_cannot_be_counted_is_refused() {
        assert_eq!(usd(i64::MAX).plus(usd(1)), Err(NoSum::TooLarge));
        assert_eq!(usd(i64::MIN).minus(usd(1)), Err(NoSum::TooLarge));
        assert_eq!(usd(i64::MIN).negated(), Err(NoSum::TooLarge));
        assert_eq!(usd(i64::MAX).times(2), Err(NoSum::TooLarge));
        assert_eq!(usd(i64::MAX).percent(Percent::from_basis_points(10_001)), Err(NoSum::TooLarge));
        assert_eq!(usd(i64::MAX).percent(Percent::ALL), Ok(usd(i64::MAX)));
    }

    #[test]
    fn json_holds_minor_units_and_the_code() {
        let json = serde_json::to_string(&usd(948_000)).unwrap();
        assert_eq!(json, r#"{"minor":948000,"currency":"USD"}"#);
        assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), usd(948_000));
    }

    proptest! {
        #[test]
        fn what_is_added_can_be_taken_away(a in any::<i32>(), b in any::<i32>()) {
            let (a, b) = (usd(a.into()), usd(b.into()));
            prop_assert_eq!(a.plus(b).and_then(|sum| sum.minus(b)), Ok(a));
            prop_assert_eq!(a.plus(b), b.plus(a));
        }

        #[test]
        fn a_share_is_off_by_at_most_half_a_unit(minor in any::<i32>(), points in 0..=10_000_i32) {
            let share = usd(minor.into()).percent(Percent::from_basis_points(points)).unwrap();
            let exact = i128::from(minor) * i128::from(points);
            prop_assert!((i128::from(share.minor) * 10_000 - exact).abs() <= 5_000);
        }

        #[test]
        fn a_charge_and_its_refund_round_alike(minor in any::<i32>(), points in 0..=20_000_i32) {
            let share = Percent::from_basis_points(points);
            let charge = usd(minor.into());
            prop_assert_eq!(
                charge.negated().and_then(|refund| refund.percent(share)),
                charge.percent(share).and_then(Money::negated));
        }
    }
}
