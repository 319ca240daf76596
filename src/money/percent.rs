//! Percentages, exact to a hundredth of a percent.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A percentage in basis points: 12.5 % is 1,250.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Percent(i32);

/// What was typed is not a percentage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Enter a percentage with at most two decimals, like 12.5.")]
pub struct NotAPercent;

impl Percent {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// All of it.
    pub const ALL: Self = Self(10_000);

    /// So many hundredths of a percent.
    #[must_use]
    pub const fn from_basis_points(points: i32) -> Self {
        Self(points)
    }

    /// So many whole percent.
    #[must_use]
    pub const fn whole(percent: i16) -> Self {
        Self(percent as i32 * 100)
    }

    /// In hundredths of a percent.
    #[must_use]
    pub const fn basis_points(self) -> i32 {
        self.0
    }

    /// To the nearest whole percent, half away from zero: for figures that are no finer than that.
    #[must_use]
    pub const fn rounded(self) -> Self {
        let half = if self.0 < 0 { -50 } else { 50 };
        Self(self.0.saturating_add(half) / 100 * 100)
    }

    /// Reads what people type: `15`, `15%`, `12.5 %`, `12,5`.
    ///
    /// # Errors
    /// When it is no number, or finer than a hundredth of a percent.
    pub fn parse(text: &str) -> Result<Self, NotAPercent> {
        let text = text.trim();
        let text = text.strip_suffix('%').unwrap_or(text).trim_end();
        let (negative, text) = match text.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, "0"));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) {
            return Err(NotAPercent);
        }
        let part = part.trim_end_matches('0');
        if part.len() > 2 {
            return Err(NotAPercent);
        }
        let points: i32 = format!("{whole}{part:0<2}").parse().map_err(|_| NotAPercent)?;
        Ok(Self(if negative { -points } else { points }))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minus = if self.0 < 0 { "\u{2212}" } else { "" };
        let points = self.0.unsigned_abs();
        let (whole, part) = (points / 100, points % 100);
        match part {
            0 => write!(f, "{minus}{whole}%"),
            part if part % 10 == 0 => write!(f, "{minus}{whole}.{}%", part / 10),
            part => write!(f, "{minus}{whole}.{part:02}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_read_as_typed() {
        for (typed, points) in
            [("15", 1500), ("15%", 1500), ("12.5 %", 1250), ("12,5", 1250), ("0.07", 7), ("-3", -300)]
        {
            assert_eq!(Percent::parse(typed), Ok(Percent(points)), "{typed}");
        }
        for typed in ["", "%", "abc", "1.234", "1.2.3", "٣", "99999999999", ".5x"] {
            assert!(Percent::parse(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn halves_of_a_percent_go_away_from_zero() {
        let rounded = [149, 150, -149, -150, 7_864].map(|points| Percent(points).rounded());
        assert_eq!(rounded, [100, 200, -100, -200, 7_900].map(Percent));
    }

    proptest::proptest! {
        #[test]
        fn a_percentage_shown_can_be_typed_back(points in -1_000_000..1_000_000_i32) {
            let percent = Percent::from_basis_points(points);
            proptest::prop_assert_eq!(Percent::parse(&percent.to_string()), Ok(percent));
        }
    }
}
