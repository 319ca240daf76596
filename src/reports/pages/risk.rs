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

/// By when something is next due.
pub(super) fn by_due(ground: &Ground, open: &[Open]) -> Vec<Row> {
    let labels = DUE.map(|(name, label)| (name, label.to_owned()));
    rows(ground, open, "due", &labels, |one| &one.due)
}

/// By what it waits on.
pub(super) fn by_wait(ground: &Ground, open: &[Open]) -> Vec<Row> {
    let mut labels = vec![("new", "New, nobody has acted".to_owned()), ("working", "Ours to work".to_owned())];
    labels.extend(WaitingOn::ALL.map(|on| (on.name(), on.label().to_owned())));
    rows(ground, open, "waits", &labels, |one| &one.waits)
}

fn rows(
    ground: &Ground,
    open: &[Open],
    name: &'static str,
    labels: &[(&'static str, String)],
    of: fn(&Open) -> &String,
) -> Vec<Row> {
    let ours: Vec<&Open> = open.iter().filter(|one| one.currency == ground.segment.currency).collect();
    let sums: Vec<(i64, i64)> = labels
        .iter()
        .map(|(value, _)| {
            let mine = ours.iter().filter(|one| of(one) == value);
            mine.fold((0, 0), |sum, one| (sum.0 + one.cases, sum.1 + one.value_minor))
        })
        .collect();
    let most = sums.iter().map(|(_, value)| *value).max().unwrap_or_default().max(1);
    let rows =
        labels.iter().zip(sums).filter(|(_, (cases, _))| *cases > 0).map(|((value, label), (cases, minor))| Row {
            label: label.clone(),
            cases,
            value: ground.money(minor).short(),
            width: format!("{}%", i128::from(minor) * 100 / i128::from(most)),
            href: ground.now_rows(Figure::OpenAtRisk, &[(name, value)]),
            late: *value == "overdue",
        });
    rows.collect()
}
