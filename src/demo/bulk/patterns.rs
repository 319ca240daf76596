//! What happened in the cases of the demo, read off its rows: the product wrote them, so what they say of one another
//! holds, and goes on to hold when it happens again to somebody else.

use std::collections::BTreeMap;

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::cell::{Cell, moment};
use super::maker::Maker;
use super::parts::{PARTS, part};

/// How long a case goes on to matter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Life {
    /// All is over: it may have happened at any time.
    Settled,
    /// It is closed, and something is still to be done.
    Recent,
    /// It is worked.
    Live,
}

/// Customers whose cases may be exchanged for one another: companies or people, and their currency.
pub(super) type Line = (bool, String);

/// A customer of the demo.
#[derive(Debug)]
pub(super) struct Customer {
    pub(super) line: Line,
    /// Cells of `customers`, of each of `contacts` and of each of `consents`, as the database writes them.
    pub(super) row: Vec<Option<String>>,
    pub(super) contacts: Vec<Vec<Option<String>>>,
    pub(super) consents: Vec<Vec<Option<String>>>,
    pub(super) created: i64,
}

/// What happened in one case of the demo.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) customer: usize,
    pub(super) life: Life,
    pub(super) reason: String,
    pub(super) rows: Vec<(usize, Vec<Cell>)>,
    /// When each of the rows with an identity was made; the customer comes first, then the case.
    pub(super) ids: Vec<i64>,
    pub(super) orders: Vec<usize>,
    pub(super) offers: Vec<usize>,
    pub(super) subscriptions: usize,
    pub(super) approvals: usize,
    /// Whether a request for approval is open.
    pub(super) pending: bool,
    pub(super) presented: usize,
    pub(super) entries: usize,
    pub(super) saved: bool,
    pub(super) opened: i64,
    /// Between what moments more may have been written, and by whom.
    pub(super) talk: Option<(i64, i64)>,
    pub(super) talkers: Vec<String>,
    /// What the case did to the customer's status: when, what it became, why, by whom.
    pub(super) statuses: Vec<(i64, String, Cell, Option<String>)>,
}

/// All that happens again.
#[derive(Debug)]
pub(super) struct Patterns {
    pub(super) all: Vec<Pattern>,
    pub(super) customers: Vec<Customer>,
    /// The columns of each of [`PARTS`].
    pub(super) columns: Vec<Vec<String>>,
}

/// What a case is told by.
pub(super) struct Head {
    pub(super) id: String,
    pub(super) customer: String,
    pub(super) number: String,
    pub(super) life: Life,
    pub(super) reason: String,
    pub(super) opened: i64,
    pub(super) acted: Option<i64>,
    pub(super) closed: Option<i64>,
}

/// A row as the database writes it.
pub(super) type Cells = Vec<Option<String>>;

const HEADS: &str = "
    select c.id::text, c.customer_id::text, c.number::text,
        case when c.stage <> 'closed' then 'live'
            when exists (select from deadlines d where d.case_id = c.id and d.stage = 'open')
                or exists (select from offers o where o.case_id = c.id and o.stage in ('awaiting_approval', 'ready', 'presented'))
                or exists (select from requests r where r.case_id = c.id and r.stage in ('open', 'accepted', 'returned'))
                or exists (select from promises p where p.case_id = c.id and p.stage = 'open')
                or exists (select from follow_ups f where f.case_id = c.id and f.stage = 'open')
                then 'recent'
            else 'settled' end,
        coalesce(c.reason, ''), c.opened_at::text, c.first_action_at::text, c.closed_at::text
    from cases c
    join customers u on u.id = c.customer_id
    where c.source = 'demo' and c.external_ref like 'D-%' and c.outcome is distinct from 'duplicate'
        and c.second_because is null and c.verified_problem_id is null and u.identified
        and not exists (select from complaints x where x.case_id = c.id)
        and not exists (select from processes x where x.case_id = c.id)
        and not exists (select from appointments x where x.case_id = c.id)
        and not exists (select from problem_cases x where x.case_id = c.id)
        and not exists (select from problem_answer_cases x where x.case_id = c.id)
        and not exists (select from files x where x.case_id = c.id)
        and not exists (select from case_sources x where x.case_id = c.id)
        and not exists (select from request_links x join requests r on r.id = x.request_id where r.case_id = c.id)
        and not exists (select from cases d where d.duplicate_of_id = c.id and d.customer_id = c.customer_id and d.stage <> 'closed')
    order by c.external_ref";

/// What a case is about: its subject, or all that its customer has.
const SUBJECTS: &str = "
    with subjects as (
        select c.id as case_id, x.subject
        from cases c
        cross join lateral (
            select c.subscription_id union select c.order_id
            union select unnest(array[o.subscription_id, o.order_id]) from offers o where o.case_id = c.id
            union select l.order_id from cancellation_lines l where l.case_id = c.id
            union select s.id from subscriptions s
                where s.customer_id = c.customer_id and c.subscription_id is null and c.order_id is null
            union select o.id from orders o
                where o.customer_id = c.customer_id and c.subscription_id is null and c.order_id is null
        ) x (subject)
        where c.id = any($1::uuid[]) and x.subject is not null)";

/// Reads them, always in the same order.
pub(super) async fn read(connection: &mut PgConnection) -> anyhow::Result<Patterns> {
    let mut heads = Vec::new();
    for row in sqlx::query(HEADS).fetch_all(&mut *connection).await? {
        let at = |n: usize| row.get::<Option<String>, _>(n);
        let text = |n: usize| at(n).unwrap_or_default();
        heads.push(Head {
            id: text(0),
            customer: text(1),
            number: text(2),
            life: match text(3).as_str() {
                "live" => Life::Live,
                "recent" => Life::Recent,
                _ => Life::Settled,
            },
            reason: text(4),
            opened: moment(&text(5)).context("a case was opened at no moment")?,
            acted: at(6).and_then(|at| moment(&at)),
            closed: at(7).and_then(|at| moment(&at)),
        });
    }
    let ids: Vec<String> = heads.iter().map(|head| head.id.clone()).collect();
    let mut columns = Vec::new();
    let mut kinds = Vec::new();
    let mut rows: Vec<BTreeMap<String, Vec<Cells>>> = Vec::new();
    for part in &PARTS {
        let (names, types) = columns_of(connection, part.table).await?;
        rows.push(if matches!(part.table, "status_changes" | "concession_heads" | "search_terms") {
            BTreeMap::new()
        } else if part.case.is_empty() {
            of_customers(connection, part.table, &names, &ids).await?
        } else {
            let cells = texts(&names);
            let sql = format!(
                "{SUBJECTS} select {case}::text, array[{cells}] from {table} t {from} where {case} = any($1::uuid[]) order by 1, 2",
                case = part.case,
                table = part.table,
                from = part.from,
            );
            grouped(connection, sql, &ids).await?
        });
        columns.push(names);
        kinds.push(types);
    }
    let statuses = statuses(connection, &ids).await?;
    let mut patterns = Patterns { all: Vec::new(), customers: Vec::new(), columns };
    let mut known = BTreeMap::new();
    for head in &heads {
        let customer = if let Some(known) = known.get(&head.customer) {
            *known
        } else {
            patterns.customers.push(customer(&patterns.columns, &rows, &head.customer)?);
            known.insert(head.customer.clone(), patterns.customers.len() - 1);
            patterns.customers.len() - 1
        };
        let of = &patterns.customers[customer];
        let made = Maker { columns: &patterns.columns, kinds: &kinds, rows: &rows, head, of };
        let pattern = made.make(customer, statuses.get(&head.id).map_or(&[], Vec::as_slice));
        patterns.all.push(pattern);
    }
    anyhow::ensure!(!patterns.all.is_empty(), "the demo has no cases to take as patterns");
    Ok(patterns)
}

async fn columns_of(connection: &mut PgConnection, table: &str) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let columns: Vec<(String, String)> = sqlx::query_as(
        "select column_name::text, udt_name::text from information_schema.columns
        where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER' order by ordinal_position",
    )
    .bind(table)
    .fetch_all(connection)
    .await?;
    Ok(columns.into_iter().unzip())
}

fn texts(columns: &[String]) -> String {
    columns.iter().map(|column| format!("t.{column}::text")).collect::<Vec<_>>().join(", ")
}

async fn grouped(
    connection: &mut PgConnection,
    sql: String,
    ids: &[String],
) -> anyhow::Result<BTreeMap<String, Vec<Cells>>> {
    let mut groups: BTreeMap<String, Vec<Cells>> = BTreeMap::new();
    let found: Vec<(String, Cells)> = sqlx::query_as(AssertSqlSafe(sql)).bind(ids).fetch_all(connection).await?;
    for (of, cells) in found {
        groups.entry(of).or_default().push(cells);
    }
    Ok(groups)
}

async fn of_customers(
    connection: &mut PgConnection,
    table: &str,
    columns: &[String],
    ids: &[String],
) -> anyhow::Result<BTreeMap<String, Vec<Cells>>> {
    let cells = texts(columns);
    let (id, position) = match table {
        "customers" => ("t.id", "t.id"),
        "contacts" => ("t.customer_id", "t.position"),
        _ => ("t.customer_id", "t.at"),
    };
    let sql = format!(
        "select {id}::text, array[{cells}] from {table} t
        where {id} in (select c.customer_id from cases c where c.id = any($1::uuid[])) order by 1, {position}, t.id"
    );
    grouped(connection, sql, ids).await
}

/// What each case did to its customer's status.
async fn statuses(connection: &mut PgConnection, ids: &[String]) -> anyhow::Result<BTreeMap<String, Vec<Cells>>> {
    let sql = "
        select c.id::text, array[s.at::text, s.now, s.why, s.by_id::text]
        from cases c
        join status_changes s on s.customer_id = c.customer_id and s.why like 'SD-' || c.number || ' %'
        where c.id = any($1::uuid[])
        order by 1, s.at, s.id";
    grouped(connection, sql.to_owned(), ids).await
}

fn customer(columns: &[Vec<String>], rows: &[BTreeMap<String, Vec<Cells>>], id: &str) -> anyhow::Result<Customer> {
    let of = |table: &str| rows[part(table)].get(id).cloned().unwrap_or_default();
    let row = of("customers").pop().context("a case is of nobody")?;
    let cell = |name: &str| -> String {
        let at = columns[part("customers")].iter().position(|column| column == name);
        at.and_then(|at| row[at].clone()).unwrap_or_default()
    };
    Ok(Customer {
        line: (cell("company") == "true", cell("currency")),
        created: moment(&cell("created_at")).context("a customer was added at no moment")?,
        contacts: of("contacts"),
        consents: of("consents"),
        row,
    })
}
