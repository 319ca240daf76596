//! One-time links.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::db::Tx;
use crate::error::Result;
use crate::ids::UserId;

/// What a link that still works is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in super::super) enum Purpose {
    /// To make the first admin.
    FirstAdmin,
    /// To set this user's password.
    SetPassword { user: UserId, name: String, email: String },
}

/// What a link is for, unless it was used or has expired.
pub(in super::super) async fn find(
    connection: &mut PgConnection,
    digest: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<Purpose>> {
    let row = sqlx::query!(
        r#"
        select l.user_id as "user: UserId", u.name as "name?", u.email as "email?"
        from one_time_links l
        left join users u on u.id = l.user_id
        where l.token_hash = $1 and l.used_at is null and l.expires_at > $2 and coalesce(u.active, true)
        "#,
        &digest[..],
        now,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| match (row.user, row.name, row.email) {
        (Some(user), Some(name), Some(email)) => Purpose::SetPassword { user, name, email },
        _ => Purpose::FirstAdmin,
    }))
}

/// Uses a link up; gives whether it still worked.
pub(in super::super) async fn use_up(tx: &mut Tx, digest: &[u8; 32]) -> Result<bool> {
    let now = tx.now();
    let used = sqlx::query!(
        "update one_time_links set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2",
        &digest[..],
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(used.rows_affected() > 0)
}

/// Makes every other link of this user (or of the first admin to be) worthless.
pub(in super::super) async fn replace(tx: &mut Tx, user: Option<UserId>) -> Result<()> {
    let now = tx.now();
    sqlx::query!(
        "update one_time_links set used_at = $2 where user_id is not distinct from $1 and used_at is null",
        user as Option<UserId>,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(in super::super) async fn insert(
    tx: &mut Tx,
    digest: &[u8; 32],
    user: Option<UserId>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    let now = tx.now();
    sqlx::query!(
        "
        insert into one_time_links (token_hash, purpose, user_id, created_at, expires_at)
        values ($1, $2, $3, $4, $5)
        ",
        &digest[..],
        if user.is_some() { "set_password" } else { "first_admin" },
        user as Option<UserId>,
        now,
        expires_at,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
