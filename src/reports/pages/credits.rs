//! Promised credits that did not reach the invoice: a list to work.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Datelike as _, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::super::segment::address;
use super::super::store::Credit;
use super::super::{TeamChoice, store};
use crate::accounts::People;
use crate::auth::{Actor, Can, ExportReports, SeeReports};
use crate::calendar;
use crate::error::Result;
use crate::ids::{DepartmentId, OfferId};
use crate::web::{self, App, Cursor, Frame, Query};

/// Rows of a page.
const ROWS: i64 = 50;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    show: String,
    team: String,
    after: String,
}

impl Asked {
    /// Those that a newer bill does not show, rather than those without one.
    pub(super) fn missing(&self) -> bool {
        self.show != "unbilled"
    }

    /// Whose cases, as far as whoever looks may see them.
    pub(super) fn team(&self, actor: &Actor) -> TeamChoice {
        TeamChoice::read(&self.team, actor)
    }
}

/// Where credits are, as a page or a file.
fn at(path: &str, missing: bool, team: TeamChoice) -> String {
    let show = if missing { "missing" } else { "unbilled" };
    address(path, &[("show", show.to_owned()), ("team", team.text())])
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
    /// What can be done about it: how it is called, of which customer, where it is done.
    deeds: [(&'static str, String); 2],
}

/// Billing is asked in a live case, so for one that is closed another is opened. That it is on a bill is evidence of the
/// promise, which stands in the case; one that somebody said was kept has evidence already.
fn deeds(one: &Credit, billing: Option<DepartmentId>, here: &str) -> [(&'static str, String); 2] {
    let ask = if one.live {
        let pairs = [
            ("case", one.case.to_string()),
            ("department", billing.map(|id| id.to_string()).unwrap_or_default()),
            ("kind", "job".to_owned()),
            ("what", format!("Put the credit of offer {} on a bill: none shows it", one.offer_number)),
            ("back", here.to_owned()),
        ];
        ("Ask billing", address("/requests/new", &pairs))
    } else {
        ("Open a case to ask billing", address("/cases/new", &[("customer", one.customer_id.to_string())]))
    };
    let proof = if one.open { "It is on the bill" } else { "How it was kept" };
    [ask, (proof, format!("/cases/{}#promise-{}", one.case, one.promise))]
}

#[derive(Template)]
#[template(path = "reports/credits.html")]
struct CreditsPage {
    frame: Frame,
    /// Those of whose customers a bill was brought in since.
    missing: bool,
    /// Where these are, and the others.
    tabs: [(&'static str, String, bool); 2],
    /// As lines and as a workbook, for who may take them out.
    files: Option<(String, String)>,
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
    let (missing, team) = (asked.missing(), asked.team(&can));
    let place: Option<(DateTime<Utc>, OfferId)> = Cursor::read(&asked.after);
    let read = async |connection: &mut PgConnection| -> Result<_> {
        let people = app.kept::<People>(connection, &can).await?;
        Ok((people, store::credits(connection, team, missing, app.now(), place, ROWS + 1).await?))
    };
    let (people, mut credits) = app.read_anywhere(&can, read).await?;
    let zone = people.zone_of(can.team);
    let billing = people.departments().iter().find(|one| one.name.eq_ignore_ascii_case("billing")).map(|one| one.id);
    let more = credits.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    credits.truncate(usize::try_from(ROWS).unwrap_or(usize::MAX));
    let here = at("/reports/credits", missing, team);
    let tab = |label, of| (label, at("/reports/credits", of, team), of == missing);
    let this_year = app.now().with_timezone(&zone).year();
    let page = CreditsPage {
        frame,
        missing,
        tabs: [tab("Missing on the bill", true), tab("No bill brought in since", false)],
        files: can
            .may::<ExportReports>()
            .then(|| (at("/reports/credits.csv", missing, team), at("/reports/credits.xlsx", missing, team))),
        first: place.is_some().then(|| here.clone()),
        next: credits
            .last()
            .filter(|_| more)
            .map(|last| format!("{here}&after={}", Cursor::at(&(last.due_at, last.offer)))),
        rows: credits
            .into_iter()
            .map(|one| Shown {
                deeds: deeds(&one, billing, &here),
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
