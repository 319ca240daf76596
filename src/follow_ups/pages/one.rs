//! One follow-up with all that can be done with it; a dialog on the pages that show it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::super::{self as follow_ups, FollowUp, Kind, Snooze, StillHere, Wake};
use super::{Choice, back, when};
use crate::accounts::{self, People};
use crate::answer::Answer;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, SeeCases, WorkCases};
use crate::calendar;
use crate::cases;
use crate::customers;
use crate::db::Tx;
use crate::error::{Error, FormErrors, Result};
use crate::ids::{FollowUpId, UserId};
use crate::web::{self, App, Form, Frame, fresh_key};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/follow_ups/{follow_up}", get(show))
        .route("/follow_ups/{follow_up}/completion", post(complete))
        .route("/follow_ups/{follow_up}/snooze", post(snooze))
        .route("/follow_ups/{follow_up}/waking", post(wake))
        .route("/follow_ups/{follow_up}/time", post(move_to))
        .route("/follow_ups/{follow_up}/owner", post(hand))
        .route("/follow_ups/{follow_up}/dropping", post(drop_it))
        .route("/follow_ups/{follow_up}/reopening", post(reopen))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    back: String,
}

/// What was typed into one of the forms. Each sends what it has.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct OneForm {
    back: String,
    /// When it was due on the page that sent this.
    seen: String,
    note: String,
    still_here: String,
    /// A time that was offered.
    when: String,
    at: String,
    until: String,
    why: String,
    owner: String,
    was_owner: String,
}

/// Which form did not pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Deed {
    Complete,
    Snooze,
    Move,
    Hand,
    Drop,
    /// Woken or taken up again: no form to mend.
    Other,
}

struct OneView {
    follow_up: FollowUp,
    code: String,
    customer: String,
    due: String,
    why: String,
    when: Vec<Choice>,
    wakes: Vec<Choice>,
    colleagues: Vec<Choice>,
    found: Vec<Choice>,
    seen: String,
    owner: String,
    back: String,
    may: bool,
    deed: Option<Deed>,
    form: OneForm,
    errors: FormErrors,
    dialog: bool,
    keys: [Uuid; 6],
}

impl OneView {
    fn is_open(&self) -> bool {
        self.follow_up.stage == follow_ups::Stage::Open
    }

    fn is_check(&self) -> bool {
        self.follow_up.kind == Kind::Check
    }

    /// What is wrong with one of the forms.
    fn errors_of(&self, form: &str) -> FormErrors {
        if self.is_failed(form) { self.errors.clone() } else { FormErrors::new() }
    }

    fn is_failed(&self, form: &str) -> bool {
        let name = match self.deed {
            Some(Deed::Complete) => "complete",
            Some(Deed::Snooze) => "snooze",
            Some(Deed::Move) => "move",
            Some(Deed::Hand) => "hand",
            Some(Deed::Drop) => "drop",
            Some(Deed::Other) => "other",
            None => "",
        };
        name == form
    }

    fn snoozed(&self) -> Option<String> {
        let snoozed = self.follow_up.snoozed.as_ref()?;
        Some(match snoozed.until {
            Some(wake) => format!("Until {}, at the latest until {}", wake.label(), self.due),
            None => format!("Until {}", self.due),
        })
    }
}

#[derive(Template)]
#[template(path = "follow_ups/one.html")]
struct OnePage {
    frame: Frame,
    view: OneView,
}

#[derive(Template)]
#[template(path = "follow_ups/one_dialog.html")]
struct OneDialog {
    frame: Frame,
    view: OneView,
}

async fn load(app: &App, can: &Can<SeeCases>, id: FollowUpId, to: &str) -> Result<OneView> {
    let now = app.now();
    let mut connection = app.db.read().await?;
    let follow_up = follow_ups::find(&mut connection, id).await?;
    let case = cases::find(&mut connection, follow_up.case).await?;
    let customer = customers::find(&mut connection, case.customer).await?;
    let people = app.kept::<People>(&mut connection, can).await?;
    let calendar = people.calendar_of(can.team);
    drop(connection);
    audit::view_again(&app.db, can, Entry::new(Action::CaseViewed, Subject::Case(case.id))).await?;
    let due = calendar::moment(follow_up.due.at, calendar.zone, now);
    Ok(OneView {
        code: case.code(),
        customer: customer.details.name.clone(),
        why: format!("Due {due}: {}", follow_up.due.because),
        due,
        when: when::times(&calendar, now),
        wakes: Wake::ALL.iter().map(|wake| Choice::new(wake.name(), wake.label())).collect(),
        colleagues: people.colleagues().iter().map(|one| Choice::new(one.id.to_string(), &one.name)).collect(),
        found: StillHere::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
        seen: follow_up.due.at.to_rfc3339(),
        owner: follow_up.owner.map(|owner| owner.to_string()).unwrap_or_default(),
        back: back(to, &format!("/cases/{}", case.id)),
        may: can.may::<WorkCases>(),
        deed: None,
        form: OneForm::default(),
        errors: FormErrors::new(),
        dialog: false,
        keys: std::array::from_fn(|_| fresh_key()),
        follow_up,
    })
}

async fn show(
    State(app): State<App>,
    can: Can<SeeCases>,
    frame: Frame,
    Path(id): Path<FollowUpId>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let mut view = load(&app, &can, id, &asked.back).await?;
    if headers.get("x-fragment").is_some_and(|part| part == "dialog") {
        view.dialog = true;
        return Ok(web::html(&OneDialog { frame, view })?.into_response());
    }
    Ok(web::html(&OnePage { frame, view })?.into_response())
}

/// What is done, and the sentence about it.
enum Done {
    /// With a way back.
    Undo(&'static str, String),
    Said(String),
}

/// Does what a form asks for; or shows the form again with what is wrong, and how things stand now.
#[expect(clippy::too_many_arguments, reason = "what a handler has, and what it does")]
async fn act(
    app: App,
    can: Can<WorkCases>,
    frame: Frame,
    id: FollowUpId,
    form: Form<OneForm>,
    deed: Deed,
    parsed: Result<(), FormErrors>,
    work: impl AsyncFnOnce(&mut Tx, &OneForm) -> Result<Done>,
) -> Result<Response> {
    let to = back(&form.fields.back, "/follow_ups");
    let (status, errors) = if let Err(errors) = parsed {
        (StatusCode::UNPROCESSABLE_ENTITY, errors)
    } else {
        let mut tx = app.begin(&can, &form.once).await?;
        match work(&mut tx, &form.fields).await {
            Ok(done) => {
                let answer = Answer::to(to.clone());
                let answer = match done {
                    Done::Undo(how, say) => answer.say(say).undo(format!("/follow_ups/{id}/{how}"), [("back", to)]),
                    Done::Said(say) => answer.say(say),
                };
                return Ok(tx.finish(answer).await?.into_response());
            }
            Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("", why)),
            Err(error) => return Err(error),
        }
    };
    let mut view = load(&app, &can.and::<SeeCases>()?, id, &form.fields.back).await?;
    view.deed = Some(deed);
    view.errors = errors;
    view.form = form.fields;
    Ok((status, web::html(&OnePage { frame, view })?).into_response())
}

fn optional(errors: &mut FormErrors, field: &str, text: &str) -> Option<String> {
    let text = text.trim();
    if text.chars().count() > 2000 {
        errors.add(field, "Use at most 2,000 characters.");
    }
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

fn needed(errors: &mut FormErrors, field: &str, text: &str, missing: &str) {
    if optional(errors, field, text).is_none() {
        errors.add(field, missing);
    }
}

fn passed(errors: FormErrors) -> Result<(), FormErrors> {
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// When it was due on the page that sent a form.
fn seen(form: &OneForm) -> Result<DateTime<Utc>> {
    form.seen.parse().map_err(|_| Error::refused("The form did not arrive whole. Open the page anew and try again."))
}

async fn complete(
    State(app): State<App>,
    can: Can<WorkCases>,
    frame: Frame,
    Path(id): Path<FollowUpId>,
    form: Form<OneForm>,
) -> Result<Response> {
    let mut errors = FormErrors::new();
    let note = optional(&mut errors, "note", &form.fields.note);
    let still_here = StillHere::from_name(&form.fields.still_here);
    let by = can.clone();
    act(app, can, frame, id, form, Deed::Complete, passed(errors), async move |tx, _| {
        follow_ups::complete(tx, &by, id, note, still_here).await?;
        let say = match still_here {
            Some(StillHere::Yes) => "Noted: still active and paying.",
            Some(StillHere::No) => "Noted: gone or not paying. A win-back case is the way to try again.",
            Some(StillHere::Unknown) => "Noted: not known whether they are still paying.",
            None => "Follow-up done.",
        };
        Ok(Done::Undo("reopening", say.to_owned()))
    })
    .await
}

async fn snooze(
    State(app): State<App>,
    can: Can<WorkCases>,
    frame: Frame,
    Path(id): Path<FollowUpId>,
    form: Form<OneForm>,
) -> Result<Response> {
    let zone = accounts::zone_for(&app, &mut *app.db.read().await?, &can).await?;
    let now = app.now();
    let mut errors = FormErrors::new();
    let latest =
        when::read(&form.fields.when, &form.fields.at, zone).map_err(|(field, why)| errors.add(field, why)).ok();
    let by = can.clone();
    act(app, can, frame, id, form, Deed::Snooze, passed(errors), async move |tx, form| {
        let latest = latest.unwrap_or(now);
        let snooze = Snooze { until: Wake::from_name(&form.until), latest };
        let snoozed = follow_ups::snooze(tx, &by, id, snooze, seen(form)?).await?;
        let when = calendar::moment(snoozed.due.at, zone, now);
        let moved =
            if snoozed.due.at == latest { "" } else { ", the next moment in which this customer may be called" };
        let say = match snooze.until {
            Some(wake) => format!("Snoozed until {}, at the latest until {when}{moved}.", wake.label()),
            None => format!("Snoozed until {when}{moved}."),
        };
        Ok(Done::Undo("waking", say))
    })
    .await
}

async fn wake(
    State(app): State<App>,
    can: Can<WorkCases>,
    frame: Frame,
    Path(id): Path<FollowUpId>,
    form: Form<OneForm>,
) -> Result<Response> {
    let by = can.clone();
    act(app, can, frame, id, form, Deed::Other, Ok(()), async move |tx, _| {
        follow_ups::unsnooze(tx, &by, id).await?;
        Ok(Done::Said("It is due as before.".to_owned()))
    })
    .await
}

async fn move_to(
    State(app): State<App>,
    can: Can<WorkCases>,
    frame: Frame,
    Path(id): Path<FollowUpId>,
    form: Form<OneForm>,
) -> Result<Response> {
    let zone = accounts::zone_for(&app, &mut *app.db.read().await?, &can).await?;
    let now = app.now();
    let mut errors = FormErrors::new();
    let to = when::read("", &form.fields.at, zone).map_err(|(_, why)| errors.add("at", why)).ok();
    if form.fields.at.trim().is_empty() {
        errors = FormErrors::of("at", "Enter day and time, like 2026-12-01T08:00.");
    }
    needed(&mut errors, "why", &form.fields.why, "Write why it is moved.");
    let by = can.clone();
    act(app, can, frame, id, form, Deed::Move, passed(errors), async move |tx, form| {
        let to = to.unwrap_or(now);
        let moved = follow_ups::move_to(tx, &by, id, to, form.why.trim().to_owned(), seen(form)?).await?;
        let when = calendar::moment(moved.due.at, zone, now);
        let why = if moved.due.at == to { "" } else { ", the next moment in which this customer may be called" };
        Ok(Done::Said(format!("Moved to {when}{why}.")))
    })
    .await
}

async fn hand(
    State(app): State<App>,
    can: Can<WorkCases>,
    frame: Frame,
    Path(id): Path<FollowUpId>,
    form: Form<OneForm>,
) -> Result<Response> {
    let to: Option<UserId> = form.fields.owner.parse().ok();
    let parsed = match to {
        Some(_) => Ok(()),
        None => Err(FormErrors::of("owner", "Choose who does it.")),
    };
    let by = can.clone();
    act(app, can, frame, id, form, Deed::Hand, parsed, async move |tx, form| {
        let to = to.ok_or(Error::NotFound)?;
        follow_ups::hand(tx, &by, id, to, form.was_owner.parse().ok()).await?;
        let name = accounts::names(tx, &[to]).await?.remove(&to).unwrap_or_default();
        Ok(Done::Said(format!("{name} does it now.")))
    })
    .await
}

async fn drop_it(
    State(app): State<App>,
    can: Can<WorkCases>,
    frame: Frame,
    Path(id): Path<FollowUpId>,
    form: Form<OneForm>,
) -> Result<Response> {
    let mut errors = FormErrors::new();
    needed(&mut errors, "why", &form.fields.why, "Write why it is not needed any more.");
    let by = can.clone();
    act(app, can, frame, id, form, Deed::Drop, passed(errors), async move |tx, form| {
        follow_ups::drop_because(tx, &by, id, form.why.trim().to_owned()).await?;
        Ok(Done::Undo("reopening", "Follow-up dropped.".to_owned()))
    })
    .await
}

async fn reopen(
    State(app): State<App>,
    can: Can<WorkCases>,
    frame: Frame,
    Path(id): Path<FollowUpId>,
    form: Form<OneForm>,
) -> Result<Response> {
    let by = can.clone();
    act(app, can, frame, id, form, Deed::Other, Ok(()), async move |tx, _| {
        follow_ups::reopen(tx, &by, id).await?;
        Ok(Done::Said("It is open again.".to_owned()))
    })
    .await
}
