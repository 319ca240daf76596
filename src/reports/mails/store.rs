use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Every;
use crate::auth::Role;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{TeamId, UserId};

/// What somebody chose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in super::super) struct Chosen {
    pub(in super::super) every: Every,
    pub(in super::super) team: String,
    pub(in super::super) line: String,
    pub(in super::super) currency: String,
    pub(in super::super) next_at: DateTime<Utc>,
}

/// What somebody chose, if they did.
pub(in super::super) async fn find(connection: &mut PgConnection, user: UserId) -> Result<Option<Chosen>> {
    Ok(sqlx::query_as!(
        Chosen,
        r#"select every as "every: Every", team, line, currency, next_at from report_mails where user_id = $1"#,
        user as UserId,
    )
    .fetch_optional(connection)
    .await?)
}

/// Puts it in the place of what they chose before.
pub(super) async fn save(tx: &mut Tx, user: UserId, chosen: &Chosen) -> Result<()> {
    let now = tx.now();
    sqlx::query!(
        "
        insert into report_mails (user_id, every, team, line, currency, chosen_at, next_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (user_id) do update set every = $2, team = $3, line = $4, currency = $5, chosen_at = $6, next_at = $7,
            failures = 0
        ",
        user as UserId,
        chosen.every.name(),
        chosen.team,
        chosen.line,
        chosen.currency,
        now,
        chosen.next_at,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// They get no more; says whether they got any.
pub(super) async fn remove(tx: &mut Tx, user: UserId) -> Result<bool> {
    let gone = sqlx::query!("delete from report_mails where user_id = $1", user as UserId).execute(&mut **tx).await?;
    Ok(gone.rows_affected() > 0)
}

/// Somebody whose mail is due.
pub(super) struct Due {
    pub(super) user: UserId,
    pub(super) address: String,
    pub(super) name: String,
    pub(super) team_of: Option<TeamId>,
    pub(super) active: bool,
    pub(super) roles: Vec<Role>,
    pub(super) every: Every,
    pub(super) team: String,
    pub(super) line: String,
    pub(super) currency: String,
    pub(super) failures: i16,
}

/// The one who has waited longest, held until the end of the transaction; nobody whom another instance holds.
pub(super) async fn claim(tx: &mut Tx) -> Result<Option<Due>> {
    let now = tx.now();
    Ok(sqlx::query_as!(
        Due,
        r#"
        with due as materialized (
            select user_id, every, team, line, currency, failures
            from report_mails
            where next_at <= $1
            order by next_at, user_id
            limit 1
            for update skip locked
        )
        select due.user_id as "user!: UserId", u.email as "address!", u.name as "name!", u.team_id as "team_of: TeamId",
            u.active as "active!", array(select r.role from user_roles r where r.user_id = u.id) as "roles!: Vec<Role>",
            due.every as "every!: Every", due.team as "team!", due.line as "line!", due.currency as "currency!",
            due.failures as "failures!"
        from due
        join users u on u.id = due.user_id
        "#,
        now,
    )
    .fetch_optional(&mut **tx)
    .await?)
}

/// When their next one is made, and how often in a row making it failed.
pub(super) async fn put_off(tx: &mut Tx, user: UserId, next_at: DateTime<Utc>, failures: i16) -> Result<()> {
    sqlx::query!(
        "update report_mails set next_at = $2, failures = $3 where user_id = $1",
        user as UserId,
        next_at,
        failures,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The roles of a mail's reader; none where they are not with us any more.
pub(super) async fn roles(connection: &mut PgConnection, reader: UserId) -> Result<Vec<Role>> {
    Ok(sqlx::query_scalar!(
        r#"
        select r.role as "role: Role"
        from user_roles r
        join users u on u.id = r.user_id and u.active
        where r.user_id = $1
        "#,
        reader as UserId,
    )
    .fetch_all(connection)
    .await?)
}
