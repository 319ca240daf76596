//! The calendar feed: what somebody is to do in the next weeks, for calendar programs. The address is the only key to it,
//! so it says no customer's name and none of their words: numbers of cases and kinds of things alone.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{TimeDelta, Utc};
use icalendar::{Calendar, Component, Event, EventLike};

use super::super::Kind;
use super::super::lists::{self, Item, Span};
use crate::accounts::{self, Feed};
use crate::deadlines;
use crate::error::{Error, Result};
use crate::web::{App, ClientAddress};

/// What lies further back is no appointment any more.
const BACK: TimeDelta = TimeDelta::days(7);
/// How far ahead it looks.
const AHEAD: TimeDelta = TimeDelta::weeks(6);
/// The most events.
const MOST: i64 = 500;
/// How long one takes in the calendar.
const TAKES: TimeDelta = TimeDelta::minutes(15);

pub(super) fn routes() -> Router<App> {
    Router::new().route("/calendar/{link}", get(feed))
}

async fn feed(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    Path(link): Path<String>,
) -> Result<Response> {
    let token = link.strip_suffix(".ics").ok_or(Error::NotFound)?;
    let now = app.now();
    let mut connection = app.db.read().await?;
    let user = match accounts::find_calendar(&mut connection, token, &address, now).await? {
        Feed::Of(user) => user,
        Feed::Nobody => return Err(Error::NotFound),
        Feed::Wait(wait) => {
            return Err(Error::TooMany { wait: u64::try_from(wait.num_seconds() + 1).unwrap_or(60) });
        }
    };
    let span = Span { from: Some(now - BACK), until: Some(now + AHEAD), ..Span::default() };
    let items = lists::of_person(&mut connection, user, span, MOST).await?;
    drop(connection);
    let text = calendar(&items, &app.config.base_url());
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline; filename=\"follow-ups.ics\""));
    Ok(response)
}

fn calendar(items: &[Item], base_url: &str) -> String {
    let mut calendar = Calendar::new();
    calendar.name("Savedesk follow-ups");
    calendar.append_property(("METHOD", "PUBLISH"));
    calendar.append_property(("REFRESH-INTERVAL;VALUE=DURATION", "PT15M"));
    for item in items {
        if let Some(event) = event(item, base_url) {
            calendar.push(event);
        }
    }
    calendar.done().to_string()
}

/// The event of a follow-up, a booked call or a promise. Moved, it is the same event at another time.
fn event(item: &Item, base_url: &str) -> Option<Event> {
    let kind = match deadlines::Kind::from_name(&item.kind)? {
        deadlines::Kind::FollowUp => Kind::from_name(item.follow_up_kind.as_deref()?)?.label(),
        deadlines::Kind::Promise => "Promise",
        deadlines::Kind::Appointment => "Call",
        _ => return None,
    };
    let code = format!("SD-{}", item.number);
    let stamp = item.set_at.with_timezone(&Utc);
    let mut event = Event::new();
    event
        .uid(&format!("{}@savedesk", item.subject?))
        .timestamp(stamp)
        .last_modified(stamp)
        .summary(&format!("{kind}, {code}"))
        .url(&match (item.minutes, item.subject) {
            (Some(_), Some(call)) => format!("{base_url}/appointments/{call}"),
            _ => format!("{base_url}/cases/{code}"),
        })
        .starts(item.due_at)
        .ends(item.due_at + item.minutes.map_or(TAKES, |minutes| TimeDelta::minutes(minutes.into())));
    Some(event.done())
}
