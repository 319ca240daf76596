//! The rows behind a number, all of them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::super::Source;
use super::super::super::store::{self, Listed, Narrow, Row};
use super::super::ground::Asked;
use super::super::rates::Names;
use super::super::rows::{Wanted, Which};
use super::super::wording::{amounts, case_of, heads, takes, told, took, when, words};
use super::{about, hours, note};
use crate::accounts::People;
use crate::auth::{Can, ExportReports};
use crate::catalogue::Catalogue;
use crate::error::Result;
use crate::exports::{self, CURRENCY, Cell, Format, Rows, Table};
use crate::money::Money;
use crate::reasons::Reasons;
use crate::web::{App, Query};

/// Rows read at a time.
const CHUNK: usize = 5_000;

/// As the page that it is asked for on lists them.
pub(in super::super) async fn rows(
    State(app): State<App>,
    can: Can<ExportReports>,
    format: Format,
    Query(asked): Query<Asked>,
    Query(which): Query<Which>,
    Query(narrow): Query<Narrow>,
) -> Result<Response> {
    let read = async |connection: &mut PgConnection| -> Result<_> {
        let people = app.kept::<People>(connection, &can).await?;
        let wanted = Wanted::read((&asked, &which, narrow.clone()), &can, &people, app.now())?;
        let total = store::total(connection, &wanted.listed).await?;
        let first = store::page(connection, &wanted.listed, None, 1).await?.pop();
        let reasons = app.kept::<Reasons>(connection, &can).await?;
        let catalogue = app.kept::<Catalogue>(connection, &can).await?;
        Ok((people, wanted, total, first, reasons, catalogue))
    };
    let (people, wanted, total, first, reasons, catalogue) = app.read_anywhere(&can, read).await?;
    let Wanted { ground, listed, whose } = wanted;
    let (figure, source) = (listed.figure, listed.figure.source());
    let names = Names::new(&reasons.tree, &catalogue, &people, &ground);
    let mut about = about(&can, &ground, &format!("rows-{}", figure.name()), figure.label());
    about.filters.push(("What is counted".to_owned(), told(&ground, &listed, &names, first.as_ref(), whose)));
    about.filters.push(("Days".to_owned(), days_of(source).to_owned()));
    about.definitions.push((figure.label().to_owned(), figure.definition().to_owned()));
    let mut asked = ground.segment.pairs();
    asked.extend([
        ("figure", figure.name().to_owned()),
        ("from", ground.range.from.to_string()),
        ("to", ground.range.to.to_string()),
    ]);
    asked.extend(listed.narrow.pairs());
    note(&app, &can, "rows", format, total.rows, &asked).await?;
    let (when, (what, more)) = (when(source), heads(source));
    let moment = format!("{when} at ({})", ground.zone.name());
    let mut columns = vec!["Case", "Customer", when, &moment, what, more];
    if takes(source) {
        columns.extend(["Working hours", "Calendar hours"]);
    }
    columns.extend(amounts(figure).map(|amounts| [amounts, CURRENCY]).into_iter().flatten());
    columns.push("Id");
    let pages = Pages { app: app.clone(), can, listed, reasons, after: None };
    Ok(exports::answer(&app, format, about, vec![Table::new("Rows", &columns, pages)]))
}

/// On whose clock its days are.
fn days_of(source: Source) -> &'static str {
    match source {
        Source::Outcomes => "On the clock of each case’s team",
        _ => "On the clock of whoever made the file",
    }
}

/// Rows, some at a time: no connection is held while whoever asked for them is slow.
struct Pages {
    app: App,
    can: Can<ExportReports>,
    listed: Listed,
    reasons: Arc<Reasons>,
    after: Option<(String, Uuid)>,
}

impl Rows for Pages {
    async fn next(&mut self) -> Result<Vec<Vec<Cell>>> {
        let Self { app, can, listed, after, .. } = &*self;
        let page = async |connection: &mut PgConnection| store::page(connection, listed, after.clone(), CHUNK).await;
        let rows = app.read_anywhere(can, page).await?;
        self.after = rows.last().map(|last| (last.place.clone(), last.id)).or(self.after.take());
        Ok(rows.iter().map(|row| self.cells(row)).collect())
    }
}

impl Pages {
    fn cells(&self, row: &Row) -> Vec<Cell> {
        let figure = self.listed.figure;
        let (code, customer) = case_of(row);
        let (what, detail) = words(row, figure.source(), &self.reasons.tree);
        let mut cells = vec![code.into(), customer.into(), row.day.into(), row.at.into(), what.into(), detail.into()];
        if takes(figure.source()) {
            let (worked, passed) = took(row, figure.source());
            cells.extend([worked, passed].map(|time| Cell::from(time.map(hours))));
        }
        if amounts(figure).is_some() {
            let currency = self.listed.segment.currency;
            cells.extend([row.minor.map(|minor| Money::new(minor, currency)).into(), currency.code().into()]);
        }
        cells.push(row.id.to_string().into());
        cells
    }
}
