//! Save rates told apart: by reason, by offer, by channel, by team; what became of orders; cases as the files they came
//! from sort them.

use std::collections::BTreeMap;

use super::super::change::{self, Better, Change};
use super::super::store::{Dimension, Group};
use super::super::{Figure, Sums, TeamChoice};
use super::ground::Ground;
use crate::accounts::People;
use crate::cases::Channel;
use crate::catalogue::{Catalogue, OfferType};
use crate::economics::FEWEST;
use crate::outcomes::OrderEnd;
use crate::reasons::Tree;

/// A card of save rates.
pub(super) struct Card {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// What it is told apart by.
    pub(super) of: &'static str,
    pub(super) rows: Rows<Rate>,
}

/// The rows of a table: the first of them, and the others, which open on demand.
pub(super) struct Rows<T> {
    pub(super) shown: Vec<T>,
    pub(super) more: Vec<T>,
}

impl<T> Rows<T> {
    fn cut(mut all: Vec<T>) -> Self {
        let more = all.split_off(all.len().min(ROWS));
        Self { shown: all, more }
    }
}

/// A row of it.
pub(super) struct Rate {
    pub(super) label: String,
    pub(super) percent: String,
    /// "74%", for the bar.
    pub(super) width: String,
    pub(super) href: String,
    pub(super) cases: i64,
    pub(super) cases_href: String,
    pub(super) change: Change,
    /// Too few cases to say much.
    pub(super) few: bool,
}

/// What became of some orders.
pub(super) struct OrderRow {
    pub(super) label: &'static str,
    pub(super) cases: i64,
    pub(super) href: String,
    pub(super) value: String,
    pub(super) value_href: String,
}

/// Cases that the files they came from sort alike.
pub(super) struct Category {
    pub(super) label: String,
    pub(super) cases: i64,
    pub(super) href: String,
    pub(super) lost: i64,
    pub(super) lost_href: String,
    pub(super) value: String,
    pub(super) value_href: String,
}

/// So many rows of a card are shown at once, those with the most cases.
const ROWS: usize = 9;

/// How values of a dimension are called.
pub(super) struct Names<'a> {
    pub(super) tree: &'a Tree,
    pub(super) offers: Vec<OfferType>,
    pub(super) people: &'a People,
}

impl<'a> Names<'a> {
    pub(super) fn new(tree: &'a Tree, catalogue: &Catalogue, people: &'a People, ground: &Ground) -> Self {
        Self { tree, offers: catalogue.all(ground.now), people }
    }

    pub(super) fn offer(&self, code: &str) -> String {
        let found = self.offers.iter().find(|one| one.code == code);
        found.map_or_else(|| code.to_owned(), |one| one.name.clone())
    }

    fn team(&self, id: &str) -> String {
        let teams = self.people.teams();
        let team = teams.into_iter().find(|team| team.id.to_string() == id);
        team.map_or_else(|| "No team".to_owned(), |team| team.name)
    }

    /// The team that a report is about, where it is about one.
    pub(super) fn team_of(&self, choice: TeamChoice) -> Option<String> {
        (choice != TeamChoice::All).then(|| self.team(&choice.text()))
    }

    /// The part of the desk in words: "North, all lines, amounts in USD".
    pub(super) fn part_of(&self, ground: &Ground) -> String {
        let team = self.team_of(ground.segment.team).unwrap_or_else(|| "All teams".to_owned());
        let line = ground.segment.line.as_deref().unwrap_or("all lines");
        format!("{team}, {line}, amounts in {}", ground.segment.currency.code())
    }

    /// How a value of a dimension is called.
    pub(super) fn of(&self, dimension: Dimension, value: &str) -> String {
        match dimension {
            Dimension::Reason => self.tree.find(value).map_or_else(|| value.to_owned(), |one| one.name.clone()),
            Dimension::Deeper => self.tree.path(value),
            Dimension::Offer if value.is_empty() => "No offer made".to_owned(),
            Dimension::Offer => self.offer(value),
            Dimension::Channel => {
                Channel::from_name(value).map_or_else(|| value.to_owned(), |one| one.label().to_owned())
            }
            Dimension::Team => self.team(value),
            Dimension::Category => value.to_owned(),
            Dimension::Order => {
                OrderEnd::from_name(value).map_or_else(|| value.to_owned(), |one| one.label().to_owned())
            }
        }
    }
}

/// The cards of save rates. That of teams is there only where there is more than one.
pub(super) fn cards(ground: &Ground, groups: &[Group], names: &Names<'_>) -> Vec<Card> {
    let card = |id, title, of, dimension| Card { id, title, of, rows: rates(ground, groups, names, dimension) };
    let mut cards = vec![
        card("by-reason", "Save rate by reason", "Reason", Dimension::Reason),
        card("by-offer", "Save rate by offer", "Offer", Dimension::Offer),
        card("by-channel", "Save rate by channel", "Channel", Dimension::Channel),
        card("by-team", "Save rate by team", "Team", Dimension::Team),
    ];
    cards.retain(|card| card.id != "by-team" || card.rows.shown.len() > 1);
    cards
}

/// Both spans of each value; reasons by their level 1.
pub(super) fn by_value(ground: &Ground, groups: &[Group], dimension: Dimension) -> BTreeMap<String, (Sums, Sums)> {
    let mut values: BTreeMap<String, (Sums, Sums)> = BTreeMap::new();
    let ours = |group: &&Group| group.dimension == dimension && group.currency == ground.segment.currency;
    for group in groups.iter().filter(ours) {
        let value = match dimension {
            Dimension::Reason => group.value.split('.').next().unwrap_or_default(),
            _ => &group.value,
        };
        let both = values.entry(value.to_owned()).or_default();
        *(if group.now { &mut both.0 } else { &mut both.1 }) += group.sums;
    }
    values
}

/// Those with the most cases, and then the others; in both the best first.
fn rates(ground: &Ground, groups: &[Group], names: &Names<'_>, dimension: Dimension) -> Rows<Rate> {
    let values = by_value(ground, groups, dimension);
    let mut values: Vec<_> = values.into_iter().filter(|(_, (now, _))| now.decided > 0).collect();
    values.sort_by_key(|(_, (now, _))| std::cmp::Reverse(now.decided));
    let rate = |(value, (now, before)): (String, (Sums, Sums))| {
        let narrow = narrow(dimension, &value);
        Rate {
            label: names.of(dimension, &value),
            percent: now.save_rate().map_or_else(String::new, |rate| format!("{:.0}%", rate * 100.0)),
            width: now.save_rate().map_or_else(String::new, |rate| format!("{:.1}%", rate * 100.0)),
            href: ground.now_rows(Figure::Saves, &narrow),
            cases: now.decided,
            cases_href: ground.now_rows(Figure::Decided, &narrow),
            change: change::of_share((now.saves, now.decided), (before.saves, before.decided), Better::More),
            few: now.decided < FEWEST,
        }
    };
    let best_first = |mut values: Vec<(String, (Sums, Sums))>| {
        values.sort_by(|a, b| b.1.0.save_rate().partial_cmp(&a.1.0.save_rate()).unwrap_or(std::cmp::Ordering::Equal));
        values.into_iter().map(rate).collect()
    };
    let Rows { shown, more } = Rows::cut(values);
    Rows { shown: best_first(shown), more: best_first(more) }
}

/// How an address says it.
fn narrow(dimension: Dimension, value: &str) -> Vec<(&'static str, &str)> {
    match dimension {
        Dimension::Reason | Dimension::Deeper => vec![("reason", value)],
        Dimension::Offer => vec![("offer", if value.is_empty() { "none" } else { value })],
        Dimension::Channel => vec![("channel", value)],
        Dimension::Order => vec![("order", value)],
        Dimension::Category => vec![("category", value)],
        Dimension::Team if value == uuid::Uuid::nil().to_string() => vec![("team", "none")],
        Dimension::Team => vec![("team", value)],
    }
}

/// What became of orders, in the order of the endings.
pub(super) fn orders(ground: &Ground, groups: &[Group]) -> Vec<OrderRow> {
    let values = by_value(ground, groups, Dimension::Order);
    let rows = OrderEnd::ALL.iter().filter_map(|end| {
        let now = values.get(end.name()).map(|(now, _)| *now).filter(|now| now.decided > 0)?;
        Some(OrderRow {
            label: end.label(),
            cases: now.decided,
            href: ground.now_rows(Figure::Decided, &[("order", end.name())]),
            value: ground.money(now.one_off_minor).short(),
            value_href: ground.now_rows(Figure::OneOff, &[("order", end.name())]),
        })
    });
    rows.collect()
}

/// The categories of the files that cases came from, word for word, those with the most cases first.
pub(super) fn categories(ground: &Ground, groups: &[Group]) -> Rows<Category> {
    let values = by_value(ground, groups, Dimension::Category);
    let mut values: Vec<_> = values.into_iter().filter(|(_, (now, _))| now.closed > 0).collect();
    values.sort_by_key(|(_, (now, _))| std::cmp::Reverse(now.closed));
    let row = |(label, (now, _)): (String, (Sums, Sums))| {
        let href = |figure| ground.now_rows(figure, &narrow(Dimension::Category, &label));
        Category {
            cases: now.closed,
            href: href(Figure::Closed),
            lost: now.decided - now.saves,
            lost_href: href(Figure::Lost),
            value: ground.money(now.risk_minor).short(),
            value_href: href(Figure::AtRisk),
            label,
        }
    };
    Rows::cut(values.into_iter().map(row).collect())
}
