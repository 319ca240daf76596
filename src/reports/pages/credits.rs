//! Promised credits that did not reach the invoice: a list to work.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Datelike as _, Utc};
use serde::Deserialize;

use super::super::store;
use crate::accounts;
use crate::auth::{Can, SeeReports};
use crate::calendar;
use crate::error::Result;
use crate::ids::OfferId;
use crate::web::{self, App, Cursor, Frame, Query};

/// Rows of a page.
const ROWS: i64 = 50;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    show: String,
    after: String,
}

impl Asked {
    /// Those that a newer bill does not show, rather than those without one.
    pub(super) fn missing(&self) -> bool {
        self.show != "unbilled"
    }
}

/// A credit as shown.
struct Shown {
    href: String,
    code: String,
    offer: String,
    customer: String,
    amount: String,
    due: String,
    owner: String,
    /// The newest bill, on which it is not.
    billed: Option<String>,
}

#[derive(Template)]
#[template(path = "reports/credits.html")]
struct CreditsPage {
    frame: Frame,
    /// Those of whose customers a bill was brought in since.
    missing: bool,
    rows: Vec<Shown>,
    first: Option<String>,
    next: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeReports>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let missing = asked.missing();
    let place: Option<(DateTime<Utc>, OfferId)> = Cursor::read(&asked.after);
    let mut connection = app.db.read().await?;
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    let mut credits = store::credits(&mut connection, missing, app.now(), place, ROWS + 1).await?;
    drop(connection);
    let more = credits.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    credits.truncate(usize::try_from(ROWS).unwrap_or(usize::MAX));
    let here = if missing { "/reports/credits?show=missing" } else { "/reports/credits?show=unbilled" };
    let this_year = app.now().with_timezone(&zone).year();
    let page = CreditsPage {
        frame,
        missing,
        first: place.map(|_| here.to_owned()),
        next: credits
            .last()
            .filter(|_| more)
            .map(|last| format!("{here}&after={}", Cursor::at(&(last.due_at, last.offer)))),
        rows: credits
            .into_iter()
            .map(|one| Shown {
                href: format!("/cases/{}", one.case),
                code: format!("SD-{}", one.number),
                offer: format!("Offer {}", one.offer_number),
                customer: one.customer,
                amount: one.amount.to_string(),
                due: calendar::day(one.due_at, zone, app.now()),
                owner: one.owner,
                billed: one.billed_on.map(|day| calendar::date(day, this_year)),
            })
            .collect(),
    };
    Ok(web::html(&page)?.into_response())
}
