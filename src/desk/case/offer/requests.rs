//! The requester's side of an approval: asking for it, answering what the approver asks, taking it back.

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::post;

use super::act::{Of, Sent};
use crate::approvals;
use crate::error::{FormErrors, Result};
use crate::ids::{ApprovalId, OfferId};
use crate::web::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/offers/{offer}/approval", post(ask))
        .route("/approvals/{approval}/answer", post(answer))
        .route("/approvals/{approval}/withdrawal", post(withdraw))
}

async fn of(sent: &Sent, approval: ApprovalId, form: &'static str) -> Result<Of> {
    let case = approvals::find(&mut *sent.app.db.read().await?, approval).await?.case;
    Ok(Of { case, id: approval.uuid(), form })
}

async fn ask(Path(offer): Path<OfferId>, sent: Sent) -> Result<Response> {
    let of = sent.of(offer, "approval").await?;
    let mut errors = FormErrors::new();
    let missing = "Write why this customer is worth it. The approver reads it first.";
    let words = sent.words(&mut errors, Some(missing));
    sent.act(of, errors, async |tx, sent, of| {
        approvals::ask(tx, &sent.can, offer, sent.form.fields.seen, &words).await?;
        Ok(of.back().say("Sent for approval. You will see the answer here."))
    })
    .await
}

async fn answer(Path(approval): Path<ApprovalId>, sent: Sent) -> Result<Response> {
    let of = of(&sent, approval, "answer").await?;
    let mut errors = FormErrors::new();
    let words = sent.words(&mut errors, Some("Write the answer."));
    sent.act(of, errors, async |tx, sent, of| {
        approvals::answer_question(tx, &sent.can, approval, &words).await?;
        Ok(of.back().say("Answer sent."))
    })
    .await
}

async fn withdraw(Path(approval): Path<ApprovalId>, sent: Sent) -> Result<Response> {
    let of = of(&sent, approval, "taking-back").await?;
    sent.act(of, FormErrors::new(), async |tx, sent, of| {
        approvals::withdraw(tx, &sent.can, approval).await?;
        Ok(of.back().say("Request taken back. The offer is a draft again."))
    })
    .await
}
