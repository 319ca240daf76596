//! A team's people with quality beside volume, and every case to look at.

use axum::extract::State;
use axum::response::Response;
use chrono::Datelike as _;

use super::super::super::store::Doubt;
use super::super::super::sums::share;
use super::super::coaching::{Coached, FIGURES, Sorted, case_of, doubtful, team_of};
use super::super::ground::Asked;
use super::super::score::{Part, Score};
use super::super::whose;
use super::{Report, row};
use crate::accounts::Colleague;
use crate::auth::{Can, ExportReports};
use crate::error::Result;
use crate::exports::{CURRENCY, Cell, Format, Table};
use crate::web::{App, Query};

/// As the page shows them; numbers behind each share, since a share of few says little.
pub(in super::super) async fn coaching(
    State(app): State<App>,
    can: Can<ExportReports>,
    format: Format,
    Query(asked): Query<Asked>,
    Query(sorted): Query<Sorted>,
) -> Result<Response> {
    let report = Coached::read(&app, &can, &asked, &sorted, None).await?;
    let Coached { ground, people, .. } = &report;
    let person = |(person, score): &(Colleague, Score)| {
        let mut cells: Vec<Cell> = vec![
            person.name.clone().into(),
            team_of(person, people).into(),
            score.net_per_save().map(|minor| ground.money(minor)).into(),
        ];
        for part in [score.promises, score.attempts, score.stick(0)] {
            let Part { well, all } = part;
            cells.extend([share(well, all).into(), all.into()]);
        }
        cells.extend([score.decided, score.saves, score.false_saves, score.contradicted].map(Cell::from));
        row(ground, cells)
    };
    let look = |doubt: &Doubt| {
        let ((code, customer), (outcome, because)) = (case_of(doubt), doubtful(doubt, ground.today.year()));
        let whose = whose::name(doubt.owner_id, people);
        let cells = vec![
            code.into(),
            customer.into(),
            whose.into(),
            doubt.closed_on.into(),
            outcome.into(),
            because.into(),
            ground.money(doubt.minor).into(),
        ];
        row(ground, cells)
    };
    let tables = vec![
        Table::new("People", &PEOPLE, report.listed.iter().map(person).collect()),
        Table::new("Look at these", &LOOKS, report.doubts.iter().map(look).collect()),
    ];
    let report =
        Report { name: "coaching", title: "Coaching", ground, people, filters: Vec::new(), figures: &FIGURES, tables };
    report.answer(&app, &can, format).await
}

const PEOPLE: [&str; 14] = [
    "Person",
    "Team",
    "Net per save",
    "Promises kept",
    "Promises due",
    "Log quality",
    "Attempts",
    "Here at 30 days",
    "Saves whose 30th day passed",
    "Decided",
    "Saves",
    "Gone quickly",
    "Not as logged",
    CURRENCY,
];

const LOOKS: [&str; 8] = ["Case", "Customer", "Whose", "Closed", "Outcome", "Why look", "Kept or at risk", CURRENCY];
