//! Cuts the rows of a case into a pattern: what stays as it is, what is somebody's, what moves in time.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};

use super::cell::{Cell, Known, Piece, cut, escaped, moment};
use super::parts::{PARTS, Part, part};
use super::patterns::{Cells, Customer, Head, Life, Pattern};

/// Makes the pattern of one case.
pub(super) struct Maker<'a> {
    pub(super) columns: &'a [Vec<String>],
    pub(super) kinds: &'a [Vec<String>],
    pub(super) rows: &'a [BTreeMap<String, Vec<Cells>>],
    pub(super) head: &'a Head,
    pub(super) of: &'a Customer,
}

impl Maker<'_> {
    fn at(&self, table: &str, column: &str) -> usize {
        self.columns[part(table)].iter().position(|name| name == column).unwrap_or_default()
    }

    fn of(&self, table: &str) -> &[Cells] {
        self.rows[part(table)].get(&self.head.id).map_or(&[], Vec::as_slice)
    }

    fn text(&self, table: &str, row: &Cells, column: &str) -> String {
        row[self.at(table, column)].clone().unwrap_or_default()
    }

    /// With what the case did to the status of its customer.
    pub(super) fn make(&self, customer: usize, statuses: &[Cells]) -> Pattern {
        let mut ids = vec![self.of.created, self.head.opened];
        let mut slots = BTreeMap::from([(self.head.customer.clone(), 0), (self.head.id.clone(), 1)]);
        for (n, part) in PARTS.iter().enumerate() {
            let identified = self.columns[n].first().is_some_and(|column| column == "id");
            if !identified || matches!(part.table, "cases" | "outcomes") {
                continue;
            }
            for row in self.of(part.table) {
                let Some(id) = row[0].clone() else { continue };
                let made = row.iter().zip(&self.kinds[n]).find(|(_, kind)| *kind == "timestamptz");
                let made = made.and_then(|(cell, _)| moment(cell.as_deref()?)).unwrap_or(self.head.opened);
                slots.insert(id, ids.len());
                ids.push(made);
            }
        }
        let known = self.known();
        let mut rows = Vec::new();
        let skipped = self.skipped();
        // what something costs matters to offers that are still made
        let costs = self.head.life == Life::Live;
        let written = |part: &Part| !part.case.is_empty() && (costs || part.table != "service_costs");
        for (n, part) in PARTS.iter().enumerate().filter(|(_, part)| written(part)) {
            for (at, row) in self.of(part.table).iter().enumerate() {
                if !row.iter().flatten().any(|cell| skipped.contains(cell)) {
                    rows.push((n, self.cells(n, at, row, &slots, &known)));
                }
            }
        }
        let places = |table: &str| -> Vec<usize> {
            self.of(table).iter().filter_map(|row| slots.get(row[0].as_deref()?).copied()).collect()
        };
        let mut talkers: Vec<String> =
            self.of("interactions").iter().map(|row| self.text("interactions", row, "by_id")).collect();
        talkers.retain(|by| !by.is_empty());
        talkers.sort();
        let last = self.of("interactions").iter().filter_map(|row| moment(&self.text("interactions", row, "at"))).max();
        let until = self.head.closed.or(last);
        Pattern {
            customer,
            life: self.head.life,
            reason: self.head.reason.clone(),
            rows,
            orders: places("orders"),
            offers: places("offers"),
            subscriptions: self.of("subscriptions").len(),
            approvals: self.of("approvals").len(),
            pending: self.of("approvals").iter().any(|row| self.text("approvals", row, "ended_at").is_empty()),
            presented: self.of("offer_presentations").len(),
            entries: self.of("interactions").len(),
            saved: self.of("outcomes").iter().any(|row| self.text("outcomes", row, "saved") == "true"),
            opened: self.head.opened,
            talk: self.head.acted.zip(until).filter(|(from, until)| from < until),
            talkers,
            ids,
            statuses: statuses
                .iter()
                .filter_map(|row| {
                    let why = cut(row[2].as_deref()?, &known);
                    Some((moment(row[0].as_deref()?)?, row[1].clone()?, why, row[3].clone()))
                })
                .collect(),
        }
    }

    /// Rows of settled cases that do not happen again, by their identity: looks after a save in every second case, as
    /// they were not always taken.
    fn skipped(&self) -> Vec<String> {
        if self.head.life != Life::Settled {
            return Vec::new();
        }
        let checked = self.head.number.parse::<i64>().is_ok_and(|number| number % 2 == 0);
        let unneeded = |row: &&Cells| !checked && self.text("follow_ups", row, "kind") == "check";
        let mut skipped: Vec<String> =
            self.of("follow_ups").iter().filter(unneeded).filter_map(|row| row[0].clone()).collect();
        let of_skipped = |row: &&Cells| skipped.contains(&self.text("deadlines", row, "subject_id"));
        let deadlines: Vec<String> =
            self.of("deadlines").iter().filter(of_skipped).filter_map(|row| row[0].clone()).collect();
        skipped.extend(deadlines);
        skipped
    }

    fn known(&self) -> Known {
        let cell = |table: &str, row: &Cells, column: &str| self.text(table, row, column);
        let contact = self.of.contacts.first().map(|row| cell("contacts", row, "name")).unwrap_or_default();
        Known {
            first: contact.split(' ').next().unwrap_or_default().to_owned(),
            name: cell("customers", &self.of.row, "name"),
            account: cell("customers", &self.of.row, "account_number"),
            case_number: self.head.number.clone(),
            orders: self.of("orders").iter().map(|row| cell("orders", row, "number")).collect(),
            around: DateTime::from_timestamp_micros(self.head.opened).unwrap_or_default().date_naive(),
        }
    }

    fn cells(&self, n: usize, nth: usize, row: &Cells, slots: &BTreeMap<String, usize>, known: &Known) -> Vec<Cell> {
        let table = PARTS[n].table;
        let running = table == "subscriptions" && self.text(table, row, "status") != "ended";
        let mut cells = Vec::new();
        for ((name, kind), cell) in self.columns[n].iter().zip(&self.kinds[n]).zip(row) {
            let Some(text) = cell else {
                cells.push(Cell::Null);
                continue;
            };
            cells.push(match (table, name.as_str(), kind.as_str()) {
                ("cases", "number", _) => Cell::CaseNumber,
                ("cases", "external_ref", _) => Cell::CaseRef,
                ("offers", "number", _) => Cell::Offer(nth),
                ("orders", "number", _) => Cell::Order(nth),
                ("subscriptions", "external_ref", _) => Cell::Subscription(nth),
                // found out anew
                ("outcomes", "undone_by", _) => Cell::Null,
                ("billing_lines", "invoice_number", _) => {
                    Cell::Text(vec![Piece::Same(escaped(text) + "-"), Piece::CaseNumber])
                }
                // of another subscription than those of this case
                ("billing_lines", "subscription_id", _) if !slots.contains_key(text) => Cell::Null,
                // a term that runs still ends on the same day
                ("subscriptions", "contract_ends_on", _) if running => Cell::Same(text.clone()),
                (_, _, "uuid") => match slots.get(text) {
                    Some(slot) => Cell::Id(*slot),
                    None => Cell::Same(text.clone()),
                },
                (_, _, "timestamptz") => match moment(text) {
                    // never, as yet
                    None | Some(0) => Cell::Same(text.clone()),
                    Some(at) => Cell::At(at),
                },
                (_, _, "date") => match text.parse::<NaiveDate>() {
                    Ok(day) => Cell::Day(day),
                    Err(_) => Cell::Same(text.clone()),
                },
                // codes and numbers have no words
                (_, _, "text") if text.contains([' ', '-']) => cut(text, known),
                _ => Cell::Same(escaped(text)),
            });
        }
        cells
    }
}
