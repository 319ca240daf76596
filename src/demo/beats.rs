//! The course of a case as beats, each so many working minutes after the one before.

use super::dice::Dice;
use super::stories::Story;
use crate::cases::{Kind, Outcome};
use crate::interactions::Response;

/// What is to become of a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// Nobody has acted yet.
    New { owned: bool },
    /// Somebody works it.
    Working,
    /// The customer thinks it over.
    Thinking,
    /// It waits for the next try.
    Dated,
    /// It ended.
    Closed(Outcome),
}

/// One thing that happens in a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Beat {
    /// Somebody gets the case.
    Assign,
    /// We call or write.
    Contact,
    /// The customer calls or writes.
    Answer,
    /// A note to colleagues.
    Note,
    /// A save attempt.
    Attempt(Response),
    /// The cancel request is confirmed.
    Confirm,
    /// The last entry is corrected.
    Correct,
    /// The reason is coded.
    Code,
    /// It ends.
    Close(Outcome),
    /// It is worked again.
    Reopen,
}

/// A beat with the working minutes that lie before it.
pub(super) type Beats = Vec<(i64, Beat)>;

/// What the course of a case depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course {
    pub(super) story: &'static Story,
    pub(super) kind: Kind,
    pub(super) fate: Fate,
    pub(super) just_cancel: bool,
    pub(super) reopened: bool,
}

impl Course {
    /// Whether somebody may try to keep the customer.
    pub(super) fn takes_attempt(&self) -> bool {
        !self.just_cancel && !self.story.levers.is_empty()
    }

    fn asks_to_cancel(&self) -> bool {
        matches!(self.kind, Kind::Cancellation | Kind::OrderCancellation)
    }

    /// What happens, in order.
    pub(super) fn beats(&self, dice: &mut Dice) -> Beats {
        let mut beats = Vec::new();
        if let Fate::New { owned } = self.fate {
            if owned && dice.percent(40) {
                beats.push((dice.between(10, 30), Beat::Note));
            }
            return beats;
        }
        if dice.percent(30) {
            beats.push((dice.between(8, 70), Beat::Assign));
        }
        if self.fate == Fate::Closed(Outcome::Duplicate) {
            beats.push((dice.between(20, 200), Beat::Note));
            beats.push((dice.between(5, 60), Beat::Close(Outcome::Duplicate)));
            return beats;
        }
        let prompt = dice.percent(82) || !matches!(self.fate, Fate::Closed(_));
        beats.push((if prompt { dice.between(6, 150) } else { dice.between(500, 900) }, Beat::Contact));
        if dice.percent(30) {
            beats.push((dice.between(2, 20), Beat::Code));
        }
        if self.asks_to_cancel() {
            beats.push((dice.between(5, 180), Beat::Confirm));
        }
        self.middle(dice, &mut beats);
        match self.fate {
            Fate::Closed(outcome) => self.end(dice, outcome, &mut beats),
            Fate::Thinking => beats.push((dice.between(30, 500), Beat::Attempt(Response::Considering))),
            Fate::Dated => beats.push((dice.between(30, 500), Beat::Attempt(Response::NoContact))),
            Fate::Working | Fate::New { .. } => {
                if self.reopened {
                    let before = Outcome::SavedWithoutOffer;
                    beats.extend([(300, Beat::Close(before)), (dice.between(900, 3000), Beat::Reopen)]);
                }
                beats.push((dice.between(30, 400), Beat::Contact));
            }
        }
        beats
    }

    fn middle(&self, dice: &mut Dice, beats: &mut Beats) {
        if self.takes_attempt() && self.kind != Kind::NonPayment && dice.percent(22) {
            beats.push((dice.between(60, 500), Beat::Attempt(Response::NoContact)));
        }
        if dice.percent(28) {
            beats.push((dice.between(30, 500), Beat::Answer));
        }
        if dice.percent(35) {
            beats.push((dice.between(10, 300), Beat::Note));
        }
    }

    fn end(&self, dice: &mut Dice, outcome: Outcome, beats: &mut Beats) {
        if !self.takes_attempt() {
            beats.push((dice.between(20, 500), Beat::Close(outcome)));
            return;
        }
        if self.reopened {
            beats.push((dice.between(60, 400), Beat::Attempt(Response::Saved)));
            beats.push((dice.between(20, 300), Beat::Close(Outcome::SavedWithOffer)));
            beats.push((dice.between(900, 4000), Beat::Reopen));
            beats.push((dice.between(20, 200), Beat::Contact));
        }
        let attempts: &[Response] = match outcome {
            Outcome::SavedWithOffer | Outcome::Modified => {
                dice.pick::<&[Response]>(&[&[Response::Considering, Response::Saved], &[Response::Saved]])
            }
            Outcome::SavedWithoutOffer => &[Response::Saved],
            Outcome::PartlySaved => &[Response::Considering, Response::PartlySaved],
            Outcome::Lost => dice.pick::<&[Response]>(&[
                &[Response::Declined],
                &[Response::Considering, Response::Declined],
                &[Response::Declined, Response::Declined],
            ]),
            Outcome::Unreachable => &[Response::NoContact; 3],
            Outcome::Unknown => &[Response::NoContact],
            Outcome::NeverAtRisk | Outcome::Duplicate => &[],
        };
        for response in attempts {
            beats.push((dice.between(60, 1100), Beat::Attempt(*response)));
            if dice.percent(5) {
                beats.push((dice.between(10, 200), Beat::Correct));
            }
        }
        beats.push((dice.between(20, 700), Beat::Close(outcome)));
    }
}
