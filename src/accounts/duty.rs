//! Who is there to be told something: the supervisors of a team, and who stands in for somebody away.

use std::collections::HashMap;

use crate::calendar::Calendar;
use crate::ids::{TeamId, UserId};

use super::teams::default_calendar;

/// Somebody active, as far as telling them things goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct OnDuty {
    /// Who.
    pub id: UserId,
    /// In which team.
    pub team: Option<TeamId>,
    /// Whether they supervise.
    pub supervisor: bool,
    /// Whether they manage.
    pub manager: bool,
    /// Whether they look after the desk itself.
    pub admin: bool,
    /// Whether they are away now.
    pub away: bool,
}

/// Everybody active at a moment, and when the teams work.
#[derive(Clone, Debug, Default)]
pub struct Duty {
    pub(super) people: Vec<OnDuty>,
    pub(super) teams: HashMap<TeamId, Calendar>,
}

impl Duty {
    /// When a team works; the default for no team.
    #[must_use]
    pub fn calendar(&self, team: Option<TeamId>) -> Calendar {
        team.and_then(|team| self.teams.get(&team)).cloned().unwrap_or_else(default_calendar)
    }

    /// Who supervises a team: those of the team who are there, else any supervisor who is, else the managers who are,
    /// else all of them, so that nothing is told to nobody.
    #[must_use]
    pub fn supervisors(&self, team: Option<TeamId>) -> Vec<UserId> {
        let pick = |fits: &dyn Fn(&OnDuty) -> bool| {
            self.people.iter().filter(|person| fits(person)).map(|person| person.id).collect::<Vec<_>>()
        };
        let choices: [&dyn Fn(&OnDuty) -> bool; 4] = [
            &|person| person.supervisor && !person.away && team.is_some() && person.team == team,
            &|person| person.supervisor && !person.away,
            &|person| person.manager && !person.away,
            &|person| person.supervisor || person.manager,
        ];
        choices.iter().map(|fits| pick(fits)).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// Who is told what somebody should do: they themselves, or while they are away or gone the supervisors of the team.
    #[must_use]
    pub fn stands_for(&self, person: UserId, team: Option<TeamId>) -> Vec<UserId> {
        match self.people.iter().find(|one| one.id == person) {
            Some(there) if !there.away => vec![person],
            Some(away) => self.supervisors(away.team.or(team)),
            None => self.supervisors(team),
        }
    }

    /// Who looks after the desk itself.
    #[must_use]
    pub fn admins(&self) -> Vec<UserId> {
        self.people.iter().filter(|person| person.admin).map(|person| person.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(team: Option<TeamId>) -> OnDuty {
        OnDuty { id: UserId::new(), team, supervisor: false, manager: false, admin: false, away: false }
    }

    #[test]
    fn r12_whoever_is_away_leaves_nobody_untold() {
        let (here, there) = (Some(TeamId::new()), Some(TeamId::new()));
        let agent = person(here);
        let mut dana = OnDuty { supervisor: true, ..person(here) };
        let mut omar = OnDuty { supervisor: true, ..person(there) };
        let mut helen = OnDuty { manager: true, ..person(None) };
        let told = |dana: OnDuty, omar: OnDuty, helen: OnDuty, agent: OnDuty| {
            let duty = Duty { people: vec![agent, dana, omar, helen], teams: HashMap::new() };
            duty.stands_for(agent.id, here)
        };
        assert_eq!(told(dana, omar, helen, agent), [agent.id]);
        let agent = OnDuty { away: true, ..agent };
        assert_eq!(told(dana, omar, helen, agent), [dana.id]);
        dana.away = true;
        assert_eq!(told(dana, omar, helen, agent), [omar.id]);
        omar.away = true;
        assert_eq!(told(dana, omar, helen, agent), [helen.id]);
        helen.away = true;
        assert_eq!(told(dana, omar, helen, agent), [dana.id, omar.id, helen.id]);
    }
}
