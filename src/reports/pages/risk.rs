//! What is at risk now, by what it waits on and by when something is next due.

use super::super::Figure;
use super::super::store::Open;
use super::ground::Ground;
use crate::cases::WaitingOn;

/// A row of either table.
pub(super) struct Row {
    pub(super) label: String,
    pub(super) cases: i64,
    pub(super) value: String,
    /// Its share of the largest, for the bar.
    pub(super) width: String,
    pub(super) href: String,
    /// Past due.
    pub(super) late: bool,
}

const DUE: [(&str, &str); 5] = [
    ("overdue", "Past due"),
    ("today", "Due today"),
    ("week", "Due within seven days"),
    ("later", "Due later"),
    ("none", "Nothing due"),
];

/// Cases of one kind, and what they put at risk.
pub(super) struct Sum {
    name: &'static str,
    pub(super) label: String,
    pub(super) cases: i64,
    pub(super) minor: i64,
}

/// By when something is next due.
pub(super) fn by_due(ground: &Ground, open: &[Open]) -> Vec<Row> {
    rows(ground, "due", &due_sums(ground, open))
}

/// By what it waits on.
pub(super) fn by_wait(ground: &Ground, open: &[Open]) -> Vec<Row> {
    rows(ground, "waits", &wait_sums(ground, open))
}

/// What is open, by when something is next due.
pub(super) fn due_sums(ground: &Ground, open: &[Open]) -> Vec<Sum> {
    sums(ground, open, DUE.map(|(name, label)| (name, label.to_owned())).into(), |one| &one.due)
}

/// What is open, by what it waits on.
pub(super) fn wait_sums(ground: &Ground, open: &[Open]) -> Vec<Sum> {
    let mut labels = vec![("new", "New, nobody has acted".to_owned()), ("working", "Ours to work".to_owned())];
    labels.extend(WaitingOn::ALL.map(|on| (on.name(), on.label().to_owned())));
    sums(ground, open, labels, |one| &one.waits)
}

fn sums(ground: &Ground, open: &[Open], labels: Vec<(&'static str, String)>, of: fn(&Open) -> &String) -> Vec<Sum> {
    let ours: Vec<&Open> = open.iter().filter(|one| one.currency == ground.segment.currency).collect();
    let sum = |(name, label): (&'static str, String)| {
        let mine = ours.iter().filter(|one| of(one) == name);
        let (cases, minor) = mine.fold((0, 0), |sum, one| (sum.0 + one.cases, sum.1 + one.value_minor));
        Sum { name, label, cases, minor }
    };
    labels.into_iter().map(sum).filter(|sum| sum.cases > 0).collect()
}

fn rows(ground: &Ground, narrow: &'static str, sums: &[Sum]) -> Vec<Row> {
    let most = sums.iter().map(|sum| sum.minor).max().unwrap_or_default().max(1);
    let row = |sum: &Sum| Row {
        label: sum.label.clone(),
        cases: sum.cases,
        value: ground.money(sum.minor).short(),
        width: format!("{}%", i128::from(sum.minor) * 100 / i128::from(most)),
        href: ground.now_rows(Figure::OpenAtRisk, &[(narrow, sum.name)]),
        late: sum.name == "overdue",
    };
    sums.iter().map(row).collect()
}
