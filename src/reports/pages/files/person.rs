//! A person's figures of a month beside their targets.

use axum::extract::{Path, State};
use axum::response::Response;

use super::super::super::Figure;
use super::super::super::sums::share;
use super::super::person::{Asked, Of};
use super::super::score::Part;
use super::{Report, row};
use crate::auth::{Can, ExportReports};
use crate::economics::{FEWEST, Share};
use crate::error::Result;
use crate::exports::{CURRENCY, Cell, Format, Table};
use crate::outcomes::STAY_DAYS;
use crate::targets;
use crate::web::{App, Query};

/// What is told of somebody, with what each means.
const FIGURES: [Figure; 9] = [
    Figure::Decided,
    Figure::Saves,
    Figure::Net,
    Figure::Concessions,
    Figure::Promises,
    Figure::Deadlines,
    Figure::Here30,
    Figure::Offers,
    Figure::Attempts,
];

/// As the page shows them.
pub(in super::super) async fn person(
    State(app): State<App>,
    can: Can<ExportReports>,
    format: Format,
    Path(person): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let of = Of::read(&app, &can, &person, &asked).await?;
    let Of { ground, people, score, .. } = &of;
    let money = |minor: i64| Cell::from(ground.money(minor));
    let net = of.target(targets::Figure::NetSaved).map(|(minor, _)| ground.money(minor));
    let amounts = vec![
        row(ground, vec![Figure::Net.label().into(), money(score.net_minor), net.into()]),
        row(ground, vec![Figure::Concessions.label().into(), money(score.conceded_minor), Cell::Nothing]),
    ];
    let stick = |at: usize| {
        let label = Figure::stay(STAY_DAYS[at])[0].label();
        let [_, gone, unknown] = score.stay[at];
        let aim = (at == 0).then_some(targets::Figure::Stick);
        shares(&of, label, score.stick(at), aim, (Some(gone), Some(unknown)))
    };
    let plain = |label, part, aim| shares(&of, label, part, aim, (None, None));
    let decided = Part { well: score.saves, all: score.decided };
    let counts = vec![
        plain("Save rate", decided, Some(targets::Figure::SaveRate)),
        plain("Promises kept on time", score.promises, Some(targets::Figure::PromisesKept)),
        plain("First action in time", score.first_actions, Some(targets::Figure::FirstAction)),
        stick(0),
        stick(1),
        stick(2),
        plain("Offers accepted", score.offers, None),
        plain("Log quality", score.attempts, None),
    ];
    let tables = vec![
        Table::new("Amounts", &["Figure", "Amount", "Target", CURRENCY], amounts),
        Table::new("Shares", &SHARES, counts),
    ];
    let report = Report {
        name: "person",
        title: "Figures of a person",
        ground,
        people,
        filters: vec![("Person".to_owned(), of.name())],
        figures: &FIGURES,
        tables,
    };
    report.answer(&app, &can, format).await
}

const SHARES: [&str; 10] =
    ["Figure", "Share", "Well", "Of", "At least (95%)", "At most (95%)", "Gone", "Unknown", "Target", "Target of"];

/// So many of so many; the interval where there are enough to say so.
fn shares(
    of: &Of,
    label: &str,
    part: Part,
    aim: Option<targets::Figure>,
    (gone, unknown): (Option<i64>, Option<i64>),
) -> Vec<Cell> {
    let interval = (part.all >= FEWEST).then(|| Share { n: part.all, stayed: part.well }.interval());
    let target = aim.and_then(|figure| of.target(figure));
    vec![
        label.into(),
        share(part.well, part.all).into(),
        part.well.into(),
        part.all.into(),
        interval.map(|one| one.0).into(),
        interval.map(|one| one.1).into(),
        gone.into(),
        unknown.into(),
        target.and_then(|(points, _)| share(points, 10_000)).into(),
        target.map(|(_, is_the_teams)| if is_the_teams { "Team" } else { "Person" }).into(),
    ]
}
