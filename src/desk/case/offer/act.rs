//! What is done with an offer of the case: presenting it, noting the customer's answer, taking it back.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use uuid::Uuid;

use super::super::show::{self, Asked, View};
use super::list::{ActForm, Failed, listed};
use crate::answer::Answer;
use crate::approvals;
use crate::auth::{Can, MakeOffers, SeeCases};
use crate::error::{Error, FormErrors, Result};
use crate::ids::{CaseId, OfferId};
use crate::offers::{self, Means};
use crate::promises;
use crate::reasons;
use crate::web::{App, Form, Frame};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/offers/{offer}/feasibility", post(ask_departments))
        .route("/offers/{offer}/presentation", post(present))
        .route("/offers/{offer}/acceptance", post(accept))
        .route("/offers/{offer}/refusal", post(refuse))
        .route("/offers/{offer}/withdrawal", post(withdraw))
}

/// A form of the card, as it arrived.
pub(super) struct Sent {
    pub(super) case: CaseId,
    pub(super) of: Uuid,
    pub(super) form: &'static str,
    pub(super) typed: ActForm,
}

impl Sent {
    /// The page again, with what is wrong beside the form.
    pub(super) async fn fail(
        self,
        app: &App,
        can: &Can<MakeOffers>,
        frame: Frame,
        status: StatusCode,
        errors: FormErrors,
    ) -> Result<Response> {
        let mut view = View::load_again(app, &can.and::<SeeCases>()?.anew(), self.case, &Asked::default()).await?;
        view.offers.failed = Some(Failed { of: self.of, form: self.form, typed: self.typed, errors });
        show::page(status, frame, view)
    }

    /// What became of it: the answer, or the page again with the refusal.
    pub(super) async fn end(
        self,
        app: &App,
        can: &Can<MakeOffers>,
        frame: Frame,
        done: Result<Answer>,
    ) -> Result<Response> {
        match done {
            Ok(answer) => Ok(answer.into_response()),
            Err(Error::Refused(why)) => self.fail(app, can, frame, StatusCode::CONFLICT, FormErrors::of("", why)).await,
            Err(error) => Err(error),
        }
    }
}

/// The case that an offer is made in.
async fn case_of(app: &App, offer: OfferId) -> Result<CaseId> {
    Ok(offers::find(&mut *app.db.read().await?, offer).await?.case)
}

/// Asks every department whose yes the offer needs, and that has not been asked about these very terms (R10).
async fn ask_departments(
    State(app): State<App>,
    can: Can<MakeOffers>,
    frame: Frame,
    Path(offer): Path<OfferId>,
    form: Form<ActForm>,
) -> Result<Response> {
    let case = case_of(&app, offer).await?;
    let sent = Sent { case, of: offer.uuid(), form: "feasibility", typed: form.fields };
    let words = sent.typed.words.trim().to_owned();
    if words.chars().count() > 2000 {
        let errors = FormErrors::of("words", "Use at most 2,000 characters.");
        return sent.fail(&app, &can, frame, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    }
    let mut tx = app.begin(&can, &form.once).await?;
    let done = match offers::ask_feasibility(&mut tx, &can, offer, sent.typed.seen, &words, None).await {
        Ok(asked) => {
            let names: Vec<&str> = asked.iter().map(|one| one.department_name.as_str()).collect();
            let verb = if names.len() == 1 { "is" } else { "are" };
            let say = format!("{} {verb} asked. You will see the answer here.", listed(&names));
            tx.finish(Answer::to(format!("/cases/{case}")).say(say)).await
        }
        Err(error) => Err(error),
    };
    sent.end(&app, &can, frame, done).await
}

async fn present(
    State(app): State<App>,
    can: Can<MakeOffers>,
    frame: Frame,
    Path(offer): Path<OfferId>,
    form: Form<ActForm>,
) -> Result<Response> {
    let case = case_of(&app, offer).await?;
    let sent = Sent { case, of: offer.uuid(), form: "presentation", typed: form.fields };
    let Some(means) = Means::from_name(&sent.typed.means) else {
        let errors = FormErrors::of("", "Choose how the customer is told.");
        return sent.fail(&app, &can, frame, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    };
    let mut tx = app.begin(&can, &form.once).await?;
    let done = match offers::present(&mut tx, &can, offer, sent.typed.seen, means).await {
        Ok(offer) => {
            let to = match means {
                Means::Written => format!("/offers/{}/confirmation", offer.id),
                Means::Phone => format!("/cases/{case}"),
            };
            tx.finish(Answer::to(to).say(super::make::said(&offer))).await
        }
        Err(error) => Err(error),
    };
    sent.end(&app, &can, frame, done).await
}

async fn accept(
    State(app): State<App>,
    can: Can<MakeOffers>,
    frame: Frame,
    Path(offer): Path<OfferId>,
    form: Form<ActForm>,
) -> Result<Response> {
    let case = case_of(&app, offer).await?;
    let sent = Sent { case, of: offer.uuid(), form: "acceptance", typed: form.fields };
    let mut tx = app.begin(&can, &form.once).await?;
    let done = match offers::accept(&mut tx, &can, offer, sent.typed.seen).await {
        Ok(answered) => {
            let made = promises::make_for_offer(&mut tx, &answered).await?;
            let what = answered.offer.summary();
            let say = match made.len() {
                1 => format!("{what} accepted. One promise is made."),
                many => format!("{what} accepted. {many} promises are made."),
            };
            tx.finish(Answer::to(format!("/cases/{case}")).say(say)).await
        }
        Err(error) => Err(error),
    };
    sent.end(&app, &can, frame, done).await
}

async fn refuse(
    State(app): State<App>,
    can: Can<MakeOffers>,
    frame: Frame,
    Path(offer): Path<OfferId>,
    form: Form<ActForm>,
) -> Result<Response> {
    let case = case_of(&app, offer).await?;
    let sent = Sent { case, of: offer.uuid(), form: "refusal", typed: form.fields };
    let mut errors = FormErrors::new();
    let objections = reasons::objections(&mut *app.db.read().await?).await?;
    if !objections.iter().any(|one| one.code == sent.typed.objection) {
        errors.add("objection", "Choose what stands between the customer and this offer.");
    }
    let why = sent.typed.why.trim().to_owned();
    if why.chars().count() > 1000 {
        errors.add("why", "Use at most 1,000 characters.");
    }
    if !errors.is_empty() {
        return sent.fail(&app, &can, frame, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    }
    let mut tx = app.begin(&can, &form.once).await?;
    let why = Some(why).filter(|why| !why.is_empty());
    let done = match offers::decline(&mut tx, &can, offer, sent.typed.seen, &sent.typed.objection, why).await {
        Ok(offer) => {
            let say = format!("{} noted as declined.", offer.summary());
            tx.finish(Answer::to(format!("/cases/{case}")).say(say)).await
        }
        Err(error) => Err(error),
    };
    sent.end(&app, &can, frame, done).await
}

async fn withdraw(
    State(app): State<App>,
    can: Can<MakeOffers>,
    frame: Frame,
    Path(offer): Path<OfferId>,
    form: Form<ActForm>,
) -> Result<Response> {
    let case = case_of(&app, offer).await?;
    let sent = Sent { case, of: offer.uuid(), form: "withdrawal", typed: form.fields };
    let why = sent.typed.why.trim().to_owned();
    let wrong = match why.chars().count() {
        0 => Some("Write why it is taken back."),
        1..=1000 => None,
        _ => Some("Use at most 1,000 characters."),
    };
    if let Some(wrong) = wrong {
        let errors = FormErrors::of("why", wrong);
        return sent.fail(&app, &can, frame, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    }
    let mut tx = app.begin(&can, &form.once).await?;
    let taken = async {
        approvals::withdraw_of_offer(&mut tx, offer).await?;
        offers::withdraw(&mut tx, &can, offer, &why).await
    };
    let done = match taken.await {
        Ok(offer) => {
            let say = format!("{} taken back.", offer.summary());
            tx.finish(Answer::to(format!("/cases/{case}")).say(say)).await
        }
        Err(error) => Err(error),
    };
    sent.end(&app, &can, frame, done).await
}
