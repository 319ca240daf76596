//! Answering by a link, without an account. Opening it uses nothing up, since mail scanners open links too; sending its
//! form does. There is no session behind it.

use askama::Template;
use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::super::actions::{find_by_link, opened};
use super::super::{Refusal, answer_by_link};
use super::fields::AnswerForm;
use super::panel::Panel;
use crate::accounts::{Token, wrong_link};
use crate::calendar;
use crate::db::{Origin, Via};
use crate::error::{self, Error, FormErrors, Plain, Result};
use crate::web::{self, App, ClientAddress};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/answer/{token}", get(show).post(create))
}

#[derive(Template)]
#[template(path = "requests/link.html")]
struct LinkPage {
    frame: Plain,
    panel: Panel,
    until: String,
}

#[derive(Template)]
#[template(path = "requests/link_done.html")]
struct DonePage {
    frame: Plain,
    department: String,
}

fn origin() -> Origin {
    Origin { actor: None, via: Via::Page, request: error::reference() }
}

/// What the link is for, if it works; otherwise the page that says it does not, or to wait.
async fn find(app: &App, token: &str, address: &str) -> Result<std::result::Result<(Token, Panel, String), Response>> {
    let Some(token) = Token::read(token) else { return Ok(Err(gone())) };
    let now = app.now();
    let mut connection = app.db.read().await?;
    let Some((link, request, expires_at)) = find_by_link(&mut connection, &token, now).await? else {
        let wait = wrong_link(&mut connection, "answer", &token.digest(), address, now).await?;
        return Ok(Err(wait.map_or_else(gone, |wait| too_many(wait.num_seconds()))));
    };
    let panel = Panel::for_link(&mut connection, request, now).await?;
    drop(connection);
    let mut tx = app.db.begin(origin()).await?;
    opened(&mut tx, link, &panel.request).await?;
    tx.commit().await?;
    let until = calendar::moment(expires_at, crate::accounts::default_calendar().zone, now);
    Ok(Ok((token, panel, until)))
}

fn gone() -> Response {
    error::page(StatusCode::GONE, "This link no longer works", &Refusal::LinkGone.to_string(), None)
}

fn too_many(seconds: i64) -> Response {
    let sentence = format!("Too many links from here were wrong. Wait {} minutes, then try again.", seconds / 60 + 1);
    let mut response = error::page(StatusCode::TOO_MANY_REQUESTS, "Too many tries", &sentence, None);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    response
}

async fn show(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    Path(token): Path<String>,
) -> Result<Response> {
    match find(&app, &token, &address).await? {
        Ok((_, panel, until)) => Ok(web::html(&LinkPage { frame: Plain::new(), panel, until })?.into_response()),
        Err(page) => Ok(page),
    }
}

/// The form has no key: nobody is signed in, and the link works once.
async fn create(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    Path(token): Path<String>,
    form: Result<axum::Form<AnswerForm>, FormRejection>,
) -> Result<Response> {
    let Ok(axum::Form(form)) = form else {
        return Err(Error::refused("The form did not arrive whole. Open the page anew and try again."));
    };
    let (token, mut panel, until) = match find(&app, &token, &address).await? {
        Ok(found) => found,
        Err(page) => return Ok(page),
    };
    let clean = |text: &str| text.replace("\r\n", "\n").replace('\0', "\u{fffd}");
    let form =
        AnswerForm { words: clean(&form.words), conditions: clean(&form.conditions), name: clean(&form.name), ..form };
    let mut errors = FormErrors::new();
    let name = form.name(&mut errors);
    let new = panel.parse(&form);
    let (status, errors) = match (name, new) {
        (Some(name), Ok(new)) => {
            let mut tx = app.db.begin(origin()).await?;
            match answer_by_link(&mut tx, &token, &name, new).await {
                Ok(request) => {
                    tx.commit().await?;
                    let page = DonePage { frame: Plain::new(), department: request.department_name };
                    return Ok(web::html(&page)?.into_response());
                }
                Err(Error::Refused(why)) if why == Refusal::LinkGone.to_string() => return Ok(gone()),
                Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("", why)),
                Err(error) => return Err(error),
            }
        }
        (_, new) => {
            if let Err(wrong) = new {
                wrong.all().iter().for_each(|(field, message)| errors.add(field, *message));
            }
            (StatusCode::UNPROCESSABLE_ENTITY, errors)
        }
    };
    panel.answer = form;
    panel.answer_errors = errors;
    Ok((status, web::html(&LinkPage { frame: Plain::new(), panel, until })?).into_response())
}
