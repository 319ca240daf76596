mod breakdown;
mod counted;
mod credits;
mod days;
mod doubts;
mod live;
mod missed;
mod people;
mod reads;
mod rows;
mod service;
mod spans;

pub(super) use breakdown::{Dimension, Group, breakdown};
pub(super) use credits::{Credit, credits};
pub(super) use days::{DayTotals, currencies, days, lines};
pub(super) use doubts::{Doubt, doubts};
pub(super) use live::{Open, open};
pub(super) use missed::{Missed, MissedWhat, missed};
pub(super) use people::{Done, Ended, attempts, ended, first_actions, offers_shown, promises_due};
pub(super) use rows::{Listed, Narrow, Row, page, total};
pub(super) use service::{
    Answered, Attained, Decisions, FirstActs, Promised, Shown, answers, decisions, first_acts, met, promised, shown,
};
