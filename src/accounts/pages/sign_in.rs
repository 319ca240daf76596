//! Signing in and out.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use axum_extra::extract::CookieJar;
use chrono::TimeDelta;
use serde::Deserialize;

use super::super::actions::{Admission, Browser, admit, end_session, sign_in};
use super::super::{browser, identify, passwords, store};
use super::{origin, tries_left, unprocessed, wait_in_words};
use crate::answer::{self, Answer};
use crate::auth::Actor;
use crate::error::{Error, FormErrors, Plain, Result};
use crate::web::{self, App, ClientAddress};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/sign-in", get(new).post(create)).route("/session/end", post(end))
}

#[derive(Template)]
#[template(path = "accounts/sign_in.html")]
struct SignInPage<'a> {
    frame: Plain,
    said: Option<String>,
    errors: FormErrors,
    email: &'a str,
    back: &'a str,
    idle_minutes: u64,
}

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    back: String,
}

#[derive(Debug, Deserialize)]
struct SignInForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    back: String,
}

async fn new(
    State(app): State<App>,
    actor: Option<Extension<Arc<Actor>>>,
    Query(asked): Query<Asked>,
    jar: CookieJar,
) -> Result<Response> {
    let back = safe_back(&asked.back);
    if actor.is_some() {
        return Ok(Answer::to(back).into_response());
    }
    let said = jar.get(answer::FLASH).and_then(|cookie| answer::read_flash(cookie.value())).map(|flash| flash.say);
    Ok(web::html(&SignInPage { said, ..page(&app, FormErrors::new(), "", back) })?.into_response())
}

/// The form has no key: nobody is signed in yet, and signing in twice does no harm.
async fn create(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    form: Result<axum::Form<SignInForm>, FormRejection>,
) -> Result<Response> {
    let Ok(axum::Form(form)) = form else {
        return Err(Error::refused("The form did not arrive whole. Open the page anew and try again."));
    };
    let back = safe_back(&form.back);
    // PostgreSQL holds no NUL
    let email = form.email.replace('\0', "").trim().to_lowercase();
    if email.is_empty() || form.password.is_empty() {
        let (field, message) =
            if email.is_empty() { ("email", "Enter your work email") } else { ("password", "Enter your password") };
        return Ok(unprocessed(web::html(&page(&app, FormErrors::of(field, message), &email, back))?));
    }
    let mut tx = app.db.begin(origin(None)).await?;
    let left = match admit(&mut tx, &email, &address).await? {
        Admission::Wait(wait) => return too_many(&app, wait, &email, back),
        Admission::Try { left } => left,
    };
    tx.commit().await?;
    if let Some(cookie) = try_password(&app, &address, &headers, &email, form.password).await? {
        let mut response = Answer::to(back).into_response();
        response.headers_mut().append(header::SET_COOKIE, cookie);
        return Ok(response);
    }
    let message = format!("That email and password do not match. {}", tries_left(left));
    Ok(unprocessed(web::html(&page(&app, FormErrors::of("password", message), &email, back))?))
}

/// Begins a session when the password is right; the same work is done when there is no such account.
async fn try_password(
    app: &App,
    address: &str,
    headers: &HeaderMap,
    email: &str,
    password: String,
) -> Result<Option<HeaderValue>> {
    let mut connection = app.db.read().await?;
    let found = store::credentials(&mut connection, email).await?;
    drop(connection);
    let (user, stored) = found.map(|found| (found.id, found.password)).unzip();
    let stored = stored.flatten();
    let is_right = passwords::verify(app, password, stored.clone()).await?;
    let (Some(user), true) = (user, is_right) else {
        return Ok(None);
    };
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let browser = Browser { address, agent: &browser::cut(agent), before: identify::read_cookie(&app.config, headers) };
    let mut tx = app.db.begin(origin(Some(user))).await?;
    let Some(token) = sign_in(&mut tx, user, stored.as_deref(), &browser, app.config.session_max).await? else {
        return Ok(None);
    };
    tx.commit().await?;
    let cookie = HeaderValue::from_str(&identify::set_cookie(&app.config, &token)).map_err(anyhow::Error::from)?;
    Ok(Some(cookie))
}

fn too_many(app: &App, wait: TimeDelta, email: &str, back: &str) -> Result<Response> {
    let message = format!("Too many tries. Wait {}, then try again.", wait_in_words(wait));
    let page = web::html(&page(app, FormErrors::of("password", message), email, back))?;
    let mut response = (StatusCode::TOO_MANY_REQUESTS, page).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.num_seconds() + 1));
    Ok(response)
}

fn page<'a>(app: &App, errors: FormErrors, email: &'a str, back: &'a str) -> SignInPage<'a> {
    let idle_minutes = app.config.session_idle.as_secs() / 60;
    SignInPage { frame: Plain::new(), said: None, errors, email, back, idle_minutes }
}

/// Ends this session. It takes no key: a session can only end once.
async fn end(State(app): State<App>, actor: Option<Extension<Arc<Actor>>>) -> Result<Response> {
    if let Some(Extension(actor)) = actor
        && let (Some(user), Some(session)) = (actor.id, actor.session)
    {
        let mut tx = app.db.begin(origin(Some(user))).await?;
        end_session(&mut tx, user, session).await?;
        tx.commit().await?;
    }
    signed_out(&app)
}

/// Where one stands after signing out.
pub(super) fn signed_out(app: &App) -> Result<Response> {
    let mut response = Answer::to("/sign-in").say("You are signed out.").into_response();
    let cookie = HeaderValue::from_str(&identify::clear_cookie(&app.config)).map_err(anyhow::Error::from)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// A place of ours to go to after signing in; anything else is the front page.
fn safe_back(back: &str) -> &str {
    let is_ours = back.starts_with('/')
        && !back.starts_with("//")
        && !back.contains('\\')
        && back.parse::<Uri>().is_ok_and(|uri| uri.authority().is_none());
    let is_a_door = ["/sign-in", "/session/", "/set-password/"].iter().any(|path| back.starts_with(path));
    if is_ours && !is_a_door { back } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_returns_only_to_our_own_pages() {
        for back in ["/", "/queue?view=mine&after=x", "/cases/SD-20418#log"] {
            assert_eq!(safe_back(back), back);
        }
        for back in [
            "",
            "queue",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/x\r\nSet-Cookie: a=b",
            "https://evil.example/",
            "javascript:alert(1)",
            "/sign-in?back=/",
            "/session/end",
        ] {
            assert_eq!(safe_back(back), "/", "{back:?}");
        }
    }
}
