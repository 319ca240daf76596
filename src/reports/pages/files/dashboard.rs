//! The tables of the dashboard: a sheet for each, or one list of all.

use axum::extract::State;
use axum::response::Response;

use super::super::super::{Figure, Preset};
use super::super::ground::{Asked, Ground};
use super::super::rates::Names;
use super::super::read::Figures;
use super::{Report, tables};
use crate::accounts::{self, People};
use crate::auth::{Can, ExportReports};
use crate::catalogue::Catalogue;
use crate::error::Result;
use crate::exports::Format;
use crate::reasons::Reasons;
use crate::web::{App, Query};

/// As the page shows them, with every row.
pub(in super::super) async fn dashboard(
    State(app): State<App>,
    can: Can<ExportReports>,
    format: Format,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    let preset = Ground::preset(&asked, Preset::Month);
    let mut ground = Ground::new(&asked, preset, &can, zone, app.now());
    let mut figures = Figures::read(&mut connection, &ground).await?;
    let people = app.kept::<People>(&mut connection, &can).await?;
    let reasons = app.kept::<Reasons>(&mut connection, &can).await?;
    let catalogue = app.kept::<Catalogue>(&mut connection, &can).await?;
    drop(connection);
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
