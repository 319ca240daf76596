//! My name, roles and team, my password, my single keys.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::super::absences::span;
use super::super::actions::{Changed, change_password, make_calendar_link, revoke_calendar_link, set_single_keys};
use super::super::{Password, User, store};
use super::{tries_left, unprocessed, wait_in_words};
use crate::answer::Answer;
use crate::auth::{Actor, Can, Role, SeeCases, SignedIn};
use crate::calendar;
use crate::db::{first, together};
use crate::error::{Error, FormErrors, Result};
use crate::web::{self, App, ClientAddress, Form, Frame, fresh_key};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/profile", get(show))
        .route("/profile/password", post(save_password))
        .route("/profile/keys", post(save_keys))
        .route("/profile/calendar", post(make_calendar))
        .route("/profile/calendar/removal", post(remove_calendar))
}

#[derive(Template)]
#[template(path = "accounts/profile.html")]
struct ProfilePage {
    frame: Frame,
    once: Uuid,
    keys_once: Uuid,
    errors: FormErrors,
    email: String,
    roles: Vec<&'static str>,
    team: Option<String>,
    department: Option<String>,
    absences: Vec<Away>,
    calendar: Option<CalendarShown>,
    /// The address of a link that was made just now.
    calendar_url: Option<String>,
    calendar_keys: [Uuid; 2],
    may_follow_up: bool,
}

/// What is known of one's calendar link.
struct CalendarShown {
    made: String,
    fetched: Option<String>,
}

struct Away {
    span: String,
    delegate: String,
}

#[derive(Debug, Deserialize)]
struct PasswordForm {
    #[serde(default)]
    current: String,
    #[serde(default)]
    password: String,
}

#[derive(Debug, Deserialize)]
struct KeysForm {
    #[serde(default)]
    single_keys: String,
}

async fn show(State(app): State<App>, SignedIn(actor): SignedIn, frame: Frame) -> Result<Response> {
    render(&app, &actor, frame, FormErrors::new(), None).await
}

async fn render(
    app: &App,
    actor: &Actor,
    frame: Frame,
    errors: FormErrors,
    calendar_url: Option<String>,
) -> Result<Response> {
    let me = actor.id.ok_or(Error::NotFound)?;
    let mut connection = app.db.read().await?;
    let people = app.kept::<store::People>(&mut connection, actor).await?;
    let asked = (store::email_part(me), store::absences_part(Some(me), app.now()), store::calendar_link_part(me));
    let (email, absences, link) = together(&mut connection, asked).await?;
    drop(connection);
    let zone = people.zone_of(actor.team);
    let told = |at| calendar::moment(at, zone, app.now());
    let page = ProfilePage {
        frame,
        once: fresh_key(),
        keys_once: fresh_key(),
        errors,
        email: first(email)?,
        roles: Role::ALL.iter().filter(|role| actor.roles.contains(role)).map(|role| role.label()).collect(),
        team: people.teams().into_iter().find(|team| Some(team.id) == actor.team).map(|team| team.name),
        department: people
            .departments()
            .iter()
            .find(|one| Some(one.id) == actor.department)
            .map(|one| one.name.clone()),
        calendar: link
            .first()
            .map(|link| CalendarShown { made: told(link.made_at), fetched: link.fetched_at.map(told) }),
        calendar_url,
        calendar_keys: [fresh_key(), fresh_key()],
        may_follow_up: actor.may::<SeeCases>(),
        absences: absences
            .into_iter()
            .map(|one| Away {
                span: format!("Away {}", span(one.from, one.until, zone, app.now())),
                delegate: one.delegate_name.unwrap_or_default(),
            })
            .collect(),
    };
    Ok(web::html(&page)?.into_response())
}

async fn me(app: &App, actor: &Actor) -> Result<User> {
    let mut connection = app.db.read().await?;
    store::find(&mut connection, actor.id.ok_or(Error::NotFound)?).await
}

async fn save_password(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    ClientAddress(address): ClientAddress,
    frame: Frame,
    form: Form<PasswordForm>,
) -> Result<Response> {
    let me = me(&app, &actor).await?;
    let mut errors = FormErrors::new();
    if form.fields.current.is_empty() {
        errors.add("current", "Enter your current password");
    }
    let about = [me.details.name.as_str(), me.details.email.as_str()];
    let new = errors.check("password", Password::parse(&form.fields.password, &about));
    let (Some(new), true) = (new, errors.is_empty()) else {
        return Ok(unprocessed(render(&app, &actor, frame, errors, None).await?));
    };
    let mut tx = app.begin(&actor, &form.once).await?;
    match change_password(&mut tx, &app, &actor, &address, form.fields.current, new).await? {
        Changed::Done => {
            let answer = Answer::to("/profile").say("Password changed. You are signed out everywhere else.");
            Ok(tx.finish(answer).await?.into_response())
        }
        Changed::Wrong { left } => {
            // kept, since the failure counts
            tx.finish(Answer::to("/profile").say("That was not your current password. Nothing was changed.")).await?;
            let message = format!("This is not your current password. {}", tries_left(left));
            Ok(unprocessed(render(&app, &actor, frame, FormErrors::of("current", message), None).await?))
        }
        Changed::Wait(wait) => {
            drop(tx);
            let message = format!("Too many tries. Wait {}, then try again.", wait_in_words(wait));
            let page = render(&app, &actor, frame, FormErrors::of("current", message), None).await?;
            let mut response = (StatusCode::TOO_MANY_REQUESTS, page).into_response();
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.num_seconds() + 1));
            Ok(response)
        }
    }
}

async fn save_keys(State(app): State<App>, SignedIn(actor): SignedIn, form: Form<KeysForm>) -> Result<Response> {
    let on = !form.fields.single_keys.is_empty();
    let mut tx = app.begin(&actor, &form.once).await?;
    set_single_keys(&mut tx, &actor, on).await?;
    let say = if on { "Single keys are on." } else { "Single keys are off." };
    Ok(tx.finish(Answer::to("/profile").say(say)).await?.into_response())
}

/// The address is shown in the answer alone, never again: what is kept of it is a digest.
async fn make_calendar(
    State(app): State<App>,
    can: Can<SeeCases>,
    frame: Frame,
    form: Form<Nothing>,
) -> Result<Response> {
    let mut tx = app.begin(&can, &form.once).await?;
    let url = make_calendar_link(&mut tx, &can, &app.config.base_url()).await?;
    tx.finish(Answer::to("/profile").say("The link was made. Make a new one if you did not copy it.")).await?;
    render(&app, &can, frame, FormErrors::new(), Some(url)).await
}

async fn remove_calendar(State(app): State<App>, can: Can<SeeCases>, form: Form<Nothing>) -> Result<Response> {
    let mut tx = app.begin(&can, &form.once).await?;
    let gone = revoke_calendar_link(&mut tx, &can).await?;
    let say = if gone { "The calendar link no longer works." } else { "There was no calendar link." };
    Ok(tx.finish(Answer::to("/profile").say(say)).await?.into_response())
}

#[derive(Deserialize)]
struct Nothing {}
