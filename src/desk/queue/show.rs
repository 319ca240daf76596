//! The page of the queue.

use askama::Template;
use axum::extract::{Path, Query, RawQuery, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::super::Choice;
use super::columns::Columns;
use super::filter::{DueBy, Filter, Seen};
use super::peek::Peek;
use super::rows::{Line, Section, sections};
use super::setting::{Chip, Field, Setting, fields, receivers, thousands};
use super::store::{self, Part, Summary};
use super::views::{self, Counts, View};
use crate::accounts;
use crate::audit;
use crate::auth::{AssignCases, Can, ExportCases, SeeCases};
use crate::calendar::time_of_day;
use crate::error::Result;
use crate::ids::{CaseId, ViewId};
use crate::web::{self, App, Cursor, Frame, fresh_key};

/// Rows of a page.
const PAGE: usize = 50;

/// Where in the list, and which case beside it. The filters are read from the same query.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Place {
    after: String,
    before: String,
    peek: String,
}

impl Place {
    fn part(&self) -> Part {
        if let Some(key) = Cursor::read(&self.after) {
            Part::After(key)
        } else if let Some(key) = Cursor::read(&self.before) {
            Part::Before(key)
        } else {
            Part::First
        }
    }
}

/// A view as a link.
struct Tab {
    name: String,
    href: String,
    count: Option<i64>,
    hot: bool,
    current: bool,
}

impl Tab {
    fn of(view: &View, counts: &Counts, filter: &Filter) -> Self {
        let count = counts.of(&view.filter);
        Self {
            name: view.name.clone(),
            href: view.filter.href(),
            count,
            hot: view.filter.due == Some(DueBy::Overdue) && count.is_some_and(|count| count > 0),
            current: view.filter == *filter,
        }
    }
}

struct Menu {
    name: &'static str,
    tabs: Vec<Tab>,
}

#[derive(Template)]
#[template(path = "desk/queue.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is a part of the page that is there or not")]
struct QueuePage {
    frame: Frame,
    title: String,
    cases: i64,
    /// The same in words.
    many: String,
    told: String,
    at_risk: String,
    tabs: Vec<Tab>,
    menus: Vec<Menu>,
    in_menu: Option<String>,
    chips: Vec<Chip>,
    fields: Vec<Field>,
    over: String,
    closed: bool,
    sections: Vec<Section>,
    cols: Columns,
    chosen: Vec<String>,
    columns: Vec<Choice>,
    prev: Option<String>,
    next: Option<String>,
    peek: Option<Peek>,
    people: Vec<Choice>,
    may_assign: bool,
    may_export: bool,
    query: String,
    here: String,
    mine: bool,
    own_view: Option<ViewId>,
    live: String,
    now: String,
    once: [Uuid; 4],
    zone: String,
}

/// The queue, as its address says.
pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeCases>,
    frame: Frame,
    RawQuery(query): RawQuery,
    Query(place): Query<Place>,
) -> Result<Response> {
    let filter = Filter::read(query.as_deref().unwrap_or_default());
    let mut connection = app.db.read().await?;
    let setting = Setting::read(&app, &mut connection, &can, frame.now).await?;
    let seen = setting.seen;
    let strip = views::strip(setting.saved.clone());
    let menu = views::menu(&setting.teams);
    let all = || strip.iter().chain(menu.iter().flat_map(|heading| &heading.views));
    let counts = views::count(&app.db, &mut connection, all(), &seen, frame.own_cases()).await?;
    let summary = match counts.summary(&filter) {
        Some(summary) => summary.clone(),
        None => store::summary(&mut connection, &filter, &seen).await?,
    };
    let page = store::page(&mut connection, &filter, &seen, place.part(), PAGE).await?;
    let peek = match place.peek.parse::<CaseId>() {
        Ok(case) => Peek::read(&mut connection, &can, case, &seen).await?,
        Err(_) => None,
    };
    drop(connection);
    if let Some(peek) = &peek {
        audit::view_again(&app.db, &can, peek.viewed()).await?;
    }
    let cols = Columns::chosen(&can.queue_columns);
    let mut sections = sections(&page.rows, filter.closed, cols, &seen, |group| summary.of(group));
    if let Some(peek) = &peek {
        for line in sections.iter_mut().flat_map(|section| &mut section.lines) {
            line.selected = line.id == peek.id;
        }
    }
    let at = |name: &str, key: store::Key| format!("/queue?{}&{name}={}", filter.query(), Cursor::at(&key));
    let turn = |name: &str, row: Option<&store::Row>, there: bool| {
        row.filter(|_| there).map(|row| at(name, row.key(filter.closed)))
    };
    let own_view = all().find(|view| view.own && view.filter == filter).and_then(|view| view.saved);
    let tab = |view: &View| Tab::of(view, &counts, &filter);
    let page = QueuePage {
        title: views::title(all(), &filter),
        cases: summary.cases,
        told: format!("{} of {}", page.rows.len(), many(&summary)),
        many: many(&summary),
        at_risk: at_risk(&summary),
        in_menu: menu
            .iter()
            .flat_map(|heading| &heading.views)
            .find(|view| view.filter == filter)
            .map(|view| view.name.clone()),
        tabs: strip.iter().map(tab).collect(),
        menus: menu
            .iter()
            .map(|heading| Menu { name: heading.name, tabs: heading.views.iter().map(tab).collect() })
            .collect(),
        chips: setting.chips(&filter),
        fields: fields(&setting, &filter),
        over: filter.over.map(thousands).unwrap_or_default(),
        closed: filter.closed,
        sections,
        cols,
        chosen: cols.names(),
        columns: Columns::choices(),
        prev: turn("before", page.rows.first(), page.before),
        next: turn("after", page.rows.last(), page.after),
        peek,
        people: receivers(&can, setting.people),
        may_assign: can.may::<AssignCases>() && !filter.closed,
        may_export: can.may::<ExportCases>(),
        query: filter.query(),
        here: filter.href(),
        mine: filter == Filter::mine(),
        own_view,
        live: format!("/live?topic=queue&since={}&{}", seen.now.timestamp_micros(), filter.query()),
        now: time_of_day(seen.now, seen.zone),
        once: [(); 4].map(|()| fresh_key()),
        zone: seen.zone.to_string(),
        frame,
    };
    Ok(web::html(&page)?.into_response())
}

fn many(summary: &Summary) -> String {
    match summary.cases {
        1 => "1 case".to_owned(),
        cases if summary.more => format!("more than {} cases", thousands(cases)),
        cases => format!("{cases} cases"),
    }
}

fn at_risk(summary: &Summary) -> String {
    let sums: Vec<String> = summary.at_risk.iter().map(|sum| sum.short()).collect();
    match sums.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// What a line that is drawn again must know.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Again {
    most: i64,
}

#[derive(Template)]
#[template(path = "desk/queue_row.html")]
struct RowPart {
    line: Line,
    bulk: bool,
}

/// What the macros of a part need.
#[derive(Clone, Copy, Debug)]
pub(super) struct Icons {
    pub(super) icons: &'static str,
}

impl Icons {
    pub(super) fn new() -> Self {
        Self { icons: &crate::assets::ASSETS.icons }
    }
}

/// One line of the list as it is now, for a page that heard of its change.
pub(super) async fn row(
    State(app): State<App>,
    can: Can<SeeCases>,
    Path(case): Path<CaseId>,
    Query(again): Query<Again>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    let seen = Seen { me: can.id, now: app.now(), zone };
    let row = store::row(&mut connection, case).await?;
    let line = Line::of(&row, Columns::chosen(&can.queue_columns), &seen, again.most);
    let bulk = can.may::<AssignCases>();
    Ok(web::html(&RowPart { line, bulk })?.into_response())
}
