//! What is done with a booked call on its page.

use axum::Router;
use axum::extract::{FromRequest, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::super::{self as appointments, Appointment, LONGEST_NOTE};
use super::one::{Deed, OneForm, failed};
use crate::answer::Answer;
use crate::auth::{Can, WorkCases};
use crate::db::Tx;
use crate::error::{FormErrors, Result};
use crate::ids::AppointmentId;
use crate::web::{App, Form, Frame, NotDone};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/appointments/{appointment}/holding", post(hold))
        .route("/appointments/{appointment}/missing", post(miss))
        .route("/appointments/{appointment}/cancellation", post(cancel))
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
    id: AppointmentId,
    form: Form<OneForm>,
}

impl Sent {
    /// Does what the form asks for; or shows it again with what is wrong.
    async fn act(
        self,
        deed: Deed,
        say: &str,
        work: impl AsyncFnOnce(&mut Tx, &Self, Option<String>) -> Result<Appointment>,
    ) -> Result<Response> {
        let note = Some(self.form.fields.note.trim().to_owned()).filter(|note| !note.is_empty());
        let wrong = match &note {
            None if deed == Deed::Cancel => Some("Write why it is cancelled."),
            Some(note) if note.chars().count() > LONGEST_NOTE => Some("Use at most 2,000 characters."),
            _ => None,
        };
        let read = wrong.map_or(Ok(note), |wrong| Err(FormErrors::of("note", wrong)));
        let does = async |tx: &mut Tx, note| {
            let call = work(tx, &self, note).await?;
            Ok(Answer::to(format!("/cases/{}", call.case)).say(say))
        };
        let NotDone { status, errors } = match self.app.act(&self.can, &self.form.once, read, does).await? {
            Ok(done) => return Ok(done),
            Err(not_done) => not_done,
        };
        let can = self.can.and()?;
        let page = failed(&self.app, &can, self.frame, self.id, (deed, self.form.fields), errors).await?;
        Ok((status, page).into_response())
    }
}

async fn hold(sent: Sent) -> Result<Response> {
    let say = "Held, and in the log. Say there what comes next.";
    sent.act(Deed::Hold, say, async |tx, sent, note| appointments::hold(tx, &sent.can, sent.id, note).await).await
}

async fn miss(sent: Sent) -> Result<Response> {
    let say = "Noted that the call did not come about. Book another, or add a follow-up.";
    sent.act(Deed::Miss, say, async |tx, sent, note| appointments::miss(tx, &sent.can, sent.id, note).await).await
}

async fn cancel(sent: Sent) -> Result<Response> {
    let say = "Cancelled. Those who were invited are told by mail.";
    sent.act(Deed::Cancel, say, async |tx, sent, why| {
        appointments::cancel(tx, &sent.can, sent.id, why.unwrap_or_default()).await
    })
    .await
}
