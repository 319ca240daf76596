//! Fixes that are due, and what was told of them.

use chrono::NaiveDate;

use super::super::actions::Planned;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{ProblemId, UserId};

/// Problems whose fix is due until a day and that nobody was told to be late.
pub(in crate::problems) async fn fixes_due(tx: &mut Tx, until: NaiveDate) -> Result<Vec<Planned>> {
    Ok(sqlx::query_as!(
        Planned,
        r#"
        select p.id as "id: ProblemId", p.number, p.title, p.owner_id as "owner: UserId", p.fix_due_on as "due!"
        from problems p
        where p.stage = 'fix_planned' and p.fix_due_on <= $1
            and not exists (
                select from problem_fix_chases f
                where f.problem_id = p.id and f.due_on = p.fix_due_on and f.step = 'late')
        order by p.fix_due_on, p.id
        limit 200
        "#,
        until,
    )
    .fetch_all(&mut **tx)
    .await?)
}

/// Notes that a step is told; false where it was told already.
pub(in crate::problems) async fn note_fix(tx: &mut Tx, problem: &Planned, step: &str) -> Result<bool> {
    let now = tx.now();
    let noted = sqlx::query!(
        "
        insert into problem_fix_chases (problem_id, due_on, step, at)
        values ($1, $2, $3, $4)
        on conflict do nothing
        ",
        problem.id as ProblemId,
        problem.due,
        step,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(noted.rows_affected() > 0)
}
