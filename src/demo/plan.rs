//! The whole plan: customers and cases as they will be, before anything is written. The same day makes the same plan.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::beats::Fate;
use super::cases::{self, Case};
use super::costs::{self, Costs};
use super::customers::{self, Customer};
use super::dice::Dice;
use super::hours::WorkHours;
use super::life::Teller;
use super::people::{self, BACK_OFFICE, EAST, RINGS, TEAMS};
use super::sketches::{self, Sketch};
use super::stories::Slots;
use crate::cases::{Kind, Outcome};
use crate::customers::Status;

const SEED: u64 = 20_418;
/// Of a hundred cases, so many are of a customer who was saved before.
const RETURNING: u32 = 12;

/// All that will be written.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) customers: Vec<Customer>,
    /// What it costs to serve each of them.
    pub(super) costs: Vec<Costs>,
    /// Accounts that belong together: which one to which main account.
    pub(super) links: Vec<(usize, usize)>,
    /// Oldest first.
    pub(super) cases: Vec<Case>,
}

impl Plan {
    /// The plan of the day on which it is `now`.
    pub(super) fn make(now: DateTime<Utc>) -> Self {
        let mut dice = Dice::new(SEED);
        let customers = customers::make(&mut dice, now);
        let today = now.date_naive();
        let hours: Vec<WorkHours> =
            (0..TEAMS.len()).map(|team| WorkHours::new(people::calendar(team, today), now)).collect();
        let sketches = sketches::make(&mut dice, &hours);
        let mut caster =
            Caster { pools: Pools::new(&mut dice, &customers), dice, hours: &hours, customers: &customers };
        let mut cases: Vec<Case> = Vec::with_capacity(sketches.len());
        let later = |sketch: &Sketch| sketch.second || sketch.course.fate == Fate::Closed(Outcome::Duplicate);
        for (serial, sketch) in sketches.iter().enumerate().filter(|(_, sketch)| !later(sketch)) {
            let case = caster.first(serial, sketch, &cases);
            cases.push(case);
        }
        let mut repeated = HashSet::new();
        for (serial, sketch) in sketches.iter().enumerate().filter(|(_, sketch)| later(sketch)) {
            if let Some(case) = caster.repeat(serial, sketch, &cases, &mut repeated) {
                cases.push(case);
            }
        }
        cases.sort_by_key(|case| (case.opened_at, case.serial));
        Self { costs: costs::make(&customers, now), links: costs::links(&customers), customers, cases }
    }
}

/// Customers who have had no case yet, in the order in which they will.
struct Pools {
    teams: Vec<Vec<usize>>,
    gone: Vec<usize>,
    behind: Vec<usize>,
}

impl Pools {
    fn new(dice: &mut Dice, customers: &[Customer]) -> Self {
        let mut pools = Self { teams: vec![Vec::new(); TEAMS.len()], gone: Vec::new(), behind: Vec::new() };
        for (n, customer) in customers.iter().enumerate() {
            match customer.since_then {
                Some((Status::Cancelled, ..)) => pools.gone.push(n),
                Some(_) => pools.behind.push(n),
                None => pools.teams[customer.team].push(n),
            }
        }
        for pool in pools.teams.iter_mut().chain([&mut pools.gone, &mut pools.behind]) {
            dice.shuffle(pool);
        }
        pools
    }
}

struct Caster<'a> {
    dice: Dice,
    hours: &'a [WorkHours],
    customers: &'a [Customer],
    pools: Pools,
}

impl Caster<'_> {
    /// A case of a customer who has none, or of one who was saved before and comes again.
    fn first(&mut self, serial: usize, sketch: &Sketch, before: &[Case]) -> Case {
        let returning = self.dice.percent(RETURNING) && sketch.course.kind != Kind::WinBack;
        let of = returning.then(|| self.saved_before(sketch, before)).flatten();
        let of = of.unwrap_or_else(|| self.fresh(sketch));
        let (case, slots) = cases::cast(&mut self.dice, serial, sketch, of, &self.customers[of]);
        self.live(case, slots, sketch)
    }

    fn live(&mut self, mut case: Case, slots: Slots, sketch: &Sketch) -> Case {
        let hours = &self.hours[sketch.team];
        let mut teller = Teller { dice: &mut self.dice, hours, team: sketch.team, due: sketch.due, slots };
        case.events = teller.tell(&case, &sketch.beats);
        case
    }

    fn fresh(&mut self, sketch: &Sketch) -> usize {
        let customers = self.customers;
        let opened = sketch.opened_at;
        let there = |n: usize| customers[n].added_at + TimeDelta::days(1) < opened;
        let recent = |n: usize| {
            let mut orders = customers[n].orders.iter().map(|order| opened - order.ordered_at);
            orders.any(|age| age > TimeDelta::days(1) && age < TimeDelta::days(50))
        };
        let team = if sketch.team == BACK_OFFICE { EAST } else { sketch.team };
        let rings = sketch.team == RINGS;
        let pool = match sketch.course.kind {
            Kind::WinBack if !rings => &mut self.pools.gone,
            Kind::NonPayment if self.dice.percent(40) && !self.pools.behind.is_empty() => &mut self.pools.behind,
            _ => &mut self.pools.teams[team],
        };
        let found = pool.iter().position(|n| there(*n) && (!rings || recent(*n)));
        let found = found.or_else(|| pool.iter().position(|n| there(*n))).unwrap_or(0);
        pool.remove(found)
    }

    /// Somebody of the same team whose case ended well a while before, and who has not come since.
    fn saved_before(&mut self, sketch: &Sketch, before: &[Case]) -> Option<usize> {
        let saved: Vec<usize> = before
            .iter()
            .filter(|case| matches!(case.fate, Fate::Closed(outcome) if outcome.is_save()))
            .filter(|case| case.team == Some(sketch.team) && case.ends_at() + TimeDelta::days(14) < sketch.opened_at)
            .filter(|case| before.iter().filter(|other| other.customer == case.customer).count() == 1)
            .map(|case| case.customer)
            .collect();
        (!saved.is_empty()).then(|| *self.dice.pick(&saved))
    }

    /// A case that repeats another: a duplicate, or a second one for a good reason.
    fn repeat(&mut self, serial: usize, sketch: &Sketch, all: &[Case], used: &mut HashSet<usize>) -> Option<Case> {
        let duplicate = !sketch.second;
        let fits = |case: &&Case| {
            let same_line = (case.team == Some(RINGS)) == (sketch.team == RINGS);
            let lasts = case.ends_at() > case.opened_at + TimeDelta::hours(1) && case.owner.is_some();
            let alone = all.iter().filter(|other| other.customer == case.customer).count() == 1;
            let earlier = case.opened_at + TimeDelta::hours(20) < sketch.opened_at;
            let state = if duplicate {
                matches!(case.fate, Fate::Closed(outcome) if outcome.is_decided())
            } else {
                matches!(case.fate, Fate::Working | Fate::Thinking) && earlier && !case.just_cancel
            };
            same_line && lasts && alone && state && !used.contains(&case.serial)
        };
        let originals: Vec<&Case> = all.iter().filter(fits).collect();
        if originals.is_empty() {
            return None;
        }
        let original = (*self.dice.pick(&originals)).clone();
        used.insert(original.serial);
        let mut case = Case { serial, fate: sketch.course.fate, events: Vec::new(), ..original.clone() };
        let mut slots = Slots::default();
        slots.set("name", self.customers[case.customer].first_name());
        if duplicate {
            case.opened_at = self.hours[sketch.team].after(original.opened_at, self.dice.between(20, 400));
            case.duplicate_of = Some(original.serial);
            case.stake = cases::Stake::Everything;
            (*self.dice.pick::<&str>(&AGAIN)).clone_into(&mut case.stated);
            case.coded = true;
        } else {
            case.opened_at = sketch.opened_at;
            case.second_because = Some(*self.dice.pick(&BECAUSE));
            case.owner = None;
        }
        case.priority = sketch.priority;
        Some(self.live(case, slots, sketch))
    }
}

const AGAIN: [&str; 5] = [
    "I wrote to you about this already. Please confirm the cancellation.",
    "Sending this again because I got no answer on the phone.",
    "Second try: I asked in the chat, now by e-mail. Please cancel.",
    "As I told your colleague on the telephone: we want to leave.",
    "Is anybody reading this? See my first message.",
];

const BECAUSE: [&str; 3] = [
    "The owner and the accountant ask for different things; each needs an answer of their own",
    "A lawyer writes for the customer; kept apart from the talks about an offer",
    "The second location decides by itself",
];

#[cfg(test)]
mod tests;
