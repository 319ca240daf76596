//! What was offered in a case of the plan: made, asked for and approved where it had to be, answered with the attempt
//! that names it, and kept. By the actions that pages use, each at its moment.

mod promised;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::cases::{Case, Stake};
use super::super::dice::Dice;
use super::super::life::Event;
use super::super::people::{PEOPLE, Who};
use super::{Held, Staff};
use crate::approvals::{self, Decision};
use crate::auth::{Actor, Can, Permission, Role};
use crate::cases::AtStake;
use crate::catalogue::Terms;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{CaseId, OfferId};
use crate::interactions::{Means, Response};
use crate::money::{Money, Percent};
use crate::offers::{self, NewOffer, NewTerms, Offer};
use crate::promises;

/// What a supervisor writes.
const YES: [&str; 4] = [
    "A long-standing customer, and the margin bears it.",
    "Fine, with the written quote on file.",
    "Go ahead. Say clearly until when it holds.",
    "Worth it: they would take two other accounts along.",
];
const NO: [&str; 3] = [
    "Show them the smaller plan first. The discount does not touch the reason.",
    "Too much for what is at stake. Offer what is within your own limit.",
    "They had a discount last year. Mend the fault first.",
];
const WHY: [&str; 4] = [
    "Has a written quote of a rival and decides this week.",
    "With us for years, never late with a payment. What we may give alone was not enough.",
    "The fault was ours, and they have been patient.",
    "Three locations; the other two follow this one.",
];
const TAKEN_BACK: &str = "The case was closed.";

/// The deals of one case.
pub(super) struct Deals<'a> {
    case: &'a Case,
    held: &'a Held,
    staff: &'a Staff,
    dice: Dice,
    now: DateTime<Utc>,
    before: DateTime<Utc>,
    open: Option<OfferId>,
}

impl<'a> Deals<'a> {
    pub(super) fn new(case: &'a Case, held: &'a Held, staff: &'a Staff, now: DateTime<Utc>) -> Self {
        let seed = 7_919 + u64::try_from(case.serial).unwrap_or_default();
        Self { case, held, staff, dice: Dice::new(seed), now, before: case.opened_at, open: None }
    }

    /// Somebody of ours, who may do this.
    fn can<P: Permission>(&self, who: Who) -> Result<Can<P>> {
        let person = &PEOPLE[who];
        let actor = Actor { id: Some(self.staff.users[who]), roles: person.roles.to_vec(), ..Actor::desk() };
        Arc::new(actor).can()
    }

    /// The offer that an attempt speaks of: the one before the customer, or a new one. What the rules refuse is not made.
    pub(super) async fn offer(
        &mut self,
        tx: &mut Tx,
        id: CaseId,
        event: &Event,
        levers: &[&str],
        response: Response,
        means: Means,
    ) -> Result<Option<OfferId>> {
        let before = std::mem::replace(&mut self.before, event.at);
        if response == Response::NoContact || self.open.is_some() {
            return Ok(self.open.filter(|_| response != Response::NoContact));
        }
        let Some(new) = self.think_up(levers) else { return Ok(None) };
        sqlx::query("savepoint deal").execute(&mut **tx).await?;
        match self.make(tx, id, event, before, new, means).await {
            Ok(offer) => self.open = Some(offer),
            Err(Error::Refused(_)) => {
                sqlx::query("rollback to savepoint deal").execute(&mut **tx).await?;
            }
            Err(error) => return Err(error),
        }
        tx.set_now(event.at);
        tx.set_actor(Some(self.staff.users[event.by]));
        Ok(self.open)
    }

    async fn make(
        &mut self,
        tx: &mut Tx,
        id: CaseId,
        event: &Event,
        before: DateTime<Utc>,
        new: NewOffer,
        means: Means,
    ) -> Result<OfferId> {
        let can = self.can(event.by)?;
        let begins = (event.at - TimeDelta::minutes(self.dice.between(35, 90))).max(before);
        tx.set_now(begins);
        let offer = offers::make(tx, &can, id, new).await?;
        let room = event.at - begins;
        if room > TimeDelta::minutes(12) && self.asks(tx, &can, &offer).await? {
            let words = *self.dice.pick::<&str>(&WHY);
            tx.set_now(begins + TimeDelta::minutes(2));
            let request = approvals::ask(tx, &can, offer.id, 1, words).await?;
            let decides = self.decider(request.level);
            tx.set_now(begins + room * i32::try_from(self.dice.between(30, 80)).unwrap_or(50) / 100);
            tx.set_actor(Some(self.staff.users[decides]));
            let reason = *self.dice.pick::<&str>(&YES);
            approvals::decide(tx, &self.can(decides)?, request.id, 1, Decision::Approve, reason, None).await?;
            tx.set_actor(Some(self.staff.users[event.by]));
        }
        Box::pin(super::departments::say_yes(tx, self.staff, offer.id, begins + TimeDelta::minutes(3), event.at))
            .await?;
        tx.set_actor(Some(self.staff.users[event.by]));
        tx.set_now(event.at);
        let how = if means == Means::Phone { offers::Means::Phone } else { offers::Means::Written };
        offers::present(tx, &can, offer.id, 1, how).await?;
        Ok(offer.id)
    }

    /// Whether somebody has to say yes.
    async fn asks(&self, tx: &mut Tx, can: &Can<crate::auth::MakeOffers>, offer: &Offer) -> Result<bool> {
        let Some(me) = can.id else { return Ok(false) };
        let at = tx.now();
        let of_type = crate::catalogue::find_version(tx, offer.revision.version).await?;
        let grounds = offers::grounds(tx, me, offer.customer, offer.at_stake, Some(offer.id), at).await?;
        let checked = grounds.check(&can.roles, &of_type, &offer.revision.terms);
        let checked = checked.map_err(|why| Error::refused(why.to_string()))?;
        Ok(matches!(checked.verdict, crate::limits::Verdict::NeedsApproval { .. }))
    }

    /// Who decides: never whoever works the case.
    fn decider(&mut self, level: Role) -> Who {
        let may = |who: &Who| PEOPLE[*who].roles.contains(&level) && Some(*who) != self.case.owner;
        let all: Vec<Who> = (0..PEOPLE.len() - 1).filter(may).collect();
        *self.dice.pick(&all)
    }

    /// The customer's answer to the attempt is their answer to the offer.
    pub(super) async fn answer(&mut self, tx: &mut Tx, event: &Event, response: Response) -> Result<()> {
        let Some(offer) = self.open else { return Ok(()) };
        let can = self.can(event.by)?;
        let found = offers::find(tx, offer).await?;
        let over = found.presented.is_some_and(|shown| shown.open_until <= event.at);
        match response {
            _ if over => {
                offers::expire(tx, offer).await?;
                self.open = None;
            }
            Response::Saved | Response::PartlySaved => {
                let answered = offers::accept(tx, &can, offer, found.revision.number).await?;
                promises::make_for_offer(tx, &answered).await?;
                self.open = None;
            }
            Response::Declined => {
                let objection = self.case.story.objection;
                offers::decline(tx, &can, offer, found.revision.number, objection, None).await?;
                self.open = None;
            }
            Response::Considering | Response::NoContact => {}
        }
        Ok(())
    }

    /// Before the case is closed: what is still before the customer is taken back.
    pub(super) async fn settle(&mut self, tx: &mut Tx, id: CaseId) -> Result<()> {
        crate::requests::cancel_open(tx, id, TAKEN_BACK).await?;
        offers::withdraw_open(tx, id, TAKEN_BACK).await?;
        self.open = None;
        Ok(())
    }

    /// What happened since: offers that ran out, promises kept or late, and in live cases what waits for an approver.
    pub(super) async fn since(&mut self, tx: &mut Tx, id: CaseId) -> Result<()> {
        if let Some(offer) = self.open {
            let until = offers::find(tx, offer).await?.presented.map(|shown| shown.open_until);
            if let Some(until) = until.filter(|until| *until < self.now) {
                tx.set_now(until);
                tx.set_actor(None);
                offers::expire(tx, offer).await?;
                self.open = None;
            }
        }
        // those of a cancellation are kept as it goes its way
        let open = promises::of_case(tx, id).await?.into_iter().filter(|one| one.stage == promises::Stage::Open);
        for promise in open {
            self.keep(tx, promise).await?;
        }
        let asks = self.case.is_live() && self.case.owner.is_some() && self.open.is_none() && !self.case.just_cancel;
        if asks && self.dice.percent(50) {
            sqlx::query("savepoint deal").execute(&mut **tx).await?;
            match self.ask(tx, id).await {
                Err(Error::Refused(_)) => {
                    sqlx::query("rollback to savepoint deal").execute(&mut **tx).await?;
                }
                asked => asked?,
            }
        }
        if self.case.is_live() && self.case.owner.is_some() {
            if self.dice.percent(20) {
                self.promise(tx, id).await?;
            }
            if self.dice.percent(8) {
                self.paper(tx, id).await?;
            }
        }
        Ok(())
    }

    /// Something beyond the limit, asked for lately: most of it still waits.
    async fn ask(&mut self, tx: &mut Tx, id: CaseId) -> Result<()> {
        let Some(owner) = self.case.owner else { return Ok(()) };
        let asked = self.now - TimeDelta::minutes(self.dice.between(4, 26));
        if asked <= self.before {
            return Ok(());
        }
        let nth = self.staff.asked.load(Ordering::Relaxed);
        let (percent, months) = [(20, 12), (18, 12), (30, 24), (22, 12), (20, 18)][nth as usize % 5];
        let months = (!matches!(self.case.stake, Stake::Order(_))).then_some(months);
        let terms = Terms::Percent { percent: Percent::whole(percent), months };
        let can = self.can(owner)?;
        tx.set_now(asked);
        tx.set_actor(Some(self.staff.users[owner]));
        let offer = offers::make(tx, &can, id, self.new_offer("percent_discount", terms, "")).await?;
        if !self.asks(tx, &can, &offer).await? {
            return Ok(());
        }
        let words = *self.dice.pick::<&str>(&WHY);
        let request = approvals::ask(tx, &can, offer.id, 1, words).await?;
        let decides = self.decider(request.level);
        self.staff.asked.store(nth + 1, Ordering::Relaxed);
        tx.set_now(asked + TimeDelta::minutes(3));
        match nth % 9 {
            3 => {
                tx.set_actor(Some(self.staff.users[decides]));
                let reason = *self.dice.pick::<&str>(&NO);
                approvals::decide(tx, &self.can(decides)?, request.id, 1, Decision::Decline, reason, None).await?;
            }
            1 => {
                tx.set_actor(Some(self.staff.users[decides]));
                let reason = *self.dice.pick::<&str>(&YES);
                approvals::decide(tx, &self.can(decides)?, request.id, 1, Decision::Approve, reason, None).await?;
            }
            5 => {
                tx.set_actor(Some(self.staff.users[decides]));
                let question = "Until when does the quote of the rival stand?";
                approvals::ask_question(tx, &self.can(decides)?, request.id, question).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// What the levers of an attempt come to, if they are offers.
    fn think_up(&mut self, levers: &[&str]) -> Option<NewOffer> {
        let lever = levers.last()?;
        let recurring = matches!(self.case.stake, Stake::Subscription(_));
        let order = matches!(self.case.stake, Stake::Order(_));
        let currency = self.case.value.currency;
        let amount = |minor: i64| Money::new(minor, currency);
        match *lever {
            "right_size" if recurring => {
                let keeps = self.dice.between(80, 92);
                let price = amount((self.case.value.minor / 12) * keeps / 100);
                let terms = Terms::NewPrice { price, months: None };
                Some(self.new_offer("right_size", terms, "The seats that are really used"))
            }
            "pause" if recurring => Some(self.new_offer("pause", Terms::Months { months: 2 }, "")),
            "swap_or_expedite" if order => {
                let (of_type, what) = *self.dice.pick(&[
                    ("expedite", "Sent by Friday of this week"),
                    ("setting_swap", "Another setting for the same stone"),
                ]);
                let cost = self.dice.between(10, 45) * 100;
                Some(self.new_offer(of_type, Terms::Once { amount: amount(cost) }, what))
            }
            "one_off_credit" => {
                let credit = self.dice.between(15, 48) * 100;
                Some(self.new_offer(
                    "one_off_credit",
                    Terms::Once { amount: amount(credit) },
                    "The days without service",
                ))
            }
            "time_limited_discount" | "exception" if recurring || order => {
                let more = *lever == "exception" || self.dice.percent(30);
                let percent =
                    if more { *self.dice.pick(&[18, 20, 22, 25]) } else { *self.dice.pick(&[5, 8, 10, 12, 15]) };
                let months = *self.dice.pick(&[6, 12]);
                let terms = Terms::Percent { percent: Percent::whole(percent), months: recurring.then_some(months) };
                Some(self.new_offer("percent_discount", terms, ""))
            }
            _ => None,
        }
    }

    fn new_offer(&self, of_type: &str, terms: Terms, what: &str) -> NewOffer {
        NewOffer {
            at_stake: match self.case.stake {
                Stake::Everything => AtStake::Everything,
                Stake::Subscription(n) => AtStake::Subscription(self.held.subscriptions[n]),
                Stake::Order(n) => AtStake::Order(self.held.orders[n]),
            },
            offer_type: of_type.to_owned(),
            terms: NewTerms { terms, what: what.to_owned() },
        }
    }
}
