use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::super::{Show, Whose};
use super::rows::{self, Filter, Row};
use crate::accounts;
use crate::auth::{Can, KeepOwnPromises, SeeCases, SeePromises};
use crate::calendar;
use crate::error::{FormErrors, Result};
use crate::ids::PromiseId;
use crate::web::{self, App, Cursor, Due, Frame};

/// Rows of a page.
const ROWS: usize = 50;

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    whose: String,
    show: String,
    after: String,
}

/// A choice over the list.
struct Choice {
    href: String,
    label: &'static str,
    count: Option<i64>,
    late: bool,
    current: bool,
}

/// A promise in the list.
struct Shown {
    id: PromiseId,
    /// Its case; none for who does not see cases.
    href: Option<String>,
    what: String,
    moved: i64,
    customer: String,
    /// The case's number, or what the customer is known by where the case is not seen.
    known_by: String,
    who: String,
    sub: String,
    due: Option<Due>,
    end: Option<(&'static str, &'static str, String)>,
    cost: String,
    /// Their department does it, and may say that it was done.
    own: bool,
}

/// What a department said of its promise, where that did not pass.
#[derive(Default)]
pub(super) struct Failed {
    pub(super) of: Option<PromiseId>,
    pub(super) why: String,
    pub(super) errors: FormErrors,
}

#[derive(Template)]
#[template(path = "promises/list.html")]
struct ListPage {
    frame: Frame,
    whose: Vec<Choice>,
    shows: Vec<Choice>,
    rows: Vec<Shown>,
    over: bool,
    sees_cases: bool,
    caption: String,
    first: Option<String>,
    next: Option<String>,
    failed: Failed,
}

impl ListPage {
    fn errors_of(&self, id: &PromiseId) -> FormErrors {
        if self.failed.of == Some(*id) { self.failed.errors.clone() } else { FormErrors::new() }
    }

    fn why_of(&self, id: &PromiseId) -> &str {
        if self.failed.of == Some(*id) { &self.failed.why } else { "" }
    }
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeePromises>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    list(&app, &can, frame, &asked, Failed::default()).await
}

/// The list, as it is answered to a form on it as well.
pub(super) async fn list(
    app: &App,
    can: &Can<SeePromises>,
    frame: Frame,
    asked: &Asked,
    failed: Failed,
) -> Result<Response> {
    let mine = Whose::all(can);
    let whose = Whose::from_name(&asked.whose).filter(|whose| mine.contains(whose)).or(mine.first().copied());
    let show = Show::from_name(&asked.show).unwrap_or(Show::Open);
    let sees_cases = can.may::<SeeCases>();
    let place: Option<(DateTime<Utc>, PromiseId)> = Cursor::read(&asked.after);
    let mut connection = app.db.read().await?;
    let (mut rows, counts) = match whose {
        Some(whose) => {
            let filter = Filter::new(whose, show, can, app.now());
            let rows = rows::page(&mut connection, &filter, place, ROWS + 1).await?;
            (rows, rows::counts(&mut connection, &filter).await?)
        }
        // a member of a department that nobody has named yet
        None => (Vec::new(), rows::Counts::default()),
    };
    let zone = accounts::zone_for(app, &mut connection, can).await?;
    drop(connection);
    let more = rows.len() > ROWS;
    rows.truncate(ROWS);
    let whose_name = whose.map_or("", Whose::name);
    let address = |whose: &str, show: Show| match show {
        Show::Open => format!("/promises?whose={whose}"),
        show => format!("/promises?whose={whose}&show={}", show.name()),
    };
    let own = can.may::<KeepOwnPromises>() && whose == Some(Whose::Department);
    let moments = Moments { zone, now: app.now(), sees_cases, own };
    let page = ListPage {
        frame,
        whose: mine
            .iter()
            .map(|one| Choice {
                href: address(one.name(), show),
                label: one.label(),
                count: None,
                late: false,
                current: Some(*one) == whose,
            })
            .collect(),
        shows: Show::ALL
            .iter()
            .map(|one| Choice {
                href: address(whose_name, *one),
                label: one.label(),
                count: counts.of(*one),
                late: *one == Show::Late && counts.of(*one).is_some_and(|count| count > 0),
                current: *one == show,
            })
            .collect(),
        caption: format!("{} of {}", show.label(), whose.map_or("nobody", Whose::label).to_lowercase()),
        first: place.map(|_| address(whose_name, show)),
        next: rows
            .last()
            .filter(|_| more)
            .map(|last| format!("{}&after={}", address(whose_name, show), Cursor::at(&last.place()))),
        rows: rows.into_iter().map(|row| moments.row(row)).collect(),
        over: show == Show::Over,
        sees_cases,
        failed,
    };
    Ok(web::html(&page)?.into_response())
}

/// Moments as the one who looks reads them, and what they may see beside.
struct Moments {
    zone: chrono_tz::Tz,
    now: DateTime<Utc>,
    sees_cases: bool,
    /// What their own department does.
    own: bool,
}

impl Moments {
    fn row(&self, row: Row) -> Shown {
        let code = format!("SD-{}", row.number);
        let ended = row.ended_at.map(|at| calendar::moment(at, self.zone, self.now));
        Shown {
            id: row.id,
            own: self.own && row.ended_at.is_none(),
            href: self.sees_cases.then(|| format!("/cases/{}#promise-{}", row.case_id, row.id)),
            moved: row.moved,
            known_by: if self.sees_cases { code } else { row.account_number.clone().unwrap_or(code) },
            cost: if self.sees_cases && !row.cost().is_zero() { row.cost().to_string() } else { String::new() },
            due: ended.is_none().then(|| Due::new(row.due_at, row.made_at, &row.because, self.zone, self.now)),
            end: ended.map(|ended| (row.stage.tone(), row.stage.label(), ended)),
            sub: if row.department.is_some() { format!("{} sees to it", row.owner) } else { String::new() },
            who: row.department.unwrap_or(row.owner),
            customer: row.customer,
            what: row.what,
        }
    }
}
