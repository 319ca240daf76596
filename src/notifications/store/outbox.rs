//! The outbox as admins see it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::Stage;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{CaseId, CustomerId, MailId};

/// How many there are.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Counts {
    pub(in super::super) waiting: i64,
    pub(in super::super) parked: i64,
}

/// How many wait and how many are parked, no more than a thousand each.
pub(in super::super) async fn counts(connection: &mut PgConnection) -> Result<Counts> {
    Ok(sqlx::query_as!(
        Counts,
        r#"
        select
            (select count(*) from (select from mails where stage = 'waiting' limit 1000) w) as "waiting!",
            (select count(*) from (select from mails where stage = 'parked' limit 1000) p) as "parked!"
        "#,
    )
    .fetch_one(connection)
    .await?)
}

/// A mail as the outbox lists it.
pub(in super::super) struct Listed {
    pub(in super::super) id: MailId,
    pub(in super::super) subject: String,
    pub(in super::super) to_name: String,
    pub(in super::super) to_customer: bool,
    pub(in super::super) case: Option<CaseId>,
    pub(in super::super) case_number: Option<i64>,
    pub(in super::super) stage: Stage,
    pub(in super::super) queued_at: DateTime<Utc>,
    pub(in super::super) next_at: DateTime<Utc>,
    pub(in super::super) ended_at: Option<DateTime<Utc>>,
    pub(in super::super) attempts: i16,
    pub(in super::super) error: Option<String>,
}

/// Mails before a place, newest first: all of them, or those of a stage.
pub(in super::super) async fn list(
    connection: &mut PgConnection,
    stage: Option<Stage>,
    before: Option<(DateTime<Utc>, MailId)>,
    limit: i64,
) -> Result<Vec<Listed>> {
    let (at, id) = before.unzip();
    // two statements, so that each has an index of its own order
    Ok(match stage {
        None => {
            sqlx::query_as!(
                Listed,
                r#"
                select m.id as "id!: MailId", m.subject as "subject!", coalesce(k.name, m.to_name) as "to_name!",
                    m.customer_id is not null as "to_customer!", m.case_id as "case: CaseId",
                    c.number as "case_number?", m.stage as "stage!: Stage", m.queued_at as "queued_at!",
                    m.next_at as "next_at!", m.ended_at, m.attempts as "attempts!", m.error
                from mails m
                left join customers k on k.id = m.customer_id
                left join cases c on c.id = m.case_id
                where ($1::timestamptz is null or (m.queued_at, m.id) < ($1, $2::uuid))
                order by m.queued_at desc, m.id desc
                limit $3
                "#,
                at,
                id as Option<MailId>,
                limit,
            )
            .fetch_all(connection)
            .await?
        }
        Some(stage) => {
            sqlx::query_as!(
                Listed,
                r#"
                select m.id as "id!: MailId", m.subject as "subject!", coalesce(k.name, m.to_name) as "to_name!",
                    m.customer_id is not null as "to_customer!", m.case_id as "case: CaseId",
                    c.number as "case_number?", m.stage as "stage!: Stage", m.queued_at as "queued_at!",
                    m.next_at as "next_at!", m.ended_at, m.attempts as "attempts!", m.error
                from mails m
                left join customers k on k.id = m.customer_id
                left join cases c on c.id = m.case_id
                where m.stage = $4 and ($1::timestamptz is null or (m.queued_at, m.id) < ($1, $2::uuid))
                order by m.queued_at desc, m.id desc
                limit $3
                "#,
                at,
                id as Option<MailId>,
                limit,
                stage.name(),
            )
            .fetch_all(connection)
            .await?
        }
    })
}

/// All of a mail.
pub(in super::super) struct Mail {
    pub(in super::super) id: MailId,
    pub(in super::super) key: String,
    pub(in super::super) message_name: Option<String>,
    pub(in super::super) address: String,
    pub(in super::super) name: String,
    pub(in super::super) customer: Option<CustomerId>,
    pub(in super::super) case: Option<CaseId>,
    pub(in super::super) case_number: Option<i64>,
    pub(in super::super) subject: String,
    pub(in super::super) body: Option<String>,
    pub(in super::super) calendar: Option<String>,
    pub(in super::super) queued_at: DateTime<Utc>,
    pub(in super::super) stage: Stage,
    pub(in super::super) next_at: DateTime<Utc>,
    pub(in super::super) attempts: i16,
    pub(in super::super) error: Option<String>,
    pub(in super::super) ended_at: Option<DateTime<Utc>>,
}

/// A mail.
pub(in super::super) async fn find(connection: &mut PgConnection, mail: MailId) -> Result<Mail> {
    sqlx::query_as!(
        Mail,
        r#"
        select m.id as "id!: MailId", m.key as "key!", m.message_name, m.to_address as "address!", m.to_name as "name!",
            m.customer_id as "customer: CustomerId", m.case_id as "case: CaseId", c.number as "case_number?",
            m.subject as "subject!", m.body, m.calendar, m.queued_at as "queued_at!", m.stage as "stage!: Stage",
            m.next_at as "next_at!", m.attempts as "attempts!", m.error, m.ended_at
        from mails m
        left join cases c on c.id = m.case_id
        where m.id = $1
        "#,
        mail as MailId,
    )
    .fetch_optional(connection)
    .await?
    .ok_or(Error::NotFound)
}

/// The same, held until the end of the transaction.
pub(in super::super) async fn lock(tx: &mut Tx, mail: MailId) -> Result<Mail> {
    sqlx::query!("select id from mails where id = $1 for update", mail as MailId)
        .fetch_optional(&mut **tx)
        .await?
        .ok_or(Error::NotFound)?;
    find(tx, mail).await
}

/// A parked mail is tried again, now.
pub(in super::super) async fn wait_again(tx: &mut Tx, mail: MailId) -> Result<()> {
    let now = tx.now();
    sqlx::query!(
        "update mails set stage = 'waiting', ended_at = null, attempts = 0, next_at = $2 where id = $1",
        mail as MailId,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
