//! What is written into the log from the case page, corrections of it, and what is ticked off.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use uuid::Uuid;

use super::composer::{AttemptForm, EntryForm, Tab};
use super::show::{self, Asked, View};
use crate::accounts::{self, People};
use crate::answer::Answer;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, LogInteractions, MakeOffers, SeeCases};
use crate::calendar;
use crate::cases;
use crate::db::Tx;
use crate::error::{Error, FormErrors, Result};
use crate::files::{self, NewFile, On};
use crate::follow_ups;
use crate::ids::{CaseId, InteractionId, OfferId};
use crate::interactions::{self, Interaction, NewAttempt, NewInteraction, Response as Answered};
use crate::offers;
use crate::promises;
use crate::reasons::Reasons;
use crate::web::{self, App, Form, FormWithFiles, Frame, fresh_key};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/cases/{case}/attempts", post(attempt))
        .route("/cases/{case}/interactions", post(entry))
        .route("/interactions/{interaction}/correction", get(correction).post(correct))
}

/// The page a form was sent from, with what is written in it.
async fn view(app: &App, can: &Can<LogInteractions>, case: CaseId) -> Result<View> {
    View::load_again(app, &can.and::<SeeCases>()?, case, &Asked::default()).await
}

/// What forms are read by. Kept in memory: only a form that does not do needs the page it came from.
struct Known {
    reasons: Arc<Reasons>,
    zone: Tz,
    now: DateTime<Utc>,
}

impl Known {
    async fn read(app: &App, can: &Can<LogInteractions>) -> Result<Self> {
        let mut connection = app.db.read().await?;
        let reasons = app.kept::<Reasons>(&mut connection, can).await?;
        let people = app.kept::<People>(&mut connection, can).await?;
        Ok(Self { reasons, zone: people.zone_of(can.team), now: app.now() })
    }
}

/// What was done, and when the next step is due: a callback may be later than was asked for.
async fn said(
    tx: &mut Tx,
    known: &Known,
    what: &str,
    logged: InteractionId,
    next: Option<DateTime<Utc>>,
) -> Result<String> {
    let Some(asked) = next else { return Ok(what.to_owned()) };
    let due = follow_ups::of_interaction(tx, logged).await?.map_or(asked, |follow_up| follow_up.due.at);
    let why = if due == asked { "" } else { ", the next moment in which this customer may be called" };
    Ok(format!("{what} Next step set for {}{why}.", calendar::moment(due, known.zone, known.now)))
}

async fn attempt(
    State(app): State<App>,
    can: Can<LogInteractions>,
    frame: Frame,
    Path(case): Path<CaseId>,
    mut form: FormWithFiles<AttemptForm>,
) -> Result<Response> {
    let known = Known::read(&app, &can).await?;
    let attached = Attached::take(&app, &mut form);
    let parsed = form.fields.parse(&known.reasons, known.zone, known.now);
    let mut failure = match attached.with(parsed) {
        Ok(new) => {
            let mut tx = app.begin(&can, &form.once).await?;
            let next = new.next_step.as_ref().map(|next| next.at);
            match attached.log(&mut tx, &can, case, Entered::Attempt(new, form.fields.offered())).await {
                Ok(logged) => {
                    let say = said(&mut tx, &known, "Save attempt logged.", logged, next).await?;
                    return Ok(tx.finish(Answer::to(format!("/cases/{case}")).say(say)).await?.into_response());
                }
                Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("", why)),
                Err(error) => return Err(error),
            }
        }
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
    };
    files::again(&attached.files, form.scripted, &mut failure.1);
    let mut view = view(&app, &can, case).await?;
    view.composer.tab = Tab::Attempt;
    view.composer.attempt = form.fields;
    view.composer.attempt_errors = failure.1;
    show::page(failure.0, frame, view)
}

/// Logs the attempt, and in the same transaction what became of the offer that was made with it: one that was not
/// presented yet is presented, and the customer's answer to the attempt is the answer to the offer.
async fn log_with_offer(
    tx: &mut Tx,
    can: &Can<LogInteractions>,
    case: CaseId,
    new: NewAttempt,
    offered: Option<(OfferId, i32)>,
) -> Result<InteractionId> {
    let Some((offer, seen)) = offered else {
        return interactions::log_attempt(tx, can, case, new).await;
    };
    let maker = can.and::<MakeOffers>()?;
    cases::lock(tx, case).await?;
    let found = offers::find(tx, offer).await?;
    if found.case != case {
        return Err(Error::refused("This offer belongs to another case."));
    }
    if matches!(found.stage, offers::Stage::Draft | offers::Stage::Ready) {
        let by_phone = matches!(new.means, interactions::Means::Phone);
        let means = if by_phone { offers::Means::Phone } else { offers::Means::Written };
        offers::present(tx, &maker, offer, seen, means).await?;
    }
    let (response, objection) = (new.response, new.objection.clone());
    let logged = interactions::log_attempt(tx, can, case, new).await?;
    match response {
        Answered::Saved | Answered::PartlySaved => {
            let answered = offers::accept(tx, &maker, offer, seen).await?;
            promises::make_for_offer(tx, &answered).await?;
        }
        Answered::Declined => {
            offers::decline(tx, &maker, offer, seen, objection.as_deref().unwrap_or_default(), None).await?;
        }
        Answered::Considering | Answered::NoContact => {}
    }
    Ok(logged)
}

/// What goes into the log.
enum Entered {
    Attempt(NewAttempt, Option<(OfferId, i32)>),
    Talk(NewInteraction),
}

/// The files that came with what was written.
struct Attached {
    files: Vec<NewFile>,
    errors: FormErrors,
}

impl Attached {
    fn take<T>(app: &App, form: &mut FormWithFiles<T>) -> Self {
        let mut errors = FormErrors::new();
        let files = files::take(form, app.config.largest_file, &mut errors);
        Self { files, errors }
    }

    /// What was written, if nothing is wrong with it or with the files.
    fn with<T>(&self, written: Result<T, FormErrors>) -> Result<T, FormErrors> {
        let mut wrong = match written {
            Ok(new) if self.errors.is_empty() => return Ok(new),
            Ok(_) => FormErrors::new(),
            Err(errors) => errors,
        };
        for (field, message) in self.errors.all() {
            wrong.add(field, message);
        }
        Err(wrong)
    }

    /// Logs it with its files.
    async fn log(
        &self,
        tx: &mut Tx,
        can: &Can<LogInteractions>,
        case: CaseId,
        entered: Entered,
    ) -> Result<InteractionId> {
        let logged = match entered {
            Entered::Attempt(new, offered) => log_with_offer(tx, can, case, new, offered).await?,
            Entered::Talk(new) => interactions::log(tx, can, case, new).await?,
        };
        if !self.files.is_empty() {
            let customer = cases::find(tx, case).await?.customer;
            files::attach(tx, &can.and()?, customer, case, On::Interaction(logged), &self.files).await?;
        }
        Ok(logged)
    }
}

async fn entry(
    State(app): State<App>,
    can: Can<LogInteractions>,
    frame: Frame,
    Path(case): Path<CaseId>,
    mut form: FormWithFiles<EntryForm>,
) -> Result<Response> {
    let known = Known::read(&app, &can).await?;
    let attached = Attached::take(&app, &mut form);
    let mut failure = match attached.with(form.fields.parse(known.zone, known.now)) {
        Ok(new) => {
            let mut tx = app.begin(&can, &form.once).await?;
            let (what, next) = (format!("{} logged.", new.kind.label()), new.next_step.as_ref().map(|next| next.at));
            match attached.log(&mut tx, &can, case, Entered::Talk(new)).await {
                Ok(logged) => {
                    let say = said(&mut tx, &known, &what, logged, next).await?;
                    return Ok(tx.finish(Answer::to(format!("/cases/{case}")).say(say)).await?.into_response());
                }
                Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("", why)),
                Err(error) => return Err(error),
            }
        }
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
    };
    files::again(&attached.files, form.scripted, &mut failure.1);
    let mut view = view(&app, &can, case).await?;
    if form.fields.is_note() {
        view.composer.tab = Tab::Note;
        view.composer.note = form.fields;
        view.composer.note_errors = failure.1;
    } else {
        view.composer.tab = Tab::Talk;
        view.composer.talk = form.fields;
        view.composer.talk_errors = failure.1;
    }
    show::page(failure.0, frame, view)
}

/// A correction as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct CorrectionForm {
    body: String,
}

/// The entry with the form that corrects it.
struct Correcting {
    entry: Interaction,
    when: String,
    form: CorrectionForm,
    errors: FormErrors,
    once: Uuid,
    dialog: bool,
}

#[derive(Template)]
#[template(path = "desk/case_correct.html")]
struct CorrectPage {
    frame: Frame,
    view: Correcting,
}

#[derive(Template)]
#[template(path = "desk/case_correct_dialog.html")]
struct CorrectDialog {
    frame: Frame,
    view: Correcting,
}

async fn correcting(app: &App, can: &Can<LogInteractions>, interaction: InteractionId) -> Result<Correcting> {
    let mut connection = app.db.read().await?;
    let entry = interactions::find(&mut connection, interaction).await?;
    let zone = accounts::zone_for(app, &mut connection, can).await?;
    drop(connection);
    audit::view_again(&app.db, can, Entry::new(Action::CaseViewed, Subject::Case(entry.case))).await?;
    Ok(Correcting {
        when: calendar::moment(entry.at, zone, app.now()),
        form: CorrectionForm { body: entry.body.clone() },
        errors: FormErrors::new(),
        once: fresh_key(),
        dialog: false,
        entry,
    })
}

async fn correction(
    State(app): State<App>,
    can: Can<LogInteractions>,
    frame: Frame,
    Path(interaction): Path<InteractionId>,
    headers: HeaderMap,
) -> Result<Response> {
    let mut view = correcting(&app, &can, interaction).await?;
    if headers.get("x-fragment").is_some_and(|part| part == "dialog") {
        view.dialog = true;
        return Ok(web::html(&CorrectDialog { frame, view })?.into_response());
    }
    Ok(web::html(&CorrectPage { frame, view })?.into_response())
}

async fn correct(
    State(app): State<App>,
    can: Can<LogInteractions>,
    frame: Frame,
    Path(interaction): Path<InteractionId>,
    form: Form<CorrectionForm>,
) -> Result<Response> {
    let body = form.fields.body.trim().to_owned();
    let mut view = correcting(&app, &can, interaction).await?;
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if body.is_empty() {
        view.errors.add("body", "Write what the entry should say.");
    } else if body == view.entry.body.trim() {
        view.errors.add("body", "Change the words, or leave the entry as it is.");
    } else if body.chars().count() > 40_000 {
        view.errors.add("body", "Use at most 40,000 characters.");
    } else {
        let mut tx = app.begin(&can, &form.once).await?;
        match interactions::correct(&mut tx, &can, interaction, body).await {
            Ok((case, _)) => {
                let answer = Answer::to(format!("/cases/{case}#log")).say("Corrected. The old words stay readable.");
                return Ok(tx.finish(answer).await?.into_response());
            }
            Err(Error::Refused(why)) => {
                drop(tx);
                // somebody was faster: what is to be corrected now are their words
                view = newest(&app, &can, interaction).await?;
                view.errors.add("", why);
                status = StatusCode::CONFLICT;
            }
            Err(error) => return Err(error),
        }
    }
    view.form = form.fields;
    Ok((status, web::html(&CorrectPage { frame, view })?).into_response())
}

async fn newest(app: &App, can: &Can<LogInteractions>, interaction: InteractionId) -> Result<Correcting> {
    let mut view = correcting(app, can, interaction).await?;
    while let Some(later) = view.entry.corrected_by {
        view = correcting(app, can, later).await?;
    }
    Ok(view)
}
