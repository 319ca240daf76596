//! Getting the dashboard by mail: how often, about which part of the desk, when the next one comes.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::super::mails::{self, Choice, Every};
use super::super::{Preset, TeamChoice};
use super::filter;
use super::ground::{Asked, Ground};
use crate::accounts::{self, People};
use crate::answer::Answer;
use crate::auth::{Can, SeeReports};
use crate::calendar;
use crate::error::{Error, FormErrors, Result};
use crate::money::Currency;
use crate::web::{self, App, Form, Frame, Query, fresh_key};

/// What the form holds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MailForm {
    every: String,
    team: String,
    line: String,
    currency: String,
}

impl MailForm {
    fn parse(&self) -> Result<Choice, FormErrors> {
        let mut errors = FormErrors::new();
        let every = Every::from_name(&self.every);
        if every.is_none() {
            errors.add("every", "Choose how often it comes.");
        }
        if !self.currency.is_empty() && Currency::parse(&self.currency).is_err() {
            errors.add("currency", "Choose one of the currencies.");
        }
        if self.line.chars().count() > 200 || self.team.len() > 40 {
            errors.add("line", "Choose one of the lines.");
        }
        let part = Asked::part(self.team.clone(), self.line.clone(), self.currency.clone());
        match every {
            Some(every) if errors.is_empty() => Ok(Choice { every, part }),
            _ => Err(errors),
        }
    }
}

#[derive(Template)]
#[template(path = "reports/mail.html")]
struct MailPage {
    frame: Frame,
    once: [Uuid; 2],
    errors: FormErrors,
    form: MailForm,
    often: Vec<Often>,
    teams: Vec<filter::Choice>,
    lines: Vec<filter::Choice>,
    currencies: Vec<filter::Choice>,
    /// When the next one comes, and on whose clock; none where none does.
    next: Option<(String, &'static str)>,
    /// A mail server is set up.
    mails: bool,
}

/// How often it may come.
struct Often {
    value: &'static str,
    label: &'static str,
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeReports>,
    frame: Frame,
    Query(asked): Query<MailForm>,
) -> Result<Response> {
    render(&app, &can, frame, FormErrors::new(), asked).await
}

/// What was typed, or chosen before, or looked at as the page was opened.
async fn render(
    app: &App,
    can: &Can<SeeReports>,
    frame: Frame,
    errors: FormErrors,
    mut form: MailForm,
) -> Result<Response> {
    let me = can.id.ok_or(Error::Forbidden)?;
    let mut connection = app.db.read().await?;
    let zone = accounts::zone_for(app, &mut connection, can).await?;
    let chosen = mails::find(&mut connection, me).await?;
    let (lines, mut currencies) = super::read::parts(&mut connection).await?;
    let people = app.kept::<People>(&mut connection, can).await?;
    drop(connection);
    if let Some(chosen) = chosen.as_ref().filter(|_| errors.is_empty()) {
        let (team, line, currency) = (chosen.team.clone(), chosen.line.clone(), chosen.currency.clone());
        form = MailForm { every: chosen.every.name().to_owned(), team, line, currency };
    } else if form.every.is_empty() && errors.is_empty() {
        Every::Week.name().clone_into(&mut form.every);
    }
    let asked = Asked::part(form.team.clone(), form.line.clone(), form.currency.clone());
    let ground = Ground::new(&asked, Preset::Month, can, zone, app.now());
    let currency = |one: Currency| filter::Choice::new(one.code(), one.code(), &form.currency);
    // what was chosen stays to be chosen, though nothing is in it any more
    currencies.extend(Currency::parse(&form.currency));
    currencies.sort_unstable();
    currencies.dedup();
    let most = filter::Choice::new("", "That of most cases", &form.currency);
    let page = MailPage {
        frame,
        once: [fresh_key(), fresh_key()],
        errors,
        often: Every::ALL.iter().map(|every| Often { value: every.name(), label: every.label() }).collect(),
        teams: filter::teams(&people, &ground, TeamChoice::may_choose(can)),
        lines: filter::lines(&lines, &ground),
        currencies: std::iter::once(most).chain(currencies.into_iter().map(currency)).collect(),
        next: chosen.map(|chosen| (calendar::moment(chosen.next_at, zone, app.now()), zone.name())),
        mails: app.config.smtp_url.is_some(),
        form,
    };
    Ok(web::html(&page)?.into_response())
}

pub(super) async fn choose(
    State(app): State<App>,
    can: Can<SeeReports>,
    frame: Frame,
    form: Form<MailForm>,
) -> Result<Response> {
    match form.fields.parse() {
        Ok(choice) => {
            let mut tx = app.begin(&can, &form.once).await?;
            mails::choose(&mut tx, &can, choice).await?;
            let answer = Answer::to("/reports/mail").say("Saved. The dashboard comes by mail.");
            Ok(tx.finish(answer).await?.into_response())
        }
        Err(errors) => {
            let page = render(&app, &can, frame, errors, form.fields).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn end(State(app): State<App>, can: Can<SeeReports>, form: Form<Nothing>) -> Result<Response> {
    let Nothing {} = form.fields;
    let mut tx = app.begin(&can, &form.once).await?;
    mails::end(&mut tx, &can).await?;
    let answer = Answer::to("/reports/mail").say("Ended. No more mails of the dashboard come.");
    Ok(tx.finish(answer).await?.into_response())
}
