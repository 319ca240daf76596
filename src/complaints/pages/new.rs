//! Taking a complaint in: who brought it, its number there, the day it was received, whose it is or that nobody knows yet.

use std::collections::HashSet;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::actions::{Details, at_risk, take_in};
use super::super::{Complainant, Template, store};
use super::Choice;
use super::form::{NewForm, Whose};
use crate::accounts;
use crate::answer::Answer;
use crate::auth::{Actor, AddCustomers, Can, WorkComplaints};
use crate::calendar;
use crate::cases::{AtStake, Kind, NewCase, Priority};
use crate::customers::{self, NewContact, NewCustomer};
use crate::db::Tx;
use crate::error::{Error, FormErrors, Result};
use crate::ids::CustomerId;
use crate::search;
use crate::web::{self, App, Form, Frame, fresh_key};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/complaints/new", get(new).post(create))
}

/// The form with its choices.
struct Taking {
    form: NewForm,
    errors: FormErrors,
    once: Uuid,
    dialog: bool,
    templates: Vec<Template>,
    choices: Vec<Choice>,
    owners: Vec<Choice>,
    candidates: Vec<Choice>,
    today: NaiveDate,
}

impl Taking {
    async fn load(app: &App, connection: &mut PgConnection, actor: &Actor, form: Option<NewForm>) -> Result<Self> {
        let templates = store::templates(connection).await?;
        let zone = accounts::zone_for(app, connection, actor).await?;
        let today = app.now().with_timezone(&zone).date_naive();
        let choice = |one: &Template| Choice::new(&one.code, format!("{}: {}", one.name, one.terms()));
        Ok(Self {
            form: form.unwrap_or_else(|| NewForm::fresh(today)),
            errors: FormErrors::new(),
            once: fresh_key(),
            dialog: false,
            choices: templates.iter().filter(|one| one.active).map(choice).collect(),
            templates,
            owners: vec![Choice::new("me", "Me"), Choice::new("queue", "The queue")],
            candidates: Vec::new(),
            today,
        })
    }

    fn public(&self) -> bool {
        !self.form.public.is_empty()
    }

    fn unknown(&self) -> bool {
        !self.form.unknown.is_empty()
    }

    /// Without scripts, or in a hurry, a name is typed and nobody chosen: the answer offers who may be meant.
    async fn find_candidates(&mut self, app: &App, actor: &Actor) -> Result<()> {
        let typed = self.form.customer.trim();
        if typed.is_empty() {
            let why = "Find the customer by name, phone or account number, or say that nobody knows yet.";
            self.errors.add("customer", why);
            return Ok(());
        }
        let hits = search::find(&mut *app.db.read().await?, actor, typed, 24).await?;
        let mut seen = HashSet::new();
        let hits = hits.into_iter().filter(|hit| seen.insert(hit.customer)).take(8);
        self.candidates = hits
            .map(|hit| Choice::new(hit.customer.to_string(), format!("{}, {}", hit.customer_name, hit.detail)))
            .collect();
        if self.candidates.is_empty() {
            self.errors.add("customer", "Nobody is found by that. Try a phone or account number, or say unknown yet.");
        } else {
            self.errors.add("candidate", "Choose which customer you mean.");
        }
        Ok(())
    }
}

#[derive(askama::Template)]
#[template(path = "complaints/new.html")]
struct NewPage {
    frame: Frame,
    view: Taking,
}

#[derive(askama::Template)]
#[template(path = "complaints/new_dialog.html")]
struct NewDialog {
    frame: Frame,
    view: Taking,
}

async fn new(State(app): State<App>, can: Can<WorkComplaints>, frame: Frame, headers: HeaderMap) -> Result<Response> {
    let mut view = Taking::load(&app, &mut *app.db.read().await?, &can, None).await?;
    if headers.get("x-fragment").is_some_and(|part| part == "dialog") {
        view.dialog = true;
        return Ok(web::html(&NewDialog { frame, view })?.into_response());
    }
    Ok(web::html(&NewPage { frame, view })?.into_response())
}

async fn create(
    State(app): State<App>,
    can: Can<WorkComplaints>,
    frame: Frame,
    form: Form<NewForm>,
) -> Result<Response> {
    let mut view = Taking::load(&app, &mut *app.db.read().await?, &can, Some(form.fields)).await?;
    let mut errors = FormErrors::new();
    let read = view.form.read(&mut errors, &view.templates, view.today);
    let whose = view.form.whose();
    view.errors = errors;
    if whose.is_none() {
        view.find_candidates(&app, &can).await?;
    }
    if let (Some((details, words)), Some(whose)) = (read, whose) {
        let mut tx = app.begin(&can, &form.once).await?;
        let owner = can.id.filter(|_| view.form.owner != "queue");
        match open(&mut tx, &can, whose, (details, words), owner).await {
            Ok(answer) => return Ok(tx.finish(answer).await?.into_response()),
            Err(Error::Refused(why)) => view.errors.add("", why),
            Err(error) => return Err(error),
        }
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, web::html(&NewPage { frame, view })?).into_response())
}

async fn open(
    tx: &mut Tx,
    can: &Can<WorkComplaints>,
    whose: Whose,
    (details, words): (Details, String),
    owner: Option<crate::ids::UserId>,
) -> Result<Answer> {
    let customer = match whose {
        Whose::Known(id) => id,
        Whose::Unknown => add_unknown(tx, can, &details).await?,
    };
    let new = NewCase {
        customer,
        kind: Kind::Complaint,
        channel: details.template.source,
        stated_reason: words,
        reason: None,
        at_stake: AtStake::Everything,
        value_at_risk: at_risk(tx, customer).await?,
        priority: if details.template.source.is_regulator() { Priority::URGENT } else { Priority::NORMAL },
        leaves_on: None,
        just_cancel: false,
        team: can.team,
        owner,
        source: None,
        external_ref: None,
        source_category: None,
        second_because: None,
    };
    let zone = accounts::zone_of(tx, can.team).await?;
    let due = calendar::moment(details.template.due(1, details.received_on).at, zone, tx.now());
    let taken_in = take_in(tx, can, new, details).await?;
    let title = store::find(tx, taken_in.complaint).await?.title();
    let joined = if taken_in.joined { " It was added to the complaint they have already." } else { "" };
    let say = format!("{title} is taken in. Its answer is due {due}.{joined}");
    Ok(Answer::to(format!("/complaints/{}", taken_in.complaint)).say(say))
}

/// Somebody stands for the one who complained until they are found.
async fn add_unknown(tx: &mut Tx, can: &Can<WorkComplaints>, details: &Details) -> Result<CustomerId> {
    let adds: Can<AddCustomers> = can.and()?;
    let Complainant { name, email, phone, place } = &details.complainant;
    let comma = if place.is_empty() { "" } else { ", " };
    let title = super::super::title(&details.template, details.external_ref.as_deref());
    let called = if name.is_empty() { format!("Unknown customer{comma}{place} ({title})") } else { name.clone() };
    let customer =
        NewCustomer { name: called.chars().take(200).collect(), identified: false, ..NewCustomer::default() };
    let id = customers::add(tx, &adds, customer).await?;
    let contact =
        NewContact { name: name.clone(), email: email.clone(), phone: phone.clone(), ..NewContact::default() };
    if !(contact.email.is_empty() && contact.phone.is_empty()) {
        customers::add_contact(tx, &adds, id, contact).await?;
    }
    Ok(id)
}
