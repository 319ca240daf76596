//! Everything that is done with a request: by the department, and by the desk.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;

use super::super::{self as requests, LONGEST_WORDS};
use super::back;
use super::fields::AnswerForm;
use super::panel::Failed;
use super::show;
use crate::accounts::Email;
use crate::answer::Answer;
use crate::auth::{Actor, AnswerRequests, AskDepartments, Can, SeeRequests};
use crate::error::{Error, FormErrors, Result};
use crate::ids::{DepartmentId, RequestId};
use crate::web::{App, Form, Frame};

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

/// Words as typed, or what is wrong with them.
fn words(typed: &str, missing: &str, most: usize) -> std::result::Result<String, FormErrors> {
    let words = typed.trim();
    match words.chars().count() {
        0 => Err(FormErrors::of("words", missing)),
        many if many > most => Err(FormErrors::of("words", format!("Use at most {most} characters."))),
        _ => Ok(words.to_owned()),
    }
}

/// The page again, with what is wrong beside the form.
async fn fail(
    app: &App,
    actor: &Actor,
    frame: Frame,
    request: RequestId,
    failed: Failed,
    status: StatusCode,
) -> Result<Response> {
    let mut panel = show::panel(app, actor, request).await?;
    panel.failed = failed;
    let query = show::around(&panel);
    show::page(app, actor, frame, &query, Some(panel), status).await
}

/// A form with words, as it arrived.
struct Sent {
    request: RequestId,
    form: &'static str,
    typed: ActForm,
}

impl Sent {
    fn failed(self, errors: FormErrors) -> (RequestId, Failed) {
        (self.request, Failed { form: self.form, words: self.typed.words, to: self.typed.to, errors })
    }

    async fn wrong(self, app: &App, actor: &Actor, frame: Frame, errors: FormErrors) -> Result<Response> {
        let (request, failed) = self.failed(errors);
        fail(app, actor, frame, request, failed, StatusCode::UNPROCESSABLE_ENTITY).await
    }

    fn answer(&self, say: &str) -> Answer {
        Answer::to(back(&self.typed.back, &format!("/requests?peek={}", self.request))).say(say)
    }

    /// What became of it: the answer, or the page again with the refusal.
    async fn end(self, app: &App, actor: &Actor, frame: Frame, done: Result<Answer>) -> Result<Response> {
        match done {
            Ok(answer) => Ok(answer.into_response()),
            Err(Error::Refused(why)) => {
                let (request, failed) = self.failed(FormErrors::of("", why));
                fail(app, actor, frame, request, failed, StatusCode::CONFLICT).await
            }
            Err(error) => Err(error),
        }
    }
}

fn id(text: &str) -> Result<RequestId> {
    text.parse().map_err(|_| Error::NotFound)
}

async fn accept(
    State(app): State<App>,
    can: Can<AnswerRequests>,
    frame: Frame,
    Path(request): Path<String>,
    form: Form<ActForm>,
) -> Result<Response> {
    let sent = Sent { request: id(&request)?, form: "acceptance", typed: form.fields };
    let mut tx = app.begin(&can, &form.once).await?;
    let done = match requests::accept(&mut tx, &can, sent.request).await {
        Ok(_) => tx.finish(sent.answer("It is yours. Answer it here.")).await,
        Err(error) => Err(error),
    };
    sent.end(&app, &can, frame, done).await
}

async fn answer(
    State(app): State<App>,
    can: Can<AnswerRequests>,
    frame: Frame,
    Path(request): Path<String>,
    form: Form<AnswerForm>,
) -> Result<Response> {
    let request = id(&request)?;
    let mut panel = show::panel(&app, &can, request).await?;
    let (status, errors) = match panel.parse(&form.fields) {
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Ok(new) => {
            let mut tx = app.begin(&can, &form.once).await?;
            match requests::answer(&mut tx, &can, request, new).await {
                Ok(_) => {
                    let answer = Answer::to(format!("/requests?view=answered&peek={request}"));
                    return Ok(tx.finish(answer.say("Answered. The desk has been told.")).await?.into_response());
                }
                Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("", why)),
                Err(error) => return Err(error),
            }
        }
    };
    panel.answer = form.fields;
    panel.answer_errors = errors;
    let query = show::around(&panel);
    show::page(&app, &can, frame, &query, Some(panel), status).await
}

async fn return_it(
    State(app): State<App>,
    can: Can<AnswerRequests>,
    frame: Frame,
    Path(request): Path<String>,
    form: Form<ActForm>,
) -> Result<Response> {
    let sent = Sent { request: id(&request)?, form: "return", typed: form.fields };
    let why = match words(&sent.typed.words, "Write what is missing.", LONGEST_WORDS) {
        Ok(why) => why,
        Err(errors) => return sent.wrong(&app, &can, frame, errors).await,
    };
    let mut tx = app.begin(&can, &form.once).await?;
    let done = match requests::return_it(&mut tx, &can, sent.request, &why).await {
        Ok(_) => tx.finish(sent.answer("Returned. The desk has been told what is missing.")).await,
        Err(error) => Err(error),
    };
    sent.end(&app, &can, frame, done).await
}

async fn hand_over(
    State(app): State<App>,
    can: Can<AnswerRequests>,
    frame: Frame,
    Path(request): Path<String>,
    form: Form<ActForm>,
) -> Result<Response> {
    let sent = Sent { request: id(&request)?, form: "department", typed: form.fields };
    let mut errors = FormErrors::new();
    let to: Option<DepartmentId> = errors.check("to", sent.typed.to.parse().map_err(|_| "Choose a department."));
    let why = words(&sent.typed.words, "Write why it is theirs.", LONGEST_WORDS);
    let (to, why) = match (to, why) {
        (Some(to), Ok(why)) => (to, why),
        (_, why) => {
            if let Err(wrong) = why {
                wrong.all().iter().for_each(|(field, message)| errors.add(field, *message));
            }
            return sent.wrong(&app, &can, frame, errors).await;
        }
    };
    let mut tx = app.begin(&can, &form.once).await?;
    let done = match requests::hand_over(&mut tx, &can, sent.request, to, &why).await {
        // it is no longer theirs to see
        Ok(one) => tx.finish(Answer::to("/requests").say(format!("Handed over to {}.", one.department_name))).await,
        Err(error) => Err(error),
    };
    sent.end(&app, &can, frame, done).await
}

async fn say(
    State(app): State<App>,
    can: Can<SeeRequests>,
    frame: Frame,
    Path(request): Path<String>,
    form: Form<ActForm>,
) -> Result<Response> {
    let sent = Sent { request: id(&request)?, form: "words", typed: form.fields };
    // what is not theirs to see is not there, whatever they say
    show::panel(&app, &can, sent.request).await?;
    let words = match words(&sent.typed.words, "Write what there is to say.", LONGEST_WORDS) {
        Ok(words) => words,
        Err(errors) => return sent.wrong(&app, &can, frame, errors).await,
    };
    let mut tx = app.begin(&can, &form.once).await?;
    let done = match requests::said(&mut tx, &can, sent.request, &words).await {
        Ok(_) => tx.finish(sent.answer("Sent.")).await,
        Err(error) => Err(error),
    };
    sent.end(&app, &can, frame, done).await
}

async fn supply(
    State(app): State<App>,
    can: Can<AskDepartments>,
    frame: Frame,
    Path(request): Path<String>,
    form: Form<ActForm>,
) -> Result<Response> {
    let sent = Sent { request: id(&request)?, form: "supply", typed: form.fields };
    let words = match words(&sent.typed.words, "Write what was missing.", LONGEST_WORDS) {
        Ok(words) => words,
        Err(errors) => return sent.wrong(&app, &can, frame, errors).await,
    };
    let mut tx = app.begin(&can, &form.once).await?;
    let done = match requests::supply(&mut tx, &can, sent.request, &words).await {
        Ok(one) => tx.finish(sent.answer(&format!("{} is asked again.", one.department_name))).await,
        Err(error) => Err(error),
    };
    sent.end(&app, &can, frame, done).await
}

async fn cancel(
    State(app): State<App>,
    can: Can<AskDepartments>,
    frame: Frame,
    Path(request): Path<String>,
    form: Form<ActForm>,
) -> Result<Response> {
    let sent = Sent { request: id(&request)?, form: "cancellation", typed: form.fields };
    let why = match words(&sent.typed.words, "Write why it is no longer needed.", 1000) {
        Ok(why) => why,
        Err(errors) => return sent.wrong(&app, &can, frame, errors).await,
    };
    let mut tx = app.begin(&can, &form.once).await?;
    let done = match requests::cancel(&mut tx, &can, sent.request, &why).await {
        Ok(one) => tx.finish(sent.answer(&format!("{} is no longer asked.", one.department_name))).await,
        Err(error) => Err(error),
    };
    sent.end(&app, &can, frame, done).await
}

async fn conditions(
    State(app): State<App>,
    can: Can<AskDepartments>,
    frame: Frame,
    Path(request): Path<String>,
    form: Form<ActForm>,
) -> Result<Response> {
    let sent = Sent { request: id(&request)?, form: "conditions", typed: form.fields };
    let mut tx = app.begin(&can, &form.once).await?;
    let done = match requests::accept_conditions(&mut tx, &can, sent.request).await {
        Ok(one) => {
            let say = format!("You accepted the conditions of {}.", one.department_name);
            tx.finish(sent.answer(&say)).await
        }
        Err(error) => Err(error),
    };
    sent.end(&app, &can, frame, done).await
}

async fn withdraw(
    State(app): State<App>,
    can: Can<AnswerRequests>,
    frame: Frame,
    Path(request): Path<String>,
    form: Form<ActForm>,
) -> Result<Response> {
    let sent = Sent { request: id(&request)?, form: "withdrawal", typed: form.fields };
    let why = match words(&sent.typed.words, "Write why your yes no longer holds.", 1000) {
        Ok(why) => why,
        Err(errors) => return sent.wrong(&app, &can, frame, errors).await,
    };
    let mut tx = app.begin(&can, &form.once).await?;
    let done = match requests::withdraw_answer(&mut tx, &can, sent.request, &why).await {
        Ok(_) => tx.finish(sent.answer("Your yes is taken back. The desk has been told.")).await,
        Err(error) => Err(error),
    };
    sent.end(&app, &can, frame, done).await
}

async fn could_not(
    State(app): State<App>,
    can: Can<SeeRequests>,
    frame: Frame,
    Path(request): Path<String>,
    form: Form<ActForm>,
) -> Result<Response> {
    let sent = Sent { request: id(&request)?, form: "failure", typed: form.fields };
    show::panel(&app, &can, sent.request).await?;
    let why = match words(&sent.typed.words, "Write why it could not be done.", 1000) {
        Ok(why) => why,
        Err(errors) => return sent.wrong(&app, &can, frame, errors).await,
    };
    let mut tx = app.begin(&can, &form.once).await?;
    let done = match requests::could_not(&mut tx, &can, sent.request, &why).await {
        Ok(one) => {
            let say = format!("On record: {} said yes, and could not.", one.department_name);
            tx.finish(sent.answer(&say)).await
        }
        Err(error) => Err(error),
    };
    sent.end(&app, &can, frame, done).await
}

/// Makes a link; it is shown in this answer alone.
async fn make_link(
    State(app): State<App>,
    can: Can<AskDepartments>,
    frame: Frame,
    Path(request): Path<String>,
    form: Form<ActForm>,
) -> Result<Response> {
    let sent = Sent { request: id(&request)?, form: "links", typed: form.fields };
    let mail = match sent.typed.to.trim() {
        "" => None,
        text => match Email::parse(text) {
            Ok(mail) => Some(mail),
            Err(why) => return sent.wrong(&app, &can, frame, FormErrors::of("to", why)).await,
        },
    };
    let mut tx = app.begin(&can, &form.once).await?;
    match requests::make_link(&mut tx, &can, sent.request, mail.as_ref()).await {
        Ok(link) => {
            // sent again, the form shows nothing of it
            let once = sent.answer("The link was shown once. Make another if it is lost.");
            tx.finish(once).await?;
            let mut panel = show::panel(&app, &can, sent.request).await?;
            panel.link = Some((format!("{}{}", app.config.base_url(), link.path), link));
            let query = show::around(&panel);
            show::page(&app, &can, frame, &query, Some(panel), StatusCode::OK).await
        }
        Err(error) => sent.end(&app, &can, frame, Err(error)).await,
    }
}
