//! The cases of a sample, or those that a number of its page counts.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use chrono::Datelike as _;
use serde::Deserialize;

use super::super::Sample;
use super::super::store::{self, Sampled, Which};
use super::list;
use crate::accounts::People;
use crate::auth::{Can, Recode};
use crate::error::Result;
use crate::ids::SampleId;
use crate::reasons::{Reasons, Tree};
use crate::web::{App, Cursor, Frame, Query, html};

/// Rows of a page.
const ROWS: usize = 50;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    which: String,
    /// A reason of level 1.
    reason: String,
    after: String,
}

struct Row {
    href: String,
    code: String,
    customer: String,
    stated: String,
    coded: String,
    recoded: String,
}

#[derive(Template)]
#[template(path = "recoding/cases.html")]
struct CasesPage {
    frame: Frame,
    sample: Sample,
    days: String,
    heading: String,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<Recode>,
    frame: Frame,
    Path(sample): Path<SampleId>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let which = Which::ALL.into_iter().find(|one| one.name() == asked.which).unwrap_or(Which::All);
    let after: Option<i16> = Cursor::read(&asked.after);
    let mut connection = app.db.read().await?;
    let sample = store::find(&mut connection, sample).await?;
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mut cases =
        store::cases(&mut connection, sample.id, (which, &asked.reason), can.id, after.unwrap_or(0), limit).await?;
    let people = app.kept::<People>(&mut connection, &can).await?;
    let tree = &app.kept::<Reasons>(&mut connection, &can).await?.tree;
    drop(connection);
    let more = cases.len() > ROWS;
    cases.truncate(ROWS);
    let today = app.now().with_timezone(&people.zone_of(can.team)).date_naive();
    let of_reason = tree.find(&asked.reason).map(|one| one.code.as_str()).unwrap_or_default();
    let here = format!("/recoding/{}/cases?which={}&reason={of_reason}", sample.id, which.name());
    let page = CasesPage {
        frame,
        days: list::days(&sample, today.year()),
        heading: heading(which, tree, of_reason),
        first: after.map(|_| here.clone()),
        next: cases.last().filter(|_| more).map(|last| format!("{here}&after={}", Cursor::at(&last.position))),
        rows: cases.into_iter().map(|one| row(one, sample.id, tree)).collect(),
        sample,
    };
    Ok(html(&page)?.into_response())
}

fn heading(which: Which, tree: &Tree, reason: &str) -> String {
    let name = tree.path(reason);
    match which {
        Which::All => "All cases of the sample".to_owned(),
        Which::Done => "Coded again".to_owned(),
        Which::Left => "Not coded again yet".to_owned(),
        Which::Alike => "Coded with the very same reason".to_owned(),
        Which::Group => "Coded with the same level-1 reason".to_owned(),
        Which::Coded => format!("First coded as {name}"),
        Which::Recoded => format!("Coded again as {name}"),
        Which::Both => format!("Coded as {name} both times"),
    }
}

/// What is still to be coded again leads to where that is done: the page of the case would tell its code.
fn row(one: Sampled, sample: SampleId, tree: &Tree) -> Row {
    let told = one.recoded.is_some() || one.own;
    Row {
        href: if told { format!("/cases/{}", one.case) } else { format!("/recoding/{sample}/{}", one.case) },
        code: format!("SD-{}", one.number),
        customer: one.customer,
        stated: one.stated,
        coded: one.coded.map(|code| tree.path(&code)).unwrap_or_default(),
        recoded: one.recoded.map(|code| tree.path(&code)).unwrap_or_default(),
    }
}
