//! The dashboard, the rows behind each of its numbers, missed opportunities, people, and promised credits that no bill
//! shows.

mod bridge;
mod chart;
mod coaching;
mod credits;
mod dashboard;
mod drivers;
mod filter;
mod ground;
mod missed;
mod net;
mod offers;
mod person;
mod rates;
mod risk;
mod rows;
mod score;
mod service;
mod stay;
mod tiles;
mod waits;
mod weeks;
mod whose;

use axum::Router;
use axum::routing::get;

use crate::web::App;

/// Every route of reports.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/dashboard", get(dashboard::show))
        .route("/reports/rows", get(rows::show))
        .route("/reports/credits", get(credits::show))
        .route("/reports/missed", get(missed::show))
        .route("/reports/coaching", get(coaching::show))
        .route("/people/{person}", get(person::show))
}
