//! Lists of problems as files: a row for each problem and each currency in which it has something at stake.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};

use super::super::store::{self, Line, Lists};
use super::super::{Kind, code};
use super::list::Asked;
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, ExportCases, SeeProblems};
use crate::error::Result;
use crate::exports::{self, About, CURRENCY, Cell, Format, Rows, Table};
use crate::ids::ProblemId;
use crate::web::{App, Query};

/// Problems read at a time.
const CHUNK: i64 = 500;

pub(super) async fn problems(
    State(app): State<App>,
    can: Can<ExportCases>,
    format: Format,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    file(&app, &can.and::<SeeProblems>()?, format, asked.problems()).await
}

pub(super) async fn incidents(State(app): State<App>, can: Can<ExportCases>, format: Format) -> Result<Response> {
    file(&app, &can.and::<SeeProblems>()?, format, Lists::Live(Kind::Incident)).await
}

async fn file(app: &App, can: &Can<SeeProblems>, format: Format, which: Lists) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let zone = accounts::zone_for(app, &mut connection, can).await?;
    drop(connection);
    let (name, title) = match which {
        Lists::Live(Kind::Problem) => ("problems", "Problems"),
        Lists::Live(Kind::Incident) => ("incidents", "Incidents"),
        Lists::Closed => ("closed-problems", "Closed problems"),
    };
    let entry = Entry::new(Action::ReportExported, Subject::Desk).fact("report", name).fact("format", format.name());
    audit::view(&app.db, can, entry).await?;
    let now = app.now();
    let about = About {
        name: format!("{name}-{}", now.with_timezone(&zone).format("%Y-%m-%d")),
        title: title.to_owned(),
        by: can.name.clone(),
        at: now,
        zone,
        filters: vec![("Which".to_owned(), title.to_owned())],
        definitions: vec![(
            "At stake".to_owned(),
            "The value at risk of live cases, and that of cases that were lost. A problem with cases in two currencies has two rows.".to_owned(),
        )],
    };
    let opened = format!("Opened ({})", zone.name());
    let columns =
        ["Code", "Title", "Kind", "State", "Reason", "Owner", "Fix due", &opened, "Cases", "At stake", CURRENCY];
    let rows = Pages { app: app.clone(), which, after: None };
    Ok(exports::answer(app, format, about, vec![Table::new("Problems", &columns, rows)]))
}

struct Pages {
    app: App,
    which: Lists,
    after: Option<(DateTime<Utc>, ProblemId)>,
}

impl Rows for Pages {
    async fn next(&mut self) -> Result<Vec<Vec<Cell>>> {
        let mut connection = self.app.db.read().await?;
        let lines = store::list(&mut connection, self.which, self.after, CHUNK).await?;
        self.after = lines.last().map(|last| (last.opened_at, last.id)).or(self.after);
        Ok(lines.iter().flat_map(rows).collect())
    }
}

/// A row for each currency; one without an amount for a problem without cases.
fn rows(line: &Line) -> Vec<Vec<Cell>> {
    let row = |cases: i64, stake: [Cell; 2]| {
        let mut row: Vec<Cell> = vec![
            code(line.number).into(),
            line.title.clone().into(),
            line.kind.label().into(),
            line.stage.label_of(line.kind).into(),
            line.reason.clone().into(),
            line.owner.clone().into(),
            line.fix_due_on.into(),
            line.opened_at.into(),
            cases.into(),
        ];
        row.extend(stake);
        row
    };
    let rows: Vec<_> =
        line.counted().map(|(cases, stake)| row(cases, [stake.into(), stake.currency.code().into()])).collect();
    if rows.is_empty() { vec![row(0, [const { Cell::Nothing }; 2])] } else { rows }
}
