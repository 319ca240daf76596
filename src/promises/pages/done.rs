//! A department says of its own promise that it was done.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::actions;
use super::list::{self, Asked, Failed};
use crate::answer::Answer;
use crate::auth::{Can, KeepOwnPromises};
use crate::error::{Error, FormErrors, Result};
use crate::ids::PromiseId;
use crate::web::{App, Form, Frame};

/// The most characters of evidence in words.
const LONGEST: usize = 2000;

/// How they know that it was done, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DoneForm {
    why: String,
}

pub(super) async fn done(
    State(app): State<App>,
    can: Can<KeepOwnPromises>,
    frame: Frame,
    Path(id): Path<PromiseId>,
    form: Form<DoneForm>,
) -> Result<Response> {
    let why = form.fields.why.trim().to_owned();
    let (status, errors) = match why.chars().count() {
        0 => (StatusCode::UNPROCESSABLE_ENTITY, FormErrors::of("why", "Say how you know that it was done.")),
        length if length > LONGEST => {
            (StatusCode::UNPROCESSABLE_ENTITY, FormErrors::of("why", "Use at most 2,000 characters."))
        }
        _ => {
            let mut tx = app.begin(&can, &form.once).await?;
            match actions::keep_own(&mut tx, &can, id, why).await {
                Ok(kept) => {
                    let say = format!("Noted: {}.", kept.stage.label().to_lowercase());
                    return Ok(tx.finish(Answer::to("/promises").say(say)).await?.into_response());
                }
                Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("", why)),
                Err(error) => return Err(error),
            }
        }
    };
    let failed = Failed { of: Some(id), why: form.fields.why, errors };
    let page = list::list(&app, &can.and()?, frame, &Asked::default(), failed).await?;
    Ok((status, page).into_response())
}
