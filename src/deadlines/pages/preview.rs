//! What tonight's round would do with a ladder, beside what it does with the ladder as it is.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use sqlx::PgConnection;

use super::super::store::{self, Open};
use super::super::{Act, Ladder, NewLadder};
use crate::accounts::Duty;
use crate::calendar;
use crate::error::Result;
use crate::ids::CaseId;

/// How many open deadlines are looked at; beyond, the page says so.
const LOOKED_AT: i64 = 5_000;
/// How many are named.
const NAMED: usize = 20;
/// Working time stretches over nights and holidays: so much further than a rung's own time a due time may lie.
const STRETCH: i32 = 6;

/// What a round would do by tomorrow morning.
pub(super) struct Preview {
    pub(super) until: String,
    pub(super) looked_at: usize,
    pub(super) all: bool,
    pub(super) counts: Vec<Count>,
    pub(super) named: Vec<Named>,
}

pub(super) struct Count {
    pub(super) act: &'static str,
    pub(super) was: usize,
    pub(super) now: usize,
}

pub(super) struct Named {
    pub(super) case: CaseId,
    pub(super) number: i64,
    pub(super) what: String,
    pub(super) due: String,
    pub(super) act: &'static str,
}

impl Preview {
    /// Reckons it for what is open now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) async fn load(
        connection: &mut PgConnection,
        duty: &Duty,
        zone: Tz,
        at: DateTime<Utc>,
        ladder: &Ladder,
        new: &NewLadder,
    ) -> Result<Self> {
        let until = tomorrow_morning(at, zone);
        let draft = new.as_ladder(ladder.version, i16::MAX / 2);
        let (from, to) = span(&[ladder, &draft], at, until);
        let open = store::open_of(connection, ladder.kind, from, to, LOOKED_AT).await?;
        let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
        let mut named = Vec::new();
        for one in &open {
            let hours = duty.calendar(one.team);
            let take = |ladder: &Ladder| ladder.climb(&one.footing, &hours, until).take.map(|(rung, _)| rung.act);
            let (was, now) = (take(ladder), take(&draft));
            for (act, new) in [(was, false), (now, true)] {
                if let Some(act) = act {
                    let count = counts.entry(act.name()).or_insert(Count { act: act.label(), was: 0, now: 0 });
                    *(if new { &mut count.now } else { &mut count.was }) += 1;
                }
            }
            if let Some(act) = now.filter(|_| named.len() < NAMED) {
                named.push(name(one, act, zone, at));
            }
        }
        Ok(Self {
            until: calendar::moment(until, zone, at),
            looked_at: open.len(),
            all: open.len() < usize::try_from(LOOKED_AT).unwrap_or(usize::MAX),
            counts: counts.into_values().collect(),
            named,
        })
    }
}

fn name(open: &Open, act: Act, zone: Tz, at: DateTime<Utc>) -> Named {
    Named {
        case: open.case,
        number: open.number,
        what: open.what.clone(),
        due: calendar::moment(open.footing.due, zone, at),
        act: act.label(),
    }
}

/// Six in the morning of the day after, by the clock on the wall.
fn tomorrow_morning(at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let six = NaiveTime::from_hms_opt(6, 0, 0).unwrap_or_default();
    let today = at.with_timezone(&zone).date_naive();
    calendar::wall_clock(zone, today.checked_add_days(Days::new(1)).unwrap_or(today).and_time(six))
}

/// Between which due times something may happen until then.
fn span(ladders: &[&Ladder], at: DateTime<Utc>, until: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    let afters = || ladders.iter().flat_map(|ladder| &ladder.rungs).map(|rung| rung.after);
    let longest = afters().max().unwrap_or_default().max(TimeDelta::zero());
    let earliest = -afters().min().unwrap_or_default().min(TimeDelta::zero());
    let margin = TimeDelta::days(7);
    (at - longest * STRETCH - margin, until + earliest * STRETCH + margin)
}
