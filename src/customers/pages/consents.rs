use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::super::{ConsentChannel, Customer, NewConsent, Purpose, find, note_consent};
use super::Choice;
use crate::answer::Answer;
use crate::auth::{Can, NoteConsents};
use crate::error::{Error, FormErrors, Result};
use crate::ids::CustomerId;
use crate::web::{App, Form, Frame, fresh_key, html};

/// A word of the customer as typed.
#[derive(Clone, Default, Deserialize)]
pub(super) struct ConsentForm {
    #[serde(default)]
    channel: String,
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    given: String,
    #[serde(default)]
    source: String,
}

#[derive(Template)]
#[template(path = "customers/consents.html")]
struct ConsentPage {
    frame: Frame,
    once: Uuid,
    errors: FormErrors,
    customer: Customer,
    form: ConsentForm,
    channels: Vec<Choice>,
    purposes: Vec<Choice>,
    answers: Vec<Choice>,
}

impl ConsentPage {
    fn new(frame: Frame, customer: Customer, form: ConsentForm, errors: FormErrors) -> Self {
        Self {
            frame,
            once: fresh_key(),
            errors,
            customer,
            form,
            channels: ConsentChannel::ALL.iter().map(|one| Choice { value: one.name(), label: one.label() }).collect(),
            purposes: Purpose::ALL.iter().map(|one| Choice { value: one.name(), label: one.label() }).collect(),
            answers: vec![
                Choice { value: "given", label: "They allow it" },
                Choice { value: "withdrawn", label: "They do not allow it any more" },
            ],
        }
    }
}

pub(super) async fn show(
    State(app): State<App>,
    _: Can<NoteConsents>,
    frame: Frame,
    Path(id): Path<CustomerId>,
) -> Result<Response> {
    let customer = find(&mut *app.db.read().await?, id).await?;
    Ok(html(&ConsentPage::new(frame, customer, ConsentForm::default(), FormErrors::new()))?.into_response())
}

pub(super) async fn save(
    State(app): State<App>,
    can: Can<NoteConsents>,
    frame: Frame,
    Path(id): Path<CustomerId>,
    form: Form<ConsentForm>,
) -> Result<Response> {
    let typed = &form.fields;
    let noted = match NewConsent::parse(&typed.channel, &typed.purpose, &typed.given, &typed.source) {
        Ok(new) => {
            let mut tx = app.begin(&can, &form.once).await?;
            note_consent(&mut tx, &can, id, &new).await?;
            let say = if new.given { "Consent noted." } else { "Noted that the consent was withdrawn." };
            tx.finish(Answer::to(format!("/customers/{id}#consents")).say(say)).await
        }
        Err(errors) => Err(errors.into()),
    };
    match noted {
        Ok(answer) => Ok(answer.into_response()),
        Err(Error::Invalid(errors)) => {
            let customer = find(&mut *app.db.read().await?, id).await?;
            let page = ConsentPage::new(frame, customer, form.fields, errors);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response())
        }
        Err(error) => Err(error),
    }
}
