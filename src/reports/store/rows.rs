//! The rows that a figure counts, page by page, and what they add up to.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde::Deserialize;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::super::{Figure, Range, Segment, Source};
use super::counted::counted;
use super::reads::{self, Reads};
use super::service::Between;
use crate::error::Result;
use crate::ids::{CaseId, UserId};

/// What narrows the rows of a figure to those behind one number of it; nothing narrows nothing.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(default)]
pub(in super::super) struct Narrow {
    /// Codes of reasons, with commas between; each with all that is below it, or with a dot behind it by itself.
    pub(in super::super) reason: String,
    pub(in super::super) channel: String,
    /// A type of offer, or "none".
    pub(in super::super) offer: String,
    /// What became of an order.
    pub(in super::super) order: String,
    /// A category, as the file that a case came from has it.
    pub(in super::super) category: String,
    /// A version of an offer type.
    pub(in super::super) version: String,
    /// A kind of deadline.
    pub(in super::super) kind: String,
    /// What a deadline, a promise, an answer or an offer came to.
    pub(in super::super) stage: String,
    pub(in super::super) department: String,
    /// What an open case waits on, or where it stands.
    pub(in super::super) waits: String,
    /// When something is next due in an open case.
    pub(in super::super) due: String,
    /// Whose they are.
    pub(in super::super) owner: String,
    /// A type of offer that was never shown.
    pub(in super::super) unshown: String,
}

impl Narrow {
    /// The pairs of an address that say it.
    pub(in super::super) fn pairs(&self) -> [(&'static str, String); 13] {
        [
            ("reason", self.reason.clone()),
            ("channel", self.channel.clone()),
            ("offer", self.offer.clone()),
            ("order", self.order.clone()),
            ("category", self.category.clone()),
            ("version", self.version.clone()),
            ("kind", self.kind.clone()),
            ("stage", self.stage.clone()),
            ("department", self.department.clone()),
            ("waits", self.waits.clone()),
            ("due", self.due.clone()),
            ("owner", self.owner.clone()),
            ("unshown", self.unshown.clone()),
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
    /// Who looks, and may not know of everything.
    pub(in super::super) reader: Option<UserId>,
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
    /// Not for whoever looks: what it is, whose case it is in.
    pub(in super::super) hidden: bool,
    /// None once the case is gone.
    pub(in super::super) case_id: Option<CaseId>,
    pub(in super::super) number: Option<i64>,
    pub(in super::super) customer: Option<String>,
    pub(in super::super) what: String,
    pub(in super::super) detail: String,
    pub(in super::super) minor: Option<i64>,
    /// From when to when it took its time.
    pub(in super::super) since: Option<DateTime<Utc>>,
    pub(in super::super) until: Option<DateTime<Utc>>,
    /// The minutes that a team worked meanwhile, where they are kept.
    pub(in super::super) minutes: Option<i32>,
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
    /// What of a source makes a row.
    fn columns(&self, reads: &Reads, sql: &mut QueryBuilder<Postgres>) {
        let Reads { key: (key, of), id, what, detail, minor, span: (since, until), minutes, hidden, .. } = reads;
        sql.push(format_args!("select {id} as id, {key}::text as place, "));
        if *of == "date" {
            sql.push(format_args!("{key} as day, o.closed_at as at"));
        } else {
            sql.push(format_args!("({key} at time zone ")).push_bind(self.zone);
            sql.push(format_args!(")::date as day, {key} as at"));
        }
        sql.push(format_args!(
            ", {hidden} as hidden, c.id as case_id, c.number, cu.name as customer, {what} as what, {detail} as detail, {minor} as minor,
                {since} as since, {until} as until, {minutes} as minutes"
        ));
    }

    /// Where they are, and which of them.
    fn from(&self, reads: &Reads, sql: &mut QueryBuilder<Postgres>) {
        for (at, piece) in reads.from.split('?').enumerate() {
            if at == 0 {
                sql.push(" from ");
            } else {
                sql.push_bind(self.reader.map(UserId::uuid));
            }
            sql.push(piece);
        }
        sql.push(" where ").push(reads.which);
        match self.figure.source() {
            Source::Outcomes => self.outcomes(sql),
            Source::Live => self.live(sql),
            _ => self.dated(reads, sql),
        }
        if let Ok(owner) = self.narrow.owner.parse::<Uuid>() {
            sql.push(format_args!(" and {} = ", reads.owner)).push_bind(owner);
        }
        if let Some(team) = self.segment.team.id() {
            sql.push(format_args!(" and coalesce({}, {NO_TEAM}) = ", reads.team)).push_bind(team);
        }
    }

    fn outcomes(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push(" and ");
        counted(sql, self.figure, self.range, self.today);
        sql.push(" and o.currency = ").push_bind(self.segment.currency.code().to_owned());
        if let Some(line) = &self.segment.line {
            sql.push(" and o.line = ").push_bind(line.clone());
        }
        let narrow = &self.narrow;
        if !narrow.reason.is_empty() {
            reasons(&narrow.reason, sql);
        }
        for (column, value) in
            [("o.channel", &narrow.channel), ("o.order_end", &narrow.order), ("o.source_category", &narrow.category)]
        {
            if !value.is_empty() {
                sql.push(format_args!(" and {column} = ")).push_bind(value.clone());
            }
        }
        match narrow.offer.as_str() {
            "" => {}
            "none" => drop(sql.push(" and o.offer_type is null")),
            code => drop(sql.push(" and o.offer_type = ").push_bind(code.to_owned())),
        }
        if !narrow.unshown.is_empty() {
            sql.push(" and ").push_bind(narrow.unshown.clone()).push(" = any(o.missed_offers)");
        }
    }

    fn live(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push(" and c.currency = ").push_bind(self.segment.currency.code().to_owned());
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
    fn dated(&self, reads: &Reads, sql: &mut QueryBuilder<Postgres>) {
        let (key, source) = (reads.key.0, self.figure.source());
        sql.push(format_args!(" and {key} >= ")).push_bind(self.between.0);
        sql.push(format_args!(" and {key} < ")).push_bind(self.between.1);
        let narrow = &self.narrow;
        let mut equal = vec![(reads.stage, &narrow.stage)];
        match source {
            Source::Deadlines => equal.push(("d.kind", &narrow.kind)),
            Source::Promises => equal.push(("p.department_id::text", &narrow.department)),
            Source::Answers | Source::Passes => equal.push(("r.department_id::text", &narrow.department)),
            Source::Offers => equal.push(("v.version_id::text", &narrow.version)),
            _ => {}
        }
        for (column, value) in equal.into_iter().filter(|(_, value)| !value.is_empty()) {
            sql.push(format_args!(" and {column} = ")).push_bind(value.clone());
        }
    }

    /// Where the sums of the database know how many they are: the figure, what is counted of it, what it came to.
    fn summed(&self) -> Option<(&'static str, &str, &str)> {
        let Narrow { owner, kind, department, version, stage, .. } = &self.narrow;
        if !owner.is_empty() {
            let figure = match self.figure.source() {
                Source::Deadlines if kind == "first_action" => "first_action_of",
                Source::Promises if department.is_empty() => "promise_of",
                Source::Offers if version.is_empty() => "offer_of",
                Source::Attempts => "attempt_of",
                _ => return None,
            };
            // what somebody did is not told apart by team
            return self.segment.team.id().is_none().then_some((figure, owner, stage));
        }
        match self.figure.source() {
            Source::Deadlines => Some(("deadline", kind, stage)),
            Source::Promises if department.is_empty() => Some(("promise", "", stage)),
            Source::Approvals => Some(("approval", "", stage)),
            Source::Answers => Some(("answer", department, stage)),
            Source::FirstActs => Some(("first_wait", "", "")),
            Source::Offers => Some(("offer", version, stage)),
            _ => None,
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
}

/// Of a row `o` of outcomes: whether it is coded with one of some reasons.
fn reasons(codes: &str, sql: &mut QueryBuilder<Postgres>) {
    let (mut tops, mut exact, mut below) = (Vec::new(), Vec::new(), Vec::new());
    for code in codes.split(',') {
        match code.strip_suffix('.') {
            Some(alone) => exact.push(alone.to_owned()),
            None if code.contains('.') => {
                exact.push(code.to_owned());
                below.push(format!("{code}."));
            }
            None => tops.push(code.to_owned()),
        }
    }
    sql.push(" and (split_part(o.reason, '.', 1) = any(").push_bind(tops).push(")");
    if !exact.is_empty() {
        sql.push(" or o.reason = any(").push_bind(exact).push(")");
    }
    for under in below {
        sql.push(" or starts_with(o.reason, ").push_bind(under).push(")");
    }
    sql.push(")");
}

/// A page of them, the newest first.
pub(in super::super) async fn page(
    connection: &mut PgConnection,
    listed: &Listed,
    after: Option<(String, Uuid)>,
    limit: usize,
) -> Result<Vec<Row>> {
    let mut sql = QueryBuilder::new("");
    let reads = reads::of(listed.figure);
    listed.columns(&reads, &mut sql);
    listed.from(&reads, &mut sql);
    let Reads { key: (key, of), id, .. } = reads;
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
    if let Some((figure, value, came_to)) = listed.summed() {
        let ((from, until), team) = (listed.between, listed.segment.team.id());
        let rows = sqlx::query_scalar!(
            r#"
            select coalesce(sum(s.counted), 0)::bigint as "rows!"
            from service_between($1, $2, $3, $4) s
            where ($5 = '' or s.value = $5) and ($6 = '' or s.came_to = $6)
            "#,
            figure,
            from,
            until,
            team as Option<Uuid>,
            value,
            came_to,
        );
        return Ok(Total { rows: rows.fetch_one(connection).await?, minor: 0 });
    }
    let mut sql = QueryBuilder::new("select count(*) as rows, coalesce(sum(x.minor), 0)::bigint as minor from (");
    let reads = reads::of(listed.figure);
    listed.columns(&reads, &mut sql);
    listed.from(&reads, &mut sql);
    sql.push(") x");
    Ok(sql.build_query_as().fetch_one(connection).await?)
}
