//! The page: the list, and the request in hand beside it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::super::Stage;
use super::list::{self, List};
use super::panel::Panel;
use crate::accounts::People;
use crate::assets::ASSETS;
use crate::audit;
use crate::auth::{Actor, Can, SeeRequests};
use crate::error::{Error, Result};
use crate::ids::RequestId;
use crate::web::{self, App, Frame};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/requests", get(show)).route("/requests/{request}", get(one))
}

#[derive(Template)]
#[template(path = "requests/list.html")]
struct ListPage {
    frame: Frame,
    list: List,
    panel: Option<Panel>,
}

/// What a fragment needs of the frame.
struct Icons {
    icons: &'static str,
}

#[derive(Template)]
#[template(path = "requests/panel.html")]
struct PanelPart {
    frame: Icons,
    panel: Panel,
}

/// Reads the request in hand, and notes that it was looked at.
///
/// # Errors
/// `NotFound` when there is none, or it is another department's.
pub(super) async fn panel(app: &App, actor: &Actor, request: RequestId) -> Result<Panel> {
    let mut connection = app.db.read().await?;
    let people = app.kept::<People>(&mut connection, actor).await?;
    let panel = Panel::read(&mut connection, actor, request, people.zone_of(actor.team), app.now()).await?;
    drop(connection);
    audit::view_again(&app.db, actor, panel.viewed()).await?;
    Ok(panel)
}

/// The whole page, as it is answered to a form as well.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn page(
    app: &App,
    actor: &Actor,
    frame: Frame,
    query: &list::Query,
    panel: Option<Panel>,
    status: StatusCode,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let people = app.kept::<People>(&mut connection, actor).await?;
    let zone = people.zone_of(actor.team);
    let list = List::read(&mut connection, actor, &people, query, zone, app.now()).await?;
    drop(connection);
    Ok((status, web::html(&ListPage { frame, list, panel })?).into_response())
}

async fn show(
    State(app): State<App>,
    can: Can<SeeRequests>,
    frame: Frame,
    Query(query): Query<list::Query>,
) -> Result<Response> {
    let panel = match query.peek.parse() {
        Ok(request) => match panel(&app, &can, request).await {
            Ok(panel) => Some(panel),
            Err(Error::NotFound) => None,
            Err(error) => return Err(error),
        },
        Err(_) => None,
    };
    page(&app, &can, frame, &query, panel, StatusCode::OK).await
}

/// The request alone for a script, else the list with it in hand.
async fn one(
    State(app): State<App>,
    can: Can<SeeRequests>,
    frame: Frame,
    Path(request): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let request: RequestId = request.parse().map_err(|_| Error::NotFound)?;
    let panel = panel(&app, &can, request).await?;
    if headers.contains_key("x-fragment") {
        return Ok(web::html(&PanelPart { frame: Icons { icons: &ASSETS.icons }, panel })?.into_response());
    }
    let query = around(&panel);
    page(&app, &can, frame, &query, Some(panel), StatusCode::OK).await
}

/// The list that a request stands in.
pub(super) fn around(panel: &Panel) -> list::Query {
    let view = match panel.request.stage {
        Stage::Answered => "answered",
        Stage::Cancelled => "cancelled",
        _ if panel.desk => "all",
        _ => "",
    };
    list::Query { view: view.to_owned(), peek: panel.request.id.to_string(), ..list::Query::default() }
}
