//! A case as one line of a list.

use super::columns::Columns;
use super::due::Group;
use super::filter::Seen;
use super::store::Row;
use crate::calendar::day;
use crate::cases::{Channel, Kind, Outcome, Priority, WaitingOn};
use crate::ids::CaseId;
use crate::money::Money;
use crate::web::{Due, hue, initials};

/// Somebody, as an avatar.
#[derive(Clone, Debug)]
pub(super) struct Face {
    pub(super) name: String,
    pub(super) initials: String,
    pub(super) hue: u8,
}

impl Face {
    pub(super) fn of(name: &str) -> Self {
        Self { name: name.to_owned(), initials: initials(name), hue: hue(name) }
    }
}

/// Where a case stands, as a mark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    /// The stage for `pill`, or the tone for `outcome`.
    pub(super) shape: &'static str,
    pub(super) label: &'static str,
    pub(super) closed: bool,
}

impl Mark {
    pub(super) fn of(row: &Row) -> Self {
        let open = |shape, label| Self { shape, label, closed: false };
        match row.stage.as_str() {
            "new" => open("new", "New"),
            "working" => open("working", "Working"),
            "waiting" => match row.waiting_on.as_deref().and_then(WaitingOn::from_name) {
                Some(WaitingOn::Department) => open("dept", "Waiting on dept."),
                Some(WaitingOn::Approver) => open("approval", "Waiting on approver"),
                Some(WaitingOn::Fulfilment) => open("wait", "Waiting on fulfilment"),
                Some(WaitingOn::Date) => open("wait", "Waiting for a date"),
                Some(WaitingOn::Customer) | None => open("wait", "Waiting on customer"),
            },
            _ => {
                let outcome = row.outcome.as_deref().and_then(Outcome::from_name).unwrap_or(Outcome::Unknown);
                Self { shape: outcome.tone(), label: outcome.label(), closed: true }
            }
        }
    }
}

/// A line of the list.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) id: CaseId,
    pub(super) code: String,
    pub(super) version: i64,
    pub(super) customer: String,
    pub(super) about: String,
    pub(super) priority: u8,
    pub(super) reason: String,
    pub(super) value: String,
    /// Share of the largest value in view, 0 to 100.
    pub(super) share: u8,
    /// That largest value, so that the line can be drawn again alone.
    pub(super) most: i64,
    pub(super) next_action: String,
    pub(super) mark: Mark,
    pub(super) due: Due,
    pub(super) owner: Option<Face>,
    pub(super) kind: &'static str,
    pub(super) channel: &'static str,
    pub(super) team: String,
    pub(super) opened: String,
    pub(super) selected: bool,
    pub(super) cols: Columns,
}

impl Line {
    pub(super) fn of(row: &Row, cols: Columns, seen: &Seen, most: i64) -> Self {
        Self {
            id: row.id,
            code: format!("SD-{}", row.number),
            version: row.version,
            customer: row.customer.clone(),
            about: about(row),
            priority: priority(row).level(),
            reason: row.reason.clone().unwrap_or_else(|| "Not coded yet".to_owned()),
            value: row.value().short(),
            share: share(row.value_at_risk_minor, most),
            most,
            next_action: row.next_action.clone().unwrap_or_default(),
            mark: Mark::of(row),
            due: due(row, seen),
            owner: row.owner.as_deref().map(Face::of),
            kind: Kind::from_name(&row.kind).map_or("", Kind::label),
            channel: Channel::from_name(&row.channel).map_or("", Channel::label),
            team: row.team.clone().unwrap_or_else(|| "No team".to_owned()),
            opened: day(row.opened_at, seen.zone, seen.now),
            selected: false,
            cols,
        }
    }
}

pub(super) fn priority(row: &Row) -> Priority {
    u8::try_from(row.priority).ok().and_then(Priority::new).unwrap_or(Priority::NORMAL)
}

/// What is at stake, in words: the subscription, the order, or the whole relation.
pub(super) fn about(row: &Row) -> String {
    match (&row.product, &row.order_number) {
        (Some(product), _) => match row.quantity {
            Some(quantity) if quantity > 1 => format!("{product} × {quantity}"),
            _ => product.clone(),
        },
        (None, Some(number)) => format!("Order {number}"),
        (None, None) => Kind::from_name(&row.kind).map_or_else(String::new, |kind| kind.label().to_owned()),
    }
}

/// When it is due; of a closed case, when it was closed.
pub(super) fn due(row: &Row, seen: &Seen) -> Due {
    if let Some(closed) = row.closed_at {
        return Due::nothing(&day(closed, seen.zone, seen.now));
    }
    match row.next_due_at {
        Some(at) => {
            let from = row.next_due_from.unwrap_or(row.opened_at);
            let because = row.next_due_because.as_deref().unwrap_or_default();
            Due::new(at, from, because, seen.zone, seen.now)
        }
        None => Due::nothing("Nothing due"),
    }
}

fn share(value: i64, most: i64) -> u8 {
    if most <= 0 || value <= 0 {
        return 0;
    }
    u8::try_from((i128::from(value) * 100 / i128::from(most)).clamp(1, 100)).unwrap_or(100)
}

/// Lines under one heading.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// None for closed cases, which stand under no heading.
    pub(super) group: Option<Group>,
    /// How many stand there in the whole list.
    pub(super) count: i64,
    pub(super) lines: Vec<Line>,
}

/// Lines of a page, under their headings. Values are drawn as shares of the largest in view in the same currency.
pub(super) fn sections(
    rows: &[Row],
    closed: bool,
    cols: Columns,
    seen: &Seen,
    count: impl Fn(Group) -> i64,
) -> Vec<Section> {
    let most = |like: Money| {
        rows.iter().map(Row::value).filter(|value| value.currency == like.currency).map(|value| value.minor).max()
    };
    let mut sections: Vec<Section> = Vec::new();
    for row in rows {
        let group = (!closed).then(|| Group::of(row.next_due_at, seen));
        let line = Line::of(row, cols, seen, most(row.value()).unwrap_or(0));
        match sections.last_mut() {
            Some(section) if section.group == group => section.lines.push(line),
            _ => sections.push(Section { group, count: group.map_or(0, &count), lines: vec![line] }),
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_shows_something_of_every_value_and_never_more_than_all() {
        assert_eq!(share(50, 100), 50);
        assert_eq!(share(1, 1_000_000), 1);
        assert_eq!((share(0, 100), share(5, 0), share(i64::MAX, 1)), (0, 0, 100));
    }
}
