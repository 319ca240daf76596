//! Which part of the desk a report is about: a team, a line, one currency. It lives in the address.

use uuid::Uuid;

use crate::auth::{Actor, Role};
use crate::ids::TeamId;
use crate::money::Currency;

/// Whose cases.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum TeamChoice {
    /// Every team's.
    #[default]
    All,
    /// One team's.
    One(TeamId),
    /// Those of no team.
    None,
}

impl TeamChoice {
    /// What somebody may see of what they ask for: managers and admins every team, supervisors their own.
    #[must_use]
    pub fn read(asked: &str, actor: &Actor) -> Self {
        if !Self::may_choose(actor) {
            return actor.team.map_or(Self::None, Self::One);
        }
        match asked {
            "none" => Self::None,
            id => id.parse().map_or(Self::All, Self::One),
        }
    }

    /// Whether somebody sees more than one team.
    #[must_use]
    pub fn may_choose(actor: &Actor) -> bool {
        actor.is(Role::Manager) || actor.is(Role::Admin)
    }

    /// As an address holds it.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::All => String::new(),
            Self::One(team) => team.to_string(),
            Self::None => "none".to_owned(),
        }
    }

    /// The team, where it is one.
    pub(super) fn one(self) -> Option<TeamId> {
        match self {
            Self::One(team) => Some(team),
            Self::All | Self::None => None,
        }
    }

    /// As the sums name it: nothing for every team, and no team as an identity of zeros.
    pub(super) fn id(self) -> Option<Uuid> {
        match self {
            Self::All => None,
            Self::One(team) => Some(team.uuid()),
            Self::None => Some(Uuid::nil()),
        }
    }
}

/// A part of the desk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    /// Whose cases.
    pub team: TeamChoice,
    /// Of which line: a product, "Orders", "Whole account"; none: of all.
    pub line: Option<String>,
    /// In which currency: sums never mix them.
    pub currency: Currency,
}

impl Segment {
    /// The pairs of an address that say it.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if self.team != TeamChoice::All {
            pairs.push(("team", self.team.text()));
        }
        if let Some(line) = &self.line {
            pairs.push(("line", line.clone()));
        }
        pairs.push(("currency", self.currency.code().to_owned()));
        pairs
    }
}

/// An address with these pairs behind it.
#[must_use]
pub(super) fn address(path: &str, pairs: &[(&str, String)]) -> String {
    let pairs: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).collect();
    match serde_html_form::to_string(&pairs) {
        Ok(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_supervisor_sees_their_own_team_whatever_they_ask_for() {
        let team = TeamId::new();
        let other = TeamId::new().to_string();
        let actor = |role, team| Actor { roles: vec![role], team, ..Actor::desk() };
        assert_eq!(TeamChoice::read(&other, &actor(Role::Supervisor, Some(team))), TeamChoice::One(team));
        assert_eq!(TeamChoice::read("", &actor(Role::Supervisor, None)), TeamChoice::None);
        assert_eq!(TeamChoice::read("", &actor(Role::Manager, Some(team))), TeamChoice::All);
        assert_eq!(TeamChoice::read(&team.to_string(), &actor(Role::Admin, None)), TeamChoice::One(team));
    }

    #[test]
    fn addresses_carry_any_name() {
        let pairs = [("line", "Cloud & “voice”".to_owned()), ("team", String::new())];
        assert_eq!(address("/dashboard", &pairs), "/dashboard?line=Cloud+%26+%E2%80%9Cvoice%E2%80%9D");
    }
}
