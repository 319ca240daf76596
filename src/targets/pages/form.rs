//! Setting a target, and changing its value: who changes the same at once is asked whose to keep (R6).

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::super::actions::entry;
use super::super::{self as targets, About, Changed, Figure, Target, Whose, month, store};
use super::list::name;
use crate::accounts::{ConflictPage, People};
use crate::answer::Answer;
use crate::audit::{self, Action};
use crate::auth::{Can, SetTargets};
use crate::error::{Error, FormErrors, Result};
use crate::ids::TargetId;
use crate::money::Currency;
use crate::web::{self, App, Form, Frame, fresh_key};

/// Something to choose.
struct Choice {
    value: String,
    label: String,
}

impl Choice {
    fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// A target as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TargetForm {
    /// "team:…" or "person:…"
    whose: String,
    figure: String,
    currency: String,
    from: String,
    value: String,
    was_value: String,
    pick_value: String,
}

#[derive(Template)]
#[template(path = "targets/new.html")]
struct NewPage {
    frame: Frame,
    once: Uuid,
    form: TargetForm,
    errors: FormErrors,
    whose: Vec<Choice>,
    figures: Vec<Choice>,
    currencies: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "targets/change.html")]
struct ChangePage {
    frame: Frame,
    once: Uuid,
    action: String,
    /// Whose it is and of what.
    title: String,
    from: String,
    form: TargetForm,
    errors: FormErrors,
}

impl TargetForm {
    fn about(&self, people: &People, errors: &mut FormErrors) -> Option<About> {
        let whose = errors.check("whose", whose(&self.whose, people).ok_or("Choose a team or a person."));
        let figure = errors.check("figure", Figure::from_name(&self.figure).ok_or("Choose a figure."));
        let from = errors.check("from", month(&self.from));
        let (whose, figure, from) = (whose?, figure?, from?);
        let currency = match figure {
            Figure::NetSaved => {
                Some(errors.check("currency", Currency::parse(&self.currency).map_err(|_| "Choose a currency."))?)
            }
            _ => None,
        };
        Some(About { whose, figure, currency, from })
    }
}

fn whose(text: &str, people: &People) -> Option<Whose> {
    match text.split_once(':')? {
        ("team", id) => {
            let team = id.parse().ok()?;
            people.teams().iter().any(|one| one.id == team).then_some(Whose::Team(team))
        }
        ("person", id) => {
            let person = id.parse().ok()?;
            people.colleagues().iter().any(|one| one.id == person).then_some(Whose::Person(person))
        }
        _ => None,
    }
}

fn new_page(frame: Frame, people: &People, form: TargetForm, errors: FormErrors) -> NewPage {
    let teams =
        people.teams().into_iter().map(|one| Choice::new(format!("team:{}", one.id), format!("Team {}", one.name)));
    let persons = people.colleagues().iter().map(|one| Choice::new(format!("person:{}", one.id), &one.name));
    NewPage {
        frame,
        once: fresh_key(),
        form,
        errors,
        whose: teams.chain(persons).collect(),
        figures: Figure::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
        currencies: ["USD", "EUR", "GBP"].map(|code| Choice::new(code, code)).into(),
    }
}

pub(super) async fn new(State(app): State<App>, can: Can<SetTargets>, frame: Frame) -> Result<Response> {
    let people = app.kept::<People>(&mut *app.db.read().await?, &can).await?;
    let from = app.now().with_timezone(&people.zone_of(can.team)).format("%Y-%m").to_string();
    let form = TargetForm { from, currency: "USD".to_owned(), ..TargetForm::default() };
    Ok(web::html(&new_page(frame, &people, form, FormErrors::new()))?.into_response())
}

pub(super) async fn set(
    State(app): State<App>,
    can: Can<SetTargets>,
    frame: Frame,
    form: Form<TargetForm>,
) -> Result<Response> {
    let people = app.kept::<People>(&mut *app.db.read().await?, &can).await?;
    let mut errors = FormErrors::new();
    let about = form.fields.about(&people, &mut errors);
    let value = about.as_ref().and_then(|about| errors.check("value", about.read(&form.fields.value)));
    if let Some(None) = value {
        errors.add("value", "Enter what is to be reached.");
    }
    let again = |errors| -> Result<Response> {
        let page = new_page(frame, &people, form.fields.clone(), errors);
        Ok((StatusCode::UNPROCESSABLE_ENTITY, web::html(&page)?).into_response())
    };
    let (Some(about), Some(value), true) = (about, value, errors.is_empty()) else { return again(errors) };
    let mut tx = app.begin(&can, &form.once).await?;
    match targets::set(&mut tx, &can, about, value).await {
        Ok(_) => Ok(tx.finish(Answer::to("/targets").say("Target set.")).await?.into_response()),
        Err(Error::Invalid(errors)) => {
            drop(tx);
            again(errors)
        }
        Err(error) => Err(error),
    }
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<SetTargets>,
    frame: Frame,
    Path(id): Path<TargetId>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let target = store::find(&mut connection, id, false).await?;
    let people = app.kept::<People>(&mut connection, &can).await?;
    let value = target.about.words(target.value);
    let form = TargetForm { was_value: value.clone(), value, ..TargetForm::default() };
    Ok(web::html(&change_page(frame, &target, &people, form, FormErrors::new()))?.into_response())
}

fn title(target: &Target, people: &People) -> String {
    format!("{}: {}", name(target.about.whose, people), target.about.figure.label().to_lowercase())
}

fn change_page(frame: Frame, target: &Target, people: &People, form: TargetForm, errors: FormErrors) -> ChangePage {
    ChangePage {
        frame,
        once: fresh_key(),
        action: format!("/targets/{}", target.id),
        title: title(target, people),
        from: target.about.from.format("%B %Y").to_string(),
        form,
        errors,
    }
}

pub(super) async fn change(
    State(app): State<App>,
    can: Can<SetTargets>,
    frame: Frame,
    Path(id): Path<TargetId>,
    form: Form<TargetForm>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let target = store::find(&mut connection, id, false).await?;
    let people = app.kept::<People>(&mut connection, &can).await?;
    drop(connection);
    let typed = form.fields;
    let seen = target.about.read(&typed.was_value).unwrap_or(target.value);
    let value = match target.about.read(&typed.value) {
        Ok(_) if typed.pick_value == "theirs" => seen,
        Ok(value) => value,
        Err(message) => {
            let page = change_page(frame, &target, &people, typed, FormErrors::of("value", message));
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, web::html(&page)?).into_response());
        }
    };
    let mut tx = app.begin(&can, &form.once).await?;
    match targets::change(&mut tx, &can, id, seen, value).await? {
        Changed::Saved => Ok(tx.finish(Answer::to("/targets").say("Target saved.")).await?.into_response()),
        Changed::Conflict(conflicts) => {
            let like = entry(Action::TargetChanged, &target);
            let by = audit::last_by(&mut tx, &can, &like, std::iter::once("value")).await?;
            let theirs = conflicts.first().map(|one| one.theirs.clone()).unwrap_or_default();
            let hidden = vec![("value".to_owned(), typed.value), ("was_value".to_owned(), theirs)];
            let page = ConflictPage::new(
                frame,
                &title(&target, &people),
                format!("/targets/{id}"),
                by,
                hidden,
                &conflicts,
                |_, value| value.to_owned(),
            );
            Ok((StatusCode::CONFLICT, web::html(&page)?).into_response())
        }
    }
}
