//! What the list of complaints reads.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::super::{Stage, View};
use crate::cases::Channel;
use crate::error::Result;
use crate::ids::{CaseId, ComplaintId, UserId};

/// An answer is due soon so long before it is.
const SOON: TimeDelta = TimeDelta::days(7);

/// Which complaints a list holds, for whom, and when it is looked at.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Filter {
    pub(in super::super) view: View,
    pub(in super::super) source: Option<Channel>,
    pub(in super::super) who: Option<UserId>,
    pub(in super::super) now: DateTime<Utc>,
}

impl Filter {
    fn push_source(&self, sql: &mut QueryBuilder<Postgres>) {
        if let Some(source) = self.source {
            sql.push(" and c.source = ").push_bind(source.name());
        }
    }

    /// What somebody can sign off: what is in review, and they wrote nothing of.
    fn push_review(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push(
            "c.stage = 'in_review' and not exists (
                select from complaint_entries w
                where w.complaint_id = c.id and w.round = c.round and w.what in ('wrote', 'review_asked') and w.by_id = ",
        );
        sql.push_bind(self.who).push(")");
    }

    fn push_view(&self, sql: &mut QueryBuilder<Postgres>) {
        match self.view {
            View::Open | View::Over => {}
            View::Soon => {
                sql.push(" and d.due_at < ").push_bind(self.now + SOON);
            }
            View::Unlinked => {
                sql.push(" and c.unknown");
            }
            View::Review => {
                sql.push(" and ");
                self.push_review(sql);
            }
        }
    }
}

/// A complaint in the list.
#[derive(Clone, Debug, FromRow)]
pub(in super::super) struct Listed {
    pub(in super::super) id: ComplaintId,
    pub(in super::super) case_id: CaseId,
    pub(in super::super) number: i64,
    pub(in super::super) customer: String,
    pub(in super::super) unknown: bool,
    pub(in super::super) source: String,
    pub(in super::super) name: String,
    pub(in super::super) external_ref: Option<String>,
    pub(in super::super) stage: Stage,
    pub(in super::super) round: i16,
    pub(in super::super) owner: Option<String>,
    pub(in super::super) reviewer: Option<String>,
    pub(in super::super) due_at: DateTime<Utc>,
    pub(in super::super) because: String,
    pub(in super::super) taken_in_at: DateTime<Utc>,
    pub(in super::super) sent_at: Option<DateTime<Utc>>,
    /// The deadline of what is owed.
    deadline: Option<Uuid>,
}

impl Listed {
    /// Its place in the list.
    pub(in super::super) fn place(&self) -> (DateTime<Utc>, Uuid) {
        match self.deadline {
            Some(deadline) => (self.due_at, deadline),
            None => (self.taken_in_at, self.id.uuid()),
        }
    }
}

const COLUMNS: &str =
    "select c.id, c.case_id, k.number, cu.name as customer, c.unknown, c.source, t.name, c.external_ref,
        c.stage, c.round, u.name as owner, rv.name as reviewer, r.due_at, r.because, c.taken_in_at, r.sent_at, ";

const BESIDE: &str = "
    join complaint_rounds r on r.complaint_id = c.id and r.round = c.round
    join complaint_templates t on t.id = c.template_id
    join cases k on k.id = c.case_id
    join customers cu on cu.id = c.customer_id
    left join users u on u.id = k.owner_id
    left join users rv on rv.id = c.reviewer_id
    where ";

/// A page of the list: what is owed from the soonest on, what is answered from the newest on.
pub(in super::super) async fn page(
    connection: &mut PgConnection,
    filter: &Filter,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: usize,
) -> Result<Vec<Listed>> {
    let mut sql = QueryBuilder::new(COLUMNS);
    let over = filter.view == View::Over;
    if over {
        sql.push("null::uuid as deadline from complaints c ").push(BESIDE).push("c.stage in ('sent', 'closed')");
    } else {
        sql.push("d.id as deadline from deadlines d join complaints c on c.id = d.subject_id ").push(BESIDE);
        sql.push("d.kind = 'regulator_response' and d.stage = 'open'");
    }
    filter.push_view(&mut sql);
    filter.push_source(&mut sql);
    let (key, beyond, order) = if over {
        ("(c.taken_in_at, c.id)", "<", "c.taken_in_at desc, c.id desc")
    } else {
        ("(d.due_at, d.id)", ">", "d.due_at, d.id")
    };
    if let Some((at, id)) = after {
        sql.push(format_args!(" and {key} {beyond} (")).push_bind(at).push(", ").push_bind(id).push(")");
    }
    // written out: a limit that the planner does not know keeps it from the index that has the order
    sql.push(format_args!(" order by {order} limit {limit}"));
    Ok(sql.build_query_as().fetch_all(connection).await?)
}

/// How many there are of each; of those that are over nobody counts.
#[derive(Clone, Copy, Default, Debug, FromRow)]
pub(in super::super) struct Counts {
    open: i64,
    soon: i64,
    late: i64,
    review: i64,
    unlinked: i64,
}

impl Counts {
    pub(in super::super) fn of(&self, view: View) -> Option<i64> {
        match view {
            View::Open => Some(self.open),
            View::Soon => Some(self.soon),
            View::Review => Some(self.review),
            View::Unlinked => Some(self.unlinked),
            View::Over => None,
        }
    }

    pub(in super::super) fn late(&self) -> i64 {
        self.late
    }
}

pub(in super::super) async fn counts(connection: &mut PgConnection, filter: &Filter) -> Result<Counts> {
    let mut sql = QueryBuilder::new("select count(*) as open, count(*) filter (where d.due_at < ");
    sql.push_bind(filter.now + SOON).push(") as soon, count(*) filter (where d.due_at < ").push_bind(filter.now);
    sql.push(") as late, count(*) filter (where c.unknown) as unlinked, count(*) filter (where ");
    filter.push_review(&mut sql);
    sql.push(
        ") as review
        from deadlines d
        join complaints c on c.id = d.subject_id
        where d.kind = 'regulator_response' and d.stage = 'open'",
    );
    filter.push_source(&mut sql);
    Ok(sql.build_query_as().fetch_one(connection).await?)
}
