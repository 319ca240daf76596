//! What else was written in a case: calls, mails and notes between the first act and the end.

use super::patterns::Pattern;
use super::plan::Lived;
use crate::demo::dice::Dice;
use crate::demo::words;

/// An entry of the log.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) at: i64,
    pub(super) by: &'a str,
    pub(super) kind: &'static str,
    pub(super) direction: Option<&'static str>,
    pub(super) body: String,
}

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// Texts are not longer.
const LONGEST: usize = 600;

/// How many entries cases have: half of them six or fewer, a few more than a hundred.
fn length(dice: &mut Dice) -> usize {
    // twelve throws add up to a bell
    let bell: i64 = (0..12).map(|_| dice.between(0, 10_000)).sum::<i64>() - 60_000;
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
    let length = (5.6 * (bell as f64 / 10_000.0).exp()) as usize;
    length.min(400)
}

/// What is written beyond what the pattern has, in order.
pub(super) fn more<'a>(dice: &mut Dice, pattern: &'a Pattern, lived: &Lived, first: &str) -> Vec<Entry<'a>> {
    let Some((from, until)) = pattern.talk.filter(|_| !pattern.talkers.is_empty()) else { return Vec::new() };
    let minutes = (until - from) / MINUTE;
    let room = usize::try_from(minutes / 3).unwrap_or_default();
    let many = length(dice).saturating_sub(pattern.entries).min(room);
    let mut moments: Vec<i64> = (0..many)
        .map(|_| {
            let at = from + dice.between(1, minutes.max(2) - 1) * MINUTE + dice.between(0, MINUTE - 1);
            office(at, dice).clamp(from + 1, until - 1) + lived.later
        })
        .collect();
    moments.sort_unstable();
    moments
        .into_iter()
        .map(|at| {
            let (kind, direction, from) = *dice.pick(&KINDS);
            Entry {
                at,
                by: dice.pick(pattern.talkers.as_slice()).as_str(),
                kind,
                direction,
                body: body(dice, from, first),
            }
        })
        .collect()
}

/// Most is written by day.
fn office(at: i64, dice: &mut Dice) -> i64 {
    let hour = at.rem_euclid(DAY) / (60 * MINUTE);
    if (13..22).contains(&hour) { at } else { at - at.rem_euclid(DAY) + dice.between(13 * 60, 22 * 60) * MINUTE }
}

type From = &'static [&'static str];

const KINDS: [(&str, Option<&str>, From); 8] = [
    ("note", None, &words::NOTES),
    ("note", None, &words::NOTES),
    ("email", Some("outbound"), &words::SENT),
    ("email", Some("outbound"), &words::SENT),
    ("email", Some("inbound"), &words::ANSWERED),
    ("call", Some("outbound"), &words::CALLED),
    ("call", Some("outbound"), &words::CALLED),
    ("call", Some("inbound"), &words::ANSWERED),
];

fn body(dice: &mut Dice, from: From, first: &str) -> String {
    let mut text = (*dice.pick(from)).to_owned();
    for _ in 0..dice.weigh(&[(0, 5), (1, 4), (2, 3), (3, 2), (5, 1)]) {
        let more = match dice.between(1, 10) {
            1..=4 => *dice.pick(&words::NOTES),
            5..=6 => *dice.pick(&words::ANSWERED),
            7 => "Ticket {number} is with Technical support.",
            8 => "Invoice {number} shows {credit} more than agreed.",
            9 => "They pay {credit} a month and compare with {percent} % less elsewhere.",
            _ => *dice.pick(&words::CALLED),
        };
        if !text.contains(more) && text.len() + more.len() < LONGEST {
            text.push(' ');
            text.push_str(more);
        }
    }
    if text.contains('{') {
        text = text
            .replace("{name}", first)
            .replace("{number}", &dice.between(10_000, 99_999).to_string())
            .replace("{credit}", &format!("${}", dice.between(3, 90) * 10))
            .replace("{percent}", &dice.between(5, 30).to_string());
    }
    text
}
