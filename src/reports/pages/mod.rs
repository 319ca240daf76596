//! The dashboard, the rows behind each of its numbers, and promised credits that no bill shows.

mod bridge;
mod chart;
mod credits;
mod dashboard;
mod drivers;
mod ground;
mod net;
mod offers;
mod rates;
mod risk;
mod rows;
mod service;
mod stay;
mod tiles;
mod waits;
mod weeks;

use axum::Router;
use axum::routing::get;

use crate::web::App;

/// Every route of reports.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/dashboard", get(dashboard::show))
        .route("/reports/rows", get(rows::show))
        .route("/reports/credits", get(credits::show))
}
