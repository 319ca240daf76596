//! The dashboard: what was saved, why customers ask to leave, whether saves last, what is at risk, whether we keep our
//! word. One statement reads it all.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};

use super::super::segment::address;
use super::super::{Against, Figure, Preset, TeamChoice};
use super::bridge::{self, Step};
use super::drivers::{self, Drivers};
use super::ground::{Asked, Ground, currencies};
use super::read::Figures;
use super::rates::{self, Card, Names, OrderRow};
use super::risk;
use super::service::{self, DepartmentRow, Kept, MetRow, Turnaround};
use super::stay::{self, Cell, Cohort};
use super::tiles::{self, Tile};
use super::weeks::{self, Weeks};
use crate::accounts::{self, People};
use crate::auth::{Actor, Can, SeeReports};
use crate::catalogue::Catalogue;
use crate::error::Result;
use crate::reasons::Reasons;
use crate::web::{self, App, Frame};

/// Something to choose over the page.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) current: bool,
}

impl Choice {
    pub(super) fn new(value: impl Into<String>, label: impl Into<String>, chosen: &str) -> Self {
        let value = value.into();
        Self { current: value == chosen, value, label: label.into() }
    }
}

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
    against: Vec<Choice>,
    /// Whose figures they are, where nobody chose.
    own_team: Option<String>,
    tiles: Vec<Tile>,
    weeks: Option<Weeks>,
    steps: Vec<Step>,
    drivers: Option<Drivers>,
    cohorts: Vec<Cohort>,
    cards: Vec<Card>,
    orders: Vec<OrderRow>,
    by_wait: Vec<risk::Row>,
    by_due: Vec<risk::Row>,
    met: Vec<MetRow>,
    kept: Option<Kept>,
    turnaround: Option<Turnaround>,
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
    let mut connection = app.db.read().await?;
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    let preset = Ground::preset(&asked, Preset::Month);
    let mut ground = Ground::new(&asked, preset, &can, zone, app.now());
    let figures = Figures::read(&mut connection, &ground).await?;
    let Figures { days, groups, open, lines, met, promised, decisions, answers } = figures;
    let people = app.kept::<People>(&mut connection, &can).await?;
    let reasons = app.kept::<Reasons>(&mut connection, &can).await?;
    let catalogue = app.kept::<Catalogue>(&mut connection, &can).await?;
    drop(connection);
    ground.choose_currency(&days);
    let names = Names::new(&reasons.tree, &catalogue, &people, &ground);
    let page = DashboardPage {
        frame,
        told: format!("{}, compared with {}", ground.range.words(), ground.before.words()),
        printed: printed(&ground, &names, &can),
        presets: Preset::ALL
            .iter()
            .map(|one| Choice { value: ground.dashboard(*one), label: one.label().to_owned(), current: *one == preset })
            .collect(),
        preset,
        from: ground.range.from.to_string(),
        to: ground.range.to.to_string(),
        lines: line_choices(&lines, &ground),
        teams: team_choices(&people, &ground, TeamChoice::may_choose(&can)),
        currencies: currencies(&days)
            .into_iter()
            .map(|one| Choice::new(one.code(), one.code(), ground.segment.currency.code()))
            .collect(),
        against: Against::ALL.iter().map(|one| Choice::new(one.name(), one.label(), ground.against.name())).collect(),
        own_team: own_team(&people, &ground, TeamChoice::may_choose(&can)),
        tiles: tiles::tiles(&ground, &days, &open),
        weeks: weeks::weeks(&ground, &days),
        steps: bridge::steps(&ground, &days),
        drivers: drivers::drivers(&ground, &groups, names.tree),
        cohorts: stay::cohorts(&ground, &days),
        cards: rates::cards(&ground, &groups, &names),
        orders: rates::orders(&ground, &groups),
        by_wait: risk::by_wait(&ground, &open),
        by_due: risk::by_due(&ground, &open),
        met: service::deadlines_met(&ground, &met.0, &met.1),
        kept: service::promises_kept(&ground, &promised.0, &promised.1),
        turnaround: service::turnaround(&ground, &decisions.0, &decisions.1, &people),
        departments: service::departments(&ground, answers),
        figures: Figure::ALL,
        csv: ground.dashboard_at("/dashboard.csv", preset),
        xlsx: ground.dashboard_at("/dashboard.xlsx", preset),
        mail: address("/reports/mail", &ground.segment.pairs()),
    };
    Ok(web::html(&page)?.into_response())
}

pub(super) fn line_choices(lines: &[String], ground: &Ground) -> Vec<Choice> {
    let chosen = ground.segment.line.as_deref().unwrap_or_default();
    let all = std::iter::once(Choice::new("", "All lines", chosen));
    all.chain(lines.iter().map(|line| Choice::new(line, line, chosen))).collect()
}

pub(super) fn team_choices(people: &People, ground: &Ground, may: bool) -> Vec<Choice> {
    if !may {
        return Vec::new();
    }
    let chosen = ground.segment.team.text();
    let teams = people.teams().into_iter().map(|team| Choice::new(team.id.to_string(), team.name, &chosen));
    std::iter::once(Choice::new("", "All teams", &chosen))
        .chain(teams)
        .chain(std::iter::once(Choice::new("none", "No team", &chosen)))
        .collect()
}

/// The part of the desk in words, who printed it and when.
fn printed(ground: &Ground, names: &Names<'_>, reader: &Actor) -> String {
    let made = ground.now.with_timezone(&ground.zone).format("%-d %b %Y %H:%M");
    format!("{}. Printed by {}, {made} ({}).", names.part_of(ground), reader.name, ground.zone.name())
}

/// The team of a supervisor, whose figures these are.
fn own_team(people: &People, ground: &Ground, may: bool) -> Option<String> {
    match ground.segment.team {
        TeamChoice::One(team) if !may => {
            people.teams().into_iter().find(|one| one.id == team).map(|one| one.name)
        }
        _ => None,
    }
}
