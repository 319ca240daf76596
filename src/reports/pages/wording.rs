//! What rows say: which figure they are of, what narrows them, what became of each, how long it took.

use chrono::TimeDelta;

use super::super::store::{Listed, Row};
use super::super::{Figure, Source};
use super::ground::Ground;
use super::rates::Names;
use super::whose;
use crate::calendar;
use crate::cases::{Channel, Kind, Outcome, WaitingOn};
use crate::deadlines;
use crate::ids::UserId;
use crate::interactions::Response as Answered;
use crate::offers::Stage;
use crate::outcomes::OrderEnd;
use crate::reasons::Tree;

/// What the amounts are: the figure itself, or beside a count what was kept or lost.
pub(super) fn amounts(figure: Figure) -> Option<&'static str> {
    match figure.source() {
        Source::Outcomes if figure.is_money() => Some("Counts"),
        Source::Outcomes if figure.is_of_lost() => Some("At risk"),
        Source::Outcomes => Some("Kept"),
        Source::Live => Some("At risk"),
        _ => None,
    }
}

/// What the day of a row is.
pub(super) fn when(source: Source) -> &'static str {
    match source {
        Source::Outcomes => "Closed",
        Source::Live => "Opened",
        Source::Deadlines | Source::Promises => "Due",
        Source::Approvals => "Decided",
        Source::Answers | Source::Passes => "Answered",
        Source::FirstActs => "First act",
        Source::Offers => "Shown",
        Source::Attempts => "Made",
    }
}

/// What both columns of words say.
pub(super) fn heads(source: Source) -> (&'static str, &'static str) {
    match source {
        Source::Outcomes => ("What became of it", "Coded reason"),
        Source::Live => ("Where it stands", "Next action"),
        Source::Deadlines => ("What became of it", "What was due"),
        Source::Promises => ("What became of it", "What we promised"),
        Source::Approvals => ("Decision", "Why it was asked"),
        Source::Answers => ("Answered", "What was asked"),
        Source::Passes => ("Passed on", "What was asked"),
        Source::FirstActs => ("Kind of case", "Channel"),
        Source::Offers => ("What became of it", "Offer type"),
        Source::Attempts => ("What is filled in", "Customer’s response"),
    }
}

/// Whether its rows took their time.
pub(super) fn takes(source: Source) -> bool {
    matches!(source, Source::Approvals | Source::Answers | Source::Passes | Source::FirstActs)
}

/// The span and all that narrows it.
pub(super) fn told(
    ground: &Ground,
    listed: &Listed,
    names: &Names<'_>,
    first: Option<&Row>,
    whose: Option<UserId>,
) -> String {
    let narrow = &listed.narrow;
    let mut told = vec![if listed.figure.source() == Source::Live { "Now".to_owned() } else { ground.range.words() }];
    told.extend(whose.map(|person| whose::name(person, names.people)));
    told.extend(names.team_of(ground.segment.team));
    told.extend(ground.segment.line.clone());
    let reasons = narrow.reason.split(',').filter(|code| !code.is_empty());
    told.extend(reasons.map(|code| match code.strip_suffix('.') {
        Some(alone) => format!("{}, nothing closer", names.tree.path(alone)),
        None => names.tree.path(code),
    }));
    told.extend(Channel::from_name(&narrow.channel).map(|one| one.label().to_owned()));
    match narrow.offer.as_str() {
        "" => {}
        "none" => told.push("No offer made".to_owned()),
        code => told.push(names.offer(code)),
    }
    // all of one version are called alike
    told.extend(first.filter(|_| !narrow.version.is_empty()).map(|row| row.detail.clone()));
    told.extend(Some(narrow.category.clone()).filter(|category| !category.is_empty()));
    told.extend(Some(names.offer(&narrow.unshown)).filter(|offer| !offer.is_empty()));
    told.extend(OrderEnd::from_name(&narrow.order).map(|one| one.label().to_owned()));
    told.extend(deadlines::Kind::from_name(&narrow.kind).map(|one| one.label().to_owned()));
    told.extend(Some(stage(&narrow.stage)).filter(|stage| !stage.is_empty()));
    told.extend(Some(standing(&narrow.waits)).filter(|waits| !waits.is_empty()));
    told.extend(match narrow.due.as_str() {
        "overdue" => Some("Past due".to_owned()),
        "today" => Some("Due today".to_owned()),
        "week" => Some("Due within seven days".to_owned()),
        "later" => Some("Due later".to_owned()),
        "none" => Some("Nothing due".to_owned()),
        _ => None,
    });
    told.join(" · ")
}

/// What became of a row, and more of it.
pub(super) fn words(row: &Row, source: Source, tree: &Tree) -> (String, String) {
    let (what, detail) = (row.what.as_str(), row.detail.as_str());
    match source {
        Source::Outcomes => (named(Outcome::from_name(what).map(Outcome::label), what), tree.path(detail)),
        Source::Live => (standing(what), detail.to_owned()),
        Source::FirstActs => (
            named(Kind::from_name(what).map(Kind::label), what),
            named(Channel::from_name(detail).map(Channel::label), detail),
        ),
        Source::Offers => (named(Stage::from_name(what).map(Stage::label), what), detail.to_owned()),
        Source::Attempts => (stage(what), named(Answered::from_name(detail).map(Answered::label), "")),
        Source::Passes => (what.to_owned(), detail.to_owned()),
        _ => (stage(what), detail.to_owned()),
    }
}

/// The number of a row's case, and whose it is; neither of what is not for whoever looks.
pub(super) fn case_of(row: &Row) -> (String, String) {
    if row.hidden {
        return (String::new(), String::new());
    }
    (
        row.number.map_or_else(|| "Gone".to_owned(), |number| format!("SD-{number}")),
        row.customer.clone().unwrap_or_else(|| "Erased customer".to_owned()),
    )
}

/// How long a row took in working time and by the calendar, as far as either is told: decisions in working time, answers
/// by the calendar, first acts by both.
pub(super) fn took(row: &Row, source: Source) -> (Option<TimeDelta>, Option<TimeDelta>) {
    let (Some(since), Some(until)) = (row.since, row.until) else { return (None, None) };
    let minutes = row.minutes.map(|minutes| TimeDelta::minutes(minutes.into()));
    match source {
        Source::Approvals => (minutes, None),
        Source::FirstActs => (minutes, Some(until - since)),
        _ => (None, Some(until - since)),
    }
}

/// The same for the eye: the first of them, and by the calendar where that is told as well.
pub(super) fn took_words(took: (Option<TimeDelta>, Option<TimeDelta>)) -> (String, String) {
    match took {
        (None, passed) => (passed.map(calendar::duration).unwrap_or_default(), String::new()),
        (Some(worked), None) => (calendar::working(worked), String::new()),
        (Some(worked), Some(passed)) => {
            (calendar::working(worked), format!("{} by the calendar", calendar::duration(passed)))
        }
    }
}

fn named(label: Option<&'static str>, otherwise: &str) -> String {
    label.unwrap_or(otherwise).to_owned()
}

/// Where an open case stands.
fn standing(name: &str) -> String {
    match name {
        "new" => "New".to_owned(),
        "working" => "Ours to work".to_owned(),
        on => WaitingOn::from_name(on).map(|on| on.label().to_owned()).unwrap_or_default(),
    }
}

/// What something came to.
fn stage(name: &str) -> String {
    match name {
        "met" => "Met",
        "missed" => "Missed",
        "kept" => "Kept on time",
        "late" => "Late",
        "broken" => "Broken",
        "waived" => "Waived",
        "open" => "Past due and open",
        "in_time" => "In time",
        "accepted" => "Accepted",
        "presented" => "Waiting for an answer",
        "approved" => "Approved",
        "approved_with_changes" => "Approved with changes",
        "declined" => "Declined",
        "expired" => "Expired",
        "withdrawn" => "Withdrawn",
        "whole" => "All filled in",
        "lacking" => "Something left empty",
        _ => "",
    }
    .to_owned()
}
