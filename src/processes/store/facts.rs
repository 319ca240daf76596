//! What was found out of a process: append-only, the newest value of each counts.

use std::collections::BTreeMap;

use crate::db::Tx;
use crate::error::Result;
use crate::ids::{ProcessId, UserId};

/// Notes facts by their position, each with how often it has been noted then: 1 for a new one, more for a correction.
pub(in super::super) async fn insert_facts(
    tx: &mut Tx,
    process: ProcessId,
    facts: &BTreeMap<i16, (i16, String)>,
) -> Result<()> {
    let (now, by) = (tx.now(), tx.by());
    let positions: Vec<i16> = facts.keys().copied().collect();
    let (numbers, values): (Vec<i16>, Vec<String>) = facts.values().cloned().unzip();
    sqlx::query!(
        "
        insert into process_facts (process_id, position, number, value, at, by_id)
        select $1, f.position, f.number, f.value, $5, $6
        from unnest($2::smallint[], $3::smallint[], $4::text[]) as f (position, number, value)
        ",
        process as ProcessId,
        &positions,
        &numbers,
        &values,
        now,
        by as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
