//! Moving a promise, and handing it to somebody else: with a reason, kept as its history.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::{Back, Failed, Typed, read_why, refused};
use crate::accounts::People;
use crate::answer::Answer;
use crate::auth::{Can, KeepPromises};
use crate::calendar;
use crate::cases;
use crate::error::{FormErrors, Result};
use crate::ids::PromiseId;
use crate::promises;
use crate::web::{App, Form, Frame};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/promises/{promise}/due", post(move_due)).route("/promises/{promise}/owner", post(hand_over))
}

/// The most characters of a reason.
const LONGEST: usize = 1000;

/// The version that was on screen; none that there ever was, when somebody made it up.
fn seen(typed: &Typed) -> i64 {
    typed.version.parse().unwrap_or_default()
}

async fn move_due(
    State(app): State<App>,
    can: Can<KeepPromises>,
    frame: Frame,
    Path(id): Path<PromiseId>,
    form: Form<Typed>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let promise = promises::find(&mut connection, id).await?;
    let case = cases::find(&mut connection, promise.case).await?;
    let people = app.kept::<People>(&mut connection, &can).await?;
    let (zone, calendar) = (people.zone_of(can.team), people.calendar_of(case.team.or(can.team)));
    drop(connection);
    let typed = form.fields;
    let mut errors = FormErrors::new();
    let at = errors.check("due", calendar::typed(&typed.due, zone)).flatten();
    if at.is_none() && errors.is_empty() {
        errors.add("due", "Enter by when instead.");
    }
    let why = read_why(&mut errors, &typed.why, Some("Write why it is due at another time."), LONGEST);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if let (Some(at), Some(why), true) = (at, &why, errors.is_empty()) {
        let mut tx = app.begin(&can, &form.once).await?;
        let due = calendar.until(tx.now(), at);
        match promises::move_due(&mut tx, &can, id, seen(&typed), due, why).await {
            Ok(moved) => {
                let say = format!("Moved to {}.", calendar::moment(moved.due_at, zone, tx.now()));
                let answer = Answer::to(format!("/cases/{}", moved.case)).say(say);
                return Ok(tx.finish(answer).await?.into_response());
            }
            Err(error) => (status, errors) = refused(error)?,
        }
    }
    let back = Back { app: &app, can: &can, frame, case: case.id };
    back.with(status, |card| card.failed = Some(Failed { of: id, form: "due", typed, errors })).await
}

async fn hand_over(
    State(app): State<App>,
    can: Can<KeepPromises>,
    frame: Frame,
    Path(id): Path<PromiseId>,
    form: Form<Typed>,
) -> Result<Response> {
    let promise = promises::find(&mut *app.db.read().await?, id).await?;
    let typed = form.fields;
    let mut errors = FormErrors::new();
    let owner = errors.check("owner", typed.owner.parse().map_err(|_| "Choose who sees to it."));
    let department = match typed.department.as_str() {
        "" => None,
        id => errors.check("department", id.parse().map_err(|_| "Choose a department, or none.")),
    };
    let why = read_why(&mut errors, &typed.why, Some("Write why somebody else sees to it."), LONGEST);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if let (Some(owner), Some(why), true) = (owner, &why, errors.is_empty()) {
        let mut tx = app.begin(&can, &form.once).await?;
        match promises::hand_over(&mut tx, &can, id, seen(&typed), (owner, department), why).await {
            Ok(handed) => {
                let say = format!("{} sees to it now.", handed.owner_name);
                let answer = Answer::to(format!("/cases/{}", handed.case)).say(say);
                return Ok(tx.finish(answer).await?.into_response());
            }
            Err(error) => (status, errors) = refused(error)?,
        }
    }
    let back = Back { app: &app, can: &can, frame, case: promise.case };
    back.with(status, |card| card.failed = Some(Failed { of: id, form: "owner", typed, errors })).await
}
