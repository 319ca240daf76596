//! The tables of the dashboard as numbers: amounts to the cent, shares from 0 to 1, times in hours, and every row where
//! the page shows the largest.

use chrono::TimeDelta;

use super::super::super::Sums;
use super::super::super::store::{Attained, Decisions, Dimension, FirstActs, Promised, Shown};
use super::super::super::sums::share;
use super::super::ground::{Ground, within};
use super::super::rates::{Names, by_value};
use super::super::read::Figures;
use super::super::risk::{self, Sum};
use super::super::weeks::Aims;
use super::super::{bridge, drivers, service, stay, weeks};
use super::{Sheet, hours, row};
use crate::deadlines::Kind;
use crate::exports::{CURRENCY, Cell, Table};
use crate::outcomes::{OrderEnd, STAY_DAYS};

/// All that hold something.
pub(super) fn all(ground: &Ground, figures: &Figures, names: &Names<'_>) -> Vec<Sheet> {
    let mut tables = vec![
        revenue(ground, figures),
        counts(ground, figures),
        by_week(ground, figures),
        reasons(ground, figures, names),
        stick(ground, figures),
    ];
    for (name, of, dimension) in [
        ("Save rate by reason", "Reason", Dimension::Reason),
        ("Save rate by offer", "Offer", Dimension::Offer),
        ("Save rate by channel", "Channel", Dimension::Channel),
        ("Save rate by team", "Team", Dimension::Team),
    ] {
        tables.push(rates(ground, figures, names, (name, of, dimension)));
    }
    tables.extend([
        net_rates(ground, figures),
        acceptance(figures),
        orders(ground, figures),
        categories(ground, figures),
        open(ground, "Open, by what it waits on", "Waits on", &risk::wait_sums(ground, &figures.open)),
        open(ground, "Open, by due date", "Next due", &risk::due_sums(ground, &figures.open)),
        deadlines(figures),
        promises(figures),
        first_acts(figures),
        approvals(figures),
        departments(figures),
    ]);
    tables.retain(|table| !table.rows.is_empty());
    tables
}

fn money(ground: &Ground, minor: i64) -> Cell {
    ground.money(minor).into()
}

fn revenue(ground: &Ground, figures: &Figures) -> Sheet {
    let (now, before) = (within(&figures.days, ground.range), within(&figures.days, ground.before));
    let mut rows: Vec<Vec<Cell>> = bridge::PARTS
        .iter()
        .map(|(label, _, of, ..)| row(ground, vec![(*label).into(), money(ground, of(now)), money(ground, of(before))]))
        .collect();
    let cost = |sums: Sums| sums.cost_per_save().map(|minor| ground.money(minor)).into();
    rows.push(row(ground, vec!["Cost per save".into(), cost(now), cost(before)]));
    Table::new("From gross to net", &["Part", "Amount", "Before", CURRENCY], rows)
}

/// What is told of sums.
type Part = fn(Sums) -> Cell;

fn counts(ground: &Ground, figures: &Figures) -> Sheet {
    let (now, before) = (within(&figures.days, ground.range), within(&figures.days, ground.before));
    let parts: [(&str, Part); 6] = [
        ("Closed cases", |sums| sums.closed.into()),
        ("Decided cases", |sums| sums.decided.into()),
        ("Saves", |sums| sums.saves.into()),
        ("Lost", |sums| (sums.decided - sums.saves).into()),
        ("Saves not undone", |sums| sums.net_saves().into()),
        ("Gross save rate", |sums| sums.save_rate().into()),
    ];
    let rows = parts.iter().map(|(label, of)| vec![(*label).into(), of(now), of(before)]).collect();
    Table::new("Cases", &["Figure", "Now", "Before"], rows)
}

fn by_week(ground: &Ground, figures: &Figures) -> Sheet {
    let week = |week| {
        let (sums, aims) = (within(&figures.days, week), Aims::of(ground, &figures.history, week));
        let cells = vec![
            week.from.into(),
            week.to.into(),
            money(ground, sums.gross()),
            money(ground, sums.net()),
            aims.net.map(|minor| ground.money(minor)).into(),
            sums.saves.into(),
            sums.decided.into(),
            sums.save_rate().into(),
            aims.rate.and_then(|points| share(points, 10_000)).into(),
        ];
        row(ground, cells)
    };
    let rows = weeks::spans(ground).into_iter().map(week).collect();
    let columns =
        ["From", "To", "Gross", "Net", "Net, target", "Saves", "Decided", "Save rate", "Save rate, target", CURRENCY];
    Table::new("Saved revenue by week", &columns, rows)
}

fn reasons(ground: &Ground, figures: &Figures, names: &Names<'_>) -> Sheet {
    let all = drivers::reasons(ground, &figures.groups, names.tree);
    let risk: i64 = all.iter().map(|one| one.risk).sum();
    let reason = |one: &drivers::Of| {
        let label = one.label.clone().into();
        let shares = share(one.risk, risk).into();
        row(ground, vec![label, one.cases.into(), one.cases_before.into(), money(ground, one.risk), shares])
    };
    let rows = all.iter().map(reason).collect();
    Table::new("Why customers ask to leave", &["Reason", "Cases", "Cases before", "At risk", "Share", CURRENCY], rows)
}

fn stick(ground: &Ground, figures: &Figures) -> Sheet {
    let mut columns = vec!["Saved in".to_owned(), "Saves".to_owned()];
    for days in STAY_DAYS {
        columns.extend(["looked at", "here", "gone", "unknown"].map(|what| format!("{days} days: {what}")));
    }
    let month = |month: super::super::super::Range| {
        let mut cells: Vec<Cell> = vec![month.from.into(), within(&figures.days, month).saves.into()];
        for days in STAY_DAYS {
            match stay::passed(ground, &figures.days, month, days) {
                Some(sums) => {
                    let (here, gone) = sums.stay(days);
                    cells.extend([sums.saves, here, gone, sums.saves - here - gone].map(Cell::from));
                }
                None => cells.extend([const { Cell::Nothing }; 4]),
            }
        }
        cells
    };
    Table { name: "Do saves stick".to_owned(), columns, rows: stay::months(ground).map(month).collect() }
}

fn rates(
    ground: &Ground,
    figures: &Figures,
    names: &Names<'_>,
    (name, of, dimension): (&str, &str, Dimension),
) -> Sheet {
    let value = |(value, (now, before)): (String, (Sums, Sums))| {
        let amounts = [now.risk_minor, now.recurring_minor, now.one_off_minor, now.conceded()];
        let mut cells: Vec<Cell> = vec![names.of(dimension, &value).into()];
        cells.extend([now.decided, now.saves].map(Cell::from));
        cells.push(now.save_rate().into());
        cells.extend([before.decided, before.saves].map(Cell::from));
        cells.extend(amounts.map(|minor| money(ground, minor)));
        row(ground, cells)
    };
    let columns = [
        of,
        "Decided",
        "Saves",
        "Save rate",
        "Decided before",
        "Saves before",
        "At risk",
        "Recurring",
        "Orders kept",
        "Concessions",
        CURRENCY,
    ];
    Table::new(name, &columns, by_value(ground, &figures.groups, dimension).into_iter().map(value).collect())
}

/// Of the decided cases whose day fell in the span.
fn net_rates(ground: &Ground, figures: &Figures) -> Sheet {
    let after = |days: u16| {
        let sums = within(&figures.days, ground.range.earlier(days));
        let ((here, gone), lost) = (sums.stay(days), sums.decided - sums.saves);
        let mut cells: Vec<Cell> = vec![format!("{days} days").into(), share(here, sums.decided).into()];
        cells.extend([here, gone, sums.saves - here - gone, lost, sums.decided].map(Cell::from));
        cells.push(share(gone, sums.saves).into());
        (sums.decided > 0).then_some(cells)
    };
    let columns = ["After", "Net save rate", "Still here", "Gone since", "Unknown", "Lost", "Decided", "Re-churn"];
    Table::new("Net save rate", &columns, STAY_DAYS.into_iter().filter_map(after).collect())
}

fn acceptance(figures: &Figures) -> Sheet {
    let version = |one: &Shown| {
        let mut cells: Vec<Cell> = vec![format!("{}, version {}", one.name, one.number).into()];
        cells.extend([one.offers, one.accepted, one.waiting].map(Cell::from));
        cells.push(share(one.accepted, one.offers).into());
        cells
    };
    let columns = ["Offer type", "Shown", "Accepted", "Waiting", "Acceptance"];
    Table::new("Offer acceptance", &columns, figures.shown.iter().map(version).collect())
}

/// Word for word as the files had them that cases came from.
fn categories(ground: &Ground, figures: &Figures) -> Sheet {
    let values = by_value(ground, &figures.groups, Dimension::Category);
    let category = |(label, (now, _)): (String, (Sums, Sums))| {
        let counts = [now.closed, now.decided - now.saves].map(Cell::from);
        let cells = std::iter::once(label.into()).chain(counts).chain([money(ground, now.risk_minor)]).collect();
        (now.closed > 0).then(|| row(ground, cells))
    };
    let columns = ["Category", "Closed", "Lost", "At risk", CURRENCY];
    Table::new("As their source sorts them", &columns, values.into_iter().filter_map(category).collect())
}

fn orders(ground: &Ground, figures: &Figures) -> Sheet {
    let values = by_value(ground, &figures.groups, Dimension::Order);
    let end = |end: &OrderEnd| {
        let (now, _) = values.get(end.name())?;
        let recovered = money(ground, now.one_off_minor);
        Some(row(ground, vec![end.label().into(), now.decided.into(), recovered]))
    };
    let rows = OrderEnd::ALL.iter().filter_map(end).collect();
    Table::new("What became of orders", &["Order", "Cases", "Recovered", CURRENCY], rows)
}

fn open(ground: &Ground, name: &str, of: &str, sums: &[Sum]) -> Sheet {
    let sum = |sum: &Sum| row(ground, vec![sum.label.clone().into(), sum.cases.into(), money(ground, sum.minor)]);
    Table::new(name, &[of, "Cases", "At risk", CURRENCY], sums.iter().map(sum).collect())
}

fn deadlines(figures: &Figures) -> Sheet {
    let of = |all: &[Attained], kind: Kind| {
        let found = all.iter().find(|one| one.kind == kind.name());
        found.map_or((0, 0), |one| (one.met, one.missed))
    };
    let kind = |kind: Kind| {
        let ((met, missed), (was_met, was_missed)) = (of(&figures.met.0, kind), of(&figures.met.1, kind));
        let numbers = [met, missed, was_met, was_missed];
        let cells: Vec<Cell> = std::iter::once(kind.label().into()).chain(numbers.map(Cell::from)).collect();
        (met + missed + was_met + was_missed > 0).then_some(cells)
    };
    let rows = Kind::ALL.into_iter().filter_map(kind).collect();
    Table::new("Deadlines met", &["Kind", "Met", "Missed", "Met before", "Missed before"], rows)
}

fn promises(figures: &Figures) -> Sheet {
    let of = |all: &[Promised], stage: &str| -> i64 {
        all.iter().filter(|one| one.stage == stage).map(|one| one.promises).sum()
    };
    let (now, before) = (&figures.promised.0, &figures.promised.1);
    let end = |(stage, label): &(&str, &str)| {
        let (now, before) = (of(now, stage), of(before, stage));
        (now + before > 0).then(|| vec![(*label).into(), now.into(), before.into()])
    };
    let rows = service::ENDS.iter().filter_map(end).collect();
    Table::new("Promises kept", &["What became of them", "Promises", "Before"], rows)
}

fn first_acts(figures: &Figures) -> Sheet {
    let (now, before) = (figures.first_acts.0.first(), figures.first_acts.1.first());
    let acts = |of: Option<&FirstActs>| of.map_or(0, |of| of.acts);
    if acts(now) + acts(before) == 0 {
        return Table::new("Time to first action", &[], Vec::new());
    }
    let within = |of: Option<&FirstActs>, at| taken(of.and_then(|of| of.working_minutes.as_ref()), at);
    let passed = |of: Option<&FirstActs>, at| taken(of.and_then(|of| of.minutes.as_ref()), at);
    let mut rows = vec![vec!["First acts".into(), acts(now).into(), acts(before).into()]];
    for (at, percent) in [50, 90].into_iter().enumerate() {
        rows.push(vec![format!("{percent}% within, working hours").into(), within(now, at), within(before, at)]);
        rows.push(vec![format!("{percent}% within, calendar hours").into(), passed(now, at), passed(before, at)]);
    }
    Table::new("Time to first action", &["Figure", "Now", "Before"], rows)
}

/// One of several amounts of minutes, in hours.
fn taken(minutes: Option<&Vec<i32>>, at: usize) -> Cell {
    let minutes = minutes.and_then(|minutes| minutes.get(at).copied());
    Cell::from(minutes.map(|minutes| hours(TimeDelta::minutes(minutes.into()))))
}

fn approvals(figures: &Figures) -> Sheet {
    let (now, before) = (figures.decisions.0.first(), figures.decisions.1.first());
    let many = |of: Option<&Decisions>| of.map_or(0, |of| of.decided);
    if many(now) + many(before) == 0 {
        return Table::new("Approval turnaround", &[], Vec::new());
    }
    let within = |of: Option<&Decisions>, at| taken(of.and_then(|of| of.working_minutes.as_ref()), at);
    let mut rows = vec![vec!["Decided".into(), many(now).into(), many(before).into()]];
    for (at, percent) in [50, 90].into_iter().enumerate() {
        rows.push(vec![format!("{percent}% within, working hours").into(), within(now, at), within(before, at)]);
    }
    Table::new("Approval turnaround", &["Figure", "Now", "Before"], rows)
}

fn departments(figures: &Figures) -> Sheet {
    let rows = figures.answers.iter().map(|one| {
        let half = hours(TimeDelta::minutes(one.median_minutes.into()));
        vec![one.name.clone().into(), one.answers.into(), one.in_time.into(), half.into(), one.passes.into()]
    });
    let columns = ["Department", "Answers", "In time", "Half within, hours", "Passed on"];
    Table::new("Department answers", &columns, rows.collect())
}
