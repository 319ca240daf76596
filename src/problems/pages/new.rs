//! Opening a problem or an incident: from nothing, or from a reason with many cases, which are then linked to it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono_tz::Tz;
use serde::Deserialize;
use uuid::Uuid;

use super::super::actions::cases_said;
use super::super::store::{self, Matching, Sum};
use super::super::{self as problems, Kind, MOST_AT_ONCE, NewProblem};
use super::details::DetailsForm;
use super::span::Span;
use super::{Choice, owners, together};
use crate::accounts::People;
use crate::answer::Answer;
use crate::auth::{Can, WorkProblems};
use crate::calendar;
use crate::error::{FormErrors, Result};
use crate::reasons::{Reasons, Tree};
use crate::web::{App, Form, Frame, Query, fresh_key, html};

/// What the address asks for: a reason and days, as figures of drivers know them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    kind: String,
    #[serde(flatten)]
    span: Span,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewForm {
    kind: String,
    title: String,
    what: String,
    reason: String,
    owner: String,
    say: String,
    began: String,
    /// Whether cases of the reason are linked, and those of which days.
    link: String,
    from: String,
    until: String,
}

impl NewForm {
    fn span(&self) -> Span {
        Span { reason: self.reason.clone(), from: self.from.clone(), until: self.until.clone(), live: String::new() }
    }

    fn details(&self) -> DetailsForm {
        DetailsForm {
            title: self.title.clone(),
            what: self.what.clone(),
            reason: self.reason.clone(),
            owner: self.owner.clone(),
            say: self.say.clone(),
            began: self.began.clone(),
            ..DetailsForm::default()
        }
    }

    fn kind(&self) -> Kind {
        Kind::from_name(&self.kind).unwrap_or(Kind::Problem)
    }
}

#[derive(Template)]
#[template(path = "problems/new.html")]
struct NewPage {
    frame: Frame,
    once: Uuid,
    form: NewForm,
    errors: FormErrors,
    tree: Tree,
    owners: Vec<Choice>,
    incident: bool,
    /// The cases that the reason and the days of the address name.
    found: Option<String>,
}

struct Ground {
    people: std::sync::Arc<People>,
    tree: Tree,
    zone: Tz,
}

impl Ground {
    async fn of(app: &App, can: &Can<WorkProblems>) -> Result<Self> {
        let mut connection = app.db.read().await?;
        let people = app.kept::<People>(&mut connection, can).await?;
        let tree = app.kept::<Reasons>(&mut connection, can).await?.tree.clone();
        Ok(Self { zone: people.zone_of(can.team), people, tree })
    }

    /// What a reason and days name, and how much of it is linked in one go.
    async fn found(&self, app: &App, which: &Matching) -> Result<String> {
        let sums = store::matching_sums(&mut *app.db.read().await?, which, None).await?;
        let cases: i64 = sums.iter().map(|sum| sum.cases).sum();
        let stake = together(sums.iter().map(Sum::stake));
        Ok(format!("{} of this reason came in on these days, {stake} at stake.{}", cases_said(cases), at_once(cases)))
    }
}

/// What is said where more cases are found than are linked in one go.
pub(super) fn at_once(cases: i64) -> String {
    if cases <= MOST_AT_ONCE {
        return String::new();
    }
    let most = cases_said(MOST_AT_ONCE);
    format!(" Linked in one go are {most}, those that came in first. Link the others afterwards in the same way.")
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<WorkProblems>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let ground = Ground::of(&app, &can).await?;
    let now = app.now();
    let mut errors = FormErrors::new();
    let span = asked.span.with_days(ground.zone, now);
    let which = if span.reason.is_empty() { None } else { span.parse(&ground.tree, ground.zone, &mut errors) };
    let found = match &which {
        Some(which) => Some(ground.found(&app, which).await?),
        None => None,
    };
    let form = NewForm {
        title: ground.tree.find(&span.reason).map(|reason| reason.name.clone()).unwrap_or_default(),
        owner: can.id.map(|id| id.to_string()).unwrap_or_default(),
        began: calendar::as_typed(now, ground.zone),
        link: if which.is_some() { "on" } else { "" }.to_owned(),
        kind: asked.kind,
        reason: span.reason,
        from: span.from,
        until: span.until,
        ..NewForm::default()
    };
    page(frame, &ground, form, errors, found, StatusCode::OK)
}

fn page(
    frame: Frame,
    ground: &Ground,
    form: NewForm,
    errors: FormErrors,
    found: Option<String>,
    status: StatusCode,
) -> Result<Response> {
    let page = NewPage {
        frame,
        once: fresh_key(),
        incident: form.kind() == Kind::Incident,
        form,
        errors,
        tree: ground.tree.clone(),
        owners: owners(&ground.people),
        found,
    };
    Ok((status, html(&page)?).into_response())
}

pub(super) async fn create(
    State(app): State<App>,
    can: Can<WorkProblems>,
    frame: Frame,
    form: Form<NewForm>,
) -> Result<Response> {
    let ground = Ground::of(&app, &can).await?;
    let fields = form.fields;
    let parsed = fields.details().parse(fields.kind(), &ground.tree, &ground.people, ground.zone, app.now());
    let mut errors = parsed.as_ref().err().cloned().unwrap_or_default();
    let links = !fields.link.is_empty();
    let which = if links { fields.span().parse(&ground.tree, ground.zone, &mut errors) } else { None };
    let Some(details) = parsed.ok().filter(|_| errors.is_empty()) else {
        let found = match &which {
            Some(which) => Some(ground.found(&app, which).await?),
            None => None,
        };
        return page(frame, &ground, fields, errors, found, StatusCode::UNPROCESSABLE_ENTITY);
    };
    let mut tx = app.begin(&can, &form.once).await?;
    let new = NewProblem {
        kind: fields.kind(),
        title: details.title,
        what: details.what,
        reason: details.reason,
        owner: details.owner,
        began_at: details.began_at,
        say: details.say,
    };
    let problem = problems::open(&mut tx, &can, new).await?;
    let mut say = format!("{} opened.", problem.code());
    if let Some(which) = which {
        let cases = store::matching(&mut tx, &which, None, MOST_AT_ONCE).await?;
        let found = problems::link(&mut tx, &can, problem.id, &cases).await?;
        say = format!("{} opened with {}.", problem.code(), cases_said(found.linked as u64));
    }
    Ok(tx.finish(Answer::to(format!("/problems/{}", problem.id)).say(say)).await?.into_response())
}
