//! Promised credits that did not reach the invoice, all of them.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::super::TeamChoice;
use super::super::super::store::{self, Credit};
use super::super::credits::Asked;
use super::note;
use crate::accounts;
use crate::auth::{Can, ExportReports};
use crate::error::Result;
use crate::exports::{self, About, CURRENCY, Cell, Format, Rows, Table};
use crate::ids::OfferId;
use crate::web::{App, Query};

/// Rows read at a time.
const CHUNK: i64 = 1_000;

/// As the page lists them.
pub(in super::super) async fn credits(
    State(app): State<App>,
    can: Can<ExportReports>,
    format: Format,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let zone = accounts::zone_for(&app, &mut *app.db.read().await?, &can).await?;
    let now = app.now();
    let shown = if asked.missing() { "Missing on the bill" } else { "No bill brought in since" };
    let about = About {
        name: format!("promised-credits-{}", now.with_timezone(&zone).format("%Y-%m-%d")),
        title: "Promised credits".to_owned(),
        by: can.name.clone(),
        at: now,
        zone,
        filters: vec![("Which".to_owned(), shown.to_owned())],
        definitions: vec![(
            "Promised credits".to_owned(),
            "Credits, refunds and waived fees of accepted offers that are due and that no bill shows. A line of a bill \
             shows one of them."
                .to_owned(),
        )],
    };
    note(&app, &can, "credits", format, 0, &[("which", shown.to_owned())]).await?;
    let due = format!("Due ({})", zone.name());
    let columns = ["Case", "Customer", "Offer", "Credit", CURRENCY, &due, "Newest bill", "Whose"];
    let (team, missing) = (asked.team(&can), asked.missing());
    let pages = Pages { app: app.clone(), can, team, missing, at: now, after: None };
    Ok(exports::answer(&app, format, about, vec![Table::new("Promised credits", &columns, pages)]))
}

struct Pages {
    app: App,
    can: Can<ExportReports>,
    team: TeamChoice,
    missing: bool,
    at: DateTime<Utc>,
    after: Option<(DateTime<Utc>, OfferId)>,
}

impl Rows for Pages {
    async fn next(&mut self) -> Result<Vec<Vec<Cell>>> {
        let Self { app, can, team, missing, at, after } = &*self;
        let credits =
            async |connection: &mut PgConnection| store::credits(connection, *team, *missing, *at, *after, CHUNK).await;
        let rows = app.read_anywhere(can, credits).await?;
        self.after = rows.last().map(|last| (last.due_at, last.offer)).or(self.after);
        Ok(rows.into_iter().map(cells).collect())
    }
}

fn cells(one: Credit) -> Vec<Cell> {
    vec![
        format!("SD-{}", one.number).into(),
        one.customer.into(),
        one.offer_number.into(),
        one.amount.into(),
        one.amount.currency.code().into(),
        one.due_at.into(),
        one.billed_on.into(),
        one.owner.into(),
    ]
}
