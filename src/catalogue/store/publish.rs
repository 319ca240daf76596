//! New types and new versions; nothing is ever changed.

use super::super::{Kind, NewVersion};
use crate::cases::Kind as CaseKind;
use crate::customers::Tier;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{DepartmentId, OfferTypeVersionId, UserId};

/// The codes that begin like this.
pub(in super::super) async fn codes_like(tx: &mut Tx, beginning: &str) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!("select code from offer_types where starts_with(code, $1)", beginning)
        .fetch_all(&mut **tx)
        .await?)
}

/// Whether the newest version of another type has this name.
pub(in super::super) async fn is_name_taken(tx: &mut Tx, name: &str, but: Option<&str>) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"
        select exists (
            select
            from offer_type_versions v
            where lower(v.name) = lower($1) and v.offer_type is distinct from $2
                and v.number = (select max(n.number) from offer_type_versions n where n.offer_type = v.offer_type)
        ) as "taken!"
        "#,
        name,
        but,
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// Adds a type after all others; gives whether its code was free.
pub(in super::super) async fn insert_type(tx: &mut Tx, code: &str, kind: Kind) -> Result<bool> {
    let added = sqlx::query!(
        "
        insert into offer_types (code, kind, position)
        select $1, $2, coalesce(max(position), 0) + 1 from offer_types
        on conflict do nothing
        ",
        code,
        kind.name(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(added.rows_affected() > 0)
}

/// Adds the version that follows another; gives whether that was the newest. Of two at once the second waits for the
/// first, and then finds its number taken.
pub(in super::super) async fn insert_version(tx: &mut Tx, code: &str, based_on: i32, new: &NewVersion) -> Result<bool> {
    let id = OfferTypeVersionId::new();
    let (now, by) = (tx.now(), tx.by());
    let tiers: Vec<String> = new.tiers.iter().map(|tier: &Tier| tier.name().to_owned()).collect();
    let kinds: Vec<String> = new.case_kinds.iter().map(|kind: &CaseKind| kind.name().to_owned()).collect();
    let added = sqlx::query!(
        "
        insert into offer_type_versions (id, offer_type, number, name, guidance, lever, valid_from, valid_until,
            cost_share_bp, open_days, tiers, segments, products, case_kinds, min_tenure_months, once_per_months, not_with,
            approvers, published_at, published_by_id, why)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
        on conflict (offer_type, number) do nothing
        ",
        id as OfferTypeVersionId,
        code,
        based_on + 1,
        new.name,
        new.guidance,
        new.lever,
        new.valid_from.unwrap_or(now),
        new.valid_until,
        new.cost_share.basis_points(),
        new.open_days,
        &tiers,
        &new.segments,
        &new.products,
        &kinds,
        new.min_tenure_months,
        new.once_per_months,
        &new.not_with,
        new.approvers,
        now,
        by as Option<UserId>,
        new.why,
    )
    .execute(&mut **tx)
    .await?;
    if added.rows_affected() == 0 {
        return Ok(false);
    }
    let departments: Vec<_> = new.departments.iter().map(|id| id.uuid()).collect();
    sqlx::query!(
        "insert into offer_type_departments (version_id, department_id) select $1, unnest($2::uuid[])",
        id as OfferTypeVersionId,
        &departments,
    )
    .execute(&mut **tx)
    .await?;
    let (whats, hours): (Vec<String>, Vec<i16>) =
        new.promises.iter().map(|promise| (promise.what.clone(), promise.working_hours)).unzip();
    let owed_by: Vec<Option<_>> =
        new.promises.iter().map(|promise| promise.department.map(DepartmentId::uuid)).collect();
    sqlx::query!(
        "
        insert into offer_type_promises (version_id, position, what, department_id, working_hours)
        select $1, p.position, p.what, p.department, p.hours
        from unnest($2::text[], $3::uuid[], $4::smallint[]) with ordinality as p (what, department, hours, position)
        ",
        id as OfferTypeVersionId,
        &whats,
        &owed_by as &[Option<uuid::Uuid>],
        &hours,
    )
    .execute(&mut **tx)
    .await?;
    Ok(true)
}
