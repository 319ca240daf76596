use chrono::NaiveDate;
use sqlx::{Postgres, QueryBuilder};

use super::super::{Figure, Range};

/// Of a row `o` of outcomes: whether a figure over a span counts it.
pub(super) fn counted(sql: &mut QueryBuilder<Postgres>, figure: Figure, range: Range, today: NaiveDate) {
    sql.push("o.closed_on between ").push_bind(range.from).push(" and ").push_bind(range.to);
    sql.push(" and ").push(figure.rule().0);
    if let Some(days) = figure.after_days() {
        sql.push(format_args!(" and o.closed_on + {days} <= ")).push_bind(today);
    }
}
