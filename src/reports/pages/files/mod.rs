//! Reports as files: the dashboard's tables, missed opportunities, coaching, a person's figures, the rows behind a number, the credits that no
//! bill shows. Whoever may see them as a page may take them out; that is noted, with what was asked for.

mod coaching;
mod credits;
mod dashboard;
mod missed;
mod person;
mod rows;
mod tables;

use axum::response::Response;
use chrono::TimeDelta;

use super::super::{Figure, TeamChoice};
use super::ground::Ground;
use crate::accounts::People;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::Actor;
use crate::error::Result;
use crate::exports::{self, About, Cell, Format, Table};
use crate::web::App;

pub(super) use coaching::coaching;
pub(super) use credits::credits;
pub(super) use dashboard::dashboard;
pub(super) use missed::missed;
pub(super) use person::person;
pub(super) use rows::rows;

/// A table that is there as a whole.
type Sheet = Table<Vec<Vec<Cell>>>;

/// A report of a few tables.
struct Report<'a> {
    name: &'static str,
    title: &'static str,
    ground: &'a Ground,
    people: &'a People,
    /// What was asked for beside span, currency, team and line.
    filters: Vec<(String, String)>,
    /// What its tables tell.
    figures: &'a [Figure],
    tables: Vec<Sheet>,
}

impl Report<'_> {
    /// A sheet for each table, or one list of all; noted before.
    async fn answer(self, app: &App, actor: &Actor, format: Format) -> Result<Response> {
        let Self { name, title, ground, people, filters, figures, tables } = self;
        let mut about = about(actor, ground, name, title);
        let team = match ground.segment.team {
            TeamChoice::All => Some("All teams".to_owned()),
            TeamChoice::None => Some("No team".to_owned()),
            TeamChoice::One(team) => people.teams().into_iter().find(|one| one.id == team).map(|one| one.name),
        };
        about.filters.extend(filters);
        about.filters.extend([
            ("Team".to_owned(), team.unwrap_or_default()),
            ("Line of business".to_owned(), ground.segment.line.clone().unwrap_or_else(|| "All lines".to_owned())),
        ]);
        let defined = |figure: &Figure| (figure.label().to_owned(), figure.definition().to_owned());
        about.definitions.extend(figures.iter().map(defined));
        let mut asked = ground.segment.pairs();
        asked.extend([("from", ground.range.from.to_string()), ("to", ground.range.to.to_string())]);
        let count = tables.iter().map(|table| table.rows.len()).sum::<usize>();
        note(app, actor, name, format, i64::try_from(count).unwrap_or(i64::MAX), &asked).await?;
        let tables = if format == Format::Csv { vec![exports::in_one(tables)] } else { tables };
        Ok(exports::answer(app, format, about, tables))
    }
}

/// A row that ends with the currency of its amounts.
fn row(ground: &Ground, mut cells: Vec<Cell>) -> Vec<Cell> {
    cells.push(ground.segment.currency.code().into());
    cells
}

/// What every file of a report says of itself.
fn about(actor: &Actor, ground: &Ground, name: &str, title: &str) -> About {
    About {
        name: format!("{name}-{}-to-{}", ground.range.from, ground.range.to),
        title: title.to_owned(),
        by: actor.name.clone(),
        at: ground.now,
        zone: ground.zone,
        filters: vec![
            ("From".to_owned(), ground.range.from.to_string()),
            ("To".to_owned(), ground.range.to.to_string()),
            ("Currency".to_owned(), ground.segment.currency.code().to_owned()),
        ],
        definitions: Vec::new(),
    }
}

/// A time in hours.
#[expect(clippy::cast_precision_loss, reason = "hours for the eye")]
fn hours(time: TimeDelta) -> f64 {
    time.num_seconds() as f64 / 3_600.0
}

/// Notes that a report leaves, before its first row does, so that one that breaks off stands in the log too.
async fn note(
    app: &App,
    actor: &Actor,
    report: &str,
    format: Format,
    count: i64,
    asked: &[(&str, String)],
) -> Result<()> {
    let mut entry = Entry::new(Action::ReportExported, Subject::Desk)
        .fact("report", report)
        .fact("format", format.name())
        .fact("count", count);
    for (name, value) in asked.iter().filter(|(_, value)| !value.is_empty()) {
        entry = entry.fact(name, value.as_str());
    }
    audit::view(&app.db, actor, entry).await
}
