//! All that the dashboard shows, read in one statement: for the page, its files and its mails.

use sqlx::PgConnection;

use super::super::store::{self, Answered, Day, Decision, Group, Met, Open, Promised};
use super::ground::Ground;
use crate::db::together;
use crate::error::Result;
use crate::money::Currency;

/// The figures of a span and, where there are two, of the span before.
pub(super) struct Figures {
    pub(super) days: Vec<Day>,
    pub(super) groups: Vec<Group>,
    pub(super) open: Vec<Open>,
    pub(super) lines: Vec<String>,
    pub(super) met: (Vec<Met>, Vec<Met>),
    pub(super) promised: (Vec<Promised>, Vec<Promised>),
    pub(super) decisions: (Vec<Decision>, Vec<Decision>),
    pub(super) answers: Vec<Answered>,
}

impl Figures {
    pub(super) async fn read(connection: &mut PgConnection, ground: &Ground) -> Result<Self> {
        let (tomorrow, week) = ground.horizons();
        let (now, before) = (ground.between(ground.range), ground.between(ground.before));
        let segment = &ground.segment;
        let asked = (
            store::days(ground.window(), segment),
            store::breakdown(ground.range, ground.before, segment),
            store::open(segment, ground.now, tomorrow, week),
            store::lines(),
            (store::met(now, segment), store::met(before, segment)),
            (store::promised(now, segment), store::promised(before, segment)),
            (store::decisions(now, segment), store::decisions(before, segment)),
            store::answers(now, segment),
        );
        let (days, groups, open, lines, met, promised, decisions, answers) = together(connection, asked).await?;
        Ok(Self { days, groups, open, lines, met, promised, decisions, answers })
    }
}

/// What reports can be narrowed to: every line by name, and the currencies in which anything was closed.
pub(super) async fn parts(connection: &mut PgConnection) -> Result<(Vec<String>, Vec<Currency>)> {
    together(connection, (store::lines(), store::currencies())).await
}
