//! The pages of recoding.

mod cases;
mod draw;
mod list;
mod one;
mod other;
mod sample;

use axum::Router;
use axum::routing::{get, post};
use chrono::{DateTime, Datelike as _, Months, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::calendar;
use crate::web::App;

/// The routes of recoding.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/recoding", get(list::show).post(draw::create))
        .route("/recoding/other", get(other::show))
        .route("/recoding/{sample}", get(sample::show))
        .route("/recoding/{sample}/cases", get(cases::show))
        .route("/recoding/{sample}/next", get(one::next))
        .route("/recoding/{sample}/{case}", get(one::show).post(one::save))
        .route("/recoding/{sample}/{case}/cause", post(sample::verify))
}

/// When a day begins.
fn midnight(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    calendar::wall_clock(zone, day.and_time(NaiveTime::MIN))
}

/// The first day of a month, and of the one after.
fn month_of(day: NaiveDate) -> (NaiveDate, NaiveDate) {
    let first = day.with_day(1).unwrap_or(day);
    (first, first + Months::new(1))
}

/// "October 2026"
fn month_name(day: NaiveDate) -> String {
    day.format("%B %Y").to_string()
}

/// `8.3%`
fn percent(share: f64) -> String {
    format!("{share:.1}%")
}

/// A share of counts, in percent.
fn share(part: i64, of: i64) -> f64 {
    let whole = |number: i64| f64::from(i32::try_from(number).unwrap_or(i32::MAX));
    if of == 0 { 0.0 } else { whole(part) / whole(of) * 100.0 }
}
