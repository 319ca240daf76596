//! What a department's work takes: lead times, capacity, days on which nothing is done, and what it takes expedited. A
//! warning before the question is asked, never an answer.

use chrono::{Datelike as _, Days, NaiveDate};

use super::Kind;
use crate::accounts::default_calendar;
use crate::calendar::{self, Calendar};
use crate::ids::{DepartmentId, UserId};
use crate::money::Money;

/// How far ahead a day is looked for.
const FURTHEST: u64 = 1_000;

/// What one kind of work takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeadTime {
    /// In words: "Change of setting".
    pub what: String,
    /// Working days.
    pub lead_days: u16,
    /// How many of these a day, where that is limited.
    pub per_day: Option<u16>,
    /// Working days and price of doing it faster, where that is possible.
    pub expedite: Option<(u16, Money)>,
}

/// Days on which a department does nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blackout {
    /// From then on.
    pub from: NaiveDate,
    /// That day included.
    pub until: NaiveDate,
    /// Why.
    pub why: String,
}

impl Blackout {
    /// "Tue 1 Dec to Thu 3 Dec", with the year only when that is not `this_year`.
    #[must_use]
    pub fn span(&self, this_year: i32) -> String {
        let from = calendar::date(self.from, this_year);
        if self.from == self.until { from } else { format!("{from} to {}", calendar::date(self.until, this_year)) }
    }
}

/// How a department works.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Desk {
    /// Which.
    pub department: DepartmentId,
    /// Its name.
    pub name: String,
    /// Who leads it.
    pub lead: Option<(UserId, String)>,
    /// Working hours to answer a question, a job, a check.
    pub hours: [u16; 3],
    /// Its hours; blackout days are holidays.
    pub calendar: Calendar,
    /// The team whose hours these are.
    pub team: Option<crate::ids::TeamId>,
    /// What its work takes.
    pub lead_times: Vec<LeadTime>,
    /// When it does nothing.
    pub blackouts: Vec<Blackout>,
    /// How many jobs and checks are open there.
    pub open: i64,
    /// Row version (R6); 0 where nothing was ever set.
    pub version: i64,
}

impl Desk {
    /// A department of which nothing was set.
    #[must_use]
    pub fn plain(department: DepartmentId, name: String) -> Self {
        Self {
            department,
            name,
            lead: None,
            hours: [8, 16, 4],
            calendar: default_calendar(),
            team: None,
            lead_times: Vec::new(),
            blackouts: Vec::new(),
            open: 0,
            version: 0,
        }
    }

    /// In how many working hours it answers.
    #[must_use]
    pub fn answers_in(&self, kind: Kind) -> u16 {
        match kind {
            Kind::Question => self.hours[0],
            Kind::Job => self.hours[1],
            Kind::Feasibility => self.hours[2],
        }
    }

    /// Whether nothing is done on a day.
    fn off(&self, day: NaiveDate) -> bool {
        self.blackouts.iter().any(|one| one.from <= day && day <= one.until)
            || self.calendar.holidays.name(day).is_some()
            || self.calendar.week.on(day.weekday()).is_empty()
    }

    /// The day on which so many working days from today have passed.
    fn after(&self, today: NaiveDate, days: u64) -> NaiveDate {
        let mut left = days;
        let mut day = today;
        for ahead in 0..FURTHEST {
            let Some(next) = today.checked_add_days(Days::new(ahead)) else { break };
            day = next;
            if self.off(next) {
                continue;
            }
            if left == 0 {
                return next;
            }
            left -= 1;
        }
        day
    }

    /// The earliest day for one kind of work that is asked for today: its lead time, behind what is open already.
    #[must_use]
    pub fn earliest(&self, of: &LeadTime, today: NaiveDate) -> NaiveDate {
        let open = u64::try_from(self.open).unwrap_or_default();
        let behind = of.per_day.map_or(0, |per_day| open / u64::from(per_day.max(1)));
        self.after(today, u64::from(of.lead_days) + behind)
    }

    /// The earliest day expedited, and what that costs.
    #[must_use]
    pub fn expedited(&self, of: &LeadTime, today: NaiveDate) -> Option<(NaiveDate, Money)> {
        of.expedite.map(|(days, price)| (self.after(today, u64::from(days)), price))
    }

    /// What to know before asking: one sentence per kind of work, with whether it comes too late for a day that is wanted.
    #[must_use]
    pub fn forecast(&self, today: NaiveDate, wanted: Option<NaiveDate>) -> Vec<(bool, String)> {
        let year = today.year();
        let day = |day| calendar::date(day, year);
        let mut said: Vec<(bool, String)> = self
            .lead_times
            .iter()
            .map(|one| {
                let at = self.earliest(one, today);
                let late = wanted.is_some_and(|wanted| at > wanted);
                let takes = if one.lead_days == 1 {
                    "1 working day".to_owned()
                } else {
                    format!("{} working days", one.lead_days)
                };
                let full = match one.per_day {
                    Some(per_day) if self.open >= i64::from(per_day) => {
                        format!(", behind {} open ({per_day} a day)", self.open)
                    }
                    _ => String::new(),
                };
                let faster = self
                    .expedited(one, today)
                    .map(|(at, price)| format!(" Expedited: {} for {price}.", day(at)))
                    .unwrap_or_default();
                (late, format!("{}: {takes}{full}, so {} at the earliest.{faster}", one.what, day(at)))
            })
            .collect();
        for one in self.blackouts.iter().filter(|one| one.until >= today) {
            let hit = wanted.is_some_and(|wanted| one.from <= wanted && wanted <= one.until);
            said.push((hit, format!("Closed {}: {}.", one.span(year), one.why)));
        }
        said
    }
}
