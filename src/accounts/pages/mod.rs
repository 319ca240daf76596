//! Pages of accounts: signing in, the own profile, and what admins do with people, teams and departments.

mod absences;
mod conflict;
mod fields;
mod links;
mod profile;
mod sessions;
mod sign_in;
mod teams;
mod user;
mod users;

pub use conflict::ConflictPage;

use std::str::FromStr;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;

use crate::db::{Origin, Via};
use crate::error::{self, Error, FormErrors, Result};
use crate::ids::UserId;
use crate::web::App;

/// Every route of accounts.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(sign_in::routes())
        .merge(links::routes())
        .merge(profile::routes())
        .merge(sessions::routes())
        .merge(absences::routes())
        .merge(users::routes())
        .merge(user::routes())
        .merge(teams::routes())
}

/// One of the things to choose from.
struct Choice {
    value: String,
    label: String,
}

impl Choice {
    fn new(value: &impl ToString, label: impl Into<String>) -> Self {
        Self { value: value.to_string(), label: label.into() }
    }
}

/// An id from an address; what is none leads nowhere.
fn id<T: FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::NotFound)
}

/// Who changes something where nobody is signed in.
fn origin(actor: Option<UserId>) -> Origin {
    Origin { actor, via: Via::Page, request: error::reference() }
}

/// What a rule says about a field, to be shown beside it; every other error as it is.
fn beside(error: Error) -> Result<FormErrors> {
    match error {
        Error::Invalid(errors) => Ok(errors),
        error => Err(error),
    }
}

/// The same page with what was typed and what is wrong with it.
fn unprocessed(page: impl IntoResponse) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

/// A wait in words, never too short: `2 minutes`.
fn wait_in_words(wait: TimeDelta) -> String {
    match (wait.num_seconds() + 59) / 60 {
        ..=1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

/// Tries in words, for who has just failed.
fn tries_left(left: i64) -> String {
    match left {
        0 => "That was the last try; wait a minute before the next.".to_owned(),
        1 => "You have 1 try left.".to_owned(),
        left => format!("You have {left} tries left."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_never_told_too_short() {
        let told = |seconds| wait_in_words(TimeDelta::seconds(seconds));
        assert_eq!([told(1), told(60), told(61), told(900)], ["a minute", "a minute", "2 minutes", "15 minutes"]);
    }
}
