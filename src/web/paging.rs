//! Lists page by key: an address names the row after which to go on, never how many to skip.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A place in a list, as it stands in an address. Holds sort keys only, never personal data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cursor(String);

impl Cursor {
    /// The place at these sort keys.
    #[must_use]
    pub fn at(keys: &impl Serialize) -> Self {
        Self(URL_SAFE_NO_PAD.encode(serde_json::to_vec(keys).unwrap_or_default()))
    }

    /// The sort keys of a place; none when somebody made the text up.
    #[must_use]
    pub fn read<K: DeserializeOwned>(text: &str) -> Option<K> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
