//! Whose case it is, what is at stake, how it came and in which words.

use chrono::{DateTime, Datelike as _, Months, NaiveDate, TimeDelta, Utc};

use super::beats::Fate;
use super::customers::Customer;
use super::dice::Dice;
use super::life::Event;
use super::people::{self, Who};
use super::shop;
use super::sketches::Sketch;
use super::stories::{Slots, Story};
use crate::cases::{Channel, Kind, Priority};
use crate::money::Money;

/// What a case is about, by its place among what its customer has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stake {
    Everything,
    Subscription(usize),
    Order(usize),
}

/// A case to be opened, with all that happens in it.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// Its place in the plan of the day it was thought up; others point at it by this.
    pub(super) serial: usize,
    pub(super) customer: usize,
    pub(super) kind: Kind,
    pub(super) channel: Channel,
    pub(super) fate: Fate,
    pub(super) stated: String,
    pub(super) story: &'static Story,
    /// Whether the reason was coded as it was opened.
    pub(super) coded: bool,
    pub(super) stake: Stake,
    pub(super) value: Money,
    pub(super) priority: Priority,
    pub(super) leaves_on: Option<NaiveDate>,
    pub(super) just_cancel: bool,
    pub(super) team: Option<usize>,
    pub(super) owner: Option<Who>,
    pub(super) opened_by: Option<Who>,
    pub(super) opened_at: DateTime<Utc>,
    pub(super) second_because: Option<&'static str>,
    pub(super) duplicate_of: Option<usize>,
    pub(super) events: Vec<Event>,
}

impl Case {
    /// Whether it is still to be worked.
    pub(super) fn is_live(&self) -> bool {
        !matches!(self.fate, Fate::Closed(_))
    }

    /// When the last thing happened in it.
    pub(super) fn ends_at(&self) -> DateTime<Utc> {
        self.events.last().map_or(self.opened_at, |event| event.at)
    }
}

const VOICE_RIVALS: [&str; 7] =
    ["Voxly", "Talkbridge", "Nimbus Voice", "Callaway Cloud", "Ringwise", "Hallo Business", "Northern Telecom One"];
const RING_RIVALS: [&str; 6] =
    ["Stone & Story", "Lumière Lane", "GemHarbor", "Carat Club", "Hatton & Daughters", "Bellwether Jewelers"];
const OCCASIONS: [&str; 6] =
    ["The proposal", "The wedding", "Our anniversary", "Her birthday", "The engagement party", "The trip to Lisbon"];

/// A case for a customer, without its events yet.
pub(super) fn cast(dice: &mut Dice, serial: usize, sketch: &Sketch, of: usize, customer: &Customer) -> (Case, Slots) {
    let kind = sketch.course.kind;
    let story = sketch.course.story;
    let stake = stake(dice, customer, sketch.opened_at);
    let value = value(customer, stake);
    let channel = channel(dice, kind, story.reason);
    let slots = slots(dice, customer, stake, value, sketch.opened_at);
    let stated = if sketch.course.just_cancel { dice.pick(&JUST_CANCEL) } else { dice.pick(story.stated) };
    let owner = match sketch.course.fate {
        Fate::New { owned: false } => None,
        _ => Some(hand(dice, sketch)),
    };
    let spoken = matches!(channel, Channel::Phone | Channel::Chat);
    let opened_by = match channel {
        Channel::WebForm | Channel::Crm => None,
        _ if spoken && owner.is_some() => owner,
        _ => Some(*dice.pick(&people::closers(sketch.team))),
    };
    let pressing = channel.is_regulator() || customer.new.flags.vip;
    let priority = match sketch.priority {
        Priority::NORMAL
            if !matches!(sketch.course.fate, Fate::New { .. }) && (pressing || value.minor > 2_500_000) =>
        {
            Priority::new(3).unwrap_or(Priority::NORMAL)
        }
        priority => priority,
    };
    let case = Case {
        serial,
        customer: of,
        kind,
        channel,
        fate: sketch.course.fate,
        stated: slots.fill(stated),
        story,
        coded: dice.percent(70),
        stake,
        value,
        priority,
        leaves_on: leaves_on(dice, customer, kind, sketch.opened_at),
        just_cancel: sketch.course.just_cancel,
        team: (owner.is_some() || dice.percent(80)).then_some(sketch.team),
        owner: if sketch.is_assigned_later() { None } else { owner },
        opened_by,
        opened_at: sketch.opened_at,
        second_because: None,
        duplicate_of: None,
        events: Vec::new(),
    };
    (case, slots)
}

/// Who works it. Every second of the live ones is given to those as whom the product is tried, so that they see it at work.
fn hand(dice: &mut Dice, sketch: &Sketch) -> Who {
    let hands = people::frontline(sketch.team);
    let shown: Vec<Who> = hands.iter().copied().filter(|who| people::is_shown(*who)).collect();
    let live = !matches!(sketch.course.fate, Fate::Closed(_));
    let some = if live && !shown.is_empty() && dice.percent(50) { &shown } else { &hands };
    *dice.pick(some)
}

const JUST_CANCEL: [&str; 5] = [
    "Just cancel it. I don't want to talk about it and I don't want an offer.",
    "I want to cancel. No calls, no offers, only a confirmation please.",
    "Cancel, effective now. Do not try to talk me out of it.",
    "I have made up my mind. Confirm the cancellation in writing, nothing else.",
    "Please simply cancel. Every time I call somebody tries to sell me something.",
];

/// What is worth a case at a moment: the newest order by then, mostly the first subscription.
fn stake(dice: &mut Dice, customer: &Customer, at: DateTime<Utc>) -> Stake {
    if customer.new.company {
        return if dice.percent(86) { Stake::Subscription(0) } else { Stake::Everything };
    }
    let newest = customer.orders.iter().rposition(|order| order.ordered_at < at);
    newest.map_or(Stake::Everything, Stake::Order)
}

/// Twelve months of the subscription, or the order's total.
fn value(customer: &Customer, stake: Stake) -> Money {
    let currency = customer.new.currency;
    match stake {
        Stake::Everything => Money::new(customer.value(), currency),
        Stake::Subscription(n) => Money::new(customer.subscriptions[n].monthly_price.minor * 12, currency),
        Stake::Order(n) => customer.orders[n].total,
    }
}

fn channel(dice: &mut Dice, kind: Kind, reason: &str) -> Channel {
    use Channel::{
        Bbb, Cfpb, Chat, Crm, DataProtection, Email, Executive, Fcc, Letter, Phone, SocialReview, StateAttorney,
        Ticket, WebForm,
    };
    match kind {
        Kind::Complaint if reason.starts_with("billing") || reason.starts_with("contract") => {
            dice.weigh(&[(Fcc, 4), (Bbb, 3), (Cfpb, 1), (StateAttorney, 1), (Email, 3), (Letter, 2), (Phone, 2)])
        }
        Kind::Complaint => dice.weigh(&[
            (SocialReview, 4),
            (Bbb, 3),
            (Email, 4),
            (Phone, 3),
            (Fcc, 1),
            (Executive, 1),
            (DataProtection, 1),
        ]),
        Kind::NonPayment | Kind::RenewalAtRisk => dice.weigh(&[(Crm, 5), (Phone, 3), (Email, 3)]),
        Kind::WinBack => dice.weigh(&[(Crm, 3), (Phone, 2)]),
        Kind::OrderCancellation => dice.weigh(&[(Email, 9), (Chat, 6), (Phone, 5), (WebForm, 5), (SocialReview, 1)]),
        _ => dice.weigh(&[(Phone, 40), (Email, 27), (Chat, 11), (WebForm, 9), (Ticket, 7), (Crm, 4), (Letter, 2)]),
    }
}

fn leaves_on(dice: &mut Dice, customer: &Customer, kind: Kind, opened_at: DateTime<Utc>) -> Option<NaiveDate> {
    let leaves = match kind {
        Kind::Cancellation => dice.percent(60),
        Kind::RenewalAtRisk => true,
        _ => false,
    };
    let opened = opened_at.date_naive();
    let end = customer.subscriptions.first().and_then(|one| one.contract_ends_on).filter(|end| *end > opened);
    let soon = end.filter(|end| *end - opened < TimeDelta::days(120));
    leaves.then(|| soon.unwrap_or_else(|| people::next_month(opened)))
}

fn slots(dice: &mut Dice, customer: &Customer, stake: Stake, value: Money, at: DateTime<Utc>) -> Slots {
    let currency = customer.new.currency;
    let whole = |amount: i64| Money::new(amount / 100 * 100, currency).short();
    let mut slots = Slots::default();
    let date = at.date_naive();
    let month = |date: NaiveDate| date.format("%B").to_string();
    let before = date.checked_sub_months(Months::new(u32::try_from(dice.between(1, 4)).unwrap_or(1)));
    slots.set("name", customer.first_name());
    slots.set("sum", whole(value.minor));
    slots.set("month", month(before.unwrap_or(date)));
    slots.set("soon", month(people::next_month(date)));
    slots.set("amount", whole(dice.between(60, 620) * 100));
    slots.set("credit", whole(dice.between(3, 40) * 1000));
    slots.set("percent", dice.pick(&["8", "10", "12", "15", "18", "20"]).to_string());
    slots.set("account", customer.new.account_number.clone().unwrap_or_default());
    let years = customer.new.customer_since.map_or(1, |since| date.year() - since.year());
    slots.set("years", if years < 2 { "two".to_owned() } else { years.to_string() });
    slots.set("occasion", *dice.pick(&OCCASIONS));
    slots.set("day", (date + TimeDelta::days(dice.between(9, 40))).format("%-d %B").to_string());
    if let Some(subscription) = customer.subscriptions.first() {
        let seats = i64::from(subscription.quantity);
        let seat = subscription.monthly_price.minor / seats.max(1);
        slots.set("rival", *dice.pick(&VOICE_RIVALS));
        slots.set("seat", whole(seat));
        slots.set("quote", whole(seat * dice.between(62, 82) / 100));
        slots.set("seats", seats.to_string());
        slots.set("few", (seats * dice.between(40, 75) / 100).max(2).to_string());
        slots.set("plan", subscription.plan.clone());
        let end = subscription.contract_ends_on.unwrap_or_else(|| people::next_month(date));
        slots.set("end", end.format("%-d %B %Y").to_string());
    }
    slots.set("rival", *dice.pick(&RING_RIVALS));
    slots.set("quote", whole(value.minor * dice.between(72, 92) / 100));
    if let Stake::Order(n) = stake {
        slots.set("order", customer.orders[n].number.clone());
        slots.set("item", shop::piece(&customer.orders[n]));
    }
    slots
}
