//! Missed opportunities: what lost cases had left untried, or came too late with.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::super::change::percent;
use super::super::store::{self, Asked as Wanted, Of, Tally, Unshown};
use super::super::sums::share;
use super::super::{Figure, Preset};
use super::filter::{self, Filter};
use super::ground::{Asked, Ground};
use super::rates::Names;
use crate::accounts::People;
use crate::auth::{Actor, Can, SeeReports};
use crate::catalogue::Catalogue;
use crate::db::together;
use crate::error::Result;
use crate::money::{Currency, Money};
use crate::reasons::Reasons;
use crate::web::{self, App, Frame, Query};

/// A kind of missed opportunity.
struct Kind {
    label: &'static str,
    definition: &'static str,
    cases: i64,
    href: String,
    /// Its share of lost cases.
    share: String,
    at_stake: String,
}

/// A type of offer that was open and never shown.
struct OfferRow {
    label: String,
    cases: i64,
    href: String,
    share: String,
    at_stake: String,
}

/// Cases lost in another currency.
struct Elsewhere {
    code: String,
    cases: i64,
    at_stake: String,
    href: String,
}

#[derive(Template)]
#[template(path = "reports/missed.html")]
struct MissedPage {
    frame: Frame,
    told: String,
    /// As lines and as a workbook, for who may take them out.
    files: Option<(String, String)>,
    filter: Filter,
    lost: i64,
    lost_href: String,
    missed: i64,
    missed_href: String,
    missed_share: String,
    at_stake: String,
    /// How many cases count more than once.
    several: i64,
    kinds: Vec<Kind>,
    offers: Vec<OfferRow>,
    elsewhere: Vec<Elsewhere>,
}

/// What is asked for: all that was lost, all with something missed, each kind.
pub(super) const FIGURES: [Figure; 7] = [
    Figure::Lost,
    Figure::Missed,
    Figure::MissedOffer,
    Figure::MissedApproval,
    Figure::MissedPromise,
    Figure::MissedFirstAction,
    Figure::MissedLimit,
];

/// What the report counts, for the page and its files.
pub(super) struct Missed {
    pub(super) ground: Ground,
    tallies: Vec<Tally>,
    unshown: Vec<Unshown>,
    lines: Vec<String>,
    pub(super) people: Arc<People>,
    reasons: Arc<Reasons>,
    catalogue: Arc<Catalogue>,
}

impl Missed {
    pub(super) async fn read(app: &App, actor: &Actor, asked: &Asked) -> Result<Self> {
        let mut connection = app.db.read().await?;
        let people = app.kept::<People>(&mut connection, actor).await?;
        let preset = Ground::preset(asked, Preset::Quarter);
        let mut ground = Ground::new(asked, preset, actor, people.zone_of(actor.team), app.now());
        let wanted: Vec<Wanted> = FIGURES.iter().map(|figure| (*figure, ground.range)).collect();
        let tallies = store::tally(&mut connection, Of::Segment(&ground.segment), ground.today, &wanted).await?;
        let unshown = store::unshown(&mut connection, &ground.segment, ground.today, ground.range).await?;
        let lines = together(&mut connection, (store::lines(),)).await?.0;
        let reasons = app.kept::<Reasons>(&mut connection, actor).await?;
        let catalogue = app.kept::<Catalogue>(&mut connection, actor).await?;
        let lost: Vec<(Currency, i64)> = tallies.iter().map(|one| (one.currency, of(one, 0).0)).collect();
        ground.choose_among(&lost);
        Ok(Self { ground, tallies, unshown, lines, people, reasons, catalogue })
    }

    pub(super) fn names(&self) -> Names<'_> {
        Names::new(&self.reasons.tree, &self.catalogue, &self.people, &self.ground)
    }

    /// How many cases each figure counts in the currency of the page, with what was at risk in them.
    pub(super) fn figures(&self) -> [(Figure, i64, i64); FIGURES.len()] {
        let ours = self.tallies.iter().find(|one| one.currency == self.ground.segment.currency);
        std::array::from_fn(|at| {
            let (cases, minor) = ours.map_or((0, 0), |ours| of(ours, at));
            (FIGURES[at], cases, minor)
        })
    }

    /// The types of offers never shown, in the currency of the page.
    pub(super) fn unshown(&self) -> impl Iterator<Item = &Unshown> {
        self.unshown.iter().filter(|one| one.currency == self.ground.segment.currency)
    }
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeReports>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let report = Missed::read(&app, &can, &asked).await?;
    let (ground, preset) = (&report.ground, Ground::preset(&asked, Preset::Quarter));
    let names = report.names();
    let [(_, all, _), (_, missed, at_stake), kinds @ ..] = report.figures();
    let kinds: Vec<Kind> = kinds.into_iter().map(|one| kind(ground, one, all)).collect();
    let currencies: Vec<Currency> = report.tallies.iter().map(|one| one.currency).collect();
    let page = MissedPage {
        frame,
        told: ground.range.words(),
        files: ground.files("/reports/missed", &can),
        filter: Filter {
            lines: filter::lines(&report.lines, ground),
            ..Filter::new("/reports/missed", ground, preset, &report.people, &can, currencies)
        },
        lost: all,
        lost_href: ground.now_rows(Figure::Lost, &[]),
        missed,
        missed_href: ground.now_rows(Figure::Missed, &[]),
        missed_share: percent(share(missed, all)),
        at_stake: ground.money(at_stake).to_string(),
        several: kinds.iter().map(|one| one.cases).sum::<i64>() - missed,
        kinds,
        offers: report
            .unshown()
            .map(|one| OfferRow {
                label: names.offer(&one.offer_type),
                cases: one.cases,
                href: ground.now_rows(Figure::MissedOffer, &[("unshown", &one.offer_type)]),
                share: percent(share(one.cases, all)),
                at_stake: ground.money(one.risk_minor).to_string(),
            })
            .collect(),
        elsewhere: report
            .tallies
            .iter()
            .filter(|one| one.currency != ground.segment.currency && of(one, 1).0 > 0)
            .map(|one| elsewhere(ground, one, preset))
            .collect(),
    };
    Ok(web::html(&page)?.into_response())
}

/// How many cases a figure counts, and what was at risk in them.
fn of(tally: &Tally, at: usize) -> (i64, i64) {
    let at = |of: &[i64]| of.get(at).copied().unwrap_or_default();
    (at(&tally.counts), at(&tally.minors))
}

fn kind(ground: &Ground, (figure, cases, minor): (Figure, i64, i64), all: i64) -> Kind {
    Kind {
        label: figure.label(),
        definition: figure.definition(),
        cases,
        href: ground.now_rows(figure, &[]),
        share: percent(share(cases, all)),
        at_stake: ground.money(minor).to_string(),
    }
}

fn elsewhere(ground: &Ground, tally: &Tally, preset: Preset) -> Elsewhere {
    let (cases, minor) = of(tally, 1);
    let mut there = ground.clone();
    there.segment.currency = tally.currency;
    Elsewhere {
        code: tally.currency.code().to_owned(),
        cases,
        at_stake: Money::new(minor, tally.currency).to_string(),
        href: there.at("/reports/missed", preset),
    }
}
