use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::{Hit, Kind, find};
use crate::auth::{Can, SeeCustomers};
use crate::error::Result;
use crate::web::{App, Frame, html};

/// How many hits the palette shows.
const FEW: usize = 12;
/// How many hits the page shows.
const MANY: usize = 60;

/// Search, as a page and as the palette's list.
pub fn routes() -> Router<App> {
    Router::new().route("/search", get(show))
}

/// What was typed. It is never logged: log lines hold the path alone.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "search/index.html")]
struct SearchPage {
    frame: Frame,
    query: String,
    groups: Vec<Group>,
    shown: usize,
    cut: bool,
}

struct Group {
    kind: Kind,
    hits: Vec<Hit>,
}

#[derive(Template)]
#[template(path = "search/options.html")]
struct Options {
    frame: Frame,
    hits: Vec<Hit>,
}

async fn show(
    State(app): State<App>,
    can: Can<SeeCustomers>,
    headers: HeaderMap,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let fragment = headers.get("x-fragment").is_some_and(|name| name == "search");
    let query = asked.q.trim().to_owned();
    let limit = if fragment { FEW } else { MANY };
    let hits = app.read_anywhere(&can, async |connection| find(connection, &can, &query, limit).await).await?;
    if fragment {
        return Ok(html(&Options { frame, hits })?.into_response());
    }
    let shown = hits.len();
    let page = SearchPage { frame, query, groups: group(hits), shown, cut: shown == MANY };
    Ok(html(&page)?.into_response())
}

fn group(hits: Vec<Hit>) -> Vec<Group> {
    let mut groups: Vec<Group> = Kind::ALL.into_iter().map(|kind| Group { kind, hits: Vec::new() }).collect();
    for hit in hits {
        if let Some(group) = groups.iter_mut().find(|group| group.kind == hit.kind) {
            group.hits.push(hit);
        }
    }
    groups.retain(|group| !group.hits.is_empty());
    groups
}
