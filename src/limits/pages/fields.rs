//! The form of one tier and currency: its fields as texts, read into a whole version.

use serde::Deserialize;

use super::super::{Cap, Caps, Matrix, ROLES, Spot};
use crate::auth::Role;
use crate::catalogue::OfferType;
use crate::customers::Tier;
use crate::error::FormErrors;
use crate::money::{Currency, Money, Percent};
use crate::web::{Conflict, Merge};

/// The largest amount the database takes, in minor units.
const MOST: i64 = 100_000_000_000;

/// The fields as they were sent.
#[derive(Clone, Default, Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Fields(Vec<(String, String)>);

/// The field of a place.
pub(super) fn field(spot: &Spot) -> String {
    match spot {
        Spot::Cell { offer_type, role, cap, .. } => format!("{offer_type}-{}-{}", role.name(), cap.name()),
        Spot::Customer { role, .. } => format!("customer-{}", role.name()),
        Spot::Week { role, .. } => format!("week-{}", role.name()),
        Spot::Floor { offer_type } => format!("floor-{offer_type}"),
    }
}

impl Fields {
    /// A form that holds what a version says.
    pub(super) fn of(matrix: &Matrix, types: &[OfferType], tier: Tier, currency: Currency) -> Self {
        let spots = Matrix::spots(types, tier, currency);
        Self(spots.iter().map(|spot| (field(spot), matrix.text(spot))).collect())
    }

    /// What a field holds.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value.trim())
    }

    /// All of them but those of this page alone, to be sent again.
    pub(super) fn carried(&self, but: &[&str]) -> Vec<(String, String)> {
        self.0.iter().filter(|(name, _)| !but.contains(&name.as_str())).cloned().collect()
    }

    fn set(&mut self, name: &str, text: &str) {
        self.0.retain(|(other, _)| other != name);
        self.0.push((name.to_owned(), text.to_owned()));
    }

    /// Brings what was typed together with a version that was published since the form was opened (R6).
    pub(super) fn merge(
        &self,
        (base, theirs): (&Matrix, &Matrix),
        types: &[OfferType],
        tier: Tier,
        currency: Currency,
        label: impl Fn(&Spot) -> String,
    ) -> (Self, Vec<Conflict>) {
        let (mut merge, mut merged) = (Merge::new(), self.clone());
        for spot in Matrix::spots(types, tier, currency) {
            let name = field(&spot);
            let yours = self.get(&name);
            let text = merge.field(&name, &label(&spot), &base.text(&spot), &theirs.text(&spot), yours);
            if text != yours {
                merged.set(&name, &text);
            }
        }
        (merged, merge.conflicts())
    }

    /// A whole version: everything as in the one it is made from, but for what stands in the form.
    pub(super) fn parse(
        &self,
        base: &Matrix,
        types: &[OfferType],
        tier: Tier,
        currency: Currency,
    ) -> Result<Matrix, FormErrors> {
        let mut errors = FormErrors::new();
        let mut matrix = base.clone();
        for one in types {
            for role in ROLES {
                let key = (tier, currency, role, one.code.clone());
                let before = matrix.cells.remove(&key).unwrap_or_default();
                if let Some(caps) = self.caps(&mut errors, one, role, before, currency) {
                    matrix.cells.insert(key, caps);
                }
            }
            let name = format!("floor-{}", one.code);
            match self.get(&name) {
                "" => drop(matrix.floors.remove(&one.code)),
                text => {
                    let floor = Percent::parse(text).ok().filter(|floor| floor.basis_points().abs() <= 10_000);
                    let floor = floor.ok_or("Enter the floor as a percentage, like 35, or leave it empty for none.");
                    let floor = errors.check(&name, floor);
                    matrix.floors.extend(floor.map(|floor| (one.code.clone(), floor)));
                }
            }
        }
        for role in ROLES {
            let gives = matrix.cells.keys().any(|(t, c, r, _)| (*t, *c, *r) == (tier, currency, role));
            let what = "what one customer may get in 12 months";
            match self.sum(&mut errors, &format!("customer-{}", role.name()), what, gives, currency) {
                Some(sum) => matrix.customer.insert((tier, currency, role), sum),
                None => matrix.customer.remove(&(tier, currency, role)),
            };
            let what = "what one person may give in 7 days";
            match self.sum(&mut errors, &format!("week-{}", role.name()), what, gives, currency) {
                Some(sum) => matrix.week.insert((currency, role), sum),
                None => matrix.week.remove(&(currency, role)),
            };
        }
        if errors.is_empty() {
            for (spot, sentence) in matrix.uneven(types) {
                errors.add(&if is_here(&spot, tier, currency) { field(&spot) } else { String::new() }, sentence);
            }
        }
        if errors.is_empty() { Ok(matrix) } else { Err(errors) }
    }

    /// The caps of a cell: none when all of them are empty.
    fn caps(
        &self,
        errors: &mut FormErrors,
        one: &OfferType,
        role: Role,
        before: Caps,
        currency: Currency,
    ) -> Option<Caps> {
        let named = |cap: &Cap| format!("{}-{}-{}", one.code, role.name(), cap.name());
        let caps_of = Cap::of(one.kind.shape());
        if caps_of.iter().all(|cap| self.get(&named(cap)).is_empty()) {
            return None;
        }
        let mut caps = before;
        for cap in caps_of {
            let name = named(cap);
            let text = self.get(&name);
            let any = text.eq_ignore_ascii_case("any");
            if text.is_empty() {
                errors.add(&name, "Enter a number, or any. Empty everything for none at all.");
                continue;
            }
            match cap {
                Cap::Percent => {
                    let percent = Percent::parse(text)
                        .ok()
                        .filter(|percent| (Percent::ZERO..=Percent::ALL).contains(percent))
                        .ok_or("Enter a percentage, like 15, or any.");
                    caps.percent = if any { None } else { errors.check(&name, percent) };
                }
                Cap::Months => {
                    let months = text.parse().ok().filter(|months| (0..=120).contains(months));
                    let months = months.ok_or("Enter months, like 12, or any.");
                    caps.months = if any { None } else { errors.check(&name, months) };
                }
                Cap::Amount => {
                    caps.amount =
                        if any { None } else { errors.check(&name, amount(text, "the cost of one offer", currency)) };
                }
            }
        }
        Some(caps)
    }

    fn sum(&self, errors: &mut FormErrors, name: &str, what: &str, needed: bool, currency: Currency) -> Option<Money> {
        match self.get(name) {
            "" if needed => {
                errors.add(name, format!("Enter {what} as an amount; 0 is nothing without asking."));
                None
            }
            "" => None,
            text => errors.check(name, amount(text, what, currency)),
        }
    }
}

fn amount(text: &str, what: &str, currency: Currency) -> Result<Money, String> {
    let amount = Money::parse(text, currency).map_err(|wrong| wrong.sentence(what))?;
    match amount.minor {
        0..=MOST => Ok(amount),
        ..0 => Err(format!("Enter {what} as an amount that is not negative.")),
        _ => Err(format!("Enter {what} as a smaller amount: this is too large.")),
    }
}

/// Whether a place has its field in the form of this tier and currency.
fn is_here(spot: &Spot, of_tier: Tier, of_currency: Currency) -> bool {
    match spot {
        Spot::Cell { tier, currency, .. } | Spot::Customer { tier, currency, .. } => {
            (*tier, *currency) == (of_tier, of_currency)
        }
        Spot::Week { currency, .. } => *currency == of_currency,
        Spot::Floor { .. } => true,
    }
}
