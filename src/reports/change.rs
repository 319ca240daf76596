//! Changes against the period before, told without alarm on noise: a share that may have moved by chance is shown, and
//! called neither good nor bad. So is every amount: nobody can say what chance explains of it.

use crate::economics::{Gain, Share};

/// How something changed, as shown.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Change {
    /// "+11.4%", or nothing where there was nothing before.
    pub(super) text: String,
    /// "up" for the better, "down" for the worse, nothing for neither.
    pub(super) tone: &'static str,
}

/// Which way is better.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Better {
    More,
    Less,
}

impl Better {
    fn tone(self, rises: bool) -> &'static str {
        match (self, rises) {
            (Self::More, true) | (Self::Less, false) => "up",
            (Self::More, false) | (Self::Less, true) => "down",
        }
    }
}

/// The change of an amount, in percent of what it was; nothing where that was nothing.
#[expect(clippy::cast_precision_loss, reason = "percentages for the eye")]
pub(super) fn of_amount(now: i64, before: i64) -> Change {
    if before <= 0 {
        return Change::default();
    }
    let change = (now as f64 - before as f64) / before as f64 * 100.0;
    let text = if change > 999.0 { "more than tenfold".to_owned() } else { format!("{}%", signed(change)) };
    Change { text, tone: "" }
}

/// The change of a share, in points; it has a tone where it is beyond chance only.
pub(super) fn of_share(now: (i64, i64), before: (i64, i64), better: Better) -> Change {
    let (Some(rate), Some(was)) = (super::sums::share(now.0, now.1), super::sums::share(before.0, before.1)) else {
        return Change::default();
    };
    let change = (rate - was) * 100.0;
    let tone = if beyond_chance(now, before) { better.tone(change > 0.0) } else { "" };
    Change { text: format!("{} pt", signed(change)), tone }
}

/// Whether two shares differ by more than chance explains: the 95 % interval of their difference holds no zero. With few
/// cases on either side nothing does.
pub(super) fn beyond_chance(now: (i64, i64), before: (i64, i64)) -> bool {
    let share = |(stayed, n)| Share { n, stayed };
    Gain::of(share(now), share(before)).is_some_and(|gain| gain.low > 0.0 || gain.high < 0.0)
}

/// "+2.1", "−1.2"
pub(super) fn signed(number: f64) -> String {
    let text = format!("{:.1}", number.abs());
    match text.as_str() {
        "0.0" => "±0".to_owned(),
        text if number < 0.0 => format!("\u{2212}{text}"),
        text => format!("+{text}"),
    }
}

/// "58.0%", or a dash of nothing.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1}%", share * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_raise_no_alarm() {
        let few = of_share((5, 10), (8, 10), Better::More);
        assert_eq!((few.text.as_str(), few.tone), ("\u{2212}30.0 pt", ""));
        let noise = of_share((590, 1000), (580, 1000), Better::More);
        assert_eq!((noise.text.as_str(), noise.tone), ("+1.0 pt", ""));
        let real = of_share((700, 1000), (580, 1000), Better::More);
        assert_eq!((real.text.as_str(), real.tone), ("+12.0 pt", "up"));
        assert_eq!(of_share((700, 1000), (580, 1000), Better::Less).tone, "down");
    }

    #[test]
    fn what_was_nothing_has_no_change() {
        assert_eq!(of_amount(500, 0), Change::default());
        assert_eq!(percent(None), "–");
    }

    #[test]
    fn amounts_are_called_neither_better_nor_worse_and_a_collapse_is_no_gain() {
        for (now, before, text) in [
            (1_114, 1_000, "+11.4%"),
            (1_000, 1_000, "±0%"),
            (12_000, 1_000, "more than tenfold"),
            (0, 1_000, "\u{2212}100.0%"),
            (-12_000, 1_000, "\u{2212}1300.0%"),
        ] {
            assert_eq!(of_amount(now, before), Change { text: text.to_owned(), tone: "" });
        }
    }
}
