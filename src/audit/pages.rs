//! The audit page: privacy officers and admins filter and read the log, and check its chains.

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::{DateTime, Days, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::store::{self, Filter, Place, Seen};
use super::{Action, Entry, Subject, verify, view};
use crate::accounts::{self, Team};
use crate::answer::Answer;
use crate::auth::{Can, SeeAudit};
use crate::calendar::{day, time_of_day};
use crate::cases;
use crate::error::{FormErrors, Result};
use crate::ids::{TeamId, UserId};
use crate::money::grouped;
use crate::web::{App, Cursor, Form, Frame, fresh_key, html, hue, initials};

const PAGE: i64 = 50;

/// The routes of the audit page.
pub fn routes() -> Router<App> {
    Router::new().route("/audit", get(list)).route("/audit/check", post(check))
}

#[derive(Clone, Default, Debug, Deserialize, Serialize)]
#[serde(default)]
struct Asked {
    #[serde(skip_serializing_if = "String::is_empty")]
    who: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    what: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    case: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    customer: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    from: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    until: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    older: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    newer: String,
}

impl Asked {
    fn href(&self, older: Option<&Cursor>, newer: Option<&Cursor>) -> String {
        let text = |cursor: Option<&Cursor>| cursor.map(ToString::to_string).unwrap_or_default();
        let asked = Self { older: text(older), newer: text(newer), ..self.clone() };
        format!("/audit?{}", serde_html_form::to_string(&asked).unwrap_or_default())
    }

    fn is_filtered(&self) -> bool {
        [&self.who, &self.what, &self.case, &self.customer, &self.from, &self.until].iter().any(|text| !text.is_empty())
    }

    fn place(&self) -> Place {
        type Keys = (DateTime<Utc>, i16, i64);
        if let Some((at, shard, seq)) = Cursor::read::<Keys>(&self.older) {
            Place::OlderThan(at, shard, seq)
        } else if let Some((at, shard, seq)) = Cursor::read::<Keys>(&self.newer) {
            Place::NewerThan(at, shard, seq)
        } else {
            Place::Newest
        }
    }
}

struct Choice {
    value: String,
    label: String,
}

struct Change {
    field: String,
    was: String,
    now: String,
    personal: bool,
}

struct Row {
    day: String,
    time: String,
    at: String,
    who: String,
    initials: String,
    hue: u8,
    what: String,
    on: String,
    href: Option<String>,
    changes: Vec<Change>,
    facts: Vec<(String, String)>,
    via: String,
    entry: String,
    hash: String,
}

#[derive(Template)]
#[template(path = "audit/list.html")]
struct List {
    frame: Frame,
    once: Uuid,
    asked: Asked,
    errors: FormErrors,
    people: Vec<Choice>,
    actions: Vec<Choice>,
    rows: Vec<Row>,
    entries: String,
    since: Option<String>,
    zone: String,
    newer: Option<String>,
    older: Option<String>,
}

async fn list(
    State(app): State<App>,
    can: Can<SeeAudit>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let known = app.kept::<accounts::People>(&mut connection, &can).await?;
    let zone = known.zone_of(can.team);
    let (filter, errors) = read_filter(&mut connection, &asked, zone).await;
    let (entries, since) = store::extent(&mut connection).await?;
    let place = asked.place();
    let mut found =
        if errors.is_empty() { store::list(&mut connection, &filter, place, PAGE + 1).await? } else { Vec::new() };
    let more = i64::try_from(found.len()).is_ok_and(|found| found > PAGE);
    let backwards = matches!(place, Place::NewerThan(..));
    if more {
        // the row too many tells that there is a further page
        found.remove(if backwards { 0 } else { found.len() - 1 });
    }
    let cursor = |seen: Option<&Seen>| seen.map(|seen| Cursor::at(&(seen.at, seen.shard, seen.seq)));
    let (first, last) = (cursor(found.first()), cursor(found.last()));
    let has_newer = if backwards { more } else { !matches!(place, Place::Newest) };
    let has_older = if backwards { true } else { more };
    drop(connection);
    view(&app.db, &can, Entry::new(Action::AuditViewed, Subject::Desk).fact("filtered", asked.is_filtered())).await?;
    let now = app.now();
    let names = Names::of(&known);
    let page = List {
        once: fresh_key(),
        newer: first.filter(|_| has_newer).map(|first| asked.href(None, Some(&first))),
        older: last.filter(|_| has_older).map(|last| asked.href(Some(&last), None)),
        rows: found.into_iter().map(|seen| row(seen, &names, zone, now)).collect(),
        people: known
            .everyone()
            .iter()
            .map(|(id, name)| Choice { value: id.to_string(), label: name.clone() })
            .collect(),
        actions: Action::ALL
            .iter()
            .map(|action| Choice { value: action.name().to_owned(), label: action.label().to_owned() })
            .collect(),
        since: since.map(|since| day(since, zone, now)),
        zone: zone.name().replace('_', " "),
        entries: counted(entries),
        errors,
        asked,
        frame,
    };
    Ok(html(&page)?.into_response())
}

async fn read_filter(connection: &mut sqlx::PgConnection, asked: &Asked, zone: Tz) -> (Filter, FormErrors) {
    let mut errors = FormErrors::new();
    let mut midnight = |field: &str, text: &str, plus: u64| {
        if text.is_empty() {
            return None;
        }
        let day =
            NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|day| day.checked_add_days(Days::new(plus)));
        let at = day.and_then(|day| zone.from_local_datetime(&day.and_time(chrono::NaiveTime::MIN)).earliest());
        if at.is_none() {
            errors.add(field, "Enter a day, like 2026-11-19.");
        }
        at.map(|at| at.with_timezone(&Utc))
    };
    let (from, until) = (midnight("from", &asked.from, 0), midnight("until", &asked.until, 1));
    let subject = match asked.case.trim().trim_start_matches(['S', 'D', 's', 'd', '-']).parse() {
        Ok(number) => cases::find_by_number(connection, number).await.ok().map(crate::ids::CaseId::uuid),
        Err(_) => None,
    };
    if !asked.case.trim().is_empty() && subject.is_none() {
        errors.add("case", "Enter the number of a case, like SD-20418.");
    }
    let filter = Filter {
        actor: asked.who.parse().ok(),
        action: Some(asked.what.clone()).filter(|what| !what.is_empty()),
        subject,
        customer: asked.customer.parse().ok(),
        from,
        until,
    };
    (filter, errors)
}

/// How people and teams are called.
struct Names<'a> {
    people: HashMap<UserId, &'a str>,
    teams: Vec<Team>,
}

impl<'a> Names<'a> {
    fn of(known: &'a accounts::People) -> Self {
        let people = known.everyone().iter().map(|(id, name)| (*id, name.as_str())).collect();
        Self { people, teams: known.teams() }
    }

    fn of_subject(&self, kind: &str, id: Option<Uuid>) -> Option<String> {
        let id = id?;
        match kind {
            "user" => self.people.get(&UserId::from(id)).map(|name| (*name).to_owned()),
            "team" => self.teams.iter().find(|team| team.id == TeamId::from(id)).map(|team| team.name.clone()),
            _ => None,
        }
    }
}

fn row(seen: Seen, names: &Names<'_>, zone: Tz, now: DateTime<Utc>) -> Row {
    let who = seen.actor_id.and_then(|id| names.people.get(&id).copied()).unwrap_or("Savedesk").to_owned();
    let (on, href) = subject(
        &seen.subject_kind,
        seen.subject_id,
        seen.case_number,
        seen.customer_name,
        names.of_subject(&seen.subject_kind, seen.subject_id),
    );
    let (changes, facts) = contents(&seen.body);
    Row {
        day: day(seen.at, zone, now),
        time: time_of_day(seen.at, zone),
        at: seen.at.to_rfc3339(),
        initials: initials(&who),
        hue: hue(&who),
        what: Action::ALL
            .iter()
            .find(|action| action.name() == seen.action)
            .map_or(seen.action.clone(), |action| action.label().to_owned()),
        via: via(&seen.via).to_owned(),
        entry: format!("{}.{}", seen.shard, seen.seq),
        hash: hex::encode(&seen.hash[..2.min(seen.hash.len())]),
        who,
        on,
        href,
        changes,
        facts,
    }
}

fn subject(
    kind: &str,
    id: Option<Uuid>,
    number: Option<i64>,
    customer: Option<String>,
    name: Option<String>,
) -> (String, Option<String>) {
    match (kind, id) {
        ("case", Some(id)) => {
            (number.map_or_else(|| "A case".to_owned(), |number| format!("SD-{number}")), Some(format!("/cases/{id}")))
        }
        ("customer", Some(id)) => {
            (customer.unwrap_or_else(|| "A customer".to_owned()), Some(format!("/customers/{id}")))
        }
        ("order", _) => (customer.map_or_else(|| "An order".to_owned(), |name| format!("An order of {name}")), None),
        ("user", Some(id)) => (name.unwrap_or_else(|| "A user".to_owned()), Some(format!("/users/{id}"))),
        ("team", _) => (name.unwrap_or_else(|| "A team".to_owned()), None),
        ("import", Some(id)) => ("A file".to_owned(), Some(format!("/imports/{id}"))),
        ("complaint", Some(id)) => ("A complaint".to_owned(), Some(format!("/complaints/{id}"))),
        ("process", Some(id)) => ("A process".to_owned(), Some(format!("/case_processes/{id}"))),
        ("appointment", Some(id)) => ("A booked call".to_owned(), Some(format!("/appointments/{id}"))),
        ("request", Some(id)) => ("A request".to_owned(), Some(format!("/requests/{id}"))),
        ("follow_up", Some(id)) => ("A follow-up".to_owned(), Some(format!("/follow_ups/{id}"))),
        ("promise", _) => {
            (customer.map_or_else(|| "A promise".to_owned(), |name| format!("A promise to {name}")), None)
        }
        ("offer", Some(id)) => ("An offer".to_owned(), Some(format!("/offers/{id}"))),
        ("approval", Some(id)) => ("A request for approval".to_owned(), Some(format!("/approvals/{id}"))),
        ("mail", Some(id)) => ("A mail".to_owned(), Some(format!("/outbox/{id}"))),
        _ => ("The desk".to_owned(), None),
    }
}

fn via(name: &str) -> &'static str {
    match name {
        "page" => "Page",
        "api" => "Interface",
        "import" => "Import",
        "bulk" => "Several at once",
        "chaser" => "Chaser",
        "command" => "Command line",
        _ => "Demo data",
    }
}

fn contents(body: &Value) -> (Vec<Change>, Vec<(String, String)>) {
    let Some(body) = body.as_object() else {
        return (Vec::new(), Vec::new());
    };
    let changes = body.get("changes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let changes = changes
        .iter()
        .map(|change| Change {
            field: words(change.get("field").and_then(Value::as_str).unwrap_or_default()),
            was: text(change.get("was").unwrap_or(&Value::Null)),
            now: text(change.get("now").unwrap_or(&Value::Null)),
            personal: change.get("personal").and_then(Value::as_bool).unwrap_or_default(),
        })
        .collect();
    let facts = body
        .iter()
        .filter(|(name, value)| name.as_str() != "changes" && !value.is_null() && !is_id(value))
        .map(|(name, value)| (words(name), text(value)))
        .collect();
    (changes, facts)
}

/// Ids of rows say nothing to a reader.
fn is_id(value: &Value) -> bool {
    value.as_str().is_some_and(|text| Uuid::parse_str(text).is_ok())
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// "14,223 entries"
fn counted(entries: i64) -> String {
    let number = grouped(entries.unsigned_abs().into());
    if entries == 1 { "1 entry".to_owned() } else { format!("{number} entries") }
}

#[derive(Deserialize)]
struct Nothing {}

async fn check(State(app): State<App>, can: Can<SeeAudit>, form: Form<Nothing>) -> Result<Answer> {
    let Nothing {} = form.fields;
    let (entries, broken) = {
        let _turn = app.exporting.acquire().await.map_err(anyhow::Error::from)?;
        let mut connection = app.db.read().await?;
        verify(&mut connection).await?
    };
    let tx = app.begin(&can, &form.once).await?;
    let entries = counted(entries);
    let sentence = match broken.first() {
        None => format!("The chains hold: {entries} checked."),
        Some(first) => format!("Entry {}.{} {}. Tell an admin at once.", first.shard, first.seq, first.what),
    };
    tx.finish(Answer::to("/audit").say(sentence)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted() {
        assert_eq!([0, 1, 14_223].map(counted), ["0 entries", "1 entry", "14,223 entries"]);
    }
}
