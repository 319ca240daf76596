//! Who would take part in a call: the host, the people and of each department any one; when they are free together, and
//! who of them comes.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use sqlx::PgConnection;

use super::store::{self, Member, Wanted};
use super::{Diary, Refusal, Slot, Span, Taking, WhyNot, slots};
use crate::accounts;
use crate::calendar::{Calendar, time_of_day};
use crate::error::Result;
use crate::follow_ups;
use crate::ids::{AppointmentId, CaseId, DepartmentId, TeamId, UserId};
use crate::requests;

/// How often times are offered.
const EVERY: TimeDelta = TimeDelta::minutes(30);

/// Who should take part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Party {
    /// This person.
    Person(UserId),
    /// Any one of a department.
    Department(DepartmentId),
}

/// Somebody who could, with their diary.
struct One {
    who: Taking,
    works: bool,
    diary: Diary,
}

/// All who could take part, and when the customer may be called.
pub(super) struct Round {
    /// The host first. Of each party any one does.
    parties: Vec<Vec<One>>,
    customer: Calendar,
}

impl Round {
    /// Reads the diaries of everybody who could take part.
    ///
    /// # Errors
    /// When somebody is gone, a department has nobody, or the host does not work on cases.
    pub(super) async fn load(
        connection: &mut PgConnection,
        case: CaseId,
        (host, with): (UserId, &[Party]),
        within: Span,
        except: Option<AppointmentId>,
    ) -> Result<Self> {
        let people: Vec<UserId> = std::iter::once(host)
            .chain(with.iter().filter_map(|party| if let Party::Person(one) = party { Some(*one) } else { None }))
            .collect();
        let departments: Vec<DepartmentId> = with
            .iter()
            .filter_map(|party| if let Party::Department(one) = party { Some(*one) } else { None })
            .collect();
        let wanted = Wanted { people: &people, departments: &departments, within, except };
        let members = store::members(connection, &wanted).await?;
        let hours = Hours::of(connection, &members).await?;
        let one = |member: &Member| One {
            who: member.who.clone(),
            works: member.works,
            diary: Diary { hours: hours.of_member(member), away: member.away.clone(), busy: member.busy.clone() },
        };
        let named = |who: UserId| members.iter().filter(|member| member.who.user == who).map(one).collect::<Vec<_>>();
        let mut parties = vec![named(host)];
        if !parties[0].iter().all(|host| host.works) || parties[0].is_empty() {
            return Err(Refusal::NoHost.into());
        }
        for party in with {
            let could: Vec<One> = match party {
                Party::Person(who) if *who == host => continue,
                Party::Person(who) => named(*who),
                Party::Department(of) => {
                    let theirs = |member: &&Member| member.who.department == Some(*of) && member.who.user != host;
                    members.iter().filter(theirs).map(one).collect()
                }
            };
            if could.is_empty() {
                return Err(match party {
                    Party::Person(_) => Refusal::Gone.into(),
                    Party::Department(of) => {
                        let all = accounts::departments(connection).await?;
                        let name = all.into_iter().find(|one| one.id == *of).map(|one| one.name);
                        Refusal::Nobody(name.unwrap_or_else(|| "this department".to_owned())).into()
                    }
                });
            }
            parties.push(could);
        }
        let calling = follow_ups::calling_hours(connection, case).await?;
        Ok(Self { parties, customer: Calendar::new(calling.hours, calling.zone) })
    }

    /// The customer's clock.
    pub(super) fn zone(&self) -> Tz {
        self.customer.zone
    }

    /// The times at which all are free.
    pub(super) fn slots(&self, within: Span, minutes: i16) -> Vec<Slot> {
        let diaries: Vec<Vec<Diary>> =
            self.parties.iter().map(|party| party.iter().map(|one| one.diary.clone()).collect()).collect();
        slots(&diaries, &self.customer, within, TimeDelta::minutes(minutes.into()), EVERY)
    }

    /// Who comes at a time that was offered, besides the host: "Ines Duarte".
    pub(super) fn names(&self, slot: &Slot) -> Vec<&str> {
        let chosen = self.parties.iter().zip(&slot.who).skip(1);
        chosen.filter_map(|(party, who)| party.get(*who).map(|one| one.who.name.as_str())).collect()
    }

    /// Who takes part at a time; `despite` whoever is not free, unless they host another call.
    pub(super) fn choose(&self, span: Span, despite: bool) -> std::result::Result<Vec<Taking>, Refusal> {
        let mut chosen: Vec<Taking> = Vec::with_capacity(self.parties.len());
        let mut against = Vec::new();
        for (n, party) in self.parties.iter().enumerate() {
            let free = |one: &&One| chosen.iter().all(|other| other.user != one.who.user);
            let all: Vec<(&One, Option<WhyNot>)> =
                party.iter().filter(free).map(|one| (one, one.diary.why_not(span))).collect();
            let rank = |why: Option<WhyNot>| match why {
                None => 0,
                Some(WhyNot::Outside) => 1,
                Some(WhyNot::Away) => 2,
                Some(WhyNot::Busy) => 3,
            };
            let Some((one, why)) = all.into_iter().min_by_key(|(_, why)| rank(*why)) else { continue };
            let host = n == 0;
            match why {
                Some(WhyNot::Busy) if host => return Err(Refusal::HostBusy(one.who.name.clone())),
                Some(why) if party.len() > 1 => {
                    let of = one.who.department_name.as_deref().unwrap_or("them");
                    against.push(format!("Nobody of {of} is free: {} {}.", one.who.name, why.words()));
                }
                Some(why) => against.push(format!("{} {}.", one.who.name, why.words())),
                None => {}
            }
            chosen.push(Taking { host, despite: why == Some(WhyNot::Busy), ..one.who.clone() });
        }
        if self.customer.working_between(span.from, span.until) < span.until - span.from {
            let there = time_of_day(span.from, self.customer.zone);
            against.push(format!("The customer may not be called then: it is {there} where they are."));
        }
        if against.is_empty() || despite {
            return Ok(chosen);
        }
        against.push("Choose another time, or say that it may be all the same.".to_owned());
        Err(Refusal::NotFree(against.join(" ")))
    }
}

/// The times at which the host and all of these are free for so long, and the customer of the case may be called.
///
/// # Errors
/// When somebody is gone, a department has nobody, or the host does not work on cases.
pub async fn free_times(
    connection: &mut PgConnection,
    case: CaseId,
    who: (UserId, &[Party]),
    within: Span,
    minutes: i16,
) -> Result<Vec<DateTime<Utc>>> {
    let round = Round::load(connection, case, who, within, None).await?;
    Ok(round.slots(within, minutes).into_iter().map(|slot| slot.at).collect())
}

/// The hours of teams, and of departments for those who are in none.
struct Hours {
    teams: HashMap<TeamId, Calendar>,
    departments: HashMap<DepartmentId, Calendar>,
}

impl Hours {
    async fn of(connection: &mut PgConnection, members: &[Member]) -> Result<Self> {
        let mut teams: Vec<TeamId> = members.iter().filter_map(|member| member.team).collect();
        teams.sort_unstable();
        teams.dedup();
        let teams = accounts::calendars(connection, &teams).await?;
        let mut departments = HashMap::new();
        for member in members.iter().filter(|member| member.team.is_none()) {
            if let Some(of) = member.who.department
                && !departments.contains_key(&of)
            {
                departments.insert(of, requests::desk(connection, of).await?.calendar);
            }
        }
        Ok(Self { teams, departments })
    }

    fn of_member(&self, member: &Member) -> Calendar {
        let team = member.team.and_then(|team| self.teams.get(&team));
        let department = member.who.department.and_then(|of| self.departments.get(&of));
        team.or(department).cloned().unwrap_or_else(accounts::default_calendar)
    }
}
