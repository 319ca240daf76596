//! The terms of sources, version by version.

use chrono::{DateTime, NaiveTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::super::templates::{AddressedTo, Counted, Template};
use crate::cases::Channel;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{ComplaintTemplateId, UserId};

#[derive(Deserialize)]
pub(super) struct TemplateRow {
    id: ComplaintTemplateId,
    code: String,
    number: i32,
    source: String,
    name: String,
    span: i16,
    counted: Counted,
    due_time: NaiveTime,
    zone: String,
    public: bool,
    addressed_to: AddressedTo,
    address: String,
    rounds: i16,
    round_span: Option<i16>,
    extended_span: Option<i16>,
    citation: String,
    active: bool,
    published_at: DateTime<Utc>,
    published_by: Option<String>,
}

impl TemplateRow {
    pub(super) fn read(self) -> Result<Template> {
        let odd = |what: &str| Error::Internal(anyhow::anyhow!("complaint template {} has an odd {what}", self.code));
        let span = |span: i16| u16::try_from(span).unwrap_or(1);
        Ok(Template {
            id: self.id,
            number: self.number,
            source: Channel::from_name(&self.source).ok_or_else(|| odd("source"))?,
            name: self.name,
            span: span(self.span),
            counted: self.counted,
            due_time: self.due_time,
            zone: self.zone.parse().map_err(|_| odd("zone"))?,
            public: self.public,
            addressed_to: self.addressed_to,
            address: self.address,
            rounds: u8::try_from(self.rounds).unwrap_or(1),
            round_span: self.round_span.map(span),
            extended_span: self.extended_span.map(span),
            citation: self.citation,
            active: self.active,
            published_at: self.published_at,
            published_by: self.published_by,
            code: self.code,
        })
    }
}

/// The newest version of all terms, by source and name; also of those that are no longer used.
///
/// # Errors
/// When the database cannot be read.
pub async fn templates(connection: &mut PgConnection) -> Result<Vec<Template>> {
    let rows = sqlx::query_as!(
        TemplateRow,
        r#"
        select t.id as "id: ComplaintTemplateId", t.code, t.number, t.source, t.name, t.span,
            t.counted as "counted: Counted", t.due_time, t.zone, t.public, t.addressed_to as "addressed_to: AddressedTo",
            t.address, t.rounds, t.round_span, t.extended_span, t.citation, t.active, t.published_at,
            u.name as "published_by?"
        from complaint_templates t
        left join users u on u.id = t.published_by_id
        where not exists (select from complaint_templates n where n.code = t.code and n.number > t.number)
        order by t.source, t.name, t.code
        limit 200
        "#,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(TemplateRow::read).collect()
}

/// The versions of some terms, the newest first.
pub(in super::super) async fn versions(connection: &mut PgConnection, code: &str) -> Result<Vec<Template>> {
    let rows = sqlx::query_as!(
        TemplateRow,
        r#"
        select t.id as "id: ComplaintTemplateId", t.code, t.number, t.source, t.name, t.span,
            t.counted as "counted: Counted", t.due_time, t.zone, t.public, t.addressed_to as "addressed_to: AddressedTo",
            t.address, t.rounds, t.round_span, t.extended_span, t.citation, t.active, t.published_at,
            u.name as "published_by?"
        from complaint_templates t
        left join users u on u.id = t.published_by_id
        where t.code = $1
        order by t.number desc
        limit 50
        "#,
        code,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(TemplateRow::read).collect()
}

/// Publishes the next version; none when somebody else published it meanwhile.
pub(in super::super) async fn insert_template(tx: &mut Tx, new: &Template) -> Result<bool> {
    let (at, by) = (tx.now(), tx.by());
    let span = |span: u16| i16::try_from(span).unwrap_or(i16::MAX);
    let done = sqlx::query!(
        "
        insert into complaint_templates (id, code, number, source, name, span, counted, due_time, zone, public,
            addressed_to, address, rounds, round_span, extended_span, citation, active, published_at, published_by_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
        on conflict (code, number) do nothing
        ",
        new.id as ComplaintTemplateId,
        new.code,
        new.number,
        new.source.name(),
        new.name,
        span(new.span),
        new.counted.name(),
        new.due_time,
        new.zone.name(),
        new.public,
        new.addressed_to.name(),
        new.address,
        i16::from(new.rounds),
        new.round_span.map(span),
        new.extended_span.map(span),
        new.citation,
        new.active,
        at,
        by as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
