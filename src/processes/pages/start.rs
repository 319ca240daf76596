//! Starting a process from a case: choosing which, and saying what has to be known.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use super::super::{self as processes, Fact, FactKind, Kind, LONGEST_FACT, actions, store};
use crate::answer::Answer;
use crate::auth::{Can, WorkCases};
use crate::cases::{self, Case};
use crate::db::{first, together};
use crate::error::{Error, FormErrors, Result};
use crate::ids::CaseId;
use crate::money::{Currency, Money};
use crate::web::{self, App, Form, Frame, fresh_key};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/cases/{case}/processes/new", get(new)).route("/cases/{case}/processes", post(create))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    kind: String,
}

/// Facts as typed: the number of each, and its value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FactForm {
    pub(super) kind: String,
    pub(super) number: Vec<String>,
    pub(super) value: Vec<String>,
}

/// A fact as a field.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) position: i16,
    pub(super) label: String,
    pub(super) kind: FactKind,
    pub(super) required: bool,
    pub(super) value: String,
    /// What stood there, in a correction.
    pub(super) was: String,
}

impl FactForm {
    pub(super) fn value(&self, position: i16) -> String {
        let number = position.to_string();
        let at = self.number.iter().position(|one| *one == number);
        at.and_then(|at| self.value.get(at)).map(|value| value.trim().to_owned()).unwrap_or_default()
    }

    /// The fields for facts, with what was typed.
    pub(super) fn fields<'a>(&self, facts: impl Iterator<Item = &'a Fact>) -> Vec<Field> {
        facts
            .map(|fact| Field {
                name: format!("fact-{}", fact.position),
                position: fact.position,
                label: fact.label.clone(),
                kind: fact.kind,
                required: fact.required,
                value: self.value(fact.position),
                was: String::new(),
            })
            .collect()
    }

    /// Reads them.
    ///
    /// # Errors
    /// A message for each that does not do.
    pub(super) fn read<'a>(
        &self,
        facts: impl Iterator<Item = &'a Fact>,
        currency: Currency,
    ) -> Result<BTreeMap<i16, String>, FormErrors> {
        let mut errors = FormErrors::new();
        let mut read = BTreeMap::new();
        for fact in facts {
            let (field, value) = (format!("fact-{}", fact.position), self.value(fact.position));
            if value.is_empty() {
                if fact.required {
                    errors.add(&field, format!("Fill in: {}.", fact.label));
                }
                continue;
            }
            if let Some(value) = errors.check(&field, value_of(fact.kind, &value, currency)) {
                read.insert(fact.position, value);
            }
        }
        if errors.is_empty() { Ok(read) } else { Err(errors) }
    }
}

/// A value as it is noted, or what is wrong with it.
fn value_of(kind: FactKind, value: &str, currency: Currency) -> std::result::Result<String, String> {
    match kind {
        FactKind::Text if value.chars().count() > LONGEST_FACT => Err("Use at most 1,000 characters.".to_owned()),
        FactKind::Text => Ok(value.to_owned()),
        FactKind::Date => match value.parse::<NaiveDate>() {
            Ok(day) => Ok(day.to_string()),
            Err(_) => Err("Enter a day, like 2026-12-31.".to_owned()),
        },
        FactKind::Money => {
            let amount = Money::parse(value, currency).map_err(|error| error.sentence("the amount"))?;
            if amount.is_negative() {
                return Err("Enter an amount of 0 or more.".to_owned());
            }
            Ok(amount.to_string())
        }
        FactKind::YesNo if matches!(value, "yes" | "no") => Ok(value.to_owned()),
        FactKind::YesNo => Err("Choose yes or no.".to_owned()),
    }
}

struct StartView {
    case: Case,
    /// All there are to choose from; those that run in this case already are not.
    templates: Vec<processes::Template>,
    chosen: Option<processes::Template>,
    fields: Vec<Field>,
    errors: FormErrors,
    once: Uuid,
    dialog: bool,
}

impl processes::Template {
    /// What has to be known at its start.
    fn at_start(&self) -> impl Iterator<Item = &Fact> {
        self.new.facts.iter().filter(|fact| fact.place == 0)
    }

    /// "Needs: what happened; what the customer asks for."
    fn needs(&self) -> String {
        let labels: Vec<String> = self.at_start().map(|fact| fact.label.to_lowercase()).collect();
        if labels.is_empty() { String::new() } else { format!("Needs: {}.", labels.join("; ")) }
    }
}

#[derive(Template)]
#[template(path = "processes/start.html")]
struct StartPage {
    frame: Frame,
    view: StartView,
}

#[derive(Template)]
#[template(path = "processes/start_dialog.html")]
struct StartDialog {
    frame: Frame,
    view: StartView,
}

async fn load(app: &App, can: &Can<WorkCases>, case: CaseId, kind: &str, form: &FactForm) -> Result<StartView> {
    let mut connection = app.db.read().await?;
    let parts = (cases::find_part(case), store::current_part(can.id), store::of_case_part(case));
    let (case, mut templates, running) = together(&mut connection, parts).await?;
    drop(connection);
    let case = first(case)?;
    case.require_live()?;
    // of what they may not know nothing is said here either
    let runs = |kind: Kind| {
        running.iter().any(|one| one.kind == kind && one.stage == processes::Stage::Running && one.is_for(can))
    };
    // what runs stays chosen: a form that is sent twice is answered as it was the first time
    let chosen = templates.iter().find(|template| template.new.kind.name() == kind).cloned();
    templates.retain(|template| !runs(template.new.kind));
    Ok(StartView {
        fields: chosen.as_ref().map(|chosen| form.fields(chosen.at_start())).unwrap_or_default(),
        case,
        templates,
        chosen,
        errors: FormErrors::new(),
        once: fresh_key(),
        dialog: false,
    })
}

async fn new(
    State(app): State<App>,
    can: Can<WorkCases>,
    frame: Frame,
    Path(case): Path<CaseId>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let mut view = load(&app, &can, case, &asked.kind, &FactForm::default()).await?;
    if let Some(day) = view.fields.iter_mut().find(|field| field.kind == FactKind::Date)
        && asked.kind == Kind::Cancellation.name()
    {
        day.value = view.case.leaves_on.map(|day| day.to_string()).unwrap_or_default();
    }
    if headers.get("x-fragment").is_some_and(|part| part == "dialog") {
        view.dialog = true;
        return Ok(web::html(&StartDialog { frame, view })?.into_response());
    }
    Ok(web::html(&StartPage { frame, view })?.into_response())
}

async fn create(
    State(app): State<App>,
    can: Can<WorkCases>,
    frame: Frame,
    Path(case): Path<CaseId>,
    form: Form<FactForm>,
) -> Result<Response> {
    let mut view = load(&app, &can, case, &form.fields.kind, &form.fields).await?;
    let Some(chosen) = view.chosen.clone() else {
        view.errors = FormErrors::of("kind", "Choose what to start.");
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, web::html(&StartPage { frame, view })?).into_response());
    };
    let (status, errors) = match form.fields.read(chosen.at_start(), view.case.value_at_risk.currency) {
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Ok(facts) => {
            let mut tx = app.begin(&can, &form.once).await?;
            match actions::start(&mut tx, &can, case, chosen.new.kind, &facts).await {
                Ok(process) => {
                    let say = format!("{} is started.", process.kind.label());
                    let answer = Answer::to(format!("/cases/{case}#case-processes")).say(say);
                    return Ok(tx.finish(answer).await?.into_response());
                }
                Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("", why)),
                Err(error) => return Err(error),
            }
        }
    };
    view.errors = errors;
    Ok((status, web::html(&StartPage { frame, view })?).into_response())
}
