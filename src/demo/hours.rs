//! Moments within a team's working hours, counted from now backwards and forwards.

use chrono::{DateTime, TimeDelta, Utc};

use crate::calendar::Calendar;

/// A team's hours as they lie around now.
#[derive(Debug)]
pub(super) struct WorkHours {
    calendar: Calendar,
    now: DateTime<Utc>,
    begins: DateTime<Utc>,
    /// Working minutes from the beginning until now.
    pub(super) past: i64,
}

impl WorkHours {
    pub(super) fn new(calendar: Calendar, now: DateTime<Utc>) -> Self {
        // eight months, with a margin on the near side
        let begins = now - TimeDelta::days(240);
        let past = calendar.working_between(begins, now).num_minutes();
        Self { calendar, now, begins, past }
    }

    /// The moment that lies so many working minutes before now.
    pub(super) fn before_now(&self, minutes: i64) -> DateTime<Utc> {
        self.after(self.begins, (self.past - minutes).max(1))
    }

    /// The moment so many working minutes after another.
    pub(super) fn after(&self, at: DateTime<Utc>, minutes: i64) -> DateTime<Utc> {
        let at = self.calendar.add_working(at, TimeDelta::minutes(minutes)).at;
        // the last minute of a day is due then, but nobody writes anything any more
        if self.calendar.is_working(at) { at } else { at - TimeDelta::minutes(2) }
    }

    /// The moment so many working minutes from now.
    pub(super) fn after_now(&self, minutes: i64) -> DateTime<Utc> {
        self.after(self.now, minutes)
    }

    /// A moment later today: within working hours while there are some left, else by the clock.
    pub(super) fn today(&self, part: i64) -> DateTime<Utc> {
        let local = |at: DateTime<Utc>| at.with_timezone(&self.calendar.zone).date_naive();
        let at = self.after(self.now, 15 + 4 * part);
        if local(at) == local(self.now) && self.calendar.is_working(self.now) {
            at
        } else {
            self.now + TimeDelta::minutes(25 + 5 * part)
        }
    }

    #[cfg(test)]
    pub(super) fn is_working(&self, at: DateTime<Utc>) -> bool {
        self.calendar.is_working(at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::people;
    use super::*;

    #[test]
    fn moments_lie_within_working_hours_and_before_now() {
        let now: DateTime<Utc> = "2026-11-22T03:00:00Z".parse().unwrap();
        let hours = WorkHours::new(people::calendar(people::EAST, now.date_naive()), now);
        for minutes in (1..hours.past).step_by(37) {
            let at = hours.before_now(minutes);
            assert!(hours.is_working(at), "{at}");
            assert!(at < now);
        }
        let left = hours.calendar.working_between(hours.before_now(600), now).num_minutes();
        assert!((left - 600).abs() <= 3, "{left}");
    }
}
