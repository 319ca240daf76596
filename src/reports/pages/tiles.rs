//! The tiles on top: six figures, each with its change and the last weeks.

use super::super::change::{self, Better, Change};
use super::super::range::back;
use super::super::store::{DayTotals, Open};
use super::super::sums::share;
use super::super::{Figure, Range, Sums, TeamChoice};
use super::chart::Spark;
use super::ground::{Ground, within};
use crate::money::{Percent, counted};
use crate::targets::{self, Targets, Whose};

/// A tile.
pub(super) struct Tile {
    pub(super) label: &'static str,
    pub(super) href: String,
    pub(super) value: String,
    pub(super) change: Change,
    pub(super) note: String,
    pub(super) spark: Option<Spark>,
}

/// How many weeks the small lines show.
const WEEKS: u64 = 12;

/// All of them.
pub(super) fn tiles(ground: &Ground, days: &[DayTotals], open: &[Open], targets: &Targets) -> Vec<Tile> {
    let (now, before) = (within(days, ground.range), within(days, ground.before));
    let weeks: Vec<Range> = (0..WEEKS)
        .rev()
        .map(|ago| {
            let to = back(ground.range.to, ago * 7);
            Range { from: back(to, 6), to }
        })
        .collect();
    let spark = |value: &dyn Fn(Sums) -> f64| {
        Spark::new(&weeks.iter().map(|week| value(within(days, *week))).collect::<Vec<_>>())
    };
    let money = |minor: i64| ground.money(minor).short();
    vec![
        Tile {
            label: "Gross saved",
            href: ground.now_rows(Figure::Gross, &[]),
            value: money(now.gross()),
            change: change::of_amount(now.gross(), before.gross()),
            note: "12-month value of saves".to_owned(),
            spark: spark(&|sums| float(sums.gross())),
        },
        Tile {
            label: "Net saved",
            href: ground.now_rows(Figure::Net, &[]),
            value: money(now.net()),
            change: change::of_amount(now.net(), before.net()),
            note: aimed("after offers and re-churn".to_owned(), ground, targets, targets::Figure::NetSaved),
            spark: spark(&|sums| float(sums.net())),
        },
        Tile {
            label: "Save rate",
            href: ground.now_rows(Figure::Decided, &[]),
            value: change::percent(now.save_rate()),
            change: change::of_share((now.saves, now.decided), (before.saves, before.decided), Better::More),
            note: aimed(
                format!("{} of {} decided", now.saves, now.decided),
                ground,
                targets,
                targets::Figure::SaveRate,
            ),
            spark: spark(&|sums| sums.save_rate().unwrap_or_default()),
        },
        cost(ground, now, before, spark(&|sums| sums.cost_per_save().map_or(0.0, float))),
        stick(ground, days),
        at_risk(ground, open),
    ]
}

/// A note with the target of the team that the dashboard is about, where there is one.
fn aimed(note: String, ground: &Ground, targets: &Targets, figure: targets::Figure) -> String {
    let TeamChoice::One(team) = ground.segment.team else { return note };
    match targets.of(Whose::Team(team), figure, ground.segment.currency) {
        None => note,
        Some(minor) if figure == targets::Figure::NetSaved => {
            format!("{note}, target {} a month", ground.money(minor).short())
        }
        Some(points) => {
            format!("{note}, target {}", Percent::from_basis_points(i32::try_from(points).unwrap_or(i32::MAX)))
        }
    }
}

fn cost(ground: &Ground, now: Sums, before: Sums, spark: Option<Spark>) -> Tile {
    let change = match (now.cost_per_save(), before.cost_per_save()) {
        (Some(now), Some(before)) if now != before => Change {
            text: format!("{}{}", if now > before { "+" } else { "" }, ground.money(now - before).short()),
            tone: "",
        },
        _ => Change::default(),
    };
    Tile {
        label: "Cost per save",
        href: ground.now_rows(Figure::Concessions, &[]),
        value: now.cost_per_save().map_or_else(|| "–".to_owned(), |cost| ground.money(cost).short()),
        change,
        note: format!("concessions only, {} not undone", counted(now.net_saves(), "save")),
        spark,
    }
}

/// Of the saves whose 90th day fell in the span, how many are known to be here.
fn stick(ground: &Ground, days: &[DayTotals]) -> Tile {
    let of = |range: Range, after: u16| {
        let sums = within(days, range.earlier(after));
        (sums.stay(after).0, sums.saves)
    };
    let now = of(ground.range, 90);
    let at = |after| {
        change::percent({
            let (here, saves) = of(ground.range, after);
            share(here, saves)
        })
    };
    Tile {
        label: "90-day stick",
        href: ground.rows(Figure::Here90, ground.range.earlier(90), &[]),
        value: change::percent(share(now.0, now.1)),
        change: change::of_share(now, of(ground.before, 90), Better::More),
        note: format!("{} at 30, {} at 60 days", at(30), at(60)),
        spark: None,
    }
}

fn at_risk(ground: &Ground, open: &[Open]) -> Tile {
    let of = || open.iter().filter(|one| one.currency == ground.segment.currency);
    let cases: i64 = of().map(|one| one.cases).sum();
    let late: i64 = of().filter(|one| one.due == "overdue").map(|one| one.cases).sum();
    Tile {
        label: "Open at risk",
        href: ground.now_rows(Figure::OpenAtRisk, &[]),
        value: ground.money(of().map(|one| one.value_minor).sum()).short(),
        change: Change { text: counted(cases, "case"), tone: "" },
        note: format!("{late} past due"),
        spark: None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "places on a chart")]
fn float(minor: i64) -> f64 {
    minor as f64
}
