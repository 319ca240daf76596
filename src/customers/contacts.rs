//! The people to reach at a customer.

use phonenumber::Mode;
use phonenumber::country::Id;

use super::details::region;
use super::sheet::{Field, Sheet, Texts, fits};
use crate::error::FormErrors;
use crate::ids::{ContactId, CustomerId};

/// A person to reach.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contact {
    /// Which one.
    pub id: ContactId,
    /// Where.
    pub customer: CustomerId,
    /// All that may be edited.
    pub details: NewContact,
    /// E.164 where the number could be read.
    pub phone_e164: Option<String>,
    /// The row version.
    pub version: i64,
}

/// A contact to be added, or what may be edited of one.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NewContact {
    /// Their name; a contact may be a bare address or number.
    pub name: String,
    /// What they do there.
    pub job: String,
    /// Their address.
    pub email: String,
    /// Their number, as it was given.
    pub phone: String,
}

impl NewContact {
    /// The number as E.164, read by the rules of the customer's country.
    pub(super) fn e164(&self, country: &str) -> Option<String> {
        let region = region(country).parse::<Id>().ok();
        let number = phonenumber::parse(region, &self.phone).ok().filter(phonenumber::PhoneNumber::is_valid)?;
        let written = number.format().mode(Mode::E164).to_string();
        // an extension is no part of the number
        written.split([';', ' ']).next().map(ToOwned::to_owned)
    }

    /// Whether there is any way to name or reach them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.name.is_empty() && self.email.is_empty() && self.phone.is_empty()
    }
}

impl Sheet for NewContact {
    const FIELDS: &'static [Field] = &[
        Field { name: "name", label: "Name", personal: true },
        Field { name: "job", label: "Role there", personal: true },
        Field { name: "email", label: "E-mail", personal: true },
        Field { name: "phone", label: "Phone", personal: true },
    ];

    fn texts(&self) -> Vec<String> {
        vec![self.name.clone(), self.job.clone(), self.email.clone(), self.phone.clone()]
    }

    fn read(&self, texts: &Texts<'_>) -> Result<Self, FormErrors> {
        let mut errors = FormErrors::new();
        let contact = Self {
            name: fits(&mut errors, texts, "name", "the name", 200),
            job: fits(&mut errors, texts, "job", "their role", 120),
            email: fits(&mut errors, texts, "email", "the e-mail address", 254),
            phone: fits(&mut errors, texts, "phone", "the phone number", 40),
        };
        if contact.is_empty() {
            errors.add("name", "Enter a name, an e-mail address or a phone number.");
        }
        if errors.is_empty() { Ok(contact) } else { Err(errors) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_by_the_rules_of_the_country() {
        let at = |phone: &str, country: &str| NewContact { phone: phone.into(), ..NewContact::default() }.e164(country);
        assert_eq!(at("(206) 555-0134", "").as_deref(), Some("+12065550134"));
        assert_eq!(at("020 7946 0018", "United Kingdom").as_deref(), Some("+442079460018"));
        assert_eq!(at("202-224-4124 x 12", "US").as_deref(), Some("+12022244124"));
        assert_eq!(at("call me", "US"), None);
    }
}
