//! Throws away what nobody can use any more: answers kept for forms sent twice, failed sign-ins, sessions and links
//! that have ended, who looked at a case, and the words of mails sent long ago. The one place besides their owners that
//! writes these tables, and it only deletes. Has what changed in outcomes added up as well.

use std::time::Duration;

use chrono::TimeDelta;

use crate::db::Db;
use crate::error::Result;
use crate::notifications;
use crate::outcomes;

/// How long a form sent twice gets its first answer.
const SUBMISSIONS: TimeDelta = TimeDelta::days(7);
/// How long a failed sign-in counts against anybody.
const FAILURES: TimeDelta = TimeDelta::days(1);
/// How long somebody counts as looking after the browser last said so.
const VIEWERS: TimeDelta = TimeDelta::minutes(5);
/// Rows per statement, so that none takes long.
const BATCH: u64 = 5_000;

/// Deletes in batches until nothing of it is left; gives how many rows went.
macro_rules! delete {
    ($connection:ident, $sql:literal, $before:expr) => {{
        let mut gone = 0;
        loop {
            let batch = sqlx::query!($sql, $before).execute(&mut *$connection).await?.rows_affected();
            gone += batch;
            if batch < BATCH {
                break gone;
            }
        }
    }};
}

/// One round; gives how many rows went.
///
/// # Errors
/// When the database refuses; what went before stays gone.
pub async fn tidy(db: &Db, session_idle: Duration) -> Result<u64> {
    let now = db.now();
    let mut connection = db.read().await?;
    let mut gone = delete!(
        connection,
        "delete from submissions where ctid = any(array(select ctid from submissions where at < $1 limit 5000))",
        now - SUBMISSIONS
    );
    gone += delete!(
        connection,
        "delete from sign_in_failures
        where ctid = any(array(select ctid from sign_in_failures where at < $1 limit 5000))",
        now - FAILURES
    );
    gone += delete!(
        connection,
        "delete from sessions where id = any(array(select id from sessions where expires_at < $1 limit 5000))",
        now
    );
    gone += delete!(
        connection,
        "delete from sessions where id = any(array(select id from sessions where seen_at < $1 limit 5000))",
        now - session_idle
    );
    gone += delete!(
        connection,
        "delete from one_time_links
        where token_hash = any(array(select token_hash from one_time_links where expires_at < $1 limit 5000))",
        now
    );
    gone += delete!(
        connection,
        "delete from viewers where ctid = any(array(select ctid from viewers where seen_at < $1 limit 5000))",
        now - VIEWERS
    );
    drop(connection);
    outcomes::fold(db).await?;
    Ok(gone + notifications::clear(db).await?)
}
