//! Samples, the form that draws one, and the share of "other" month by month.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Datelike as _, Months, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::super::store::{self, MonthTotals};
use super::super::{OTHER_ALARM, Sample, wilson};
use super::draw::DrawForm;
use super::{midnight, month_name, month_of, percent, share};
use crate::accounts;
use crate::auth::{Actor, Can, Recode};
use crate::calendar;
use crate::error::{FormErrors, Result};
use crate::ids::SampleId;
use crate::web::{App, Cursor, Frame, Query, fresh_key, html};

/// Samples of a page.
const ROWS: usize = 20;
/// Months in which the share of "other" is shown.
const MONTHS: u32 = 12;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    after: String,
}

struct Row {
    id: SampleId,
    days: String,
    drawn: String,
    by: String,
    cases: i64,
    done: i64,
    agreed: String,
}

struct OtherRow {
    month: String,
    href: String,
    cases_href: String,
    cases: i64,
    other: i64,
    share: String,
    alarm: bool,
}

#[derive(Template)]
#[template(path = "recoding/list.html")]
struct ListPage {
    frame: Frame,
    once: Uuid,
    form: DrawForm,
    errors: FormErrors,
    rows: Vec<Row>,
    others: Vec<OtherRow>,
    alarm: i64,
    first: Option<String>,
    next: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<Recode>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    page(&app, &can, frame, &asked.after, None, FormErrors::new(), StatusCode::OK).await
}

/// The page, as it is answered to the form on it as well.
pub(super) async fn page(
    app: &App,
    actor: &Actor,
    frame: Frame,
    after: &str,
    form: Option<DrawForm>,
    errors: FormErrors,
    status: StatusCode,
) -> Result<Response> {
    let now = app.now();
    let after: Option<(DateTime<Utc>, SampleId)> = Cursor::read(after);
    let mut connection = app.db.read().await?;
    let zone = accounts::zone_for(app, &mut connection, actor).await?;
    let mut samples = store::list(&mut connection, after, i64::try_from(ROWS + 1).unwrap_or(i64::MAX)).await?;
    let today = now.with_timezone(&zone).date_naive();
    let (this_month, _) = month_of(today);
    let from = midnight(zone, this_month - Months::new(MONTHS - 1));
    let months = store::months(&mut connection, from, zone).await?;
    drop(connection);
    let more = samples.len() > ROWS;
    samples.truncate(ROWS);
    let row = |sample: Sample| Row {
        id: sample.id,
        days: days(&sample, today.year()),
        drawn: calendar::moment(sample.drawn_at, zone, now),
        by: sample.drawn_by.clone().unwrap_or_else(|| "Savedesk".to_owned()),
        cases: sample.cases,
        done: sample.done,
        agreed: agreed(&sample),
    };
    let other = |month: &MonthTotals| OtherRow {
        month: month_name(month.month),
        href: format!("/recoding/other?month={}", month.month.format("%Y-%m")),
        cases_href: format!("/recoding/other?month={}&which=coded", month.month.format("%Y-%m")),
        cases: month.cases,
        other: month.other,
        share: percent(share(month.other, month.cases)),
        alarm: month.other * 100 > month.cases * OTHER_ALARM,
    };
    let page = ListPage {
        frame,
        once: fresh_key(),
        form: form.unwrap_or_else(|| DrawForm::last_month(today)),
        errors,
        first: after.map(|_| "/recoding".to_owned()),
        next: samples
            .last()
            .filter(|_| more)
            .map(|last| format!("/recoding?after={}", Cursor::at(&(last.drawn_at, last.id)))),
        rows: samples.into_iter().map(row).collect(),
        others: months.iter().map(other).collect(),
        alarm: OTHER_ALARM,
    };
    Ok((status, html(&page)?).into_response())
}

/// "Thu 1 Oct to Sat 31 Oct"
pub(super) fn days(sample: &Sample, year: i32) -> String {
    let last = sample.until_day.pred_opt().unwrap_or(sample.until_day);
    format!("{} to {}", calendar::date(sample.from_day, year), calendar::date(last, year))
}

/// "83.3% (60.8 to 94.2)", or that nothing is known yet.
fn agreed(sample: &Sample) -> String {
    let small = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    wilson(small(sample.agreed), small(sample.done)).map_or_else(
        || "Not known yet".to_owned(),
        |one| format!("{:.1}% ({:.1} to {:.1})", one.share, one.low, one.high),
    )
}
