//! When follow-ups are due: within the hours at which a customer may be called, so many days after a save, later today.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;

use super::{Snooze, Wake};
use crate::calendar::{Calendar, Due, WorkingWeek, moment, time_of_day, wall_clock};

/// How many days after a save somebody looks whether it held.
pub const CHECK_DAYS: [i16; 4] = [7, 30, 60, 90];
/// Working time into its day at which a check is due.
const INTO_THE_DAY: TimeDelta = TimeDelta::hours(4);
/// Working time until something is due for which it was waited.
const SOON: TimeDelta = TimeDelta::hours(1);

/// When a callback is due that is wanted at a time: then, or at the next moment in which this customer may be called, by
/// their own clock.
#[must_use]
pub fn calling(hours: &WorkingWeek, customer: Tz, wanted: Due) -> Due {
    let theirs = Calendar::new(hours.clone(), customer);
    let at = theirs.next_working_moment(wanted.at);
    if at == wanted.at {
        return wanted;
    }
    let because = format!(
        "{}; moved from {} to {}, the next moment in which this customer may be called, both by their clock ({customer})",
        wanted.because,
        moment(wanted.at, customer, at),
        moment(at, customer, at),
    );
    Due { at, because }
}

/// When the check so many days after a save is due: some hours into that day, or into the next one that is worked.
#[must_use]
pub fn check_due(calendar: &Calendar, saved_at: DateTime<Utc>, days: i16) -> Due {
    let saved = saved_at.with_timezone(&calendar.zone).date_naive();
    let day = saved.checked_add_days(Days::new(days.unsigned_abs().into())).unwrap_or(saved);
    let due = calendar.add_working(wall_clock(calendar.zone, day.and_time(NaiveTime::MIN)), INTO_THE_DAY);
    let because = format!("{days} days after the save on {}: {}", moment(saved_at, calendar.zone, due.at), due.because);
    Due { at: due.at, because }
}

/// When something is due whose wait is over.
pub(super) fn soon(calendar: &Calendar, woken: Wake, at: DateTime<Utc>) -> Due {
    let due = calendar.add_working(at, SOON);
    let came = match woken {
        Wake::Reply => "the customer replied",
        Wake::Answer => "the offer was answered",
        Wake::Decision => "the approval was decided",
    };
    Due { at: due.at, because: format!("{came}: {}", due.because) }
}

/// Why a snoozed one is due at its latest.
pub(super) fn snoozed(snooze: Snooze, zone: Tz, at: DateTime<Utc>) -> Due {
    let when = moment(at, zone, at);
    let because = match snooze.until {
        None => format!("snoozed on {when}"),
        Some(wake) => format!("snoozed on {when} until {}, at the latest until then", wake.label()),
    };
    Due { at: snooze.latest, because }
}

/// A time that is offered in a menu.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Offered {
    /// The moment, RFC 3339.
    pub(super) value: String,
    /// "Tomorrow 09:00"
    pub(super) label: String,
}

/// Times to put something off to, by the hours of a team: in an hour, this afternoon, the next working mornings, in a
/// week. Each is shown on the reader's clock.
pub(super) fn offered(calendar: &Calendar, zone: Tz, now: DateTime<Utc>) -> Vec<Offered> {
    let today = now.with_timezone(&calendar.zone).date_naive();
    let clock = |date: NaiveDate, hour| wall_clock(calendar.zone, date.and_hms_opt(hour, 0, 0).unwrap_or_default());
    let morning = |date: NaiveDate| {
        let first = calendar.next_working_moment(clock(date, 0));
        calendar.next_working_moment(first.max(clock(first.with_timezone(&calendar.zone).date_naive(), 9)))
    };
    let tomorrow = today.checked_add_days(Days::new(1)).unwrap_or(today);
    let monday =
        today.checked_add_days(Days::new(7 - u64::from(today.weekday().days_since(Weekday::Mon)))).unwrap_or(tomorrow);
    let week = today.checked_add_days(Days::new(14)).unwrap_or(monday);
    let mut times =
        vec![now + TimeDelta::hours(1), clock(today, 15), morning(tomorrow), morning(monday), morning(week)];
    times.retain(|at| *at > now + TimeDelta::minutes(15));
    times.dedup_by(|later, earlier| *later <= *earlier);
    times
        .into_iter()
        .map(|at| {
            let days = (at.with_timezone(&zone).date_naive() - now.with_timezone(&zone).date_naive()).num_days();
            let label = match days {
                0 => format!("Today {}", time_of_day(at, zone)),
                1 => format!("Tomorrow {}", time_of_day(at, zone)),
                _ => moment(at, zone, now),
            };
            Offered { value: at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true), label }
        })
        .collect()
}

#[cfg(test)]
mod tests;
