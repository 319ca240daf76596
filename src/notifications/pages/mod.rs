//! The inbox, what somebody chooses about it, and the outbox.

mod choices;
mod inbox;
mod outbox;

use axum::Router;
use axum::routing::{get, post};

use crate::web::App;

/// Every route of notices and mails.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/notifications", get(inbox::show))
        .route("/notifications/bell", get(inbox::bell))
        .route("/notifications/reading", post(inbox::read_all))
        .route("/notifications/{notice}", get(inbox::open))
        .route("/notifications/{notice}/reading", post(inbox::read))
        .route("/profile/notifications", get(choices::show).post(choices::save))
        .route("/outbox", get(outbox::list))
        .route("/outbox/{mail}", get(outbox::show))
        .route("/outbox/{mail}/retry", post(outbox::retry))
}
