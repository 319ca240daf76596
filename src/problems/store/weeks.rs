//! Cases of a reason, week by week around a day.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::error::Result;
use crate::money::{Currency, Money};

/// Seven days from a day on, counted so that one week begins with the day of the fix.
#[derive(Debug)]
pub(in crate::problems) struct WeekTotals {
    /// 0 is the week that begins with the day, -1 the one before.
    pub(in crate::problems) week: i32,
    pub(in crate::problems) cases: i64,
    values: Json<Vec<Value>>,
}

#[derive(Debug, Deserialize)]
struct Value {
    currency: Currency,
    minor: i64,
}

impl WeekTotals {
    /// Value at risk, by currency.
    pub(in crate::problems) fn values(&self) -> Vec<Money> {
        self.values.0.iter().map(|value| Money::new(value.minor, value.currency)).collect()
    }
}

/// Weeks in which cases of these reasons came in, on the days of a zone.
pub(in crate::problems) async fn weeks(
    connection: &mut PgConnection,
    reasons: &[String],
    around: NaiveDate,
    span: (DateTime<Utc>, DateTime<Utc>),
    zone: Tz,
) -> Result<Vec<WeekTotals>> {
    Ok(sqlx::query_as!(
        WeekTotals,
        r#"
        select s.week as "week!", sum(s.cases)::bigint as "cases!",
            jsonb_agg(jsonb_build_object('currency', s.currency, 'minor', s.minor) order by s.cases desc)
                as "values!: Json<Vec<Value>>"
        from (
            select floor(((c.opened_at at time zone $5)::date - $2::date) / 7.0)::int as week, c.currency,
                count(*) as cases, sum(c.value_at_risk_minor)::bigint as minor
            from cases c
            where c.reason = any($1) and c.opened_at >= $3 and c.opened_at < $4
            group by 1, 2
        ) s
        group by s.week
        order by s.week
        "#,
        reasons,
        around,
        span.0,
        span.1,
        zone.name(),
    )
    .fetch_all(connection)
    .await?)
}
