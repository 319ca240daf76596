//! Everything that is done with a complaint: each form of its page, and the sentence about what it did.

use axum::Router;
use axum::extract::{FromRequest, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chrono::{Datelike as _, NaiveDate};
use uuid::Uuid;

use super::super::actions::{self, NewAction, NewAllegation, Sending, Written};
use super::super::{Finding, How, Letter, SentHow, Stands};
use super::parts::{Failed, Typed, View};
use super::show;
use crate::answer::Answer;
use crate::auth::{Can, SeeCases, WorkComplaints};
use crate::calendar;
use crate::db::Tx;
use crate::error::{Error, FormErrors, Result};
use crate::files::{self, NewFile};
use crate::ids::{AllegationId, ComplaintActionId, ComplaintId};
use crate::web::{self, App, Conflict, FormWithFiles, Frame, NotDone, fresh_key};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/complaints/{complaint}/allegations", post(allegation))
        .route("/complaints/{complaint}/allegations/removal", post(drop_allegation))
        .route("/complaints/{complaint}/actions", post(action))
        .route("/complaints/{complaint}/actions/removal", post(drop_action))
        .route("/complaints/{complaint}/text", post(text))
        .route("/complaints/{complaint}/review", post(review))
        .route("/complaints/{complaint}/return", post(return_it))
        .route("/complaints/{complaint}/signature", post(sign))
        .route("/complaints/{complaint}/sending", post(send))
        .route("/complaints/{complaint}/rebuttal", post(rebut))
        .route("/complaints/{complaint}/extension", post(extend))
        .route("/complaints/{complaint}/customer", post(link))
        .route("/complaints/{complaint}/closing", post(close))
        .route("/complaints/{complaint}/reopening", post(bring_back))
}

/// A form of the page, from somebody who answers complaints.
#[derive(FromRequest)]
#[from_request(state(App))]
struct Sent {
    #[from_request(via(State))]
    app: App,
    can: Can<WorkComplaints>,
    frame: Frame,
    #[from_request(via(Path))]
    id: ComplaintId,
    form: FormWithFiles<Typed>,
}

/// What a form did.
enum Done {
    /// It is done: where on the page to go on, and the sentence about it.
    Said(&'static str, String),
    /// Somebody else wrote the same fields meanwhile.
    Conflicts(Vec<Conflict>),
}

impl From<Written> for Done {
    fn from(written: Written) -> Self {
        match written {
            Written::Saved { voided: false } => Self::Said("", "Saved.".to_owned()),
            Written::Saved { voided: true } => {
                Self::Said("", "Saved. The review begins anew, since the answer changed.".to_owned())
            }
            Written::Conflicts(conflicts) => Self::Conflicts(conflicts),
        }
    }
}

impl Sent {
    fn typed(&self) -> &Typed {
        &self.form.fields
    }

    /// Does what the form asks for; or shows it again with what is wrong, and how things stand now.
    async fn act(
        self,
        form: &'static str,
        errors: FormErrors,
        work: impl AsyncFnOnce(&mut Tx, &Self) -> Result<Done>,
    ) -> Result<Response> {
        let does = async |tx: &mut Tx, ()| work(tx, &self).await;
        let done = self.app.attempt(&self.can, &self.form.once, errors.none(), does).await?;
        let NotDone { status, errors } = match done {
            Ok((tx, Done::Said(place, say))) => {
                let answer = Answer::to(format!("/complaints/{}{place}", self.id)).say(say);
                return Ok(tx.finish(answer).await?.into_response());
            }
            Ok((_, Done::Conflicts(conflicts))) => return self.conflict(form, conflicts),
            Err(not_done) => not_done,
        };
        let can = self.can.and::<SeeCases>()?;
        let view = View::load(&self.app, &can, self.id).await?;
        let failed = Failed { form, typed: self.form.fields, errors };
        show::page(status, self.frame, view.failed(failed))
    }

    /// Asks whose to keep, field by field (R6).
    fn conflict(self, form: &'static str, conflicts: Vec<Conflict>) -> Result<Response> {
        let typed = &self.form.fields;
        let fields = match form {
            "letter" => vec![
                ("opening", &typed.opening, &typed.was_opening),
                ("closing", &typed.closing, &typed.was_closing),
                ("public_words", &typed.public_words, &typed.was_public_words),
            ],
            _ => vec![
                ("words", &typed.words, &typed.was_words),
                ("finding", &typed.finding, &typed.was_finding),
                ("answer", &typed.answer, &typed.was_answer),
            ],
        };
        let mut hidden = vec![("of".to_owned(), typed.of.clone())];
        for (name, yours, was) in fields {
            match conflicts.iter().find(|conflict| conflict.field == name) {
                Some(conflict) => hidden.push((format!("was_{name}"), conflict.theirs.clone())),
                None => hidden.extend([(name.to_owned(), yours.clone()), (format!("was_{name}"), was.clone())]),
            }
        }
        let part = if form == "letter" { "text" } else { "allegations" };
        let page = ConflictPage {
            frame: self.frame,
            once: fresh_key(),
            back: format!("/complaints/{}", self.id),
            action: format!("/complaints/{}/{part}", self.id),
            hidden,
            conflicts,
        };
        Ok((StatusCode::CONFLICT, web::html(&page)?).into_response())
    }
}

/// Asks whose words to keep, and sends the same form again with the answers.
#[derive(askama::Template)]
#[template(path = "complaints/conflict.html")]
struct ConflictPage {
    frame: Frame,
    once: Uuid,
    back: String,
    action: String,
    hidden: Vec<(String, String)>,
    conflicts: Vec<Conflict>,
}

/// A value of a conflict as people read it.
fn shown(conflict: &Conflict, value: &str) -> String {
    let words = match conflict.field.as_str() {
        "finding" => Finding::from_name(value).map_or("", Finding::label),
        _ => value,
    };
    if words.is_empty() { "Nothing".to_owned() } else { words.to_owned() }
}

/// A text as typed, of so many characters at most; an empty one is missing where `missing` says so.
fn words(errors: &mut FormErrors, field: &str, typed: &str, most: usize, missing: Option<&str>) -> String {
    let text = typed.trim().to_owned();
    match (text.is_empty(), missing) {
        (true, Some(missing)) => errors.add(field, missing),
        _ if text.chars().count() > most => errors.add(field, format!("Use at most {most} characters.")),
        _ => {}
    }
    text
}

fn day(errors: &mut FormErrors, field: &str, typed: &str, needed: bool) -> Option<NaiveDate> {
    match typed.trim() {
        "" if !needed => None,
        text => {
            let day = text.parse().ok().filter(|day: &NaiveDate| (2000..=2200).contains(&day.year()));
            errors.check(field, day.ok_or("Enter the day, like 2026-05-03."))
        }
    }
}

async fn allegation(sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let typed = sent.typed();
    let new = NewAllegation {
        words: words(&mut errors, "words", &typed.words, 4000, Some("Write what they say we did, in their words.")),
        finding: Finding::from_name(&typed.finding),
        answer: words(&mut errors, "answer", &typed.answer, 8000, None),
    };
    let was = NewAllegation {
        words: typed.was_words.clone(),
        finding: Finding::from_name(&typed.was_finding),
        answer: typed.was_answer.clone(),
    };
    let adds = typed.of.is_empty();
    sent.act("allegation", errors, async move |tx, sent| {
        if adds {
            let (_, written) = actions::add_allegation(tx, &sent.can, sent.id, new).await?;
            return Ok(written.into());
        }
        let of = sent.typed().of.parse().unwrap_or_else(|_| AllegationId::new());
        Ok(actions::write_allegation(tx, &sent.can, sent.id, of, &was, &new).await?.into())
    })
    .await
}

async fn drop_allegation(sent: Sent) -> Result<Response> {
    sent.act("removal", FormErrors::new(), async |tx, sent| {
        let of = sent.typed().of.parse().unwrap_or_else(|_| AllegationId::new());
        // what names no version was never seen
        let seen = sent.typed().version.parse().unwrap_or_default();
        Ok(actions::drop_allegation(tx, &sent.can, sent.id, of, seen).await?.into())
    })
    .await
}

async fn action(sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let typed = sent.typed();
    let stands = match typed.stands.split_once(':') {
        Some(("promise", id)) => id.parse().ok().map(Stands::Promise),
        Some(("offer", id)) => id.parse().ok().map(Stands::Offer),
        _ => None,
    };
    let new = NewAction {
        what: words(&mut errors, "what", &typed.what, 1000, Some("Write what was done, like “Refunded $48”.")),
        done_on: day(&mut errors, "done_on", &typed.done_on, false),
        stands,
    };
    sent.act("action", errors, async move |tx, sent| Ok(actions::add_action(tx, &sent.can, sent.id, new).await?.into()))
        .await
}

async fn drop_action(sent: Sent) -> Result<Response> {
    sent.act("action_removal", FormErrors::new(), async |tx, sent| {
        let of = sent.typed().of.parse().unwrap_or_else(|_| ComplaintActionId::new());
        Ok(actions::drop_action(tx, &sent.can, sent.id, of).await?.into())
    })
    .await
}

async fn text(sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let typed = sent.typed();
    let new = Letter {
        opening: words(&mut errors, "opening", &typed.opening, 4000, None),
        closing: words(&mut errors, "closing", &typed.closing, 4000, None),
        public_words: words(&mut errors, "public_words", &typed.public_words, 4000, None),
    };
    let was = Letter {
        opening: typed.was_opening.clone(),
        closing: typed.was_closing.clone(),
        public_words: typed.was_public_words.clone(),
    };
    sent.act("letter", errors, async move |tx, sent| {
        Ok(actions::write_letter(tx, &sent.can, sent.id, &was, &new).await?.into())
    })
    .await
}

async fn review(sent: Sent) -> Result<Response> {
    sent.act("review", FormErrors::new(), async |tx, sent| {
        let reviewer = sent.typed().reviewer.parse().ok();
        let complaint = actions::ask_review(tx, &sent.can, sent.id, reviewer).await?;
        let whom = complaint.reviewer.map_or_else(|| "Whoever may sign off".to_owned(), |(_, name)| name);
        Ok(Done::Said("", format!("{whom} reads it now. What is written from here on begins the review anew.")))
    })
    .await
}

async fn return_it(sent: Sent) -> Result<Response> {
    let signs = sent.can.and()?;
    let mut errors = FormErrors::new();
    let why = words(&mut errors, "why", &sent.typed().why, 2000, Some("Write what is to be changed."));
    sent.act("return", errors, async move |tx, sent| {
        actions::return_to_authors(tx, &signs, sent.id, &why).await?;
        Ok(Done::Said("", "Returned to those who write it.".to_owned()))
    })
    .await
}

async fn sign(sent: Sent) -> Result<Response> {
    let signs = sent.can.and()?;
    sent.act("signature", FormErrors::new(), async move |tx, sent| {
        // what names no revision was never read
        let seen = sent.typed().revision.parse().unwrap_or_default();
        actions::sign_off(tx, &signs, sent.id, seen).await?;
        Ok(Done::Said("", "Signed off. It can be sent as it is now.".to_owned()))
    })
    .await
}

async fn send(mut sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let attached: Vec<NewFile> = files::take(&mut sent.form, sent.app.config.largest_file, &mut errors);
    let typed = sent.typed();
    let how = errors.check("how", SentHow::from_name(&typed.how).ok_or("Choose how it was sent."));
    let missing = "Say what shows that it was sent, or attach a file.";
    let evidence = words(&mut errors, "evidence", &typed.evidence, 1000, Some(missing).filter(|_| attached.is_empty()));
    files::again(&attached, sent.form.scripted, &mut errors);
    sent.act("sending", errors, async move |tx, sent| {
        let how = how.ok_or(Error::NotFound)?;
        let complaint = actions::send(tx, &sent.can, sent.id, Sending { how, evidence, files: attached }).await?;
        let round = complaint.current().map(|round| round.due_at);
        let in_time = round.is_some_and(|due| tx.now() <= due);
        Ok(Done::Said("", format!("Noted as sent{}.", if in_time { ", in time" } else { "" })))
    })
    .await
}

async fn rebut(sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let typed = sent.typed();
    let received_on = day(&mut errors, "received_on", &typed.received_on, true);
    let rebuttal = words(&mut errors, "words", &typed.words, 40_000, Some("Enter what they answered, in their words."));
    sent.act("rebuttal", errors, async move |tx, sent| {
        let day = received_on.ok_or(Error::NotFound)?;
        let complaint = actions::rebut(tx, &sent.can, sent.id, day, &rebuttal).await?;
        let zone = crate::accounts::zone_of(tx, sent.can.team).await?;
        let due = complaint.template.due(complaint.round, day).at;
        Ok(Done::Said("", format!("Noted. The second answer is due {}.", calendar::moment(due, zone, tx.now()))))
    })
    .await
}

async fn extend(sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let why = words(&mut errors, "why", &sent.typed().why, 1000, Some("Write why more time is needed."));
    sent.act("extension", errors, async move |tx, sent| {
        let complaint = actions::extend(tx, &sent.can, sent.id, &why).await?;
        let zone = crate::accounts::zone_of(tx, sent.can.team).await?;
        let due = complaint.current().map(|round| calendar::moment(round.due_at, zone, tx.now())).unwrap_or_default();
        Ok(Done::Said("", format!("Extended: the answer is due {due}. Tell them, with the reason.")))
    })
    .await
}

async fn link(sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let customer = errors.check("customer", sent.typed().customer_id.parse().map_err(|_| "Choose who complained."));
    sent.act("customer", errors, async move |tx, sent| {
        let complaint = actions::link(tx, &sent.can, sent.id, customer.ok_or(Error::NotFound)?).await?;
        Ok(Done::Said("", format!("It is linked to {}, in {}.", complaint.customer_name, complaint.code())))
    })
    .await
}

async fn close(sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let typed = sent.typed();
    let how = errors.check("how", How::from_name(&typed.how).ok_or("Choose why no answer is due."));
    let missing = Some("Write how you know.").filter(|_| how != Some(How::Answered));
    let because = words(&mut errors, "why", &typed.why, 1000, missing);
    sent.act("closing", errors, async move |tx, sent| {
        actions::close(tx, &sent.can, sent.id, how.ok_or(Error::NotFound)?, &because).await?;
        Ok(Done::Said("", "The complaint is closed.".to_owned()))
    })
    .await
}

async fn bring_back(sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let why = words(&mut errors, "why", &sent.typed().why, 1000, Some("Write why it is answered after all."));
    sent.act("reopening", errors, async move |tx, sent| {
        let complaint = actions::bring_back(tx, &sent.can, sent.id, &why).await?;
        let zone = crate::accounts::zone_of(tx, sent.can.team).await?;
        let due = complaint.current().map(|round| calendar::moment(round.due_at, zone, tx.now())).unwrap_or_default();
        Ok(Done::Said("", format!("It is answered after all, and due as before: {due}.")))
    })
    .await
}
