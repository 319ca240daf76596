//! Changing what is said of a problem: two people who change different fields both win, the same field is asked about.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono_tz::Tz;
use uuid::Uuid;

use super::super::{self as problems, Kind, Problem, store};
use super::details::DetailsForm;
use super::{Choice, owners};
use crate::accounts::People;
use crate::answer::Answer;
use crate::auth::{Can, WorkProblems};
use crate::error::{Error, FormErrors, Result};
use crate::ids::ProblemId;
use crate::reasons::{Reasons, Tree};
use crate::web::{App, Conflict, Form, Frame, fresh_key, html};

#[derive(Template)]
#[template(path = "problems/edit.html")]
struct EditPage {
    frame: Frame,
    once: Uuid,
    problem: Problem,
    form: DetailsForm,
    errors: FormErrors,
    /// What somebody else changed meanwhile as well, in words.
    conflicts: Vec<(Conflict, String, String)>,
    tree: Tree,
    owners: Vec<Choice>,
}

impl EditPage {
    /// Whether a field is asked about above.
    fn asks(&self, field: &str) -> bool {
        self.conflicts.iter().any(|(conflict, ..)| conflict.field == field)
    }

    /// What each field was when the form was shown.
    fn seen(&self) -> Vec<(String, String)> {
        self.form.all().into_iter().map(|(name, _, was)| (format!("was_{name}"), was)).collect()
    }
}

struct Editing {
    problem: Problem,
    people: std::sync::Arc<People>,
    tree: Tree,
    zone: Tz,
}

impl Editing {
    async fn of(app: &App, can: &Can<WorkProblems>, problem: ProblemId) -> Result<Self> {
        let mut connection = app.db.read().await?;
        let problem = store::find(&mut connection, problem).await?;
        let people = app.kept::<People>(&mut connection, can).await?;
        let tree = app.kept::<Reasons>(&mut connection, can).await?.tree.clone();
        Ok(Self { problem, zone: people.zone_of(can.team), people, tree })
    }

    fn page(
        self,
        frame: Frame,
        form: DetailsForm,
        errors: FormErrors,
        conflicts: Vec<Conflict>,
        status: StatusCode,
    ) -> Result<Response> {
        let conflicts = conflicts
            .into_iter()
            .map(|one| {
                let (theirs, yours) = (self.said(&one.field, &one.theirs), self.said(&one.field, &one.yours));
                (one, theirs, yours)
            })
            .collect();
        let page = EditPage {
            frame,
            once: fresh_key(),
            form,
            errors,
            conflicts,
            owners: owners(&self.people),
            tree: self.tree,
            problem: self.problem,
        };
        Ok((status, html(&page)?).into_response())
    }

    /// A field's value in words.
    fn said(&self, field: &str, value: &str) -> String {
        match field {
            _ if value.is_empty() => "nothing".to_owned(),
            "reason" => self.tree.path(value),
            "owner" => {
                let owner = self.people.everyone().iter().find(|(id, _)| id.to_string() == value);
                owner.map_or_else(|| value.to_owned(), |(_, name)| name.clone())
            }
            _ => value.to_owned(),
        }
    }
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<WorkProblems>,
    frame: Frame,
    Path(problem): Path<ProblemId>,
) -> Result<Response> {
    let editing = Editing::of(&app, &can, problem).await?;
    editing.problem.require_live()?;
    let form = DetailsForm::of(&editing.problem, editing.zone);
    editing.page(frame, form, FormErrors::new(), Vec::new(), StatusCode::OK)
}

pub(super) async fn save(
    State(app): State<App>,
    can: Can<WorkProblems>,
    frame: Frame,
    Path(problem): Path<ProblemId>,
    form: Form<DetailsForm>,
) -> Result<Response> {
    let editing = Editing::of(&app, &can, problem).await?;
    let (kind, zone, now): (Kind, Tz, _) = (editing.problem.kind, editing.zone, app.now());
    let read = |form: &DetailsForm| form.parse(kind, &editing.tree, &editing.people, zone, now);
    if let Err(errors) = read(&form.fields) {
        return editing.page(frame, form.fields, errors, Vec::new(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mut tx = app.begin(&can, &form.once).await?;
    let theirs = store::lock(&mut tx, problem).await?;
    let (merged, conflicts) = form.fields.merge(&DetailsForm::of(&theirs, zone));
    if !conflicts.is_empty() {
        drop(tx);
        return editing.page(frame, merged, FormErrors::new(), conflicts, StatusCode::CONFLICT);
    }
    let changed = match read(&merged) {
        Ok(details) => problems::change(&mut tx, &can, problem, details).await,
        Err(errors) => {
            drop(tx);
            return editing.page(frame, merged, errors, Vec::new(), StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    match changed {
        Ok(_) => {
            let answer = Answer::to(format!("/problems/{problem}")).say("Saved.");
            Ok(tx.finish(answer).await?.into_response())
        }
        Err(Error::Refused(why)) => {
            drop(tx);
            editing.page(frame, merged, FormErrors::of("", why), Vec::new(), StatusCode::CONFLICT)
        }
        Err(error) => Err(error),
    }
}
