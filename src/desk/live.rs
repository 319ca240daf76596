//! News for open pages, as server-sent events: what changed, which cases came into a list, who else looks at a case.
//! An event names what is old; the page fetches it.

use std::collections::HashSet;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, RawQuery, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc::{self, Sender};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_stream::wrappers::ReceiverStream;

use super::queue::{Filter, Seen, news};
use crate::accounts;
use crate::auth::{
    DecideApprovals, ImportData, RunChaser, SeeAppointments, SeeCases, SeePolicy, SeeProblems, SeeRequests, SignedIn,
    WatchTeam,
};
use crate::cases;
use crate::error::{Error, Result};
use crate::ids::{CaseId, ImportId, ProblemId, UserId};
use crate::notifications;
use crate::web::{App, CLOSE};

/// How often a page without news shows that it is there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How often a viewer is seen anew.
const BEAT: Duration = Duration::from_secs(20);
/// Who was not seen for longer has gone.
const GONE: TimeDelta = TimeDelta::seconds(45);
/// Changes are gathered for so long before the database is asked which of them are new in a list.
const GATHER: Duration = Duration::from_millis(300);
/// After this the browser connects again, and whoever was signed out meanwhile is no longer told anything.
const LIFE: Duration = Duration::from_mins(10);
/// What was published changes what may be offered: every page beside the lists hears of it.
const POLICY: [&str; 4] = ["ladders", "limits", "offer_types", "processes"];

pub(super) fn routes() -> axum::Router<App> {
    axum::Router::new().route("/live", axum::routing::get(listen))
}

#[derive(Debug, Deserialize)]
struct Wanted {
    #[serde(default)]
    topic: String,
    /// When the page was made, in microseconds.
    #[serde(default)]
    since: i64,
}

/// What a page wants to hear of.
enum Topic {
    /// The cases of a list.
    Queue(Box<List>),
    /// One case, and who else looks at it.
    Case(Presence),
    /// One thing by its name.
    Other(String),
    /// No more than the notices that every page hears of.
    Notices,
}

/// One stream of news; on every page it tells of one's notices as well. It ends when the page goes, when the server stops, or after a while.
async fn listen(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(wanted): Query<Wanted>,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    if wanted.topic.is_empty() {
        // tells the browser not to ask again
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    // listen first, so that nothing that happens from here on is missed
    let (heard, notices) = (app.live.subscribe(), app.live.subscribe());
    let me = actor.id.ok_or(Error::Forbidden)?;
    let topic = match wanted.topic.split_once(':') {
        None if wanted.topic == "notices" => Topic::Notices,
        None if wanted.topic == "queue" => {
            actor.can::<SeeCases>()?;
            let zone = accounts::zone_for(&app, &mut *app.db.read().await?, &actor).await?;
            let filter = Filter::read(query.as_deref().unwrap_or_default());
            let since = DateTime::from_timestamp_micros(wanted.since).unwrap_or_else(|| app.now());
            let seen = Seen { me: actor.id, now: app.now(), zone };
            Topic::Queue(Box::new(List { filter, seen, since, changed: HashSet::new(), told: HashSet::new() }))
        }
        Some(("case", id)) => {
            actor.can::<SeeCases>()?;
            let case = id.parse().map_err(|_| Error::NotFound)?;
            cases::find(&mut *app.db.read().await?, case).await?;
            Topic::Case(Presence { case, me, others: Vec::new() })
        }
        None if wanted.topic == "imports" => {
            actor.can::<ImportData>()?;
            Topic::Other(wanted.topic)
        }
        Some(("import", id)) if id.parse::<ImportId>().is_ok() => {
            actor.can::<ImportData>()?;
            Topic::Other(wanted.topic)
        }
        Some(("problem", id)) if id.parse::<ProblemId>().is_ok() => {
            actor.can::<SeeProblems>()?;
            Topic::Other(wanted.topic)
        }
        Some(("follow_ups", id)) if id.parse().ok() == actor.id || actor.may::<WatchTeam>() => {
            Topic::Other(wanted.topic)
        }
        Some(("appointments", id)) if id.parse().ok() == actor.id => {
            actor.can::<SeeAppointments>()?;
            Topic::Other(wanted.topic)
        }
        None if wanted.topic == "chaser" => {
            actor.can::<RunChaser>()?;
            Topic::Other(wanted.topic)
        }
        None if wanted.topic == "requests" => {
            actor.can::<SeeRequests>()?;
            Topic::Other(wanted.topic)
        }
        None if wanted.topic == "complaints" => {
            actor.can::<SeeCases>()?;
            Topic::Other(wanted.topic)
        }
        None if wanted.topic == "approvals" => {
            actor.can::<DecideApprovals>()?;
            Topic::Other(wanted.topic)
        }
        None if POLICY.contains(&wanted.topic.as_str()) => {
            actor.can::<SeePolicy>()?;
            Topic::Other(wanted.topic)
        }
        _ => return Err(Error::NotFound),
    };
    let (page, events) = mpsc::channel(32);
    let alone = matches!(topic, Topic::Notices);
    let mine = notifications::topic(me);
    let also = page.clone();
    app.tasks.spawn(tell(app.clone(), topic, heard, page));
    app.tasks.spawn(async move { tell_of(&mine, notices, &also, alone).await });
    let events = ReceiverStream::new(events).map(Ok::<Event, Infallible>);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

async fn tell(app: App, mut topic: Topic, heard: Receiver<String>, page: Sender<Event>) {
    let ended = match &mut topic {
        Topic::Queue(list) => list.tell(&app, heard, &page).await,
        Topic::Case(presence) => {
            let ended = presence.tell(&app, heard, &page).await;
            ended.and(presence.leave(&app).await)
        }
        Topic::Other(name) => {
            tell_of(name, heard, &page, true).await;
            Ok(())
        }
        Topic::Notices => Ok(()),
    };
    if let Err(error) = ended {
        // the browser connects again
        tracing::warn!(%error, "a stream of news broke off");
    }
}

/// What a stream hears next.
enum Heard {
    /// A topic, or `*` when some were missed.
    Topic(String),
    /// The page went, the server stops, or it is time.
    End,
}

async fn next(heard: &mut Receiver<String>, page: &Sender<Event>, end: Instant) -> Heard {
    tokio::select! {
        () = page.closed() => Heard::End,
        () = tokio::time::sleep_until(end) => Heard::End,
        topic = heard.recv() => match topic {
            Ok(topic) if topic == CLOSE => Heard::End,
            Ok(topic) => Heard::Topic(topic),
            Err(RecvError::Lagged(_)) => Heard::Topic("*".to_owned()),
            Err(RecvError::Closed) => Heard::End,
        },
    }
}

async fn send(page: &Sender<Event>, name: &str, data: &serde_json::Value) {
    // a page that went is noticed by `next`
    let _ = page.send(Event::default().event(name).data(data.to_string())).await;
}

/// Of one thing, no more than that it changed; `alone` on its stream it tells as well of what may be offered, and of what was
/// missed.
async fn tell_of(name: &str, mut heard: Receiver<String>, page: &Sender<Event>, alone: bool) {
    let end = Instant::now() + LIFE;
    if alone {
        // it may have changed between the page and its stream
        changed(page, name).await;
    }
    while let Heard::Topic(topic) = next(&mut heard, page, end).await {
        if topic == name || alone && (topic == "*" || POLICY.contains(&topic.as_str())) {
            changed(page, &topic).await;
        }
    }
}

async fn changed(page: &Sender<Event>, topic: &str) {
    send(page, "changed", &json!({ "topic": topic })).await;
}

/// A list: its rows change, and others come in.
struct List {
    filter: Filter,
    seen: Seen,
    since: DateTime<Utc>,
    changed: HashSet<CaseId>,
    told: HashSet<CaseId>,
}

impl List {
    async fn tell(&mut self, app: &App, mut heard: Receiver<String>, page: &Sender<Event>) -> Result<()> {
        let end = Instant::now() + LIFE;
        let mut ask_at = None;
        loop {
            let heard = tokio::select! {
                heard = next(&mut heard, page, end) => heard,
                () = sleep_until(ask_at) => {
                    ask_at = None;
                    self.tell_news(app, page).await?;
                    continue;
                }
            };
            match heard {
                Heard::End => return Ok(()),
                Heard::Topic(topic) if topic == "*" => changed(page, "*").await,
                Heard::Topic(topic) => {
                    let Some(case) = case_of(&topic) else { continue };
                    changed(page, &topic).await;
                    self.changed.insert(case);
                    ask_at.get_or_insert_with(|| Instant::now() + GATHER);
                }
            }
        }
    }

    /// Of what changed, what is new in the list.
    async fn tell_news(&mut self, app: &App, page: &Sender<Event>) -> Result<()> {
        let asked: Vec<CaseId> = self.changed.drain().filter(|case| !self.told.contains(case)).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let seen = Seen { now: app.now(), ..self.seen };
        let mut connection = app.db.read().await?;
        let new = news(&mut connection, &self.filter, &seen, &asked, self.since).await?;
        drop(connection);
        if !new.is_empty() {
            send(page, "queue", &json!({ "count": new.len() })).await;
            self.told.extend(new);
        }
        Ok(())
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn case_of(topic: &str) -> Option<CaseId> {
    topic.strip_prefix("case:")?.parse().ok()
}

/// Somebody looks at a case.
struct Presence {
    case: CaseId,
    me: UserId,
    others: Vec<String>,
}

impl Presence {
    async fn tell(&mut self, app: &App, mut heard: Receiver<String>, page: &Sender<Event>) -> Result<()> {
        let end = Instant::now() + LIFE;
        let (case, viewers) = (format!("case:{}", self.case), format!("viewers:{}", self.case));
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let heard = tokio::select! {
                heard = next(&mut heard, page, end) => heard,
                _ = beat.tick() => Heard::Topic(viewers.clone()),
            };
            match heard {
                Heard::End => return Ok(()),
                Heard::Topic(topic) if topic == "*" || topic == case || POLICY.contains(&topic.as_str()) => {
                    changed(page, &topic).await;
                }
                Heard::Topic(topic) if topic == viewers => self.look_around(app, page).await?,
                Heard::Topic(_) => {}
            }
        }
    }

    /// Says "I am here", and tells the page who else is, when that changed.
    async fn look_around(&mut self, app: &App, page: &Sender<Event>) -> Result<()> {
        let now = app.now();
        let mut connection = app.db.read().await?;
        // a row that went stale counted as gone: whoever it was comes anew
        let came = sqlx::query_scalar!(
            r#"
            with was as (select seen_at from viewers where case_id = $1 and user_id = $2)
            insert into viewers (case_id, user_id, seen_at)
            values ($1, $2, $3)
            on conflict (case_id, user_id) do update set seen_at = excluded.seen_at
            returning not exists (select from was where seen_at > $4) as "came!"
            "#,
            self.case as CaseId,
            self.me as UserId,
            now,
            now - GONE,
        )
        .fetch_one(&mut *connection)
        .await?;
        if came {
            notify(&mut connection, self.case).await?;
        }
        let others = sqlx::query_scalar!(
            "
            select u.name
            from viewers v
            join users u on u.id = v.user_id
            where v.case_id = $1 and v.user_id <> $2 and v.seen_at > $3
            order by lower(u.name), u.id
            ",
            self.case as CaseId,
            self.me as UserId,
            now - GONE,
        )
        .fetch_all(&mut *connection)
        .await?;
        drop(connection);
        if others != self.others {
            send(page, "viewers", &json!(others)).await;
            self.others = others;
        }
        Ok(())
    }

    /// The page went. Another one of the same person says so at once if it is still there.
    async fn leave(&self, app: &App) -> Result<()> {
        let mut connection = app.db.read().await?;
        sqlx::query!(
            "delete from viewers where case_id = $1 and user_id = $2",
            self.case as CaseId,
            self.me as UserId,
        )
        .execute(&mut *connection)
        .await?;
        notify(&mut connection, self.case).await
    }
}

async fn notify(connection: &mut sqlx::PgConnection, case: CaseId) -> Result<()> {
    sqlx::query!("select pg_notify('savedesk_live', $1)", format!("viewers:{case}")).execute(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_cases_change_rows() {
        let case = CaseId::new();
        assert_eq!(case_of(&format!("case:{case}")), Some(case));
        assert_eq!((case_of("queue"), case_of("case:x")), (None, None));
    }
}
