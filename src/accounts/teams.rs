//! When a team works: its zone, its week, its holidays, as they are typed and shown.

use chrono::{Datelike as _, NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;

use super::Name;
use crate::calendar::{BadHours, Calendar, Holidays, Hours, WorkingWeek};
use crate::ids::TeamId;

/// The days of a week as pages name them, Monday first, with the field each has in a form.
pub(super) const DAYS: [(Weekday, &str, &str); 7] = [
    (Weekday::Mon, "monday", "Monday"),
    (Weekday::Tue, "tuesday", "Tuesday"),
    (Weekday::Wed, "wednesday", "Wednesday"),
    (Weekday::Thu, "thursday", "Thursday"),
    (Weekday::Fri, "friday", "Friday"),
    (Weekday::Sat, "saturday", "Saturday"),
    (Weekday::Sun, "sunday", "Sunday"),
];
/// The most holidays a team lists.
const MOST_HOLIDAYS: usize = 400;

/// A team to be added, or as it shall be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewTeam {
    /// What it is called.
    pub name: Name,
    /// When it works.
    pub calendar: Calendar,
}

/// A team and when it works.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TeamHours {
    /// Which.
    pub id: TeamId,
    /// Its name.
    pub name: String,
    /// When it works.
    pub calendar: Calendar,
    /// How many active people are in it.
    pub people: i64,
}

/// When somebody without a team works: Monday to Friday, 9:00 to 17:30 in New York.
#[must_use]
pub fn default_calendar() -> Calendar {
    let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
    let week = WorkingWeek::weekdays(time(9, 0), time(17, 30)).unwrap_or_else(|_| WorkingWeek::always());
    Calendar::new(week, chrono_tz::America::New_York)
}

/// Reads a zone by its IANA name; names given up long ago still work, and letters may be small.
pub(super) fn zone(text: &str) -> Result<Tz, &'static str> {
    let name = text.trim().replace(' ', "_");
    name.parse()
        .ok()
        .or_else(|| chrono_tz::TZ_VARIANTS.iter().copied().find(|zone| zone.name().eq_ignore_ascii_case(&name)))
        .ok_or("Choose a time zone from the list, like America/Chicago")
}

/// Reads the hours of one day: `9:00-12:00, 13:00-17:30`; nothing when it is not worked.
pub(super) fn day(text: &str) -> Result<Vec<Hours>, BadHours> {
    text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()).map(Hours::parse).collect()
}

/// The hours of one day as they are typed.
pub(super) fn day_text(hours: &[Hours]) -> String {
    hours.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Reads one holiday per line: `2026-12-25 Christmas Day`.
pub(super) fn holidays(text: &str) -> Result<Holidays, String> {
    let days = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (day, name) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let day: NaiveDate =
                day.parse().ok().filter(|day: &NaiveDate| (1970..=2200).contains(&day.year())).ok_or_else(|| {
                    format!(
                        "Begin each holiday with its date, like 2026-12-25 Christmas Day. “{}” does not.",
                        short(line)
                    )
                })?;
            let name = Name::parse(name).map_err(|_| {
                format!("Give the holiday on {day} a name of up to 80 characters, like {day} Christmas Day.")
            })?;
            Ok((day, name.as_str().to_owned()))
        })
        .collect::<Result<Vec<_>, String>>()?;
    if days.len() > MOST_HOLIDAYS {
        return Err(format!("List at most {MOST_HOLIDAYS} holidays."));
    }
    Ok(days.into_iter().collect())
}

/// Holidays as they are typed.
pub(super) fn holidays_text(holidays: &Holidays) -> String {
    holidays.iter().map(|(day, name)| format!("{day} {name}")).collect::<Vec<_>>().join("\n")
}

/// A week in one line: `Mon–Fri 09:00–17:30`, days with the same hours drawn together.
pub(super) fn week_in_words(week: &WorkingWeek) -> String {
    let mut spans: Vec<(Weekday, Weekday, String)> = Vec::new();
    for (day, ..) in DAYS {
        let hours = week.on(day);
        let over = if hours.iter().any(|hours| hours.ends_next_day()) { " (to the next day)" } else { "" };
        let hours = format!("{}{over}", day_text(hours));
        match spans.last_mut() {
            Some((_, last, same)) if last.succ() == day && *same == hours => *last = day,
            _ => spans.push((day, day, hours)),
        }
    }
    let worked = spans.into_iter().filter(|(_, _, hours)| !hours.is_empty());
    let words =
        worked.map(
            |(first, last, hours)| {
                if first == last { format!("{first} {hours}") } else { format!("{first}–{last} {hours}") }
            },
        );
    words.collect::<Vec<_>>().join(" · ")
}

fn short(line: &str) -> String {
    line.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_known_by_its_old_names_too() {
        for text in ["America/New_York", "america/new york", "US/Eastern", "Asia/Calcutta", " Europe/Berlin "] {
            assert!(zone(text).is_ok(), "{text}");
        }
        assert!(zone("Eastern").is_err());
        assert!(zone("").is_err());
    }

    #[test]
    fn hours_of_a_day_are_read_as_they_are_shown() {
        let hours = day("13:00-17:30; 9:00 - 12:00").unwrap();
        assert_eq!(day(&day_text(&hours)).unwrap(), hours);
        assert_eq!(day(" ").unwrap(), []);
        assert!(day("9 to 5").is_err());
    }

    #[test]
    fn holidays_are_read_as_they_are_shown() {
        let days = holidays("\n2026-12-25 Christmas Day\n 2026-01-01\tNew Year's Day \n").unwrap();
        assert_eq!(holidays_text(&days), "2026-01-01 New Year's Day\n2026-12-25 Christmas Day");
        for text in ["25.12.2026 Christmas", "2026-12-25", "2026-02-30 Never", "Christmas"] {
            assert!(holidays(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_week_is_told_in_one_line() {
        assert_eq!(week_in_words(&default_calendar().week), "Mon–Fri 09:00–17:30");
        let mut days: [Vec<Hours>; 7] = Default::default();
        days[0] = day("9:00-12:00, 13:00-17:00").unwrap();
        days[2] = day("9:00-12:00").unwrap();
        days[6] = day("9:00-12:00").unwrap();
        let week = WorkingWeek::new(days).unwrap();
        assert_eq!(week_in_words(&week), "Mon 09:00–12:00, 13:00–17:00 · Wed 09:00–12:00 · Sun 09:00–12:00");
        let mut days: [Vec<Hours>; 7] = Default::default();
        days[..5].fill(day("22:00-06:00").unwrap());
        assert_eq!(week_in_words(&WorkingWeek::new(days).unwrap()), "Mon–Fri 22:00–06:00 (to the next day)");
    }
}
