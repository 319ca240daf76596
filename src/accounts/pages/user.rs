//! One of our people, as an admin sees and changes them.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::super::actions::{Edited, change_user, deactivate, password_link, reactivate};
use super::super::{Details, Email, Name, User, identify, store};
use super::conflict::ConflictPage;
use super::fields::Fields;
use super::users::{department_choices, parse, render_link, role_choices, shown_once, team_choices};
use super::{Choice, beside, id, unprocessed};
use crate::answer::Answer;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, ManageUsers, Role};
use crate::calendar;
use crate::error::{Error, FormErrors, Result};
use crate::ids::UserId;
use crate::web::{self, App, Conflict, Form, Frame, fresh_key, hue, initials};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/users/{user}", get(show).post(update))
        .route("/users/{user}/deactivation", post(create_deactivation))
        .route("/users/{user}/reactivation", post(create_reactivation))
        .route("/users/{user}/password-link", post(create_link))
}

#[derive(Template)]
#[template(path = "accounts/user.html")]
struct UserPage {
    frame: Frame,
    once: Uuid,
    link_once: Uuid,
    active_once: Uuid,
    id: UserId,
    name: String,
    initials: String,
    hue: u8,
    active: bool,
    has_password: bool,
    is_me: bool,
    added: String,
    seen: Option<String>,
    sessions: usize,
    live_cases: i64,
    form: Fields,
    chosen: Vec<String>,
    errors: FormErrors,
    roles: Vec<Choice>,
    teams: Vec<Choice>,
    departments: Vec<Choice>,
}

#[derive(Debug, Deserialize)]
struct Nothing {}

async fn show(
    State(app): State<App>,
    can: Can<ManageUsers>,
    frame: Frame,
    Path(user): Path<String>,
) -> Result<Response> {
    render(&app, &can, frame, id(&user)?, None, FormErrors::new()).await
}

/// The page; with what was typed, if something was.
async fn render(
    app: &App,
    can: &Can<ManageUsers>,
    frame: Frame,
    user: UserId,
    typed: Option<Fields>,
    errors: FormErrors,
) -> Result<Response> {
    let now = app.now();
    let mut connection = app.db.read().await?;
    let found = store::find(&mut connection, user).await?;
    let people = app.kept::<store::People>(&mut connection, can).await?;
    let zone = people.zone_of(can.team);
    let sessions = store::sessions::list(&mut connection, user, now, identify::idle_since(app, now)).await?.len();
    let name = found.details.name.as_str().to_owned();
    let form = typed.unwrap_or_else(|| open(&found));
    let page = UserPage {
        frame,
        once: fresh_key(),
        link_once: fresh_key(),
        active_once: fresh_key(),
        id: user,
        initials: initials(&name),
        hue: hue(&name),
        name,
        active: found.active,
        has_password: found.password.is_some(),
        is_me: can.id == Some(user),
        added: calendar::day(found.created_at, zone, now),
        seen: found.signed_in_at.map(|at| calendar::moment(at, zone, now)),
        sessions,
        live_cases: store::count_live_cases(&mut connection, user).await?,
        chosen: form.many("roles"),
        form,
        errors,
        roles: role_choices(),
        teams: team_choices(people.teams()),
        departments: department_choices(people.departments()),
    };
    Ok(web::html(&page)?.into_response())
}

fn open(user: &User) -> Fields {
    let details = &user.details;
    let roles: Vec<_> = details.roles.iter().map(|role| role.name()).collect();
    Fields::open([
        ("name", details.name.as_str().to_owned()),
        ("email", details.email.as_str().to_owned()),
        ("roles", roles.join(",")),
        ("team", details.team.map(|team| team.to_string()).unwrap_or_default()),
        ("department", details.department.map(|department| department.to_string()).unwrap_or_default()),
    ])
}

/// What the form was opened with.
fn base(form: &Fields) -> Result<Details> {
    let incomplete = || Error::refused("The form did not arrive whole. Open the page anew and try again.");
    let roles: Vec<String> = form.was("roles").split(',').map(str::to_owned).collect();
    Ok(Details {
        name: Name::parse(form.was("name")).map_err(|_| incomplete())?,
        email: Email::parse(form.was("email")).map_err(|_| incomplete())?,
        roles: store::roles(&roles),
        team: form.was("team").parse().ok(),
        department: form.was("department").parse().ok(),
    })
}

async fn update(
    State(app): State<App>,
    can: Can<ManageUsers>,
    frame: Frame,
    Path(user): Path<String>,
    form: Form<Fields>,
) -> Result<Response> {
    let user: UserId = id(&user)?;
    let yours = match parse(&form.fields) {
        Ok(yours) => yours,
        Err(errors) => {
            return Ok(unprocessed(render(&app, &can, frame, user, Some(form.fields), errors).await?));
        }
    };
    let base = base(&form.fields)?;
    let mut tx = app.begin(&can, &form.once).await?;
    match change_user(&mut tx, &can, user, &base, &yours).await {
        Ok(Edited::Saved) => {
            let answer = Answer::to(format!("/users/{user}")).say("Saved.");
            Ok(tx.finish(answer).await?.into_response())
        }
        Ok(Edited::Conflict(conflicts)) => {
            let theirs = Entry::new(Action::UserChanged, Subject::User(user));
            let fields = conflicts.iter().map(|conflict| conflict.field.as_str());
            let by = audit::last_by(&mut tx, &can, &theirs, fields).await?;
            drop(tx);
            conflict(&app, frame, (user, yours.name.as_str()), by, &form.fields, conflicts).await
        }
        Err(error) => {
            drop(tx);
            let errors = beside(error)?;
            Ok(unprocessed(render(&app, &can, frame, user, Some(form.fields), errors).await?))
        }
    }
}

async fn conflict(
    app: &App,
    frame: Frame,
    (user, name): (UserId, &str),
    by: String,
    form: &Fields,
    conflicts: Vec<Conflict>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let teams = team_choices(store::teams(&mut connection).await?);
    let departments = department_choices(&store::departments(&mut connection).await?);
    let words = |conflict: &Conflict, value: &str| match conflict.field.as_str() {
        "team" => label(&teams, value),
        "department" => label(&departments, value),
        "roles" => value.split(',').filter_map(Role::from_name).map(Role::label).collect::<Vec<_>>().join(", "),
        _ => value.to_owned(),
    };
    let hidden = form.again(&conflicts);
    let page = ConflictPage::new(frame, name, format!("/users/{user}"), by, hidden, &conflicts, words);
    Ok((StatusCode::CONFLICT, web::html(&page)?).into_response())
}

fn label(choices: &[Choice], value: &str) -> String {
    choices.iter().find(|choice| choice.value == value).map(|choice| choice.label.clone()).unwrap_or_default()
}

async fn create_deactivation(
    State(app): State<App>,
    can: Can<ManageUsers>,
    frame: Frame,
    Path(user): Path<String>,
    form: Form<Nothing>,
) -> Result<Response> {
    let user: UserId = id(&user)?;
    let mut tx = app.begin(&can, &form.once).await?;
    if let Err(error) = deactivate(&mut tx, &can, user).await {
        drop(tx);
        let errors = beside(error)?;
        return Ok(unprocessed(render(&app, &can, frame, user, None, errors).await?));
    }
    let answer = Answer::to(format!("/users/{user}")).say("Deactivated, and signed out everywhere.");
    Ok(tx.finish(answer).await?.into_response())
}

async fn create_reactivation(
    State(app): State<App>,
    can: Can<ManageUsers>,
    Path(user): Path<String>,
    form: Form<Nothing>,
) -> Result<Response> {
    let user: UserId = id(&user)?;
    let mut tx = app.begin(&can, &form.once).await?;
    reactivate(&mut tx, &can, user).await?;
    let answer = Answer::to(format!("/users/{user}")).say("Reactivated. They sign in with the password they had.");
    Ok(tx.finish(answer).await?.into_response())
}

async fn create_link(
    State(app): State<App>,
    can: Can<ManageUsers>,
    frame: Frame,
    Path(user): Path<String>,
    form: Form<Nothing>,
) -> Result<Response> {
    let user: UserId = id(&user)?;
    let mut tx = app.begin(&can, &form.once).await?;
    let link = password_link(&mut tx, &can, user, &app.config.base_url()).await?;
    let person = store::find(&mut tx, user).await?;
    tx.finish(shown_once(user)).await?;
    render_link(&app, &can, frame, user, person.details.name.as_str(), link).await
}
