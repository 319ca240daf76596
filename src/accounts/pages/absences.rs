//! Who is away: noting it, and being back early.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use uuid::Uuid;

use super::super::absences::{Absence, NewAbsence};
use super::super::actions::{end_absence, note_absence};
use super::super::store;
use super::{Choice, beside, id, unprocessed};
use crate::answer::Answer;
use crate::auth::{Actor, DecideApprovals, NoteAbsences, SignedIn};
use crate::calendar;
use crate::error::{Error, FormErrors, Result};
use crate::ids::{AbsenceId, UserId};
use crate::web::{self, App, Form, Frame, fresh_key, hue, initials};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/absences", get(index).post(create)).route("/absences/{absence}/end", post(end))
}

#[derive(Template)]
#[template(path = "accounts/absences.html")]
struct AbsencesPage {
    frame: Frame,
    once: Uuid,
    form: AbsenceForm,
    errors: FormErrors,
    /// Whom it may be noted for; only oneself when empty.
    people: Vec<Choice>,
    /// Who may decide in somebody's place; nobody is asked for by who decides nothing.
    delegates: Vec<Choice>,
    zone: String,
    rows: Vec<Row>,
    sees_all: bool,
}

struct Row {
    id: AbsenceId,
    once: Uuid,
    name: String,
    initials: String,
    hue: u8,
    from: String,
    until: String,
    delegate: String,
    is_on: bool,
    mine: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AbsenceForm {
    user: String,
    from: String,
    until: String,
    delegate: String,
}

impl AbsenceForm {
    fn parse(&self, me: UserId, zone: Tz) -> Result<NewAbsence, FormErrors> {
        let mut errors = FormErrors::new();
        let user = match self.user.as_str() {
            "" => Some(me),
            user => errors.check("user", user.parse().map_err(|_| "Choose a person from the list.")),
        };
        let from = errors.check("from", moment(&self.from, zone));
        let until = errors.check("until", moment(&self.until, zone));
        let delegate = match self.delegate.as_str() {
            "" => Some(None),
            one => errors.check("delegate", one.parse().map(Some).map_err(|_| "Choose a person from the list.")),
        };
        match (user, from, until, delegate) {
            (Some(user), Some(from), Some(until), Some(delegate)) => Ok(NewAbsence { user, from, until, delegate }),
            _ => Err(errors),
        }
    }
}

fn moment(text: &str, zone: Tz) -> Result<DateTime<Utc>, &'static str> {
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .filter(|local| (2000..=2200).contains(&chrono::Datelike::year(local)))
        .map(|local| calendar::wall_clock(zone, local))
        .ok_or("Enter a day and a time.")
}

async fn index(State(app): State<App>, SignedIn(actor): SignedIn, frame: Frame) -> Result<Response> {
    render(&app, &actor, frame, AbsenceForm::default(), FormErrors::new()).await
}

async fn render(app: &App, actor: &Actor, frame: Frame, form: AbsenceForm, errors: FormErrors) -> Result<Response> {
    let now = app.now();
    let me = actor.id.ok_or(Error::NotFound)?;
    let sees_all = actor.may::<NoteAbsences>();
    let mut connection = app.db.read().await?;
    let known = app.kept::<store::People>(&mut connection, actor).await?;
    let zone = known.zone_of(actor.team);
    let people = if sees_all { known.colleagues() } else { &[] };
    let hands_over = sees_all || actor.may::<DecideApprovals>();
    let delegates = if hands_over { store::deciders(&mut connection).await? } else { Vec::new() };
    let rows = store::absences(&mut connection, Some(me).filter(|_| !sees_all), now).await?;
    drop(connection);
    let page = AbsencesPage {
        frame,
        once: fresh_key(),
        form: AbsenceForm { user: if form.user.is_empty() { me.to_string() } else { form.user.clone() }, ..form },
        errors,
        people: people.iter().map(|one| Choice::new(&one.id, &one.name)).collect(),
        delegates: delegates
            .into_iter()
            .filter(|one| sees_all || one.id != me)
            .map(|one| Choice::new(&one.id, one.name))
            .collect(),
        zone: zone.name().replace('_', " "),
        rows: rows.into_iter().map(|row| shown(row, me, zone, now)).collect(),
        sees_all,
    };
    Ok(web::html(&page)?.into_response())
}

fn shown(absence: Absence, me: UserId, zone: Tz, now: DateTime<Utc>) -> Row {
    Row {
        once: fresh_key(),
        initials: initials(&absence.name),
        hue: hue(&absence.name),
        from: calendar::moment(absence.from, zone, now),
        until: calendar::moment(absence.until, zone, now),
        is_on: absence.is_on(now),
        mine: absence.user == me,
        id: absence.id,
        name: absence.name,
        delegate: absence.delegate_name.unwrap_or_default(),
    }
}

async fn create(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    frame: Frame,
    form: Form<AbsenceForm>,
) -> Result<Response> {
    let me = actor.id.ok_or(Error::NotFound)?;
    let zone = store::zone_for(&app, &mut *app.db.read().await?, &actor).await?;
    let new = match form.fields.parse(me, zone) {
        Ok(new) => new,
        Err(errors) => return Ok(unprocessed(render(&app, &actor, frame, form.fields, errors).await?)),
    };
    let mut tx = app.begin(&actor, &form.once).await?;
    if let Err(error) = note_absence(&mut tx, &actor, &new).await {
        drop(tx);
        let errors = beside(error)?;
        return Ok(unprocessed(render(&app, &actor, frame, form.fields, errors).await?));
    }
    Ok(tx.finish(Answer::to("/absences").say("Absence noted.")).await?.into_response())
}

#[derive(Debug, Deserialize)]
struct Nothing {}

async fn end(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(absence): Path<String>,
    form: Form<Nothing>,
) -> Result<Response> {
    let mut tx = app.begin(&actor, &form.once).await?;
    let say = match end_absence(&mut tx, &actor, id(&absence)?).await? {
        Some(absence) if absence.is_on(tx.now()) => format!("{} is back.", absence.name),
        Some(_) => "The absence is taken back.".to_owned(),
        None => "There is no such absence any more.".to_owned(),
    };
    Ok(tx.finish(Answer::to("/absences").say(say)).await?.into_response())
}
