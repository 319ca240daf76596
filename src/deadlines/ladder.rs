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

    /// Whether it only reaches people: after downtime the latest such word stands for those before it (R16). What changes
    /// something is never passed over.
    #[must_use]
    pub fn is_word(self) -> bool {
        self.only_tells() || self == Self::RemindCustomer
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

    /// Whether two lie at the same time wherever the deadline does.
    #[must_use]
    pub fn lies_with(&self, other: &Self) -> bool {
        self.after == other.after && (self.working == other.working || self.after.is_zero())
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
    /// When to look again: at once when more is due; nothing when there are no more rungs.
    pub next_at: Option<DateTime<Utc>>,
}

impl Ladder {
    /// Which rung of a deadline takes effect at a moment. Of several words that are due it is the latest, once (R16); what
    /// changes something takes effect in its turn, one at a look, whatever lies behind it. None that took effect before
    /// does again, wherever it lies by now (R15). A deadline that was late already when it was set, like one that was handed
    /// over, is chased from then on.
    #[must_use]
    pub fn climb(&self, footing: &Footing, calendar: &Calendar, at: DateTime<Utc>) -> Climb {
        let since = footing.chased_until.max(footing.set_at);
        let due = footing.due.max(footing.set_at);
        let mut placed: Vec<(DateTime<Utc>, Rung)> = self
            .rungs
            .iter()
            .filter(|rung| !footing.done.contains(&rung.number))
            .map(|rung| (rung.at(due, calendar), *rung))
            .filter(|(when, _)| *when >= since)
            .collect();
        placed.sort_by_key(|(when, rung)| (*when, !rung.act.is_word(), rung.number));
        let split = placed.partition_point(|(when, _)| *when <= at);
        // up to the first that changes something, or up to a word at the same moment
        let first = placed[..split].iter().position(|(_, rung)| !rung.act.is_word());
        let upto = first.map_or(split, |first| {
            let word = first.checked_sub(1).is_some_and(|word| placed[word].0 == placed[first].0);
            if word { first } else { first + 1 }
        });
        let ahead = placed.split_off(upto);
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

    /// Does all that is due, look by look, and gives the acts.
    fn acts(ladder: &Ladder, mut foot: Footing, at: DateTime<Utc>) -> Vec<Act> {
        let mut acts = vec![];
        loop {
            let climb = ladder.climb(&foot, &calendar(), at);
            let Some((rung, _)) = climb.take else { return acts };
            acts.push(rung.act);
            foot.done.push(rung.number);
            foot.done.extend(climb.passed_over.iter().map(|rung| rung.number));
            foot.chased_until = climb.chased_until;
        }
    }

    #[test]
    fn r11_r16_what_changes_something_is_never_passed_over() {
        let late = due() + TimeDelta::days(30);
        // words after it, before it and at the same moment
        let offer = |rungs| Ladder { kind: Kind::Offer, rungs, ..ladder() };
        let expire = Rung { working: false, ..rung(3, 0, Act::Expire) };
        let after = offer(vec![rung(1, -4, Act::Remind), expire, rung(4, 1, Act::Escalate)]);
        assert_eq!(acts(&after, footing(), late), [Act::Expire, Act::Escalate]);
        let same = offer(vec![rung(1, -4, Act::Remind), expire, rung(4, 0, Act::Escalate)]);
        assert_eq!(acts(&same, footing(), late), [Act::Escalate, Act::Expire]);
        assert_eq!(acts(&same, footing(), due()), [Act::Escalate, Act::Expire], "nor without downtime");
        let promise = vec![rung(1, -8, Act::Remind), rung(2, -2, Act::TellCustomer), rung(3, 0, Act::Escalate)];
        let promise = Ladder { kind: Kind::Promise, rungs: promise, ..ladder() };
        assert_eq!(acts(&promise, footing(), late), [Act::TellCustomer, Act::Escalate]);
        // a reminder of what is over helps nobody
        let reminded = offer(vec![rung(1, -4, Act::RemindCustomer), expire]);
        assert_eq!(acts(&reminded, footing(), late), [Act::Expire]);
    }

    #[test]
    fn what_is_handed_over_late_is_chased_from_then_on() {
        let handed = due() + TimeDelta::days(10);
        let foot = Footing { set_at: handed, ..footing() };
        assert_eq!(acts(&ladder(), foot.clone(), handed), [Act::Remind]);
        let climb = ladder().climb(&foot, &calendar(), handed - TimeDelta::minutes(1));
        assert_eq!((climb.take, climb.next_at), (None, Some(handed)));
        assert_eq!(acts(&ladder(), foot, handed + TimeDelta::days(30)), [Act::ReturnToQueue]);
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
        /// However the desk's rounds fall, clocks set back included, each rung is done with once, the last one due took
        /// effect, and of what changes something none was passed over.
        #[test]
        fn r15_r16_each_rung_once_however_the_rounds_fall(
            hours in prop::collection::vec((-100_i64..200, any::<bool>()), 1..6),
            rounds in prop::collection::vec(-200_i64..400, 1..20),
        ) {
            let act = |changes| if changes { Act::TellCustomer } else { Act::Remind };
            let rungs: Vec<Rung> = (1..).zip(&hours).map(|(n, (after, changes))| rung(n, *after, act(*changes))).collect();
            let ladder = Ladder { rungs, ..ladder() };
            let mut foot = Footing { set_at: due() - TimeDelta::days(60), ..footing() };
            let (mut taken, mut furthest) = (vec![], DateTime::UNIX_EPOCH);
            for round in rounds {
                let at = due() + TimeDelta::hours(round);
                loop {
                    let climb = ladder.climb(&foot, &calendar(), at);
                    prop_assert!(climb.passed_over.iter().all(|rung| rung.act.is_word()));
                    foot.done.extend(climb.passed_over.iter().map(|rung| rung.number));
                    foot.chased_until = climb.chased_until;
                    let Some((rung, when)) = climb.take else {
                        prop_assert!(climb.next_at.is_none_or(|next| next > at));
                        break;
                    };
                    prop_assert!(when <= at && climb.passed_over.iter().all(|over| over.at(foot.due, &calendar()) <= when));
                    taken.push(rung.number);
                    foot.done.push(rung.number);
                }
                furthest = furthest.max(at);
                let due_by_now = ladder.rungs.iter().filter(|rung| rung.at(foot.due, &calendar()) <= furthest);
                if let Some(last) = due_by_now.max_by_key(|rung| (rung.at(foot.due, &calendar()), !rung.act.is_word(), rung.number)) {
                    prop_assert!(taken.contains(&last.number), "the last one due took effect");
                }
            }
            let mut once = foot.done.clone();
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), foot.done.len());
            prop_assert!(taken.len() <= ladder.rungs.len());
        }
    }
}
