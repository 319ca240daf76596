use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::super::{Authentication, ContactKind, Method, NewAuthentication, Protection};
use crate::db::{Part, Tx, part};
use crate::error::{Error, Result};
use crate::ids::{AuthenticationId, CaseId, CustomerId, RevelationId, UserId};

/// Whose account details.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// Of this customer.
    Customer(CustomerId),
    /// Of the customer of this case.
    Case(CaseId),
}

#[derive(Deserialize)]
struct Row {
    cpni: bool,
    contact: Option<String>,
    method: Option<String>,
    at: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    by_name: Option<String>,
    revealed_until: Option<DateTime<Utc>>,
}

impl Row {
    fn authentication(&self) -> Result<Option<Authentication>> {
        let odd = || Error::Internal(anyhow::anyhow!("an authentication has an odd contact or method"));
        let (Some(contact), Some(method)) = (&self.contact, &self.method) else { return Ok(None) };
        let (Some(at), Some(until), Some(by_name)) = (self.at, self.until, self.by_name.clone()) else {
            return Err(odd());
        };
        Ok(Some(Authentication {
            contact: ContactKind::from_name(contact).ok_or_else(odd)?,
            method: Method::from_name(method).ok_or_else(odd)?,
            at,
            until,
            by_name,
        }))
    }
}

/// Whether account details are shown to `viewer` at `now` (R19), to be asked with others. A call is over once whoever
/// noted the authentication has logged it.
#[must_use]
pub fn protection_part(whose: Whose, viewer: Option<UserId>, now: DateTime<Utc>) -> Part<Protection> {
    let (customer, case) = match whose {
        Whose::Customer(customer) => (Some(customer), None),
        Whose::Case(case) => (None, Some(case)),
    };
    part!(
        Row,
        r#"
        select c.cpni as "cpni!", a.contact as "contact?", a.method as "method?", a.at as "at?", a.until as "until?",
            a.by_name as "by_name?", (
                select max(r.until)
                from revelations r
                where r.customer_id = c.id and r.user_id = $3 and r.until > $4
            ) as "revealed_until?"
        from customers c
        left join lateral (
            select n.contact, n.method, n.at, n.until, u.name as by_name
            from authentications n
            join users u on u.id = n.by_id
            where n.customer_id = c.id and n.until > $4
                and (n.contact = 'writing' or not exists (
                    select from interactions i
                    where i.customer_id = n.customer_id and i.at > n.at and i.by_id = n.by_id
                        and (i.channel = 'phone' or i.kind = 'call')))
            order by n.until desc
            limit 1
        ) a on c.cpni
        where c.id = coalesce($1, (select k.customer_id from cases k where k.id = $2))
        "#,
        customer as Option<CustomerId>,
        case as Option<CaseId>,
        viewer as Option<UserId>,
        now,
    )
    .then(|row| Ok(Protection::of(row.cpni, row.authentication()?, row.revealed_until)))
}

/// Whether account details are shown to `viewer` at `now` (R19).
///
/// # Errors
/// `NotFound` without the customer or case.
pub async fn protection(
    connection: &mut PgConnection,
    whose: Whose,
    viewer: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<Protection> {
    protection_part(whose, viewer, now).one(connection).await
}

pub(in super::super) async fn insert_authentication(
    tx: &mut Tx,
    customer: CustomerId,
    new: NewAuthentication,
    by: UserId,
) -> Result<()> {
    let at = tx.now();
    sqlx::query!(
        "
        insert into authentications (id, customer_id, contact, method, at, until, by_id)
        values ($1, $2, $3, $4, $5, $6, $7)
        ",
        AuthenticationId::new() as AuthenticationId,
        customer as CustomerId,
        new.contact.name(),
        new.method.name(),
        at,
        at + new.contact.longest(),
        by as UserId,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(in super::super) async fn insert_revelation(
    tx: &mut Tx,
    customer: CustomerId,
    why: &str,
    until: DateTime<Utc>,
    by: UserId,
) -> Result<()> {
    let at = tx.now();
    sqlx::query!(
        "insert into revelations (id, customer_id, user_id, why, at, until) values ($1, $2, $3, $4, $5, $6)",
        RevelationId::new() as RevelationId,
        customer as CustomerId,
        by as UserId,
        why,
        at,
        until,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
