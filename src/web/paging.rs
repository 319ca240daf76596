//! Lists page by key: an address names the row after which to go on, never how many to skip.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

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
        let keys: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        if holds(&keys) { serde_json::from_value(keys).ok() } else { None }
    }
}

/// Whether the database can hold these keys: no text with a NUL, no day of a year beyond its calendar.
fn holds(keys: &Value) -> bool {
    match keys {
        Value::String(text) => {
            let moment = text.parse::<DateTime<Utc>>().map(|at| at.year());
            let year = moment.or_else(|_| text.parse::<NaiveDate>().map(|day| day.year()));
            !text.contains('\0') && year.ok().is_none_or(|year| (1..10_000).contains(&year))
        }
        Value::Array(keys) => keys.iter().all(holds),
        Value::Object(keys) => keys.values().all(holds),
        _ => true,
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_one_that_no_list_has_is_none() {
        let day: NaiveDate = "2026-03-04".parse().unwrap();
        let keys = (day, "Ada".to_owned(), i64::MAX);
        assert_eq!(Cursor::read(&Cursor::at(&keys).to_string()), Some(keys));
        let read = |text: &str| Cursor::read::<(String, i64)>(&Cursor::at(&(text, 7)).to_string());
        assert!(read("2026-03-04T12:00:00Z").is_some());
        for made_up in ["+262142-01-01T00:00:00Z", "-0044-03-15T00:00:00Z", "+262142-01-01", "a\0b"] {
            assert_eq!(read(made_up), None, "{made_up:?}");
        }
        assert_eq!(Cursor::read::<i64>("no place"), None);
    }
}
