//! Links by which somebody answers without an account. Only their digests are kept.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::db::Tx;
use crate::error::Result;
use crate::ids::{RequestId, RequestLinkId, UserId};

/// A link that still works.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Found {
    pub(in super::super) id: RequestLinkId,
    pub(in super::super) request: RequestId,
    pub(in super::super) expires_at: DateTime<Utc>,
    /// It was not used, has not expired, and its request waits for the department.
    pub(in super::super) works: bool,
}

/// The link of a digest, whether it still works or not.
pub(in super::super) async fn find_link(
    connection: &mut PgConnection,
    digest: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<Found>> {
    Ok(sqlx::query_as!(
        Found,
        r#"
        select l.id as "id: RequestLinkId", l.request_id as "request: RequestId", l.expires_at,
            l.used_at is null and l.expires_at > $2 and q.stage in ('open', 'accepted') as "works!"
        from request_links l
        join requests q on q.id = l.request_id
        where l.token_hash = $1
        "#,
        &digest[..],
        now,
    )
    .fetch_optional(connection)
    .await?)
}

/// The same with its row held, in the transaction that uses it up.
pub(in super::super) async fn lock_link(tx: &mut Tx, digest: &[u8; 32]) -> Result<Option<Found>> {
    sqlx::query_scalar!("select used_at from request_links where token_hash = $1 for update", &digest[..])
        .fetch_optional(&mut **tx)
        .await?;
    let now = tx.now();
    find_link(tx, digest, now).await
}

pub(in super::super) async fn insert_link(
    tx: &mut Tx,
    request: RequestId,
    digest: &[u8; 32],
    by: UserId,
    expires_at: DateTime<Utc>,
) -> Result<RequestLinkId> {
    let (id, now) = (RequestLinkId::new(), tx.now());
    sqlx::query!(
        "
        insert into request_links (id, request_id, token_hash, made_at, made_by_id, expires_at)
        values ($1, $2, $3, $4, $5, $6)
        ",
        id as RequestLinkId,
        request as RequestId,
        &digest[..],
        now,
        by as UserId,
        expires_at,
    )
    .execute(&mut **tx)
    .await?;
    Ok(id)
}
