//! Answers to all cases of an incident: what is to be said, and to which cases it was.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::Means;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{AnswerId, CaseId, InteractionId, ProblemId, UserId};

/// An answer under way.
#[derive(Clone, Debug)]
pub(in crate::problems) struct Asked {
    pub(in crate::problems) id: AnswerId,
    pub(in crate::problems) problem: ProblemId,
    pub(in crate::problems) means: Means,
    pub(in crate::problems) words: String,
    pub(in crate::problems) ends_next_step: bool,
    pub(in crate::problems) by: UserId,
}

/// Notes an answer, and each live case of the incident that is to get it; gives how many.
pub(in crate::problems) async fn ask(tx: &mut Tx, asked: &Asked) -> Result<u64> {
    let at = tx.now();
    sqlx::query!(
        "
        insert into problem_answers (id, problem_id, means, words, ends_next_step, asked_at, asked_by_id)
        values ($1, $2, $3, $4, $5, $6, $7)
        ",
        asked.id as AnswerId,
        asked.problem as ProblemId,
        asked.means.name(),
        asked.words,
        asked.ends_next_step,
        at,
        asked.by as UserId,
    )
    .execute(&mut **tx)
    .await?;
    let waiting = sqlx::query!(
        "
        insert into problem_answer_cases (answer_id, case_id)
        select $1, c.id
        from problem_cases l
        join cases c on c.id = l.case_id
        where l.problem_id = $2 and c.stage <> 'closed'
        ",
        asked.id as AnswerId,
        asked.problem as ProblemId,
    )
    .execute(&mut **tx)
    .await?;
    Ok(waiting.rows_affected())
}

/// Whether an answer of an incident is under way.
pub(in crate::problems) async fn runs(tx: &mut Tx, problem: ProblemId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"
        select exists (
            select from problem_answers where problem_id = $1 and finished_at is null
        ) as "runs!"
        "#,
        problem as ProblemId,
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// The answers under way, oldest first.
pub(in crate::problems) async fn running(connection: &mut PgConnection) -> Result<Vec<Asked>> {
    Ok(sqlx::query_as!(
        Asked,
        r#"
        select id as "id: AnswerId", problem_id as "problem: ProblemId", means as "means: Means", words,
            ends_next_step, asked_by_id as "by: UserId"
        from problem_answers
        where finished_at is null
        order by asked_at
        limit 20
        "#,
    )
    .fetch_all(connection)
    .await?)
}

/// The next case to be answered, held; what somebody else answers now is passed over.
pub(in crate::problems) async fn claim(tx: &mut Tx, answer: AnswerId) -> Result<Option<CaseId>> {
    Ok(sqlx::query_scalar!(
        r#"
        select case_id as "id: CaseId"
        from problem_answer_cases
        where answer_id = $1 and stage = 'waiting'
        order by case_id
        limit 1
        for update skip locked
        "#,
        answer as AnswerId,
    )
    .fetch_optional(&mut **tx)
    .await?)
}

/// The case was answered by an interaction, or passed over for a reason; false where another instance was done with it.
pub(in crate::problems) async fn mark(
    tx: &mut Tx,
    answer: AnswerId,
    case: CaseId,
    done: Result<InteractionId, &str>,
) -> Result<bool> {
    let (stage, interaction, why) = match done {
        Ok(interaction) => ("answered", Some(interaction), None),
        Err(why) => ("passed_over", None, Some(why)),
    };
    let marked = sqlx::query!(
        "
        update problem_answer_cases
        set stage = $3, interaction_id = $4, why = $5
        where answer_id = $1 and case_id = $2 and stage = 'waiting'
        ",
        answer as AnswerId,
        case as CaseId,
        stage,
        interaction as Option<InteractionId>,
        why,
    )
    .execute(&mut **tx)
    .await?;
    Ok(marked.rows_affected() > 0)
}

/// Whether somebody is still to be answered.
pub(in crate::problems) async fn still_waiting(tx: &mut Tx, answer: AnswerId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"
        select exists (
            select from problem_answer_cases where answer_id = $1 and stage = 'waiting'
        ) as "waiting!"
        "#,
        answer as AnswerId,
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// All were answered; false when somebody else has noted that.
pub(in crate::problems) async fn finish(tx: &mut Tx, answer: AnswerId) -> Result<bool> {
    let at = tx.now();
    let done = sqlx::query!(
        "update problem_answers set finished_at = $2 where id = $1 and finished_at is null",
        answer as AnswerId,
        at,
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How far an answer is.
pub(in crate::problems) struct Progress {
    pub(in crate::problems) id: AnswerId,
    pub(in crate::problems) words: String,
    pub(in crate::problems) means: Means,
    pub(in crate::problems) by: String,
    pub(in crate::problems) asked_at: DateTime<Utc>,
    pub(in crate::problems) finished_at: Option<DateTime<Utc>>,
    pub(in crate::problems) all: i64,
    pub(in crate::problems) answered: i64,
    pub(in crate::problems) passed_over: i64,
}

impl Progress {
    /// Cases that are done with.
    pub(in crate::problems) fn done(&self) -> i64 {
        self.answered + self.passed_over
    }
}

/// The answers of an incident, newest first.
pub(in crate::problems) async fn of_problem(
    connection: &mut PgConnection,
    problem: ProblemId,
) -> Result<Vec<Progress>> {
    Ok(sqlx::query_as!(
        Progress,
        r#"
        select a.id as "id: AnswerId", a.words, a.means as "means: Means", u.name as by, a.asked_at, a.finished_at, count(c.case_id) as "all!",
            count(*) filter (where c.stage = 'answered') as "answered!",
            count(*) filter (where c.stage = 'passed_over') as "passed_over!"
        from problem_answers a
        join users u on u.id = a.asked_by_id
        left join problem_answer_cases c on c.answer_id = a.id
        where a.problem_id = $1
        group by a.id, u.name
        order by a.asked_at desc
        limit 10
        "#,
        problem as ProblemId,
    )
    .fetch_all(connection)
    .await?)
}
