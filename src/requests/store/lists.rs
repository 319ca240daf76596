//! Requests in lists that page by key.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::super::{Kind, Stage};
use crate::error::Result;
use crate::ids::{DepartmentId, RequestId, UserId};

/// Which requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum Span {
    /// Something is still to come of them; soonest first.
    Live,
    /// It is the department's turn, and late.
    Late,
    /// Answered, the newest first.
    Answered,
    /// Cancelled, the newest first.
    Cancelled,
}

impl Span {
    fn is_live(self) -> bool {
        matches!(self, Self::Live | Self::Late)
    }
}

/// Whose requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum Whose {
    /// What concerns somebody of the desk: they asked, or it is about a case of theirs.
    Concerns(UserId),
    /// What somebody of a department has taken on.
    Has(UserId),
}

/// What a list is asked for.
#[derive(Clone, Debug)]
pub(in super::super) struct Asked {
    pub(in super::super) span: Span,
    pub(in super::super) department: Option<DepartmentId>,
    pub(in super::super) whose: Option<Whose>,
    pub(in super::super) kind: Option<Kind>,
    pub(in super::super) stage: Option<Stage>,
    pub(in super::super) after: Option<(DateTime<Utc>, Uuid)>,
    /// Who of the desk looks, and may not know of everything.
    pub(in super::super) reader: Option<UserId>,
}

/// A row of a list.
#[derive(Debug, FromRow)]
pub(in super::super) struct Line {
    pub(in super::super) id: RequestId,
    pub(in super::super) what: String,
    pub(in super::super) kind: Kind,
    pub(in super::super) stage: Stage,
    pub(in super::super) passes: i16,
    pub(in super::super) department: String,
    pub(in super::super) person: Option<String>,
    pub(in super::super) due_at: DateTime<Utc>,
    pub(in super::super) because: String,
    pub(in super::super) asked_at: DateTime<Utc>,
    pub(in super::super) ended_at: Option<DateTime<Utc>>,
    pub(in super::super) number: i64,
    pub(in super::super) customer: String,
    pub(in super::super) verdict: Option<String>,
    /// Of the answer: taken back, run out, could not, or its conditions accepted.
    pub(in super::super) became: Option<String>,
}

/// The rows of a page.
pub(in super::super) async fn list(
    connection: &mut PgConnection,
    asked: &Asked,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Line>> {
    let mut query = QueryBuilder::<Postgres>::new(
        "select q.id, q.what, q.kind, q.stage, q.passes, d.name as department, u.name as person, q.due_at, q.because,
            q.asked_at, q.ended_at, c.number, cu.name as customer, a.verdict,
            case when a.could_not_at is not null then 'could_not' when a.withdrawn_at is not null then 'withdrawn'
                when a.valid_until <= ",
    );
    query.push_bind(now);
    query.push(
        " then 'ran_out' when a.conditions_accepted_at is not null then 'accepted' end as became
        from requests q
        join departments d on d.id = q.department_id
        join cases c on c.id = q.case_id
        join customers cu on cu.id = q.customer_id
        left join users u on u.id = q.accepted_by_id
        left join request_answers a on a.request_id = q.id
        where ",
    );
    query.push(match asked.span {
        Span::Live => "q.stage in ('open', 'accepted', 'returned')",
        Span::Late => "q.stage in ('open', 'accepted', 'returned') and q.stage <> 'returned' and q.due_at < ",
        Span::Answered => "q.ended_at is not null and q.stage = 'answered'",
        Span::Cancelled => "q.ended_at is not null and q.stage = 'cancelled'",
    });
    if asked.span == Span::Late {
        query.push_bind(now);
    }
    if let Some(department) = asked.department {
        query.push(" and q.department_id = ").push_bind(department);
    }
    match asked.whose {
        None => {}
        Some(Whose::Has(who)) => {
            query.push(" and q.accepted_by_id = ").push_bind(who);
        }
        // one after the other, each off its index
        Some(Whose::Concerns(who)) => {
            query.push(" and q.id = any(array(select request_id from concerning(").push_bind(who).push(")))");
        }
    }
    if let Some(reader) = asked.reader {
        query.push(" and (not q.confidential or exists (select from request_readers r where r.request_id = q.id and r.user_id = ");
        query.push_bind(reader).push("))");
    }
    if let Some(kind) = asked.kind {
        query.push(" and q.kind = ").push_bind(kind.name());
    }
    if let Some(stage) = asked.stage {
        query.push(" and q.stage = ").push_bind(stage.name());
    }
    if let Some((at, id)) = asked.after {
        query.push(if asked.span.is_live() { " and (q.due_at, q.id) > (" } else { " and (q.ended_at, q.id) < (" });
        query.push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(if asked.span.is_live() {
        " order by q.due_at, q.id limit "
    } else {
        " order by q.ended_at desc, q.id desc limit "
    });
    query.push_bind(limit);
    Ok(query.build_query_as::<Line>().fetch_all(connection).await?)
}

/// How many are open: of what concerns somebody or a department, of these the late ones and those that they have taken on,
/// and of the whole desk.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Counts {
    pub(in super::super) mine: i64,
    pub(in super::super) late: i64,
    pub(in super::super) taken: i64,
    pub(in super::super) all: i64,
}

/// Counts no more than a thousand of each: of a department, or of whoever works on the desk.
pub(in super::super) async fn counts(
    connection: &mut PgConnection,
    department: Option<DepartmentId>,
    who: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<Counts> {
    Ok(sqlx::query_as!(
        Counts,
        r#"
        select m.n as "mine!", m.late as "late!", m.taken as "taken!", w.n as "all!"
        from (
            select count(*) as n, count(*) filter (where x.stage <> 'returned' and x.due_at < $3) as late,
                count(*) filter (where x.accepted_by_id = $2) as taken
            from (
                select q.stage, q.due_at, q.accepted_by_id
                from requests q
                where q.department_id = $1 and q.stage in ('open', 'accepted', 'returned')
                union all
                select q.stage, q.due_at, q.accepted_by_id
                from concerning($2) k
                join requests q on q.id = k.request_id
                where $1::uuid is null
                limit 1000
            ) x
        ) m, (
            select count(*) as n
            from (
                select from requests q
                where q.stage in ('open', 'accepted', 'returned') and $1::uuid is null
                    and (not q.confidential or exists (
                        select from request_readers r where r.request_id = q.id and r.user_id = $2))
                limit 1000
            ) x
        ) w
        "#,
        department as Option<DepartmentId>,
        who as Option<UserId>,
        now,
    )
    .fetch_one(connection)
    .await?)
}
