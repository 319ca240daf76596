//! What happened in the cases of the demo, read off its rows: the product wrote them, so what they say of one another
//! holds, and goes on to hold when it happens again to somebody else.

use std::collections::BTreeMap;

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate};
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::cell::{Cell, Known, Piece, cut, escaped, moment};

/// A table of which a case has rows, and how its rows find their case.
pub(super) struct Part {
    pub(super) table: &'static str,
    case: &'static str,
    from: &'static str,
}

const fn own(table: &'static str) -> Part {
    Part { table, case: "t.case_id", from: "" }
}

const fn through(table: &'static str, case: &'static str, from: &'static str) -> Part {
    Part { table, case, from }
}

/// All of them. What is about more than one case (problems, samples), has a life of its own (complaints, processes, booked
/// calls) or is told once (notices, mails) does not happen again.
pub(super) const PARTS: [Part; 35] = [
    through("cases", "t.id", ""),
    through("subscriptions", "s.case_id", "join subjects s on s.subject = t.id"),
    through("orders", "s.case_id", "join subjects s on s.subject = t.id"),
    through("order_lines", "s.case_id", "join subjects s on s.subject = t.order_id"),
    through("service_costs", "s.case_id", "join subjects s on s.subject = coalesce(t.subscription_id, t.order_id)"),
    through("billing_lines", "p.case_id", "join promises p on p.billing_line_id = t.id"),
    own("cancellation_lines"),
    own("case_changes"),
    own("interactions"),
    through("interaction_levers", "i.case_id", "join interactions i on i.id = t.interaction_id"),
    own("offers"),
    through("offer_revisions", "o.case_id", "join offers o on o.id = t.offer_id"),
    through("offer_presentations", "o.case_id", "join offers o on o.id = t.offer_id"),
    own("approvals"),
    through("approval_decisions", "a.case_id", "join approvals a on a.id = t.approval_id"),
    through("approval_messages", "a.case_id", "join approvals a on a.id = t.approval_id"),
    own("promises"),
    through("promise_moves", "p.case_id", "join promises p on p.id = t.promise_id"),
    through("promise_grounds", "p.case_id", "join promises p on p.id = t.promise_id"),
    own("requests"),
    own("request_entries"),
    through("request_answers", "r.case_id", "join requests r on r.id = t.request_id"),
    through("request_readers", "r.case_id", "join requests r on r.id = t.request_id"),
    own("follow_ups"),
    own("follow_up_changes"),
    own("deadlines"),
    through("chases", "d.case_id", "join deadlines d on d.id = t.deadline_id"),
    through("rung_effects", "d.case_id", "join deadlines d on d.id = t.deadline_id"),
    through("outcomes", "t.id", ""),
    // of the customer as a whole; written otherwise, see `customers`
    through("customers", "", ""),
    through("contacts", "", ""),
    through("consents", "", ""),
    through("status_changes", "", ""),
    through("concession_heads", "", ""),
    through("search_terms", "", ""),
];

/// The place of a table among [`PARTS`].
pub(super) fn part(table: &str) -> usize {
    PARTS.iter().position(|part| part.table == table).unwrap_or(PARTS.len())
}

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

struct Head {
    id: String,
    customer: String,
    number: String,
    life: Life,
    reason: String,
    opened: i64,
    acted: Option<i64>,
    closed: Option<i64>,
}

type Cells = Vec<Option<String>>;

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
        let customer = match known.get(&head.customer) {
            Some(known) => *known,
            None => {
                patterns.customers.push(customer(&patterns.columns, &rows, &head.customer)?);
                known.insert(head.customer.clone(), patterns.customers.len() - 1);
                patterns.customers.len() - 1
            }
        };
        let of = &patterns.customers[customer];
        let made = Maker { columns: &patterns.columns, kinds: &kinds, rows: &rows, head, of };
        let pattern = made.make(customer, statuses.get(&head.id).map_or(&[], Vec::as_slice))?;
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

fn customer(
    columns: &[Vec<String>],
    rows: &[BTreeMap<String, Vec<Cells>>],
    id: &str,
) -> anyhow::Result<Customer> {
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

struct Maker<'a> {
    columns: &'a [Vec<String>],
    kinds: &'a [Vec<String>],
    rows: &'a [BTreeMap<String, Vec<Cells>>],
    head: &'a Head,
    of: &'a Customer,
}

impl Maker<'_> {
    fn at(&self, table: &str, column: &str) -> usize {
        self.columns[part(table)].iter().position(|name| name == column).unwrap_or_default()
    }

    fn of(&self, table: &str) -> &[Cells] {
        self.rows[part(table)].get(&self.head.id).map_or(&[], Vec::as_slice)
    }

    fn text(&self, table: &str, row: &Cells, column: &str) -> String {
        row[self.at(table, column)].clone().unwrap_or_default()
    }

    fn make(&self, customer: usize, statuses: &[Cells]) -> anyhow::Result<Pattern> {
        let mut ids = vec![self.of.created, self.head.opened];
        let mut slots = BTreeMap::from([(self.head.customer.clone(), 0), (self.head.id.clone(), 1)]);
        for (n, part) in PARTS.iter().enumerate() {
            let identified = self.columns[n].first().is_some_and(|column| column == "id");
            if !identified || matches!(part.table, "cases" | "outcomes") {
                continue;
            }
            for row in self.of(part.table) {
                let Some(id) = row[0].clone() else { continue };
                let made = row.iter().zip(&self.kinds[n]).find(|(_, kind)| *kind == "timestamptz");
                let made = made.and_then(|(cell, _)| moment(cell.as_deref()?)).unwrap_or(self.head.opened);
                slots.insert(id, ids.len());
                ids.push(made);
            }
        }
        let known = self.known();
        let mut rows = Vec::new();
        let skipped = self.skipped();
        // what something costs matters to offers that are still made
        let costs = self.head.life == Life::Live;
        let written = |part: &Part| !part.case.is_empty() && (costs || part.table != "service_costs");
        for (n, part) in PARTS.iter().enumerate().filter(|(_, part)| written(part)) {
            for (at, row) in self.of(part.table).iter().enumerate() {
                if !row.iter().flatten().any(|cell| skipped.contains(cell)) {
                    rows.push((n, self.cells(n, at, row, &slots, &known)));
                }
            }
        }
        let places = |table: &str| -> Vec<usize> {
            self.of(table).iter().filter_map(|row| slots.get(row[0].as_deref()?).copied()).collect()
        };
        let mut talkers: Vec<String> =
            self.of("interactions").iter().map(|row| self.text("interactions", row, "by_id")).collect();
        talkers.retain(|by| !by.is_empty());
        talkers.sort();
        let last = self.of("interactions").iter().filter_map(|row| moment(&self.text("interactions", row, "at"))).max();
        let until = self.head.closed.or(last);
        Ok(Pattern {
            customer,
            life: self.head.life,
            reason: self.head.reason.clone(),
            rows,
            orders: places("orders"),
            offers: places("offers"),
            subscriptions: self.of("subscriptions").len(),
            approvals: self.of("approvals").len(),
            presented: self.of("offer_presentations").len(),
            entries: self.of("interactions").len(),
            saved: self.of("outcomes").iter().any(|row| self.text("outcomes", row, "saved") == "true"),
            opened: self.head.opened,
            talk: self.head.acted.zip(until).filter(|(from, until)| from < until),
            talkers,
            ids,
            statuses: statuses
                .iter()
                .filter_map(|row| {
                    let why = cut(row[2].as_deref()?, &known);
                    Some((moment(row[0].as_deref()?)?, row[1].clone()?, why, row[3].clone()))
                })
                .collect(),
        })
    }

    /// Rows of settled cases that do not happen again, by their identity: looks after a save in every second case, as
    /// they were not always taken.
    fn skipped(&self) -> Vec<String> {
        if self.head.life != Life::Settled {
            return Vec::new();
        }
        let checked = self.head.number.parse::<i64>().is_ok_and(|number| number % 2 == 0);
        let unneeded = |row: &&Cells| !checked && self.text("follow_ups", row, "kind") == "check";
        let mut skipped: Vec<String> =
            self.of("follow_ups").iter().filter(unneeded).filter_map(|row| row[0].clone()).collect();
        let of_skipped = |row: &&Cells| skipped.contains(&self.text("deadlines", row, "subject_id"));
        let deadlines: Vec<String> =
            self.of("deadlines").iter().filter(of_skipped).filter_map(|row| row[0].clone()).collect();
        skipped.extend(deadlines);
        skipped
    }

    fn known(&self) -> Known {
        let cell = |table: &str, row: &Cells, column: &str| self.text(table, row, column);
        let contact = self.of.contacts.first().map(|row| cell("contacts", row, "name")).unwrap_or_default();
        Known {
            first: contact.split(' ').next().unwrap_or_default().to_owned(),
            name: cell("customers", &self.of.row, "name"),
            account: cell("customers", &self.of.row, "account_number"),
            case_number: self.head.number.clone(),
            orders: self.of("orders").iter().map(|row| cell("orders", row, "number")).collect(),
            around: DateTime::from_timestamp_micros(self.head.opened).unwrap_or_default().date_naive(),
        }
    }

    fn cells(
        &self,
        n: usize,
        nth: usize,
        row: &Cells,
        slots: &BTreeMap<String, usize>,
        known: &Known,
    ) -> Vec<Cell> {
        let table = PARTS[n].table;
        let running = table == "subscriptions" && self.text(table, row, "status") != "ended";
        let mut cells = Vec::new();
        for ((name, kind), cell) in self.columns[n].iter().zip(&self.kinds[n]).zip(row) {
            let Some(text) = cell else {
                cells.push(Cell::Null);
                continue;
            };
            cells.push(match (table, name.as_str(), kind.as_str()) {
                ("cases", "number", _) => Cell::CaseNumber,
                ("cases", "external_ref", _) => Cell::CaseRef,
                ("offers", "number", _) => Cell::Offer(nth),
                ("orders", "number", _) => Cell::Order(nth),
                ("subscriptions", "external_ref", _) => Cell::Subscription(nth),
                // found out anew
                ("outcomes", "undone_by", _) => Cell::Null,
                ("billing_lines", "invoice_number", _) => {
                    Cell::Text(vec![Piece::Same(escaped(text) + "-"), Piece::CaseNumber])
                }
                // of another subscription than those of this case
                ("billing_lines", "subscription_id", _) if !slots.contains_key(text) => Cell::Null,
                // a term that runs still ends on the same day
                ("subscriptions", "contract_ends_on", _) if running => Cell::Same(text.clone()),
                (_, _, "uuid") => match slots.get(text) {
                    Some(slot) => Cell::Id(*slot),
                    None => Cell::Same(text.clone()),
                },
                (_, _, "timestamptz") => match moment(text) {
                    // never, as yet
                    None | Some(0) => Cell::Same(text.clone()),
                    Some(at) => Cell::At(at),
                },
                (_, _, "date") => match text.parse::<NaiveDate>() {
                    Ok(day) => Cell::Day(day),
                    Err(_) => Cell::Same(text.clone()),
                },
                // codes and numbers have no words
                (_, _, "text") if text.contains([' ', '-']) => cut(text, known),
                _ => Cell::Same(escaped(text)),
            });
        }
        cells
    }
}
