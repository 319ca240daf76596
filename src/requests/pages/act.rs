//! Everything that is done with a request: by the department, and by the desk.

use axum::Router;
use axum::extract::{FromRequest, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;

use super::super::{self as requests, LONGEST_WORDS};
use super::back;
use super::fields::AnswerForm;
use super::panel::{Failed, Panel};
use super::show;
use crate::accounts::Email;
use crate::answer::Answer;
use crate::auth::{Actor, AnswerRequests, AskDepartments, Can, SeeRequests};
use crate::db::Tx;
use crate::error::{Error, FormErrors, Result};
use crate::ids::{DepartmentId, RequestId};
use crate::web::{App, Form, Frame, NotDone};

/// The most characters of why something ends.
const LONGEST_WHY: usize = 1000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/requests/{request}/acceptance", post(accept))
        .route("/requests/{request}/answer", post(answer))
        .route("/requests/{request}/return", post(return_it))
        .route("/requests/{request}/department", post(hand_over))
        .route("/requests/{request}/words", post(say))
        .route("/requests/{request}/supply", post(supply))
        .route("/requests/{request}/cancellation", post(cancel))
        .route("/requests/{request}/conditions", post(conditions))
        .route("/requests/{request}/withdrawal", post(withdraw))
        .route("/requests/{request}/failure", post(could_not))
        .route("/requests/{request}/links", post(make_link))
}

/// Words to go with what is done, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ActForm {
    words: String,
    /// Another department, or an address.
    to: String,
    /// Where the form stands, if not on the page of requests.
    back: String,
}

/// A form of the request in hand.
#[derive(FromRequest)]
#[from_request(state(App))]
struct Sent {
    #[from_request(via(State))]
    app: App,
    frame: Frame,
    #[from_request(via(Path))]
    request: RequestId,
    form: Form<ActForm>,
}

impl Sent {
    /// Does what the form asks for; or shows it again with what is wrong, and how the request stands now.
    async fn act(
        self,
        actor: &Actor,
        form: &'static str,
        errors: FormErrors,
        work: impl AsyncFnOnce(&mut Tx, &Self) -> Result<Answer>,
    ) -> Result<Response> {
        let does = async |tx: &mut Tx, ()| work(tx, &self).await;
        let NotDone { status, errors } = match self.app.act(actor, &self.form.once, errors.none(), does).await? {
            Ok(done) => return Ok(done),
            Err(not_done) => not_done,
        };
        let mut panel = show::panel(&self.app, actor, self.request).await?;
        let ActForm { words, to, .. } = self.form.fields;
        panel.failed = Failed { form, words, to, errors };
        page(&self.app, actor, self.frame, panel, status).await
    }

    fn said(&self, say: impl Into<String>) -> Answer {
        Answer::to(back(&self.form.fields.back, &format!("/requests?peek={}", self.request))).say(say)
    }

    /// The words, which have to be there.
    fn words(&self, errors: &mut FormErrors, missing: &str, most: usize) -> String {
        let words = self.form.fields.words.trim();
        match words.chars().count() {
            0 => errors.add("words", missing),
            many if many > most => errors.add("words", format!("Use at most {most} characters.")),
            _ => {}
        }
        words.to_owned()
    }
}

/// The page with a request in hand.
async fn page(app: &App, actor: &Actor, frame: Frame, panel: Panel, status: StatusCode) -> Result<Response> {
    let query = show::around(&panel);
    show::page(app, actor, frame, &query, Some(panel), status).await
}

async fn accept(can: Can<AnswerRequests>, sent: Sent) -> Result<Response> {
    sent.act(&can, "acceptance", FormErrors::new(), async |tx, sent| {
        requests::accept(tx, &can, sent.request).await?;
        Ok(sent.said("It is yours. Answer it here."))
    })
    .await
}

async fn answer(
    State(app): State<App>,
    can: Can<AnswerRequests>,
    frame: Frame,
    Path(request): Path<RequestId>,
    form: Form<AnswerForm>,
) -> Result<Response> {
    let mut panel = show::panel(&app, &can, request).await?;
    let does = async |tx: &mut Tx, new| {
        requests::answer(tx, &can, request, new).await?;
        let answer = Answer::to(format!("/requests?view=answered&peek={request}"));
        Ok(answer.say("Answered. The desk has been told."))
    };
    let NotDone { status, errors } = match app.act(&can, &form.once, panel.parse(&form.fields), does).await? {
        Ok(done) => return Ok(done),
        Err(not_done) => not_done,
    };
    panel.answer = form.fields;
    panel.answer_errors = errors;
    page(&app, &can, frame, panel, status).await
}

async fn return_it(can: Can<AnswerRequests>, sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let why = sent.words(&mut errors, "Write what is missing.", LONGEST_WORDS);
    sent.act(&can, "return", errors, async |tx, sent| {
        requests::return_it(tx, &can, sent.request, &why).await?;
        Ok(sent.said("Returned. The desk has been told what is missing."))
    })
    .await
}

async fn hand_over(can: Can<AnswerRequests>, sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let why = sent.words(&mut errors, "Write why it is theirs.", LONGEST_WORDS);
    let to: Option<DepartmentId> = errors.check("to", sent.form.fields.to.parse().map_err(|_| "Choose a department."));
    sent.act(&can, "department", errors, async |tx, sent| {
        let to = to.ok_or_else(|| Error::refused("Choose a department."))?;
        let one = requests::hand_over(tx, &can, sent.request, to, &why).await?;
        // it is no longer theirs to see
        Ok(Answer::to("/requests").say(format!("Handed over to {}.", one.department_name)))
    })
    .await
}

async fn say(can: Can<SeeRequests>, sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let words = sent.words(&mut errors, "Write what there is to say.", LONGEST_WORDS);
    sent.act(&can, "words", errors, async |tx, sent| {
        requests::said(tx, &can, sent.request, &words).await?;
        Ok(sent.said("Sent."))
    })
    .await
}

async fn supply(can: Can<AskDepartments>, sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let words = sent.words(&mut errors, "Write what was missing.", LONGEST_WORDS);
    sent.act(&can, "supply", errors, async |tx, sent| {
        let one = requests::supply(tx, &can, sent.request, &words).await?;
        Ok(sent.said(format!("{} is asked again.", one.department_name)))
    })
    .await
}

async fn cancel(can: Can<AskDepartments>, sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let why = sent.words(&mut errors, "Write why it is no longer needed.", LONGEST_WHY);
    sent.act(&can, "cancellation", errors, async |tx, sent| {
        let one = requests::cancel(tx, &can, sent.request, &why).await?;
        Ok(sent.said(format!("{} is no longer asked.", one.department_name)))
    })
    .await
}

async fn conditions(can: Can<AskDepartments>, sent: Sent) -> Result<Response> {
    sent.act(&can, "conditions", FormErrors::new(), async |tx, sent| {
        let one = requests::accept_conditions(tx, &can, sent.request).await?;
        Ok(sent.said(format!("You accepted the conditions of {}.", one.department_name)))
    })
    .await
}

async fn withdraw(can: Can<AnswerRequests>, sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let why = sent.words(&mut errors, "Write why your yes no longer holds.", LONGEST_WHY);
    sent.act(&can, "withdrawal", errors, async |tx, sent| {
        requests::withdraw_answer(tx, &can, sent.request, &why).await?;
        Ok(sent.said("Your yes is taken back. The desk has been told."))
    })
    .await
}

async fn could_not(can: Can<SeeRequests>, sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let why = sent.words(&mut errors, "Write why it could not be done.", LONGEST_WHY);
    sent.act(&can, "failure", errors, async |tx, sent| {
        let one = requests::could_not(tx, &can, sent.request, &why).await?;
        Ok(sent.said(format!("On record: {} said yes, and could not.", one.department_name)))
    })
    .await
}

/// Makes a link; it is shown in this answer alone.
async fn make_link(can: Can<AskDepartments>, sent: Sent) -> Result<Response> {
    let mut errors = FormErrors::new();
    let mail = match sent.form.fields.to.trim() {
        "" => None,
        text => errors.check("to", Email::parse(text)),
    };
    let (app, frame, request) = (sent.app.clone(), sent.frame.clone(), sent.request);
    let mut made = None;
    let answered = sent
        .act(&can, "links", errors, async |tx, sent| {
            made = Some(requests::make_link(tx, &can, sent.request, mail.as_ref()).await?);
            // sent again, the form shows nothing of it
            Ok(sent.said("The link was shown once. Make another if it is lost."))
        })
        .await?;
    let Some(link) = made else { return Ok(answered) };
    let mut panel = show::panel(&app, &can, request).await?;
    panel.link = Some((format!("{}{}", app.config.base_url(), link.path), link));
    page(&app, &can, frame, panel, StatusCode::OK).await
}
