//! The verified cause of cases, several at a time.

use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, ChangeId, CustomerId, ProblemId, UserId};

/// What is verified of a case whose row is held.
#[derive(Clone, Debug)]
pub(in crate::cases) struct CauseRow {
    pub(in crate::cases) id: CaseId,
    pub(in crate::cases) customer: CustomerId,
    pub(in crate::cases) cause: Option<String>,
    pub(in crate::cases) problem: Option<ProblemId>,
}

/// Holds cases, in the order in which everybody does.
pub(in crate::cases) async fn lock_causes(tx: &mut Tx, cases: &[CaseId]) -> Result<Vec<CauseRow>> {
    let cases: Vec<_> = cases.iter().map(|case| case.uuid()).collect();
    Ok(sqlx::query_as!(
        CauseRow,
        r#"
        select id as "id: CaseId", customer_id as "customer: CustomerId", verified_cause as cause,
            verified_problem_id as "problem: ProblemId"
        from cases
        where id = any($1)
        order by id
        for no key update
        "#,
        &cases,
    )
    .fetch_all(&mut **tx)
    .await?)
}

/// Saves one cause for all of them, or that there is none, with a line of each case's history.
pub(in crate::cases) async fn save_causes(
    tx: &mut Tx,
    rows: &[CauseRow],
    cause: Option<&str>,
    problem: Option<ProblemId>,
) -> Result<()> {
    let (at, by) = (tx.now(), tx.by());
    let cases: Vec<_> = rows.iter().map(|row| row.id.uuid()).collect();
    sqlx::query!(
        "
        update cases
        set verified_cause = $2, verified_at = case when $2::text is not null then $3::timestamptz end,
            verified_by_id = case when $2::text is not null then $4::uuid end, verified_problem_id = $5,
            version = version + 1
        where id = any($1)
        ",
        &cases,
        cause,
        at,
        by as Option<UserId>,
        problem as Option<ProblemId>,
    )
    .execute(&mut **tx)
    .await?;
    let changes: Vec<_> = rows.iter().map(|_| ChangeId::new().uuid()).collect();
    let was: Vec<Option<String>> = rows.iter().map(|row| row.cause.clone()).collect();
    sqlx::query!(
        "
        insert into case_changes (id, case_id, at, by_id, field, was, now)
        select x.id, x.case_id, $4, $5, 'verified_cause', x.was, $6
        from unnest($1::uuid[], $2::uuid[], $3::text[]) as x (id, case_id, was)
        ",
        &changes,
        &cases,
        &was as &[Option<String>],
        at,
        by as Option<UserId>,
        cause,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
