//! What is due for somebody: their own list, or for those who watch a team, that of its people.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::lists::{self, Counts, Span};
use super::Choice;
use super::view::{Bar, Group, Moments, Row, Tab, bars, grouped};
use crate::accounts::People;
use crate::auth::{Actor, Can, Role, SeeCases, WatchTeam, WorkCases};
use crate::calendar::{self, Calendar};
use crate::error::{Error, Result};
use crate::ids::{TeamId, UserId};
use crate::web::{self, App, Cursor, Frame};

/// How many rows a page holds.
const PAGE: usize = 50;
/// How many promises stand beside the list.
const BESIDE: i64 = 6;
/// How many the week shows.
const IN_WEEK: usize = 200;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/follow_ups", get(show))
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    show: String,
    layout: String,
    /// Somebody else, or "none": what nobody has.
    owner: String,
    after: Option<String>,
}

/// Whose list it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Person(UserId),
    Nobody(Watched),
}

#[derive(Template)]
#[template(path = "follow_ups/list.html")]
struct ListPage {
    frame: Frame,
    view: ListView,
}

#[derive(Template)]
#[template(path = "follow_ups/list_part.html")]
struct ListPart {
    frame: Frame,
    view: ListView,
}

/// All that the page shows.
struct ListView {
    here: String,
    topic: String,
    /// "Thu 19 Nov. 8 today, 2 overdue, 6 open promises"
    told: String,
    /// Whose list it is when it is not one's own.
    of: Option<String>,
    tabs: Vec<TabLink>,
    layouts: [(&'static str, String, bool); 2],
    week: bool,
    ended: bool,
    groups: Vec<Group>,
    next: Option<String>,
    shown: String,
    empty: (&'static str, &'static str),
    promises: Vec<Row>,
    promises_count: i64,
    bars: Vec<Bar>,
    bars_words: String,
    mates: Vec<Choice>,
    owner: String,
    may_work: bool,
    zone: &'static str,
}

struct TabLink {
    href: String,
    label: &'static str,
    count: Option<i64>,
    hot: bool,
    current: bool,
}

async fn show(
    State(app): State<App>,
    can: Can<SeeCases>,
    frame: Frame,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let view = Box::pin(load(&mut connection, &app, &can, &asked)).await?;
    drop(connection);
    if headers.get("x-fragment").is_some_and(|part| part == "follow-ups") {
        return Ok(web::html(&ListPart { frame, view })?.into_response());
    }
    Ok(web::html(&ListPage { frame, view })?.into_response())
}

/// Whose lists somebody may look at beside their own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Watched {
    Desk,
    Team(TeamId),
}

impl Watched {
    /// Managers and admins see the desk, supervisors their team: one who is in none sees nobody's.
    fn by(actor: &Actor) -> Option<Self> {
        if !actor.may::<WatchTeam>() {
            None
        } else if actor.is(Role::Manager) || actor.is(Role::Admin) {
            Some(Self::Desk)
        } else {
            actor.team.map(Self::Team)
        }
    }

    fn team(self) -> Option<TeamId> {
        match self {
            Self::Desk => None,
            Self::Team(team) => Some(team),
        }
    }
}

fn whose(can: &Can<SeeCases>, asked: &str, mates: &[lists::Mate]) -> Result<Whose> {
    let me = can.id.ok_or(Error::Forbidden)?;
    match asked {
        "" => Ok(Whose::Person(me)),
        id if id.parse() == Ok(me) => Ok(Whose::Person(me)),
        "none" => Watched::by(can).map(Whose::Nobody).ok_or(Error::NotFound),
        id => {
            let id: UserId = id.parse().map_err(|_| Error::NotFound)?;
            mates.iter().find(|mate| mate.id == id).map(|mate| Whose::Person(mate.id)).ok_or(Error::NotFound)
        }
    }
}

async fn load(connection: &mut PgConnection, app: &App, can: &Can<SeeCases>, asked: &Asked) -> Result<ListView> {
    let now = app.now();
    let calendar = app.kept::<People>(connection, can).await?.calendar_of(can.team);
    let moments = Moments::of(calendar.zone, now);
    let mates = match Watched::by(can) {
        Some(watched) => lists::mates(connection, watched.team(), asked.owner.parse().ok(), now).await?,
        None => Vec::new(),
    };
    let whose = whose(can, &asked.owner, &mates)?;
    let person = match whose {
        Whose::Person(id) => Some(id),
        Whose::Nobody(_) => None,
    };
    let counts = lists::count(connection, person, &moments.all).await?;
    let tab = Tab::from_name(&asked.show);
    let week = asked.layout == "week";
    let after = asked.after.as_deref().and_then(Cursor::read);
    let (groups, next) = Box::pin(rows(connection, whose, tab, week, &moments, after)).await?;
    let promises = match person {
        Some(person) if tab != Tab::Promises && !week => {
            let span = Span { promises: true, ..Span::default() };
            lists::of_person(connection, person, span, BESIDE).await?
        }
        _ => Vec::new(),
    };
    let mine = person == can.id;
    let owner = if mine { String::new() } else { asked.owner.clone() };
    let address = Address { owner: &owner, week };
    let (overdue, today) = (counts.in_span[0], counts.in_span[1]);
    let shown: usize = groups.iter().map(|group| group.rows.len()).sum();
    let bars = bars(&calendar, &moments, &counts.in_span);
    Ok(ListView {
        here: address.here(tab, asked.after.as_deref().filter(|_| after.is_some())),
        topic: person.map(|person| format!("follow_ups:{person}")).unwrap_or_default(),
        told: told(&calendar, &moments, whose, &counts),
        of: match whose {
            Whose::Person(_) if mine => None,
            Whose::Person(id) => mates.iter().find(|mate| mate.id == id).map(|mate| mate.name.clone()),
            Whose::Nobody(_) => Some("nobody yet".to_owned()),
        },
        tabs: tabs(&address, tab, whose, &counts, today, overdue),
        layouts: [
            ("List", Address { week: false, ..address }.here(tab, None), !week),
            ("Week", Address { week: true, ..address }.here(Tab::Today, None), week),
        ],
        week,
        ended: tab == Tab::Done && !week,
        groups,
        shown: format!("{shown} shown"),
        next: next.map(|cursor| address.here(tab, Some(&cursor.to_string()))),
        empty: if week { ("Nothing is due this week", "What you plan shows here, day by day.") } else { tab.empty() },
        promises: promises.into_iter().map(|item| Row::of(item, &moments)).collect(),
        promises_count: counts.promises,
        bars_words: bars.iter().map(|bar| format!("{} {}", bar.day, bar.count)).collect::<Vec<_>>().join(", "),
        bars,
        mates: choices(can, mates),
        owner,
        may_work: can.may::<WorkCases>(),
        zone: calendar.zone.name(),
    })
}

/// The rows of a page, under their headings, and where the next page begins.
async fn rows(
    connection: &mut PgConnection,
    whose: Whose,
    tab: Tab,
    week: bool,
    moments: &Moments,
    after: Option<(DateTime<Utc>, Uuid)>,
) -> Result<(Vec<Group>, Option<Cursor>)> {
    let page = if week { IN_WEEK } else { PAGE };
    let limit = i64::try_from(page + 1).unwrap_or(i64::MAX);
    if tab == Tab::Done && !week {
        let person = match whose {
            Whose::Person(id) => Some(id),
            Whose::Nobody(_) => None,
        };
        let mut ended = lists::ended(connection, person, after, limit).await?;
        let more = ended.len() > page;
        ended.truncate(page);
        let cursor = ended.last().filter(|_| more).map(|last| Cursor::at(&(last.at, last.id.uuid())));
        let rows = ended.into_iter().map(|one| Row::ended(one, moments)).collect();
        return Ok((Group::days(rows), cursor));
    }
    let span = if week {
        Span { until: moments.all.last().copied(), ..Span::default() }
    } else {
        Span { after, ..tab.span(moments) }
    };
    let mut items = match whose {
        Whose::Person(person) => lists::of_person(connection, person, span, limit).await?,
        Whose::Nobody(watched) => lists::of_nobody(connection, watched.team(), span, limit).await?,
    };
    let more = items.len() > page;
    items.truncate(page);
    let cursor = items.last().filter(|_| more && !week).map(|last| Cursor::at(&(last.due_at, last.id)));
    let rows = items.into_iter().map(|item| Row::of(item, moments)).collect();
    Ok((grouped(rows, moments, week), cursor))
}

fn tabs(address: &Address<'_>, current: Tab, whose: Whose, counts: &Counts, today: i64, overdue: i64) -> Vec<TabLink> {
    let seven: i64 = counts.in_span[1..8].iter().sum();
    let counted = !matches!(whose, Whose::Nobody(_));
    Tab::ALL
        .into_iter()
        .filter(|tab| counted || !matches!(tab, Tab::Promises | Tab::Done))
        .map(|tab| TabLink {
            href: address.here(tab, None),
            label: tab.label(),
            count: match tab {
                _ if !counted => None,
                Tab::Today => Some(today),
                Tab::Overdue => Some(overdue),
                Tab::Week => Some(seven),
                Tab::Promises => Some(counts.promises),
                Tab::Done => None,
            },
            hot: tab == Tab::Overdue && overdue > 0,
            current: tab == current && !address.week,
        })
        .collect()
}

/// "Thu 19 Nov. 8 today, 2 overdue, 6 open promises"
fn told(calendar: &Calendar, moments: &Moments, whose: Whose, counts: &Counts) -> String {
    let day = calendar::day(moments.now, calendar.zone, moments.now);
    if matches!(whose, Whose::Nobody(_)) {
        return format!("{day}. What came back to the queue and waits for somebody to take it");
    }
    let promises = if counts.promises == 1 { "open promise" } else { "open promises" };
    format!("{day}. {} today, {} overdue, {} {promises}", counts.in_span[1], counts.in_span[0], counts.promises)
}

/// The people whose lists may be looked at, with how much is late.
fn choices(actor: &Actor, mates: Vec<lists::Mate>) -> Vec<Choice> {
    if mates.is_empty() {
        return Vec::new();
    }
    let mut choices = vec![Choice::new("", "Mine"), Choice::new("none", "Nobody yet")];
    choices.extend(mates.into_iter().filter(|mate| Some(mate.id) != actor.id).map(|mate| {
        let late = match mate.overdue {
            0 => String::new(),
            100.. => ", over 99 overdue".to_owned(),
            n => format!(", {n} overdue"),
        };
        Choice::new(mate.id.to_string(), format!("{}{late}", mate.name))
    }));
    choices
}

/// Addresses of this page.
#[derive(Clone, Copy)]
struct Address<'a> {
    owner: &'a str,
    week: bool,
}

impl Address<'_> {
    fn here(&self, tab: Tab, after: Option<&str>) -> String {
        let week = if self.week && tab == Tab::Today { "week" } else { "" };
        let show = if tab == Tab::Today { "" } else { tab.name() };
        let parts = [("show", show), ("layout", week), ("owner", self.owner), ("after", after.unwrap_or_default())];
        let query: Vec<String> = parts
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if query.is_empty() { "/follow_ups".to_owned() } else { format!("/follow_ups?{}", query.join("&")) }
    }
}
