//! Pages of the limits: what each role may give alone, changing it with a look at what that would have meant, and every
//! version there was.

mod draft;
mod fields;
mod review;
mod show;
mod versions;

use axum::Router;
use axum::routing::{get, post};

use super::{Change, Spot};
use crate::auth::Role;
use crate::catalogue::OfferType;
use crate::money::Money;
use crate::web::App;

/// The routes of the limits.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/limits", get(show::show).post(review::publish))
        .route("/limits/review", post(review::review))
        .route("/limits/versions", get(versions::show))
}

/// As the head of a column.
fn column(role: Role) -> &'static str {
    match role {
        Role::Rep => "Rep",
        Role::Agent => "Agent",
        Role::Supervisor => "Supervisor",
        _ => "Manager",
    }
}

/// A place in words: “Percent discount, agent: percent off (Next, USD)”.
fn place(spot: &Spot, types: &[OfferType]) -> String {
    let name =
        |code: &str| types.iter().find(|one| one.code == code).map_or_else(|| code.to_owned(), |one| one.name.clone());
    let role_of = |role: &Role| column(*role).to_lowercase();
    match spot {
        Spot::Cell { tier, currency, offer_type, role, cap } => format!(
            "{}, {}: {} ({}, {currency})",
            name(offer_type),
            role_of(role),
            cap.label().to_lowercase(),
            tier.label(),
        ),
        Spot::Customer { tier, currency, role } => {
            format!("To one customer in 12 months, {} ({}, {currency})", role_of(role), tier.label())
        }
        Spot::Week { currency, role } => format!("By one person in 7 days, {} ({currency})", role_of(role)),
        Spot::Floor { offer_type } => format!("{}: margin floor", name(offer_type)),
    }
}

/// A difference as pages show it.
struct Shown {
    place: String,
    was: String,
    now: String,
}

fn shown(changes: Vec<Change>, types: &[OfferType]) -> Vec<Shown> {
    let show = |change: Change| Shown { place: place(&change.spot, types), was: change.was, now: change.now };
    changes.into_iter().map(show).collect()
}

/// Amounts of several currencies, never added up.
fn amounts(amounts: &[Money]) -> String {
    match amounts {
        [] => "–".to_owned(),
        amounts => amounts.iter().map(|amount| amount.short()).collect::<Vec<_>>().join(" + "),
    }
}
