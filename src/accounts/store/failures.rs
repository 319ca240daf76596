//! Failed sign-ins.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::throttle::{Failures, WINDOW};
use crate::error::Result;

/// Lets one try after another count: of a hundred at once, each sees those before it. The address first, then the
/// account, so that two never wait for each other.
pub(in super::super) async fn lock(connection: &mut PgConnection, account: &[u8; 32], address: &str) -> Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(71, hashtext($1))", address).execute(&mut *connection).await?;
    sqlx::query!("select pg_advisory_xact_lock(72, hashtext(encode($1, 'hex')))", &account[..])
        .execute(connection)
        .await?;
    Ok(())
}

/// What counts at `now`.
pub(in super::super) async fn count(
    connection: &mut PgConnection,
    account: &[u8; 32],
    address: &str,
    now: DateTime<Utc>,
) -> Result<Failures> {
    let since = now - WINDOW;
    Ok(sqlx::query_as!(
        Failures,
        r#"
        select a.failures as "account!", a.last as account_last, b.failures as "address!", b.last as address_last
        from
            (select count(*) as failures, max(at) as last
             from sign_in_failures where account_digest = $1 and at > $3) as a,
            (select count(*) as failures, max(at) as last
             from sign_in_failures where address = $2 and at > $3) as b
        "#,
        &account[..],
        address,
        since,
    )
    .fetch_one(connection)
    .await?)
}

pub(in super::super) async fn insert(
    connection: &mut PgConnection,
    account: &[u8; 32],
    address: &str,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into sign_in_failures (account_digest, address, at) values ($1, $2, $3)",
        &account[..],
        address,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets the failures of an account, and whatever no longer counts for anybody.
pub(in super::super) async fn clear(
    connection: &mut PgConnection,
    account: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!("delete from sign_in_failures where account_digest = $1 or at <= $2", &account[..], now - WINDOW,)
        .execute(connection)
        .await?;
    Ok(())
}
