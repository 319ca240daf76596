//! Account details under CPNI rules (customer proprietary network information, 47 CFR 64.2010): what is told of them, and
//! when (R19).

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::FormErrors;
use crate::names::names;

/// The fewest and the most characters of a reason.
const WHY: std::ops::RangeInclusive<usize> = 3..=500;

names! {
    /// What an authentication holds for.
    ContactKind {
        Call = "call", "A call";
        Writing = "writing", "An exchange in writing";
    }
}

names! {
    /// How a customer shows who they are (47 CFR 64.2010): never by what anybody could know of them.
    Method {
        Password = "password", "The account's PIN or password";
        CallBack = "call_back", "Called back on the number on record";
        Code = "code", "A code sent to the address on record";
        PhotoId = "photo_id", "A valid photo ID, matching the account";
    }
}

impl ContactKind {
    /// How long it holds at most: a call until it is logged and no longer than four hours, an exchange in writing for
    /// eight hours.
    #[must_use]
    pub fn longest(self) -> TimeDelta {
        match self {
            Self::Call => TimeDelta::hours(4),
            Self::Writing => TimeDelta::hours(8),
        }
    }
}

/// That a customer authenticated for a contact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authentication {
    /// For what.
    pub contact: ContactKind,
    /// How.
    pub method: Method,
    /// When.
    pub at: DateTime<Utc>,
    /// Until when it holds at most.
    pub until: DateTime<Utc>,
    /// Who noted it.
    pub by_name: String,
}

/// Whether account details are shown to whoever looks now (R19).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Protection {
    /// They are under no such rules.
    Open,
    /// The customer authenticated for this contact.
    Authenticated(Authentication),
    /// Whoever looks has said why they have to see them; until when.
    Revealed(DateTime<Utc>),
    /// They stay masked.
    Masked,
}

impl Protection {
    /// Of what is stored.
    #[must_use]
    pub fn of(cpni: bool, authentication: Option<Authentication>, revealed_until: Option<DateTime<Utc>>) -> Self {
        match (cpni, authentication, revealed_until) {
            (false, ..) => Self::Open,
            (true, Some(authentication), _) => Self::Authenticated(authentication),
            (true, None, Some(until)) => Self::Revealed(until),
            (true, None, None) => Self::Masked,
        }
    }

    /// Whether account details are shown.
    #[must_use]
    pub fn shows(&self) -> bool {
        *self != Self::Masked
    }
}

/// All but the last four characters of an account number, hidden: `•••• 2287`. What is no longer than that is hidden whole.
#[must_use]
pub fn masked_account(number: &str) -> String {
    let length = number.chars().count();
    let last: String = number.chars().skip(length.saturating_sub(4)).collect();
    if length > 4 { format!("•••• {last}") } else { "••••".to_owned() }
}

/// An authentication, to be noted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NewAuthentication {
    /// For what.
    pub contact: ContactKind,
    /// How.
    pub method: Method,
}

impl NewAuthentication {
    /// Reads what was chosen.
    ///
    /// # Errors
    /// Messages beside the fields.
    pub fn parse(contact: &str, method: &str) -> Result<Self, FormErrors> {
        let mut errors = FormErrors::new();
        let contact = errors.check("contact", ContactKind::from_name(contact).ok_or("Choose which contact it is for."));
        let method = errors.check("method", Method::from_name(method).ok_or("Choose how they showed who they are."));
        contact.zip(method).map(|(contact, method)| Self { contact, method }).ok_or(errors)
    }
}

/// Reads why somebody has to see account details without an authentication.
///
/// # Errors
/// A message beside the field.
pub fn read_reason(typed: &str) -> Result<String, FormErrors> {
    let why = typed.trim();
    match why.chars().count() {
        length if WHY.contains(&length) => Ok(why.to_owned()),
        length if length > *WHY.end() => {
            Err(FormErrors::of("why", format!("Shorten the reason to {} characters: it has {length}.", WHY.end())))
        }
        _ => Err(FormErrors::of("why", "Say why you have to see them, like “Preparing the written answer”.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r19_details_stay_masked_until_somebody_authenticated_or_said_why() {
        let at = DateTime::from_timestamp(1_772_000_000, 0).unwrap();
        let authentication = Authentication {
            contact: ContactKind::Call,
            method: Method::Password,
            at,
            until: at + ContactKind::Call.longest(),
            by_name: "Marcus Webb".into(),
        };
        assert!(!Protection::of(true, None, None).shows());
        assert!(Protection::of(false, None, None).shows());
        assert!(Protection::of(true, None, Some(at)).shows());
        // what the customer showed counts before what a colleague said
        let both = Protection::of(true, Some(authentication.clone()), Some(at));
        assert_eq!(both, Protection::Authenticated(authentication));
    }

    #[test]
    fn an_account_number_keeps_its_last_four_characters() {
        assert_eq!(masked_account("4410-2287"), "•••• 2287");
        assert_eq!(masked_account("BV-ÄÖÜß"), "•••• ÄÖÜß");
        for short in ["2287", "7", ""] {
            assert_eq!(masked_account(short), "••••");
        }
    }

    #[test]
    fn what_is_noted_is_complete() {
        assert!(NewAuthentication::parse("call", "password").is_ok());
        assert_eq!(NewAuthentication::parse("", "").unwrap_err().all().len(), 2);
        assert!(read_reason("  x ").is_err() && read_reason(&"x".repeat(501)).is_err());
        assert_eq!(read_reason(" Writing the answer ").unwrap(), "Writing the answer");
    }
}
