//! Taking complaints in, and knowing those that are here already.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

use sqlx::PgConnection;

use super::super::Complaint;
use crate::cases::Channel;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, ComplaintId, ComplaintTemplateId, CustomerId, UserId};

/// The complaint that has a number at its source, and the number of its case.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_by_ref(
    connection: &mut PgConnection,
    source: Channel,
    external_ref: &str,
) -> Result<Option<(ComplaintId, CaseId, i64)>> {
    let found = sqlx::query!(
        r#"
        select c.id as "id: ComplaintId", c.case_id as "case: CaseId", k.number
        from complaints c
        join cases k on k.id = c.case_id
        where c.source = $1 and lower(c.external_ref) = lower($2)
        "#,
        source.name(),
        external_ref,
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.map(|found| (found.id, found.case, found.number)))
}

/// Of some numbers those that are here already, by the name of their source and in small letters.
///
/// # Errors
/// When the database cannot be read.
pub async fn known_refs<S: BuildHasher>(
    connection: &mut PgConnection,
    numbers: &HashMap<&'static str, Vec<String>, S>,
) -> Result<HashSet<(String, String)>> {
    let mut known = HashSet::new();
    for (source, numbers) in numbers {
        let numbers: Vec<String> = numbers.iter().map(|number| number.to_lowercase()).collect();
        let found = sqlx::query_scalar!(
            r#"
            select lower(external_ref) as "number!"
            from complaints
            where source = $1 and lower(external_ref) = any($2)
            "#,
            *source,
            &numbers,
        )
        .fetch_all(&mut *connection)
        .await?;
        known.extend(found.into_iter().map(|number| ((*source).to_owned(), number)));
    }
    Ok(known)
}

/// The numbers that the complaints of a case have at their sources.
pub(in super::super) async fn refs_of_case(tx: &mut Tx, case: CaseId) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        r#"select external_ref as "number!" from complaints where case_id = $1 and external_ref is not null"#,
        case as CaseId,
    )
    .fetch_all(&mut **tx)
    .await?)
}

/// A complaint; its round is inserted after it. It is of somebody unknown as long as its customer is to be identified.
pub(in super::super) async fn insert(tx: &mut Tx, new: &mut Complaint) -> Result<()> {
    let by = tx.by();
    let ended = new.ended.as_ref();
    new.unknown = sqlx::query_scalar!(
        "
        insert into complaints (id, case_id, customer_id, unknown, template_id, source, external_ref, public,
            complainant, email, phone, place, stage, taken_in_at, taken_in_by_id, ended_at, ended_how, ended_because)
        select $1, $2, c.id, not c.identified, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17
        from customers c
        where c.id = $3
        returning unknown
        ",
        new.id as ComplaintId,
        new.case as CaseId,
        new.customer as CustomerId,
        new.template.id as ComplaintTemplateId,
        new.template.source.name(),
        new.external_ref,
        new.public,
        new.complainant.name,
        new.complainant.email,
        new.complainant.phone,
        new.complainant.place,
        new.stage.name(),
        new.taken_in_at,
        by as Option<UserId>,
        ended.map(|ended| ended.at),
        ended.map(|ended| ended.how.name()),
        ended.map_or("", |ended| ended.because.as_str()),
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(())
}
