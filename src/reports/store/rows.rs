//! The rows that a figure counts, page by page, and what they add up to.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde::Deserialize;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::super::{Figure, Range, Segment, Source};
use super::service::Between;
use crate::error::Result;
use crate::ids::CaseId;

/// What narrows the rows of a figure to those behind one number of it; nothing narrows nothing.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(default)]
pub(in super::super) struct Narrow {
    /// Codes of reasons, with commas between; each with all that is below it.
    pub(in super::super) reason: String,
    pub(in super::super) channel: String,
    /// A type of offer, or "none".
    pub(in super::super) offer: String,
    /// What became of an order.
    pub(in super::super) order: String,
    /// A kind of deadline.
    pub(in super::super) kind: String,
    /// What a deadline or a promise came to.
    pub(in super::super) stage: String,
    pub(in super::super) department: String,
    /// What an open case waits on, or where it stands.
    pub(in super::super) waits: String,
    /// When something is next due in an open case.
    pub(in super::super) due: String,
}

impl Narrow {
    /// The pairs of an address that say it.
    pub(in super::super) fn pairs(&self) -> [(&'static str, String); 9] {
        [
            ("reason", self.reason.clone()),
            ("channel", self.channel.clone()),
            ("offer", self.offer.clone()),
            ("order", self.order.clone()),
            ("kind", self.kind.clone()),
            ("stage", self.stage.clone()),
            ("department", self.department.clone()),
            ("waits", self.waits.clone()),
            ("due", self.due.clone()),
        ]
    }
}

/// Which rows.
#[derive(Clone, Debug)]
pub(in super::super) struct Listed {
    pub(in super::super) figure: Figure,
    pub(in super::super) range: Range,
    /// The same span on the clock of whoever looks, for what has no day of its own.
    pub(in super::super) between: Between,
    pub(in super::super) segment: Segment,
    pub(in super::super) narrow: Narrow,
    pub(in super::super) today: NaiveDate,
    pub(in super::super) now: DateTime<Utc>,
    pub(in super::super) tomorrow: DateTime<Utc>,
    pub(in super::super) week: DateTime<Utc>,
    pub(in super::super) zone: &'static str,
}

/// One of them.
#[derive(Clone, Debug, FromRow)]
pub(in super::super) struct Row {
    pub(in super::super) id: Uuid,
    /// Its place in the list.
    pub(in super::super) place: String,
    pub(in super::super) day: NaiveDate,
    /// The moment of that day.
    pub(in super::super) at: DateTime<Utc>,
    /// None once the case is gone.
    pub(in super::super) case_id: Option<CaseId>,
    pub(in super::super) number: Option<i64>,
    pub(in super::super) customer: Option<String>,
    pub(in super::super) what: String,
    pub(in super::super) detail: String,
    pub(in super::super) minor: Option<i64>,
}

/// What all of them come to.
#[derive(Clone, Copy, Debug, FromRow)]
pub(in super::super) struct Total {
    pub(in super::super) rows: i64,
    pub(in super::super) minor: i64,
}

/// No team, as an identity.
const NO_TEAM: &str = "'00000000-0000-0000-0000-000000000000'";
/// The line of an open case.
const LIVE_LINE: &str = "case when c.order_id is not null or (c.kind = 'order_cancellation' and c.subscription_id is null)
    then 'Orders' else coalesce((select s.product from subscriptions s where s.id = c.subscription_id), 'Whole account') end";

impl Listed {
    /// What of a source makes a row: its place, the day, what it is, more of it, the amount.
    fn columns(&self, sql: &mut QueryBuilder<Postgres>) {
        let (place, what, detail, minor) = match self.figure.source() {
            Source::Outcomes => ("o.closed_on", "o.outcome", "o.reason", self.figure.rule().1),
            Source::Live => ("c.opened_at", "coalesce(c.waiting_on, c.stage)", "coalesce(c.next_action, '')", "c.value_at_risk_minor"),
            Source::Deadlines => ("d.ended_at", "d.stage", "d.what", "null::bigint"),
            Source::Promises => ("p.due_at", "p.stage", "p.what", "null::bigint"),
            Source::Approvals => ("a.ended_at", "a.stage", "a.because", "null::bigint"),
            Source::Answers => ("r.ended_at", "case when r.ended_at <= r.due_at then 'in_time' else 'late' end", "r.what", "null::bigint"),
        };
        let id = match self.figure.source() {
            Source::Outcomes => "o.id",
            Source::Live => "c.id",
            Source::Deadlines => "d.id",
            Source::Promises => "p.id",
            Source::Approvals => "a.id",
            Source::Answers => "r.id",
        };
        sql.push(format_args!("select {id} as id, {place}::text as place, "));
        if self.figure.source() == Source::Outcomes {
            sql.push("o.closed_on as day, o.closed_at as at");
        } else {
            sql.push(format_args!("({place} at time zone ")).push_bind(self.zone);
            sql.push(format_args!(")::date as day, {place} as at"));
        }
        sql.push(format_args!(
            ", c.id as case_id, c.number, cu.name as customer, {what} as what, {detail} as detail, {minor} as minor"
        ));
    }

    /// Where they are, and which of them.
    fn from(&self, sql: &mut QueryBuilder<Postgres>) {
        match self.figure.source() {
            Source::Outcomes => {
                sql.push(" from outcomes o left join cases c on c.id = o.case_id left join customers cu on cu.id = o.customer_id");
                self.outcomes(sql);
            }
            Source::Live => {
                sql.push(" from cases c join customers cu on cu.id = c.customer_id where c.stage <> 'closed' and c.currency = ");
                sql.push_bind(self.segment.currency.code().to_owned());
                self.live(sql);
                self.team(sql, "c.team_id");
            }
            Source::Deadlines => self.dated(sql, "deadlines d", "d", "d.ended_at", "d.stage in ('met', 'missed')"),
            Source::Promises => self.dated(sql, "promises p", "p", "p.due_at", "true"),
            Source::Approvals => self.dated(sql, "approvals a", "a", "a.ended_at", "a.stage <> 'withdrawn'"),
            Source::Answers => self.dated(sql, "requests r", "r", "r.ended_at", "r.stage = 'answered'"),
        }
    }

    fn outcomes(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push(" where o.closed_on between ").push_bind(self.range.from).push(" and ").push_bind(self.range.to);
        sql.push(" and o.currency = ").push_bind(self.segment.currency.code().to_owned());
        sql.push(" and ").push(self.figure.rule().0);
        if let Some(days) = self.figure.after_days() {
            sql.push(format_args!(" and o.closed_on + {days} <= ")).push_bind(self.today);
        }
        if let Some(line) = &self.segment.line {
            sql.push(" and o.line = ").push_bind(line.clone());
        }
        let narrow = &self.narrow;
        if !narrow.reason.is_empty() {
            let codes: Vec<String> = narrow.reason.split(',').map(str::to_owned).collect();
            sql.push(" and split_part(o.reason, '.', 1) = any(").push_bind(codes).push(")");
        }
        for (column, value) in [("o.channel", &narrow.channel), ("o.order_end", &narrow.order)] {
            if !value.is_empty() {
                sql.push(format_args!(" and {column} = ")).push_bind(value.clone());
            }
        }
        match narrow.offer.as_str() {
            "" => {}
            "none" => drop(sql.push(" and o.offer_type is null")),
            code => drop(sql.push(" and o.offer_type = ").push_bind(code.to_owned())),
        }
        self.team(sql, "o.team_id");
    }

    fn live(&self, sql: &mut QueryBuilder<Postgres>) {
        if let Some(line) = &self.segment.line {
            sql.push(format_args!(" and {LIVE_LINE} = ")).push_bind(line.clone());
        }
        if !self.narrow.waits.is_empty() {
            sql.push(" and coalesce(c.waiting_on, c.stage) = ").push_bind(self.narrow.waits.clone());
        }
        let (after, before) = match self.narrow.due.as_str() {
            "overdue" => (None, Some(self.now)),
            "today" => (Some(self.now), Some(self.tomorrow)),
            "week" => (Some(self.tomorrow), Some(self.week)),
            "later" => (Some(self.week), None),
            "none" => {
                sql.push(" and c.next_due_at is null");
                return;
            }
            _ => return,
        };
        if let Some(after) = after {
            sql.push(" and c.next_due_at >= ").push_bind(after);
        }
        if let Some(before) = before {
            sql.push(" and c.next_due_at < ").push_bind(before);
        }
    }

    /// What happened between two moments in a case.
    fn dated(&self, sql: &mut QueryBuilder<Postgres>, table: &str, name: &str, key: &str, which: &str) {
        sql.push(format_args!(
            " from {table} join cases c on c.id = {name}.case_id join customers cu on cu.id = c.customer_id where {which} and {key} >= "
        ));
        sql.push_bind(self.between.0).push(format_args!(" and {key} < ")).push_bind(self.between.1);
        let source = self.figure.source();
        for (column, value, of) in [
            ("kind", &self.narrow.kind, &[Source::Deadlines][..]),
            ("stage", &self.narrow.stage, &[Source::Deadlines, Source::Promises][..]),
            ("department_id::text", &self.narrow.department, &[Source::Promises, Source::Answers][..]),
        ] {
            if !value.is_empty() && of.contains(&source) {
                sql.push(format_args!(" and {name}.{column} = ")).push_bind(value.clone());
            }
        }
        self.team(sql, "c.team_id");
    }

    fn team(&self, sql: &mut QueryBuilder<Postgres>, column: &str) {
        if let Some(team) = self.segment.team.id() {
            sql.push(format_args!(" and coalesce({column}, {NO_TEAM}) = ")).push_bind(team);
        }
    }

    /// Whether a place in an address is one of this list, rather than what somebody made up.
    pub(in super::super) fn holds_place(&self, place: &str) -> bool {
        let years = |at: i32| (1..10_000).contains(&at);
        match self.figure.source() {
            Source::Outcomes => place.parse::<NaiveDate>().is_ok_and(|day| years(day.year())),
            _ => DateTime::parse_from_str(place, "%Y-%m-%d %H:%M:%S%.f%#z").is_ok_and(|at| years(at.year())),
        }
    }

    /// The column by which they are listed, the newest first, and its type.
    fn key(&self) -> (&'static str, &'static str, &'static str) {
        match self.figure.source() {
            Source::Outcomes => ("o.closed_on", "o.id", "date"),
            Source::Live => ("c.opened_at", "c.id", "timestamptz"),
            Source::Deadlines => ("d.ended_at", "d.id", "timestamptz"),
            Source::Promises => ("p.due_at", "p.id", "timestamptz"),
            Source::Approvals => ("a.ended_at", "a.id", "timestamptz"),
            Source::Answers => ("r.ended_at", "r.id", "timestamptz"),
        }
    }
}

/// A page of them, the newest first.
pub(in super::super) async fn page(
    connection: &mut PgConnection,
    listed: &Listed,
    after: Option<(String, Uuid)>,
    limit: usize,
) -> Result<Vec<Row>> {
    let mut sql = QueryBuilder::new("");
    listed.columns(&mut sql);
    listed.from(&mut sql);
    let (key, id, of) = listed.key();
    if let Some((place, last)) = after {
        sql.push(format_args!(" and ({key}, {id}) < (cast(cast(")).push_bind(place);
        sql.push(format_args!(" as text) as {of}), ")).push_bind(last).push(")");
    }
    // written out: a limit that the planner does not know keeps it from the index that has the order
    sql.push(format_args!(" order by {key} desc, {id} desc limit {limit}"));
    Ok(sql.build_query_as().fetch_all(connection).await?)
}

/// How many they are and what they add up to.
pub(in super::super) async fn total(connection: &mut PgConnection, listed: &Listed) -> Result<Total> {
    let mut sql = QueryBuilder::new("select count(*) as rows, coalesce(sum(x.minor), 0)::bigint as minor from (");
    listed.columns(&mut sql);
    listed.from(&mut sql);
    sql.push(") x");
    Ok(sql.build_query_as().fetch_one(connection).await?)
}
