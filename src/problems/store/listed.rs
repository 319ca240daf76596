//! Lists of problems.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::super::{Kind, Stage};
use crate::error::Result;
use crate::ids::ProblemId;
use crate::money::{Currency, Money};

/// Which list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::problems) enum Lists {
    /// Live ones of a kind.
    Live(Kind),
    /// Closed ones of both.
    Closed,
}

/// A problem in a list.
pub(in crate::problems) struct Line {
    pub(in crate::problems) id: ProblemId,
    pub(in crate::problems) number: i64,
    pub(in crate::problems) kind: Kind,
    pub(in crate::problems) title: String,
    pub(in crate::problems) stage: Stage,
    pub(in crate::problems) reason: Option<String>,
    pub(in crate::problems) owner: Option<String>,
    pub(in crate::problems) fix_due_on: Option<NaiveDate>,
    pub(in crate::problems) opened_at: DateTime<Utc>,
    stakes: Json<Vec<Stake>>,
}

/// What a problem has at stake in one currency.
#[derive(Deserialize)]
struct Stake {
    currency: Currency,
    cases: i64,
    minor: i64,
}

impl Line {
    /// How many cases it explains.
    pub(in crate::problems) fn cases(&self) -> i64 {
        self.stakes.0.iter().map(|stake| stake.cases).sum()
    }

    /// How many cases it explains in each currency, and what they have at stake.
    pub(in crate::problems) fn counted(&self) -> impl Iterator<Item = (i64, Money)> {
        self.stakes.0.iter().map(|stake| (stake.cases, Money::new(stake.minor, stake.currency)))
    }

    /// What they have at stake, by currency.
    pub(in crate::problems) fn stakes(&self) -> Vec<Money> {
        let sums = self.stakes.0.iter().filter(|stake| stake.minor > 0);
        sums.map(|stake| Money::new(stake.minor, stake.currency)).collect()
    }
}

/// A page of a list, newest first.
pub(in crate::problems) async fn list(
    connection: &mut PgConnection,
    which: Lists,
    after: Option<(DateTime<Utc>, ProblemId)>,
    limit: i64,
) -> Result<Vec<Line>> {
    let kind = match which {
        Lists::Live(kind) => Some(kind.name()),
        Lists::Closed => None,
    };
    let (at, id) = after.unzip();
    Ok(sqlx::query_as!(
        Line,
        r#"
        select p.id as "id: ProblemId", p.number, p.kind as "kind: Kind", p.title, p.stage as "stage: Stage",
            coalesce(c.name, r.name) as reason, u.name as "owner?", p.fix_due_on, p.opened_at,
            coalesce((
                select jsonb_agg(to_jsonb(s) order by s.cases desc)
                from (
                    select k.currency, count(*) as cases, coalesce(sum(k.value_at_risk_minor)
                        filter (where k.stage <> 'closed' or k.outcome = 'lost'), 0)::bigint as minor
                    from problem_cases l
                    join cases k on k.id = l.case_id
                    where l.problem_id = p.id
                    group by k.currency
                ) s
            ), '[]') as "stakes!: Json<Vec<Stake>>"
        from problems p
        left join users u on u.id = p.owner_id
        left join reasons r on r.code = p.reason
        left join reasons c on c.code = p.cause
        where ($1::text is null and p.stage = 'closed' or p.kind = $1 and p.stage <> 'closed')
            and ($2::timestamptz is null or (p.opened_at, p.id) < ($2, $3::uuid))
        order by p.opened_at desc, p.id desc
        limit $4
        "#,
        kind,
        at,
        id as Option<ProblemId>,
        limit,
    )
    .fetch_all(connection)
    .await?)
}
