//! A form as it was sent: its fields, and the key under which it is done once.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::db::Once;
use crate::error::{Error, Result};

/// The field that carries the idempotency key.
const KEY: &str = "key";

/// The fields of a form, and its key (R7).
#[derive(Debug)]
pub struct Form<T> {
    /// What was typed.
    pub fields: T,
    /// For [`crate::web::App::begin`].
    pub once: Once,
}

/// A key for a form that is about to be shown.
#[must_use]
pub fn fresh_key() -> Uuid {
    Uuid::new_v4()
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|_| Error::refused("The form was too large or did not arrive whole. Nothing was changed."))?;
        parse(&body)
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<Form<T>> {
    let pairs: Vec<(String, String)> = serde_html_form::from_bytes(body).map_err(|_| incomplete())?;
    let (fields, once) = read(pairs)?;
    Ok(Form { fields, once })
}

/// What is said of a form of which something is missing.
pub(super) fn incomplete() -> Error {
    Error::refused("The form did not arrive whole. Open the page anew and try again.")
}

/// The fields and the key in what a form sent.
pub(super) fn read<T: DeserializeOwned>(mut pairs: Vec<(String, String)>) -> Result<(T, Once)> {
    for (_, value) in &mut pairs {
        // browsers send CRLF line ends; PostgreSQL holds no NUL
        *value = value.replace("\r\n", "\n").replace('\0', "\u{fffd}");
    }
    let key = pairs.iter().find(|(name, _)| name == KEY).and_then(|(_, value)| value.parse().ok());
    let key: Uuid = key.ok_or_else(incomplete)?;
    let clean = serde_html_form::to_string(&pairs).map_err(anyhow::Error::from)?;
    let fields = serde_html_form::from_str(&clean).map_err(|_| incomplete())?;
    Ok((fields, Once { key, hash: Sha256::digest(clean.as_bytes()).into() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Fields {
        #[serde(default)]
        note: String,
        #[serde(default)]
        lever: Vec<String>,
    }

    #[test]
    fn a_form_without_its_key_is_not_done() {
        assert!(parse::<Fields>(b"note=x").is_err());
    }

    #[test]
    fn fields_repeat_and_odd_characters_are_mended() {
        let form: Form<Fields> =
            parse(b"key=7b7f3a0e-8f43-4f0e-9a53-2d2a5f2f6a11&note=a%0D%0Ab%00&lever=pause&lever=swap").unwrap();
        assert_eq!(form.fields.note, "a\nb\u{fffd}");
        assert_eq!(form.fields.lever, ["pause", "swap"]);
    }
}
