//! What every request passes: a number of its own, a task that a client's hang-up cannot cancel, tries again when the
//! database turned it away in passing, limits, and the headers that keep a browser safe.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::timeout::RequestBodyTimeoutLayer;
use tracing::Instrument;
use uuid::Uuid;

use super::App;
use crate::answer;
use crate::error::{self, Error, Passing, REFERENCE};

/// Workbooks are.
const COMPRESSED_ALREADY: NotForContentType =
    NotForContentType::const_new("application/vnd.openxmlformats-officedocument");

/// The largest form; files have their own limit.
pub(super) const LARGEST_FORM: usize = 1 << 20;
/// The time a form has to arrive, and any part of a file.
const ARRIVAL: Duration = Duration::from_secs(20);
/// The time a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a change is tried that the database turns away in passing.
const TRIES: u64 = 3;

/// The address a request came from.
#[derive(Clone, Debug)]
pub struct ClientAddress(pub String);

/// Puts the layers around the routes, outermost last.
pub fn around(router: Router<App>, app: &App) -> Router {
    router
        .layer(from_fn(forget_flash))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(COMPRESSED_ALREADY)))
        .layer(same_site(app).with_rejection_response(refuse_other_site))
        .layer(RequestBodyTimeoutLayer::new(ARRIVAL))
        .layer(from_fn_with_state(app.clone(), carry_through))
        .layer(from_fn_with_state(app.clone(), keep_safe))
        .with_state(app.clone())
}

/// Only the headers: for what must answer when the server is at its busiest.
pub fn bare(router: Router<App>, app: &App) -> Router {
    router.layer(from_fn_with_state(app.clone(), keep_safe)).with_state(app.clone())
}

/// Gives the request a place or turns it away; waits until its form has arrived and it is its turn; then runs it in a
/// task of its own. A client that hangs up before its turn costs nothing, and one that hangs up later drops this
/// future, not the work, which holds the place and the turn until it is done.
async fn carry_through(State(app): State<App>, request: Request, next: Next) -> Response {
    let reference = Uuid::now_v7();
    let Ok(place) = Arc::clone(&app.places).try_acquire_owned() else {
        return error::busy();
    };
    let request = match arrive(request).await {
        Ok(request) => request,
        Err(refusal) => return refusal,
    };
    let Ok(Ok(turn)) = tokio::time::timeout(PATIENCE, Arc::clone(&app.turns).acquire_owned()).await else {
        return error::busy();
    };
    let parts = &request.parts;
    let reads = parts.method.is_safe();
    // the route rather than the address: an address may hold a one-time token
    let path = parts.extensions.get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", %reference, method = %parts.method, path);
    let work = async move {
        let began = Instant::now();
        let response = attempt(request, next).await;
        let status = response.status().as_u16();
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        if reads && status < 500 {
            tracing::debug!(status, ms, "served");
        } else {
            tracing::info!(status, ms, "served");
        }
        drop((place, turn));
        response
    };
    let mut response = match app.tasks.spawn(REFERENCE.scope(reference, work).instrument(span)).await {
        Ok(response) => response,
        // the panic itself was logged where it happened
        Err(_) => error::broken(reference),
    };
    if let Ok(value) = HeaderValue::from_str(&reference.to_string()) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}

/// A request and its form; another kind of body is read by who wants it.
struct Arrived {
    parts: Parts,
    body: Result<Bytes, Body>,
}

/// Waits for the whole form, also one with small files or none. Other bodies are read by who wants them.
async fn arrive(request: Request) -> Result<Arrived, Response> {
    let (parts, body) = request.into_parts();
    let is_kind =
        |kind: &[u8]| parts.headers.get(header::CONTENT_TYPE).is_some_and(|sent| sent.as_bytes().starts_with(kind));
    let length = parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let is_small = length.is_some_and(|length: usize| length <= LARGEST_FORM);
    let is_form = is_kind(b"application/x-www-form-urlencoded") || (is_kind(b"multipart/form-data") && is_small);
    if parts.method != Method::POST || !is_form {
        return Ok(Arrived { parts, body: Err(body) });
    }
    match tokio::time::timeout(ARRIVAL, Limited::new(body, LARGEST_FORM).collect()).await {
        Ok(Ok(form)) => Ok(Arrived { parts, body: Ok(form.to_bytes()) }),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(error::page(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Too much text",
            "The form holds more than 1 MB. Shorten it; nothing was changed.",
            None,
        )),
        _ => Err(error::page(
            StatusCode::REQUEST_TIMEOUT,
            "Not done",
            "The form did not arrive whole. Nothing was changed; try again.",
            None,
        )),
    }
}

/// A change that the database turned away in passing (serialization failure, deadlock, lost connection) is tried again
/// from the start; its idempotency key makes that harmless.
async fn attempt(request: Arrived, next: Next) -> Response {
    let form = match request.body {
        Ok(form) => form,
        Err(body) => return next.run(Request::from_parts(request.parts, body)).await,
    };
    let mut tries = 0;
    loop {
        let again = Request::from_parts(request.parts.clone(), Body::from(form.clone()));
        let response = next.clone().run(again).await;
        tries += 1;
        if response.extensions().get::<Passing>().is_none() || tries == TRIES {
            return response;
        }
        tracing::info!(tries, "trying the change again");
        tokio::time::sleep(Duration::from_millis(20 * tries)).await;
    }
}

/// A proxy may call us by another name than browsers do.
fn same_site(app: &App) -> CsrfLayer {
    let public = app.config.public_url.as_deref().and_then(|url| CsrfLayer::new().add_trusted_origin(url).ok());
    public.unwrap_or_default()
}

fn refuse_other_site(_: ProtectionError) -> Response {
    error::page(
        StatusCode::FORBIDDEN,
        "Not done",
        "The form was sent from another site. Nothing was changed; open the page here and try again.",
        None,
    )
}

/// A sentence is shown once: the page that showed it takes its cookie away.
async fn forget_flash(request: Request, next: Next) -> Response {
    let shown = request.headers().get(header::COOKIE).is_some_and(|cookie| {
        cookie.to_str().is_ok_and(|cookie| cookie.split("; ").any(|part| part.starts_with(answer::FLASH)))
    });
    // what a form in the page is answered with shows the sentence as a page does
    let fragment = request.headers().get("x-fragment").is_some_and(|name| name != "form");
    let mut response = next.run(request).await;
    let is_page = response.status().is_success()
        && response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if shown && is_page && !fragment {
        let gone = HeaderValue::from_static("flash=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    response
}

/// Headers that every response carries.
async fn keep_safe(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // a file that people sent has a stricter one of its own
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if app.config.secure() {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let forwarded = app.config.behind_proxy.then(|| {
            let value = parts.headers.get("x-forwarded-for")?.to_str().ok()?;
            value.rsplit(',').next().map(|last| last.trim().to_owned())
        });
        let address = forwarded.flatten().unwrap_or_else(|| {
            parts
                .extensions
                .get::<ConnectInfo<SocketAddr>>()
                .map_or_else(|| "unknown".to_owned(), |ConnectInfo(address)| address.ip().to_string())
        });
        Ok(Self(address))
    }
}
