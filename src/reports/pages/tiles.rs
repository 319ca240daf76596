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
    pub(super) note: Vec<Said>,
    pub(super) spark: Option<Spark>,
}

/// A piece of a note: words, or a number with the rows behind it.
pub(super) struct Said {
    pub(super) text: String,
    /// Nothing where it is words.
    pub(super) href: String,
}

impl Tile {
    /// The note as plain words.
    pub(super) fn noted(&self) -> String {
        self.note.iter().map(|one| one.text.as_str()).collect()
    }
}

fn words(text: impl Into<String>) -> Said {
    Said { text: text.into(), href: String::new() }
}

fn number(text: String, href: String) -> Said {
    Said { text, href }
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
            note: vec![words("12-month value of saves")],
            spark: spark(&|sums| float(sums.gross())),
        },
        Tile {
            label: "Net saved",
            href: ground.now_rows(Figure::Net, &[]),
            value: money(now.net()),
            change: change::of_amount(now.net(), before.net()),
            note: aimed(vec![words("after offers and re-churn")], ground, targets, targets::Figure::NetSaved),
            spark: spark(&|sums| float(sums.net())),
        },
        Tile {
            label: "Save rate",
            href: ground.now_rows(Figure::Decided, &[]),
            value: change::percent(now.save_rate()),
            change: change::of_share((now.saves, now.decided), (before.saves, before.decided), Better::More),
            note: aimed(
                vec![
                    number(now.saves.to_string(), ground.now_rows(Figure::Saves, &[])),
                    words(" of "),
                    number(now.decided.to_string(), ground.now_rows(Figure::Decided, &[])),
                    words(" decided"),
                ],
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
fn aimed(mut note: Vec<Said>, ground: &Ground, targets: &Targets, figure: targets::Figure) -> Vec<Said> {
    let TeamChoice::One(team) = ground.segment.team else { return note };
    match targets.of(Whose::Team(team), figure, ground.segment.currency) {
        None => {}
        Some(minor) if figure == targets::Figure::NetSaved => {
            note.push(words(format!(", target {} a month", ground.money(minor).short())));
        }
        Some(points) => {
            let target = Percent::from_basis_points(i32::try_from(points).unwrap_or(i32::MAX));
            note.push(words(format!(", target {target}")));
        }
    }
    note
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
        note: vec![
            words("concessions only, "),
            number(counted(now.net_saves(), "save"), ground.now_rows(Figure::NetSaves, &[])),
            words(" not undone"),
        ],
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
    let rows = |after| ground.rows(Figure::stay(after)[0], ground.range.earlier(after), &[]);
    let at = |after| {
        let (here, saves) = of(ground.range, after);
        number(change::percent(share(here, saves)), rows(after))
    };
    Tile {
        label: "90-day stick",
        href: rows(90),
        value: change::percent(share(now.0, now.1)),
        change: change::of_share(now, of(ground.before, 90), Better::More),
        note: vec![at(30), words(" at 30, "), at(60), words(" at 60 days")],
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
        change: Change::default(),
        note: vec![
            number(counted(cases, "case"), ground.now_rows(Figure::OpenAtRisk, &[])),
            words(", "),
            number(late.to_string(), ground.now_rows(Figure::OpenAtRisk, &[("due", "overdue")])),
            words(" past due"),
        ],
        spark: None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "places on a chart")]
fn float(minor: i64) -> f64 {
    minor as f64
}
