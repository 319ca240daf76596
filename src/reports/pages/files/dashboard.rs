//! The tables of the dashboard: a sheet for each, or one list of all.

use axum::extract::State;
use axum::response::Response;

use super::super::super::{Figure, Preset, TeamChoice};
use super::super::ground::{Asked, Ground};
use super::super::rates::Names;
use super::super::read::Figures;
use super::{about, note, tables};
use crate::accounts::{self, People};
use crate::auth::{Can, ExportReports};
use crate::catalogue::Catalogue;
use crate::error::Result;
use crate::exports::{self, Format};
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
    let tables = tables::all(&ground, &figures, &names);
    let mut about = about(&can, &ground, "dashboard", "Saves");
    let team = names.team_of(ground.segment.team);
    let everybody = if ground.segment.team == TeamChoice::All { "All teams" } else { "No team" };
    about.filters.extend([
        ("Compared with".to_owned(), ground.before.words()),
        ("Team".to_owned(), team.unwrap_or_else(|| everybody.to_owned())),
        ("Line of business".to_owned(), ground.segment.line.clone().unwrap_or_else(|| "All lines".to_owned())),
    ]);
    let defined = |figure: &Figure| (figure.label().to_owned(), figure.definition().to_owned());
    about.definitions.extend(Figure::ALL.iter().map(defined));
    let mut asked = ground.segment.pairs();
    asked.extend([("from", ground.range.from.to_string()), ("to", ground.range.to.to_string())]);
    let count = tables.iter().map(|table| table.rows.len()).sum::<usize>();
    note(&app, &can, "dashboard", format, i64::try_from(count).unwrap_or(i64::MAX), &asked).await?;
    let tables = if format == Format::Csv { vec![exports::in_one(tables)] } else { tables };
    Ok(exports::answer(&app, format, about, tables))
}
