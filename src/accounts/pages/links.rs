//! Pages behind one-time links: to set a password, to make the first admin. Opening one changes nothing, since mail
//! scanners open links too; sending its form uses it up.

use std::collections::BTreeSet;

use askama::Template;
use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::super::actions::{make_first_admin, use_password_link};
use super::super::store::links::{self, Purpose};
use super::super::tokens::Token;
use super::super::{Details, Email, Name, NewUser, Password, Refusal, passwords};
use super::{origin, unprocessed};
use crate::answer::Answer;
use crate::auth::Role;
use crate::error::{self, Error, FormErrors, Plain, Result};
use crate::web::{self, App};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/set-password/{token}", get(show).post(create))
}

#[derive(Template)]
#[template(path = "accounts/set_password.html")]
struct SetPasswordPage<'a> {
    frame: Plain,
    errors: FormErrors,
    /// Whose password it is; none for the first admin to be.
    user: Option<(&'a str, &'a str)>,
    form: &'a SetPasswordForm,
}

#[derive(Debug, Default, Deserialize)]
struct SetPasswordForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
}

async fn show(State(app): State<App>, Path(token): Path<String>) -> Result<Response> {
    let Some((_, purpose)) = find(&app, &token).await? else {
        return Ok(gone());
    };
    render(&purpose, &SetPasswordForm::default(), FormErrors::new())
}

/// The form has no key: nobody is signed in yet, and the link works once.
async fn create(
    State(app): State<App>,
    Path(token): Path<String>,
    form: Result<axum::Form<SetPasswordForm>, FormRejection>,
) -> Result<Response> {
    let Ok(axum::Form(form)) = form else {
        return Err(Error::refused("The form did not arrive whole. Open the page anew and try again."));
    };
    let Some((token, purpose)) = find(&app, &token).await? else {
        return Ok(gone());
    };
    match &purpose {
        Purpose::SetPassword { user, name, email } => {
            let password = match Password::parse(&form.password, &[name, email]) {
                Ok(password) => passwords::hash(&app, password).await?,
                Err(message) => {
                    return Ok(unprocessed(render(&purpose, &form, FormErrors::of("password", message))?));
                }
            };
            let mut tx = app.db.begin(origin(Some(*user))).await?;
            use_password_link(&mut tx, &token, *user, &password).await?;
            tx.commit().await?;
        }
        Purpose::FirstAdmin => {
            let (details, password) = match parse(&form) {
                Ok(parsed) => parsed,
                Err(errors) => return Ok(unprocessed(render(&purpose, &form, errors)?)),
            };
            let password = Some(passwords::hash(&app, password).await?);
            let mut tx = app.db.begin(origin(None)).await?;
            make_first_admin(&mut tx, &token, &NewUser { details, password }).await?;
            tx.commit().await?;
        }
    }
    Ok(Answer::to("/sign-in").say("Your password is set. Sign in with it.").into_response())
}

/// The first admin, as typed.
fn parse(form: &SetPasswordForm) -> Result<(Details, Password), FormErrors> {
    let mut errors = FormErrors::new();
    let name = errors.check("name", Name::parse(&form.name.replace('\0', "\u{fffd}")));
    let email = errors.check("email", Email::parse(&form.email));
    let password = errors.check("password", Password::parse(&form.password, &[&form.name, &form.email]));
    match (name, email, password) {
        (Some(name), Some(email), Some(password)) => {
            let roles = BTreeSet::from([Role::Admin]);
            Ok((Details { name, email, roles, team: None, department: None }, password))
        }
        _ => Err(errors),
    }
}

async fn find(app: &App, token: &str) -> Result<Option<(Token, Purpose)>> {
    let Some(token) = Token::read(token) else {
        return Ok(None);
    };
    let mut connection = app.db.read().await?;
    let purpose = links::find(&mut connection, &token.digest(), app.now()).await?;
    Ok(purpose.map(|purpose| (token, purpose)))
}

fn render(purpose: &Purpose, form: &SetPasswordForm, errors: FormErrors) -> Result<Response> {
    let user = match purpose {
        Purpose::FirstAdmin => None,
        Purpose::SetPassword { name, email, .. } => Some((name.as_str(), email.as_str())),
    };
    Ok(web::html(&SetPasswordPage { frame: Plain::new(), errors, user, form })?.into_response())
}

fn gone() -> Response {
    error::page(StatusCode::GONE, "This link no longer works", &Refusal::LinkGone.to_string(), None)
}
