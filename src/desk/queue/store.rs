//! What the queue reads: rows of a list by key, and how many there are and what they are worth.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};

use super::due::Group;
use super::filter::{Filter, Seen};
use super::views::View;
use crate::db::{self, part};
use crate::error::Result;
use crate::ids::{CaseId, CustomerId, UserId, ViewId};
use crate::money::{Currency, Money};

/// A case as lists show it.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Row {
    pub(super) id: CaseId,
    pub(super) number: i64,
    pub(super) version: i64,
    pub(super) customer: String,
    pub(super) account_number: Option<String>,
    pub(super) kind: String,
    pub(super) channel: String,
    pub(super) stage: String,
    pub(super) waiting_on: Option<String>,
    pub(super) outcome: Option<String>,
    pub(super) stated_reason: String,
    pub(super) reason: Option<String>,
    pub(super) value_at_risk_minor: i64,
    pub(super) value_kept_minor: Option<i64>,
    pub(super) currency: Currency,
    pub(super) priority: i16,
    pub(super) next_action: Option<String>,
    pub(super) next_due_at: Option<DateTime<Utc>>,
    pub(super) next_due_from: Option<DateTime<Utc>>,
    pub(super) next_due_because: Option<String>,
    pub(super) opened_at: DateTime<Utc>,
    pub(super) closed_at: Option<DateTime<Utc>>,
    pub(super) owner: Option<String>,
    pub(super) team: Option<String>,
    pub(super) product: Option<String>,
    pub(super) quantity: Option<i32>,
    pub(super) order_number: Option<String>,
}

impl Row {
    pub(super) fn value(&self) -> Money {
        Money::new(self.value_at_risk_minor, self.currency)
    }

    /// Its place in a list.
    pub(super) fn key(&self, closed: bool) -> Key {
        if closed { Key(self.closed_at, 0, self.id) } else { Key(self.next_due_at, self.value_at_risk_minor, self.id) }
    }
}

/// A place in a list: when it is due (none: never), what is at risk, which. Of closed cases: when it closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Key(pub(super) Option<DateTime<Utc>>, pub(super) i64, pub(super) CaseId);

/// Which part of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// From the start.
    First,
    /// What follows a place.
    After(Key),
    /// What precedes a place.
    Before(Key),
}

/// One page of a list.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) rows: Vec<Row>,
    pub(super) before: bool,
    pub(super) after: bool,
}

/// What lists show of a case. The customer's words can be long, so pages leave them where they are.
fn columns(words: bool) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(if words { "c.stated_reason" } else { "'' as stated_reason" });
    sql.push(
        ", c.id, c.number, c.version, cu.name as customer, listed_account(cu.account_number, cu.cpni) as account_number, c.kind, c.channel, c.stage, c.waiting_on,
            c.outcome, r.name as reason, c.value_at_risk_minor, c.value_kept_minor, c.currency, c.priority,
            c.next_action, c.next_due_at, c.next_due_from, c.next_due_because, c.opened_at, c.closed_at,
            u.name as owner, t.name as team, s.product, s.quantity, o.number as order_number
        from ",
    );
    sql
}

const JOINS: &str = "
    join customers cu on cu.id = c.customer_id
    left join reasons r on r.code = c.reason
    left join users u on u.id = c.owner_id
    left join teams t on t.id = c.team_id
    left join subscriptions s on s.id = c.subscription_id
    left join orders o on o.id = c.order_id";

/// Begins a query for rows, up to its condition.
fn select() -> QueryBuilder<Postgres> {
    let mut sql = columns(true);
    sql.push("cases c").push(JOINS).push(" where ");
    sql
}

/// A page of a list: most urgent first, and of what is due at the same time the most at risk first; closed cases from
/// the newest on.
pub(super) async fn page(
    connection: &mut PgConnection,
    filter: &Filter,
    seen: &Seen,
    part: Part,
    limit: usize,
) -> Result<Page> {
    let backward = matches!(part, Part::Before(_));
    let order = match (filter.closed, backward) {
        (false, false) => " order by coalesce(c.next_due_at, 'infinity'), c.value_at_risk_minor desc, c.id",
        (false, true) => " order by coalesce(c.next_due_at, 'infinity') desc, c.value_at_risk_minor, c.id desc",
        (true, false) => " order by c.closed_at desc, c.id",
        (true, true) => " order by c.closed_at, c.id desc",
    };
    // which cases: an index alone knows; only theirs are then read
    let mut sql = columns(false);
    sql.push("(select c.id from cases c where ");
    filter.push(&mut sql, seen);
    if let Part::After(key) | Part::Before(key) = part {
        push_place(&mut sql, key, filter.closed, backward);
    }
    // written out: a limit that the planner does not know keeps it from planning the statement once for all
    sql.push(order).push(format_args!(" limit {}", limit + 1));
    sql.push(") as page join cases c on c.id = page.id").push(JOINS).push(order);
    let mut rows: Vec<Row> = sql.build_query_as().fetch_all(connection).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    if backward {
        rows.reverse();
    }
    let came_from = part != Part::First;
    Ok(Page { rows, before: if backward { more } else { came_from }, after: if backward { true } else { more } })
}

/// Beyond a place. The first condition repeats what the rest implies, so that an index is entered at the place.
fn push_place(sql: &mut QueryBuilder<Postgres>, Key(at, value, id): Key, closed: bool, backward: bool) {
    let (less, more) = if backward { (">", "<") } else { ("<", ">") };
    let key = if closed { "c.closed_at" } else { "coalesce(c.next_due_at, 'infinity')" };
    let on = if closed { less } else { more };
    sql.push(format_args!(" and {key} {on}= coalesce(")).push_bind(at);
    sql.push(format_args!(", 'infinity') and ({key} {on} coalesce(")).push_bind(at);
    if closed {
        sql.push(format_args!(", 'infinity') or c.id {more} ")).push_bind(id);
        sql.push(")");
        return;
    }
    sql.push(format_args!(", 'infinity') or c.value_at_risk_minor {less} ")).push_bind(value);
    sql.push(" or (c.value_at_risk_minor = ").push_bind(value);
    sql.push(format_args!(" and c.id {more} ")).push_bind(id);
    sql.push("))");
}

/// One case as lists show it.
pub(super) async fn row(connection: &mut PgConnection, case: CaseId) -> Result<Row> {
    let mut sql = select();
    sql.push("c.id = ").push_bind(case);
    Ok(sql.build_query_as().fetch_one(connection).await?)
}

/// The cases of a list that follow one, by their number, for a file: that order holds while people work.
pub(super) async fn by_number(
    connection: &mut PgConnection,
    filter: &Filter,
    seen: &Seen,
    after: i64,
    limit: i64,
) -> Result<Vec<Row>> {
    let mut sql = select();
    filter.push(&mut sql, seen);
    sql.push(" and c.number > ").push_bind(after);
    sql.push(" order by c.number limit ").push_bind(limit);
    Ok(sql.build_query_as().fetch_all(connection).await?)
}

/// What is summed up of cases in one currency.
#[derive(FromRow)]
pub(super) struct Sum {
    currency: Currency,
    pub(super) cases: i64,
    value: i64,
    soon: i64,
    today: i64,
    never: i64,
}

impl Sum {
    /// Its columns of table alias `c`.
    pub(super) fn push(sql: &mut QueryBuilder<Postgres>, seen: &Seen) {
        let soon = Group::soon(seen);
        sql.push(
            "c.currency, count(*) as cases, sum(c.value_at_risk_minor)::bigint as value,
            count(*) filter (where c.next_due_at < ",
        );
        sql.push_bind(soon).push(") as soon, count(*) filter (where c.next_due_at >= ").push_bind(soon);
        sql.push(" and c.next_due_at < ").push_bind(seen.midnight(1));
        sql.push(") as today, count(*) filter (where c.next_due_at is null) as never");
    }
}

/// So many closed cases are counted at most: there are ever more of them, and what they come to is in the reports.
const COUNTED: i64 = 10_000;

/// How many cases a list holds, what they are worth, and how many stand under each heading.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Summary {
    pub(super) cases: i64,
    /// There are more than were counted; what they are worth is not told.
    pub(super) more: bool,
    /// One sum per currency, that of most cases first.
    pub(super) at_risk: Vec<Money>,
    pub(super) soon: i64,
    pub(super) today: i64,
    pub(super) never: i64,
}

impl Summary {
    /// Brings sums together; the currency of most cases comes first.
    pub(super) fn new(sums: impl IntoIterator<Item = Sum>) -> Self {
        let mut summary = Self::default();
        let mut currencies: Vec<(i64, Money)> = Vec::new();
        for sum in sums {
            summary.cases += sum.cases;
            summary.soon += sum.soon;
            summary.today += sum.today;
            summary.never += sum.never;
            match currencies.iter_mut().find(|(_, value)| value.currency == sum.currency) {
                Some((cases, value)) => {
                    *cases += sum.cases;
                    value.minor += sum.value;
                }
                None => currencies.push((sum.cases, Money::new(sum.value, sum.currency))),
            }
        }
        currencies.sort_by(|(some, one), (more, other)| {
            more.cmp(some).then_with(|| one.currency.code().cmp(other.currency.code()))
        });
        summary.at_risk = currencies.into_iter().map(|(_, value)| value).collect();
        summary
    }

    pub(super) fn of(&self, group: Group) -> i64 {
        match group {
            Group::Soon => self.soon,
            Group::Today => self.today,
            Group::Never => self.never,
            Group::Later => self.cases - self.soon - self.today - self.never,
        }
    }
}

/// Counts and sums up a list; of closed cases as far as pages tell.
pub(super) async fn summary(connection: &mut PgConnection, filter: &Filter, seen: &Seen) -> Result<Summary> {
    let mut sql = QueryBuilder::new("select ");
    Sum::push(&mut sql, seen);
    sql.push(" from (select c.currency, c.value_at_risk_minor, c.next_due_at from cases c where ");
    filter.push(&mut sql, seen);
    if filter.closed {
        sql.push(format_args!(" limit {}", COUNTED + 1));
    }
    sql.push(") c group by c.currency");
    let sums: Vec<Sum> = sql.build_query_as().fetch_all(connection).await?;
    let summary = Summary::new(sums);
    if filter.closed && summary.cases > COUNTED {
        return Ok(Summary { cases: COUNTED, more: true, ..Summary::default() });
    }
    Ok(summary)
}

/// Counts a list, whole.
pub(super) async fn count(connection: &mut PgConnection, filter: &Filter, seen: &Seen) -> Result<i64> {
    let mut sql = QueryBuilder::new("select count(*) from cases c where ");
    filter.push(&mut sql, seen);
    Ok(sql.build_query_scalar().fetch_one(connection).await?)
}

/// Of some cases those that came into a list since a moment: opened, or handed over.
pub(in crate::desk) async fn news(
    connection: &mut PgConnection,
    filter: &Filter,
    seen: &Seen,
    among: &[CaseId],
    since: DateTime<Utc>,
) -> Result<Vec<CaseId>> {
    let among: Vec<_> = among.iter().map(|case| case.uuid()).collect();
    let mut sql = QueryBuilder::new("select c.id from cases c where c.id = any(");
    sql.push_bind(among).push(") and ");
    filter.push(&mut sql, seen);
    sql.push(" and (c.opened_at >= ").push_bind(since);
    sql.push(" or exists (select from case_changes h where h.case_id = c.id and h.field = 'owner' and h.at >= ");
    sql.push_bind(since).push("))");
    Ok(sql.build_query_scalar().fetch_all(connection).await?)
}

/// What the header of the preview says beside the row.
#[derive(Deserialize)]
pub(super) struct Beside {
    pub(super) customer: CustomerId,
    pub(super) since: Option<chrono::NaiveDate>,
    pub(super) paid_minor: i64,
    pub(super) paid_currency: Currency,
    pub(super) leaves_on: Option<chrono::NaiveDate>,
    pub(super) just_cancel: bool,
    pub(super) reason_above: Option<String>,
    /// A promise of the case was broken.
    pub(super) broken: bool,
    /// A promise of the case is late.
    pub(super) overdue: bool,
}

pub(super) fn beside(case: CaseId, now: DateTime<Utc>) -> db::Part<Beside> {
    part!(
        Beside,
        r#"
        select c.customer_id as "customer: CustomerId", cu.customer_since as since,
            cu.paid_total_minor - cu.refunded_total_minor as "paid_minor!", cu.currency as "paid_currency: Currency",
            c.leaves_on, c.just_cancel, above.name as "reason_above?",
            exists (select from promises p where p.case_id = c.id and p.stage = 'broken') as "broken!",
            exists (
                select from promises p where p.case_id = c.id and p.stage = 'open' and p.due_at < $2
            ) as "overdue!"
        from cases c
        join customers cu on cu.id = c.customer_id
        left join reasons r on r.code = c.reason
        left join reasons above on above.code = r.parent_code
        where c.id = $1
        "#,
        case as CaseId,
        now,
    )
}

/// A case that somebody is about to give away.
pub(super) struct Given {
    pub(super) id: CaseId,
    pub(super) number: i64,
    pub(super) customer: String,
}

pub(super) async fn given(connection: &mut PgConnection, cases: &[CaseId]) -> Result<Vec<Given>> {
    let cases: Vec<_> = cases.iter().map(|case| case.uuid()).collect();
    Ok(sqlx::query_as!(
        Given,
        r#"
        select c.id as "id: CaseId", c.number, cu.name as customer
        from unnest($1::uuid[]) with ordinality as chosen (id, place)
        join cases c on c.id = chosen.id
        join customers cu on cu.id = c.customer_id
        order by chosen.place
        "#,
        &cases,
    )
    .fetch_all(connection)
    .await?)
}

/// The views that somebody saved and that others shared.
pub(super) async fn saved(connection: &mut PgConnection, me: Option<UserId>) -> Result<Vec<View>> {
    let rows = sqlx::query!(
        r#"
        select id as "id: ViewId", name, query, owner_id is not distinct from $1 as "own!"
        from queue_views
        where owner_id = $1 or shared
        order by position, lower(name), id
        "#,
        me as Option<UserId>,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| View::saved(row.id, row.name, &row.query, row.own)).collect())
}
