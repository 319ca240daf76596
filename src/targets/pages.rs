//! Every target with whose it is, and the form that sets or changes one.

mod files;
mod form;
mod list;

use axum::Router;
use axum::routing::get;

use crate::web::App;

/// Every route of targets.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/targets", get(list::show).post(form::set))
        .route("/targets.csv", get(files::targets))
        .route("/targets.xlsx", get(files::targets))
        .route("/targets/new", get(form::new))
        .route("/targets/{target}", get(form::show).post(form::change))
}
