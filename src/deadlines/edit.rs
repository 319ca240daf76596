//! Changing a ladder: what is typed, and what becomes of it.

use chrono::TimeDelta;

use super::ladder::{Act, FURTHEST, Ladder, Rung};
use super::pause::may_pause;
use super::{Kind, store};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, EditPolicy};
use crate::db::Tx;
use crate::error::{Error, Result};

/// The most rungs of a ladder.
const MOST_RUNGS: usize = 12;

/// A ladder as somebody wants it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewLadder {
    /// Of which kind.
    pub kind: Kind,
    /// Whether the clock stops while it is the customer's turn.
    pub pauses: bool,
    /// Whether people are told outside their working hours as well (R18).
    pub urgent: bool,
    /// Its rungs; a new one has no number yet.
    pub rungs: Vec<(Option<i16>, Rung)>,
}

impl NewLadder {
    /// What does not do, in words: of which rung, counted from nothing, or of the ladder as a whole.
    #[must_use]
    pub fn wrong(&self) -> Vec<(Option<usize>, String)> {
        let mut wrong = Vec::new();
        if self.pauses && !may_pause(self.kind) {
            wrong.push((None, "The clock of this kind never stands still.".to_owned()));
        }
        if self.rungs.len() > MOST_RUNGS {
            wrong.push((None, format!("A ladder has at most {MOST_RUNGS} rungs.")));
        }
        for (place, (_, rung)) in self.rungs.iter().enumerate() {
            let late = rung.after > TimeDelta::zero();
            let why = match rung.act {
                _ if rung.after.abs() > FURTHEST => Some("Use at most a year."),
                Act::RemindCustomer if late => Some("A customer is reminded before the offer ends."),
                Act::Expire if !rung.after.is_zero() => {
                    Some("An offer expires when it is due, neither earlier nor later.")
                }
                Act::AskAgain if !rung.after.is_zero() => {
                    Some("A department is asked again when its yes runs out, neither earlier nor later.")
                }
                Act::MoveUp if rung.after < TimeDelta::zero() => Some("A request moves up when it is due or later."),
                Act::ReturnToQueue if !late => Some("It goes back to the queue some time after it is due."),
                act if !Act::of(self.kind).any(|one| one == act) => Some("Choose something that this kind can do."),
                _ => None,
            };
            wrong.extend(why.map(|why| (Some(place), why.to_owned())));
            if self.rungs[..place].iter().any(|(_, other)| other.lies_with(rung)) {
                wrong.push((Some(place), "Two rungs lie at the same time. Move or remove one.".to_owned()));
            }
        }
        if let Some(required) = Act::required(self.kind)
            && !self.rungs.iter().any(|(_, rung)| rung.act == required)
        {
            wrong.push((None, format!("This ladder needs a rung “{}”.", required.label())));
        }
        wrong
    }

    /// As it would be, with numbers for new rungs that no other has.
    #[must_use]
    pub fn as_ladder(&self, version: i64, mut last: i16) -> Ladder {
        let rungs = self
            .rungs
            .iter()
            .map(|(number, rung)| {
                let number = number.unwrap_or_else(|| {
                    last += 1;
                    last
                });
                Rung { number, ..*rung }
            })
            .collect();
        Ladder { kind: self.kind, pauses: self.pauses, urgent: self.urgent, version, rungs }
    }
}

/// What became of a change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Changed {
    /// It is so now; open deadlines are planned anew.
    Saved,
    /// It was so already.
    Same,
    /// Somebody else changed it meanwhile, to this: nothing was saved.
    Stale(Ladder),
}

/// Changes a ladder. Open deadlines follow it from the next round on; rungs that took effect do not again, wherever they
/// lie by now (R15).
///
/// # Errors
/// When it breaks a rule of [`NewLadder::wrong`], or there is no such ladder.
pub async fn change_ladder(tx: &mut Tx, _: &Can<EditPolicy>, new: &NewLadder, seen: i64) -> Result<Changed> {
    if let Some((_, why)) = new.wrong().into_iter().next() {
        return Err(Error::Refused(why));
    }
    let (before, last) = store::lock_ladder(tx, new.kind).await?;
    if before.version != seen {
        return Ok(Changed::Stale(before));
    }
    if new.rungs.iter().any(|(number, _)| number.is_some_and(|number| before.rungs.iter().all(|r| r.number != number)))
    {
        return Err(Error::refused("A rung of this form is not on the ladder any more. Open the page anew."));
    }
    let mut after = new.as_ladder(before.version, last);
    after.rungs.sort_by_key(|rung| (rung.after, rung.number));
    if after == before {
        return Ok(Changed::Same);
    }
    let mut entry = Entry::new(Action::LadderChanged, Subject::Desk).fact("kind", new.kind.name());
    if before.pauses != after.pauses {
        entry = entry.change("pauses", before.pauses, after.pauses);
    }
    if before.urgent != after.urgent {
        entry = entry.change("urgent", before.urgent, after.urgent);
    }
    let find = |ladder: &Ladder, number: i16| ladder.rungs.iter().find(|rung| rung.number == number).copied();
    let words = |rung: Option<Rung>| rung.map(|rung| format!("{} {}", rung.act.name(), rung.when()));
    for number in 1..=last.max(after.rungs.iter().map(|rung| rung.number).max().unwrap_or(0)) {
        let (was, now) = (find(&before, number), find(&after, number));
        if was != now {
            entry = entry.change(&format!("rung {number}"), words(was), words(now));
        }
    }
    store::save_ladder(tx, &before, &after).await?;
    audit::record(tx, entry).await?;
    tx.tell("ladders");
    Ok(Changed::Saved)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rung(after: TimeDelta, act: Act) -> (Option<i16>, Rung) {
        (None, Rung { number: 0, after, working: false, act })
    }

    fn ladder(kind: Kind, rungs: Vec<(Option<i16>, Rung)>) -> NewLadder {
        NewLadder { kind, pauses: false, urgent: false, rungs }
    }

    #[test]
    fn a_ladder_keeps_its_last_rung_and_does_only_what_its_kind_can() {
        let expire = rung(TimeDelta::zero(), Act::Expire);
        let early = rung(TimeDelta::hours(-24), Act::Remind);
        assert_eq!(ladder(Kind::Offer, vec![early, expire]).wrong(), []);
        let wrong = [
            ladder(Kind::Offer, vec![early]),
            ladder(Kind::Offer, vec![expire, rung(TimeDelta::hours(1), Act::RemindCustomer)]),
            ladder(Kind::Offer, vec![rung(TimeDelta::hours(1), Act::Expire)]),
            ladder(Kind::Approval, vec![rung(TimeDelta::hours(-1), Act::MoveUp)]),
            ladder(Kind::FollowUp, vec![rung(TimeDelta::zero(), Act::ReturnToQueue)]),
            ladder(Kind::Promise, vec![rung(TimeDelta::zero(), Act::MoveUp)]),
            ladder(Kind::Promise, vec![rung(TimeDelta::days(400), Act::Remind)]),
            ladder(Kind::Promise, vec![early, early]),
            // when it is due is one moment, however time is counted
            ladder(
                Kind::Offer,
                vec![expire, (None, Rung { working: true, ..rung(TimeDelta::zero(), Act::Escalate).1 })],
            ),
        ];
        for one in wrong {
            assert!(!one.wrong().is_empty(), "{one:?}");
        }
    }
}
