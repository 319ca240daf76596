use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::super::{Counts, Import, Stage, actions, run as runner, store};
use super::{Step, about, count, counted, steps, zone};
use crate::answer::Answer;
use crate::auth::{Can, ImportData};
use crate::calendar;
use crate::error::Result;
use crate::ids::ImportId;
use crate::web::{App, Form, Frame, fresh_key, html};

/// How many refused rows a page shows.
const MOST: usize = 50;

/// After which row the refused rows go on.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    after: Option<i32>,
}

/// A refused row.
struct Refused {
    row: String,
    line: String,
    column: String,
    reason: String,
}

/// A number with its name.
struct Number {
    count: String,
    label: &'static str,
    tone: &'static str,
}

#[derive(Template)]
#[template(path = "imports/show.html")]
struct ShowPage {
    frame: Frame,
    /// One key for each of the two forms.
    once: Uuid,
    once_too: Uuid,
    steps: [Step; 4],
    id: ImportId,
    about: String,
    stage: Stage,
    busy: bool,
    dry: bool,
    total: i32,
    done: i32,
    progress: String,
    numbers: Vec<Number>,
    made: String,
    ready: i32,
    import_label: String,
    failure: String,
    when: String,
    refused: Vec<Refused>,
    refused_total: i64,
    refused_shown: String,
    refused_label: String,
    prev: Option<String>,
    next: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<ImportData>,
    frame: Frame,
    Path(import): Path<ImportId>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let import = store::find(&mut connection, import).await?;
    if import.stage == Stage::Uploaded {
        return Ok(Redirect::to(&format!("/imports/{}/columns", import.id)).into_response());
    }
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let after = asked.after.unwrap_or(-1);
    let mut refused = store::refusals(&mut connection, import.id, after, most + 1).await?;
    let more = refused.len() > MOST;
    refused.truncate(MOST);
    let refused_total = store::count_refusals(&mut connection, import.id).await?;
    let here = format!("/imports/{}", import.id);
    let next = refused.last().filter(|_| more).map(|last| format!("{here}?after={}", last.row_number));
    let prev = match refused.first().filter(|_| after >= 0) {
        None => None,
        Some(first) => {
            let before = store::refused_rows(&mut connection, import.id, first.row_number, most + 1).await?;
            Some(before.get(MOST).map_or_else(|| here.clone(), |row| format!("{here}?after={row}")))
        }
    };
    let progress = store::progress(&mut connection, import.id).await?;
    let zone = zone(&app, &mut connection, &can).await?;
    let refused = refused
        .into_iter()
        .map(|one| Refused {
            row: count(one.row_number),
            line: count(one.line_number),
            column: one.column_name.unwrap_or_default(),
            reason: one.reason,
        })
        .collect();
    let done = progress.map_or(import.rows_total, |progress| progress.rows_done);
    let when = import.finished_at.map(|at| calendar::moment(at, zone, app.now())).unwrap_or_default();
    let page = page(frame, &import, done, when, Shown { refused, refused_total, prev, next });
    Ok(html(&page)?.into_response())
}

/// The part of the refused rows that is shown.
struct Shown {
    refused: Vec<Refused>,
    refused_total: i64,
    prev: Option<String>,
    next: Option<String>,
}

fn page(frame: Frame, import: &Import, done: i32, when: String, shown: Shown) -> ShowPage {
    let dry = matches!(import.stage, Stage::Checking | Stage::Checked);
    let finished = import.stage == Stage::Finished;
    let counts = &import.counts;
    let made: Vec<String> = [
        (counts.customers, "customer", "customers"),
        (counts.orders, "order", "orders"),
        (counts.cases, "case", "cases"),
    ]
    .into_iter()
    .filter(|(number, ..)| *number > 0)
    .map(|(number, one, many)| counted(number, one, many))
    .collect();
    let ready = counts.ready();
    ShowPage {
        frame,
        once: fresh_key(),
        once_too: fresh_key(),
        steps: steps(match import.stage {
            Stage::Uploaded => 1,
            Stage::Checking | Stage::Checked => 2,
            Stage::Running | Stage::Failed => 3,
            Stage::Finished => 4,
        }),
        id: import.id,
        about: about(import),
        stage: import.stage,
        busy: import.stage.is_busy(),
        dry,
        total: import.rows_total,
        done,
        progress: format!("{} of {}", count(done), counted(import.rows_total, "row", "rows")),
        numbers: numbers(counts, dry),
        made: if finished { made.join(", ") } else { String::new() },
        ready,
        import_label: format!("Import {}", counted(ready, "row", "rows")),
        failure: import.failure.clone().unwrap_or_default(),
        when,
        refused_shown: counted(shown.refused_total, "row", "rows"),
        refused_label: format!("Download the {}", counted(shown.refused_total, "row", "rows")),
        refused: shown.refused,
        refused_total: shown.refused_total,
        prev: shown.prev,
        next: shown.next,
    }
}

/// What came of the rows, or would.
fn numbers(counts: &Counts, dry: bool) -> Vec<Number> {
    let one_or = |number: i32, one: &'static str, many: &'static str| if number == 1 { one } else { many };
    let Counts { created, updated, unchanged, refused, .. } = *counts;
    let labels = if dry {
        [
            "would be new",
            "would change something",
            one_or(unchanged, "is here already", "are here already"),
            one_or(refused, "needs a fix", "need a fix"),
        ]
    } else {
        ["new", "changed something", one_or(unchanged, "was here already", "were here already"), "refused"]
    };
    let tones = ["good", "info", "", if refused > 0 { "bad" } else { "" }];
    let numbers = [created, updated, unchanged, refused].into_iter().zip(labels).zip(tones);
    numbers.map(|((number, label), tone)| Number { count: count(number), label, tone }).collect()
}

/// Nothing but the key.
#[derive(Deserialize)]
pub(super) struct NoFields {}

pub(super) async fn run(
    State(app): State<App>,
    can: Can<ImportData>,
    Path(import): Path<ImportId>,
    form: Form<NoFields>,
) -> Result<Response> {
    let mut tx = app.begin(&can, &form.once).await?;
    actions::start(&mut tx, &can, import).await?;
    let answer = tx.finish(Answer::to(format!("/imports/{import}"))).await?;
    runner::spawn(&app, import, &can);
    Ok(answer.into_response())
}

pub(super) async fn discard(
    State(app): State<App>,
    can: Can<ImportData>,
    Path(import): Path<ImportId>,
    form: Form<NoFields>,
) -> Result<Response> {
    let mut tx = app.begin(&can, &form.once).await?;
    actions::discard(&mut tx, &can, import).await?;
    let answer = Answer::to("/imports").say("The file was discarded. Nothing of it was imported.");
    Ok(tx.finish(answer).await?.into_response())
}
