//! Which cases there are, before anybody knows whose: reason, kind, fate and when they came in.

use chrono::{DateTime, Utc};

use super::beats::{Beat, Beats, Course, Fate};
use super::dice::Dice;
use super::hours::WorkHours;
use super::people::{BACK_OFFICE, CENTRAL, EAST, RINGS};
use super::stories::{self, Story};
use crate::cases::{Kind, Outcome, Priority};

/// When the next step of a live case is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Due {
    /// So many working minutes ago.
    Late(i64),
    /// Later today.
    Today(i64),
    /// So many working minutes from now.
    Soon(i64),
}

/// A case without a customer.
#[derive(Debug)]
pub(super) struct Sketch {
    pub(super) course: Course,
    pub(super) team: usize,
    pub(super) priority: Priority,
    pub(super) opened_at: DateTime<Utc>,
    pub(super) beats: Beats,
    pub(super) due: Due,
    /// A second live case for the same thing as another.
    pub(super) second: bool,
}

const FATES: [(Fate, usize); 13] = [
    (Fate::New { owned: false }, 24),
    (Fate::New { owned: true }, 12),
    (Fate::Working, 50),
    (Fate::Thinking, 28),
    (Fate::Dated, 16),
    (Fate::Closed(Outcome::Lost), 178),
    (Fate::Closed(Outcome::SavedWithOffer), 84),
    (Fate::Closed(Outcome::SavedWithoutOffer), 58),
    (Fate::Closed(Outcome::Modified), 44),
    (Fate::Closed(Outcome::PartlySaved), 24),
    (Fate::Closed(Outcome::Unreachable), 36),
    (Fate::Closed(Outcome::NeverAtRisk), 16),
    (Fate::Closed(Outcome::Duplicate), 20),
];
/// What became of these cannot be found out.
const UNKNOWN: usize = 10;
const JUST_CANCEL: usize = 30;
const REOPENED: usize = 18;
const SECOND: usize = 5;

/// All cases, oldest first.
pub(super) fn make(dice: &mut Dice, hours: &[WorkHours]) -> Vec<Sketch> {
    let mut all = Vec::new();
    let (mut just_cancel, mut reopened, mut second) = (JUST_CANCEL, REOPENED, SECOND);
    let mut dues = dues(dice);
    let mut fates = dice.deal(&FATES);
    fates.extend(std::iter::repeat_n(Fate::Closed(Outcome::Unknown), UNKNOWN));
    dice.shuffle(&mut fates);
    for ((story, rings), fate) in stories(dice).into_iter().zip(fates) {
        let kind = dice.weigh(story.kinds);
        let mut course = Course { story, kind, fate: possible(story, fate), just_cancel: false, reopened: false };
        let lost = matches!(course.fate, Fate::Closed(Outcome::Lost) | Fate::Working);
        let cancels = matches!(kind, Kind::Cancellation | Kind::OrderCancellation);
        if lost && cancels && course.takes_attempt() && just_cancel > 0 && dice.percent(22) {
            course.just_cancel = true;
            just_cancel -= 1;
        }
        let decided = matches!(course.fate, Fate::Closed(outcome) if outcome.is_decided());
        if (decided || course.fate == Fate::Working) && course.takes_attempt() && reopened > 0 && dice.percent(8) {
            course.reopened = true;
            reopened -= 1;
        }
        let is_second = matches!(course.fate, Fate::New { .. }) && second > 0 && dice.percent(30);
        second -= usize::from(is_second);
        let team = team(dice, rings, kind);
        let due =
            if matches!(course.fate, Fate::Closed(_)) { Due::Today(0) } else { dues.pop().unwrap_or(Due::Soon(700)) };
        all.push(sketch(dice, &hours[team], course, team, due, is_second));
    }
    all.sort_by_key(|sketch| sketch.opened_at);
    all
}

/// Every reason as often as its share says, with whether it is about rings.
fn stories(dice: &mut Dice) -> Vec<(&'static Story, bool)> {
    let voice = stories::voice().flat_map(|story| std::iter::repeat_n((story, false), story.times));
    let rings = stories::rings().flat_map(|story| std::iter::repeat_n((story, true), story.times));
    let mut all: Vec<_> = voice.chain(rings).collect();
    dice.shuffle(&mut all);
    all
}

/// Where no attempt is made nobody is saved, and nobody thinks it over.
fn possible(story: &Story, fate: Fate) -> Fate {
    match fate {
        Fate::Closed(outcome) if story.levers.is_empty() && outcome != Outcome::Duplicate => {
            Fate::Closed(Outcome::Lost)
        }
        Fate::Thinking | Fate::Dated if story.levers.is_empty() => Fate::Working,
        fate => fate,
    }
}

fn team(dice: &mut Dice, rings: bool, kind: Kind) -> usize {
    match kind {
        _ if rings => RINGS,
        Kind::NonPayment => BACK_OFFICE,
        Kind::Complaint if dice.percent(40) => BACK_OFFICE,
        _ if dice.percent(54) => EAST,
        _ => CENTRAL,
    }
}

/// When the live cases are due: a few late, a good part today, most in the coming days.
fn dues(dice: &mut Dice) -> Vec<Due> {
    let mut all: Vec<Due> = (0..16).map(|_| Due::Late(dice.between(20, 1100))).collect();
    all.extend((0..30).map(|_| Due::Today(dice.between(0, 60))));
    all.extend((0..84).map(|_| Due::Soon(dice.between(120, 4200))));
    dice.shuffle(&mut all);
    all
}

fn sketch(dice: &mut Dice, hours: &WorkHours, course: Course, team: usize, due: Due, second: bool) -> Sketch {
    let priority = dice.weigh(&[(1_u8, 12), (2, 60), (3, 22), (4, 6)]);
    let beats = course.beats(dice);
    let length: i64 = beats.iter().map(|(minutes, _)| minutes).sum();
    let ago = match course.fate {
        Fate::New { .. } => length + untouched(dice, priority, due),
        Fate::Closed(_) => length + 60 + dice.between(0, (hours.past - length - 400).max(1)),
        _ => length + waited(dice, due),
    };
    let priority = Priority::new(priority).unwrap_or(Priority::NORMAL);
    Sketch { course, team, priority, opened_at: hours.before_now(ago), beats, due, second }
}

/// How many working minutes a new case has lain there, so that its first action is due as told.
fn untouched(dice: &mut Dice, priority: u8, due: Due) -> i64 {
    let target = match priority {
        4 => 60,
        3 => 240,
        2 => 480,
        _ => 1440,
    };
    match due {
        Due::Late(minutes) => target + minutes.min(600),
        Due::Today(part) => (target - part * 4).max(12),
        Due::Soon(_) => dice.between(10, (target / 3).max(20)),
    }
}

/// How many working minutes ago the last thing happened.
fn waited(dice: &mut Dice, due: Due) -> i64 {
    match due {
        Due::Late(minutes) => minutes + dice.between(90, 900),
        _ => dice.between(25, 1500),
    }
}

impl Sketch {
    /// Whether somebody gets the case only after it was opened.
    pub(super) fn is_assigned_later(&self) -> bool {
        self.beats.iter().any(|(_, beat)| *beat == Beat::Assign)
    }
}
