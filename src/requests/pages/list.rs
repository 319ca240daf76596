//! The list: what a department owes, or what departments owe the desk, filtered by its address.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use sqlx::PgConnection;

use super::super::store::{self, Counts, Line, Span};
use super::super::{Kind, Stage, Verdict, masked};
use super::{Choice, icon};
use crate::accounts::People;
use crate::auth::{Actor, AskDepartments, SeeCases};
use crate::calendar;
use crate::error::Result;
use crate::ids::{DepartmentId, RequestId};
use crate::web::{Cursor, Due};

/// How many rows a page holds.
const PAGE: usize = 50;

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    pub(super) view: String,
    pub(super) department: String,
    pub(super) kind: String,
    pub(super) state: String,
    pub(super) after: String,
    pub(super) peek: String,
}

impl Query {
    /// The address of the same list with something else in it.
    fn with(&self, name: &str, value: &str) -> String {
        let pick = |of: &str, now: &str| if of == name { value.to_owned() } else { now.to_owned() };
        let parts = [
            ("view", pick("view", &self.view)),
            ("department", pick("department", &self.department)),
            ("kind", pick("kind", &self.kind)),
            ("state", pick("state", &self.state)),
            ("after", pick("after", if name == "peek" { &self.after } else { "" })),
            ("peek", pick("peek", "")),
        ];
        let parts: Vec<_> = parts.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        match serde_html_form::to_string(&parts) {
            Ok(query) if !query.is_empty() => format!("/requests?{query}"),
            _ => "/requests".to_owned(),
        }
    }
}

/// One of the lists.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    /// What concerns whoever looks: for a department all that is open there.
    Mine,
    /// What somebody of a department has taken on.
    Taken,
    Late,
    All,
    Answered,
    Cancelled,
}

impl View {
    fn name(self) -> &'static str {
        match self {
            Self::Mine => "",
            Self::Taken => "taken",
            Self::Late => "late",
            Self::All => "all",
            Self::Answered => "answered",
            Self::Cancelled => "cancelled",
        }
    }

    fn span(self) -> Span {
        match self {
            Self::Mine | Self::Taken | Self::All => Span::Live,
            Self::Late => Span::Late,
            Self::Answered => Span::Answered,
            Self::Cancelled => Span::Cancelled,
        }
    }
}

pub(super) struct Tab {
    pub(super) href: String,
    pub(super) label: &'static str,
    pub(super) count: Option<i64>,
    pub(super) hot: bool,
    pub(super) current: bool,
}

/// A row as shown.
pub(super) struct Row {
    pub(super) id: RequestId,
    pub(super) href: String,
    pub(super) what: String,
    pub(super) sub: String,
    pub(super) icon: &'static str,
    pub(super) department: String,
    pub(super) person: String,
    pub(super) mark: (&'static str, &'static str, bool),
    pub(super) due: Due,
    pub(super) selected: bool,
}

pub(super) struct Group {
    pub(super) heading: &'static str,
    pub(super) rows: Vec<Row>,
}

pub(super) struct Chip {
    pub(super) label: &'static str,
    pub(super) says: String,
    pub(super) without: String,
}

pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) any: &'static str,
    pub(super) value: String,
    pub(super) options: Vec<Choice>,
}

/// All that the list shows.
pub(super) struct List {
    pub(super) told: String,
    pub(super) tabs: Vec<Tab>,
    pub(super) chips: Vec<Chip>,
    pub(super) fields: Vec<Field>,
    pub(super) groups: Vec<Group>,
    pub(super) order: &'static str,
    pub(super) next: Option<String>,
    pub(super) first: Option<String>,
    pub(super) shown: String,
    pub(super) here: String,
    pub(super) view: String,
    pub(super) may_ask: bool,
    pub(super) empty: (&'static str, &'static str),
}

impl List {
    /// Reads it for whoever looks: the desk sees all requests, a department's people theirs.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) async fn read(
        connection: &mut PgConnection,
        actor: &Actor,
        people: &People,
        query: &Query,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let desk = actor.may::<SeeCases>();
        // whoever is of no department sees none of theirs
        let own = (!desk).then(|| actor.department.unwrap_or_else(DepartmentId::new));
        let views: &[View] = if desk {
            &[View::Mine, View::Late, View::All, View::Answered, View::Cancelled]
        } else {
            &[View::Mine, View::Taken, View::Late, View::Answered, View::Cancelled]
        };
        let view = views.iter().copied().find(|view| view.name() == query.view).unwrap_or(View::Mine);
        let counts = store::counts(connection, own, actor.id, now).await?;
        let asked = store::Asked {
            span: view.span(),
            department: own.or_else(|| query.department.parse().ok()),
            whose: match view {
                View::Mine | View::Late if desk => actor.id.map(store::Whose::Concerns),
                View::Taken => actor.id.map(store::Whose::Has),
                _ => None,
            },
            kind: Kind::from_name(&query.kind),
            stage: Stage::from_name(&query.state).filter(|stage| stage.is_live() && view.span() == Span::Live),
            after: Cursor::read(&query.after),
            reader: actor.id.filter(|_| desk),
        };
        let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
        let mut lines = store::list(connection, &asked, now, limit).await?;
        let more = lines.len() > PAGE;
        lines.truncate(PAGE);
        let cursor = lines.last().filter(|_| more).map(|last| {
            let at =
                if matches!(view.span(), Span::Live | Span::Late) { last.due_at } else { last.ended_at.unwrap_or(now) };
            Cursor::at(&(at, last.id.uuid())).to_string()
        });
        let shown = lines.len();
        let peek = query.peek.parse().ok();
        let rows = lines.into_iter().map(|line| {
            let stage = line.stage;
            (stage, row(line, query, desk, peek, zone, now))
        });
        let department = people.departments().iter().find(|one| Some(one.id) == asked.department);
        Ok(Self {
            told: match department.filter(|_| !desk) {
                Some(own) => format!("What {} is asked for", own.name),
                None if desk => "What other departments owe your cases".to_owned(),
                None => "You belong to no department yet. An admin can change that.".to_owned(),
            },
            tabs: views.iter().map(|one| tab(*one, view, desk, counts, query)).collect(),
            chips: chips(query, &asked, department.filter(|_| desk).map(|one| one.name.as_str())),
            fields: fields(query, people, desk, view),
            groups: grouped(rows, view, desk),
            order: if matches!(view.span(), Span::Live | Span::Late) { "Soonest answer first" } else { "Newest first" },
            next: cursor.map(|cursor| query.with("after", &cursor)),
            first: asked.after.map(|_| query.with("after", "")),
            shown: format!("{shown} shown"),
            here: query.with("peek", &query.peek),
            view: query.view.clone(),
            may_ask: actor.may::<AskDepartments>(),
            empty: match view {
                View::Mine if desk => ("No department is asked about your cases", "Ask one from a case, or from here."),
                View::Mine => ("Nothing waits for you", "New requests appear here as they are asked."),
                View::Taken => ("You have taken nothing on", "What you accept is listed here until it is answered."),
                View::Late => ("Nothing is late", "Every request is within its time."),
                View::All => ("No department is asked for anything", "Requests of the whole desk show here."),
                View::Answered => ("Nothing was answered yet", "Answers are listed here, newest first."),
                View::Cancelled => ("Nothing was cancelled", "Requests that were taken back show here."),
            },
        })
    }
}

fn tab(view: View, current: View, desk: bool, counts: Counts, query: &Query) -> Tab {
    Tab {
        href: query.with("view", view.name()),
        label: match view {
            View::Mine if !desk => "Open",
            View::Mine | View::Taken => "Mine",
            View::Late => "Late",
            View::All => "Whole desk",
            View::Answered => "Answered",
            View::Cancelled => "Cancelled",
        },
        count: match view {
            View::Mine => Some(counts.mine),
            View::Taken => Some(counts.taken),
            View::Late => Some(counts.late),
            View::All => Some(counts.all),
            View::Answered | View::Cancelled => None,
        },
        hot: view == View::Late && counts.late > 0,
        current: view == current,
    }
}

fn chips(query: &Query, asked: &store::Asked, department: Option<&str>) -> Vec<Chip> {
    let chip = |label, name: &str, says: String| Chip { label, says, without: query.with(name, "") };
    [
        department.map(|name| chip("Department", "department", name.to_owned())),
        asked.kind.map(|kind| chip("Kind", "kind", kind.label().to_owned())),
        asked.stage.map(|stage| chip("State", "state", stage.label().to_owned())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn fields(query: &Query, people: &People, desk: bool, view: View) -> Vec<Field> {
    let mut fields = Vec::new();
    if desk {
        fields.push(Field {
            name: "department",
            label: "Department",
            any: "Any department",
            value: query.department.clone(),
            options: people.departments().iter().map(|one| Choice::new(one.id.to_string(), &one.name)).collect(),
        });
    }
    fields.push(Field {
        name: "kind",
        label: "Kind",
        any: "Any kind",
        value: query.kind.clone(),
        options: Kind::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
    });
    if view.span() == Span::Live {
        let live = Stage::ALL.iter().filter(|stage| stage.is_live());
        fields.push(Field {
            name: "state",
            label: "State",
            any: "Any state",
            value: query.state.clone(),
            options: live.map(|one| Choice::new(one.name(), one.label())).collect(),
        });
    }
    fields
}

/// Whose turn it is, the reader's own first; within a group the order stays.
fn grouped(rows: impl Iterator<Item = (Stage, Row)>, view: View, desk: bool) -> Vec<Group> {
    let mut groups: Vec<(u8, Group)> = Vec::new();
    for (stage, row) in rows {
        let (place, heading) = match (stage, desk) {
            _ if view == View::Late => (0, "Late"),
            (Stage::Returned, true) => (0, "Returned, needs you"),
            (Stage::Open | Stage::Accepted, true) => (1, "Waiting for an answer"),
            (Stage::Open, false) => (0, "Nobody has it yet"),
            (Stage::Accepted, false) => (1, "Accepted"),
            (Stage::Returned, false) => (2, "Returned to the desk"),
            (Stage::Answered, _) => (0, "Answered"),
            (Stage::Cancelled, _) => (0, "Cancelled"),
        };
        match groups.iter_mut().find(|(at, _)| *at == place) {
            Some((_, group)) => group.rows.push(row),
            None => groups.push((place, Group { heading, rows: vec![row] })),
        }
    }
    groups.sort_by_key(|(place, _)| *place);
    groups.into_iter().map(|(_, group)| group).collect()
}

fn row(line: Line, query: &Query, desk: bool, peek: Option<RequestId>, zone: Tz, now: DateTime<Utc>) -> Row {
    let late = line.stage.is_theirs() && line.due_at < now;
    let verdict = line.verdict.as_deref().and_then(Verdict::from_name);
    let mark = match (line.stage, verdict, line.became.as_deref()) {
        (Stage::Answered, _, Some("could_not")) => ("bad", "Could not", true),
        (Stage::Answered, _, Some("withdrawn")) => ("bad", "Taken back", true),
        (Stage::Answered, Some(Verdict::No), _) => ("bad", "Not possible", true),
        (Stage::Answered, Some(_), Some("ran_out")) => ("warn", "Ran out", true),
        (Stage::Answered, Some(Verdict::YesIf), None) => ("warn", "Yes, if …", true),
        (Stage::Answered, Some(_), _) => ("good", "Confirmed", true),
        (Stage::Answered, None, _) => ("good", "Answered", true),
        (Stage::Open | Stage::Accepted, ..) if late => ("bad", "Late", true),
        (Stage::Open, ..) => ("dept", "Asked", false),
        (Stage::Accepted, ..) => ("working", "Accepted", false),
        (Stage::Returned, ..) => ("warn", "Returned", true),
        (Stage::Cancelled, ..) => ("info", "Cancelled", true),
    };
    let due = match (line.stage.is_theirs(), line.ended_at) {
        (true, _) => Due::new(line.due_at, line.asked_at, &line.because, zone, now),
        (false, Some(at)) => Due::nothing(&calendar::moment(at, zone, now)),
        (false, None) => Due::nothing("Waits on the desk"),
    };
    let customer = if desk { line.customer } else { masked(&line.customer) };
    let passes = match line.passes {
        0 => String::new(),
        1 => ", 1 pass".to_owned(),
        many => format!(", {many} passes"),
    };
    Row {
        id: line.id,
        href: query.with("peek", &line.id.to_string()),
        sub: format!("{customer}, SD-{} · {}{passes}", line.number, line.kind.label()),
        what: line.what,
        icon: icon(&line.department),
        department: line.department,
        person: line.person.unwrap_or_else(|| "No one yet".to_owned()),
        mark,
        due,
        selected: peek == Some(line.id),
    }
}
