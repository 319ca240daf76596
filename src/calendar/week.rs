//! The hours of an ordinary week.

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _, Weekday};
use serde::{Deserialize, Serialize};

const DAY_MINUTES: u16 = 24 * 60;

/// Hours of one day, from the first minute up to but without the last; `24:00` is midnight. A shift that ends earlier on
/// the clock than it begins, like `22:00-06:00`, ends on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    from: u16,
    /// Beyond 24 hours for a shift over midnight.
    until: u16,
}

/// Why hours can't be worked. Each message is shown as it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadHours {
    /// Not a pair of times.
    #[error("Write working hours as two times, like 09:00-17:00.")]
    NotTwoTimes,
    /// Nothing lies between start and end, or one of them is beyond the day.
    #[error("Working hours must end at another time than they begin, and within 24 hours, like 22:00-06:00.")]
    EndsWhereItStarts,
    /// Two intervals overlap.
    #[error("Working hours must not overlap, nor run over midnight into those of the next day.")]
    Overlap,
    /// No day has hours.
    #[error("A week needs working hours on at least one day.")]
    NoHours,
}

impl Hours {
    /// From and until, in minutes since midnight; an end that is earlier is on the next day.
    ///
    /// # Errors
    /// When both are the same, or one is beyond the day.
    pub fn between(from: u16, until: u16) -> Result<Self, BadHours> {
        if from == until || from >= DAY_MINUTES || until > DAY_MINUTES {
            return Err(BadHours::EndsWhereItStarts);
        }
        Ok(Self { from, until: if until < from { until + DAY_MINUTES } else { until } })
    }

    /// Reads `09:00-17:00` or `22:00-06:00`, with either dash.
    ///
    /// # Errors
    /// When it is not two different times.
    pub fn parse(text: &str) -> Result<Self, BadHours> {
        let minutes = |time: &str| {
            let (hour, minute) = time.trim().split_once(':')?;
            let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
            (hour <= 24 && minute < 60).then_some(hour * 60 + minute)
        };
        let (from, until) = text.split_once(['-', '\u{2013}']).ok_or(BadHours::NotTwoTimes)?;
        match (minutes(from), minutes(until)) {
            (Some(from), Some(until)) => Self::between(from, until),
            _ => Err(BadHours::NotTwoTimes),
        }
    }

    /// Whether they end on the next day.
    #[must_use]
    pub fn ends_next_day(self) -> bool {
        self.until > DAY_MINUTES
    }

    /// When they begin on a day, by the clock on the wall.
    #[must_use]
    pub fn starts(self, date: NaiveDate) -> NaiveDateTime {
        date.and_time(NaiveTime::MIN) + TimeDelta::minutes(self.from.into())
    }

    /// When those that begin on a day end, by the clock on the wall.
    #[must_use]
    pub fn ends(self, date: NaiveDate) -> NaiveDateTime {
        date.and_time(NaiveTime::MIN) + TimeDelta::minutes(self.until.into())
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.from;
        let until = if self.ends_next_day() { self.until - DAY_MINUTES } else { self.until };
        write!(f, "{:02}:{:02}\u{2013}{:02}:{:02}", from / 60, from % 60, until / 60, until % 60)
    }
}

impl TryFrom<String> for Hours {
    type Error = BadHours;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> Self {
        hours.to_string()
    }
}

/// The hours of each weekday, Monday first; at least one day has some.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "[Vec<Hours>; 7]", into = "[Vec<Hours>; 7]")]
pub struct WorkingWeek([Vec<Hours>; 7]);

impl WorkingWeek {
    /// Hours by weekday, Monday first, in any order within a day.
    ///
    /// # Errors
    /// When hours overlap, or there are none all week.
    pub fn new(mut days: [Vec<Hours>; 7]) -> Result<Self, BadHours> {
        for day in &mut days {
            day.sort_unstable();
            if day.windows(2).any(|pair| pair[0].until > pair[1].from) {
                return Err(BadHours::Overlap);
            }
        }
        let overlaps = |today: &Vec<Hours>, tomorrow: &Vec<Hours>| match (today.last(), tomorrow.first()) {
            (Some(last), Some(first)) => last.until > DAY_MINUTES + first.from,
            _ => false,
        };
        if (0..7).any(|day| overlaps(&days[day], &days[(day + 1) % 7])) {
            return Err(BadHours::Overlap);
        }
        if days.iter().all(Vec::is_empty) {
            return Err(BadHours::NoHours);
        }
        Ok(Self(days))
    }

    /// The same hours from Monday to Friday.
    ///
    /// # Errors
    /// When the end is the start.
    pub fn weekdays(from: NaiveTime, until: NaiveTime) -> Result<Self, BadHours> {
        let hours = Hours::between(minutes(from), minutes(until))?;
        let mut days: [Vec<Hours>; 7] = Default::default();
        days[..5].fill(vec![hours]);
        Self::new(days)
    }

    /// The same hours on all seven days; midnight as the end is the end of the day.
    ///
    /// # Errors
    /// When the end is the start.
    pub fn daily(from: NaiveTime, until: NaiveTime) -> Result<Self, BadHours> {
        let until = match minutes(until) {
            0 => DAY_MINUTES,
            until => until,
        };
        let hours = Hours::between(minutes(from), until)?;
        Self::new(std::array::from_fn(|_| vec![hours]))
    }

    /// Every minute of the week.
    #[must_use]
    pub fn always() -> Self {
        let hours = Hours { from: 0, until: DAY_MINUTES };
        Self(std::array::from_fn(|_| vec![hours]))
    }

    /// The hours of one weekday, in order.
    #[must_use]
    pub fn on(&self, day: Weekday) -> &[Hours] {
        &self.0[day.num_days_from_monday() as usize]
    }
}

impl TryFrom<[Vec<Hours>; 7]> for WorkingWeek {
    type Error = BadHours;

    fn try_from(days: [Vec<Hours>; 7]) -> Result<Self, Self::Error> {
        Self::new(days)
    }
}

impl From<WorkingWeek> for [Vec<Hours>; 7] {
    fn from(week: WorkingWeek) -> Self {
        week.0
    }
}

fn minutes(time: NaiveTime) -> u16 {
    u16::try_from(time.hour() * 60 + time.minute()).unwrap_or(DAY_MINUTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_and_shown() {
        assert_eq!(Hours::parse("9:00 - 17:30").unwrap().to_string(), "09:00–17:30");
        assert_eq!(Hours::parse("18:00–24:00").unwrap().to_string(), "18:00–24:00");
        for text in ["", "9-17", "09:00", "09:60-10:00", "25:00-26:00"] {
            assert_eq!(Hours::parse(text), Err(BadHours::NotTwoTimes), "{text}");
        }
        for text in ["09:00-09:00", "09:00-24:30", "24:00-06:00"] {
            assert_eq!(Hours::parse(text), Err(BadHours::EndsWhereItStarts), "{text}");
        }
    }

    #[test]
    fn a_shift_over_midnight_ends_on_the_next_day() {
        let night = Hours::parse("22:00-06:00").unwrap();
        assert!(night.ends_next_day());
        assert_eq!(night.to_string(), "22:00–06:00");
        assert_eq!(Hours::parse(&night.to_string()), Ok(night));
        assert_eq!(Hours::parse("18:00-0:00").unwrap().to_string(), "18:00–24:00");
        assert!(!Hours::parse("18:00-24:00").unwrap().ends_next_day());
        let mut days: [Vec<Hours>; 7] = Default::default();
        days[6] = vec![night];
        days[0] = vec![Hours::parse("06:00-14:00").unwrap()];
        assert!(WorkingWeek::new(days.clone()).is_ok());
        days[0] = vec![Hours::parse("05:30-14:00").unwrap()];
        assert_eq!(WorkingWeek::new(days), Err(BadHours::Overlap));
    }

    #[test]
    fn overlapping_hours_and_an_empty_week_are_refused() {
        let mut days: [Vec<Hours>; 7] = Default::default();
        assert_eq!(WorkingWeek::new(days.clone()), Err(BadHours::NoHours));
        days[0] = ["12:00-17:00", "09:00-13:00"].map(|text| Hours::parse(text).unwrap()).into();
        assert_eq!(WorkingWeek::new(days), Err(BadHours::Overlap));
    }

    #[test]
    fn a_week_survives_json() {
        let nine = NaiveTime::from_hms_opt(9, 0, 0).unwrap();
        let five = NaiveTime::from_hms_opt(17, 0, 0).unwrap();
        let week = WorkingWeek::weekdays(nine, five).unwrap();
        let json = serde_json::to_string(&week).unwrap();
        assert!(json.starts_with(r#"[["09:00–17:00"],["#), "{json}");
        assert_eq!(serde_json::from_str::<WorkingWeek>(&json).unwrap(), week);
        assert!(serde_json::from_str::<WorkingWeek>("[[],[],[],[],[],[],[]]").is_err());
    }
}
