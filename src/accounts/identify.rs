//! Who a request comes from: the layer that reads the session's cookie.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use chrono::{DateTime, TimeDelta, Utc};

use super::store::{self, sessions};
use super::tokens::Token;
use crate::auth::{Actor, Waiting};
use crate::config::Config;
use crate::error::Result;
use crate::web::App;

/// How often the last use of a session is written down.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Puts the [`Actor`] into the request, if it carries a session that still holds. Goes around all routes, innermost.
pub async fn identify(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if !is_for_nobody(request.uri().path())
        && let Some(token) = read_cookie(&app.config, request.headers())
    {
        let page = !request.uri().path().starts_with("/live");
        match find(&app, &token, page).await {
            Ok(Some(actor)) => {
                request.extensions_mut().insert(Arc::new(actor));
            }
            Ok(None) => {}
            Err(error) => return error.into_response(),
        }
    }
    next.run(request).await
}

/// What anybody may fetch costs no query.
fn is_for_nobody(path: &str) -> bool {
    path.starts_with("/assets/") || path.starts_with("/health/") || path.starts_with("/favicon.")
}

/// Whose session it is; `page` when it is for a page, which tells in its frame what waits for them.
async fn find(app: &App, token: &Token, page: bool) -> Result<Option<Actor>> {
    let now = app.now();
    let mut connection = app.db.read().await?;
    let found = sessions::find(&mut connection, &token.digest(), now, idle_since(app, now), page).await?;
    let Some(known) = found else { return Ok(None) };
    if known.seen_at <= now - TOUCH_EVERY {
        sessions::touch(&mut connection, known.session, now).await?;
    }
    Ok(Some(Actor {
        id: Some(known.user),
        name: known.name,
        roles: store::roles(&known.roles).into_iter().collect(),
        team: known.team,
        department: known.department,
        session: Some(known.session),
        single_keys: known.single_keys,
        queue_columns: known.queue_columns,
        waiting: page.then_some(Waiting {
            live: known.live,
            late: known.late,
            approvals: known.approvals,
            late_approvals: known.late_approvals,
            unread: known.unread,
            overdue: known.overdue,
            requests: known.requests,
            late_requests: known.late_requests,
        }),
        stamps: Some(known.stamps.0),
    }))
}

/// A session that was not used since then is over.
pub(super) fn idle_since(app: &App, now: DateTime<Utc>) -> DateTime<Utc> {
    now - app.config.session_idle
}

/// With https the cookie cannot be set by a neighbouring host nor sent in the clear.
fn cookie_name(config: &Config) -> &'static str {
    if config.secure() { "__Host-session" } else { "session" }
}

/// The secret a browser carries.
pub(super) fn read_cookie(config: &Config, headers: &HeaderMap) -> Option<Token> {
    Token::read(CookieJar::from_headers(headers).get(cookie_name(config))?.value())
}

/// Has the browser carry this secret, as long as a session may last.
pub(super) fn set_cookie(config: &Config, token: &Token) -> String {
    cookie(config, &token.text(), config.session_max.as_secs())
}

/// Has the browser forget the secret.
pub(super) fn clear_cookie(config: &Config) -> String {
    cookie(config, "", 0)
}

fn cookie(config: &Config, value: &str, age: u64) -> String {
    let secure = if config.secure() { "; Secure" } else { "" };
    format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}", cookie_name(config))
}
