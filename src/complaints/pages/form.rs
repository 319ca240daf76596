//! The form that takes a complaint in, as typed and as read.

use chrono::NaiveDate;
use serde::Deserialize;

use super::super::actions::Details;
use super::super::{Complainant, Template};
use crate::error::FormErrors;
use crate::ids::CustomerId;

/// The longest text of a complaint.
const LONGEST: usize = 40_000;

/// As typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewForm {
    pub(super) template: String,
    pub(super) external_ref: String,
    pub(super) received_on: String,
    pub(super) words: String,
    pub(super) public: String,
    pub(super) customer: String,
    pub(super) customer_id: String,
    /// Whom they mean of those who were offered by name.
    pub(super) candidate: String,
    pub(super) unknown: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) place: String,
    pub(super) owner: String,
}

/// Whose complaint it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Whose {
    /// A customer who was chosen.
    Known(CustomerId),
    /// Nobody knows yet.
    Unknown,
}

impl NewForm {
    /// What an empty form begins with.
    pub(super) fn fresh(today: NaiveDate) -> Self {
        Self { received_on: today.to_string(), owner: "me".to_owned(), ..Self::default() }
    }

    /// Who is meant; none while a name is only typed.
    pub(super) fn whose(&self) -> Option<Whose> {
        if !self.unknown.is_empty() {
            return Some(Whose::Unknown);
        }
        self.customer_id.parse().or_else(|_| self.candidate.parse()).ok().map(Whose::Known)
    }

    /// The complaint and their words, or what is wrong beside each field.
    pub(super) fn read(
        &self,
        errors: &mut FormErrors,
        templates: &[Template],
        today: NaiveDate,
    ) -> Option<(Details, String)> {
        let template = templates.iter().find(|one| one.active && one.code == self.template);
        let template = errors.check("template", template.ok_or("Choose who brings the complaint."));
        let received = self.received_on.trim().parse::<NaiveDate>();
        let received = received.map_err(|_| "Enter the day we received it, like 2026-05-03.".to_owned());
        let received = received.and_then(|day| match day {
            day if day > today => Err("Enter the day we received it; it cannot be ahead.".to_owned()),
            day if (today - day).num_days() > 3_660 => Err("Enter a day of the last ten years.".to_owned()),
            day => Ok(day),
        });
        let received_on = errors.check("received_on", received);
        let external_ref = one_line(errors, "external_ref", &self.external_ref, 80);
        if external_ref.is_empty() && template.is_some_and(|one| one.source.is_regulator()) {
            errors.add("external_ref", "Enter their number for it. It keeps a complaint from being taken in twice.");
        }
        let words = self.words.trim().to_owned();
        match words.chars().count() {
            0 => errors.add("words", "Enter what they wrote, in their words."),
            1..=LONGEST => {}
            _ => errors.add("words", "Use at most 40,000 characters."),
        }
        let complainant = Complainant {
            name: one_line(errors, "name", &self.name, 200),
            email: one_line(errors, "email", &self.email, 254),
            phone: one_line(errors, "phone", &self.phone, 40),
            place: one_line(errors, "place", &self.place, 200),
        };
        if !complainant.email.is_empty() && !complainant.email.contains('@') {
            errors.add("email", "Enter an e-mail address, like ada@example.com.");
        }
        let details = Details {
            template: template?.clone(),
            external_ref: Some(external_ref).filter(|number| !number.is_empty()),
            received_on: received_on?,
            public: !self.public.is_empty(),
            complainant,
        };
        errors.is_empty().then_some((details, words))
    }
}

fn one_line(errors: &mut FormErrors, field: &str, text: &str, most: usize) -> String {
    let text = text.trim().to_owned();
    if text.chars().count() > most {
        errors.add(field, format!("Use at most {most} characters."));
    }
    text
}
