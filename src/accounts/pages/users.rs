//! Our people, as a list, and adding somebody.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::actions::{OneTimeLink, add_user, password_link};
use super::super::store::{self, Filter};
use super::super::{Department, Details, Email, Name, NewUser, Team, check_roles};
use super::fields::Fields;
use super::{Choice, beside, unprocessed};
use crate::answer::Answer;
use crate::auth::{Actor, Can, ManageUsers, Role};
use crate::calendar;
use crate::error::{FormErrors, Result};
use crate::ids::UserId;
use crate::web::{self, App, Form, Frame, filters, fresh_key, hue, initials};

/// Rows of a page.
const ROWS: usize = 50;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/users", get(index).post(create)).route("/users/new", get(new))
}

#[derive(Template)]
#[template(path = "accounts/users.html")]
struct UsersPage {
    frame: Frame,
    asked: Asked,
    roles: Vec<Choice>,
    teams: Vec<Choice>,
    rows: Vec<Row>,
    prev: Option<String>,
    next: Option<String>,
}

struct Row {
    id: UserId,
    name: String,
    initials: String,
    hue: u8,
    email: String,
    roles: String,
    belongs: String,
    seen: Option<(String, DateTime<Utc>)>,
    active: bool,
    has_password: bool,
}

/// What the list is asked for, as it stands in the address.
#[derive(Clone, Default, Debug, Deserialize, Serialize)]
#[serde(default)]
struct Asked {
    #[serde(skip_serializing_if = "String::is_empty")]
    q: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    role: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    team: String,
    /// `active` unless said: those who left are asked for.
    #[serde(skip_serializing_if = "String::is_empty")]
    state: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    after: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    before: String,
}

impl Asked {
    fn filter(&self) -> Filter {
        let text = self.q.replace('\0', "");
        Filter {
            text: Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            role: Role::from_name(&self.role),
            team: self.team.parse().ok(),
            active: match self.state.as_str() {
                "all" => None,
                "deactivated" => Some(false),
                _ => Some(true),
            },
        }
    }

    fn is_narrowed(&self) -> bool {
        !(self.q.trim().is_empty() && self.role.is_empty() && self.team.is_empty() && self.state.is_empty())
    }

    fn beyond(&self, after: Option<UserId>, before: Option<UserId>) -> String {
        let text = |id: Option<UserId>| id.map(|id| id.to_string()).unwrap_or_default();
        let asked = Self { after: text(after), before: text(before), ..self.clone() };
        format!("/users?{}", serde_html_form::to_string(&asked).unwrap_or_default())
    }
}

async fn index(
    State(app): State<App>,
    can: Can<ManageUsers>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let now = app.now();
    let mut connection = app.db.read().await?;
    let people = app.kept::<store::People>(&mut connection, &can).await?;
    let zone = people.zone_of(can.team);
    let (after, before): (Option<UserId>, Option<UserId>) = (asked.after.parse().ok(), asked.before.parse().ok());
    let backwards = before.is_some();
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mut found = store::list(&mut connection, &asked.filter(), after.filter(|_| !backwards), before, limit).await?;
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    if backwards {
        found.reverse();
    }
    let first = found.first().map(|row| row.id).filter(|_| if backwards { more } else { after.is_some() });
    let last = found.last().map(|row| row.id).filter(|_| backwards || more);
    let page = UsersPage {
        frame,
        prev: first.map(|first| asked.beyond(None, Some(first))),
        next: last.map(|last| asked.beyond(Some(last), None)),
        roles: role_choices(),
        teams: team_choices(people.teams()),
        rows: found.into_iter().map(|row| shown(row, |at| calendar::moment(at, zone, now))).collect(),
        asked,
    };
    Ok(web::html(&page)?.into_response())
}

fn shown(row: store::Row, moment: impl Fn(DateTime<Utc>) -> String) -> Row {
    let roles = store::roles(&row.roles);
    Row {
        initials: initials(&row.name),
        hue: hue(&row.name),
        roles: roles.iter().map(|role| role.label()).collect::<Vec<_>>().join(", "),
        belongs: [row.team, row.department].into_iter().flatten().collect::<Vec<_>>().join(", "),
        seen: row.signed_in_at.map(|at| (moment(at), at)),
        id: row.id,
        name: row.name,
        email: row.email,
        active: row.active,
        has_password: row.has_password,
    }
}

#[derive(Template)]
#[template(path = "accounts/user_new.html")]
struct NewUserPage {
    frame: Frame,
    once: Uuid,
    form: Fields,
    chosen: Vec<String>,
    errors: FormErrors,
    roles: Vec<Choice>,
    teams: Vec<Choice>,
    departments: Vec<Choice>,
}

async fn new(State(app): State<App>, can: Can<ManageUsers>, frame: Frame) -> Result<Response> {
    render_new(&app, &can, frame, Fields::default(), FormErrors::new()).await
}

async fn render_new(app: &App, can: &Actor, frame: Frame, form: Fields, errors: FormErrors) -> Result<Response> {
    let people = app.kept::<store::People>(&mut *app.db.read().await?, can).await?;
    let page = NewUserPage {
        frame,
        once: fresh_key(),
        chosen: form.many("roles"),
        form,
        errors,
        roles: role_choices(),
        teams: team_choices(people.teams()),
        departments: department_choices(people.departments()),
    };
    Ok(web::html(&page)?.into_response())
}

async fn create(State(app): State<App>, can: Can<ManageUsers>, frame: Frame, form: Form<Fields>) -> Result<Response> {
    let details = match parse(&form.fields) {
        Ok(details) => details,
        Err(errors) => return Ok(unprocessed(render_new(&app, &can, frame, form.fields, errors).await?)),
    };
    let mut tx = app.begin(&can, &form.once).await?;
    let new = NewUser { details, password: None };
    let user = match add_user(&mut tx, &can, &new).await {
        Ok(user) => user,
        Err(error) => {
            drop(tx);
            let errors = beside(error)?;
            return Ok(unprocessed(render_new(&app, &can, frame, form.fields, errors).await?));
        }
    };
    let link = password_link(&mut tx, &can, user, &app.config.base_url()).await?;
    tx.finish(shown_once(user)).await?;
    render_link(&app, &can, frame, user, new.details.name.as_str(), link).await
}

#[derive(Template)]
#[template(path = "accounts/user_link.html")]
struct LinkPage<'a> {
    frame: Frame,
    user: UserId,
    name: &'a str,
    link: OneTimeLink,
    until: String,
}

/// Shows a link, the one time it is shown: it stands neither in an address nor in an answer that is kept.
pub(super) async fn render_link(
    app: &App,
    can: &Can<ManageUsers>,
    frame: Frame,
    user: UserId,
    name: &str,
    link: OneTimeLink,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let zone = store::zone_for(app, &mut connection, can).await?;
    let until = calendar::moment(link.expires_at, zone, app.now());
    Ok(web::html(&LinkPage { frame, user, name, link, until })?.into_response())
}

/// What the form gets that asks for the same link again.
pub(super) fn shown_once(user: UserId) -> Answer {
    Answer::to(format!("/users/{user}")).say("The link was shown once. Make a new one if it was not noted down.")
}

/// What an admin wrote about somebody.
pub(super) fn parse(form: &Fields) -> Result<Details, FormErrors> {
    let mut errors = FormErrors::new();
    let name = errors.check("name", Name::parse(form.get("name")));
    let email = errors.check("email", Email::parse(form.get("email")));
    let roles = store::roles(&form.many("roles"));
    let (team, department) = (form.get("team").parse().ok(), form.get("department").parse().ok());
    if let Err(refusal) = check_roles(&roles, department) {
        errors.add(refusal.field(), refusal.to_string());
    }
    match (name, email) {
        (Some(name), Some(email)) if errors.is_empty() => Ok(Details { name, email, roles, team, department }),
        _ => Err(errors),
    }
}

pub(super) fn role_choices() -> Vec<Choice> {
    Role::ALL.into_iter().map(|role| Choice::new(&role.name(), role.label())).collect()
}

pub(super) fn team_choices(teams: Vec<Team>) -> Vec<Choice> {
    teams.into_iter().map(|team| Choice::new(&team.id, team.name)).collect()
}

pub(super) fn department_choices(departments: &[Department]) -> Vec<Choice> {
    departments.iter().map(|department| Choice::new(&department.id, &department.name)).collect()
}
