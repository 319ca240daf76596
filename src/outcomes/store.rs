use crate::db::{Db, Origin, Via};
use crate::error::Result;

/// Adds up what changed since the last time; gives how many sums it touched. What is read is right without it as well,
/// only slower.
///
/// # Errors
/// When the database refuses.
pub async fn fold(db: &Db) -> Result<i64> {
    let mut tx = db.begin(Origin { actor: None, via: Via::Chaser, request: None }).await?;
    // after a large import it may take longer than a page may
    sqlx::query!(r#"select set_config('statement_timeout', '120s', true) as "set!""#).fetch_one(&mut *tx).await?;
    let many =
        sqlx::query_scalar!(r#"select fold_outcomes() + fold_services() as "many!""#).fetch_one(&mut *tx).await?;
    tx.commit().await?;
    Ok(many)
}
