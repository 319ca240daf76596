//! Where I am signed in.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::super::actions::{end_other_sessions, end_session};
use super::super::{browser, identify, store};
use super::{id, sign_in};
use crate::answer::Answer;
use crate::auth::SignedIn;
use crate::calendar;
use crate::error::{Error, Result};
use crate::ids::SessionId;
use crate::web::{self, App, Form, Frame, filters, fresh_key};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/profile/sessions", get(index))
        .route("/profile/sessions/others/end", post(end_others))
        .route("/profile/sessions/{session}/end", post(end))
}

#[derive(Template)]
#[template(path = "accounts/sessions.html")]
struct SessionsPage {
    frame: Frame,
    once: Uuid,
    sessions: Vec<Row>,
    others: usize,
    idle_minutes: u64,
    max_hours: u64,
}

struct Row {
    id: SessionId,
    once: Uuid,
    browser: String,
    address: String,
    since: String,
    since_at: DateTime<Utc>,
    seen: String,
    seen_at: DateTime<Utc>,
    is_this: bool,
}

#[derive(Debug, Deserialize)]
struct Nothing {}

async fn index(State(app): State<App>, SignedIn(actor): SignedIn, frame: Frame) -> Result<Response> {
    let me = actor.id.ok_or(Error::NotFound)?;
    let now = app.now();
    let mut connection = app.db.read().await?;
    let zone = store::zone_for(&app, &mut connection, &actor).await?;
    let rows = store::sessions::list(&mut connection, me, now, identify::idle_since(&app, now)).await?;
    let sessions: Vec<Row> = rows
        .into_iter()
        .map(|row| Row {
            id: row.id,
            once: fresh_key(),
            browser: browser::in_words(&row.browser),
            address: row.address,
            since: calendar::moment(row.created_at, zone, now),
            since_at: row.created_at,
            seen: calendar::ago(row.seen_at, now),
            seen_at: row.seen_at,
            is_this: Some(row.id) == actor.session,
        })
        .collect();
    let others = sessions.iter().filter(|row| !row.is_this).count();
    let idle_minutes = app.config.session_idle.as_secs() / 60;
    let max_hours = app.config.session_max.as_secs() / 3600;
    let page = SessionsPage { frame, once: fresh_key(), sessions, others, idle_minutes, max_hours };
    Ok(web::html(&page)?.into_response())
}

async fn end(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(session): Path<String>,
    form: Form<Nothing>,
) -> Result<Response> {
    let session: SessionId = id(&session)?;
    let me = actor.id.ok_or(Error::NotFound)?;
    let mut tx = app.begin(&actor, &form.once).await?;
    end_session(&mut tx, me, session).await?;
    let answer = tx.finish(Answer::to("/profile/sessions").say("Signed out there.")).await?;
    if Some(session) == actor.session { sign_in::signed_out(&app) } else { Ok(answer.into_response()) }
}

async fn end_others(State(app): State<App>, SignedIn(actor): SignedIn, form: Form<Nothing>) -> Result<Response> {
    let me = actor.id.ok_or(Error::NotFound)?;
    let mut tx = app.begin(&actor, &form.once).await?;
    let ended = end_other_sessions(&mut tx, me, actor.session).await?;
    let say = match ended {
        0 => "You are signed in nowhere else.".to_owned(),
        1 => "Signed out in 1 other place.".to_owned(),
        ended => format!("Signed out in {ended} other places."),
    };
    Ok(tx.finish(Answer::to("/profile/sessions").say(say)).await?.into_response())
}
