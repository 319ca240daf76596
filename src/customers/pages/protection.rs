use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::{
    ContactKind, Customer, Method, NewAuthentication, Protection, Whose, authenticate, find, protection, read_reason,
    reveal,
};
use super::Choice;
use crate::accounts;
use crate::answer::Answer;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Actor, Can, LogInteractions, SeeCustomers};
use crate::calendar;
use crate::error::{Error, FormErrors, Result};
use crate::ids::{CaseId, CustomerId};
use crate::web::{App, Form, Frame, fresh_key, html};

/// Whether account details are shown, in the words of a page (R19).
pub(crate) struct Shown {
    /// The forms that have them shown.
    pub(crate) href: String,
    /// Masked: what follows is not said.
    pub(crate) masked: bool,
    /// Shown without an authentication.
    pub(crate) revealed: bool,
    /// Until when, on the clock of whoever looks.
    pub(crate) until: String,
    /// How the customer showed who they are, and who noted it.
    pub(crate) how: String,
}

impl Shown {
    /// None for a customer under no such rules; the forms lead back to the case, or to the customer.
    pub(crate) fn of(
        protection: &Protection,
        customer: CustomerId,
        case: Option<CaseId>,
        (zone, now): (Tz, DateTime<Utc>),
    ) -> Option<Self> {
        let (until, how) = match protection {
            Protection::Open => return None,
            Protection::Masked => (None, String::new()),
            Protection::Revealed(until) => (Some(*until), String::new()),
            Protection::Authenticated(one) => {
                let at = calendar::moment(one.at, zone, now);
                (Some(one.until), format!("{}, noted by {}, {at}", one.method.label(), one.by_name))
            }
        };
        Some(Self {
            href: address(customer, case),
            masked: !protection.shows(),
            revealed: matches!(protection, Protection::Revealed(_)),
            until: until.map(|until| calendar::moment(until, zone, now)).unwrap_or_default(),
            how,
        })
    }
}

/// Where account details are asked for.
fn address(customer: CustomerId, case: Option<CaseId>) -> String {
    let case = case.map(|case| format!("?case={case}")).unwrap_or_default();
    format!("/customers/{customer}/authentication{case}")
}

/// For a page that shows nothing but account details: while they are masked it leads to the forms instead (R19).
///
/// # Errors
/// `Done` with the way to the forms; `NotFound` without the customer.
pub(crate) async fn require_shown(
    app: &App,
    connection: &mut PgConnection,
    actor: &Actor,
    customer: CustomerId,
) -> Result<()> {
    require(&protection(connection, Whose::Customer(customer), actor.id, app.now()).await?, customer)
}

/// The same, of what was read with other things.
///
/// # Errors
/// `Done` with the way to the forms.
pub(crate) fn require(protection: &Protection, customer: CustomerId) -> Result<()> {
    if protection.shows() { Ok(()) } else { Err(Error::Done(Answer::to(address(customer, None)))) }
}

/// The case that the forms were opened from.
#[derive(Deserialize)]
pub(super) struct From {
    case: Option<CaseId>,
}

impl From {
    fn back(&self, customer: CustomerId) -> String {
        self.case.map_or_else(|| format!("/customers/{customer}"), |case| format!("/cases/{case}"))
    }
}

/// What was chosen and typed.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    contact: String,
    #[serde(default)]
    method: String,
    #[serde(default)]
    why: String,
}

#[derive(Template)]
#[template(path = "customers/authentication.html")]
struct AuthenticationPage {
    frame: Frame,
    once: Uuid,
    reveal_once: Uuid,
    errors: FormErrors,
    reveal_errors: FormErrors,
    customer: Customer,
    shown: Shown,
    form: Typed,
    back: String,
    query: String,
    contacts: Vec<Choice>,
    methods: Vec<Choice>,
    may_note: bool,
}

/// The forms, as first shown or with what is wrong in one of them.
async fn page(
    app: &App,
    can: &Can<SeeCustomers>,
    frame: Frame,
    id: CustomerId,
    from: &From,
    (form, errors, reveal_errors): (Typed, FormErrors, FormErrors),
) -> Result<Response> {
    let now = app.now();
    let mut connection = app.db.read().await?;
    let customer = find(&mut connection, id).await?;
    let zone = accounts::zone_for(app, &mut connection, can).await?;
    let protection = protection(&mut connection, Whose::Customer(id), can.id, now).await?;
    drop(connection);
    let Some(shown) = Shown::of(&protection, id, from.case, (zone, now)) else {
        return Ok(Redirect::to(&from.back(id)).into_response());
    };
    audit::view_again(&app.db, can, Entry::new(Action::CustomerViewed, Subject::Customer(id))).await?;
    let wrong = !errors.is_empty() || !reveal_errors.is_empty();
    let page = AuthenticationPage {
        frame,
        once: fresh_key(),
        reveal_once: fresh_key(),
        errors,
        reveal_errors,
        shown,
        form,
        back: from.back(id),
        query: from.case.map(|case| format!("?case={case}")).unwrap_or_default(),
        contacts: ContactKind::ALL.iter().map(|one| Choice { value: one.name(), label: one.label() }).collect(),
        methods: Method::ALL.iter().map(|one| Choice { value: one.name(), label: one.label() }).collect(),
        may_note: can.may::<LogInteractions>(),
        customer,
    };
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, html(&page)?).into_response())
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeCustomers>,
    frame: Frame,
    Path(id): Path<CustomerId>,
    Query(from): Query<From>,
) -> Result<Response> {
    Box::pin(page(&app, &can, frame, id, &from, (Typed::default(), FormErrors::new(), FormErrors::new()))).await
}

pub(super) async fn note(
    State(app): State<App>,
    can: Can<LogInteractions>,
    sees: Can<SeeCustomers>,
    frame: Frame,
    Path(id): Path<CustomerId>,
    Query(from): Query<From>,
    form: Form<Typed>,
) -> Result<Response> {
    match NewAuthentication::parse(&form.fields.contact, &form.fields.method) {
        Ok(new) => {
            let mut tx = app.begin(&can, &form.once).await?;
            authenticate(&mut tx, &can, id, new).await?;
            let answer = Answer::to(from.back(id)).say("Authentication noted: account details are shown.");
            Ok(tx.finish(answer).await?.into_response())
        }
        Err(errors) => Box::pin(page(&app, &sees, frame, id, &from, (form.fields, errors, FormErrors::new()))).await,
    }
}

pub(super) async fn show_details(
    State(app): State<App>,
    can: Can<SeeCustomers>,
    frame: Frame,
    Path(id): Path<CustomerId>,
    Query(from): Query<From>,
    form: Form<Typed>,
) -> Result<Response> {
    match read_reason(&form.fields.why) {
        Ok(why) => {
            let mut tx = app.begin(&can, &form.once).await?;
            reveal(&mut tx, &can, id, &why).await?;
            let answer = Answer::to(from.back(id)).say("Account details are shown to you for half an hour.");
            Ok(tx.finish(answer).await?.into_response())
        }
        Err(errors) => Box::pin(page(&app, &can, frame, id, &from, (form.fields, FormErrors::new(), errors))).await,
    }
}
