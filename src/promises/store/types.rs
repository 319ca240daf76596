//! Types of promises, and whose yes they need.

use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::super::{PromiseType, Refusal};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{DepartmentId, PromiseTypeId};

#[derive(Debug, Deserialize)]
struct Needed {
    id: DepartmentId,
    name: String,
}

/// All of them by name, or one.
pub(in super::super) async fn types(
    connection: &mut PgConnection,
    only: Option<PromiseTypeId>,
) -> Result<Vec<PromiseType>> {
    let rows = sqlx::query!(
        r#"
        select t.id as "id: PromiseTypeId", t.name, t.department_id as "department: DepartmentId", t.hours, t.by_bill,
            t.retired, t.version,
            coalesce((
                select jsonb_agg(jsonb_build_object('id', d.id, 'name', d.name) order by lower(d.name))
                from promise_type_departments n
                join departments d on d.id = n.department_id
                where n.type_id = t.id
            ), '[]') as "needs!: Json<Vec<Needed>>"
        from promise_types t
        where $1::uuid is null or t.id = $1
        order by lower(t.name)
        "#,
        only as Option<PromiseTypeId>,
    )
    .fetch_all(connection)
    .await?;
    let types = rows.into_iter().map(|row| PromiseType {
        id: row.id,
        name: row.name,
        department: row.department,
        needs: row.needs.0.into_iter().map(|one| (one.id, one.name)).collect(),
        hours: u16::try_from(row.hours).unwrap_or_default(),
        by_bill: row.by_bill,
        retired: row.retired,
        version: row.version,
    });
    Ok(types.collect())
}

/// Saves one as it was seen, or adds one that is not there yet; says whether it could.
pub(in super::super) async fn save_type(tx: &mut Tx, of: &PromiseType) -> Result<bool> {
    let hours = i16::try_from(of.hours).unwrap_or(i16::MAX);
    let saved = sqlx::query!(
        "
        insert into promise_types as t (id, name, department_id, hours, by_bill, retired)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (id) do update
        set name = $2, department_id = $3, hours = $4, by_bill = $5, retired = $6, version = t.version + 1
        where t.version = $7
        ",
        of.id as PromiseTypeId,
        of.name,
        of.department as Option<DepartmentId>,
        hours,
        of.by_bill,
        of.retired,
        of.version,
    )
    .execute(&mut **tx)
    .await
    .map_err(|error| match &error {
        sqlx::Error::Database(refused) if refused.constraint() == Some("promise_types_name_key") => {
            Refusal::NameTaken.into()
        }
        _ => Error::from(error),
    })?;
    if saved.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!("delete from promise_type_departments where type_id = $1", of.id as PromiseTypeId)
        .execute(&mut **tx)
        .await?;
    let needs: Vec<DepartmentId> = of.needs.iter().map(|(id, _)| *id).collect();
    sqlx::query!(
        "insert into promise_type_departments (type_id, department_id) select $1, unnest($2::uuid[])",
        of.id as PromiseTypeId,
        &needs as &[DepartmentId],
    )
    .execute(&mut **tx)
    .await?;
    Ok(true)
}
