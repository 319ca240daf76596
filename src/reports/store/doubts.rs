use chrono::NaiveDate;
use sqlx::{FromRow, PgConnection, QueryBuilder};
use uuid::Uuid;

use super::super::{Figure, Range};
use super::counted::counted;
use crate::error::Result;
use crate::ids::{CaseId, UserId};
use crate::money::Currency;

/// A closed case of which it is doubtful that it ended as it says.
#[derive(Clone, Debug, FromRow)]
pub(in super::super) struct Doubt {
    /// None once the case is gone.
    pub(in super::super) case_id: Option<CaseId>,
    pub(in super::super) number: Option<i64>,
    pub(in super::super) customer: Option<String>,
    pub(in super::super) owner_id: UserId,
    pub(in super::super) closed_on: NaiveDate,
    pub(in super::super) outcome: String,
    /// What the customer said at the last attempt.
    pub(in super::super) last_response: Option<String>,
    pub(in super::super) gone_on: Option<NaiveDate>,
    /// What was kept, or of a lost case was at risk.
    pub(in super::super) minor: i64,
    /// Saved without an offer and gone within 30 days; otherwise its log says something else than its outcome.
    pub(in super::super) quickly_gone: bool,
}

/// Those of some people, the newest first; all where there is no limit.
pub(in super::super) async fn doubts(
    connection: &mut PgConnection,
    people: &[UserId],
    range: Range,
    currency: Currency,
    today: NaiveDate,
    limit: Option<usize>,
) -> Result<Vec<Doubt>> {
    let people: Vec<Uuid> = people.iter().map(|one| one.uuid()).collect();
    let mut sql = QueryBuilder::new(format!(
        "select o.case_id, c.number, cu.name as customer, o.owner_id, o.closed_on, o.outcome, o.last_response, o.gone_on,
            case when o.saved then o.kept_minor else o.risk_minor end as minor, coalesce({}, false) as quickly_gone
        from outcomes o
        left join cases c on c.id = o.case_id
        left join customers cu on cu.id = o.customer_id
        where o.owner_id = any(",
        Figure::FalseSaves.rule().0
    ));
    sql.push_bind(people).push(") and o.currency = ").push_bind(currency.code().to_owned()).push(" and ((");
    counted(&mut sql, Figure::FalseSaves, range, today);
    sql.push(") or (");
    counted(&mut sql, Figure::Contradicted, range, today);
    sql.push(")) order by o.closed_on desc, o.id desc");
    if let Some(limit) = limit {
        sql.push(format_args!(" limit {limit}"));
    }
    Ok(sql.build_query_as().fetch_all(connection).await?)
}
