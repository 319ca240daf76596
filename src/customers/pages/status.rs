use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::super::store::status_changes;
use super::super::{Customer, Status, change_status, find, lock};
use super::Choice;
use crate::answer::Answer;
use crate::auth::{Can, EditCustomers};
use crate::error::{Error, FormErrors, Result};
use crate::ids::CustomerId;
use crate::web::{App, Form, Frame, fresh_key, html};

/// A change of the account status as typed.
#[derive(Clone, Default, Deserialize)]
pub(super) struct StatusForm {
    #[serde(default)]
    status: String,
    #[serde(default)]
    was_status: String,
    #[serde(default)]
    why: String,
}

#[derive(Template)]
#[template(path = "customers/status.html")]
struct StatusPage {
    frame: Frame,
    once: Uuid,
    errors: FormErrors,
    customer: Customer,
    form: StatusForm,
    choices: Vec<Choice>,
    /// Who changed it while this form was open.
    meanwhile: Option<String>,
}

impl StatusPage {
    fn new(
        frame: Frame,
        customer: Customer,
        errors: FormErrors,
        mut form: StatusForm,
        meanwhile: Option<String>,
    ) -> Self {
        customer.status.name().clone_into(&mut form.was_status);
        let others = Status::ALL.iter().filter(|status| **status != customer.status);
        let choices = others.map(|status| Choice { value: status.name(), label: status.label() }).collect();
        Self { frame, once: fresh_key(), errors, customer, form, choices, meanwhile }
    }
}

pub(super) async fn show(
    State(app): State<App>,
    _: Can<EditCustomers>,
    frame: Frame,
    Path(id): Path<CustomerId>,
) -> Result<Response> {
    let customer = find(&mut *app.db.read().await?, id).await?;
    let page = StatusPage::new(frame, customer, FormErrors::new(), StatusForm::default(), None);
    Ok(html(&page)?.into_response())
}

pub(super) async fn save(
    State(app): State<App>,
    can: Can<EditCustomers>,
    frame: Frame,
    Path(id): Path<CustomerId>,
    form: Form<StatusForm>,
) -> Result<Response> {
    let mut tx = app.begin(&can, &form.once).await?;
    let customer = lock(&mut tx, id).await?;
    if customer.status.name() != form.fields.was_status {
        let last = status_changes(id).all(&mut tx).await?.into_iter().next();
        let by = last.and_then(|change| change.by).unwrap_or_else(|| "Savedesk".to_owned());
        let page = StatusPage::new(frame, customer, FormErrors::new(), form.fields, Some(by));
        return Ok((StatusCode::CONFLICT, html(&page)?).into_response());
    }
    let changed = match Status::from_name(&form.fields.status) {
        Some(status) => change_status(&mut tx, &can, id, status, &form.fields.why).await,
        None => Err(FormErrors::of("status", "Choose the new status.").into()),
    };
    match changed {
        Ok(()) => Ok(tx.finish(Answer::to(format!("/customers/{id}")).say("Status changed")).await?.into_response()),
        Err(Error::Invalid(errors)) => {
            let page = StatusPage::new(frame, customer, errors, form.fields, None);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response())
        }
        Err(error) => Err(error),
    }
}
