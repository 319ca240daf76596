//! Everything that is done with a problem on its page.

use axum::Router;
use axum::extract::{FromRequest, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::super::{
    self as problems, Category, LONGEST_FIX, LONGEST_WHY, LONGEST_WORDS, Means, NewAnswer, Problem, Refusal, run, store,
};
use super::link::keeps;
use super::show::{self, Failed};
use super::span::midnight;
use crate::accounts;
use crate::answer::Answer;
use crate::auth::{Can, WorkProblems};
use crate::calendar;
use crate::db::Tx;
use crate::error::{Error, FormErrors, Result};
use crate::ids::{CaseId, FactorId, ProblemId};
use crate::web::{App, Form, Frame, NotDone};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/problems/{problem}/notes", post(note))
        .route("/problems/{problem}/factors", post(add_factor))
        .route("/problems/{problem}/factors/{factor}/removal", post(remove_factor))
        .route("/problems/{problem}/cases/{case}/removal", post(unlink))
        .route("/problems/{problem}/cause", post(cause))
        .route("/problems/{problem}/fix", post(fix))
        .route("/problems/{problem}/fixed", post(fixed))
        .route("/problems/{problem}/watching", post(watch))
        .route("/problems/{problem}/closing", post(close))
        .route("/problems/{problem}/reopening", post(reopen))
        .route("/problems/{problem}/answers", post(answer))
        .route("/problems/{problem}/problem", post(lead))
}

/// The fields of any form of the page, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DeedForm {
    pub(super) words: String,
    pub(super) category: String,
    pub(super) cause: String,
    pub(super) replaces: String,
    pub(super) due: String,
    pub(super) on: String,
    pub(super) at: String,
    pub(super) means: String,
    pub(super) ends_next_step: String,
}

/// A form of the page.
#[derive(FromRequest)]
#[from_request(state(App))]
struct Sent {
    #[from_request(via(State))]
    app: App,
    can: Can<WorkProblems>,
    frame: Frame,
    #[from_request(via(Path))]
    place: Place,
    form: Form<DeedForm>,
}

/// What the address names.
#[derive(Deserialize)]
struct Place {
    problem: ProblemId,
    factor: Option<FactorId>,
    case: Option<CaseId>,
}

impl Sent {
    /// Does what the form asks for; or shows it again with what is wrong, and how things stand now.
    async fn act(
        self,
        form: &'static str,
        errors: FormErrors,
        work: impl AsyncFnOnce(&mut Tx, &Self) -> Result<Answer>,
    ) -> Result<Response> {
        let does = async |tx: &mut Tx, ()| work(tx, &self).await;
        let NotDone { status, errors } = match self.app.act(&self.can, &self.form.once, errors.none(), does).await? {
            Ok(done) => return Ok(done),
            Err(not_done) => not_done,
        };
        let failed = Failed { form, fields: self.form.fields, errors };
        show::page(&self.app, &self.can, self.frame, self.place.problem, failed, status).await
    }

    fn problem(&self) -> ProblemId {
        self.place.problem
    }

    fn said(&self, say: impl Into<String>) -> Answer {
        Answer::to(format!("/problems/{}", self.place.problem)).say(say)
    }

    /// The words, which have to be there.
    fn words(&self, errors: &mut FormErrors, missing: &str, most: usize) -> String {
        let words = self.form.fields.words.trim();
        if words.is_empty() {
            errors.add("words", missing);
        }
        self.optional(errors, most)
    }

    /// The words, if there are any.
    fn optional(&self, errors: &mut FormErrors, most: usize) -> String {
        let words = self.form.fields.words.trim();
        if words.chars().count() > most {
            errors.add("words", format!("Use at most {most} characters."));
        }
        words.to_owned()
    }
}

fn day(text: &str) -> Result<NaiveDate, &'static str> {
    calendar::typed_day(text).ok_or("Enter a day, like 2026-12-01.")
}

async fn note(sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let words = sent.words(&mut errors, "Write what there is to note.", LONGEST_WORDS);
    sent.act("notes", errors, async |tx, sent| {
        problems::note(tx, &sent.can, sent.problem(), &words).await?;
        Ok(sent.said("Noted."))
    })
    .await
}

async fn add_factor(sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let words = sent.words(&mut errors, "Write what contributed.", LONGEST_WHY);
    let category = Category::from_name(&sent.form.fields.category).ok_or("Choose where it comes from.");
    let category = errors.check("category", category).unwrap_or(Category::Process);
    sent.act("factors", errors, async |tx, sent| {
        problems::add_factor(tx, &sent.can, sent.problem(), category, words).await?;
        Ok(sent.said("Added."))
    })
    .await
}

async fn remove_factor(sent: Sent) -> Result<Response> {
    sent.act("", FormErrors::new(), async |tx, sent| {
        let factor = sent.place.factor.ok_or(Error::NotFound)?;
        problems::remove_factor(tx, &sent.can, sent.problem(), factor).await?;
        Ok(sent.said("Taken out. The timeline keeps it."))
    })
    .await
}

async fn unlink(sent: Sent) -> Result<Response> {
    sent.act("", FormErrors::new(), async |tx, sent| {
        let case = sent.place.case.ok_or(Error::NotFound)?;
        problems::unlink(tx, &sent.can, sent.problem(), case).await?;
        let to = format!("/problems/{}/cases", sent.problem());
        Ok(Answer::to(to).say("Unlinked. A cause that came from here is taken back with it."))
    })
    .await
}

async fn cause(sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let words = sent.optional(&mut errors, LONGEST_FIX);
    if sent.form.fields.cause.is_empty() {
        errors.add("cause", "Choose the cause.");
    }
    sent.act("cause", errors, async |tx, sent| {
        let DeedForm { cause, replaces, .. } = &sent.form.fields;
        let replaces = !replaces.is_empty();
        let (_, verified) = problems::find_cause(tx, &sent.can, sent.problem(), cause, words, replaces).await?;
        let cases = problems::actions::cases_said(verified.set as u64);
        Ok(sent.said(match verified.kept {
            0 => format!("Cause known. It is the verified cause of {cases} now."),
            kept => format!(
                "Cause known. It is the verified cause of {cases} now; {} what somebody verified otherwise.",
                keeps(kept)
            ),
        }))
    })
    .await
}

async fn fix(sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let words = sent.words(&mut errors, "Write what will mend it.", LONGEST_FIX);
    let due = errors.check("due", day(&sent.form.fields.due)).unwrap_or_default();
    sent.act("fix", errors, async |tx, sent| {
        problems::plan_fix(tx, &sent.can, sent.problem(), words, due).await?;
        Ok(sent.said("Fix planned."))
    })
    .await
}

/// Since when it is fixed: a day for a problem, a moment for an incident. What does not do is said beside that field.
fn since(
    fields: &DeedForm,
    problem: &Problem,
    zone: Tz,
    now: DateTime<Utc>,
    errors: &mut FormErrors,
) -> Option<DateTime<Utc>> {
    let (field, since) = if problem.is_incident() {
        let at = calendar::typed(&fields.at, zone);
        ("at", at.and_then(|at| at.ok_or("Enter the moment since which it is over.")))
    } else {
        ("on", day(&fields.on).map(|day| midnight(zone, day)))
    };
    let since = errors.check(field, since)?;
    let fits = problem.clone().mended(since, now, zone);
    if let Err(refusal @ (Refusal::Ahead | Refusal::OverAhead | Refusal::BeforeBegin)) = fits {
        errors.add(field, refusal.to_string());
    }
    Some(since)
}

async fn fixed(sent: Sent) -> Result<Response> {
    let mut connection = sent.app.db.read().await?;
    let problem = store::find(&mut connection, sent.problem()).await?;
    let zone = accounts::zone_for(&sent.app, &mut connection, &sent.can).await?;
    drop(connection);
    let mut errors = FormErrors::new();
    let since = since(&sent.form.fields, &problem, zone, sent.app.now(), &mut errors).unwrap_or_default();
    sent.act("fixed", errors, async |tx, sent| {
        let problem = problems::fixed(tx, &sent.can, sent.problem(), since, zone).await?;
        Ok(sent.said(if problem.is_incident() { "It is over." } else { "Fixed. Watch whether it holds." }))
    })
    .await
}

async fn watch(sent: Sent) -> Result<Response> {
    sent.act("watching", FormErrors::new(), async |tx, sent| {
        problems::watch(tx, &sent.can, sent.problem()).await?;
        Ok(sent.said("Watched from now on."))
    })
    .await
}

async fn close(sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let words = sent.words(&mut errors, "Write what came of it.", LONGEST_FIX);
    sent.act("closing", errors, async |tx, sent| {
        let problem = problems::close(tx, &sent.can, sent.problem(), words).await?;
        Ok(sent.said(format!("{} closed.", problem.code())))
    })
    .await
}

async fn reopen(sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let words = sent.words(&mut errors, "Write why it is back.", LONGEST_FIX);
    sent.act("reopening", errors, async |tx, sent| {
        let problem = problems::reopen(tx, &sent.can, sent.problem(), &words).await?;
        Ok(sent.said(format!("{} reopened.", problem.code())))
    })
    .await
}

/// Asks for one answer to all live cases, and begins with it.
async fn answer(sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let words = sent.words(&mut errors, "Write what customers are told.", LONGEST_WORDS);
    let means = Means::from_name(&sent.form.fields.means).ok_or("Choose how they are told.");
    let means = errors.check("means", means).unwrap_or(Means::Note);
    let app = sent.app.clone();
    let answered = sent
        .act("answers", errors, async |tx, sent| {
            let ends_next_step = !sent.form.fields.ends_next_step.is_empty();
            let new = NewAnswer { means, words, ends_next_step };
            let cases = problems::answer_together(tx, &sent.can, sent.problem(), new).await?;
            let cases = problems::actions::cases_said(cases);
            Ok(sent.said(format!("It will be in the log of {cases}. You may leave this page: it goes on.")))
        })
        .await?;
    if answered.status() == StatusCode::SEE_OTHER {
        run::spawn(&app);
    }
    Ok(answered)
}

async fn lead(sent: Sent) -> Result<Response> {
    sent.act("", FormErrors::new(), async |tx, sent| {
        let problem = problems::lead_to(tx, &sent.can, sent.problem()).await?;
        let to = format!("/problems/{}", problem.id);
        Ok(Answer::to(to).say(format!("{} opened, with the cases of the incident.", problem.code())))
    })
    .await
}
