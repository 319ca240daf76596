//! The processes of a case: the card, their entries in its log, “just cancel”, and the confirmation of a cancellation as a
//! letter.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::entry::{Entry as Line, Row};
use super::facts::Facts;
use crate::accounts::People;
use crate::answer::Answer;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Actor, Can, EditPolicy, SeeCases, WorkCases};
use crate::calendar;
use crate::cases;
use crate::customers;
use crate::db::{first, together};
use crate::error::Result;
use crate::ids::{CaseId, ProcessId};
use crate::processes::{self, Kind, Makes, Process, Shown, Stage, StepStage};
use crate::web::{self, App, Form, Frame};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/cases/{case}/just_cancel", post(just_cancel))
        .route("/cases/{case}/cancellation_letter", get(letter))
}

impl Line {
    /// What happened in a process.
    pub(super) fn proceeded(&mut self, row: Row) {
        let kind = row.field.as_deref().or(row.was.as_deref()).and_then(Kind::from_name);
        let label = kind.map_or("a process", Kind::label);
        let step = row.next_step.unwrap_or_default();
        self.words = row.body.unwrap_or_default();
        let (icon, tone, did) = match row.what.strip_prefix("process_").unwrap_or_default() {
            "started" => (kind.map_or("flag", Kind::icon), "info", format!("started: {label}")),
            "step_again" => ("undo", "warn", format!("asked anew, for {label}: {step}")),
            "step_skipped" => ("right", "warn", format!("skipped, of {label}: {step}")),
            "done" => ("check", "good", format!("finished: {label}")),
            "stopped" => ("x", "warn", format!("stopped: {label}")),
            _ => ("scale", "warn", "lifted the legal hold".to_owned()),
        };
        (self.icon, self.tone, self.did) = (icon, tone, did);
    }
}

/// The card.
pub(super) struct Processes {
    pub(super) all: Vec<Shown>,
    pub(super) may_start: bool,
    /// The customer may still be asked to stay, and says “just cancel”.
    pub(super) may_just_cancel: bool,
    /// Confidential ones that nobody who knows of them may settle, for whoever may take them on.
    pub(super) left_alone: Vec<ProcessId>,
    /// Who looks.
    pub(super) me: String,
    /// Whether mails leave this desk at all.
    pub(super) mails: bool,
    /// Since when offers to this customer are held.
    pub(super) frozen: Option<String>,
}

impl Processes {
    /// Of what was read, as whoever looks may see it.
    pub(super) fn of(all: Vec<Process>, facts: &Facts, actor: &Actor, mails: bool) -> Self {
        let works = actor.may::<WorkCases>() && facts.case.is_live();
        let confirmed = all.iter().any(Process::is_confirmed);
        let alone = |one: &&Process| one.left_alone && !one.is_for(actor) && actor.may::<EditPolicy>();
        let shown = |one| Shown::of(one, facts.case.at_stake, actor, facts.zone, facts.now);
        Self {
            left_alone: all.iter().filter(alone).map(|one| one.id).collect(),
            all: all.into_iter().filter_map(shown).collect(),
            may_start: works,
            may_just_cancel: works && !facts.case.just_cancel && !confirmed,
            me: actor.id.map(|id| id.to_string()).unwrap_or_default(),
            mails,
            frozen: facts.frozen_since.map(|since| facts.moment(&since)),
        }
    }

    /// How many run.
    pub(super) fn running(&self) -> usize {
        self.all.iter().filter(|shown| shown.is_running()).count()
    }

    /// The cancellation that runs.
    pub(super) fn cancellation(&self) -> Option<&Shown> {
        self.all.iter().find(|shown| shown.is_running() && shown.process.kind == Kind::Cancellation)
    }

    /// How far the cancellation is: "1 of 3 steps", "not begun".
    pub(super) fn cancelled_so_far(&self) -> String {
        self.cancellation().map_or_else(|| "not begun".to_owned(), Shown::progress)
    }
}

#[derive(Deserialize)]
struct Nothing {}

async fn just_cancel(
    State(app): State<App>,
    can: Can<WorkCases>,
    Path(case): Path<CaseId>,
    form: Form<Nothing>,
) -> Result<Answer> {
    let mut tx = app.begin(&can, &form.once).await?;
    processes::just_cancel(&mut tx, &can, case).await?;
    let say = "The attempt to keep them has ended, and the cancellation has begun.";
    tx.finish(Answer::to(format!("/cases/{case}#case-processes")).say(say)).await
}

/// What the customer gets in writing.
struct Letter {
    case: CaseId,
    process: ProcessId,
    customer: String,
    to: String,
    code: String,
    day: String,
    lines: Vec<(String, String)>,
    from: String,
    /// Whether the customer has it already.
    confirmed: bool,
    /// What has to be known before it can go out.
    missing: Vec<String>,
}

#[derive(Template)]
#[template(path = "desk/cancellation_letter.html")]
struct LetterPage {
    frame: Frame,
    view: Letter,
}

async fn letter(
    State(app): State<App>,
    can: Can<SeeCases>,
    frame: Frame,
    Path(case): Path<CaseId>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let parts = (cases::find_part(case), processes::of_case_part(case), processes::letter_part(case));
    let (found, all, letters) = together(&mut connection, parts).await?;
    let found = first(found)?;
    let cancelled = all.into_iter().find(|one| one.kind == Kind::Cancellation && one.stage != Stage::Stopped);
    let (Some(process), Some(words)) = (cancelled, letters.into_iter().next()) else {
        return Ok(Answer::to(format!("/cases/{case}"))
            .say("Start the cancellation first. The customer gets in writing what was cancelled.")
            .into_response());
    };
    let customer = customers::find(&mut connection, found.customer).await?;
    let contacts = customers::contacts(&mut connection, found.customer).await?;
    let zone = app.kept::<People>(&mut connection, &can).await?.zone_of(found.team.or(can.team));
    drop(connection);
    audit::view_again(&app.db, &can, Entry::new(Action::CaseViewed, Subject::Case(case)).of(found.customer)).await?;
    let now = app.now();
    let is_done = |one: &&processes::Step| one.makes == Makes::Confirmation && one.stage == StepStage::Done;
    let place = process.steps.iter().find(|step| step.makes == Makes::Confirmation).map_or(0, |step| step.place);
    let view = Letter {
        case,
        process: process.id,
        to: contacts.first().map(|contact| contact.details.name.clone()).unwrap_or_default(),
        customer: customer.name.clone(),
        code: found.code(),
        day: calendar::day(words.confirmed_at.unwrap_or(now), zone, now),
        lines: process.stated().into_iter().map(|(label, value)| (label.to_owned(), value)).collect(),
        from: words.from.unwrap_or_else(|| can.name.clone()),
        confirmed: process.steps.iter().any(|step| is_done(&step)),
        missing: process.missing(place).into_iter().map(|fact| fact.label).collect(),
    };
    Ok(web::html(&LetterPage { frame, view })?.into_response())
}
