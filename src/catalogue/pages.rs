//! Pages of the catalogue: every type, one with its versions, publishing a version, and which types are open to whom.

mod fields;
mod form;
mod list;
mod show;
mod tester;

use axum::Router;
use axum::routing::get;
use chrono_tz::Tz;
use sqlx::PgConnection;

use super::{OfferType, Vocabulary, store};
use crate::auth::Actor;
use crate::error::{Error, Result};
use crate::web::App;
use crate::{accounts, reasons};

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
    let zone: Tz = accounts::zone_of(connection, who.team).await?;
    let departments = accounts::departments(connection).await?;
    Ok(Vocabulary {
        levers: reasons::levers(connection).await?.into_iter().map(|lever| (lever.code, lever.name)).collect(),
        departments: departments.into_iter().map(|department| (department.id, department.name)).collect(),
        types: types.iter().map(|one| (one.code.clone(), one.name.clone())).collect(),
        zone,
        now: app.now(),
    })
}

/// Every version of a type, the newest first.
async fn versions(connection: &mut PgConnection, code: &str) -> Result<Vec<OfferType>> {
    let versions = store::versions(connection, code).await?;
    if versions.is_empty() { Err(Error::NotFound) } else { Ok(versions) }
}
