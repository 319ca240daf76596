//! A version of the limits as a whole: every cell of every tier and currency, what differs from another version, and
//! whether every role may do at least what the role below it may.

use std::collections::{BTreeSet, HashMap};

use super::{Cell, Limits, ROLES, Version, people};
use crate::auth::Role;
use crate::catalogue::{OfferType, Shape};
use crate::customers::Tier;
use crate::money::{Currency, Money, Percent};
use crate::names::names;

names! {
    /// What a cell caps.
    Cap {
        Percent = "percent", "Percent off";
        Months = "months", "Months";
        Amount = "amount", "Cost of one offer";
    }
}

impl Cap {
    /// What is capped of an offer of this shape; its cost always is.
    #[must_use]
    pub fn of(shape: Shape) -> &'static [Self] {
        match shape {
            Shape::Percent => &[Self::Percent, Self::Months, Self::Amount],
            Shape::Monthly | Shape::Months | Shape::NewPrice => &[Self::Months, Self::Amount],
            Shape::Once => &[Self::Amount],
        }
    }
}

/// What a role may put into one offer. An empty cap: any.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Caps {
    /// At most so much off.
    pub percent: Option<Percent>,
    /// At most so many months.
    pub months: Option<u16>,
    /// At most so much concession.
    pub amount: Option<Money>,
}

/// One place in a version of the limits.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Spot {
    /// A cap of a cell.
    Cell {
        /// For customers of this tier.
        tier: Tier,
        /// In this currency.
        currency: Currency,
        /// Of offers of this type, by its code.
        offer_type: String,
        /// Whose.
        role: Role,
        /// Which of its caps.
        cap: Cap,
    },
    /// All concessions to one customer in twelve months.
    Customer {
        /// For customers of this tier.
        tier: Tier,
        /// In this currency.
        currency: Currency,
        /// Whose.
        role: Role,
    },
    /// All concessions of one person in seven days.
    Week {
        /// In this currency.
        currency: Currency,
        /// Whose.
        role: Role,
    },
    /// The least margin.
    Floor {
        /// Of offers of this type, by its code.
        offer_type: String,
    },
}

/// A place that differs between two versions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Which.
    pub spot: Spot,
    /// In the earlier version, in words.
    pub was: String,
    /// In the later one.
    pub now: String,
}

/// All that a version of the limits says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Matrix {
    /// By tier, currency, role and code of the offer type. No cell: the role may not make the offer.
    pub cells: HashMap<(Tier, Currency, Role, String), Caps>,
    /// All concessions to one customer in twelve months. None: nothing at all.
    pub customer: HashMap<(Tier, Currency, Role), Money>,
    /// All concessions of one person in seven days. None: nothing without asking.
    pub week: HashMap<(Currency, Role), Money>,
    /// The least margin by code of the offer type.
    pub floors: HashMap<String, Percent>,
}

impl Matrix {
    /// What concerns customers of one tier and one currency, to be checked against.
    #[must_use]
    pub fn limits(&self, version: &Version, tier: Tier, currency: Currency) -> Limits {
        let cell = |((_, _, role, offer_type), caps): (&(Tier, Currency, Role, String), &Caps)| Cell {
            role: *role,
            offer_type: offer_type.clone(),
            max_percent: caps.percent,
            max_months: caps.months,
            max_amount: caps.amount,
        };
        let customer = |role: Role| Some((role, *self.customer.get(&(tier, currency, role))?));
        let week = |role: Role| Some((role, *self.week.get(&(currency, role))?));
        Limits {
            version: Some(version.id),
            number: version.number,
            since: version.in_force_from,
            tier,
            currency,
            cells: self.cells.iter().filter(|((t, c, ..), _)| *t == tier && *c == currency).map(cell).collect(),
            customer: ROLES.into_iter().filter_map(customer).collect(),
            week: ROLES.into_iter().filter_map(week).collect(),
            margins: self.floors.iter().map(|(code, floor)| (code.clone(), *floor)).collect(),
        }
    }

    /// What a role may put into one offer; none: it may not make one.
    #[must_use]
    pub fn caps(&self, tier: Tier, currency: Currency, role: Role, offer_type: &str) -> Option<&Caps> {
        self.cells.get(&(tier, currency, role, offer_type.to_owned()))
    }

    /// The currencies there are limits in, by code.
    #[must_use]
    pub fn currencies(&self) -> Vec<Currency> {
        let cells = self.cells.keys().map(|(_, currency, ..)| *currency);
        let totals = self.customer.keys().map(|(_, currency, _)| *currency);
        cells.chain(totals).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Every place of one tier and currency, in the order pages show them; floors and weeks are among them.
    #[must_use]
    pub fn spots(types: &[OfferType], tier: Tier, currency: Currency) -> Vec<Spot> {
        let mut spots = Vec::new();
        for one in types {
            for cap in Cap::of(one.kind.shape()) {
                for role in ROLES {
                    spots.push(Spot::Cell { tier, currency, offer_type: one.code.clone(), role, cap: *cap });
                }
            }
            spots.push(Spot::Floor { offer_type: one.code.clone() });
        }
        spots.extend(ROLES.map(|role| Spot::Customer { tier, currency, role }));
        spots.extend(ROLES.map(|role| Spot::Week { currency, role }));
        spots
    }

    /// What a place holds, as it is typed: empty where there is nothing, `any` where there is no cap.
    #[must_use]
    pub fn text(&self, spot: &Spot) -> String {
        let whole = |amount: &Money| {
            let plain = amount.plain();
            plain.strip_suffix(".00").map(str::to_owned).unwrap_or(plain)
        };
        let percent = |percent: &Percent| percent.to_string().trim_end_matches('%').replace('\u{2212}', "-");
        match spot {
            Spot::Cell { tier, currency, offer_type, role, cap } => {
                let Some(caps) = self.caps(*tier, *currency, *role, offer_type) else { return String::new() };
                let text = match cap {
                    Cap::Percent => caps.percent.as_ref().map(percent),
                    Cap::Months => caps.months.map(|months| months.to_string()),
                    Cap::Amount => caps.amount.as_ref().map(whole),
                };
                text.unwrap_or_else(|| "any".to_owned())
            }
            Spot::Customer { tier, currency, role } => {
                self.customer.get(&(*tier, *currency, *role)).map(whole).unwrap_or_default()
            }
            Spot::Week { currency, role } => self.week.get(&(*currency, *role)).map(whole).unwrap_or_default(),
            Spot::Floor { offer_type } => self.floors.get(offer_type).map(percent).unwrap_or_default(),
        }
    }

    /// What a place holds, in words.
    #[must_use]
    pub fn words(&self, spot: &Spot) -> String {
        let nothing = || "nothing".to_owned();
        match spot {
            Spot::Cell { tier, currency, offer_type, role, cap } => {
                let Some(caps) = self.caps(*tier, *currency, *role, offer_type) else { return "not at all".to_owned() };
                let words = match cap {
                    Cap::Percent => caps.percent.map(|percent| percent.to_string()),
                    Cap::Months => caps.months.map(months),
                    Cap::Amount => caps.amount.map(|amount| amount.to_string()),
                };
                words.unwrap_or_else(|| "any".to_owned())
            }
            Spot::Customer { tier, currency, role } => {
                self.customer.get(&(*tier, *currency, *role)).map_or_else(nothing, ToString::to_string)
            }
            Spot::Week { currency, role } => {
                self.week.get(&(*currency, *role)).map_or_else(nothing, ToString::to_string)
            }
            Spot::Floor { offer_type } => {
                self.floors.get(offer_type).map_or_else(|| "no floor".to_owned(), ToString::to_string)
            }
        }
    }

    /// What differs from an earlier version, of these types, in the order pages show it.
    #[must_use]
    pub fn changes(&self, was: &Self, types: &[OfferType]) -> Vec<Change> {
        let currencies: BTreeSet<Currency> = self.currencies().into_iter().chain(was.currencies()).collect();
        let slices = Tier::ALL.iter().flat_map(|tier| currencies.iter().map(move |currency| (*tier, *currency)));
        let mut seen = std::collections::HashSet::new();
        slices
            .flat_map(|(tier, currency)| Self::spots(types, tier, currency))
            .filter(|spot| self.text(spot) != was.text(spot))
            // floors and weeks stand in several slices
            .filter(|spot| seen.insert(spot.clone()))
            .map(|spot| Change { was: was.words(&spot), now: self.words(&spot), spot })
            .collect()
    }

    /// Where a role may do less than one below it, and what to enter there.
    #[must_use]
    pub fn uneven(&self, types: &[OfferType]) -> Vec<(Spot, String)> {
        let mut uneven = Vec::new();
        for currency in self.currencies() {
            for tier in Tier::ALL {
                for one in types {
                    self.uneven_cells(one, *tier, currency, &mut uneven);
                }
                let spots = ROLES.map(|role| Spot::Customer { tier: *tier, currency, role });
                uneven_sums(&spots, |role| self.customer.get(&(*tier, currency, role)).copied(), &mut uneven);
            }
            let spots = ROLES.map(|role| Spot::Week { currency, role });
            uneven_sums(&spots, |role| self.week.get(&(currency, role)).copied(), &mut uneven);
        }
        uneven
    }

    fn uneven_cells(&self, one: &OfferType, tier: Tier, currency: Currency, uneven: &mut Vec<(Spot, String)>) {
        let spot = |role, cap| Spot::Cell { tier, currency, offer_type: one.code.clone(), role, cap };
        let caps_of = Cap::of(one.kind.shape());
        let mut below: Option<(Role, Caps)> = None;
        for role in ROLES {
            let caps = self.caps(tier, currency, role, &one.code).copied();
            let Some((lower, least)) = below else {
                below = caps.map(|caps| (role, caps));
                continue;
            };
            let Some(caps) = caps else {
                uneven.push((
                    spot(role, caps_of[0]),
                    format!("{} may make this offer: enter what a higher role may.", upper(lower)),
                ));
                continue;
            };
            for cap in caps_of {
                let (high_enough, at_least) = match cap {
                    Cap::Percent => reaches(caps.percent, least.percent),
                    Cap::Months => reaches(caps.months.map(Months), least.months.map(Months)),
                    Cap::Amount => reaches(caps.amount, least.amount),
                };
                if !high_enough {
                    uneven.push((spot(role, *cap), format!("Enter {at_least}: {} may give as much.", people(lower))));
                }
            }
            below = Some((role, caps));
        }
    }
}

/// Months in words.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Months(u16);

impl std::fmt::Display for Months {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&months(self.0))
    }
}

fn months(count: u16) -> String {
    if count == 1 { "1 month".to_owned() } else { format!("{count} months") }
}

/// Whether a cap reaches as far as a lower role's, and what it has to be.
fn reaches<T: PartialOrd + std::fmt::Display>(cap: Option<T>, least: Option<T>) -> (bool, String) {
    match (cap, least) {
        (None, _) => (true, String::new()),
        (Some(_), None) => (false, "any".to_owned()),
        (Some(cap), Some(least)) => (cap >= least, format!("at least {least}, or any")),
    }
}

fn uneven_sums(spots: &[Spot; 4], sum: impl Fn(Role) -> Option<Money>, uneven: &mut Vec<(Spot, String)>) {
    let mut below: Option<(Role, Money)> = None;
    for (role, spot) in ROLES.into_iter().zip(spots) {
        let own = sum(role);
        match (below, own) {
            (Some((lower, least)), own) if own.is_none_or(|own| own.minor < least.minor) => {
                uneven.push((spot.clone(), format!("Enter at least {least}: {} may give as much.", people(lower))));
            }
            (_, Some(own)) => below = Some((role, own)),
            (_, None) => {}
        }
    }
}

fn upper(role: Role) -> String {
    let mut words = people(role).to_owned();
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

#[cfg(test)]
mod tests;
