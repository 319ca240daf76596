//! The dashboard, the rows behind each of its numbers, missed opportunities, people, and promised credits that no bill
//! shows.

mod bridge;
mod chart;
mod coaching;
mod credits;
mod dashboard;
mod drivers;
mod files;
mod filter;
mod ground;
mod letter;
mod mail;
mod missed;
mod net;
mod offers;
mod person;
mod rates;
mod read;
mod risk;
mod rows;
mod score;
mod service;
mod stay;
mod tiles;
mod waits;
mod weeks;
mod whose;
mod wording;

use axum::Router;
use axum::routing::{get, post};

use crate::web::App;

pub(super) use ground::Asked;
pub(super) use letter::letter;

/// Every route of reports.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/dashboard", get(dashboard::show))
        .route("/dashboard.csv", get(files::dashboard))
        .route("/dashboard.xlsx", get(files::dashboard))
        .route("/reports/rows", get(rows::show))
        .route("/reports/rows.csv", get(files::rows))
        .route("/reports/rows.xlsx", get(files::rows))
        .route("/reports/mail", get(mail::show).post(mail::choose))
        .route("/reports/mail/end", post(mail::end))
        .route("/reports/credits", get(credits::show))
        .route("/reports/credits.csv", get(files::credits))
        .route("/reports/credits.xlsx", get(files::credits))
        .route("/reports/missed", get(missed::show))
        .route("/reports/missed.csv", get(files::missed))
        .route("/reports/missed.xlsx", get(files::missed))
        .route("/reports/coaching", get(coaching::show))
        .route("/reports/coaching.csv", get(files::coaching))
        .route("/reports/coaching.xlsx", get(files::coaching))
        .route("/people/{person}", get(person::show))
        .route("/people/{person}/figures.csv", get(files::person))
        .route("/people/{person}/figures.xlsx", get(files::person))
}
