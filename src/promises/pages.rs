//! The list of promises: mine, my team's, my department's; those owed, late, about to be late, and those that are over. And the types of
//! promises.

mod list;
mod rows;
mod types;

use axum::Router;
use axum::routing::get;

use crate::web::App;

/// The routes of promises that are no part of a case's page.
pub fn routes() -> Router<App> {
    Router::new().route("/promises", get(list::show)).merge(types::routes())
}
