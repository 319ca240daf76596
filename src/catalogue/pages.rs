//! Pages of the catalogue: every type, one with its versions, publishing a version, and which types are open to whom.

mod fields;
mod form;
mod list;
mod show;
mod tester;

use axum::Router;
use axum::routing::get;
use sqlx::PgConnection;

use super::{OfferType, Vocabulary, store};
use crate::accounts;
use crate::auth::Actor;
use crate::error::{Error, Result};
use crate::reasons::Reasons;
use crate::web::App;

/// The routes of the catalogue.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/offer_types", get(list::show).post(form::create))
        .route("/offer_types/new", get(form::new))
        .route("/offer_types/test", get(tester::show))
        .route("/offer_types/{code}", get(show::show))
        .route("/offer_types/{code}/versions", axum::routing::post(form::publish))
        .route("/offer_types/{code}/versions/new", get(form::edit))
}

/// Something to choose in a form.
#[derive(Clone, Debug)]
struct Choice {
    value: String,
    label: String,
}

impl Choice {
    fn new(value: &impl ToString, label: impl Into<String>) -> Self {
        Self { value: value.to_string(), label: label.into() }
    }
}

/// The names behind codes, and the reader's clock.
async fn vocabulary(app: &App, connection: &mut PgConnection, who: &Actor, types: &[OfferType]) -> Result<Vocabulary> {
    let people = app.kept::<accounts::People>(connection, who).await?;
    let reasons = app.kept::<Reasons>(connection, who).await?;
    Ok(Vocabulary {
        levers: reasons.levers.iter().map(|lever| (lever.code.clone(), lever.name.clone())).collect(),
        departments: people.departments().iter().map(|one| (one.id, one.name.clone())).collect(),
        types: types.iter().map(|one| (one.code.clone(), one.name.clone())).collect(),
        zone: people.zone_of(who.team),
        now: app.now(),
    })
}

/// Every version of a type, the newest first.
async fn versions(app: &App, connection: &mut PgConnection, who: &Actor, code: &str) -> Result<Vec<OfferType>> {
    let versions = app.kept::<store::Catalogue>(connection, who).await?.versions(code);
    if versions.is_empty() { Err(Error::NotFound) } else { Ok(versions) }
}
