//! The lists of calls: one's own, the whole desk's, those that are over.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::super::Stage;
use super::super::store::{self, Show};
use super::clock;
use crate::accounts;
use crate::auth::{Can, SeeAppointments, SeeCases};
use crate::calendar::{day, time_of_day};
use crate::error::Result;
use crate::ids::{AppointmentId, UserId};
use crate::requests::masked;
use crate::web::{self, App, Cursor, Frame};

/// How many rows a page holds.
const PAGE: usize = 50;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/appointments", get(show))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    view: String,
    after: String,
}

struct Tab {
    href: &'static str,
    label: &'static str,
    count: Option<i64>,
    current: bool,
}

struct Row {
    id: AppointmentId,
    what: String,
    sub: String,
    ours: String,
    theirs: String,
    who: String,
    stage: Stage,
}

/// Rows of one day.
struct Group {
    heading: String,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "appointments/list.html")]
struct ListPage {
    frame: Frame,
    topic: String,
    here: String,
    zone: String,
    tabs: Vec<Tab>,
    groups: Vec<Group>,
    shown: String,
    next: Option<String>,
    over: bool,
}

async fn show(
    State(app): State<App>,
    can: Can<SeeAppointments>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let (now, desk) = (app.now(), can.may::<SeeCases>());
    let me = can.id.unwrap_or_else(UserId::new);
    let view = match asked.view.as_str() {
        "all" if desk => "all",
        "over" => "over",
        _ => "",
    };
    let what = match view {
        "all" => Show::Booked(None),
        "over" => Show::Over((!desk).then_some(me)),
        _ => Show::Booked(Some(me)),
    };
    let mut connection = app.db.read().await?;
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    let counts = store::counts(&mut connection, can.id).await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut lines = store::list(&mut connection, what, Cursor::read(&asked.after), limit).await?;
    drop(connection);
    let more = lines.len() > PAGE;
    lines.truncate(PAGE);
    let next = lines
        .last()
        .filter(|_| more)
        .map(|last| format!("/appointments?view={view}&after={}", Cursor::at(&(last.starts_at, last.id.uuid()))));
    let shown = format!("{} shown", lines.len());
    let mut groups: Vec<Group> = Vec::new();
    for line in lines {
        let heading = day(line.starts_at, zone, now);
        let theirs = line.time_zone.parse().unwrap_or(zone);
        let until = line.starts_at + chrono::TimeDelta::minutes(line.minutes.into());
        let others = match line.others {
            0 => String::new(),
            1 => " and 1 other".to_owned(),
            many => format!(" and {many} others"),
        };
        let row = Row {
            id: line.id,
            sub: format!(
                "{} · SD-{} · {}",
                line.kind.label(),
                line.number,
                if desk { line.customer } else { masked(&line.customer) }
            ),
            what: line.what,
            ours: format!("{} to {}", time_of_day(line.starts_at, zone), time_of_day(until, zone)),
            theirs: format!("{} in {}", time_of_day(line.starts_at, theirs), clock(theirs)),
            who: format!("{}{others}", line.host),
            stage: line.stage,
        };
        match groups.last_mut() {
            Some(group) if group.heading == heading => group.rows.push(row),
            _ => groups.push(Group { heading, rows: vec![row] }),
        }
    }
    let tab = |name: &str, href, label, count| Tab { href, label, count, current: name == view };
    let mut tabs = vec![tab("", "/appointments", "Mine", Some(counts.mine))];
    if desk {
        tabs.push(tab("all", "/appointments?view=all", "Whole desk", Some(counts.all)));
    }
    tabs.push(tab("over", "/appointments?view=over", "Over", None));
    let page = ListPage {
        topic: if view.is_empty() || !desk { format!("appointments:{me}") } else { "queue".to_owned() },
        here: frame.path.clone(),
        frame,
        zone: clock(zone),
        tabs,
        groups,
        shown,
        next,
        over: view == "over",
    };
    Ok(web::html(&page)?.into_response())
}
