//! Handlers name what they need: `SignedIn`, or `Can<OpenCases>`. The session was read by the layer in `accounts`.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};

use super::{Actor, Can, Permission};
use crate::error::Error;

/// Anybody who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Arc<Actor>);

impl Deref for SignedIn {
    type Target = Arc<Actor>;

    fn deref(&self) -> &Arc<Actor> {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        match parts.extensions.get::<Arc<Actor>>() {
            Some(actor) => Ok(Self(Arc::clone(actor))),
            None => Err(Error::SignedOut { back: back(&parts.method, &parts.headers, parts) }),
        }
    }
}

impl<S: Send + Sync, P: Permission> FromRequestParts<S> for Can<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        SignedIn::from_request_parts(parts, state).await?.can()
    }
}

/// Where to return to after signing in: this page, or the one the form was on.
fn back(method: &Method, headers: &HeaderMap, parts: &Parts) -> String {
    if method == Method::GET && !headers.contains_key("x-fragment") {
        return parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    }
    let referer = headers.get("referer").and_then(|value| value.to_str().ok()).unwrap_or_default();
    referer
        .parse::<axum::http::Uri>()
        .ok()
        .and_then(|uri| uri.path_and_query().map(ToString::to_string))
        .unwrap_or_else(|| "/".to_owned())
}
