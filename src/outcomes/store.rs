use sqlx::PgConnection;

use crate::error::Result;

/// Adds up what changed since the last time; gives how many sums it touched. What is read is right without it as well,
/// only slower.
///
/// # Errors
/// When the database refuses.
pub async fn fold(connection: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar!(r#"select fold_outcomes() as "many!""#).fetch_one(connection).await?)
}
