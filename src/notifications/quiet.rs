//! Quiet hours: when no mail comes (R18).

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use crate::calendar::{Calendar, Hours, wall_clock};

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
    /// What holds where nobody said otherwise: 18:00 to 08:00, and while the team does not work.
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

    /// The first moment from `at` on at which mail may come: outside these hours, on a day that the team works, or in its
    /// shift. The night that holds where nobody said otherwise is none for whoever works in it: while their team works
    /// mail comes, and by day only to teams that work by day.
    #[must_use]
    pub fn hold(self, calendar: &Calendar, at: DateTime<Utc>) -> DateTime<Utc> {
        let today = at.with_timezone(&calendar.zone).date_naive();
        let spans = (0..DAYS)
            .filter_map(|ahead| today.checked_add_signed(TimeDelta::days(ahead)))
            .flat_map(|day| self.open(day).map(move |span| (day, span)))
            .map(|(day, (from, until))| (day, wall_clock(calendar.zone, from), wall_clock(calendar.zone, until)));
        let mut open = spans.filter_map(|(day, from, until)| {
            let from = from.max(at);
            let first = if self.whole_day_counts(calendar, day) { from } else { calendar.next_working_moment(from) };
            (first < until).then_some(first)
        });
        match open.next() {
            None if self == Self::NIGHT => calendar.next_working_moment(at),
            None => at,
            Some(open) if self == Self::NIGHT => open.min(calendar.next_working_moment(at)),
            Some(open) => open,
        }
    }

    /// Whether mail may come at any hour of a day that is not quiet, rather than in a shift only.
    fn whole_day_counts(self, calendar: &Calendar, day: NaiveDate) -> bool {
        let mut hours = calendar.week.on(day.weekday()).iter();
        let by_day = |hours: &Hours| {
            let (from, until) = (hours.starts(day), hours.ends(day));
            self.open(day).any(|(opens, closes)| from < closes && opens < until)
        };
        calendar.holidays.name(day).is_none() && hours.any(|hours| self != Self::NIGHT || by_day(hours))
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
    use crate::calendar::WorkingWeek;

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

    fn night_team() -> Calendar {
        let night: [Vec<Hours>; 7] =
            std::array::from_fn(|day| if day < 5 { vec![Hours::parse("22:00-06:00").unwrap()] } else { Vec::new() });
        Calendar::new(WorkingWeek::new(night).unwrap(), chrono_tz::America::New_York)
    }

    #[test]
    fn the_night_is_not_quiet_for_whoever_works_in_it_and_the_day_is() {
        let hold = |text: &str| Quiet::NIGHT.hold(&night_team(), at(text)).to_rfc3339();
        // Wed 23:00 and Thu 05:00, in the shift
        assert_eq!(hold("2026-03-05T04:00:00Z"), "2026-03-05T04:00:00+00:00");
        assert_eq!(hold("2026-03-05T10:00:00Z"), "2026-03-05T10:00:00+00:00");
        // Thu 10:00, asleep: when the shift begins
        assert_eq!(hold("2026-03-05T15:00:00Z"), "2026-03-06T03:00:00+00:00");
        // Sat 03:00 is still Friday's shift; Sat 07:00 waits for Monday 22:00, the clocks leapt meanwhile
        assert_eq!(hold("2026-03-07T08:00:00Z"), "2026-03-07T08:00:00+00:00");
        assert_eq!(hold("2026-03-07T12:00:00Z"), "2026-03-10T02:00:00+00:00");
    }

    #[test]
    fn quiet_hours_of_ones_own_hold_in_a_shift_too_and_its_end_is_no_day_off() {
        let pause = Quiet::parse("01:00", "02:00").unwrap();
        let hold = |text: &str| pause.hold(&night_team(), at(text)).to_rfc3339();
        // Thu 01:30, and Sat 03:00 in Friday's shift
        assert_eq!(hold("2026-03-05T06:30:00Z"), "2026-03-05T07:00:00+00:00");
        assert_eq!(hold("2026-03-07T08:00:00Z"), "2026-03-07T08:00:00+00:00");
    }

    #[test]
    fn a_late_shift_is_told_while_it_lasts() {
        let late = WorkingWeek::new(std::array::from_fn(|_| vec![Hours::parse("14:00-22:00").unwrap()])).unwrap();
        let calendar = Calendar::new(late, chrono_tz::America::New_York);
        let hold = |text: &str| Quiet::NIGHT.hold(&calendar, at(text)).to_rfc3339();
        // 21:00, and 23:00 which waits for the morning
        assert_eq!(hold("2026-03-05T02:00:00Z"), "2026-03-05T02:00:00+00:00");
        assert_eq!(hold("2026-03-05T04:00:00Z"), "2026-03-05T13:00:00+00:00");
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
