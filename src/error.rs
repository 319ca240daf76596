//! Everything that can go wrong with a request, and the page that says so. A refusal carries a sentence for the user;
//! what a user cannot mend gets a reference number, and this is the one place that logs it.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use uuid::Uuid;

use crate::answer::Answer;
use crate::assets::ASSETS;

/// The result of anything that serves a request.
pub type Result<T, E = Error> = std::result::Result<T, E>;

tokio::task_local! {
    /// The number of the request being served, in every log line and on every error page.
    pub static REFERENCE: Uuid;
}

/// The request being served, if one is.
#[must_use]
pub fn reference() -> Option<Uuid> {
    REFERENCE.try_with(|reference| *reference).ok()
}

/// Why a request was not done.
#[derive(Debug)]
pub enum Error {
    /// Nobody is signed in: go and sign in, then come back to this address.
    SignedOut {
        /// Where to return to.
        back: String,
    },
    /// Signed in, but the roles do not allow it.
    Forbidden,
    /// Not there, or not for these eyes.
    NotFound,
    /// The rules say no; the sentence is shown as it stands.
    Refused(String),
    /// Too many tries; come back after so many seconds.
    TooMany {
        /// Seconds to wait.
        wait: u64,
    },
    /// What was typed does not do. Handlers show it beside the fields.
    Invalid(FormErrors),
    /// The same form was sent before: this was its answer (R7).
    Done(Answer),
    /// Our fault.
    Internal(anyhow::Error),
}

/// Messages beside the fields of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormErrors(Vec<(String, String)>);

impl FormErrors {
    /// No message yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One message.
    #[must_use]
    pub fn of(field: &str, message: impl Into<String>) -> Self {
        let mut errors = Self::new();
        errors.add(field, message);
        errors
    }

    /// Adds a message to a field.
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push((field.to_owned(), message.into()));
    }

    /// Those about a field, or those about the form as a whole.
    #[must_use]
    pub fn parted(&self, about_fields: bool) -> Self {
        Self(self.0.iter().filter(|(field, _)| field.is_empty() != about_fields).cloned().collect())
    }

    /// The first message of a field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, message)| message.as_str())
    }

    /// All of them, as (field, message), in the order they were found.
    #[must_use]
    pub fn all(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(field, message)| (field.as_str(), message.as_str())).collect()
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Goes on where nothing is wrong.
    ///
    /// # Errors
    /// All of them, when something is.
    pub fn none(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    /// Keeps a good value, or notes the message and gives none.
    pub fn check<T>(&mut self, field: &str, value: Result<T, impl Into<String>>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(message) => {
                self.add(field, message);
                None
            }
        }
    }
}

/// A response that may be tried again from the start: the database turned the transaction away in passing.
#[derive(Clone, Copy, Debug)]
pub struct Passing;

impl Error {
    /// A refusal with its sentence.
    pub fn refused(sentence: impl Into<String>) -> Self {
        Self::Refused(sentence.into())
    }

    /// Whether trying again from the start may succeed: serialization failure, deadlock, lock not had in time,
    /// connection lost.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        let Self::Internal(error) = self else { return false };
        match error.downcast_ref::<sqlx::Error>() {
            Some(sqlx::Error::Database(error)) => matches!(
                error.code().as_deref(),
                Some("40001" | "40P01" | "55P03" | "57P01" | "57P02" | "57P03" | "08006")
            ),
            Some(sqlx::Error::Io(_)) => true,
            _ => false,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => Self::NotFound,
            error => Self::Internal(error.into()),
        }
    }
}

impl From<askama::Error> for Error {
    fn from(error: askama::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl From<FormErrors> for Error {
    fn from(errors: FormErrors) -> Self {
        Self::Invalid(errors)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SignedOut { .. } => f.write_str("nobody is signed in"),
            Self::Forbidden => f.write_str("the roles do not allow this"),
            Self::NotFound => f.write_str("not there"),
            Self::Refused(sentence) => f.write_str(sentence),
            Self::TooMany { wait } => write!(f, "too many tries, wait {wait} s"),
            Self::Invalid(errors) => {
                write!(f, "{}", errors.all().iter().map(|(_, m)| *m).collect::<Vec<_>>().join(" "))
            }
            Self::Done(_) => f.write_str("done before"),
            Self::Internal(error) => write!(f, "{error:#}"),
        }
    }
}

impl std::error::Error for Error {}

/// The frame of a page without a person: sign-in, links, errors.
#[derive(Clone, Copy, Debug)]
pub struct Plain {
    /// The system decides.
    pub theme: &'static str,
    /// The stylesheet's address.
    pub css: &'static str,
    /// The script's address.
    pub js: &'static str,
    /// The icons' address.
    pub icons: &'static str,
}

impl Plain {
    /// The frame with today's addresses.
    #[must_use]
    pub fn new() -> Self {
        Self { theme: "", css: &ASSETS.css, js: &ASSETS.js, icons: &ASSETS.icons }
    }
}

impl Default for Plain {
    fn default() -> Self {
        Self::new()
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: Plain,
    title: &'a str,
    sentence: &'a str,
    reference: Option<String>,
}

/// The page for an error, also used by the layers that turn requests away.
#[must_use]
pub fn page(status: StatusCode, title: &str, sentence: &str, reference: Option<Uuid>) -> Response {
    let page = ErrorPage {
        frame: Plain::new(),
        title,
        sentence,
        reference: reference.map(|reference| reference.simple().to_string()[20..].to_uppercase()),
    };
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(_) => (status, sentence.to_owned()).into_response(),
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::SignedOut { back } => {
                let query = serde_html_form::to_string([("back", back)]).unwrap_or_default();
                Redirect::to(&format!("/sign-in?{query}")).into_response()
            }
            Self::Forbidden => page(
                StatusCode::FORBIDDEN,
                "Not for your role",
                "Your role does not include this. An admin can change that.",
                None,
            ),
            Self::NotFound => page(
                StatusCode::NOT_FOUND,
                "Not found",
                "There is nothing here, or it is not yours to see. Search finds cases, customers and orders.",
                None,
            ),
            Self::Refused(sentence) => page(StatusCode::CONFLICT, "Not done", &sentence, None),
            Self::TooMany { wait } => {
                let mut response = page(
                    StatusCode::TOO_MANY_REQUESTS,
                    "Too many tries",
                    &format!("Wait {wait} seconds, then try again."),
                    None,
                );
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
                response
            }
            Self::Invalid(errors) => {
                let sentences: Vec<_> = errors.all().iter().map(|(_, message)| *message).collect();
                page(StatusCode::UNPROCESSABLE_ENTITY, "Check what was entered", &sentences.join(" "), None)
            }
            Self::Done(answer) => answer.into_response(),
            Self::Internal(ref error) if is_busy(error) => {
                tracing::warn!("no connection to the database in time");
                busy()
            }
            Self::Internal(_) => {
                let passing = self.is_passing();
                let reference = reference().unwrap_or_else(Uuid::now_v7);
                let Self::Internal(error) = self else { unreachable!() };
                tracing::error!(%reference, error = %redact(&error), passing, "request failed");
                let mut response = broken(reference);
                if passing {
                    response.extensions_mut().insert(Passing);
                }
                response
            }
        }
    }
}

/// Our fault: fixed words and the number under which the log knows more.
#[must_use]
pub fn broken(reference: Uuid) -> Response {
    page(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something broke on our side",
        "Nothing was changed. Try again; if it happens again, tell an admin this number.",
        Some(reference),
    )
}

/// More requests than can be served now.
pub fn busy() -> Response {
    let mut response = page(
        StatusCode::SERVICE_UNAVAILABLE,
        "Very busy",
        "Too many requests at once. Nothing was changed; try again shortly.",
        None,
    );
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn is_busy(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed))
}

/// Logs a panic by its place only: its message may quote what somebody typed.
pub fn log_panics_by_place() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "somewhere".to_owned(), ToString::to_string);
        if let Some(reference) = reference() {
            tracing::error!(%reference, place, "panicked");
        } else {
            tracing::error!(place, "panicked");
        }
    }));
}

/// The error for the log, without the row contents that PostgreSQL puts into `detail`, and into the message where it
/// could not read a value (class 22).
pub(crate) fn redact(error: &anyhow::Error) -> String {
    match error.downcast_ref::<sqlx::Error>() {
        Some(sqlx::Error::Database(database)) if let Some(code) = database.code() => format!(
            "database: {} (code {}, constraint {})",
            if code.starts_with("22") { "a value could not be read" } else { database.message() },
            code,
            database.constraint().unwrap_or("none"),
        ),
        _ => format!("{error:#}"),
    }
}
