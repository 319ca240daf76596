use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::super::mapping::Kind;
use super::super::{Stage, store};
use super::{count, zone};
use crate::auth::{Can, ImportData};
use crate::calendar;
use crate::error::Result;
use crate::ids::ImportId;
use crate::web::{App, Cursor, Frame, html};

/// How many imports a page shows.
const MOST: usize = 50;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    after: String,
}

struct Shown {
    href: String,
    file_name: String,
    kind: &'static str,
    stage: Stage,
    rows: String,
    done: Option<i32>,
    rows_total: i32,
    created: String,
    updated: String,
    unchanged: String,
    refused: i32,
    refused_said: String,
    by: String,
    at: String,
}

#[derive(Template)]
#[template(path = "imports/list.html")]
struct ListPage {
    frame: Frame,
    rows: Vec<Shown>,
    prev: Option<String>,
    next: Option<String>,
}

type Place = (DateTime<Utc>, ImportId);

pub(super) async fn show(
    State(app): State<App>,
    can: Can<ImportData>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let after: Option<Place> = Cursor::read(&asked.after);
    let mut connection = app.db.read().await?;
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let mut listed = store::list(&mut connection, after, most + 1).await?;
    let more = listed.len() > MOST;
    listed.truncate(MOST);
    let next = listed.last().filter(|_| more).map(|last| address(Some((last.created_at, last.id))));
    let prev = match listed.first().filter(|_| after.is_some()) {
        None => after.map(|_| "/imports".to_owned()),
        Some(first) => {
            // the page before begins after the row that stands before its first
            let before = store::list_before(&mut connection, (first.created_at, first.id), most + 1).await?;
            Some(address(before.get(MOST).copied()))
        }
    };
    let (zone, now) = (zone(&app, &mut connection, &can).await?, app.now());
    let rows = listed
        .into_iter()
        .map(|one| Shown {
            href: format!("/imports/{}", one.id),
            file_name: one.file_name,
            kind: Kind::parse(&one.kind).map_or("", Kind::label),
            stage: Stage::from_name(&one.stage).unwrap_or(Stage::Uploaded),
            rows: count(one.rows_total),
            done: one.rows_done,
            rows_total: one.rows_total,
            created: count(one.created),
            updated: count(one.updated),
            unchanged: count(one.unchanged),
            refused: one.refused,
            refused_said: count(one.refused),
            by: one.by.unwrap_or_else(|| "Savedesk".to_owned()),
            at: calendar::moment(one.created_at, zone, now),
        })
        .collect();
    Ok(html(&ListPage { frame, rows, prev, next })?.into_response())
}

fn address(after: Option<Place>) -> String {
    match after {
        Some(place) => format!("/imports?after={}", Cursor::at(&place)),
        None => "/imports".to_owned(),
    }
}
