//! The rows behind a number: each case with the money that counts, what they add up to, and the definition of the figure.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use serde::Deserialize;
use uuid::Uuid;

use super::super::store::{self, Listed, Narrow, Row};
use super::super::{Figure, Preset, Source, TeamChoice};
use super::ground::{Asked, Ground};
use super::rates::Names;
use super::whose;
use crate::accounts::People;
use crate::auth::{Can, SeeOwnFigures};
use crate::calendar;
use crate::cases::{Channel, Kind, Outcome, WaitingOn};
use crate::catalogue::Catalogue;
use crate::deadlines;
use crate::error::Result;
use crate::ids::UserId;
use crate::interactions::Response as Answered;
use crate::offers::Stage;
use crate::outcomes::OrderEnd;
use crate::reasons::Reasons;
use crate::web::{self, App, Cursor, Frame};

/// Rows of a page.
const ROWS: usize = 50;

/// What the address asks for beside the span and the part of the desk; gross saved revenue where it names no figure.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    figure: String,
    after: String,
}

/// A row as shown.
struct Shown {
    /// Its case; none once that is gone.
    href: Option<String>,
    code: String,
    customer: String,
    day: String,
    what: String,
    detail: String,
    amount: String,
    /// How long it took, and by the calendar where that is told as well.
    took: (String, String),
}

#[derive(Template)]
#[template(path = "reports/rows.html")]
struct RowsPage {
    frame: Frame,
    title: &'static str,
    definition: &'static str,
    told: String,
    back: String,
    back_to: &'static str,
    count: i64,
    total: String,
    /// What the amounts are, of a count of cases.
    amounts: Option<&'static str>,
    when: &'static str,
    /// What both columns of words say.
    heads: (&'static str, &'static str),
    /// Whether they took their time.
    takes: bool,
    rows: Vec<Shown>,
    first: Option<String>,
    next: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeOwnFigures>,
    frame: Frame,
    Query(asked): Query<Asked>,
    Query(which): Query<Which>,
    Query(mut narrow): Query<Narrow>,
) -> Result<Response> {
    let figure = Figure::from_name(&which.figure).unwrap_or(Figure::Gross);
    let mut connection = app.db.read().await?;
    let people = app.kept::<People>(&mut connection, &can).await?;
    let zone = people.zone_of(can.team);
    let mut ground = Ground::new(&asked, Preset::Custom, &can, zone, app.now());
    let whose = whose::of_rows(&narrow.owner, &can, &people)?;
    if let Some(person) = whose {
        // what is somebody's is theirs in whatever team the case is
        narrow.owner = person.to_string();
        ground.segment.team = TeamChoice::All;
    }
    let (tomorrow, week) = ground.horizons();
    let listed = Listed {
        figure,
        range: ground.range,
        between: ground.between(ground.range),
        segment: ground.segment.clone(),
        narrow,
        today: ground.today,
        now: ground.now,
        tomorrow,
        week,
        zone: zone.name(),
    };
    let place = Cursor::read(&which.after).filter(|(place, _): &(String, Uuid)| listed.holds_place(place));
    let total = store::total(&mut connection, &listed).await?;
    let mut rows = store::page(&mut connection, &listed, place.clone(), ROWS + 1).await?;
    let reasons = app.kept::<Reasons>(&mut connection, &can).await?;
    let catalogue = app.kept::<Catalogue>(&mut connection, &can).await?;
    drop(connection);
    let names = Names::new(&reasons.tree, &catalogue, &people, &ground);
    let more = rows.len() > ROWS;
    rows.truncate(ROWS);
    let narrows: Vec<(&'static str, String)> = listed.narrow.pairs().to_vec();
    let here: Vec<(&str, &str)> = narrows.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let here = ground.now_rows(figure, &here);
    let page = RowsPage {
        frame,
        title: figure.label(),
        definition: figure.definition(),
        told: told(&ground, &listed, &names, rows.first(), whose),
        back: whose.map_or_else(|| ground.dashboard(Preset::Custom), |person| whose::page(person, ground.range.from)),
        back_to: if whose.is_some() { "Figures" } else { "Dashboard" },
        count: total.rows,
        total: ground.money(total.minor).to_string(),
        amounts: amounts(figure),
        when: when(figure.source()),
        heads: heads(figure.source()),
        takes: matches!(figure.source(), Source::Approvals | Source::Answers | Source::FirstActs),
        next: rows.last().filter(|_| more).map(|last| format!("{here}&after={}", Cursor::at(&(&last.place, last.id)))),
        first: place.map(|_| here),
        rows: rows.into_iter().map(|row| shown(row, &ground, figure, &names)).collect(),
    };
    Ok(web::html(&page)?.into_response())
}

/// What the amounts are: the figure itself, or beside a count what was kept or lost.
fn amounts(figure: Figure) -> Option<&'static str> {
    match figure.source() {
        Source::Outcomes if figure.is_money() => Some("Counts"),
        Source::Outcomes if figure.is_of_lost() => Some("At risk"),
        Source::Outcomes => Some("Kept"),
        Source::Live => Some("At risk"),
        _ => None,
    }
}

fn when(source: Source) -> &'static str {
    match source {
        Source::Outcomes => "Closed",
        Source::Live => "Opened",
        Source::Deadlines => "Done",
        Source::Promises => "Due",
        Source::Approvals => "Decided",
        Source::Answers => "Answered",
        Source::FirstActs => "First act",
        Source::Offers => "Shown",
        Source::Attempts => "Made",
    }
}

fn heads(source: Source) -> (&'static str, &'static str) {
    match source {
        Source::Outcomes => ("What became of it", "Coded reason"),
        Source::Live => ("Where it stands", "Next action"),
        Source::Deadlines => ("What became of it", "What was due"),
        Source::Promises => ("What became of it", "What we promised"),
        Source::Approvals => ("Decision", "Why it was asked"),
        Source::Answers => ("Answered", "What was asked"),
        Source::FirstActs => ("Kind of case", "Channel"),
        Source::Offers => ("What became of it", "Offer type"),
        Source::Attempts => ("What is filled in", "Customer’s response"),
    }
}

/// The span and all that narrows it, in words.
fn told(
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
    told.extend(reasons.map(|code| names.tree.find(code).map_or_else(|| code.to_owned(), |one| one.name.clone())));
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

fn shown(row: Row, ground: &Ground, figure: Figure, names: &Names<'_>) -> Shown {
    let took = took(&row, figure.source(), names);
    let (what, detail) = match figure.source() {
        Source::Outcomes => (
            Outcome::from_name(&row.what).map_or(row.what, |outcome| outcome.label().to_owned()),
            names.tree.path(&row.detail),
        ),
        Source::Live => (standing(&row.what), row.detail),
        Source::FirstActs => (
            Kind::from_name(&row.what).map_or(row.what, |kind| kind.label().to_owned()),
            Channel::from_name(&row.detail).map_or(row.detail, |channel| channel.label().to_owned()),
        ),
        Source::Offers => (Stage::from_name(&row.what).map_or(row.what, |stage| stage.label().to_owned()), row.detail),
        Source::Attempts => {
            (stage(&row.what), Answered::from_name(&row.detail).map(|one| one.label().to_owned()).unwrap_or_default())
        }
        _ => (stage(&row.what), row.detail),
    };
    Shown {
        href: row.case_id.map(|case| format!("/cases/{case}")),
        code: row.number.map_or_else(|| "Gone".to_owned(), |number| format!("SD-{number}")),
        customer: row.customer.unwrap_or_else(|| "Erased customer".to_owned()),
        day: calendar::date(row.day, chrono::Datelike::year(&ground.today)),
        what,
        detail,
        amount: row.minor.map(|minor| ground.money(minor).to_string()).unwrap_or_default(),
        took,
    }
}

/// How long it took: of decisions and first acts in working time; of first acts and answers by the calendar.
fn took(row: &Row, source: Source, names: &Names<'_>) -> (String, String) {
    let (Some(since), Some(until)) = (row.since, row.until) else { return Default::default() };
    let passed = calendar::duration(until - since);
    match source {
        Source::Approvals => {
            let worked = names.people.calendar_of(row.team_id).working_between(since, until);
            (calendar::working(worked), String::new())
        }
        Source::FirstActs => {
            let worked = row.minutes.map(|minutes| calendar::working(TimeDelta::minutes(minutes.into())));
            (worked.unwrap_or_default(), format!("{passed} by the calendar"))
        }
        _ => (passed, String::new()),
    }
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
