//! Pages of the ladders: what happens when, changing it, and a look at what tonight's round would do with it.

mod form;
mod preview;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use uuid::Uuid;

use self::form::{LadderForm, Row, SIDES, UNITS};
use self::preview::Preview;
use super::{Act, Changed, Kind, Ladder, change_ladder, chase};
use crate::accounts;
use crate::answer::Answer;
use crate::auth::{Can, EditPolicy, SeePolicy};
use crate::error::{Error, FormErrors, Result};
use crate::web::{App, Form, Frame, fresh_key, html};

/// The routes of the ladders.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/ladders", get(index))
        .route("/ladders/{kind}", get(edit).post(save))
        .route("/ladders/{kind}/review", post(review))
}

#[derive(Template)]
#[template(path = "deadlines/ladders.html")]
struct LaddersPage {
    frame: Frame,
    ladders: Vec<Shown>,
    may_edit: bool,
}

struct Shown {
    kind: Kind,
    urgent: bool,
    pauses: bool,
    rungs: Vec<(String, &'static str)>,
}

fn shown(ladder: &Ladder) -> Shown {
    Shown {
        kind: ladder.kind,
        urgent: ladder.urgent,
        pauses: ladder.pauses,
        rungs: ladder.rungs.iter().map(|rung| (rung.when(), rung.act.label())).collect(),
    }
}

async fn index(State(app): State<App>, can: Can<SeePolicy>, frame: Frame) -> Result<Response> {
    let ladders = chase::ladders(&mut *app.db.read().await?).await?;
    let page = LaddersPage { frame, ladders: ladders.iter().map(shown).collect(), may_edit: can.may::<EditPolicy>() };
    Ok(html(&page)?.into_response())
}

#[derive(Template)]
#[template(path = "deadlines/ladder.html")]
struct LadderPage {
    frame: Frame,
    once: Uuid,
    kind: Kind,
    form: LadderForm,
    rows: Vec<Row>,
    errors: FormErrors,
    acts: Vec<Act>,
    /// What somebody else saved meanwhile.
    theirs: Option<Shown>,
    preview: Option<Preview>,
}

impl LadderPage {
    fn new(frame: Frame, kind: Kind, form: LadderForm, errors: FormErrors) -> Self {
        let rows = form.rows();
        Self {
            frame,
            once: fresh_key(),
            kind,
            rows,
            form,
            errors,
            acts: Act::of(kind).collect(),
            theirs: None,
            preview: None,
        }
    }

    fn answer(&self, status: StatusCode) -> Result<Response> {
        Ok((status, html(self)?).into_response())
    }
}

fn kind_of(name: &str) -> Result<Kind> {
    Kind::from_name(name).ok_or(Error::NotFound)
}

async fn ladder_of(app: &App, kind: Kind) -> Result<Ladder> {
    let ladders = chase::ladders(&mut *app.db.read().await?).await?;
    ladders.into_iter().find(|ladder| ladder.kind == kind).ok_or(Error::NotFound)
}

async fn edit(State(app): State<App>, _: Can<EditPolicy>, frame: Frame, Path(kind): Path<String>) -> Result<Response> {
    let ladder = ladder_of(&app, kind_of(&kind)?).await?;
    LadderPage::new(frame, ladder.kind, LadderForm::of(&ladder), FormErrors::new()).answer(StatusCode::OK)
}

async fn review(
    State(app): State<App>,
    can: Can<EditPolicy>,
    frame: Frame,
    Path(kind): Path<String>,
    form: Form<LadderForm>,
) -> Result<Response> {
    let kind = kind_of(&kind)?;
    let now = ladder_of(&app, kind).await?;
    let (new, _) = match form.fields.parse(kind) {
        Ok(new) => new,
        Err(errors) => {
            let page = LadderPage::new(frame, kind, form.fields, errors);
            return page.answer(StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let at = app.now();
    let mut connection = app.db.read().await?;
    let duty = accounts::duty(&mut connection, at).await?;
    let zone = accounts::zone_of(&mut connection, can.team).await?;
    let preview = Preview::load(&mut connection, &duty, zone, at, &now, &new).await?;
    drop(connection);
    let mut page = LadderPage::new(frame, kind, form.fields, FormErrors::new());
    page.preview = Some(preview);
    page.answer(StatusCode::OK)
}

async fn save(
    State(app): State<App>,
    can: Can<EditPolicy>,
    frame: Frame,
    Path(kind): Path<String>,
    form: Form<LadderForm>,
) -> Result<Response> {
    let kind = kind_of(&kind)?;
    let (new, seen) = match form.fields.parse(kind) {
        Ok(new) => new,
        Err(errors) => {
            let page = LadderPage::new(frame, kind, form.fields, errors);
            return page.answer(StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let mut tx = app.begin(&can, &form.once).await?;
    let say = match change_ladder(&mut tx, &can, &new, seen).await? {
        Changed::Saved => "Ladder saved. What is open follows it from the next round on.",
        Changed::Same => "Nothing was different.",
        Changed::Stale(theirs) => {
            drop(tx);
            let mut page = LadderPage::new(frame, kind, form.fields.on(&theirs), FormErrors::new());
            page.theirs = Some(shown(&theirs));
            return page.answer(StatusCode::CONFLICT);
        }
    };
    Ok(tx.finish(Answer::to("/ladders").say(say)).await?.into_response())
}
