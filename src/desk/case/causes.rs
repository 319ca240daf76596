//! Why the customer wants to leave, as three facts side by side: what they said, what was coded, what was verified; and
//! the problems and incidents that the case belongs to.

use axum::Router;
use axum::extract::{FromRequest, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::facts::Facts;
use super::show::{self, Asked, View};
use crate::answer::Answer;
use crate::auth::{Actor, Can, SeeCases, SeeProblems, WorkProblems};
use crate::cases::{self, Cause};
use crate::db::{Part, Tx, first, part};
use crate::desk::Choice;
use crate::error::{Error, FormErrors, Result};
use crate::ids::{CaseId, ProblemId};
use crate::problems::{self, Choosable, OfCase, code};
use crate::reasons::Tree;
use crate::web::{App, Form, Frame};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/cases/{case}/cause", post(verify)).route("/cases/{case}/problems", post(link))
}

/// What is verified of a case, as it is read.
#[derive(Deserialize)]
pub(super) struct Row {
    cause: Option<String>,
    at: Option<DateTime<Utc>>,
    by: Option<String>,
    problem: Option<ProblemId>,
    number: Option<i64>,
    title: Option<String>,
}

type Parts = (Part<Row>, Option<Part<OfCase>>, Option<Part<Choosable>>);
type Rows = (Vec<Row>, Vec<OfCase>, Vec<Choosable>);

/// What is verified, the problems of the case, and those it can be linked to.
pub(super) fn asked(case: CaseId, actor: &Actor) -> Parts {
    let verified = part!(
        Row,
        r#"
        select c.verified_cause as cause, c.verified_at as at, u.name as "by?",
            c.verified_problem_id as "problem: ProblemId", p.number as "number?", p.title as "title?"
        from cases c
        left join users u on u.id = c.verified_by_id
        left join problems p on p.id = c.verified_problem_id
        where c.id = $1
        "#,
        case as CaseId,
    );
    let of_case = actor.may::<SeeProblems>().then(|| problems::of_case_part(case));
    let choosable = actor.may::<WorkProblems>().then(|| problems::choosable_part(case));
    (verified, of_case, choosable)
}

/// The verified cause, and where it comes from.
pub(super) struct Verified {
    pub(super) cause: String,
    pub(super) by: String,
    pub(super) when: String,
    pub(super) problem: Option<(ProblemId, String, String)>,
}

/// The card.
pub(super) struct Causes {
    pub(super) verified: Option<Verified>,
    pub(super) problems: Vec<OfCase>,
    pub(super) choices: Vec<Choice>,
    pub(super) tree: Tree,
    /// What is chosen as long as nothing else is.
    pub(super) suggested: String,
    pub(super) may_work: bool,
    failed: (&'static str, FormErrors),
    nothing: FormErrors,
}

impl Causes {
    /// Of what was read.
    pub(super) fn of(rows: Rows, tree: &Tree, facts: &Facts, actor: &Actor) -> Result<Self> {
        let (verified, problems, choosable) = rows;
        let row = first(verified)?;
        let suggested = row.cause.clone().or_else(|| facts.case.reason.clone()).unwrap_or_default();
        let from = row.problem.zip(row.number).map(|(id, number)| (id, code(number), row.title.unwrap_or_default()));
        Ok(Self {
            verified: row.cause.map(|cause| Verified {
                cause: tree.path(&cause),
                by: row.by.unwrap_or_else(|| "Savedesk".to_owned()),
                when: row.at.map(|at| facts.moment(&at)).unwrap_or_default(),
                problem: from,
            }),
            problems,
            choices: choosable
                .into_iter()
                .map(|one| Choice::new(one.id.to_string(), format!("{}, {}", code(one.number), one.title)))
                .collect(),
            may_work: actor.may::<WorkProblems>(),
            tree: tree.clone(),
            suggested,
            failed: ("", FormErrors::new()),
            nothing: FormErrors::new(),
        })
    }

    /// What is wrong with a form.
    pub(super) fn errors(&self, form: &str) -> &FormErrors {
        if self.failed.0 == form { &self.failed.1 } else { &self.nothing }
    }

    pub(super) fn is_open(&self, form: &str) -> bool {
        self.failed.0 == form
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct CauseForm {
    cause: String,
    problem: String,
}

/// A form of the card.
#[derive(FromRequest)]
#[from_request(state(App))]
struct Sent {
    #[from_request(via(State))]
    app: App,
    can: Can<WorkProblems>,
    frame: Frame,
    #[from_request(via(Path))]
    case: CaseId,
    form: Form<CauseForm>,
}

impl Sent {
    /// Does what the form asks for; or shows the case again with what is wrong.
    async fn act(
        self,
        form: &'static str,
        work: impl AsyncFnOnce(&mut Tx, &Self) -> Result<&'static str>,
    ) -> Result<Response> {
        let mut tx = self.app.begin(&self.can, &self.form.once).await?;
        let why = match work(&mut tx, &self).await {
            Ok(say) => {
                let answer = Answer::to(format!("/cases/{}", self.case)).say(say);
                return Ok(tx.finish(answer).await?.into_response());
            }
            Err(Error::Refused(why)) => why,
            Err(error) => return Err(error),
        };
        drop(tx);
        let can = self.can.and::<SeeCases>()?;
        let mut view = View::load_again(&self.app, &can, self.case, &Asked::default()).await?;
        view.causes.failed = (form, FormErrors::of(form, why));
        show::page(StatusCode::UNPROCESSABLE_ENTITY, self.frame, view)
    }
}

/// Somebody looked at this very case and knows.
async fn verify(sent: Sent) -> Result<Response> {
    sent.act("cause", async |tx, sent| {
        let case = cases::lock(tx, sent.case).await?;
        let found = Cause { code: sent.form.fields.cause.clone(), problem: None, replaces: true };
        cases::verify(tx, &sent.can, &[case.id], &found).await?;
        Ok("Cause verified.")
    })
    .await
}

async fn link(sent: Sent) -> Result<Response> {
    sent.act("problem", async |tx, sent| {
        let problem = sent.form.fields.problem.parse().map_err(|_| Error::refused("Choose the problem."))?;
        let case = cases::find(tx, sent.case).await?;
        problems::link(tx, &sent.can, problem, &[case.id]).await?;
        Ok("Linked.")
    })
    .await
}
