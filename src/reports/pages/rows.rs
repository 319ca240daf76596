//! The rows behind a number: each case with the money that counts, what they add up to, and the definition of the figure.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::store::{self, Listed, Narrow, Row};
use super::super::{Figure, Preset, TeamChoice};
use super::ground::{Asked, Ground};
use super::rates::Names;
use super::whose;
use super::wording::{amounts, case_of, heads, takes, told, took, took_words, when, words};
use crate::accounts::People;
use crate::auth::{Actor, Can, ExportReports, SeeOwnFigures, WorkProblems};
use crate::calendar;
use crate::catalogue::Catalogue;
use crate::error::Result;
use crate::ids::UserId;
use crate::reasons::Reasons;
use crate::web::{self, App, Cursor, Frame, Query};

/// Rows of a page.
const ROWS: usize = 50;

/// What the address asks for beside the span and the part of the desk; gross saved revenue where it names no figure.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    figure: String,
    after: String,
}

/// The rows that an address asks for, made out for whoever looks.
pub(super) struct Wanted {
    pub(super) ground: Ground,
    pub(super) listed: Listed,
    /// The person whose they are, where they are one person's.
    pub(super) whose: Option<UserId>,
}

impl Wanted {
    /// # Errors
    /// `NotFound` for somebody whose rows are not there for these eyes.
    pub(super) fn read(
        (asked, which, mut narrow): (&Asked, &Which, Narrow),
        actor: &Actor,
        people: &People,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let mut ground = Ground::new(asked, Preset::Custom, actor, people.zone_of(actor.team), now);
        let whose = whose::of_rows(&narrow.owner, actor, people)?;
        if let Some(person) = whose {
            // what is somebody's is theirs in whatever team the case is
            narrow.owner = person.to_string();
            ground.segment.team = TeamChoice::All;
        }
        let (tomorrow, week) = ground.horizons();
        let listed = Listed {
            figure: Figure::from_name(&which.figure).unwrap_or(Figure::Gross),
            range: ground.range,
            between: ground.between(ground.range),
            segment: ground.segment.clone(),
            narrow,
            today: ground.today,
            now: ground.now,
            tomorrow,
            week,
            zone: ground.zone.name(),
            reader: actor.id,
        };
        Ok(Self { ground, listed, whose })
    }

    /// Where these rows are, as a page or a file.
    fn at(&self, path: &str) -> String {
        let narrow = self.listed.narrow.pairs();
        let narrow: Vec<(&str, &str)> = narrow.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.ground.rows_at(path, self.listed.figure, self.ground.range, &narrow)
    }
}

/// A row as shown.
struct Shown {
    /// Its case; none once that is gone.
    href: Option<String>,
    code: String,
    customer: String,
    day: String,
    what: String,
    detail: String,
    amount: String,
    /// How long it took, and by the calendar where that is told as well.
    took: (String, String),
}

#[derive(Template)]
#[template(path = "reports/rows.html")]
struct RowsPage {
    frame: Frame,
    title: &'static str,
    definition: &'static str,
    told: String,
    back: String,
    back_to: &'static str,
    count: i64,
    total: String,
    /// What the amounts are, of a count of cases.
    amounts: Option<&'static str>,
    when: &'static str,
    /// What both columns of words say.
    heads: (&'static str, &'static str),
    /// Whether they took their time.
    takes: bool,
    rows: Vec<Shown>,
    first: Option<String>,
    next: Option<String>,
    /// As lines and as a workbook, for who may take them out.
    files: Option<(String, String)>,
    /// Where a problem is opened with the cases of their reason, for who may.
    problem: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeOwnFigures>,
    frame: Frame,
    Query(asked): Query<Asked>,
    Query(which): Query<Which>,
    Query(narrow): Query<Narrow>,
) -> Result<Response> {
    let read = async |connection: &mut PgConnection| -> Result<_> {
        let people = app.kept::<People>(connection, &can).await?;
        let wanted = Wanted::read((&asked, &which, narrow.clone()), &can, &people, app.now())?;
        let listed = &wanted.listed;
        let place = Cursor::read(&which.after).filter(|(place, _): &(String, Uuid)| listed.holds_place(place));
        let total = store::total(connection, listed).await?;
        let rows = store::page(connection, listed, place.clone(), ROWS + 1).await?;
        let reasons = app.kept::<Reasons>(connection, &can).await?;
        let catalogue = app.kept::<Catalogue>(connection, &can).await?;
        Ok((people, wanted, place, total, rows, reasons, catalogue))
    };
    let (people, wanted, place, total, mut rows, reasons, catalogue) = app.read_anywhere(&can, read).await?;
    let Wanted { ground, listed, whose } = &wanted;
    let names = Names::new(&reasons.tree, &catalogue, &people, ground);
    let more = rows.len() > ROWS;
    rows.truncate(ROWS);
    let (figure, here) = (listed.figure, wanted.at("/reports/rows"));
    let page = RowsPage {
        frame,
        title: figure.label(),
        definition: figure.definition(),
        told: told(ground, listed, &names, rows.first(), *whose),
        back: whose.map_or_else(|| ground.custom(), |person| whose::page(person, ground.range.from)),
        back_to: if whose.is_some() { "Figures" } else { "Dashboard" },
        count: total.rows,
        total: ground.money(total.minor).to_string(),
        amounts: amounts(figure),
        when: when(figure.source()),
        heads: heads(figure.source()),
        takes: takes(figure.source()),
        next: rows.last().filter(|_| more).map(|last| format!("{here}&after={}", Cursor::at(&(&last.place, last.id)))),
        first: place.map(|_| here),
        rows: rows.iter().map(|row| shown(row, ground, figure, &names)).collect(),
        problem: can.may::<WorkProblems>().then(|| ground.problem_of(&listed.narrow.reason)).flatten(),
        files: can.may::<ExportReports>().then(|| (wanted.at("/reports/rows.csv"), wanted.at("/reports/rows.xlsx"))),
    };
    Ok(web::html(&page)?.into_response())
}

fn shown(row: &Row, ground: &Ground, figure: Figure, names: &Names<'_>) -> Shown {
    let (what, detail) = words(row, figure.source(), names.tree);
    let (code, customer) = case_of(row);
    Shown {
        href: row.case_id.map(|case| format!("/cases/{case}")),
        code,
        customer,
        day: calendar::date(row.day, chrono::Datelike::year(&ground.today)),
        what,
        detail,
        amount: row.minor.map(|minor| ground.money(minor).to_string()).unwrap_or_default(),
        took: took_words(took(row, figure.source())),
    }
}
