//! A person's own figures of a month, beside their targets. Everybody sees their own, supervisors those of their team.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use chrono::Months;
use serde::Deserialize;
use sqlx::PgConnection;

use super::super::change::percent;
use super::super::sums::share;
use super::super::{Figure, Range};
use super::filter::{self, Choice};
use super::ground::Ground;
use super::score::{Part, Score, Scores};
use super::whose;
use crate::accounts::People;
use crate::auth::{Actor, Can, ExportReports, SeeOwnFigures};
use crate::calendar;
use crate::db::together;
use crate::economics::{FEWEST, Share};
use crate::error::Result;
use crate::ids::{TeamId, UserId};
use crate::money::{Currency, Money, Percent};
use crate::outcomes::STAY_DAYS;
use crate::targets::{self, Targets, Whose};
use crate::web::{self, App, Frame, Query};

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    month: String,
    currency: String,
}

/// A number with the rows behind it.
struct Number {
    text: String,
    /// Nothing where a share is of nothing.
    href: String,
}

/// What is to be reached.
struct Aim {
    text: String,
    /// Where there is none of one's own.
    is_the_teams: bool,
    /// "Reached", "Below", or neither where it may be chance.
    said: &'static str,
    /// "up", "down", or nothing.
    tone: &'static str,
}

/// A figure.
struct Line {
    label: &'static str,
    definition: &'static str,
    value: Number,
    /// What a share rests on: so many of so many.
    rests: Option<(Number, Number)>,
    /// What else became of them.
    rest: Vec<Number>,
    /// "38.7 to 78.1%", where there are enough to say so.
    interval: Option<String>,
    few: bool,
    aim: Option<Aim>,
}

#[derive(Template)]
#[template(path = "reports/person.html")]
struct PersonPage {
    frame: Frame,
    name: String,
    /// Whether it is whoever looks.
    own: bool,
    told: String,
    month: String,
    before: String,
    after: Option<String>,
    /// As lines and as a workbook, for who may take them out.
    files: Option<(String, String)>,
    currencies: Vec<Choice>,
    lines: Vec<Line>,
    empty: bool,
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeOwnFigures>,
    frame: Frame,
    Path(person): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let of = Of::read(&app, &can, &person, &asked).await?;
    let Of { ground, person, score, .. } = &of;
    let first = ground.range.from;
    let next = first + Months::new(1);
    let person = *person;
    let page = PersonPage {
        frame,
        name: of.name(),
        own: can.id == Some(person),
        files: can.may::<ExportReports>().then(|| (of.file("csv"), of.file("xlsx"))),
        told: first.format("%B %Y").to_string(),
        month: first.format("%Y-%m").to_string(),
        before: whose::page(person, first - Months::new(1)),
        after: (next <= ground.today).then(|| whose::page(person, next)),
        currencies: filter::currencies(of.currencies.clone(), ground),
        lines: of.lines(score),
        empty: score.is_empty(),
    };
    Ok(web::html(&page)?.into_response())
}

/// What somebody comes to in a month, for the page and its files.
pub(super) struct Of {
    pub(super) ground: Ground,
    pub(super) people: Arc<People>,
    pub(super) person: UserId,
    pub(super) score: Score,
    team: Option<TeamId>,
    targets: Targets,
    currencies: Vec<Currency>,
}

impl Of {
    /// # Errors
    /// `NotFound` for who is not there for these eyes.
    pub(super) async fn read(app: &App, actor: &Actor, person: &str, asked: &Asked) -> Result<Self> {
        app.read_anywhere(actor, async |connection| Self::read_on(connection, app, actor, (person, asked)).await).await
    }

    async fn read_on(
        connection: &mut PgConnection,
        app: &App,
        actor: &Actor,
        (person, asked): (&str, &Asked),
    ) -> Result<Self> {
        let people = app.kept::<People>(connection, actor).await?;
        let person = whose::find(person, actor, &people)?;
        let month = calendar::typed_month(&asked.month);
        let mut ground = Ground::of_month(month, &asked.currency, actor, people.zone_of(actor.team), app.now());
        let scores = Scores::load(connection, &ground, &[person]).await?;
        let targets = Targets::from(together(connection, (targets::in_force(ground.range.from),)).await?.0);
        let counts = scores.currencies();
        ground.choose_among(&counts);
        let score = scores.of(person, ground.segment.currency);
        let team = people.colleagues().iter().find(|one| one.id == person).and_then(|one| one.team);
        let currencies = counts.into_iter().map(|one| one.0).collect();
        Ok(Self { ground, people, person, score, team, targets, currencies })
    }

    pub(super) fn name(&self) -> String {
        whose::name(self.person, &self.people)
    }

    /// Where they are as a file.
    fn file(&self, format: &str) -> String {
        let (month, currency) = (self.ground.range.from.format("%Y-%m"), self.ground.segment.currency.code());
        format!("/people/{}/figures.{format}?month={month}&currency={currency}", self.person)
    }

    /// What they are to reach: of a share in basis points, of an amount in minor units; and whether that is the team's.
    pub(super) fn target(&self, figure: targets::Figure) -> Option<(i64, bool)> {
        let of = |whose| self.targets.of(whose, figure, self.ground.segment.currency);
        let own = of(Whose::Person(self.person)).map(|own| (own, false));
        // what a team is to save nobody has to alone
        let may = figure != targets::Figure::NetSaved;
        own.or_else(|| self.team.filter(|_| may).and_then(|team| of(Whose::Team(team))).map(|teams| (teams, true)))
    }

    fn lines(&self, score: &Score) -> Vec<Line> {
        let mut lines = vec![
            self.amount(Figure::Decided, "Decided cases", score.decided.to_string()),
            self.shares(
                "Save rate",
                Part { well: score.saves, all: score.decided },
                (Figure::Saves, &[]),
                (Figure::Decided, &[]),
                Some(targets::Figure::SaveRate),
            ),
            self.net(score),
            self.amount(Figure::Concessions, "Concessions", self.ground.money(score.conceded_minor).to_string()),
            self.shares(
                "Promises kept on time",
                score.promises,
                (Figure::Promises, &[("stage", "kept")]),
                (Figure::Promises, &[]),
                Some(targets::Figure::PromisesKept),
            ),
            self.shares(
                "First action in time",
                score.first_actions,
                (Figure::Deadlines, &[("kind", "first_action"), ("stage", "met")]),
                (Figure::Deadlines, &[("kind", "first_action")]),
                Some(targets::Figure::FirstAction),
            ),
        ];
        lines.extend((0..STAY_DAYS.len()).map(|at| self.stick(score, at)));
        lines.push(self.shares(
            "Offers accepted",
            score.offers,
            (Figure::Offers, &[("stage", "accepted")]),
            (Figure::Offers, &[]),
            None,
        ));
        lines.push(self.shares(
            "Log quality",
            score.attempts,
            (Figure::Attempts, &[("stage", "whole")]),
            (Figure::Attempts, &[]),
            None,
        ));
        lines
    }

    fn rows(&self, figure: Figure, range: Range, narrow: &[(&'static str, &str)]) -> String {
        let owner = self.person.to_string();
        let mut narrow = narrow.to_vec();
        narrow.push(("owner", &owner));
        self.ground.rows(figure, range, &narrow)
    }

    /// A figure that stands for itself.
    fn amount(&self, figure: Figure, label: &'static str, text: String) -> Line {
        Line {
            label,
            definition: figure.definition(),
            value: Number { text, href: self.rows(figure, self.ground.range, &[]) },
            rests: None,
            rest: Vec::new(),
            interval: None,
            few: false,
            aim: None,
        }
    }

    fn net(&self, score: &Score) -> Line {
        let line = self.amount(Figure::Net, Figure::Net.label(), self.ground.money(score.net_minor).to_string());
        let aim = self.target(targets::Figure::NetSaved).map(|(target, _)| {
            let reached = score.net_minor >= target;
            Aim {
                text: Money::new(target, self.ground.segment.currency).to_string(),
                is_the_teams: false,
                said: if reached { "Reached" } else { "Not yet" },
                tone: if reached { "up" } else { "" },
            }
        });
        Line { aim, ..line }
    }

    /// So many of so many, each with its rows.
    fn shares(
        &self,
        label: &'static str,
        part: Part,
        well: (Figure, &[(&'static str, &str)]),
        all: (Figure, &[(&'static str, &str)]),
        aim: Option<targets::Figure>,
    ) -> Line {
        let number = |count: i64, (figure, narrow): (Figure, &[(&'static str, &str)])| Number {
            text: count.to_string(),
            href: self.rows(figure, self.ground.range, narrow),
        };
        let of = number(part.all, all);
        Line {
            value: Number {
                text: percent(share(part.well, part.all)),
                href: if part.all == 0 { String::new() } else { of.href.clone() },
            },
            rests: Some((number(part.well, well), of)),
            interval: interval(part),
            few: part.all < FEWEST,
            aim: aim.and_then(|figure| self.aim(figure, part)),
            ..self.amount(well.0, label, String::new())
        }
    }

    /// Of the saves whose 30th, 60th or 90th day fell into the span, how many are known to be here.
    fn stick(&self, score: &Score, at: usize) -> Line {
        let days = STAY_DAYS[at];
        let range = self.ground.range.earlier(days);
        let (part, [_, gone, unknown]) = (score.stick(at), score.stay[at]);
        let [here_is, gone_is, unknown_is] = Figure::stay(days);
        let number = |text: String, figure: Figure| Number { text, href: self.rows(figure, range, &[]) };
        let mut rest = Vec::new();
        if gone > 0 {
            rest.push(number(format!("{gone} gone"), gone_is));
        }
        if unknown > 0 {
            rest.push(number(format!("{unknown} unknown"), unknown_is));
        }
        Line {
            value: Number {
                text: percent(share(part.well, part.all)),
                href: if part.all == 0 { String::new() } else { self.rows(here_is, range, &[]) },
            },
            rests: Some((number(part.well.to_string(), here_is), number(part.all.to_string(), Figure::Saves))),
            rest,
            interval: interval(part),
            few: part.all < FEWEST,
            aim: if at == 0 { self.aim(targets::Figure::Stick, part) } else { None },
            ..self.amount(here_is, here_is.label(), String::new())
        }
    }

    /// The target of a share: one's own, or else the team's. Below it is said only where chance does not explain it.
    fn aim(&self, figure: targets::Figure, part: Part) -> Option<Aim> {
        let (target, is_the_teams) = self.target(figure)?;
        let target = Percent::from_basis_points(i32::try_from(target).unwrap_or(i32::MAX));
        let line = f64::from(target.basis_points()) / 10_000.0;
        let share = Share { n: part.all, stayed: part.well };
        let (said, tone) = match () {
            () if part.all == 0 => ("", ""),
            () if share.rate() >= line => ("Reached", "up"),
            () if share.interval().1 < line => ("Below", "down"),
            () => ("Within chance", ""),
        };
        Some(Aim { text: target.to_string(), is_the_teams, said, tone })
    }
}

/// The 95 % interval of a share, where there are enough to say so.
fn interval(part: Part) -> Option<String> {
    (part.all >= FEWEST).then(|| {
        let (low, high) = Share { n: part.all, stayed: part.well }.interval();
        format!("{:.0} to {:.0}%", low * 100.0, high * 100.0)
    })
}
