use serde::Deserialize;
use sqlx::PgConnection;

use super::super::{Contact, NewContact};
use crate::db::{Part, Tx, part};
use crate::error::Result;
use crate::ids::{ContactId, CustomerId};

#[derive(Deserialize)]
struct Row {
    id: ContactId,
    customer_id: CustomerId,
    name: String,
    job: String,
    email: String,
    phone: String,
    phone_e164: Option<String>,
    version: i64,
}

impl From<Row> for Contact {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            customer: row.customer_id,
            details: NewContact { name: row.name, job: row.job, email: row.email, phone: row.phone },
            phone_e164: row.phone_e164,
            version: row.version,
        }
    }
}

macro_rules! select {
    ($which:tt, $value:ident as $of:ty) => {
        part!(
            Row,
            r#"
            select id as "id: ContactId", customer_id as "customer_id: CustomerId", name, job, email, phone,
                phone_e164, version
            from contacts
            "#
                + $which,
            $value as $of,
        )
        .then(|row| Ok(Contact::from(row)))
    };
}

/// The people to reach at a customer.
///
/// # Errors
/// When the database cannot be read.
pub async fn contacts(connection: &mut PgConnection, customer: CustomerId) -> Result<Vec<Contact>> {
    contacts_part(customer).all(connection).await
}

/// The same, to be asked with others.
#[must_use]
pub fn contacts_part(customer: CustomerId) -> Part<Contact> {
    select!("where customer_id = $1 order by position, id", customer as CustomerId)
}

pub(in super::super) async fn find_contact(connection: &mut PgConnection, id: ContactId) -> Result<Contact> {
    select!("where id = $1", id as ContactId).one(connection).await
}

pub(in super::super) async fn insert_contact(
    tx: &mut Tx,
    id: ContactId,
    customer: CustomerId,
    new: &NewContact,
    phone_e164: Option<&str>,
) -> Result<()> {
    sqlx::query!(
        "
        insert into contacts (id, customer_id, name, job, email, phone, phone_e164, position)
        select $1, $2, $3, $4, $5, $6, $7, coalesce(max(position), 0) + 1
        from contacts
        where customer_id = $2
        ",
        id as ContactId,
        customer as CustomerId,
        new.name,
        new.job,
        new.email,
        new.phone,
        phone_e164,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(in super::super) async fn save_contact(
    tx: &mut Tx,
    id: ContactId,
    new: &NewContact,
    phone_e164: Option<&str>,
) -> Result<()> {
    sqlx::query!(
        "
        update contacts
        set name = $2, job = $3, email = $4, phone = $5, phone_e164 = $6, version = version + 1
        where id = $1
        ",
        id as ContactId,
        new.name,
        new.job,
        new.email,
        new.phone,
        phone_e164,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
