//! Targets: what a team or a person is to reach in a figure, from a month on until another is set. Managers set them; they
//! stand beside the figures.

mod actions;
mod pages;
mod store;

use chrono::{Datelike as _, NaiveDate};

use crate::ids::{TargetId, TeamId, UserId};
use crate::money::{Currency, Money, Percent};
use crate::names::names;

pub use actions::{Changed, change, set};
pub use pages::routes;
pub use store::{in_force, of_team};

names! {
    /// Figures that there are targets for.
    Figure {
        SaveRate = "save_rate", "Save rate";
        NetSaved = "net_saved", "Net saved revenue a month";
        PromisesKept = "promises_kept", "Promises kept on time";
        FirstAction = "first_action", "First action in time";
        Stick = "stick", "Still here after 30 days";
    }
}

/// Whose target.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Whose {
    /// A team's, all together.
    Team(TeamId),
    /// A person's.
    Person(UserId),
}

/// What a target is about, and from when it counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct About {
    /// Whose.
    pub whose: Whose,
    /// Of which figure.
    pub figure: Figure,
    /// The currency of an amount; none for a share.
    pub currency: Option<Currency>,
    /// The first day of the month from which it counts.
    pub from: NaiveDate,
}

impl About {
    /// Reads what is typed of a value: nothing is no target; a share in basis points, an amount in minor units.
    ///
    /// # Errors
    /// A sentence where it is neither.
    pub fn read(&self, text: &str) -> Result<Option<i64>, String> {
        let text = text.trim();
        match self.currency {
            _ if text.is_empty() => Ok(None),
            Some(currency) => {
                let amount = Money::parse(text, currency).map_err(|error| error.sentence("the target"))?;
                if amount.is_negative() || amount.minor > MOST_MINOR {
                    return Err("Enter an amount of 0 or more.".to_owned());
                }
                Ok(Some(amount.minor))
            }
            None => {
                let share = Percent::parse(text).ok().filter(|share| (0..=10_000).contains(&share.basis_points()));
                share
                    .map(|share| Some(share.basis_points().into()))
                    .ok_or_else(|| "Enter a percentage from 0 to 100, like 62.5.".to_owned())
            }
        }
    }

    /// A value as it is shown: "62.5%", "$12,000.00", nothing where there is no target.
    #[must_use]
    pub fn words(&self, value: Option<i64>) -> String {
        match (value, self.currency) {
            (None, _) => String::new(),
            (Some(minor), Some(currency)) => Money::new(minor, currency).to_string(),
            (Some(points), None) => Percent::from_basis_points(i32::try_from(points).unwrap_or(i32::MAX)).to_string(),
        }
    }
}

/// The largest amount there is, in minor units.
const MOST_MINOR: i64 = 100_000_000_000;

/// A target as it was set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// Which.
    pub id: TargetId,
    /// What it is about.
    pub about: About,
    /// A share in basis points, or an amount a month in minor units; none: no target from then on.
    pub value: Option<i64>,
}

/// The targets that count in a month.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Targets(Vec<Target>);

impl From<Vec<Target>> for Targets {
    fn from(in_force: Vec<Target>) -> Self {
        Self(in_force)
    }
}

impl Targets {
    /// That of a team or a person: of a share in basis points, of an amount in this currency in minor units.
    #[must_use]
    pub fn of(&self, whose: Whose, figure: Figure, currency: Currency) -> Option<i64> {
        let fits = |one: &&Target| {
            one.about.whose == whose
                && one.about.figure == figure
                && one.about.currency.is_none_or(|its| its == currency)
        };
        self.0.iter().find(fits).and_then(|one| one.value)
    }
}

/// Every target of one team, with the months from which they count.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct History(Vec<Target>);

impl From<Vec<Target>> for History {
    fn from(all: Vec<Target>) -> Self {
        Self(all)
    }
}

impl History {
    /// The one that counts on a day: of a share in basis points, of an amount a month in this currency in minor units.
    #[must_use]
    pub fn on(&self, figure: Figure, currency: Currency, day: NaiveDate) -> Option<i64> {
        let fits = |one: &&Target| {
            one.about.figure == figure && one.about.from <= day && one.about.currency.is_none_or(|its| its == currency)
        };
        self.0.iter().filter(fits).max_by_key(|one| one.about.from).and_then(|one| one.value)
    }

    /// An amount a month as what it comes to in some days: each day has an equal part of its month. None where it does not
    /// count on all of them.
    #[must_use]
    pub fn within(&self, figure: Figure, currency: Currency, from: NaiveDate, to: NaiveDate) -> Option<i64> {
        // in parts that every month is made up of, so that it is rounded once
        const PARTS: i128 = 28 * 29 * 30 * 31;
        let mut parts = 0_i128;
        for day in from.iter_days().take_while(|day| *day <= to) {
            let days = i128::from(day.num_days_in_month());
            parts += i128::from(self.on(figure, currency, day)?) * (PARTS / days);
        }
        i64::try_from((parts + PARTS / 2).div_euclid(PARTS)).ok()
    }
}

/// Reads a month: "2026-11" is its first day.
///
/// # Errors
/// A sentence where it is none.
fn month(text: &str) -> Result<NaiveDate, &'static str> {
    let day = format!("{}-01", text.trim()).parse::<NaiveDate>().ok();
    day.filter(|day| (2000..2200).contains(&day.year())).ok_or("Choose a month, like 2026-11.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(currency: Option<Currency>) -> About {
        About {
            whose: Whose::Team(TeamId::new()),
            figure: if currency.is_some() { Figure::NetSaved } else { Figure::SaveRate },
            currency,
            from: month("2026-11").unwrap(),
        }
    }

    #[test]
    fn values_are_read_as_they_are_shown() {
        let (share, amount) = (about(None), about(Some(Currency::USD)));
        assert_eq!(share.read(" 62.5 % ").unwrap(), Some(6_250));
        assert_eq!(share.read(&share.words(Some(6_250))).unwrap(), Some(6_250));
        assert_eq!(amount.read("12,000").unwrap(), Some(1_200_000));
        assert_eq!(amount.read(&amount.words(Some(1_200_000))).unwrap(), Some(1_200_000));
        assert_eq!((share.read("").unwrap(), share.words(None)), (None, String::new()));
        for text in ["101", "-1", "much"] {
            assert!(share.read(text).is_err(), "{text}");
        }
        assert!(amount.read("-5").is_err());
    }

    #[test]
    fn a_month_is_its_first_day() {
        assert_eq!(month("2026-11").unwrap().to_string(), "2026-11-01");
        for text in ["", "2026-13", "2026-11-05", "0026-11"] {
            assert!(month(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_week_has_an_equal_part_of_its_months() {
        let target = |from, value| Target {
            id: TargetId::new(),
            about: About { from: month(from).unwrap(), ..about(Some(Currency::USD)) },
            value,
        };
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let history = History(vec![target("2026-02", Some(280_000)), target("2026-03", Some(620_000))]);
        let within = |from, to| history.within(Figure::NetSaved, Currency::USD, day(from), day(to));
        assert_eq!(within("2026-02-01", "2026-02-28"), Some(280_000));
        assert_eq!(within("2026-02-23", "2026-03-01"), Some(60_000 + 20_000));
        assert_eq!(within("2026-05-01", "2026-05-31"), Some(620_000), "until another is set");
        assert_eq!(within("2026-01-31", "2026-02-06"), None, "there was none on all of these days");
        assert_eq!(history.on(Figure::NetSaved, Currency::parse("EUR").unwrap(), day("2026-03-04")), None);
        let ended = History(vec![target("2026-02", Some(1)), target("2026-03", None)]);
        assert_eq!(ended.on(Figure::NetSaved, Currency::USD, day("2026-03-04")), None);
    }

    #[test]
    fn a_target_counts_for_its_owner_figure_and_currency() {
        let euros = About { currency: Some(Currency::parse("EUR").unwrap()), ..about(Some(Currency::USD)) };
        let whose = euros.whose;
        let targets = Targets(vec![Target { id: TargetId::new(), about: euros, value: Some(5) }]);
        let eur = Currency::parse("EUR").unwrap();
        assert_eq!(targets.of(whose, Figure::NetSaved, eur), Some(5));
        assert_eq!(targets.of(whose, Figure::NetSaved, Currency::USD), None);
        assert_eq!(targets.of(whose, Figure::SaveRate, eur), None);
        assert_eq!(targets.of(Whose::Person(UserId::new()), Figure::NetSaved, eur), None);
    }
}
