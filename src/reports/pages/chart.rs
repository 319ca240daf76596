//! Numbers made into lines: paths of SVG charts, their scales and short amounts. Places are for the eye, so floats do.
#![expect(clippy::cast_precision_loss, reason = "places on a chart")]

use std::fmt::Write as _;

use crate::money::Money;

/// A line and the area below it, for a tile.
#[derive(Clone, Debug)]
pub(super) struct Spark {
    pub(super) line: String,
    pub(super) area: String,
}

impl Spark {
    /// None of fewer than two values, or where all of them are nothing.
    pub(super) fn new(values: &[f64]) -> Option<Self> {
        let (low, high) = bounds(values)?;
        if values.len() < 2 || high <= 0.0 && low >= 0.0 {
            return None;
        }
        let spread = if high > low { high - low } else { 1.0 };
        let points = values
            .iter()
            .enumerate()
            .map(|(at, value)| (at as f64 * 100.0 / (values.len() - 1) as f64, 26.0 - (value - low) / spread * 22.0));
        let line = path(points);
        Some(Self { area: format!("{line} L100 28 L0 28Z"), line })
    }
}

fn bounds(values: &[f64]) -> Option<(f64, f64)> {
    let low = values.iter().copied().reduce(f64::min)?;
    let high = values.iter().copied().reduce(f64::max)?;
    Some((low, high))
}

/// `M0 26 L9.1 23.7 …`
pub(super) fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (at, (x, y)) in points.enumerate() {
        let _ = write!(path, "{}{x:.1} {y:.1}", if at == 0 { "M" } else { " L" });
    }
    path
}

/// A line with gaps where there is nothing; a point by itself is a short dash.
pub(super) fn pieces(points: impl Iterator<Item = Option<(f64, f64)>>) -> String {
    let points: Vec<Option<(f64, f64)>> = points.collect();
    let runs = points.split(Option::is_none).filter(|run| !run.is_empty());
    let line = |run: &[Option<(f64, f64)>]| match run {
        [Some((x, y))] => path([(x - 4.0, *y), (x + 4.0, *y)].into_iter()),
        run => path(run.iter().copied().flatten()),
    };
    runs.map(line).collect::<Vec<_>>().join(" ")
}

/// A scale from a round number to a round number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    low: i64,
    step: i64,
    steps: i64,
}

impl Scale {
    /// One that holds these values and zero, in three to six steps.
    pub(super) fn new(values: impl Iterator<Item = i64>) -> Self {
        let (low, high) = values.fold((0, 0), |(low, high), value| (value.min(low), value.max(high)));
        let wanted = ((high - low) / 4).max(1);
        let mut step = 1_i64;
        while step < wanted {
            step = match step.to_string().as_bytes()[0] {
                b'2' => step / 2 * 5,
                _ => step.saturating_mul(2),
            };
        }
        let first = low.div_euclid(step);
        let last = -((-high).div_euclid(step));
        Self { low: first * step, step, steps: (last - first).max(1) }
    }

    /// The values at which lines are drawn.
    pub(super) fn lines(self) -> impl Iterator<Item = i64> {
        (0..=self.steps).map(move |at| self.low + at * self.step)
    }

    /// How high a value stands between a bottom and a top.
    pub(super) fn y(self, value: i64, bottom: f64, top: f64) -> f64 {
        bottom - (value - self.low) as f64 / (self.steps * self.step) as f64 * (bottom - top)
    }
}

/// `$344k`, `€1.2M`: an amount where there is little room.
pub(super) fn compact(money: Money) -> String {
    let units = (money.minor as f64 / money.currency.scale() as f64).abs();
    let sign = money.currency.sign().map_or_else(|| format!("{}\u{a0}", money.currency.code()), str::to_owned);
    let minus = if money.is_negative() { "\u{2212}" } else { "" };
    let number = match units {
        units if units >= 1e9 => format!("{}B", short(units / 1e9)),
        units if units >= 1e6 => format!("{}M", short(units / 1e6)),
        units if units >= 1e3 => format!("{}k", short(units / 1e3)),
        units => format!("{units:.0}"),
    };
    format!("{minus}{sign}{number}")
}

fn short(number: f64) -> String {
    let text = if number < 10.0 { format!("{number:.1}") } else { format!("{number:.0}") };
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn scales_hold_what_they_show_in_round_steps() {
        for (values, lines) in [
            (vec![0], vec![0, 1]),
            (vec![344, 418], vec![0, 200, 400, 600]),
            (vec![-30, 90], vec![-50, 0, 50, 100]),
            (vec![12], vec![0, 5, 10, 15]),
        ] {
            assert_eq!(Scale::new(values.into_iter()).lines().collect::<Vec<_>>(), lines);
        }
        let scale = Scale::new([400].into_iter());
        assert!((scale.y(0, 190.0, 20.0) - 190.0).abs() < 0.01 && (scale.y(400, 190.0, 20.0) - 20.0).abs() < 0.01);
    }

    #[test]
    fn lines_have_gaps_where_there_is_nothing() {
        let points = [None, Some((10.0, 5.0)), None, Some((20.0, 6.0)), Some((30.0, 7.0))];
        assert_eq!(pieces(points.into_iter()), "M6.0 5.0 L14.0 5.0 M20.0 6.0 L30.0 7.0");
        assert_eq!(pieces([None].into_iter()), "");
    }

    #[test]
    fn amounts_are_short_where_there_is_little_room() {
        let usd = |minor| compact(Money::new(minor, Currency::USD));
        assert_eq!(usd(34_400_000), "$344k");
        assert_eq!(usd(-120_000_000), "\u{2212}$1.2M");
        assert_eq!(usd(95_000), "$950");
        assert_eq!(compact(Money::new(1_500_000, Currency::JPY)), "¥1.5M");
    }
}
