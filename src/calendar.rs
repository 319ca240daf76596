//! Business time: which moments are worked, and when so much working time will have passed (R2).
//!
//! Working hours are wall-clock hours of one zone, so an interval over a change of the clocks is an
//! hour longer or shorter, as it is for the people who sit through it. Every due moment comes with
//! its explanation in words.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

mod local;
mod typed;
mod week;
mod words;

pub use local::first as wall_clock;
pub use typed::{as_typed, typed, typed_day, typed_month};
pub use week::{BadHours, Hours, WorkingWeek};
pub use words::{ago, date, day, duration, left, moment, time_of_day, working};

/// How far ahead working time is looked for before the calendar is taken to hold none.
const HORIZON_DAYS: i64 = 3_660;
/// How many holidays an explanation names one by one.
const NAMED_HOLIDAYS: usize = 3;

/// The days that are not worked although their weekday is, with their names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Holidays(BTreeMap<NaiveDate, String>);

impl Holidays {
    /// No holidays.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The name of the holiday on `date`.
    #[must_use]
    pub fn name(&self, date: NaiveDate) -> Option<&str> {
        self.0.get(&date).map(String::as_str)
    }

    /// The days in order.
    pub fn iter(&self) -> impl Iterator<Item = (NaiveDate, &str)> {
        self.0.iter().map(|(date, name)| (*date, name.as_str()))
    }
}

impl FromIterator<(NaiveDate, String)> for Holidays {
    fn from_iter<I: IntoIterator<Item = (NaiveDate, String)>>(days: I) -> Self {
        Self(days.into_iter().collect())
    }
}

/// When somebody works: a team, or a customer's own business hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// The hours of each weekday.
    pub week: WorkingWeek,
    /// The days off.
    pub holidays: Holidays,
    /// Where the hours are meant.
    pub zone: Tz,
}

/// Hours that are worked without a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// The day they began, in the calendar's zone.
    pub day: NaiveDate,
    /// The first moment.
    pub from: DateTime<Utc>,
    /// The moment after the last.
    pub until: DateTime<Utc>,
}

/// A moment something is due, and why then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The moment.
    pub at: DateTime<Utc>,
    /// The reason in words, to follow “due Tue 14:00 because it is …”.
    pub because: String,
}

impl Calendar {
    /// A calendar without holidays.
    #[must_use]
    pub fn new(week: WorkingWeek, zone: Tz) -> Self {
        Self { week, holidays: Holidays::none(), zone }
    }

    /// The moment by which `time` has been worked since `start`.
    ///
    /// No time at all gives the next working moment. Time that ends with the day's last minute is
    /// due then, not the next morning. A calendar in which nothing is worked for ten years counts
    /// by the clock, and says so.
    #[must_use]
    pub fn add_working(&self, start: DateTime<Utc>, time: TimeDelta) -> Due {
        let mut left = time.max(TimeDelta::zero());
        let mut first = None;
        for (from, until) in self.spans(start) {
            let from = from.max(start);
            first.get_or_insert(from);
            if left <= until - from {
                let at = from + left;
                return Due { at, because: self.because(start, time, first, at) };
            }
            left -= until - from;
        }
        let at = start.checked_add_signed(time.max(TimeDelta::zero())).unwrap_or(start);
        let because = format!(
            "{} after {}, counted by the clock because no working hours are set",
            words::duration(time),
            words::moment(start, self.zone, start),
        );
        Due { at, because }
    }

    /// The last moment from which `time` is still worked until `end`: what [`add_working`](Self::add_working) leads to
    /// `end` from, or to the end of the working day before it.
    ///
    /// A calendar in which too little is worked in the ten years before counts by the clock.
    #[must_use]
    pub fn subtract_working(&self, end: DateTime<Utc>, time: TimeDelta) -> DateTime<Utc> {
        for days in [7, 30, 366, HORIZON_DAYS] {
            let mut left = time.max(TimeDelta::zero());
            let start = end - TimeDelta::days(days);
            let spans: Vec<_> = self.days(start, days + 4).take_while(|(from, _)| *from < end).collect();
            for (from, until) in spans.into_iter().rev() {
                let (from, until) = (from.max(start), until.min(end));
                if left <= until - from {
                    return until - left;
                }
                left -= until - from;
            }
        }
        end - time.max(TimeDelta::zero())
    }

    /// A moment somebody chose, with how much working time that leaves.
    #[must_use]
    pub fn until(&self, start: DateTime<Utc>, at: DateTime<Utc>) -> Due {
        let first = self.next_working_moment(start);
        let mut because = self.because(start, self.working_between(start, at), Some(first), at);
        if !self.is_working(at) && self.working_between(at - TimeDelta::minutes(1), at).is_zero() {
            because.push_str(", outside working hours");
        }
        Due { at, because }
    }

    /// How much of the time from `start` to `end` is worked; none when `end` is not later.
    #[must_use]
    pub fn working_between(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> TimeDelta {
        if end <= start {
            return TimeDelta::zero();
        }
        self.days(start, (end - start).num_days() + 4)
            .take_while(|(from, _)| *from < end)
            .map(|(from, until)| until.min(end) - from.max(start))
            .fold(TimeDelta::zero(), |sum, part| sum + part)
    }

    /// The first moment from `at` on that is worked: `at` itself, if it is.
    ///
    /// It is `at` as well when nothing is worked for ten years, so that nobody waits for ever.
    #[must_use]
    pub fn next_working_moment(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.spans(at).next().map_or(at, |(from, _)| from.max(at))
    }

    /// The hours in which `at` lies, or the next ones; none when nothing is worked for ten years.
    #[must_use]
    pub fn shift(&self, at: DateTime<Utc>) -> Option<Shift> {
        self.shifts(at, HORIZON_DAYS).next()
    }

    /// The worked hours that lie between two moments, in order and apart, cut to them.
    #[must_use]
    pub fn worked(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        self.days(from, (until - from).num_days() + 4)
            .take_while(|(begins, _)| *begins < until)
            .map(|(begins, ends)| (begins.max(from), ends.min(until)))
            .collect()
    }

    /// When a day is over for whoever works by this calendar: at midnight, or with the hours that began on it and run
    /// over midnight.
    #[must_use]
    pub fn end_of_day(&self, day: NaiveDate) -> DateTime<Utc> {
        let tomorrow = day.succ_opt().unwrap_or(day);
        let midnight = local::first(self.zone, tomorrow.and_time(chrono::NaiveTime::MIN));
        let hours = if self.holidays.name(day).is_none() { self.week.on(day.weekday()) } else { &[] };
        hours.last().map_or(midnight, |last| local::last(self.zone, last.ends(day)).max(midnight))
    }

    /// Whether `at` is worked.
    #[must_use]
    pub fn is_working(&self, at: DateTime<Utc>) -> bool {
        self.spans(at).next().is_some_and(|(from, _)| from <= at)
    }

    /// The worked spans that end after `start`, in order and apart.
    fn spans(&self, start: DateTime<Utc>) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
        self.days(start, HORIZON_DAYS)
    }

    /// The worked spans that end after `start`, of so many days.
    fn days(&self, start: DateTime<Utc>, days: i64) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
        self.shifts(start, days).map(|shift| (shift.from, shift.until))
    }

    /// The same with the day each began.
    ///
    /// Where the clocks go back, an interval that ends in the hour that comes twice ends with its
    /// second coming, and the next one begins there: no moment is worked twice. Looking begins two
    /// days early, so that this holds wherever `start` falls.
    fn shifts(&self, start: DateTime<Utc>, days: i64) -> impl Iterator<Item = Shift> {
        let today = start.with_timezone(&self.zone).date_naive();
        let mut free = DateTime::<Utc>::MIN_UTC;
        (-2..=days)
            .filter_map(move |ahead| today.checked_add_signed(TimeDelta::days(ahead)))
            .filter(|date| self.holidays.name(*date).is_none())
            .flat_map(|date| self.week.on(date.weekday()).iter().map(move |hours| (date, *hours)))
            .filter_map(move |(date, hours)| {
                let from = local::first(self.zone, hours.starts(date)).max(free);
                let until = local::last(self.zone, hours.ends(date));
                free = free.max(until);
                (until > from && until > start).then_some(Shift { day: date, from, until })
            })
    }

    fn because(
        &self,
        start: DateTime<Utc>,
        time: TimeDelta,
        first: Option<DateTime<Utc>>,
        at: DateTime<Utc>,
    ) -> String {
        let zone = self.zone;
        let mut because = vec![format!("{} after {}", words::working(time), words::moment(start, zone, start))];
        if let Some(first) = first.filter(|first| *first > start) {
            because.push(format!("counted from {}", words::moment(first, zone, start)));
        }
        let (from, until) = (start.with_timezone(&zone), at.with_timezone(&zone));
        let missed: Vec<_> = self
            .holidays
            .0
            .range(from.date_naive()..=until.date_naive())
            .filter(|(date, _)| !self.week.on(date.weekday()).is_empty())
            .collect();
        because.extend(
            missed
                .iter()
                .take(NAMED_HOLIDAYS)
                .map(|(date, name)| format!("{} was a holiday ({name})", words::date(**date, from.year()))),
        );
        if let more @ 1.. = missed.len().saturating_sub(NAMED_HOLIDAYS) {
            because.push(format!("and so were {more} more"));
        }
        because.join(", ")
    }
}

#[cfg(test)]
mod tests;
