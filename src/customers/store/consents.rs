use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::super::{Consent, ConsentChannel, NewConsent, Purpose};
use crate::db::{Part, Tx, part};
use crate::error::{Error, Result};
use crate::ids::{ConsentId, CustomerId, UserId};

#[derive(Deserialize)]
struct Row {
    channel: String,
    purpose: String,
    given: bool,
    source: String,
    at: DateTime<Utc>,
    by_name: Option<String>,
}

/// The newest word of a customer about each means and purpose they ever spoke of, to be asked with others.
#[must_use]
pub fn consents_part(customer: CustomerId) -> Part<Consent> {
    part!(
        Row,
        r#"
        select distinct on (c.channel, c.purpose) c.channel as "channel!", c.purpose as "purpose!", c.given as "given!",
            c.source as "source!", c.at as "at!", u.name as "by_name?"
        from consents c
        left join users u on u.id = c.by_id
        where c.customer_id = $1
        order by c.channel, c.purpose, c.at desc, c.id desc
        "#,
        customer as CustomerId,
    )
    .then(|row| {
        let odd = || Error::Internal(anyhow::anyhow!("a consent has an odd channel or purpose"));
        Ok(Consent {
            channel: ConsentChannel::from_name(&row.channel).ok_or_else(odd)?,
            purpose: Purpose::from_name(&row.purpose).ok_or_else(odd)?,
            given: row.given,
            source: row.source,
            at: row.at,
            by_name: row.by_name,
        })
    })
}

/// Whether a customer allows this now. Whoever never spoke of it does not.
///
/// # Errors
/// When the database cannot be read.
pub async fn consents_to(
    connection: &mut PgConnection,
    customer: CustomerId,
    channel: ConsentChannel,
    purpose: Purpose,
) -> Result<bool> {
    let given = sqlx::query_scalar!(
        "
        select given
        from consents
        where customer_id = $1 and channel = $2 and purpose = $3
        order by at desc, id desc
        limit 1
        ",
        customer as CustomerId,
        channel.name(),
        purpose.name(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(given.unwrap_or(false))
}

pub(in super::super) async fn insert_consent(tx: &mut Tx, customer: CustomerId, new: &NewConsent) -> Result<()> {
    let (at, by) = (tx.now(), tx.by());
    sqlx::query!(
        "
        insert into consents (id, customer_id, channel, purpose, given, source, at, by_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        ",
        ConsentId::new() as ConsentId,
        customer as CustomerId,
        new.channel.name(),
        new.purpose.name(),
        new.given,
        new.source,
        at,
        by as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
