//! Problems and incidents that go on, and those that are over.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::super::store::{self, Line, Lists};
use super::super::{Kind, Stage, code};
use super::{count, together};
use crate::accounts;
use crate::auth::{Can, ExportCases, SeeProblems, WorkProblems};
use crate::calendar;
use crate::error::Result;
use crate::ids::ProblemId;
use crate::web::{App, Cursor, Frame, Query, html};

/// Rows of a page.
const ROWS: usize = 50;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    show: String,
    after: String,
}

impl Asked {
    /// Which list of problems it is.
    pub(super) fn problems(&self) -> Lists {
        if self.show == "closed" { Lists::Closed } else { Lists::Live(Kind::Problem) }
    }
}

struct Tab {
    href: &'static str,
    label: &'static str,
    current: bool,
}

struct Row {
    id: ProblemId,
    code: String,
    title: String,
    kind: Kind,
    reason: String,
    mark: (&'static str, &'static str, bool),
    cases: String,
    stake: String,
    owner: Option<String>,
    due: String,
    late: bool,
    opened: String,
}

#[derive(Template)]
#[template(path = "problems/list.html")]
struct ListPage {
    frame: Frame,
    tabs: [Tab; 3],
    which: Lists,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
    may_work: bool,
    may_export: bool,
    /// Where the list is as a file, apart from the format, and what stands behind it.
    file: (&'static str, &'static str),
}

impl ListPage {
    fn incidents(&self) -> bool {
        self.which == Lists::Live(Kind::Incident)
    }

    fn closed(&self) -> bool {
        self.which == Lists::Closed
    }
}

/// How a stage is marked: the mark's name, its words, whether it is an end.
pub(super) fn mark(kind: Kind, stage: Stage) -> (&'static str, &'static str, bool) {
    let (name, end) = match stage {
        Stage::Open => ("new", false),
        Stage::CauseKnown => ("working", false),
        Stage::FixPlanned => ("dept", false),
        Stage::Fixed | Stage::Watched => ("part", false),
        Stage::Closed => ("good", true),
    };
    (name, stage.label_of(kind), end)
}

pub(super) async fn problems(
    State(app): State<App>,
    can: Can<SeeProblems>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    page(&app, &can, frame, asked.problems(), &asked.after).await
}

pub(super) async fn incidents(
    State(app): State<App>,
    can: Can<SeeProblems>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    page(&app, &can, frame, Lists::Live(Kind::Incident), &asked.after).await
}

async fn page(app: &App, can: &Can<SeeProblems>, frame: Frame, which: Lists, after: &str) -> Result<Response> {
    let after: Option<(DateTime<Utc>, ProblemId)> = Cursor::read(after);
    let mut connection = app.db.read().await?;
    let zone = accounts::zone_for(app, &mut connection, can).await?;
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mut lines = store::list(&mut connection, which, after, limit).await?;
    drop(connection);
    let more = lines.len() > ROWS;
    lines.truncate(ROWS);
    let here = match which {
        Lists::Live(Kind::Problem) => "/problems?",
        Lists::Live(Kind::Incident) => "/incidents?",
        Lists::Closed => "/problems?show=closed&",
    };
    let tab = |href, label, of| Tab { href, label, current: which == of };
    let now = app.now();
    let today = now.with_timezone(&zone).date_naive();
    let row = |line: Line| Row {
        id: line.id,
        code: code(line.number),
        kind: line.kind,
        reason: line.reason.clone().unwrap_or_default(),
        mark: mark(line.kind, line.stage),
        cases: count(line.cases()),
        stake: together(line.stakes()),
        due: match line.fix_due_on.filter(|_| line.stage == Stage::FixPlanned) {
            Some(day) => calendar::date(day, chrono::Datelike::year(&today)),
            None => String::new(),
        },
        late: line.stage == Stage::FixPlanned && line.fix_due_on.is_some_and(|day| day < today),
        opened: calendar::day(line.opened_at, zone, now),
        owner: line.owner,
        title: line.title,
    };
    let page = ListPage {
        frame,
        tabs: [
            tab("/problems", "Problems", Lists::Live(Kind::Problem)),
            tab("/incidents", "Incidents", Lists::Live(Kind::Incident)),
            tab("/problems?show=closed", "Closed", Lists::Closed),
        ],
        which,
        first: after.map(|_| here.trim_end_matches(['?', '&']).to_owned()),
        next: lines
            .last()
            .filter(|_| more)
            .map(|last| format!("{here}after={}", Cursor::at(&(last.opened_at, last.id)))),
        rows: lines.into_iter().map(row).collect(),
        may_work: can.may::<WorkProblems>(),
        may_export: can.may::<ExportCases>(),
        file: match which {
            Lists::Live(Kind::Problem) => ("/problems", ""),
            Lists::Live(Kind::Incident) => ("/incidents", ""),
            Lists::Closed => ("/problems", "?show=closed"),
        },
    };
    Ok(html(&page)?.into_response())
}
