//! Missed opportunities: each kind, and the types of offers never shown.

use axum::extract::State;
use axum::response::Response;

use super::super::super::sums::share;
use super::super::ground::Asked;
use super::super::missed::{FIGURES, Missed};
use super::{Report, row};
use crate::auth::{Can, ExportReports};
use crate::error::Result;
use crate::exports::{CURRENCY, Cell, Format, Table};
use crate::web::{App, Query};

/// As the page shows them.
pub(in super::super) async fn missed(
    State(app): State<App>,
    can: Can<ExportReports>,
    format: Format,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let report = Missed::read(&app, &can, &asked).await?;
    let (ground, names) = (&report.ground, report.names());
    let lost = report.figures()[0].1;
    let cells = |label: String, cases: i64, minor: i64| -> Vec<Cell> {
        row(ground, vec![label.into(), cases.into(), share(cases, lost).into(), ground.money(minor).into()])
    };
    let kinds = report.figures().map(|(figure, cases, minor)| cells(figure.label().to_owned(), cases, minor));
    let offers = report.unshown().map(|(offer, cases, minor)| cells(names.offer(offer), cases, minor));
    let tables = vec![
        Table::new("What was missed", &["Kind", "Cases", "Of lost", "At stake", CURRENCY], kinds.into()),
        Table::new("Never shown", &["Offer type", "Cases", "Of lost", "At stake", CURRENCY], offers.collect()),
    ];
    let report = Report {
        name: "missed-opportunities",
        title: "Missed opportunities",
        ground,
        people: &report.people,
        filters: Vec::new(),
        figures: &FIGURES,
        tables,
    };
    report.answer(&app, &can, format).await
}
