//! Quiet hours: when no mail comes (R18).

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use crate::calendar::{Calendar, wall_clock};

/// So far ahead a working day is looked for; a team that has none is told at once.
const DAYS: i64 = 40;
/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// From when until when no mail comes, in minutes since midnight on the clock of somebody's team; over midnight when the
/// beginning is the later one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quiet {
    from: u16,
    until: u16,
}

impl Quiet {
    /// What holds where nobody said otherwise: 18:00 to 08:00.
    pub const NIGHT: Self = Self { from: 18 * 60, until: 8 * 60 };

    /// From a minute of the day until another one.
    #[must_use]
    pub fn between(from: u16, until: u16) -> Option<Self> {
        (from < DAY && until < DAY && from != until).then_some(Self { from, until })
    }

    /// Reads two times of day as fields hold them: `18:00`.
    ///
    /// # Errors
    /// A sentence, when they are none or the same.
    pub fn parse(from: &str, until: &str) -> Result<Self, &'static str> {
        let minute = |text: &str| {
            let time = NaiveTime::parse_from_str(text.trim(), "%H:%M").ok()?;
            u16::try_from((time - NaiveTime::MIN).num_minutes()).ok()
        };
        let (Some(from), Some(until)) = (minute(from), minute(until)) else {
            return Err("Enter both times, like 18:00 and 08:00, or turn quiet hours off.");
        };
        Self::between(from, until).ok_or("Quiet hours end at another time than they begin.")
    }

    /// The two times as fields hold them.
    #[must_use]
    pub fn typed(self) -> (String, String) {
        let time = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        (time(self.from), time(self.until))
    }

    /// As stored.
    #[must_use]
    pub fn minutes(self) -> (u16, u16) {
        (self.from, self.until)
    }

    /// The first moment from `at` on at which mail may come: outside these hours, on a day that the team works.
    #[must_use]
    pub fn hold(self, calendar: &Calendar, at: DateTime<Utc>) -> DateTime<Utc> {
        let today = at.with_timezone(&calendar.zone).date_naive();
        (0..DAYS)
            .filter_map(|ahead| today.checked_add_signed(TimeDelta::days(ahead)))
            .filter(|day| !calendar.week.on(day.weekday()).is_empty() && calendar.holidays.name(*day).is_none())
            .flat_map(|day| self.open(day))
            .map(|(from, until)| (wall_clock(calendar.zone, from), wall_clock(calendar.zone, until)))
            .find(|(_, until)| at < *until)
            .map_or(at, |(from, _)| from.max(at))
    }

    /// The spans of a day in which mail may come, by the clock on the wall.
    fn open(self, day: NaiveDate) -> impl Iterator<Item = (NaiveDateTime, NaiveDateTime)> {
        let spans = if self.from > self.until {
            [(self.until, self.from), (0, 0)]
        } else {
            [(0, self.from), (self.until, DAY)]
        };
        let time = move |minutes: u16| day.and_time(NaiveTime::MIN) + TimeDelta::minutes(minutes.into());
        spans.into_iter().filter(|(from, until)| from < until).map(move |(from, until)| (time(from), time(until)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::default_calendar;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn mail_waits_for_the_morning_and_for_monday() {
        let calendar = default_calendar();
        let hold = |text: &str| Quiet::NIGHT.hold(&calendar, at(text)).to_rfc3339();
        // Wed 10:00, Wed 18:00, Thu 02:00, Fri 19:00, Sat 12:00 in New York
        assert_eq!(hold("2026-03-04T15:00:00Z"), "2026-03-04T15:00:00+00:00");
        assert_eq!(hold("2026-03-04T23:00:00Z"), "2026-03-05T13:00:00+00:00");
        assert_eq!(hold("2026-03-05T07:00:00Z"), "2026-03-05T13:00:00+00:00");
        // the clocks leap on Sunday
        assert_eq!(hold("2026-03-07T00:00:00Z"), "2026-03-09T12:00:00+00:00");
        assert_eq!(hold("2026-03-07T17:00:00Z"), "2026-03-09T12:00:00+00:00");
    }

    #[test]
    fn a_holiday_is_quiet() {
        let mut calendar = default_calendar();
        calendar.holidays =
            [(NaiveDate::from_ymd_opt(2026, 3, 5).unwrap(), "Day off".to_owned())].into_iter().collect();
        let held = Quiet::NIGHT.hold(&calendar, at("2026-03-05T15:00:00Z"));
        assert_eq!(held.to_rfc3339(), "2026-03-06T13:00:00+00:00");
    }

    #[test]
    fn quiet_hours_may_lie_within_a_day() {
        let calendar = default_calendar();
        let siesta = Quiet::parse("12:00", "14:00").unwrap();
        let hold = |text: &str| siesta.hold(&calendar, at(text)).to_rfc3339();
        assert_eq!(hold("2026-03-04T17:00:00Z"), "2026-03-04T19:00:00+00:00");
        assert_eq!(hold("2026-03-04T16:59:00Z"), "2026-03-04T16:59:00+00:00");
        assert_eq!(siesta.typed(), ("12:00".to_owned(), "14:00".to_owned()));
        assert!(Quiet::parse("12:00", "12:00").is_err() && Quiet::parse("", "12:00").is_err());
    }
}
