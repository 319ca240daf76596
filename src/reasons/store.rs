use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Choice, Reason, Tree};
use crate::db::{Keep, Stamps};
use crate::error::Result;

/// The tree of reasons in use.
///
/// # Errors
/// When the database cannot be read.
pub async fn tree(connection: &mut PgConnection) -> Result<Tree> {
    let reasons = sqlx::query_as!(
        Reason,
        r#"
        select r.code, r.name, r.parent_code as parent, r.takes_save_attempt
        from reasons r
        left join reasons p on p.code = r.parent_code
        where r.active
        order by coalesce(p.position, r.position), r.parent_code is not null, r.position
        "#,
    )
    .fetch_all(connection)
    .await?;
    Ok(Tree::new(reasons))
}

/// What may stand between a customer and staying.
///
/// # Errors
/// When the database cannot be read.
pub async fn objections(connection: &mut PgConnection) -> Result<Vec<Choice>> {
    Ok(sqlx::query_as!(Choice, "select code, name from objections order by position").fetch_all(connection).await?)
}

/// What can be tried, cheapest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn levers(connection: &mut PgConnection) -> Result<Vec<Choice>> {
    Ok(sqlx::query_as!(Choice, "select code, name from levers order by position").fetch_all(connection).await?)
}

/// The tree, the objections and the levers, kept in memory.
#[derive(Debug)]
pub struct Reasons {
    /// The tree of reasons in use.
    pub tree: Tree,
    /// What may stand between a customer and staying.
    pub objections: Vec<Choice>,
    /// What can be tried, cheapest first.
    pub levers: Vec<Choice>,
}

impl Keep for Reasons {
    fn stamp(stamps: &Stamps) -> i64 {
        stamps.reasons
    }

    async fn load(connection: &mut PgConnection, _: DateTime<Utc>) -> Result<Self> {
        Ok(Self {
            tree: tree(connection).await?,
            objections: objections(connection).await?,
            levers: levers(connection).await?,
        })
    }
}
