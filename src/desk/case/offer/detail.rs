//! One offer: every revision with what it changed, when it was shown, who decided what; and its written confirmation.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::form::asks;
use crate::accounts;
use crate::answer::Answer;
use crate::approvals;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, SeeCases};
use crate::calendar;
use crate::cases;
use crate::catalogue::Terms;
use crate::customers::{self, Whose};
use crate::db::{first, together};
use crate::error::Result;
use crate::ids::OfferId;
use crate::offers::{self, Offer, Revision};
use crate::web::{self, App, Frame};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/offers/{offer}", get(show)).route("/offers/{offer}/confirmation", get(confirmation))
}

/// One revision, with what it changed.
struct Version {
    number: i32,
    by: String,
    at: String,
    /// Name, what it was before if that differs, what it is.
    terms: Vec<(&'static str, Option<String>, String)>,
    shown: Vec<String>,
    decided: Vec<(String, String)>,
}

/// An offer with its history.
struct Detail {
    offer: Offer,
    summary: String,
    code: String,
    customer: String,
    versions: Vec<Version>,
    has_confirmation: bool,
    /// Whether account details are shown (R19); none where no rules ask.
    shown: Option<customers::Shown>,
    dialog: bool,
}

#[derive(Template)]
#[template(path = "desk/offer.html")]
struct OfferPage {
    frame: Frame,
    view: Detail,
}

#[derive(Template)]
#[template(path = "desk/offer_dialog.html")]
struct OfferDialog {
    frame: Frame,
    view: Detail,
}

async fn show(
    State(app): State<App>,
    can: Can<SeeCases>,
    frame: Frame,
    Path(offer): Path<OfferId>,
    headers: HeaderMap,
) -> Result<Response> {
    let mut view = load(&app, &can, offer).await?;
    if headers.get("x-fragment").is_some_and(|part| part == "dialog") {
        view.dialog = true;
        return Ok(web::html(&OfferDialog { frame, view })?.into_response());
    }
    Ok(web::html(&OfferPage { frame, view })?.into_response())
}

async fn load(app: &App, can: &Can<SeeCases>, id: OfferId) -> Result<Detail> {
    let mut connection = app.db.read().await?;
    let offer = offers::find(&mut connection, id).await?;
    let customer = customers::find(&mut connection, offer.customer).await?.name.clone();
    let zone = accounts::zone_for(app, &mut connection, can).await?;
    let parts = (
        cases::find_part(offer.case),
        (offers::revisions_part(id), offers::presentations_part(id)),
        (approvals::of_case_part(offer.case), approvals::decisions_of_case_part(offer.case)),
        customers::protection_part(Whose::Customer(offer.customer), can.id, app.now()),
    );
    let (case, (revisions, presented), (requests, decisions), protection) = together(&mut connection, parts).await?;
    let protection = first(protection)?;
    let case = first(case)?;
    drop(connection);
    audit::view_again(&app.db, can, Entry::new(Action::CaseViewed, Subject::Case(case.id)).of(case.customer)).await?;
    let now = app.now();
    let moment = |at| calendar::moment(at, zone, now);
    let shown = protection.shows();
    let mut versions = Vec::with_capacity(revisions.len());
    for (at, revision) in revisions.iter().enumerate() {
        let revision = &revision.revision;
        let before = revisions.get(at + 1).map(|before| rows(&offer, &before.revision, shown)).unwrap_or_default();
        let terms = rows(&offer, revision, shown);
        let mut decided = Vec::new();
        for request in requests.iter().filter(|one| one.offer == id && one.revision == revision.number) {
            decided.push((
                format!("{} asked, {}", request.asked_by_name, moment(request.asked_at)),
                request.words.clone(),
            ));
            for (_, one) in decisions.iter().filter(|(of, _)| *of == request.id) {
                let place = one.on_behalf_of.as_ref().map(|of| format!(" for {of}")).unwrap_or_default();
                let how = one.decision.label().to_lowercase();
                decided.push((format!("{}{place}, {how}, {}", one.by_name, moment(one.at)), one.reason.clone()));
            }
        }
        versions.push(Version {
            number: revision.number,
            by: if revision.counter { format!("lowered by {}", revision.by_name) } else { revision.by_name.clone() },
            at: moment(revision.at),
            terms: terms
                .into_iter()
                .map(|(name, now)| {
                    let was = before.iter().find(|(other, _)| *other == name).map(|(_, was)| was.clone());
                    (name, was.filter(|was| *was != now), now)
                })
                .collect(),
            shown: presented
                .iter()
                .filter(|one| one.revision == revision.number)
                .map(|one| {
                    let by = if one.own_limit { "within their own limit" } else { "as approved" };
                    let means = one.means.label().to_lowercase();
                    let (at, until) = (moment(one.at), moment(one.open_until));
                    format!("Presented {means} by {}, {at}, {by}. Open until {until}.", one.by_name)
                })
                .collect(),
            decided,
        });
    }
    Ok(Detail {
        summary: offer.summary(),
        code: case.code(),
        customer,
        versions,
        has_confirmation: offer.presented.is_some() && offer.stage != offers::Stage::Withdrawn,
        shown: customers::Shown::of(&protection, case.customer, Some(case.id), (zone, now)),
        dialog: false,
        offer,
    })
}

/// The terms, one by one, and what they rest on where account details are `shown` (R19).
fn rows(offer: &Offer, revision: &Revision, shown: bool) -> Vec<(&'static str, String)> {
    let mut rows = Vec::with_capacity(7);
    match revision.terms {
        Terms::Percent { percent, .. } => rows.push(("Discount", percent.to_string())),
        Terms::Monthly { amount, .. } | Terms::Once { amount } => rows.push(("Amount", amount.to_string())),
        Terms::NewPrice { price, .. } => rows.push(("New price a month", price.to_string())),
        Terms::Months { .. } => {}
    }
    if let Some(months) = revision.terms.months() {
        rows.push(("For", if months == 1 { "1 month".to_owned() } else { format!("{months} months") }));
    }
    if let Some(label) = asks(offer.kind).filter(|_| !revision.what.is_empty()) {
        rows.push((label, revision.what.clone()));
    }
    if !shown {
        return rows;
    }
    rows.push(("Price before", revision.price.to_string()));
    rows.push(("Cost", revision.exposure.to_string()));
    rows.push(("Margin after", revision.margin.map_or_else(|| "Not known".to_owned(), |margin| margin.to_string())));
    rows
}

/// What the customer gets in writing.
struct Letter {
    offer: Offer,
    customer: String,
    to: String,
    code: String,
    day: String,
    subject: String,
    name: String,
    what: String,
    says: String,
    open: String,
    ended: Option<&'static str>,
    from: String,
}

#[derive(Template)]
#[template(path = "desk/offer_confirmation.html")]
struct ConfirmationPage {
    frame: Frame,
    view: Letter,
}

async fn confirmation(
    State(app): State<App>,
    can: Can<SeeCases>,
    frame: Frame,
    Path(offer): Path<OfferId>,
) -> Result<Response> {
    let offer = offers::find(&mut *app.db.read().await?, offer).await?;
    let case = offer.case;
    match letter(&app, &can, offer).await? {
        Some(view) => Ok(web::html(&ConfirmationPage { frame, view })?.into_response()),
        None => Ok(Answer::to(format!("/cases/{case}"))
            .say("Present this offer first. The customer gets in writing what was presented.")
            .into_response()),
    }
}

/// What is written to the customer; nothing while nothing was presented.
async fn letter(app: &App, can: &Can<SeeCases>, offer: Offer) -> Result<Option<Letter>> {
    let Some(shown) = offer.presented else { return Ok(None) };
    let mut connection = app.db.read().await?;
    let customer = customers::find(&mut connection, offer.customer).await?;
    let parts = (
        customers::protection_part(Whose::Customer(offer.customer), can.id, app.now()),
        cases::find_part(offer.case),
        customers::contacts_part(offer.customer),
        customers::subjects_part(offer.customer),
        offers::presentations_part(offer.id),
    );
    let (protection, case, contacts, (subscriptions, orders), presented) = together(&mut connection, parts).await?;
    // it says what they pay now and by what plan
    customers::require(&first(protection)?, offer.customer)?;
    let (case, subjects) = (first(case)?, customers::subjects_of(subscriptions, orders, true));
    let zone = app.kept::<accounts::People>(&mut connection, can).await?.zone_of(case.team.or(can.team));
    drop(connection);
    audit::view_again(&app.db, can, Entry::new(Action::CaseViewed, Subject::Case(case.id)).of(case.customer)).await?;
    let now = app.now();
    let at_stake = offer.at_stake.to_string();
    Ok(Some(Letter {
        customer: customer.name.clone(),
        to: contacts.first().map(|contact| contact.details.name.clone()).unwrap_or_default(),
        code: case.code(),
        day: calendar::day(shown.at, zone, now),
        subject: subjects.iter().find(|one| one.value() == at_stake).map(|one| one.label.clone()).unwrap_or_default(),
        name: offer.revision.name.clone(),
        what: offer.revision.what.clone(),
        says: offer.confirmation(shown.at),
        open: calendar::moment(shown.open_until, zone, now),
        ended: offer.ended_at.map(|_| offer.stage.label()),
        from: presented.first().map(|one| one.by_name.clone()).unwrap_or_default(),
        offer,
    }))
}
