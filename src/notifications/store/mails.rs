//! Mails on their way.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::letters::LONGEST_SUBJECT;
use super::super::{NewMail, To, cut};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{AppointmentId, CaseId, CustomerId, MailId, OfferId, UserId};

/// Writes those whose key is new; gives how many.
pub(in super::super) async fn insert(tx: &mut Tx, mails: &[NewMail]) -> Result<u64> {
    let now = tx.now();
    let texts = |text: fn(&NewMail) -> String| mails.iter().map(text).collect::<Vec<String>>();
    let users: Vec<Option<Uuid>> =
        mails.iter().map(|mail| if let To::User(id) = mail.to { Some(id.uuid()) } else { None }).collect();
    let customers: Vec<Option<Uuid>> =
        mails.iter().map(|mail| if let To::Customer(id) = mail.to { Some(id.uuid()) } else { None }).collect();
    let requests: Vec<Option<Uuid>> =
        mails.iter().map(|mail| if let To::Request(id) = mail.to { Some(id.uuid()) } else { None }).collect();
    let cases: Vec<Option<Uuid>> = mails.iter().map(|mail| mail.case.map(CaseId::uuid)).collect();
    let (offers, revisions): (Vec<Option<Uuid>>, Vec<Option<i32>>) =
        mails.iter().map(|mail| mail.terms.map(|(offer, revision)| (offer.uuid(), revision)).unzip()).unzip();
    let written = sqlx::query!(
        "
        insert into mails (id, key, to_address, to_name, user_id, customer_id, case_id, subject, body, queued_at, next_at,
            offer_id, revision, request_id)
        select m.id, m.key, m.to_address, m.to_name, m.user_id, m.customer_id, m.case_id, m.subject, m.body, $10,
            m.next_at, m.offer_id, m.revision, m.request_id
        from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[], $8::text[],
            $9::text[], $11::timestamptz[], $12::uuid[], $13::integer[], $14::uuid[])
            as m (id, key, to_address, to_name, user_id, customer_id, case_id, subject, body, next_at, offer_id, revision,
                request_id)
        order by m.key
        on conflict on constraint mails_key do nothing
        ",
        &mails.iter().map(|_| MailId::new().uuid()).collect::<Vec<_>>(),
        &texts(|mail| mail.key.clone()),
        &texts(|mail| mail.address.trim().to_owned()),
        &texts(|mail| cut(&mail.name, 200)),
        &users as &[Option<Uuid>],
        &customers as &[Option<Uuid>],
        &cases as &[Option<Uuid>],
        &texts(|mail| cut(&mail.subject, LONGEST_SUBJECT)),
        &texts(|mail| mail.body.clone()),
        now,
        &mails.iter().map(|mail| mail.not_before.unwrap_or(now).max(now)).collect::<Vec<_>>(),
        &offers as &[Option<Uuid>],
        &revisions as &[Option<i32>],
        &requests as &[Option<Uuid>],
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected())
}

/// A mail that somebody is about to send.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claimed {
    /// Which.
    pub id: MailId,
    /// Its name in the outbox.
    pub key: String,
    pub(in super::super) message_name: Option<String>,
    /// Where it goes.
    pub address: String,
    pub(in super::super) name: String,
    pub(in super::super) customer: Option<CustomerId>,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// The offer it is about, and which terms of it.
    pub offer: Option<OfferId>,
    pub(in super::super) revision: Option<i32>,
    /// The booked call it invites to, and which of its invitations it is.
    pub appointment: Option<AppointmentId>,
    pub(in super::super) sequence: Option<i32>,
    pub(in super::super) calendar: Option<String>,
    pub(in super::super) subject: String,
    /// Its words.
    pub body: Option<String>,
    pub(in super::super) queued_at: DateTime<Utc>,
    /// This try included.
    pub(in super::super) attempts: i16,
    /// It lay there for so long that it is no news any more, and nobody asked for it since.
    pub(in super::super) stale: bool,
}

impl Claimed {
    /// The terms it is about, by offer and revision.
    #[must_use]
    pub fn terms(&self) -> Option<(OfferId, i32)> {
        self.offer.zip(self.revision)
    }

    /// The key it was written under, where it is one of a report.
    #[must_use]
    pub fn report(&self) -> Option<&str> {
        Some(self.key.as_str()).filter(|key| key.starts_with("report:"))
    }

    /// The booked call that it tells of, which of the call's invitations it is, and whether it takes them back.
    #[must_use]
    pub fn invitation(&self) -> Option<(AppointmentId, i32, bool)> {
        let cancels = self.calendar.as_deref().is_some_and(|calendar| calendar.contains("METHOD:CANCEL"));
        self.appointment.zip(self.sequence).map(|(appointment, sequence)| (appointment, sequence, cancels))
    }
}

/// Takes the mail that has waited longest, until the lease runs out: should nobody come back to say what became of it, it
/// is tried again then. The try counts before it is made. What was written before `stale` is no news.
pub(in super::super) async fn claim(
    tx: &mut Tx,
    until: DateTime<Utc>,
    stale: DateTime<Utc>,
) -> Result<Option<Claimed>> {
    let now = tx.now();
    Ok(sqlx::query_as!(
        Claimed,
        r#"
        update mails
        set next_at = $2, attempts = attempts + 1
        where id = (
            select id from mails
            where stage = 'waiting' and next_at <= $1
            order by next_at, id
            limit 1
            for update skip locked
        )
        returning id as "id: MailId", key, message_name, to_address as address, to_name as name,
            customer_id as "customer: CustomerId", case_id as "case: CaseId", offer_id as "offer: OfferId", revision,
            appointment_id as "appointment: AppointmentId", sequence, calendar, subject, body, queued_at, attempts,
            queued_at < $3 and error is null as "stale!"
        "#,
        now,
        until,
        stale,
    )
    .fetch_optional(&mut **tx)
    .await?)
}

/// Keeps the Message-ID under which a mail is tried.
pub(in super::super) async fn name(tx: &mut Tx, mail: MailId, name: &str) -> Result<()> {
    sqlx::query!("update mails set message_name = $2 where id = $1", mail as MailId, name).execute(&mut **tx).await?;
    Ok(())
}

/// It was sent, whoever sent it, and whatever became of it meanwhile; says whether nobody had said so before.
pub(in super::super) async fn mark_sent(tx: &mut Tx, mail: MailId) -> Result<bool> {
    let now = tx.now();
    let marked = sqlx::query!(
        "update mails set stage = 'sent', ended_at = $2, error = null where id = $1 and stage <> 'sent'",
        mail as MailId,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(marked.rows_affected() > 0)
}

/// It was not, and is tried again then; unless somebody else has taken it since.
pub(in super::super) async fn put_off(tx: &mut Tx, mail: &Claimed, next_at: DateTime<Utc>, why: &str) -> Result<bool> {
    let marked = sqlx::query!(
        "update mails set next_at = $3, error = $4 where id = $1 and stage = 'waiting' and attempts = $2",
        mail.id as MailId,
        mail.attempts,
        next_at,
        why,
    )
    .execute(&mut **tx)
    .await?;
    Ok(marked.rows_affected() > 0)
}

/// It is not tried any more; unless somebody else has taken it since.
pub(in super::super) async fn park(tx: &mut Tx, mail: &Claimed, why: &str) -> Result<bool> {
    let now = tx.now();
    let marked = sqlx::query!(
        "
        update mails
        set stage = 'parked', ended_at = $3, error = $4
        where id = $1 and stage = 'waiting' and attempts = $2
        ",
        mail.id as MailId,
        mail.attempts,
        now,
        why,
    )
    .execute(&mut **tx)
    .await?;
    Ok(marked.rows_affected() > 0)
}

/// It does not hold any more.
pub(in super::super) async fn drop_one(tx: &mut Tx, mail: MailId, why: &str) -> Result<bool> {
    let now = tx.now();
    let dropped = sqlx::query!(
        "
        update mails
        set stage = 'dropped', ended_at = $2, error = $3
        where id = $1 and stage in ('waiting', 'parked')
        ",
        mail as MailId,
        now,
        why,
    )
    .execute(&mut **tx)
    .await?;
    Ok(dropped.rows_affected() > 0)
}

/// The one of this key does not hold any more.
pub(in super::super) async fn drop_named(tx: &mut Tx, key: &str, why: &str) -> Result<bool> {
    let now = tx.now();
    let dropped = sqlx::query!(
        "
        update mails
        set stage = 'dropped', ended_at = $2, error = $3
        where key = $1 and stage in ('waiting', 'parked')
        ",
        key,
        now,
        why,
    )
    .execute(&mut **tx)
    .await?;
    Ok(dropped.rows_affected() > 0)
}

/// Those about an offer do not hold any more; gives how many.
pub(in super::super) async fn drop_about(tx: &mut Tx, offer: OfferId, why: &str) -> Result<u64> {
    let now = tx.now();
    let dropped = sqlx::query!(
        "
        update mails
        set stage = 'dropped', ended_at = $2, error = $3
        where offer_id = $1 and stage in ('waiting', 'parked')
        ",
        offer as OfferId,
        now,
        why,
    )
    .execute(&mut **tx)
    .await?;
    Ok(dropped.rows_affected())
}

/// Takes the words out of so many mails that were sent or dropped before a moment.
pub(in super::super) async fn clear_bodies(
    connection: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<u64> {
    let cleared = sqlx::query!(
        "
        update mails
        set body = null, calendar = null
        where id = any(array(
            select m.id from mails m
            left join customers c on c.id = m.customer_id
            -- R20: a legal hold keeps them
            where m.stage in ('sent', 'dropped') and m.body is not null and m.ended_at < $1 and not coalesce(c.legal_hold, false)
            limit $2
        ))
        ",
        before,
        limit,
    )
    .execute(connection)
    .await?;
    Ok(cleared.rows_affected())
}

/// Throws away so many of the mails to our own people that were written before a moment: they are no news to anybody.
pub(in super::super) async fn delete_own(
    connection: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<u64> {
    let gone = sqlx::query!(
        "
        delete from mails
        where id = any(array(select id from mails where queued_at < $1 and user_id is not null limit $2))
        ",
        before,
        limit,
    )
    .execute(connection)
    .await?;
    Ok(gone.rows_affected())
}

/// The most characters of a mail to which lines are added.
const FULL: i32 = 30_000;

/// Writes a mail, or adds lines to the one of its key; says whether it could: nothing is added to what somebody has
/// begun to send. A mail that is full takes no more lines, and stays as it is.
pub(in super::super) async fn insert_or_add(tx: &mut Tx, mail: &NewMail, lines: &str) -> Result<bool> {
    if insert(tx, std::slice::from_ref(mail)).await? > 0 {
        return Ok(true);
    }
    let added = sqlx::query!(
        "
        update mails
        set body = case when length(body) < $3 then body || $2 else body end
        where key = $1 and stage = 'waiting' and attempts = 0
        ",
        mail.key,
        lines,
        FULL,
    )
    .execute(&mut **tx)
    .await?;
    Ok(added.rows_affected() > 0)
}

/// How many notices somebody was sent by mail.
#[derive(Clone, Copy, Default, Debug)]
pub(in super::super) struct Lately {
    pub(in super::super) ordinary: i64,
    pub(in super::super) urgent: i64,
}

/// How many notices each of these people was sent by mail since a moment, each by itself.
pub(in super::super) async fn notices_since(
    connection: &mut PgConnection,
    people: &[UserId],
    since: DateTime<Utc>,
) -> Result<HashMap<UserId, Lately>> {
    let rows = sqlx::query!(
        r#"
        select m.user_id as "user!: UserId", count(*) filter (where m.key like 'notice:%') as "ordinary!",
            count(*) filter (where m.key like 'urgent:%') as "urgent!"
        from mails m
        where m.user_id = any($1) and m.queued_at > $2
        group by m.user_id
        "#,
        people as &[UserId],
        since,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.user, Lately { ordinary: row.ordinary, urgent: row.urgent })).collect())
}
