//! Booking a call by the times that all share, one booked call with what becomes of it, and the lists of them.

mod deeds;
mod list;
mod one;
mod picker;
mod put;

use axum::Router;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::Appointment;
use crate::calendar::{day, time_of_day};
use crate::web::App;

/// Every route of appointments.
pub fn routes() -> Router<App> {
    list::routes().merge(put::routes()).merge(one::routes()).merge(deeds::routes())
}

/// Something to choose in a form.
struct Choice {
    value: String,
    label: String,
}

impl Choice {
    fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// What a clock is called: "New York".
fn clock(zone: Tz) -> String {
    zone.name().rsplit('/').next().unwrap_or_default().replace('_', " ")
}

/// "Tue 24 Nov 10:00 to 10:30, New York"
fn span_words(of: &Appointment, zone: Tz, now: DateTime<Utc>) -> String {
    let span = of.span();
    let (from, until) = (time_of_day(span.from, zone), time_of_day(span.until, zone));
    format!("{} {from} to {until}, {}", day(span.from, zone, now), clock(zone))
}
