//! Booking a call, and moving one, by the picker.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::super::{self as appointments, Appointment, NewAppointment, NewTime};
use super::picker::{PickForm, Picker, load, page, require_booked};
use super::span_words;
use crate::accounts;
use crate::answer::Answer;
use crate::auth::{Can, WorkCases};
use crate::cases;
use crate::db::{Once, Tx};
use crate::error::{Error, FormErrors, Result};
use crate::ids::{AppointmentId, CaseId};
use crate::web::{App, Form, Frame};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/cases/{case}/appointments/new", get(new))
        .route("/cases/{case}/appointments", post(create))
        .route("/appointments/{appointment}/time", get(time).post(move_to))
}

async fn new(State(app): State<App>, can: Can<WorkCases>, frame: Frame, Path(case): Path<CaseId>) -> Result<Response> {
    let mut connection = app.db.read().await?;
    cases::find(&mut connection, case).await?.require_live()?;
    let view = load(&app, &mut connection, &can, PickForm::fresh(case, can.id), None).await?;
    drop(connection);
    page(StatusCode::OK, frame, view)
}

async fn create(
    State(app): State<App>,
    can: Can<WorkCases>,
    frame: Frame,
    Path(case): Path<CaseId>,
    form: Form<PickForm>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let fields = PickForm { case: case.to_string(), ..form.fields };
    let view = load(&app, &mut connection, &can, fields, None).await?;
    drop(connection);
    let (phone, invites) = (view.form.phone.trim().to_owned(), !view.form.invites.is_empty());
    put(&app, &can, frame, view, &form.once, async |tx, what, time| {
        appointments::book(tx, &can, case, NewAppointment { what, time, phone, invites }).await
    })
    .await
}

async fn find(app: &App, id: AppointmentId) -> Result<Appointment> {
    let call = appointments::find(&mut *app.db.read().await?, id).await?;
    require_booked(&call)?;
    Ok(call)
}

async fn time(
    State(app): State<App>,
    can: Can<WorkCases>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
) -> Result<Response> {
    let call = find(&app, id).await?;
    let mut connection = app.db.read().await?;
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    let view = load(&app, &mut connection, &can, PickForm::of(&call, zone), Some(call)).await?;
    drop(connection);
    page(StatusCode::OK, frame, view)
}

async fn move_to(
    State(app): State<App>,
    can: Can<WorkCases>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
    form: Form<PickForm>,
) -> Result<Response> {
    let call = find(&app, id).await?;
    let mut connection = app.db.read().await?;
    let fields = PickForm { case: call.case.to_string(), what: call.what.clone(), ..form.fields };
    let view = load(&app, &mut connection, &can, fields, Some(call)).await?;
    drop(connection);
    let seen = view.form.version.parse().unwrap_or_default();
    let why = Some(view.form.why.trim().chars().take(1000).collect::<String>()).filter(|why| !why.is_empty());
    put(&app, &can, frame, view, &form.once, async |tx, _, time| {
        appointments::move_to(tx, &can, id, &time, seen, why.as_deref()).await
    })
    .await
}

/// Does what the picker asks for; or shows it again: with other times, or with what is wrong.
async fn put(
    app: &App,
    can: &Can<WorkCases>,
    frame: Frame,
    mut view: Picker,
    once: &Once,
    work: impl AsyncFnOnce(&mut Tx, String, NewTime) -> Result<Appointment>,
) -> Result<Response> {
    if view.form.then != "book" {
        return page(StatusCode::OK, frame, view);
    }
    let zone = view.zone();
    let (status, errors) = match view.form.parse(zone) {
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Ok((what, time)) => {
            let mut tx = app.begin(can, once).await?;
            match work(&mut tx, what, time).await {
                Ok(call) => {
                    let (ours, theirs) = (span_words(&call, zone, tx.now()), span_words(&call, call.zone, tx.now()));
                    let did = if call.sequence == 0 { "Booked" } else { "Moved" };
                    let say =
                        format!("{did}: {ours}. For the customer {theirs}. Those who take part are told by mail.");
                    let answer = Answer::to(format!("/appointments/{}", call.id)).say(say);
                    return Ok(tx.finish(answer).await?.into_response());
                }
                Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("", why)),
                Err(error) => return Err(error),
            }
        }
    };
    view.errors = errors;
    page(status, frame, view)
}
