use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::super::sheet::named;
use super::super::{Details, NewContact, NewCustomer, Sheet, add, add_contact};
use super::form::currencies;
use crate::answer::Answer;
use crate::auth::{AddCustomers, Can};
use crate::error::{Error, FormErrors, Result};
use crate::money::Currency;
use crate::web::{App, Form, Frame, fresh_key, html};

/// A new customer as typed: what one asks on the phone; the rest is edited later.
#[derive(Clone, Default, Deserialize)]
pub(super) struct NewForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    company: String,
    #[serde(default)]
    account_number: String,
    #[serde(default)]
    contact: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    street: String,
    #[serde(default)]
    postcode: String,
    #[serde(default)]
    city: String,
    #[serde(default)]
    country: String,
    #[serde(default)]
    time_zone: String,
    #[serde(default)]
    currency: String,
}

struct Choice {
    value: String,
    label: String,
}

#[derive(Template)]
#[template(path = "customers/new.html")]
struct NewPage {
    frame: Frame,
    once: Uuid,
    errors: FormErrors,
    form: NewForm,
    currencies: Vec<Choice>,
}

impl NewPage {
    fn new(frame: Frame, errors: FormErrors, form: NewForm) -> Self {
        let currencies = currencies().into_iter().map(|(value, label)| Choice { value, label }).collect();
        Self { frame, once: fresh_key(), errors, form, currencies }
    }
}

impl NewForm {
    fn parse(&self) -> Result<(NewCustomer, NewContact), FormErrors> {
        let currency = Currency::parse(&self.currency).unwrap_or(Currency::USD);
        let typed = Details {
            account_number: Some(self.account_number.trim().to_owned()).filter(|number| !number.is_empty()),
            name: self.name.clone(),
            company: !self.company.is_empty(),
            identified: !self.account_number.trim().is_empty(),
            country: self.country.clone(),
            city: self.city.clone(),
            postcode: self.postcode.clone(),
            street: self.street.clone(),
            currency,
            ..Details::default()
        };
        let mut texts = typed.texts();
        if let Some(at) = Details::FIELDS.iter().position(|field| field.name == "time_zone") {
            texts[at].clone_from(&self.time_zone);
        }
        let customer = typed.read(&named::<Details>(&texts));
        let contact = NewContact {
            // a person is reached under their own name
            name: if self.contact.trim().is_empty() { self.name.clone() } else { self.contact.clone() },
            email: self.email.clone(),
            phone: self.phone.clone(),
            job: String::new(),
        };
        let contact = contact.read(&named::<NewContact>(&contact.texts()));
        match (customer, contact) {
            (Ok(customer), Ok(contact)) => Ok((customer, contact)),
            (customer, contact) => {
                let mut errors = FormErrors::new();
                let contact = contact.err().unwrap_or_default();
                for (field, message) in customer.err().unwrap_or_default().all().into_iter().chain(contact.all()) {
                    if errors.get(field).is_none() {
                        errors.add(field, message);
                    }
                }
                Err(errors)
            }
        }
    }

    fn has_contact(&self) -> bool {
        [&self.contact, &self.email, &self.phone].into_iter().any(|typed| !typed.trim().is_empty())
    }
}

pub(super) async fn show(_: Can<AddCustomers>, frame: Frame) -> Result<Response> {
    let form = NewForm { time_zone: Details::default().time_zone.name().to_owned(), ..NewForm::default() };
    Ok(html(&NewPage::new(frame, FormErrors::new(), form))?.into_response())
}

pub(super) async fn create(
    State(app): State<App>,
    can: Can<AddCustomers>,
    frame: Frame,
    form: Form<NewForm>,
) -> Result<Response> {
    let (customer, contact) = match form.fields.parse() {
        Ok(new) => new,
        Err(errors) => return refuse(frame, errors, form.fields),
    };
    let mut tx = app.begin(&can, &form.once).await?;
    let id = match add(&mut tx, &can, customer).await {
        Err(Error::Invalid(errors)) => return refuse(frame, errors, form.fields),
        added => added?,
    };
    if form.fields.has_contact() {
        add_contact(&mut tx, &can, id, contact).await?;
    }
    Ok(tx.finish(Answer::to(format!("/customers/{id}")).say("Customer added")).await?.into_response())
}

fn refuse(frame: Frame, errors: FormErrors, form: NewForm) -> Result<Response> {
    let page = html(&NewPage::new(frame, errors, form))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_no_account_is_not_identified_yet() {
        let form = NewForm { name: "Renee".into(), time_zone: "Europe/London".into(), ..NewForm::default() };
        assert!(!form.parse().unwrap().0.identified);
        let form = NewForm { account_number: "4410".into(), ..form };
        assert!(form.parse().unwrap().0.identified);
    }

    #[test]
    fn each_field_has_one_message() {
        let errors = NewForm::default().parse().unwrap_err();
        assert_eq!(errors.all().iter().filter(|(field, _)| *field == "name").count(), 1);
        assert!(errors.get("time_zone").is_some());
    }
}
