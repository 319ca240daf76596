//! Coding one case again, blind: what the customer said and the log, never the code.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::super::{self as recoding, store};
use crate::accounts;
use crate::answer::Answer;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, Recode};
use crate::calendar;
use crate::cases::{self, Case};
use crate::error::{Error, FormErrors, Result};
use crate::ids::{CaseId, SampleId};
use crate::interactions;
use crate::reasons::{Reasons, Tree};
use crate::web::{App, Form, Frame, Query, fresh_key, html};

/// Entries of the log that are shown.
const ENTRIES: i64 = 60;

/// An entry of the log as shown.
struct Said {
    who: String,
    what: &'static str,
    when: String,
    words: String,
    response: Option<&'static str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RecodeForm {
    reason: String,
}

#[derive(Template)]
#[template(path = "recoding/one.html")]
struct OnePage {
    frame: Frame,
    once: Uuid,
    sample: SampleId,
    case: Case,
    opened: String,
    said: Vec<Said>,
    tree: Tree,
    reason: String,
    errors: FormErrors,
    place: String,
}

/// Which case comes next is asked for after one that is passed over for now.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Passing {
    passing: String,
}

pub(super) async fn next(
    State(app): State<App>,
    can: Can<Recode>,
    Path(sample): Path<SampleId>,
    Query(asked): Query<Passing>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let sample = store::find(&mut connection, sample).await?.id;
    let next = store::next_for(&mut connection, sample, can.id, asked.passing.parse().ok()).await?;
    Ok(Redirect::to(&address(sample, next)).into_response())
}

/// The next case, or the sample where none is left for this person.
fn address(sample: SampleId, next: Option<CaseId>) -> String {
    next.map_or_else(|| format!("/recoding/{sample}"), |case| format!("/recoding/{sample}/{case}"))
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<Recode>,
    frame: Frame,
    Path((sample, case)): Path<(SampleId, CaseId)>,
) -> Result<Response> {
    let one = store::find_case(&mut *app.db.read().await?, sample, case).await?;
    if one.recoded.is_some() {
        return Ok(Redirect::to(&format!("/recoding/{sample}")).into_response());
    }
    one.require_open_to(can.id)?;
    page(&app, &can, frame, sample, case, String::new(), FormErrors::new(), StatusCode::OK).await
}

#[expect(clippy::too_many_arguments, reason = "the page, and what was typed on it")]
async fn page(
    app: &App,
    can: &Can<Recode>,
    frame: Frame,
    sample: SampleId,
    case: CaseId,
    reason: String,
    errors: FormErrors,
    status: StatusCode,
) -> Result<Response> {
    let viewed = Entry::new(Action::CaseViewed, Subject::Case(case)).fact("blind", true);
    let reading = async {
        let mut connection = app.db.read().await?;
        let sample = store::find(&mut connection, sample).await?;
        let case = cases::find(&mut connection, case).await?;
        let log = interactions::of_case(&mut connection, case.id, None, ENTRIES).await?;
        let zone = accounts::zone_for(app, &mut connection, can).await?;
        let tree = app.kept::<Reasons>(&mut connection, can).await?.tree.clone();
        Ok((sample, case, log, zone, tree))
    };
    let (sample, case, log, zone, tree) =
        audit::while_reading(audit::view_again(&app.db, can, viewed), reading).await?;
    let now = app.now();
    let said = log.into_iter().map(|entry| Said {
        who: entry.by_name.unwrap_or_else(|| "Savedesk".to_owned()),
        what: entry.kind.label(),
        when: calendar::moment(entry.at, zone, now),
        response: entry.response.map(interactions::Response::label),
        words: entry.body,
    });
    let page = OnePage {
        frame,
        once: fresh_key(),
        place: format!("{} of {} are coded again", sample.done, sample.cases),
        sample: sample.id,
        opened: calendar::moment(case.opened_at, zone, now),
        said: said.collect(),
        tree,
        reason,
        errors,
        case,
    };
    Ok((status, html(&page)?).into_response())
}

pub(super) async fn save(
    State(app): State<App>,
    can: Can<Recode>,
    frame: Frame,
    Path((sample, case)): Path<(SampleId, CaseId)>,
    form: Form<RecodeForm>,
) -> Result<Response> {
    let reason = form.fields.reason;
    let errors = if reason.is_empty() {
        // whoever must not see it is told that first
        store::find_case(&mut *app.db.read().await?, sample, case).await?.require_open_to(can.id)?;
        FormErrors::of("reason", "Choose the reason that fits best.")
    } else {
        let mut tx = app.begin(&can, &form.once).await?;
        match recoding::recode(&mut tx, &can, sample, case, &reason).await {
            Ok(_) => {
                let next = store::next_for(&mut tx, sample, can.id, Some(case)).await?;
                let say = if next.is_some() { "Coded. Here is the next." } else { "Coded. That was the last for you." };
                return Ok(tx.finish(Answer::to(address(sample, next)).say(say)).await?.into_response());
            }
            Err(Error::Refused(why)) if why.contains("list") => FormErrors::of("reason", why),
            Err(error) => return Err(error),
        }
    };
    page(&app, &can, frame, sample, case, reason, errors, StatusCode::UNPROCESSABLE_ENTITY).await
}
