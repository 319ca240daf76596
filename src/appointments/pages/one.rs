//! One booked call: when it is on both clocks, who takes part, what it is about, what became of it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use uuid::Uuid;

use super::super::store::{self, About};
use super::super::{self as appointments, Appointment, Stage};
use super::span_words;
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, SeeAppointments, SeeCases, WorkCases};
use crate::calendar::moment;
use crate::error::{Error, FormErrors, Result};
use crate::ids::AppointmentId;
use crate::requests::masked;
use crate::web::{self, App, Frame, fresh_key};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/appointments/{appointment}", get(show))
}

/// What was typed into one of the forms.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OneForm {
    pub(super) note: String,
}

/// Which form did not pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Deed {
    Hold,
    Miss,
    Cancel,
}

/// A line of its history in words.
struct Said {
    at: String,
    words: String,
    note: Option<String>,
}

struct OneView {
    call: Appointment,
    about: About,
    /// As whoever looks may read it.
    customer: String,
    ours: String,
    theirs: String,
    history: Vec<Said>,
    /// The desk, and not a department.
    desk: bool,
    may: bool,
    begun: bool,
    deed: Option<Deed>,
    form: OneForm,
    errors: FormErrors,
    keys: [Uuid; 3],
}

impl OneView {
    fn is_booked(&self) -> bool {
        self.call.stage == Stage::Booked
    }

    fn errors_of(&self, deed: &str) -> FormErrors {
        if self.is_failed(deed) { self.errors.clone() } else { FormErrors::new() }
    }

    fn note_of(&self, deed: &str) -> &str {
        if self.is_failed(deed) { &self.form.note } else { "" }
    }

    fn is_failed(&self, deed: &str) -> bool {
        let name = match self.deed {
            Some(Deed::Hold) => "hold",
            Some(Deed::Miss) => "miss",
            Some(Deed::Cancel) => "cancel",
            None => "",
        };
        name == deed
    }
}

#[derive(Template)]
#[template(path = "appointments/one.html")]
struct OnePage {
    frame: Frame,
    view: OneView,
}

async fn load(app: &App, can: &Can<SeeAppointments>, id: AppointmentId) -> Result<OneView> {
    let now = app.now();
    let mut connection = app.db.read().await?;
    let call = appointments::find(&mut connection, id).await?;
    if !call.is_seen_by(can) {
        return Err(Error::NotFound);
    }
    let about = store::about(&mut connection, call.case).await?;
    let history = store::history(&mut connection, id).await?;
    let zone = accounts::zone_for(app, &mut connection, can).await?;
    drop(connection);
    let entry = Entry::new(Action::AppointmentViewed, Subject::Appointment(id)).of(call.customer);
    audit::view_again(&app.db, can, entry).await?;
    let desk = can.may::<SeeCases>();
    let said = |one: store::Changed| {
        let who = one.by.unwrap_or_else(|| "Savedesk".to_owned());
        let when = moment(one.starts_at, zone, now);
        Said {
            at: moment(one.at, zone, now),
            words: match one.change.as_str() {
                "booked" => format!("{who} booked it for {when}, {} hosts it", one.host),
                "moved" => format!("{who} moved it to {when}, {} hosts it", one.host),
                "held" => format!("{who} noted that it was held"),
                "missed" => format!("{who} noted that it did not come about"),
                _ => format!("{who} cancelled it"),
            },
            note: one.note,
        }
    };
    Ok(OneView {
        customer: if desk { about.customer.clone() } else { masked(&about.customer) },
        ours: span_words(&call, zone, now),
        theirs: span_words(&call, call.zone, now),
        // what the desk wrote about it is the desk's
        history: history.into_iter().map(said).map(|one| Said { note: one.note.filter(|_| desk), ..one }).collect(),
        desk,
        may: can.may::<WorkCases>(),
        begun: call.starts_at <= now,
        deed: None,
        form: OneForm::default(),
        errors: FormErrors::new(),
        keys: std::array::from_fn(|_| fresh_key()),
        about,
        call,
    })
}

/// The page with what did not pass in one of its forms.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn failed(
    app: &App,
    can: &Can<SeeAppointments>,
    frame: Frame,
    id: AppointmentId,
    (deed, form): (Deed, OneForm),
    errors: FormErrors,
) -> Result<Html<String>> {
    let view = load(app, can, id).await?;
    web::html(&OnePage { frame, view: OneView { deed: Some(deed), form, errors, ..view } })
}

async fn show(
    State(app): State<App>,
    can: Can<SeeAppointments>,
    frame: Frame,
    Path(id): Path<AppointmentId>,
) -> Result<Response> {
    let view = load(&app, &can, id).await?;
    Ok(web::html(&OnePage { frame, view })?.into_response())
}
