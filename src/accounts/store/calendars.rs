//! Personal links for calendar programs. Only their digests are kept.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::super::throttle::{Failures, WINDOW};
use super::super::tokens::Token;
use super::failures;
use crate::db::{Part, Tx, part};
use crate::error::Result;
use crate::ids::UserId;

/// How often a link is answered within [`WINDOW`].
const FETCHES: i32 = 60;

/// What came of a link for calendar programs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Feed {
    /// It is this person's.
    Of(UserId),
    /// It is nobody's, or no longer.
    Nobody,
    /// It was asked for too often; wait so long.
    Wait(TimeDelta),
}

/// Whose calendar link this is. What asks too often has to wait, by link and, for links that are nobody's, by address;
/// the tries at signing in are counted apart.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_calendar(
    connection: &mut PgConnection,
    token: &str,
    address: &str,
    now: DateTime<Utc>,
) -> Result<Feed> {
    let Some(token) = Token::read(token) else { return Ok(Feed::Nobody) };
    let digest = token.digest();
    let found = sqlx::query!(
        r#"
        update calendar_links l
        set window_at = case when l.window_at > $2 then l.window_at else $3 end,
            fetched = case when l.window_at > $2 then least(l.fetched + 1, $4 + 1) else 1 end, fetched_at = $3
        from users u
        where l.token_hash = $1 and u.id = l.user_id and u.active
        returning l.user_id as "user: UserId", l.fetched, l.window_at as "window_at!"
        "#,
        &digest[..],
        now - WINDOW,
        now,
        FETCHES,
    )
    .fetch_optional(&mut *connection)
    .await?;
    match found {
        Some(found) if found.fetched > FETCHES => Ok(Feed::Wait(found.window_at + WINDOW - now)),
        Some(found) => Ok(Feed::Of(found.user)),
        None => Ok(wrong_link(connection, "calendar", &digest, address, now).await?.map_or(Feed::Nobody, Feed::Wait)),
    }
}

/// Counts a link of a kind that is nobody's against the address it came from; whoever tries too many has to wait so long.
///
/// # Errors
/// When the database refuses.
pub async fn wrong_link(
    connection: &mut PgConnection,
    kind: &str,
    digest: &[u8; 32],
    address: &str,
    now: DateTime<Utc>,
) -> Result<Option<TimeDelta>> {
    let address = format!("{kind} {address}");
    let failed: Failures = failures::count(connection, digest, &address, now).await?;
    if let Some(wait) = failed.wait(now) {
        return Ok(Some(wait));
    }
    failures::insert(connection, digest, &address, now).await?;
    Ok(None)
}

/// When somebody's link was made, and when it was last fetched.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(in super::super) struct CalendarLink {
    pub(in super::super) made_at: DateTime<Utc>,
    pub(in super::super) fetched_at: Option<DateTime<Utc>>,
}

pub(in super::super) fn calendar_link_part(user: UserId) -> Part<CalendarLink> {
    part!(CalendarLink, "select made_at, fetched_at from calendar_links where user_id = $1", user as UserId,)
}

/// Keeps a link; the one before no longer works.
pub(in super::super) async fn save_calendar_link(tx: &mut Tx, user: UserId, digest: &[u8; 32]) -> Result<()> {
    let now = tx.now();
    sqlx::query!(
        "
        insert into calendar_links (user_id, token_hash, made_at)
        values ($1, $2, $3)
        on conflict (user_id) do update
        set token_hash = excluded.token_hash, made_at = excluded.made_at, window_at = null, fetched = 0, fetched_at = null
        ",
        user as UserId,
        &digest[..],
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Says whether there was one.
pub(in super::super) async fn delete_calendar_link(tx: &mut Tx, user: UserId) -> Result<bool> {
    let gone = sqlx::query!("delete from calendar_links where user_id = $1", user as UserId).execute(&mut **tx).await?;
    Ok(gone.rows_affected() > 0)
}
