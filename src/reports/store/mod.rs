mod breakdown;
mod credits;
mod days;
mod doubts;
mod live;
mod people;
mod reads;
mod rows;
mod service;
mod tally;

pub(super) use breakdown::{Dimension, Group, breakdown};
pub(super) use credits::{Credit, credits};
pub(super) use days::{DayTotals, currencies, days, lines};
pub(super) use doubts::{Doubt, doubts};
pub(super) use live::{Open, open};
pub(super) use people::{Done, attempts, first_actions, offers_shown, promises_due};
pub(super) use rows::{Listed, Narrow, Row, page, total};
pub(super) use service::{
    Answered, Attained, Decisions, FirstActs, Promised, Shown, answers, decisions, first_acts, met, promised, shown,
};
pub(super) use tally::{Asked, Of, Tally, Unshown, tally, unshown};
