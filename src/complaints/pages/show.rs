//! The page of a complaint, where its answer is written.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::super::{Finding, Stage};
use super::parts::{Typed, View};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, SeeCases};
use crate::error::Result;
use crate::ids::ComplaintId;
use crate::web::{self, App, Frame};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/complaints/{complaint}", get(show))
}

#[derive(Template)]
#[template(path = "complaints/show.html")]
struct ShowPage {
    frame: Frame,
    view: View,
}

/// The page, as it is answered to a form as well.
///
/// # Errors
/// When the template fails.
pub(super) fn page(status: StatusCode, frame: Frame, view: View) -> Result<Response> {
    Ok((status, web::html(&ShowPage { frame, view })?).into_response())
}

async fn show(
    State(app): State<App>,
    can: Can<SeeCases>,
    frame: Frame,
    Path(complaint): Path<ComplaintId>,
) -> Result<Response> {
    let view = View::load(&app, &can, complaint).await?;
    let entry = Entry::new(Action::ComplaintViewed, Subject::Complaint(complaint)).of(view.complaint.customer);
    audit::view_again(&app.db, &can, entry).await?;
    page(StatusCode::OK, frame, view)
}
