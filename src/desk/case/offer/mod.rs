//! Offers on the case page: the builder, the offers of the case, their confirmation and their whole history.

mod act;
mod answer;
mod approval;
mod builder;
mod detail;
mod form;
mod gauge;
mod ground;
mod list;
mod make;
mod requests;
mod shown;

use axum::Router;

use crate::web::App;

pub(super) use approval::Requests;
pub(super) use builder::Builder;
pub(super) use form::OfferForm;
pub(super) use ground::Ground;
pub(super) use list::Listed;

pub(super) fn routes() -> Router<App> {
    make::routes().merge(act::routes()).merge(requests::routes()).merge(detail::routes())
}
