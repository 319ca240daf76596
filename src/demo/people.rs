//! Who works at Brightline and Aurelle, in which team, and when.

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;

use crate::auth::Role::{self, Admin, Agent, Department, Manager, Privacy, Rep, Supervisor};
use crate::calendar::{Calendar, Holidays, WorkingWeek};

/// Index of a person in [`PEOPLE`].
pub(super) type Who = usize;

pub(super) const EAST: usize = 0;
pub(super) const CENTRAL: usize = 1;
pub(super) const RINGS: usize = 2;
pub(super) const BACK_OFFICE: usize = 3;

/// A team: name, zone, first and last hour of its day in minutes since midnight.
pub(super) struct Team {
    pub(super) name: &'static str,
    zone: Tz,
    from: (u32, u32),
    until: (u32, u32),
}

pub(super) const TEAMS: [Team; 4] = [
    Team { name: "Subscriptions East", zone: Tz::America__New_York, from: (9, 0), until: (17, 30) },
    Team { name: "Subscriptions Central", zone: Tz::America__Chicago, from: (8, 0), until: (17, 0) },
    Team { name: "Ring orders", zone: Tz::Europe__London, from: (9, 0), until: (18, 0) },
    Team { name: "Back office", zone: Tz::America__New_York, from: (8, 30), until: (17, 0) },
];

/// Somebody who works here.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) roles: &'static [Role],
    pub(super) team: Option<usize>,
    pub(super) department: Option<&'static str>,
}

const fn desk(name: &'static str, role: &'static [Role], team: usize) -> Person {
    Person { name, roles: role, team: Some(team), department: None }
}

const fn outside(name: &'static str, department: &'static str) -> Person {
    Person { name, roles: &[Department], team: None, department: Some(department) }
}

/// Everybody. The last one is the admin, who is added last.
pub(super) const PEOPLE: [Person; 42] = [
    desk("Dana Okafor", &[Supervisor], EAST),
    desk("Priya Raman", &[Agent], EAST),
    desk("Noah Kim", &[Agent], EAST),
    desk("Beatriz Almeida", &[Agent], EAST),
    desk("Marcus Webb", &[Rep], EAST),
    desk("Grace Liu", &[Rep], EAST),
    desk("Terrence Boyd", &[Rep], EAST),
    desk("Shauna Kelly", &[Rep], EAST),
    desk("Victor Hale", &[Supervisor], CENTRAL),
    desk("Imani Carter", &[Agent], CENTRAL),
    desk("Gunnar Lund", &[Agent], CENTRAL),
    desk("Rosa Delgado", &[Rep], CENTRAL),
    desk("Peter Novak", &[Rep], CENTRAL),
    desk("Keisha Brooks", &[Rep], CENTRAL),
    desk("Ali Rahimi", &[Rep], CENTRAL),
    desk("Charlotte Ashby", &[Supervisor, Agent], RINGS),
    desk("Lena Fischer", &[Agent], RINGS),
    desk("Aisha Bello", &[Agent], RINGS),
    desk("Sam Whitlock", &[Rep], RINGS),
    desk("Oluwaseun Ade", &[Rep], RINGS),
    desk("Clémence Roy", &[Rep], RINGS),
    desk("Gareth Price", &[Rep], RINGS),
    desk("Mira Kapoor", &[Supervisor, Agent], BACK_OFFICE),
    desk("Dennis Ortega", &[Agent], BACK_OFFICE),
    desk("Judith Stein", &[Agent], BACK_OFFICE),
    desk("Helen Strand", &[Manager], BACK_OFFICE),
    desk("Rowan Achebe", &[Manager, Supervisor], RINGS),
    outside("Aaron Pike", "Billing"),
    outside("Camila Torres", "Billing"),
    outside("Ines Duarte", "Technical support"),
    outside("Felix Grant", "Sales"),
    outside("Wren Castillo", "Operations"),
    outside("Paolo Greco", "Manufacturing"),
    outside("Ada Lindholm", "Logistics"),
    outside("Mara Quist", "Finance"),
    outside("Naomi Adler", "Legal"),
    outside("Jun Takeda", "Marketing"),
    outside("Theo Lind", "Collections"),
    outside("Sabine Koch", "Fraud"),
    outside("Elliot Marsh", "Customer relations"),
    Person { name: "Yara Haddad", roles: &[Privacy], team: None, department: None },
    Person { name: "Joel Pereira", roles: &[Admin], team: None, department: None },
];

/// One person per role, in the order in which they are shown to whoever tries the product.
pub(super) const SHOWN: [(&str, Role); 7] = [
    ("Priya Raman", Agent),
    ("Marcus Webb", Rep),
    ("Dana Okafor", Supervisor),
    ("Helen Strand", Manager),
    ("Aaron Pike", Department),
    ("Yara Haddad", Privacy),
    ("Joel Pereira", Admin),
];

impl Person {
    /// What they sign in with.
    pub(super) fn email(&self) -> String {
        let name = deunicode::deunicode(self.name).to_lowercase().replace(' ', ".");
        format!("{name}@brightline.example")
    }

    fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

/// Those of a team who talk to customers.
pub(super) fn frontline(team: usize) -> Vec<Who> {
    of(team, |person| person.is(Rep) || person.is(Agent))
}

/// Whether the product is tried as that person.
pub(super) fn is_shown(who: Who) -> bool {
    SHOWN.iter().any(|(name, _)| *name == PEOPLE[who].name)
}

/// Those of a team who may close a case.
pub(super) fn closers(team: usize) -> Vec<Who> {
    of(team, |person| person.is(Agent))
}

fn of(team: usize, fits: impl Fn(&Person) -> bool) -> Vec<Who> {
    (0..PEOPLE.len()).filter(|who| PEOPLE[*who].team == Some(team) && fits(&PEOPLE[*who])).collect()
}

/// When a team works, with the holidays of the years around `today`.
pub(super) fn calendar(team: usize, today: NaiveDate) -> Calendar {
    let team = &TEAMS[team];
    let time = |(hour, minute)| NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
    let week = WorkingWeek::weekdays(time(team.from), time(team.until)).unwrap_or_else(|_| WorkingWeek::always());
    let british = team.zone == Tz::Europe__London;
    let years = today.year() - 1..=today.year() + 1;
    let holidays: Holidays = years.flat_map(|year| if british { bank_holidays(year) } else { federal(year) }).collect();
    Calendar { week, holidays, zone: team.zone }
}

fn federal(year: i32) -> Vec<(NaiveDate, String)> {
    let thanksgiving = nth(year, 11, Weekday::Thu, 4);
    named([
        (NaiveDate::from_ymd_opt(year, 1, 1), "New Year's Day"),
        (last_monday(year, 5), "Memorial Day"),
        (NaiveDate::from_ymd_opt(year, 7, 4), "Independence Day"),
        (nth(year, 9, Weekday::Mon, 1), "Labor Day"),
        (thanksgiving, "Thanksgiving"),
        (thanksgiving.and_then(|day| day.succ_opt()), "Day after Thanksgiving"),
        (NaiveDate::from_ymd_opt(year, 12, 25), "Christmas Day"),
    ])
}

fn bank_holidays(year: i32) -> Vec<(NaiveDate, String)> {
    named([
        (NaiveDate::from_ymd_opt(year, 1, 1), "New Year's Day"),
        (nth(year, 5, Weekday::Mon, 1), "Early May bank holiday"),
        (last_monday(year, 5), "Spring bank holiday"),
        (last_monday(year, 8), "Summer bank holiday"),
        (NaiveDate::from_ymd_opt(year, 12, 25), "Christmas Day"),
        (NaiveDate::from_ymd_opt(year, 12, 26), "Boxing Day"),
    ])
}

fn named<const N: usize>(days: [(Option<NaiveDate>, &str); N]) -> Vec<(NaiveDate, String)> {
    days.into_iter().filter_map(|(day, name)| Some((day?, name.to_owned()))).collect()
}

fn nth(year: i32, month: u32, day: Weekday, n: u8) -> Option<NaiveDate> {
    NaiveDate::from_weekday_of_month_opt(year, month, day, n)
}

fn last_monday(year: i32, month: u32) -> Option<NaiveDate> {
    nth(year, month, Weekday::Mon, 5).or_else(|| nth(year, month, Weekday::Mon, 4))
}

/// The first day of the month after `today`, when renewals and cancellations usually take effect.
pub(super) fn next_month(today: NaiveDate) -> NaiveDate {
    let later = today.checked_add_days(Days::new(31)).unwrap_or(today);
    later.with_day(1).unwrap_or(later)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_role_and_every_department_has_somebody() {
        for role in Role::ALL {
            assert!(PEOPLE.iter().any(|person| person.is(role)), "{role:?}");
            assert!(
                SHOWN
                    .iter()
                    .any(|(name, of)| *of == role && PEOPLE.iter().any(|one| one.name == *name && one.is(role))),
                "{role:?}"
            );
        }
        let departments: HashSet<_> = PEOPLE.iter().filter_map(|person| person.department).collect();
        assert_eq!(departments.len(), 12);
        let emails: HashSet<_> = PEOPLE.iter().map(Person::email).collect();
        assert_eq!(emails.len(), PEOPLE.len());
        assert!(PEOPLE.last().is_some_and(|person| person.is(Admin)));
    }

    #[test]
    fn every_team_can_talk_and_close() {
        for team in 0..TEAMS.len() {
            assert!(!frontline(team).is_empty() && !closers(team).is_empty(), "{team}");
        }
    }

    #[test]
    fn thanksgiving_is_the_fourth_thursday() {
        let days = calendar(EAST, NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()).holidays;
        assert_eq!(days.name(NaiveDate::from_ymd_opt(2026, 11, 26).unwrap()), Some("Thanksgiving"));
        assert_eq!(days.name(NaiveDate::from_ymd_opt(2026, 5, 25).unwrap()), Some("Memorial Day"));
    }
}
