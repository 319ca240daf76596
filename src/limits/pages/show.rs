use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::draft::{Drawing, Ground};
use super::fields::Fields;
use crate::auth::{Can, SeePolicy};
use crate::customers::Tier;
use crate::error::{FormErrors, Result};
use crate::money::Currency;
use crate::web::{App, Frame};

/// Which of the limits.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    tier: String,
    #[serde(default)]
    currency: String,
}

/// The limits of one tier and currency: to change for who may, to read for everyone else.
pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeePolicy>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let ground = Ground::read(&app, &can).await?;
    let tier = Tier::from_name(&asked.tier).unwrap_or(Tier::Next);
    let currencies = ground.matrix.currencies();
    let usual = [Currency::USD].into_iter().chain(currencies.iter().copied()).find(|one| currencies.contains(one));
    let currency = Currency::parse(&asked.currency).ok().or(usual).unwrap_or(Currency::USD);
    let form = Fields::of(&ground.matrix, &ground.types, tier, currency);
    let errors = FormErrors::new();
    let drawing = Drawing { ground: &ground, tier, currency, form: &form, errors, overtaken: None, untouched: true };
    drawing.draw(&app, &can, frame, StatusCode::OK)
}
