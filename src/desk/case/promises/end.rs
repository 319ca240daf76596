//! Saying what became of a promise, with what shows it.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::{Back, Failed, Typed, read_why, refused};
use crate::answer::Answer;
use crate::auth::{Can, KeepPromises};
use crate::db::Tx;
use crate::error::{FormErrors, Result};
use crate::files;
use crate::ids::PromiseId;
use crate::processes;
use crate::promises::{self, Evidence, Promise};
use crate::web::{App, FormWithFiles, Frame};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/promises/{promise}/completion", post(complete))
        .route("/promises/{promise}/breach", post(breach))
        .route("/promises/{promise}/waiver", post(waive))
}

/// The most characters of evidence in words.
const LONGEST: usize = 2000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Keep,
    Break,
    Waive,
}

impl Deed {
    fn form(self) -> &'static str {
        match self {
            Self::Keep => "completion",
            Self::Break => "breach",
            Self::Waive => "waiver",
        }
    }

    /// What is said where words are needed and there are none.
    fn missing(self) -> &'static str {
        match self {
            Self::Keep => {
                "Say how you know that it was done, like “on invoice 4711”, attach a file, or choose a line of a bill."
            }
            Self::Break => "Write why it was not done.",
            Self::Waive => "Write why it no longer matters.",
        }
    }

    async fn done(self, tx: &mut Tx, can: &Can<KeepPromises>, id: PromiseId, with: Evidence) -> Result<Promise> {
        match self {
            Self::Keep => promises::keep(tx, can, id, with).await,
            Self::Break => promises::break_promise(tx, can, id, with).await,
            Self::Waive => promises::waive(tx, can, id, with).await,
        }
    }
}

async fn complete(
    state: State<App>,
    can: Can<KeepPromises>,
    frame: Frame,
    promise: Path<PromiseId>,
    form: FormWithFiles<Typed>,
) -> Result<Response> {
    end(state, can, frame, promise, form, Deed::Keep).await
}

async fn breach(
    state: State<App>,
    can: Can<KeepPromises>,
    frame: Frame,
    promise: Path<PromiseId>,
    form: FormWithFiles<Typed>,
) -> Result<Response> {
    end(state, can, frame, promise, form, Deed::Break).await
}

async fn waive(
    state: State<App>,
    can: Can<KeepPromises>,
    frame: Frame,
    promise: Path<PromiseId>,
    form: FormWithFiles<Typed>,
) -> Result<Response> {
    end(state, can, frame, promise, form, Deed::Waive).await
}

async fn end(
    State(app): State<App>,
    can: Can<KeepPromises>,
    frame: Frame,
    Path(id): Path<PromiseId>,
    mut form: FormWithFiles<Typed>,
    deed: Deed,
) -> Result<Response> {
    let case = promises::find(&mut *app.db.read().await?, id).await?.case;
    let mut errors = FormErrors::new();
    let files = files::take(&mut form, app.config.largest_file, &mut errors);
    let (typed, chosen) = (form.fields, files.clone());
    let line = match typed.line.as_str() {
        "" => None,
        id => errors.check("line", id.parse().map_err(|_| "Choose one of the lines, or none.")),
    };
    let has_other = deed == Deed::Keep && (line.is_some() || !files.is_empty());
    let missing = Some(deed.missing()).filter(|_| !has_other && errors.is_empty());
    let words = read_why(&mut errors, &typed.why, missing, LONGEST);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if errors.is_empty() {
        let mut tx = app.begin(&can, &form.once).await?;
        match deed.done(&mut tx, &can, id, Evidence { words, line, files }).await {
            Ok(ended) => {
                processes::go_on(&mut tx, case).await?;
                let tell = if ended.calls_for_telling() { " Tell the customer." } else { "" };
                let say = format!("Promise {}.{tell}", ended.stage.label().to_lowercase());
                return Ok(tx.finish(Answer::to(format!("/cases/{case}")).say(say)).await?.into_response());
            }
            Err(error) => (status, errors) = refused(error)?,
        }
    }
    files::again(&chosen, form.scripted, &mut errors);
    let back = Back { app: &app, can: &can, frame, case };
    back.with(status, |card| card.failed = Some(Failed { of: id, form: deed.form(), typed, errors })).await
}
