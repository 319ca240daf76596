//! Views: lists with a name. Some every desk has, some people saved for themselves or shared.

use std::collections::HashMap;

use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder, Row as _};

use super::filter::{DueBy, Filter, Owner, Seen};
use super::store::{Sum, Summary};
use crate::cases::{Kind, WaitingOn};
use crate::error::Result;
use crate::ids::{TeamId, ViewId};

/// "Over an amount": in whole units of the case's currency.
const OVER: i64 = 10_000;

/// A list with a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct View {
    pub(super) name: String,
    pub(super) filter: Filter,
    /// The saved one that it is.
    pub(super) saved: Option<ViewId>,
    /// Whether it is the reader's own to change.
    pub(super) own: bool,
}

impl View {
    fn new(name: impl Into<String>, filter: Filter) -> Self {
        Self { name: name.into(), filter, saved: None, own: false }
    }

    pub(super) fn saved(id: ViewId, name: String, query: &str, own: bool) -> Self {
        Self { name, filter: Filter::read(query), saved: Some(id), own }
    }
}

/// The views over the list: what every desk has, then what was saved.
pub(super) fn strip(saved: Vec<View>) -> Vec<View> {
    let any = Filter::default;
    let mut views = vec![
        View::new("My queue", Filter::mine()),
        View::new("Due today", Filter { due: Some(DueBy::Today), ..any() }),
        View::new("Overdue", Filter { due: Some(DueBy::Overdue), ..any() }),
        View::new("Unassigned", Filter { owner: Some(Owner::Nobody), ..any() }),
        View::new("Over 10,000", Filter { over: Some(OVER), ..any() }),
        View::new("All open", any()),
    ];
    views.extend(saved);
    views
}

/// Views under one heading of the menu.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Heading {
    pub(super) name: &'static str,
    pub(super) views: Vec<View>,
}

/// The views in the menu: what waits on whom, each kind, each team.
pub(super) fn menu(teams: &[(TeamId, String)]) -> Vec<Heading> {
    let any = Filter::default;
    let waiting = WaitingOn::ALL.map(|on| View::new(on.label(), Filter { waiting: Some(on), ..any() }));
    let kinds = Kind::ALL.iter().map(|kind| View::new(kind.label(), Filter { kind: Some(*kind), ..any() }));
    let teams = teams.iter().map(|(id, name)| View::new(name, Filter { team: Some(*id), ..any() }));
    [("Waiting", waiting.to_vec()), ("Kind", kinds.collect()), ("Team", teams.collect())]
        .map(|(name, views)| Heading { name, views })
        .into_iter()
        .filter(|heading| !heading.views.is_empty())
        .collect()
}

/// How many cases each view holds; none for views of closed cases, which nobody has to work.
#[derive(Default, Debug)]
pub(super) struct Counts {
    one_by_one: Vec<(Filter, i64)>,
    kinds: HashMap<String, i64>,
    teams: HashMap<TeamId, i64>,
    waiting: HashMap<String, i64>,
    all: Summary,
}

impl Counts {
    pub(super) fn of(&self, filter: &Filter) -> Option<i64> {
        if filter.closed {
            return None;
        }
        match simple(filter) {
            Some(Simple::All) => Some(self.all.cases),
            Some(Simple::Kind(kind)) => Some(self.kinds.get(kind.name()).copied().unwrap_or(0)),
            Some(Simple::Team(team)) => Some(self.teams.get(&team).copied().unwrap_or(0)),
            Some(Simple::Waiting(on)) => Some(self.waiting.get(on.name()).copied().unwrap_or(0)),
            None => self.one_by_one.iter().find(|(other, _)| other == filter).map(|(_, count)| *count),
        }
    }
}

impl Counts {
    /// What all live cases are worth, if that is what a list holds: the counts know it already.
    pub(super) fn summary(&self, filter: &Filter) -> Option<&Summary> {
        (*filter == Filter::default()).then_some(&self.all)
    }
}

/// A filter that the groups of the query count by themselves.
enum Simple {
    All,
    Kind(Kind),
    Team(TeamId),
    Waiting(WaitingOn),
}

fn simple(filter: &Filter) -> Option<Simple> {
    let any = Filter::default;
    if *filter == any() {
        return Some(Simple::All);
    }
    match (filter.kind, filter.team, filter.waiting) {
        (Some(kind), ..) if *filter == (Filter { kind: Some(kind), ..any() }) => Some(Simple::Kind(kind)),
        (_, Some(team), _) if *filter == (Filter { team: Some(team), ..any() }) => Some(Simple::Team(team)),
        (.., Some(on)) if *filter == (Filter { waiting: Some(on), ..any() }) => Some(Simple::Waiting(on)),
        _ => None,
    }
}

#[derive(FromRow)]
struct Group {
    kind: String,
    team_id: Option<TeamId>,
    waiting_on: Option<String>,
    #[sqlx(flatten)]
    sum: Sum,
}

/// How many columns a group has before the views that are counted one by one.
const COLUMNS: usize = 9;

/// Counts every view in one pass over the live cases.
pub(super) async fn count<'v>(
    connection: &mut PgConnection,
    views: impl Iterator<Item = &'v View>,
    seen: &Seen,
) -> Result<Counts> {
    let mut counts = Counts::default();
    for View { filter, .. } in views {
        let known = counts.one_by_one.iter().any(|(other, _)| other == filter);
        if !filter.closed && simple(filter).is_none() && !known {
            counts.one_by_one.push((filter.clone(), 0));
        }
    }
    let mut sql: QueryBuilder<Postgres> = QueryBuilder::new("select c.kind, c.team_id, c.waiting_on, ");
    Sum::push(&mut sql, seen);
    for (filter, _) in &counts.one_by_one {
        sql.push(", count(*) filter (where true");
        filter.push_narrowing(&mut sql, seen);
        sql.push(")");
    }
    // in the order of an index, so that nothing is sorted
    sql.push(" from cases c where c.stage <> 'closed' group by c.kind, c.team_id, c.waiting_on, c.currency");
    let mut sums = Vec::new();
    for row in sql.build().fetch_all(connection).await? {
        let group = Group::from_row(&row)?;
        let cases = group.sum.cases;
        *counts.kinds.entry(group.kind).or_default() += cases;
        if let Some(team) = group.team_id {
            *counts.teams.entry(team).or_default() += cases;
        }
        if let Some(on) = group.waiting_on {
            *counts.waiting.entry(on).or_default() += cases;
        }
        for (place, (_, count)) in counts.one_by_one.iter_mut().enumerate() {
            *count += row.try_get::<i64, _>(COLUMNS + place)?;
        }
        sums.push(group.sum);
    }
    counts.all = Summary::new(sums);
    Ok(counts)
}

/// The name of a list: its view's, or what it is.
pub(super) fn title<'v>(mut views: impl Iterator<Item = &'v View>, filter: &Filter) -> String {
    match views.find(|view| view.filter == *filter) {
        Some(view) => view.name.clone(),
        None if filter.closed => "Closed cases".to_owned(),
        None if filter.owner == Some(Owner::Me) => "My queue, filtered".to_owned(),
        None => "Open cases, filtered".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_of_one_thing_are_counted_by_its_groups() {
        let team = TeamId::new();
        for heading in menu(&[(team, "North".to_owned())]) {
            assert!(heading.views.iter().all(|view| simple(&view.filter).is_some()), "{}", heading.name);
        }
        let counts = Counts {
            kinds: [("complaint".to_owned(), 3)].into(),
            all: Summary { cases: 9, ..Summary::default() },
            ..Counts::default()
        };
        assert_eq!(counts.of(&Filter::read("kind=complaint")), Some(3));
        assert_eq!(counts.of(&Filter::read("kind=win_back")), Some(0));
        assert_eq!(counts.of(&Filter::read("kind=complaint&owner=me")), None);
        assert_eq!(counts.of(&Filter::default()), Some(9));
        assert_eq!(counts.of(&Filter::read("closed=1")), None);
    }

    #[test]
    fn a_list_is_called_by_its_view() {
        let views = strip(vec![View::saved(ViewId::new(), "Mine abroad".to_owned(), "owner=me&kind=complaint", true)]);
        assert_eq!(title(views.iter(), &Filter::read("kind=complaint&owner=me")), "Mine abroad");
        assert_eq!(title(views.iter(), &Filter::mine()), "My queue");
        assert_eq!(title(views.iter(), &Filter::read("kind=complaint")), "Open cases, filtered");
    }
}
