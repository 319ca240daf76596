//! What admins see of the chaser: what ran, how far behind it is, what is parked and why; run now, retry.

use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::store::{self, Standing};
use super::{Chaser, Sweep};
use crate::accounts;
use crate::answer::Answer;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, RunChaser};
use crate::calendar;
use crate::db::Tx;
use crate::deadlines::{Kind, chase};
use crate::error::{Error, Result};
use crate::ids::{CaseId, DeadlineId, ProcessId};
use crate::processes;
use crate::web::{App, Cursor, Form, Frame, fresh_key, html};

/// How many rounds a page shows.
const PAGE: usize = 20;
/// How many parked deadlines are shown; more of them have one cause.
const PARKED: i64 = 100;

/// The routes of the chaser.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/chaser", get(show))
        .route("/chaser/rounds", post(run))
        .route("/chaser/parked/{deadline}/retry", post(retry))
        .route("/chaser/parked_processes/{process}/retry", post(retry_process))
}

#[derive(Template)]
#[template(path = "chaser/show.html")]
struct ChaserPage {
    frame: Frame,
    once: Uuid,
    tone: &'static str,
    state: &'static str,
    sentence: String,
    next: Option<String>,
    seen: String,
    instances: i64,
    parked_count: i64,
    parked: Vec<Stuck>,
    rounds: Vec<Round>,
    newest: Option<String>,
    older: Option<String>,
}

struct Stuck {
    /// Where it is tried again.
    href: String,
    once: Uuid,
    kind: &'static str,
    case: CaseId,
    number: i64,
    due: String,
    since: String,
    because: String,
}

struct Round {
    began: String,
    took: String,
    by: Option<String>,
    told: i32,
    done: i32,
    passed_over: i32,
    digests: i32,
    failed: i32,
    behind: String,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    before: String,
}

async fn show(
    State(app): State<App>,
    can: Can<RunChaser>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let now = app.now();
    let place: Option<(DateTime<Utc>, Uuid)> = Cursor::read(&asked.before);
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut connection = app.db.read().await?;
    let standing = store::standing(&mut connection, now).await?;
    let parked = store::parked(&mut connection, PARKED).await?;
    let stopped = processes::parked(&mut connection, PARKED).await?;
    let rounds = store::sweeps(&mut connection, place, limit).await?;
    let zone = accounts::zone_of(&mut connection, can.team).await?;
    drop(connection);
    let more = rounds.len() > PAGE;
    let (tone, state, sentence) = health(&standing, now);
    let page = ChaserPage {
        frame,
        once: fresh_key(),
        tone,
        state,
        sentence,
        next: standing.next_at.map(|next| calendar::moment(next, zone, now)),
        seen: standing.seen_at.map_or_else(|| "never".to_owned(), |seen| calendar::ago(seen, now)),
        instances: standing.instances,
        parked_count: standing.parked,
        parked: (parked.into_iter().map(|parked| stuck(parked, zone, now)))
            .chain(stopped.into_iter().map(|parked| stuck_process(parked, zone, now)))
            .collect(),
        older: rounds
            .get(PAGE - 1)
            .filter(|_| more)
            .map(|last| format!("/chaser?before={}", Cursor::at(&(last.began_at, last.id)))),
        newest: place.map(|_| "/chaser".to_owned()),
        rounds: rounds.into_iter().take(PAGE).map(|round| shown(round, zone, now)).collect(),
    };
    Ok(html(&page)?.into_response())
}

/// How it goes: tone, word, sentence.
fn health(standing: &Standing, now: DateTime<Utc>) -> (&'static str, &'static str, String) {
    if standing.instances == 0 {
        return ("bad", "Not running", "No instance has looked for what is due for three minutes.".to_owned());
    }
    let late = standing.waits_since.map_or(TimeDelta::zero(), |since| now - since);
    let many = if standing.waiting >= 1000 { "1,000 or more".to_owned() } else { standing.waiting.to_string() };
    if late > TimeDelta::minutes(2) {
        let sentence = format!("{many} wait, the longest for {}.", calendar::duration(late));
        return ("warn", "Behind", sentence);
    }
    let sentence = match standing.waiting {
        0 => "Nothing waits to be looked at.".to_owned(),
        1 => "1 waits to be looked at in the next round.".to_owned(),
        _ => format!("{many} wait to be looked at in the next round."),
    };
    ("good", "Up to date", sentence)
}

fn stuck(parked: store::Parked, zone: Tz, now: DateTime<Utc>) -> Stuck {
    Stuck {
        href: format!("/chaser/parked/{}/retry", parked.deadline),
        once: fresh_key(),
        kind: Kind::from_name(&parked.kind).map_or("Deadline", Kind::label),
        case: parked.case,
        number: parked.number,
        due: calendar::moment(parked.due_at, zone, now),
        since: calendar::moment(parked.since, zone, now),
        because: parked.because,
    }
}

fn stuck_process(parked: processes::Parked, zone: Tz, now: DateTime<Utc>) -> Stuck {
    Stuck {
        href: format!("/chaser/parked_processes/{}/retry", parked.process),
        once: fresh_key(),
        kind: parked.kind.map_or("A confidential process", processes::Kind::label),
        case: parked.case,
        number: parked.number,
        due: format!("Runs since {}", calendar::moment(parked.started_at, zone, now)),
        since: calendar::moment(parked.since, zone, now),
        because: parked.because,
    }
}

fn shown(round: store::Past, zone: Tz, now: DateTime<Utc>) -> Round {
    let took = round.ended_at - round.began_at;
    Round {
        began: calendar::moment(round.began_at, zone, now),
        took: match took.num_seconds() {
            seconds @ 0..60 => format!("{seconds} s"),
            _ => calendar::duration(took),
        },
        by: round.by,
        told: round.told,
        done: round.done,
        passed_over: round.passed_over,
        digests: round.digests,
        failed: round.failed,
        behind: match round.behind_seconds {
            seconds @ 0..60 => format!("{seconds} s"),
            seconds => calendar::duration(TimeDelta::seconds(seconds.into())),
        },
    }
}

/// So long whoever has a round run waits for what it did; the round goes on.
const AT_ONCE: Duration = Duration::from_secs(5);

#[derive(Debug, Deserialize)]
struct Nothing {}

async fn run(State(app): State<App>, can: Can<RunChaser>, form: Form<Nothing>) -> Result<Response> {
    // the request for it is one change, what the round does are many of their own, which wait for no transaction of ours
    let mut tx = app.begin(&can, &form.once).await?;
    audit::record(&mut tx, Entry::new(Action::ChaserRun, Subject::Desk)).await?;
    let begun = tx.finish(Answer::to("/chaser").say("The round is under way. What it did shows here.")).await?;
    let (chaser, by) = (Chaser::new(app.db.clone(), CancellationToken::new()), can.id);
    let round = app.tasks.spawn(async move { chaser.sweep(by).await });
    Ok(match tokio::time::timeout(AT_ONCE, round).await {
        Ok(Ok(swept)) => Answer::to("/chaser").say(said(&swept?)).into_response(),
        Ok(Err(_)) | Err(_) => begun.into_response(),
    })
}

fn said(swept: &Sweep) -> String {
    if !swept.did_something() {
        return "Nothing was due.".to_owned();
    }
    let parts = [
        (swept.told, "told somebody something"),
        (swept.done, "changed something"),
        (swept.passed_over, "were passed over for a later one"),
        (swept.failed, "failed"),
    ];
    let mut said: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    if swept.digests > 0 {
        said.push(format!("{} digests were written", swept.digests));
    }
    format!("Round done: {}.", said.join(", "))
}

async fn retry(
    State(app): State<App>,
    can: Can<RunChaser>,
    Path(deadline): Path<String>,
    form: Form<Nothing>,
) -> Result<Response> {
    let deadline: DeadlineId = deadline.parse().map_err(|_| Error::NotFound)?;
    let mut tx = app.begin(&can, &form.once).await?;
    let parked = chase::unpark(&mut tx, deadline).await?;
    if parked {
        let entry = Entry::new(Action::DeadlineRetried, Subject::Desk).fact("deadline", deadline.to_string());
        audit::record(&mut tx, entry).await?;
        tx.tell("chaser");
    }
    retried(tx, parked).await
}

async fn retry_process(
    State(app): State<App>,
    can: Can<RunChaser>,
    Path(process): Path<ProcessId>,
    form: Form<Nothing>,
) -> Result<Response> {
    let mut tx = app.begin(&can, &form.once).await?;
    let parked = processes::retry(&mut tx, &can, process).await?;
    retried(tx, parked).await
}

async fn retried(tx: Tx, parked: bool) -> Result<Response> {
    let say = if parked { "The next round tries it again." } else { "It is not parked any more." };
    Ok(tx.finish(Answer::to("/chaser").say(say)).await?.into_response())
}
