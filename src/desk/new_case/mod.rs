//! Opening a case while the customer is on the phone: who it is, what they said, what is at stake.

mod form;
mod subjects;

use std::collections::HashSet;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use self::form::{NewCaseForm, Whose, chooses_owner, logged_as, whose};
use self::subjects::Subjects;
use super::Choice;
use super::case::sign;
use crate::answer::Answer;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{AddCustomers, Can, LogInteractions, OpenCases, SeeCustomers, WorkComplaints};
use crate::cases::{self, Channel, Kind, NewCase, Opened, Priority};
use crate::customers;
use crate::db::Tx;
use crate::error::{Error, FormErrors, Result};
use crate::ids::CustomerId;
use crate::interactions;
use crate::money::Money;
use crate::processes;
use crate::reasons::{Reasons, Tree};
use crate::search;
use crate::web::{self, App, Form, Frame, fresh_key};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/cases/new", get(new)).route("/cases/new/subjects", get(fill)).route("/cases", post(create))
}

/// The form with its choices.
#[expect(clippy::struct_excessive_bools, reason = "each is a part of the form that is there or not")]
struct Opening {
    form: NewCaseForm,
    errors: FormErrors,
    once: Uuid,
    dialog: bool,
    tree: Tree,
    subjects: Subjects,
    /// Who may be meant by the name that was typed.
    candidates: Vec<Choice>,
    chooses_owner: bool,
    may_add: bool,
    /// Complaints of regulators, bureaus and reviews.
    may_take_in: bool,
    kinds: Vec<Choice>,
    channels: Vec<Choice>,
    priorities: Vec<Choice>,
    owners: Vec<Choice>,
}

impl Opening {
    async fn load(app: &App, connection: &mut PgConnection, can: &Can<OpenCases>, form: NewCaseForm) -> Result<Self> {
        let subjects = match form.customer_id.parse::<CustomerId>().or_else(|_| form.candidate.parse()) {
            Ok(customer) => Subjects::load(connection, customer, can.id, app.now()).await?,
            Err(_) => Subjects::default(),
        };
        Ok(Self {
            form,
            errors: FormErrors::new(),
            once: fresh_key(),
            dialog: false,
            tree: app.kept::<Reasons>(connection, can).await?.tree.clone(),
            subjects,
            candidates: Vec::new(),
            chooses_owner: chooses_owner(can),
            may_add: can.may::<AddCustomers>(),
            kinds: Kind::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
            // what regulators, bureaus and reviews bring is taken in as a complaint
            channels: Channel::ALL
                .iter()
                .filter(|one| !one.brings_complaints())
                .map(|one| Choice::new(one.name(), one.label()))
                .collect(),
            may_take_in: can.may::<WorkComplaints>(),
            priorities: Priority::ALL.iter().map(|one| Choice::new(one.level().to_string(), one.label())).collect(),
            owners: vec![Choice::new("me", "Me"), Choice::new("queue", "The queue")],
        })
    }

    fn sign(&self) -> String {
        sign(self.subjects.worth(&self.form.at_stake))
    }

    fn worth_hint(&self) -> &'static str {
        if self.subjects.shown_worth(&self.form.at_stake).is_some() {
            "Over 12 months, or the order’s value"
        } else {
            "Left empty, what they pay in 12 months is taken. It is masked until they have authenticated."
        }
    }

    fn just_cancel(&self) -> bool {
        !self.form.just_cancel.is_empty()
    }

    fn new_company(&self) -> bool {
        !self.form.new_company.is_empty()
    }

    fn adds_customer(&self) -> bool {
        self.form.customer_id.is_empty() && !(self.form.new_name.is_empty() && self.errors.get("new_name").is_none())
    }

    /// Takes what follows from the customer: their name, the only thing they have, and what it is worth.
    fn prefill(&mut self) {
        if let Some(customer) = &self.subjects.customer {
            self.form.customer.clone_from(&customer.name);
            if !self.subjects.has(&self.form.at_stake) {
                self.form.at_stake.clear();
            }
            let worth = self.subjects.shown_worth(&self.form.at_stake);
            self.form.value_at_risk = worth.map(Money::plain).unwrap_or_default();
        }
    }
}

#[derive(Template)]
#[template(path = "desk/new_case.html")]
struct NewPage {
    frame: Frame,
    view: Opening,
}

#[derive(Template)]
#[template(path = "desk/new_case_dialog.html")]
struct NewDialog {
    frame: Frame,
    view: Opening,
}

#[derive(Template)]
#[template(path = "desk/new_case_subjects.html")]
struct SubjectsPart {
    frame: Frame,
    view: Opening,
}

/// What is known before the form is opened.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    customer: String,
    kind: String,
    at_stake: Option<String>,
}

impl Asked {
    fn form(self) -> NewCaseForm {
        let fresh = NewCaseForm::fresh();
        let kind = if self.kind.is_empty() { fresh.kind.clone() } else { self.kind };
        NewCaseForm { kind, customer_id: self.customer, at_stake: self.at_stake.unwrap_or_default(), ..fresh }
    }
}

/// The form for a customer, if one is named; that their data was looked at is noted.
async fn prefilled(app: &App, can: &Can<OpenCases>, asked: Asked) -> Result<Opening> {
    can.and::<SeeCustomers>()?;
    let chosen = asked.at_stake.is_some();
    let mut view = Opening::load(app, &mut *app.db.read().await?, can, asked.form()).await?;
    if let Some(customer) = view.subjects.customer.as_ref().map(|customer| customer.id) {
        audit::view_again(&app.db, can, Entry::new(Action::CustomerViewed, Subject::Customer(customer))).await?;
    }
    if !chosen {
        view.form.at_stake = view.subjects.first();
    }
    view.prefill();
    Ok(view)
}

async fn new(
    State(app): State<App>,
    can: Can<OpenCases>,
    frame: Frame,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let mut view = prefilled(&app, &can, asked).await?;
    if headers.get("x-fragment").is_some_and(|part| part == "dialog") {
        view.dialog = true;
        return Ok(web::html(&NewDialog { frame, view })?.into_response());
    }
    Ok(web::html(&NewPage { frame, view })?.into_response())
}

/// The part of the form that follows from the customer and from what is at stake.
async fn fill(
    State(app): State<App>,
    can: Can<OpenCases>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let view = prefilled(&app, &can, asked).await?;
    Ok(web::html(&SubjectsPart { frame, view })?.into_response())
}

async fn create(
    State(app): State<App>,
    can: Can<OpenCases>,
    frame: Frame,
    form: Form<NewCaseForm>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let mut view = Opening::load(&app, &mut connection, &can, form.fields).await?;
    drop(connection);
    let mut errors = FormErrors::new();
    let whose = whose(&view.form, &mut errors);
    if whose.is_none() && errors.is_empty() {
        find_candidates(&app, &can, &mut view, &mut errors).await?;
    }
    // a customer who is added in a moment has no id yet
    let customer = match &whose {
        Some(Whose::Known(id)) => *id,
        _ => CustomerId::new(),
    };
    let new = view.form.read(&mut errors, &view.tree, &view.subjects, &can, customer);
    if let (Some(whose), Some(new)) = (whose, new) {
        let mut tx = app.begin(&can, &form.once).await?;
        match open(&mut tx, &can, whose, new).await {
            Ok(answer) => return Ok(tx.finish(answer).await?.into_response()),
            Err(Error::Invalid(invalid)) => {
                for (_, message) in invalid.all() {
                    errors.add("new_name", message);
                }
            }
            Err(Error::Refused(why)) => errors.add("", why),
            Err(error) => return Err(error),
        }
    }
    view.errors = errors;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, web::html(&NewPage { frame, view })?).into_response())
}

/// Without scripts, or in a hurry, a name is typed and nobody chosen: the answer offers who may be meant.
async fn find_candidates(app: &App, can: &Can<OpenCases>, view: &mut Opening, errors: &mut FormErrors) -> Result<()> {
    let typed = view.form.customer.trim();
    if typed.is_empty() {
        errors.add("customer", "Find the customer by name, phone, account or order number, or add a new one.");
        return Ok(());
    }
    let mut connection = app.db.read().await?;
    let hits = search::find(&mut connection, can, typed, 24).await?;
    let mut seen = HashSet::new();
    view.candidates = hits
        .into_iter()
        .filter(|hit| seen.insert(hit.customer))
        .take(8)
        .map(|hit| Choice::new(hit.customer.to_string(), format!("{}, {}", hit.customer_name, hit.detail)))
        .collect();
    if view.candidates.is_empty() {
        errors.add("customer", "Nobody is found by that. Try a phone or account number, or add a new customer.");
    } else {
        errors.add("candidate", "Choose which customer you mean.");
    }
    Ok(())
}

/// Opens the case, or adds the contact to the live one that it repeats (R14).
async fn open(tx: &mut Tx, can: &Can<OpenCases>, whose: Whose, mut new: NewCase) -> Result<Answer> {
    if let Whose::New(customer, contact) = whose {
        let adds: Can<AddCustomers> = can.and()?;
        new.customer = customers::add(tx, &adds, *customer).await?;
        if !(contact.phone.is_empty() && contact.email.is_empty()) {
            customers::add_contact(tx, &adds, new.customer, contact).await?;
        }
    }
    let (kind, words, just_cancel) = (logged_as(new.channel), new.stated_reason.clone(), new.just_cancel);
    let opened = cases::open(tx, can, new).await?;
    let (Opened::New(case) | Opened::Already(case)) = opened;
    if just_cancel {
        processes::just_cancel(tx, &can.and()?, case).await?;
    }
    match opened {
        Opened::New(_) if just_cancel => {
            let code = cases::find(tx, case).await?.code();
            Ok(Answer::to(format!("/cases/{case}")).say(format!("{code} opened, and the cancellation has begun.")))
        }
        Opened::New(case) => {
            let code = cases::find(tx, case).await?.code();
            Ok(Answer::to(format!("/cases/{case}")).say(format!("{code} opened.")))
        }
        Opened::Already(case) => {
            let logs: Can<LogInteractions> = can.and()?;
            interactions::add_contact(tx, &logs, case, kind, words).await?;
            let code = cases::find(tx, case).await?.code();
            let say = format!("{code} is open for this already, so this contact was added to it.");
            Ok(Answer::to(format!("/cases/{case}?again=yes")).say(say))
        }
    }
}
