//! What happens in a case, with its moment, who does it and in which words.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

use super::beats::{Beat, Beats, Fate};
use super::cases::Case;
use super::dice::Dice;
use super::hours::WorkHours;
use super::people::{self, Who};
use super::sketches::Due;
use super::stories::Slots;
use super::words;
use crate::cases::{Channel, Kind, Outcome};
use crate::interactions::{Direction, Kind as Entry, Means, Response};
use crate::money::Money;

/// What comes next, and when.
pub(super) type Next = Option<(String, DateTime<Utc>)>;

/// Something that happens in a case.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) at: DateTime<Utc>,
    pub(super) by: Who,
    pub(super) deed: Deed,
}

/// What is done.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    Assign(Who),
    Code,
    Log {
        kind: Entry,
        direction: Option<Direction>,
        body: String,
        next: Next,
    },
    Attempt {
        response: Response,
        means: Means,
        direction: Direction,
        levers: Vec<&'static str>,
        body: String,
        next: Next,
    },
    Correct(String),
    Confirm(String),
    Close {
        outcome: Outcome,
        kept: Money,
        note: String,
    },
    Reopen(&'static str),
}

/// Tells the life of a case.
pub(super) struct Teller<'a> {
    pub(super) dice: &'a mut Dice,
    pub(super) hours: &'a WorkHours,
    pub(super) team: usize,
    pub(super) due: Due,
    pub(super) slots: Slots,
}

impl Teller<'_> {
    /// All that happens, in order.
    pub(super) fn tell(&mut self, case: &Case, beats: &Beats) -> Vec<Event> {
        let hands = people::frontline(self.team);
        let owner = case.owner.unwrap_or_else(|| *self.dice.pick(&hands));
        let mut events = Vec::new();
        let mut at = case.opened_at;
        let mut attempts = 0;
        for (n, (minutes, beat)) in beats.iter().enumerate() {
            at = self.hours.after(at, *minutes);
            let next = self.next(case, at, beats.get(n + 1));
            let by = self.by(*beat, owner);
            let deed = match beat {
                Beat::Assign => Deed::Assign(owner),
                Beat::Code => Deed::Code,
                Beat::Contact => self.contact(next),
                Beat::Answer => self.answer(),
                Beat::Note => {
                    Deed::Log { kind: Entry::Note, direction: None, body: self.word(&words::NOTES), next: None }
                }
                Beat::Attempt(response) => {
                    attempts += 1;
                    self.attempt(case, *response, attempts, next)
                }
                Beat::Confirm => Deed::Confirm(self.word(&words::CONFIRMED)),
                Beat::Correct => Deed::Correct(self.word(&words::CORRECTED)),
                Beat::Close(outcome) => self.close(case, *outcome),
                Beat::Reopen => Deed::Reopen(self.dice.pick::<&str>(&words::REOPENED)),
            };
            events.push(Event { at, by, deed });
        }
        events
    }

    fn word(&mut self, from: &[&str]) -> String {
        let text = *self.dice.pick(from);
        self.slots.fill(text)
    }

    /// Owners do most; only agents close and reopen; now and then a colleague helps out.
    fn by(&mut self, beat: Beat, owner: Who) -> Who {
        let closers = people::closers(self.team);
        match beat {
            Beat::Assign | Beat::Close(_) | Beat::Reopen if !closers.contains(&owner) => *self.dice.pick(&closers),
            Beat::Note if self.dice.percent(30) => *self.dice.pick(&people::closers(people::BACK_OFFICE)),
            _ => owner,
        }
    }

    /// The next step: what in fact comes next, or when the case is due.
    fn next(&mut self, case: &Case, at: DateTime<Utc>, after: Option<&(i64, Beat)>) -> Next {
        let when = match after {
            None if case.is_live() => self.due_at(at),
            Some((minutes, Beat::Contact | Beat::Attempt(_) | Beat::Answer)) if self.dice.percent(70) => {
                self.hours.after(at, minutes + self.dice.between(-20, 60).max(5 - minutes))
            }
            _ => return None,
        };
        let thinks = case.fate == Fate::Thinking && after.is_none();
        let what = if thinks { self.word(&words::THINKING) } else { self.word(&words::NEXT) };
        Some((what, quarter(when, at)))
    }

    fn due_at(&mut self, at: DateTime<Utc>) -> DateTime<Utc> {
        match self.due {
            Due::Late(minutes) => self.hours.before_now(minutes).max(at + TimeDelta::minutes(20)),
            Due::Today(part) => self.hours.today(part),
            Due::Soon(minutes) => self.hours.after_now(minutes),
        }
    }

    fn contact(&mut self, next: Next) -> Deed {
        let (kind, body) = if self.dice.percent(60) {
            (Entry::Call, self.word(&words::CALLED))
        } else {
            (Entry::Email, self.word(&words::SENT))
        };
        Deed::Log { kind, direction: Some(Direction::Outbound), body, next }
    }

    fn answer(&mut self) -> Deed {
        let kind = if self.dice.percent(35) { Entry::Call } else { Entry::Email };
        Deed::Log { kind, direction: Some(Direction::Inbound), body: self.word(&words::ANSWERED), next: None }
    }

    fn attempt(&mut self, case: &Case, response: Response, nth: usize, next: Next) -> Deed {
        let ending = self.word(words::ending(response));
        let levers: Vec<&'static str> = if response == Response::NoContact {
            Vec::new()
        } else {
            // the cheapest first, a dearer one with each attempt
            let from = (nth - 1).min(case.story.levers.len() - 1);
            let more = usize::from(self.dice.percent(35));
            case.story.levers.iter().copied().skip(from).take(1 + more).collect()
        };
        let body = match levers.last() {
            None => ending,
            Some(lever) => format!("{} {} {ending}", self.word(case.story.said), self.word(words::tried(lever))),
        };
        let means = match case.channel {
            Channel::Chat if self.dice.percent(70) => Means::Chat,
            Channel::Email if self.dice.percent(40) => Means::Email,
            Channel::Letter if self.dice.percent(30) => Means::Letter,
            _ => Means::Phone,
        };
        let called_us = response != Response::NoContact && self.dice.percent(30);
        let direction = if called_us { Direction::Inbound } else { Direction::Outbound };
        Deed::Attempt { response, means, direction, levers, body, next }
    }

    fn close(&mut self, case: &Case, outcome: Outcome) -> Deed {
        let share = match outcome {
            Outcome::SavedWithOffer => self.dice.between(80, 92),
            Outcome::SavedWithoutOffer | Outcome::NeverAtRisk => 100,
            Outcome::Modified => self.dice.between(45, 85),
            Outcome::PartlySaved => self.dice.between(20, 60),
            Outcome::Lost | Outcome::Unreachable | Outcome::Duplicate | Outcome::Unknown => 0,
        };
        let no_attempt = case.just_cancel || case.story.levers.is_empty();
        let note = if no_attempt && outcome == Outcome::Lost {
            self.word(words::settled(case.story.reason))
        } else if case.kind == Kind::OrderCancellation && outcome == Outcome::Modified {
            "Swapped for another piece.".to_owned()
        } else if outcome == Outcome::Lost && !case.story.reason.starts_with("competitor") {
            self.word(&words::closing(outcome)[1..])
        } else {
            self.word(words::closing(outcome))
        };
        Deed::Close { outcome, kept: Money::new(case.value.minor * share / 100, case.value.currency), note }
    }
}

/// A moment people agree on: the next quarter of an hour.
fn quarter(when: DateTime<Utc>, after: DateTime<Utc>) -> DateTime<Utc> {
    let step = TimeDelta::minutes(15);
    match when.duration_trunc(step) {
        Ok(rounded) if rounded > after => rounded,
        _ => when,
    }
}
