//! Who may decide a request, and how somebody stands to it.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use crate::auth::Role;
use crate::db::{Part, part};
use crate::error::Result;
use crate::ids::{ApprovalId, UserId};

/// How somebody stands to a request that is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a reason of its own")]
pub(in super::super) struct Mine {
    /// They may decide it, perhaps in the place of somebody absent only.
    pub(in super::super) decides: bool,
    /// They asked for it, wrote it, or work the case.
    pub(in super::super) own: bool,
    /// They have decided already.
    pub(in super::super) decided: bool,
    /// The requester approved an offer of theirs to this customer.
    pub(in super::super) circle: bool,
}

pub(in super::super) fn standing(approval: ApprovalId, viewer: UserId, at: DateTime<Utc>) -> Part<Mine> {
    part!(
        Mine,
        r#"
        select
            exists (select from requests_for($2, $3) w where w.approval_id = a.id) as "decides!",
            $2 in (a.asked_by_id, o.made_by_id) or k.owner_id is not distinct from $2
                or exists (
                    select from offer_revisions r
                    where r.offer_id = o.id and not r.counter and r.by_id = $2
                ) as "own!",
            exists (select from approval_decisions d where d.approval_id = a.id and d.by_id = $2) as "decided!",
            exists (
                select from approval_decisions d
                join approvals b on b.id = d.approval_id
                where d.by_id = a.asked_by_id and b.asked_by_id = $2 and d.decision <> 'declined'
                    and concession_group(b.customer_id) = concession_group(a.customer_id)
                    and d.at > $3::timestamptz - interval '12 months'
            ) as "circle!"
        from approvals a
        join offers o on o.id = a.offer_id
        join cases k on k.id = a.case_id
        where a.id = $1
        "#,
        approval as ApprovalId,
        viewer as UserId,
        at,
    )
}

/// In whose place somebody may decide a request: none for themselves, which comes first.
pub(in super::super) fn on_behalf(
    approval: ApprovalId,
    viewer: UserId,
    at: DateTime<Utc>,
) -> Part<Option<(UserId, String)>> {
    part!(
        Place,
        r#"
        select w.on_behalf_of_id as "of: UserId", u.name as "name?"
        from requests_for($2, $3) w
        left join users u on u.id = w.on_behalf_of_id
        where w.approval_id = $1
        order by w.on_behalf_of_id nulls first
        "#,
        approval as ApprovalId,
        viewer as UserId,
        at,
    )
    .then(|row| Ok(row.of.zip(row.name)))
}

#[derive(Deserialize)]
struct Place {
    of: Option<UserId>,
    name: Option<String>,
}

/// The names of those who may decide a request now and are there: in their own name, or in the place of somebody absent.
///
/// # Errors
/// When the database cannot be read.
pub async fn deciders(connection: &mut PgConnection, approval: ApprovalId, at: DateTime<Utc>) -> Result<Vec<String>> {
    deciders_part(approval, at).all(connection).await
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// The same, to be asked with others.
pub(in super::super) fn deciders_part(approval: ApprovalId, at: DateTime<Utc>) -> Part<String> {
    part!(
        Named,
        "
        select u.name
        from users u
        where u.id in (select w.user_id from deciders_of($1, $2) w where not w.absent)
        order by lower(u.name)
        ",
        approval as ApprovalId,
        at,
    )
    .then(|row| Ok(row.name))
}

/// Whether somebody of this role is there to decide a request, or has somebody in their place.
pub(in super::super) async fn has_decider(
    connection: &mut PgConnection,
    approval: ApprovalId,
    role: Role,
    at: DateTime<Utc>,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"
        select exists (
            select from deciders_of($1, $3) w
            join user_roles m on m.user_id = coalesce(w.on_behalf_of_id, w.user_id) and m.role = $2
            where not w.absent
        ) as "there!"
        "#,
        approval as ApprovalId,
        role.name(),
        at,
    )
    .fetch_one(connection)
    .await?)
}

/// Those of this role who are there to decide a request, in their own name or in somebody's place.
pub(in super::super) async fn decider_ids(
    connection: &mut PgConnection,
    approval: ApprovalId,
    role: Role,
    at: DateTime<Utc>,
) -> Result<Vec<UserId>> {
    Ok(sqlx::query_scalar!(
        r#"
        select distinct w.user_id as "id!: UserId"
        from deciders_of($1, $3) w
        join user_roles m on m.user_id = coalesce(w.on_behalf_of_id, w.user_id) and m.role = $2
        where not w.absent
        "#,
        approval as ApprovalId,
        role.name(),
        at,
    )
    .fetch_all(connection)
    .await?)
}

/// Who asked something about a request.
pub(in super::super) async fn askers(connection: &mut PgConnection, approval: ApprovalId) -> Result<Vec<UserId>> {
    Ok(sqlx::query_scalar!(
        r#"select distinct by_id as "id: UserId" from approval_messages where approval_id = $1 and question"#,
        approval as ApprovalId,
    )
    .fetch_all(connection)
    .await?)
}
