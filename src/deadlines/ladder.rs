//! Ladders: what the chaser does as a deadline nears and passes, rung by rung. Pure: where the rungs of a deadline lie,
//! and which of them is to take effect now.

use chrono::{DateTime, TimeDelta, Utc};

use super::Kind;
use crate::calendar::{Calendar, duration, working};
use crate::names::names;

/// The furthest a rung lies from the due time: a year.
pub const FURTHEST: TimeDelta = TimeDelta::days(366);

names! {
    /// What a rung does.
    Act {
        Remind = "remind", "Remind whoever does it";
        Escalate = "escalate", "Tell the supervisors";
        RemindCustomer = "remind_customer", "Remind the customer, where they agreed to it";
        TellCustomer = "tell_customer", "Make the follow-up “tell the customer”";
        ReturnToQueue = "return_to_queue", "Give it back to the queue";
        MoveUp = "move_up", "Move it up to the managers";
        Expire = "expire", "Let the offer expire";
        AskAgain = "ask_again", "Ask the department again";
    }
}

impl Act {
    /// Whether it only tells people something, and changes nothing else.
    #[must_use]
    pub fn only_tells(self) -> bool {
        matches!(self, Self::Remind | Self::Escalate)
    }

    /// What a ladder of this kind may do; the first are there for every kind.
    pub fn of(kind: Kind) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |act| match act {
            Self::Remind | Self::Escalate => true,
            Self::RemindCustomer | Self::Expire => kind == Kind::Offer,
            Self::TellCustomer => kind == Kind::Promise,
            Self::ReturnToQueue => kind == Kind::FollowUp,
            Self::MoveUp => kind == Kind::Approval,
            Self::AskAgain => kind == Kind::Feasibility,
        })
    }

    /// The one that a ladder of this kind must have, and when it lies: nothing is left waiting for ever (R11, R12).
    #[must_use]
    pub fn required(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Offer => Some(Self::Expire),
            Kind::Approval => Some(Self::MoveUp),
            Kind::Feasibility => Some(Self::AskAgain),
            _ => None,
        }
    }
}

/// A rung of a ladder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rung {
    /// Its number within the kind, which no other rung of the kind ever had.
    pub number: i16,
    /// How long after the due time; before it when negative.
    pub after: TimeDelta,
    /// Whether that is working time of the team.
    pub working: bool,
    /// What happens.
    pub act: Act,
}

impl Rung {
    /// When it takes effect on a deadline that is due then.
    #[must_use]
    pub fn at(&self, due: DateTime<Utc>, calendar: &Calendar) -> DateTime<Utc> {
        if !self.working || self.after.is_zero() {
            due + self.after
        } else if self.after < TimeDelta::zero() {
            calendar.subtract_working(due, -self.after)
        } else {
            calendar.add_working(due, self.after).at
        }
    }

    /// “2 working hours before it is due”, “when it is due”.
    #[must_use]
    pub fn when(&self) -> String {
        let time = if self.working { working(self.after.abs()) } else { duration(self.after.abs()) };
        match self.after {
            after if after.is_zero() => "when it is due".to_owned(),
            after if after < TimeDelta::zero() => format!("{time} before it is due"),
            _ => format!("{time} after it is due"),
        }
    }
}

/// The rungs of a kind of deadline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ladder {
    /// Of which kind.
    pub kind: Kind,
    /// Whether the clock stops while it is the customer's turn.
    pub pauses: bool,
    /// Whether people are told outside their working hours as well (R18).
    pub urgent: bool,
    /// Row version (R6).
    pub version: i64,
    /// What happens when, in no particular order.
    pub rungs: Vec<Rung>,
}

/// Where a deadline stands on its ladder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Footing {
    /// When it is due.
    pub due: DateTime<Utc>,
    /// Since when it has been set: what lies before never takes effect.
    pub set_at: DateTime<Utc>,
    /// Rungs up to here are done with.
    pub chased_until: DateTime<Utc>,
    /// Rungs that took effect or were passed over.
    pub done: Vec<i16>,
}

/// What is to happen with a deadline now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Climb {
    /// The rung that takes effect, and since when it is due.
    pub take: Option<(Rung, DateTime<Utc>)>,
    /// Rungs that a later one has overtaken.
    pub passed_over: Vec<Rung>,
    /// Rungs up to here are done with.
    pub chased_until: DateTime<Utc>,
    /// When to look again; nothing when there are no more rungs.
    pub next_at: Option<DateTime<Utc>>,
}

impl Ladder {
    /// Which rung of a deadline takes effect at a moment: of several that are due the latest, once (R16), and none that
    /// took effect before, wherever it lies by now (R15).
    #[must_use]
    pub fn climb(&self, footing: &Footing, calendar: &Calendar, at: DateTime<Utc>) -> Climb {
        let since = footing.chased_until.max(footing.set_at);
        let mut placed: Vec<(DateTime<Utc>, Rung)> = self
            .rungs
            .iter()
            .filter(|rung| !footing.done.contains(&rung.number))
            .map(|rung| (rung.at(footing.due, calendar), *rung))
            .filter(|(when, _)| *when > since)
            .collect();
        placed.sort_by_key(|(when, rung)| (*when, rung.number));
        let split = placed.partition_point(|(when, _)| *when <= at);
        let ahead = placed.split_off(split);
        let take = placed.pop();
        Climb {
            take: take.map(|(when, rung)| (rung, when)),
            chased_until: take.map_or(since, |(when, _)| when),
            passed_over: placed.into_iter().map(|(_, rung)| rung).collect(),
            next_at: ahead.first().map(|(when, _)| *when),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveTime, TimeZone as _};
    use chrono_tz::America::New_York;
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::WorkingWeek;

    fn calendar() -> Calendar {
        let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        Calendar::new(WorkingWeek::weekdays(at(9), at(17)).unwrap(), New_York)
    }

    fn rung(number: i16, hours: i64, act: Act) -> Rung {
        Rung { number, after: TimeDelta::hours(hours), working: true, act }
    }

    fn ladder() -> Ladder {
        let rungs = vec![
            rung(1, -4, Act::Remind),
            rung(2, 0, Act::Remind),
            rung(3, 8, Act::Escalate),
            rung(4, 16, Act::ReturnToQueue),
        ];
        Ladder { kind: Kind::FollowUp, pauses: false, urgent: false, version: 1, rungs }
    }

    /// Tuesday 17 November 2026, 15:00 in New York.
    fn due() -> DateTime<Utc> {
        New_York.with_ymd_and_hms(2026, 11, 17, 15, 0, 0).unwrap().to_utc()
    }

    fn footing() -> Footing {
        Footing { due: due(), set_at: due() - TimeDelta::days(7), chased_until: DateTime::UNIX_EPOCH, done: vec![] }
    }

    #[test]
    fn rungs_lie_in_working_time() {
        let ladder = ladder();
        let climb = ladder.climb(&footing(), &calendar(), due() - TimeDelta::days(1));
        // four hours before 15:00 is 11:00
        assert_eq!((climb.take, climb.next_at), (None, Some(due() - TimeDelta::hours(4))));
        let climb = ladder.climb(&footing(), &calendar(), due());
        assert_eq!(climb.take, Some((ladder.rungs[1], due())));
        // eight working hours after Tue 15:00 is Wed 15:00
        assert_eq!(climb.next_at, Some(due() + TimeDelta::days(1)));
    }

    #[test]
    fn r16_after_downtime_the_latest_rung_takes_effect_once_and_no_other() {
        let ladder = ladder();
        let late = due() + TimeDelta::days(30);
        let climb = ladder.climb(&footing(), &calendar(), late);
        assert_eq!(climb.take.unwrap().0.act, Act::ReturnToQueue);
        assert_eq!(climb.passed_over.iter().map(|rung| rung.number).collect::<Vec<_>>(), [1, 2, 3]);
        let done = Footing { chased_until: climb.chased_until, done: vec![1, 2, 3, 4], ..footing() };
        let again = ladder.climb(&done, &calendar(), late);
        assert_eq!((again.take, again.next_at), (None, None));
    }

    #[test]
    fn what_lay_before_the_deadline_was_set_never_takes_effect() {
        let short = Footing { set_at: due() - TimeDelta::minutes(30), ..footing() };
        let climb = ladder().climb(&short, &calendar(), due() - TimeDelta::minutes(20));
        assert_eq!((climb.take, climb.next_at), (None, Some(due())));
    }

    #[test]
    fn r15_a_rung_that_moves_on_its_ladder_does_not_take_effect_again() {
        let mut ladder = ladder();
        let climb = ladder.climb(&footing(), &calendar(), due());
        ladder.rungs[1].after = TimeDelta::hours(2);
        let done = Footing { chased_until: climb.chased_until, done: vec![1, 2], ..footing() };
        let next = ladder.climb(&done, &calendar(), due() + TimeDelta::hours(3));
        assert_eq!(next.take, None);
    }

    #[test]
    fn a_rung_says_when_it_comes() {
        assert_eq!(rung(1, -2, Act::Remind).when(), "2 working hours before it is due");
        assert_eq!(rung(1, 0, Act::Remind).when(), "when it is due");
        let days = Rung { working: false, after: TimeDelta::days(2), ..rung(1, 0, Act::Escalate) };
        assert_eq!(days.when(), "2 d after it is due");
    }

    proptest! {
        /// However the desk's rounds fall, clocks set back included, each rung is done with once, and the last one due
        /// took effect.
        #[test]
        fn r15_r16_each_rung_once_however_the_rounds_fall(
            hours in prop::collection::vec(-100_i64..200, 1..6),
            rounds in prop::collection::vec(-200_i64..400, 1..20),
        ) {
            let rungs: Vec<Rung> = (1..).zip(&hours).map(|(n, after)| rung(n, *after, Act::Remind)).collect();
            let ladder = Ladder { rungs, ..ladder() };
            let mut foot = Footing { set_at: due() - TimeDelta::days(60), ..footing() };
            let mut taken = vec![];
            for round in rounds {
                let at = due() + TimeDelta::hours(round);
                let climb = ladder.climb(&foot, &calendar(), at);
                if let Some((rung, when)) = climb.take {
                    prop_assert!(when <= at);
                    taken.push(rung.number);
                    foot.done.push(rung.number);
                }
                foot.done.extend(climb.passed_over.iter().map(|rung| rung.number));
                foot.chased_until = climb.chased_until;
                prop_assert!(climb.next_at.is_none_or(|next| next > at));
            }
            let mut once = foot.done.clone();
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), foot.done.len());
            prop_assert!(taken.len() <= ladder.rungs.len());
        }
    }
}
