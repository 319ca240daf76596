//! Building an offer: looking at terms, drafting them, presenting them or asking for approval in one go, changing them.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::super::show::{self, Asked, View};
use super::OfferForm;
use crate::answer::Answer;
use crate::approvals;
use crate::auth::{Can, MakeOffers, SeeCases};
use crate::catalogue;
use crate::db::Tx;
use crate::error::{Error, FormErrors, Result};
use crate::ids::{CaseId, OfferId};
use crate::offers::{self, Means, NewOffer, Offer};
use crate::web::{App, Form, Frame};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/cases/{case}/offer", get(look).post(look_again))
        .route("/cases/{case}/offers", post(create))
        .route("/offers/{offer}/revisions", post(revise))
}

async fn view(app: &App, can: &Can<MakeOffers>, case: CaseId, form: OfferForm) -> Result<View> {
    let asked = Asked { offer: form, ..Asked::default() };
    View::load_again(app, &can.and::<SeeCases>()?, case, &asked).await
}

fn is_part(headers: &HeaderMap) -> bool {
    headers.get("x-fragment").is_some_and(|part| part == "offer")
}

/// The builder with terms to look at; nothing is written.
async fn look(
    State(app): State<App>,
    can: Can<MakeOffers>,
    frame: Frame,
    Path(case): Path<CaseId>,
    Query(form): Query<OfferForm>,
    headers: HeaderMap,
) -> Result<Response> {
    let view = view(&app, &can, case, form).await?;
    if is_part(&headers) { show::offer_part(frame, view) } else { show::page(StatusCode::OK, frame, view) }
}

/// The same for what was typed, which may be the customer's words and stands in no address.
async fn look_again(
    State(app): State<App>,
    can: Can<MakeOffers>,
    frame: Frame,
    Path(case): Path<CaseId>,
    headers: HeaderMap,
    form: Form<OfferForm>,
) -> Result<Response> {
    let view = view(&app, &can, case, form.fields).await?;
    if is_part(&headers) { show::offer_part(frame, view) } else { show::page(StatusCode::OK, frame, view) }
}

async fn create(
    State(app): State<App>,
    can: Can<MakeOffers>,
    frame: Frame,
    Path(case): Path<CaseId>,
    form: Form<OfferForm>,
) -> Result<Response> {
    let mut fields = form.fields;
    fields.offer = None;
    let shown = view(&app, &can, case, fields.clone()).await?;
    let (status, errors) = match parsed(&shown) {
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Ok(new) => {
            let mut tx = app.begin(&can, &form.once).await?;
            match make(&mut tx, &can, case, new, &fields).await {
                Ok((offer, answer)) => {
                    let answer = answer.unwrap_or_else(|| Answer::to(format!("/cases/{case}")).say(said(&offer)));
                    return Ok(tx.finish(answer).await?.into_response());
                }
                Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("", why)),
                Err(error) => return Err(error),
            }
        }
    };
    mend(&app, &can, frame, case, fields, status, errors).await
}

async fn revise(
    State(app): State<App>,
    can: Can<MakeOffers>,
    frame: Frame,
    Path(offer): Path<OfferId>,
    form: Form<OfferForm>,
) -> Result<Response> {
    let case = offers::find(&mut *app.db.read().await?, offer).await?.case;
    let mut fields = form.fields;
    fields.offer = Some(offer);
    // what the form had on screen, before the builder says what there is now
    let seen = fields.seen;
    let shown = view(&app, &can, case, fields.clone()).await?;
    let (status, errors) = match parsed(&shown) {
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Ok(new) => {
            let mut tx = app.begin(&can, &form.once).await?;
            match change(&mut tx, &can, offer, seen, new, &fields).await {
                Ok((offer, answer)) => {
                    let answer = answer.unwrap_or_else(|| Answer::to(format!("/cases/{case}")).say(said(&offer)));
                    return Ok(tx.finish(answer).await?.into_response());
                }
                Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("", why)),
                Err(error) => return Err(error),
            }
        }
    };
    mend(&app, &can, frame, case, fields, status, errors).await
}

/// The page again with what was typed, what is wrong with it, and the figures as they are now.
async fn mend(
    app: &App,
    can: &Can<MakeOffers>,
    frame: Frame,
    case: CaseId,
    form: OfferForm,
    status: StatusCode,
    errors: FormErrors,
) -> Result<Response> {
    // what is kept may have changed since this request began, and be why it was refused
    let mut view = view(app, &can.anew(), case, form).await?;
    match &mut view.builder {
        Some(builder) => builder.errors = errors,
        // the case was closed meanwhile, or the offer has ended
        None => return Err(Error::refused(errors.all().iter().map(|(_, why)| *why).collect::<Vec<_>>().join(" "))),
    }
    show::page(status, frame, view)
}

/// What was typed, as an offer. Where there is no builder, the action says why.
fn parsed(view: &View) -> std::result::Result<NewOffer, FormErrors> {
    match &view.builder {
        Some(builder) => match builder.barred {
            Some(why) => Err(FormErrors::of("", why)),
            None => builder.parse(),
        },
        None => Err(FormErrors::of("", "This case is closed. Reopen it first.")),
    }
}

async fn make(
    tx: &mut Tx,
    can: &Can<MakeOffers>,
    case: CaseId,
    new: NewOffer,
    fields: &OfferForm,
) -> Result<(Offer, Option<Answer>)> {
    let offer = offers::make(tx, can, case, new).await?;
    proceed(tx, can, offer, fields).await
}

async fn change(
    tx: &mut Tx,
    can: &Can<MakeOffers>,
    offer: OfferId,
    seen: i32,
    new: NewOffer,
    fields: &OfferForm,
) -> Result<(Offer, Option<Answer>)> {
    approvals::withdraw_of_offer(tx, offer).await?;
    let offer = offers::revise(tx, can, offer, seen, new.terms).await?;
    proceed(tx, can, offer, fields).await
}

/// What is to become of the terms, in the same transaction.
async fn proceed(
    tx: &mut Tx,
    can: &Can<MakeOffers>,
    offer: Offer,
    fields: &OfferForm,
) -> Result<(Offer, Option<Answer>)> {
    let seen = offer.revision.number;
    match fields.then.as_str() {
        "present" => Ok((offers::present(tx, can, offer.id, seen, Means::Phone).await?, None)),
        "write" => {
            let offer = offers::present(tx, can, offer.id, seen, Means::Written).await?;
            let answer = Answer::to(format!("/offers/{}/confirmation", offer.id)).say(said(&offer));
            Ok((offer, Some(answer)))
        }
        "feasibility" => {
            offers::ask_feasibility(tx, can, offer.id, seen, "", None).await?;
            Ok((offer, None))
        }
        "ask" => {
            approvals::ask(tx, can, offer.id, seen, fields.words.trim()).await?;
            // whoever decides and whoever delivers are asked together
            let of_type = catalogue::find_version(tx, offer.revision.version).await?;
            if !of_type.departments.is_empty() {
                offers::ask_feasibility(tx, can, offer.id, seen, "", None).await?;
            }
            Ok((offers::find(tx, offer.id).await?, None))
        }
        _ => Ok((offer, None)),
    }
}

/// What is said when it is done.
pub(super) fn said(offer: &Offer) -> String {
    let what = offer.summary();
    match offer.stage {
        offers::Stage::Presented => format!("{what} presented. Log what the customer answers."),
        offers::Stage::AwaitingApproval => format!("{what} sent for approval. You will see the answer here."),
        _ => format!("Draft saved: {what}."),
    }
}
