//! The outbox: each mail as it goes, or as it would go where no mail server is set.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use uuid::Uuid;

use super::super::letters::{Letter, Letterhead};
use super::super::store::outbox::{self, Counts, Listed, Mail};
use super::super::{Stage, actions};
use crate::accounts;
use crate::answer::Answer;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, SeeOutbox};
use crate::calendar;
use crate::error::Result;
use crate::ids::MailId;
use crate::web::{self, App, Cursor, Form, Frame, fresh_key};

/// How many mails a page holds.
const PAGE: usize = 50;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    stage: String,
    #[serde(default)]
    before: String,
}

/// One of the lists.
struct Tab {
    href: String,
    label: &'static str,
    count: Option<i64>,
    hot: bool,
    current: bool,
}

struct Row {
    href: String,
    subject: String,
    to: String,
    to_customer: bool,
    case: Option<(String, String)>,
    stage: &'static str,
    tone: &'static str,
    when: String,
    why: String,
}

#[derive(Template)]
#[template(path = "notifications/outbox.html")]
struct OutboxPage {
    frame: Frame,
    zone: &'static str,
    kept: bool,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    stage: Option<Stage>,
    newest: Option<String>,
    older: Option<String>,
}

fn tone(stage: Stage, attempts: i16) -> &'static str {
    match stage {
        Stage::Waiting if attempts == 0 => "info",
        Stage::Waiting => "warn",
        Stage::Sent => "good",
        Stage::Parked => "bad",
        Stage::Dropped => "",
    }
}

fn times(attempts: i16) -> String {
    if attempts == 1 { "once".to_owned() } else { format!("{attempts} times") }
}

fn address(stage: Option<Stage>, before: Option<&Cursor>) -> String {
    match (stage, before) {
        (None, None) => "/outbox".to_owned(),
        (Some(stage), None) => format!("/outbox?stage={}", stage.name()),
        (None, Some(before)) => format!("/outbox?before={before}"),
        (Some(stage), Some(before)) => format!("/outbox?stage={}&before={before}", stage.name()),
    }
}

fn tabs(current: Option<Stage>, counts: Counts) -> Vec<Tab> {
    let tab = |stage: Option<Stage>, label, count: Option<i64>| Tab {
        href: address(stage, None),
        label,
        count,
        hot: stage == Some(Stage::Parked) && count.unwrap_or_default() > 0,
        current: stage == current,
    };
    vec![
        tab(None, "All", None),
        tab(Some(Stage::Waiting), Stage::Waiting.label(), Some(counts.waiting)),
        tab(Some(Stage::Sent), Stage::Sent.label(), None),
        tab(Some(Stage::Parked), Stage::Parked.label(), Some(counts.parked)),
        tab(Some(Stage::Dropped), Stage::Dropped.label(), None),
    ]
}

fn row(one: Listed, zone: Tz, now: DateTime<Utc>, kept: bool) -> Row {
    let at = |at: DateTime<Utc>| calendar::moment(at, zone, now);
    Row {
        href: format!("/outbox/{}", one.id),
        subject: one.subject,
        to: one.to_name,
        to_customer: one.to_customer,
        case: one.case.zip(one.case_number).map(|(case, number)| (format!("/cases/{case}"), format!("SD-{number}"))),
        stage: one.stage.label(),
        tone: tone(one.stage, one.attempts),
        when: when(one.stage, one.queued_at, one.next_at, one.ended_at, kept, at),
        why: match (one.attempts, one.error) {
            (_, None) => String::new(),
            (_, Some(error)) if one.stage == Stage::Dropped => error,
            (attempts, Some(error)) => format!("Tried {}. {error}", times(attempts)),
        },
    }
}

fn when(
    stage: Stage,
    queued_at: DateTime<Utc>,
    next_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    kept: bool,
    at: impl Fn(DateTime<Utc>) -> String,
) -> String {
    match (stage, ended_at) {
        (Stage::Sent, Some(ended)) => format!("Sent {}", at(ended)),
        (Stage::Dropped, Some(ended)) => format!("Dropped {}", at(ended)),
        (Stage::Parked, Some(ended)) => format!("Parked {}", at(ended)),
        _ if kept => format!("Written {}", at(queued_at)),
        _ => format!("Due {}", at(next_at)),
    }
}

pub(super) async fn list(
    State(app): State<App>,
    can: Can<SeeOutbox>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let stage = Stage::from_name(&asked.stage);
    let place: Option<(DateTime<Utc>, MailId)> = Cursor::read(&asked.before);
    let (now, kept) = (app.now(), app.config.smtp_url.is_none());
    let mut connection = app.db.read().await?;
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    let counts = outbox::counts(&mut connection).await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut mails = outbox::list(&mut connection, stage, place, limit).await?;
    drop(connection);
    let more = mails.len() > PAGE;
    mails.truncate(PAGE);
    let older = mails.last().filter(|_| more).map(|last| Cursor::at(&(last.queued_at, last.id)));
    let page = OutboxPage {
        zone: zone.name(),
        kept,
        tabs: tabs(stage, counts),
        rows: mails.into_iter().map(|one| row(one, zone, now, kept)).collect(),
        stage,
        newest: place.map(|_| address(stage, None)),
        older: older.map(|cursor| address(stage, Some(&cursor))),
        frame,
    };
    Ok(web::html(&page)?.into_response())
}

#[derive(Template)]
#[template(path = "notifications/mail.html")]
struct MailPage {
    frame: Frame,
    once: Uuid,
    id: MailId,
    subject: String,
    from: String,
    to: String,
    date: String,
    message_name: String,
    case: Option<(String, String)>,
    stage: &'static str,
    tone: &'static str,
    parked: bool,
    when: String,
    why: String,
    /// The text as it goes; none once it was thrown away.
    body: Option<String>,
    /// The headers, byte for byte.
    headers: String,
    /// A calendar file goes with it.
    calendar: bool,
}

/// A mail. Looking at it is logged.
pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeOutbox>,
    frame: Frame,
    Path(id): Path<MailId>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let mail = outbox::find(&mut connection, id).await?;
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    drop(connection);
    let mut entry = Entry::new(Action::MailViewed, Subject::Mail(id));
    if let Some(customer) = mail.customer {
        entry = entry.of(customer);
    }
    audit::view(&app.db, &can, entry).await?;
    Ok(web::html(&page(&app, frame, mail, zone))?.into_response())
}

fn page(app: &App, frame: Frame, mail: Mail, zone: Tz) -> MailPage {
    let head = Letterhead::of(&app.config);
    let now = app.now();
    let at = |at: DateTime<Utc>| calendar::moment(at, zone, now);
    let written = head.write(&Letter {
        key: &mail.key,
        message_name: mail.message_name.as_deref(),
        address: &mail.address,
        name: &mail.name,
        subject: &mail.subject,
        body: mail.body.as_deref().unwrap_or_default(),
        calendar: mail.calendar.as_deref(),
        at: mail.queued_at,
    });
    let tries = if mail.attempts > 0 && mail.stage != Stage::Dropped {
        format!("Tried {}. ", times(mail.attempts))
    } else {
        String::new()
    };
    MailPage {
        once: fresh_key(),
        id: mail.id,
        from: head.from.to_string(),
        to: if mail.name.is_empty() { mail.address.clone() } else { format!("{} <{}>", mail.name, mail.address) },
        date: at(mail.queued_at),
        message_name: mail.message_name.clone().unwrap_or_else(|| head.message_name(&mail.key)),
        case: mail.case.zip(mail.case_number).map(|(case, number)| (format!("/cases/{case}"), format!("SD-{number}"))),
        stage: mail.stage.label(),
        tone: tone(mail.stage, mail.attempts),
        parked: mail.stage == Stage::Parked,
        when: when(mail.stage, mail.queued_at, mail.next_at, mail.ended_at, app.config.smtp_url.is_none(), at),
        why: mail.error.as_ref().map(|error| format!("{tries}{error}")).unwrap_or_default(),
        calendar: mail.calendar.is_some(),
        body: mail.body.as_deref().map(|body| head.body(body)),
        headers: match written {
            Ok(message) => message.headers().to_string(),
            Err(why) => why,
        },
        subject: mail.subject,
        frame,
    }
}

#[derive(Deserialize)]
pub(super) struct RetryForm {}

pub(super) async fn retry(
    State(app): State<App>,
    can: Can<SeeOutbox>,
    Path(id): Path<MailId>,
    form: Form<RetryForm>,
) -> Result<Response> {
    let mut tx = app.begin(&can, &form.once).await?;
    actions::retry(&mut tx, &can, id).await?;
    let answer = Answer::to(format!("/outbox/{id}")).say("It will be tried again at once.");
    Ok(tx.finish(answer).await?.into_response())
}
