//! The answers: rounds, allegations, what was done, sign-offs.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::super::{Allegation, Complaint, Finding, Letter, SentHow, Stands};
use crate::calendar::Due;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{AllegationId, CaseId, ComplaintActionId, ComplaintId, CustomerId, OfferId, PromiseId, UserId};

/// The round a complaint is in.
pub(in super::super) async fn insert_round(
    tx: &mut Tx,
    complaint: &Complaint,
    received: NaiveDate,
    words: &str,
    due: &Due,
) -> Result<()> {
    sqlx::query!(
        "
        insert into complaint_rounds (complaint_id, round, received_on, words, due_at, because)
        values ($1, $2, $3, $4, $5, $6)
        ",
        complaint.id as ComplaintId,
        i16::from(complaint.round),
        received,
        words,
        due.at,
        due.because,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(in super::super) async fn save_letter(tx: &mut Tx, complaint: &Complaint, letter: &Letter) -> Result<()> {
    sqlx::query!(
        "
        update complaint_rounds
        set opening = $3, closing = $4, public_words = $5, version = version + 1
        where complaint_id = $1 and round = $2
        ",
        complaint.id as ComplaintId,
        i16::from(complaint.round),
        letter.opening,
        letter.closing,
        letter.public_words,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(in super::super) async fn save_due(tx: &mut Tx, complaint: &Complaint, due: &Due) -> Result<()> {
    sqlx::query!(
        "
        update complaint_rounds
        set due_at = $3, because = $4, version = version + 1
        where complaint_id = $1 and round = $2
        ",
        complaint.id as ComplaintId,
        i16::from(complaint.round),
        due.at,
        due.because,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(in super::super) async fn save_sent(tx: &mut Tx, complaint: &Complaint, how: SentHow) -> Result<()> {
    let (at, by) = (tx.now(), tx.by());
    sqlx::query!(
        "
        update complaint_rounds
        set signed_revision = $3, sent_at = $4, sent_by_id = $5, sent_how = $6, version = version + 1
        where complaint_id = $1 and round = $2
        ",
        complaint.id as ComplaintId,
        i16::from(complaint.round),
        complaint.revision,
        at,
        by as Option<UserId>,
        how.name(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(in super::super) async fn insert_extension(
    tx: &mut Tx,
    complaint: &Complaint,
    (was, due): (DateTime<Utc>, &Due),
    why: &str,
) -> Result<()> {
    let (at, by) = (tx.now(), tx.by());
    sqlx::query!(
        "
        insert into complaint_extensions (complaint_id, round, at, by_id, why, was_due_at, due_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        ",
        complaint.id as ComplaintId,
        i16::from(complaint.round),
        at,
        by as Option<UserId>,
        why,
        was,
        due.at,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(in super::super) async fn insert_signature(tx: &mut Tx, complaint: &Complaint, by: UserId) -> Result<()> {
    let at = tx.now();
    sqlx::query!(
        "
        insert into complaint_signatures (complaint_id, round, revision, at, by_id)
        values ($1, $2, $3, $4, $5)
        ",
        complaint.id as ComplaintId,
        i16::from(complaint.round),
        complaint.revision,
        at,
        by as UserId,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Another allegation, after the others.
pub(in super::super) async fn insert_allegation(
    tx: &mut Tx,
    complaint: &Complaint,
    words: &str,
    finding: Option<Finding>,
    answer: &str,
) -> Result<AllegationId> {
    let id = AllegationId::new();
    sqlx::query!(
        "
        insert into complaint_allegations (id, complaint_id, round, position, words, finding, answer)
        select $1, $2, $3, coalesce(max(position), 0) + 1, $4, $5, $6
        from complaint_allegations
        where complaint_id = $2 and round = $3
        ",
        id as AllegationId,
        complaint.id as ComplaintId,
        i16::from(complaint.round),
        words,
        finding.map(Finding::name),
        answer,
    )
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

pub(in super::super) async fn save_allegation(tx: &mut Tx, allegation: &Allegation) -> Result<()> {
    sqlx::query!(
        "
        update complaint_allegations
        set words = $2, finding = $3, answer = $4, version = version + 1
        where id = $1
        ",
        allegation.id as AllegationId,
        allegation.words,
        allegation.finding.map(Finding::name),
        allegation.answer,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(in super::super) async fn delete_allegation(tx: &mut Tx, allegation: AllegationId) -> Result<()> {
    sqlx::query!("delete from complaint_allegations where id = $1", allegation as AllegationId)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Another thing that was done, after the others.
pub(in super::super) async fn insert_action(
    tx: &mut Tx,
    complaint: &Complaint,
    what: &str,
    done_on: Option<NaiveDate>,
    stands: Option<Stands>,
) -> Result<()> {
    let (promise, offer) = match stands {
        Some(Stands::Promise(id)) => (Some(id), None),
        Some(Stands::Offer(id)) => (None, Some(id)),
        None => (None, None),
    };
    sqlx::query!(
        "
        insert into complaint_actions (id, complaint_id, round, position, what, done_on, promise_id, offer_id)
        select $1, $2, $3, coalesce(max(position), 0) + 1, $4, $5, $6, $7
        from complaint_actions
        where complaint_id = $2 and round = $3
        ",
        ComplaintActionId::new() as ComplaintActionId,
        complaint.id as ComplaintId,
        i16::from(complaint.round),
        what,
        done_on,
        promise as Option<PromiseId>,
        offer as Option<OfferId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(in super::super) async fn delete_action(tx: &mut Tx, action: ComplaintActionId) -> Result<()> {
    sqlx::query!("delete from complaint_actions where id = $1", action as ComplaintActionId).execute(&mut **tx).await?;
    Ok(())
}

/// What of the case can stand for something that was done: promises by their words, offers by their number.
pub(in super::super) async fn things_done(
    connection: &mut PgConnection,
    case: CaseId,
) -> Result<Vec<(Stands, String)>> {
    let rows = sqlx::query!(
        r#"
        select p.id as "promise?: PromiseId", null::uuid as "offer?: OfferId", p.what as "what!", p.made_at as "at!"
        from promises p
        where p.case_id = $1 and p.stage <> 'waived'
        union all
        select null, o.id, 'OF-' || o.number, o.made_at
        from offers o
        where o.case_id = $1 and o.stage in ('presented', 'accepted', 'fulfilled')
        order by 4, 3
        limit 50
        "#,
        case as CaseId,
    )
    .fetch_all(connection)
    .await?;
    let stands =
        |promise: Option<PromiseId>, offer: Option<OfferId>| promise.map(Stands::Promise).or(offer.map(Stands::Offer));
    Ok(rows.into_iter().filter_map(|row| Some((stands(row.promise, row.offer)?, row.what))).collect())
}

/// What identifies whoever complains, as their customer and as the source says, and must not stand where everybody can
/// read it.
pub(in super::super) async fn details_of(connection: &mut PgConnection, complaint: &Complaint) -> Result<Vec<String>> {
    let who = &complaint.complainant;
    Ok(sqlx::query_scalar!(
        r#"
        select d.detail as "detail!"
        from customers c
        cross join lateral (
            select c.account_number as detail
            union
            select t.email from contacts t where t.customer_id = c.id
            union
            select t.phone from contacts t where t.customer_id = c.id
            union
            select unnest($2::text[])
        ) d
        where c.id = $1 and d.detail <> ''
        order by 1
        "#,
        complaint.customer as CustomerId,
        &[who.email.clone(), who.phone.clone(), who.place.clone()],
    )
    .fetch_all(connection)
    .await?)
}

/// Who may sign off, by name.
pub(in super::super) async fn reviewers(connection: &mut PgConnection) -> Result<Vec<(UserId, String)>> {
    let rows = sqlx::query!(
        r#"
        select u.id as "id: UserId", u.name
        from users u
        where u.active and exists (
            select from user_roles r where r.user_id = u.id and r.role in ('supervisor', 'manager'))
        order by lower(u.name), u.id
        limit 200
        "#,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}
