//! What is answered: every allegation, what was done, and what everybody may read.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use crate::ids::{AllegationId, ComplaintActionId, OfferId, PromiseId, UserId};
use crate::names::names;

names! {
    /// What we found of an allegation.
    Finding {
        Upheld = "upheld", "They are right";
        Partly = "partly", "Partly right";
        NotUpheld = "not_upheld", "Not so";
        Unclear = "unclear", "Cannot be established";
    }
}

impl Finding {
    /// As the letter says it.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::Upheld => "We find that this is so.",
            Self::Partly => "We find that this is so in part.",
            Self::NotUpheld => "We find that this is not so.",
            Self::Unclear => "We could not establish whether this is so.",
        }
    }

    /// The tone of its mark.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Upheld => "bad",
            Self::Partly => "warn",
            Self::NotUpheld | Self::Unclear => "info",
        }
    }
}

names! {
    /// How an answer was sent.
    SentHow {
        Portal = "portal", "On their portal";
        Email = "email", "By e-mail";
        Letter = "letter", "By letter";
        Posted = "posted", "Posted in public";
    }
}

/// One thing that they say we did.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Allegation {
    /// Its identity.
    pub id: AllegationId,
    /// In which round.
    pub round: u8,
    /// Its place.
    pub position: i16,
    /// As they say it.
    pub words: String,
    /// What we found.
    pub finding: Option<Finding>,
    /// What we answer.
    pub answer: String,
    /// Row version (R6).
    pub version: i64,
}

impl Allegation {
    /// Whether it has a finding and an answer.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.finding.is_some() && !self.answer.is_empty()
    }
}

/// What of the case stands for something that was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stands {
    /// A promise.
    Promise(PromiseId),
    /// An offer.
    Offer(OfferId),
}

/// One thing that was done about it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct ActionTaken {
    /// Its identity.
    pub id: ComplaintActionId,
    /// In which round.
    pub round: u8,
    /// Its place.
    pub position: i16,
    /// In words.
    pub what: String,
    /// On which day.
    pub done_on: Option<NaiveDate>,
    /// The promise that stands for it, in words.
    pub promise: Option<String>,
    /// The number of the offer that stands for it.
    pub offer: Option<i64>,
}

/// What they wrote and what is answered, once.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Round {
    /// Which.
    pub round: u8,
    /// When it was received.
    pub received_on: NaiveDate,
    /// In their words.
    pub words: String,
    /// By when it is answered.
    pub due_at: DateTime<Utc>,
    /// Why then.
    pub because: String,
    /// How the letter begins.
    pub opening: String,
    /// How it ends.
    pub closing: String,
    /// What everybody may read.
    pub public_words: String,
    /// Row version (R6).
    pub version: i64,
    /// When it was signed off.
    pub signed_at: Option<DateTime<Utc>>,
    /// By whom.
    pub signed_by: Option<String>,
    /// When it was sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// By whom.
    pub sent_by: Option<String>,
    /// How.
    pub sent_how: Option<SentHow>,
    /// Why its deadline was extended, if it was.
    pub extended_because: Option<String>,
    /// Who wrote on its answer.
    pub authors: Vec<Author>,
}

/// Somebody who wrote on an answer.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Author {
    /// Who.
    pub id: UserId,
    /// Their name.
    pub name: String,
}

/// The text of a letter around its allegations.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Letter {
    /// How it begins.
    pub opening: String,
    /// How it ends.
    pub closing: String,
    /// What everybody may read.
    pub public_words: String,
}

/// A number is the same by so many of its last digits: which codes are dialled before them depends on where one is.
const TELLING: usize = 9;

/// Which of a customer's details stand in a text that everybody may read. Numbers are found however they are written.
#[must_use]
pub fn details_in<'d>(text: &str, details: &'d [String]) -> Vec<&'d str> {
    let lower = text.to_lowercase();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let all = digits(text);
    let stands = |detail: &&String| {
        let number = digits(detail);
        let by_letters = detail.chars().count() >= 4 && lower.contains(&detail.to_lowercase());
        let telling = &number[number.len().saturating_sub(TELLING)..];
        by_letters || (number.len() >= 6 && !detail.contains('@') && all.contains(telling))
    };
    details.iter().filter(stands).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customers_details_are_found_however_they_are_written() {
        let details =
            ["ada@example.com".to_owned(), "+1 206 555 0134".to_owned(), "AC-4711".to_owned(), "12".to_owned()];
        let found = |text| details_in(text, &details);
        assert_eq!(found("We wrote to ADA@example.com."), ["ada@example.com"]);
        assert_eq!(found("We called 1 (206) 555-0134 twice."), ["+1 206 555 0134"]);
        assert_eq!(found("We called 206.555.0134."), ["+1 206 555 0134"]);
        assert_eq!(found("We called 206.555.0135."), [""; 0]);
        assert_eq!(found("Account ac-4711 was credited."), ["AC-4711"]);
        assert_eq!(found("We are sorry for the 12 days."), [""; 0]);
    }
}
