use sqlx::PgConnection;

use super::super::{Consent, ConsentChannel, NewConsent, Purpose};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{ConsentId, CustomerId, UserId};

/// The newest word of a customer about each means and purpose they ever spoke of.
///
/// # Errors
/// When the database cannot be read.
pub async fn consents(connection: &mut PgConnection, customer: CustomerId) -> Result<Vec<Consent>> {
    Ok(sqlx::query_as!(
        Consent,
        r#"
        select distinct on (c.channel, c.purpose) c.channel as "channel!: ConsentChannel",
            c.purpose as "purpose!: Purpose", c.given as "given!", c.source as "source!", c.at as "at!",
            u.name as "by_name?"
        from consents c
        left join users u on u.id = c.by_id
        where c.customer_id = $1
        order by c.channel, c.purpose, c.at desc, c.id desc
        "#,
        customer as CustomerId,
    )
    .fetch_all(connection)
    .await?)
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
