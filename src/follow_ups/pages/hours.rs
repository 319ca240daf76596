//! The hours at which customers may be called, on their own clocks.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use uuid::Uuid;

use super::super::{actions, store};
use crate::answer::Answer;
use crate::auth::{Can, EditPolicy, SeePolicy};
use crate::calendar::{BadHours, Hours, WorkingWeek};
use crate::error::{Error, FormErrors, Result};
use crate::web::{self, App, Form, Frame, fresh_key};

/// The days of a week with their fields.
const DAYS: [(&str, &str); 7] = [
    ("monday", "Monday"),
    ("tuesday", "Tuesday"),
    ("wednesday", "Wednesday"),
    ("thursday", "Thursday"),
    ("friday", "Friday"),
    ("saturday", "Saturday"),
    ("sunday", "Sunday"),
];

pub(super) fn routes() -> Router<App> {
    Router::new().route("/calling_hours", get(show).post(save))
}

/// The hours as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct HoursForm {
    monday: String,
    tuesday: String,
    wednesday: String,
    thursday: String,
    friday: String,
    saturday: String,
    sunday: String,
    version: String,
}

impl HoursForm {
    fn texts(&self) -> [&str; 7] {
        [&self.monday, &self.tuesday, &self.wednesday, &self.thursday, &self.friday, &self.saturday, &self.sunday]
    }

    fn of(week: &serde_json::Value, version: i64) -> Self {
        let days: [Vec<String>; 7] = serde_json::from_value(week.clone()).unwrap_or_default();
        let [monday, tuesday, wednesday, thursday, friday, saturday, sunday] =
            days.map(|hours| hours.join(", ").replace('-', "\u{2013}"));
        Self { monday, tuesday, wednesday, thursday, friday, saturday, sunday, version: version.to_string() }
    }

    fn parse(&self) -> Result<WorkingWeek, FormErrors> {
        let mut errors = FormErrors::new();
        let mut days: [Vec<Hours>; 7] = Default::default();
        for ((day, text), (field, _)) in days.iter_mut().zip(self.texts()).zip(DAYS) {
            let read: std::result::Result<Vec<Hours>, BadHours> =
                text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()).map(Hours::parse).collect();
            if let Some(hours) = errors.check(field, read.map_err(|why| why.to_string())) {
                *day = hours;
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        WorkingWeek::new(days).map_err(|why| FormErrors::of("monday", why.to_string()))
    }
}

struct Day {
    field: &'static str,
    label: &'static str,
    text: String,
}

#[derive(Template)]
#[template(path = "follow_ups/hours.html")]
struct HoursPage {
    frame: Frame,
    days: Vec<Day>,
    version: String,
    may_edit: bool,
    errors: FormErrors,
    once: Uuid,
}

fn page(frame: Frame, form: &HoursForm, may_edit: bool, errors: FormErrors) -> HoursPage {
    let days = DAYS.iter().zip(form.texts());
    HoursPage {
        frame,
        days: days.map(|((field, label), text)| Day { field, label, text: text.to_owned() }).collect(),
        version: form.version.clone(),
        may_edit,
        errors,
        once: fresh_key(),
    }
}

async fn show(State(app): State<App>, can: Can<SeePolicy>, frame: Frame) -> Result<Response> {
    let (week, version) = store::calling_hours(&mut *app.db.read().await?).await?;
    let page = page(frame, &HoursForm::of(&week, version), can.may::<EditPolicy>(), FormErrors::new());
    Ok(web::html(&page)?.into_response())
}

async fn save(State(app): State<App>, can: Can<EditPolicy>, frame: Frame, form: Form<HoursForm>) -> Result<Response> {
    let (status, errors) = match form.fields.parse() {
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Ok(week) => {
            let mut tx = app.begin(&can, &form.once).await?;
            let seen = form.fields.version.parse().unwrap_or_default();
            match actions::set_calling_hours(&mut tx, &can, &week, seen).await {
                Ok(()) => {
                    let answer = Answer::to("/calling_hours")
                        .say("Saved. Callbacks that are set from now on keep to these hours.");
                    return Ok(tx.finish(answer).await?.into_response());
                }
                Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("", why)),
                Err(error) => return Err(error),
            }
        }
    };
    let mut fields = form.fields;
    if status == StatusCode::CONFLICT {
        // what stands there now is what the next try changes; what was typed stays
        let (_, version) = store::calling_hours(&mut *app.db.read().await?).await?;
        fields.version = version.to_string();
    }
    Ok((status, web::html(&page(frame, &fields, true, errors))?).into_response())
}
