//! Teams with their hours and holidays, and departments.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::super::actions::{Edited, add_department, add_team, change_team};
use super::super::teams::{
    DAYS, NewTeam, TeamHours, day, day_text, default_calendar, holidays, holidays_text, week_in_words, zone,
};
use super::super::{Name, store};
use super::conflict::ConflictPage;
use super::fields::Fields;
use super::{beside, id, unprocessed};
use crate::answer::Answer;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, ManageUsers};
use crate::calendar::{Calendar, Hours, WorkingWeek};
use crate::error::{Error, FormErrors, Result};
use crate::ids::TeamId;
use crate::web::{self, App, Form, Frame, fresh_key};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/teams", get(index).post(create))
        .route("/teams/new", get(new))
        .route("/teams/{team}", get(show).post(update))
        .route("/departments", post(create_department))
}

#[derive(Template)]
#[template(path = "accounts/teams.html")]
struct TeamsPage {
    frame: Frame,
    once: Uuid,
    teams: Vec<Row>,
    departments: Vec<(String, i64)>,
    errors: FormErrors,
    typed: String,
}

struct Row {
    id: TeamId,
    name: String,
    zone: &'static str,
    week: String,
    holidays: usize,
    people: i64,
}

async fn index(State(app): State<App>, _: Can<ManageUsers>, frame: Frame) -> Result<Response> {
    render_index(&app, frame, FormErrors::new(), String::new()).await
}

async fn render_index(app: &App, frame: Frame, errors: FormErrors, typed: String) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let teams = store::list_teams(&mut connection).await?;
    let page = TeamsPage {
        frame,
        once: fresh_key(),
        teams: teams.into_iter().map(row).collect(),
        departments: store::list_departments(&mut connection).await?,
        errors,
        typed,
    };
    Ok(web::html(&page)?.into_response())
}

fn row(team: TeamHours) -> Row {
    Row {
        zone: team.calendar.zone.name(),
        week: week_in_words(&team.calendar.week),
        holidays: team.calendar.holidays.iter().count(),
        id: team.id,
        name: team.name,
        people: team.people,
    }
}

#[derive(Debug, Deserialize)]
struct DepartmentForm {
    #[serde(default)]
    name: String,
}

async fn create_department(
    State(app): State<App>,
    can: Can<ManageUsers>,
    frame: Frame,
    form: Form<DepartmentForm>,
) -> Result<Response> {
    let typed = form.fields.name;
    let name = match Name::parse(&typed) {
        Ok(name) => name,
        Err(message) => {
            let errors = FormErrors::of("name", message);
            return Ok(unprocessed(render_index(&app, frame, errors, typed).await?));
        }
    };
    let mut tx = app.begin(&can, &form.once).await?;
    if let Err(error) = add_department(&mut tx, &can, &name).await {
        drop(tx);
        return Ok(unprocessed(render_index(&app, frame, beside(error)?, typed).await?));
    }
    Ok(tx.finish(Answer::to("/teams").say("Department added.")).await?.into_response())
}

#[derive(Template)]
#[template(path = "accounts/team.html")]
struct TeamPage {
    frame: Frame,
    once: Uuid,
    /// None while it is being added.
    team: Option<(TeamId, String, i64)>,
    form: Fields,
    errors: FormErrors,
    days: [(&'static str, &'static str); 7],
    zones: Vec<&'static str>,
}

async fn new(State(_): State<App>, _: Can<ManageUsers>, frame: Frame) -> Result<Response> {
    render(frame, None, open("", &default_calendar()), FormErrors::new())
}

async fn show(State(app): State<App>, _: Can<ManageUsers>, frame: Frame, Path(team): Path<String>) -> Result<Response> {
    let team = find(&app, id(&team)?).await?;
    let form = open(&team.name, &team.calendar);
    render(frame, Some(team), form, FormErrors::new())
}

async fn find(app: &App, id: TeamId) -> Result<TeamHours> {
    let mut connection = app.db.read().await?;
    store::find_team(&mut connection, id).await
}

fn render(frame: Frame, team: Option<TeamHours>, form: Fields, errors: FormErrors) -> Result<Response> {
    let page = TeamPage {
        frame,
        once: fresh_key(),
        team: team.map(|team| (team.id, team.name, team.people)),
        form,
        errors,
        days: DAYS.map(|(_, field, label)| (field, label)),
        zones: chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|name| is_offered(name)).collect(),
    };
    Ok(web::html(&page)?.into_response())
}

/// Old names and bare offsets are taken, but not offered.
fn is_offered(zone: &str) -> bool {
    zone == "UTC"
        || ["Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/"]
            .iter()
            .any(|region| zone.starts_with(region))
}

fn open(name: &str, calendar: &Calendar) -> Fields {
    let days = DAYS.map(|(weekday, field, _)| (field, day_text(calendar.week.on(weekday))));
    let others = [
        ("name", name.to_owned()),
        ("time_zone", calendar.zone.name().to_owned()),
        ("holidays", holidays_text(&calendar.holidays)),
    ];
    Fields::open(others.into_iter().chain(days))
}

async fn create(State(app): State<App>, can: Can<ManageUsers>, frame: Frame, form: Form<Fields>) -> Result<Response> {
    let team = match parse(|name| form.fields.get(name)) {
        Ok(team) => team,
        Err(errors) => return Ok(unprocessed(render(frame, None, form.fields, errors)?)),
    };
    let mut tx = app.begin(&can, &form.once).await?;
    if let Err(error) = add_team(&mut tx, &can, &team).await {
        drop(tx);
        return Ok(unprocessed(render(frame, None, form.fields, beside(error)?)?));
    }
    Ok(tx.finish(Answer::to("/teams").say("Team added.")).await?.into_response())
}

async fn update(
    State(app): State<App>,
    can: Can<ManageUsers>,
    frame: Frame,
    Path(team): Path<String>,
    form: Form<Fields>,
) -> Result<Response> {
    let team: TeamId = id(&team)?;
    let yours = match parse(|name| form.fields.get(name)) {
        Ok(yours) => yours,
        Err(errors) => {
            let found = find(&app, team).await?;
            return Ok(unprocessed(render(frame, Some(found), form.fields, errors)?));
        }
    };
    let base = parse(|name| form.fields.was(name))
        .map_err(|_| Error::refused("The form did not arrive whole. Open the page anew and try again."))?;
    let mut tx = app.begin(&can, &form.once).await?;
    match change_team(&mut tx, &can, team, &base, &yours).await {
        Ok(Edited::Saved) => Ok(tx.finish(Answer::to("/teams").say("Team saved.")).await?.into_response()),
        Ok(Edited::Conflict(conflicts)) => {
            let hidden = form.fields.again(&conflicts);
            let action = format!("/teams/{team}");
            let name = yours.name.as_str();
            let theirs = Entry::new(Action::TeamChanged, Subject::Team(team));
            let by = audit::last_by(&mut tx, &can, &theirs, conflicts.iter().map(|conflict| conflict.field.as_str()))
                .await?;
            let page = ConflictPage::new(frame, name, action, by, hidden, &conflicts, |_, value| value.to_owned());
            Ok((StatusCode::CONFLICT, web::html(&page)?).into_response())
        }
        Err(error) => {
            drop(tx);
            let errors = beside(error)?;
            let found = find(&app, team).await?;
            Ok(unprocessed(render(frame, Some(found), form.fields, errors)?))
        }
    }
}

/// A team as typed, or as the form was opened with it.
fn parse<'a>(field: impl Fn(&str) -> &'a str) -> Result<NewTeam, FormErrors> {
    let mut errors = FormErrors::new();
    let name = errors.check("name", Name::parse(field("name")));
    let zone = errors.check("time_zone", zone(field("time_zone")));
    let mut days: [Vec<Hours>; 7] = Default::default();
    for (hours, (_, name, label)) in days.iter_mut().zip(DAYS) {
        let read = day(field(name)).map_err(|error| format!("{label}: {error}"));
        *hours = errors.check(name, read).unwrap_or_default();
    }
    let holidays = errors.check("holidays", holidays(field("holidays")));
    let week = if errors.is_empty() {
        errors.check("monday", WorkingWeek::new(days).map_err(|error| error.to_string()))
    } else {
        None
    };
    match (name, zone, week, holidays) {
        (Some(name), Some(zone), Some(week), Some(holidays)) => {
            Ok(NewTeam { name, calendar: Calendar { week, holidays, zone } })
        }
        _ => Err(errors),
    }
}
