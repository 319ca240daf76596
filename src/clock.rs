//! The wall clock, and its stand-in that tests stop and move by hand.
//!
//! Nothing else reads the time: a rule takes the moment as `at`, and a write takes the one moment
//! of its transaction.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

/// Where the time comes from. Clones of a stopped clock move together.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's own clock.
    #[default]
    System,
    /// A machine's clock that goes wrong by so much. Only tests have it: what is written takes its moment from the
    /// database, whatever the machine thinks.
    Wrong(TimeDelta),
    /// Stands still until it is moved.
    Stopped(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// A clock that stands at `at`.
    #[must_use]
    pub fn stopped(at: DateTime<Utc>) -> Self {
        Self::Stopped(Arc::new(Mutex::new(at)))
    }

    /// The moment it is, to the microsecond, which is as fine as the database keeps it.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            #[expect(clippy::disallowed_methods, reason = "this is the one reader of the clock")]
            Self::System => Utc::now().trunc_subsecs(6),
            #[expect(clippy::disallowed_methods, reason = "this is the one reader of the clock")]
            Self::Wrong(by) => (Utc::now() + *by).trunc_subsecs(6),
            Self::Stopped(at) => *held(at),
        }
    }

    /// Moves a stopped clock by `by`.
    ///
    /// # Panics
    /// On the machine's own clock, and when the moment would leave the calendar.
    pub fn advance(&self, by: TimeDelta) {
        let mut at = held(self.hand());
        *at = at.checked_add_signed(by).expect("a clock is moved within the calendar");
    }

    /// Sets a stopped clock to `at`.
    ///
    /// # Panics
    /// On the machine's own clock.
    pub fn set(&self, at: DateTime<Utc>) {
        *held(self.hand()) = at;
    }

    fn hand(&self) -> &Mutex<DateTime<Utc>> {
        match self {
            Self::System | Self::Wrong(_) => panic!("only a stopped clock can be moved"),
            Self::Stopped(at) => at,
        }
    }
}

/// A moment is valid whatever happened to the last one who set it.
fn held(at: &Mutex<DateTime<Utc>>) -> MutexGuard<'_, DateTime<Utc>> {
    at.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_clock_moves_only_by_hand_and_with_its_clones() {
        let start = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let clock = Clock::stopped(start);
        let other = clock.clone();
        assert_eq!(clock.now(), start);
        other.advance(TimeDelta::minutes(5));
        assert_eq!(clock.now(), start + TimeDelta::minutes(5));
        clock.set(start);
        assert_eq!(other.now(), start);
    }

    #[test]
    fn the_machines_clock_runs_in_microseconds() {
        let before = Clock::System.now();
        assert!(Clock::default().now() >= before);
        assert_eq!(before.timestamp_subsec_nanos() % 1000, 0);
    }

    #[test]
    #[should_panic(expected = "only a stopped clock")]
    fn the_machines_clock_cannot_be_set() {
        Clock::System.advance(TimeDelta::zero());
    }
}
