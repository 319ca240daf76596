//! The cases behind the share of "other" of a month: where the tree of reasons does not fit, and all that were coded.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::store::{self, Other};
use super::{midnight, month_name, month_of};
use crate::accounts;
use crate::auth::{Can, Recode};
use crate::calendar;
use crate::error::Result;
use crate::ids::CaseId;
use crate::web::{App, Cursor, Frame, Query, html};

/// Rows of a page.
const ROWS: usize = 50;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    month: String,
    /// "coded": with whatever reason.
    which: String,
    after: String,
}

struct Row {
    case: CaseId,
    code: String,
    customer: String,
    stated: String,
    reason: String,
    opened: String,
    value: String,
}

#[derive(Template)]
#[template(path = "recoding/other.html")]
struct OtherPage {
    frame: Frame,
    month: String,
    /// All that were coded, rather than those coded as "other".
    whatever: bool,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<Recode>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let now = app.now();
    let mut connection = app.db.read().await?;
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    let named = calendar::typed_month(&asked.month);
    let (from, until) = month_of(named.unwrap_or_else(|| now.with_timezone(&zone).date_naive()));
    let after: Option<i64> = Cursor::read(&asked.after);
    let span = (midnight(zone, from), midnight(zone, until));
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let whatever = asked.which == "coded";
    let mut cases = store::others(&mut connection, span, whatever, after.unwrap_or(i64::MAX), limit).await?;
    drop(connection);
    let more = cases.len() > ROWS;
    cases.truncate(ROWS);
    let here = format!("/recoding/other?month={}{}", from.format("%Y-%m"), if whatever { "&which=coded" } else { "" });
    let row = |one: Other| Row {
        case: one.case,
        code: format!("SD-{}", one.number),
        value: one.value().to_string(),
        opened: calendar::day(one.opened_at, zone, now),
        customer: one.customer,
        stated: one.stated,
        reason: one.reason,
    };
    let page = OtherPage {
        frame,
        month: month_name(from),
        whatever,
        first: after.map(|_| here.clone()),
        next: cases.last().filter(|_| more).map(|last| format!("{here}&after={}", Cursor::at(&last.number))),
        rows: cases.into_iter().map(row).collect(),
    };
    Ok(html(&page)?.into_response())
}
