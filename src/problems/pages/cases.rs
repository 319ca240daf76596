//! The cases of a problem, or those that a figure of its page counts: every number opens its rows.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::super::Problem;
use super::super::store::{self, At, CaseLine, Which};
use super::effect;
use crate::accounts;
use crate::auth::{Can, SeeProblems, WorkProblems};
use crate::calendar;
use crate::error::{Error, Result};
use crate::ids::{AnswerId, CaseId, ProblemId};
use crate::money::Currency;
use crate::reasons::Reasons;
use crate::web::{App, Cursor, Frame, Query, html};

/// Rows of a page.
const ROWS: usize = 50;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    which: String,
    currency: String,
    /// A week of the comparison before and after, counted from the fix.
    week: Option<i32>,
    /// An answer to all cases together, and what it came to in these.
    answer: Option<AnswerId>,
    came: String,
    after: String,
}

struct Tab {
    href: String,
    label: &'static str,
    current: bool,
}

/// A case as shown.
pub(super) struct Row {
    pub(super) id: CaseId,
    pub(super) code: String,
    pub(super) customer: String,
    pub(super) stated: String,
    pub(super) coded: String,
    pub(super) verified: String,
    pub(super) elsewhere: bool,
    pub(super) end: Option<(&'static str, &'static str)>,
    pub(super) opened: String,
    pub(super) value: String,
}

impl Row {
    pub(super) fn of(line: CaseLine, zone: Tz, now: DateTime<Utc>) -> Self {
        Self {
            id: line.id,
            code: format!("SD-{}", line.number),
            value: line.value().to_string(),
            end: line.outcome.map(|outcome| (outcome.tone(), outcome.label())),
            opened: calendar::day(line.opened_at, zone, now),
            elsewhere: line.elsewhere,
            customer: line.customer,
            stated: line.stated,
            coded: line.coded.unwrap_or_default(),
            verified: line.verified.unwrap_or_default(),
        }
    }
}

#[derive(Template)]
#[template(path = "problems/cases.html")]
struct CasesPage {
    frame: Frame,
    problem: Problem,
    heading: String,
    /// Where its cases are.
    place: String,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    may_unlink: bool,
    first: Option<String>,
    next: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeProblems>,
    frame: Frame,
    Path(problem): Path<ProblemId>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let problem = store::find(&mut connection, problem).await?;
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let after: Option<At> = Cursor::read(&asked.after);
    let currency = Currency::parse(&asked.currency).ok();
    let which = Which::from_name(&asked.which);
    let here = format!("/problems/{}/cases", problem.id);
    let (mut lines, here, heading) = if let Some(week) = asked.week {
        let tree = &app.kept::<Reasons>(&mut connection, &can).await?.tree;
        let counted = effect::week(&problem, tree, week, zone, app.now()).ok_or(Error::NotFound)?;
        let lines = store::counted_page(&mut connection, problem.id, &counted, after, limit).await?;
        let heading = format!(
            "Cases of this reason that came in from {} until before {}",
            calendar::day(counted.from, zone, app.now()),
            calendar::day(counted.until, zone, app.now()),
        );
        (lines, format!("{here}?week={week}"), heading)
    } else if let Some(answer) = asked.answer {
        let (came, heading) = match asked.came.as_str() {
            "answered" => (Some("answered"), "The answer is in the log of these cases"),
            "passed_over" => (Some("passed_over"), "These cases could not be answered"),
            _ => (None, "These cases were to be answered"),
        };
        let lines = store::answer_page(&mut connection, problem.id, (answer, came), after, limit).await?;
        let here = format!("{here}?answer={answer}&came={}", came.unwrap_or_default());
        (lines, here, heading.to_owned())
    } else {
        let lines = store::cases_page(&mut connection, problem.id, which, currency, after, limit).await?;
        let code = currency.map(|one| one.code().to_owned()).unwrap_or_default();
        let here = format!("{here}?which={}&currency={code}", which.name());
        (lines, here, "The cases that it explains".to_owned())
    };
    drop(connection);
    let of_a_figure = asked.week.is_some() || asked.answer.is_some();
    let more = lines.len() > ROWS;
    lines.truncate(ROWS);
    let tab = |one: &Which| Tab {
        href: format!("/problems/{}/cases?which={}", problem.id, one.name()),
        label: one.label(),
        current: *one == which,
    };
    let page = CasesPage {
        frame,
        heading,
        place: format!("/problems/{}/cases", problem.id),
        tabs: if of_a_figure { Vec::new() } else { Which::ALL.iter().map(tab).collect() },
        may_unlink: can.may::<WorkProblems>() && !of_a_figure && problem.is_live(),
        first: after.map(|_| here.clone()),
        next: lines.last().filter(|_| more).map(|last| format!("{here}&after={}", Cursor::at(&At(last.number)))),
        rows: lines.into_iter().map(|line| Row::of(line, zone, app.now())).collect(),
        problem,
    };
    Ok(html(&page)?.into_response())
}
