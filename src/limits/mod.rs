//! What a role may concede without asking, and the one policy check: *within*, *needs approval by … because …*, *not
//! possible because …*. The database decides the same in `limits_cover`, `approval_level` and `margin_allows`; a property
//! test compares the two.

mod actions;
mod matrix;
mod pages;
mod replay;
mod store;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::auth::Role;
use crate::customers::Tier;
use crate::ids::LimitVersionId;
use crate::money::{Currency, Money, Percent};

pub use actions::{Published, publish};
pub use matrix::{Cap, Caps, Change, Matrix, Spot};
pub use pages::routes;
pub use replay::{Answer, Past, Report, Tally, replay};
pub use store::{
    Policy, Version, concessions_by, concessions_by_part, concessions_to, concessions_to_part, in_force, matrix,
    newest, of,
};

/// Who may be asked, the nearest first.
pub const APPROVERS: [Role; 2] = [Role::Supervisor, Role::Manager];
/// Whose limits there are, from the lowest.
pub const ROLES: [Role; 4] = [Role::Rep, Role::Agent, Role::Supervisor, Role::Manager];

/// What one role may put into one offer of a type. An empty cap: any.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cell {
    /// Whose.
    pub role: Role,
    /// Code of the offer type.
    pub offer_type: String,
    /// At most so much off.
    pub max_percent: Option<Percent>,
    /// At most so many months.
    pub max_months: Option<u16>,
    /// At most so much concession in one offer (its exposure).
    pub max_amount: Option<Money>,
}

/// The limits in force, as far as they concern customers of one tier and one currency.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Which version; none when none was ever published.
    pub version: Option<LimitVersionId>,
    /// Its number.
    pub number: i32,
    /// Since when it is in force.
    pub since: DateTime<Utc>,
    /// Customers of this tier.
    pub tier: Tier,
    /// In this currency.
    pub currency: Currency,
    /// The cells.
    pub cells: Vec<Cell>,
    /// All concessions to one customer, and the accounts linked to it, in twelve months: by role.
    pub customer: Vec<(Role, Money)>,
    /// All concessions of one person in seven days: by role.
    pub week: Vec<(Role, Money)>,
    /// The least margin, by code of the offer type.
    pub margins: Vec<(String, Percent)>,
}

impl Limits {
    /// As long as none were ever published: nobody may give anything.
    fn none(tier: Tier, currency: Currency, at: DateTime<Utc>) -> Self {
        Self {
            version: None,
            number: 0,
            since: at,
            tier,
            currency,
            cells: Vec::new(),
            customer: Vec::new(),
            week: Vec::new(),
            margins: Vec::new(),
        }
    }
}

/// What the check is about: an offer's terms, as far as limits go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// Code of the offer type.
    pub offer_type: String,
    /// The percentage, if it has one.
    pub percent: Option<Percent>,
    /// The months, if it has some.
    pub months: Option<u16>,
    /// The concession.
    pub exposure: Money,
    /// The margin that is left; none when nobody knows.
    pub margin: Option<Percent>,
    /// All other concessions to the customer and the accounts linked to it, in the twelve months before.
    pub customer_before: Money,
    /// All other concessions of the one who would present it, in the seven days before.
    pub week_before: Money,
}

/// What the check says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Go ahead.
    Within,
    /// Somebody of this role, or above, has to say yes.
    NeedsApproval {
        /// The nearest role whose limits cover it.
        by: Role,
        /// What of one's own limits it exceeds.
        because: Vec<Exceeded>,
    },
    /// Nobody may.
    NotPossible {
        /// What it exceeds of the limits that reach furthest.
        because: Vec<Exceeded>,
    },
}

/// The very limit that is exceeded, and by how much. Each sentence is shown as it stands to the one whose offer it is;
/// others read [`Exceeded::said_of`].
#[derive(Clone, PartialEq, Eq, Debug, Error, Serialize, Deserialize)]
#[serde(tag = "limit", rename_all = "snake_case")]
pub enum Exceeded {
    /// The role has no cell.
    #[error("{} may not make this offer to customers of this tier in {currency}.", people(*role))]
    NoCell {
        /// Whose.
        role: Role,
        /// In which currency.
        currency: Currency,
    },
    /// Too much off.
    #[error("{asked} is {} over the {cap} that {} may give.", points(*asked, *cap), people(*role))]
    Percent {
        /// Whose.
        role: Role,
        /// The limit.
        cap: Percent,
        /// What the offer has.
        asked: Percent,
    },
    /// Too long.
    #[error("{asked} months are {} more than the {cap} that {} may give.", asked - cap, people(*role))]
    Months {
        /// Whose.
        role: Role,
        /// The limit.
        cap: u16,
        /// What the offer has.
        asked: u16,
    },
    /// Too much in one offer.
    #[error("A cost of {asked} is {} over the {cap} that {} may put into one offer.", over(*asked, *cap), people(*role))]
    Amount {
        /// Whose.
        role: Role,
        /// The limit.
        cap: Money,
        /// What the offer costs.
        asked: Money,
    },
    /// Too much for one customer.
    #[error("With it this customer has been given {asked} in 12 months, {} over the {cap} that {} may give.", over(*asked, *cap), people(*role))]
    Customer {
        /// Whose.
        role: Role,
        /// The limit.
        cap: Money,
        /// All concessions with this one.
        asked: Money,
    },
    /// Too much in a week.
    #[error("With it you have given {asked} in 7 days, {} over the {cap} that {} may give.", over(*asked, *cap), people(*role))]
    Week {
        /// Whose.
        role: Role,
        /// The limit.
        cap: Money,
        /// All concessions with this one.
        asked: Money,
    },
    /// Too little left.
    #[error("It leaves a margin of {left}, below the floor of {floor}.")]
    Margin {
        /// The least.
        floor: Percent,
        /// What is left.
        left: Percent,
    },
}

impl Exceeded {
    /// The sentence for others than the one whose offer it is, who is called `name`.
    #[must_use]
    pub fn said_of(&self, name: &str) -> String {
        match self {
            Self::Week { role, cap, asked } => format!(
                "With it {name} has given {asked} in 7 days, {} over the {cap} that {} may give.",
                over(*asked, *cap),
                people(*role)
            ),
            other => other.to_string(),
        }
    }
}

/// All that is exceeded, sentence after sentence, for the one whose offer it is.
#[must_use]
pub fn sentences(because: &[Exceeded]) -> String {
    because.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// The same for others.
#[must_use]
pub fn sentences_of(because: &[Exceeded], name: &str) -> String {
    because.iter().map(|exceeded| exceeded.said_of(name)).collect::<Vec<_>>().join(" ")
}

/// As sentences name them.
fn people(role: Role) -> &'static str {
    match role {
        Role::Rep => "a rep",
        Role::Agent => "an agent",
        Role::Supervisor => "a supervisor",
        Role::Manager => "a manager",
        Role::Department | Role::Privacy | Role::Admin => "this role",
    }
}

/// How many points: 5 points, 2.5 points, 1 point.
fn points(asked: Percent, cap: Percent) -> String {
    let over = Percent::from_basis_points(asked.basis_points() - cap.basis_points()).to_string();
    match over.trim_end_matches('%') {
        "1" => "1 point".to_owned(),
        over => format!("{over} points"),
    }
}

fn over(asked: Money, cap: Money) -> String {
    asked.minus(cap).map_or_else(|_| asked.to_string(), |over| over.to_string())
}

impl Limits {
    /// The policy check (R8): what somebody with these roles may do with an offer of these terms now.
    #[must_use]
    pub fn check(&self, roles: &[Role], asked: &Asked) -> Verdict {
        let mine = |role: &&Role| roles.contains(role);
        if let Some(margin) = self.margin(asked) {
            return Verdict::NotPossible { because: vec![margin] };
        }
        let own: Vec<Vec<Exceeded>> =
            ROLES.iter().rev().filter(mine).map(|role| self.exceeded(*role, asked, true)).collect();
        if own.iter().any(Vec::is_empty) {
            return Verdict::Within;
        }
        match APPROVERS.into_iter().find(|role| self.covers(*role, asked)) {
            Some(by) => {
                // the furthest of one's own roles that has a cell at all says best what is missing
                let has_cell = |because: &&Vec<Exceeded>| !matches!(because.as_slice(), [Exceeded::NoCell { .. }]);
                let because = own.iter().find(has_cell).or(own.first()).cloned().unwrap_or_default();
                Verdict::NeedsApproval { by, because }
            }
            None => Verdict::NotPossible { because: self.exceeded(Role::Manager, asked, false) },
        }
    }

    /// Whether somebody of this role may approve it.
    #[must_use]
    pub fn covers(&self, role: Role, asked: &Asked) -> bool {
        self.margin(asked).is_none() && self.exceeded(role, asked, false).is_empty()
    }

    /// The floor that the margin falls below.
    #[must_use]
    pub fn margin(&self, asked: &Asked) -> Option<Exceeded> {
        let left = asked.margin?;
        let floor = self.floor(&asked.offer_type)?;
        (left < floor).then_some(Exceeded::Margin { floor, left })
    }

    /// The least margin an offer of this type may leave.
    #[must_use]
    pub fn floor(&self, offer_type: &str) -> Option<Percent> {
        self.margins.iter().find(|(code, _)| code == offer_type).map(|(_, floor)| *floor)
    }

    /// What a role may put into an offer of this type; none: it may not make one.
    #[must_use]
    pub fn cell(&self, role: Role, offer_type: &str) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.role == role && cell.offer_type == offer_type)
    }

    /// What of a role's limits is exceeded; nothing: all is within.
    #[must_use]
    pub fn exceeded(&self, role: Role, asked: &Asked, with_week: bool) -> Vec<Exceeded> {
        let mut because = Vec::new();
        let Some(cell) = self.cell(role, &asked.offer_type).filter(|_| asked.exposure.currency == self.currency) else {
            return vec![Exceeded::NoCell { role, currency: asked.exposure.currency }];
        };
        let percent = asked.percent.unwrap_or(Percent::ZERO);
        if let Some(cap) = cell.max_percent.filter(|cap| percent > *cap) {
            because.push(Exceeded::Percent { role, cap, asked: percent });
        }
        let months = asked.months.unwrap_or(0);
        if let Some(cap) = cell.max_months.filter(|cap| months > *cap) {
            because.push(Exceeded::Months { role, cap, asked: months });
        }
        if let Some(cap) = cell.max_amount.filter(|cap| asked.exposure.minor > cap.minor) {
            because.push(Exceeded::Amount { role, cap, asked: asked.exposure });
        }
        let cap_of = |caps: &[(Role, Money)]| caps.iter().find(|(whose, _)| *whose == role).map(|(_, cap)| *cap);
        let nothing = Money::zero(self.currency);
        let with = |before: Money| asked.exposure.plus(before).unwrap_or(Money::new(i64::MAX, self.currency));
        let (customer, cap) = (with(asked.customer_before), cap_of(&self.customer));
        if cap.is_none_or(|cap| customer.minor > cap.minor) {
            because.push(Exceeded::Customer { role, cap: cap.unwrap_or(nothing), asked: customer });
        }
        let (week, cap) = (with(asked.week_before), cap_of(&self.week).unwrap_or(nothing));
        if with_week && week.minor > cap.minor {
            because.push(Exceeded::Week { role, cap, asked: week });
        }
        because
    }
}

#[cfg(test)]
mod tests;
