//! All that the dashboard shows, read in one statement: for the page, its files and its mails.

use std::sync::Arc;

use sqlx::PgConnection;

use super::super::Preset;
use super::super::store::{self, Answered, Attained, DayTotals, Decisions, FirstActs, Group, Open, Promised, Shown};
use super::ground::{Asked, Ground};
use crate::accounts::{self, People};
use crate::auth::Actor;
use crate::catalogue::Catalogue;
use crate::db::together;
use crate::error::Result;
use crate::money::Currency;
use crate::reasons::{Reasons, Tree};
use crate::targets::{self, History, Targets};
use crate::web::App;

/// What the dashboard and its files are made of.
pub(super) struct Dashboard {
    pub(super) preset: Preset,
    pub(super) ground: Ground,
    pub(super) figures: Figures,
    pub(super) people: Arc<People>,
    pub(super) reasons: Arc<Reasons>,
    pub(super) catalogue: Arc<Catalogue>,
}

impl Dashboard {
    pub(super) async fn read(app: &App, actor: &Actor, asked: &Asked) -> Result<Self> {
        let preset = Ground::preset(asked, Preset::Month);
        let read = async |connection: &mut PgConnection| -> Result<_> {
            let zone = accounts::zone_for(app, connection, actor).await?;
            let ground = Ground::new(asked, preset, actor, zone, app.now());
            Ok(Self {
                preset,
                figures: Figures::read(connection, &ground).await?,
                ground,
                people: app.kept(connection, actor).await?,
                reasons: app.kept(connection, actor).await?,
                catalogue: app.kept(connection, actor).await?,
            })
        };
        app.read_anywhere(actor, read).await
    }
}

/// The figures of a span and, where there are two, of the span before.
pub(super) struct Figures {
    pub(super) days: Vec<DayTotals>,
    pub(super) groups: Vec<Group>,
    pub(super) open: Vec<Open>,
    pub(super) lines: Vec<String>,
    pub(super) targets: Targets,
    /// Of the team that was chosen.
    pub(super) history: History,
    pub(super) met: (Vec<Attained>, Vec<Attained>),
    pub(super) promised: (Vec<Promised>, Vec<Promised>),
    pub(super) decisions: (Vec<Decisions>, Vec<Decisions>),
    pub(super) first_acts: (Vec<FirstActs>, Vec<FirstActs>),
    pub(super) answers: Vec<Answered>,
    pub(super) shown: Vec<Shown>,
}

impl Figures {
    pub(super) async fn read(connection: &mut PgConnection, ground: &Ground) -> Result<Self> {
        let (tomorrow, week) = ground.horizons();
        let (now, before) = (ground.between(ground.range), ground.between(ground.before));
        let segment = &ground.segment;
        let asked = (
            store::days(ground.window(), segment),
            store::breakdown(ground.range, ground.before, segment, ground.driver.as_deref().map(Tree::top)),
            store::open(segment, ground.now, tomorrow, week),
            (store::lines(), targets::in_force(ground.range.from), targets::of_team(ground.segment.team.one())),
            (store::met(now, segment), store::met(before, segment)),
            (store::promised(now, segment), store::promised(before, segment)),
            (store::decisions(now, segment), store::decisions(before, segment)),
            (
                store::first_acts(now, segment),
                store::first_acts(before, segment),
                store::answers(now, segment),
                store::shown(now, segment),
            ),
        );
        let (
            days,
            groups,
            open,
            (lines, targets, history),
            met,
            promised,
            decisions,
            (acts, acts_before, answers, shown),
        ) = together(connection, asked).await?;
        let (targets, history) = (Targets::from(targets), History::from(history));
        let first_acts = (acts, acts_before);
        Ok(Self { days, groups, open, lines, targets, history, met, promised, decisions, first_acts, answers, shown })
    }

    /// Settles the currency where the address names none, and leaves out what was closed in another: sums never mix them.
    /// The currencies of what was closed and of what is open.
    pub(super) fn settle_currency(&mut self, ground: &mut Ground) -> Vec<Currency> {
        ground.choose_currency(&self.days, &self.open);
        let closed = self.days.iter().map(|day| day.currency);
        let all = closed.chain(self.open.iter().map(|one| one.currency)).collect();
        self.days.retain(|day| day.currency == ground.segment.currency);
        all
    }
}

/// What reports can be narrowed to: every line by name, and the currencies in which anything was closed or is open.
pub(super) async fn parts(connection: &mut PgConnection) -> Result<(Vec<String>, Vec<Currency>)> {
    together(connection, (store::lines(), store::currencies())).await
}
