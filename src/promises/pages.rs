//! The list of promises: mine, my team's, my department's; those owed, late, about to be late, and those that are over.
//! And the types of promises.

mod done;
mod list;
mod rows;
mod types;

use axum::Router;
use axum::routing::{get, post};

use crate::web::App;

/// The routes of promises that are no part of a case's page.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/promises", get(list::show))
        .route("/promises/{promise}/done", post(done::done))
        .merge(types::routes())
}
