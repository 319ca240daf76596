use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::{Customer, find, find_by_account, link, unlink};
use super::require_shown;
use crate::answer::Answer;
use crate::auth::{Actor, Can, EditEconomics};
use crate::error::{Error, FormErrors, Result};
use crate::ids::CustomerId;
use crate::search;
use crate::web::{App, Form, Frame, fresh_key, html};

/// How many customers are looked at to find the one that is meant.
const FEW: usize = 12;

/// The main account as typed and chosen.
#[derive(Clone, Default, Deserialize)]
pub(super) struct LinkForm {
    #[serde(default)]
    main: String,
    #[serde(default)]
    main_id: String,
}

#[derive(Template)]
#[template(path = "customers/link.html")]
struct LinkPage {
    frame: Frame,
    once: Uuid,
    errors: FormErrors,
    customer: Customer,
    form: LinkForm,
}

impl LinkPage {
    fn new(frame: Frame, customer: Customer, form: LinkForm, errors: FormErrors) -> Self {
        Self { frame, once: fresh_key(), errors, customer, form }
    }
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<EditEconomics>,
    frame: Frame,
    Path(id): Path<CustomerId>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    require_shown(&app, &mut connection, &can, id).await?;
    let customer = find(&mut connection, id).await?;
    drop(connection);
    Ok(html(&LinkPage::new(frame, customer, LinkForm::default(), FormErrors::new()))?.into_response())
}

pub(super) async fn create(
    State(app): State<App>,
    can: Can<EditEconomics>,
    frame: Frame,
    Path(id): Path<CustomerId>,
    form: Form<LinkForm>,
) -> Result<Response> {
    let mut tx = app.begin(&can, &form.once).await?;
    let customer = find(&mut tx, id).await?;
    let linked = match meant(&mut tx, &can, &form.fields).await {
        Ok(main) => link(&mut tx, &can, id, main).await,
        Err(error) => Err(error),
    };
    let errors = match linked {
        Ok(()) => {
            let back = Answer::to(format!("/customers/{id}#linked"));
            return Ok(tx.finish(back.say("Accounts linked")).await?.into_response());
        }
        Err(Error::Refused(why)) => FormErrors::of("main", why),
        Err(Error::Invalid(errors)) => errors,
        Err(error) => return Err(error),
    };
    let page = LinkPage::new(frame, customer, form.fields, errors);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response())
}

/// Who was chosen, else whose account number was typed, else the one customer that what was typed finds.
async fn meant(connection: &mut PgConnection, actor: &Actor, form: &LinkForm) -> Result<CustomerId> {
    if let Ok(id) = form.main_id.parse() {
        return match find(connection, id).await {
            Ok(customer) => Ok(customer.id),
            Err(Error::NotFound) => Err(FormErrors::of("main", "This customer is there no more. Choose again.").into()),
            Err(error) => Err(error),
        };
    }
    let typed = form.main.trim();
    if typed.is_empty() {
        return Err(FormErrors::of("main", "Enter the main account by its number or its name.").into());
    }
    if let Some(customer) = find_by_account(connection, typed).await? {
        return Ok(customer.id);
    }
    let hits = search::find(connection, actor, typed, FEW).await?;
    let mut found: Vec<CustomerId> = hits.into_iter().filter(|hit| !hit.guessed).map(|hit| hit.customer).collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(FormErrors::of("main", "Nobody is found by this. Enter the account number or the name.").into()),
        _ => Err(FormErrors::of("main", "Several customers are found by this. Enter the account number.").into()),
    }
}

/// To which main account it was linked on screen.
#[derive(Deserialize)]
pub(super) struct UnlinkForm {
    #[serde(default)]
    main: String,
}

pub(super) async fn remove(
    State(app): State<App>,
    can: Can<EditEconomics>,
    Path(id): Path<CustomerId>,
    form: Form<UnlinkForm>,
) -> Result<Response> {
    let mut tx = app.begin(&can, &form.once).await?;
    let main: CustomerId =
        form.fields.main.parse().map_err(|_| Error::refused("Say from which account it is unlinked."))?;
    unlink(&mut tx, &can, id, main).await?;
    Ok(tx.finish(Answer::to(format!("/customers/{id}#linked")).say("Accounts unlinked")).await?.into_response())
}
