//! A process with all that is done with it: steps made again or skipped, the confirmation of a cancellation, the whole
//! stopped, a legal hold lifted; beside that what is known of it, and who knows. A form that does not pass is answered with
//! the page again.

use askama::Template;
use axum::Router;
use axum::extract::{FromRequest, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::super::{Process, actions, store};
use super::start::{FactForm, Field};
use super::view::Shown;
use super::{Choice, back, facts};
use crate::accounts::People;
use crate::answer::Answer;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, EditCustomers, SeeCases, SettleProcesses, WorkCases};
use crate::cases::{self, Case};
use crate::customers;
use crate::db::Tx;
use crate::error::{Error, FormErrors, Result};
use crate::files;
use crate::ids::{ProcessId, ProcessStepId, UserId};
use crate::promises::Evidence;
use crate::web::{self, App, Form, FormWithFiles, Frame, NotDone, fresh_key};

/// The most characters of a reason.
const LONGEST: usize = 1000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/case_processes/{process}", get(show))
        .route("/case_processes/{process}/stopping", post(stop))
        .route("/case_processes/{process}/mail", post(mail))
        .route("/case_processes/{process}/confirmation", post(confirm))
        .route("/case_processes/{process}/release", post(lift_hold))
        .route("/process_steps/{step}/repetition", post(again))
        .route("/process_steps/{step}/skipping", post(skip))
}

/// What was typed into one of the forms. Each sends what it has.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    pub(super) back: String,
    pub(super) why: String,
    pub(super) number: Vec<String>,
    pub(super) value: Vec<String>,
    /// What stood there when a correction was typed.
    pub(super) was: Vec<String>,
    pub(super) person: String,
}

impl Typed {
    pub(super) fn facts(&self) -> FactForm {
        FactForm { kind: String::new(), number: self.number.clone(), value: self.value.clone() }
    }

    /// Why it is done, which has to be said.
    fn why(&self, missing: &str) -> Result<String, FormErrors> {
        let why = self.why.trim();
        match why.chars().count() {
            0 => Err(FormErrors::of("why", missing)),
            length if length > LONGEST => Err(FormErrors::of("why", format!("Use at most {LONGEST} characters."))),
            _ => Ok(why.to_owned()),
        }
    }
}

/// The page.
pub(super) struct OneView {
    pub(super) shown: Shown,
    pub(super) case: Case,
    customer: String,
    /// What is to be filled in.
    fields: Vec<Field>,
    /// What may be corrected.
    corrections: Vec<Field>,
    /// The names of those who know of a confidential one.
    knows: Vec<String>,
    /// Who may come to know of it.
    others: Vec<Choice>,
    /// Of the form that did not pass.
    failed: String,
    errors: FormErrors,
    typed: Typed,
    /// Whether mails leave this desk at all.
    mails: bool,
    files_hint: String,
    back: String,
    key: Uuid,
}

impl OneView {
    /// What is wrong with one of the forms.
    fn errors_of(&self, form: &str) -> FormErrors {
        if self.failed == form { self.errors.clone() } else { FormErrors::new() }
    }

    fn why_of(&self, form: &str) -> String {
        if self.failed == form { self.typed.why.clone() } else { String::new() }
    }

    fn is_failed(&self, form: &str) -> bool {
        self.failed == form
    }

    /// Whether the form for corrections stands open: it did not pass, or what was typed is noted otherwise by now.
    fn corrects(&self) -> bool {
        let clashes = self.corrections.iter().any(|field| self.typed.number.contains(&field.position.to_string()));
        self.is_failed("corrections") || (self.is_failed("facts") && clashes)
    }

    /// What is refused stands over the page, whichever form it was.
    fn refused(&self) -> FormErrors {
        self.errors.parted(false)
    }

    fn skip_form(step: &ProcessStepId) -> String {
        format!("skip-{step}")
    }
}

#[derive(Template)]
#[template(path = "processes/one.html")]
struct OnePage {
    frame: Frame,
    view: OneView,
}

pub(super) async fn load(app: &App, can: &Can<SeeCases>, process: ProcessId, typed: Typed) -> Result<OneView> {
    let mut connection = app.db.read().await?;
    let process = store::find(&mut connection, process).await?;
    let case = cases::find(&mut connection, process.case).await?;
    let customer = customers::find(&mut connection, case.customer).await?;
    let people = app.kept::<People>(&mut connection, can).await?;
    drop(connection);
    let id = process.id;
    let shown = Shown::of(process, case.at_stake, can, people.zone_of(can.team), app.now()).ok_or(Error::NotFound)?;
    audit::view_again(&app.db, can, Entry::new(Action::ProcessViewed, Subject::Process(id)).of(case.customer)).await?;
    let circle = &shown.process.circle;
    let named = |id: &UserId| people.everyone().iter().find(|(one, _)| one == id).map(|(_, name)| name.clone());
    let strangers = people.colleagues().iter().filter(|one| !circle.contains(&one.id));
    Ok(OneView {
        fields: typed.facts().fields(facts::to_fill(&shown).iter()),
        corrections: if shown.may_correct { facts::corrections(&shown, &typed) } else { Vec::new() },
        knows: circle.iter().filter_map(named).collect(),
        others: strangers.map(|one| Choice::new(one.id.to_string(), one.name.clone())).collect(),
        shown,
        customer: customer.name.clone(),
        failed: String::new(),
        errors: FormErrors::new(),
        mails: app.config.smtp_url.is_some(),
        files_hint: files::hint(app.config.largest_file),
        back: back(&typed.back, &format!("/cases/{}#case-processes", case.id)),
        typed,
        key: fresh_key(),
        case,
    })
}

async fn show(
    State(app): State<App>,
    can: Can<SeeCases>,
    frame: Frame,
    Path(process): Path<ProcessId>,
) -> Result<Response> {
    let view = load(&app, &can, process, Typed::default()).await?;
    Ok(web::html(&OnePage { frame, view })?.into_response())
}

/// A form about a process or a step of one.
#[derive(FromRequest)]
#[from_request(state(App))]
pub(super) struct Sent {
    #[from_request(via(State))]
    pub(super) app: App,
    pub(super) can: Can<WorkCases>,
    frame: Frame,
    #[from_request(via(Path))]
    pub(super) id: Uuid,
    pub(super) form: Form<Typed>,
}

impl Sent {
    /// Does what a form asks for; or shows the page again with what is wrong, and how things stand now.
    pub(super) async fn act<T>(
        self,
        form: &str,
        process: ProcessId,
        read: std::result::Result<T, FormErrors>,
        work: impl AsyncFnOnce(&mut Tx, &Self, T) -> Result<String>,
    ) -> Result<Response> {
        let does = async |tx: &mut Tx, read: T| {
            let say = work(tx, &self, read).await?;
            Ok(Answer::to(back(&self.form.fields.back, &format!("/case_processes/{process}"))).say(say))
        };
        match self.app.act(&self.can, &self.form.once, read, does).await? {
            Ok(done) => Ok(done),
            Err(not_done) => {
                failed(&self.app, &self.can, self.frame, process, self.form.fields, (form, not_done)).await
            }
        }
    }

    /// The process of the step that the address names.
    async fn of_step(&self) -> Result<ProcessId> {
        store::process_of_step(&mut *self.app.db.read().await?, ProcessStepId::from(self.id)).await
    }
}

async fn failed(
    app: &App,
    can: &Can<WorkCases>,
    frame: Frame,
    process: ProcessId,
    typed: Typed,
    (form, NotDone { status, errors }): (&str, NotDone),
) -> Result<Response> {
    let view = load(app, &can.and::<SeeCases>()?, process, typed).await?;
    let view = OneView { failed: form.to_owned(), errors, ..view };
    Ok((status, web::html(&OnePage { frame, view })?).into_response())
}

async fn stop(sent: Sent) -> Result<Response> {
    let process = ProcessId::from(sent.id);
    let settles = sent.can.and::<SettleProcesses>()?;
    let why = sent.form.fields.why("Write why it is stopped.");
    sent.act("stop", process, why, async move |tx, _, why| {
        let stopped = actions::stop(tx, &settles, process, &why).await?;
        Ok(said_of(&stopped, "is stopped."))
    })
    .await
}

fn said_of(process: &Process, what: &str) -> String {
    let hold = if process.leaves_hold() { " The legal hold stays until somebody lifts it." } else { "" };
    format!("{} {what}{hold}", process.kind.label())
}

async fn mail(sent: Sent) -> Result<Response> {
    let process = ProcessId::from(sent.id);
    let mails = sent.app.config.smtp_url.is_some();
    let read = if mails { Ok(()) } else { Err(FormErrors::of("", "No mails leave this desk. Print the letter.")) };
    sent.act("mail", process, read, async move |tx, sent, ()| {
        let mailed = actions::mail_confirmation(tx, &sent.can, process).await?;
        let say = if mailed.is_confirmed() {
            "The confirmation has gone out already: the customer has it in writing."
        } else {
            "The confirmation is on its way. Once it has gone out, the customer has it in writing."
        };
        Ok(say.to_owned())
    })
    .await
}

async fn lift_hold(sent: Sent) -> Result<Response> {
    let process = ProcessId::from(sent.id);
    let edits = sent.can.and::<EditCustomers>()?;
    sent.act("release", process, Ok(()), async move |tx, _, ()| {
        actions::lift_hold(tx, &edits, process).await?;
        Ok("The legal hold is lifted.".to_owned())
    })
    .await
}

async fn again(sent: Sent) -> Result<Response> {
    let (process, step) = (sent.of_step().await?, ProcessStepId::from(sent.id));
    sent.act("again", process, Ok(()), async move |tx, sent, ()| {
        actions::again(tx, &sent.can, step).await?;
        Ok("Made again.".to_owned())
    })
    .await
}

async fn skip(sent: Sent) -> Result<Response> {
    let settles = sent.can.and::<SettleProcesses>()?;
    let (process, step) = (sent.of_step().await?, ProcessStepId::from(sent.id));
    let why = sent.form.fields.why("Write why this step is not needed.");
    sent.act(&OneView::skip_form(&step), process, why, async move |tx, _, why| {
        actions::skip(tx, &settles, step, &why).await?;
        Ok("Step skipped.".to_owned())
    })
    .await
}

/// The customer has it in writing another way: with what shows it.
async fn confirm(
    State(app): State<App>,
    can: Can<WorkCases>,
    frame: Frame,
    Path(process): Path<ProcessId>,
    mut form: FormWithFiles<Typed>,
) -> Result<Response> {
    let mut errors = FormErrors::new();
    let files = files::take(&mut form, app.config.largest_file, &mut errors);
    let chosen = files.clone();
    let words =
        match form.fields.why("Say how you know that the customer has it, like “letter posted on Thu”, or attach it.")
        {
            Ok(words) => Some(words),
            Err(_) if form.fields.why.trim().is_empty() && !files.is_empty() => None,
            Err(more) => {
                errors.add("why", more.get("why").unwrap_or_default());
                None
            }
        };
    let does = async |tx: &mut Tx, ()| {
        let confirmed = actions::confirm(tx, &can, process, Evidence { words, line: None, files }).await?;
        let to = format!("/cases/{}#case-processes", confirmed.case);
        Ok(Answer::to(to).say("The cancellation is confirmed to the customer."))
    };
    let mut not_done = match app.act(&can, &form.once, errors.none(), does).await? {
        Ok(done) => return Ok(done),
        Err(not_done) => not_done,
    };
    files::again(&chosen, form.scripted, &mut not_done.errors);
    failed(&app, &can, frame, process, form.fields, ("confirm", not_done)).await
}
