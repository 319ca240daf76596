//! The form that opens a case, as typed and as read.

use serde::Deserialize;

use super::subjects::Subjects;
use crate::auth::{Actor, Role};
use crate::cases::{AtStake, Channel, Kind, NewCase, Priority};
use crate::customers::{NewContact, NewCustomer};
use crate::desk::case::{read_day, read_value};
use crate::error::FormErrors;
use crate::ids::CustomerId;
use crate::interactions;
use crate::money::{Currency, Money};
use crate::reasons::Tree;

/// As typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewCaseForm {
    pub(super) customer: String,
    pub(super) customer_id: String,
    /// Whom they mean of those who were offered by name.
    pub(super) candidate: String,
    pub(super) new_name: String,
    pub(super) new_company: String,
    pub(super) new_phone: String,
    pub(super) new_email: String,
    pub(super) kind: String,
    pub(super) channel: String,
    pub(super) stated_reason: String,
    pub(super) reason: String,
    pub(super) at_stake: String,
    pub(super) value_at_risk: String,
    pub(super) priority: String,
    pub(super) leaves_on: String,
    pub(super) just_cancel: String,
    pub(super) owner: String,
    pub(super) second_because: String,
}

/// Whose case it is.
#[derive(Clone, Debug)]
pub(super) enum Whose {
    /// Somebody we know.
    Known(CustomerId),
    /// Somebody we hear of now, with how to reach them.
    New(Box<NewCustomer>, NewContact),
}

/// Reads who is meant; a name that was typed but not chosen is left to the search.
pub(super) fn whose(form: &NewCaseForm, errors: &mut FormErrors) -> Option<Whose> {
    if let Ok(id) = form.customer_id.parse().or_else(|_| form.candidate.parse()) {
        return Some(Whose::Known(id));
    }
    let [name, phone, email] = [&form.new_name, &form.new_phone, &form.new_email].map(|text| text.trim().to_owned());
    if name.is_empty() {
        if !(phone.is_empty() && email.is_empty()) {
            errors.add("new_name", "Enter the name of the new customer, or what you call them until you know it.");
        }
        return None;
    }
    for (field, text, most) in [("new_name", &name, 200), ("new_phone", &phone, 40), ("new_email", &email, 254)] {
        if text.chars().count() > most {
            errors.add(field, format!("Use at most {most} characters."));
        }
    }
    let customer = NewCustomer {
        name: name.clone(),
        company: !form.new_company.is_empty(),
        // which account it is will be known once somebody looks it up
        identified: false,
        ..NewCustomer::default()
    };
    Some(Whose::New(Box::new(customer), NewContact { name, email, phone, ..NewContact::default() }))
}

impl NewCaseForm {
    /// What an empty form begins with.
    pub(super) fn fresh() -> Self {
        Self {
            kind: Kind::Cancellation.name().to_owned(),
            channel: Channel::Phone.name().to_owned(),
            priority: Priority::NORMAL.level().to_string(),
            owner: "me".to_owned(),
            ..Self::default()
        }
    }

    /// The case to open for a customer whose subjects these are, or what is wrong beside each field.
    pub(super) fn read(
        &self,
        errors: &mut FormErrors,
        tree: &Tree,
        subjects: &Subjects,
        actor: &Actor,
        customer: CustomerId,
    ) -> Option<NewCase> {
        let kind = errors.check("kind", Kind::from_name(&self.kind).ok_or("Choose what kind of case it is."));
        let channel = Channel::from_name(&self.channel).ok_or("Choose how it reached us.");
        let taken_in = "Complaints of regulators, bureaus and reviews are taken in with their number: see Complaints.";
        let channel = channel.and_then(|channel| if channel.brings_complaints() { Err(taken_in) } else { Ok(channel) });
        let channel = errors.check("channel", channel);
        let stated_reason = self.stated_reason.trim().to_owned();
        if stated_reason.chars().count() > 40_000 {
            errors.add("stated_reason", "Use at most 40,000 characters.");
        }
        let reason = tree.find(&self.reason).map(|reason| reason.code.clone());
        if reason.is_none() && !self.reason.is_empty() {
            errors.add("reason", "Choose the reason from the list.");
        }
        let at_stake = AtStake::from_text(&self.at_stake).filter(|_| subjects.has(&self.at_stake));
        let at_stake = errors.check("at_stake", at_stake.ok_or("Choose what is at stake from the list."));
        let worth = subjects.worth(&self.at_stake);
        let value_at_risk = if self.value_at_risk.trim().is_empty() {
            Some(worth)
        } else {
            errors.check("value_at_risk", read_value(&self.value_at_risk, worth.currency))
        };
        let priority = self.priority.parse().ok().and_then(Priority::new).ok_or("Choose the priority.");
        let priority = errors.check("priority", priority);
        let leaves_on = errors.check("leaves_on", read_day(&self.leaves_on));
        let second_because = Some(self.second_because.trim().to_owned()).filter(|why| !why.is_empty());
        if second_because.as_ref().is_some_and(|why| why.chars().count() > 500) {
            errors.add("second_because", "Use at most 500 characters.");
        }
        if !errors.is_empty() {
            return None;
        }
        Some(NewCase {
            customer,
            kind: kind?,
            channel: channel?,
            stated_reason,
            reason,
            at_stake: at_stake?,
            value_at_risk: value_at_risk?,
            priority: priority?,
            leaves_on: leaves_on?,
            just_cancel: !self.just_cancel.is_empty(),
            team: actor.team,
            owner: actor.id.filter(|_| self.owner != "queue" || !chooses_owner(actor)),
            source: None,
            external_ref: None,
            source_category: None,
            second_because,
        })
    }
}

/// Reps work what they open; everybody else may leave it to the queue.
pub(super) fn chooses_owner(actor: &Actor) -> bool {
    [Role::Agent, Role::Supervisor, Role::Manager, Role::Admin].into_iter().any(|role| actor.is(role))
}

/// As which kind of entry a contact is logged that came by this channel.
pub(super) fn logged_as(channel: Channel) -> interactions::Kind {
    match channel {
        Channel::Phone => interactions::Kind::Call,
        Channel::Chat => interactions::Kind::Chat,
        Channel::Email | Channel::Ticket | Channel::Crm | Channel::WebForm => interactions::Kind::Email,
        _ => interactions::Kind::Letter,
    }
}

/// Nothing in any currency.
pub(super) fn nothing() -> Money {
    Money::zero(Currency::USD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_customer_needs_a_name() {
        let mut errors = FormErrors::new();
        let form = NewCaseForm { new_phone: "206 555 0134".into(), ..NewCaseForm::fresh() };
        assert!(whose(&form, &mut errors).is_none() && errors.get("new_name").is_some());
        let form = NewCaseForm { new_name: " Renee ".into(), ..form };
        let mut errors = FormErrors::new();
        match whose(&form, &mut errors) {
            Some(Whose::New(customer, contact)) => {
                assert_eq!((customer.name.as_str(), contact.phone.as_str()), ("Renee", "206 555 0134"));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_reps_cannot_leave_a_new_case_to_the_queue() {
        let actor = |role| Actor { roles: vec![role], ..Actor::desk() };
        assert!(!chooses_owner(&actor(Role::Rep)));
        assert!(chooses_owner(&actor(Role::Agent)) && chooses_owner(&actor(Role::Manager)));
    }
}
