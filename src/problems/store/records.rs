//! A problem itself, what contributed to it, its timeline.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::{Category, Factor, Kind, Problem, Stage};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{FactorId, ProblemEntryId, ProblemId, UserId};

/// A problem.
pub(in crate::problems) async fn find(connection: &mut PgConnection, problem: ProblemId) -> Result<Problem> {
    Ok(sqlx::query_as!(
        Problem,
        r#"
        select p.id as "id: ProblemId", p.number, p.kind as "kind: Kind", p.title, p.what, p.stage as "stage: Stage",
            p.reason, p.cause, p.cause_words, p.whys, p.owner_id as "owner: UserId", u.name as "owner_name?", p.fix,
            p.fix_due_on, p.fixed_on, p.began_at, p.ended_at, p.say, p.conclusion,
            p.incident_id as "incident: ProblemId", i.number as "incident_number?", p.opened_at, p.closed_at, p.version
        from problems p
        left join users u on u.id = p.owner_id
        left join problems i on i.id = p.incident_id
        where p.id = $1
        "#,
        problem as ProblemId,
    )
    .fetch_one(connection)
    .await?)
}

/// The problem that people call P-104.
pub(in crate::problems) async fn find_by_number(connection: &mut PgConnection, number: i64) -> Result<ProblemId> {
    Ok(sqlx::query_scalar!(r#"select id as "id: ProblemId" from problems where number = $1"#, number)
        .fetch_one(connection)
        .await?)
}

/// A problem, held until the transaction ends.
pub(in crate::problems) async fn lock(tx: &mut Tx, problem: ProblemId) -> Result<Problem> {
    sqlx::query_scalar!("select version from problems where id = $1 for no key update", problem as ProblemId)
        .fetch_one(&mut **tx)
        .await?;
    find(tx, problem).await
}

/// Gives the number people say.
pub(in crate::problems) async fn insert(tx: &mut Tx, new: &Problem) -> Result<i64> {
    let by = tx.by();
    Ok(sqlx::query_scalar!(
        "
        insert into problems (id, kind, title, what, reason, owner_id, began_at, say, incident_id, opened_at,
            opened_by_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        returning number
        ",
        new.id as ProblemId,
        new.kind.name(),
        new.title,
        new.what,
        new.reason,
        new.owner as Option<UserId>,
        new.began_at,
        new.say,
        new.incident as Option<ProblemId>,
        new.opened_at,
        by as Option<UserId>,
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// Saves a problem whose row is held, one version further.
pub(in crate::problems) async fn save(tx: &mut Tx, problem: &mut Problem) -> Result<()> {
    sqlx::query!(
        "
        update problems
        set title = $2, what = $3, stage = $4, reason = $5, cause = $6, cause_words = $7, whys = $8, owner_id = $9,
            fix = $10, fix_due_on = $11, fixed_on = $12, began_at = $13, ended_at = $14, say = $15, conclusion = $16,
            closed_at = $17, version = version + 1
        where id = $1
        ",
        problem.id as ProblemId,
        problem.title,
        problem.what,
        problem.stage.name(),
        problem.reason,
        problem.cause,
        problem.cause_words,
        &problem.whys,
        problem.owner as Option<UserId>,
        problem.fix,
        problem.fix_due_on,
        problem.fixed_on,
        problem.began_at,
        problem.ended_at,
        problem.say,
        problem.conclusion,
        problem.closed_at,
    )
    .execute(&mut **tx)
    .await?;
    problem.version += 1;
    Ok(())
}

/// One entry of a timeline, as told.
pub(in crate::problems) struct Told {
    pub(in crate::problems) at: DateTime<Utc>,
    pub(in crate::problems) by: Option<String>,
    pub(in crate::problems) what: String,
    pub(in crate::problems) words: String,
}

/// The timeline, newest first.
pub(in crate::problems) async fn entries(
    connection: &mut PgConnection,
    problem: ProblemId,
    limit: i64,
) -> Result<Vec<Told>> {
    Ok(sqlx::query_as!(
        Told,
        r#"
        select e.at, u.name as "by?", e.what, e.words
        from problem_entries e
        left join users u on u.id = e.by_id
        where e.problem_id = $1
        order by e.at desc, e.id desc
        limit $2
        "#,
        problem as ProblemId,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

pub(in crate::problems) async fn insert_entry(tx: &mut Tx, problem: ProblemId, what: &str, words: &str) -> Result<()> {
    let (at, by) = (tx.now(), tx.by());
    sqlx::query!(
        "insert into problem_entries (id, problem_id, at, by_id, what, words) values ($1, $2, $3, $4, $5, $6)",
        ProblemEntryId::new() as ProblemEntryId,
        problem as ProblemId,
        at,
        by as Option<UserId>,
        what,
        words,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What contributed, oldest first.
pub(in crate::problems) async fn factors(connection: &mut PgConnection, problem: ProblemId) -> Result<Vec<Factor>> {
    Ok(sqlx::query_as!(
        Factor,
        r#"
        select id as "id: FactorId", category as "category: Category", words
        from problem_factors
        where problem_id = $1
        order by added_at, id
        "#,
        problem as ProblemId,
    )
    .fetch_all(connection)
    .await?)
}

/// What contributed, of this very problem.
pub(in crate::problems) async fn find_factor(tx: &mut Tx, problem: ProblemId, factor: FactorId) -> Result<Factor> {
    Ok(sqlx::query_as!(
        Factor,
        r#"
        select id as "id: FactorId", category as "category: Category", words
        from problem_factors
        where problem_id = $1 and id = $2
        "#,
        problem as ProblemId,
        factor as FactorId,
    )
    .fetch_one(&mut **tx)
    .await?)
}

pub(in crate::problems) async fn insert_factor(tx: &mut Tx, problem: ProblemId, factor: &Factor) -> Result<()> {
    let (at, by) = (tx.now(), tx.by());
    sqlx::query!(
        "
        insert into problem_factors (id, problem_id, category, words, added_at, added_by_id)
        values ($1, $2, $3, $4, $5, $6)
        ",
        factor.id as FactorId,
        problem as ProblemId,
        factor.category.name(),
        factor.words,
        at,
        by as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(in crate::problems) async fn remove_factor(tx: &mut Tx, factor: FactorId) -> Result<()> {
    sqlx::query!("delete from problem_factors where id = $1", factor as FactorId).execute(&mut **tx).await?;
    Ok(())
}
