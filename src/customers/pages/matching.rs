use std::collections::HashSet;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use crate::auth::{Actor, AddCustomers, Can, SeeCustomers};
use crate::error::Result;
use crate::search::{self, Hit};
use crate::web::{App, html};

/// How many customers a choice shows.
const FEW: usize = 8;

/// What was typed. It is never logged: log lines hold the path alone.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "customers/match.html")]
struct Options {
    hits: Vec<Hit>,
    query: String,
    may_add: bool,
}

/// Customers as you type; an order or a case stands for its customer.
pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeCustomers>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let may_add = can.may::<AddCustomers>();
    options(&app, &can, &asked, may_add).await
}

/// The same where only somebody we know will do.
pub(super) async fn choice(
    State(app): State<App>,
    can: Can<SeeCustomers>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    options(&app, &can, &asked, false).await
}

async fn options(app: &App, actor: &Actor, asked: &Asked, may_add: bool) -> Result<Response> {
    let query = asked.q.trim().to_owned();
    if query.is_empty() {
        return Ok(Html(String::new()).into_response());
    }
    let mut hits = search::find(&mut *app.db.read().await?, actor, &query, 4 * FEW).await?;
    let mut seen = HashSet::new();
    hits.retain(|hit| seen.insert(hit.customer));
    hits.truncate(FEW);
    Ok(html(&Options { hits, query, may_add })?.into_response())
}
