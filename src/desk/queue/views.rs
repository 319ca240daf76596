//! Views: lists with a name. Some every desk has, some people saved for themselves or shared.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder, Row as _};

use super::filter::{DueBy, Filter, Owner, Seen};
use super::store::{Sum, Summary};
use crate::cases::{Kind, WaitingOn};
use crate::db::Db;
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
#[derive(Debug)]
pub(super) struct Counts {
    everybodys: Arc<Everybodys>,
    /// Cases of whoever looks: all of them, and by views of theirs.
    mine: i64,
    my_views: Vec<(Filter, i64)>,
}

/// Of views that hold the same for everybody.
#[derive(Default, Debug)]
struct Everybodys {
    one_by_one: Vec<(Filter, i64)>,
    kinds: HashMap<String, i64>,
    teams: HashMap<TeamId, i64>,
    waiting: HashMap<String, i64>,
    all: Summary,
}

fn found(counted: &[(Filter, i64)], filter: &Filter) -> Option<i64> {
    counted.iter().find(|(other, _)| other == filter).map(|(_, count)| *count)
}

impl Counts {
    pub(super) fn of(&self, filter: &Filter) -> Option<i64> {
        let everybodys = &self.everybodys;
        if filter.closed {
            return None;
        }
        if *filter == Filter::mine() {
            return Some(self.mine);
        }
        match simple(filter) {
            Some(Simple::All) => Some(everybodys.all.cases),
            Some(Simple::Kind(kind)) => Some(everybodys.kinds.get(kind.name()).copied().unwrap_or(0)),
            Some(Simple::Team(team)) => Some(everybodys.teams.get(&team).copied().unwrap_or(0)),
            Some(Simple::Waiting(on)) => Some(everybodys.waiting.get(on.name()).copied().unwrap_or(0)),
            None => found(&everybodys.one_by_one, filter).or_else(|| found(&self.my_views, filter)),
        }
    }

    /// What all live cases are worth, if that is what a list holds: the counts know it already.
    pub(super) fn summary(&self, filter: &Filter) -> Option<&Summary> {
        (*filter == Filter::default()).then_some(&self.everybodys.all)
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

/// Counts every view; `mine` is how many live cases whoever looks owns.
pub(super) async fn count<'v>(
    db: &Db,
    connection: &mut PgConnection,
    views: impl Iterator<Item = &'v View>,
    seen: &Seen,
    mine: i64,
) -> Result<Counts> {
    let (mut others, mut ours) = (Vec::new(), Vec::new());
    for View { filter, .. } in views {
        if filter.closed || simple(filter).is_some() || *filter == Filter::mine() {
            continue;
        }
        let list = if filter.owner == Some(Owner::Me) { &mut ours } else { &mut others };
        if !list.contains(filter) {
            list.push(filter.clone());
        }
    }
    let my_views = if ours.is_empty() { Vec::new() } else { count_mine(connection, ours, seen).await? };
    let question = others.iter().fold(seen.zone.to_string(), |text, filter| format!("{text} {}", filter.query()));
    let everybodys = db.lately(&question, count_everybodys(connection, others, seen)).await?;
    Ok(Counts { everybodys, mine, my_views })
}

fn push_counts(sql: &mut QueryBuilder<Postgres>, filters: &[Filter], seen: &Seen) {
    for filter in filters {
        sql.push(", count(*) filter (where true");
        filter.push_narrowing(sql, seen);
        sql.push(")");
    }
}

/// Views of one's own cases, in one pass over these.
async fn count_mine(connection: &mut PgConnection, filters: Vec<Filter>, seen: &Seen) -> Result<Vec<(Filter, i64)>> {
    let mut sql: QueryBuilder<Postgres> = QueryBuilder::new("select count(*)");
    push_counts(&mut sql, &filters, seen);
    sql.push(" from cases c where ");
    Filter::mine().push(&mut sql, seen);
    let row = sql.build().fetch_one(connection).await?;
    let counted = filters.into_iter().enumerate().map(|(place, filter)| Ok((filter, row.try_get(1 + place)?)));
    counted.collect()
}

/// The others, in one pass over the live cases.
async fn count_everybodys(connection: &mut PgConnection, filters: Vec<Filter>, seen: &Seen) -> Result<Everybodys> {
    let mut sql: QueryBuilder<Postgres> = QueryBuilder::new("select c.kind, c.team_id, c.waiting_on, ");
    Sum::push(&mut sql, seen);
    push_counts(&mut sql, &filters, seen);
    // in the order of an index, so that nothing is sorted
    sql.push(" from cases c where c.stage <> 'closed' group by c.kind, c.team_id, c.waiting_on, c.currency");
    let one_by_one = filters.into_iter().map(|filter| (filter, 0)).collect();
    let mut counts = Everybodys { one_by_one, ..Everybodys::default() };
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
        let everybodys = Everybodys {
            kinds: [("complaint".to_owned(), 3)].into(),
            all: Summary { cases: 9, ..Summary::default() },
            ..Everybodys::default()
        };
        let counts = Counts { everybodys: Arc::new(everybodys), mine: 4, my_views: Vec::new() };
        assert_eq!(counts.of(&Filter::mine()), Some(4));
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
