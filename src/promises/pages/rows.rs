//! What the list reads.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};

use super::super::{Show, Stage, Whose};
use crate::auth::Actor;
use crate::error::Result;
use crate::ids::{CaseId, DepartmentId, PromiseId, TeamId, UserId};
use crate::money::{Currency, Money};

/// A promise is about to be late so long before it is.
const SOON: TimeDelta = TimeDelta::hours(24);

/// Which promises a list holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filter {
    whose: Option<Owner>,
    pub(super) show: Show,
    now: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug)]
enum Owner {
    Person(UserId),
    Team(TeamId),
    Department(DepartmentId),
}

impl Filter {
    pub(super) fn new(whose: Whose, show: Show, actor: &Actor, now: DateTime<Utc>) -> Self {
        let whose = match whose {
            Whose::Mine => actor.id.map(Owner::Person),
            Whose::Team => actor.team.map(Owner::Team),
            Whose::Department => actor.department.map(Owner::Department),
            Whose::Everyone => None,
        };
        Self { whose, show, now }
    }

    fn push_whose(&self, sql: &mut QueryBuilder<Postgres>) {
        match self.whose {
            None => sql.push("true"),
            Some(Owner::Person(id)) => sql.push("p.owner_id = ").push_bind(id),
            Some(Owner::Department(id)) => sql.push("p.department_id = ").push_bind(id),
            Some(Owner::Team(id)) => {
                sql.push("p.owner_id in (select t.id from users t where t.team_id = ").push_bind(id).push(")")
            }
        };
    }

    fn push_show(&self, sql: &mut QueryBuilder<Postgres>) {
        match self.show {
            Show::Open => sql.push(" and p.stage = 'open'"),
            Show::Late => sql.push(" and p.stage = 'open' and p.due_at < ").push_bind(self.now),
            Show::Soon => {
                sql.push(" and p.stage = 'open' and p.due_at >= ").push_bind(self.now);
                sql.push(" and p.due_at < ").push_bind(self.now + SOON)
            }
            Show::Over => sql.push(" and p.stage <> 'open'"),
        };
    }
}

/// A promise in the list.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Row {
    pub(super) id: PromiseId,
    pub(super) case_id: CaseId,
    pub(super) number: i64,
    pub(super) customer: String,
    pub(super) account_number: Option<String>,
    pub(super) what: String,
    pub(super) department: Option<String>,
    pub(super) owner: String,
    pub(super) due_at: DateTime<Utc>,
    pub(super) because: String,
    pub(super) made_at: DateTime<Utc>,
    cost_minor: i64,
    currency: Currency,
    pub(super) stage: Stage,
    pub(super) ended_at: Option<DateTime<Utc>>,
    pub(super) moved: i64,
}

impl Row {
    pub(super) fn cost(&self) -> Money {
        Money::new(self.cost_minor, self.currency)
    }

    /// Its place in the list: when it is due, or when it was over.
    pub(super) fn place(&self) -> (DateTime<Utc>, PromiseId) {
        (self.ended_at.unwrap_or(self.due_at), self.id)
    }
}

/// A page of the list: what is owed from the soonest on, what is over from the newest on.
pub(super) async fn page(
    connection: &mut PgConnection,
    filter: &Filter,
    after: Option<(DateTime<Utc>, PromiseId)>,
    limit: usize,
) -> Result<Vec<Row>> {
    let (key, beyond, order) = match filter.show {
        Show::Over => ("p.ended_at", "<", "p.ended_at desc, p.id desc"),
        _ => ("p.due_at", ">", "p.due_at, p.id"),
    };
    let mut sql = QueryBuilder::new(
        "select p.id, p.case_id, c.number, cu.name as customer, cu.account_number, p.what, d.name as department,
            u.name as owner, p.due_at, p.because, p.made_at, p.cost_minor, p.currency, p.stage, p.ended_at,
            (select count(*) from promise_moves m where m.promise_id = p.id and m.due_at is not null) as moved
        from promises p
        join cases c on c.id = p.case_id
        join customers cu on cu.id = p.customer_id
        join users u on u.id = p.owner_id
        left join departments d on d.id = p.department_id
        where ",
    );
    filter.push_whose(&mut sql);
    filter.push_show(&mut sql);
    if let Some((at, id)) = after {
        sql.push(format_args!(" and ({key}, p.id) {beyond} (")).push_bind(at);
        sql.push(", ").push_bind(id).push(")");
    }
    // written out: a limit that the planner does not know keeps it from the index that has the order
    sql.push(format_args!(" order by {order} limit {limit}"));
    Ok(sql.build_query_as().fetch_all(connection).await?)
}

/// How many are owed, late, and due soon.
#[derive(Clone, Copy, Default, Debug, FromRow)]
pub(super) struct Counts {
    open: i64,
    late: i64,
    soon: i64,
}

impl Counts {
    /// How many a list of these holds; of those that are over nobody counts.
    pub(super) fn of(&self, show: Show) -> Option<i64> {
        match show {
            Show::Open => Some(self.open),
            Show::Late => Some(self.late),
            Show::Soon => Some(self.soon),
            Show::Over => None,
        }
    }
}

pub(super) async fn counts(connection: &mut PgConnection, filter: &Filter) -> Result<Counts> {
    let mut sql = QueryBuilder::new("select count(*) as open, count(*) filter (where p.due_at < ");
    sql.push_bind(filter.now).push(") as late, count(*) filter (where p.due_at >= ").push_bind(filter.now);
    sql.push(" and p.due_at < ").push_bind(filter.now + SOON);
    sql.push(") as soon from promises p where p.stage = 'open' and ");
    filter.push_whose(&mut sql);
    Ok(sql.build_query_as().fetch_one(connection).await?)
}
