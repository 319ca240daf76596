mod breakdown;
mod credits;
mod days;
mod live;
mod reads;
mod rows;
mod service;

pub(super) use breakdown::{Dimension, Group, breakdown};
pub(super) use credits::credits;
pub(super) use days::{Day, days, lines};
pub(super) use live::{Open, open};
pub(super) use rows::{Listed, Narrow, Row, page, total};
pub(super) use service::{
    Answered, Decision, FirstActs, Met, Promised, Shown, answers, decisions, first_acts, met, promised, shown,
};
