use std::collections::HashMap;

use chrono_tz::Tz;
use serde_json::json;

use super::{Fact, Kind, NewVersion, Vocabulary, store};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, EditPolicy};
use crate::db::Tx;
use crate::error::{Error, FormErrors, Result};

/// The longest code, by the database.
const LONGEST_CODE: usize = 36;
/// Codes that addresses need for themselves.
const RESERVED: [&str; 2] = ["new", "test"];

/// What became of a version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Published {
    /// It is published under this number.
    As(i32),
    /// Nothing was done: a newer version was published since the one it was made from.
    Overtaken,
}

/// Publishes a version of an offer type, made from the version of that number.
///
/// # Errors
/// Messages beside the fields; `NotFound` when there is no such type or version.
pub async fn publish(
    tx: &mut Tx,
    _: &Can<EditPolicy>,
    code: &str,
    based_on: i32,
    new: &NewVersion,
) -> Result<Published> {
    check(tx, Some(code), new).await?;
    let versions = store::versions(tx, code).await?;
    if !versions.iter().any(|version| version.number == based_on) {
        return Err(Error::NotFound);
    }
    if !store::insert_version(tx, code, based_on, new).await? {
        return Ok(Published::Overtaken);
    }
    record(tx, code).await?;
    Ok(Published::As(based_on + 1))
}

/// Adds an offer type with its first version; gives its code.
///
/// # Errors
/// Messages beside the fields.
pub async fn add(tx: &mut Tx, _: &Can<EditPolicy>, kind: Kind, new: &NewVersion) -> Result<String> {
    check(tx, None, new).await?;
    let plain = plain(&new.name);
    let taken = store::codes_like(tx, &plain).await?;
    let is_free = |code: &String| !taken.contains(code) && !RESERVED.contains(&code.as_str());
    let numbered = (2..).map(|number| format!("{plain}_{number}"));
    let code = std::iter::once(plain.clone()).chain(numbered).find(is_free).unwrap_or_default();
    if !store::insert_type(tx, &code, kind).await? || !store::insert_version(tx, &code, 0, new).await? {
        return Err(Error::refused("Somebody added an offer type of this name just now. Look at the list first."));
    }
    record(tx, &code).await?;
    Ok(code)
}

/// What only the transaction can tell.
async fn check(tx: &mut Tx, code: Option<&str>, new: &NewVersion) -> Result<()> {
    let mut errors = FormErrors::new();
    let now = tx.now();
    if new.valid_from.is_some_and(|from| from < now) {
        errors.add("valid_from", "Choose a moment that is not past, or leave it empty for at once.");
    }
    if new.valid_until.is_some_and(|until| until <= new.valid_from.unwrap_or(now)) {
        errors.add("valid_until", "Choose an end that comes after the beginning and after now.");
    }
    if new.promises.is_empty() {
        errors.add("promise_1_what", "Enter at least one thing that accepting it makes us owe.");
    }
    if store::is_name_taken(tx, &new.name, code).await? {
        errors.add("name", "Another offer type has this name. Choose one that tells them apart.");
    }
    if errors.is_empty() { Ok(()) } else { Err(errors.into()) }
}

/// One entry with what changed since the version before; texts of length only by their name.
async fn record(tx: &mut Tx, code: &str) -> Result<()> {
    let versions = store::versions(tx, code).await?;
    let Some(newest) = versions.first() else { return Err(Error::NotFound) };
    let mut entry = Entry::new(Action::OfferTypePublished, Subject::Desk)
        .fact("offer_type", code)
        .fact("number", newest.number)
        .fact("valid_from", json!(newest.valid_from));
    if let Some(before) = versions.get(1) {
        let codes = Vocabulary {
            levers: HashMap::new(),
            departments: HashMap::new(),
            types: HashMap::new(),
            zone: Tz::UTC,
            now: tx.now(),
        };
        for difference in newest.differences(before, &codes) {
            entry = match difference.fact {
                Fact::Guidance => entry.fact("guidance", "changed"),
                fact => entry.change(fact.name(), difference.was, difference.now),
            };
        }
    }
    audit::record(tx, entry).await?;
    tx.tell("offer_types");
    Ok(())
}

/// A name as a code: small letters, digits and underscores, a letter first.
fn plain(name: &str) -> String {
    let ascii = deunicode::deunicode(name).to_lowercase();
    let words = ascii.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut code = words.collect::<Vec<_>>().join("_");
    if !code.starts_with(|first: char| first.is_ascii_lowercase()) {
        code.insert_str(0, "offer_");
    }
    code.truncate(LONGEST_CODE);
    code.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_made_of_the_name() {
        assert_eq!(plain("Loyalty credit, 2nd year"), "loyalty_credit_2nd_year");
        assert_eq!(plain("Überraschung"), "uberraschung");
        assert_eq!(plain("2 free months"), "offer_2_free_months");
        assert_eq!(plain("…"), "offer");
        assert!(plain(&"long ".repeat(30)).len() <= LONGEST_CODE);
    }
}
