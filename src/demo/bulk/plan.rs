//! Whose case goes like which of the demo, and when: most customers have one case, some have twenty, few have more.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{DateTime, Offset as _, TimeDelta, TimeZone as _};
use chrono_tz::Tz;

use super::patterns::{Life, Line, Patterns};
use crate::demo::dice::Dice;

/// Cases happened in so many weeks.
const WEEKS: i64 = 156;
/// Of 10,000 cases so many are worked.
const LIVE: usize = 125;
/// Of 10,000 cases so many were closed lately, and something is still to be done.
const RECENT: usize = 50;
/// How many cases customers have, and how many of 1,000 have so many.
const SHARES: [(Range<i64>, i64); 7] =
    [(1..2, 550), (2..3, 160), (3..4, 80), (4..7, 100), (7..13, 66), (13..26, 38), (26..60, 6)];
/// Of 100 cases so many have an offer, and so many an approval.
const OFFERS: f64 = 0.6;
const APPROVALS: f64 = 0.2;
/// Of the cases that are worked so many wait for a decision: it takes hours, and they take weeks.
const PENDING: f64 = 0.01;
/// Of 100 cases so many are saved, and last.
const SAVED: f64 = 0.42;

/// How often another pattern is looked for that is old enough.
const TRIES: usize = 12;

const MINUTE: i64 = 60_000_000;
const WEEK: i64 = 7 * 24 * 60 * MINUTE;

/// A case that is to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lived {
    pub(super) customer: usize,
    pub(super) pattern: usize,
    pub(super) opened: i64,
    /// How much earlier than its pattern.
    pub(super) weeks: i64,
    pub(super) minutes: i64,
    /// The same, in microseconds, by the clock of the desk.
    pub(super) later: i64,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Plan {
    /// In the order in which they were opened.
    pub(super) lived: Vec<Lived>,
    /// The cases of each customer, by their place in `lived`; the first decides what kind of customer it is.
    pub(super) customers: Vec<Vec<usize>>,
}

/// Patterns that may be exchanged for one another, and how often each is taken.
struct Pool {
    patterns: Vec<(usize, i64)>,
}

impl Plan {
    /// As many cases as are wanted.
    pub(super) fn make(dice: &mut Dice, patterns: &Patterns, cases: usize, now: i64) -> Self {
        let pools = pools(patterns);
        let everybody: BTreeMap<Life, Pool> = [Life::Settled, Life::Recent, Life::Live]
            .into_iter()
            .map(|life| (life, Pool { patterns: of(&pools, |(_, of)| *of == life) }))
            .collect();
        let mut lived = Vec::with_capacity(cases);
        let (mut live, mut recent) = (0, 0);
        let mut customer = 0;
        while lived.len() < cases {
            let mut many = usize::try_from(many(dice)).unwrap_or(1).min(cases - lived.len());
            // what is not over comes as often as its share says, to large customers no more often than to small ones
            let due = |share: usize, done: usize| lived.len() * share / 10_000 > done;
            let ends = if due(LIVE, live) && !everybody[&Life::Live].patterns.is_empty() {
                live += 1;
                Life::Live
            } else if due(RECENT, recent) && !everybody[&Life::Recent].patterns.is_empty() {
                recent += 1;
                Life::Recent
            } else {
                Life::Settled
            };
            let first = one(dice, patterns, &everybody[&ends], customer, now);
            lived.push(first);
            let first = first.pattern;
            let of = &patterns.customers[patterns.all[first].customer].line;
            while many > 1 {
                let Some(pool) = pools.get(&(of.clone(), Life::Settled)) else { break };
                lived.push(one(dice, patterns, pool, customer, now));
                many -= 1;
            }
            customer += 1;
        }
        let mut order: Vec<usize> = (0..lived.len()).collect();
        order.sort_by_key(|n| (lived[*n].opened, *n));
        let mut places = vec![0; lived.len()];
        for (place, n) in order.iter().enumerate() {
            places[*n] = place;
        }
        let mut customers = vec![Vec::new(); customer];
        for (n, one) in lived.iter().enumerate() {
            customers[one.customer].push(places[n]);
        }
        Self { lived: order.into_iter().map(|n| lived[n]).collect(), customers }
    }
}

fn many(dice: &mut Dice) -> i64 {
    let weights: Vec<(usize, i64)> = SHARES.iter().enumerate().map(|(n, (_, share))| (n, *share)).collect();
    let range = &SHARES[dice.weigh(&weights)].0;
    dice.between(range.start, range.end - 1)
}

/// A case like one of a pool, at another time: what is not over stays about where it is, the rest is spread over the years
/// as evenly as can be. It never comes to be later than its pattern was.
fn one(dice: &mut Dice, patterns: &Patterns, pool: &Pool, customer: usize, now: i64) -> Lived {
    let wanted = dice.between(0, WEEKS - 1);
    let age = |pattern: usize| (now - patterns.all[pattern].opened) / WEEK;
    let mut pattern = dice.weigh(&pool.patterns);
    for _ in 0..TRIES {
        if age(pattern) <= wanted {
            break;
        }
        pattern = dice.weigh(&pool.patterns);
    }
    let like = &patterns.all[pattern];
    let weeks = match like.life {
        Life::Settled => (wanted - age(pattern)).max(0),
        Life::Recent | Life::Live => 0,
    };
    let minutes = -dice.between(0, 55);
    let later = minutes * MINUTE - weeks * WEEK;
    let later = later + clock(like.opened) - clock(like.opened + later);
    Lived { customer, pattern, opened: like.opened + later, weeks, minutes: minutes - weeks * 7 * 24 * 60, later }
}

/// How far the desk's clock is ahead of the universal one at a moment, in microseconds: summer comes and goes.
fn clock(at: i64) -> i64 {
    let at = DateTime::from_timestamp_micros(at).unwrap_or_default().naive_utc();
    let offset = Tz::America__New_York.offset_from_utc_datetime(&at).fix();
    TimeDelta::seconds(i64::from(offset.local_minus_utc())).num_microseconds().unwrap_or_default()
}

/// Patterns by whose they are and what became of them.
fn pools(patterns: &Patterns) -> BTreeMap<(Line, Life), Pool> {
    let weights = weights(patterns);
    let mut pools: BTreeMap<(Line, Life), Pool> = BTreeMap::new();
    for ((n, pattern), weight) in patterns.all.iter().enumerate().zip(weights) {
        let line = patterns.customers[pattern.customer].line.clone();
        let pool = pools.entry((line, pattern.life)).or_insert(Pool { patterns: Vec::new() });
        pool.patterns.push((n, weight));
    }
    pools
}

fn of(pools: &BTreeMap<(Line, Life), Pool>, which: impl Fn(&(Line, Life)) -> bool) -> Vec<(usize, i64)> {
    pools.iter().filter(|(key, _)| which(key)).flat_map(|(_, pool)| pool.patterns.clone()).collect()
}

/// How often a pattern comes: by the rank of its reason, and so that offers and approvals have their share.
fn weights(patterns: &Patterns) -> Vec<i64> {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for pattern in &patterns.all {
        *reasons.entry(&pattern.reason).or_default() += 1;
    }
    let mut ranked: Vec<(&str, usize)> = reasons.into_iter().collect();
    ranked.sort_by_key(|(reason, times)| (std::cmp::Reverse(*times), *reason));
    let rank = |reason: &str| ranked.iter().position(|(one, _)| *one == reason).unwrap_or_default();
    let mut weights: Vec<f64> = patterns
        .all
        .iter()
        .map(|one| {
            let times = ranked[rank(&one.reason)].1;
            #[expect(clippy::cast_precision_loss, reason = "some hundred at most")]
            let (rank, times) = (rank(&one.reason) as f64, times as f64);
            1.0 / (rank + 2.0) / times
        })
        .collect();
    for _ in 0..30 {
        share(&mut weights, OFFERS, |n| patterns.all[n].offers.len());
        share(&mut weights, APPROVALS, |n| patterns.all[n].approvals);
        share(&mut weights, SAVED, |n| usize::from(patterns.all[n].saved));
    }
    let worked = |pending: bool| {
        let ours =
            patterns.all.iter().zip(&weights).filter(|(one, _)| one.life == Life::Live && one.pending == pending);
        ours.map(|(_, weight)| weight).sum::<f64>()
    };
    let (waiting, others) = (worked(true), worked(false));
    let factor = PENDING / (1.0 - PENDING) * others / waiting;
    for (one, weight) in patterns.all.iter().zip(&mut weights) {
        if one.life == Life::Live && one.pending {
            *weight *= factor;
        }
    }
    let all: f64 = weights.iter().sum();
    #[expect(clippy::cast_possible_truncation, reason = "a share of ten million")]
    let whole = |weight: &f64| ((weight / all * 10_000_000.0) as i64).max(1);
    weights.iter().map(whole).collect()
}

/// Makes that which there is some of as frequent as wanted.
fn share(weights: &mut [f64], wanted: f64, count: impl Fn(usize) -> usize) {
    let (mut with, mut without, mut counted) = (0.0, 0.0, 0.0);
    for (n, weight) in weights.iter().enumerate() {
        if count(n) == 0 {
            without += weight;
        } else {
            with += weight;
            #[expect(clippy::cast_precision_loss, reason = "a handful at most")]
            let times = count(n) as f64;
            counted += weight * times;
        }
    }
    let factor = wanted * without / (counted - wanted * with).max(f64::MIN_POSITIVE);
    if with > 0.0 && factor.is_finite() && factor < 1_000.0 {
        for (n, weight) in weights.iter_mut().enumerate() {
            if count(n) > 0 {
                *weight *= factor;
            }
        }
    }
}
