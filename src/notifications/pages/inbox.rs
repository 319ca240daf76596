//! What I was told: unread first, newest first.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::super::store::notices::{self, Listed, Place};
use super::super::{Kind, actions, topic};
use crate::accounts;
use crate::answer::Answer;
use crate::auth::{
    Actor, DecideApprovals, SeeAppointments, SeeCases, SeeCustomers, SeeOutbox, SeeProblems, SeeRequests, SignedIn,
};
use crate::calendar;
use crate::db::Via;
use crate::error::{Error, Result};
use crate::ids::NoticeId;
use crate::web::{self, App, Bell, Cursor, Form, Frame, fresh_key};

/// How many notices a page holds.
const PAGE: usize = 50;

/// Where in the list.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    after: String,
}

struct Row {
    id: NoticeId,
    once: Uuid,
    icon: &'static str,
    kind: &'static str,
    about: String,
    whose: String,
    urgent: bool,
    read: bool,
    by: String,
    iso: String,
    at: String,
}

#[derive(Template)]
#[template(path = "notifications/inbox.html")]
struct InboxPage {
    frame: Frame,
    topic: String,
    here: String,
    once: Uuid,
    /// Until when those came that are read by "mark all read".
    until: i64,
    unread: Vec<Row>,
    read: Vec<Row>,
    newest: Option<String>,
    older: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let me = actor.id.ok_or(Error::Forbidden)?;
    let place: Option<(bool, DateTime<Utc>, NoticeId)> = Cursor::read(&asked.after);
    let now = app.now();
    let mut connection = app.db.read().await?;
    let zone = accounts::zone_for(&app, &mut connection, &actor).await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut listed = notices::list(&mut connection, me, place, limit).await?;
    drop(connection);
    let more = listed.len() > PAGE;
    listed.truncate(PAGE);
    let older = listed.last().filter(|_| more).map(|last| Cursor::at(&(last.read, last.at, last.id)));
    let named = actor.may::<SeeCustomers>();
    let row = |one: Listed| Row {
        id: one.id,
        once: fresh_key(),
        icon: one.kind.icon(),
        kind: one.kind.short(),
        whose: match (one.case_number, one.customer) {
            (Some(number), Some(customer)) if named => format!("SD-{number}, {customer}"),
            (Some(number), _) => format!("SD-{number}"),
            _ => String::new(),
        },
        about: one.about,
        urgent: one.urgent,
        read: one.read,
        by: one.by_name.unwrap_or_default(),
        iso: one.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        at: calendar::moment(one.at, zone, now),
    };
    let (read, unread): (Vec<Row>, Vec<Row>) = listed.into_iter().map(row).partition(|row| row.read);
    let page = InboxPage {
        topic: topic(me),
        here: match place {
            Some(_) => format!("/notifications?after={}", asked.after),
            None => "/notifications".to_owned(),
        },
        once: fresh_key(),
        until: now.timestamp_micros(),
        unread,
        read,
        newest: place.map(|_| "/notifications".to_owned()),
        older: older.map(|cursor| format!("/notifications?after={cursor}")),
        frame,
    };
    Ok(web::html(&page)?.into_response())
}

/// What the bell needs of a frame.
struct Part {
    icons: &'static str,
    bell: Bell,
}

#[derive(Template)]
#[template(path = "parts/bell.html")]
struct BellPart {
    frame: Part,
}

/// The bell alone, for open pages that hear of a notice.
pub(super) async fn bell(SignedIn(actor): SignedIn) -> Result<Response> {
    let me = actor.id.ok_or(Error::Forbidden)?;
    let unread = actor.waiting.unwrap_or_default().unread;
    let part = BellPart { frame: Part { icons: &crate::assets::ASSETS.icons, bell: Bell::new(me, unread) } };
    Ok(web::html(&part)?.into_response())
}

/// Goes to what a notice is about; it is read then.
pub(super) async fn open(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(notice): Path<NoticeId>,
) -> Result<Redirect> {
    let mut tx = app.db.begin(actor.origin(Via::Page)).await?;
    let place = actions::open(&mut tx, &actor, notice).await?;
    tx.commit().await?;
    Ok(Redirect::to(&address(&actor, &place)))
}

fn address(actor: &Actor, place: &Place) -> String {
    if let Some(call) = place.appointment().filter(|_| actor.may::<SeeAppointments>()) {
        return format!("/appointments/{call}");
    }
    if let Some(problem) = place.problem().filter(|_| actor.may::<SeeProblems>()) {
        return format!("/problems/{problem}");
    }
    match (place.approval, place.case) {
        (Some(approval), _) if actor.may::<DecideApprovals>() => format!("/approvals/{approval}"),
        (_, Some(case)) if actor.may::<SeeCases>() => format!("/cases/{case}"),
        (_, None) if place.request().is_some() && actor.may::<SeeRequests>() => {
            place.request().map(|request| format!("/requests?peek={request}")).unwrap_or_default()
        }
        (_, None) if place.kind == Kind::Parked && actor.may::<SeeOutbox>() => "/outbox?stage=parked".to_owned(),
        _ => "/notifications".to_owned(),
    }
}

#[derive(Deserialize)]
pub(super) struct ReadForm {
    /// Anything: read. Nothing: unread again.
    #[serde(default)]
    read: String,
}

pub(super) async fn read(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(notice): Path<NoticeId>,
    form: Form<ReadForm>,
) -> Result<Response> {
    let read = !form.fields.read.is_empty();
    let mut tx = app.begin(&actor, &form.once).await?;
    actions::read(&mut tx, &actor, notice, read).await?;
    let answer = if read {
        let undo = format!("/notifications/{notice}/reading");
        Answer::to("/notifications").say("Marked as read.").undo(undo, [("read", "")])
    } else {
        Answer::to("/notifications").say("Marked as unread.")
    };
    Ok(tx.finish(answer).await?.into_response())
}

#[derive(Deserialize)]
pub(super) struct ReadAllForm {
    /// Those that came until then, in microseconds.
    #[serde(default)]
    until: String,
    /// Those that were read at exactly that moment are unread again.
    #[serde(default)]
    undo: String,
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(text.parse().ok()?)
}

pub(super) async fn read_all(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    form: Form<ReadAllForm>,
) -> Result<Response> {
    let mut tx = app.begin(&actor, &form.once).await?;
    let answer = if let Some(read_at) = moment(&form.fields.undo) {
        actions::unread_all(&mut tx, &actor, read_at).await?;
        Answer::to("/notifications").say("They are unread again.")
    } else {
        let until = moment(&form.fields.until).unwrap_or_else(|| tx.now());
        let count = actions::read_all(&mut tx, &actor, until).await?;
        let undo = tx.now().timestamp_micros().to_string();
        match count {
            0 => Answer::to("/notifications").say("Nothing was unread."),
            1 => Answer::to("/notifications").say("1 marked as read.").undo("/notifications/reading", [("undo", undo)]),
            count => Answer::to("/notifications")
                .say(format!("{count} marked as read."))
                .undo("/notifications/reading", [("undo", undo)]),
        }
    };
    Ok(tx.finish(answer).await?.into_response())
}
