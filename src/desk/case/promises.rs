//! What we owe the customer of a case, and saying that it was done, was not done, or no longer matters.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;

use super::due::Due;
use super::facts::Facts;
use super::show::{self, Asked, View};
use crate::answer::Answer;
use crate::auth::{Actor, Can, KeepPromises, SeeCases};
use crate::deadlines;
use crate::error::{Error, FormErrors, Result};
use crate::ids::PromiseId;
use crate::promises::{self, Promise, Stage};
use crate::web::{App, Form, Frame};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/promises/{promise}/completion", post(complete))
        .route("/promises/{promise}/breach", post(breach))
        .route("/promises/{promise}/waiver", post(waive))
}

/// The card.
pub(super) struct Promises {
    pub(super) all: Vec<Shown>,
    pub(super) may: bool,
    failed: Option<Failed>,
}

/// One promise as shown.
pub(super) struct Shown {
    pub(super) promise: Promise,
    pub(super) due: Due,
    pub(super) ended: String,
}

/// A form that did not pass.
struct Failed {
    of: PromiseId,
    form: &'static str,
    why: String,
    errors: FormErrors,
}

impl Promises {
    /// What was promised in a case.
    pub(super) fn of(all: Vec<Promise>, facts: &Facts, actor: &Actor) -> Self {
        let shown = |promise: Promise| Shown {
            due: Due::new(
                deadlines::Kind::Promise,
                promise.what.clone(),
                promise.because.clone(),
                (promise.made_at, promise.due_at),
                facts.zone,
                facts.now,
            ),
            ended: promise.ended_at.map(|at| facts.moment(&at)).unwrap_or_default(),
            promise,
        };
        Self { all: all.into_iter().map(shown).collect(), may: actor.may::<KeepPromises>(), failed: None }
    }

    /// How many are still owed.
    pub(super) fn open(&self) -> usize {
        self.all.iter().filter(|shown| shown.is_open()).count()
    }

    pub(super) fn errors(&self, of: PromiseId, form: &str) -> FormErrors {
        self.find(of, form).map(|failed| failed.errors.parted(true)).unwrap_or_default()
    }

    /// Why something was not done: the form may be gone, since somebody was faster.
    pub(super) fn refused(&self, of: PromiseId) -> FormErrors {
        let failed = self.failed.as_ref().filter(|failed| failed.of == of);
        failed.map(|failed| failed.errors.parted(false)).unwrap_or_default()
    }

    pub(super) fn typed(&self, of: PromiseId, form: &str) -> &str {
        self.find(of, form).map_or("", |failed| &failed.why)
    }

    pub(super) fn is_failed(&self, of: PromiseId, form: &str) -> bool {
        self.find(of, form).is_some()
    }

    fn find(&self, of: PromiseId, form: &str) -> Option<&Failed> {
        self.failed.as_ref().filter(|failed| failed.of == of && failed.form == form)
    }
}

impl Shown {
    pub(super) fn is_open(&self) -> bool {
        self.promise.stage == Stage::Open
    }

    /// "Billing does it, Priya Raman sees to it"
    pub(super) fn who(&self) -> String {
        match &self.promise.department {
            Some(department) => format!("{department} does it, {} sees to it", self.promise.owner_name),
            None => format!("{} sees to it", self.promise.owner_name),
        }
    }

    /// Before the ids of a form's fields.
    pub(super) fn pre(&self, form: &str) -> String {
        format!("{form}{}-", self.promise.id.uuid().simple())
    }
}

/// Evidence or a reason, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct WhyForm {
    why: String,
}

#[derive(Clone, Copy)]
enum Deed {
    Keep,
    Break,
    Waive,
}

impl Deed {
    fn form(self) -> &'static str {
        match self {
            Self::Keep => "completion",
            Self::Break => "breach",
            Self::Waive => "waiver",
        }
    }

    fn missing(self) -> &'static str {
        match self {
            Self::Keep => "Write how you know that it was done, like “on invoice 4711”.",
            Self::Break => "Write why it was not done.",
            Self::Waive => "Write why it no longer matters.",
        }
    }
}

async fn complete(
    state: State<App>,
    can: Can<KeepPromises>,
    frame: Frame,
    promise: Path<PromiseId>,
    form: Form<WhyForm>,
) -> Result<Response> {
    end(state, can, frame, promise, form, Deed::Keep).await
}

async fn breach(
    state: State<App>,
    can: Can<KeepPromises>,
    frame: Frame,
    promise: Path<PromiseId>,
    form: Form<WhyForm>,
) -> Result<Response> {
    end(state, can, frame, promise, form, Deed::Break).await
}

async fn waive(
    state: State<App>,
    can: Can<KeepPromises>,
    frame: Frame,
    promise: Path<PromiseId>,
    form: Form<WhyForm>,
) -> Result<Response> {
    end(state, can, frame, promise, form, Deed::Waive).await
}

async fn end(
    State(app): State<App>,
    can: Can<KeepPromises>,
    frame: Frame,
    Path(promise): Path<PromiseId>,
    form: Form<WhyForm>,
    deed: Deed,
) -> Result<Response> {
    let case = promises::find(&mut *app.db.read().await?, promise).await?.case;
    let why = form.fields.why.trim().to_owned();
    let wrong = match why.chars().count() {
        0 => Some(deed.missing()),
        1..=2000 => None,
        _ => Some("Use at most 2,000 characters."),
    };
    let (status, errors) = if let Some(wrong) = wrong {
        (StatusCode::UNPROCESSABLE_ENTITY, FormErrors::of("why", wrong))
    } else {
        let mut tx = app.begin(&can, &form.once).await?;
        let ended = match deed {
            Deed::Keep => promises::keep(&mut tx, &can, promise, why).await,
            Deed::Break => promises::break_promise(&mut tx, &can, promise, why).await,
            Deed::Waive => promises::waive(&mut tx, &can, promise, why).await,
        };
        match ended {
            Ok(ended) => {
                let say = format!("Promise {}.", ended.stage.label().to_lowercase());
                return Ok(tx.finish(Answer::to(format!("/cases/{case}")).say(say)).await?.into_response());
            }
            Err(Error::Refused(why)) => (StatusCode::CONFLICT, FormErrors::of("", why)),
            Err(error) => return Err(error),
        }
    };
    let mut view = View::load_again(&app, &can.and::<SeeCases>()?, case, &Asked::default()).await?;
    view.promises.failed = Some(Failed { of: promise, form: deed.form(), why: form.fields.why, errors });
    show::page(status, frame, view)
}
