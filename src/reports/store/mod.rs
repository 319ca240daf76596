mod breakdown;
mod credits;
mod days;
mod live;
mod rows;
mod service;

pub(super) use breakdown::{Dimension, Group, breakdown};
pub(super) use credits::{Credit, credits};
pub(super) use days::{Day, currencies, days, lines};
pub(super) use live::{Open, open};
pub(super) use rows::{Listed, Narrow, Row, page, total};
pub(super) use service::{Answered, Decision, Met, Promised, answers, decisions, met, promised};
