mod card;
mod costs;

use axum::Router;
use axum::routing::{get, post};

use crate::web::App;

pub use card::Card;

/// The lines of what it costs to serve, and the forms that change them.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/subscriptions/{subscription}/costs", get(costs::of_subscription).post(costs::add_to_subscription))
        .route("/subscriptions/{subscription}/costs/new", get(costs::new_of_subscription))
        .route("/orders/{order}/costs", get(costs::of_order).post(costs::add_to_order))
        .route("/orders/{order}/costs/new", get(costs::new_of_order))
        .route("/service_costs/{cost}", post(costs::save))
        .route("/service_costs/{cost}/edit", get(costs::edit))
        .route("/service_costs/{cost}/removal", post(costs::remove))
}
