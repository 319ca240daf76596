mod concessions;
mod consents;
mod details;
pub(crate) mod form;
mod links;
mod list;
mod matching;
mod new;
mod order;
mod people;
mod plans;
mod protection;
mod show;
mod status;

use axum::Router;
use axum::routing::{get, post};

use crate::money::Money;
use crate::web::App;

pub(crate) use protection::{Shown, require, require_shown};

/// The list, a customer's page, and the forms that add and edit.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/customers", get(list::show).post(new::create))
        .route("/customers/new", get(new::show))
        .route("/customers/match", get(matching::show))
        .route("/customers/choice", get(matching::choice))
        .route("/customers/{customer}", get(show::show).post(details::save))
        .route("/customers/{customer}/edit", get(details::show))
        .route("/customers/{customer}/status", get(status::show).post(status::save))
        .route("/customers/{customer}/consents", get(consents::show).post(consents::save))
        .route("/customers/{customer}/authentication", get(protection::show).post(protection::note))
        .route("/customers/{customer}/revelation", post(protection::show_details))
        .route("/customers/{customer}/link", get(links::show).post(links::create))
        .route("/customers/{customer}/link/removal", post(links::remove))
        .route("/customers/{customer}/contacts", post(people::create))
        .route("/customers/{customer}/contacts/new", get(people::new))
        .route("/customers/{customer}/subscriptions", post(plans::create))
        .route("/customers/{customer}/subscriptions/new", get(plans::new))
        .route("/contacts/{contact}", post(people::save))
        .route("/contacts/{contact}/edit", get(people::show))
        .route("/subscriptions/{subscription}", post(plans::save))
        .route("/subscriptions/{subscription}/edit", get(plans::show))
        .route("/orders/{order}", get(order::show))
}

/// Something to choose in a form.
struct Choice {
    value: &'static str,
    label: &'static str,
}

/// Amounts of several currencies, never added up: "$27,720 + €4,100".
fn amounts(amounts: &[Money]) -> String {
    amounts.iter().map(|amount| amount.short()).collect::<Vec<_>>().join(" + ")
}

/// The sums of amounts, one for each currency.
fn sums(amounts: impl IntoIterator<Item = Money>) -> Vec<Money> {
    let mut sums: Vec<Money> = Vec::new();
    for amount in amounts {
        match sums.iter_mut().find(|sum| sum.currency == amount.currency) {
            Some(sum) => *sum = sum.plus(amount).unwrap_or(*sum),
            None => sums.push(amount),
        }
    }
    sums
}
