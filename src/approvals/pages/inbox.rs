//! The page: a list, and one request beside it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::decide::{Counter, DecisionForm, REASONS};
use super::facts::read;
use super::limits::MyLimits;
use super::list::{List, Seen};
use super::packet::Packet;
use super::patterns::Pattern;
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, DecideApprovals};
use crate::error::{Error, FormErrors, Result};
use crate::ids::ApprovalId;
use crate::web::{self, App, Frame};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/approvals", get(index)).route("/approvals/{approval}", get(show))
}

/// The tabs over the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum View {
    #[default]
    Waiting,
    Decided,
    Limits,
    Patterns,
}

impl View {
    const ALL: [Self; 4] = [Self::Waiting, Self::Decided, Self::Limits, Self::Patterns];

    fn name(self) -> &'static str {
        match self {
            Self::Waiting => "",
            Self::Decided => "decided",
            Self::Limits => "limits",
            Self::Patterns => "patterns",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Decided => "Decided",
            Self::Limits => "My limits",
            Self::Patterns => "Patterns",
        }
    }

    fn order(self) -> &'static str {
        if self == Self::Waiting { "Due first" } else { "Newest first" }
    }

    fn href(self) -> String {
        match self {
            Self::Waiting => "/approvals".to_owned(),
            view => format!("/approvals?view={}", view.name()),
        }
    }
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    view: String,
    after: String,
    currency: String,
    #[serde(flatten)]
    counter: Counter,
}

struct Tab {
    view: View,
    href: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "approvals/inbox.html")]
struct InboxPage {
    frame: Frame,
    view: View,
    tabs: Vec<Tab>,
    /// How many wait for the viewer.
    count: i64,
    list: List,
    packet: Option<Packet>,
    form: DecisionForm,
    reasons: [(&'static str, &'static str); 3],
    errors: FormErrors,
    /// Why it was not done.
    notice: String,
    limits: Option<MyLimits>,
    patterns: Vec<Pattern>,
    /// One request was asked for by its address: on a phone it stands alone.
    alone: bool,
    /// This page, for what is fetched again.
    here: String,
}

/// What is to be shown.
pub(super) struct Wanted {
    pub(super) view: View,
    pub(super) approval: Option<ApprovalId>,
    pub(super) status: StatusCode,
    pub(super) form: DecisionForm,
    pub(super) errors: FormErrors,
    pub(super) notice: String,
}

impl Wanted {
    /// One request.
    pub(super) fn one(approval: ApprovalId) -> Self {
        Self {
            view: View::Waiting,
            approval: Some(approval),
            status: StatusCode::OK,
            form: DecisionForm::default(),
            errors: FormErrors::new(),
            notice: String::new(),
        }
    }
}

async fn index(
    State(app): State<App>,
    can: Can<DecideApprovals>,
    frame: Frame,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let view = View::ALL.into_iter().find(|view| view.name() == asked.view).unwrap_or_default();
    let wanted = Wanted { view, approval: None, ..Wanted::one(ApprovalId::new()) };
    render(&app, &can, frame, &asked, is_fragment(&headers), wanted).await
}

async fn show(
    State(app): State<App>,
    can: Can<DecideApprovals>,
    frame: Frame,
    Path(approval): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let approval = approval.parse().map_err(|_| Error::NotFound)?;
    render(&app, &can, frame, &asked, is_fragment(&headers), Wanted::one(approval)).await
}

/// Parts that are fetched again are no new look at the customer's data.
fn is_fragment(headers: &HeaderMap) -> bool {
    headers.contains_key("x-fragment")
}

/// The page as it is shown, and as it answers a form that was not done.
pub(super) async fn render(
    app: &App,
    can: &Can<DecideApprovals>,
    frame: Frame,
    asked: &Asked,
    fragment: bool,
    wanted: Wanted,
) -> Result<Response> {
    let now = app.now();
    let me = can.id.ok_or(Error::Forbidden)?;
    let mut connection = app.db.read().await?;
    let zone = accounts::zone_for(app, &mut connection, can).await?;
    let seen = Seen { me, now, zone };
    let mut view = wanted.view;
    let mut found = match wanted.approval {
        Some(approval) => Some(read(&mut connection, approval).await?),
        None => None,
    };
    if found.as_ref().is_some_and(|(approval, _)| !approval.stage.is_open()) {
        view = View::Decided;
    }
    let mut list = match view {
        View::Waiting => List::waiting(&mut connection, seen, &asked.after).await?,
        View::Decided => List::decided(&mut connection, seen, &asked.after).await?,
        View::Limits | View::Patterns => List::default(),
    };
    let selected = wanted.approval.or_else(|| list.picks.first().map(|pick| pick.id));
    list.open(selected);
    if let (None, Some(approval)) = (&found, selected) {
        found = Some(read(&mut connection, approval).await?);
    }
    let packet = match found {
        Some(found) => {
            let counter = wanted.form.counter.or(&asked.counter);
            Some(Packet::load(app, &mut connection, can, found, seen, counter).await?)
        }
        None => None,
    };
    let limits = match view {
        View::Limits => Some(MyLimits::load(app, &mut connection, can, &asked.currency).await?),
        _ => None,
    };
    let patterns = if view == View::Patterns { Pattern::all(&mut connection, seen).await? } else { Vec::new() };
    drop(connection);
    if let Some(packet) = &packet {
        let entry = Entry::new(Action::ApprovalViewed, Subject::Approval(packet.id)).of(packet.of);
        if fragment {
            audit::view_again(&app.db, can, entry).await?;
        } else {
            audit::view(&app.db, can, entry).await?;
        }
    }
    let count = frame.places.iter().find(|place| place.href == "/approvals").and_then(|place| place.count);
    let page = InboxPage {
        tabs: View::ALL.into_iter().map(|tab| Tab { view: tab, href: tab.href(), current: tab == view }).collect(),
        here: wanted.approval.map_or_else(|| view.href(), |approval| format!("/approvals/{approval}")),
        alone: wanted.approval.is_some(),
        count: count.unwrap_or_default(),
        view,
        list,
        packet,
        form: wanted.form,
        reasons: REASONS,
        errors: wanted.errors,
        notice: wanted.notice,
        limits,
        patterns,
        frame,
    };
    Ok((wanted.status, web::html(&page)?).into_response())
}
