//! The list: what is owed from the soonest on, what waits for a sign-off, whose customer is unknown, what is answered.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::super::store::{self, Filter, Listed};
use super::super::{Stage, View};
use super::Choice;
use crate::accounts;
use crate::auth::{Can, SeeCases, SignComplaints, WorkComplaints};
use crate::calendar;
use crate::cases::Channel;
use crate::error::Result;
use crate::ids::ComplaintId;
use crate::web::{self, App, Cursor, Due, Frame};

/// Rows of a page.
const ROWS: usize = 50;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/complaints", get(show))
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    view: String,
    source: String,
    after: String,
}

/// A choice over the list.
struct Tab {
    href: String,
    label: &'static str,
    count: Option<i64>,
    current: bool,
    hot: bool,
}

/// A complaint in the list.
struct Row {
    id: ComplaintId,
    title: String,
    sub: String,
    customer: String,
    unknown: bool,
    code: String,
    case_href: String,
    stage: Stage,
    stage_sub: String,
    due: Option<Due>,
    sent: String,
}

#[derive(Template)]
#[template(path = "complaints/list.html")]
struct ListPage {
    frame: Frame,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    view: View,
    source: String,
    sources: Vec<Choice>,
    may_take_in: bool,
    first: Option<String>,
    next: Option<String>,
}

fn address(view: View, source: Option<Channel>, rest: &str) -> String {
    let mut parts = Vec::new();
    if view != View::Open {
        parts.push(format!("view={}", view.name()));
    }
    parts.extend(source.map(|source| format!("source={}", source.name())));
    if !rest.is_empty() {
        parts.push(rest.to_owned());
    }
    if parts.is_empty() { "/complaints".to_owned() } else { format!("/complaints?{}", parts.join("&")) }
}

async fn show(
    State(app): State<App>,
    can: Can<SeeCases>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let view = View::from_name(&asked.view).unwrap_or(View::Open);
    let source = Channel::from_name(&asked.source).filter(|source| source.brings_complaints());
    let filter = Filter { view, source, who: can.id, now: app.now() };
    let place: Option<(DateTime<Utc>, Uuid)> = Cursor::read(&asked.after);
    let mut connection = app.db.read().await?;
    let mut rows = store::page(&mut connection, &filter, place, ROWS + 1).await?;
    let counts = store::counts(&mut connection, &filter).await?;
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    drop(connection);
    let more = rows.len() > ROWS;
    rows.truncate(ROWS);
    let next = rows.last().filter(|_| more).map(Listed::place);
    let shown = |one: &&View| **one != View::Review || can.may::<SignComplaints>();
    let page = ListPage {
        tabs: View::ALL
            .iter()
            .filter(shown)
            .map(|one| Tab {
                href: address(*one, source, ""),
                label: one.label(),
                count: counts.of(*one),
                current: *one == view,
                hot: *one == View::Open && counts.late() > 0,
            })
            .collect(),
        rows: rows.into_iter().map(|row| Row::of(row, zone, app.now())).collect(),
        sources: Channel::OF_COMPLAINTS.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
        source: source.map_or("", Channel::name).to_owned(),
        may_take_in: can.may::<WorkComplaints>(),
        first: place.map(|_| address(view, source, "")),
        next: next.map(|place| address(view, source, &format!("after={}", Cursor::at(&place)))),
        view,
        frame,
    };
    Ok(web::html(&page)?.into_response())
}

impl Row {
    fn of(row: Listed, zone: chrono_tz::Tz, now: DateTime<Utc>) -> Self {
        let source = Channel::from_name(&row.source).map_or("", Channel::label);
        let title = row.external_ref.as_ref().map_or_else(|| row.name.clone(), |number| format!("{source} {number}"));
        let round = if row.round > 1 { ", rebuttal" } else { "" };
        let stage_sub = match row.stage {
            Stage::InReview => match row.reviewer {
                Some(name) => format!("Waits for {name}"),
                None => "Waits for a sign-off".to_owned(),
            },
            _ => row.owner.unwrap_or_else(|| "Nobody yet".to_owned()),
        };
        Self {
            id: row.id,
            sub: format!("{}{round}", row.name),
            title,
            customer: row.customer,
            unknown: row.unknown,
            code: format!("SD-{}", row.number),
            case_href: format!("/cases/{}", row.case_id),
            stage: row.stage,
            stage_sub,
            due: row.stage.owes().then(|| Due::new(row.due_at, row.taken_in_at, &row.because, zone, now)),
            sent: row.sent_at.map(|at| calendar::day(at, zone, now)).unwrap_or_default(),
        }
    }
}
