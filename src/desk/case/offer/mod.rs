//! Offers on the case page: the builder, the offers of the case, their confirmation and their whole history.

mod act;
mod answer;
mod builder;
mod detail;
mod form;
mod gauge;
mod ground;
mod list;
mod make;
mod requests;

use axum::Router;

use crate::web::App;

pub(super) use builder::Builder;
pub(super) use form::OfferForm;
pub(super) use ground::Ground;
pub(super) use list::{Listed, Requests};

pub(super) fn routes() -> Router<App> {
    make::routes().merge(act::routes()).merge(requests::routes()).merge(detail::routes())
}
