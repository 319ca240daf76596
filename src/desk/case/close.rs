//! Closing a case with its outcome, and reopening it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::facts::Facts;
use super::kept::{self, Meaning};
use super::show::{self, Asked, View, read_number};
use crate::answer::Answer;
use crate::appointments;
use crate::approvals;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, CloseCases, SeeCases};
use crate::cases::{self, Case, Closing, Outcome};
use crate::db::together;
use crate::desk::Choice;
use crate::error::{Error, FormErrors, Result};
use crate::follow_ups;
use crate::ids::{CaseId, ProcessId};
use crate::money::Money;
use crate::offers::{self, Offer, Stage};
use crate::processes;
use crate::reasons::{Reasons, Tree};
use crate::requests::{self, Request};
use crate::web::{self, App, Form, Frame, fresh_key};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/cases/{case}/close", get(closing).post(close))
        .route("/cases/{case}/close/kept", get(what_is_kept))
        .route("/cases/{case}/reopening", post(reopen))
}

/// How a case is to be closed, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct CloseForm {
    outcome: String,
    reason: String,
    kept: String,
    note: String,
    duplicate_of: String,
    /// What runs and is stopped.
    stop: Vec<String>,
}

impl CloseForm {
    fn stopped(&self) -> Vec<ProcessId> {
        self.stop.iter().filter_map(|id| id.parse().ok()).collect()
    }

    fn outcome(&self) -> Option<Outcome> {
        Outcome::from_name(&self.outcome)
    }

    fn parse(&self, case: &Case, tree: &Tree, with_offer: Option<Money>) -> Result<Closing, FormErrors> {
        let mut errors = FormErrors::new();
        let outcome = errors.check("outcome", self.outcome().ok_or("Choose how the case ended."));
        let reason = tree.find(&self.reason).map(|reason| reason.code.clone());
        if reason.is_none() && case.reason.is_none() {
            errors.add("reason", "Choose the coded reason. The reports on why customers leave rest on it.");
        }
        let kept = outcome.and_then(|outcome| {
            if self.kept.trim().is_empty() {
                let kept = kept::usual(outcome, case.value_at_risk, with_offer);
                return errors.check("kept", kept.ok_or("Enter what is kept as an amount, like 1,963.50."));
            }
            let kept = Money::parse(&self.kept, case.value_at_risk.currency);
            errors.check("kept", kept.map_err(|error| error.sentence("what is kept")))
        });
        if let (Some(outcome), Some(kept)) = (outcome, kept) {
            kept::check(&mut errors, outcome, kept, case.value_at_risk);
        }
        let note = self.note.trim().to_owned();
        if note.is_empty() && outcome != Some(Outcome::Duplicate) {
            errors.add("note", "Write what was kept, changed or lost, and why.");
        }
        if note.chars().count() > 4000 {
            errors.add("note", "Use at most 4,000 characters.");
        }
        if outcome == Some(Outcome::Duplicate) && read_number(&self.duplicate_of).is_none() {
            errors.add("duplicate_of", cases::Refusal::NoOriginal.to_string());
        }
        match (outcome, kept, errors.is_empty()) {
            (Some(outcome), Some(kept), true) => Ok(Closing { outcome, reason, note, kept, duplicate_of: None }),
            _ => Err(errors),
        }
    }
}

/// The form with all it needs.
struct ClosingView {
    facts: Facts,
    /// What is still open, and what becomes of it.
    open: Vec<String>,
    /// What runs, to be stopped or finished first.
    running: Vec<Choice>,
    /// A year, or the order, at the price of the offer that was accepted.
    with_offer: Option<Money>,
    tree: Tree,
    outcomes: Vec<Meaning>,
    form: CloseForm,
    errors: FormErrors,
    once: Uuid,
    dialog: bool,
}

impl ClosingView {
    fn kept_hint(&self) -> String {
        let outcome = self.form.outcome();
        match (outcome, self.with_offer) {
            (Some(Outcome::SavedWithOffer | Outcome::Modified), Some(_)) if self.facts.masked() => {
                "Left empty: what they pay with the offer that was accepted, which is masked.".to_owned()
            }
            (Some(Outcome::SavedWithOffer | Outcome::Modified), Some(kept)) => {
                format!("{kept} at the price of the offer that was accepted.")
            }
            _ => kept::hint(outcome, self.facts.case.value_at_risk),
        }
    }

    fn sign(&self) -> String {
        sign(self.facts.case.value_at_risk)
    }
}

/// What stands before an amount: "$", or the code.
pub(in crate::desk) fn sign(amount: Money) -> String {
    amount.currency.sign().map_or_else(|| amount.currency.code().to_owned(), str::to_owned)
}

#[derive(Template)]
#[template(path = "desk/case_close.html")]
struct ClosePage {
    frame: Frame,
    view: ClosingView,
}

#[derive(Template)]
#[template(path = "desk/case_close_dialog.html")]
struct CloseDialog {
    frame: Frame,
    view: ClosingView,
}

#[derive(Template)]
#[template(path = "desk/case_close_kept.html")]
struct Kept {
    frame: Frame,
    view: ClosingView,
}

async fn load(app: &App, can: &Can<CloseCases>, case: CaseId) -> Result<ClosingView> {
    let entry = Entry::new(Action::CaseViewed, Subject::Case(case));
    audit::while_reading(audit::view_again(&app.db, can, entry), Box::pin(read(app, can, case))).await
}

async fn read(app: &App, can: &Can<CloseCases>, case: CaseId) -> Result<ClosingView> {
    let mut connection = app.db.read().await?;
    let facts = Facts::load(app, &mut connection, can, case, app.now()).await?;
    let tree = app.kept::<Reasons>(&mut connection, can).await?.tree.clone();
    let parts = (offers::of_case_part(case), requests::of_case_part(case), processes::of_case_part(case));
    let (offers, mut requests, running) = together(&mut connection, parts).await?;
    requests.retain(|request| request.is_for(can));
    let form = CloseForm { reason: facts.case.reason.clone().unwrap_or_default(), ..CloseForm::default() };
    Ok(ClosingView {
        open: still_open(&facts, &offers, &requests),
        running: running
            .iter()
            .filter(|one| one.stage == processes::Stage::Running && one.is_for(can))
            .map(to_stop)
            .collect(),
        with_offer: offers.iter().find_map(|offer| kept::with(offer, facts.case.value_at_risk)),
        facts,
        tree,
        outcomes: Meaning::all(),
        form,
        errors: FormErrors::new(),
        once: fresh_key(),
        dialog: false,
    })
}

async fn closing(
    State(app): State<App>,
    can: Can<CloseCases>,
    frame: Frame,
    Path(case): Path<CaseId>,
    headers: HeaderMap,
) -> Result<Response> {
    let mut view = load(&app, &can, case).await?;
    view.facts.case.require_live()?;
    if headers.get("x-fragment").is_some_and(|part| part == "dialog") {
        view.dialog = true;
        return Ok(web::html(&CloseDialog { frame, view })?.into_response());
    }
    Ok(web::html(&ClosePage { frame, view })?.into_response())
}

#[derive(Deserialize)]
struct Chosen {
    #[serde(default)]
    outcome: String,
}

/// The field for what is kept, as it follows from the outcome.
async fn what_is_kept(
    State(app): State<App>,
    can: Can<CloseCases>,
    frame: Frame,
    Path(case): Path<CaseId>,
    Query(chosen): Query<Chosen>,
) -> Result<Response> {
    let mut view = load(&app, &can, case).await?;
    view.form.outcome = chosen.outcome;
    // what they pay with an offer is an account detail (R19): it is taken as it is where nothing is typed
    let with_offer = |kept: &Money| Some(*kept) == view.with_offer && *kept != view.facts.case.value_at_risk;
    let kept = view
        .form
        .outcome()
        .and_then(|outcome| kept::usual(outcome, view.facts.case.value_at_risk, view.with_offer))
        .filter(|kept| !(view.facts.masked() && with_offer(kept)));
    view.form.kept = kept.map(Money::plain).unwrap_or_default();
    Ok(web::html(&Kept { frame, view })?.into_response())
}

async fn close(
    State(app): State<App>,
    can: Can<CloseCases>,
    frame: Frame,
    Path(case): Path<CaseId>,
    form: Form<CloseForm>,
) -> Result<Response> {
    let mut view = load(&app, &can, case).await?;
    let (status, errors) = match form.fields.parse(&view.facts.case, &view.tree, view.with_offer) {
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Ok(mut closing) => {
            let mut tx = app.begin(&can, &form.once).await?;
            match original(&mut tx, &form.fields, closing.outcome).await? {
                Err(why) => (StatusCode::UNPROCESSABLE_ENTITY, FormErrors::of("duplicate_of", why)),
                Ok(duplicate_of) => {
                    closing.duplicate_of = duplicate_of;
                    let say = format!("{} closed: {}.", view.facts.case.code(), closing.outcome.label().to_lowercase());
                    match settle_and_close(&mut tx, &can, case, closing, &form.fields.stopped()).await {
                        Ok(_) => {
                            let answer = Answer::to(format!("/cases/{case}")).say(say);
                            return Ok(tx.finish(answer).await?.into_response());
                        }
                        Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("", why)),
                        Err(error) => return Err(error),
                    }
                }
            }
        }
    };
    view.form = form.fields;
    view.errors = errors;
    Ok((status, web::html(&ClosePage { frame, view })?).into_response())
}

/// "Cancellation: 2 of 4 steps are done"
fn to_stop(process: &processes::Process) -> Choice {
    let progress = format!("{} of {} steps are done", process.ended_steps(), process.steps.len());
    Choice::new(process.id.to_string(), format!("Stop “{}”: {progress}", process.kind.label()))
}

/// Takes back what is still offered and asked, and closes the case, all or nothing. Promises go on, and a save is checked
/// later.
async fn settle_and_close(
    tx: &mut crate::db::Tx,
    can: &Can<CloseCases>,
    case: CaseId,
    closing: Closing,
    stopped: &[ProcessId],
) -> Result<Case> {
    // in one order, so that of two cases that are said to repeat each other one is closed first
    let mut held: Vec<CaseId> = std::iter::once(case).chain(closing.duplicate_of).collect();
    held.sort_unstable();
    for one in held {
        cases::lock(tx, one).await?;
    }
    cases::find(tx, case).await?.require_live()?;
    processes::stop_for_closing(tx, case, (closing.outcome, closing.duplicate_of), stopped).await?;
    follow_ups::before_closing(tx, case).await?;
    appointments::cancel_open(tx, case, "The case was closed.").await?;
    requests::cancel_open(tx, case, "The case was closed.").await?;
    for offer in offers::of_case(tx, case).await?.into_iter().filter(|offer| offer.stage == Stage::AwaitingApproval) {
        approvals::withdraw_of_offer(tx, offer.id).await?;
    }
    offers::withdraw_open(tx, case, "The case was closed.").await?;
    let closed = cases::close(tx, can, case, closing).await?;
    follow_ups::after_closing(tx, &closed).await?;
    Ok(closed)
}

/// What is open in a case, and what becomes of each when it is closed.
fn still_open(facts: &Facts, offers: &[Offer], requests: &[Request]) -> Vec<String> {
    let drafts = offers.iter().filter(|offer| matches!(offer.stage, Stage::Draft | Stage::Ready));
    let drafts = drafts.map(|offer| format!("The offer of {}, not presented yet, is taken back.", offer.summary()));
    let due = facts.due.iter().map(|due| format!("“{}”, due {}, {}.", due.what, due.exact, due.at_close()));
    // those that wait for a department are among what is due
    let returned = requests.iter().filter(|request| request.stage == requests::Stage::Returned);
    let returned = returned.map(|one| format!("“{}”, returned by {}, is cancelled.", one.what, one.department_name));
    due.chain(drafts).chain(returned).collect()
}

/// The case that a duplicate repeats, or why it cannot be that one.
async fn original(
    tx: &mut crate::db::Tx,
    form: &CloseForm,
    outcome: Outcome,
) -> Result<std::result::Result<Option<CaseId>, String>> {
    let Some(number) = read_number(&form.duplicate_of).filter(|_| outcome == Outcome::Duplicate) else {
        return Ok(Ok(None));
    };
    match cases::find_by_number(tx, number).await {
        Ok(case) => Ok(Ok(Some(case))),
        Err(Error::NotFound) => Ok(Err(format!("There is no SD-{number}. Check the number."))),
        Err(error) => Err(error),
    }
}

/// Why a case is reopened, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ReopenForm {
    why: String,
}

async fn reopen(
    State(app): State<App>,
    can: Can<CloseCases>,
    frame: Frame,
    Path(case): Path<CaseId>,
    form: Form<ReopenForm>,
) -> Result<Response> {
    let why = form.fields.why.trim();
    let (status, errors) = if why.is_empty() {
        (StatusCode::UNPROCESSABLE_ENTITY, FormErrors::of("why", "Write why the case is worked again."))
    } else if why.chars().count() > 500 {
        (StatusCode::UNPROCESSABLE_ENTITY, FormErrors::of("why", "Use at most 500 characters."))
    } else {
        let mut tx = app.begin(&can, &form.once).await?;
        match cases::reopen(&mut tx, &can, case, why).await {
            Ok(reopened) => {
                processes::after_reopening(&mut tx, &reopened).await?;
                follow_ups::after_reopening(&mut tx, &reopened).await?;
                let answer = Answer::to(format!("/cases/{case}")).say(format!("{} is open again.", reopened.code()));
                return Ok(tx.finish(answer).await?.into_response());
            }
            Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("", why)),
            Err(error) => return Err(error),
        }
    };
    let mut view = View::load_again(&app, &can.and::<SeeCases>()?, case, &Asked::default()).await?;
    view.reopen_why = form.fields.why;
    view.reopen_errors = errors;
    show::page(status, frame, view)
}
