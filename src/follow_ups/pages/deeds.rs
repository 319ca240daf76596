//! What is done with a follow-up: each form of its page, and the sentence about what it did.

use axum::Router;
use axum::extract::{FromRequest, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::super::{self as follow_ups, Snooze, StillHere, Wake};
use super::one::{Deed, OneForm, failed};
use super::{back, when};
use crate::accounts;
use crate::answer::Answer;
use crate::auth::{Can, SeeCases, WorkCases};
use crate::calendar;
use crate::db::Tx;
use crate::error::{Error, FormErrors, Result};
use crate::ids::{FollowUpId, UserId};
use crate::web::{App, Form, Frame, NotDone};

/// The most characters of a note.
const LONGEST: usize = 2000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/follow_ups/{follow_up}/completion", post(complete))
        .route("/follow_ups/{follow_up}/snooze", post(snooze))
        .route("/follow_ups/{follow_up}/waking", post(wake))
        .route("/follow_ups/{follow_up}/time", post(move_to))
        .route("/follow_ups/{follow_up}/owner", post(hand))
        .route("/follow_ups/{follow_up}/dropping", post(drop_it))
        .route("/follow_ups/{follow_up}/reopening", post(reopen))
}

/// A form of the page, from somebody who works cases.
#[derive(FromRequest)]
#[from_request(state(App))]
struct Sent {
    #[from_request(via(State))]
    app: App,
    can: Can<WorkCases>,
    frame: Frame,
    #[from_request(via(Path))]
    id: FollowUpId,
    form: Form<OneForm>,
}

/// What is done, and the sentence about it.
enum Done {
    /// With a way back.
    Undo(&'static str, String),
    Said(String),
}

impl Sent {
    /// Does what the form asks for; or shows it again with what is wrong, and how things stand now.
    async fn act(
        self,
        deed: Deed,
        errors: FormErrors,
        work: impl AsyncFnOnce(&mut Tx, &Self) -> Result<Done>,
    ) -> Result<Response> {
        let to = back(&self.form.fields.back, "/follow_ups");
        let does = async |tx: &mut Tx, ()| {
            let answer = Answer::to(to.clone());
            Ok(match work(tx, &self).await? {
                Done::Undo(how, say) => answer.say(say).undo(format!("/follow_ups/{}/{how}", self.id), [("back", to)]),
                Done::Said(say) => answer.say(say),
            })
        };
        let NotDone { status, errors } = match self.app.act(&self.can, &self.form.once, errors.none(), does).await? {
            Ok(done) => return Ok(done),
            Err(not_done) => not_done,
        };
        let can = self.can.and::<SeeCases>()?;
        let page = failed(&self.app, &can, self.frame, self.id, (deed, self.form.fields), errors).await?;
        Ok((status, page).into_response())
    }

    async fn zone(&self) -> Result<Tz> {
        accounts::zone_for(&self.app, &mut *self.app.db.read().await?, &self.can).await
    }

    /// When it was due on the page that sent the form.
    fn seen(&self) -> Result<DateTime<Utc>> {
        let whole = self.form.fields.seen.parse();
        whole.map_err(|_| Error::refused("The form did not arrive whole. Open the page anew and try again."))
    }

    /// Why it is done, which has to be said.
    fn why(&self, errors: &mut FormErrors, missing: &str) -> String {
        optional(errors, "why", &self.form.fields.why).unwrap_or_else(|| {
            errors.add("why", missing);
            String::new()
        })
    }
}

fn optional(errors: &mut FormErrors, field: &str, text: &str) -> Option<String> {
    let text = text.trim();
    if text.chars().count() > LONGEST {
        errors.add(field, "Use at most 2,000 characters.");
    }
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// What is added where it became due at another time than was asked for.
fn moved(due: DateTime<Utc>, asked: DateTime<Utc>) -> &'static str {
    if due == asked { "" } else { ", the next moment in which this customer may be called" }
}

async fn complete(sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let note = optional(&mut errors, "note", &sent.form.fields.note);
    let still_here = StillHere::from_name(&sent.form.fields.still_here);
    sent.act(Deed::Complete, errors, async move |tx, sent| {
        follow_ups::complete(tx, &sent.can, sent.id, note, still_here).await?;
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

async fn snooze(sent: Sent) -> Result<Response> {
    let (zone, now) = (sent.zone().await?, sent.app.now());
    let mut errors = FormErrors::new();
    let fields = &sent.form.fields;
    let latest = when::read(&fields.when, &fields.at, zone).map_err(|(field, why)| errors.add(field, why));
    let latest = latest.unwrap_or(now);
    let snooze = Snooze { until: Wake::from_name(&fields.until), latest };
    sent.act(Deed::Snooze, errors, async move |tx, sent| {
        let snoozed = follow_ups::snooze(tx, &sent.can, sent.id, snooze, sent.seen()?).await?;
        let (when, moved) = (calendar::moment(snoozed.due.at, zone, now), moved(snoozed.due.at, latest));
        let say = match snooze.until {
            Some(wake) => format!("Snoozed until {}, at the latest until {when}{moved}.", wake.label()),
            None => format!("Snoozed until {when}{moved}."),
        };
        Ok(Done::Undo("waking", say))
    })
    .await
}

async fn wake(sent: Sent) -> Result<Response> {
    sent.act(Deed::Other, FormErrors::new(), async |tx, sent| {
        follow_ups::unsnooze(tx, &sent.can, sent.id).await?;
        Ok(Done::Said("It is due as before.".to_owned()))
    })
    .await
}

async fn move_to(sent: Sent) -> Result<Response> {
    let (zone, now) = (sent.zone().await?, sent.app.now());
    let mut errors = FormErrors::new();
    let to = when::read("", &sent.form.fields.at, zone).map_err(|(_, why)| errors.add("at", why));
    let to = to.unwrap_or(now);
    if sent.form.fields.at.trim().is_empty() {
        errors = FormErrors::of("at", "Enter day and time, like 2026-12-01T08:00.");
    }
    let why = sent.why(&mut errors, "Write why it is moved.");
    sent.act(Deed::Move, errors, async move |tx, sent| {
        let due = follow_ups::move_to(tx, &sent.can, sent.id, to, why, sent.seen()?).await?.due.at;
        Ok(Done::Said(format!("Moved to {}{}.", calendar::moment(due, zone, now), moved(due, to))))
    })
    .await
}

async fn hand(sent: Sent) -> Result<Response> {
    let to: Option<UserId> = sent.form.fields.owner.parse().ok();
    let mut errors = FormErrors::new();
    if to.is_none() {
        errors.add("owner", "Choose who does it.");
    }
    sent.act(Deed::Hand, errors, async move |tx, sent| {
        let to = to.ok_or(Error::NotFound)?;
        follow_ups::hand(tx, &sent.can, sent.id, to, sent.form.fields.was_owner.parse().ok()).await?;
        let name = accounts::names(tx, &[to]).await?.remove(&to).unwrap_or_default();
        Ok(Done::Said(format!("{name} does it now.")))
    })
    .await
}

async fn drop_it(sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let why = sent.why(&mut errors, "Write why it is not needed any more.");
    sent.act(Deed::Drop, errors, async move |tx, sent| {
        follow_ups::drop_because(tx, &sent.can, sent.id, why).await?;
        Ok(Done::Undo("reopening", "Follow-up dropped.".to_owned()))
    })
    .await
}

async fn reopen(sent: Sent) -> Result<Response> {
    sent.act(Deed::Other, FormErrors::new(), async |tx, sent| {
        follow_ups::reopen(tx, &sent.can, sent.id).await?;
        Ok(Done::Said("It is open again.".to_owned()))
    })
    .await
}
