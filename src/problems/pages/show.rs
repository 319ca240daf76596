//! A problem: what happens, why, what mends it, what it costs, and whether the fix holds.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::super::store::{self, Progress, Sum, Told};
use super::super::{Category, Factor, Kind, Means, Problem, Stage};
use super::cases::Row;
use super::deeds::DeedForm;
use super::effect::{self, Effect};
use super::list::mark;
use super::{Choice, count};
use crate::accounts::People;
use crate::auth::{Actor, Can, SeeProblems, WorkProblems};
use crate::calendar;
use crate::error::{Error, FormErrors, Result};
use crate::ids::ProblemId;
use crate::reasons::{Reasons, Tree};
use crate::web::{App, Frame, html};

/// Entries of the timeline, and cases, on the page.
const ENTRIES: i64 = 60;
const CASES: i64 = 6;

/// An entry of the timeline as shown.
pub(super) struct Entry {
    pub(super) icon: &'static str,
    pub(super) who: String,
    pub(super) did: &'static str,
    pub(super) words: String,
    /// A problem that an incident led to.
    pub(super) leads: bool,
    pub(super) at: DateTime<Utc>,
    pub(super) when: String,
}

impl Entry {
    fn of(told: Told, kind: Kind, zone: Tz, now: DateTime<Utc>) -> Self {
        let (icon, did) = match told.what.as_str() {
            "opened" => ("flag", "opened it"),
            "changed" => ("edit", "changed"),
            "factor" => ("plus", "added what contributed"),
            "factor_gone" => ("x", "took out what did not contribute"),
            "linked" => ("link", "linked"),
            "unlinked" => ("x", "unlinked"),
            "cause" => ("search", "found the cause"),
            "fix" => ("wrench", "planned what mends it"),
            "fixed" if kind == Kind::Incident => ("ok", "said that it is over, since"),
            "fixed" => ("ok", "said that it is fixed, since"),
            "watched" => ("eye", "watches whether the fix holds"),
            "closed" => ("check", "closed it"),
            "reopened" => ("undo", "reopened it"),
            "answer" => ("send", "answers the cases together"),
            "answered" => ("ok", "answered all cases"),
            "led" => ("right", "opened a problem from it:"),
            _ => ("note", "noted"),
        };
        Self {
            icon,
            did,
            leads: told.what == "led",
            who: told.by.unwrap_or_else(|| "Savedesk".to_owned()),
            words: told.words,
            when: calendar::moment(told.at, zone, now),
            at: told.at,
        }
    }
}

/// What is at stake in one currency, each number with the rows it counts.
pub(super) struct Stake {
    pub(super) currency: String,
    pub(super) live: i64,
    pub(super) at_risk: String,
    pub(super) lost: i64,
    pub(super) gone: String,
    pub(super) all: String,
}

impl Stake {
    fn of(sum: &Sum) -> Self {
        Self {
            currency: sum.currency.code().to_owned(),
            live: sum.live,
            at_risk: sum.at_risk().to_string(),
            lost: sum.lost,
            gone: sum.gone().to_string(),
            all: sum.stake().to_string(),
        }
    }
}

/// A form that was not done, with what was typed.
#[derive(Default)]
pub(super) struct Failed {
    pub(super) form: &'static str,
    pub(super) fields: DeedForm,
    pub(super) errors: FormErrors,
}

#[derive(Template)]
#[template(path = "problems/show.html")]
pub(super) struct ShowPage {
    frame: Frame,
    problem: Problem,
    mark: (&'static str, &'static str, bool),
    stakes: Vec<Stake>,
    cases: i64,
    cases_said: String,
    rows: Vec<Row>,
    factors: Vec<Factor>,
    entries: Vec<Entry>,
    answers: Vec<Progress>,
    effect: Option<Effect>,
    reason: String,
    cause: String,
    fix_due: String,
    fix_late: bool,
    fixed: String,
    span: String,
    today: String,
    moment: String,
    tree: Tree,
    categories: Vec<Choice>,
    means: Vec<Choice>,
    may_work: bool,
    zone: Tz,
    failed: Failed,
    nothing: FormErrors,
    empty: DeedForm,
}

impl ShowPage {
    /// What is wrong with a form.
    fn errors(&self, form: &str) -> &FormErrors {
        if self.failed.form == form { &self.failed.errors } else { &self.nothing }
    }

    /// What was typed into it.
    fn typed(&self, form: &str) -> &DeedForm {
        if self.failed.form == form { &self.failed.fields } else { &self.empty }
    }

    fn is_open(&self, form: &str) -> bool {
        self.failed.form == form
    }

    fn is(&self, stage: &str) -> bool {
        self.problem.stage.name() == stage
    }

    fn works(&self) -> bool {
        self.may_work && self.problem.is_live()
    }

    /// Whether it can be said that it is back.
    fn may_reopen(&self) -> bool {
        self.may_work && matches!(self.problem.stage, Stage::Fixed | Stage::Watched | Stage::Closed)
    }

    /// Text of a field that has a value of its own until something else is typed.
    fn or<'a>(&'a self, form: &str, typed: &'a str, known: &'a str) -> &'a str {
        if self.failed.form == form { typed } else { known }
    }

    /// The cause that is known, or suspected.
    fn suspected(&self) -> &str {
        self.problem.counted().unwrap_or_default()
    }

    /// Whether an answer is under way.
    fn answering(&self) -> bool {
        self.answers.iter().any(|one| one.finished_at.is_none())
    }

    fn live_cases(&self) -> i64 {
        self.stakes.iter().map(|stake| stake.live).sum()
    }

    fn asked_at(&self, answer: &Progress) -> String {
        calendar::moment(answer.asked_at, self.zone, self.frame.now)
    }

    fn answer_label(&self) -> String {
        format!("Answer {}", super::super::actions::cases_said(self.live_cases().unsigned_abs()))
    }
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeProblems>,
    frame: Frame,
    Path(problem): Path<String>,
) -> Result<Response> {
    if let Ok(id) = problem.parse::<ProblemId>() {
        return page(&app, &can, frame, id, Failed::default(), StatusCode::OK).await;
    }
    // people say P-104
    let digits = problem.trim_start_matches(['p', 'P']).trim_start_matches('-');
    let number = digits.parse().map_err(|_| Error::NotFound)?;
    let id = store::find_by_number(&mut *app.db.read().await?, number).await?;
    Ok(Redirect::to(&format!("/problems/{id}")).into_response())
}

/// The page, as it is answered to a form on it as well.
pub(super) async fn page(
    app: &App,
    actor: &Actor,
    frame: Frame,
    problem: ProblemId,
    failed: Failed,
    status: StatusCode,
) -> Result<Response> {
    let now = app.now();
    let mut connection = app.db.read().await?;
    let problem = store::find(&mut connection, problem).await?;
    let people = app.kept::<People>(&mut connection, actor).await?;
    let reasons = app.kept::<Reasons>(&mut connection, actor).await?;
    let zone = people.zone_of(actor.team);
    let factors = store::factors(&mut connection, problem.id).await?;
    let entries = store::entries(&mut connection, problem.id, ENTRIES).await?;
    let sums = store::sums(&mut connection, problem.id).await?;
    let rows = store::cases_page(&mut connection, problem.id, store::Which::All, None, None, CASES).await?;
    let (answers, effect) = if problem.is_incident() {
        (store::answers_of(&mut connection, problem.id).await?, None)
    } else {
        (Vec::new(), effect::read(&mut connection, &problem, &reasons.tree, zone, now).await?)
    };
    drop(connection);
    let today = now.with_timezone(&zone).date_naive();
    let year = chrono::Datelike::year(&today);
    let cases: i64 = sums.iter().map(|sum| sum.cases).sum();
    let path = |code: &Option<String>| code.as_deref().map(|code| reasons.tree.path(code)).unwrap_or_default();
    let moment = |at: Option<DateTime<Utc>>| at.map(|at| calendar::moment(at, zone, now));
    let page = ShowPage {
        frame,
        mark: mark(problem.kind, problem.stage),
        stakes: sums.iter().map(Stake::of).collect(),
        cases,
        cases_said: count(cases),
        rows: rows.into_iter().map(|line| Row::of(line, zone, now)).collect(),
        factors,
        entries: entries.into_iter().map(|told| Entry::of(told, problem.kind, zone, now)).collect(),
        answers,
        effect,
        reason: path(&problem.reason),
        cause: path(&problem.cause),
        fix_due: problem.fix_due_on.map(|day| calendar::date(day, year)).unwrap_or_default(),
        fix_late: problem.stage == Stage::FixPlanned && problem.fix_due_on.is_some_and(|day| day < today),
        fixed: problem.fixed_on.map(|day| calendar::date(day, year)).unwrap_or_default(),
        span: match (moment(problem.began_at), moment(problem.ended_at)) {
            (Some(began), Some(ended)) => format!("{began} to {ended}"),
            (Some(began), None) => format!("Since {began}"),
            _ => String::new(),
        },
        today: today.to_string(),
        moment: calendar::as_typed(now, zone),
        tree: reasons.tree.clone(),
        categories: Category::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
        means: Means::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
        may_work: actor.may::<WorkProblems>(),
        zone,
        failed,
        nothing: FormErrors::new(),
        empty: DeedForm::default(),
        problem,
    };
    Ok((status, html(&page)?).into_response())
}
