//! Every target as a file.

use axum::extract::State;
use axum::response::Response;

use super::super::{Target, Whose, store};
use super::list::{may_see, name};
use crate::accounts::People;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, ExportReports};
use crate::error::Result;
use crate::exports::{self, About, CURRENCY, Cell, Format, Table};
use crate::money::{Currency, Money, Percent};
use crate::web::App;

/// As the page lists them: a share from 0 to 1, an amount a month beside its currency, neither where a target ended.
pub(super) async fn targets(State(app): State<App>, can: Can<ExportReports>, format: Format) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let targets = store::all(&mut connection).await?;
    let people = app.kept::<People>(&mut connection, &can).await?;
    drop(connection);
    let row = |one: &Target| -> Vec<Cell> {
        let about = &one.about;
        let of = if matches!(about.whose, Whose::Team(_)) { "Team" } else { "Person" };
        let amount = about.currency.zip(one.value).map(|(currency, minor)| Money::new(minor, currency));
        let share = one.value.filter(|_| about.currency.is_none()).map(in_full);
        vec![
            name(about.whose, &people).into(),
            of.into(),
            about.figure.label().into(),
            about.from.into(),
            share.into(),
            amount.into(),
            about.currency.as_ref().map(Currency::code).into(),
        ]
    };
    let rows: Vec<Vec<Cell>> = targets.iter().filter(|one| may_see(&can, &people, one.about.whose)).map(row).collect();
    let zone = people.zone_of(can.team);
    let about = About {
        name: format!("targets-{}", app.now().with_timezone(&zone).format("%Y-%m-%d")),
        title: "Targets".to_owned(),
        by: can.name.clone(),
        at: app.now(),
        zone,
        filters: Vec::new(),
        definitions: vec![(
            "Targets".to_owned(),
            "A target counts from the first day of its month on until another is set. One without a value ends the one \
             before."
                .to_owned(),
        )],
    };
    let entry = Entry::new(Action::ReportExported, Subject::Desk)
        .fact("report", "targets")
        .fact("format", format.name())
        .fact("count", i64::try_from(rows.len()).unwrap_or(i64::MAX));
    audit::view(&app.db, &can, entry).await?;
    let columns = ["Whose", "Team or person", "Figure", "From", "Share", "Amount a month", CURRENCY];
    Ok(exports::answer(&app, format, about, vec![Table::new("Targets", &columns, rows)]))
}

/// Basis points as a share.
fn in_full(points: i64) -> f64 {
    f64::from(Percent::from_basis_points(i32::try_from(points).unwrap_or(i32::MAX)).basis_points()) / 10_000.0
}
