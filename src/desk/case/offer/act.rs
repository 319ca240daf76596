//! What is done with an offer of the case: presenting it, noting the customer's answer, taking it back.

use axum::Router;
use axum::extract::{FromRequest, Path, State};
use axum::response::Response;
use axum::routing::post;
use uuid::Uuid;

use super::super::show::{self, Asked, View};
use super::list::{ActForm, Failed, listed};
use crate::answer::Answer;
use crate::approvals;
use crate::auth::{Can, MakeOffers, SeeCases};
use crate::db::Tx;
use crate::error::{FormErrors, Result};
use crate::ids::{CaseId, OfferId};
use crate::offers::{self, Means};
use crate::promises;
use crate::reasons;
use crate::web::{App, Form, Frame, NotDone};

/// The most characters of why something is done with an offer.
const LONGEST_WHY: usize = 1000;
/// The most characters of what is written to others about it.
const LONGEST_WORDS: usize = 2000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/offers/{offer}/feasibility", post(ask_departments))
        .route("/offers/{offer}/presentation", post(present))
        .route("/offers/{offer}/acceptance", post(accept))
        .route("/offers/{offer}/refusal", post(refuse))
        .route("/offers/{offer}/withdrawal", post(withdraw))
}

/// A form of the card, from somebody who makes offers.
#[derive(FromRequest)]
#[from_request(state(App))]
pub(super) struct Sent {
    #[from_request(via(State))]
    pub(super) app: App,
    pub(super) can: Can<MakeOffers>,
    frame: Frame,
    pub(super) form: Form<ActForm>,
}

/// Which form of the card it is, of what, in which case.
pub(super) struct Of {
    pub(super) case: CaseId,
    pub(super) id: Uuid,
    pub(super) form: &'static str,
}

impl Of {
    /// Back to the case.
    pub(super) fn back(&self) -> Answer {
        Answer::to(format!("/cases/{}", self.case))
    }
}

impl Sent {
    /// Does what the form asks for; or shows the case again with what is wrong beside the form, and how things stand now.
    pub(super) async fn act(
        self,
        of: Of,
        errors: FormErrors,
        work: impl AsyncFnOnce(&mut Tx, &Self, &Of) -> Result<Answer>,
    ) -> Result<Response> {
        let does = async |tx: &mut Tx, ()| work(tx, &self, &of).await;
        let NotDone { status, errors } = match self.app.act(&self.can, &self.form.once, errors.none(), does).await? {
            Ok(done) => return Ok(done),
            Err(not_done) => not_done,
        };
        let can = self.can.and::<SeeCases>()?.anew();
        let mut view = View::load_again(&self.app, &can, of.case, &Asked::default()).await?;
        view.offers.failed = Some(Failed { of: of.id, form: of.form, typed: self.form.fields, errors });
        show::page(status, self.frame, view)
    }

    /// Which form of the card of an offer it is.
    pub(super) async fn of(&self, offer: OfferId, form: &'static str) -> Result<Of> {
        let case = offers::find(&mut *self.app.db.read().await?, offer).await?.case;
        Ok(Of { case, id: offer.uuid(), form })
    }

    /// What is written to others, which has to be there if it says what is missing otherwise.
    pub(super) fn words(&self, errors: &mut FormErrors, missing: Option<&str>) -> String {
        text(errors, ("words", &self.form.fields.words), missing, LONGEST_WORDS)
    }

    /// Why it is done; the same.
    fn why(&self, errors: &mut FormErrors, missing: Option<&str>) -> String {
        text(errors, ("why", &self.form.fields.why), missing, LONGEST_WHY)
    }
}

fn text(errors: &mut FormErrors, (field, typed): (&str, &str), missing: Option<&str>, most: usize) -> String {
    let text = typed.trim();
    match (text.chars().count(), missing) {
        (0, Some(missing)) => errors.add(field, missing),
        (many, _) if many > most => errors.add(field, format!("Use at most {most} characters.")),
        _ => {}
    }
    text.to_owned()
}

/// Asks every department whose yes the offer needs, and that has not been asked about these very terms (R10).
async fn ask_departments(Path(offer): Path<OfferId>, sent: Sent) -> Result<Response> {
    let of = sent.of(offer, "feasibility").await?;
    let mut errors = FormErrors::new();
    let words = sent.words(&mut errors, None);
    sent.act(of, errors, async |tx, sent, of| {
        let asked = offers::ask_feasibility(tx, &sent.can, offer, sent.form.fields.seen, &words, None).await?;
        let names: Vec<&str> = asked.iter().map(|one| one.department_name.as_str()).collect();
        let verb = if names.len() == 1 { "is" } else { "are" };
        Ok(of.back().say(format!("{} {verb} asked. You will see the answer here.", listed(&names))))
    })
    .await
}

async fn present(Path(offer): Path<OfferId>, sent: Sent) -> Result<Response> {
    let of = sent.of(offer, "presentation").await?;
    let mut errors = FormErrors::new();
    let means = Means::from_name(&sent.form.fields.means).ok_or("Choose how the customer is told.");
    let means = errors.check("", means).unwrap_or(Means::Phone);
    sent.act(of, errors, async |tx, sent, of| {
        let offer = offers::present(tx, &sent.can, offer, sent.form.fields.seen, means).await?;
        let answer = match means {
            Means::Written => Answer::to(format!("/offers/{}/confirmation", offer.id)),
            Means::Phone => of.back(),
        };
        Ok(answer.say(super::make::said(&offer)))
    })
    .await
}

async fn accept(Path(offer): Path<OfferId>, sent: Sent) -> Result<Response> {
    let of = sent.of(offer, "acceptance").await?;
    sent.act(of, FormErrors::new(), async |tx, sent, of| {
        let answered = offers::accept(tx, &sent.can, offer, sent.form.fields.seen).await?;
        let made = promises::make_for_offer(tx, &answered).await?;
        let what = answered.offer.summary();
        Ok(of.back().say(match made.len() {
            1 => format!("{what} accepted. One promise is made."),
            many => format!("{what} accepted. {many} promises are made."),
        }))
    })
    .await
}

async fn refuse(Path(offer): Path<OfferId>, sent: Sent) -> Result<Response> {
    let of = sent.of(offer, "refusal").await?;
    let mut errors = FormErrors::new();
    let objections = reasons::objections(&mut *sent.app.db.read().await?).await?;
    if !objections.iter().any(|one| one.code == sent.form.fields.objection) {
        errors.add("objection", "Choose what stands between the customer and this offer.");
    }
    let why = Some(sent.why(&mut errors, None)).filter(|why| !why.is_empty());
    sent.act(of, errors, async |tx, sent, of| {
        let ActForm { seen, objection, .. } = &sent.form.fields;
        let offer = offers::decline(tx, &sent.can, offer, *seen, objection, why).await?;
        Ok(of.back().say(format!("{} noted as declined.", offer.summary())))
    })
    .await
}

async fn withdraw(Path(offer): Path<OfferId>, sent: Sent) -> Result<Response> {
    let of = sent.of(offer, "withdrawal").await?;
    let mut errors = FormErrors::new();
    let why = sent.why(&mut errors, Some("Write why it is taken back."));
    sent.act(of, errors, async |tx, sent, of| {
        approvals::withdraw_of_offer(tx, offer).await?;
        let offer = offers::withdraw(tx, &sent.can, offer, &why).await?;
        Ok(of.back().say(format!("{} taken back.", offer.summary())))
    })
    .await
}
