//! The list as a file.

use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::filter::{Filter, Seen};
use super::rows::{Mark, about, priority};
use super::store::{self, Row};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, ExportCases};
use crate::cases::{Channel, Kind};
use crate::error::Result;
use crate::exports::{self, About, CURRENCY, Cell, Format, Rows, Table};
use crate::money::Money;
use crate::web::App;

/// Rows read at a time.
const CHUNK: i64 = 500;

const HEADER: [&str; 22] = [
    "Case",
    "Customer",
    "Account number",
    "Kind",
    "Channel",
    "Status",
    "Coded reason",
    "Customer's words",
    "At stake",
    "Value at risk",
    "Value kept",
    CURRENCY,
    "Priority",
    "Next action",
    "Due",
    "Due because",
    "Owner",
    "Team",
    "Opened",
    "Closed",
    "Outcome",
    "Id",
];

/// Every case of the list, by number.
pub(super) async fn file(
    State(app): State<App>,
    can: Can<ExportCases>,
    format: Format,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let filter = Filter::read(query.as_deref().unwrap_or_default());
    let mut connection = app.db.read().await?;
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    let seen = Seen { me: can.id, now: app.now(), zone };
    let cases = store::count(&mut connection, &filter, &seen).await?;
    drop(connection);
    // said before the first row leaves, so that an export that breaks off stands in the log too
    let entry = Entry::new(Action::CasesExported, Subject::Desk)
        .fact("count", cases)
        .fact("filter", filter.query())
        .fact("format", format.name());
    audit::view(&app.db, &can, entry).await?;
    let about = About {
        name: format!("cases-{}", seen.now.with_timezone(&zone).format("%Y-%m-%d")),
        title: "Cases".to_owned(),
        by: can.name.clone(),
        at: seen.now,
        zone,
        filters: vec![("Filter".to_owned(), filter.query())],
        definitions: Vec::new(),
    };
    let rows = ByNumber { app: app.clone(), filter, seen, after: 0 };
    Ok(exports::answer(&app, format, about, vec![Table::new("Cases", &HEADER, rows)]))
}

/// The cases of a list, some at a time: no connection is held while whoever asked for them is slow.
struct ByNumber {
    app: App,
    filter: Filter,
    seen: Seen,
    after: i64,
}

impl Rows for ByNumber {
    async fn next(&mut self) -> Result<Vec<Vec<Cell>>> {
        let mut connection = self.app.db.read().await?;
        let rows = store::by_number(&mut connection, &self.filter, &self.seen, self.after, CHUNK).await?;
        self.after = rows.last().map_or(self.after, |last| last.number);
        Ok(rows.iter().map(cells).collect())
    }
}

fn cells(row: &Row) -> Vec<Cell> {
    let mark = Mark::of(row);
    vec![
        format!("SD-{}", row.number).into(),
        row.customer.clone().into(),
        row.account_number.clone().into(),
        Kind::from_name(&row.kind).map(Kind::label).into(),
        Channel::from_name(&row.channel).map(Channel::label).into(),
        if mark.closed { "Closed" } else { mark.label }.into(),
        row.reason.clone().into(),
        row.stated_reason.clone().into(),
        about(row).into(),
        row.value().into(),
        row.value_kept_minor.map(|minor| Money::new(minor, row.currency)).into(),
        row.currency.code().into(),
        priority(row).label().into(),
        row.next_action.clone().into(),
        row.next_due_at.into(),
        row.next_due_because.clone().into(),
        row.owner.clone().into(),
        row.team.clone().into(),
        row.opened_at.into(),
        row.closed_at.into(),
        if mark.closed { mark.label } else { "" }.into(),
        row.id.to_string().into(),
    ]
}
