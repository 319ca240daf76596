//! Coaching: a team's people with quality beside volume, and saves and losses that may not be what they say. People are
//! never put in the order of how much they saved.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::Datelike as _;
use serde::Deserialize;
use sqlx::PgConnection;

use super::super::change::percent;
use super::super::store::{self, Doubt};
use super::super::sums::share;
use super::super::{Figure, Order, Preset};
use super::filter::{Choice, Filter};
use super::ground::{Asked, Ground};
use super::score::{Part, Score, Scores};
use super::whose;
use crate::accounts::{Colleague, People};
use crate::auth::{Actor, Can, SeeReports};
use crate::calendar;
use crate::cases::Outcome;
use crate::economics::FEWEST;
use crate::error::Result;
use crate::ids::UserId;
use crate::interactions::Response as Answered;
use crate::money::Currency;
use crate::web::{self, App, Frame, Query};

/// What the address asks for beside the span and the part of the desk.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sorted {
    sort: String,
}

impl Sorted {
    fn order(&self) -> Order {
        Order::from_name(&self.sort).unwrap_or(Order::Name)
    }
}

/// A share with the rows behind it.
struct Cell {
    percent: String,
    n: i64,
    href: String,
    /// Too few to say much.
    few: bool,
}

/// A person.
struct Row {
    name: String,
    href: String,
    team: String,
    decided: i64,
    decided_href: String,
    saves: i64,
    saves_href: String,
    net_per_save: Option<String>,
    net_href: String,
    few_saves: bool,
    /// Promises kept, log quality, saves still here after 30 days.
    quality: [Cell; 3],
    /// Saves gone quickly, and outcomes whose log says otherwise, each with its rows.
    doubts: Vec<(String, String)>,
}

/// A case to look at.
struct Look {
    href: Option<String>,
    code: String,
    customer: String,
    owner: String,
    day: String,
    outcome: &'static str,
    because: String,
    amount: String,
}

#[derive(Template)]
#[template(path = "reports/coaching.html")]
struct CoachingPage {
    frame: Frame,
    told: String,
    /// As lines and as a workbook, for who may take them out.
    files: Option<(String, String)>,
    filter: Filter,
    sorts: Vec<Choice>,
    rows: Vec<Row>,
    looks: Vec<Look>,
    /// More than are shown.
    more: bool,
    few: i64,
    figures: [Figure; 7],
}

/// What is told of people, with what each means.
pub(super) const FIGURES: [Figure; 7] = [
    Figure::Decided,
    Figure::Net,
    Figure::Promises,
    Figure::Attempts,
    Figure::Here30,
    Figure::FalseSaves,
    Figure::Contradicted,
];

/// Cases to look at on the page.
const LOOKS: usize = 50;

/// A team's people with what each comes to, for the page and its files.
pub(super) struct Coached {
    pub(super) ground: Ground,
    pub(super) people: Arc<People>,
    currencies: Vec<Currency>,
    /// Those of whom anything is known, in order.
    pub(super) listed: Vec<(Colleague, Score)>,
    /// Cases to look at, as many as were asked for.
    pub(super) doubts: Vec<Doubt>,
}

impl Coached {
    pub(super) async fn read(
        app: &App,
        actor: &Actor,
        asked: &Asked,
        sorted: &Sorted,
        looks: Option<usize>,
    ) -> Result<Self> {
        let read = async |connection: &mut PgConnection| {
            Self::read_on(connection, (app, actor), asked, sorted.order(), looks).await
        };
        app.read_anywhere(actor, read).await
    }

    async fn read_on(
        connection: &mut PgConnection,
        (app, actor): (&App, &Actor),
        asked: &Asked,
        order: Order,
        looks: Option<usize>,
    ) -> Result<Self> {
        let people = app.kept::<People>(connection, actor).await?;
        let preset = Ground::preset(asked, Preset::Quarter);
        let mut ground = Ground::new(asked, preset, actor, people.zone_of(actor.team), app.now());
        let coached = whose::coached(&people, ground.segment.team);
        let ids: Vec<UserId> = coached.iter().map(|one| one.id).collect();
        let scores = Scores::load(connection, &ground, &ids).await?;
        let counts = scores.currencies();
        ground.choose_among(&counts);
        let currency = ground.segment.currency;
        let doubts = store::doubts(connection, &ids, ground.range, currency, ground.today, looks).await?;
        let mut listed: Vec<(Colleague, Score)> = coached
            .into_iter()
            .map(|one| {
                let score = scores.of(one.id, currency);
                (one, score)
            })
            .collect();
        listed.retain(|(_, score)| !score.is_empty());
        put_in_order(&mut listed, order);
        let currencies = counts.into_iter().map(|one| one.0).collect();
        Ok(Self { ground, people, currencies, listed, doubts })
    }
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeReports>,
    frame: Frame,
    Query(asked): Query<Asked>,
    Query(sorted): Query<Sorted>,
) -> Result<Response> {
    let report = Coached::read(&app, &can, &asked, &sorted, Some(LOOKS + 1)).await?;
    let Coached { ground, people, currencies, listed, mut doubts } = report;
    let preset = Ground::preset(&asked, Preset::Quarter);
    let more = doubts.len() > LOOKS;
    doubts.truncate(LOOKS);
    let page = CoachingPage {
        frame,
        told: ground.range.words(),
        files: ground.files("/reports/coaching", &can),
        filter: Filter::new("/reports/coaching", &ground, preset, &people, &can, currencies),
        sorts: Order::ALL.iter().map(|one| Choice::new(one.name(), one.label(), sorted.order().name())).collect(),
        rows: listed.iter().map(|(person, score)| row(&ground, &people, person, score)).collect(),
        looks: doubts.iter().map(|one| look(one, &ground, &people)).collect(),
        more,
        few: FEWEST,
        figures: FIGURES,
    };
    Ok(web::html(&page)?.into_response())
}

/// The best first, and last those of whom too little is known; by name where they are alike.
fn put_in_order(listed: &mut [(Colleague, Score)], order: Order) {
    let rank = |score: &Score| -> (bool, i64) {
        let ranked = |part: Part| (part.all < FEWEST, share_of(part));
        match order {
            Order::Name => (false, 0),
            Order::NetPerSave => (score.saves < FEWEST, score.net_per_save().unwrap_or(i64::MIN)),
            Order::Promises => ranked(score.promises),
            Order::Log => ranked(score.attempts),
            Order::Stick => ranked(score.stick(0)),
        }
    };
    // they come by name
    listed.sort_by(|(_, one), (_, other)| {
        let ((few, best), (others_few, others_best)) = (rank(one), rank(other));
        few.cmp(&others_few).then(others_best.cmp(&best))
    });
}

/// A share in basis points; none of nothing.
fn share_of(part: Part) -> i64 {
    if part.all == 0 { -1 } else { part.well * 10_000 / part.all }
}

/// The name of their team; none of nobody's.
pub(super) fn team_of(person: &Colleague, people: &People) -> String {
    people.teams().into_iter().find(|team| Some(team.id) == person.team).map(|team| team.name).unwrap_or_default()
}

fn row(ground: &Ground, people: &People, person: &Colleague, score: &Score) -> Row {
    let owner = person.id.to_string();
    let rows = |figure, range| ground.rows(figure, range, &[("owner", &owner)]);
    let now = |figure| rows(figure, ground.range);
    let cell = |part: Part, href: String| Cell {
        percent: percent(share(part.well, part.all)),
        n: part.all,
        href,
        few: part.all < FEWEST,
    };
    let doubts = [
        (score.false_saves, "gone quickly", now(Figure::FalseSaves)),
        (score.contradicted, "not as logged", now(Figure::Contradicted)),
    ];
    Row {
        name: person.name.clone(),
        href: whose::page(person.id, ground.range.to),
        team: team_of(person, people),
        decided: score.decided,
        decided_href: now(Figure::Decided),
        saves: score.saves,
        saves_href: now(Figure::Saves),
        net_per_save: score.net_per_save().map(|minor| ground.money(minor).short()),
        net_href: now(Figure::Net),
        few_saves: score.saves < FEWEST,
        quality: [
            cell(score.promises, now(Figure::Promises)),
            cell(score.attempts, now(Figure::Attempts)),
            cell(score.stick(0), rows(Figure::Saves, ground.range.earlier(30))),
        ],
        doubts: doubts
            .into_iter()
            .filter(|one| one.0 > 0)
            .map(|(n, what, href)| (format!("{n} {what}"), href))
            .collect(),
    }
}

/// The number and the customer of a case to look at.
pub(super) fn case_of(doubt: &Doubt) -> (String, String) {
    (
        doubt.number.map_or_else(|| "Gone".to_owned(), |number| format!("SD-{number}")),
        doubt.customer.clone().unwrap_or_else(|| "Erased customer".to_owned()),
    )
}

/// How it ended, and why that is doubtful.
pub(super) fn doubtful(doubt: &Doubt, year: i32) -> (&'static str, String) {
    let outcome = Outcome::from_name(&doubt.outcome);
    let said = doubt.last_response.as_deref().and_then(Answered::from_name).map(Answered::label).unwrap_or_default();
    let because = match doubt.gone_on.filter(|_| doubt.quickly_gone) {
        Some(day) => format!("No offer, and gone on {}", calendar::date(day, year)),
        None if outcome == Some(Outcome::SavedWithOffer) && !matches!(said, "Declined" | "No contact") => {
            "No offer was accepted".to_owned()
        }
        None => format!("The last attempt says “{said}”"),
    };
    (outcome.map(Outcome::label).unwrap_or_default(), because)
}

fn look(doubt: &Doubt, ground: &Ground, people: &People) -> Look {
    let year = ground.today.year();
    let ((code, customer), (outcome, because)) = (case_of(doubt), doubtful(doubt, year));
    Look {
        href: doubt.case_id.map(|case| format!("/cases/{case}")),
        code,
        customer,
        owner: whose::name(doubt.owner_id, people),
        day: calendar::date(doubt.closed_on, year),
        outcome,
        because,
        amount: ground.money(doubt.minor).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_put_in_order_by_saves_and_small_numbers_come_last() {
        let person = |name: &str| Colleague { id: UserId::new(), name: name.to_owned(), team: None };
        let people = [person("Ada"), person("Bea"), person("Cid")];
        let score = |saves, net_minor| Score { saves, net_minor, ..Score::default() };
        // one lucky save, many dear ones, fewer good ones
        let scores = [score(1, 900_000), score(400, 4_000_000), score(40, 4_000_000)];
        let mut listed: Vec<_> = people.iter().cloned().zip(scores).collect();
        put_in_order(&mut listed, Order::NetPerSave);
        let names = |listed: &[(Colleague, Score)]| listed.iter().map(|one| one.0.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&listed), ["Cid", "Bea", "Ada"]);
        let mut listed: Vec<_> = people.into_iter().zip(scores).collect();
        put_in_order(&mut listed, Order::Name);
        assert_eq!(names(&listed), ["Ada", "Bea", "Cid"]);
    }
}
