use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{Connection, FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::Entry;
use crate::db::Origin;
use crate::error::Result;
use crate::ids::{CustomerId, UserId};

pub(super) async fn insert(
    connection: &mut PgConnection,
    shard: i16,
    at: DateTime<Utc>,
    origin: Origin,
    entry: &Entry,
) -> Result<()> {
    let (subject_kind, subject_id) = entry.subject.parts();
    sqlx::query!(
        "
        insert into audit_entries
            (shard, seq, at, actor_id, via, action, subject_kind, subject_id, customer_id, request_id, body, prev, hash)
        values ($1, 0, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '')
        ",
        shard,
        at,
        origin.actor as Option<UserId>,
        origin.via.name(),
        entry.action.name(),
        subject_kind,
        subject_id,
        entry.customer as Option<CustomerId>,
        origin.request,
        entry.body(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The same for many, in their order.
pub(super) async fn insert_all(
    connection: &mut PgConnection,
    shard: i16,
    at: DateTime<Utc>,
    origin: Origin,
    entries: &[Entry],
) -> Result<()> {
    let actions: Vec<String> = entries.iter().map(|entry| entry.action.name().to_owned()).collect();
    let kinds: Vec<String> = entries.iter().map(|entry| entry.subject.parts().0.to_owned()).collect();
    let subjects: Vec<Option<Uuid>> = entries.iter().map(|entry| entry.subject.parts().1).collect();
    let customers: Vec<Option<Uuid>> = entries.iter().map(|entry| entry.customer.map(CustomerId::uuid)).collect();
    let bodies: Vec<Value> = entries.iter().map(Entry::body).collect();
    sqlx::query!(
        "
        insert into audit_entries
            (shard, seq, at, actor_id, via, action, subject_kind, subject_id, customer_id, request_id, body, prev, hash)
        select $1, 0, $2, $3, $4, e.action, e.subject_kind, e.subject_id, e.customer_id, $5, e.body, '', ''
        from unnest($6::text[], $7::text[], $8::uuid[], $9::uuid[], $10::jsonb[])
            with ordinality as e (action, subject_kind, subject_id, customer_id, body, n)
        order by e.n
        ",
        shard,
        at,
        origin.actor as Option<UserId>,
        origin.via.name(),
        origin.request,
        &actions,
        &kinds,
        &subjects as &[Option<Uuid>],
        &customers as &[Option<Uuid>],
        &bodies,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The same for a view, unless this person's last one of the same subject is newer than `unless_since`, or there is
/// nothing to be seen.
pub(super) async fn insert_view(
    connection: &mut PgConnection,
    shard: i16,
    at: DateTime<Utc>,
    origin: Origin,
    entry: &Entry,
    unless_since: Option<DateTime<Utc>>,
) -> Result<()> {
    let (subject_kind, subject_id) = entry.subject.parts();
    sqlx::query!(
        "
        insert into audit_entries
            (shard, seq, at, actor_id, via, action, subject_kind, subject_id, customer_id, request_id, body, prev, hash)
        select $1, 0, $2, $3, $4, $5, $6, $7, seen.customer_id, $9, $10, '', ''
        from (
            select coalesce($8, (select c.customer_id from cases c where $6 = 'case' and c.id = $7)) as customer_id
        ) seen
        where case
                when $6 = 'case' or seen.customer_id is not null
                then exists (select from customers k where k.id = seen.customer_id)
                else true
            end
            and not exists (
                select from audit_entries e
                where e.subject_id = $7 and e.at > $11 and e.actor_id = $3 and e.action = $5
            )
        ",
        shard,
        at,
        origin.actor as Option<UserId>,
        origin.via.name(),
        entry.action.name(),
        subject_kind,
        subject_id,
        entry.customer as Option<CustomerId>,
        origin.request,
        entry.body(),
        unless_since,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The person who made the last entry of this action on this subject with these facts and a change of these fields.
pub(super) async fn last_by(
    connection: &mut PgConnection,
    like: &Entry,
    fields: &[String],
) -> Result<Option<(UserId, String)>> {
    let (_, subject_id) = like.subject.parts();
    let row = sqlx::query!(
        r#"
        select u.id as "id: UserId", u.name
        from (
            select e.actor_id
            from audit_entries e
            where e.subject_id = $1 and e.action = $2 and e.body @> $3
                and exists (select from jsonb_to_recordset(e.body -> 'changes') as c (field text) where c.field = any($4))
            order by e.at desc, e.shard desc, e.seq desc
            limit 1
        ) last
        join users u on u.id = last.actor_id
        "#,
        subject_id,
        like.action.name(),
        like.body(),
        fields,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.id, row.name)))
}

/// An entry at which a chain does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// Which chain.
    pub shard: i16,
    /// Which entry of it.
    pub seq: i64,
    /// What is wrong.
    pub what: String,
}

/// Walks every chain; gives how many entries there are and the first broken one of each chain.
///
/// # Errors
/// When the database cannot be read.
pub async fn verify(connection: &mut PgConnection) -> Result<(i64, Vec<Broken>)> {
    let mut reading = connection.begin().await?;
    sqlx::query!("set local statement_timeout = 0").execute(&mut *reading).await?;
    let entries = sqlx::query_scalar!(r#"select count(*) as "n!" from audit_entries"#).fetch_one(&mut *reading).await?;
    let broken = sqlx::query_as!(
        Broken,
        r#"
        select distinct on (shard) shard as "shard!", seq as "seq!", what as "what!"
        from broken_audit_entries()
        order by shard, seq
        "#,
    )
    .fetch_all(&mut *reading)
    .await?;
    reading.rollback().await?;
    Ok((entries, broken))
}

/// An entry, with the case and the customer that it speaks of as people call them. Users and teams are kept in memory.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Seen {
    pub(super) shard: i16,
    pub(super) seq: i64,
    pub(super) at: DateTime<Utc>,
    pub(super) actor_id: Option<UserId>,
    pub(super) via: String,
    pub(super) action: String,
    pub(super) subject_kind: String,
    pub(super) subject_id: Option<Uuid>,
    pub(super) case_number: Option<i64>,
    pub(super) customer_name: Option<String>,
    pub(super) body: Value,
    pub(super) hash: Vec<u8>,
}

/// Which entries to read.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    pub(super) actor: Option<UserId>,
    pub(super) action: Option<String>,
    pub(super) subject: Option<Uuid>,
    pub(super) customer: Option<Uuid>,
    pub(super) from: Option<DateTime<Utc>>,
    pub(super) until: Option<DateTime<Utc>>,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Newest,
    OlderThan(DateTime<Utc>, i16, i64),
    NewerThan(DateTime<Utc>, i16, i64),
}

/// A page of entries, newest first.
pub(super) async fn list(
    connection: &mut PgConnection,
    filter: &Filter,
    place: Place,
    limit: i64,
) -> Result<Vec<Seen>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(
        // asked row by row of fifty, so that no table is ever read for them
        "select e.shard, e.seq, e.at, e.actor_id, e.via, e.action, e.subject_kind, e.subject_id, e.body, e.hash,
            (select c.number from cases c where e.subject_kind = 'case' and c.id = e.subject_id) as case_number,
            (select k.name from customers k where k.id = e.customer_id) as customer_name
        from (select * from audit_entries where true",
    );
    if let Some(actor) = filter.actor {
        query.push(" and actor_id = ").push_bind(actor);
    }
    if let Some(action) = &filter.action {
        query.push(" and action = ").push_bind(action.clone());
    }
    if let Some(subject) = filter.subject {
        query.push(" and subject_id = ").push_bind(subject);
    }
    if let Some(customer) = filter.customer {
        query.push(" and customer_id = ").push_bind(customer);
    }
    if let Some(from) = filter.from {
        query.push(" and at >= ").push_bind(from);
    }
    if let Some(until) = filter.until {
        query.push(" and at < ").push_bind(until);
    }
    let order = match place {
        Place::Newest => "desc",
        Place::OlderThan(at, shard, seq) => {
            query.push(" and (at, shard, seq) < (").push_bind(at);
            query.push(", ").push_bind(shard).push(", ").push_bind(seq).push(")");
            "desc"
        }
        Place::NewerThan(at, shard, seq) => {
            query.push(" and (at, shard, seq) > (").push_bind(at);
            query.push(", ").push_bind(shard).push(", ").push_bind(seq).push(")");
            "asc"
        }
    };
    query.push(format!(" order by at {order}, shard {order}, seq {order} limit ")).push_bind(limit);
    query.push(
        ") e
        order by e.at desc, e.shard desc, e.seq desc",
    );
    Ok(query.build_query_as().fetch_all(connection).await?)
}

/// How many entries there are, and since when.
pub(super) async fn extent(connection: &mut PgConnection) -> Result<(i64, Option<DateTime<Utc>>)> {
    let row = sqlx::query!(
        r#"select (select sum(seq)::bigint from audit_heads) as "entries!", (select min(at) from audit_entries) as since"#
    )
    .fetch_one(connection)
    .await?;
    Ok((row.entries, row.since))
}
