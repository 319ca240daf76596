//! What a customer allows: by which means we may reach them, and for what. The newest word about each counts.

use chrono::{DateTime, Utc};

use crate::error::FormErrors;
use crate::names::names;

/// The most characters of where somebody said so.
const LONGEST: usize = 200;

names! {
    /// By which means.
    ConsentChannel {
        Email = "email", "E-mail";
        Phone = "phone", "Phone";
        Text = "text", "Text message";
    }
}

names! {
    /// For what.
    Purpose {
        Service = "service", "Service";
        Offers = "offers", "Offers";
    }
}

/// The newest word about one means and purpose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Consent {
    /// By which means.
    pub channel: ConsentChannel,
    /// For what.
    pub purpose: Purpose,
    /// Given, or withdrawn.
    pub given: bool,
    /// Where and how they said so.
    pub source: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Who noted it; none for the desk itself.
    pub by_name: Option<String>,
}

/// A word of a customer, to be noted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewConsent {
    /// By which means.
    pub channel: ConsentChannel,
    /// For what.
    pub purpose: Purpose,
    /// Given, or withdrawn.
    pub given: bool,
    /// Where and how they said so.
    pub source: String,
}

impl NewConsent {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Messages beside the fields.
    pub fn parse(channel: &str, purpose: &str, given: &str, source: &str) -> Result<Self, FormErrors> {
        let mut errors = FormErrors::new();
        let channel = errors.check("channel", ConsentChannel::from_name(channel).ok_or("Choose by which means."));
        let purpose = errors.check("purpose", Purpose::from_name(purpose).ok_or("Choose for what."));
        let given = errors.check(
            "given",
            match given {
                "given" => Ok(true),
                "withdrawn" => Ok(false),
                _ => Err("Choose whether they allow it."),
            },
        );
        let source = source.trim();
        match source.chars().count() {
            0 => errors.add("source", "Say where and how they said so, like “On the phone, 4 March”."),
            1..=LONGEST => {}
            length => errors.add("source", format!("Shorten this to {LONGEST} characters: it has {length}.")),
        }
        match (channel, purpose, given, errors.is_empty()) {
            (Some(channel), Some(purpose), Some(given), true) => {
                Ok(Self { channel, purpose, given, source: source.to_owned() })
            }
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consent_says_what_and_where_from() {
        let consent = NewConsent::parse("email", "offers", "withdrawn", " On the phone ").unwrap();
        assert_eq!((consent.given, consent.source.as_str()), (false, "On the phone"));
        let errors = NewConsent::parse("", "", "", "").unwrap_err();
        assert_eq!(errors.all().len(), 4);
        assert!(NewConsent::parse("email", "offers", "given", &"x".repeat(201)).is_err());
    }
}
