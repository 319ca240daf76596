//! What has to be there before a promise of a type is made: the yes of departments (R10), shown under the choice of the
//! type, and asked for with one button.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::{Back, MakeForm, refused};
use crate::accounts::People;
use crate::answer::Answer;
use crate::auth::{AskDepartments, Can, MakePromises};
use crate::calendar::{self, Calendar};
use crate::cases;
use crate::error::{FormErrors, Result};
use crate::ids::{CaseId, PromiseTypeId};
use crate::promises::{self, PromiseType, PromiseTypes};
use crate::requests::{self, Need, Request, Standing};
use crate::web::{self, App, Form, Frame};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/cases/{case}/promises/needs", get(show))
        .route("/cases/{case}/promises/feasibility", post(ask))
}

/// What a promise of a type takes.
pub(in super::super) struct Needs {
    pub(in super::super) case: CaseId,
    pub(super) of: PromiseTypeId,
    /// "Kept within 40 working hours as a rule: Thu 26 Nov 14:00"
    pub(in super::super) usual: String,
    pub(in super::super) all: Vec<Need>,
    /// "Ask Technical support", if somebody is still to be asked.
    pub(in super::super) ask: Option<String>,
}

impl Needs {
    pub(super) fn of(
        case: CaseId,
        of: &PromiseType,
        requests: &[Request],
        (calendar, zone): (&Calendar, Tz),
        now: DateTime<Utc>,
    ) -> Self {
        let all = requests::needs_of_promise(&of.needs, requests, of.id, now);
        let may_ask =
            |need: &&Need| need.standing.may_ask() || matches!(need.standing, Standing::No | Standing::CouldNot);
        let to_ask: Vec<&str> = all.iter().filter(may_ask).map(|need| need.name.as_str()).collect();
        let due = calendar.add_working(now, TimeDelta::hours(of.hours.into()));
        let by = calendar::moment(due.at, zone, now);
        Self {
            case,
            of: of.id,
            usual: format!("Kept within {} working hours as a rule: {by}", of.hours),
            ask: (!to_ask.is_empty()).then(|| format!("Ask {}", to_ask.join(" and "))),
            all,
        }
    }
}

#[derive(Template)]
#[template(path = "desk/case_promise_needs.html")]
struct NeedsPart {
    frame: Frame,
    needs: Option<Needs>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    kind: String,
}

async fn show(
    State(app): State<App>,
    can: Can<MakePromises>,
    frame: Frame,
    Path(case): Path<CaseId>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let found = cases::find(&mut connection, case).await?;
    let people = app.kept::<People>(&mut connection, &can).await?;
    let types = app.kept::<PromiseTypes>(&mut connection, &can).await?;
    let of = asked.kind.parse().ok().and_then(|kind| types.find(kind));
    let requests = requests::of_case(&mut connection, case).await?;
    drop(connection);
    let hours = (&people.calendar_of(found.team.or(can.team)), people.zone_of(can.team));
    let needs = of.map(|of| Needs::of(case, of, &requests, hours, app.now()));
    Ok(web::html(&NeedsPart { frame, needs })?.into_response())
}

async fn ask(
    State(app): State<App>,
    can: Can<AskDepartments>,
    frame: Frame,
    Path(case): Path<CaseId>,
    form: Form<MakeForm>,
) -> Result<Response> {
    let mut errors = FormErrors::new();
    let what = form.fields.read_what(&mut errors, "Write what the customer would be promised, so that they know.");
    let kind = errors.check("kind", form.fields.kind.parse().map_err(|_| "Choose what kind of promise it is."));
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if let (Some(kind), true) = (kind, errors.is_empty()) {
        let mut tx = app.begin(&can, &form.once).await?;
        match promises::ask_for_yes(&mut tx, &can, case, kind, &what, "The customer is told once you said yes.").await {
            Ok(asked) => {
                let names: Vec<&str> = asked.iter().map(|one| one.department_name.as_str()).collect();
                let say = format!("{} asked. Promise it once the yes is here.", names.join(" and "));
                return Ok(tx.finish(Answer::to(format!("/cases/{case}")).say(say)).await?.into_response());
            }
            Err(error) => (status, errors) = refused(error)?,
        }
    }
    let back = Back { app: &app, can: &can, frame, case };
    back.with(status, |card| (card.make, card.make_errors) = (form.fields, errors)).await
}
