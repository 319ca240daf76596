//! The dashboard: what was saved, why customers ask to leave, whether saves last, what is at risk, whether we keep our
//! word. One statement reads it all.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::super::segment::address;
use super::super::{Against, Figure, Preset, TeamChoice};
use super::bridge::{self, Step};
use super::drivers::{self, Drivers};
use super::filter::{self, Choice};
use super::ground::{Asked, Ground};
use super::net::{self, NetRow};
use super::offers::{self, Acceptance};
use super::rates::{self, Card, Category, Names, OrderRow, Rows};
use super::read::{Dashboard, Figures};
use super::risk;
use super::service::{self, DepartmentRow, Kept, MetRow};
use super::stay::{self, Cell, Cohort};
use super::tiles::{self, Tile};
use super::waits::{self, Waits};
use super::weeks::{self, Weeks};
use crate::auth::{Actor, Can, SeeReports, WorkProblems};
use crate::error::Result;
use crate::web::{self, App, Frame, Query};

#[derive(Template)]
#[template(path = "reports/dashboard.html")]
struct DashboardPage {
    frame: Frame,
    told: String,
    /// What paper says of itself, which shows no choices.
    printed: String,
    presets: Vec<Choice>,
    preset: Preset,
    from: String,
    to: String,
    lines: Vec<Choice>,
    teams: Vec<Choice>,
    currencies: Vec<Choice>,
    /// The reason whose deeper ones are shown, and where those of level 1 are.
    driver: Option<(String, String)>,
    against: Vec<Choice>,
    /// Whose figures they are, where nobody chose.
    own_team: Option<String>,
    tiles: Vec<Tile>,
    weeks: Option<Weeks>,
    steps: Vec<Step>,
    drivers: Option<Drivers>,
    /// Whether whoever looks may open problems.
    may_work_problems: bool,
    cohorts: Vec<Cohort>,
    cards: Vec<Card>,
    orders: Vec<OrderRow>,
    categories: Rows<Category>,
    net: Vec<NetRow>,
    acceptance: Vec<Acceptance>,
    by_wait: Vec<risk::Row>,
    by_due: Vec<risk::Row>,
    met: Vec<MetRow>,
    kept: Option<Kept>,
    waits: Vec<Waits>,
    departments: Vec<DepartmentRow>,
    figures: &'static [Figure],
    csv: String,
    xlsx: String,
    mail: String,
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeReports>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let read = Dashboard::read(&app, &can, &asked).await?;
    let Dashboard { preset, mut ground, mut figures, people, reasons, catalogue } = read;
    let currencies = figures.settle_currency(&mut ground);
    let Figures { days, groups, open, lines, targets, history, met, promised, decisions, first_acts, answers, shown } =
        figures;
    let names = Names::new(&reasons.tree, &catalogue, &people, &ground);
    let page = DashboardPage {
        frame,
        told: format!("{}, compared with {}", ground.range.words(), ground.before.words()),
        printed: printed(&ground, &names, &can),
        presets: filter::presets(&ground, "/dashboard", preset),
        preset,
        from: ground.range.from.to_string(),
        to: ground.range.to.to_string(),
        lines: filter::lines(&lines, &ground),
        teams: filter::teams(&people, &ground, TeamChoice::may_choose(&can)),
        currencies: filter::currencies(currencies, &ground),
        driver: ground.driver.clone().map(|code| (code, ground.below(None))),
        against: Against::ALL.iter().map(|one| Choice::new(one.name(), one.label(), ground.against.name())).collect(),
        own_team: filter::own_team(&people, &ground, TeamChoice::may_choose(&can)),
        tiles: tiles::tiles(&ground, &days, &open, &targets),
        weeks: weeks::weeks(&ground, &days, &history),
        steps: bridge::steps(&ground, &days),
        drivers: drivers::drivers(&ground, &groups, names.tree),
        may_work_problems: can.may::<WorkProblems>(),
        cohorts: stay::cohorts(&ground, &days),
        cards: rates::cards(&ground, &groups, &names),
        orders: rates::orders(&ground, &groups),
        categories: rates::categories(&ground, &groups),
        net: net::rates(&ground, &days),
        acceptance: offers::acceptance(&ground, shown),
        by_wait: risk::by_wait(&ground, &open),
        by_due: risk::by_due(&ground, &open),
        met: service::deadlines_met(&ground, &met.0, &met.1),
        kept: service::promises_kept(&ground, &promised.0, &promised.1),
        waits: [
            waits::first_acts(&ground, &first_acts.0, &first_acts.1),
            waits::approvals(&ground, &decisions.0, &decisions.1),
        ]
        .into_iter()
        .flatten()
        .collect(),
        departments: service::departments(&ground, answers),
        figures: Figure::ALL,
        csv: ground.at("/dashboard.csv", preset),
        xlsx: ground.at("/dashboard.xlsx", preset),
        mail: address("/reports/mail", &ground.segment.pairs()),
    };
    Ok(web::html(&page)?.into_response())
}

/// The part of the desk in words, who printed it and when.
fn printed(ground: &Ground, names: &Names<'_>, reader: &Actor) -> String {
    let made = ground.now.with_timezone(&ground.zone).format("%-d %b %Y %H:%M");
    format!("{}. Printed by {}, {made} ({}).", names.part_of(ground), reader.name, ground.zone.name())
}
