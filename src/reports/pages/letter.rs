//! The dashboard as a mail: its figures, each with its change, and what they mean.

use std::fmt::Write as _;

use chrono_tz::Tz;

use super::super::mails::Every;
use super::super::{Figure, Range};
use super::drivers;
use super::ground::{Asked, Ground};
use super::rates::Names;
use super::read::Figures;
use super::tiles::{self, Tile};
use crate::accounts::People;
use crate::auth::Actor;
use crate::catalogue::Catalogue;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::notifications::DESK;
use crate::reasons::Reasons;

/// What the mail defines.
const DEFINED: [Figure; 7] =
    [Figure::Gross, Figure::Net, Figure::Decided, Figure::Saves, Figure::NetSaves, Figure::Here90, Figure::OpenAtRisk];
/// How many reasons it names.
const REASONS: usize = 5;

/// Its subject and its words, for one reader on their clock.
///
/// # Errors
/// When the database cannot be read.
pub(in super::super) async fn letter(
    db: &Db,
    tx: &mut Tx,
    (reader, zone): (&Actor, Tz),
    every: Every,
    period: Range,
    part: Asked,
) -> Result<(String, String)> {
    let before = every.period(period.from);
    let mut ground = Ground::over((period, before), &part, reader, zone, tx.now());
    let mut figures = Figures::read(tx, &ground).await?;
    let people = db.kept::<People>(tx, None).await?;
    let reasons = db.kept::<Reasons>(tx, None).await?;
    let catalogue = db.kept::<Catalogue>(tx, None).await?;
    figures.settle_currency(&mut ground);
    let names = Names::new(&reasons.tree, &catalogue, &people, &ground);
    let tiles = tiles::tiles(&ground, &figures.days, &figures.open, &figures.targets);
    let drivers = drivers::drivers(&ground, &figures.groups, names.tree);
    Ok((format!("Saves, {}", period.words()), words(&ground, &names, &tiles, drivers.as_ref())))
}

fn words(ground: &Ground, names: &Names<'_>, tiles: &[Tile], drivers: Option<&drivers::Drivers>) -> String {
    let mut text = format!(
        "Saves, {}\nCompared with {}. {}.\n\n",
        ground.range.words(),
        ground.before.words(),
        names.part_of(ground)
    );
    for tile in tiles {
        let change = if tile.change.text.is_empty() { String::new() } else { format!(" ({})", tile.change.text) };
        let _ = writeln!(text, "{}: {}{change}, {}", tile.label, tile.value, tile.noted());
    }
    if let Some(drivers) = drivers {
        text.push_str("\nWhy customers ask to leave, by value at risk\n");
        for row in drivers.rows.iter().take(REASONS) {
            let cases = if row.cases == 1 { "case" } else { "cases" };
            let _ = writeln!(text, "{}: {} ({}, {} {cases})", row.label, row.value, row.percent, row.cases);
        }
    }
    let _ = write!(text, "\nThe rows behind each number:\n{DESK}{}\n", ground.custom());
    text.push_str("\nWhat the figures mean\n");
    for figure in DEFINED {
        let _ = writeln!(text, "{}: {}", figure.label(), figure.definition());
    }
    let _ = write!(text, "\nYou chose to get this mail. To change or end it:\n{DESK}/reports/mail\n");
    text
}
