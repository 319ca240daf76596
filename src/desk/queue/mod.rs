//! The queue: which case is next and why, under every view that people need of it, and the ways to take cases and to
//! give them to others.

mod assign;
mod columns;
mod due;
mod export;
mod filter;
mod peek;
mod rows;
mod saved;
mod setting;
mod show;
mod store;
mod views;

use axum::Router;
use axum::routing::{get, post};

use crate::web::App;

pub(super) use filter::{Filter, Seen};
pub(super) use store::news;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/queue", get(show::show))
        .route("/queue/rows/{case}", get(show::row))
        .route("/queue/peek/{case}", get(peek::show))
        .route("/queue/columns", post(columns::save))
        .route("/queue/next", post(assign::next))
        .route("/queue/assignment", post(assign::many))
        .route("/cases/{case}/assignment", post(assign::one))
        .route("/queue.csv", get(export::file))
        .route("/queue.xlsx", get(export::file))
        .route("/queue/views/new", get(saved::new))
        .route("/queue/views", post(saved::create))
        .route("/queue/views/{view}", get(saved::edit).post(saved::update))
        .route("/queue/views/{view}/removal", post(saved::remove))
}
