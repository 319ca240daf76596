//! How far an offer may go: alone, with a supervisor, with a manager. What the gauge shows is found by asking the very
//! policy check that decides, so the two cannot differ.

use crate::auth::Role;
use crate::catalogue::{AT_MOST_MONTHS, OfferType, Shape, Terms};
use crate::limits::{APPROVERS, Verdict};
use crate::money::{Money, Percent};
use crate::offers::Grounds;

/// The most that an amount can be.
const AT_MOST: i64 = 100_000_000_000;

/// The one number of an offer that a gauge can move: hundredths of a percent, minor units, months, or what a new price
/// takes off. More of it concedes more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::desk::case) struct Axis {
    shape: Shape,
    months: Option<u16>,
    price: Money,
    is_order: bool,
}

impl Axis {
    /// The number of an offer of this shape about a subject, for so many months where it has some.
    pub(in crate::desk::case) fn new(shape: Shape, months: Option<u16>, grounds: &Grounds) -> Self {
        Self { shape, months, price: grounds.subject.price, is_order: grounds.subject.is_order }
    }

    /// The terms at a place on it.
    fn terms(&self, at: i64) -> Option<Terms> {
        let amount = Money::new(at, self.price.currency);
        Some(match self.shape {
            Shape::Percent => Terms::Percent {
                percent: Percent::from_basis_points(i32::try_from(at).ok()?),
                months: if self.is_order { None } else { self.months },
            },
            Shape::Monthly => Terms::Monthly { amount, months: self.months? },
            Shape::Once => Terms::Once { amount },
            Shape::Months => Terms::Months { months: u16::try_from(at).ok()? },
            Shape::NewPrice => Terms::NewPrice { price: self.price.minus(amount).ok()?, months: self.months },
        })
    }

    /// Where terms stand on it.
    pub(in crate::desk::case) fn place(&self, terms: &Terms) -> i64 {
        match *terms {
            Terms::Percent { percent, .. } => percent.basis_points().into(),
            Terms::Monthly { amount, .. } | Terms::Once { amount } => amount.minor,
            Terms::Months { months } => months.into(),
            Terms::NewPrice { price, .. } => self.price.minor.saturating_sub(price.minor),
        }
    }

    /// Whether it is a price, where less concedes more.
    pub(in crate::desk::case) fn is_price(&self) -> bool {
        self.shape == Shape::NewPrice
    }

    /// The last place there is.
    fn end(&self) -> i64 {
        match self.shape {
            Shape::Percent => 10_000,
            Shape::Monthly | Shape::NewPrice => self.price.minor.max(0),
            Shape::Once => AT_MOST,
            Shape::Months => AT_MOST_MONTHS.into(),
        }
    }

    /// The steps in which people think.
    fn step(&self) -> i64 {
        match self.shape {
            Shape::Percent => 100,
            Shape::Months => 1,
            Shape::Monthly | Shape::Once | Shape::NewPrice => self.price.currency.scale(),
        }
    }

    /// In words: "15%", "$20.00", "2 months".
    pub(in crate::desk::case) fn words(&self, at: i64) -> String {
        match self.shape {
            Shape::Percent => Percent::from_basis_points(i32::try_from(at).unwrap_or(10_000)).to_string(),
            Shape::Months if at == 1 => "1 month".to_owned(),
            Shape::Months => format!("{at} months"),
            Shape::Monthly | Shape::Once => whole(Money::new(at, self.price.currency)),
            Shape::NewPrice => whole(Money::new(self.price.minor - at, self.price.currency)),
        }
    }

    /// As it is typed into the field: "15", "20.00".
    pub(in crate::desk::case) fn typed(&self, at: i64) -> String {
        match self.shape {
            Shape::Percent => self.words(at).trim_end_matches('%').to_owned(),
            Shape::Months => at.to_string(),
            Shape::Monthly | Shape::Once => Money::new(at, self.price.currency).plain(),
            Shape::NewPrice => Money::new(self.price.minor - at, self.price.currency).plain(),
        }
    }
}

/// Without cents where there are none.
fn whole(amount: Money) -> String {
    if amount.minor % amount.currency.scale() == 0 { amount.short() } else { amount.to_string() }
}

/// How far each may go; 0: not at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::desk::case) struct Reach {
    pub(in crate::desk::case) own: i64,
    pub(in crate::desk::case) supervisor: i64,
    pub(in crate::desk::case) manager: i64,
    end: i64,
}

impl Reach {
    /// Asks the policy check, for somebody with these roles.
    pub(in crate::desk::case) fn of(axis: &Axis, grounds: &Grounds, roles: &[Role], of_type: &OfferType) -> Self {
        let checked = |at| axis.terms(at).and_then(|terms| grounds.check(roles, of_type, &terms).ok());
        let within = |at| checked(at).is_some_and(|checked| checked.verdict == Verdict::Within);
        let covers =
            |role: Role| move |at| checked(at).is_some_and(|checked| grounds.limits.covers(role, &checked.asked));
        let [supervisor, manager] = APPROVERS;
        let (end, step) = (axis.end(), axis.step());
        Self {
            own: furthest(end, step, within),
            supervisor: furthest(end, step, covers(supervisor)),
            manager: furthest(end, step, covers(manager)),
            end,
        }
    }

    /// How far anybody may go.
    pub(in crate::desk::case) fn furthest(&self) -> i64 {
        self.own.max(self.supervisor).max(self.manager)
    }

    /// Whether nothing stops one's own hand.
    pub(in crate::desk::case) fn is_free(&self) -> bool {
        self.own >= self.end
    }
}

/// The months at which terms come within reach, if fewer would do.
pub(in crate::desk::case) fn months_within(
    terms: &Terms,
    grounds: &Grounds,
    roles: &[Role],
    of_type: &OfferType,
) -> Option<u16> {
    let given = terms.months()?;
    let with = |months: u16| match *terms {
        Terms::Percent { percent, .. } => Terms::Percent { percent, months: Some(months) },
        Terms::Monthly { amount, .. } => Terms::Monthly { amount, months },
        Terms::NewPrice { price, .. } => Terms::NewPrice { price, months: Some(months) },
        other => other,
    };
    let within = |months: &u16| {
        grounds.check(roles, of_type, &with(*months)).is_ok_and(|checked| checked.verdict == Verdict::Within)
    };
    (1..given).rev().find(within)
}

/// The last place up to which it holds, in whole steps where there is one; more never holds where less does not.
fn furthest(end: i64, step: i64, holds: impl Fn(i64) -> bool) -> i64 {
    if holds(end) {
        return end;
    }
    let (mut low, mut high) = (0, end);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(middle) { low = middle } else { high = middle }
    }
    if low >= step { low - low % step } else { low }
}

/// One zone of the gauge, in percent of its width.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::desk::case) struct Zone {
    pub(in crate::desk::case) class: &'static str,
    pub(in crate::desk::case) from: String,
    pub(in crate::desk::case) width: String,
    pub(in crate::desk::case) who: &'static str,
    pub(in crate::desk::case) to: String,
    /// Wide enough for its words.
    pub(in crate::desk::case) named: bool,
}

/// The gauge as drawn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::desk::case) struct Gauge {
    pub(in crate::desk::case) zones: Vec<Zone>,
    /// The end of the range, and its steps, as the field beside it takes them.
    pub(in crate::desk::case) most: String,
    pub(in crate::desk::case) step: &'static str,
    pub(in crate::desk::case) value: String,
}

impl Gauge {
    /// Draws how far each may go; none where the number has no gauge, or nobody stops anybody.
    pub(in crate::desk::case) fn draw(axis: &Axis, reach: &Reach, at: Option<i64>) -> Option<Self> {
        let far = reach.furthest();
        let no_end = far >= reach.end && axis.shape != Shape::Percent;
        if far == 0 || no_end || matches!(axis.shape, Shape::Months | Shape::NewPrice) {
            return None;
        }
        let step = axis.step();
        let most = (far.saturating_mul(8) / 7).max(at.unwrap_or(0)).min(reach.end);
        let most = ((most + step - 1) / step * step).max(step);
        let mut zones = Vec::with_capacity(4);
        let mut from = 0;
        let all = [("z1", "You", reach.own), ("z2", "Supervisor", reach.supervisor), ("z3", "Manager", reach.manager)];
        for (class, who, to) in all.into_iter().filter(|(.., to)| *to > 0) {
            if to > from {
                zones.push(Zone::between(class, who, format!("to {}", axis.words(to)), from, to, most));
                from = to;
            }
        }
        if most > from {
            zones.push(Zone::between("z4", "Nobody", String::new(), from, most, most));
        }
        Some(Self { zones, most: (most / step).to_string(), step: "1", value: (at.unwrap_or(0) / step).to_string() })
    }

    /// "You to 15%, supervisor to 25%, manager to 35%."
    pub(in crate::desk::case) fn words(&self) -> String {
        let named = self.zones.iter().filter(|zone| !zone.to.is_empty());
        let said: Vec<String> = named.map(|zone| format!("{} {}", zone.who, zone.to)).collect();
        format!("{}.", said.join(", "))
    }
}

impl Zone {
    fn between(class: &'static str, who: &'static str, to: String, from: i64, end: i64, most: i64) -> Self {
        let share = |at: i64| u32::try_from(i128::from(at) * 10_000 / i128::from(most.max(1))).unwrap_or(10_000);
        let percent = |share: u32| format!("{}.{:02}", share / 100, share % 100);
        let width = share(end) - share(from);
        // a character takes some 2.3 percent where the card is narrowest
        let least = u32::try_from(who.len().max(to.len())).unwrap_or(u32::MAX).saturating_mul(230);
        Self { class, from: percent(share(from)), width: percent(width), who, to, named: width >= least }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_furthest_place_is_found_in_whole_steps() {
        assert_eq!(furthest(10_000, 100, |at| at <= 1_500), 1_500);
        assert_eq!(furthest(10_000, 100, |at| at <= 1_555), 1_500);
        assert_eq!(furthest(10_000, 100, |at| at <= 55), 55);
        assert_eq!((furthest(10_000, 100, |_| true), furthest(10_000, 100, |at| at == 0)), (10_000, 0));
    }

    #[test]
    fn zones_lie_side_by_side_and_end_where_nobody_may_go() {
        let axis = Axis {
            shape: Shape::Percent,
            months: Some(12),
            price: Money::new(231_000, crate::money::Currency::USD),
            is_order: false,
        };
        let reach = Reach { own: 1_500, supervisor: 2_500, manager: 3_500, end: 10_000 };
        let gauge = Gauge::draw(&axis, &reach, Some(2_000)).unwrap();
        let drawn: Vec<_> =
            gauge.zones.iter().map(|zone| (zone.class, zone.from.as_str(), zone.width.as_str())).collect();
        assert_eq!(
            drawn,
            [("z1", "0.00", "37.50"), ("z2", "37.50", "25.00"), ("z3", "62.50", "25.00"), ("z4", "87.50", "12.50")]
        );
        assert_eq!((gauge.most.as_str(), gauge.value.as_str()), ("40", "20"));
        assert_eq!(gauge.words(), "You to 15%, Supervisor to 25%, Manager to 35%.");
        let own = Reach { own: 3_500, supervisor: 2_500, manager: 3_500, end: 10_000 };
        assert_eq!(Gauge::draw(&axis, &own, None).unwrap().zones.len(), 2);
        assert_eq!(Gauge::draw(&axis, &Reach { own: 0, supervisor: 0, manager: 0, end: 10_000 }, None), None);
    }
}
