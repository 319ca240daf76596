use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::fold::Term;
use super::query::Stretch;
use super::{Field, Hit, Kind, Subject, spoken};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::CustomerId;
use crate::money::{Currency, Money};

/// Terms in the making, by column.
#[derive(Default)]
pub(super) struct Rows {
    fields: Vec<String>,
    terms: Vec<String>,
    whole: Vec<bool>,
}

impl Rows {
    pub(super) fn push(&mut self, field: Field, term: Term) {
        self.fields.push(field.name().to_owned());
        self.terms.push(term.text);
        self.whole.push(term.whole);
    }
}

pub(super) async fn replace(tx: &mut Tx, subject: Subject, customer: CustomerId, rows: &Rows) -> Result<()> {
    sqlx::query!(
        "
        delete from search_terms t
        where t.subject_id = $1
            and not exists (
                select from unnest($2::text[], $3::text[], $4::boolean[]) as n (field, term, whole)
                where n.field = t.field and n.term = t.term and n.whole = t.whole and t.customer_id = $5
            )
        ",
        subject.uuid(),
        &rows.fields,
        &rows.terms,
        &rows.whole,
        customer as CustomerId,
    )
    .execute(&mut **tx)
    .await?;
    insert(tx, subject, customer, rows).await
}

pub(super) async fn insert(tx: &mut Tx, subject: Subject, customer: CustomerId, rows: &Rows) -> Result<()> {
    sqlx::query!(
        "
        insert into search_terms (subject_id, subject_kind, customer_id, field, term, whole)
        select $1, $2, $3, n.field, n.term, n.whole
        from unnest($4::text[], $5::text[], $6::boolean[]) as n (field, term, whole)
        on conflict do nothing
        ",
        subject.uuid(),
        subject.kind().name(),
        customer as CustomerId,
        &rows.fields,
        &rows.terms,
        &rows.whole,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A term that was found.
pub(super) struct Found {
    pub(super) subject: Subject,
    pub(super) field: Field,
    pub(super) term: String,
    pub(super) whole: bool,
}

impl Found {
    fn read(kind: &str, id: Uuid, field: &str, term: String, whole: bool) -> Option<Self> {
        let subject = Subject::new(Kind::from_name(kind)?, id);
        Some(Self { subject, field: Field::from_name(field)?, term, whole })
    }
}

/// The first terms of each stretch, straight off the index.
pub(super) async fn prefixes(connection: &mut PgConnection, stretches: &[Stretch]) -> Result<Vec<Found>> {
    if stretches.is_empty() {
        return Ok(Vec::new());
    }
    let kinds: Vec<String> = stretches.iter().map(|stretch| stretch.kind.name().to_owned()).collect();
    let prefixes: Vec<String> = stretches.iter().map(|stretch| stretch.prefix.clone()).collect();
    let rests: Vec<String> = stretches.iter().map(|stretch| stretch.rest.clone()).collect();
    let caps: Vec<i32> = stretches.iter().map(|stretch| stretch.cap).collect();
    let rows = sqlx::query!(
        r#"
        select t.subject_kind as "kind!", t.subject_id as "id!", t.field as "field!", t.term as "term!",
            t.whole as "whole!"
        from unnest($1::text[], $2::text[], $3::text[], $4::integer[]) as p (kind, prefix, rest, cap)
        cross join lateral (
            select s.subject_kind, s.subject_id, s.field, s.term, s.whole
            from search_terms s
            where s.subject_kind = p.kind and s.term >= p.prefix and s.term < p.prefix || chr(1114111)
            order by s.term
            limit p.cap
        ) t
        where p.rest = '' or not exists (
            select from unnest(string_to_array(p.rest, ' ')) as w (word)
            where not exists (
                select from search_terms o
                where o.subject_id = t.subject_id and o.field = t.field
                    and o.term >= w.word and o.term < w.word || chr(1114111)
            )
        )
        "#,
        &kinds,
        &prefixes,
        &rests,
        &caps,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().filter_map(|row| Found::read(&row.kind, row.id, &row.field, row.term, row.whole)).collect())
}

/// Names and addresses that look like it, with how much they do. Of a word that thousands share not all are weighed.
pub(super) async fn similar(connection: &mut PgConnection, plain: &str, cap: i32) -> Result<Vec<(Found, f32)>> {
    let rows = sqlx::query!(
        r#"
        select s.subject_kind as kind, s.subject_id as id, s.field, s.term, s.whole,
            word_similarity($1, s.term) as "likeness!"
        from (
            select subject_kind, subject_id, field, term, whole
            from search_terms
            where whole and field in ('name', 'contact', 'email') and $1 <% term
            limit 400
        ) s
        order by word_similarity($1, s.term) desc, length(s.term)
        limit $2
        "#,
        plain,
        i64::from(cap),
    )
    .fetch_all(connection)
    .await?;
    let found = rows.into_iter().filter_map(|row| {
        Found::read(&row.kind, row.id, &row.field, row.term, row.whole).map(|found| (found, row.likeness))
    });
    Ok(found.collect())
}

struct Row {
    at: i64,
    customer: CustomerId,
    name: String,
    identified: bool,
    account: Option<String>,
    city: String,
    order_number: Option<String>,
    ordered_at: Option<DateTime<Utc>>,
    total: Option<i64>,
    currency: Option<Currency>,
    case_number: Option<i64>,
    case_kind: Option<String>,
    stage: Option<String>,
    offer_number: Option<i64>,
    offer_type: Option<String>,
    offer_stage: Option<String>,
}

/// What was found, as shown, in the order given.
pub(super) async fn hits(connection: &mut PgConnection, found: &[(Subject, Field, bool)]) -> Result<Vec<Hit>> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let kinds: Vec<String> = found.iter().map(|(subject, ..)| subject.kind().name().to_owned()).collect();
    let ids: Vec<Uuid> = found.iter().map(|(subject, ..)| subject.uuid()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"
        select w.at as "at!", c.id as "customer: CustomerId", c.name, c.identified, listed_account(c.account_number, c.cpni) as account, c.city,
            o.number as "order_number?", o.ordered_at as "ordered_at?", o.total_minor as "total?",
            o.currency as "currency?: Currency", k.number as "case_number?", k.kind as "case_kind?", k.stage as "stage?",
            f.number as "offer_number?", f.offer_type as "offer_type?", f.stage as "offer_stage?"
        from unnest($1::text[], $2::uuid[]) with ordinality as w (kind, id, at)
        left join orders o on w.kind = 'order' and o.id = w.id
        left join cases k on w.kind = 'case' and k.id = w.id
        left join offers f on w.kind = 'offer' and f.id = w.id
        join customers c on c.id = coalesce(o.customer_id, k.customer_id, f.customer_id, w.id)
        order by w.at
        "#,
        &kinds,
        &ids,
    )
    .fetch_all(connection)
    .await?;
    let hit = |row: Row| {
        let at = usize::try_from(row.at).ok()?.checked_sub(1)?;
        let (id, field, guessed) = *found.get(at)?;
        let (title, detail) = row.words();
        Some(Hit {
            kind: id.kind(),
            id,
            customer: row.customer,
            customer_name: row.name,
            href: id.href(),
            title,
            detail,
            field,
            guessed,
        })
    };
    Ok(rows.into_iter().filter_map(hit).collect())
}

impl Row {
    fn words(&self) -> (String, String) {
        if let Some(number) = self.case_number {
            let (kind, stage) = (self.case_kind.as_deref(), self.stage.as_deref());
            let detail = [kind, stage].into_iter().flatten().map(spoken).collect::<Vec<_>>().join(" · ");
            return (format!("SD-{number} {}", self.name), detail);
        }
        if let Some(number) = self.offer_number {
            let (of_type, stage) = (self.offer_type.as_deref(), self.offer_stage.as_deref());
            let detail = [of_type, stage].into_iter().flatten().map(spoken).collect::<Vec<_>>().join(" · ");
            return (format!("OF-{number} {}", self.name), detail);
        }
        if let Some(number) = &self.order_number {
            let total = self.total.zip(self.currency).map(|(minor, currency)| Money::new(minor, currency).to_string());
            let day = self.ordered_at.map(|at| at.format("%-d %b %Y").to_string());
            let detail = [day, total].into_iter().flatten().collect::<Vec<_>>().join(" · ");
            return (format!("Order {number}, {}", self.name), detail);
        }
        let account = match &self.account {
            Some(account) => format!("Account {account}"),
            None if self.identified => String::new(),
            None => "Not identified yet".to_owned(),
        };
        let parts = [account.as_str(), self.city.as_str()];
        let detail = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
        (self.name.clone(), detail)
    }
}
