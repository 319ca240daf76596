//! The rows behind a number: each case with the money that counts, what they add up to, and the definition of the figure.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::super::store::{self, Listed, Narrow, Row};
use super::super::{Figure, Preset, Source};
use super::ground::{Asked, Ground};
use super::rates::Names;
use crate::accounts::{self, People};
use crate::auth::{Can, SeeReports};
use crate::calendar;
use crate::cases::{Channel, Outcome, WaitingOn};
use crate::catalogue::Catalogue;
use crate::deadlines;
use crate::error::Result;
use crate::outcomes::OrderEnd;
use crate::reasons::{Reasons, Tree};
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

impl Which {
    pub(super) fn figure(&self) -> Figure {
        Figure::from_name(&self.figure).unwrap_or(Figure::Gross)
    }
}

/// The rows of a figure that an address asks for.
pub(super) fn listed(ground: &Ground, figure: Figure, narrow: Narrow) -> Listed {
    let (tomorrow, week) = ground.horizons();
    Listed {
        figure,
        range: ground.range,
        between: ground.between(ground.range),
        segment: ground.segment.clone(),
        narrow,
        today: ground.today,
        now: ground.now,
        tomorrow,
        week,
        zone: ground.zone.name(),
    }
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
}

#[derive(Template)]
#[template(path = "reports/rows.html")]
struct RowsPage {
    frame: Frame,
    title: &'static str,
    definition: &'static str,
    told: String,
    back: String,
    count: i64,
    total: String,
    /// What the amounts are, of a count of cases.
    amounts: Option<&'static str>,
    when: &'static str,
    rows: Vec<Shown>,
    first: Option<String>,
    next: Option<String>,
    csv: String,
    xlsx: String,
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeReports>,
    frame: Frame,
    Query(asked): Query<Asked>,
    Query(which): Query<Which>,
    Query(narrow): Query<Narrow>,
) -> Result<Response> {
    let figure = which.figure();
    let mut connection = app.db.read().await?;
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    let ground = Ground::new(&asked, Preset::Custom, &can, zone, app.now());
    let listed = listed(&ground, figure, narrow);
    let place = Cursor::read(&which.after).filter(|(place, _): &(String, Uuid)| listed.holds_place(place));
    let total = store::total(&mut connection, &listed).await?;
    let mut rows = store::page(&mut connection, &listed, place.clone(), ROWS + 1).await?;
    let people = app.kept::<People>(&mut connection, &can).await?;
    let reasons = app.kept::<Reasons>(&mut connection, &can).await?;
    let catalogue = app.kept::<Catalogue>(&mut connection, &can).await?;
    drop(connection);
    let names = Names::new(&reasons.tree, &catalogue, &people, &ground);
    let more = rows.len() > ROWS;
    rows.truncate(ROWS);
    let narrows: Vec<(&'static str, String)> = listed.narrow.pairs().to_vec();
    let here: Vec<(&str, &str)> = narrows.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let at = |path| ground.rows_at(path, figure, ground.range, &here);
    let (csv, xlsx) = (at("/reports/rows.csv"), at("/reports/rows.xlsx"));
    let here = ground.now_rows(figure, &here);
    let page = RowsPage {
        frame,
        title: figure.label(),
        definition: figure.definition(),
        told: told(&ground, &listed, &names),
        back: ground.dashboard(Preset::Custom),
        count: total.rows,
        total: ground.money(total.minor).to_string(),
        amounts: amounts(figure),
        when: when(figure.source()),
        next: rows
            .last()
            .filter(|_| more)
            .map(|last| format!("{here}&after={}", Cursor::at(&(&last.place, last.id)))),
        first: place.map(|_| here),
        rows: rows.into_iter().map(|row| shown(row, &ground, figure, names.tree)).collect(),
        csv,
        xlsx,
    };
    Ok(web::html(&page)?.into_response())
}

/// What the amounts are: the figure itself, or beside a count what was kept or lost.
pub(super) fn amounts(figure: Figure) -> Option<&'static str> {
    match figure.source() {
        Source::Outcomes if figure.is_money() => Some("Counts"),
        Source::Outcomes if figure == Figure::Lost => Some("At risk"),
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
        Source::Deadlines => "Done",
        Source::Promises => "Due",
        Source::Approvals => "Decided",
        Source::Answers => "Answered",
    }
}

/// The span and all that narrows it, in words.
pub(super) fn told(ground: &Ground, listed: &Listed, names: &Names<'_>) -> String {
    let narrow = &listed.narrow;
    let mut told = vec![if listed.figure.source() == Source::Live { "Now".to_owned() } else { ground.range.words() }];
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

/// What became of a row, and more of it, in words.
pub(super) fn words(row: &Row, source: Source, tree: &Tree) -> (String, String) {
    match source {
        Source::Outcomes => (
            Outcome::from_name(&row.what).map_or_else(|| row.what.clone(), |outcome| outcome.label().to_owned()),
            tree.path(&row.detail),
        ),
        Source::Live => (standing(&row.what), row.detail.clone()),
        _ => (stage(&row.what), row.detail.clone()),
    }
}

/// The number of a row's case, and whose it is.
pub(super) fn whose(row: &Row) -> (String, String) {
    (
        row.number.map_or_else(|| "Gone".to_owned(), |number| format!("SD-{number}")),
        row.customer.clone().unwrap_or_else(|| "Erased customer".to_owned()),
    )
}

fn shown(row: Row, ground: &Ground, figure: Figure, tree: &Tree) -> Shown {
    let (what, detail) = words(&row, figure.source(), tree);
    let (code, customer) = whose(&row);
    Shown {
        href: row.case_id.map(|case| format!("/cases/{case}")),
        code,
        customer,
        day: calendar::date(row.day, chrono::Datelike::year(&ground.today)),
        what,
        detail,
        amount: row.minor.map(|minor| ground.money(minor).to_string()).unwrap_or_default(),
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
pub(super) fn stage(name: &str) -> String {
    match name {
        "met" => "Met",
        "missed" => "Missed",
        "kept" => "Kept on time",
        "late" => "Late",
        "broken" => "Broken",
        "waived" => "Waived",
        "open" => "Past due and open",
        "in_time" => "In time",
        "approved" => "Approved",
        "approved_with_changes" => "Approved with changes",
        "declined" => "Declined",
        _ => "",
    }
    .to_owned()
}
