//! Linking cases to a problem: by a reason and the days on which they came in, all in one go; by their numbers; from the
//! page of a case.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono_tz::Tz;
use serde::Deserialize;
use uuid::Uuid;

use super::super::actions::cases_said;
use super::super::store::{self, Matching, Sum};
use super::super::{self as problems, Found, MOST_AT_ONCE, Problem};
use super::new::at_once;
use super::span::Span;
use super::together;
use crate::accounts;
use crate::answer::Answer;
use crate::auth::{Can, WorkProblems};
use crate::db::Tx;
use crate::error::{Error, FormErrors, Result};
use crate::ids::{CaseId, ProblemId};
use crate::reasons::{Reasons, Tree};
use crate::web::{App, Form, Frame, Query, fresh_key, html};

/// How many numbers are taken at once.
const MOST_NUMBERS: usize = 500;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LinkForm {
    /// By their numbers, as typed.
    numbers: String,
    #[serde(flatten)]
    span: Span,
}

#[derive(Template)]
#[template(path = "problems/link.html")]
struct LinkPage {
    frame: Frame,
    once: [Uuid; 2],
    problem: Problem,
    span: Span,
    numbers: String,
    errors: FormErrors,
    number_errors: FormErrors,
    tree: Tree,
    /// What matches and is not linked yet: how many, and in words.
    found: Option<(i64, String)>,
}

impl LinkPage {
    /// How many would be linked.
    fn many(&self) -> i64 {
        self.found.as_ref().map_or(0, |(many, _)| (*many).min(MOST_AT_ONCE))
    }

    fn label(&self) -> String {
        format!("Link {}", cases_said(self.many().unsigned_abs()))
    }

    fn live(&self) -> bool {
        !self.span.live.is_empty()
    }
}

struct Ground {
    problem: Problem,
    tree: Tree,
    zone: Tz,
}

impl Ground {
    async fn of(app: &App, can: &Can<WorkProblems>, problem: ProblemId) -> Result<Self> {
        let mut connection = app.db.read().await?;
        let problem = store::find(&mut connection, problem).await?;
        let zone = accounts::zone_for(app, &mut connection, can).await?;
        let tree = app.kept::<Reasons>(&mut connection, can).await?.tree.clone();
        Ok(Self { problem, tree, zone })
    }

    async fn page(
        self,
        app: &App,
        frame: Frame,
        span: Span,
        numbers: String,
        number_errors: FormErrors,
        status: StatusCode,
    ) -> Result<Response> {
        let mut errors = FormErrors::new();
        let span = span.with_days(self.zone, app.now());
        let which = if span.reason.is_empty() { None } else { span.parse(&self.tree, self.zone, &mut errors) };
        let found = match which {
            Some(which) => Some(found(app, &which, self.problem.id).await?),
            None => None,
        };
        let page = LinkPage {
            frame,
            once: [fresh_key(), fresh_key()],
            span,
            numbers,
            errors,
            number_errors,
            tree: self.tree,
            found,
            problem: self.problem,
        };
        Ok((status, html(&page)?).into_response())
    }
}

async fn found(app: &App, which: &Matching, problem: ProblemId) -> Result<(i64, String)> {
    let sums = store::matching_sums(&mut *app.db.read().await?, which, Some(problem)).await?;
    let cases: i64 = sums.iter().map(|sum| sum.cases).sum();
    let live: i64 = sums.iter().map(|sum| sum.live).sum();
    let stake = together(sums.iter().map(Sum::stake));
    let all = cases_said(cases.unsigned_abs());
    let are = if cases == 1 { "is" } else { "are" };
    let found = format!(
        "{all} of this reason came in on these days and {are} not linked yet: {live} live, {stake} at stake.{}",
        at_once(cases)
    );
    Ok((cases, found))
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<WorkProblems>,
    frame: Frame,
    Path(problem): Path<ProblemId>,
    Query(asked): Query<Span>,
) -> Result<Response> {
    let ground = Ground::of(&app, &can, problem).await?;
    ground.problem.require_live()?;
    let reason = ground.problem.counted().unwrap_or_default().to_owned();
    let span = if asked.reason.is_empty() { Span { reason, ..asked } } else { asked };
    ground.page(&app, frame, span, String::new(), FormErrors::new(), StatusCode::OK).await
}

pub(super) async fn create(
    State(app): State<App>,
    can: Can<WorkProblems>,
    frame: Frame,
    Path(problem): Path<ProblemId>,
    form: Form<LinkForm>,
) -> Result<Response> {
    let ground = Ground::of(&app, &can, problem).await?;
    let LinkForm { numbers, span } = form.fields;
    let mut errors = FormErrors::new();
    let to = format!("/problems/{problem}");
    if numbers.trim().is_empty() {
        let Some(which) = span.parse(&ground.tree, ground.zone, &mut errors) else {
            return ground.page(&app, frame, span, numbers, errors, StatusCode::UNPROCESSABLE_ENTITY).await;
        };
        let mut tx = app.begin(&can, &form.once).await?;
        let cases = store::matching(&mut tx, &which, Some(problem), MOST_AT_ONCE).await?;
        let done = problems::link(&mut tx, &can, problem, &cases).await?;
        return Ok(tx.finish(Answer::to(to).say(said(done))).await?.into_response());
    }
    let mut tx = app.begin(&can, &form.once).await?;
    let linked = match read(&numbers) {
        Err(why) => Err(why),
        Ok(wanted) => by_number(&mut tx, &can, problem, &wanted).await?,
    };
    match linked {
        Ok(done) => Ok(tx.finish(Answer::to(to).say(said(done))).await?.into_response()),
        Err(why) => {
            drop(tx);
            let errors = FormErrors::of("numbers", why);
            ground.page(&app, frame, span, numbers, errors, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// Links the cases of these numbers, or none of them where one is not there.
async fn by_number(
    tx: &mut Tx,
    can: &Can<WorkProblems>,
    problem: ProblemId,
    wanted: &[i64],
) -> Result<Result<Found, String>> {
    let found = store::named(tx, wanted).await?;
    let missing: Vec<String> = wanted
        .iter()
        .filter(|number| found.iter().all(|(_, there)| there != *number))
        .map(|number| format!("SD-{number}"))
        .collect();
    if !missing.is_empty() {
        return Ok(Err(format!("There is no case {}.", missing.join(", "))));
    }
    let cases: Vec<CaseId> = found.into_iter().map(|(id, _)| id).collect();
    match problems::link(tx, can, problem, &cases).await {
        Ok(found) => Ok(Ok(found)),
        Err(Error::Refused(why)) => Ok(Err(why)),
        Err(error) => Err(error),
    }
}

/// The numbers in `SD-20418, 20419`.
fn read(text: &str) -> Result<Vec<i64>, String> {
    let words = text.split(|sign: char| sign == ',' || sign == ';' || sign.is_whitespace());
    let mut numbers = Vec::new();
    for word in words.filter(|word| !word.is_empty()) {
        let digits = word.trim_start_matches(|sign: char| !sign.is_ascii_digit());
        match digits.parse() {
            Ok(number) if word.len() <= 20 => numbers.push(number),
            _ => return Err(format!("“{word}” is no case number. They look like SD-20418.")),
        }
    }
    if numbers.len() > MOST_NUMBERS {
        return Err(format!("Enter at most {MOST_NUMBERS} numbers at once."));
    }
    Ok(numbers)
}

/// What came of it, in a sentence.
fn said(found: Found) -> String {
    let linked = cases_said(found.linked as u64);
    match (found.linked, found.kept) {
        (0, _) => "Nothing new: these cases are linked already.".to_owned(),
        (_, 0) => format!("{linked} linked."),
        (_, kept) => format!("{linked} linked. {} a cause that was verified otherwise.", keeps(kept)),
    }
}

/// "3 cases keep"
pub(super) fn keeps(kept: usize) -> String {
    format!("{} {}", cases_said(kept as u64), if kept == 1 { "keeps" } else { "keep" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_named_as_people_write_them() {
        assert_eq!(read("SD-20418, 20419;\n sd20420"), Ok(vec![20_418, 20_419, 20_420]));
        assert!(read("SD-20418 Harborview").is_err());
        assert_eq!(read("  "), Ok(Vec::new()));
    }
}
