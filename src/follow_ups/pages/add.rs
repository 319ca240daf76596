//! Adding a follow-up: to the case one comes from, or to one that is looked up.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::{self as follow_ups, Kind, LONGEST, NewFollowUp};
use super::{Choice, back, when};
use crate::accounts::People;
use crate::answer::Answer;
use crate::auth::{Can, SeeCases, WorkCases};
use crate::calendar::{Calendar, Due, moment};
use crate::cases::{self, Case};
use crate::error::{Error, FormErrors, Result};
use crate::ids::{CaseId, UserId};
use crate::search::{self, Hit};
use crate::web::{self, App, Form, Frame, fresh_key};

/// How many cases are offered for a name.
const OFFERED: usize = 30;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/follow_ups/new", get(new).post(create)).route("/follow_ups/cases", get(matching))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    case: String,
    back: String,
}

/// A follow-up as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct AddForm {
    /// The case's number, or its customer's name.
    about: String,
    about_id: String,
    kind: String,
    what: String,
    when: String,
    at: String,
    owner: String,
    back: String,
}

struct AddView {
    /// The case one comes from.
    case: Option<Case>,
    kinds: Vec<Choice>,
    times: Vec<Choice>,
    colleagues: Vec<Choice>,
    form: AddForm,
    errors: FormErrors,
    once: Uuid,
    dialog: bool,
}

impl AddView {
    fn code(&self) -> String {
        self.case.as_ref().map(Case::code).unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "follow_ups/new.html")]
struct AddPage {
    frame: Frame,
    view: AddView,
}

#[derive(Template)]
#[template(path = "follow_ups/new_dialog.html")]
struct AddDialog {
    frame: Frame,
    view: AddView,
}

#[derive(Template)]
#[template(path = "follow_ups/cases.html")]
struct Matches {
    hits: Vec<(CaseId, Hit)>,
}

async fn load(
    connection: &mut PgConnection,
    can: &Can<WorkCases>,
    people: &People,
    case: Option<CaseId>,
    now: DateTime<Utc>,
) -> Result<AddView> {
    let case = match case {
        Some(case) => Some(cases::find(connection, case).await?),
        None => None,
    };
    let me = can.id.map(|id| id.to_string()).unwrap_or_default();
    Ok(AddView {
        case,
        kinds: Kind::BY_HAND.iter().map(|kind| Choice::new(kind.name(), kind.label())).collect(),
        times: when::times_and_pick(&people.calendar_of(can.team), now),
        colleagues: people.colleagues().iter().map(|one| Choice::new(one.id.to_string(), &one.name)).collect(),
        form: AddForm { kind: Kind::Callback.name().to_owned(), owner: me, ..AddForm::default() },
        errors: FormErrors::new(),
        once: fresh_key(),
        dialog: false,
    })
}

async fn new(
    State(app): State<App>,
    can: Can<WorkCases>,
    frame: Frame,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let people = app.kept::<People>(&mut connection, &can).await?;
    let case = if asked.case.is_empty() { None } else { Some(asked.case.parse().map_err(|_| Error::NotFound)?) };
    let mut view = load(&mut connection, &can, &people, case, app.now()).await?;
    drop(connection);
    if let Some(case) = &view.case {
        case.require_live()?;
    }
    view.form.back = back(&asked.back, "");
    if headers.get("x-fragment").is_some_and(|part| part == "dialog") {
        view.dialog = true;
        return Ok(web::html(&AddDialog { frame, view })?.into_response());
    }
    Ok(web::html(&AddPage { frame, view })?.into_response())
}

/// The number in `SD-20418`, however it is written.
fn number(text: &str) -> Option<i64> {
    let text = text.trim().to_uppercase();
    let digits = text.strip_prefix("SD").unwrap_or(&text).trim_start_matches(['-', ' ']);
    (digits.len() <= 15).then(|| digits.parse().ok()).flatten()
}

/// The case that was chosen, or named by its number.
async fn about(connection: &mut PgConnection, form: &AddForm) -> Result<Option<CaseId>> {
    if let Ok(chosen) = form.about_id.parse::<CaseId>() {
        return Ok(Some(chosen));
    }
    match number(&form.about) {
        None => Ok(None),
        Some(number) => match cases::find_by_number(connection, number).await {
            Ok(case) => Ok(Some(case)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        },
    }
}

/// A follow-up as it was read.
struct Parsed {
    case: CaseId,
    kind: Kind,
    what: String,
    at: DateTime<Utc>,
    owner: UserId,
}

impl AddForm {
    fn parse(&self, case: Option<CaseId>, known: &AddView, calendar: &Calendar) -> Result<Parsed, FormErrors> {
        let mut errors = FormErrors::new();
        let missing = "Enter the number of a case, like SD-20418, or choose one from the list.";
        let case = errors.check("about", case.ok_or(missing));
        let kind = Kind::from_name(&self.kind).filter(|kind| Kind::BY_HAND.contains(kind));
        let kind = errors.check("kind", kind.ok_or("Choose what kind of follow-up it is."));
        let what = self.what.trim().to_owned();
        match what.chars().count() {
            0 => errors.add("what", "Write what is to be done."),
            1..=LONGEST => {}
            _ => errors.add("what", "Use at most 300 characters."),
        }
        let at = when::read(&self.when, &self.at, calendar.zone).map_err(|(field, why)| errors.add(field, why)).ok();
        let owner = known.colleagues.iter().find(|one| one.value == self.owner).and_then(|one| one.value.parse().ok());
        let owner = errors.check("owner", owner.ok_or("Choose who does it."));
        match (case, kind, at, owner, errors.is_empty()) {
            (Some(case), Some(kind), Some(at), Some(owner), true) => Ok(Parsed { case, kind, what, at, owner }),
            _ => Err(errors),
        }
    }
}

async fn create(State(app): State<App>, can: Can<WorkCases>, frame: Frame, form: Form<AddForm>) -> Result<Response> {
    let now = app.now();
    let mut connection = app.db.read().await?;
    let people = app.kept::<People>(&mut connection, &can).await?;
    let calendar = people.calendar_of(can.team);
    let case = about(&mut connection, &form.fields).await?;
    let from = form.fields.about.trim().is_empty().then_some(case).flatten();
    let mut view = load(&mut connection, &can, &people, from, now).await?;
    drop(connection);
    let (status, errors) = match form.fields.parse(case, &view, &calendar) {
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Ok(parsed) if parsed.at <= now => {
            let field = if form.fields.at.trim().is_empty() { "when" } else { "at" };
            (StatusCode::UNPROCESSABLE_ENTITY, FormErrors::of(field, follow_ups::Refusal::NotAhead.to_string()))
        }
        Ok(parsed) => {
            let mut tx = app.begin(&can, &form.once).await?;
            let because = format!("{} set it on {}", can.name, moment(now, calendar.zone, now));
            let due = Due { at: parsed.at, because };
            let new = NewFollowUp::new(parsed.case, parsed.kind, parsed.what, due);
            match follow_ups::make(&mut tx, NewFollowUp { owner: Some(parsed.owner), ..new }).await {
                Ok(made) => {
                    let when = moment(made.due.at, calendar.zone, now);
                    let later = if made.due.at == parsed.at {
                        ""
                    } else {
                        ", the next moment in which this customer may be called"
                    };
                    let to = back(&form.fields.back, &format!("/cases/{}", made.case));
                    let answer = Answer::to(to).say(format!("Follow-up set for {when}{later}."));
                    return Ok(tx.finish(answer).await?.into_response());
                }
                Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("", why)),
                Err(error) => return Err(error),
            }
        }
    };
    view.form = form.fields;
    view.errors = errors;
    Ok((status, web::html(&AddPage { frame, view })?).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    q: String,
}

/// Cases to choose from, as options of a lookup.
async fn matching(State(app): State<App>, can: Can<SeeCases>, Query(typed): Query<Typed>) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let hits = search::find(&mut connection, &can, typed.q.trim(), OFFERED).await?;
    let cases = hits.into_iter().filter_map(|hit| match hit.id {
        search::Subject::Case(case) => Some((case, hit)),
        _ => None,
    });
    Ok(web::html(&Matches { hits: cases.collect() })?.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_named_by_its_number() {
        for text in ["SD-20418", "sd 20418", " 20418"] {
            assert_eq!(number(text), Some(20_418), "{text}");
        }
        assert_eq!((number(""), number("Harborview")), (None, None));
    }
}
