//! Asking a department: from a case, or from the list for a case that is looked up.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::{self as requests, Kind, LONGEST_WHAT, LONGEST_WORDS, NewRequest, store};
use super::fields::day;
use super::{Choice, back};
use crate::accounts::People;
use crate::answer::Answer;
use crate::auth::{Actor, AskDepartments, Can};
use crate::cases::{self, Case};
use crate::error::{Error, FormErrors, Result};
use crate::ids::{CaseId, DepartmentId};
use crate::web::{self, App, Form, Frame, fresh_key};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/requests/new", get(new).post(create)).route("/requests/forecast", get(forecast))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    case: String,
    department: String,
    /// What it is and what it is about, where somewhere else proposes them.
    kind: String,
    what: String,
    back: String,
}

/// A request as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct AskForm {
    /// The case's number, or its customer's name.
    about: String,
    about_id: String,
    department: String,
    kind: String,
    what: String,
    words: String,
    wanted_on: String,
    back: String,
}

struct AskView {
    case: Option<Case>,
    departments: Vec<Choice>,
    kinds: Vec<Choice>,
    forecast: Vec<(bool, String)>,
    form: AskForm,
    errors: FormErrors,
    once: Uuid,
    dialog: bool,
}

impl AskView {
    fn code(&self) -> String {
        self.case.as_ref().map(Case::code).unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "requests/ask.html")]
struct AskPage {
    frame: Frame,
    view: AskView,
}

#[derive(Template)]
#[template(path = "requests/ask_dialog.html")]
struct AskDialog {
    frame: Frame,
    view: AskView,
}

#[derive(Template)]
#[template(path = "requests/forecast.html")]
struct ForecastPart {
    frame: Frame,
    forecast: Vec<(bool, String)>,
}

async fn load(
    app: &App,
    connection: &mut PgConnection,
    actor: &Actor,
    case: Option<CaseId>,
    form: AskForm,
) -> Result<AskView> {
    let people = app.kept::<People>(connection, actor).await?;
    let case = match case {
        Some(case) => Some(cases::find(connection, case).await?),
        None => None,
    };
    let wanted = day(&mut FormErrors::new(), "wanted_on", &form.wanted_on);
    let forecast = match form.department.parse::<DepartmentId>() {
        Ok(department) => said(app, connection, department, wanted).await?,
        Err(_) => Vec::new(),
    };
    Ok(AskView {
        case,
        departments: people.departments().iter().map(|one| Choice::new(one.id.to_string(), &one.name)).collect(),
        kinds: Kind::ALL.iter().map(|kind| Choice::new(kind.name(), kind.label())).collect(),
        forecast,
        form,
        errors: FormErrors::new(),
        once: fresh_key(),
        dialog: false,
    })
}

/// What to know of a department before it is asked; nothing of one that is not there.
async fn said(
    app: &App,
    connection: &mut PgConnection,
    department: DepartmentId,
    wanted: Option<chrono::NaiveDate>,
) -> Result<Vec<(bool, String)>> {
    match store::desk(connection, department).await {
        Ok(desk) => {
            let today = app.now().with_timezone(&desk.calendar.zone).date_naive();
            Ok(desk.forecast(today, wanted))
        }
        Err(Error::NotFound) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn new(
    State(app): State<App>,
    can: Can<AskDepartments>,
    frame: Frame,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let case = if asked.case.is_empty() { None } else { Some(asked.case.parse().map_err(|_| Error::NotFound)?) };
    let form = AskForm {
        department: asked.department,
        kind: Kind::from_name(&asked.kind).unwrap_or(Kind::Question).name().to_owned(),
        what: asked.what.chars().take(LONGEST_WHAT).collect(),
        back: back(&asked.back, ""),
        ..AskForm::default()
    };
    let mut connection = app.db.read().await?;
    let mut view = load(&app, &mut connection, &can, case, form).await?;
    drop(connection);
    if let Some(case) = &view.case {
        case.require_live()?;
    }
    if headers.get("x-fragment").is_some_and(|part| part == "dialog") {
        view.dialog = true;
        return Ok(web::html(&AskDialog { frame, view })?.into_response());
    }
    Ok(web::html(&AskPage { frame, view })?.into_response())
}

async fn forecast(
    State(app): State<App>,
    _: Can<AskDepartments>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let forecast = match asked.department.parse() {
        Ok(department) => said(&app, &mut connection, department, None).await?,
        Err(_) => Vec::new(),
    };
    Ok(web::html(&ForecastPart { frame, forecast })?.into_response())
}

/// The number in `SD-20418`, however it is written.
fn number(text: &str) -> Option<i64> {
    let text = text.trim().to_uppercase();
    let digits = text.strip_prefix("SD").unwrap_or(&text).trim_start_matches(['-', ' ']);
    (digits.len() <= 15).then(|| digits.parse().ok()).flatten()
}

/// The case that was chosen, or named by its number.
async fn about(connection: &mut PgConnection, form: &AskForm) -> Result<Option<CaseId>> {
    if let Ok(chosen) = form.about_id.parse::<CaseId>() {
        return Ok(Some(chosen));
    }
    let Some(number) = number(&form.about) else { return Ok(None) };
    match cases::find_by_number(connection, number).await {
        Ok(case) => Ok(Some(case)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

impl AskForm {
    fn parse(&self, case: Option<CaseId>, known: &[Choice]) -> Result<(CaseId, NewRequest), FormErrors> {
        let mut errors = FormErrors::new();
        let missing = "Enter the number of a case, like SD-20418, or choose one from the list.";
        let case = errors.check("about", case.ok_or(missing));
        let department = known.iter().find(|one| one.value == self.department).and_then(|one| one.value.parse().ok());
        let department = errors.check("department", department.ok_or("Choose a department."));
        let kind = errors.check("kind", Kind::from_name(&self.kind).ok_or("Choose what it is."));
        let what = self.what.trim().to_owned();
        match what.chars().count() {
            0 => errors.add("what", "Write in one line what it is about."),
            1..=LONGEST_WHAT => {}
            _ => errors.add("what", "Use at most 200 characters."),
        }
        let words = self.words.trim().to_owned();
        if words.chars().count() > LONGEST_WORDS {
            errors.add("words", "Use at most 4,000 characters.");
        }
        let wanted_on = day(&mut errors, "wanted_on", &self.wanted_on);
        match (case, department, kind, errors.is_empty()) {
            (Some(case), Some(department), Some(kind), true) => {
                Ok((case, NewRequest { department, kind, what, words, wanted_on, offer: None }))
            }
            _ => Err(errors),
        }
    }
}

async fn create(
    State(app): State<App>,
    can: Can<AskDepartments>,
    frame: Frame,
    form: Form<AskForm>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let case = about(&mut connection, &form.fields).await?;
    let from = form.fields.about.trim().is_empty().then_some(case).flatten();
    let mut view = load(&app, &mut connection, &can, from, form.fields.clone()).await?;
    drop(connection);
    let (status, errors) = match form.fields.parse(case, &view.departments) {
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Ok((case, new)) => {
            let mut tx = app.begin(&can, &form.once).await?;
            match requests::ask(&mut tx, &can, case, new).await {
                Ok(asked) => {
                    let to = back(&form.fields.back, &format!("/requests?peek={}", asked.id));
                    let zone = crate::accounts::zone_of(&mut tx, can.team).await?;
                    let when = crate::calendar::moment(asked.due_at, zone, tx.now());
                    let say = format!("{} is asked, and answers by {when}.", asked.department_name);
                    return Ok(tx.finish(Answer::to(to).say(say)).await?.into_response());
                }
                Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("", why)),
                Err(error) => return Err(error),
            }
        }
    };
    view.errors = errors;
    Ok((status, web::html(&AskPage { frame, view })?).into_response())
}
