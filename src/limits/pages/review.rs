//! Looking at changed limits before they are published: what differs, and what that would have meant.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use uuid::Uuid;

use super::super::{Answer as Verdict, Matrix, Past, Published, Report, Tally, Version, actions, replay, store};
use super::draft::Draft;
use super::fields::Fields;
use super::{Shown, amounts, shown};
use crate::answer::Answer;
use crate::auth::{Actor, Can, EditPolicy};
use crate::error::{Error, FormErrors, Result};
use crate::web::{App, Form, Frame, fresh_key, html};
use crate::{calendar, customers::Tier};

/// How far back a draft is tried.
const DAYS: i64 = 30;
/// On how many offers at most.
const MOST: i64 = 20_000;
/// How many of those whose answer changes are listed.
const LISTED: usize = 50;
/// The fields of the review alone.
const OWN: [&str; 4] = ["key", "in_force_from", "why", "back"];

#[derive(Template)]
#[template(path = "limits/review.html")]
struct ReviewPage {
    frame: Frame,
    once: Uuid,
    errors: FormErrors,
    /// The version it would be.
    number: i32,
    tier: Tier,
    changes: Vec<Shown>,
    carried: Vec<(String, String)>,
    in_force_from: String,
    from_hint: String,
    why: String,
    /// The version it is compared with: the one in force.
    compared: i32,
    /// The version it is made from, where that is still to come.
    to_come: Option<(i32, String)>,
    offers: usize,
    cut: bool,
    lines: Vec<Line>,
    changed: Vec<Changed>,
    changed_in_all: usize,
}

/// One answer of the check, now and with the draft.
struct Line {
    label: &'static str,
    was: usize,
    now: usize,
    was_sum: String,
    now_sum: String,
}

/// An offer whose answer would have been another.
struct Changed {
    href: String,
    code: String,
    offer: String,
    terms: String,
    concession: String,
    by: String,
    presented: bool,
    was: &'static str,
    now: &'static str,
}

/// Shows what a draft changes. Nothing is saved.
pub(super) async fn review(
    State(app): State<App>,
    can: Can<EditPolicy>,
    frame: Frame,
    form: Form<Fields>,
) -> Result<Response> {
    let draft = Draft::read(&app, &can, form.fields).await?;
    if draft.is_overtaken() {
        return draft.overtaken(&app, &can, frame).await;
    }
    if !draft.form.get("back").is_empty() {
        return draft.again(&app, &can, frame, StatusCode::OK, FormErrors::new());
    }
    look(&app, &can, frame, &draft, FormErrors::new()).await
}

/// Publishes what was reviewed.
pub(super) async fn publish(
    State(app): State<App>,
    can: Can<EditPolicy>,
    frame: Frame,
    form: Form<Fields>,
) -> Result<Response> {
    let once = form.once;
    let draft = Draft::read(&app, &can, form.fields).await?;
    let from = calendar::typed(draft.form.get("in_force_from"), draft.ground.zone);
    let (Ok(matrix), Ok(from)) = (draft.parse(), from) else {
        let mut errors = FormErrors::new();
        errors.check("in_force_from", from);
        return look(&app, &can, frame, &draft, errors).await;
    };
    // first of all, so that the same form again gets the answer it got
    let mut tx = app.begin(&can, &once).await?;
    if draft.is_overtaken() {
        drop(tx);
        return draft.overtaken(&app, &can, frame).await;
    }
    if matrix == draft.ground.matrix {
        drop(tx);
        return look(&app, &can, frame, &draft, FormErrors::new()).await;
    }
    match actions::publish(&mut tx, &can, draft.based_on, &matrix, from, draft.form.get("why")).await {
        Ok(Published::As(number)) => {
            let say = match from {
                Some(from) => {
                    let from = calendar::moment(from, draft.ground.zone, tx.now());
                    format!("Version {number} published. It counts from {from}.")
                }
                None => format!("Version {number} published. It counts from now."),
            };
            let to = format!("/limits?tier={}&currency={}", draft.tier.name(), draft.currency);
            Ok(tx.finish(Answer::to(to).say(say)).await?.into_response())
        }
        Ok(Published::Overtaken) => {
            drop(tx);
            Draft::read(&app, &can, draft.form).await?.overtaken(&app, &can, frame).await
        }
        Err(Error::Invalid(errors)) => {
            drop(tx);
            look(&app, &can, frame, &draft, errors).await
        }
        Err(error) => Err(error),
    }
}

/// The review of a draft; the form again where it does not do.
async fn look(app: &App, who: &Actor, frame: Frame, draft: &Draft, errors: FormErrors) -> Result<Response> {
    let ground = &draft.ground;
    let matrix = match draft.parse() {
        Ok(matrix) => matrix,
        Err(errors) => return draft.again(app, who, frame, StatusCode::UNPROCESSABLE_ENTITY, errors),
    };
    let changes = shown(matrix.changes(&ground.matrix, &ground.types), &ground.types);
    if changes.is_empty() {
        let errors = FormErrors::of("", "Nothing is changed yet. Change a limit, then review it.");
        return draft.again(app, who, frame, StatusCode::UNPROCESSABLE_ENTITY, errors);
    }
    let (past, report) = try_on(app, ground.now(), (&ground.newest, &matrix)).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let name = |code: &str| {
        let one = ground.types.iter().find(|one| one.code == code);
        one.map_or_else(|| code.to_owned(), |one| one.name.clone())
    };
    let differing = report.changed.iter().take(LISTED).map(|(at, was, now)| Changed {
        href: format!("/cases/{}", past[*at].case),
        code: format!("SD-{}", past[*at].number),
        offer: name(&past[*at].asked.offer_type),
        terms: terms(&past[*at]),
        concession: past[*at].asked.exposure.to_string(),
        by: past[*at].by.clone(),
        presented: past[*at].presented,
        was: was.label(),
        now: now.label(),
    });
    let page = ReviewPage {
        frame,
        once: fresh_key(),
        errors,
        number: ground.newest.number + 1,
        tier: draft.tier,
        changes,
        carried: draft.form.carried(&OWN),
        in_force_from: draft.form.get("in_force_from").to_owned(),
        from_hint: format!("Empty: at once. On the clock of {}.", ground.zone.name()),
        why: draft.form.get("why").to_owned(),
        compared: ground.now().0.number,
        to_come: ground
            .in_force
            .as_ref()
            .map(|_| (ground.newest.number, calendar::moment(ground.newest.in_force_from, ground.zone, app.now()))),
        offers: past.len(),
        cut: i64::try_from(past.len()).is_ok_and(|count| count == MOST),
        lines: Verdict::ALL.iter().map(|answer| line(&report, *answer)).collect(),
        changed: differing.collect(),
        changed_in_all: report.changed.len(),
    };
    Ok((status, html(&page)?).into_response())
}

/// Asks about the offers of the last month.
async fn try_on(app: &App, was: (&Version, &Matrix), now: (&Version, &Matrix)) -> Result<(Vec<Past>, Report)> {
    let until = app.now();
    let past = store::past(&mut *app.db.read().await?, until - TimeDelta::days(DAYS), until, MOST).await?;
    let report = replay(&past, was, now);
    Ok((past, report))
}

fn line(report: &Report, answer: Verdict) -> Line {
    let none = Tally::default();
    let (was, now) = (report.was.get(&answer).unwrap_or(&none), report.now.get(&answer).unwrap_or(&none));
    Line {
        label: answer.label(),
        was: was.offers,
        now: now.offers,
        was_sum: amounts(&was.concession),
        now_sum: amounts(&now.concession),
    }
}

/// What matters of the terms: “20%, 12 months”.
fn terms(past: &Past) -> String {
    let percent = past.asked.percent.map(|percent| percent.to_string());
    let months =
        past.asked.months.map(|months| if months == 1 { "1 month".to_owned() } else { format!("{months} months") });
    percent.into_iter().chain(months).collect::<Vec<_>>().join(", ")
}
