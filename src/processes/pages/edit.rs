//! Publishing what a process is made of: the form begins with the newest version.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use uuid::Uuid;

use super::super::{FactKind, Kind, Makes, NewTemplate, Whom, actions, store};
use super::Choice;
use super::rows::EditForm;
use crate::accounts::People;
use crate::answer::Answer;
use crate::auth::{Can, EditPolicy};
use crate::error::{Error, FormErrors, Result};
use crate::web::{self, App, Form, Frame, fresh_key};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/processes/{process_kind}/edit", get(edit).post(publish))
}

#[derive(Template)]
#[template(path = "processes/edit.html")]
struct EditPage {
    frame: Frame,
    kind: Kind,
    /// The number of the newest version.
    newest: i32,
    form: EditForm,
    errors: FormErrors,
    departments: Vec<Choice>,
    makes: Vec<Choice>,
    fact_kinds: Vec<Choice>,
    whom: Vec<Choice>,
    only: Vec<Choice>,
    once: Uuid,
}

impl EditForm {
    fn parse(&self, kind: Kind, departments: &[Choice]) -> Result<(i32, NewTemplate), FormErrors> {
        let mut errors = FormErrors::new();
        let version = errors.check("", self.version.parse().map_err(|_| "Open the page anew."));
        let text = |errors: &mut FormErrors, field: &str, text: &str, most: usize, missing: &str| {
            let text = text.trim().to_owned();
            match text.chars().count() {
                0 => errors.add(field, missing),
                length if length > most => errors.add(field, format!("Use at most {most} characters.")),
                _ => {}
            }
            text
        };
        let purpose = text(&mut errors, "purpose", &self.purpose, 300, "Say in one line what it is for.");
        let why =
            text(&mut errors, "why", &self.why, 500, "Say why you publish it: everyone sees it beside the version.");
        let facts = self.read_facts(&mut errors);
        let steps = self.read_steps(&facts, departments, &mut errors);
        let new = NewTemplate {
            kind,
            purpose,
            freezes_offers: !self.freezes_offers.is_empty(),
            holds: !self.holds.is_empty(),
            confidential: !self.confidential.is_empty(),
            tells: self.tells.iter().filter_map(|name| Whom::from_name(name)).collect(),
            facts: facts.into_iter().map(|(_, fact)| fact).collect(),
            steps,
            why,
        };
        if let Err(more) = new.check() {
            for (field, message) in more.all() {
                errors.add(field, message);
            }
        }
        match (version, errors.is_empty()) {
            (Some(version), true) => Ok((version, new)),
            _ => Err(errors),
        }
    }
}

async fn page(app: &App, can: &Can<EditPolicy>, frame: Frame, kind: &str) -> Result<EditPage> {
    let kind = Kind::from_name(kind).ok_or(Error::NotFound)?;
    let mut connection = app.db.read().await?;
    let newest = store::newest(&mut connection, kind).await?;
    let people = app.kept::<People>(&mut connection, can).await?;
    let form = EditForm::of(newest.number, &newest.new);
    Ok(EditPage {
        frame,
        kind,
        newest: newest.number,
        only: form.only(),
        form,
        errors: FormErrors::new(),
        departments: people.departments().iter().map(|one| Choice::new(one.id.to_string(), &one.name)).collect(),
        makes: Makes::ALL
            .iter()
            .filter(|one| **one != Makes::Confirmation || kind == Kind::Cancellation)
            .map(|one| Choice::new(one.name(), one.label()))
            .collect(),
        fact_kinds: FactKind::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
        whom: Whom::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
        once: fresh_key(),
    })
}

async fn edit(
    State(app): State<App>,
    can: Can<EditPolicy>,
    frame: Frame,
    Path(kind): Path<String>,
) -> Result<Response> {
    Ok(web::html(&page(&app, &can, frame, &kind).await?)?.into_response())
}

async fn publish(
    State(app): State<App>,
    can: Can<EditPolicy>,
    frame: Frame,
    Path(kind): Path<String>,
    form: Form<EditForm>,
) -> Result<Response> {
    let mut page = page(&app, &can, frame, &kind).await?;
    let (status, errors) = match form.fields.parse(page.kind, &page.departments) {
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Ok((based_on, new)) => {
            let mut tx = app.begin(&can, &form.once).await?;
            match actions::publish(&mut tx, &can, based_on, &new).await {
                Ok(number) => {
                    let say =
                        format!("Version {number} of {} is published. What runs keeps its own.", page.kind.label());
                    let answer = Answer::to(format!("/processes/{}", page.kind.name())).say(say);
                    return Ok(tx.finish(answer).await?.into_response());
                }
                Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("", why)),
                Err(Error::Invalid(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
                Err(error) => return Err(error),
            }
        }
    };
    page.only = form.fields.only();
    page.form = form.fields;
    page.errors = errors;
    Ok((status, web::html(&page)?).into_response())
}
