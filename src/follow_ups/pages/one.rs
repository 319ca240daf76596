//! One follow-up with a form for all that can be done with it; a dialog on the pages that show it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use uuid::Uuid;

use super::super::{self as follow_ups, FollowUp, Kind, StillHere, Wake};
use super::{Choice, back, when};
use crate::accounts::People;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, SeeCases, WorkCases};
use crate::calendar;
use crate::cases;
use crate::customers;
use crate::error::{FormErrors, Result};
use crate::ids::FollowUpId;
use crate::web::{self, App, Frame, fresh_key};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/follow_ups/{follow_up}", get(show))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    back: String,
}

/// What was typed into one of the forms. Each sends what it has.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OneForm {
    pub(super) back: String,
    /// When it was due on the page that sent this.
    pub(super) seen: String,
    pub(super) note: String,
    pub(super) still_here: String,
    /// A time that was offered.
    pub(super) when: String,
    pub(super) at: String,
    pub(super) until: String,
    pub(super) why: String,
    pub(super) owner: String,
    pub(super) was_owner: String,
}

/// Which form did not pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Deed {
    Complete,
    Snooze,
    Move,
    Hand,
    Drop,
    /// Woken or taken up again: no form to mend.
    Other,
}

struct OneView {
    follow_up: FollowUp,
    code: String,
    customer: String,
    due: String,
    why: String,
    when: Vec<Choice>,
    wakes: Vec<Choice>,
    colleagues: Vec<Choice>,
    found: Vec<Choice>,
    seen: String,
    owner: String,
    back: String,
    may: bool,
    deed: Option<Deed>,
    form: OneForm,
    errors: FormErrors,
    dialog: bool,
    keys: [Uuid; 6],
}

impl OneView {
    fn is_open(&self) -> bool {
        self.follow_up.stage == follow_ups::Stage::Open
    }

    fn is_check(&self) -> bool {
        self.follow_up.kind == Kind::Check
    }

    /// What is wrong with one of the forms.
    fn errors_of(&self, form: &str) -> FormErrors {
        if self.is_failed(form) { self.errors.clone() } else { FormErrors::new() }
    }

    fn is_failed(&self, form: &str) -> bool {
        let name = match self.deed {
            Some(Deed::Complete) => "complete",
            Some(Deed::Snooze) => "snooze",
            Some(Deed::Move) => "move",
            Some(Deed::Hand) => "hand",
            Some(Deed::Drop) => "drop",
            Some(Deed::Other) => "other",
            None => "",
        };
        name == form
    }

    fn snoozed(&self) -> Option<String> {
        let snoozed = self.follow_up.snoozed.as_ref()?;
        Some(match snoozed.until {
            Some(wake) => format!("Until {}, at the latest until {}", wake.label(), self.due),
            None => format!("Until {}", self.due),
        })
    }
}

#[derive(Template)]
#[template(path = "follow_ups/one.html")]
struct OnePage {
    frame: Frame,
    view: OneView,
}

/// The page with what did not pass in one of its forms, and how things stand now.
pub(super) async fn failed(
    app: &App,
    can: &Can<SeeCases>,
    frame: Frame,
    id: FollowUpId,
    (deed, form): (Deed, OneForm),
    errors: FormErrors,
) -> Result<Html<String>> {
    let view = load(app, can, id, &form.back).await?;
    web::html(&OnePage { frame, view: OneView { deed: Some(deed), errors, form, ..view } })
}

#[derive(Template)]
#[template(path = "follow_ups/one_dialog.html")]
struct OneDialog {
    frame: Frame,
    view: OneView,
}

async fn load(app: &App, can: &Can<SeeCases>, id: FollowUpId, to: &str) -> Result<OneView> {
    let now = app.now();
    let mut connection = app.db.read().await?;
    let follow_up = follow_ups::find(&mut connection, id).await?;
    let case = cases::find(&mut connection, follow_up.case).await?;
    let customer = customers::find(&mut connection, case.customer).await?;
    let people = app.kept::<People>(&mut connection, can).await?;
    let calendar = people.calendar_of(can.team);
    drop(connection);
    audit::view_again(&app.db, can, Entry::new(Action::CaseViewed, Subject::Case(case.id))).await?;
    let due = calendar::moment(follow_up.due.at, calendar.zone, now);
    Ok(OneView {
        code: case.code(),
        customer: customer.details.name.clone(),
        why: format!("Due {due}: {}", follow_up.due.because),
        due,
        when: when::times(&calendar, now),
        wakes: Wake::ALL.iter().map(|wake| Choice::new(wake.name(), wake.label())).collect(),
        colleagues: people.colleagues().iter().map(|one| Choice::new(one.id.to_string(), &one.name)).collect(),
        found: StillHere::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
        seen: follow_up.due.at.to_rfc3339(),
        owner: follow_up.owner.map(|owner| owner.to_string()).unwrap_or_default(),
        back: back(to, &format!("/cases/{}", case.id)),
        may: can.may::<WorkCases>(),
        deed: None,
        form: OneForm::default(),
        errors: FormErrors::new(),
        dialog: false,
        keys: std::array::from_fn(|_| fresh_key()),
        follow_up,
    })
}

async fn show(
    State(app): State<App>,
    can: Can<SeeCases>,
    frame: Frame,
    Path(id): Path<FollowUpId>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let mut view = load(&app, &can, id, &asked.back).await?;
    if headers.get("x-fragment").is_some_and(|part| part == "dialog") {
        view.dialog = true;
        return Ok(web::html(&OneDialog { frame, view })?.into_response());
    }
    Ok(web::html(&OnePage { frame, view })?.into_response())
}
