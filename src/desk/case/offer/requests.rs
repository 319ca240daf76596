//! The requester's side of an approval: asking for it, answering what the approver asks, taking it back.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;

use super::act::Sent;
use super::list::ActForm;
use crate::answer::Answer;
use crate::approvals;
use crate::auth::{Can, MakeOffers};
use crate::error::{FormErrors, Result};
use crate::ids::{ApprovalId, OfferId};
use crate::offers;
use crate::web::{App, Form, Frame};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/offers/{offer}/approval", post(ask))
        .route("/approvals/{approval}/answer", post(answer))
        .route("/approvals/{approval}/withdrawal", post(withdraw))
}

/// What is written to an approver, or what is wrong with it.
fn words(typed: &ActForm, missing: &str) -> std::result::Result<String, FormErrors> {
    let words = typed.words.trim();
    match words.chars().count() {
        0 => Err(FormErrors::of("words", missing)),
        1..=2000 => Ok(words.to_owned()),
        _ => Err(FormErrors::of("words", "Use at most 2,000 characters.")),
    }
}

async fn ask(
    State(app): State<App>,
    can: Can<MakeOffers>,
    frame: Frame,
    Path(offer): Path<OfferId>,
    form: Form<ActForm>,
) -> Result<Response> {
    let case = offers::find(&mut *app.db.read().await?, offer).await?.case;
    let sent = Sent { case, of: offer.uuid(), form: "approval", typed: form.fields };
    let words = match words(&sent.typed, "Write why this customer is worth it. The approver reads it first.") {
        Ok(words) => words,
        Err(errors) => return sent.fail(&app, &can, frame, StatusCode::UNPROCESSABLE_ENTITY, errors).await,
    };
    let mut tx = app.begin(&can, &form.once).await?;
    let done = match approvals::ask(&mut tx, &can, offer, sent.typed.seen, &words).await {
        Ok(_) => {
            tx.finish(Answer::to(format!("/cases/{case}")).say("Sent for approval. You will see the answer here."))
                .await
        }
        Err(error) => Err(error),
    };
    sent.end(&app, &can, frame, done).await
}

async fn answer(
    State(app): State<App>,
    can: Can<MakeOffers>,
    frame: Frame,
    Path(approval): Path<ApprovalId>,
    form: Form<ActForm>,
) -> Result<Response> {
    let case = approvals::find(&mut *app.db.read().await?, approval).await?.case;
    let sent = Sent { case, of: approval.uuid(), form: "answer", typed: form.fields };
    let words = match words(&sent.typed, "Write the answer.") {
        Ok(words) => words,
        Err(errors) => return sent.fail(&app, &can, frame, StatusCode::UNPROCESSABLE_ENTITY, errors).await,
    };
    let mut tx = app.begin(&can, &form.once).await?;
    let done = match approvals::answer_question(&mut tx, &can, approval, &words).await {
        Ok(_) => tx.finish(Answer::to(format!("/cases/{case}")).say("Answer sent.")).await,
        Err(error) => Err(error),
    };
    sent.end(&app, &can, frame, done).await
}

async fn withdraw(
    State(app): State<App>,
    can: Can<MakeOffers>,
    frame: Frame,
    Path(approval): Path<ApprovalId>,
    form: Form<ActForm>,
) -> Result<Response> {
    let case = approvals::find(&mut *app.db.read().await?, approval).await?.case;
    let sent = Sent { case, of: approval.uuid(), form: "taking-back", typed: form.fields };
    let mut tx = app.begin(&can, &form.once).await?;
    let done = match approvals::withdraw(&mut tx, &can, approval).await {
        Ok(_) => {
            tx.finish(Answer::to(format!("/cases/{case}")).say("Request taken back. The offer is a draft again.")).await
        }
        Err(error) => Err(error),
    };
    sent.end(&app, &can, frame, done).await
}
