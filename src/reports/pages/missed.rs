//! Missed opportunities: what lost cases had left untried, or came too late with.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::super::change::percent;
use super::super::store::{self, Asked as Wanted, Of, Tally};
use super::super::sums::share;
use super::super::{Figure, Preset};
use super::filter::{self, Filter};
use super::ground::{Asked, Ground};
use super::rates::Names;
use crate::accounts::{self, People};
use crate::auth::{Can, SeeReports};
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
const FIGURES: [Figure; 7] = [
    Figure::Lost,
    Figure::Missed,
    Figure::MissedOffer,
    Figure::MissedApproval,
    Figure::MissedPromise,
    Figure::MissedFirstAction,
    Figure::MissedLimit,
];

pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeReports>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    let preset = Ground::preset(&asked, Preset::Quarter);
    let mut ground = Ground::new(&asked, preset, &can, zone, app.now());
    let wanted: Vec<Wanted> = FIGURES.iter().map(|figure| (*figure, ground.range)).collect();
    let tallies = store::tally(&mut connection, Of::Segment(&ground.segment), ground.today, &wanted).await?;
    let unshown = store::unshown(&mut connection, &ground.segment, ground.today, ground.range).await?;
    let lines = together(&mut connection, (store::lines(),)).await?.0;
    let people = app.kept::<People>(&mut connection, &can).await?;
    let reasons = app.kept::<Reasons>(&mut connection, &can).await?;
    let catalogue = app.kept::<Catalogue>(&mut connection, &can).await?;
    drop(connection);
    let counts: Vec<(Currency, i64)> = tallies.iter().map(|one| (one.currency, lost(one).0)).collect();
    ground.choose_among(&counts);
    let names = Names::new(&reasons.tree, &catalogue, &people, &ground);
    let nothing = Tally { owner: None, currency: ground.segment.currency, counts: vec![0; 7], minors: vec![0; 7] };
    let ours = tallies.iter().find(|one| one.currency == ground.segment.currency).unwrap_or(&nothing);
    let (all, _) = lost(ours);
    let (missed, at_stake) = of(ours, 1);
    let kinds: Vec<Kind> = (2..FIGURES.len()).map(|at| kind(&ground, ours, at)).collect();
    let currencies: Vec<Currency> = counts.iter().map(|one| one.0).collect();
    let page = MissedPage {
        frame,
        told: ground.range.words(),
        filter: Filter {
            lines: filter::lines(&lines, &ground),
            ..Filter::new("/reports/missed", &ground, preset, &people, &can, currencies)
        },
        lost: all,
        lost_href: ground.now_rows(Figure::Lost, &[]),
        missed,
        missed_href: ground.now_rows(Figure::Missed, &[]),
        missed_share: percent(share(missed, all)),
        at_stake: ground.money(at_stake).to_string(),
        several: kinds.iter().map(|one| one.cases).sum::<i64>() - missed,
        kinds,
        offers: unshown
            .iter()
            .filter(|one| one.currency == ground.segment.currency)
            .map(|one| OfferRow {
                label: names.offer(&one.offer_type),
                cases: one.cases,
                href: ground.now_rows(Figure::MissedOffer, &[("unshown", &one.offer_type)]),
                share: percent(share(one.cases, all)),
                at_stake: ground.money(one.risk_minor).to_string(),
            })
            .collect(),
        elsewhere: tallies
            .iter()
            .filter(|one| one.currency != ground.segment.currency && of(one, 1).0 > 0)
            .map(|one| elsewhere(&ground, one, preset))
            .collect(),
    };
    Ok(web::html(&page)?.into_response())
}

/// How many cases a figure counts, and what was at risk in them.
fn of(tally: &Tally, at: usize) -> (i64, i64) {
    let at = |of: &[i64]| of.get(at).copied().unwrap_or_default();
    (at(&tally.counts), at(&tally.minors))
}

fn lost(tally: &Tally) -> (i64, i64) {
    of(tally, 0)
}

fn kind(ground: &Ground, ours: &Tally, at: usize) -> Kind {
    let figure = FIGURES[at];
    let ((cases, minor), (all, _)) = (of(ours, at), lost(ours));
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
