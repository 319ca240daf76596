//! Every target with whose it is, and the form that sets or changes one.

mod form;
mod list;

use axum::Router;
use axum::routing::get;

use crate::web::App;

/// Every route of targets.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/targets", get(list::show).post(form::set))
        .route("/targets/new", get(form::new))
        .route("/targets/{target}", get(form::show).post(form::change))
}
