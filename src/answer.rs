//! What a form's sender is told when the work is done: where to go, and one sentence to show there.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// The cookie that carries the sentence to the next page.
pub const FLASH: &str = "flash";

/// A redirect (303) after a change, kept with the submission so that a form sent twice gets the same answer (R7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    to: String,
    say: Option<String>,
    #[serde(default)]
    undo: Option<Undo>,
}

/// The form that takes back what was just done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// Where it is sent.
    pub action: String,
    /// What it holds, beside its key.
    pub fields: Vec<(String, String)>,
}

/// What the next page shows once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// The sentence.
    pub say: String,
    /// The way back, where there is one.
    pub undo: Option<Undo>,
}

impl Answer {
    /// Go to this page of ours.
    #[must_use]
    pub fn to(path: impl Into<String>) -> Self {
        Self { to: path.into(), say: None, undo: None }
    }

    /// Show this sentence there.
    #[must_use]
    pub fn say(mut self, sentence: impl Into<String>) -> Self {
        self.say = Some(sentence.into());
        self
    }

    /// Offer a way back beside the sentence: a form of ours with these fields.
    #[must_use]
    pub fn undo<N: Into<String>, V: Into<String>>(
        mut self,
        action: impl Into<String>,
        fields: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self.undo = Some(Undo { action: action.into(), fields });
        self
    }

    /// The sentence, if there is one.
    #[must_use]
    pub fn sentence(&self) -> Option<&str> {
        self.say.as_deref()
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = StatusCode::SEE_OTHER.into_response();
        let headers = response.headers_mut();
        if let Ok(to) = HeaderValue::from_str(&self.to) {
            headers.insert(header::LOCATION, to);
        }
        if let Some(say) = self.say {
            let flash = serde_json::to_vec(&Flash { say, undo: self.undo }).unwrap_or_default();
            let cookie =
                format!("{FLASH}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=60", URL_SAFE_NO_PAD.encode(flash));
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                headers.append(header::SET_COOKIE, cookie);
            }
        }
        response
    }
}

/// Reads what to show from the cookie; a way back leads to pages of ours only.
#[must_use]
pub fn read_flash(cookie: &str) -> Option<Flash> {
    let flash: Flash = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cookie).ok()?).ok()?;
    let ours = |undo: &Undo| undo.action.starts_with('/') && !undo.action.starts_with("//");
    Some(Flash { undo: flash.undo.filter(ours), ..flash })
}
