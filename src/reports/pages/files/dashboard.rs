//! The tables of the dashboard: a sheet for each, or one list of all.

use axum::extract::State;
use axum::response::Response;

use super::super::super::Figure;
use super::super::ground::Asked;
use super::super::rates::Names;
use super::super::read::Dashboard;
use super::{Report, tables};
use crate::auth::{Can, ExportReports};
use crate::error::Result;
use crate::exports::Format;
use crate::web::{App, Query};

/// As the page shows them, with every row.
pub(in super::super) async fn dashboard(
    State(app): State<App>,
    can: Can<ExportReports>,
    format: Format,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let read = Dashboard::read(&app, &can, &asked).await?;
    let Dashboard { mut ground, mut figures, people, reasons, catalogue, .. } = read;
    figures.settle_currency(&mut ground);
    let names = Names::new(&reasons.tree, &catalogue, &people, &ground);
    let report = Report {
        name: "dashboard",
        title: "Saves",
        ground: &ground,
        people: &people,
        filters: std::iter::once(("Compared with".to_owned(), ground.before.words()))
            .chain(ground.driver.iter().map(|code| ("Reasons below".to_owned(), names.tree.path(code))))
            .collect(),
        figures: Figure::ALL,
        tables: tables::all(&ground, &figures, &names),
    };
    report.answer(&app, &can, format).await
}
