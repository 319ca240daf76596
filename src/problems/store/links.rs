//! The cases of a problem: which they are, what they are worth, which others would fit.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::cases::Outcome;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{AnswerId, CaseId, ProblemId, UserId};
use crate::money::{Currency, Money};

/// Some of the cases of a problem.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::problems) enum Which {
    All,
    Live,
    Lost,
    /// Ended otherwise than lost.
    Ended,
    /// Live or lost: what is at stake.
    Stake,
}

impl Which {
    pub(in crate::problems) const ALL: [Self; 5] = [Self::All, Self::Live, Self::Lost, Self::Stake, Self::Ended];

    pub(in crate::problems) fn name(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Live => "live",
            Self::Lost => "lost",
            Self::Ended => "ended",
            Self::Stake => "stake",
        }
    }

    pub(in crate::problems) fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Live => "Live",
            Self::Lost => "Lost",
            Self::Ended => "Ended otherwise",
            Self::Stake => "Live and lost",
        }
    }

    pub(in crate::problems) fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|one| one.name() == name).unwrap_or(Self::All)
    }
}

/// What the cases of a problem are worth in one currency.
#[derive(Clone, Copy, Debug)]
pub(in crate::problems) struct Sum {
    pub(in crate::problems) currency: Currency,
    pub(in crate::problems) cases: i64,
    pub(in crate::problems) live: i64,
    pub(in crate::problems) lost: i64,
    live_minor: i64,
    lost_minor: i64,
}

impl Sum {
    /// Value at risk of live cases.
    pub(in crate::problems) fn at_risk(&self) -> Money {
        Money::new(self.live_minor, self.currency)
    }

    /// Value at risk of cases that closed as lost.
    pub(in crate::problems) fn gone(&self) -> Money {
        Money::new(self.lost_minor, self.currency)
    }

    /// Both: what the problem has at stake.
    pub(in crate::problems) fn stake(&self) -> Money {
        Money::new(self.live_minor.saturating_add(self.lost_minor), self.currency)
    }
}

/// Revenue at stake by currency, that of most cases first: value at risk of live cases, and of lost ones.
pub(in crate::problems) async fn sums(connection: &mut PgConnection, problem: ProblemId) -> Result<Vec<Sum>> {
    Ok(sqlx::query_as!(
        Sum,
        r#"
        select c.currency as "currency: Currency", count(*) as "cases!",
            count(*) filter (where c.stage <> 'closed') as "live!",
            count(*) filter (where c.outcome = 'lost') as "lost!",
            coalesce(sum(c.value_at_risk_minor) filter (where c.stage <> 'closed'), 0)::bigint as "live_minor!",
            coalesce(sum(c.value_at_risk_minor) filter (where c.outcome = 'lost'), 0)::bigint as "lost_minor!"
        from problem_cases l
        join cases c on c.id = l.case_id
        where l.problem_id = $1
        group by c.currency
        order by count(*) desc, c.currency
        "#,
        problem as ProblemId,
    )
    .fetch_all(connection)
    .await?)
}

/// A place in a list of cases: the newest comes first.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(in crate::problems) struct At(pub(in crate::problems) i64);

/// A case in the list of a problem.
#[derive(Clone, Debug)]
pub(in crate::problems) struct CaseLine {
    pub(in crate::problems) id: CaseId,
    pub(in crate::problems) number: i64,
    pub(in crate::problems) customer: String,
    pub(in crate::problems) stated: String,
    pub(in crate::problems) coded: Option<String>,
    pub(in crate::problems) verified: Option<String>,
    /// Whether the verified cause was set otherwise than by this problem.
    pub(in crate::problems) elsewhere: bool,
    pub(in crate::problems) outcome: Option<Outcome>,
    pub(in crate::problems) opened_at: DateTime<Utc>,
    value_minor: i64,
    currency: Currency,
}

impl CaseLine {
    pub(in crate::problems) fn value(&self) -> Money {
        Money::new(self.value_minor, self.currency)
    }
}

/// Some cases of a problem, newest first.
pub(in crate::problems) async fn cases_page(
    connection: &mut PgConnection,
    problem: ProblemId,
    which: Which,
    currency: Option<Currency>,
    after: Option<At>,
    limit: i64,
) -> Result<Vec<CaseLine>> {
    let below = after.map_or(i64::MAX, |At(number)| number);
    Ok(sqlx::query_as!(
        CaseLine,
        r#"
        select c.id as "id: CaseId", c.number, cu.name as customer, left(c.stated_reason, 200) as "stated!",
            r.name as "coded?", v.name as "verified?",
            (c.verified_cause is not null and c.verified_problem_id is distinct from l.problem_id) as "elsewhere!",
            c.outcome as "outcome: Outcome", c.opened_at, c.value_at_risk_minor as value_minor,
            c.currency as "currency: Currency"
        from problem_cases l
        join cases c on c.id = l.case_id
        join customers cu on cu.id = c.customer_id
        left join reasons r on r.code = c.reason
        left join reasons v on v.code = c.verified_cause
        where l.problem_id = $1 and c.number < $2 and ($3::text is null or c.currency = $3)
            and case $4::text
                when 'live' then c.stage <> 'closed'
                when 'lost' then c.outcome = 'lost'
                when 'ended' then c.stage = 'closed' and c.outcome <> 'lost'
                when 'stake' then c.stage <> 'closed' or c.outcome = 'lost'
                else true
            end
        order by c.number desc
        limit $5
        "#,
        problem as ProblemId,
        below,
        currency as Option<Currency>,
        which.name(),
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// Every case of a problem.
pub(in crate::problems) async fn linked_cases(
    connection: &mut PgConnection,
    problem: ProblemId,
) -> Result<Vec<CaseId>> {
    Ok(sqlx::query_scalar!(
        r#"select case_id as "id: CaseId" from problem_cases where problem_id = $1 order by case_id"#,
        problem as ProblemId,
    )
    .fetch_all(connection)
    .await?)
}

/// The cases of some reasons that came in within a span, linked or not, newest first: what a figure of the comparison
/// before and after counts.
pub(in crate::problems) async fn counted_page(
    connection: &mut PgConnection,
    problem: ProblemId,
    which: &Matching,
    after: Option<At>,
    limit: i64,
) -> Result<Vec<CaseLine>> {
    let below = after.map_or(i64::MAX, |At(number)| number);
    Ok(sqlx::query_as!(
        CaseLine,
        r#"
        select c.id as "id: CaseId", c.number, cu.name as customer, left(c.stated_reason, 200) as "stated!",
            r.name as "coded?", v.name as "verified?",
            (c.verified_cause is not null and c.verified_problem_id is distinct from $1) as "elsewhere!",
            c.outcome as "outcome: Outcome", c.opened_at, c.value_at_risk_minor as value_minor,
            c.currency as "currency: Currency"
        from cases c
        join customers cu on cu.id = c.customer_id
        left join reasons r on r.code = c.reason
        left join reasons v on v.code = c.verified_cause
        where c.reason = any($2) and c.opened_at >= $3 and c.opened_at < $4 and c.number < $5
        order by c.number desc
        limit $6
        "#,
        problem as ProblemId,
        &which.reasons,
        which.from,
        which.until,
        below,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// The cases that an answer is for, newest first: all, or those that it came to so.
pub(in crate::problems) async fn answer_page(
    connection: &mut PgConnection,
    problem: ProblemId,
    (answer, stage): (AnswerId, Option<&str>),
    after: Option<At>,
    limit: i64,
) -> Result<Vec<CaseLine>> {
    let below = after.map_or(i64::MAX, |At(number)| number);
    Ok(sqlx::query_as!(
        CaseLine,
        r#"
        select c.id as "id: CaseId", c.number, cu.name as customer, left(c.stated_reason, 200) as "stated!",
            r.name as "coded?", v.name as "verified?",
            (c.verified_cause is not null and c.verified_problem_id is distinct from $1) as "elsewhere!",
            c.outcome as "outcome: Outcome", c.opened_at, c.value_at_risk_minor as value_minor,
            c.currency as "currency: Currency"
        from problem_answers a
        join problem_answer_cases x on x.answer_id = a.id
        join cases c on c.id = x.case_id
        join customers cu on cu.id = c.customer_id
        left join reasons r on r.code = c.reason
        left join reasons v on v.code = c.verified_cause
        where a.problem_id = $1 and a.id = $2 and ($3::text is null or x.stage = $3) and c.number < $4
        order by c.number desc
        limit $5
        "#,
        problem as ProblemId,
        answer as AnswerId,
        stage,
        below,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// Links cases; gives those that were not linked yet.
pub(in crate::problems) async fn link(tx: &mut Tx, problem: ProblemId, cases: &[CaseId]) -> Result<Vec<CaseId>> {
    let (at, by) = (tx.now(), tx.by());
    let cases: Vec<_> = cases.iter().map(|case| case.uuid()).collect();
    Ok(sqlx::query_scalar!(
        r#"
        insert into problem_cases (problem_id, case_id, linked_at, linked_by_id)
        select $1, c.id, $3, $4
        from cases c
        where c.id = any($2)
        on conflict do nothing
        returning case_id as "id: CaseId"
        "#,
        problem as ProblemId,
        &cases,
        at,
        by as Option<UserId>,
    )
    .fetch_all(&mut **tx)
    .await?)
}

/// Takes a case out; false when it was not in.
pub(in crate::problems) async fn unlink(tx: &mut Tx, problem: ProblemId, case: CaseId) -> Result<bool> {
    let gone = sqlx::query!(
        "delete from problem_cases where problem_id = $1 and case_id = $2",
        problem as ProblemId,
        case as CaseId,
    )
    .execute(&mut **tx)
    .await?;
    Ok(gone.rows_affected() == 1)
}

/// Which cases somebody looks for: of a reason and what is below it, that came in within a span.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::problems) struct Matching {
    pub(in crate::problems) reasons: Vec<String>,
    pub(in crate::problems) from: DateTime<Utc>,
    pub(in crate::problems) until: DateTime<Utc>,
    pub(in crate::problems) live: bool,
}

/// The cases that match and are not linked to a problem yet, oldest first.
pub(in crate::problems) async fn matching(
    connection: &mut PgConnection,
    which: &Matching,
    problem: Option<ProblemId>,
    limit: i64,
) -> Result<Vec<CaseId>> {
    Ok(sqlx::query_scalar!(
        r#"
        select c.id as "id: CaseId"
        from cases c
        where c.reason = any($1) and c.opened_at >= $2 and c.opened_at < $3 and (c.stage <> 'closed' or not $4)
            and not exists (select from problem_cases l where l.problem_id = $5 and l.case_id = c.id)
        order by c.opened_at, c.id
        limit $6
        "#,
        &which.reasons,
        which.from,
        which.until,
        which.live,
        problem as Option<ProblemId>,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// What these cases are worth, by currency.
pub(in crate::problems) async fn matching_sums(
    connection: &mut PgConnection,
    which: &Matching,
    problem: Option<ProblemId>,
) -> Result<Vec<Sum>> {
    Ok(sqlx::query_as!(
        Sum,
        r#"
        select c.currency as "currency: Currency", count(*) as "cases!",
            count(*) filter (where c.stage <> 'closed') as "live!",
            count(*) filter (where c.outcome = 'lost') as "lost!",
            coalesce(sum(c.value_at_risk_minor) filter (where c.stage <> 'closed'), 0)::bigint as "live_minor!",
            coalesce(sum(c.value_at_risk_minor) filter (where c.outcome = 'lost'), 0)::bigint as "lost_minor!"
        from cases c
        where c.reason = any($1) and c.opened_at >= $2 and c.opened_at < $3 and (c.stage <> 'closed' or not $4)
            and not exists (select from problem_cases l where l.problem_id = $5 and l.case_id = c.id)
        group by c.currency
        order by count(*) desc, c.currency
        "#,
        &which.reasons,
        which.from,
        which.until,
        which.live,
        problem as Option<ProblemId>,
    )
    .fetch_all(connection)
    .await?)
}

/// The cases of these numbers.
pub(in crate::problems) async fn named(connection: &mut PgConnection, numbers: &[i64]) -> Result<Vec<(CaseId, i64)>> {
    let rows = sqlx::query!(r#"select id as "id: CaseId", number from cases where number = any($1)"#, numbers)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.number)).collect())
}
