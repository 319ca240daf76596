//! How people want to be told, and where mail reaches them.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::super::{Choices, Quiet};
use crate::auth::Permission;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, TeamId, UserId};

fn quiet(from: Option<i16>, until: Option<i16>) -> Option<Quiet> {
    let minute = |value: Option<i16>| value.and_then(|value| u16::try_from(value).ok());
    Quiet::between(minute(from)?, minute(until)?)
}

/// What somebody chose; the defaults where they said nothing.
pub(in super::super) async fn find(connection: &mut PgConnection, of: UserId) -> Result<Choices> {
    let row = sqlx::query!(
        r#"
        select ways as "ways: Json<BTreeMap<String, String>>", digest, urgent, quiet_from, quiet_until
        from notice_choices
        where user_id = $1
        "#,
        of as UserId,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map_or_else(Choices::default, |row| Choices {
        ways: row.ways.0,
        digest: row.digest,
        urgent: row.urgent,
        quiet: quiet(row.quiet_from, row.quiet_until),
    }))
}

/// The same with the person's row held, so that two windows save one after the other.
pub(in super::super) async fn lock(tx: &mut Tx, of: UserId) -> Result<Choices> {
    sqlx::query!("select id from users where id = $1 for no key update", of as UserId).fetch_one(&mut **tx).await?;
    find(tx, of).await
}

pub(in super::super) async fn save(tx: &mut Tx, of: UserId, choices: &Choices) -> Result<()> {
    let minutes = choices.quiet.map(Quiet::minutes);
    let minute = |value: u16| i16::try_from(value).ok();
    sqlx::query!(
        "
        insert into notice_choices (user_id, ways, digest, urgent, quiet_from, quiet_until)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (user_id) do update
        set ways = excluded.ways, digest = excluded.digest, urgent = excluded.urgent,
            quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until, version = notice_choices.version + 1
        ",
        of as UserId,
        serde_json::to_value(&choices.ways).map_err(anyhow::Error::from)?,
        choices.digest,
        choices.urgent,
        minutes.and_then(|(from, _)| minute(from)),
        minutes.and_then(|(_, until)| minute(until)),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Somebody a mail goes to.
pub(in super::super) struct Reader {
    pub(in super::super) id: UserId,
    pub(in super::super) address: String,
    pub(in super::super) name: String,
    pub(in super::super) team: Option<TeamId>,
    pub(in super::super) quiet: Option<Quiet>,
    pub(in super::super) away: bool,
}

/// Those people, as far as mail goes.
pub(in super::super) async fn readers(tx: &mut Tx, ids: &[UserId]) -> Result<Vec<Reader>> {
    let (now, ids) = (tx.now(), ids.iter().map(|id| id.uuid()).collect::<Vec<Uuid>>());
    let rows = sqlx::query!(
        r#"
        select u.id as "id!: UserId", u.email as "email!", u.name as "name!", u.team_id as "team: TeamId",
            c.quiet_from as "quiet_from?", c.quiet_until as "quiet_until?",
            c.user_id is not null as "chose!",
            exists (
                select from absences a where a.user_id = u.id and a.from_at <= $2 and a.until_at > $2
            ) as "away!"
        from users u
        left join notice_choices c on c.user_id = u.id
        where u.id = any($1)
        "#,
        &ids,
        now,
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Reader {
            id: row.id,
            address: row.email,
            name: row.name,
            team: row.team,
            quiet: if row.chose { quiet(row.quiet_from, row.quiet_until) } else { Choices::default().quiet },
            away: row.away,
        })
        .collect())
}

/// A case as a mail names it.
pub(in super::super) struct CaseName {
    pub(in super::super) id: CaseId,
    pub(in super::super) number: i64,
    pub(in super::super) customer: String,
}

/// These cases, by number and customer.
pub(in super::super) async fn case_names(tx: &mut Tx, ids: &[CaseId]) -> Result<Vec<CaseName>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    Ok(sqlx::query_as!(
        CaseName,
        r#"
        select c.id as "id: CaseId", c.number, k.name as customer
        from cases c
        join customers k on k.id = c.customer_id
        where c.id = any($1)
        "#,
        &ids,
    )
    .fetch_all(&mut **tx)
    .await?)
}

/// The active people whose roles allow something.
///
/// # Errors
/// When the database cannot be read.
pub async fn users_with<P: Permission>(connection: &mut PgConnection) -> Result<Vec<UserId>> {
    let may: Vec<String> = P::ROLES.iter().map(|role| role.name().to_owned()).collect();
    Ok(sqlx::query_scalar!(
        r#"
        select u.id as "id: UserId"
        from users u
        where u.active and exists (select from user_roles r where r.user_id = u.id and r.role = any($1))
        order by u.id
        "#,
        &may,
    )
    .fetch_all(connection)
    .await?)
}
