//! Missed opportunities: what lost cases had left untried, or came too late with.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use sqlx::PgConnection;

use super::super::change::percent;
use super::super::store::{self, MissedWhat};
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
    found: Vec<store::Missed>,
    lines: Vec<String>,
    pub(super) people: Arc<People>,
    reasons: Arc<Reasons>,
    catalogue: Arc<Catalogue>,
}

impl Missed {
    pub(super) async fn read(app: &App, actor: &Actor, asked: &Asked) -> Result<Self> {
        app.read_anywhere(actor, async |connection| Self::read_on(connection, app, actor, asked).await).await
    }

    async fn read_on(connection: &mut PgConnection, app: &App, actor: &Actor, asked: &Asked) -> Result<Self> {
        let people = app.kept::<People>(connection, actor).await?;
        let preset = Ground::preset(asked, Preset::Quarter);
        let mut ground = Ground::new(asked, preset, actor, people.zone_of(actor.team), app.now());
        let asked = (store::missed(ground.range, &ground.segment), store::lines());
        let (found, lines) = together(connection, asked).await?;
        let reasons = app.kept::<Reasons>(connection, actor).await?;
        let catalogue = app.kept::<Catalogue>(connection, actor).await?;
        let lost = found.iter().filter(|one| one.what == MissedWhat::Of(Figure::Lost));
        ground.choose_among(&lost.map(|one| (one.currency, one.cases)).collect::<Vec<_>>());
        Ok(Self { ground, found, lines, people, reasons, catalogue })
    }

    pub(super) fn names(&self) -> Names<'_> {
        Names::new(&self.reasons.tree, &self.catalogue, &self.people, &self.ground)
    }

    /// How many cases each figure counts in the currency of the page, with what was at risk in them.
    pub(super) fn figures(&self) -> [(Figure, i64, i64); FIGURES.len()] {
        FIGURES.map(|figure| {
            let what = MissedWhat::Of(figure);
            let found = self.ours().find(|one| one.what == what);
            found.map_or((figure, 0, 0), |one| (figure, one.cases, one.risk_minor))
        })
    }

    /// The types of offers never shown, with how many cases and what was at risk in them, in the currency of the page.
    pub(super) fn unshown(&self) -> impl Iterator<Item = (&str, i64, i64)> {
        self.ours().filter_map(|one| match &one.what {
            MissedWhat::Offer(offer) => Some((offer.as_str(), one.cases, one.risk_minor)),
            MissedWhat::Of(_) => None,
        })
    }

    fn ours(&self) -> impl Iterator<Item = &store::Missed> {
        self.found.iter().filter(|one| one.currency == self.ground.segment.currency)
    }

    /// The currencies in which anything was lost.
    fn currencies(&self) -> Vec<Currency> {
        self.found.iter().filter(|one| one.what == MissedWhat::Of(Figure::Lost)).map(|one| one.currency).collect()
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
    let page = MissedPage {
        frame,
        told: ground.range.words(),
        files: ground.files("/reports/missed", &can),
        filter: Filter {
            lines: filter::lines(&report.lines, ground),
            ..Filter::new("/reports/missed", ground, preset, &report.people, &can, report.currencies())
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
            .map(|(offer, cases, minor)| OfferRow {
                label: names.offer(offer),
                cases,
                href: ground.now_rows(Figure::MissedOffer, &[("unshown", offer)]),
                share: percent(share(cases, all)),
                at_stake: ground.money(minor).to_string(),
            })
            .collect(),
        elsewhere: report
            .found
            .iter()
            .filter(|one| one.currency != ground.segment.currency && one.what == MissedWhat::Of(Figure::Missed))
            .map(|one| elsewhere(ground, one, preset))
            .collect(),
    };
    Ok(web::html(&page)?.into_response())
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

fn elsewhere(ground: &Ground, there: &store::Missed, preset: Preset) -> Elsewhere {
    let mut at = ground.clone();
    at.segment.currency = there.currency;
    Elsewhere {
        code: there.currency.code().to_owned(),
        cases: there.cases,
        at_stake: Money::new(there.risk_minor, there.currency).to_string(),
        href: at.at("/reports/missed", preset),
    }
}
