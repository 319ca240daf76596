//! The answer as it is printed: addressed, dated, allegation by allegation, and signed.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::Datelike as _;
use serde::Deserialize;

use super::super::{AddressedTo, Complaint, Round, Stage, store};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, SeeCases};
use crate::error::{Error, Result};
use crate::ids::ComplaintId;
use crate::web::{self, App, Frame};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/complaints/{complaint}/letter", get(show))
}

/// Which round's.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    round: Option<u8>,
}

#[derive(askama::Template)]
#[template(path = "complaints/letter.html")]
struct LetterPage {
    frame: Frame,
    complaint: Complaint,
    round: Round,
    /// Who writes: the name, then the lines of the address.
    head: Vec<String>,
    /// To whom, each by lines.
    to: Vec<Vec<String>>,
    day: String,
    received: String,
    allegations: Vec<super::super::Allegation>,
    /// In words, with their day.
    done: Vec<String>,
    /// Nobody signed it off as it is now.
    draft: bool,
}

async fn show(
    State(app): State<App>,
    can: Can<SeeCases>,
    frame: Frame,
    Path(complaint): Path<ComplaintId>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let complaint = store::find(&mut connection, complaint).await?;
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    drop(connection);
    let entry = Entry::new(Action::ComplaintViewed, Subject::Complaint(complaint.id)).of(complaint.customer);
    audit::view_again(&app.db, &can, entry).await?;
    let which = asked.round.unwrap_or(complaint.round);
    let round = complaint.rounds.iter().find(|one| one.round == which).cloned().ok_or(Error::NotFound)?;
    let dated = round.sent_at.unwrap_or_else(|| app.now()).with_timezone(&zone).date_naive();
    let long = |day: chrono::NaiveDate| day.format("%-d %B %Y").to_string();
    let done = complaint.actions_of(which).map(|one| match one.done_on {
        Some(day) => format!("{} ({})", one.what, crate::calendar::date(day, dated.year())),
        None => one.what.clone(),
    });
    let page = LetterPage {
        head: app.config.letterhead.clone(),
        to: addressees(&complaint),
        day: long(dated),
        received: long(round.received_on),
        allegations: complaint.allegations_of(which).cloned().collect(),
        done: done.collect(),
        draft: round.sent_at.is_none() && complaint.stage != Stage::Signed,
        frame,
        round,
        complaint,
    };
    Ok(web::html(&page)?.into_response())
}

/// To whom the letter goes, each by lines.
fn addressees(complaint: &Complaint) -> Vec<Vec<String>> {
    let regulator: Vec<String> = complaint.template.address.lines().map(str::to_owned).collect();
    let who = &complaint.complainant;
    let name = if who.name.is_empty() { &complaint.customer_name } else { &who.name };
    let customer: Vec<String> = [name, &who.place].into_iter().filter(|line| !line.is_empty()).cloned().collect();
    let to = match complaint.template.addressed_to {
        AddressedTo::Regulator => vec![regulator],
        AddressedTo::Customer => vec![customer],
        AddressedTo::Both => vec![regulator, customer],
    };
    to.into_iter().filter(|lines| !lines.is_empty()).collect()
}
