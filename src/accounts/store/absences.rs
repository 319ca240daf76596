//! Who is away.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::Colleague;
use super::super::absences::{Absence, NewAbsence};
use crate::auth::{DecideApprovals, Permission};
use crate::db::{Part, Tx, part};
use crate::error::Result;
use crate::ids::{AbsenceId, TeamId, UserId};

/// Absences that are not over, the earliest first: everybody's, or one person's.
///
/// # Errors
/// When the database cannot be read.
pub async fn absences(connection: &mut PgConnection, user: Option<UserId>, at: DateTime<Utc>) -> Result<Vec<Absence>> {
    absences_part(user, at).all(connection).await
}

/// The same, to be asked with others.
pub(in super::super) fn absences_part(user: Option<UserId>, at: DateTime<Utc>) -> Part<Absence> {
    part!(
        Absence,
        r#"
        select a.id as "id: AbsenceId", a.user_id as "user: UserId", u.name, a.from_at as "from", a.until_at as "until",
            a.delegate_id as "delegate: UserId", d.name as "delegate_name?"
        from absences a
        join users u on u.id = a.user_id
        left join users d on d.id = a.delegate_id
        where a.until_at > $1 and ($2::uuid is null or a.user_id = $2)
        order by a.from_at, lower(u.name), a.id
        limit 500
        "#,
        at,
        user as Option<UserId>,
    )
}

/// Active people who may decide approvals, by name.
///
/// # Errors
/// When the database cannot be read.
pub async fn deciders(connection: &mut PgConnection) -> Result<Vec<Colleague>> {
    let may: Vec<String> = DecideApprovals::ROLES.iter().map(|role| role.name().to_owned()).collect();
    Ok(sqlx::query_as!(
        Colleague,
        r#"
        select u.id as "id: UserId", u.name, u.team_id as "team: TeamId"
        from users u
        where u.active and exists (select from user_roles r where r.user_id = u.id and r.role = any($1))
        order by lower(u.name), u.id
        "#,
        &may,
    )
    .fetch_all(connection)
    .await?)
}

/// The name of an active person and whether they may decide approvals, with their row held: their absences do not change
/// meanwhile.
pub(in super::super) async fn lock_person(tx: &mut Tx, user: UserId) -> Result<Option<(String, bool)>> {
    let may: Vec<String> = DecideApprovals::ROLES.iter().map(|role| role.name().to_owned()).collect();
    let row = sqlx::query!(
        r#"
        select u.name, exists (select from user_roles r where r.user_id = u.id and r.role = any($2)) as "decides!"
        from users u
        where u.id = $1 and u.active
        for no key update
        "#,
        user as UserId,
        &may,
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| (row.name, row.decides)))
}

/// An absence of this person that shares a moment with the span.
pub(in super::super) async fn overlapping(
    tx: &mut Tx,
    user: UserId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<(DateTime<Utc>, DateTime<Utc>)>> {
    let row = sqlx::query!(
        "
        select from_at, until_at
        from absences
        where user_id = $1 and from_at < $3 and until_at > $2
        order by from_at
        limit 1
        ",
        user as UserId,
        from,
        until,
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| (row.from_at, row.until_at)))
}

pub(in super::super) async fn insert_absence(tx: &mut Tx, new: &NewAbsence) -> Result<AbsenceId> {
    let (id, now) = (AbsenceId::new(), tx.now());
    sqlx::query!(
        "
        insert into absences (id, user_id, from_at, until_at, delegate_id, noted_at) values ($1, $2, $3, $4, $5, $6)
        ",
        id as AbsenceId,
        new.user as UserId,
        new.from,
        new.until,
        new.delegate as Option<UserId>,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

/// An absence that is not over, with its row held.
pub(in super::super) async fn lock_absence(tx: &mut Tx, absence: AbsenceId) -> Result<Option<Absence>> {
    let now = tx.now();
    Ok(sqlx::query_as!(
        Absence,
        r#"
        select a.id as "id: AbsenceId", a.user_id as "user: UserId", u.name, a.from_at as "from", a.until_at as "until",
            a.delegate_id as "delegate: UserId", null as "delegate_name: String"
        from absences a
        join users u on u.id = a.user_id
        where a.id = $1 and a.until_at > $2
        for no key update of a
        "#,
        absence as AbsenceId,
        now,
    )
    .fetch_optional(&mut **tx)
    .await?)
}

/// They are back from this moment on; what had not begun is as if it had never been noted.
pub(in super::super) async fn end_absence(tx: &mut Tx, absence: &Absence) -> Result<()> {
    let now = tx.now();
    if absence.from < now {
        sqlx::query!(
            "update absences set until_at = $2, version = version + 1 where id = $1",
            absence.id as AbsenceId,
            now,
        )
        .execute(&mut **tx)
        .await?;
    } else {
        sqlx::query!("delete from absences where id = $1", absence.id as AbsenceId).execute(&mut **tx).await?;
    }
    Ok(())
}
